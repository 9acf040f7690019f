"""Calendar arithmetic on plain dates: months that clamp to the month's end.

Pure: no Django, no clock; a contract speaks in `date`.
"""

from __future__ import annotations

import calendar
from datetime import date

FIRST_DAY = date(1900, 1, 1)
"""The earliest day that anybody may enter: what lies before is a slip of the pen."""


def days_in_month(year: int, month: int) -> int:
    """Return how many days the month has.

    >>> days_in_month(2024, 2)
    29
    """
    return calendar.monthrange(year, month)[1]


def clamped_date(year: int, month: int, day: int) -> date:
    """Return that day of the month, or the month's last day when it has no such day.

    >>> clamped_date(2026, 2, 31)
    datetime.date(2026, 2, 28)
    """
    return date(year, month, min(day, days_in_month(year, month)))


def add_months(d: date, n: int) -> date:
    """Return the same day `n` months later (earlier when negative), clamped to the month's end.

    Civil Code of the PRC Art. 202: where the last month has no such day, its last day counts.

    >>> add_months(date(2025, 1, 31), 1)
    datetime.date(2025, 2, 28)
    >>> add_months(date(2025, 3, 31), -13)
    datetime.date(2024, 2, 29)
    """
    months = d.year * 12 + d.month - 1 + n
    return clamped_date(months // 12, months % 12 + 1, d.day)


def end_of_month(d: date) -> date:
    """Return the last day of the date's month.

    >>> end_of_month(date(2025, 2, 10))
    datetime.date(2025, 2, 28)
    """
    return clamped_date(d.year, d.month, 31)


def months_between(start: date, end: date) -> int:
    """Return the number of full months from start to end; negative when end is earlier.

    The largest n for which `add_months(start, n) <= end`, mirrored for an earlier end.

    >>> months_between(date(2025, 1, 31), date(2025, 2, 28))
    1
    >>> months_between(date(2025, 1, 15), date(2025, 3, 14))
    1
    """
    if end < start:
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1
