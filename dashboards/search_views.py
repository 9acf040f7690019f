"""The palette's answers: customers, documents, pages and commands, as far as the person's rights go."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.clock import business_today
from common.figures import shorten, with_symbol
from customers.models import Customer
from customers.selectors import search_customers
from dashboards.customer_links import link
from receivables.models import Invoice, Order
from receivables.selectors import ExposureParts, list_exposures
from scoring.selectors import get_current_ratings
from users.permissions import may
from users.views_support import needs

CUSTOMERS, DOCUMENTS, COMMANDS = 8, 5, 3
MIN_DOCUMENT_LETTERS = 3


@needs("customer.view")
@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """Answer what a person types into the palette. At most five queries."""
    query = request.GET.get("q", "").strip()[:80]
    found = search_customers(query, user=request.user, limit=CUSTOMERS)
    groups = [
        {"title": _("Customers"), "hits": _customer_hits(found)},
        {"title": _("Commands"), "hits": _commands(request.user, found[:COMMANDS])},
        {"title": _("Invoices"), "hits": _invoice_hits(query, request.user)},
        {"title": _("Orders"), "hits": _order_hits(query, request.user)},
    ]
    groups = [group for group in groups if group["hits"]]
    context = {"groups": groups, "query": query}
    if getattr(request, "htmx", False):
        return render(request, "components/palette_results.html", context)
    return render(request, "dashboards/palette.html", context)


def _customer_hits(customers: list[Customer]) -> list[dict[str, Any]]:
    """Return customers with grade and what is overdue. Two queries."""
    if not customers:
        return []
    as_of, ids = business_today(), [customer.pk for customer in customers]
    ratings = get_current_ratings(customer_ids=ids, as_of=as_of)
    overdue: dict[int, list[ExposureParts]] = {}
    for (customer_id, _company), parts in list_exposures(customer_ids=ids, as_of=as_of).items():
        overdue.setdefault(customer_id, []).append(parts)
    hits = []
    for customer in customers:
        rating = ratings.get(customer.pk)
        hits.append(
            {
                "url": reverse("customer", args=[customer.code]),
                "icon_name": "building",
                "text": customer.display_name,
                "second": _second_line(customer),
                "grade": rating.shown_grade if rating else "",
                "note": _overdue_note(overdue.get(customer.pk, [])),
            }
        )
    return hits


def _second_line(customer: Customer) -> str:
    parts = [customer.code]
    if customer.uscc:
        parts.append(customer.uscc)
    if customer.state != Customer.State.ACTIVE:
        parts.append(str(customer.get_state_display()))
    return " · ".join(parts)


def _overdue_note(parts: list[ExposureParts]) -> str:
    amounts: dict[str, Any] = {}
    for part in parts:
        for code, amount in part.overdue_amounts.items():
            amounts[code] = amounts.get(code, 0) + amount
    if not amounts:
        return ""
    shown = ", ".join(with_symbol(shorten(a), code) for code, a in sorted(amounts.items()))
    return _("%(amount)s overdue") % {"amount": shown}


def _commands(user: Any, customers: list[Customer]) -> list[dict[str, Any]]:
    """Return what the person may do for the best hits. No query."""
    kinds = (
        ("limit.request", "limit_request_new", "plus", _("Request limit for %(name)s")),
        ("order.check", "order_check_new", "scale", _("Check an order for %(name)s")),
    )
    return [
        {"url": url, "icon_name": icon, "text": words % {"name": customer.display_name}}
        for permission, name, icon, words in kinds
        if may(user, permission)
        for customer in customers
        if (url := link(name, customer=customer.code))
    ]


def _invoice_hits(query: str, user: Any) -> list[dict[str, Any]]:
    """Return invoices whose number begins so. One query."""
    if len(query) < MIN_DOCUMENT_LETTERS or not may(user, "invoice.view"):
        return []
    rows = (
        Invoice.objects.for_user(user)
        .filter(number__startswith=query.upper())
        .select_related("customer")
        .order_by("number")[:DOCUMENTS]
    )
    return [
        {
            "url": url,
            "icon_name": "file-invoice",
            "text": row.number,
            "second": row.customer.display_name,
            "note": with_symbol(shorten(row.gross), row.currency),
        }
        for row in rows
        if (url := link("invoice", row.number))
    ]


def _order_hits(query: str, user: Any) -> list[dict[str, Any]]:
    """Return orders whose number begins so. One query."""
    if len(query) < MIN_DOCUMENT_LETTERS or not may(user, "order_check.view"):
        return []
    rows = (
        Order.objects.for_user(user)
        .filter(order_no__startswith=query.upper())
        .select_related("customer")
        .order_by("order_no")[:DOCUMENTS]
    )
    return [
        {
            "url": f"{reverse('customer', args=[row.customer.code])}?tab=orders&show=all",
            "icon_name": "shopping-cart",
            "text": row.order_no,
            "second": row.customer.display_name,
            "note": str(row.get_credit_status_display()),
        }
        for row in rows
    ]
