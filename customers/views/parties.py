"""Pages that write parties: the customer's form, contacts, bank accounts, conversations."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.clock import business_today, now
from common.errors import CreditError, InvalidInput, NotFound, StaleVersion
from customers import services
from customers.forms import (
    BankAccountForm,
    ContactForm,
    ContactLogForm,
    CustomerForm,
    VerifyBankAccountForm,
)
from customers.models import BankAccount, Contact, Customer
from customers.selectors import find_same_name, get_customer
from customers.services.banking import find_other_holders
from customers.services.identity import describe_uscc_fault
from users.views_support import needs


def customer_url(customer: Customer, tab: str = "") -> str:
    """Return the address of the customer's page, which a higher app serves."""
    return reverse("customer", args=[customer.code]) + (f"?tab={tab}" if tab else "")


def posted(request: HttpRequest) -> Any:
    """Return what was sent, also when that is nothing; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def put_error(form: Any, error: CreditError) -> None:
    """Show a refusal beside the field that it names, else on top of the form."""
    field = getattr(error, "field", "") or error.params.get("field", "")
    form.add_error(field if field in form.fields else None, str(error))


@needs("customer.create")
@require_http_methods(["GET", "POST"])
def customer_create(request: HttpRequest) -> HttpResponse:
    """Enter a new customer."""
    form = CustomerForm(posted(request), user=request.user)
    same: list[Customer] = []
    if request.method == "POST" and form.is_valid():
        same = _unmeant_namesakes(form, request.user)
        if not same:
            try:
                customer = services.create_customer(
                    actor=request.user,
                    as_of=business_today(),
                    code=form.cleaned_data["code"],
                    **form.values(),
                )
            except CreditError as error:
                put_error(form, error)
            else:
                messages.success(request, _("%(name)s is entered.") % {"name": customer.name})
                return redirect(customer_url(customer))
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "same": same, "customer": None}
    return render(request, "customers/customer_form.html", context, status=status)


@needs("customer.edit")
@require_http_methods(["GET", "POST"])
def customer_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a customer's master data."""
    customer = get_customer(code, user=request.user)
    form = CustomerForm(posted(request), user=request.user, customer=customer)
    same: list[Customer] = []
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        same = _unmeant_namesakes(form, request.user)
        if not same:
            try:
                services.update_customer(
                    customer=customer,
                    actor=request.user,
                    as_of=business_today(),
                    version=form.cleaned_data["version"] or 0,
                    **form.values(),
                )
            except CreditError as error:
                put_error(form, error)
                status = error.status if isinstance(error, StaleVersion) else 422
            else:
                messages.success(request, _("Saved."))
                return redirect(customer_url(customer, "dossier"))
    context = {"form": form, "same": same, "customer": customer}
    return render(request, "customers/customer_form.html", context, status=status)


def _unmeant_namesakes(form: CustomerForm, user: Any) -> list[Customer]:
    """Return customers of the same name, unless the person said that another one is meant."""
    old = form.customer
    if form.cleaned_data["same_name_is_meant"]:
        return []
    if old is not None and old.name == form.cleaned_data["name"].strip():
        return []
    same = find_same_name(form.cleaned_data["name"], user=user, but=old.pk if old else None)
    if same:
        form.asks_same_name = True
        form.add_error("name", _("A customer of this name exists already. Is it the same one?"))
    return same


@needs("customer.view")
@require_GET
def uscc_check(request: HttpRequest) -> HttpResponse:
    """Answer what is wrong with a registration number: the form asks when its field is left."""
    text = request.GET.get("uscc", "")[:40]
    context = {"fault": describe_uscc_fault(text) if text.strip() else "", "text": text.strip()}
    return render(request, "customers/uscc_check.html", context)


