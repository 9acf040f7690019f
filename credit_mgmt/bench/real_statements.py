"""Real statements of known bankruptcies, brought to the product's items; nothing is copied or kept.

The files lie outside the project (``CREDIT_DATA_DIR``, else ``../shared/data``). What each column
becomes, and which models a set therefore cannot feed, is told in ``docs/validation.md``. A frame has
one row per firm-year in the columns of ``scoring.domain.vectorised.Books``; every statement is a
condensed one, so nothing that the source lacks is taken as 0 unless it stands in ``ASSUMED``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
from django.conf import settings

from scoring.domain.statements.statements import AuditOpinion, Statement

PRIOR = "prior_"
POLISH_FILES = {1: "f1", 3: "f3", 5: "f5"}
# (file of the forecasting period → years to the outcome)
POLISH_HORIZONS = {1: 5, 3: 3, 5: 1}
US_TEST_FROM = 2012

US_ITEMS = {
    "total_current_assets": "current_assets",
    "inventories": "inventory",
    "trade_receivables": "receivables",
    "total_assets": "total_assets",
    "total_current_liabilities": "current_liabilities",
    "total_liabilities": "total_liabilities",
    "long_term_debt": "long_term_debt",
    "retained_earnings": "retained_earnings",
    "revenue": "net_sales",
    "cost_of_sales": "cogs",
    "da": "dep_amort",
    "ebit": "ebit",
    "ebitda": "ebitda",
    "net_profit": "net_income",
    "market_cap": "market_value",
}
# What the Polish file does not say and a model cannot do without: intangibles are taken as none,
# and so are prepayments among the quick assets.
ASSUMED = ("intangibles_deducted", "quick_assets")
US_UNIT = 1_000_000.0


class NoRealData(Exception):
    """The folder of real data, or a file in it, is not there."""


@dataclass(frozen=True)
class FirmYears:
    """One set: the items, the known outcome and what a fair comparison has to respect.

    ``failed`` is 1 where the firm failed within ``horizon`` years. ``groups`` names what belongs
    together: the firm, or rows that are identical. ``years`` is ``None`` where the set has no dates.
    ``features`` are what a fitted challenger may read, missing as NaN. ``usd_rate`` is what one unit
    of the figures is worth in single dollars, ``None`` where the size of the firm is not known.
    """

    name: str
    horizon: int
    items: pd.DataFrame
    failed: np.ndarray
    groups: np.ndarray
    years: np.ndarray | None
    features: pd.DataFrame
    usd_rate: float | None

    @property
    def size(self) -> int:
        """How many firm-years there are."""
        return len(self.failed)

    @property
    def events(self) -> int:
        """How many of them failed."""
        return int(self.failed.sum())

    def take(self, rows: np.ndarray) -> FirmYears:
        """Return the set with these rows only."""
        return FirmYears(
            self.name,
            self.horizon,
            self.items[rows].reset_index(drop=True),
            self.failed[rows],
            self.groups[rows],
            None if self.years is None else self.years[rows],
            self.features[rows].reset_index(drop=True),
            self.usd_rate,
        )


def find_data_dir() -> Path:
    """Return the folder of real data.

    Raises:
        NoRealData: it is not there.
    """
    folder = Path(os.environ.get("CREDIT_DATA_DIR") or settings.BASE_DIR.parent / "shared" / "data")
    if not (folder / "us" / "firm_years.csv.gz").exists():
        raise NoRealData(f"no real data at {folder}: set CREDIT_DATA_DIR to their folder")
    return folder


def read_us(folder: Path) -> FirmYears:
    """Read the panel of US companies: USD millions, one row per firm and fiscal year.

    Last year's figures are those of the same firm's row of the year before; a gap is a gap.
    """
    raw = pd.read_csv(folder / "us" / "firm_years.csv.gz")
    items = pd.DataFrame({item: raw[column].astype(float) for item, column in US_ITEMS.items()})
    before = items.assign(company=raw["company"], year=raw["year"] + 1, exists=True)
    last = raw[["company", "year"]].merge(before, how="left", on=["company", "year"])
    for item in US_ITEMS:
        items[PRIOR + item] = last[item].to_numpy()
    items = _condense(items, last["exists"].eq(True).to_numpy())
    return FirmYears(
        "us",
        1,
        items,
        raw["fails_next"].to_numpy(dtype=float),
        raw["company"].to_numpy(),
        raw["year"].to_numpy(),
        make_us_features(items),
        US_UNIT,
    )


def make_us_features(items: pd.DataFrame) -> pd.DataFrame:
    """Compute the nineteen ratios that the set's own baseline uses; an impossible one is missing."""
    n = items
    assets, sales, debts = n["total_assets"], n["revenue"], n["total_liabilities"]
    current = n["total_current_liabilities"]
    equity = assets - debts
    with np.errstate(divide="ignore", invalid="ignore"):
        features = pd.DataFrame(
            {
                "working_capital_to_assets": (n["total_current_assets"] - current) / assets,
                "retained_earnings_to_assets": n["retained_earnings"] / assets,
                "ebit_to_assets": n["ebit"] / assets,
                "sales_to_assets": sales / assets,
                "profit_to_assets": n["net_profit"] / assets,
                "debts_to_assets": debts / assets,
                "long_term_debt_to_assets": n["long_term_debt"] / assets,
                "market_value_to_debts": n["market_cap"] / debts,
                "equity_to_debts": equity / debts,
                "current_ratio": n["total_current_assets"] / current,
                "quick_ratio": (n["total_current_assets"] - n["inventories"]) / current,
                "gross_margin": (sales - n["cost_of_sales"]) / sales,
                "ebitda_to_sales": n["ebitda"] / sales,
                "receivables_to_sales": n["trade_receivables"] / sales,
                "inventories_to_sales": n["inventories"] / sales,
                "ebitda_to_debts": n["ebitda"] / debts,
                "log_assets": np.log(assets),
                "log_market_value": np.log(n["market_cap"]),
                "market_to_book": n["market_cap"] / equity,
            }
        )
    return features.replace([np.inf, -np.inf], np.nan)


