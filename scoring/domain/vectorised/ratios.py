"""The ratio library for many customers at once: the twin of ``ratios.RATIOS``, proven equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from scoring.domain.results import Status
from scoring.domain.statements.ratios import COVER_CAP, DAYS, RATIOS
from scoring.domain.vectorised.books import Books
from scoring.domain.vectorised.columns import (
    CODE,
    GUARD,
    Column,
    Floats,
    add_up,
    combine,
    divide,
    pick_code,
)

Formula = Callable[[Books], Column]
CAP, YEAR = float(COVER_CAP), float(DAYS)

# What the formulas read, this year and last: the items to fetch.
ITEMS_READ: tuple[str, ...] = (
    "accounts_payable",
    "accounts_receivable",
    "amortisation_deferred",
    "amortisation_intangibles",
    "bonds_payable",
    "cash_and_bank",
    "cfo",
    "cost_of_sales",
    "depreciation",
    "development_expenditure",
    "fin_liabilities_trading",
    "finance_costs_net",
    "goodwill",
    "intangible_assets",
    "interest_expense",
    "inventories",
    "lease_liabilities",
    "long_term_borrowings",
    "long_term_deferred_expenses",
    "net_profit",
    "noncurrent_assets_due_1y",
    "noncurrent_liabilities_due_1y",
    "notes_payable",
    "notes_receivable",
    "operating_profit",
    "other_current_assets",
    "prepayments",
    "profit_before_tax",
    "receivables_financing",
    "revenue",
    "rou_depreciation",
    "short_term_borrowings",
    "total_assets",
    "total_current_assets",
    "total_current_liabilities",
    "total_equity",
    "total_liabilities",
    # stated on condensed statements only
    "da",
    "ebit",
    "ebitda",
    "gross_profit",
    "intangibles_deducted",
    "interest_bearing_debt",
    "net_worth",
    "purchases",
    "quick_assets",
    "quick_assets_cn",
    "tangible_net_worth",
    "trade_payables",
    "trade_receivables",
)


def _over(top: str, bottom: str, at_zero: float | None = None) -> Formula:
    return lambda books: divide(books.get(top), books.get(bottom), at_zero=at_zero)


def _turnover(flow: str, balance: str) -> Formula:
    return lambda books: divide(books.get(flow), books.avg(balance))


def _days(balance: str, flow: str) -> Formula:
    def compute(books: Books) -> Column:
        flows = _purchases(books) if flow == "purchases" else books.get(flow)
        return divide(books.avg(balance), flows, factor=YEAR)

    return compute


def _inventory_days(books: Books) -> Column:
    held = books.avg("inventories")
    days = divide(held, books.get("cost_of_sales"), factor=YEAR)
    # No stock turns over in no time, whatever was sold (E1); nothing else does.
    is_nothing = held.is_there & (held.value == 0)
    is_nothing &= days.code == CODE[Status.ZERO_DENOMINATOR]
    return Column(
        np.where(is_nothing, 0.0, days.value),
        np.where(is_nothing, held.code, days.code).astype(np.int8),
    )


def _purchases(books: Books) -> Column:
    computed = add_up(
        [
            (books.get("cost_of_sales"), 1),
            (books.get("inventories"), 1),
            (books.prior.read("inventories"), -1),
        ]
    )
    is_incomparable = books.is_non_comparable
    computed = Column(
        np.where(is_incomparable, np.nan, computed.value),
        pick_code([is_incomparable], [Status.NON_COMPARABLE], computed.code),
    )
    stated = books.now.read("purchases")
    is_stated = books.now.states("purchases")
    return Column(
        np.where(is_stated, stated.value, computed.value),
        np.where(is_stated, stated.code, computed.code),
    )


def _net_debt(books: Books) -> Column:
    debt = add_up([(books.get("interest_bearing_debt"), 1), (books.get("cash_and_bank"), -1)])
    return divide(debt, books.get("ebitda"))


def _cash_cycle(books: Books) -> Column:
    receivable, inventory, payable = (
        FORMULAS[name](books) for name in ("receivable_days", "inventory_days", "payable_days")
    )
    total = receivable.value + inventory.value - payable.value
    return combine([receivable, inventory, payable], total)


FORMULAS: Mapping[str, Formula] = {
    "current_ratio": _over("total_current_assets", "total_current_liabilities"),
    "quick_ratio_cn": _over("quick_assets_cn", "total_current_liabilities"),
    "quick_ratio_strict": _over("quick_assets", "total_current_liabilities"),
    "cash_ratio": _over("cash_and_bank", "total_current_liabilities"),
    "cash_flow_ratio": _over("cfo", "total_current_liabilities"),
    "debt_to_assets": _over("total_liabilities", "total_assets"),
    "debt_to_equity": _over("total_liabilities", "net_worth"),
    "debt_to_tnw": _over("total_liabilities", "tangible_net_worth"),
    "interest_cover": _over("ebit", "interest_expense", CAP),
    "ebitda_cover": _over("ebitda", "interest_expense", CAP),
    "net_debt_ebitda": _net_debt,
    "gross_margin": _over("gross_profit", "revenue"),
    "operating_margin": _over("operating_profit", "revenue"),
    "net_margin": _over("net_profit", "revenue"),
    "roa_ebit": _turnover("ebit", "total_assets"),
    "roe": _turnover("net_profit", "net_worth"),
    "cash_to_profit": _over("cfo", "net_profit"),
    "receivable_turnover": _turnover("revenue", "trade_receivables"),
    "receivable_days": _days("trade_receivables", "revenue"),
    "inventory_turnover": _turnover("cost_of_sales", "inventories"),
    "inventory_days": _inventory_days,
    "payable_days": _days("trade_payables", "purchases"),
    "cash_cycle": _cash_cycle,
    "asset_turnover": _turnover("revenue", "total_assets"),
}


def compute_ratio_table(books: Books) -> pd.DataFrame:
    """Compute every ratio of the library for every row; NaN where it cannot be computed."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return pd.DataFrame(
            {name: _value(FORMULAS[name](books)) for name in RATIOS}, index=books.index
        )


def compute_indicator_table(books: Books) -> pd.DataFrame:
    """Compute the indicators of the credit risk index for every row (twin of its scalar rule)."""
    profit, da = books.get("net_profit"), books.get("da")
    columns = {
        "current_ratio": FORMULAS["current_ratio"](books),
        "quick_ratio": FORMULAS["quick_ratio_cn"](books),
        "debt_to_assets": FORMULAS["debt_to_assets"](books),
        "equity_to_current_liabilities": divide(
            books.get("net_worth"), books.get("total_current_liabilities")
        ),
        "ebit_to_assets": divide(books.get("ebit"), books.get("total_assets")),
        "roa": divide(profit, books.get("total_assets")),
        "cash_profit_to_debt": divide(
            add_up([(profit, 1), (da, 1)]), books.get("total_liabilities")
        ),
        "asset_turnover": divide(books.get("revenue"), books.get("total_assets")),
        "inventory_days": FORMULAS["inventory_days"](books),
        "receivable_days": FORMULAS["receivable_days"](books),
        "sales_growth": books.growth("revenue"),
    }
    return pd.DataFrame({n: _value(c) for n, c in columns.items()}, index=books.index)


def _value(column: Column) -> Floats:
    values: Floats = np.where(column.code >= GUARD, column.value, np.nan)
    return values
