"""The six key figures of the overview: value, change, course, and what each is made of.

Facts come from `overview_reads` and the aging; formulas from `dashboards.domain`. Today is read
live, past month ends from what the nights kept.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from common.money import round_money
from dashboards.domain.periods import (
    Period,
    covered_days,
    list_month_ends,
    read_period,
    sum_between,
    week_of,
)
from dashboards.domain.portfolio import collection_effectiveness, limit_utilisation
from dashboards.domain.sales_days import best_possible_dso, simple_dso
from dashboards.overview_reads import GradeUse, MonthEnd, Reads, Use, list_weeks
from receivables.selectors import AgingReport, get_aging
from receivables.selectors.aging import base_currency

WEEKS_BEFORE, WEEKS_AFTER = 5, 2
TOP_OVERDUE = 8
HUNDRED = Decimal(100)

Point = tuple[date, Decimal | None]


class Unit(StrEnum):
    """What a figure counts in."""

    MONEY = "MONEY"
    DAYS = "DAYS"
    PERCENT = "PERCENT"
    DATE = "DATE"


@dataclass(frozen=True, slots=True)
class Term:
    """One input of a formula."""

    name: str
    value: Decimal | date | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class Kpi:
    """One key figure. `change` is a share for amounts, points or days else, None when unknown."""

    code: str
    value: Decimal | None
    unit: Unit
    change: Decimal | None
    change_unit: Unit
    formula: str
    terms: tuple[Term, ...]
    series: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Cash of one week: expected when it began, and received; None for weeks to come."""

    monday: date
    expected: Decimal
    received: Decimal | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the overview shows about the portfolio."""

    as_of: date
    period: Period
    currency: str
    kpis: tuple[Kpi, ...]
    aging: AgingReport
    months: tuple[MonthEnd, ...]
    dso: tuple[Point, ...]
    best_dso: tuple[Point, ...]
    grades: tuple[GradeUse, ...]
    weeks: tuple[Week, ...]
    night: date | None

    def get(self, code: str) -> Kpi:
        """Return the key figure of that code."""
        return next(kpi for kpi in self.kpis if kpi.code == code)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the six figures are calculated from.

    `then` is the start of the period, `before` that of the one before it; None when what was owed
    then cannot be told in the currency of today.
    """

    period: Period
    now: MonthEnd
    then: MonthEnd | None
    before: MonthEnd | None
    months: list[MonthEnd]
    sales: dict[date, Decimal]
    uses: list[Use]
    weeks: tuple[Week, ...]

    @property
    def total_then(self) -> Decimal | None:
        return self.then.total if self.then else None

    @property
    def overdue_then(self) -> Decimal | None:
        return self.then.overdue if self.then else None

    @property
    def first_sale(self) -> date | None:
        return min(self.sales, default=None)

    @property
    def course(self) -> list[MonthEnd]:
        """Month ends and today, oldest first."""
        return [*(m for m in self.months if m.as_of < self.now.as_of), self.now]


def get_overview(*, user: Any, as_of: date, period: str = "year") -> Overview:
    """Return the overview of a day as `user` may see it (None: the system).

    Sixteen queries, however many customers and documents there are.
    """
    chosen = read_period(period, as_of=as_of)
    reads = Reads(user, base_currency())
    aging = get_aging(as_of=as_of, user=user, sort="-overdue", page_size=TOP_OVERDUE, currency=None)
    reads.base = reads.params["base"] = aging.currency or reads.base
    month_ends = list_month_ends(as_of)
    months = reads.list_month_ends(month_ends)
    weeks = _list_weeks(reads, as_of)
    first_day = min(month_ends[0], chosen.before.start) - timedelta(days=chosen.days)
    facts = _Facts(
        period=chosen,
        now=_standing(aging),
        then=_past(reads, user, chosen.start),
        before=_past(reads, user, chosen.before.start),
        months=months,
        sales=reads.list_sales(after=first_day, until=as_of),
        uses=reads.list_uses(month_ends, start=chosen.start, as_of=as_of),
        weeks=weeks,
    )
    night = facts.uses[-1].as_of if facts.uses else None
    return Overview(
        as_of=as_of,
        period=chosen,
        currency=reads.base,
        kpis=(
            _receivables(facts),
            _overdue(facts),
            _sales_days(facts),
            _utilisation(facts),
            _effectiveness(facts),
            _expected(facts),
        ),
        aging=aging,
        months=tuple(months),
        dso=tuple((m.as_of, _dso(facts, m)) for m in facts.course),
        best_dso=tuple((m.as_of, _best_dso(facts, m)) for m in facts.course),
        grades=tuple(reads.list_grades(night=night, as_of=as_of)) if night else (),
        weeks=weeks,
        night=night,
    )


