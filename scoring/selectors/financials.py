"""A customer's figures over the years: ratios with what they are made of, DuPont, shares and trend.

A column is a year of twelve months. The newest may be an interim period brought to twelve months (E6).
Statements that are doubtful and were not accepted do not count here; they are named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from customers.models import Customer
from scoring.domain.statements.derived import derive
from scoring.domain.statements.dupont import Dupont, build_dupont
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS, Section
from scoring.domain.statements.periods import annualise
from scoring.domain.statements.ratios import RATIOS
from scoring.domain.statements.statements import FULL_YEAR_MONTHS, Amount
from scoring.domain.statements.statements import Statement as Figures
from scoring.domain.statements.tracing import Trace, trace_ratio
from scoring.models import Statement
from scoring.selectors.peers import PeerQuartiles, get_peer_quartiles
from scoring.selectors.statements import counts_on, list_statements, read_lines, to_figures

YEARS = 6
CANDIDATES = 24
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Year:
    """One column: the statement, its figures over twelve months, and those of the year before.

    `method` is "" for a year as printed, TTM for trailing twelve months, SCALED for ×12÷months.
    """

    statement: Statement
    figures: Figures
    prior: Figures | None
    method: str
    ratios: Mapping[str, tuple[Amount, tuple[Trace, ...]]]
    dupont: Dupont


@dataclass(frozen=True)
class Financials:
    """Years newest first, in the unit of the newest; who is left out, and the peers."""

    years: tuple[Year, ...]
    doubtful: tuple[Statement, ...]
    consolidated: bool
    has_both: bool
    peers: PeerQuartiles

    @property
    def newest(self) -> Year | None:
        return self.years[0] if self.years else None


def get_financials(
    customer: Customer, *, as_of: date, consolidated: bool | None = None
) -> Financials:
    """Gather a customer's years (2 queries, and those of the peers)."""
    found = list(list_statements(customer, as_of=as_of)[:CANDIDATES])
    bases = {row.consolidated for row in found}
    basis = consolidated if consolidated in bases else (found[0].consolidated if found else False)
    rows = [row for row in found if row.consolidated == basis]
    counting = [row for row in rows if counts_on(row, as_of=as_of)]
    lines = read_lines([row.pk for row in counting])
    unit = counting[0].unit if counting else 1
    figures = {
        row.pk: _scale(to_figures(row, lines[row.pk]), Decimal(row.unit) / unit) for row in counting
    }
    years = [*_read_interim(counting, figures), *_read_years(counting, figures)]
    return Financials(
        tuple(years[:YEARS]),
        tuple(row for row in rows if row not in counting),
        bool(basis),
        len(bases) > 1,
        get_peer_quartiles(customer.industry, as_of=as_of),
    )


def _scale(figures: Figures, factor: Decimal) -> Figures:
    if factor == 1:
        return figures
    counts = ("employees", "shares_outstanding")
    items = {n: a if n in counts else a * factor for n, a in figures.items.items()}
    return replace(figures, items=items)


def _read_years(rows: Sequence[Statement], figures: Mapping[int, Figures]) -> list[Year]:
    full = [row for row in rows if row.months == FULL_YEAR_MONTHS]
    years = []
    for row in full:
        prior = _find(full, row, years_back=1)
        years.append(_year(row, figures[row.pk], figures[prior.pk] if prior else None, ""))
    return years


def _read_interim(rows: Sequence[Statement], figures: Mapping[int, Figures]) -> list[Year]:
    """Return the newest interim period as a year, when it is newer than every full year."""
    newest = rows[0] if rows else None
    if newest is None or newest.months == FULL_YEAR_MONTHS:
        return []
    same = [row for row in rows if row.months == newest.months]
    before = _find(same, newest, years_back=1)
    full = [
        row
        for row in rows
        if row.months == FULL_YEAR_MONTHS and _months_between(row, newest) == newest.months
    ]
    interim = figures[before.pk] if before else None
    year = figures[full[0].pk] if full and full[0].currency == newest.currency else None
    now = annualise(figures[newest.pk], prior_year=year, prior_interim=interim)
    method = "TTM" if now.months == FULL_YEAR_MONTHS else "SCALED"
    return [_year(newest, now, interim, method)]


def _months_between(earlier: Statement, later: Statement) -> int:
    first, last = earlier.period_end, later.period_end
    return (last.year - first.year) * 12 + last.month - first.month


def _find(rows: Sequence[Statement], row: Statement, *, years_back: int) -> Statement | None:
    """Return the statement of the same month so many years before, in the same currency."""
    wanted = (row.period_end.year - years_back, row.period_end.month, row.currency)
    for other in rows:
        if (other.period_end.year, other.period_end.month, other.currency) == wanted:
            return other
    return None


def _year(row: Statement, figures: Figures, prior: Figures | None, method: str) -> Year:
    return Year(
        row,
        figures,
        prior,
        method,
        {name: trace_ratio(name, figures, prior) for name in RATIOS},
        build_dupont(figures, prior),
    )


def get_common_size(years: Sequence[Year]) -> dict[Section, dict[str, list[Decimal | None]]]:
    """Return balance-sheet lines as shares of total assets, income lines as shares of revenue."""
    bases = {Section.BALANCE_SHEET: "total_assets", Section.INCOME_STATEMENT: "revenue"}
    return {
        section: _by_item(section, [_shares(year.figures, section, base) for year in years])
        for section, base in bases.items()
    }


def _shares(figures: Figures, section: Section, base: str) -> dict[str, Decimal]:
    whole = figures.items.get(base)
    if whole is None or whole <= 0:
        return {}
    return {n: a / whole for n, a in figures.items.items() if _section(n) is section}


def get_trend(years: Sequence[Year]) -> dict[Section, dict[str, list[Decimal | None]]]:
    """Return each line as an index, the oldest year being 100; a base that is not positive has none.

    Years in another currency than the newest have no index.
    """
    known = [year for year in years if year.statement.currency == years[0].statement.currency]
    base = known[-1].figures.items if known else {}
    sections = (Section.BALANCE_SHEET, Section.INCOME_STATEMENT, Section.CASH_FLOW)
    columns = [
        {
            name: amount / base[name] * HUNDRED
            for name, amount in (year.figures.items.items() if year in known else ())
            if base.get(name, Decimal(0)) > 0
        }
        for year in years
    ]
    return {section: _by_item(section, columns) for section in sections}


def _by_item(
    section: Section, columns: Sequence[Mapping[str, Decimal]]
) -> dict[str, list[Decimal | None]]:
    names = [name for name in ITEMS if _section(name) is section]
    rows = {name: [column.get(name) for column in columns] for name in names}
    return {n: values for n, values in rows.items() if any(v is not None for v in values)}


def _section(name: str) -> Section:
    return (ITEMS.get(name) or DERIVED_ITEMS[name]).section


def read_amount(year: Year, name: str) -> Amount:
    """Return an item of a year, derived or printed."""
    return derive(name, year.figures, year.prior)
