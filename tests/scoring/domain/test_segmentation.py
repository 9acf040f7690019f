"""Segmentation and customer value: edges, ties, hysteresis, and the two definitions side by side."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.segmentation import CustomerTurnover, list_core_customers
from scoring.domain.segments.customer_value import Advice, ValueInputs, advise, value_customer
from scoring.domain.segments.segmentation import GroupFacts, Segment, keep_core, segment_groups
from scoring.domain.segments.value_policy import ValuePolicy, read_value_policy


def groups(*volumes: int, years: int = 1) -> list[GroupFacts]:
    return [
        GroupFacts(f"C{n:02}", Decimal(v), Decimal(years)) for n, v in enumerate(volumes, start=1)
    ]


class TestSegmentGroups:
    def test_takes_in_who_crosses_eighty_percent(self) -> None:
        found = segment_groups(groups(79, 2, 9, 5, 5))
        assert [row.key for row in found.rows if row.in_pareto] == ["C01", "C03"]

    def test_does_not_take_in_who_starts_at_eighty_percent(self) -> None:
        found = segment_groups(groups(80, 5, 5, 5, 5))
        assert [row.key for row in found.rows if row.in_pareto] == ["C01"]
        assert [row.abc for row in found.rows] == ["A", "B", "B", "B", "C"]

    def test_ties_go_by_years_then_key(self) -> None:
        facts = [*groups(10, 10, 10, 10), GroupFacts("Z", Decimal(10), Decimal(2))]
        assert [r.key for r in segment_groups(facts).rows] == ["Z", "C01", "C02", "C03", "C04"]

    def test_watches_a_weak_core_customer(self) -> None:
        facts = [GroupFacts("W", Decimal(900), Decimal(1), is_weak=True), *groups(30, 30, 20, 20)]
        assert segment_groups(facts).by_key["W"].segment is Segment.CORE_WATCH

    def test_weakness_of_an_ordinary_customer_changes_nothing(self) -> None:
        facts = [*groups(900, 30, 30, 20), GroupFacts("W", Decimal(20), Decimal(1), is_weak=True)]
        assert segment_groups(facts).by_key["W"].segment is Segment.ORDINARY

    def test_tells_nobody_apart_below_five(self) -> None:
        found = segment_groups(groups(100, 50, 20, 10, 0, -7))
        assert not found.is_segmented
        assert {r.segment for r in found.rows[:4]} == {Segment.ORDINARY}
        assert [(r.key, r.segment, r.volume) for r in found.rows[4:]] == [
            ("C05", Segment.INACTIVE, 0),
            ("C06", Segment.INACTIVE, 0),
        ]

    def test_answers_nobody_with_nothing(self) -> None:
        found = segment_groups([])
        assert (found.rows, found.total, found.top_share) == ((), 0, None)

    def test_says_what_the_largest_fifth_really_makes(self) -> None:
        found = segment_groups(groups(4200, 2600, 1100, 700, 450, 320, 240, 180, 130, 80))
        assert (found.top_count, found.top_share) == (2, Decimal("0.68"))

    @given(st.lists(st.integers(1, 10**9), min_size=5, max_size=40, unique=True))
    def test_agrees_with_the_process_guide_on_the_revenue_half(self, volumes: list[int]) -> None:
        found = segment_groups(groups(*volumes))
        turnover = [CustomerTurnover(g.key, g.volume) for g in groups(*volumes)]
        assert [r.key for r in found.rows if r.in_pareto] == list_core_customers(turnover)

    @given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30), st.integers(2, 10**6))
    def test_ignores_the_currency_unit(self, volumes: list[int], factor: int) -> None:
        small = segment_groups(groups(*volumes))
        large = segment_groups(groups(*(v * factor for v in volumes)))
        assert [(r.key, r.abc, r.segment) for r in small.rows] == [
            (r.key, r.abc, r.segment) for r in large.rows
        ]


class TestKeepCore:
    def test_leaves_in_the_third_month_outside(self) -> None:
        segment, outside, seen = Segment.CORE, 0, []
        for _month in range(4):
            segment, outside = keep_core(Segment.ORDINARY, previous=segment, months_outside=outside)
            seen.append((segment.value, outside))
        assert seen == [("CORE", 1), ("CORE", 2), ("ORDINARY", 3), ("ORDINARY", 4)]

    def test_one_month_inside_starts_anew(self) -> None:
        assert keep_core(Segment.CORE, previous=Segment.CORE, months_outside=2) == (
            Segment.CORE,
            0,
        )

    def test_a_weak_customer_stays_only_watched(self) -> None:
        kept, _outside = keep_core(
            Segment.INACTIVE, previous=Segment.CORE, months_outside=0, is_weak=True
        )
        assert kept is Segment.CORE_WATCH

    def test_who_was_not_core_is_not_kept(self) -> None:
        assert keep_core(Segment.ORDINARY, previous=None, months_outside=0) == (
            Segment.ORDINARY,
            1,
        )


INPUTS = ValueInputs(
    revenue=Decimal(450),
    gross_margin=Decimal("0.22"),
    visits=Decimal(12),
    cost_per_visit=Decimal("0.3"),
    orders=Decimal(60),
    cost_per_order=Decimal("0.05"),
    vat=Decimal("0.13"),
    dso=Decimal(75),
    capital_rate=Decimal("0.06"),
    pd=Decimal("0.0293"),
    lgd=Decimal("0.45"),
)


class TestValueCustomer:
    def test_return_on_credit_is_value_over_average_receivable(self) -> None:
        found = value_customer(INPUTS)
        assert found.return_on_credit is not None
        assert round(found.return_on_credit, 4) == Decimal("0.8111")

    def test_at_the_breakeven_rate_nothing_is_left(self) -> None:
        breakeven = value_customer(INPUTS).breakeven_pd
        assert breakeven is not None
        values = {name: getattr(INPUTS, name) for name in INPUTS.__slots__}
        again = value_customer(ValueInputs(**(values | {"pd": breakeven})))
        assert abs(again.value) < Decimal("1e-20")

    def test_without_receivables_there_is_no_return_on_credit(self) -> None:
        values = {name: getattr(INPUTS, name) for name in INPUTS.__slots__}
        found = value_customer(ValueInputs(**(values | {"dso": Decimal(0)})))
        assert (found.return_on_credit, found.breakeven_pd) == (None, None)

    @pytest.mark.parametrize(
        ("is_core", "value", "advice"),
        [
            (True, 1, Advice.ACCOUNT_PLAN),
            (True, 0, Advice.RENEGOTIATE),
            (False, 1, Advice.SELF_SERVICE),
            (False, 0, Advice.PREPAYMENT),
        ],
    )
    def test_the_matrix(self, is_core: bool, value: int, advice: Advice) -> None:
        assert advise(is_core=is_core, value=Decimal(value)) is advice


class TestReadValuePolicy:
    def test_an_empty_body_is_the_house_default(self) -> None:
        assert read_value_policy({}).gross_margin == ValuePolicy().gross_margin
        assert read_value_policy({}).visits_of("A") == 12

    def test_takes_what_is_named(self) -> None:
        found = read_value_policy({"gross_margin": "0.15", "visits": {"C": "0"}})
        assert (found.gross_margin, found.visits_of("C"), found.visits_of("B")) == (
            Decimal("0.15"),
            0,
            4,
        )
