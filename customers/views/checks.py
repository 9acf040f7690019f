"""The page of list checks of a customer: a bundle of looks at once, the history, the candidates."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from common.clock import business_today, now
from common.errors import CreditError
from customers import services
from customers.domain.checklist import OTHER
from customers.forms.signals import CandidateForm, CheckHeadForm, CheckRowForm
from customers.models import Customer, ListCheck
from customers.selectors import get_check, get_customer, list_checks, list_states
from customers.services.documents import add_document
from customers.views.parties import posted, put_error
from customers.words.checks import describe_details
from users.permissions import may, require
from users.views_support import needs

HISTORY = 20
VERDICTS = ("same", "other")


@needs("customer.view")
@require_http_methods(["GET", "POST"])
def customer_checks(request: HttpRequest, code: str) -> HttpResponse:
    """Show how every public list stands, and take a bundle of new looks."""
    customer = get_customer(code, user=request.user)
    today = business_today()
    head = CheckHeadForm(posted(request), request.FILES or None, initial={"checked_on": today})
    rows = [CheckRowForm(posted(request), kind=kind) for kind in ListCheck.Kind.values]
    status = 200
    if request.method == "POST":
        require(request.user, "check.record")
        # Both are asked, so that every fault shows at once.
        is_valid = all([head.is_valid(), *(row.is_valid() for row in rows)])
        status = 422
        if is_valid:
            count = _record(request, customer, head, rows)
            if count:
                messages.success(
                    request,
                    ngettext("%(n)d look is recorded.", "%(n)d looks are recorded.", count)
                    % {"n": count},
                )
                return redirect("customer_checks", customer.code)
    return render(
        request,
        "customers/check_page.html",
        _context(request, customer, head, rows),
        status=status,
    )


def _record(
    request: HttpRequest, customer: Customer, head: CheckHeadForm, rows: list[CheckRowForm]
) -> int:
    """Store what was looked at and return how many lists; 0 when the forms now show why not."""
    if head.cleaned_data["rest_is_clear"]:
        for row in rows:
            row.cleaned_data["result"] = row.cleaned_data["result"] or ListCheck.Result.NO_HIT
    looked = [row for row in rows if row.cleaned_data["result"]]
    if not looked:
        head.add_error(None, _("Say for one list at least what you found."))
        return 0
    today = business_today()
    news = [(row, _new_check(customer, head, row, None)) for row in looked]
    for row, new in news:
        try:
            services.check_new_check(new, as_of=today)
        except CreditError as error:
            put_error(row if getattr(error, "field", "") in row.fields else head, error)
    if head.errors or any(row.errors for row in rows):
        return 0
    try:
        with transaction.atomic():
            evidence = _keep_evidence(request, customer, head)
            checks = [_new_check(customer, head, row, evidence) for row in looked]
            services.record_checks(checks, actor=request.user, as_of=today, at=now())
    except CreditError as error:
        put_error(head, error)
        return 0
    return len(looked)


def _keep_evidence(request: HttpRequest, customer: Customer, head: CheckHeadForm) -> int | None:
    upload = head.cleaned_data["file"]
    if upload is None:
        return None
    document = add_document(
        customer=customer,
        upload=upload,
        kind=OTHER,
        title=_("Look at public lists"),
        issued_on=head.cleaned_data["checked_on"],
        issuer=head.cleaned_data["source_name"],
        source_class="OFFICIAL",
        actor=request.user,
        as_of=business_today(),
    )
    return int(document.pk)


def _new_check(
    customer: Customer, head: CheckHeadForm, row: CheckRowForm, evidence_id: int | None
) -> services.NewCheck:
    said = row.cleaned_data
    return services.NewCheck(
        customer_id=customer.pk,
        kind=row.kind,
        checked_on=head.cleaned_data["checked_on"],
        result=said["result"],
        match=said["match"],
        details=row.details() if said["result"] == "HIT" else {},
        listed_on=said["listed_on"],
        removed_on=said["removed_on"],
        source_name=head.cleaned_data["source_name"],
        evidence_id=evidence_id,
        note=said["note"],
    )


def _context(
    request: HttpRequest, customer: Customer, head: CheckHeadForm, rows: list[CheckRowForm]
) -> dict[str, Any]:
    states = list_states(customer, as_of=business_today())
    page = Paginator(list_checks(customer), HISTORY).get_page(request.GET.get("page"))
    return {
        "customer": customer,
        "head": head,
        "lists": [
            {
                "state": state,
                "row": row,
                "is_open": bool(row.errors) or row.data.get(f"{row.kind}-result") == "HIT",
                "text": describe_details(state.in_force.details) if state.in_force else "",
                "candidate_text": describe_details(state.candidate.details)
                if state.candidate
                else "",
            }
            for state, row in zip(states, rows, strict=True)
        ],
        "candidates": [state.candidate for state in states if state.candidate],
        "fresh": sum(state.is_fresh for state in states),
        "fresh_for_decision": sum(state.is_fresh_for_decision for state in states),
        "count": len(states),
        "history": [(check, describe_details(check.details)) for check in page.object_list],
        "page": page,
        "may_record": may(request.user, "check.record"),
        "candidate_form": CandidateForm(),
        "as_of": business_today(),
    }


@needs("check.record")
@require_POST
def candidate_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether a match by name is this customer."""
    check = get_check(pk, user=request.user)
    form = CandidateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say how you know."))
        return redirect("customer_checks", check.customer.code)
    verdict = request.POST.get("verdict", "")
    if verdict not in VERDICTS:
        messages.error(request, _("Say whether it is this customer or another one."))
        return redirect("customer_checks", check.customer.code)
    is_same = verdict == "same"
    services.decide_candidate(
        check=check,
        is_same=is_same,
        note=form.cleaned_data["note"],
        actor=request.user,
        as_of=business_today(),
        at=now(),
    )
    messages.success(
        request, _("It is the customer: the hit counts.") if is_same else _("Refused.")
    )
    return redirect("customer_checks", check.customer.code)
