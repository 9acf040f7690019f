"""The charts of the overview: what each says in a sentence, its data, and the table behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common import figures
from common.badges import GRADES
from common.svg import bucket_class
from dashboards.kpis import Overview, Point
from dashboards.overview_links import page_url

SHADES = {"AAA": "good", "AA": "good", "A": "good", "BBB": "chart-1", "BB": "chart-6", "B": "b4"}
WORST = "bad"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its finding; `rows` are the same figures as a table, name first."""

    id: str
    title: str
    note: str
    finding: str
    spec: dict[str, Any]
    head: list[str]
    rows: list[list[Any]]
    css: str = ""
    url: str = ""
    link: str = ""
    is_money: bool = True


@dataclass(frozen=True, slots=True)
class Scale:
    """The unit of a page's charts: millions in English, ten thousands in Chinese."""

    divisor: int
    name: str

    def of(self, amount: Decimal | None) -> float | None:
        """Return an amount in this unit, rounded for drawing only."""
        return None if amount is None else float(round(amount / self.divisor, 2))


def choose_scale(currency: str) -> Scale:
    """Return the unit that the reader's language counts in."""
    if figures.is_chinese():
        return Scale(10_000, _("%(currency)s ten thousand") % {"currency": currency})
    return Scale(1_000_000, _("%(currency)s million") % {"currency": currency})


def draw_charts(overview: Overview) -> dict[str, Chart]:
    """Return every chart of the page by name."""
    scale = choose_scale(overview.currency)
    return {
        "aging": _aging(overview, scale),
        "dso": _dso(overview),
        "grades": _grades(overview, scale),
        "cash": _cash(overview, scale),
        "top": _top(overview, scale),
    }


def _aging(overview: Overview, scale: Scale) -> Chart:
    buckets = overview.aging.bucket_ranges
    labels = [_("Not due"), *(bucket.label for bucket in buckets)]
    today = overview.aging.totals
    # Columns are what is owed; what is on account lowers the total and has no age.
    columns = [
        *(
            (m.as_of, m.not_due, list(m.buckets))
            for m in overview.months
            if len(m.buckets) == len(buckets)
        ),
        (overview.as_of, today.not_due, list(today.buckets)),
    ][-12:]
    series = [
        [column[1] if n == 0 else column[2][n - 1] for column in columns]
        for n in range(len(labels))
    ]
    shades = [bucket_class(n, len(labels)) for n in range(len(labels))]
    return Chart(
        id="chart-aging",
        title=_("Aging structure"),
        note=_("%(unit)s, month end") % {"unit": scale.name},
        finding=_aging_finding(columns),
        spec={
            "kind": "stacked",
            "categories": [_point(day, overview.as_of) for day, _n, _b in columns],
            "series": [
                {"name": label, "values": [scale.of(v) for v in values], "color": shade}
                for label, values, shade in zip(labels, series, shades, strict=True)
            ],
            "series_links": [
                [page_url("aging", as_of=day.isoformat(), bucket=n) for day, _nd, _b in columns]
                for n in range(len(labels))
            ],
        },
        head=[_("Month end"), *labels],
        rows=[[figures.format_iso_day(day), nd, *ages] for day, nd, ages in columns],
        css="chart-tall",
        url=page_url("aging"),
        link=_("Open report"),
    )


def _aging_finding(columns: Sequence[tuple[date, Decimal, list[Decimal]]]) -> str:
    def share(column: tuple[date, Decimal, list[Decimal]]) -> Decimal | None:
        late = sum(column[2], Decimal(0))
        return late / (column[1] + late) if column[1] + late > 0 else None

    first, last = share(columns[0]), share(columns[-1])
    if first is None or last is None or len(columns) < 2:
        return _("What is owed today, by age.")
    return _("Overdue is %(now)s of what is owed, %(then)s in %(month)s.") % {
        "now": figures.format_ratio(last),
        "then": figures.format_ratio(first),
        "month": _month(columns[0][0]),
    }


def _dso(overview: Overview) -> Chart:
    pairs = [
        (day, dso, best)
        for (day, dso), (_day, best) in zip(overview.dso, overview.best_dso, strict=True)
        if dso is not None
    ]
    return Chart(
        id="chart-dso",
        title=_("DSO vs best possible"),
        note=_("days"),
        finding=_dso_finding(overview.dso, overview.best_dso),
        spec={
            "kind": "line",
            "categories": [_point(day, overview.as_of) for day, _dso, _best in pairs],
            "series": [
                {"name": _("DSO"), "values": [float(dso) for _d, dso, _b in pairs]},
                {
                    "name": _("Best possible"),
                    "values": [None if b is None else float(b) for _d, _dso, b in pairs],
                    "dashed": True,
                    "color": "ink-3",
                },
            ],
        },
        head=[_("Day"), _("DSO"), _("Best possible")],
        rows=[[figures.format_iso_day(day), dso, best] for day, dso, best in pairs],
        is_money=False,
    )


