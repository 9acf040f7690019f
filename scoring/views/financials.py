"""The analysis of a customer's figures over the years."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.clock import business_today
from customers.selectors import get_customer
from scoring.domain.statements.ratios import RATIOS
from scoring.panels.financials import (
    build_tree,
    list_columns,
    list_dupont_rows,
    list_ratio_groups,
    list_shares,
    list_trend,
    tell_peers,
)
from scoring.selectors.financials import Financials, get_financials
from scoring.views.shared import crumbs, name_statement_unit
from users.permissions import may
from users.views_support import needs

RATIOS_VIEW, DUPONT_VIEW, SHARES_VIEW, TREND_VIEW = "ratios", "dupont", "shares", "trend"
VIEWS = (RATIOS_VIEW, DUPONT_VIEW, SHARES_VIEW, TREND_VIEW)


@require_GET
@needs("statement.view")
def financials_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show ratios, DuPont, common size or trend of a customer's years."""
    customer = get_customer(code, user=request.user)
    as_of = business_today()
    basis = {"own": False, "group": True}.get(request.GET.get("basis", ""))
    financials = get_financials(customer, as_of=as_of, consolidated=basis)
    view = request.GET.get("view", RATIOS_VIEW)
    view = view if view in VIEWS else RATIOS_VIEW
    newest = financials.newest
    context = {
        "customer": customer,
        "crumbs": crumbs(customer),
        "as_of": as_of,
        "financials": financials,
        "columns": list_columns(financials),
        "view": view,
        "views": _views(request, view),
        "bases": _bases(request, financials),
        "unit_text": name_statement_unit(newest.statement) if newest else "",
        "peers_text": tell_peers(financials.peers),
        "statements_url": reverse("customer_statements", args=[customer.code]),
        "rating_url": reverse("customer_rating", args=[customer.code])
        if may(request.user, "rating.view")
        else "",
        "new_url": reverse("statement_new", args=[customer.code])
        if may(request.user, "statement.enter")
        else "",
        **(_fill(request, view, financials) if newest else {}),
    }
    return render(request, "scoring/statement_analysis.html", context)


def _fill(request: HttpRequest, view: str, financials: Financials) -> dict[str, Any]:
    if view == DUPONT_VIEW:
        chosen = _chosen_year(request, financials)
        return {
            "tree": build_tree(financials, chosen),
            "factor_rows": list_dupont_rows(financials),
            "year_options": [
                {
                    "label": year.statement.period_end.isoformat(),
                    "url": _link(request, year=year.statement.period_end.isoformat()),
                    "active": number == chosen,
                }
                for number, year in enumerate(financials.years)
            ],
        }
    if view == SHARES_VIEW:
        return {"sections": list_shares(financials.years)}
    if view == TREND_VIEW:
        return {"sections": list_trend(financials.years)}
    opened = request.GET.get("open", "")
    return {"groups": list_ratio_groups(financials, opened if opened in RATIOS else "")}


def _chosen_year(request: HttpRequest, financials: Financials) -> int:
    wanted = request.GET.get("year", "")
    days = [year.statement.period_end.isoformat() for year in financials.years]
    return days.index(wanted) if wanted in days else 0


def _views(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    words = {
        RATIOS_VIEW: _("Ratios"),
        DUPONT_VIEW: _("DuPont"),
        SHARES_VIEW: _("Common size"),
        TREND_VIEW: _("Trend"),
    }
    return [
        {"label": words[name], "url": _link(request, view=name), "active": name == chosen}
        for name in VIEWS
    ]


def _bases(request: HttpRequest, financials: Financials) -> list[dict[str, Any]]:
    if not financials.has_both:
        return []
    options = (("own", _("Own accounts"), False), ("group", _("Consolidated"), True))
    return [
        {
            "label": label,
            "url": _link(request, basis=name),
            "active": financials.consolidated is value,
        }
        for name, label, value in options
    ]


def _link(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    query.pop("open", None)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"
