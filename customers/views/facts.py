"""Pages of facts: enter one, verify one, decide between two."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.clock import business_today
from common.errors import CreditError, NotFound
from customers import services
from customers.domain.facts import FIELDS
from customers.forms.facts import ConflictForm, FactForm
from customers.models import Document, Fact, FactConflict
from customers.selectors import get_customer
from customers.views.parties import customer_url, posted, put_error
from customers.words.dossier import label_field
from users.permissions import may
from users.views_support import needs


@needs("fact.record")
@require_http_methods(["GET", "POST"])
def fact_create(request: HttpRequest, code: str) -> HttpResponse:
    """Write down a fact."""
    customer = get_customer(code, user=request.user)
    documents = Document.objects.filter(customer=customer).exclude(
        state__in=[Document.State.REJECTED, Document.State.DOUBTED]
    )
    if not may(request.user, "personal_data.view"):
        documents = documents.filter(confidentiality=Document.Confidentiality.NORMAL)
    wanted = request.GET.get("field", "")
    form = FactForm(
        posted(request),
        documents=documents,
        initial={"field": wanted if wanted in FIELDS else None},
    )
    if request.method == "POST" and form.is_valid():
        try:
            fact = services.record_fact(
                customer=customer,
                actor=request.user,
                as_of=business_today(),
                **form.cleaned_data,
            )
        except CreditError as error:
            put_error(form, error)
        else:
            messages.success(
                request, _("%(field)s is recorded.") % {"field": label_field(fact.field)}
            )
            return redirect(customer_url(customer, "dossier"))
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "customer": customer, "form_title": _("New fact")}
    return render(request, "customers/part_form.html", context, status=status)


@needs("fact.decide")
@require_POST
def fact_verify(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Say that a fact was checked and holds."""
    customer = get_customer(code, user=request.user)
    fact = Fact.objects.filter(pk=pk, customer=customer).first()
    if fact is None:
        raise NotFound
    try:
        services.verify_fact(fact=fact, actor=request.user, as_of=business_today())
    except CreditError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(field)s is verified.") % {"field": label_field(fact.field)})
    return redirect(customer_url(customer, "dossier") + "#facts")


@needs("fact.decide")
@require_http_methods(["GET", "POST"])
def conflict_page(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Decide which of two facts is believed."""
    customer = get_customer(code, user=request.user)
    conflict = (
        FactConflict.objects.filter(pk=pk, customer=customer)
        .select_related("first", "second", "chosen", "decided_by")
        .first()
    )
    if conflict is None:
        raise NotFound
    form = ConflictForm(posted(request), conflict=conflict)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        sides = {str(fact.pk): fact for fact in (conflict.first, conflict.second)}
        try:
            services.decide_conflict(
                conflict=conflict,
                chosen=sides[form.cleaned_data["chosen"]],
                reason=form.cleaned_data["reason"],
                actor=request.user,
                as_of=business_today(),
            )
        except CreditError as error:
            put_error(form, error)
            status = error.status
        else:
            messages.success(request, _("Decided."))
            return redirect(customer_url(customer, "dossier"))
    context = {
        "form": form,
        "customer": customer,
        "conflict": conflict,
        "field": label_field(conflict.field),
    }
    return render(request, "customers/fact_conflict.html", context, status=status)