@needs("contact.log")
@require_http_methods(["GET", "POST"])
def contact_create(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a person at a customer."""
    customer = get_customer(code, user=request.user)
    form = ContactForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.add_contact(
                customer=customer,
                actor=request.user,
                as_of=business_today(),
                **form.cleaned_data,
            )
        except InvalidInput as error:
            put_error(form, error)
        else:
            messages.success(request, _("Contact saved."))
            return redirect(customer_url(customer, "dossier"))
    return _render_form(request, form, customer, _("New contact"))


@needs("customer.edit")
@require_http_methods(["GET", "POST"])
def contact_edit(request: HttpRequest, code: str, contact_id: int) -> HttpResponse:
    """Change a person's data."""
    customer = get_customer(code, user=request.user)
    contact = get_object_or_404(Contact, pk=contact_id, customer=customer)
    names = ContactForm.base_fields
    form = ContactForm(posted(request), initial={n: getattr(contact, n) for n in names})
    if request.method == "POST" and form.is_valid():
        try:
            services.update_contact(
                contact=contact, actor=request.user, as_of=business_today(), **form.cleaned_data
            )
        except InvalidInput as error:
            put_error(form, error)
        else:
            messages.success(request, _("Contact saved."))
            return redirect(customer_url(customer, "dossier"))
    return _render_form(request, form, customer, _("Change contact"), contact=contact)


@needs("customer.edit")
@require_POST
def contact_remove(request: HttpRequest, code: str, contact_id: int) -> HttpResponse:
    """Take a person off the list."""
    customer = get_customer(code, user=request.user)
    contact = get_object_or_404(Contact, pk=contact_id, customer=customer)
    services.remove_contact(contact=contact, actor=request.user, as_of=business_today())
    messages.success(request, _("%(name)s is no longer a contact.") % {"name": contact.name})
    return redirect(customer_url(customer, "dossier"))


@needs("customer.edit")
@require_http_methods(["GET", "POST"])
def bank_account_create(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a bank account, to be verified by somebody else."""
    customer = get_customer(code, user=request.user)
    form = BankAccountForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            account = services.add_bank_account(
                customer=customer,
                actor=request.user,
                as_of=business_today(),
                **form.cleaned_data,
            )
        except InvalidInput as error:
            put_error(form, error)
        else:
            messages.success(request, _("Account saved. Somebody else must verify it."))
            others = find_other_holders(account, user=request.user)
            if others:
                messages.warning(
                    request,
                    _("The same account stands at: %(codes)s.")
                    % {"codes": ", ".join(str(other) for other in others)},
                )
            return redirect(customer_url(customer, "dossier"))
    return _render_form(request, form, customer, _("New bank account"))


@needs("customer.edit")
@require_http_methods(["GET", "POST"])
def bank_account_verify(request: HttpRequest, code: str, account_id: int) -> HttpResponse:
    """Note the call-back that confirmed an account."""
    customer = get_customer(code, user=request.user)
    account = BankAccount.objects.filter(pk=account_id, customer=customer).first()
    if account is None:
        raise NotFound
    form = VerifyBankAccountForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.verify_bank_account(
                bank_account=account,
                actor=request.user,
                as_of=business_today(),
                note=form.cleaned_data["note"],
            )
        except InvalidInput as error:
            put_error(form, error)
        else:
            messages.success(request, _("The account is verified."))
            return redirect(customer_url(customer, "dossier"))
    return _render_form(request, form, customer, _("Verify account"), account=account)


@needs("contact.log")
@require_http_methods(["GET", "POST"])
def contact_log(request: HttpRequest, code: str) -> HttpResponse:
    """Write down a conversation."""
    customer = get_customer(code, user=request.user)
    form = ContactLogForm(posted(request), initial={"happened_at": now()})
    if request.method == "POST" and form.is_valid():
        try:
            services.log_contact(
                customer=customer,
                actor=request.user,
                as_of=business_today(),
                **form.cleaned_data,
            )
        except InvalidInput as error:
            put_error(form, error)
        else:
            messages.success(request, _("Contact logged."))
            return redirect(customer_url(customer))
    return _render_form(request, form, customer, _("Log contact"))


def _render_form(
    request: HttpRequest, form: Any, customer: Customer, title: str, **more: Any
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "customer": customer, "form_title": title, **more}
    return render(request, "customers/part_form.html", context, status=status)
