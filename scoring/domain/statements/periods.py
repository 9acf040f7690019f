"""Periods: twelve-month flows from interim statements (E6), age and staleness (E10, 9.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from scoring.domain.results import ONE, ZERO, Status
from scoring.domain.statements.items import is_flow
from scoring.domain.statements.statements import FULL_YEAR_MONTHS, Statement

MIN_MONTHS_TO_ANNUALISE = 6
INTERIM_MULTIPLIER = Decimal("0.8")
FRESH_MONTHS = 12
STALE_MONTHS = 18
POINTS_PER_MONTH = Decimal(2)


@dataclass(frozen=True)
class Annualised:
    """A flow scaled to twelve months, and what that costs in trust."""

    value: Decimal | None
    status: Status
    reliability_multiplier: Decimal = ONE
    is_non_comparable: bool = False


def annualise_months(value: Decimal, months: int) -> Annualised:
    """Scale a flow of ``months`` months to twelve (E6); balances are never scaled.

    6 to 11 months: guarded, reliability × 0.8. Under 6: no value. 13 to 18: guarded and
    non-comparable.

    >>> annualise_months(Decimal(25000), 15).value
    Decimal('20000')
    """
    if months == FULL_YEAR_MONTHS:
        return Annualised(value, Status.OK)
    if months < MIN_MONTHS_TO_ANNUALISE:
        return Annualised(None, Status.INTERIM_NOT_ANNUALISED)
    scaled = value * FULL_YEAR_MONTHS / months
    if months < FULL_YEAR_MONTHS:
        return Annualised(scaled, Status.OK_WITH_GUARD, INTERIM_MULTIPLIER)
    return Annualised(scaled, Status.OK_WITH_GUARD, is_non_comparable=True)


def annualise_ttm(fy_prev: Decimal, ytd: Decimal, ytd_prev: Decimal) -> Decimal:
    """Roll a year-to-date flow to the trailing twelve months: last year + this - that.

    >>> annualise_ttm(Decimal(21500), Decimal(9800), Decimal(9100))
    Decimal('22200')
    """
    return fy_prev + ytd - ytd_prev


def annualise(
    statement: Statement,
    *,
    prior_year: Statement | None = None,
    prior_interim: Statement | None = None,
) -> Statement:
    """Return the statement with twelve-month flows; balances stay (E6).

    With last full year and last year's same interim period, each flow that all three state becomes
    a trailing-twelve-month figure; otherwise flows are scaled by 12/months. The result carries
    ``flow_status`` and the reliability multiplier.
    """
    if statement.months == FULL_YEAR_MONTHS:
        return statement
    if prior_year and prior_interim and prior_interim.months == statement.months:
        return _roll_forward(statement, prior_year, prior_interim)
    sample = annualise_months(ONE, statement.months)
    if sample.value is None:
        return replace(statement, flow_status=sample.status)
    scaled = {
        name: annualise_months(value, statement.months).value if is_flow(name) else value
        for name, value in statement.items.items()
    }
    return replace(
        statement,
        items={name: value for name, value in scaled.items() if value is not None},
        flow_status=sample.status,
        reliability_multiplier=statement.reliability_multiplier * sample.reliability_multiplier,
        is_non_comparable=statement.is_non_comparable or sample.is_non_comparable,
    )


def _roll_forward(statement: Statement, year: Statement, interim: Statement) -> Statement:
    return replace(
        statement,
        items=dict(_rolled_items(statement, year, interim)),
        months=FULL_YEAR_MONTHS,
        flow_status=Status.OK,
    )


def _rolled_items(
    statement: Statement, year: Statement, interim: Statement
) -> Iterator[tuple[str, Decimal]]:
    for name, value in statement.items.items():
        if not is_flow(name):
            yield name, value
        elif year.states(name) and interim.states(name):
            yield name, annualise_ttm(year.items[name], value, interim.items[name])


def count_whole_months(start: date, end: date) -> int:
    """Count whole months from start to end (E10); never negative.

    >>> count_whole_months(date(2024, 12, 31), date(2025, 6, 30))
    6
    >>> count_whole_months(date(2024, 12, 31), date(2025, 6, 29))
    5
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    # The 30th of a 30-day month completes a month begun on the 31st.
    if end.day < start.day and not _is_last_day(end):
        months -= 1
    return max(0, months)


def _is_last_day(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).month != day.month


def decay_component(value: Decimal | None, age_months: int) -> Decimal | None:
    """Take 2 points a month off a component older than 12 months; past 18 it is gone (9.6).

    >>> decay_component(Decimal("68.7537"), 13)
    Decimal('66.7537')
    >>> decay_component(Decimal(68), 19) is None
    True
    """
    if value is None or age_months > STALE_MONTHS:
        return None
    return max(ZERO, value - POINTS_PER_MONTH * max(0, age_months - FRESH_MONTHS))