def _standing(report: AgingReport, factor: Decimal | None = None, to: str = "") -> MonthEnd:
    """Return the totals of an aging in the shape of a month end, converted to a currency if told."""

    def convert(amount: Decimal) -> Decimal:
        return amount if factor is None else round_money(amount * factor, to)

    totals = report.totals
    return MonthEnd(
        as_of=report.as_of,
        total=convert(totals.total),
        not_due=convert(totals.not_due),
        unapplied=convert(totals.unapplied),
        buckets=tuple(convert(amount) for amount in totals.buckets),
    )


def _past(reads: Reads, user: Any, day: date) -> MonthEnd | None:
    """Return what was owed on a past day, in today's currency.

    A report speaks the only currency that is open, and a year ago that may have been another one.
    """
    report = get_aging(as_of=day, user=user, page_size=1)
    if report.currency == reads.base or not report.count:
        return _standing(report)
    factor = reads.find_factor(report.currency, day=day)
    return None if factor is None else _standing(report, factor, reads.base)


def _list_weeks(reads: Reads, as_of: date) -> tuple[Week, ...]:
    mondays = list_weeks(week_of(as_of), WEEKS_BEFORE, WEEKS_AFTER)
    expected = reads.list_expected(mondays)
    received = reads.list_receipts(after=mondays[0] - timedelta(days=1), until=as_of)
    return tuple(
        Week(
            monday,
            expected.get(monday, Decimal(0)),
            sum_between(received, monday - timedelta(days=1), monday + timedelta(days=6))
            if monday <= as_of
            else None,
        )
        for monday in mondays
    )


def _receivables(facts: _Facts) -> Kpi:
    return Kpi(
        code="AR",
        value=facts.now.total,
        unit=Unit.MONEY,
        change=_growth(facts.total_then, facts.now.total),
        change_unit=Unit.PERCENT,
        formula="AR",
        terms=(
            Term("OPEN_ITEMS", facts.now.total + facts.now.unapplied, Unit.MONEY),
            Term("ON_ACCOUNT", facts.now.unapplied, Unit.MONEY),
            Term("BEFORE", facts.total_then, Unit.MONEY),
        ),
        series=tuple((m.as_of, m.total) for m in facts.course),
    )


def _overdue(facts: _Facts) -> Kpi:
    return Kpi(
        code="OVERDUE",
        value=facts.now.overdue,
        unit=Unit.MONEY,
        change=_growth(facts.overdue_then, facts.now.overdue),
        change_unit=Unit.PERCENT,
        formula="OVERDUE",
        terms=(
            Term("OVERDUE", facts.now.overdue, Unit.MONEY),
            Term("OPEN_ITEMS", facts.now.total + facts.now.unapplied, Unit.MONEY),
            Term("BEFORE", facts.overdue_then, Unit.MONEY),
        ),
        series=tuple((m.as_of, m.overdue) for m in facts.course),
    )


def _sales_days(facts: _Facts) -> Kpi:
    now, then = _dso(facts, facts.now), _dso(facts, facts.then)
    days = covered_days(facts.first_sale, facts.period.start, facts.period.end)
    return Kpi(
        code="DSO",
        value=now,
        unit=Unit.DAYS,
        change=None if now is None or then is None else now - then,
        change_unit=Unit.DAYS,
        formula="DSO",
        terms=(
            Term("AR", facts.now.total, Unit.MONEY),
            Term("SALES", _sales(facts, facts.period.end), Unit.MONEY),
            Term("DAYS", None if days is None else Decimal(days), Unit.DAYS),
            Term("BEST_DSO", _best_dso(facts, facts.now), Unit.DAYS),
        ),
        series=tuple((m.as_of, _dso(facts, m)) for m in facts.course),
    )


