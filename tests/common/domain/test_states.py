"""Lifecycles: the shipped tables are those of the specification; nothing else is allowed."""

import json
from pathlib import Path
from typing import Any

import pytest

from collection.domain.states import NOTICE, PROMISE
from common.deadlines import TASK
from common.errors import TransitionNotAllowed
from common.states import StateMachine
from credit_control.domain.states import APPLICATION, LIMIT, ORDER, RESERVATION
from customers.domain.states import CUSTOMER, DOCUMENT
from receivables.domain.states import DELIVERY, INVOICE, RECEIPT

MACHINES = (
    CUSTOMER, DOCUMENT, APPLICATION, LIMIT, ORDER, RESERVATION, DELIVERY, INVOICE, RECEIPT, PROMISE, NOTICE,
    TASK,
)  # fmt: skip


def load_tables() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "vectors" / "process.json"
    tables = json.loads(path.read_text(encoding="utf-8"))["state_machines"]
    return {table["id"]: table for table in tables}


TABLES = load_tables()


@pytest.mark.parametrize("machine", MACHINES, ids=[machine.code for machine in MACHINES])
class TestShippedTables:
    def test_is_the_specified_table(self, machine: StateMachine) -> None:
        table = TABLES[machine.code]
        assert machine.initial == table["initial"]
        assert list(machine.states) == table["states"]
        assert list(machine.terminal) == table["terminal"]
        assert [
            {
                "from": str(step.source),
                "to": str(step.target),
                "action": step.action,
                "roles": list(step.roles),
                "guard": step.guard,
            }
            for step in machine.transitions
        ] == table["transitions"]

    def test_refuses_every_unlisted_step(self, machine: StateMachine) -> None:
        actions = {step.action for step in machine.transitions}
        for state in machine.states:
            for action in actions - set(machine.actions(state)):
                with pytest.raises(TransitionNotAllowed) as refusal:
                    machine.next(state, action)
                assert refusal.value.code == "TRANSITION_NOT_ALLOWED"
                assert refusal.value.params["state"] == state

    def test_takes_every_listed_step(self, machine: StateMachine) -> None:
        for step in machine.transitions:
            if step.source != "*":
                assert machine.next(step.source, step.action, step.target) == step.target

    def test_nothing_leaves_an_end_state(self, machine: StateMachine) -> None:
        for state in machine.terminal:
            assert machine.actions(state) == ()
            assert machine.is_final(state)


class TestStateMachine:
    def test_any_means_neither_the_end_nor_the_target(self) -> None:
        assert CUSTOMER.next("LEGAL", "register_insolvency") == "INSOLVENT"
        assert not CUSTOMER.allows("INSOLVENT", "register_insolvency")
        assert not CUSTOMER.allows("ARCHIVED", "register_insolvency")

    def test_an_action_with_two_ends_needs_its_target(self) -> None:
        assert INVOICE.next("POSTED", "apply", "CLEARED") == "CLEARED"
        assert INVOICE.allows("POSTED", "apply")
        with pytest.raises(TransitionNotAllowed):
            INVOICE.next("POSTED", "apply")

    def test_lists_actions_of_a_role(self) -> None:
        assert CUSTOMER.actions("WATCH", role="LEGAL") == ("hand_to_legal", "register_insolvency")
        assert CUSTOMER.actions("WATCH", role="SALES") == ()
