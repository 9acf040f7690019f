"""Instalment plans 分期还款: equal parts on monthly dates, moved to working days.

Source: process specification E.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.dates import add_months
from common.money import round_money
from common.workdays import CN_2025_2026, Calendar, Convention


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One instalment: its number from 1, the working day it is due, the principal it pays."""

    number: int
    due_date: date
    principal: Decimal


def plan_instalments(
    total: Decimal,
    instalments: int,
    first_due: date,
    every_months: int = 1,
    currency: str = "CNY",
    calendar: Calendar = CN_2025_2026,
) -> list[PlanLine]:
    """Return equal instalments of a positive total; the last one takes the rest of the rounding.

    Each date is counted from the first one, clamped to the month's end, then moved to the following
    working day. Raises ValueError for no instalment, no month, or a last line of nothing.

    >>> [str(line.principal) for line in plan_instalments(Decimal(100000), 3, date(2025, 8, 31))]
    ['33333.33', '33333.33', '33333.34']
    """
    if instalments < 1 or every_months < 1:
        raise ValueError("a plan has at least one instalment and one month between two")
    part = round_money(total / instalments, currency)
    last = round_money(total - part * (instalments - 1), currency)
    if last <= 0:
        raise ValueError("the total is too small for that many instalments")
    lines: list[PlanLine] = []
    for number in range(1, instalments + 1):
        due = add_months(first_due, every_months * (number - 1))
        effective = calendar.adjust(due, Convention.FOLLOWING)
        lines.append(PlanLine(number, effective, part if number < instalments else last))
    return lines
