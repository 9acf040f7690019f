"""What each tab of a customer's page shows; every tab has its own, constant, number of queries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.tables import read_page_size
from credit_control.models import CreditLimit, LimitRequest, OrderCheck
from customers.models import Customer
from dashboards import customer_picture as picture
from dashboards.customer_dossier import fill_dossier
from dashboards.customer_links import link
from dashboards.customer_timeline import KINDS, list_timeline
from receivables.models import Invoice, Order
from receivables.selectors import AgingReport, list_open_items
from receivables.words import label_bucket
from scoring.models import Rating
from scoring.selectors import explain_rating, get_statement_view, list_ratings
from users.permissions import may

Context = dict[str, Any]
ON_OVERVIEW = 8
ON_TAB = 100
KEY_ITEMS = (
    "revenue",
    "ebit",
    "net_profit",
    "total_assets",
    "total_liabilities",
    "total_equity",
    "working_capital",
    "cfo",
)


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab: its key in the address, its words, who may open it, and what fills it."""

    key: str
    label: str | Promise
    permission: str
    fill: Callable[[HttpRequest, Customer, Rating | None, date], Context]

    @property
    def template(self) -> str:
        return f"dashboards/customer_{self.key}.html"


def fill_tab(
    tab: Tab, request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> Context:
    """Return what the template of `tab` shows."""
    return tab.fill(request, customer, rating, as_of)


def _overview(
    request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> Context:
    user = request.user
    sees_scores = may(user, "rating.view")
    aging = picture.get_aging_card(customer, user=user, as_of=as_of)
    z = picture.get_z_card(customer, as_of=as_of) if sees_scores else None
    return {
        "limit": picture.get_limit_card(customer, company=picture.get_company(), as_of=as_of),
        "aging": aging,
        "buckets": aging_buckets(aging, customer),
        "z": z,
        "z_chart": z_chart(z) if z and z.latest else None,
        "z_finding": picture.describe_z(z) if z else "",
        "z_zone": picture.zone_words().get(str(z.latest.band), "") if z and z.latest else "",
        "z_tone": {"safe": "good", "grey": "warn", "distress": "bad"}.get(
            str(z.latest.band) if z and z.latest else "", "grey"
        ),
        "five_c": picture.read_five_c(rating) if sees_scores else None,
        "sees_scores": sees_scores,
        "behaviour": picture.get_behaviour(customer, as_of=as_of),
        "rating_url": link("customer_rating", customer.code) if sees_scores else "",
        "statements_url": link("customer_statements", customer.code)
        if may(user, "statement.view")
        else "",
        "aging_url": link("aging", q=customer.code),
        **_timeline(request, customer, as_of, ON_OVERVIEW),
    }


def _timeline(request: HttpRequest, customer: Customer, as_of: date, limit: int) -> Context:
    kind = request.GET.get("kind", "all")
    kind = kind if kind in KINDS else "all"
    words = {"all": _("All"), "contacts": _("Contacts"), "system": _("System")}
    tab = request.GET.get("tab", "")
    prefix = f"?tab={tab}&" if tab in ("activity",) else "?"
    return {
        "events": list_timeline(customer, user=request.user, as_of=as_of, kind=kind, limit=limit),
        "kinds": [
            {"label": words[name], "url": f"{prefix}kind={name}#activity", "active": name == kind}
            for name in KINDS
        ],
        "kind": kind,
    }


def aging_buckets(report: AgingReport, customer: Customer) -> list[dict[str, Any]]:
    """Return the buckets as the bar draws them; each leads to the items behind it."""
    amounts = [report.totals.not_due, *report.totals.buckets]
    return [
        {
            "label": label_bucket(bucket, short=True),
            "amount": amount,
            "url": f"?tab=invoices&bucket={index}",
        }
        for index, (bucket, amount) in enumerate(zip(report.ranges, amounts, strict=True))
    ]


def z_chart(card: picture.ZCard) -> dict[str, Any]:
    """Return the description of the chart of Z″ with its three zones."""
    values = [float(p.value) if p.value is not None else None for p in card.points]
    known = [v for v in values if v is not None]
    top = max(4.0, *(v + 0.5 for v in known)) if known else 4.0
    bottom = min(0.0, *(v - 0.5 for v in known)) if known else 0.0
    low, high = float(card.low), float(card.high)
    return {
        "kind": "line",
        "legend": False,
        "min": round(bottom),
        "max": round(top + 0.49),
        "categories": [_period(point) for point in card.points],
        "zones": [
            {"from": high, "to": round(top + 0.49), "color": "chart-safe", "name": _("Safe")},
            {"from": low, "to": high, "color": "chart-grey", "name": _("Grey")},
            {"from": round(bottom), "to": low, "color": "chart-distress", "name": _("Distress")},
        ],
        "series": [
            {
                "name": "Z″",
                "color": "chart-1",
                "values": [None if v is None else round(v, 2) for v in values],
            }
        ],
    }


def _period(point: Any) -> str:
    year = point.period_end.year
    if point.months == 12:
        return str(year)
    return f"{year % 100:02d}Q{(point.period_end.month + 2) // 3}"


def _financials(
    request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> Context:
    view = get_statement_view(customer, as_of=as_of)
    rows = {row.item.name: row for section in view.sections for row in section.rows}
    return {
        "statements": view,
        "key_rows": [rows[name] for name in KEY_ITEMS if name in rows],
        "statements_url": link("customer_statements", customer.code),
        "analysis_url": link("customer_financials", customer.code),
        "new_url": link("statement_new", customer.code)
        if may(request.user, "statement.enter")
        else "",
        "import_url": link("import_new", kind="statements")
        if may(request.user, "import.run")
        else "",
    }


def _rating(
    request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> Context:
    return {
        "explained": explain_rating(rating) if rating else None,
        "five_c": picture.read_five_c(rating),
        "ratings": list(list_ratings(customer, as_of=as_of)[:20]),
        "rating_url": link("customer_rating", customer.code),
    }


def _limits(
    request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> Context:
    return {
        "limit": picture.get_limit_card(customer, company=picture.get_company(), as_of=as_of),
        "limits": list(
            CreditLimit.objects.filter(account__customer=customer)
            .select_related("request__requested_by")
            .order_by("-valid_from", "-id")[:ON_TAB]
        ),
        "requests": [
            {"row": row, "url": link("limit_request", row.pk)}
            for row in LimitRequest.objects.filter(account__customer=customer)
            .select_related("requested_by")
            .order_by("-id")[:ON_TAB]
        ],
    }


def _orders(
    request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> Context:
    orders = Order.objects.filter(customer=customer).select_related("payment_term")
    show = "all" if request.GET.get("show") == "all" else "open"
    if show == "open":
        orders = orders.filter(state=Order.State.OPEN)
    page = Paginator(orders.order_by("-order_date", "-id"), read_page_size(request)).get_page(
        request.GET.get("page")
    )
    rows = list(page.object_list)
    checks: dict[int | None, OrderCheck] = {}
    for check in OrderCheck.objects.filter(order__in=rows).order_by("id"):
        checks[check.order_id] = check
    return {
        "page": page,
        "orders": [
            {
                "row": row,
                "check": checks.get(row.pk),
                "url": link("order_check", checks[row.pk].pk) if row.pk in checks else "",
            }
            for row in rows
        ],
        "show": show,
        "shows": _shows("orders", show, _("Open"), _("All")),
    }


def _shows(tab: str, show: str, first: str, second: str) -> list[dict[str, Any]]:
    return [
        {"label": first, "url": f"?tab={tab}", "active": show == "open"},
        {"label": second, "url": f"?tab={tab}&show=all", "active": show == "all"},
    ]


def _invoices(
    request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> Context:
    show = "all" if request.GET.get("show") == "all" else "open"
    context: Context = {"show": show, "shows": _shows("invoices", show, _("Open"), _("All"))}
    if show == "all":
        documents = (
            Invoice.objects.filter(customer=customer)
            .annotate(open_amount=Sum("due_lines__open_amount"))
            .order_by("-doc_date", "-id")
        )
        page = Paginator(documents, read_page_size(request)).get_page(request.GET.get("page"))
        context["page"] = page
        context["documents"] = [
            {"row": row, "url": link("invoice", row.number)} for row in page.object_list
        ]
        return context
    items = list_open_items(as_of=as_of, customer_ids=[customer.pk])
    aging = picture.get_aging_card(customer, user=request.user, as_of=as_of)
    text = request.GET.get("bucket", "")
    bucket = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None
    if bucket is not None and bucket < len(aging.ranges):
        chosen = aging.ranges[bucket]
        items = [
            item
            for item in items
            if item.due_date is not None
            and (chosen.first is None or item.days >= chosen.first)
            and (chosen.last is None or item.days <= chosen.last)
        ]
        context["bucket_label"] = label_bucket(chosen)
    sums: dict[str, Decimal] = {}
    for item in items:
        sums[item.currency] = sums.get(item.currency, Decimal(0)) + item.open_amount
    context |= {
        "items": [{"row": item, "url": link("invoice", item.number)} for item in items[:500]],
        "count": len(items),
        "sums": sorted(sums.items()),
        "aging": aging,
        "buckets": aging_buckets(aging, customer),
    }
    return context


def _activity(
    request: HttpRequest, customer: Customer, rating: Rating | None, as_of: date
) -> Context:
    return _timeline(request, customer, as_of, ON_TAB)


TABS: tuple[Tab, ...] = (
    Tab("overview", gettext_lazy("Overview"), "customer.view", _overview),
    Tab("dossier", gettext_lazy("Dossier"), "customer.view", fill_dossier),
    Tab("financials", gettext_lazy("Financials"), "statement.view", _financials),
    Tab("rating", gettext_lazy("Rating"), "rating.view", _rating),
    Tab("limits", gettext_lazy("Limits"), "limit.view", _limits),
    Tab("orders", gettext_lazy("Orders"), "order_check.view", _orders),
    Tab("invoices", gettext_lazy("Invoices"), "invoice.view", _invoices),
    Tab("activity", gettext_lazy("Activity"), "customer.view", _activity),
)
