"""The credit limits list, one account with its calculation, and the manager's cut."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from common import figures
from common.clock import business_today, now
from common.errors import CreditError
from common.events import record_event
from common.exports import ExportColumn, ExportMeta, csv_response, xlsx_response
from common.templatetags.ui import querystring_with
from credit_control.forms import ReduceForm
from credit_control.models import CreditLimit
from credit_control.selectors import (
    LimitUse,
    get_account,
    get_effective_limit,
    get_exposure,
    list_limit_use,
    list_requests,
)
from credit_control.services import reduce_limit
from credit_control.tables import LimitTable, RequestTable
from credit_control.views.shared import customer_url, headroom_rows, put_error
from users.permissions import may
from users.views_support import needs

FILTERS = ("expiring", "overdrawn", "waiting", "none")


@needs("limit.view")
@require_GET
def limit_list(request: HttpRequest) -> HttpResponse:
    """Say who has how much, who uses how much, and what ends soon."""
    today = business_today()
    rows = list_limit_use(user=request.user, as_of=today)
    chosen = request.GET.get("show", "")
    query = request.GET.get("q", "").strip()
    shown = [row for row in rows if _matches(row, chosen, query)]
    if request.GET.get("export") in ("csv", "xlsx") and may(request.user, "export.bulk"):
        return _export(request, shown, today)
    context = {
        "table": LimitTable(shown, orderable=True).paginate_for(request),
        "chips": _chips(request, rows, chosen),
        "query": query,
        "keep": [("show", chosen)] if chosen else [],
        "clear_url": "?" if chosen and query else "",
        "totals": _totals(shown),
        "as_of": today,
        "count": len(shown),
        "tabs": _tabs(request, "limits"),
        "may_request": may(request.user, "limit.request"),
    }
    return render(request, "credit/limits.html", context)


def _matches(row: LimitUse, chosen: str, query: str) -> bool:
    if query:
        words = (
            row.customer.code,
            row.customer.name,
            row.customer.name_en,
            row.customer.pinyin_initials,
        )
        if not any(query.lower() in word.lower() for word in words):
            return False
    return {
        "expiring": row.is_expiring,
        "overdrawn": row.headroom < 0,
        "waiting": row.request is not None,
        "none": row.limit <= 0,
    }.get(chosen, True)


def _chips(request: HttpRequest, rows: list[LimitUse], chosen: str) -> list[dict[str, Any]]:
    labels = {
        "expiring": _("Ends within 60 days"),
        "overdrawn": _("Overdrawn"),
        "waiting": _("Request waits"),
        "none": _("Without a limit"),
    }
    return [
        {
            "label": f"{labels[name]} {sum(_matches(row, name, '') for row in rows)}",
            "url": querystring_with(
                request, "show", None if chosen == name else name, "page", None
            ),
            "on": chosen == name,
        }
        for name in FILTERS
    ]


def _totals(rows: list[LimitUse]) -> dict[str, Any]:
    currencies = {row.currency for row in rows}
    currency = currencies.pop() if len(currencies) == 1 else ""
    limit = sum((row.limit for row in rows), Decimal(0))
    gross = sum((row.gross for row in rows), Decimal(0))
    return {"currency": currency, "limit": limit, "gross": gross} if currency else {}


def _tabs(request: HttpRequest, active: str) -> list[dict[str, Any]]:
    return [
        {"label": _("Limits"), "url": reverse("limits"), "active": active == "limits"},
        {
            "label": _("Requests"),
            "url": reverse("limit_requests"),
            "active": active == "requests",
        },
    ]


COLUMNS = (
    ExportColumn(lambda r: r.customer.code, gettext_lazy("Customer code")),
    ExportColumn(lambda r: r.customer.display_name, gettext_lazy("Customer")),
    ExportColumn("grade", gettext_lazy("Grade")),
    ExportColumn("currency", gettext_lazy("Currency")),
    ExportColumn("limit", gettext_lazy("Limit"), "amount", total=True),
    ExportColumn("receivables", gettext_lazy("Receivables"), "amount", total=True),
    ExportColumn(
        "delivered_not_invoiced", gettext_lazy("Delivered, not invoiced"), "amount", total=True
    ),
    ExportColumn("held", gettext_lazy("Orders and reservations"), "amount", total=True),
    ExportColumn("headroom", gettext_lazy("Headroom"), "amount", total=True),
    ExportColumn("use_ratio", gettext_lazy("Use"), "ratio"),
    ExportColumn("overdue", gettext_lazy("Overdue"), "amount", total=True),
    ExportColumn("valid_through", gettext_lazy("Valid through"), "date"),
)


def _export(request: HttpRequest, rows: list[LimitUse], today: date) -> HttpResponse:
    meta = ExportMeta(
        title=_("Credit limits"),
        name="limits",
        as_of=today,
        made_at=now(),
        user=request.user,
        filters=[(name, request.GET[name]) for name in ("q", "show") if request.GET.get(name)],
    )
    kind = request.GET["export"]
    record_event(
        "credit.limits.exported",
        actor=request.user,
        subject=("limits", today.isoformat()),
        as_of=today,
        after={"format": kind, "rows": len(rows), "query": request.GET.urlencode()[:500]},
    )
    write = xlsx_response if kind == "xlsx" else csv_response
    return cast(HttpResponse, write(rows, COLUMNS, meta))


@needs("limit.view")
@require_GET
def limit_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the calculation behind a headroom, with the limits that were and are."""
    account = get_account(pk, user=request.user)
    return _render_account(request, account, ReduceForm(currency=account.currency))


