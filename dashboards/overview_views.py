"""The overview page: are we safer than before, and what needs somebody."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.clock import business_today, now
from common.templatetags.ui import querystring_with
from customers.selectors import list_customers
from dashboards.domain.periods import PeriodCode
from dashboards.kpis import get_overview
from dashboards.overview_attention import list_attention
from dashboards.overview_charts import draw_charts
from dashboards.overview_links import page_url
from dashboards.overview_words import COMPARED, PERIODS, greet, show_kpi
from users.views_support import needs


@needs("overview.view")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show the six figures, what needs attention, and the charts or their tables."""
    today, user = business_today(), request.user
    context: dict[str, Any] = {
        "as_of": today,
        "greeting": greet(timezone.localtime().hour, str(user)),
    }
    if not list_customers(user).exists():
        context["steps"] = _first_steps()
        return render(request, "dashboards/overview_empty.html", context)
    picture = get_overview(user=user, as_of=today, period=request.GET.get("period") or "year")
    context |= {
        "period_name": COMPARED[picture.period.code],
        "currency": picture.currency,
        "unconverted": sorted(picture.aging.unconverted),
        "periods": _periods(request, picture.period.code),
        "kpis": [show_kpi(kpi, picture.currency) for kpi in picture.kpis],
        "charts": draw_charts(picture),
        "attention": list_attention(user=user, as_of=today, now=now(), currency=picture.currency),
        "as_table": request.GET.get("as") == "table",
        "table_url": querystring_with(request, "as", "table"),
        "chart_url": querystring_with(request, "as", None),
    }
    return render(request, "dashboards/overview.html", context)


def _periods(request: HttpRequest, chosen: PeriodCode) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": querystring_with(request, "period", code.value),
            "active": code is chosen,
        }
        for code, label in PERIODS.items()
    ]


def _first_steps() -> list[dict[str, str]]:
    return [
        {
            "title": _("Import customers"),
            "text": _("Who may owe you: names, registration numbers, payment terms. CSV or XLSX."),
            "url": page_url("import_new", kind="customers"),
        },
        {
            "title": _("Import invoices and payments"),
            "text": _("What they owe and paid: the aging of every past day follows from it."),
            "url": page_url("import_new", kind="invoices"),
        },
        {
            "title": _("Look at the policies"),
            "text": _(
                "Age ranges, order rules, approval bands: house defaults are in force until you"
                " change them."
            ),
            "url": page_url("policy"),
        },
    ]
