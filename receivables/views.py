"""Pages of documents: one invoice with all that happened to it; receipts and what they pay."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.clock import business_today
from common.errors import CreditError, NotFound
from common.tables import is_number
from customers.models import Customer
from receivables.forms import (
    ApplyByHandForm,
    DisputeForm,
    IdentifyForm,
    ReasonForm,
    ReceiptFilterForm,
)
from receivables.models import Application, Dispute
from receivables.pages import invoice_context, receipt_context, receipt_filters
from receivables.selectors import (
    get_invoice_picture,
    get_proposal,
    get_receipt,
    list_open_items,
    list_receipts,
    sum_waiting,
)
from receivables.services import (
    apply_amounts,
    apply_receipt,
    close_dispute,
    identify_receipt,
    record_dispute,
    return_receipt,
    reverse_application,
)
from receivables.tables import ReceiptTable
from users.views_support import needs


@needs("invoice.view")
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """Show what happened to one document."""
    picture = get_invoice_picture(
        number,
        user=request.user,
        as_of=business_today(),
        company=request.GET.get("company", ""),
    )
    return render(request, "receivables/invoice.html", invoice_context(request, picture))


@needs("receipt.view")
def receipts(request: HttpRequest) -> HttpResponse:
    """List receipts: unknown payers and unapplied money first."""
    form = ReceiptFilterForm(request.GET)
    form.is_valid()
    filters = {name: value for name, value in form.cleaned_data.items() if value}
    table = ReceiptTable(list_receipts(request.user, **filters)).paginate_for(request)
    context = receipt_filters(request) | {
        "table": table,
        "waiting": sum_waiting(request.user),
        "form": form,
    }
    return render(request, "receivables/receipts.html", context, status=422 if form.errors else 200)


@needs("receipt.view")
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one receipt: what it paid, what the rules propose, what can be done."""
    return _show_receipt(request, pk)


def _show_receipt(
    request: HttpRequest, pk: int, *, status: int = 200, **forms: Any
) -> HttpResponse:
    found = get_receipt(pk, user=request.user)
    proposal = get_proposal(found, as_of=business_today())
    context = receipt_context(request, found, proposal, forms)
    return render(request, "receivables/receipt.html", context, status=status)


def _try(request: HttpRequest, pk: int, deed: Callable[[], str]) -> HttpResponse:
    """Do a deed on a receipt and go back to it; show a refusal on the page itself."""
    try:
        said = deed()
    except CreditError as error:
        return _show_receipt(request, pk, status=error.status, refusal=str(error))
    messages.success(request, said)
    return redirect("receipt", pk=pk)


@require_POST
@needs("receipt.apply")
def receipt_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply a receipt as the rules say, or as one of their suggestions says."""
    found = get_receipt(pk, user=request.user)
    chosen = request.POST.get("candidate", "")

    def deed() -> str:
        today = business_today()
        if not chosen:
            proposal = apply_receipt(receipt=found, as_of=today, actor=request.user)
            if proposal is not None and proposal.is_automatic:
                return _("Applied.")
            return _("The rules are not certain; choose what it pays.")
        proposal = get_proposal(found, as_of=today)
        candidates = proposal.candidates if proposal else ()
        if not is_number(chosen) or int(chosen) >= len(candidates):
            raise NotFound(_("This suggestion is gone; something was applied meanwhile."))
        items = candidates[int(chosen)]
        left = found.unapplied_amount
        parts = []
        for item in items:
            part = min(left, item.open_amount)
            left -= part
            if part:
                parts.append((item.due_line_id, part))
        apply_amounts(receipt=found, parts=parts, applied_on=today, actor=request.user)
        return _("Applied.")

    return _try(request, pk, deed)


@require_POST
@needs("receipt.apply")
def receipt_apply_by_hand(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply a receipt to the items and amounts a person entered."""
    found = get_receipt(pk, user=request.user)
    items = list_open_items(
        as_of=business_today(),
        customer_ids=[found.customer_id or 0],
        company_id=found.company_id,
        currency=found.currency,
    )
    form = ApplyByHandForm(request.POST, items=items, currency=found.currency)
    if not form.is_valid():
        return _show_receipt(request, pk, status=422, hand=form)

    def deed() -> str:
        apply_amounts(
            receipt=found, parts=form.parts(), applied_on=business_today(), actor=request.user
        )
        return _("Applied.")

    return _try(request, pk, deed)


