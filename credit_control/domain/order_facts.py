"""What the order check looks at and how strictly: facts of one order, thresholds of one account.

Source: process specification D.3. Facts are gathered by selectors and stored with the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from credit_control.domain.class_policy import RiskClass
from credit_control.domain.exposure import ExposureFacts


class RuleCode(StrEnum):
    """The rules, in the order they are shown; TECHNICAL stands for facts that could not be had."""

    TECHNICAL = "TECHNICAL"
    R01 = "R01"
    R02 = "R02"
    R03 = "R03"
    R04 = "R04"
    R05 = "R05"
    R06 = "R06"
    R07 = "R07"
    R08 = "R08"
    R09 = "R09"
    R10 = "R10"
    R11 = "R11"
    R12 = "R12"
    R13 = "R13"
    R14 = "R14"
    R15 = "R15"
    R16 = "R16"
    R17 = "R17"
    R18 = "R18"
    R19 = "R19"
    R20 = "R20"
    R21 = "R21"
    R22 = "R22"


class Result(StrEnum):
    """What one rule says."""

    PASS = "PASS"  # noqa: S105  a verdict, not a secret
    WARN = "WARN"
    BLOCK = "BLOCK"


class Outcome(StrEnum):
    """What the check says; these are also states of an order's credit status (SM05)."""

    RELEASED = "RELEASED"
    RELEASED_WARNING = "RELEASED_WARNING"
    BLOCKED = "BLOCKED"


class Signal(StrEnum):
    """The worst open early-warning signal."""

    NONE = "NONE"
    AMBER = "AMBER"
    RED = "RED"


BLOCKED_STATES = frozenset({"BLOCKED", "LEGAL", "INSOLVENT"})
"""Customer states that rule R01 refuses."""

DEFAULT_ACTIONS: Mapping[RuleCode, Result] = {
    RuleCode.R03: Result.WARN,
    RuleCode.R18: Result.WARN,
    RuleCode.R19: Result.WARN,
    RuleCode.R20: Result.WARN,
    RuleCode.R21: Result.WARN,
    RuleCode.R22: Result.WARN,
}
"""What a failing rule does unless the policy says otherwise; rules not named here block."""

AMOUNT_RULES = frozenset({RuleCode.R03, RuleCode.R04, RuleCode.R05, RuleCode.R06, RuleCode.R07})
"""Rules that compare an amount with a ceiling, so that a shortfall can be named."""


@dataclass(frozen=True, slots=True)
class OrderCheckPolicy:
    """Thresholds of the rules for one account, already resolved by account, group and class.

    `actions` overrides DEFAULT_ACTIONS, `inactive` rules are not evaluated.
    """

    limit_grace_days: int = 0
    static_tolerance_pct: Decimal = Decimal(0)
    dynamic_tolerance_pct: Decimal = Decimal(0)
    horizon_days: int = 60
    max_document_value: Decimal = Decimal(300_000)
    first_order_share: Decimal = Decimal("0.5")
    max_overdue_days: int = 30
    min_item_amount: Decimal = Decimal(500)
    overdue_share_days: int = 15
    max_overdue_share_pct: Decimal = Decimal(20)
    max_overdue_amount: Decimal = Decimal(50_000)
    utilisation_threshold_pct: Decimal = Decimal(80)
    block_at_dunning_level: int = 3
    review_grace_days: int = 30
    max_risk_class: int = 4
    block_at_broken_promises: int = 2
    broken_promise_days: int = 180
    max_rate_age_days: int = 7
    max_concentration_pct: Decimal = Decimal(20)
    dormancy_months: int = 12
    actions: Mapping[RuleCode, Result] = field(default_factory=dict)
    inactive: frozenset[RuleCode] = frozenset()

    def action_of(self, code: RuleCode) -> Result:
        """Return what a failure of the rule does.

        The static limit only warns because the dynamic one blocks; alone it blocks itself.
        """
        if code in self.actions:
            return self.actions[code]
        if code is RuleCode.R03 and RuleCode.R04 in self.inactive:
            return Result.BLOCK
        return DEFAULT_ACTIONS.get(code, Result.BLOCK)


