"""What the pages of segments show: the table, the Pareto picture, the matrix, a customer's value."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.exports import ExportColumn
from common.figures import NOTHING, format_amount
from common.tables import BaseTable, MoneyColumn
from scoring.domain.segments.customer_value import Advice, advise
from scoring.domain.segments.segmentation import PARETO_SHARE, Segment, count_largest
from scoring.models import SegmentFreeze
from scoring.words import segments as words

MAX_POINTS = 120
EXPORTS = ("csv", "xlsx")
_NUM: dict[str, Any] = {"th": {"class": "num"}, "td": {"class": "num nowrap"}}


def get_advice(row: SegmentFreeze) -> Advice | None:
    """Return what to do with a customer; None without revenue."""
    if row.value is None:
        return None
    return advise(is_core=Segment(row.segment).is_core, value=row.value)


def get_return(row: SegmentFreeze) -> Decimal | None:
    """Return value ÷ average receivable; None without receivables."""
    if row.value is None or not row.average_receivable:
        return None
    return row.value / row.average_receivable


def get_sets(row: SegmentFreeze) -> str:
    """Return the letters of the sets that make a customer core: P by revenue, R by relationship."""
    return ", ".join(
        letter for letter, is_in in (("P", row.in_pareto), ("R", row.in_relation)) if is_in
    )


class SegmentTable(BaseTable):
    """The customers of a month: segment, what it was decided from, and what they are worth."""

    caption = gettext_lazy("Segments of the month")

    name = tables.Column(
        accessor="customer__display_name",
        verbose_name=gettext_lazy("Customer"),
        order_by="customer__pinyin",
        linkify=("customer_segment", {"code": tables.A("customer__code")}),
    )
    segment = tables.Column(verbose_name=gettext_lazy("Segment"))
    abc = tables.Column(verbose_name="ABC", empty_values=())
    revenue = MoneyColumn(verbose_name=gettext_lazy("Revenue of 12 months"))
    cumulative = tables.Column(
        verbose_name=gettext_lazy("Cumulative"), attrs=_NUM, empty_values=(), order_by="before"
    )
    years = tables.Column(verbose_name=gettext_lazy("Years"), attrs=_NUM)
    sets = tables.Column(verbose_name=gettext_lazy("Core by"), empty_values=(), orderable=False)
    value = MoneyColumn(verbose_name=gettext_lazy("Value of a year"))
    return_on_credit = tables.Column(
        verbose_name=gettext_lazy("Return on credit"),
        attrs=_NUM,
        empty_values=(),
        orderable=False,
    )
    advice = tables.Column(
        verbose_name=gettext_lazy("What to do"), empty_values=(), orderable=False
    )

    class Meta(BaseTable.Meta):
        model = SegmentFreeze
        sequence = (
            "name", "segment", "abc", "revenue", "cumulative", "years", "sets", "value",
            "return_on_credit", "advice",
        )  # fmt: skip
        fields = sequence
        order_by = "cumulative"

    def offer_exports(self) -> None:
        """Show the links to files, for who may take them."""
        setattr(self, "export_formats", tuple(EXPORTS))  # noqa: B010 - of this table, not of all

    def render_name(self, value: Any, record: SegmentFreeze) -> SafeString:
        second = record.customer.code
        if record.group_key:
            second = f"{second} · {record.group_key}"
        return format_html('{}<span class="sub">{}</span>', value, second)

    def render_segment(self, record: SegmentFreeze) -> SafeString:
        badge = segment_badge(record)
        if not record.reason:
            return badge
        return format_html('{} <span class="t-caption">{}</span>', badge, _("by hand"))

    def render_abc(self, record: SegmentFreeze) -> str:
        return record.abc or NOTHING

    def render_cumulative(self, record: SegmentFreeze) -> str:
        return words.show_share(record.facts["cumulative"]) if record.abc else NOTHING

    def render_years(self, value: Any) -> str:
        return words.show_years(value)

    def render_sets(self, record: SegmentFreeze) -> str:
        return get_sets(record) or NOTHING

    def render_value(self, value: Any, record: SegmentFreeze) -> SafeString:
        amount = format_amount(value)
        if value > 0:
            return format_html("{}", amount)
        return format_html('<span class="t-bad">{}</span>', amount)

    def render_return_on_credit(self, record: SegmentFreeze) -> str:
        ratio = get_return(record)
        return NOTHING if ratio is None else words.show_share(ratio)

    def render_advice(self, record: SegmentFreeze) -> SafeString | str:
        advice = get_advice(record)
        if advice is None:
            return NOTHING
        text = words.ADVICE[advice]
        if not record.facts.get("negative_twice"):
            return str(text)
        return format_html('{} <span class="state tone-bad">{}</span>', text, _("Negative twice"))


def segment_badge(row: SegmentFreeze) -> SafeString:
    """Draw a segment as a badge."""
    return format_html(
        '<span class="state tone-{}">{}</span>',
        words.TONES[row.segment],
        words.SEGMENTS[row.segment],
    )


EXPORT_COLUMNS = [
    ExportColumn(lambda r: r.customer.code, gettext_lazy("Code")),
    ExportColumn(lambda r: r.customer.display_name, gettext_lazy("Customer")),
    ExportColumn("group_key", gettext_lazy("Group")),
    ExportColumn(lambda r: str(words.SEGMENTS[r.segment]), gettext_lazy("Segment")),
    ExportColumn(lambda r: str(words.SEGMENTS[r.computed]), gettext_lazy("Computed")),
    ExportColumn("abc", "ABC"),
    ExportColumn("revenue", gettext_lazy("Revenue of 12 months"), "amount", True),
    ExportColumn("before", gettext_lazy("Share before"), "ratio"),
    ExportColumn(lambda r: Decimal(r.facts["cumulative"]), gettext_lazy("Cumulative"), "ratio"),
    ExportColumn("years", gettext_lazy("Years"), "number"),
    ExportColumn(get_sets, gettext_lazy("Core by")),
    ExportColumn("value", gettext_lazy("Value of a year"), "amount", True),
    ExportColumn("average_receivable", gettext_lazy("Average receivable"), "amount", True),
    ExportColumn(get_return, gettext_lazy("Return on credit"), "ratio"),
    ExportColumn(
        lambda r: str(words.ADVICE[a]) if (a := get_advice(r)) else "", gettext_lazy("What to do")
    ),
    ExportColumn("reason", gettext_lazy("Reason")),
]


@dataclass(frozen=True)
class Pareto:
    """The concentration of revenue in the rows of a page: units, largest first."""

    units: int
    total: Decimal
    top_count: int
    top_share: Decimal | None
    spec: dict[str, Any]


def draw_pareto(rows: Sequence[SegmentFreeze]) -> Pareto:
    """Draw the cumulative share of revenue over the customers or groups, largest first."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        if row.abc:
            key = row.group_key or row.customer.code
            sums[key] = sums.get(key, Decimal(0)) + max(row.revenue, Decimal(0))
    volumes = sorted(sums.values(), reverse=True)
    total = sum(volumes, Decimal(0))
    top = count_largest(len(volumes))
    step = max(1, -(-len(volumes) // MAX_POINTS))
    reached, names, shares = Decimal(0), [], []
    for place, volume in enumerate(volumes, start=1):
        reached += volume
        if place % step == 0 or place == len(volumes):
            names.append(str(place))
            shares.append(round(float(reached / total * 100), 1) if total else 0.0)
    limit = float(PARETO_SHARE * 100)
    spec = {
        "kind": "line",
        "categories": names,
        "min": 0,
        "max": 100,
        "unit": "%",
        "legend": True,
        "series": [
            {"name": _("Cumulative share of revenue, %"), "values": shares, "color": "chart-1"},
            {"name": "80%", "values": [limit] * len(names), "color": "ink-3", "dashed": True},
        ],
    }
    share = sum(volumes[:top], Decimal(0)) / total if total else None
    return Pareto(len(volumes), total, top, share, spec)


def count_matrix(rows: Sequence[SegmentFreeze]) -> list[dict[str, Any]]:
    """Count the customers of each field of the matrix importance × value, with what they bring."""
    cells = {
        advice: {
            "advice": advice.value,
            "label": words.ADVICE[advice],
            "why": words.ADVICE_WHY[advice],
            "count": 0,
            "value": Decimal(0),
        }
        for advice in Advice
    }
    for row in rows:
        advice = get_advice(row)
        if advice is not None and row.value is not None:
            cells[advice]["count"] += 1
            cells[advice]["value"] += row.value
    return list(cells.values())


def list_value_rows(row: SegmentFreeze) -> list[dict[str, Any]]:
    """Return the reckoning of a customer's value, line by line, ready for the names-and-values list."""
    facts = row.facts
    if row.value is None or "gross" not in facts:
        return []
    money = facts["currency"]

    def amount(text: Any, sign: str = "") -> str:
        return f"{sign}{format_amount(Decimal(str(text)), money)}"

    margin = words.show_share(facts["margin"])
    values = {
        "margin": margin,
        "visits": facts["visits"],
        "orders": facts["orders"],
        "disputes": facts["disputes"],
        "dso": facts["dso"],
        "pd": f"{Decimal(facts['pd']) * 100:.2f}%",
    }
    is_own = facts["margin_known"]
    gross = (
        _("Gross margin, %(margin)s of revenue")
        if is_own
        else _("Gross margin, %(margin)s of revenue (house default)")
    )
    loss = (
        _("Expected loss, default %(pd)s")
        if facts["pd_known"]
        else _("Expected loss, default %(pd)s (assumed, no rating)")
    )
    service = _("Service: %(visits)s visits, %(orders)s orders, %(disputes)s disputes")
    return [
        {"label": _("Revenue of 12 months, net"), "value": amount(row.revenue)},
        {"label": gross % values, "value": amount(facts["gross"])},
        {"label": service % values, "value": amount(facts["service"], "− ")},
        {
            "label": _("Cost of capital, paid after %(dso)s days") % values,
            "value": amount(facts["capital"], "− "),
        },
        {"label": loss % values, "value": amount(facts["expected_loss"], "− ")},
        {
            "label": _("Value of a year"),
            "value": amount(row.value),
            "tone": "good" if row.value > 0 else "bad",
        },
        *_list_derived(row, amount),
    ]


def _list_derived(row: SegmentFreeze, amount: Any) -> list[dict[str, Any]]:
    ratio, breakeven = get_return(row), row.facts.get("breakeven_pd")
    rows = [{"label": _("Average receivable"), "value": amount(row.average_receivable or 0)}]
    if ratio is not None:
        rows.append({"label": _("Return on credit"), "value": words.show_share(ratio)})
    if breakeven is not None:
        rows.append(
            {
                "label": _("Default rate at which nothing is left"),
                "value": words.show_share(breakeven),
            }
        )
    return rows
