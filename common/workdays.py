"""Working days: calendars with public holidays and make-up working days, and the moving of dates.

A Chinese working-day calendar is not "weekends and holidays": the State Council notice of each year
also names Saturdays and Sundays that are worked. Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
SATURDAY_SUNDAY = frozenset({5, 6})


class Convention(StrEnum):
    """What happens to a date that is no working day (business-day convention)."""

    NONE = "NONE"
    FOLLOWING = "FOLLOWING"
    MODIFIED_FOLLOWING = "MODIFIED_FOLLOWING"
    PRECEDING = "PRECEDING"


@dataclass(frozen=True)
class Calendar:
    """Which days are worked.

    `holidays` are free days (weekdays or not), `workdays` are make-up working days and win over the
    weekend; `weekend` holds weekday numbers, Monday = 0. `years` are the years for which the public
    notice is known; None means the calendar needs no notice. A date outside them is computed from
    weekends alone, and `covers` says so, for a configuration warning.
    """

    name: str
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    weekend: frozenset[int] = SATURDAY_SUNDAY
    years: frozenset[int] | None = field(default=None)

    def __post_init__(self) -> None:
        if self.weekend >= frozenset(range(7)):
            raise ValueError("a calendar must leave at least one weekday to work on")
        if self.holidays & self.workdays:
            raise ValueError("a day cannot be both holiday and working day")

    def covers(self, d: date) -> bool:
        """Say whether the public notice for that year is known."""
        return self.years is None or d.year in self.years

    def is_workday(self, d: date) -> bool:
        """Say whether people work on that day.

        >>> CN_2025_2026.is_workday(date(2025, 9, 28))  # a Sunday, made up for National Day
        True
        >>> WEEKEND.is_workday(date(2025, 9, 28))
        False
        """
        if d in self.workdays:
            return True
        return d not in self.holidays and d.weekday() not in self.weekend

    def next_workday(self, d: date) -> date:
        """Return the first working day after the date, the date itself not counted.

        >>> CN_2025_2026.next_workday(date(2025, 9, 30))
        datetime.date(2025, 10, 9)
        """
        d += _DAY
        while not self.is_workday(d):
            d += _DAY
        return d

    def previous_workday(self, d: date) -> date:
        """Return the last working day before the date, the date itself not counted."""
        d -= _DAY
        while not self.is_workday(d):
            d -= _DAY
        return d

    def add_workdays(self, d: date, n: int) -> date:
        """Return the n-th working day after the date (before it when negative); 0 is the date itself.

        >>> CN_2025_2026.add_workdays(date(2025, 9, 29), 3)
        datetime.date(2025, 10, 10)
        """
        step = self.next_workday if n >= 0 else self.previous_workday
        for _ in range(abs(n)):
            d = step(d)
        return d

    def count_workdays(self, start: date, end: date) -> int:
        """Count the working days after start up to and including end; 0 when end is not later."""
        days = max(0, (end - start).days)
        return sum(self.is_workday(start + timedelta(days=i)) for i in range(1, days + 1))

    def adjust(self, d: date, convention: Convention | str) -> date:
        """Move a date that is no working day as the convention says; a working day stays.

        MODIFIED_FOLLOWING goes back instead of leaving the month. Default in China is FOLLOWING
        (Civil Code Art. 203: a last day on a holiday moves to the day after it).

        >>> CN_2025_2026.adjust(date(2025, 10, 1), "FOLLOWING")
        datetime.date(2025, 10, 9)
        >>> CN_2025_2026.adjust(date(2025, 10, 1), Convention.PRECEDING)
        datetime.date(2025, 9, 30)
        """
        rule = Convention(convention)
        if rule is Convention.NONE or self.is_workday(d):
            return d
        if rule is Convention.PRECEDING:
            return self.previous_workday(d)
        following = self.next_workday(d)
        if rule is Convention.MODIFIED_FOLLOWING and following.month != d.month:
            return self.previous_workday(d)
        return following


def dates_between(first: str, last: str) -> Iterable[date]:
    """Yield every day from first to last, both ISO dates and both included."""
    d, end = date.fromisoformat(first), date.fromisoformat(last)
    while d <= end:
        yield d
        d += _DAY


def _days(*spans: tuple[str, str]) -> frozenset[date]:
    return frozenset(d for first, last in spans for d in dates_between(first, last))


def _day_set(*days: str) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, days))


CN_2025_2026 = Calendar(
    name="CN",
    holidays=_days(
        ("2025-01-01", "2025-01-01"),  # New Year 元旦
        ("2025-01-28", "2025-02-04"),  # Spring Festival 春节
        ("2025-04-04", "2025-04-06"),  # Qingming 清明节
        ("2025-05-01", "2025-05-05"),  # Labour Day 劳动节
        ("2025-05-31", "2025-06-02"),  # Dragon Boat 端午节
        ("2025-10-01", "2025-10-08"),  # National Day and Mid-Autumn 国庆节、中秋节
        ("2026-01-01", "2026-01-03"),
        ("2026-02-15", "2026-02-23"),
        ("2026-04-04", "2026-04-06"),
        ("2026-05-01", "2026-05-05"),
        ("2026-06-19", "2026-06-21"),
        ("2026-09-25", "2026-09-27"),  # Mid-Autumn 中秋节
        ("2026-10-01", "2026-10-07"),
    ),
    workdays=_day_set(
        "2025-01-26",
        "2025-02-08",
        "2025-04-27",
        "2025-09-28",
        "2025-10-11",
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    ),
    years=frozenset({2025, 2026}),
)
"""Mainland China as in the State Council General Office notices on public holidays, 2025 and 2026."""

WEEKEND = Calendar(name="WEEKEND")
"""Saturdays and Sundays only."""

NONE = Calendar(name="NONE", weekend=frozenset())
"""Every day is a working day."""

SHIPPED_CALENDARS: dict[str, Calendar] = {c.name: c for c in (CN_2025_2026, WEEKEND, NONE)}
