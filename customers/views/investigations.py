"""The page on which an investigation is drafted; confirming it is a page of `dashboards`."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.clock import business_today
from common.errors import CreditError, StaleVersion
from customers import services
from customers.domain.investigation import is_doubtful, list_gaps
from customers.forms.investigations import InvestigationForm
from customers.models import Customer, Investigation
from customers.selectors import find_draft, get_customer, list_confirmed
from customers.services.investigations import is_drafter
from customers.views.parties import posted, put_error
from customers.words.investigation import name_gap
from users.permissions import may
from users.views_support import needs


@needs("investigation.draft")
@require_http_methods(["GET", "POST"])
def investigation_page(request: HttpRequest, code: str) -> HttpResponse:
    """Draft the investigation; begin one when asked to."""
    as_of = business_today()
    customer = get_customer(code, user=request.user)
    draft = find_draft(customer)
    if request.method == "POST" and request.POST.get("action") == "start":
        services.start_investigation(customer=customer, actor=request.user, as_of=as_of)
        return redirect("investigation", code=customer.code)
    if draft is None:
        context = _context(request, customer, None, None)
        return render(request, "customers/investigation.html", context)
    form = InvestigationForm(posted(request), draft=draft)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_investigation(
                investigation=draft, actor=request.user, as_of=as_of, **form.values()
            )
        except CreditError as error:
            put_error(form, error)
            status = error.status if isinstance(error, StaleVersion) else 422
        else:
            messages.success(request, _("The draft is saved."))
            if is_doubtful(saved.tests):
                messages.warning(
                    request,
                    _("Two or more tests of authenticity failed: signal S06 is raised."),
                )
            return redirect("investigation", code=customer.code)
    context = _context(request, customer, draft, form)
    return render(request, "customers/investigation.html", context, status=status)


def _context(
    request: HttpRequest,
    customer: Customer,
    draft: Investigation | None,
    form: InvestigationForm | None,
) -> dict[str, Any]:
    gaps = list_gaps(draft.sections, draft.tests, draft.proposal) if draft else []
    is_own = draft is not None and is_drafter(draft, request.user)
    return {
        "customer": customer,
        "draft": draft,
        "form": form,
        "confirmed": list_confirmed(customer, as_of=business_today()),
        "gaps": [name_gap(*gap) for gap in gaps],
        "may_confirm": draft is not None
        and not gaps
        and not is_own
        and may(request.user, "investigation.confirm"),
        "waits_for_others": draft is not None and not gaps and is_own,
    }
