"""Customers: the list, and the whole picture of one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.badges import GRADES
from common.clock import business_today, now
from common.errors import CreditError
from common.events import record_event
from common.exports import ExportMeta, csv_response, xlsx_response
from customers.domain.states import CUSTOMER
from customers.forms import ContactLogForm, StateForm
from customers.models import Customer
from customers.selectors import get_customer, get_risk_group_of, list_customers
from customers.services import change_customer_state
from customers.services.lifecycle import permission_of
from dashboards import customer_picture as picture
from dashboards.customer_links import link
from dashboards.customer_list import UNRATED, CustomerFilter, list_figures, select_customers
from dashboards.customer_signals import list_signal_items
from dashboards.customer_tables import CustomerTable, export_columns
from dashboards.customer_tabs import TABS, Tab, fill_tab
from receivables.selectors import list_exposures
from scoring.selectors import get_current_rating
from users.models import User
from users.permissions import may, require
from users.views_support import needs

WRITERS: dict[str, Callable[..., HttpResponseBase]] = {"csv": csv_response, "xlsx": xlsx_response}
MAX_EXPORT = 50_000


@needs("customer.view")  # type: ignore[arg-type]
@require_GET
def customer_list(request: HttpRequest) -> HttpResponseBase:
    """Find customers: searched, filtered and sorted over all rows; also as a file."""
    as_of, user = business_today(), cast(User, request.user)
    chosen = CustomerFilter.read(request.GET)
    rows = select_customers(user, chosen, as_of=as_of)
    kind = request.GET.get("export", "")
    if kind in WRITERS:
        return _export(request, kind, chosen, rows, as_of)
    table = CustomerTable(rows, as_of=as_of, order_by=chosen.sort or None)
    table.paginate_for(request)
    page = [row.record for row in table.page.object_list]
    table.of_customer = list_figures(page, as_of=as_of)
    if may(request.user, "export.bulk"):
        table.offer_exports()
    context = {
        "table": table,
        "chosen": chosen,
        "as_of": as_of,
        "count": table.page.paginator.count,
        "menus": _menus(request, chosen),
        "overdue_url": _with(request, overdue=None if chosen.is_overdue else "1"),
        "keep": [(k, v) for k, v in request.GET.items() if k not in ("q", "page", "sort")],
        "clear_url": "" if chosen.is_empty else reverse("customers"),
        "scope": user.get_data_scope_display(),
        "may_create": may(request.user, "customer.create"),
        "import_url": link("imports") if may(request.user, "import.run") else "",
        "has_any": bool(table.page.paginator.count) or list_customers(request.user).exists(),
    }
    template = "dashboards/customer_list.html"
    if _wants(request, "customer-table"):
        template += "#answer"
    return render(request, template, context)


def _wants(request: HttpRequest, target: str) -> bool:
    """Tell whether htmx asks for this part of the page only."""
    htmx = getattr(request, "htmx", None)
    if htmx is None or not htmx:
        return False
    # The script of version 4 names the element: div#customer-table.
    return str(htmx.target or "").rpartition("#")[2] == target


@dataclass(frozen=True, slots=True)
class Menu:
    """A filter with its choices; `value` is what is chosen, in words."""

    label: str
    value: str
    clear_url: str
    choices: list[tuple[str, str]]


def _with(request: HttpRequest, **changes: str | None) -> str:
    """Return this page's address with some parameters set or taken out."""
    query = request.GET.copy()
    for name in ("page", "export"):
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}" if query else reverse("customers")


