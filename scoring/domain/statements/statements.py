"""One statement of one customer, and the rules by which a figure may be read from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.errors import InvalidInput
from scoring.domain.results import ZERO, Reason, Status, worst_status
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS, is_flow

FULL_YEAR_MONTHS = 12

# The standards a statement may follow, and why a year may not be compared with the one before (0.1).
STANDARDS: tuple[str, ...] = ("CAS", "CAS_SME", "IFRS", "HKFRS", "US_GAAP", "OTHER")
RESTATED = "RESTATED"
NON_COMPARABLE_REASONS: tuple[str, ...] = (
    "MERGER",
    "SCOPE_CHANGE",
    "POLICY_CHANGE",
    RESTATED,
    "PERIOD_NOT_12M",
    "CURRENCY_CHANGE",
)


class UnknownItem(InvalidInput):
    """No statement item has this machine name."""

    code = "UNKNOWN_ITEM"


class DerivedItemStated(InvalidInput):
    """A derived item was entered on a full statement, where it is always computed."""

    code = "DERIVED_ITEM_STATED"


class MonthsOutOfRange(InvalidInput):
    """A statement covers 1 to 18 months."""

    code = "MONTHS_OUT_OF_RANGE"


class AuditOpinion(StrEnum):
    """The auditor's word, or how the figures came without one (0.1)."""

    UNQUALIFIED = "unqualified"
    UNQUALIFIED_EMPHASIS = "unqualified_emphasis"
    QUALIFIED = "qualified"
    ADVERSE = "adverse"
    DISCLAIMER = "disclaimer"
    UNAUDITED_FILED = "unaudited_filed"
    UNAUDITED = "unaudited"


@dataclass(frozen=True)
class Amount:
    """A figure read or derived, with its status and what was lacking."""

    value: Decimal | None
    status: Status = Status.OK
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Statement:
    """The figures of one period in one currency and unit, keyed by machine name.

    ``items`` holds only what was entered. A *full* statement carries printed lines; a *condensed*
    one (``is_condensed``) is a kind of its own that may also state derived items (``ebit``,
    ``retained_earnings``, ``working_capital`` …) and on which a blank is never 0. ``is_complete``
    says that the person who entered a full statement confirmed that blanks mean 0 (N5).
    ``flow_status`` is what ``periods.annualise`` found; until it has run, the flows of a statement
    of other than 12 months cannot be read.

    >>> Statement({"revenue": Decimal(5)}).read("revenue").value
    Decimal('5')
    """

    items: Mapping[str, Decimal]
    period_end: date | None = None
    months: int = FULL_YEAR_MONTHS
    currency: str = "CNY"
    audit_opinion: AuditOpinion = AuditOpinion.UNAUDITED
    is_estimate: bool = False
    is_consolidated: bool = False
    is_complete: bool = False
    is_condensed: bool = False
    is_non_comparable: bool = False
    flow_status: Status | None = None
    reliability_multiplier: Decimal = Decimal(1)
    opening: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse names that no calculator could read.

        Raises:
            UnknownItem: a name is in no statement format.
            DerivedItemStated: a derived item stands on a full statement.
            MonthsOutOfRange: the period is not 1 to 18 months.
        """
        if not 1 <= self.months <= 18:
            raise MonthsOutOfRange(field="months", months=self.months)
        for name in self.items:
            if name in ITEMS:
                continue
            if name not in DERIVED_ITEMS:
                raise UnknownItem(field=name, item=name)
            if not self.is_condensed:
                raise DerivedItemStated(field=name, item=name)

    def read(self, name: str) -> Amount:
        """Read one item as entered; a blank is 0 only where the format and the person allow it."""
        if is_flow(name) and not self._flows_status().has_value:
            return Amount(None, self._flows_status(), missing=(name,))
        if name in self.items:
            return Amount(self.items[name], self._flows_status() if is_flow(name) else Status.OK)
        item = ITEMS.get(name)
        if item and item.may_be_blank and self.is_complete and not self.is_condensed:
            return Amount(ZERO)
        return Amount(None, Status.MISSING_INPUT, missing=(name,))

    def states(self, name: str) -> bool:
        """Tell whether the item was entered."""
        return name in self.items

    def _flows_status(self) -> Status:
        if self.flow_status is not None:
            return self.flow_status
        is_year = self.months == FULL_YEAR_MONTHS
        return Status.OK if is_year else Status.INTERIM_NOT_ANNUALISED


def combine(amounts: Iterable[Amount], value: Decimal | None) -> Amount:
    """Give a computed value the status, gaps and reasons of the amounts it was computed from."""
    sources = list(amounts)
    status = worst_status(amount.status for amount in sources)
    missing = dict.fromkeys(name for amount in sources for name in amount.missing)
    reasons: list[Reason] = []
    for reason in (r for amount in sources for r in amount.reasons):
        if reason not in reasons:
            reasons.append(reason)
    return Amount(value if status.has_value else None, status, tuple(missing), tuple(reasons))