_PARAMETERS: Mapping[str, tuple[RuleCode, str, Callable[[str], object]]] = {
    "limit_grace_days": (RuleCode.R02, "grace_days", int),
    "static_tolerance_pct": (RuleCode.R03, "tolerance_pct", Decimal),
    "horizon_days": (RuleCode.R04, "horizon_days", int),
    "dynamic_tolerance_pct": (RuleCode.R04, "tolerance_pct", Decimal),
    "max_document_value": (RuleCode.R07, "max_document_value", Decimal),
    "first_order_share": (RuleCode.R07, "first_order_share", Decimal),
    "max_overdue_days": (RuleCode.R08, "max_days", int),
    "min_item_amount": (RuleCode.R08, "min_item_amount", Decimal),
    "overdue_share_days": (RuleCode.R09, "days", int),
    "max_overdue_share_pct": (RuleCode.R09, "max_pct", Decimal),
    "max_overdue_amount": (RuleCode.R10, "overdue_amount", Decimal),
    "utilisation_threshold_pct": (RuleCode.R10, "limit_threshold_pct", Decimal),
    "block_at_dunning_level": (RuleCode.R11, "block_at_level", int),
    "review_grace_days": (RuleCode.R13, "grace_days", int),
    "max_risk_class": (RuleCode.R14, "max_class", int),
    "block_at_broken_promises": (RuleCode.R17, "block_at", int),
    "broken_promise_days": (RuleCode.R17, "days", int),
    "max_rate_age_days": (RuleCode.R18, "max_age_days", int),
    "max_concentration_pct": (RuleCode.R20, "max_pct", Decimal),
    "dormancy_months": (RuleCode.R21, "months", int),
}


def read_order_check_policy(
    rules: Mapping[str, Mapping[str, Any]], *, max_overdue_days: int | None = None
) -> OrderCheckPolicy:
    """Return the policy that a stored row says: per rule code its parameters and `action`.

    A rule that the row does not name is off. A parameter left out or null keeps the house default;
    `max_overdue_days` is the risk class's, used when R08 states none. Raises ValueError for a rule
    or an action that does not exist.

    >>> policy = read_order_check_policy({"R03": {"action": "BLOCK"}, "R08": {}}, max_overdue_days=7)
    >>> policy.max_overdue_days, RuleCode.R04 in policy.inactive
    (7, True)
    """
    stated = {RuleCode(code): params for code, params in rules.items()}
    values: dict[str, Any] = {}
    for name, (code, parameter, read) in _PARAMETERS.items():
        value = stated.get(code, {}).get(parameter)
        if value is not None:
            values[name] = read(str(value))
    if max_overdue_days is not None:
        values.setdefault("max_overdue_days", max_overdue_days)
    return OrderCheckPolicy(
        **values,
        actions={
            code: Result(params["action"]) for code, params in stated.items() if "action" in params
        },
        inactive=frozenset(RuleCode) - frozenset(stated) - {RuleCode.TECHNICAL},
    )


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """The order asked about: open value with VAT and freight, ship date, terms as ranks and days."""

    value: Decimal
    ship_date: date
    term_rank: int = 0
    term_days: int = 0
    discount_rank: int = 0
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class OverdueItem:
    """An overdue item: open amount, days past due ≥ 1, its dunning level."""

    id: str
    amount: Decimal
    days: int
    is_disputed: bool = False
    dunning_level: int = 0


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group or risk group with a limit, and the gross exposure of all members without this order."""

    code: str
    limit: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class InsuranceFacts:
    """The policy on this buyer: longest term it covers, overdue days that forbid new shipments."""

    is_in_force: bool
    max_term_days: int
    stop_shipment_days: int


@dataclass(frozen=True, slots=True)
class ExpectedReceipt:
    """Money that should come in: a promise or an item falling due, `amount` of an open item."""

    date_expected: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Everything the rules look at; None means the fact does not exist, and its rule is left out.

    The exposure is without this order. `limit_total` is the effective limit of the day (None: there
    is no limit), `temporary_room` how much temporary limit could still be granted.
    """

    as_of: date
    order: OrderTerms
    exposure: ExposureFacts
    customer_state: str = "ACTIVE"
    limit_total: Decimal | None = None
    limit_unsecured: Decimal | None = None
    limit_valid_through: date | None = None
    temporary_room: Decimal | None = None
    next_review: date | None = None
    risk_class: RiskClass | None = None
    rating_valid_through: date | None = None
    approved_term_rank: int = 0
    approved_term_days: int | None = None
    approved_discount_rank: int = 0
    dunning_level: int = 0
    broken_promises: int = 0
    broken_promise_dates: tuple[date, ...] = ()
    worst_signal: Signal = Signal.NONE
    receivables_total: Decimal = Decimal(0)
    overdue_items: tuple[OverdueItem, ...] = ()
    groups: tuple[GroupFacts, ...] = ()
    insurance: InsuranceFacts | None = None
    rate_age_days: int | None = None
    expired_documents: tuple[str, ...] | None = None
    concentration_pct: Decimal | None = None
    last_turnover_date: date | None = None
    term_error_codes: tuple[str, ...] | None = None
    expected_receipts: tuple[ExpectedReceipt, ...] = ()
    technical_failures: tuple[str, ...] = ()