def _render_account(
    request: HttpRequest, account: Any, form: ReduceForm, status: int = 200
) -> HttpResponse:
    today = business_today()
    exposure = get_exposure(account=account, as_of=today)
    limit = get_effective_limit(account=account, as_of=today)
    limits = CreditLimit.objects.for_user(request.user).filter(account=account)
    context = {
        "account": account,
        "customer": account.customer,
        "customer_url": customer_url(account.customer.code, "limits"),
        "exposure": exposure,
        "limit": limit,
        "rows": headroom_rows(limit, exposure),
        "owed": exposure.result.open_items_net + exposure.result.delivered_not_invoiced,
        "use_ratio": exposure.gross / limit.in_force if limit.in_force > 0 else None,
        "limits": limits.order_by("-valid_from", "-pk")[:50],
        "requests": list_requests(request.user).filter(account=account)[:20],
        "form": form,
        "may_reduce": may(request.user, "limit.reduce") and limit.in_force > 0,
        "may_request": may(request.user, "limit.request"),
        "as_of": today,
    }
    return render(request, "credit/limit_account.html", context, status=status)


@needs("limit.reduce")
@require_POST
def limit_reduce(request: HttpRequest, pk: int) -> HttpResponse:
    """Cut a limit."""
    account = get_account(pk, user=request.user)
    form = ReduceForm(request.POST, currency=account.currency)
    if form.is_valid():
        try:
            row = reduce_limit(
                account=account,
                amount=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                as_of=business_today(),
                actor=request.user,
            )
        except CreditError as error:
            if error.status not in (409, 422):
                raise
            put_error(form, error)
        else:
            messages.success(
                request,
                _("The limit of %(name)s is now %(amount)s.")
                % {
                    "name": account.customer.display_name,
                    "amount": figures.with_symbol(
                        figures.format_amount(row.amount, row.currency) if row.amount else "0",
                        row.currency,
                    ),
                },
            )
            return redirect("limit_account", pk=pk)
    return _render_account(request, account, form, 422)


@needs("limit.view")
@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """List who asked for which limit, and what became of it."""
    requests = list_requests(request.user)
    state = request.GET.get("state", "")
    if state:
        requests = requests.filter(state=state)
    context = {
        "table": RequestTable(requests).paginate_for(request),
        "tabs": _tabs(request, "requests"),
        "may_request": may(request.user, "limit.request"),
        "as_of": business_today(),
        "count": requests.count(),
    }
    return render(request, "credit/limit_requests.html", context)
