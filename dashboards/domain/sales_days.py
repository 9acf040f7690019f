"""How many days of sales are outstanding, by four methods, and how late money comes.

All amounts are in one currency; receivables and credit sales include VAT, sales are net of credit
notes. Source: process specification F.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from common.errors import InvalidInput
from common.money import round_half_up
from dashboards.domain.measures import PLACES, divide

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


class InvalidPeriod(InvalidInput):
    """A period must have days."""

    code = "INVALID_PERIOD"


@dataclass(frozen=True, slots=True)
class SalesMonth:
    """Net credit sales of one calendar month, and its days."""

    sales: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class Countback:
    """Days by the countback method; `is_exhausted` when the history ends before the receivables."""

    days: Decimal
    is_exhausted: bool
    unexplained: Decimal


@dataclass(frozen=True, slots=True)
class Clearing:
    """A paid amount with the day it was due and the day it was paid."""

    amount: Decimal
    due: date
    paid: date


@dataclass(frozen=True, slots=True)
class Delay:
    """Amount-weighted days late: early payments as 0, and with their sign."""

    late_only: Decimal
    signed: Decimal


@dataclass(frozen=True, slots=True)
class AgedSale:
    """What is open of one invoice, and the net credit sales of the invoice's month."""

    invoiced: date
    amount: Decimal
    month_sales: Decimal


def simple_dso(
    ending_ar: Decimal, credit_sales: Decimal, days: int, *, places: int | None = PLACES
) -> Decimal | None:
    """Return ending receivables ÷ credit sales × days of the period; None without sales.

    To two decimals, as key figures are told; `places=None` leaves it unrounded.

    >>> simple_dso(Decimal(3_000_000), Decimal(7_200_000), 90)
    Decimal('37.50')
    """
    _check_days(days)
    return divide(ending_ar, credit_sales, Decimal(days), places=places)


def best_possible_dso(
    current_ar: Decimal, credit_sales: Decimal, days: int, *, places: int | None = PLACES
) -> Decimal | None:
    """Return the days of sales outstanding if nobody were late: current receivables only.

    >>> best_possible_dso(Decimal(2_100_000), Decimal(7_200_000), 90)
    Decimal('26.25')
    """
    return simple_dso(current_ar, credit_sales, days, places=places)


def average_days_delinquent(dso: Decimal | None, best: Decimal | None) -> Decimal | None:
    """Return DSO less best possible DSO, both by the same method for the same period.

    >>> average_days_delinquent(Decimal("37.50"), Decimal("26.25"))
    Decimal('11.25')
    """
    return None if dso is None or best is None else dso - best


def countback_dso(ending_ar: Decimal, newest_first: Sequence[SalesMonth]) -> Countback:
    """Return the days whose sales make up the receivables, counted back month by month.

    Each month's sales are taken off and its days added; the last month counts pro rata. A month
    without sales adds its days. When the months run out, the rest is unexplained.

    >>> months = [SalesMonth(Decimal(s), 30) for s in (100_000, 80_000, 70_000)]
    >>> countback_dso(Decimal(212_000), months).days
    Decimal('73.71')
    """
    left, days = ending_ar, Decimal(0)
    for month in newest_first:
        if left <= 0:
            break
        if month.sales > left:
            days += _WIDE.divide(left * month.days, month.sales)
            left = Decimal(0)
        else:
            days += month.days
            left -= max(month.sales, Decimal(0))
    unexplained = max(left, Decimal(0))
    return Countback(
        round_half_up(days, PLACES), unexplained > 0, round_half_up(unexplained, PLACES)
    )


def true_dso(items: Iterable[AgedSale], *, as_of: date) -> Decimal | None:
    """Return the sum over open invoices of open amount × age ÷ sales of the invoice's month.

    None when an invoice's month has no sales to compare with.

    >>> true_dso([AgedSale(date(2025, 6, 10), Decimal(200), Decimal(1000))], as_of=date(2025, 6, 30))
    Decimal('4.00')
    """
    total = Decimal(0)
    for item in items:
        if item.month_sales <= 0:
            return None
        total += _WIDE.divide(item.amount * (as_of - item.invoiced).days, item.month_sales)
    return round_half_up(total, PLACES)


def weighted_days_late(clearings: Sequence[Clearing]) -> Delay | None:
    """Return the amount-weighted days late of what was paid; None when nothing was.

    >>> weighted_days_late([Clearing(Decimal(5), date(2025, 7, 10), date(2025, 7, 20))])
    Delay(late_only=Decimal('10.00'), signed=Decimal('10.00'))
    """
    whole = sum((c.amount for c in clearings), Decimal(0))
    late = sum((c.amount * max(0, (c.paid - c.due).days) for c in clearings), Decimal(0))
    signed = sum((c.amount * (c.paid - c.due).days for c in clearings), Decimal(0))
    late_only, with_sign = divide(late, whole), divide(signed, whole)
    return None if late_only is None or with_sign is None else Delay(late_only, with_sign)


def _check_days(days: int) -> None:
    if days <= 0:
        raise InvalidPeriod("a period has at least one day")
