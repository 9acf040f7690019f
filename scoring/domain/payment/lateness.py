"""When a customer's annual statement is overdue (signal S28); process specification A.5."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from common.dates import add_months


@dataclass(frozen=True, slots=True)
class Expected:
    """The annual statement that should be here: of which year end, agreed for which day."""

    period_end: date
    agreed_on: date


def find_late_statement(
    last_period_end: date, *, as_of: date, due_months: int, days: int
) -> Expected | None:
    """Return the oldest annual statement that is more than `days` later than agreed, or None.

    A customer who gave a statement gives the next one `due_months` after its year end.

    >>> find_late_statement(date(2024, 12, 31), as_of=date(2026, 5, 30), due_months=4, days=30)
    >>> find_late_statement(date(2024, 12, 31), as_of=date(2026, 5, 31), due_months=4, days=30)
    Expected(period_end=datetime.date(2025, 12, 31), agreed_on=datetime.date(2026, 4, 30))
    """
    period_end = add_months(last_period_end, 12)
    agreed_on = add_months(period_end, due_months)
    if as_of <= agreed_on + timedelta(days=days):
        return None
    return Expected(period_end, agreed_on)
