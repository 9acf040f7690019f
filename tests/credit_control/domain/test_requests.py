"""The pure rules around a limit request: checks, the one step that decides, the lifecycle."""

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.errors import TransitionNotAllowed
from credit_control.domain.approval import NoCreditForDefault
from credit_control.domain.condensed_route import condense_route
from credit_control.domain.request_checks import RequestFacts, check_request, is_refused
from credit_control.domain.request_states import LIMIT_REQUEST
from credit_mgmt.reference import POLICIES

TODAY = date(2026, 11, 24)
SOUND = RequestFacts(
    total=Decimal(1000),
    base=Decimal(800),
    gross=Decimal(500),
    customer_state="ACTIVE",
    risk_class="2",
    grade="A",
    rating_valid_to=date(2027, 1, 1),
    suggested=Decimal(1000),
    need=Decimal(1000),
    long_overdue=Decimal(0),
    term_days=60,
    max_term_days=60,
    unsecured_share_pct=Decimal(100),
    statement_months=18,
    groups=(("G", Decimal(2000), Decimal(1500)),),
)


def verdicts(**changes: Any) -> dict[str, str]:
    facts = dataclasses.replace(SOUND, **changes)
    return {c.code.value: c.result.value for c in check_request(facts, as_of=TODAY, currency="CNY")}


class TestCheckRequest:
    def test_passes_everything_at_its_edge(self) -> None:
        assert set(verdicts().values()) == {"PASS"}

    @pytest.mark.parametrize(
        ("changes", "code", "result"),
        [
            ({"suggested": Decimal("999.99")}, "SUGGESTED", "WARN"),
            ({"suggested": None}, "SUGGESTED", "WARN"),
            ({"total": Decimal(499)}, "USE", "WARN"),
            ({"long_overdue": Decimal("0.01")}, "OVERDUE", "WARN"),
            ({"term_days": 61}, "TERM", "WARN"),
            ({"statement_months": 19}, "STATEMENTS", "WARN"),
            ({"statement_months": None}, "STATEMENTS", "WARN"),
            ({"need": Decimal(666)}, "NEED", "WARN"),
            ({"unsecured_share_pct": Decimal(70)}, "UNSECURED", "WARN"),
            ({"groups": (("G", Decimal(1999), Decimal(1500)),)}, "GROUP", "WARN"),
            ({"temporary": Decimal(241)}, "TEMPORARY", "WARN"),
            ({"temporary": Decimal(240)}, "TEMPORARY", "PASS"),
            ({"rating_valid_to": date(2026, 11, 23)}, "RATING", "WARN"),
            ({"rating_valid_to": TODAY}, "RATING", "PASS"),
            ({"risk_class": None}, "RATING", "WARN"),
            ({"risk_class": "D"}, "RATING", "BLOCK"),
            ({"customer_state": "LEGAL"}, "STATE", "BLOCK"),
        ],
    )
    def test_fails_one_step_beyond(self, changes: dict[str, Any], code: str, result: str) -> None:
        assert verdicts(**changes)[code] == result

    def test_only_default_and_hold_are_refused(self) -> None:
        def refused(**changes: Any) -> bool:
            facts = dataclasses.replace(SOUND, **changes)
            return is_refused(check_request(facts, as_of=TODAY, currency="CNY"))

        assert not refused(suggested=None, long_overdue=Decimal(9), term_days=999)
        assert refused(risk_class="D")
        assert refused(customer_state="BLOCKED")


class TestCondenseRoute:
    MATRIX = POLICIES["APPROVAL_MATRIX"]

    @pytest.mark.parametrize(
        ("amount", "risk_class", "term_days", "role"),
        [
            ("2000000", 2, 60, "CREDIT_MANAGER"),
            ("2000000.01", 2, 60, "EXECUTIVE"),
            ("2000000", 2, 61, "EXECUTIVE"),
            ("100000", 5, 60, "CREDIT_MANAGER"),
            ("500000.01", 4, 30, "EXECUTIVE"),
        ],
    )
    def test_names_who_decides(
        self, amount: str, risk_class: int, term_days: int, role: str
    ) -> None:
        step = condense_route(Decimal(amount), risk_class, term_days, self.MATRIX)
        assert (step.role, step.hours) == (role, 24)

    def test_there_is_no_route_for_default(self) -> None:
        with pytest.raises(NoCreditForDefault):
            condense_route(Decimal(1), "D", 0, self.MATRIX)


class TestLifecycle:
    @pytest.mark.parametrize("state", ["REJECTED", "WITHDRAWN", "ACTIVATED", "LAPSED"])
    @pytest.mark.parametrize(
        "action", ["submit", "withdraw", "approve", "reduce", "return", "reject", "activate"]
    )
    def test_nothing_follows_an_end(self, state: str, action: str) -> None:
        with pytest.raises(TransitionNotAllowed):
            LIMIT_REQUEST.next(state, action)

    def test_a_draft_cannot_be_approved(self) -> None:
        with pytest.raises(TransitionNotAllowed):
            LIMIT_REQUEST.next("DRAFT", "approve")
