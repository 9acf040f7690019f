"""Every model on real statements of failed and sound firms, beside an independent recomputation.

The data lie in ``../shared/data`` beside the project (CREDIT_DATA_DIR overrides); where that folder
is absent these tests skip and say so. Nothing of it is copied here. ``recomputation.py`` holds the
formulas once more; the columns of the files are mapped here once more too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest

from credit_mgmt.bench.model_scores import FINANCIAL, RISKIER_WHEN_HIGHER, Scores, score_models
from credit_mgmt.bench.real_statements import (
    FirmYears,
    NoRealData,
    find_data_dir,
    make_statement,
    read_polish,
    read_us,
)
from scoring.domain import vectorised
from scoring.domain.rating.evaluation import evaluate_models
from scoring.domain.rating.registry import STATEMENT_MODELS
from scoring.domain.statements.ratios import RATIOS, compute_ratios
from scoring.domain.statements.statements import AuditOpinion, Statement
from scoring.domain.vectorised.ratios import compute_ratio_table
from tests.scoring import recomputation

SAMPLE = 2000
TOLERANCE = {"rtol": 1e-9, "atol": 1e-12}
GIVES_VALUE = ("ok", "ok_with_guard")
COMPUTABLE = {
    "us": {
        "altman_z_1968", "altman_z_prime", "altman_z_double_prime", "altman_em", "ohlson_o",
        "zmijewski", "working_assets", "credit_risk_index", "wall_modern",
    },
    "polish": {
        "altman_z_prime", "altman_z_double_prime", "altman_em", "zmijewski", "springate",
        "taffler_1983", "bathory", "working_assets", "credit_risk_index", "wall_traditional",
    },
}  # fmt: skip

try:
    DATA = find_data_dir()
except NoRealData as absent:
    pytestmark = pytest.mark.skip(reason=str(absent))


@dataclass
class Case:
    """A set as the product reads it, and the same set for the recomputation."""

    data: FirmYears
    table: pd.DataFrame

    def recompute(self, model: str) -> tuple[pd.Series, pd.Series]:
        return recomputation.MODELS[model](self.table)

    @cached_property
    def scores(self) -> dict[str, Scores]:
        return score_models(self.data)


def add_prior(
    table: pd.DataFrame, firm: pd.Series, year: pd.Series, prefix: str, back: int
) -> None:
    """Put the figures of the same firm ``back`` years before beside each row."""
    place = pd.Series(range(len(table)), index=pd.MultiIndex.from_arrays([firm, year]))
    wanted = pd.MultiIndex.from_arrays([firm, year - back])
    found = place.reindex(wanted).to_numpy()
    for name in [c for c in table.columns if "_" not in c or c in ("TA_USD", "TANGIBLE_USD")]:
        values = table[name].to_numpy()
        rows = np.nan_to_num(found).astype(int)
        table[prefix + name] = np.where(np.isnan(found), np.nan, values[rows])


LETTERS = [
    *("TA", "TL", "CL", "CA", "WC", "RE", "EBIT", "NW", "REV", "COST", "INV", "AR", "NI", "DA"),
    *("MV", "TA_USD", "PBT", "INT", "CFO", "QUICK", "TNW", "LTD", "FIXED", "TANGIBLE_USD"),
    *("CAPITAL", "DTL", "DTA", "AP", "CASH", "OP", "IBD"),
]


@pytest.fixture(scope="module")
def us() -> Case:
    raw = pd.read_csv(DATA / "us" / "firm_years.csv.gz")
    t = pd.DataFrame(np.nan, index=raw.index, columns=LETTERS)
    names = {
        "TA": "total_assets", "TL": "total_liabilities", "CL": "current_liabilities",
        "CA": "current_assets", "RE": "retained_earnings", "EBIT": "ebit", "REV": "net_sales",
        "COST": "cogs", "INV": "inventory", "AR": "receivables", "NI": "net_income",
        "DA": "dep_amort", "MV": "market_value", "LTD": "long_term_debt",
    }  # fmt: skip
    for letter, column in names.items():
        t[letter] = raw[column]
    t["WC"], t["NW"], t["TA_USD"] = t.CA - t.CL, t.TA - t.TL, t.TA * 1e6
    add_prior(t, raw.company, raw.year, "p_", 1)
    add_prior(t, raw.company, raw.year, "b_", 2)
    return Case(read_us(DATA), t)


@pytest.fixture(scope="module", params=[1, 3, 5])
def polish(request: pytest.FixtureRequest) -> Case:
    raw = pd.read_csv(DATA / "polish" / f"year{request.param}.csv.gz")
    a = {n: raw[f"Attr{n}"] for n in range(1, 65)}
    t = pd.DataFrame(np.nan, index=raw.index, columns=LETTERS)
    t["TA"], t["TL"], t["CL"], t["WC"], t["CA"] = 1.0, a[2], a[51], a[3], a[3] + a[51]
    t["REV"] = a[63] * a[51]
    t["INV"], t["AR"] = a[20] * t.REV / 365, a[44] * t.REV / 365
    t["COST"], t["FIXED"] = t.INV * 365 / a[47], t.REV / a[64]
    t["NW"], t["TNW"], t["RE"], t["QUICK"] = a[10], a[10], a[6], t.CA - t.INV
    t["PBT"], t["EBIT"], t["NI"], t["DA"] = a[18], a[7], a[1], a[16] * a[2] - a[18]
    for letter in LETTERS:
        t[f"p_{letter}"] = t[f"b_{letter}"] = np.nan
    t["p_REV"] = t.REV / a[21]
    t = t.replace([np.inf, -np.inf], np.nan)
    return Case(read_polish(DATA, request.param), t)


@pytest.fixture(scope="module")
def completed() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make full statements: the real lines, and by fixed shares of them those the file does not have.

    A test of the arithmetic at real scale and with real signs (losses, debts above assets, nothing
    sold, nothing in stock), not of the models. Returns the items, the table and the raw rows.
    """
    raw = pd.read_csv(DATA / "us" / "firm_years.csv.gz")
    n = raw
    equity = n.total_assets - n.total_liabilities
    interest = 0.06 * n.long_term_debt
    capital = equity - n.retained_earnings
    rest = n.current_assets - n.inventory - n.receivables
    items = pd.DataFrame(
        {
            "total_current_assets": n.current_assets,
            "cash_and_bank": 0.6 * rest,
            "prepayments": 0.1 * rest,
            "other_current_assets": 0.05 * rest,
            "inventories": n.inventory,
            "accounts_receivable": 0.8 * n.receivables,
            "notes_receivable": 0.2 * n.receivables,
            "total_assets": n.total_assets,
            "fixed_assets": 0.7 * (n.total_assets - n.current_assets),
            "intangible_assets": 0.08 * n.total_assets,
            "goodwill": 0.04 * n.total_assets,
            "deferred_tax_assets": 0.01 * n.total_assets,
            "total_current_liabilities": n.current_liabilities,
            "total_liabilities": n.total_liabilities,
            "short_term_borrowings": 0.3 * n.current_liabilities,
            "noncurrent_liabilities_due_1y": 0.05 * n.current_liabilities,
            "accounts_payable": 0.3 * n.current_liabilities,
            "notes_payable": 0.1 * n.current_liabilities,
            "long_term_borrowings": n.long_term_debt,
            "deferred_tax_liabilities": 0.01 * n.total_liabilities,
            "total_equity": equity,
            "surplus_reserve": 0.1 * n.retained_earnings,
            "undistributed_profit": 0.9 * n.retained_earnings,
            "paid_in_capital": 0.6 * capital,
            "capital_reserve": 0.4 * capital,
            "revenue": n.net_sales,
            "cost_of_sales": n.cogs,
            "operating_profit": 0.9 * n.ebit,
            "interest_expense": interest,
            "profit_before_tax": n.ebit - interest,
            "net_profit": n.net_income,
            "depreciation": 0.7 * n.dep_amort,
            "amortisation_intangibles": 0.3 * n.dep_amort,
            "cfo": n.net_income + n.dep_amort - 0.05 * n.net_sales,
            "market_cap": n.market_value,
        }
    ).round(3)
    i = items
    t = pd.DataFrame(index=raw.index)
    t["TA"], t["TL"], t["CL"] = i.total_assets, i.total_liabilities, i.total_current_liabilities
    t["CA"], t["INV"], t["REV"], t["COST"] = (
        i.total_current_assets, i.inventories, i.revenue, i.cost_of_sales,
    )  # fmt: skip
    t["WC"], t["NW"], t["NI"], t["MV"] = t.CA - t.CL, i.total_equity, i.net_profit, i.market_cap
    t["RE"] = i.surplus_reserve + i.undistributed_profit
    t["PBT"], t["INT"], t["CFO"] = i.profit_before_tax, i.interest_expense, i.cfo
    t["EBIT"], t["OP"] = i.profit_before_tax + i.interest_expense, i.operating_profit
    t["DA"] = i.depreciation + i.amortisation_intangibles
    t["AR"] = i.notes_receivable + i.accounts_receivable
    t["AP"] = i.notes_payable + i.accounts_payable
    t["QUICK"] = t.CA - t.INV - i.prepayments - i.other_current_assets
    intangible = i.intangible_assets + i.goodwill
    t["TNW"], t["FIXED"], t["CASH"] = t.NW - intangible, i.fixed_assets, i.cash_and_bank
    t["TA_USD"], t["TANGIBLE_USD"] = t.TA * 1e6, (t.TA - intangible) * 1e6
    t["LTD"], t["CAPITAL"] = i.long_term_borrowings, i.paid_in_capital + i.capital_reserve
    t["IBD"] = i.short_term_borrowings + i.noncurrent_liabilities_due_1y + i.long_term_borrowings
    t["DTA"], t["DTL"] = i.deferred_tax_assets, i.deferred_tax_liabilities
    add_prior(t, raw.company, raw.year, "p_", 1)
    add_prior(t, raw.company, raw.year, "b_", 2)
    return items, t, raw


