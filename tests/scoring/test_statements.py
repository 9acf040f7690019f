"""Statements as records: versions and their reasons, opening balances, years, peers."""

from datetime import date
from decimal import Decimal

import pytest

from common.models import Event
from customers.models import Customer
from scoring.domain.models.risk_index import DEMO_MANUFACTURING
from scoring.models import Statement, StatementOpening
from scoring.selectors.financials import get_common_size, get_financials, get_trend
from scoring.selectors.peers import build_benchmarks, get_peer_quartiles
from scoring.selectors.statements import list_restatements
from scoring.services.statements import (
    InvalidStatement,
    StatementChanged,
    save_statement,
    save_statements,
)
from tests.cast import People, make_customer
from tests.scoring.samples import AS_OF, fixture_lines, give_statement

pytestmark = pytest.mark.django_db
FY_2023, FY_2024 = date(2023, 12, 31), date(2024, 12, 31)


@pytest.fixture
def customer(people: People) -> Customer:
    return make_customer("C001", industry="C3411")


class TestVersions:
    def test_a_restatement_keeps_the_old_and_says_what_changed(
        self, customer: Customer, people: People
    ) -> None:
        give_statement(customer, actor=people.analyst)
        lines = fixture_lines("huaxin_2024") | {"restricted_cash": Decimal(161)}
        saved = give_statement(
            customer,
            lines=lines,
            opinion="QUALIFIED",
            actor=people.analyst,
            reason="Audit adjusted.",
        )
        newest, first = list_restatements(saved.statement)
        assert (newest.statement.version, newest.reason) == (2, "Audit adjusted.")
        assert [(c.item, c.before, c.after) for c in newest.lines] == [
            ("restricted_cash", 160, 161)
        ]
        assert newest.header == (("opinion", "UNQUALIFIED", "QUALIFIED"),)
        assert (first.lines, first.header, first.statement.superseded_by) == (
            (),
            (),
            saved.statement,
        )
        event = Event.objects.get(code="scoring.statement.superseded")
        assert (event.reason, event.before, event.after["version"]) == (
            "Audit adjusted.",
            {"version": 1},
            2,
        )

    def test_a_version_made_from_an_older_one_is_refused(self, customer: Customer) -> None:
        give_statement(customer)
        give_statement(customer, opinion="QUALIFIED")
        with pytest.raises(StatementChanged):
            give_statement(customer, opinion="ADVERSE", expected_version=1)
        with pytest.raises(StatementChanged):
            give_statement(customer, opinion="ADVERSE", expected_version=0)
        assert Statement.objects.count() == 2
        assert give_statement(customer, opinion="ADVERSE", expected_version=2).outcome == "UPDATED"

    def test_units_are_compared_like_with_like(self, customer: Customer) -> None:
        give_statement(customer, lines={"revenue": Decimal(5)})
        saved = give_statement(customer, lines={"revenue": Decimal(50_000)}, unit=1)
        newest = list_restatements(saved.statement)[0]
        assert newest.lines == ()
        assert newest.header[0] == ("unit", 10_000, 1)


class TestOpenings:
    def test_one_that_differs_marks_the_year_as_restated(self, customer: Customer) -> None:
        give_statement(customer, "huaxin_2023", period_end=FY_2023)
        saved = give_statement(customer, opening={"inventories": Decimal(2483)})
        assert saved.statement.non_comparable == "RESTATED"
        assert saved.statement.doubtful is False
        (finding,) = saved.findings
        assert (finding["code"], finding["item"], Decimal(finding["difference"])) == (
            "YY-01",
            "inventories",
            3,
        )
        assert StatementOpening.objects.get().amount == 2483

    def test_the_same_balances_say_nothing(self, customer: Customer) -> None:
        give_statement(customer, "huaxin_2023", period_end=FY_2023)
        saved = give_statement(customer, opening={"inventories": Decimal(2480)})
        assert (saved.findings, saved.statement.non_comparable) == ([], "")
        again = give_statement(customer, opening={"inventories": Decimal(2480)})
        assert again.outcome == "UNCHANGED"
        assert give_statement(customer).outcome == "UPDATED"

    def test_only_balances_have_one(self, customer: Customer) -> None:
        with pytest.raises(InvalidStatement) as caught:
            give_statement(customer, opening={"revenue": Decimal(1)})
        assert caught.value.field == "revenue"


