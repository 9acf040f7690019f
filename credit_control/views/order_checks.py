"""Order checks: what waits, a new question, and one answer with its reasons and ways out."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common import figures
from common.clock import business_today
from common.errors import Conflict, InvalidInput, NotFound, StaleVersion
from common.templatetags.ui import querystring_with
from credit_control import texts
from credit_control.forms import OrderCheckForm, check_defaults
from credit_control.models import OrderCheck
from credit_control.selectors import get_check, get_company, list_checks
from credit_control.services import check_order
from credit_control.tables import CheckTable
from credit_control.views.shared import customer_url, exposure_rows, put_error
from customers.selectors import get_customer
from users.permissions import may
from users.views_support import needs


@needs("order_check.view")
@require_GET
def order_check_list(request: HttpRequest) -> HttpResponse:
    """List the answers, blocked ones first."""
    checks = list_checks(request.user)
    chosen = request.GET.get("decision", "")
    code = request.GET.get("customer", "").strip()
    query = request.GET.get("q", "").strip()
    if chosen in OrderCheck.Decision.values:
        checks = checks.filter(decision=chosen)
    if code:
        checks = checks.filter(account__customer__code=code.upper())
    if query:
        checks = checks.filter(order_no__icontains=query) | checks.filter(
            account__customer__code__istartswith=query
        )
    table = CheckTable(checks).paginate_for(request)
    context = {
        "table": table,
        "query": query,
        "chips": [
            {
                "label": label,
                "url": querystring_with(
                    request, "decision", None if chosen == value else value, "page", None
                ),
                "on": chosen == value,
            }
            for value, label in OrderCheck.Decision.choices
        ],
        "keep": [(k, v) for k, v in (("decision", chosen), ("customer", code)) if v],
        "count": table.page.paginator.count,
        "may_check": may(request.user, "order.check"),
        "as_of": business_today(),
    }
    return render(request, "credit/order_checks.html", context)


@needs("order.check")
@require_http_methods(["GET", "POST"])
def order_check_new(request: HttpRequest) -> HttpResponse:
    """Ask whether an order may ship."""
    today = business_today()
    initial = check_defaults(
        customer=request.GET.get("customer", ""), as_of=today, key=uuid.uuid4().hex
    )
    form = OrderCheckForm(request.POST or None, initial=initial)
    check: OrderCheck | None = None
    if request.method == "POST" and form.is_valid():
        check = _ask(request, form)
        if check is not None:
            return redirect("order_check", pk=check.pk)
    context = {"form": form, "as_of": today}
    return render(
        request,
        "credit/order_check_form.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


def _ask(request: HttpRequest, form: OrderCheckForm) -> OrderCheck | None:
    """Run the check; None when a value is refused, with the reason on its field."""
    data = form.cleaned_data
    try:
        customer = get_customer(data["customer"], user=request.user)
    except NotFound:
        form.add_error("customer", _("There is no such customer."))
        return None
    try:
        return check_order(
            customer=customer,
            company=get_company(),
            order_no=data["order_no"],
            order_version=1,
            amount=data["amount"],
            currency=data["currency"],
            ship_date=data["ship_date"],
            payment_term=data["payment_term"],
            reserve=data["reserve"],
            as_of=business_today(),
            actor=request.user,
            key=data["key"] or uuid.uuid4().hex,
        )
    except (InvalidInput, Conflict, StaleVersion) as error:
        put_error(form, error)
        return None


@needs("order_check.view")
@require_GET
def order_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one answer: decision, every rule with value and threshold, ways out, exposure."""
    check = get_check(pk, user=request.user)
    return render(request, "credit/order_check.html", check_context(check, request.user))


def check_context(check: OrderCheck, user: Any) -> dict[str, Any]:
    """Return what the page of an answer shows."""
    account = check.account
    currency = check.limit.get("currency") or account.currency
    exposure, limit = check.exposure, check.limit
    lines = texts.rule_lines(check.rules, currency)
    components = exposure.get("components", {})
    owed = sum(
        (
            figures.to_decimal(components.get(name)) or 0
            for name in ("open_items", "unapplied", "delivered_not_invoiced")
        ),
        start=0,
    )
    held = sum(
        (figures.to_decimal(components.get(name)) or 0 for name in ("open_orders", "reservations")),
        start=0,
    )
    return {
        "check": check,
        "customer": account.customer,
        "customer_url": customer_url(account.customer.code),
        "currency": currency,
        "sentence": texts.decision_text(check.decision, check.shortfall, currency),
        "tone": {"RELEASED": "good", "RELEASED_WARNING": "warn"}.get(check.decision, "bad"),
        "failed": [line for line in lines if line.result != "ok"],
        "passed": [line for line in lines if line.result == "ok"],
        "remedies": texts.remedy_lines(check.remedies, currency),
        "exposure_rows": exposure_rows(components, currency),
        "gross": texts.money(exposure.get("gross"), currency),
        "with_order": texts.money(exposure.get("with_order"), currency),
        "limit_text": texts.money(limit.get("total"), currency),
        "headroom": texts.money(limit.get("headroom"), currency),
        "limit_total": limit.get("total") or 0,
        "owed": owed,
        "held": held,
        "orders": [o for o in check.facts.get("orders", []) if o.get("order_no")],
        "overdue_items": check.facts.get("overdue_items", []),
        "reservation": getattr(check, "reservation", None),
        "may_check": may(user, "order.check"),
    }
