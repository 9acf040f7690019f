"""A customer's statements side by side."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.clock import business_today
from common.errors import NotFound
from common.ui import find_url
from customers.models import Customer
from customers.selectors import get_customer
from scoring.forms.statements import AcceptForm
from scoring.models import Statement
from scoring.panels.statements import list_sections, show_restatement, tell_finding
from scoring.selectors import get_statement_view
from scoring.selectors.statements import list_restatements
from scoring.services import accept_statement
from scoring.views.shared import crumbs, name_statement_unit
from users.permissions import may
from users.views_support import needs


@require_GET
@needs("statement.view")
def statement_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a customer's statements side by side."""
    customer = get_customer(code, user=request.user)
    return _render_statements(request, customer)


@require_POST
@needs("rating.confirm")
def statement_accept(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Let a doubtful statement count, with a reason."""
    customer = get_customer(code, user=request.user)
    statement = Statement.objects.filter(customer=customer, pk=pk).first()
    if statement is None:
        raise NotFound
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _render_statements(request, customer, form=form, status=422)
    accept_statement(
        statement=statement,
        reason=form.cleaned_data["reason"],
        as_of=business_today(),
        actor=request.user,
    )
    messages.success(request, _("The statement counts from now on."))
    return HttpResponseRedirect(reverse("customer_statements", args=[customer.code]))


@require_GET
@needs("statement.view")
def statement_versions(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show every version of a statement, and line by line what each changed."""
    customer = get_customer(code, user=request.user)
    statement = Statement.objects.filter(customer=customer, pk=pk).first()
    if statement is None:
        raise NotFound
    history = list_restatements(statement)
    context = {
        "customer": customer,
        "crumbs": [
            *crumbs(customer),
            (_("Statements"), reverse("customer_statements", args=[customer.code])),
        ],
        "statement": statement,
        "versions": [show_restatement(one) for one in history],
    }
    return render(request, "scoring/statement_versions.html", context)


def _render_statements(
    request: HttpRequest, customer: Customer, *, form: AcceptForm | None = None, status: int = 200
) -> HttpResponse:
    as_of = business_today()
    view = get_statement_view(customer, as_of=as_of)
    may_accept = may(request.user, "rating.confirm")
    may_enter = may(request.user, "statement.enter")
    context = {
        "customer": customer,
        "crumbs": crumbs(customer),
        "as_of": as_of,
        "view": view,
        "periods": [
            {
                "statement": period,
                "findings": [tell_finding(finding) for finding in period.findings],
                "restate_url": reverse("statement_restate", args=[customer.code, period.pk])
                if may_enter
                else "",
                "versions_url": reverse("statement_versions", args=[customer.code, period.pk])
                if period.version > 1
                else "",
                "accept_url": reverse("statement_accept", args=[customer.code, period.pk]),
                "may_accept": may_accept
                and period.doubtful
                and not period.accepted_by_id
                and period.entered_by_id != request.user.pk,
            }
            for period in view.periods
        ],
        "sections": list_sections(view),
        "unit_text": name_statement_unit(view.periods[0]) if view.periods else "",
        "import_url": _import_url(request.user),
        "new_url": reverse("statement_new", args=[customer.code]) if may_enter else "",
        "analysis_url": reverse("customer_financials", args=[customer.code]),
        "rating_url": reverse("customer_rating", args=[customer.code])
        if may(request.user, "rating.view")
        else "",
        "form": form or AcceptForm(),
    }
    return render(request, "scoring/statement_page.html", context, status=status)


def _import_url(user: Any) -> str:
    url = find_url("import_new") if may(user, "import.run") else ""
    return f"{url}?kind=statements" if url else ""
