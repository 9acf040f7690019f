"""Reminders before an item falls due: on which working days they are sent.

Source: process specification E.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from common.workdays import CN_2025_2026, Calendar, Convention

OFFSETS = (7, 3, 0)
"""Days before the effective due date."""

PUNCTUAL_OFFSETS = (0,)
"""For customers who have paid on time for a year."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder and the offset it stands for: −3 is three days before the effective due date."""

    send_date: date
    offset: int


def plan_reminders(
    effective_due: date,
    offsets: Sequence[int] = OFFSETS,
    calendar: Calendar = CN_2025_2026,
    *,
    roll: Convention = Convention.PRECEDING,
) -> list[Reminder]:
    """Return the reminders of one item in order of sending.

    A day that is no working day rolls back; several on one day merge into the nearest to the due
    date.

    >>> [(r.send_date.isoformat(), r.offset) for r in plan_reminders(date(2025, 10, 9))]
    [('2025-09-30', -3), ('2025-10-09', 0)]
    """
    nearest: dict[date, int] = {}
    for offset in sorted(offsets, reverse=True):
        day = calendar.adjust(effective_due - timedelta(days=offset), roll)
        nearest[day] = -offset
    return [Reminder(day, offset) for day, offset in sorted(nearest.items())]