@require_POST
@needs("receipt.apply")
def receipt_identify(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose money it is."""
    found = get_receipt(pk, user=request.user)
    form = IdentifyForm(request.POST)
    if not form.is_valid():
        return _show_receipt(request, pk, status=422, identify=form)
    code = form.cleaned_data["customer"].strip()
    customer = Customer.objects.for_user(request.user).filter(code=code).first()
    if customer is None:
        form.add_error("customer", _("No customer has this code."))
        return _show_receipt(request, pk, status=422, identify=form)

    def deed() -> str:
        identify_receipt(
            receipt=found, customer=customer, as_of=business_today(), actor=request.user
        )
        return _("This is now money of %(name)s.") % {"name": customer.display_name}

    return _try(request, pk, deed)


@require_POST
@needs("receipt.reverse")
def receipt_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Book that the bank took the money back."""
    found = get_receipt(pk, user=request.user)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show_receipt(request, pk, status=422, give_back=form)

    def deed() -> str:
        return_receipt(
            receipt=found,
            as_of=form.cleaned_data["day"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )
        return _("Returned. What it paid is owed again.")

    return _try(request, pk, deed)


@require_POST
@needs("receipt.reverse")
def application_reverse(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo one application."""
    application = get_object_or_404(Application.objects.for_user(request.user), pk=pk)
    form = ReasonForm(request.POST)
    back = application.receipt_id
    if not form.is_valid():
        text = _("Say why it is undone.")
        if back:
            return _show_receipt(request, back, status=422, refusal=text)
        raise NotFound(text)

    def deed() -> str:
        reverse_application(
            application=application,
            as_of=form.cleaned_data["day"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )
        return _("Undone; both entries stay in the books.")

    if back:
        return _try(request, back, deed)
    messages.success(request, deed())
    return redirect("invoice", number=application.due_line.invoice.number)


@require_POST
@needs("dispute.record")
def dispute_record(request: HttpRequest, number: str) -> HttpResponse:
    """Write down that a customer contests part of a document."""
    picture = get_invoice_picture(number, user=request.user, as_of=business_today())
    form = DisputeForm(request.POST, currency=picture.invoice.currency)
    line = None
    if form.is_valid():
        lines = {line.pk: line for line in picture.lines}
        line = lines.get(form.cleaned_data["due_line"])
    if line is not None:
        try:
            record_dispute(
                due_line=line,
                kind=form.cleaned_data["kind"],
                amount=form.cleaned_data["amount"],
                text=form.cleaned_data["text"],
                as_of=business_today(),
                actor=request.user,
            )
            messages.success(request, _("The dispute is recorded."))
            return redirect("invoice", number=number)
        except CreditError as error:
            form.add_error("amount", str(error))
    context = invoice_context(request, picture, dispute_form=form)
    return render(request, "receivables/invoice.html", context, status=422)


@require_POST
@needs("dispute.record")
def dispute_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a dispute."""
    dispute = get_object_or_404(
        Dispute.objects.for_user(request.user).select_related("due_line__invoice"), pk=pk
    )
    form = ReasonForm(request.POST)
    number = dispute.due_line.invoice.number
    if not form.is_valid():
        picture = get_invoice_picture(number, user=request.user, as_of=business_today())
        context = invoice_context(request, picture, close_form=form)
        return render(request, "receivables/invoice.html", context, status=422)
    close_dispute(
        dispute=dispute,
        as_of=form.cleaned_data["day"],
        reason=form.cleaned_data["reason"],
        actor=request.user,
    )
    messages.success(request, _("The dispute is closed."))
    return redirect("invoice", number=number)
