"""Answers about a customer: kept as drafts, confirmed by a second person, asked of the account manager."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.clock import business_today
from common.errors import NotFound
from common.tables import is_number
from customers.models import Customer
from customers.selectors import get_customer
from scoring.models import CharacteristicAssessment, FiveCAssessment
from scoring.selectors.assessments import SALES_PARTS
from scoring.services import confirm_assessment
from scoring.services.characteristics import confirm_characteristics
from scoring.views.drafts import read_drafts, save_drafts
from scoring.views.shared import crumbs
from scoring.views.workbench import render_workbench
from users.permissions import may
from users.views_support import needs


@require_http_methods(["GET", "POST"])
@needs("assessment.draft")
def answers_page(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the account manager what he knows of a customer; no score is shown."""
    customer = get_customer(code, user=request.user)
    as_of = business_today()
    drafts = read_drafts(request, customer, as_of=as_of, parts=SALES_PARTS)
    drafts.traits = None
    if request.method == "POST":
        saved = save_drafts(request, customer, drafts, as_of=as_of)
        if not drafts.answers_form.errors:
            _tell_saved(request, saved)
            return HttpResponseRedirect(reverse("customer", args=[customer.code]))
    context = {
        "customer": customer,
        "crumbs": crumbs(customer),
        "as_of": as_of,
        "form": drafts.answers_form,
        "drafts": drafts.questionnaire.drafts,
        "confirmed": drafts.questionnaire.confirmed,
        "may_answer": True,
        "rating_url": reverse("customer_rating", args=[customer.code])
        if may(request.user, "rating.view")
        else "",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "scoring/answers_page.html", context, status=status)


@require_POST
@needs("assessment.draft")
def answers_save(request: HttpRequest, code: str) -> HttpResponseBase:
    """Keep the answers and ratings of the workbench as drafts; another person confirms them."""
    if not may(request.user, "rating.view"):  # the workbench shows every score
        return answers_page(request, code)
    customer = get_customer(code, user=request.user)
    as_of = business_today()
    drafts = read_drafts(request, customer, as_of=as_of)
    saved = save_drafts(request, customer, drafts, as_of=as_of)
    if drafts.has_errors:
        return render_workbench(request, customer, drafts=drafts, status=422)
    _tell_saved(request, saved)
    return HttpResponseRedirect(reverse("customer_rating", args=[customer.code]))


@require_POST
@needs("assessment.confirm")
def answers_confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Let another person's draft of 5C answers count."""
    customer = get_customer(code, user=request.user)
    draft = _find(FiveCAssessment, customer, request)
    confirm_assessment(assessment=draft, as_of=business_today(), actor=request.user)
    messages.success(request, _("The answers are confirmed. Propose a rating to use them."))
    return _to_proposal(customer)


@require_POST
@needs("assessment.confirm")
def traits_confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Let another person's ratings of the traits count."""
    customer = get_customer(code, user=request.user)
    draft = _find(CharacteristicAssessment, customer, request)
    confirm_characteristics(assessment=draft, as_of=business_today(), actor=request.user)
    messages.success(request, _("The ratings of the traits are confirmed."))
    return _to_proposal(customer)


def _find(model: Any, customer: Customer, request: HttpRequest) -> Any:
    number = request.POST.get("id", "")
    if not is_number(number):
        raise NotFound
    found = model.objects.for_user(request.user).filter(customer=customer, pk=int(number)).first()
    if found is None:
        raise NotFound
    return found


def _to_proposal(customer: Customer) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("customer_rating", args=[customer.code]) + "?proposal=1")


def _tell_saved(request: HttpRequest, saved: list[str]) -> None:
    if saved:
        messages.success(request, _("Saved as a draft. Another person confirms it."))
    else:
        messages.info(request, _("Nothing was changed."))
