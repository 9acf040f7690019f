"""Statements: what may be read, derived, annualised, and what does not add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.results import Status
from scoring.domain.statements.derived import average, derive
from scoring.domain.statements.identities import (
    Severity,
    check_identities,
    confirm_complete,
    find_restated_items,
    has_errors,
    list_sign_doubts,
)
from scoring.domain.statements.items import (
    DERIVED_ITEMS,
    ITEMS,
    Item,
    Section,
    Sign,
    find_item,
    normalise_label,
)
from scoring.domain.statements.periods import annualise, count_whole_months, decay_component
from scoring.domain.statements.reliability import get_reliability
from scoring.domain.statements.statements import (
    AuditOpinion,
    DerivedItemStated,
    MonthsOutOfRange,
    Statement,
    UnknownItem,
)


def books(**figures: int) -> dict[str, Decimal]:
    """Write figures as items."""
    return {name: Decimal(value) for name, value in figures.items()}


class TestFindItem:
    """Every line is found by its name and by both of its labels."""

    @pytest.mark.parametrize("item", [*ITEMS.values(), *DERIVED_ITEMS.values()])
    def test_by_name_and_labels(self, item: Item) -> None:
        assert find_item(item.name) == item
        assert find_item(item.label_en) == item
        assert find_item(item.label_zh) == item

    @pytest.mark.parametrize(
        ("label", "name"),
        [
            ("减：库存股", "treasury_shares"),
            ("一、营业收入", "revenue"),
            ("其中:利息费用", "interest_expense"),
            ("实收资本（或股本）", "paid_in_capital"),
            ("所有者权益合计", "total_equity"),
            ("  Total   Assets ", "total_assets"),
            ("Inventory", "inventories"),
        ],
    )
    def test_by_printed_forms(self, label: str, name: str) -> None:
        item = find_item(label)
        assert item is not None
        assert item.name == name

    def test_no_two_items_share_a_label(self) -> None:
        items = [*ITEMS.values(), *DERIVED_ITEMS.values()]
        for labels in ([i.label_en for i in items], [i.label_zh for i in items]):
            assert len({normalise_label(label) for label in labels}) == len(items)

    def test_signs_and_flows_follow_the_form(self) -> None:
        assert ITEMS["treasury_shares"].sign is Sign.CONTRA
        assert ITEMS["credit_impairment"].sign is Sign.GAIN_LOSS
        assert ITEMS["revenue"].is_flow
        assert not ITEMS["cash_end"].is_flow
        assert ITEMS["depreciation"].is_flow
        assert not ITEMS["inventories"].is_flow
        assert {i.section for i in ITEMS.values()} == set(Section) - {Section.DERIVED}


class TestStatement:
    """Blanks, unknown names, condensed statements."""

    def test_refuses_a_name_no_form_has(self) -> None:
        with pytest.raises(UnknownItem):
            Statement(books(moonlight=1))

    def test_refuses_a_derived_item_on_a_full_statement(self) -> None:
        with pytest.raises(DerivedItemStated):
            Statement(books(ebit=1))

    def test_refuses_a_period_of_two_years(self) -> None:
        with pytest.raises(MonthsOutOfRange):
            Statement({}, months=24)

    def test_reads_a_blank_as_zero_only_when_confirmed(self) -> None:
        assert Statement({}, is_complete=True).read("goodwill").value == 0
        assert Statement({}).read("goodwill").status is Status.MISSING_INPUT
        assert Statement({}, is_complete=True, is_condensed=True).read("goodwill").value is None

    def test_never_reads_a_total_or_interest_as_zero(self) -> None:
        complete = Statement({}, is_complete=True)
        for name in ("total_assets", "interest_expense", "profit_before_tax", "revenue"):
            assert complete.read(name).value is None


class TestDerive:
    """Derived items, stated and computed."""

    def test_ebit_falls_back_to_net_finance_costs_with_a_guard(self) -> None:
        amount = derive("ebit", Statement(books(profit_before_tax=100, finance_costs_net=-7)))
        assert (amount.value, amount.status) == (100, Status.OK_WITH_GUARD)
        assert amount.reasons[0].code == "EBIT_FROM_NET_FINANCE_COSTS"

    def test_purchases_need_a_year_that_may_be_compared(self) -> None:
        """The change of stock of a merger year is no purchase: E5."""
        before = Statement(books(inventories=20))
        figures = books(cost_of_sales=100, inventories=50)
        assert derive("purchases", Statement(figures), before).value == 130  # 100 + 50 - 20
        merged = derive("purchases", Statement(figures, is_non_comparable=True), before)
        assert (merged.value, merged.status) == (None, Status.NON_COMPARABLE)

    def test_condensed_statement_states_what_it_will_and_lacks_the_rest(self) -> None:
        condensed = Statement(books(ebit=90, total_assets=500), is_condensed=True)
        assert derive("ebit", condensed).value == 90
        assert derive("da", condensed).status is Status.MISSING_INPUT
        assert derive("retained_earnings", condensed).value is None

    def test_condensed_equity_follows_from_assets_and_liabilities(self) -> None:
        condensed = Statement(books(total_assets=500, total_liabilities=300), is_condensed=True)
        amount = derive("net_worth", condensed)
        assert (amount.value, amount.status) == (200, Status.OK_WITH_GUARD)
        full = Statement(condensed.items)
        assert derive("net_worth", full).status is Status.MISSING_INPUT

    def test_land_use_rights_may_stay(self) -> None:
        full = Statement(books(intangible_assets=100, land_use_rights=60), is_complete=True)
        assert derive("intangibles_deducted", full).value == 100
        kept = derive("intangibles_deducted", full, keeps_land_use_rights=True)
        assert kept.value == 40

    def test_average_without_a_prior_year_is_guarded(self) -> None:
        now = Statement(books(inventories=10))
        assert average("inventories", now, None).status is Status.OK_WITH_GUARD
        assert average("inventories", now, Statement(books(inventories=20))).value == 15

    @given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
    def test_working_capital_is_the_difference(self, assets: int, debts: int) -> None:
        full = Statement(books(total_current_assets=assets, total_current_liabilities=debts))
        assert derive("working_capital", full).value == assets - debts


class TestAnnualise:
    """Interim flows become twelve months; balances stay."""

    def test_scales_nine_months_and_costs_reliability(self) -> None:
        nine = Statement(
            books(revenue=900, inventories=10), months=9, audit_opinion=AuditOpinion.UNQUALIFIED
        )
        year = annualise(nine)
        assert (year.items["revenue"], year.items["inventories"]) == (1200, 10)
        assert year.read("revenue").status is Status.OK_WITH_GUARD
        assert get_reliability(year) == Decimal("0.80")

    def test_short_interim_has_balances_but_no_flows(self) -> None:
        quarter = annualise(Statement(books(revenue=900, inventories=10), months=3))
        assert quarter.read("revenue").status is Status.INTERIM_NOT_ANNUALISED
        assert quarter.read("inventories").value == 10

    def test_flows_of_an_interim_statement_cannot_slip_through(self) -> None:
        raw = Statement(books(revenue=900), months=9)
        assert raw.read("revenue").status is Status.INTERIM_NOT_ANNUALISED

    def test_rolls_to_the_trailing_twelve_months(self) -> None:
        rolled = annualise(
            Statement(books(revenue=9800, inventories=5, net_profit=1), months=6),
            prior_year=Statement(books(revenue=21500)),
            prior_interim=Statement(books(revenue=9100), months=6),
        )
        assert dict(rolled.items) == books(revenue=22200, inventories=5)
        assert rolled.read("revenue").status is Status.OK

    def test_long_period_is_non_comparable(self) -> None:
        assert annualise(Statement({}, months=15)).is_non_comparable


class TestAge:
    """Whole months and decay."""

    @pytest.mark.parametrize(
        ("start", "end", "months"),
        [
            (date(2024, 12, 31), date(2025, 6, 30), 6),
            (date(2024, 12, 31), date(2025, 6, 29), 5),
            (date(2024, 1, 15), date(2025, 1, 14), 11),
            (date(2025, 1, 15), date(2024, 1, 15), 0),
            (date(2024, 1, 31), date(2024, 2, 29), 1),
        ],
    )
    def test_counts_whole_months(self, start: date, end: date, months: int) -> None:
        assert count_whole_months(start, end) == months

    def test_decay_never_goes_below_zero(self) -> None:
        assert decay_component(Decimal(5), 18) == 0


class TestIdentities:
    """Sums, tolerance, and what a condensed statement can be held to."""

    def test_condensed_statement_is_checked_where_all_parts_stand(self) -> None:
        condensed = Statement(
            books(total_assets=1000, total_liabilities=700, total_equity=200, inventories=50),
            is_condensed=True,
        )
        findings = check_identities(condensed)
        assert [(f.code, f.severity) for f in findings] == [("BS-09", Severity.ERROR)]

    def test_stated_derived_item_that_contradicts_its_parts_is_a_warning(self) -> None:
        condensed = Statement(
            books(working_capital=90, total_current_assets=300, total_current_liabilities=200),
            is_condensed=True,
        )
        assert [(f.code, f.severity) for f in check_identities(condensed)] == [
            ("DS-01", Severity.WARNING)
        ]

    def test_incomplete_statement_leaves_sums_unchecked(self) -> None:
        figures = books(inventories=10, total_current_assets=100)
        assert check_identities(Statement(figures)) == []
        assert has_errors(check_identities(Statement(figures, is_complete=True)))

    def test_confirmation_falls_when_subtotals_do_not_tie_out(self) -> None:
        wrong = Statement(books(inventories=10, total_current_assets=100), is_complete=True)
        assert not confirm_complete(wrong).is_complete
        right = Statement(books(inventories=100, total_current_assets=100), is_complete=True)
        assert confirm_complete(right).is_complete

    def test_interim_flows_are_checked_as_printed(self) -> None:
        half = Statement(
            books(profit_before_tax=100, income_tax_expense=25, net_profit=10), months=6
        )
        assert [f.code for f in check_identities(half)] == ["IS-03"]

    def test_opening_balance_that_differs_is_named(self) -> None:
        now = Statement(books(inventories=9), opening=books(inventories=12))
        assert find_restated_items(now, Statement(books(inventories=10))) == {"inventories": 2}

    def test_implausible_interest_is_a_warning(self) -> None:
        odd = Statement(books(interest_expense=90, short_term_borrowings=100), is_complete=True)
        assert [f.code for f in check_identities(odd)] == ["YY-04"]

    def test_sign_doubts_name_the_line(self) -> None:
        doubtful = Statement(books(inventories=-1, undistributed_profit=-5, credit_impairment=-7))
        assert list_sign_doubts(doubtful) == ["inventories"]