def choose_rows(table: pd.DataFrame, failed: np.ndarray, size: int = SAMPLE) -> list[int]:
    """Take every odd row (a figure that is 0 or below where it hurts), some failures, and others."""
    hurts = (table[["REV", "COST", "INV", "AR", "CA"]] <= 0).sum(axis=1) >= 2
    odd = np.flatnonzero(hurts.to_numpy())
    random = np.random.default_rng(7)
    picked = [
        random.permutation(odd)[: size // 5],
        random.permutation(np.flatnonzero(failed))[: size // 5],
        random.permutation(len(table)),
    ]
    return list(dict.fromkeys(int(n) for n in np.concatenate(picked)))[:size]


def assert_values(found: Any, expected: pd.Series, what: str) -> None:
    mine, theirs = np.asarray(found, dtype=float), expected.to_numpy(dtype=float)
    wrong = ~np.isclose(mine, theirs, equal_nan=True, **TOLERANCE)
    assert not wrong.any(), (
        f"{what}: {wrong.sum()} of {len(mine)}, first row {wrong.argmax()}: "
        f"{mine[wrong.argmax()]!r} is not {theirs[wrong.argmax()]!r}"
    )


def assert_statuses(found: Sequence[str], expected: pd.Series, what: str) -> None:
    mine = np.array(["ok" if s in GIVES_VALUE else s for s in found], dtype=object)
    wrong = mine != expected.to_numpy()
    assert not wrong.any(), (
        f"{what}: {wrong.sum()} statuses, first row {wrong.argmax()}: "
        f"{mine[wrong.argmax()]} is not {expected.iloc[wrong.argmax()]}"
    )


def assert_bulk(case: Case, models: set[str]) -> None:
    """Compare what the validation measures, of every row: by the bulk twin where there is one."""
    scores = case.scores
    for model in recomputation.MODELS:
        value, status = case.recompute(model)
        one = scores[model]
        turned = one.risk if model in RISKIER_WHEN_HIGHER else -one.risk
        if model == "working_assets":  # insolvent firms are ranked worst, though without a value
            turned = np.where(one.status == "negative_net_worth", np.nan, turned)
        assert_values(turned, value, model)
        assert_statuses(one.status, status, model)
        assert bool(value.notna().any()) == (model in models), model
    assert set(scores) == {*recomputation.MODELS, FINANCIAL}


def assert_financial(case: Case) -> None:
    """Compare the financial component made of what was recomputed."""
    logit = case.recompute("ohlson_o")[0]
    value, status = recomputation.financial(
        {
            "z": case.recompute("altman_z_double_prime")[0],
            "cri": 100 - case.recompute("credit_risk_index")[0],
            "bathory": case.recompute("bathory")[0],
            "ohlson": 1 / (1 + np.exp(-logit.clip(-700, 700))),
            "wall": case.recompute("wall_modern")[0],
        }
    )
    found = case.scores[FINANCIAL]
    assert_values(-found.risk, value, FINANCIAL)
    assert_statuses(found.status, status, FINANCIAL)


def assert_scalar(
    rows: Sequence[int], table: pd.DataFrame, statements: Mapping[int, list[Statement]]
) -> None:
    """Compare the one registry of models on a sample of rows."""
    part = table.iloc[list(rows)]
    results = [
        evaluate_models(
            statements[n],
            as_of=date(2015, 1, 31),
            unit=Decimal(1_000_000),
            models=list(STATEMENT_MODELS),
        ).models
        for n in rows
    ]
    for model, recompute in recomputation.MODELS.items():
        value, status = recompute(part)
        found = [r[model] for r in results]
        assert_values([np.nan if r.value is None else float(r.value) for r in found], value, model)
        assert_statuses([r.status.value for r in found], status, model)
        # Whoever has no value says what is missing, or by its status which denominator forbade it.
        assert all(r.missing for r in found if r.status.value == "missing_input"), model
    limits = [r["working_assets"].limit for r in results]  # type: ignore[attr-defined]
    assert_values(
        [np.nan if x is None else float(x) for x in limits],
        recomputation.working_assets(part)[2],
        "limit",
    )


def dated(statement: Statement, year: int) -> Statement:
    return Statement(
        statement.items,
        period_end=date(year, 12, 31),
        currency="USD",
        is_condensed=statement.is_condensed,
        is_complete=statement.is_complete,
        audit_opinion=AuditOpinion.UNQUALIFIED,
    )


class TestUsFirms:
    def test_every_firm_year_is_what_pandas_says(self, us: Case) -> None:
        assert us.data.size == len(us.table) > 50_000
        assert_bulk(us, COMPUTABLE["us"])
        assert_financial(us)

    def test_each_model_of_a_sample_is_what_pandas_says(self, us: Case) -> None:
        rows = choose_rows(us.table, us.data.failed)
        records = us.data.items.iloc[rows].to_dict("records")
        statements = {}
        for n, record in zip(rows, records, strict=True):
            books = [dated(make_statement(record), 2014)]
            if record["prior_exists"]:
                books.append(dated(make_statement(record, "prior_"), 2013))
            statements[n] = books
        assert_scalar(rows, us.table, statements)


class TestPolishFirms:
    def test_every_firm_year_is_what_pandas_says(self, polish: Case) -> None:
        assert polish.data.size == len(polish.table) > 4_000
        assert_bulk(polish, COMPUTABLE["polish"])
        assert_financial(polish)

    def test_the_items_give_the_published_ratios_back(self, polish: Case) -> None:
        """Other columns of the file than those the items were made from, to their five digits."""
        n = polish.data.items
        raw = polish.data.features
        for found, column, share in (
            (n.total_current_assets / n.total_current_liabilities, "Attr4", 0.999),
            (n.total_current_assets / n.total_liabilities, "Attr50", 0.999),
            (n.profit_before_tax / n.total_current_liabilities, "Attr12", 0.999),
            (n.net_worth / n.total_liabilities, "Attr8", 0.999),
            (n.profit_before_tax / n.revenue, "Attr19", 0.99),
            (n.net_profit / n.revenue, "Attr23", 0.99),
            ((n.profit_before_tax + n.da) / n.revenue, "Attr13", 0.99),
            (n.working_capital / n.fixed_assets, "Attr28", 0.99),
            (n.quick_assets / n.total_current_liabilities, "Attr46", 0.95),
        ):
            there = found.notna() & raw[column].notna()
            same = np.isclose(found[there], raw[column][there], rtol=2e-3, atol=1e-3)
            assert same.mean() >= share, (column, same.mean())


class TestCompletedStatements:
    """The models that no set can feed (Fulmer, Piotroski …) on full statements, and the ratios."""

    def test_each_model_of_a_sample_is_what_pandas_says(self, completed: Any) -> None:
        items, table, raw = completed
        rows = choose_rows(table, raw.fails_next.to_numpy())
        place = {key: n for n, key in enumerate(zip(raw.company, raw.year, strict=True))}
        statements = {}
        for n in rows:
            firm, year = raw.company[n], int(raw.year[n])
            known = [
                (y, place[(firm, y)]) for y in (year, year - 1, year - 2) if (firm, y) in place
            ]
            statements[n] = [full_statement(items.iloc[m], y - year + 2014) for y, m in known]
        assert_scalar(rows, table, statements)
        for model in recomputation.MODELS:
            assert recomputation.MODELS[model](table.iloc[rows])[0].notna().sum() > 500, model

    def test_each_ratio_is_what_pandas_says(self, completed: Any) -> None:
        items, table, raw = completed
        expected = recomputation.ratios(table)
        assert set(expected) == set(RATIOS)
        frame = items.assign(is_complete=True, prior_is_complete=True)
        before = items.assign(company=raw.company, year=raw.year + 1, exists=True)
        last = raw[["company", "year"]].merge(before, how="left", on=["company", "year"])
        for item in items:
            frame[f"prior_{item}"] = last[item].to_numpy()
        frame["prior_exists"] = last["exists"].eq(True).to_numpy()
        found = compute_ratio_table(vectorised.Books(frame))
        for name, column in expected.items():
            assert_values(found[name], column, name)
        rows = choose_rows(table, raw.fails_next.to_numpy(), 1000)
        for n in rows:
            prior = None
            if frame["prior_exists"].iloc[n]:
                prior = full_statement(last[items.columns].iloc[n], 2013)
            for name, amount in compute_ratios(full_statement(items.iloc[n], 2014), prior).items():
                value = np.nan if amount.value is None else float(amount.value)
                assert np.isclose(value, expected[name].iloc[n], equal_nan=True, **TOLERANCE), name


def full_statement(row: pd.Series, year: int) -> Statement:
    figures = {str(name): Decimal(repr(float(value))) for name, value in row.items()}
    return dated(Statement(figures, is_complete=True), year)