def _dso_finding(dso: Sequence[Point], best: Sequence[Point]) -> str:
    now, least = dso[-1][1], best[-1][1]
    if now is None or least is None:
        return _("There are too few sales yet for this figure.")
    return _("%(dso)s days now; %(late)s of them because customers pay late.") % {
        "dso": figures.group_digits(now, 1),
        "late": figures.group_digits(now - least, 1),
    }


def _grades(overview: Overview, scale: Scale) -> Chart:
    order = {grade: place for place, grade in enumerate((*GRADES, ""))}
    rows = sorted(overview.grades, key=lambda row: order.get(row.grade, len(order)))
    names = [row.grade or _("Unrated") for row in rows]
    weak = sum((r.gross for r in rows if order.get(r.grade, 0) >= order["B"]), Decimal(0))
    whole = sum((r.gross for r in rows), Decimal(0))
    return Chart(
        id="chart-grades",
        title=_("Exposure and limit by rating"),
        note=scale.name,
        finding=(
            _("%(share)s of the exposure is with customers rated B or lower, or not rated.")
            % {"share": figures.format_ratio(weak / whole)}
            if whole
            else _("The first night has not passed yet.")
        ),
        spec={
            "kind": "bars",
            "categories": names,
            "series": [
                {
                    "name": _("Limit"),
                    "values": [scale.of(r.limit) for r in rows],
                    "color": "chart-3",
                },
                {
                    "name": _("Exposure"),
                    "values": [scale.of(r.gross) for r in rows],
                    "color": "chart-1",
                    "colors": [SHADES.get(r.grade, WORST) for r in rows],
                },
            ],
            "links": [page_url("ratings", grade=r.grade or "NONE") for r in rows],
        },
        head=[_("Rating"), _("Limit"), _("Exposure"), _("Customers")],
        rows=[[r.grade or _("Unrated"), r.limit, r.gross, r.customers] for r in rows],
        url=page_url("limits"),
        link=_("Credit limits"),
    )


def _cash(overview: Overview, scale: Scale) -> Chart:
    weeks = overview.weeks
    done = [week for week in weeks if week.received is not None][:-1]
    expected = sum((week.expected for week in done), Decimal(0))
    received = sum((week.received or Decimal(0) for week in done), Decimal(0))
    return Chart(
        id="chart-cash",
        title=_("Cash: expected vs received"),
        note=_("%(unit)s a week") % {"unit": scale.name},
        finding=(
            _("In the last %(n)d weeks %(share)s of what was expected came in.")
            % {"n": len(done), "share": figures.format_ratio(received / expected)}
            if expected
            else _("Nothing was expected in the last weeks.")
        ),
        spec={
            "kind": "bars",
            "categories": [_week(week.monday) for week in weeks],
            "series": [
                {
                    "name": _("Expected"),
                    "values": [scale.of(week.expected) for week in weeks],
                    "color": "chart-3",
                },
                {
                    "name": _("Received"),
                    "values": [scale.of(week.received) for week in weeks],
                    "color": "chart-2",
                },
            ],
        },
        head=[_("Week of"), _("Expected"), _("Received")],
        rows=[[figures.format_iso_day(w.monday), w.expected, w.received] for w in weeks],
        url=page_url("receipts"),
        link=_("Receipts"),
    )


def _top(overview: Overview, scale: Scale) -> Chart:
    rows = [row for row in overview.aging.rows if row.overdue > 0]
    whole = overview.aging.totals.overdue
    share = sum((row.overdue for row in rows), Decimal(0)) / whole if whole > 0 else Decimal(0)
    return Chart(
        id="chart-top",
        title=_("Largest overdue customers"),
        note=scale.name,
        finding=(
            _("These %(n)d customers owe %(share)s of what is overdue.")
            % {"n": len(rows), "share": figures.format_ratio(share)}
            if rows
            else _("Nothing is overdue.")
        ),
        spec={
            "kind": "hbars",
            "categories": [row.name for row in rows],
            "series": [
                {
                    "name": _("Overdue"),
                    "values": [scale.of(row.overdue) for row in rows],
                    "color": "b5",
                }
            ],
            "links": [page_url("aging", customer=row.key) for row in rows],
        },
        head=[_("Customer"), _("Overdue"), _("Total")],
        rows=[[row.name, row.overdue, row.total] for row in rows],
        url=page_url("aging", overdue=1, sort="-overdue"),
        link=_("All overdue"),
    )


def _month(day: date) -> str:
    """Return a short month name for an axis."""
    return f"{day.month}月" if figures.is_chinese() else date_format(day, "M")


def _point(day: date, today: date) -> str:
    """Return the axis label of a month end, or of today, which may fall into the same month."""
    if day != today:
        return _month(day)
    return f"{day.month}-{day.day}" if figures.is_chinese() else date_format(day, "j M")


def _week(monday: date) -> str:
    return _("W%(week)s") % {"week": monday.isocalendar().week}


def list_tables(charts: Iterable[Chart]) -> list[Chart]:
    """Return the charts that have rows to show as a table."""
    return [chart for chart in charts if chart.rows]