def read_polish(folder: Path, file: int) -> FirmYears:
    """Read one of the Polish files: 64 ratios, from which items per 1 of total assets follow.

    Revenue is ``Attr63 · Attr51``: the columns named sales to assets (9, 36) contradict all other
    ratios with sales in 40 % of the rows. Equity is ``Attr10`` as stated.
    """
    raw = pd.read_csv(folder / "polish" / f"year{file}.csv.gz")
    a = {n: raw[f"Attr{n}"].astype(float) for n in range(1, 65)}
    with np.errstate(divide="ignore", invalid="ignore"):
        revenue = a[63] * a[51]
        inventories = a[20] * revenue / 365
        items = pd.DataFrame(
            {
                "total_assets": 1.0,
                "total_liabilities": a[2],
                "total_current_liabilities": a[51],
                "working_capital": a[3],
                "total_current_assets": a[3] + a[51],
                "inventories": inventories,
                "quick_assets": a[3] + a[51] - inventories,
                "trade_receivables": a[44] * revenue / 365,
                "fixed_assets": revenue / a[64],
                "net_worth": a[10],
                "intangibles_deducted": 0.0,
                "retained_earnings": a[6],
                "revenue": revenue,
                "cost_of_sales": inventories * 365 / a[47],
                "profit_before_tax": a[18],
                "ebit": a[7],
                "net_profit": a[1],
                "da": a[16] * a[2] - a[18],
                PRIOR + "revenue": revenue / a[21],
            }
        )
    items = items.replace([np.inf, -np.inf], np.nan)
    items = _condense(items, items[PRIOR + "revenue"].notna().to_numpy())
    features = raw.drop(columns=["class"]).astype(float)
    return FirmYears(
        POLISH_FILES[file],
        POLISH_HORIZONS[file],
        items,
        raw["class"].to_numpy(dtype=float),
        name_twins(features),
        None,
        features,
        None,
    )


def read_taiwan(folder: Path) -> FirmYears:
    """Read the Taiwanese set: 95 figures rescaled by the publisher, so no formula can be computed."""
    raw = pd.read_csv(folder / "taiwan" / "companies.csv.gz")
    features = raw.drop(columns=["Bankrupt?"]).astype(float)
    return FirmYears(
        "taiwan",
        1,
        pd.DataFrame(index=features.index),
        raw["Bankrupt?"].to_numpy(dtype=float),
        name_twins(features),
        None,
        features,
        None,
    )


def name_twins(features: pd.DataFrame) -> np.ndarray:
    """Give identical rows one name, so that no copy of a row sits on both sides of a split."""
    return features.groupby(list(features.columns), dropna=False, sort=False).ngroup().to_numpy()


def make_statement(row: dict[str, float], prefix: str = "") -> Statement:
    """Build the statement of one row, ``prefix`` for last year's; NaN is not entered."""
    items = {
        name.removeprefix(prefix): Decimal(repr(float(value)))
        for name, value in row.items()
        if name.startswith(prefix)
        and (prefix or not name.startswith(PRIOR))
        and name.removeprefix(prefix) not in _FLAGS
        and value == value
    }
    return Statement(items, is_condensed=True, audit_opinion=AuditOpinion.UNQUALIFIED)


_FLAGS = frozenset({"is_condensed", "exists"})


def _condense(items: pd.DataFrame, has_prior: np.ndarray) -> pd.DataFrame:
    return items.assign(
        is_condensed=True,
        prior_is_condensed=True,
        prior_exists=has_prior,
    )
