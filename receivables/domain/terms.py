"""Payment terms: from a base date to nominal and effective due dates, in one line or several.

Source: process specification E.2. The *nominal* due date is what the term yields, the *effective*
one is moved by the business-day convention; overdue days count from the effective one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from common.dates import add_months, clamped_date, end_of_month
from common.errors import InvalidInput
from common.money import round_money
from common.workdays import CN_2025_2026, Calendar, Convention


class TermKind(StrEnum):
    """How a term counts from the base date."""

    NET = "NET"
    MONTHS = "MONTHS"
    EOM = "EOM"
    MONTHLY = "MONTHLY"
    FIXED = "FIXED"
    INSTALMENTS = "INSTALMENTS"
    PREPAID = "PREPAID"
    COD = "COD"
    LC = "LC"
    BILL = "BILL"


class EomMode(StrEnum):
    """Whether the month end is taken before or after the days are added."""

    EOM_THEN_DAYS = "EOM_THEN_DAYS"
    DAYS_THEN_EOM = "DAYS_THEN_EOM"


class InvalidTerm(InvalidInput):
    """The parts of a payment term do not fit together; `params["reason"]` says which."""

    code = "INVALID_TERM"


@dataclass(frozen=True, slots=True)
class TermLine:
    """One instalment of a term: its share of the total in percent, its days after the base date."""

    share_pct: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class PaymentTerm:
    """When a document falls due.

    NET, LC, BILL: `days` after the base date. MONTHS: `months`, clamped. EOM: `days` by `mode`.
    MONTHLY 月结: a base day up to `cutoff_day` closes this month, a later one the next; due on `day`
    of the month `months` after the closing one, clamped. FIXED: `fixed_date`. INSTALMENTS: `lines`,
    shares summing to 100. PREPAID, COD: the base date itself. Raises InvalidTerm.
    """

    kind: TermKind
    days: int = 0
    months: int = 0
    mode: EomMode = EomMode.EOM_THEN_DAYS
    cutoff_day: int = 31
    day: int = 31
    fixed_date: date | None = None
    lines: tuple[TermLine, ...] = ()

    def __post_init__(self) -> None:
        reason = self._problem()
        if reason:
            raise InvalidTerm(reason, reason=reason)

    def _problem(self) -> str:
        if self.days < 0 or self.months < 0:
            return "days and months must not be negative"
        if not (1 <= self.cutoff_day <= 31 and 1 <= self.day <= 31):
            return "a day of the month lies between 1 and 31"
        if self.kind is TermKind.FIXED and self.fixed_date is None:
            return "a fixed term needs its date"
        if self.kind is TermKind.INSTALMENTS:
            if not self.lines:
                return "an instalment term needs its lines"
            if sum(line.share_pct for line in self.lines) != 100:
                return "the shares of an instalment term must sum to 100"
            if any(line.share_pct <= 0 or line.days < 0 for line in self.lines):
                return "each instalment needs a share above 0 and no negative days"
        return ""

    def longest_days(self) -> int:
        """Return the most days the term can grant, for comparison with a policy maximum.

        Months count 31 days; a fixed date counts 0, since it says nothing of its length.

        >>> PaymentTerm(TermKind.MONTHLY, months=1, day=10, cutoff_day=25).longest_days()
        46
        """
        if self.kind is TermKind.MONTHS:
            return self.months * 31
        if self.kind is TermKind.EOM:
            return 30 + self.days
        if self.kind is TermKind.MONTHLY:
            # Longest from the day after the cut-off, or from the 1st when every day closes.
            first_day = self.cutoff_day + 1 if self.cutoff_day < 31 else 1
            months = self.months + (1 if self.cutoff_day < 31 else 0)
            return max(0, months * 31 - first_day + self.day)
        if self.kind is TermKind.INSTALMENTS:
            return max(line.days for line in self.lines)
        return 0 if self.kind is TermKind.FIXED else self.days


def read_term(kind: str, params: Mapping[str, Any]) -> PaymentTerm:
    """Return the term that a stored row says: its kind and its parameters, codes in any case.

    `lines` are written as objects with `pct` and `days`, `date` as ISO. Raises InvalidTerm.

    >>> read_term("net", {"days": 30}).days
    30
    """
    try:
        fields: dict[str, Any] = {
            name: int(params[name])
            for name in ("days", "months", "cutoff_day", "day")
            if name in params
        }
        if "mode" in params:
            fields["mode"] = EomMode(str(params["mode"]).upper())
        if "date" in params:
            fields["fixed_date"] = date.fromisoformat(params["date"])
        if "lines" in params:
            fields["lines"] = tuple(
                TermLine(Decimal(str(line["pct"])), int(line["days"])) for line in params["lines"]
            )
        return PaymentTerm(TermKind(kind.upper()), **fields)
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise InvalidTerm(str(error), reason=str(error)) from error


@dataclass(frozen=True, slots=True)
class DueLine:
    """One part of a document with its own due dates; a document has one line per instalment."""

    number: int
    amount: Decimal
    nominal: date
    effective: date


def nominal_due_date(term: PaymentTerm, base_date: date) -> date:
    """Return the due date the term yields, before any business-day convention.

    The last line counts for instalments.

    >>> nominal_due_date(PaymentTerm(TermKind.MONTHS, months=1), date(2025, 1, 31))
    datetime.date(2025, 2, 28)
    >>> monthly = PaymentTerm(TermKind.MONTHLY, cutoff_day=25, months=1, day=10)
    >>> nominal_due_date(monthly, date(2025, 3, 26))
    datetime.date(2025, 5, 10)
    """
    match term.kind:
        case TermKind.MONTHS:
            return add_months(base_date, term.months)
        case TermKind.EOM if term.mode is EomMode.EOM_THEN_DAYS:
            return end_of_month(base_date) + timedelta(days=term.days)
        case TermKind.EOM:
            return end_of_month(base_date + timedelta(days=term.days))
        case TermKind.MONTHLY:
            closing = 0 if base_date.day <= term.cutoff_day else 1
            month = add_months(base_date.replace(day=1), closing + term.months)
            return clamped_date(month.year, month.month, term.day)
        case TermKind.FIXED if term.fixed_date is not None:
            return term.fixed_date
        case TermKind.INSTALMENTS:
            return base_date + timedelta(days=max(line.days for line in term.lines))
        case _:
            return base_date + timedelta(days=term.days)


def effective_due_date(
    term: PaymentTerm,
    base_date: date,
    convention: Convention = Convention.FOLLOWING,
    calendar: Calendar = CN_2025_2026,
) -> date:
    """Return the nominal due date moved by the business-day convention.

    >>> effective_due_date(PaymentTerm(TermKind.NET, days=30), date(2025, 1, 31))
    datetime.date(2025, 3, 3)
    """
    return calendar.adjust(nominal_due_date(term, base_date), convention)


def due_lines(
    term: PaymentTerm,
    total: Decimal,
    currency: str,
    base_date: date,
    convention: Convention = Convention.FOLLOWING,
    calendar: Calendar = CN_2025_2026,
) -> list[DueLine]:
    """Return the due lines of a document in order of the term; amounts sum to the total.

    Each instalment is rounded half-up, the last line takes the rest.

    >>> halves = PaymentTerm(TermKind.INSTALMENTS,
    ...                      lines=(TermLine(Decimal(50), 0), TermLine(Decimal(50), 30)))
    >>> [line.amount for line in due_lines(halves, Decimal("0.03"), "CNY", date(2025, 3, 3))]
    [Decimal('0.02'), Decimal('0.01')]
    """
    total = round_money(total, currency)
    if term.kind is not TermKind.INSTALMENTS:
        nominal = nominal_due_date(term, base_date)
        return [DueLine(1, total, nominal, calendar.adjust(nominal, convention))]
    lines: list[DueLine] = []
    left = total
    for number, line in enumerate(term.lines, start=1):
        is_last = number == len(term.lines)
        amount = left if is_last else round_money(total * line.share_pct / 100, currency)
        left -= amount
        nominal = base_date + timedelta(days=line.days)
        lines.append(DueLine(number, amount, nominal, calendar.adjust(nominal, convention)))
    return lines


def days_past_due(effective_due: date, *, as_of: date) -> int:
    """Return the days past the effective due date; 0 until and on that date.

    >>> days_past_due(date(2025, 8, 13), as_of=date(2025, 9, 30))
    48
    """
    return max(0, (as_of - effective_due).days)
