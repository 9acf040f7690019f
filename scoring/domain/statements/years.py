"""Which statements stand beside each other: this year, last year, the year before (E5, E6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from scoring.domain.statements.items import ITEMS
from scoring.domain.statements.periods import annualise
from scoring.domain.statements.statements import FULL_YEAR_MONTHS, Statement

# Counts, not money: a change of unit leaves them alone.
COUNTS = frozenset({"employees", "shares_outstanding"})
_A_YEAR = range(FULL_YEAR_MONTHS - 1, FULL_YEAR_MONTHS + 2)


@dataclass(frozen=True)
class Years:
    """Up to three statements with twelve-month flows; ``None`` where there is none."""

    now: Statement | None = None
    prior: Statement | None = None
    before: Statement | None = None


def arrange_years(statements: Sequence[Statement]) -> Years:
    """Pick and annualise the years to compare from statements given newest first.

    Last year's statement ended 11 to 13 months before; failing that, it is the one that ended where
    this period began. An undated statement follows the one before it in the list. A pair in two
    currencies, or of the group and the company alone, is not comparable (E5).

    >>> from datetime import date
    >>> books = [Statement({}, period_end=date(year, 12, 31)) for year in (2024, 2023, 2021)]
    >>> years = arrange_years(books)
    >>> years.prior.period_end, years.before
    (datetime.date(2023, 12, 31), None)
    """
    if not statements:
        return Years()
    now = statements[0]
    prior = find_prior(now, statements[1:])
    before = find_prior(prior, statements[_place(prior, statements) + 1 :]) if prior else None
    return Years(
        _pair(_annualise(now, statements), prior),
        _pair(_annualise(prior, statements), before) if prior else None,
        _annualise(before, statements) if before else None,
    )


def find_prior(statement: Statement, older: Sequence[Statement]) -> Statement | None:
    """Return last year's statement among older ones; ``None`` when it is not there."""
    if statement.period_end is None:
        return older[0] if older else None
    by_distance: tuple[Callable[[int], bool], ...] = (
        lambda months: months in _A_YEAR,
        lambda months: months == statement.months,
    )
    for is_near in by_distance:
        near = [books for books in older if is_near(_count_months(books, statement))]
        # The same kind of period first, then a full year, then whatever comes first.
        near.sort(key=lambda books: (books.months != statement.months, books.months != 12))
        if near:
            return near[0]
    return None


def rescale(statement: Statement, factor: Decimal) -> Statement:
    """Return the statement with its money in another unit; counts stay.

    >>> rescale(Statement({"revenue": Decimal(5)}), Decimal(10)).items["revenue"]
    Decimal('50')
    """
    items = {
        name: value if name in COUNTS and name in ITEMS else value * factor
        for name, value in statement.items.items()
    }
    opening = {name: value * factor for name, value in statement.opening.items()}
    return replace(statement, items=items, opening=opening)


def _annualise(statement: Statement, statements: Sequence[Statement]) -> Statement:
    if statement.months >= FULL_YEAR_MONTHS or statement.period_end is None:
        return annualise(statement)
    same = [s for s in statements if _is_same_kind(s, statement)]
    interim = [
        s for s in same if s.months == statement.months and _count_months(s, statement) == 12
    ]
    year = [s for s in same if s.months == 12 and _count_months(s, statement) == statement.months]
    return annualise(
        statement,
        prior_year=year[0] if year else None,
        prior_interim=interim[0] if interim else None,
    )


def _pair(statement: Statement, prior: Statement | None) -> Statement:
    if prior is None or _is_same_kind(statement, prior):
        return statement
    return replace(statement, is_non_comparable=True)


def _is_same_kind(one: Statement, other: Statement) -> bool:
    return (one.currency, one.is_consolidated) == (other.currency, other.is_consolidated)


def _count_months(older: Statement, newer: Statement) -> int:
    if older.period_end is None or newer.period_end is None:
        return 0
    years = newer.period_end.year - older.period_end.year
    return years * 12 + newer.period_end.month - older.period_end.month


def _place(statement: Statement, statements: Sequence[Statement]) -> int:
    return next(n for n, books in enumerate(statements) if books is statement)