class TestSaveStatements:
    def test_the_oldest_comes_first(self, customer: Customer, people: People) -> None:
        periods = [
            {"period_end": FY_2024, "lines": fixture_lines("huaxin_2024"), "unit": 10_000,
             "opening": {"inventories": Decimal(1)}},
            {"period_end": FY_2023, "lines": fixture_lines("huaxin_2023"), "unit": 10_000},
        ]  # fmt: skip
        newer, older = save_statements(
            customer=customer, periods=periods, as_of=AS_OF, actor=people.analyst
        )
        assert (newer.statement.period_end, older.statement.period_end) == (FY_2024, FY_2023)
        assert [f["code"] for f in newer.findings] == ["YY-01"]

    def test_all_or_none(self, customer: Customer, people: People) -> None:
        periods = [
            {"period_end": date(2030, 1, 1), "lines": {"revenue": Decimal(1)}},
            {"period_end": FY_2023, "lines": {"revenue": Decimal(1)}},
        ]
        with pytest.raises(InvalidStatement) as caught:
            save_statements(customer=customer, periods=periods, as_of=AS_OF, actor=people.analyst)
        assert (caught.value.field, caught.value.params["position"]) == ("period_end", 0)
        assert not Statement.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("non_comparable", "BECAUSE"), ("currency", "XXX"), ("unit", 7), ("months", 19),
         ("received_on", date(2024, 1, 1))],
    )  # fmt: skip
    def test_header_values_are_checked(self, customer: Customer, field: str, value: object) -> None:
        with pytest.raises(InvalidStatement) as caught:
            give_statement(customer, **{field: value})
        assert caught.value.field == field

    def test_china_s_vat_is_not_expected_elsewhere(self, customer: Customer) -> None:
        lines = {"revenue": Decimal(100), "cash_from_sales": Decimal(158)}
        cas = give_statement(customer, lines=lines, complete=False)
        assert cas.findings == []
        us = give_statement(customer, lines=lines, complete=False, gaap="US_GAAP")
        assert [f["code"] for f in us.findings] == ["YY-05"]


