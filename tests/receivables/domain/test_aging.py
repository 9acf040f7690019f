"""Aging and open amounts: the total never depends on how it is cut."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.workdays import Convention
from receivables.domain.aging import (
    AgedCredit,
    AgedItem,
    AgingBasis,
    AgingPolicy,
    CreditsMode,
    InvalidEdges,
    age_items,
    bucket_index,
    bucket_ranges,
)
from receivables.domain.settlement import (
    Application,
    OverApplied,
    check_application,
    invoice_state,
    open_amount,
    receipt_state,
)
from receivables.domain.states import InvoiceState, ReceiptState

START = date(2025, 6, 1)
offsets = st.integers(0, 200)
cents = st.integers(1, 10**7).map(lambda n: Decimal(n).scaleb(-2))


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[list[AgedItem], list[AgedCredit], list[Application]]:
    """Draw items, credits and applications that no rule of the books forbids."""
    items = [
        AgedItem(f"I{n}", START + timedelta(d), START + timedelta(d), START + timedelta(d + t), a)
        for n, (d, t, a) in enumerate(
            draw(st.lists(st.tuples(offsets, st.integers(0, 90), cents), max_size=6))
        )
    ]
    credits = [
        AgedCredit(f"P{n}", START + timedelta(d), a)
        for n, (d, a) in enumerate(draw(st.lists(st.tuples(offsets, cents), max_size=4)))
    ]
    applications = []
    left = {item.id: item.amount for item in items}
    for credit in credits:
        for item in items:
            amount = min(credit.amount / 8, left[item.id])
            if draw(st.booleans()) and amount > 0:
                day = max(credit.posting_date, item.posting_date) + timedelta(
                    draw(st.integers(0, 9))
                )
                undone = draw(st.none() | st.integers(0, 30).map(lambda n, d=day: d + timedelta(n)))
                applications.append(Application(item.id, credit.id, day, amount, undone))
                left[item.id] -= amount
    return items, credits, applications


edge_lists = st.lists(st.integers(1, 400), min_size=1, max_size=8, unique=True).map(
    lambda edges: tuple(sorted(edges))
)
policies = st.builds(
    AgingPolicy,
    edges=edge_lists,
    basis=st.sampled_from(AgingBasis),
    credits_mode=st.sampled_from(CreditsMode),
    convention=st.sampled_from(Convention),
)


class TestAgeItems:
    @given(ledgers(), policies, policies, offsets)
    def test_the_net_total_is_the_same_in_every_cut(
        self, ledger: tuple, one: AgingPolicy, other: AgingPolicy, day: int
    ) -> None:
        as_of = START + timedelta(day)
        first = age_items(*ledger, one, as_of=as_of)
        second = age_items(*ledger, other, as_of=as_of)
        assert first.total_net == second.total_net
        assert sum(first.buckets.values()) - first.unapplied_credits == first.total_net

    @given(ledgers(), policies, offsets)
    def test_separate_buckets_are_the_sums_of_their_rows(
        self, ledger: tuple, policy: AgingPolicy, day: int
    ) -> None:
        report = age_items(*ledger, policy, as_of=START + timedelta(day))
        if policy.credits_mode is CreditsMode.SEPARATE:
            for label, total in report.buckets.items():
                assert total == sum(row.open for row in report.rows if row.bucket == label)
        else:
            assert all(total >= 0 for total in report.buckets.values())

    @given(ledgers(), policies, offsets)
    def test_later_events_change_no_earlier_report(
        self, ledger: tuple, policy: AgingPolicy, day: int
    ) -> None:
        as_of = START + timedelta(day)
        items, credits, applications = ledger
        known = (
            [item for item in items if item.posting_date <= as_of],
            [credit for credit in credits if credit.posting_date <= as_of],
            [a for a in applications if a.applied_date <= as_of],
        )
        assert age_items(*known, policy, as_of=as_of) == age_items(*ledger, policy, as_of=as_of)


class TestBuckets:
    @given(edge_lists, st.sampled_from(AgingBasis), st.integers(-50, 500))
    def test_every_age_has_exactly_one_bucket(
        self, edges: tuple[int, ...], basis: AgingBasis, days: int
    ) -> None:
        holding = [
            position
            for position, bucket in enumerate(bucket_ranges(edges, basis))
            if (bucket.first is None or bucket.first <= days)
            and (bucket.last is None or days <= bucket.last)
        ]
        assert holding == [bucket_index(days, edges, basis)]

    @pytest.mark.parametrize("edges", [(), (0,), (30, 30), (60, 30), tuple(range(1, 10))])
    def test_refuses_edges_that_make_no_report(self, edges: tuple[int, ...]) -> None:
        with pytest.raises(InvalidEdges):
            AgingPolicy(edges=edges)


class TestSettlement:
    def test_never_applies_more_than_is_open(self) -> None:
        check_application(Decimal(5), Decimal(5), Decimal(9))
        for amount in (Decimal(0), Decimal("5.01"), Decimal(-1)):
            with pytest.raises(OverApplied):
                check_application(amount, Decimal(5), Decimal(9))
        with pytest.raises(OverApplied):
            check_application(Decimal(5), Decimal(9), Decimal(4))

    def test_a_reversal_reopens_from_its_day_on(self) -> None:
        paid = Application("I", "P", date(2025, 8, 20), Decimal(40), date(2025, 10, 6))
        asked = (date(2025, 8, 19), date(2025, 8, 20), date(2025, 10, 5), date(2025, 10, 6))
        found = [open_amount(Decimal(100), [paid], as_of=day) for day in asked]
        assert found == [Decimal(100), Decimal(60), Decimal(60), Decimal(100)]

    def test_states_follow_from_amounts(self) -> None:
        hundred, zero = Decimal(100), Decimal(0)
        assert invoice_state(hundred, hundred) is InvoiceState.POSTED
        assert invoice_state(hundred, zero) is InvoiceState.CLEARED
        assert invoice_state(-hundred, Decimal(-40)) is InvoiceState.PARTLY_PAID
        assert receipt_state(hundred, zero) is ReceiptState.APPLIED
        assert receipt_state(hundred, Decimal(1)) is ReceiptState.PARTLY_APPLIED
        assert receipt_state(hundred, hundred) is ReceiptState.IDENTIFIED
