"""One batch admission: who is in, who is out, and why."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from scoring.panels.markets import build_figures
from scoring.selectors.markets import (
    count_visits,
    get_admission,
    get_market,
    list_tenants,
    list_visible_customers,
)
from scoring.tables.markets import TenantTable
from scoring.words.market import DECISIONS
from users.views_support import needs

FILTERS = ("in", "out", "visit")


@require_GET
@needs("rating.view")
def admission_page(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show what was decided about each tenant of a list, with the facts of that day."""
    market = get_market(code, user=request.user)
    admission = get_admission(market, pk)
    shown, query = request.GET.get("show", ""), request.GET.get("q", "").strip()
    tenants = list_tenants(admission, shown=shown, query=query)
    table = TenantTable(tenants).paginate_for(request)
    page = [row.record for row in table.paginated_rows]
    table.open_customers = list_visible_customers(page, user=request.user)
    context = {
        "market": market,
        "admission": admission,
        "crumbs": [
            (_("Markets"), reverse("markets")),
            (market.display_name, reverse("market", args=[market.code])),
        ],
        "table": table,
        "figures": build_figures(admission),
        "visits": count_visits(admission) if admission.is_weak_screening else 0,
        "decision": DECISIONS.get(admission.facts.get("survey_decision", ""), ""),
        "query": query,
        "chips": _chips(request, shown),
        "keep": [("show", shown)] if shown in FILTERS else [],
        "clear_url": request.path if query or shown else "",
    }
    return render(request, "scoring/admission_page.html", context)


def _chips(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    labels = {"in": _("Admitted only"), "out": _("Not admitted only"), "visit": _("To visit")}
    chips = []
    for name in FILTERS:
        query = request.GET.copy()
        query.pop("page", None)
        query.pop("show", None)
        if name != chosen:
            query["show"] = name
        chips.append({"label": labels[name], "on": name == chosen, "url": f"?{query.urlencode()}"})
    return chips
