"""Dunning, reminders, promises, priorities, plans."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collection.domain.dunning import (
    PROCEDURES,
    SOFT,
    STANDARD,
    STRICT,
    DunningCustomer,
    DunningItem,
    DunningProcedure,
    Exclusion,
    InvalidProcedure,
    Skip,
    plan_dunning,
)
from collection.domain.plans import plan_instalments
from collection.domain.priority import WorkCustomer, WorkItem, rank_worklist, score_customer
from collection.domain.promises import PromisePayment, evaluate_promise
from collection.domain.reminders import PUNCTUAL_OFFSETS, plan_reminders
from collection.domain.states import PromiseState
from common.workdays import CN_2025_2026

DUE = date(2025, 8, 1)
RUN = date(2025, 9, 1)
NOBODY = DunningCustomer()


def item(**changes: object) -> DunningItem:
    return replace(DunningItem("A", DUE, Decimal(20000)), **changes)  # type: ignore[arg-type]


class TestPlanDunning:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"due_date": RUN}, Exclusion.NOT_OVERDUE),
            ({"disputed_amount": Decimal(20000)}, Exclusion.DISPUTED),
            ({"promise_until": RUN}, Exclusion.PROMISE_OPEN),
            ({"is_plan_current": True}, Exclusion.PLAN_CURRENT),
            ({"blocked_until": RUN}, Exclusion.ITEM_BLOCK),
            ({"is_factored_disclosed": True}, Exclusion.FACTORED),
            ({"open_amount": Decimal("99.99")}, Exclusion.BELOW_ITEM_MINIMUM),
        ],
    )
    def test_an_excluded_item_keeps_its_level(self, changes: dict, reason: Exclusion) -> None:
        other = DunningItem("B", DUE, Decimal(600))
        plan = plan_dunning(STANDARD, NOBODY, [other, item(level=2, **changes)], run_date=RUN)
        assert [(p.id, p.level, p.excluded) for p in plan.items] == [
            ("A", 2, reason),
            ("B", 1, None),
        ]
        assert plan.letter is not None
        assert plan.letter.items == ("B",)

    def test_the_undisputed_part_is_dunned(self) -> None:
        plan = plan_dunning(STANDARD, NOBODY, [item(disputed_amount=Decimal(15000))], run_date=RUN)
        assert plan.letter is not None
        assert plan.letter.amount == Decimal(5000)

    def test_a_level_never_falls_when_the_procedure_is_softer(self) -> None:
        plan = plan_dunning(SOFT, NOBODY, [item(level=3)], run_date=RUN)
        assert (plan.items[0].level, plan.letter) == (3, None)

    def test_the_final_level_says_so(self) -> None:
        plan = plan_dunning(STRICT, NOBODY, [item(level=3)], run_date=RUN)
        assert plan.letter is not None
        assert (plan.letter.level, plan.letter.is_final, plan.letter.has_interest) == (
            4,
            True,
            True,
        )

    def test_nothing_overdue_is_no_net_overdue(self) -> None:
        plan = plan_dunning(STANDARD, NOBODY, [item(due_date=RUN)], run_date=RUN)
        assert plan.skipped is Skip.NO_NET_OVERDUE

    def test_blocks_hold_through_their_last_day(self) -> None:
        blocked = DunningCustomer(blocked_until=RUN)
        assert (
            plan_dunning(STANDARD, blocked, [item()], run_date=RUN).skipped is Skip.CUSTOMER_BLOCK
        )
        later = plan_dunning(STANDARD, blocked, [item()], run_date=RUN + timedelta(1))
        assert later.letter is not None

    @given(
        st.sampled_from(list(PROCEDURES.values())),
        st.lists(st.tuples(st.integers(0, 60), st.integers(50, 9000)), min_size=1, max_size=4),
        st.lists(st.integers(1, 20), min_size=1, max_size=12),
    )
    def test_no_run_skips_or_lowers_a_level_or_writes_too_soon(
        self, procedure: DunningProcedure, rows: list[tuple[int, int]], gaps: list[int]
    ) -> None:
        items = {
            f"I{n}": DunningItem(f"I{n}", DUE + timedelta(d), Decimal(a))
            for n, (d, a) in enumerate(rows)
        }
        run_date = DUE
        for gap in gaps:
            run_date += timedelta(days=gap)
            plan = plan_dunning(procedure, NOBODY, list(items.values()), run_date=run_date)
            listed = plan.letter.items if plan.letter else ()
            for found in plan.items:
                before = items[found.id]
                assert found.level - before.level in {0, 1}
                assert found.level <= max(before.level, procedure.reachable(found.days))
                if found.is_raised:
                    assert found.id in listed
                    last = before.last_letter_date
                    assert last is None or (run_date - last).days >= procedure.min_days_between
                letter_date = run_date if found.id in listed else before.last_letter_date
                items[found.id] = replace(before, level=found.level, last_letter_date=letter_date)
            if plan.letter:
                assert plan.letter.amount >= procedure.min_customer_total
                assert plan.letter.level == max(items[i].level for i in listed)
            # Asked again the same day, nothing more happens.
            again = plan_dunning(procedure, NOBODY, list(items.values()), run_date=run_date)
            assert again.letter is None
            assert not any(found.is_raised for found in again.items)

    @pytest.mark.parametrize("levels", [(), STANDARD.levels[1:], STANDARD.levels[::-1]])
    def test_refuses_levels_out_of_order(self, levels: tuple) -> None:
        with pytest.raises(InvalidProcedure):
            DunningProcedure("X", levels)


class TestPlanReminders:
    @given(st.dates(date(2025, 1, 10), date(2026, 12, 31)))
    def test_each_goes_out_on_a_workday_in_time_and_once(self, due: date) -> None:
        found = plan_reminders(due)
        days = [reminder.send_date for reminder in found]
        assert days == sorted(set(days))
        assert all(CN_2025_2026.is_workday(d) and d <= due for d in days)
        assert found[-1].offset == 0

    def test_a_punctual_customer_hears_once(self) -> None:
        found = plan_reminders(date(2025, 9, 15), PUNCTUAL_OFFSETS)
        assert [reminder.send_date for reminder in found] == [date(2025, 9, 15)]


class TestEvaluatePromise:
    @given(st.integers(0, 25000), st.integers(0, 20), st.integers(0, 25))
    def test_follows_from_money_and_days(self, paid: int, day: int, asked: int) -> None:
        promised = date(2025, 8, 20)
        payment = PromisePayment(promised + timedelta(day), Decimal(paid))
        found = evaluate_promise(
            Decimal(20000), promised, [payment], as_of=promised + timedelta(asked)
        )
        in_time = paid if day <= 2 and day <= asked else 0
        assert found.grace_end == date(2025, 8, 22)
        assert found.paid_in_time == in_time
        if in_time >= 19800:
            assert found.state is PromiseState.KEPT
        elif asked <= 2:
            assert found.state is PromiseState.OPEN
        else:
            assert found.state is (PromiseState.PARTLY_KEPT if in_time else PromiseState.BROKEN)


class TestPriority:
    @given(
        st.lists(st.tuples(st.integers(1, 10**6), st.integers(-30, 400)), max_size=5),
        st.sampled_from([1, 2, 3, 4, 5, "D", None]),
        st.integers(0, 9),
        st.none() | st.integers(-5, 60),
    )
    def test_lies_between_nothing_and_a_hundred(
        self, rows: list[tuple[int, int]], risk: int | str | None, broken: int, days: int | None
    ) -> None:
        items = tuple(WorkItem(Decimal(amount), late) for amount, late in rows)
        customer = WorkCustomer("K", risk, items, broken, days)
        found = score_customer(customer)
        assert 0 <= found.score <= 100
        halved = score_customer(replace(customer, is_recently_contacted=True))
        assert abs(halved.score * 2 - found.score) <= Decimal("0.02")

    def test_a_hard_deadline_goes_first_and_nothing_is_hidden_last(self) -> None:
        big = score_customer(WorkCustomer("BIG", 5, (WorkItem(Decimal(10**6), 200),), 3))
        hard = score_customer(WorkCustomer("HARD", 1, (WorkItem(Decimal(10), 1),), 0, 7))
        none = score_customer(WorkCustomer("NONE", 1, ()))
        assert [p.code for p in rank_worklist([big, none, hard])] == ["HARD", "BIG"]


class TestPlanInstalments:
    @given(st.integers(10_000, 10**9), st.integers(1, 36), st.integers(1, 3))
    def test_sums_to_the_total_on_workdays(self, cents: int, parts: int, months: int) -> None:
        total = Decimal(cents).scaleb(-2)
        found = plan_instalments(total, parts, date(2025, 1, 31), months)
        assert sum(line.principal for line in found) == total
        assert all(CN_2025_2026.is_workday(line.due_date) for line in found)
        assert all(line.principal > 0 for line in found)

    @pytest.mark.parametrize(("parts", "months"), [(0, 1), (1, 0), (4, 1)])
    def test_refuses_what_is_no_plan(self, parts: int, months: int) -> None:
        with pytest.raises(ValueError):
            plan_instalments(Decimal("0.02"), parts, DUE, months)
