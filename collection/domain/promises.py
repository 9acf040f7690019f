"""Promises to pay 付款承诺: whether one was kept, from what came in and by when.

Source: process specification E.10. Derived from facts and a date, never stored by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collection.domain.states import PromiseState
from common.workdays import CN_2025_2026, Calendar

GRACE_WORKDAYS = 2
TOLERANCE_PCT = Decimal(1)


@dataclass(frozen=True, slots=True)
class PromisePayment:
    """Money that came in on the promised items after the promise was given."""

    value_date: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PromiseResult:
    """The state of a promise on a day: last day of grace, paid up to it, kept or not."""

    grace_end: date
    paid_in_time: Decimal
    state: PromiseState


def grace_end(
    promise_date: date, grace_workdays: int = GRACE_WORKDAYS, calendar: Calendar = CN_2025_2026
) -> date:
    """Return the last day on which a promise can still be kept.

    >>> grace_end(date(2025, 9, 30))
    datetime.date(2025, 10, 10)
    """
    return calendar.add_workdays(promise_date, grace_workdays)


def evaluate_promise(
    amount: Decimal,
    promise_date: date,
    payments: Iterable[PromisePayment],
    *,
    as_of: date,
    grace_workdays: int = GRACE_WORKDAYS,
    tolerance_pct: Decimal = TOLERANCE_PCT,
    calendar: Calendar = CN_2025_2026,
) -> PromiseResult:
    """Return how a promise of a positive amount stands on a day.

    Kept as soon as all but the tolerance has come in up to the end of grace; open until then; after
    it partly kept or broken. Payments after `as_of` are not yet known.

    >>> paid = [PromisePayment(date(2025, 8, 20), Decimal(12000))]
    >>> evaluate_promise(Decimal(20000), date(2025, 8, 20), paid, as_of=date(2025, 8, 26)).state
    <PromiseState.PARTLY_KEPT: 'PARTLY_KEPT'>
    """
    last_day = grace_end(promise_date, grace_workdays, calendar)
    counted = min(last_day, as_of)
    paid = sum((p.amount for p in payments if p.value_date <= counted), Decimal(0))
    if paid * 100 >= amount * (100 - tolerance_pct):
        state = PromiseState.KEPT
    elif as_of <= last_day:
        state = PromiseState.OPEN
    else:
        state = PromiseState.PARTLY_KEPT if paid > 0 else PromiseState.BROKEN
    return PromiseResult(last_day, paid, state)


def weigh_broken_promise(count: int) -> str:
    """Return how hard a broken promise weighs, by how many were broken in the window (S19).

    >>> weigh_broken_promise(1), weigh_broken_promise(2)
    ('AMBER', 'RED')
    """
    return "AMBER" if count < 2 else "RED"
