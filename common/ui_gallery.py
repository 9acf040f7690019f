"""Sample values for the page that shows every component in every state.

People, firms and figures are invented; they only show how things look.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.badges import BADGES, GRADES
from common.tables import (
    BaseTable,
    DayColumn,
    GradeColumn,
    MoneyColumn,
    NameColumn,
    RatioColumn,
    StateColumn,
)
from common.templatetags.ui import delta, delta_money, money_short

_AMOUNTS = (128338847, 35666857, 18360584, 10475849, 7086746, 8164910)
_CUSTOMERS = (
    ("东莞鼎泰建材 Dongguan Dingtai", "C10331", "BBB", "NORMAL", 20810633, "0.303"),
    ("长沙蔚来欣电子 Changsha Weilai", "C10485", "B", "WATCH", 19117569, "0.389"),
    ("无锡顺发包装 Wuxi Shunfa", "C10338", "AA", "INSURED", 17149658, "0.258"),
    ("天津明辉医疗 Tianjin Minghui", "C10373", "CCC", "ON_HOLD", 13165065, "0.48"),
)


class SampleForm(forms.Form):
    """Every kind of control, with a hint and with an error."""

    amount = forms.CharField(
        label=gettext_lazy("New limit"),
        help_text=gettext_lazy("3000万, 30m and 30,000,000 are the same."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "data-amount": ""}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Type"),
        choices=[("P", gettext_lazy("Permanent")), ("T", gettext_lazy("Temporary"))],
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Business reason"),
        help_text=gettext_lazy("Seen by every approver. 24–500 characters."),
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=24,
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("Basis"),
        choices=[("DUE", gettext_lazy("Due date")), ("INVOICE", gettext_lazy("Invoice date"))],
        widget=forms.RadioSelect,
    )
    notify = forms.BooleanField(label=gettext_lazy("Tell me when it is decided"), required=False)


class SampleTable(BaseTable):
    """A list as every page shows one."""

    caption = gettext_lazy("Sample customers")
    export_formats = ("csv", "xlsx")

    name = NameColumn(verbose_name=gettext_lazy("Customer"), second="code", linkify=False)
    grade = GradeColumn(verbose_name=gettext_lazy("Grade"))
    state = StateColumn(verbose_name=gettext_lazy("State"))
    since = DayColumn(verbose_name=gettext_lazy("Since"))
    total = MoneyColumn(verbose_name=gettext_lazy("Total"), currency="currency")
    overdue = RatioColumn(verbose_name=gettext_lazy("Overdue"))

    class Meta(BaseTable.Meta):
        order_by = "-total"


class EmptyTable(SampleTable):
    """The same list when nothing matches."""

    caption = gettext_lazy("Customers of nobody")

    class Meta(BaseTable.Meta):
        order_by = "name"


def _list_rows(copies: int) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "code": code,
            "grade": grade,
            "state": state,
            "since": date(2019, 3, 4),
            "total": Decimal(total) + Decimal("0.45") * turn,
            "currency": "CNY",
            "overdue": Decimal(overdue),
        }
        for turn in range(copies)
        for name, code, grade, state, total, overdue in _CUSTOMERS
    ]


def _list_buckets() -> list[dict[str, Any]]:
    labels = (_("Not due"), "1–30", "31–60", "61–90", "91–180", ">180")
    return [
        {"label": label, "amount": Decimal(amount), "url": f"?bucket={index}", "active": index == 2}
        for index, (label, amount) in enumerate(zip(labels, _AMOUNTS, strict=True))
    ]


def _list_kpis() -> list[dict[str, Any]]:
    days = [58, 59, 61, 60, 58, 57, 56, 55.5, 55, 55, 54, 52.6]
    course = [168, 173, 178, 187, 184, 191, 184, 195, 204, 203, 212, 208]
    return [
        {
            "label": _("Total receivables"),
            "value": money_short(208093793, "CNY"),
            "url": "?kpi=total",
            "change": delta("3.1", "", "%"),
            "values": course,
        },
        {
            "label": _("Overdue"),
            "value": money_short(79754946, "CNY"),
            "url": "?kpi=overdue",
            "change": delta("-6.4", "down", "%"),
            "values": list(reversed(course)),
        },
        {
            "label": _("DSO"),
            "value": "52.6",
            "unit": _("days"),
            "url": "?kpi=dso",
            "change": delta("-1.2", "down"),
            "values": days,
        },
        {
            "label": _("Limit utilisation"),
            "value": "68.4",
            "unit": "%",
            "change": delta("2.3", "down"),
            "values": course,
        },
        {
            "label": _("Collection effectiveness"),
            "value": "84.1",
            "unit": "%",
            "change": delta("0"),
            "values": [1, 1],
        },
        {
            "label": _("Expected this week"),
            "value": money_short(11200000, "CNY"),
            "change": delta_money(2400000, "up"),
            "values": [3, 1, 4, 1, 5],
        },
    ]


def _list_events() -> list[dict[str, Any]]:
    return [
        {
            "icon_name": "phone-call",
            "text": _("Ms Gu promised 820,000 by 28 November"),
            "who": "Zhao Min",
            "when": datetime(2026, 11, 23, 2, 24, tzinfo=UTC),
        },
        {
            "icon_name": "alert-triangle",
            "text": _("Grade lowered from BBB to BB"),
            "who": _("System"),
            "when": date(2026, 11, 21),
            "url": "?event=2",
        },
        {
            "icon_name": "mail",
            "text": _("Second reminder sent, 3 invoices"),
            "who": _("System"),
            "when": date(2026, 11, 18),
        },
        {
            "icon_name": "cash",
            "text": _("Receipt of 1.24M applied to 2 invoices"),
            "who": "Liu Fang",
            "when": date(2026, 11, 3),
        },
    ]


def _list_attention() -> list[dict[str, Any]]:
    return [
        {
            "icon_name": "gavel",
            "tone": "bad",
            "url": "?need=1",
            "text": _("3 approvals past their time"),
            "note": _("Oldest 2 days"),
        },
        {
            "icon_name": "trending-down",
            "tone": "warn",
            "url": "?need=2",
            "text": _("4 customers downgraded this week"),
            "note": "¥31.8M",
        },
        {
            "icon_name": "hourglass",
            "tone": "warn",
            "url": "?need=3",
            "text": _("6 limits expire within 14 days"),
            "note": "¥58.5M",
        },
        {
            "icon_name": "lock",
            "tone": "grey",
            "url": "?need=4",
            "text": _("9 orders on credit hold"),
            "note": "¥7.2M",
        },
    ]


def _list_charts() -> dict[str, dict[str, Any]]:
    months = ["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
    shares = (("b0", 102, 124), ("b1", 27, 34), ("b3", 15, 18), ("b4", 9, 10), ("b5", 7, 7),
              ("b7", 8, 9))  # fmt: skip
    labels = [str(bucket["label"]) for bucket in _list_buckets()]
    return {
        "aging": {
            "kind": "stacked",
            "categories": months,
            "series": [
                {
                    "name": labels[index],
                    "color": css,
                    "values": [round(low + (high - low) * at / 11, 1) for at in range(12)],
                }
                for index, (css, low, high) in enumerate(shares)
            ],
            "links": [f"?month={at}" for at in range(12)],
        },
        "dso": {
            "kind": "line",
            "categories": months,
            "series": [
                {
                    "name": _("DSO"),
                    "color": "chart-1",
                    "values": [58, 59, 61, 60, 59, 58, 57, 56, 55, 55, 54, 52.6],
                },
                {
                    "name": _("Best possible"),
                    "color": "ink-3",
                    "dashed": True,
                    "values": [41, 41.5, 42, 42, 41, 41, 40, 40, 39.8, 39.5, 39.7, 39],
                },
            ],
        },
        "z": {
            "kind": "line",
            "legend": False,
            "min": 0,
            "max": 4,
            "categories": ["24Q4", "25Q1", "25Q2", "25Q3", "25Q4", "26Q1", "26Q2", "26Q3"],
            "zones": [
                {"from": 2.6, "to": 4, "color": "chart-safe", "name": _("Safe")},
                {"from": 1.1, "to": 2.6, "color": "chart-grey", "name": _("Grey")},
                {"from": 0, "to": 1.1, "color": "chart-distress", "name": _("Distress")},
            ],
            "series": [
                {
                    "name": "Z″",
                    "color": "chart-1",
                    "values": [3.2, 3.08, 2.92, 2.71, 2.65, 2.38, 2.12, 1.94],
                }
            ],
        },
        "top": {
            "kind": "hbars",
            "categories": [name for name, *_rest in _CUSTOMERS],
            "series": [{"name": _("Overdue"), "color": "b5", "values": [7.43, 6.5, 6.32, 5.2]}],
        },
        "cover": {
            "kind": "donut",
            "categories": [_("Insured"), _("Factored"), _("Guaranteed"), _("Uncovered")],
            "colors": ["chart-1", "chart-4", "chart-5", "chart-3"],
            "series": [{"name": _("Cover"), "values": [38, 14, 11, 37]}],
            "center": {"value": "63%", "label": _("covered")},
        },
    }


def _list_checks() -> list[dict[str, str]]:
    return [
        {"result": "ok", "text": _("Financial statements are 2 months old (at most 6)")},
        {
            "result": "warn",
            "text": _("Above the policy maximum for BB by ¥2.0M"),
            "note": _("Needs one more approver."),
        },
        {"result": "block", "text": _("Oldest overdue invoice is 112 days late (at most 90)")},
    ]


def _list_steps() -> list[dict[str, str]]:
    return [
        {"title": _("Credit analyst"), "text": "Sun Lei", "state": "done"},
        {"title": _("Credit manager"), "text": "Zhou Ting", "state": "current"},
        {"title": _("Executive"), "text": "Lin Wei", "state": ""},
    ]


def _list_jobs() -> list[dict[str, Any]]:
    return [
        {
            "title": _("Import of invoices"),
            "state": state,
            "done": done,
            "total": 12480,
            "seconds": 14,
            "message": message,
        }
        for state, done, message in (
            ("DONE", 12480, _("12,480 rows stored")),
            ("FAILED", 4210, _("Row 4,211, column due_date: not a date")),
        )
    ]


def gallery_context() -> dict[str, Any]:
    """Return everything the gallery page shows."""
    broken = SampleForm({"amount": "", "reason": _("too short"), "basis": "DUE"})
    table = SampleTable(_list_rows(40))
    table.paginate(page=2, per_page=6)
    table.page_size = 50
    return {
        "buckets": _list_buckets(),
        "eight_buckets": [
            {"label": f"{index}", "amount": Decimal(100 - 10 * index)} for index in range(8)
        ],
        "kpis": _list_kpis(),
        "few_kpis": _list_kpis()[:4],
        "grades": [*GRADES, None],
        "states": list(BADGES),
        "spark_values": [3, 1, 4, 1, 5, 9, 2, 6],
        "rings": [100, 84, 73, 43, 0],
        "delays": [-27, 0, 24, 60, 188],
        "amounts": [
            Decimal("208093793.45"),
            Decimal("79750"),
            Decimal("-1240000"),
            Decimal(0),
            None,
        ],
        "a_day": date(2026, 11, 23),
        "a_moment": datetime(2026, 11, 23, 2, 24, tzinfo=UTC),
        "checks": _list_checks(),
        "steps": _list_steps(),
        "events": _list_events(),
        "attention": _list_attention(),
        "charts": _list_charts(),
        "jobs": _list_jobs(),
        "form": SampleForm(),
        "broken_form": broken,
        "table": table,
        "empty_table": EmptyTable([]),
        "few_pages": Paginator(range(1248), 100).page(7),
        "tabs": [
            {"label": _("Overview"), "url": "?tab=1", "active": True},
            {"label": _("Orders"), "url": "?tab=2", "count": 4},
            {"label": _("Invoices"), "url": "?tab=3", "count": 23},
        ],
        "segments": [
            {"label": _("Customer"), "url": "?by=customer", "active": True},
            {"label": _("Sales"), "url": "?by=sales"},
            {"label": _("Region"), "url": "?by=region"},
        ],
        "chips": [
            {"label": _("Overdue only"), "url": "?", "on": True},
            {"label": _("Grade"), "url": "?grade=BB"},
        ],
        "facts": [
            {"label": _("Receivables"), "value": money_short(14050185, "CNY")},
            {
                "label": _("Headroom"),
                "value": money_short(13090000, "CNY"),
                "before": money_short(7090000, "CNY"),
            },
            {
                "label": _("Not covered"),
                "value": money_short(24000000, "CNY"),
                "tone": "bad",
            },
            {"label": _("Guarantee"), "value": ""},
        ],
        "crumbs": [(_("Customers"), "?crumb=1")],
        "palette_groups": [
            {
                "title": _("Customers"),
                "hits": [
                    {
                        "url": "?hit=1",
                        "icon_name": "building",
                        "text": name,
                        "second": code,
                        "grade": grade,
                    }
                    for name, code, grade, *_rest in _CUSTOMERS[:2]
                ],
            }
        ],
        "bulk_actions": [{"label": _("Approve"), "value": "approve"}],
    }