def _menus(request: HttpRequest, chosen: CustomerFilter) -> list[Menu]:
    """Return the filters of the list. Two queries: the owners and the regions there are."""
    visible = list_customers(request.user).select_related(None).order_by()
    owners = User.objects.filter(
        pk__in=visible.exclude(sales_owner=None).values("sales_owner").distinct()
    ).order_by("username")
    regions = visible.exclude(region="").values_list("region", flat=True).distinct()
    lists: list[tuple[str, str, str, list[tuple[str, Any]]]] = [
        ("state", _("State"), chosen.state, list(Customer.State.choices)),
        ("grade", _("Grade"), chosen.grade, [*((g, g) for g in GRADES), (UNRATED, _("Unrated"))]),
        ("segment", _("Segment"), chosen.segment, list(Customer.Segment.choices)),
        ("owner", _("Owner"), chosen.owner, [(u.username, str(u)) for u in owners]),
        ("region", _("Region"), chosen.region, [(r, r) for r in sorted(regions)]),
    ]
    return [
        Menu(
            label,
            str(dict(choices).get(value, value)),
            _with(request, **{name: None}),
            [(str(words), _with(request, **{name: code})) for code, words in choices],
        )
        for name, label, value, choices in lists
        if len(choices) > 1 or value
    ]


def _export(
    request: HttpRequest, kind: str, chosen: CustomerFilter, rows: Any, as_of: date
) -> HttpResponseBase:
    require(request.user, "export.bulk")
    customers = list(rows[:MAX_EXPORT])
    record_event(
        "dashboards.customers.exported",
        actor=request.user,
        subject=("customers", as_of.isoformat()),
        as_of=as_of,
        after={"format": kind, "rows": len(customers), "query": request.GET.urlencode()[:500]},
    )
    of_customer = list_figures(customers, as_of=as_of)
    filters = [(menu.label, menu.value) for menu in _menus(request, chosen) if menu.value]
    if chosen.q:
        filters.insert(0, (_("Search"), chosen.q))
    if chosen.is_overdue:
        filters.append((_("Overdue only"), _("yes")))
    meta = ExportMeta(
        title=_("Customers"),
        name="customers",
        as_of=as_of,
        made_at=now(),
        user=request.user,
        filters=filters,
    )
    return WRITERS[kind](customers, export_columns(of_customer), meta)


# --- one customer ---------------------------------------------------------------------------------


