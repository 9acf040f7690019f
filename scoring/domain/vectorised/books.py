"""Statements of many customers read side by side: the twin of ``Statement``, ``derive``, ``Books``.

A frame holds this year's items under their names and last year's under ``prior_`` and the name, both
in this year's unit; NaN is not entered. Flows are annualised here as ``periods.annualise`` does it
without earlier statements; trailing twelve months come in as a year of 12 months.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scoring.domain.results import Status
from scoring.domain.statements.derived import SUMS
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS, is_flow
from scoring.domain.statements.periods import MIN_MONTHS_TO_ANNUALISE
from scoring.domain.vectorised.columns import (
    CODE,
    GUARD,
    MISSING,
    OK,
    Bools,
    Codes,
    Column,
    Floats,
    add_up,
    choose,
    combine,
    constant,
    divide,
    pick_code,
    read_bools,
    read_floats,
)

PRIOR = "prior_"

# What the models of the financial component and the first limit read of this year's statement …
ITEM_COLUMNS: tuple[str, ...] = (
    "total_current_assets",
    "total_current_liabilities",
    "total_assets",
    "total_liabilities",
    "total_equity",
    "surplus_reserve",
    "undistributed_profit",
    "profit_before_tax",
    "interest_expense",
    "finance_costs_net",
    "inventories",
    "revenue",
    "cost_of_sales",
    "net_profit",
    "depreciation",
    "rou_depreciation",
    "amortisation_intangibles",
    "amortisation_deferred",
    "deferred_tax_assets",
    "deferred_tax_liabilities",
    "intangible_assets",
    "development_expenditure",
    "goodwill",
    "long_term_deferred_expenses",
    "notes_receivable",
    "accounts_receivable",
    "receivables_financing",
    "market_cap",
    # stated on condensed statements only
    "working_capital",
    "retained_earnings",
    "ebit",
    "net_worth",
    "quick_assets_cn",
    "da",
    "intangibles_deducted",
    "tangible_net_worth",
    "trade_receivables",
    "deferred_tax_charge",
)
# … and of last year's.
PRIOR_COLUMNS: tuple[str, ...] = (
    "total_assets",
    "total_liabilities",
    "total_equity",
    "net_worth",
    "inventories",
    "revenue",
    "net_profit",
    "deferred_tax_assets",
    "deferred_tax_liabilities",
    "notes_receivable",
    "accounts_receivable",
    "receivables_financing",
    "trade_receivables",
)


class Sheet:
    """One statement of every row; ``exists`` is False where a row has none."""

    def __init__(self, frame: pd.DataFrame, prefix: str = "") -> None:
        self._frame, self._prefix = frame, prefix
        self._known: dict[str, Column] = {}
        self.size = len(frame)
        self.months = read_floats(frame, f"{prefix}months", 12.0)
        self.is_condensed = read_bools(frame, f"{prefix}is_condensed")
        self.is_complete = read_bools(frame, f"{prefix}is_complete")
        self.exists: Bools = np.ones(self.size, dtype=bool)
        if prefix:
            self.exists = read_bools(frame, f"{prefix}exists")
        self._flow_code: Codes = np.full(self.size, OK, dtype=np.int8)
        self._flow_code[self.months != 12] = GUARD
        is_short = self.months < MIN_MONTHS_TO_ANNUALISE
        self._flow_code[is_short] = CODE[Status.INTERIM_NOT_ANNUALISED]
        self._is_short: Bools = is_short
        self._factor = np.where(self.months == 12, 1.0, 12.0 / self.months)

    def states(self, name: str) -> Bools:
        """Tell per row whether the item was entered; derived items only count on condensed ones."""
        entered: Bools = np.isfinite(self._raw(name))
        return entered & self.is_condensed if name in DERIVED_ITEMS else entered

    def read(self, name: str) -> Column:
        """Read an item as entered; the twin of ``Statement.read``."""
        value, states = self._raw(name), self.states(name)
        code = np.full(self.size, MISSING, dtype=np.int8)
        item = ITEMS.get(name)
        if item is not None and item.may_be_blank:
            is_blank = ~states & self.is_complete & ~self.is_condensed
            value = np.where(is_blank, 0.0, value)
            code[is_blank] = OK
        if is_flow(name):
            value = value * self._factor
            code = np.where(states, self._flow_code, code)
            code = np.where(self._is_short, self._flow_code, code)
        else:
            code = np.where(states, OK, code).astype(np.int8)
        code = np.where(self.exists, code, MISSING).astype(np.int8)
        return combine([Column(value, code)], value)

    def derive(self, name: str, prior: Sheet | None, is_non_comparable: Bools) -> Column:
        """Read an item, or compute it where it is derived; the twin of ``derived.derive``."""
        if name not in DERIVED_ITEMS:
            return self.read(name)
        if name not in self._known:
            computed = self._compute(name, prior, is_non_comparable)
            self._known[name] = choose(self.states(name), self.read(name), computed)
        return self._known[name]

    def _compute(self, name: str, prior: Sheet | None, is_non_comparable: Bools) -> Column:
        if name == "ebit":
            return self._ebit()
        if name == "net_worth":
            return self._net_worth()
        if name == "deferred_tax_charge":
            return self._deferred_tax_charge(prior, is_non_comparable)
        return add_up(
            [(self.derive(part, prior, is_non_comparable), sign) for part, sign in SUMS[name]]
        )

    def _ebit(self) -> Column:
        profit, interest = self.read("profit_before_tax"), self.read("interest_expense")
        costs = self.read("finance_costs_net")
        plain = add_up([(profit, 1), (interest, 1)])
        least = Column(np.maximum(costs.value, 0.0), costs.code)
        rough = add_up(
            [(profit, 1), (least, 1), (constant(0.0, Status.OK_WITH_GUARD, self.size), 1)]
        )
        is_rough = ~plain.is_there & profit.is_there & costs.is_there
        return choose(is_rough, rough, plain)

    def _net_worth(self) -> Column:
        equity = self.read("total_equity")
        assets, debts = self.read("total_assets"), self.read("total_liabilities")
        guard = constant(0.0, Status.OK_WITH_GUARD, self.size)
        rest = add_up([(assets, 1), (debts, -1), (guard, 1)])
        uses_identity = ~equity.is_there & self.is_condensed & assets.is_there & debts.is_there
        return choose(uses_identity, rest, equity)

    def _deferred_tax_charge(self, prior: Sheet | None, is_non_comparable: Bools) -> Column:
        nothing = constant(0.0, Status.OK_WITH_GUARD, self.size)
        if prior is None:
            return nothing
        debts, assets = "deferred_tax_liabilities", "deferred_tax_assets"
        parts = [
            (self.read(debts), 1),
            (prior.read(debts), -1),
            (self.read(assets), -1),
            (prior.read(assets), 1),
        ]
        charge = add_up(parts)
        unknown = is_non_comparable | ~prior.exists | ~charge.is_there
        return choose(unknown, nothing, charge)

    def _raw(self, name: str) -> Floats:
        return read_floats(self._frame, self._prefix + name)


class Books:
    """This year and last year of every row; the twin of ``ratios.Books``.

    Further columns: ``months``, ``is_complete``, ``is_condensed``, ``is_non_comparable``,
    ``is_scope_excluded``; of last year ``prior_exists``, ``prior_months``, ``prior_is_complete``,
    ``prior_is_condensed``. Absent is 12 months, False, and no last year.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.index = frame.index
        self.size = len(frame)
        self.now, self.prior = Sheet(frame), Sheet(frame, PRIOR)
        self.is_non_comparable: Bools = read_bools(frame, "is_non_comparable") | (
            self.now.months > 12
        )
        self.is_excluded: Bools = read_bools(frame, "is_scope_excluded")
        self._never = np.zeros(self.size, dtype=bool)

    def get(self, name: str) -> Column:
        """Read an item of this year."""
        return self.now.derive(name, self.prior, self.is_non_comparable)

    def get_prior(self, name: str) -> Column:
        """Read an item of last year; where there is none, it is missing."""
        return self.prior.derive(name, None, self._never)

    def gather(self, names: Sequence[str]) -> tuple[dict[str, Floats], Codes]:
        """Read several items; return their values and the worst status; twin of ``gather``."""
        columns = {name: self.get(name) for name in names}
        code = np.min([column.code for column in columns.values()], axis=0).astype(np.int8)
        return {name: column.value for name, column in columns.items()}, code

    def avg(self, name: str) -> Column:
        """Average an item of the two years; the twin of ``derived.average``."""
        now, before = self.get(name), self.get_prior(name)
        both = add_up([(now, 1), (before, 1)])
        both = Column(both.value / 2, both.code)
        alone = Column(now.value, np.where(now.is_there, GUARD, now.code).astype(np.int8))
        return choose(self.is_non_comparable | ~before.is_there, alone, both)

    def growth(self, name: str) -> Column:
        """Return this year over last, less 1; the twin of ``ratios.Books.growth``."""
        ratio = divide(self.get(name), self.get_prior(name))
        code = pick_code([self.is_non_comparable], [Status.NON_COMPARABLE], ratio.code)
        # Without a last year the flow itself does not matter: the year is what is missing.
        code = np.where(~self.is_non_comparable & ~self.prior.exists, MISSING, code).astype(np.int8)
        value = ratio.value - 1
        return Column(np.where(code >= GUARD, value, np.nan), code)