class TestFinancials:
    def test_years_newest_first_in_one_unit(self, customer: Customer) -> None:
        give_statement(customer, "huaxin_2023", period_end=FY_2023)
        lines = {name: amount * 10_000 for name, amount in fixture_lines("huaxin_2024").items()}
        give_statement(customer, lines=lines, unit=1)
        found = get_financials(customer, as_of=AS_OF)
        assert [year.statement.period_end for year in found.years] == [FY_2024, FY_2023]
        newest, oldest = found.years
        assert newest.figures.items["total_assets"] == 152_000_000
        assert oldest.figures.items["total_assets"] == 141_900_000
        roe, traces = newest.ratios["roe"]
        assert roe.value is not None
        assert round(roe.value, 4) == Decimal("0.1735")
        assert [t.item for t in traces] == ["net_profit", "net_worth"]

    def test_shares_and_trend(self, customer: Customer) -> None:
        give_statement(customer, "huaxin_2023", period_end=FY_2023)
        give_statement(customer)
        years = get_financials(customer, as_of=AS_OF).years
        shares = get_common_size(years)
        assert shares["BS"]["total_assets"] == [1, 1]  # type: ignore[index]
        cost = shares["IS"]["cost_of_sales"][0]  # type: ignore[index]
        assert cost == Decimal(16_700) / 21_500
        trend = get_trend(years)["IS"]["revenue"]  # type: ignore[index]
        assert trend == [Decimal(21_500) / 19_800 * 100, 100]

    def test_an_interim_rolls_to_twelve_months(self, customer: Customer) -> None:
        half = {"period_end": date(2025, 6, 30), "months": 6, "kind": "INTERIM", "complete": False}
        before = half | {"period_end": date(2024, 6, 30)}
        give_statement(customer, lines={"revenue": Decimal(9100)}, **before)
        give_statement(customer, lines={"revenue": Decimal(21_500)}, complete=False)
        give_statement(customer, lines={"revenue": Decimal(9800)}, **half)
        years = get_financials(customer, as_of=AS_OF).years
        assert [(year.method, year.figures.items["revenue"]) for year in years] == [
            ("TTM", 22_200), ("", 21_500)
        ]  # fmt: skip

    def test_an_interim_alone_is_scaled(self, customer: Customer) -> None:
        give_statement(
            customer, lines={"revenue": Decimal(9000)}, months=9, kind="INTERIM",
            period_end=date(2024, 9, 30), complete=False,
        )  # fmt: skip
        (year,) = get_financials(customer, as_of=AS_OF).years
        assert (year.method, year.figures.items["revenue"]) == ("SCALED", 12_000)

    def test_the_doubtful_are_left_out_until_accepted(self, customer: Customer) -> None:
        lines = fixture_lines("huaxin_2024") | {"total_assets": Decimal(1)}
        give_statement(customer, lines=lines)
        found = get_financials(customer, as_of=AS_OF)
        assert (found.years, [row.period_end for row in found.doubtful]) == ((), [FY_2024])


def _give_peer(code: str, industry: str, assets: int, debts: int) -> None:
    peer = make_customer(code, industry=industry)
    lines = {"total_assets": Decimal(assets), "total_liabilities": Decimal(debts)}
    save_statement(customer=peer, period_end=FY_2024, lines=lines, as_of=AS_OF, form="CONDENSED")


class TestPeers:
    def test_division_when_five_else_section_else_all(self) -> None:
        for n in range(4):
            _give_peer(f"A{n}", "C3411", 100, 10 * (n + 1))
        assert get_peer_quartiles("C34", as_of=AS_OF).level == "ALL"
        _give_peer("B", "2231", 100, 50)
        section = get_peer_quartiles("C3412", as_of=date(2025, 6, 29))
        assert (section.level, section.code, section.n) == ("SECTION", "C", 5)
        _give_peer("C", "3499", 100, 60)
        division = get_peer_quartiles("3411", as_of=date(2025, 6, 28))
        assert (division.level, division.code, division.n) == ("DIVISION", "34", 5)
        spread = division.ratios["debt_to_assets"]
        assert spread.quartiles == (Decimal("0.2"), Decimal("0.3"), Decimal("0.4"))
        assert (spread.n, spread.place(Decimal("0.3"))) == (5, Decimal("0.5"))
        assert "roe" not in division.ratios

    def test_old_doubtful_and_interim_statements_do_not_count(self, customer: Customer) -> None:
        give_statement(customer, period_end=date(2022, 12, 31))
        other = make_customer("C002")
        give_statement(other, lines=fixture_lines("huaxin_2024") | {"total_assets": Decimal(1)})
        third = make_customer("C003")
        give_statement(third, months=6, kind="INTERIM")
        assert get_peer_quartiles("", as_of=AS_OF).n == 0

    def test_benchmarks_have_the_quartiles_of_the_portfolio(self) -> None:
        for n in range(5):
            _give_peer(f"A{n}", "C3411", 100, 10 * (n + 1))
        table = {row.indicator: row for row in build_benchmarks("C34", as_of=AS_OF)}
        demo = {row.indicator: row for row in DEMO_MANUFACTURING}
        row = table["debt_to_assets"]
        assert (row.worse, row.median, row.better) == (
            Decimal("0.4"),
            Decimal("0.3"),
            Decimal("0.2"),
        )
        assert row.weight == demo["debt_to_assets"].weight
        assert table["sales_growth"] == demo["sales_growth"]