def _utilisation(facts: _Facts) -> Kpi:
    now = facts.uses[-1] if facts.uses else None
    then = _nearest(facts.uses[:-1], facts.period.start)
    value = limit_utilisation(now.gross, now.limit) if now else None
    past = limit_utilisation(then.gross, then.limit) if then else None
    return Kpi(
        code="LIMIT_USE",
        value=value,
        unit=Unit.PERCENT,
        change=None if value is None or past is None else value - past,
        change_unit=Unit.PERCENT,
        formula="LIMIT_USE",
        terms=(
            Term("GROSS", now.gross if now else None, Unit.MONEY),
            Term("LIMITS", now.limit if now else None, Unit.MONEY),
            Term("NIGHT", now.as_of if now else None, Unit.DATE),
        ),
        series=tuple((use.as_of, limit_utilisation(use.gross, use.limit)) for use in facts.uses),
    )


def _effectiveness(facts: _Facts) -> Kpi:
    period = facts.period
    value = _cei(facts, facts.then, facts.now)
    past = _cei(facts, facts.before, facts.then) if _has_history(facts, period.before) else None
    return Kpi(
        code="CEI",
        value=value,
        unit=Unit.PERCENT,
        change=None if value is None or past is None else value - past,
        change_unit=Unit.PERCENT,
        formula="CEI",
        terms=(
            Term("BEGINNING_AR", facts.total_then, Unit.MONEY),
            Term("SALES", _sales(facts, period.end), Unit.MONEY),
            Term("AR", facts.now.total, Unit.MONEY),
            Term("CURRENT_AR", facts.now.current, Unit.MONEY),
        ),
        # Month by month; the month that still runs would look like a fall.
        series=tuple(
            (last.as_of, _cei(facts, first, last))
            for first, last in zip(facts.months, facts.months[1:], strict=False)
        ),
    )


def _expected(facts: _Facts) -> Kpi:
    this, last = facts.weeks[WEEKS_BEFORE], facts.weeks[WEEKS_BEFORE - 1]
    return Kpi(
        code="EXPECTED_CASH",
        value=this.expected,
        unit=Unit.MONEY,
        change=this.expected - last.expected,
        change_unit=Unit.MONEY,
        formula="EXPECTED_CASH",
        terms=(
            Term("RECEIVED", this.received, Unit.MONEY),
            Term("EXPECTED_BEFORE", last.expected, Unit.MONEY),
            Term("RECEIVED_BEFORE", last.received, Unit.MONEY),
        ),
        series=tuple((week.monday, week.expected) for week in facts.weeks[: WEEKS_BEFORE + 1]),
    )


def _sales(facts: _Facts, end: date) -> Decimal:
    return sum_between(facts.sales, end - timedelta(days=facts.period.days), end)


def _dso(facts: _Facts, at: MonthEnd | None) -> Decimal | None:
    if at is None:
        return None
    start = at.as_of - timedelta(days=facts.period.days)
    days = covered_days(facts.first_sale, start, at.as_of)
    return None if days is None else simple_dso(at.total, _sales(facts, at.as_of), days)


def _best_dso(facts: _Facts, at: MonthEnd) -> Decimal | None:
    start = at.as_of - timedelta(days=facts.period.days)
    days = covered_days(facts.first_sale, start, at.as_of)
    return None if days is None else best_possible_dso(at.current, _sales(facts, at.as_of), days)


def _cei(facts: _Facts, first: MonthEnd | None, last: MonthEnd | None) -> Decimal | None:
    if first is None or last is None:
        return None
    sales = sum_between(facts.sales, first.as_of, last.as_of)
    return collection_effectiveness(first.total, sales, last.total, last.current)


def _has_history(facts: _Facts, period: Period) -> bool:
    return covered_days(facts.first_sale, period.start, period.end) is not None


def _growth(before: Decimal | None, now: Decimal) -> Decimal | None:
    """Return the change in percent; None without a figure to compare with."""
    if before is None or before <= 0:
        return None
    return ((now - before) * HUNDRED / before).quantize(Decimal("0.01"))


def _nearest(uses: list[Use], day: date) -> Use | None:
    return min(uses, key=lambda use: abs((use.as_of - day).days), default=None)
