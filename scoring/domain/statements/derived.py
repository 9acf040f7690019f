"""Derived items (0.6): always computed on full statements, stated or computed on condensed ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.results import ZERO, Reason, Status, worst_status
from scoring.domain.statements.items import DERIVED_ITEMS
from scoring.domain.statements.statements import Amount, Statement, combine

# Derived items that are signed sums; a part may itself be derived.
SUMS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "working_capital": (("total_current_assets", 1), ("total_current_liabilities", -1)),
    "quick_assets": (
        ("total_current_assets", 1),
        ("inventories", -1),
        ("prepayments", -1),
        ("noncurrent_assets_due_1y", -1),
        ("other_current_assets", -1),
    ),
    "quick_assets_cn": (("total_current_assets", 1), ("inventories", -1)),
    "da": (
        ("depreciation", 1),
        ("rou_depreciation", 1),
        ("amortisation_intangibles", 1),
        ("amortisation_deferred", 1),
    ),
    "ebitda": (("ebit", 1), ("da", 1)),
    "retained_earnings": (("surplus_reserve", 1), ("undistributed_profit", 1)),
    "intangibles_deducted": (
        ("intangible_assets", 1),
        ("development_expenditure", 1),
        ("goodwill", 1),
        ("long_term_deferred_expenses", 1),
    ),
    "tangible_net_worth": (("net_worth", 1), ("intangibles_deducted", -1)),
    "tangible_assets": (("total_assets", 1), ("intangibles_deducted", -1)),
    "interest_bearing_debt": (
        ("short_term_borrowings", 1),
        ("fin_liabilities_trading", 1),
        ("noncurrent_liabilities_due_1y", 1),
        ("long_term_borrowings", 1),
        ("bonds_payable", 1),
        ("lease_liabilities", 1),
    ),
    "long_term_debt": (
        ("long_term_borrowings", 1),
        ("bonds_payable", 1),
        ("lease_liabilities", 1),
    ),
    "trade_receivables": (
        ("notes_receivable", 1),
        ("accounts_receivable", 1),
        ("receivables_financing", 1),
    ),
    "trade_payables": (("notes_payable", 1), ("accounts_payable", 1)),
    "gross_profit": (("revenue", 1), ("cost_of_sales", -1)),
}


def derive(
    name: str,
    statement: Statement,
    prior: Statement | None = None,
    *,
    keeps_land_use_rights: bool = False,
) -> Amount:
    """Read an item, or compute it when it is derived.

    Amounts are in the statement's currency and unit. ``prior`` is the previous year, needed by
    ``purchases`` and ``deferred_tax_charge``. ``keeps_land_use_rights`` leaves land-use rights out
    of the intangibles deducted (default: they are deducted).

    >>> books = Statement({"total_current_assets": Decimal(8800),
    ...                    "total_current_liabilities": Decimal(5450)})
    >>> derive("working_capital", books).value
    Decimal('3350')
    >>> derive("ebit", books).missing
    ('profit_before_tax', 'interest_expense')
    """
    if name not in DERIVED_ITEMS or statement.states(name):
        return statement.read(name)
    if name == "ebit":
        return _ebit(statement)
    if name == "net_worth":
        return _net_worth(statement)
    if name == "purchases":
        return _purchases(statement, prior)
    if name == "deferred_tax_charge":
        return _deferred_tax_charge(statement, prior)
    parts = [
        (
            derive(part, statement, prior, keeps_land_use_rights=keeps_land_use_rights),
            sign,
        )
        for part, sign in SUMS[name]
    ]
    if name == "intangibles_deducted" and keeps_land_use_rights:
        parts.append((statement.read("land_use_rights"), -1))
    total = sum((part.value * sign for part, sign in parts if part.value is not None), ZERO)
    return combine((part for part, _ in parts), total)


def derive_all(statement: Statement, prior: Statement | None = None) -> dict[str, Amount]:
    """Compute every derived item of a statement; one entry per name of ``DERIVED_ITEMS``."""
    return {name: derive(name, statement, prior) for name in DERIVED_ITEMS}


def average(name: str, statement: Statement, prior: Statement | None) -> Amount:
    """Average this and last year's balance; this year's alone, guarded, when there is no last."""
    now = derive(name, statement, prior)
    before = None if prior is None else derive(name, prior)
    if now.value is None:
        return now
    if statement.is_non_comparable or before is None or before.value is None:
        reason = Reason("AVERAGE_OF_ONE_YEAR", {"item": name})
        return Amount(now.value, Status.OK_WITH_GUARD, reasons=(*now.reasons, reason))
    return combine((now, before), (now.value + before.value) / 2)


@dataclass(frozen=True)
class Inputs:
    """The figures one model needs, read together."""

    values: Mapping[str, Decimal]
    status: Status
    missing: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def __getitem__(self, name: str) -> Decimal:
        return self.values[name]


def gather(statement: Statement, names: Iterable[str], prior: Statement | None = None) -> Inputs:
    """Read several items at once; the status is that of the worst of them."""
    amounts = {name: derive(name, statement, prior) for name in names}
    both = combine(amounts.values(), None)
    values = {n: a.value for n, a in amounts.items() if a.value is not None}
    return Inputs(
        values,
        worst_status(a.status for a in amounts.values()),
        both.missing,
        both.reasons,
    )


def _ebit(statement: Statement) -> Amount:
    profit = statement.read("profit_before_tax")
    interest = statement.read("interest_expense")
    if interest.value is not None and profit.value is not None:
        return combine((profit, interest), profit.value + interest.value)
    costs = statement.read("finance_costs_net")
    if profit.value is None or costs.value is None:
        return combine((profit, interest), None)
    reason = Reason("EBIT_FROM_NET_FINANCE_COSTS", {"finance_costs_net": costs.value})
    guard = Amount(None, Status.OK_WITH_GUARD, reasons=(reason,))
    return combine((profit, costs, guard), profit.value + max(costs.value, ZERO))


def _net_worth(statement: Statement) -> Amount:
    equity = statement.read("total_equity")
    if equity.value is not None or not statement.is_condensed:
        return equity
    # A condensed statement often prints assets and debts alone; BS-09 then gives the equity.
    assets, debts = statement.read("total_assets"), statement.read("total_liabilities")
    if assets.value is None or debts.value is None:
        return equity
    guard = Amount(None, Status.OK_WITH_GUARD, reasons=(Reason("EQUITY_FROM_IDENTITY"),))
    return combine((assets, debts, guard), assets.value - debts.value)


def _purchases(statement: Statement, prior: Statement | None) -> Amount:
    if statement.is_non_comparable:
        # Stock that came or went with a merger was neither bought nor sold (E5).
        return Amount(None, Status.NON_COMPARABLE)
    cost, stock = statement.read("cost_of_sales"), statement.read("inventories")
    opening = (
        Amount(None, Status.MISSING_INPUT, missing=("inventories of the prior year",))
        if prior is None
        else prior.read("inventories")
    )
    if cost.value is None or stock.value is None or opening.value is None:
        return combine((cost, stock, opening), None)
    return combine((cost, stock, opening), cost.value + stock.value - opening.value)


def _deferred_tax_charge(statement: Statement, prior: Statement | None) -> Amount:
    names = ("deferred_tax_liabilities", "deferred_tax_assets")
    now = [statement.read(name) for name in names]
    before = [prior.read(name) for name in names] if prior else []
    values = [amount.value for amount in (*now, *before)]
    if not prior or statement.is_non_comparable or any(value is None for value in values):
        reason = Reason("DEFERRED_TAX_CHARGE_TAKEN_AS_ZERO")
        return Amount(ZERO, Status.OK_WITH_GUARD, reasons=(reason,))
    dtl, dta, dtl_before, dta_before = (value or ZERO for value in values)
    return combine((*now, *before), (dtl - dtl_before) - (dta - dta_before))
