"""Cash application: every cent is accounted for, and doubt never posts itself."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receivables.domain.matching import (
    AdviceLine,
    Confidence,
    ItemAmount,
    Match,
    MatchingPolicy,
    OpenItem,
    Payment,
    Rule,
    list_combinations,
    list_referenced_items,
    match_payment,
    read_matching_policy,
)

DAY = date(2025, 8, 20)


def item(number: str, amount: str, due: date = date(2025, 9, 1), **fields: object) -> OpenItem:
    return OpenItem(number, "C1", "CNY", Decimal(amount), due, **fields)  # type: ignore[arg-type]


def pay(
    amount: str, items: list[OpenItem], policy: MatchingPolicy | None = None, **fields: object
) -> Match:
    payment = Payment("C1", "CNY", DAY, Decimal(amount), **fields)  # type: ignore[arg-type]
    return match_payment(payment, items, policy)


class TestReferences:
    @pytest.mark.parametrize(
        "text", ["INV-1002", "inv1002", "ＩＮＶ－１００２", "pays INV 1002.", "#INV/1002;x"]
    )
    def test_finds_a_number_however_written(self, text: str) -> None:
        assert [i.id for i in list_referenced_items(text, [item("INV-1002", "5")])] == ["INV-1002"]

    @pytest.mark.parametrize("text", ["INV-10021", "XINV-1002", "INV-1003", ""])
    def test_a_longer_or_other_number_is_not_it(self, text: str) -> None:
        assert list_referenced_items(text, [item("INV-1002", "5")]) == []


class TestRules:
    ITEMS = (
        item("A-1", "100.00", date(2025, 7, 1), creditor_reference="RF18539007547034"),
        item("A-2", "250.00", date(2025, 8, 1), discount_pct=Decimal(2), discount_until=DAY),
        item("A-3", "700.50"),
        item("K-1", "-50.00", date(2025, 7, 15)),
    )

    def pay(self, amount: str, **fields: object) -> Match:
        return pay(amount, list(self.ITEMS), **fields)

    def test_an_earned_discount_clears_the_item(self) -> None:
        match = self.pay("245.00", remittance="A-2")
        assert match.rule is Rule.M3_REFERENCE_DISCOUNT
        assert match.applications == (ItemAmount("A-2", Decimal("245.00")),)
        assert match.discounts == (ItemAmount("A-2", Decimal("5.00")),)

    def test_several_numbers_with_a_shortfall_are_only_suggested(self) -> None:
        match = self.pay("300.00", remittance="A-1, A-2")
        assert (match.rule, match.confidence) == (Rule.SUGGEST_REFERENCES_SHORT, Confidence.SUGGEST)
        assert match.candidates == (("A-1", "A-2"),)
        assert match.on_account == Decimal("300.00")

    def test_the_largest_item_bears_a_small_difference(self) -> None:
        match = self.pay("347.00", remittance="A-1 A-2")
        assert match.rule is Rule.M3_REFERENCE_TOLERANCE_SHORT
        assert match.small_difference == ItemAmount("A-2", Decimal("3.00"))

    def test_one_percent_binds_small_receipts(self) -> None:
        assert self.pay("99.00", remittance="A-1").rule is Rule.M3_REFERENCE_PARTIAL
        assert self.pay("99.01", remittance="A-1").rule is Rule.M3_REFERENCE_TOLERANCE_SHORT

    def test_a_structured_reference_takes_a_part_or_leaves_a_rest(self) -> None:
        part = self.pay("60.00", structured_reference="RF18 5390 0754 7034")
        assert part.applications == (ItemAmount("A-1", Decimal("60.00")),)
        over = self.pay("130.00", structured_reference="RF18 5390 0754 7034")
        assert (over.rule, over.on_account) == (Rule.M1_STRUCTURED_REF, Decimal("30.00"))

    def test_an_advice_that_does_not_fit_is_not_followed(self) -> None:
        for lines in (
            [("A-1", "90.00")],
            [("A-1", "101.00"), ("K-1", "-1.00")],
            [("Z-9", "100.00")],
            [("A-1", "150.00"), ("K-1", "-50.00")],
        ):
            advice = tuple(AdviceLine(number, Decimal(amount)) for number, amount in lines)
            match = self.pay("100.00", advice=advice)
            assert match.rule is Rule.M4_AMOUNT_UNIQUE

    def test_a_unique_combination_may_take_a_credit_note(self) -> None:
        match = self.pay("650.50")
        assert match.rule is Rule.M6_COMBINATION_UNIQUE
        assert [a.item for a in match.applications] == ["K-1", "A-3"]

    def test_oldest_first_leaves_the_rest_on_account(self) -> None:
        policy = read_matching_policy({}, may_apply_oldest_first=True)
        match = pay("2000.00", list(self.ITEMS), policy)
        assert match.rule is Rule.M7_OLDEST_FIRST
        assert match.on_account == Decimal("949.50")

    def test_money_that_went_out_is_not_matched(self) -> None:
        with pytest.raises(ValueError):
            self.pay("0.00")


amounts = st.sampled_from(["10.00", "15.00", "25.00", "40.00", "65.00", "-5.00", "0.01", "33.33"])
portfolios = st.lists(st.tuples(amounts, st.integers(-60, 60)), max_size=9).map(
    lambda rows: [item(f"A-{n}", a, DAY + timedelta(d)) for n, (a, d) in enumerate(rows)]
)
payments = st.integers(1, 20000).map(lambda n: str(Decimal(n).scaleb(-2)))
texts = st.lists(st.integers(0, 9), max_size=3).map(lambda ns: " ".join(f"A-{n}" for n in ns))


class TestProperties:
    @settings(max_examples=300)
    @given(portfolios, payments | amounts.filter(lambda a: a[0] != "-"), texts, st.booleans())
    def test_applications_and_rest_sum_to_the_receipt(
        self, items: list[OpenItem], amount: str, text: str, oldest_first: bool
    ) -> None:
        policy = MatchingPolicy(may_apply_oldest_first=oldest_first)
        match = pay(amount, items, policy, remittance=text)
        assert sum(a.amount for a in match.applications) + match.on_account == Decimal(amount)
        assert match.on_account >= 0
        open_amounts = {i.id: i.open_amount for i in items}
        posted = {a.item: a.amount for a in match.applications}
        for extra in (match.small_difference, *match.discounts):
            if extra:
                posted[extra.item] += extra.amount
        for number, part in posted.items():
            assert abs(part) <= abs(open_amounts[number])
            assert part * open_amounts[number] > 0
        if match.confidence is not Confidence.AUTO:
            assert match.applications == ()

    @given(portfolios, payments)
    def test_other_customers_and_currencies_change_nothing(
        self, items: list[OpenItem], amount: str
    ) -> None:
        strangers = [
            OpenItem("B-1", "C2", "CNY", Decimal(amount), DAY),
            OpenItem("B-2", "C1", "USD", Decimal(amount), DAY),
        ]
        assert pay(amount, items + strangers) == pay(amount, items)

    @given(st.lists(st.integers(-3, 12), max_size=9), st.integers(-5, 40), st.integers(2, 6))
    def test_the_search_finds_what_trying_all_finds(
        self, amounts: list[int], target: int, largest: int
    ) -> None:
        tried = [
            chosen
            for size in range(2, largest + 1)
            for chosen in combinations(range(len(amounts)), size)
            if sum(amounts[i] for i in chosen) == target
        ]
        assert list(list_combinations(amounts, target, largest)) == tried
