"""A shift of the grade by hand: asked for, decided by another person, ended."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.clock import business_today
from common.errors import InvalidInput, NotFound
from customers.models import Customer
from customers.selectors import get_customer
from scoring.forms.overrides import AnswerForm, OverrideForm
from scoring.models import RatingOverride
from scoring.selectors.assessments import list_evidence_documents
from scoring.services.overrides import ask_override, decide_override, end_override
from scoring.views.workbench import render_workbench
from users.views_support import needs


@require_POST
@needs("rating.override")
def override_ask(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a shift of the grade; another person decides."""
    customer = get_customer(code, user=request.user)
    as_of = business_today()
    form = OverrideForm(request.POST, documents=list_evidence_documents(customer), as_of=as_of)
    if form.is_valid():
        try:
            ask_override(customer=customer, as_of=as_of, actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Asked for. Another person decides."))
            return _back(customer)
    return render_workbench(request, customer, override_form=form, status=422)


@require_POST
@needs("rating.view")
def override_decide(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Approve, refuse or end a shift of the grade; the services ask who may."""
    customer = get_customer(code, user=request.user)
    override = (
        RatingOverride.objects.for_user(request.user).filter(customer=customer, pk=pk).first()
    )
    if override is None:
        raise NotFound
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("Choose what to do."), field="action")
    action, answer = form.cleaned_data["action"], form.cleaned_data["answer"]
    as_of = business_today()
    if action == "end":
        end_override(override=override, reason=answer, as_of=as_of, actor=request.user)
        messages.success(request, _("It no longer counts."))
    else:
        is_yes = action == "approve"
        decide_override(
            override=override, approve=is_yes, answer=answer, as_of=as_of, actor=request.user
        )
        text = _("Approved: the customer was rated anew.") if is_yes else _("Refused.")
        messages.success(request, text)
    return _back(customer)


def _back(customer: Customer) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("customer_rating", args=[customer.code]) + "#overrides")
