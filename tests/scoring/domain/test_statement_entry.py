"""Typing and pasting statements: cells, blocks, live checks, what a ratio is made of, DuPont."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.parsing import CellError
from scoring.domain.models.risk_index import compute_indicators
from scoring.domain.statements.cells import parse_cell
from scoring.domain.statements.checks import Outcome
from scoring.domain.statements.dupont import (
    FIVE,
    THREE,
    build_dupont,
    explain_change,
    multiply,
    total_effect,
)
from scoring.domain.statements.identities import IDENTITIES, add_up, check_identities, list_checks
from scoring.domain.statements.industries import split_industry
from scoring.domain.statements.items import ITEMS
from scoring.domain.statements.pasting import MAX_TEXT, PasteTooLarge, read_block
from scoring.domain.statements.ratios import RATIOS, compute_ratios
from scoring.domain.statements.restatement import compare_lines
from scoring.domain.statements.statements import Statement
from scoring.domain.statements.tracing import trace_ratio
from scoring.domain.vectorised.books import Books
from scoring.domain.vectorised.ratios import (
    FORMULAS,
    ITEMS_READ,
    compute_indicator_table,
    compute_ratio_table,
)
from tests.scoring.samples import fixture_lines

HUAXIN = Statement(fixture_lines("huaxin_2024"), date(2024, 12, 31), is_complete=True)
HUAXIN_2023 = Statement(fixture_lines("huaxin_2023"), date(2023, 12, 31), is_complete=True)


class TestParseCell:
    @pytest.mark.parametrize(
        ("text", "unit", "amount"),
        [
            ("1,234.56", 1, "1234.56"), ("(1,234)", 1, "-1234"), ("（1,234）", 1, "-1234"),
            ("－1234", 1, "-1234"), ("−5", 1, "-5"), ("１２３", 1, "123"), ("¥1,000", 1, "1000"),
            ("3万元", 1, "30000"), ("12.5万", 10_000, "12.5"), ("2亿元", 10_000, "20000"),
            ("500元", 1_000, "0.5"), ("1,5", 1, None), ("0", 1, "0"),
        ],
    )  # fmt: skip
    def test_reads_what_people_type(self, text: str, unit: int, amount: str | None) -> None:
        if amount is None:
            with pytest.raises(CellError):
                parse_cell(text, unit=unit)
        else:
            assert parse_cell(text, unit=unit) == Decimal(amount)

    @pytest.mark.parametrize("text", ["", "  ", "-", "—", "——", "n/a", "无", "\u3000"])
    def test_takes_dashes_for_nothing(self, text: str) -> None:
        assert parse_cell(text) is None

    @pytest.mark.parametrize(
        "text",
        ["12%", "1e9", "abc", "=1+1", "1.234,56", "9" * 20, "(-5)", "1.2345", "NaN", "Infinity"],
    )
    def test_refuses_what_has_two_readings_or_none(self, text: str) -> None:
        with pytest.raises(CellError):
            parse_cell(text)

    @given(st.text(max_size=40))
    @settings(max_examples=300, deadline=None)
    def test_never_fails_otherwise(self, text: str) -> None:
        try:
            amount = parse_cell(text)
        except CellError:
            return
        assert amount is None or amount.is_finite()


class TestReadBlock:
    def test_recognises_both_languages_and_numbering(self) -> None:
        block = read_block(
            "一、营业收入\t21,500\t19,800\nLess: cost of sales\t16,700\t15,450\n胡说\t1\n"
        )
        assert [(c.item, c.column, c.text) for c in block.cells] == [
            ("revenue", 0, "21,500"), ("revenue", 1, "19,800"),
            ("cost_of_sales", 0, "16,700"), ("cost_of_sales", 1, "15,450"),
        ]  # fmt: skip
        assert block.unknown == ("胡说",)

    def test_reads_the_two_sided_balance_sheet(self) -> None:
        block = read_block(
            "资产\t行次\t期末余额\t年初余额\t负债和所有者权益\t行次\t期末余额\t年初余额\n"
            "货币资金\t1\t1,860\t1,560\t短期借款\t41\t2,000\t2,100\n"
            "存货\t9\t2,630\t\t应付账款\t45\t1,900\t1,800\n"
        )
        assert [(c.item, c.text, c.is_opening) for c in block.cells] == [
            ("cash_and_bank", "1,860", False), ("cash_and_bank", "1,560", True),
            ("short_term_borrowings", "2,000", False), ("short_term_borrowings", "2,100", True),
            ("inventories", "2,630", False),
            ("accounts_payable", "1,900", False), ("accounts_payable", "1,800", True),
        ]  # fmt: skip

    def test_fills_from_the_active_cell_without_labels(self) -> None:
        block = read_block("1\t2\n3\t4", start="notes_receivable", order=list(ITEMS))
        assert [(c.item, c.column, c.text) for c in block.cells] == [
            ("notes_receivable", 0, "1"), ("notes_receivable", 1, "2"),
            ("accounts_receivable", 0, "3"), ("accounts_receivable", 1, "4"),
        ]  # fmt: skip

    @pytest.mark.parametrize("text", ["x" * (MAX_TEXT + 1), "1\n" * 700, "\t".join("1" * 50)])
    def test_refuses_more_than_a_statement_has(self, text: str) -> None:
        with pytest.raises(PasteTooLarge):
            read_block(text)

    @given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
    @settings(max_examples=300, deadline=None)
    def test_hostile_text_is_only_text(self, text: str) -> None:
        block = read_block(text, start="revenue", order=list(ITEMS))
        assert all(cell.item in ITEMS or cell.item for cell in block.cells)

    def test_an_unclosed_quote_is_part_of_the_text(self) -> None:
        assert read_block('货币资金\t"5').cells[0].item == "cash_and_bank"


class TestListChecks:
    def test_a_complete_statement_passes_every_identity(self) -> None:
        before = Statement({**HUAXIN_2023.items, "cash_end": Decimal(1400)}, is_complete=True)
        checks = list_checks(HUAXIN, before)
        assert {c.outcome for c in checks if c.outcome is not Outcome.UNCHECKED} == {Outcome.OK}
        codes = {c.code for c in checks if c.outcome is Outcome.OK}
        wanted = {identity.code for identity in IDENTITIES} - {"BS-08", "IS-04", "IS-05"}
        assert wanted <= codes
        assert {"YY-02", "YY-03", "YY-04", "YY-05"} <= codes

    def test_says_what_an_unchecked_identity_waits_for(self) -> None:
        books = Statement({"total_assets": Decimal(5)})
        check = next(c for c in list_checks(books) if c.code == "BS-03")
        assert check.outcome is Outcome.UNCHECKED
        assert check.missing == ("total_current_assets", "total_noncurrent_assets")

    def test_tells_tolerance_and_difference(self) -> None:
        items = {**HUAXIN.items, "total_assets": Decimal(15210)}
        books = Statement(items, is_complete=True)
        check = next(c for c in list_checks(books) if c.code == "BS-03")
        assert (check.outcome, check.computed, check.stated) == (Outcome.ERROR, 15200, 15210)
        assert check.tolerance == Decimal("7.605")

    def test_opening_balances_are_last_years_closing_ones(self) -> None:
        opening = {"inventories": HUAXIN_2023.items["inventories"] + 3, "goodwill": Decimal(0)}
        books = Statement(HUAXIN.items, is_complete=True, opening=opening)
        (finding,) = check_identities(books, HUAXIN_2023)
        assert (finding.code, finding.item, finding.difference) == ("YY-01", "inventories", 3)

    def test_restricted_cash_only_warns(self) -> None:
        books = Statement({**HUAXIN.items, "restricted_cash": Decimal(60)}, is_complete=True)
        (finding,) = check_identities(books)
        assert (finding.code, finding.severity.value) == ("CF-06", "WARNING")

    def test_offers_sums_of_what_is_typed(self) -> None:
        books = Statement({"cash_and_bank": Decimal(3), "inventories": Decimal(4)})
        sums = add_up(books)
        assert sums["total_current_assets"] == 7
        assert sums["total_assets"] == 7
        assert "revenue" not in sums
        assert "cfo" not in sums


class TestTrace:
    def test_names_every_figure_with_its_parts(self) -> None:
        amount, traces = trace_ratio("quick_ratio_strict", HUAXIN, HUAXIN_2023)
        assert amount == compute_ratios(HUAXIN, HUAXIN_2023)["quick_ratio_strict"]
        assert [t.item for t in traces] == ["quick_assets", "total_current_liabilities"]
        parts = {p.item: (p.amount.value or 0) * p.sign for p in traces[0].parts}
        assert sum(parts.values()) == traces[0].amount.value

    @pytest.mark.parametrize("name", sorted(RATIOS))
    def test_never_changes_a_ratio(self, name: str) -> None:
        for now, prior in ((HUAXIN, HUAXIN_2023), (HUAXIN, None), (Statement({}), None)):
            assert trace_ratio(name, now, prior)[0] == compute_ratios(now, prior)[name]


class TestDupont:
    def test_factors_multiply_to_the_return(self) -> None:
        dupont = build_dupont(HUAXIN, HUAXIN_2023)
        roe = dupont.value("roe")
        assert roe is not None
        for factors in (THREE, FIVE):
            product = multiply(dupont, factors)
            assert product is not None
            assert abs(product - roe) < Decimal("1e-20")
        assert round(roe, 4) == Decimal("0.1735")

    @pytest.mark.parametrize("factors", [THREE, FIVE])
    def test_effects_add_up_to_the_change(self, factors: tuple[str, ...]) -> None:
        before, after = build_dupont(HUAXIN_2023), build_dupont(HUAXIN, HUAXIN_2023)
        old, new = multiply(before, factors), multiply(after, factors)
        assert old is not None
        assert new is not None
        effects = explain_change(before, after, factors)
        assert [effect.factor for effect in effects] == list(factors)
        assert abs(total_effect(effects) - (new - old)) < Decimal("1e-20")

    def test_says_nothing_when_a_factor_is_missing(self) -> None:
        assert explain_change(build_dupont(Statement({})), build_dupont(HUAXIN)) == ()


def test_restatement_lists_what_differs_in_the_units_of_the_new_one() -> None:
    before = {"revenue": Decimal(5), "inventories": Decimal(2)}
    after = {"revenue": Decimal(50_000), "goodwill": Decimal(1)}
    changes = compare_lines(before, after, factor=Decimal(10_000))
    assert [(c.item, c.before, c.after, c.difference) for c in changes] == [
        ("inventories", 20_000, None, None), ("goodwill", None, 1, None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "found"),
    [("C3411", ("C", "34")), ("3411", ("C", "34")), ("F51", ("F", "51")), ("Z9", ("", "")),
     ("S", ("S", "")), ("C3", ("C", "")), ("０３", ("", ""))],
)  # fmt: skip
def test_industries(code: str, found: tuple[str, str]) -> None:
    assert split_industry(code) == found


_AMOUNTS = st.one_of(
    st.none(), st.integers(-50, 400).map(Decimal), st.just(Decimal(0)), st.just(Decimal(100))
)
_BOOKS = st.fixed_dictionaries({name: _AMOUNTS for name in ITEMS_READ if name in ITEMS})
_DERIVED = ("ebit", "net_worth", "purchases", "trade_receivables", "da")


def _statement(items: dict[str, Decimal | None], condensed: bool, complete: bool) -> Statement:
    return Statement(
        {name: amount for name, amount in items.items() if amount is not None},
        is_condensed=condensed,
        is_complete=complete,
    )


class TestBulkTwin:
    """The ratios of many equal the ratios of one, status by status."""

    def test_knows_every_ratio(self) -> None:
        assert list(FORMULAS) == list(RATIOS)

    @given(_BOOKS, st.none() | _BOOKS, st.booleans(), st.booleans(), _AMOUNTS)
    @settings(max_examples=150, deadline=None)
    def test_equals_the_scalar_rule(
        self,
        now: dict[str, Decimal | None],
        before: dict[str, Decimal | None] | None,
        condensed: bool,
        complete: bool,
        stated: Decimal | None,
    ) -> None:
        if condensed:
            now = {**now, **dict.fromkeys(_DERIVED, stated)}
        statement = _statement(now, condensed, complete)
        prior = None if before is None else _statement(before, False, complete)
        row: dict[str, object] = {n: None if a is None else float(a) for n, a in now.items()}
        row |= {"is_condensed": condensed, "is_complete": complete}
        row |= {"prior_exists": prior is not None, "prior_is_complete": complete}
        if before is not None:
            row |= {f"prior_{n}": None if a is None else float(a) for n, a in before.items()}
        books = Books(pd.DataFrame([row]))
        for table, amounts in (
            (compute_ratio_table(books), compute_ratios(statement, prior)),
            (compute_indicator_table(books), compute_indicators(statement, prior)),
        ):
            for name, amount in amounts.items():
                value = table[name].iloc[0]
                if amount.value is None:
                    assert np.isnan(value), (name, amount)
                else:
                    assert value == pytest.approx(float(amount.value), abs=1e-9), (name, amount)