@needs("customer.view")
@require_GET
def customer_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show the whole picture of a customer, one tab at a time."""
    as_of = business_today()
    customer = get_customer(code, user=request.user)
    tab = _choose_tab(request)
    rating = get_current_rating(customer_id=customer.pk, as_of=as_of)
    counts = picture.count_open_documents(customer)
    context = {
        "customer": customer,
        "as_of": as_of,
        "rating": rating,
        "grade": rating.shown_grade if rating else "",
        "tab": tab,
        "tabs": _tabs(request, tab, customer, counts),
        "open_invoices": counts.invoices,
        "facts": _head_facts(customer),
        "steps": _steps(request.user, customer),
        "log_form": ContactLogForm(initial={"happened_at": now()})
        if may(request.user, "contact.log")
        else None,
        "limit_request_url": _room(request, "limit.request", "limit_request_new", customer),
        "answers_url": link("customer_answers", customer.code)
        if may(request.user, "assessment.draft")
        else "",
        "check_url": _room(request, "order.check", "order_check_new", customer),
        "may_edit": may(request.user, "customer.edit"),
        "signals": list_signal_items(customer, user=request.user)
        if may(request.user, "signal.view")
        else [],
        "risk_group": get_risk_group_of(customer, as_of=as_of),
        "signal_url": _room(request, "signal.raise", "signal_new", customer),
        "audit_url": link("audit_log", customer=customer.code)
        if may(request.user, "audit.view")
        else "",
    }
    context |= fill_tab(tab, request, customer, rating, as_of)
    template = "dashboards/customer.html"
    if _wants(request, "customer-tab"):
        template += "#tab"
    return render(request, template, context)


def _choose_tab(request: HttpRequest) -> Tab:
    """Return the tab that the address names, if this person may see it; else the overview."""
    wanted = request.GET.get("tab", "")
    for tab in TABS:
        if tab.key == wanted and may(request.user, tab.permission):
            return tab
    return TABS[0]


def _tabs(
    request: HttpRequest, chosen: Tab, customer: Customer, counts: picture.TabCounts
) -> list[dict[str, Any]]:
    numbers = {"orders": counts.orders, "invoices": counts.invoices}
    base = reverse("customer", args=[customer.code])
    return [
        {
            "label": tab.label,
            "url": f"{base}?tab={tab.key}" if tab is not TABS[0] else base,
            "active": tab is chosen,
            "count": numbers.get(tab.key, 0),
        }
        for tab in TABS
        if may(request.user, tab.permission)
    ]


def _head_facts(customer: Customer) -> list[str]:
    """Return what stands below the name, in words."""
    facts = []
    if customer.uscc:
        facts.append(_("USCC %(number)s") % {"number": customer.uscc})
    if customer.industry:
        facts.append(_("industry %(code)s") % {"code": customer.industry})
    if customer.relationship_since:
        facts.append(_("customer since %(year)s") % {"year": customer.relationship_since.year})
    facts.append(str(customer.get_segment_display()))
    if customer.sales_owner:
        facts.append(str(customer.sales_owner))
    return facts


def _room(request: HttpRequest, permission: str, name: str, customer: Customer) -> str:
    return link(name, customer=customer.code) if may(request.user, permission) else ""


# --- lifecycle ------------------------------------------------------------------------------------


def _step_words() -> dict[str, tuple[str, bool]]:
    """Return the verb of each step, and whether it takes something away from the customer."""
    return {
        "approve_master": (_("Approve as customer"), False),
        "put_on_watch": (_("Put on watch"), False),
        "clear_watch": (_("Take off watch"), False),
        "block": (_("Put on hold"), True),
        "unblock": (_("Lift the hold"), False),
        "unblock_to_watch": (_("Lift the hold, keep on watch"), False),
        "hand_to_legal": (_("Hand to legal"), True),
        "legal_closed": (_("Legal matters closed"), False),
        "register_insolvency": (_("Register insolvency"), True),
        "proceedings_closed": (_("Proceedings closed"), False),
        "deactivate": (_("Close the account"), True),
        "reactivate": (_("Reopen the account"), False),
        "archive": (_("Archive"), True),
    }


def _steps(user: Any, customer: Customer) -> list[dict[str, Any]]:
    """Return the steps that this person may take from where the customer stands. No query."""
    words = _step_words()
    return [
        {"action": action, "label": words[action][0], "danger": words[action][1]}
        for action in CUSTOMER.actions(customer.state)
        if may(user, permission_of(action))
    ]


@needs("customer.view")
@require_POST
def customer_state(request: HttpRequest, code: str) -> HttpResponse:
    """Take one step of a customer's lifecycle, with its reason."""
    as_of = business_today()
    customer = get_customer(code, user=request.user)
    form = StateForm(request.POST)
    action = request.POST.get("action", "")
    require(request.user, permission_of(action))
    if form.is_valid():
        try:
            moved = change_customer_state(
                customer=customer,
                action=action,
                actor=request.user,
                as_of=as_of,
                reason=form.cleaned_data["reason"],
                is_clear=_is_clear(customer, as_of) if action == "deactivate" else None,
            )
        except CreditError as error:
            form.add_error(None, str(error))
            status = error.status
        else:
            messages.success(request, _("Now: %(state)s.") % {"state": moved.get_state_display()})
            return redirect("customer", code=customer.code)
    else:
        status = 422
    words = _step_words().get(action, (_("Change the state"), False))
    context = {"form": form, "customer": customer, "verb": words[0], "danger": words[1]}
    return render(request, "dashboards/customer_state.html", context, status=status)


def _is_clear(customer: Customer, as_of: date) -> bool:
    """Tell whether nothing is owed and nothing is on order. One query."""
    parts = list_exposures(customer_ids=[customer.pk], as_of=as_of).values()
    return not any(
        amounts.open_items or amounts.delivered_not_invoiced or amounts.open_orders
        for part in parts
        for amounts in part.currencies.values()
    )
