"""The order of the collector's day: value at risk, age, risk, broken promises, hard deadlines.

Source: process specification E.11. The score lies in 0–100; a score of 0 is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.money import round_half_up
from credit_control.domain.class_policy import NO_RATING, RiskClass, risk_rank

UNIT = Decimal(100_000)
"""Value at risk of a tenth of this earns all points for value."""


@dataclass(frozen=True, slots=True)
class LossRate:
    """Expected loss of a bucket: up to `last_day` days past due (None has no end)."""

    last_day: int | None
    rate: Decimal


LOSS_RATES: tuple[LossRate, ...] = (
    LossRate(0, Decimal("0.01")),
    LossRate(30, Decimal("0.03")),
    LossRate(60, Decimal("0.08")),
    LossRate(90, Decimal("0.20")),
    LossRate(180, Decimal("0.45")),
    LossRate(None, Decimal("0.80")),
)
"""House defaults, youngest bucket first, until approved loss rates replace them."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One open item: amount, days past due (0 or less: not yet), share covered by a third party."""

    open_amount: Decimal
    days: int
    cover_pct: Decimal = Decimal(0)
    is_disputed: bool = False


@dataclass(frozen=True, slots=True)
class WorkCustomer:
    """One customer of the worklist; `days_to_hard_deadline` to the nearest legal or cover deadline."""

    code: str
    risk_class: RiskClass | None
    items: tuple[WorkItem, ...]
    broken_promises: int = 0
    days_to_hard_deadline: int | None = None
    is_recently_contacted: bool = False


@dataclass(frozen=True, slots=True)
class Priority:
    """The score of one customer with its parts, rounded to two decimals for showing.

    The score itself is rounded once, from unrounded parts.
    """

    code: str
    value_at_risk: Decimal
    weighted_days: Decimal
    value: Decimal
    overdue: Decimal
    risk: Decimal
    broken: Decimal
    hard: Decimal
    score: Decimal


def loss_rate(days: int, rates: Sequence[LossRate] = LOSS_RATES) -> Decimal:
    """Return the expected loss ratio of an item that many days past due.

    >>> loss_rate(-3), loss_rate(90), loss_rate(181)
    (Decimal('0.01'), Decimal('0.20'), Decimal('0.80'))
    """
    return next(r.rate for r in rates if r.last_day is None or days <= r.last_day)


def score_customer(
    customer: WorkCustomer, *, unit: Decimal = UNIT, rates: Sequence[LossRate] = LOSS_RATES
) -> Priority:
    """Score one customer: V + O + R + B + H, halved when recently contacted without new event.

    >>> customer = WorkCustomer("K", 5, (WorkItem(Decimal(30000), 120),), 3, 5)
    >>> score_customer(customer).score
    Decimal('100.00')
    """
    items = [item for item in customer.items if not item.is_disputed]
    at_risk = sum(
        (i.open_amount * loss_rate(i.days, rates) * (100 - i.cover_pct) / 100 for i in items),
        Decimal(0),
    )
    late = [item for item in items if item.days > 0]
    late_total = sum((item.open_amount for item in late), Decimal(0))
    days = Decimal(0)
    if late_total:
        days = sum((item.open_amount * item.days for item in late), Decimal(0)) / late_total
    value = 40 * min(Decimal(1), 10 * at_risk / unit)
    overdue = 20 * min(Decimal(1), days / 90)
    risk = Decimal(15) * (min(risk_rank(customer.risk_class), NO_RATING) - 1) / 4
    broken = Decimal(min(15, 5 * customer.broken_promises))
    hard = _hard_points(customer.days_to_hard_deadline)
    score = value + overdue + risk + broken + hard
    if customer.is_recently_contacted:
        score /= 2
    parts = (at_risk, days, value, overdue, risk, broken, hard, score)
    return Priority(customer.code, *(round_half_up(part, 2) for part in parts))


def _hard_points(days: int | None) -> Decimal:
    if days is None or days > 30:
        return Decimal(0)
    return Decimal(10) if days <= 7 else Decimal(5)


def rank_worklist(priorities: Iterable[Priority]) -> list[Priority]:
    """Return the shown customers in working order: hard deadline, score, value at risk, code."""
    shown = (priority for priority in priorities if priority.score > 0)
    return sorted(shown, key=lambda p: (p.hard != 10, -p.score, -p.value_at_risk, p.code))
