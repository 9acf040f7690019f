"""Pages of documents: upload, the page of one with its steps, its bytes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.clock import business_today
from common.errors import Conflict, CreditError, NotAllowed, NotFound
from common.events import record_event
from common.files import serve_file
from customers import services
from customers.domain.checklist import LINES
from customers.domain.states import DOCUMENT
from customers.forms.documents import (
    DocumentForm,
    DocumentReasonForm,
    SubmitDocumentForm,
    VerifyDocumentForm,
)
from customers.models import Customer, Document
from customers.selectors import (
    get_customer,
    get_document,
    list_document_steps,
    list_versions,
)
from customers.services.documents import may_read_document
from customers.views.parties import posted, put_error
from customers.words.dossier import WHY, label_line
from users.permissions import may, require
from users.views_support import needs

PERMISSION_OF_ACTION = {
    "submit": "document.upload",
    "verify": "document.verify",
    "reject": "document.verify",
    "doubt": "document.doubt",
    "confirm": "document.conclude",
    "refuse": "document.conclude",
}


@needs("document.upload")
@require_http_methods(["GET", "POST"])
def document_create(request: HttpRequest, code: str) -> HttpResponse:
    """Upload a document, or a new version of one."""
    customer = get_customer(code, user=request.user)
    replaces = _replaced(request, customer)
    kind = request.GET.get("kind", "")
    form = DocumentForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        replaces=replaces,
        initial={"kind": kind, "title": label_line(kind) if kind in LINES else ""},
    )
    if request.method == "POST" and form.is_valid():
        try:
            document = services.add_document(
                customer=customer,
                actor=request.user,
                as_of=business_today(),
                replaces=replaces,
                **form.values(),
            )
        except CreditError as error:
            put_error(form, error)
        else:
            messages.success(request, _("The document is stored."))
            return redirect("document", code=customer.code, pk=document.pk)
    title = _("New version") if replaces else _("New document")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "customer": customer, "form_title": title, "replaces": replaces}
    return render(request, "customers/document_form.html", context, status=status)


def _replaced(request: HttpRequest, customer: Customer) -> Document | None:
    text = request.GET.get("replaces", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise NotFound
    return get_document(customer, int(text), user=request.user)


@needs("customer.view")
@require_GET
def document_page(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show a document: what it is, its versions, its steps, what may be done with it."""
    return _render(request, *_find(request, code, pk))


def _find(request: HttpRequest, code: str, pk: int) -> tuple[Customer, Document]:
    customer = get_customer(code, user=request.user)
    return customer, get_document(customer, pk, user=request.user)


def _render(
    request: HttpRequest,
    customer: Customer,
    document: Document,
    bound: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    readable = may_read_document(document, user)
    actions = [
        action
        for action in DOCUMENT.actions(document.state)
        if action in PERMISSION_OF_ACTION and may(user, PERMISSION_OF_ACTION[action])
    ]
    is_own = document.uploaded_by_id == user.pk  # type: ignore[union-attr]
    versions = list_versions(document)
    forms: dict[str, Any] = {
        "submit": SubmitDocumentForm(prefix="submit"),
        "verify": VerifyDocumentForm(prefix="verify"),
        **{n: DocumentReasonForm(prefix=n) for n in ("reject", "doubt", "confirm", "refuse")},
        **(bound or {}),
    }
    context = {
        "customer": customer,
        "document": document,
        "line": label_line(document.kind),
        "why": WHY.get(document.kind, ""),
        "readable": readable,
        "title": document.title if readable else label_line(document.kind),
        "steps": list(list_document_steps(document)),
        "versions": versions,
        "newest": versions[0],
        "facts": list(document.facts.order_by("field", "-as_of")) if readable else [],
        "is_own": is_own,
        "forms": [
            {
                "action": action,
                "form": forms[action],
                "verb": STEP_WORDS[action][0],
                "danger": STEP_WORDS[action][1],
            }
            for action in actions
            if not (is_own and action in ("verify", "confirm"))
        ],
        "waits_for_others": is_own and document.state == Document.State.SUBMITTED,
        "may_upload": may(user, "document.upload") and document.state != "DOUBTED",
    }
    return render(request, "customers/document.html", context, status=status)


STEP_WORDS: dict[str, tuple[str | Promise, bool]] = {
    "submit": (gettext_lazy("Hand in for verification"), False),
    "verify": (gettext_lazy("It is genuine"), False),
    "reject": (gettext_lazy("Reject"), True),
    "doubt": (gettext_lazy("Doubt it"), True),
    "confirm": (gettext_lazy("Confirmed by a third party"), False),
    "refuse": (gettext_lazy("Refuse it for good"), True),
}
"""The verb of each step, and whether it takes something away."""


@needs("customer.view")
@require_POST
def document_step(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take one step of a document's life."""
    action = request.POST.get("action", "")
    if action not in PERMISSION_OF_ACTION:
        raise NotFound
    require(request.user, PERMISSION_OF_ACTION[action])
    customer, document = _find(request, code, pk)
    form = _form_of(action, request.POST)
    if form.is_valid():
        try:
            _take(action, document, form.cleaned_data, request.user)
        except (NotAllowed, Conflict) as error:
            form.add_error(None, str(error))
            return _render(request, customer, document, {action: form}, error.status)
        except CreditError as error:
            put_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("document", code=customer.code, pk=document.pk)
    return _render(request, customer, document, {action: form}, 422)


def _form_of(action: str, data: Any) -> Any:
    if action == "submit":
        return SubmitDocumentForm(data, prefix=action)
    if action == "verify":
        return VerifyDocumentForm(data, prefix=action)
    return DocumentReasonForm(data, prefix=action)


def _take(action: str, document: Document, values: dict[str, Any], user: Any) -> None:
    common: dict[str, Any] = {"document": document, "actor": user, "as_of": business_today()}
    if action == "submit":
        services.submit_document(issued_on=values["issued_on"], **common)
    elif action == "verify":
        services.verify_document(method=values["method"], note=values["note"], **common)
    elif action == "reject":
        services.reject_document(reason=values["reason"], **common)
    elif action == "doubt":
        services.doubt_document(reason=values["reason"], **common)
    else:
        services.conclude_doubt(is_genuine=action == "confirm", text=values["reason"], **common)


@needs("customer.view")
@require_GET
def document_file(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """Hand out the bytes of a document; reading a personal one is written down."""
    customer, document = _find(request, code, pk)
    if not may_read_document(document, request.user):
        raise NotAllowed(_("Personal documents are read by credit only."), code="PERSONAL_DATA")
    response = serve_file(document.file)
    if document.confidentiality != Document.Confidentiality.NORMAL:
        record_event(
            "customers.document.read",
            actor=request.user,
            subject=document,
            customer_id=customer.pk,
            as_of=business_today(),
            after={"kind": document.kind, "version": document.version},
        )
    return response
