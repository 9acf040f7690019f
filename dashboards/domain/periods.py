"""The periods a manager looks at, and the calendar weeks that cash is planned in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from common.dates import add_months, end_of_month
from common.errors import InvalidInput

LEAST_DAYS = 28
MONTH_ENDS = 12


class PeriodCode(StrEnum):
    """How far back the figures look."""

    MONTH = "month"
    YEAR = "year"
    TO_DATE = "ytd"


class UnknownPeriod(InvalidInput):
    """The period is none of: month, year, ytd."""

    code = "UNKNOWN_CODE"


@dataclass(frozen=True, slots=True)
class Period:
    """The days after `start` up to and including `end`; figures are compared with those of `start`."""

    code: PeriodCode
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one starts."""
        return Period(self.code, self.start - timedelta(days=self.days), self.start)


def read_period(code: str, *, as_of: date) -> Period:
    """Return the period of that code that ends on a day. Raises UnknownPeriod.

    >>> read_period("ytd", as_of=date(2026, 11, 24)).start
    datetime.date(2025, 12, 31)
    >>> read_period("month", as_of=date(2026, 3, 31)).days
    31
    """
    try:
        known = PeriodCode(code)
    except ValueError:
        raise UnknownPeriod(f"unknown period {code!r}", field="period", value=code) from None
    match known:
        case PeriodCode.MONTH:
            start = add_months(as_of, -1)
        case PeriodCode.YEAR:
            start = add_months(as_of, -12)
        case PeriodCode.TO_DATE:
            start = date(as_of.year - 1, 12, 31)
    # On New Year's Eve a year to date of no days says nothing: look at the whole year.
    return Period(known, start if start < as_of else add_months(as_of, -12), as_of)


def list_month_ends(as_of: date) -> list[date]:
    """Return the last twelve month ends before a day, oldest first.

    >>> list_month_ends(date(2026, 3, 31))[-1]
    datetime.date(2026, 2, 28)
    """
    first = as_of.replace(day=1)
    return [end_of_month(add_months(first, -n)) for n in range(MONTH_ENDS, 0, -1)]


def week_of(day: date) -> date:
    """Return the Monday of a day's week.

    >>> week_of(date(2026, 11, 24))
    datetime.date(2026, 11, 23)
    """
    return day - timedelta(days=day.weekday())


def sum_between(amounts: Mapping[date, Decimal], after: date, until: date) -> Decimal:
    """Return the sum of a day series over the days after one date up to and including another."""
    return sum((a for day, a in amounts.items() if after < day <= until), Decimal(0))


def covered_days(first: date | None, start: date, end: date) -> int | None:
    """Return how many of the days after `start` up to `end` the history covers; None for too few.

    `first` is the first day of the history. Less than four weeks make no figure.

    >>> covered_days(date(2026, 1, 1), date(2025, 6, 30), date(2026, 6, 30))
    181
    >>> covered_days(date(2026, 6, 20), date(2025, 6, 30), date(2026, 6, 30)) is None
    True
    """
    if first is None:
        return None
    days = (end - max(start, first - timedelta(days=1))).days
    return days if days >= LEAST_DAYS else None
