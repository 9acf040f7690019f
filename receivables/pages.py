"""What the pages of documents show: words, links and what this reader may do."""

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from common.clock import business_today
from common.figures import format_amount, format_iso_day
from common.money import round_money
from receivables.domain.states import RECEIPT
from receivables.forms import WAITING, ApplyByHandForm, DisputeForm, IdentifyForm, ReasonForm
from receivables.models import Receipt
from receivables.selectors import InvoicePicture, Proposal
from receivables.words import CONFIDENCES, label_rule
from users.permissions import may

CONFIDENCE_TONES = {"AUTO": "good", "SUGGEST": "warn", "MANUAL": "grey"}


def customer_url(code: str) -> str:
    """Return the address of a customer's page, which lives in a higher app."""
    return f"/customers/{quote(code, safe='')}/"


def describe_event(code: str) -> tuple[str, str]:
    """Return an event of this app in words, with its icon."""
    words = {
        "receivables.receipt.recorded": (_("Receipt booked"), "cash"),
        "receivables.receipt.applied": (_("Money applied"), "cash"),
        "receivables.receipt.identified": (_("Payer identified"), "user"),
        "receivables.receipt.returned": (_("Money returned by the bank"), "alert-triangle"),
        "receivables.application.reversed": (_("Application undone"), "alert-triangle"),
        "receivables.credit_note.applied": (_("Credit note used"), "file-text"),
        "receivables.difference.posted": (_("Small difference posted away"), "file-text"),
        "receivables.invoice.reversed": (_("Document taken back"), "file-text"),
        "receivables.dispute.recorded": (_("Dispute recorded"), "alert-triangle"),
        "receivables.dispute.closed": (_("Dispute closed"), "shield-check"),
        "receivables.order.credit_status": (_("Credit status of the order changed"), "lock"),
    }
    return words.get(code, (code, "settings"))


def invoice_context(request: HttpRequest, picture: InvoicePicture, **forms: Any) -> dict[str, Any]:
    """Return what the page of one document needs."""
    invoice = picture.invoice
    currency = invoice.currency
    contested = {d.due_line_id for d in picture.disputes if d.state == "OPEN"}
    open_lines = [
        line for line in picture.lines if line.open_amount > 0 and line.pk not in contested
    ]
    dispute_form = forms.get("dispute_form")
    if dispute_form is None and open_lines:
        dispute_form = DisputeForm(
            currency=currency,
            initial={
                "due_line": open_lines[0].pk,
                "amount": round_money(open_lines[0].open_amount, currency),
            },
        )
    return {
        "picture": picture,
        "invoice": invoice,
        "facts": _invoice_facts(picture),
        "customer_url": customer_url(invoice.customer.code),
        "events": [
            {
                "icon_name": describe_event(event.code)[1],
                "text": " · ".join(filter(None, (describe_event(event.code)[0], event.reason))),
                "who": event.actor.display_name if event.actor else _("System"),
                "when": event.at,
            }
            for event in picture.events
        ],
        "applications": [
            {
                "row": application,
                "rule": label_rule(application.rule),
                "is_use": application.credit_line is not None
                and application.credit_line.invoice_id == invoice.pk,
            }
            for application in picture.applications
        ],
        "dispute_form": dispute_form,
        "close_form": forms.get("close_form") or ReasonForm(),
        "may_dispute": may(request.user, "dispute.record") and bool(open_lines),
        "may_close": may(request.user, "dispute.record"),
        "may_see_receipts": may(request.user, "receipt.view"),
        "days": picture.days_past_due,
    }


def _invoice_facts(picture: InvoicePicture) -> list[dict[str, Any]]:
    invoice = picture.invoice
    term = invoice.payment_term
    rows = [
        (_("Invoice date"), format_iso_day(invoice.doc_date)),
        (_("Posted on"), format_iso_day(invoice.posting_date)),
        (_("Payment term"), term.display_name if term else ""),
        (_("Order"), invoice.order_no),
        (_("Delivery"), invoice.delivery_no),
        (_("Contract"), invoice.contract_no),
        (_("Tax invoice no."), invoice.tax_invoice_no),
        (_("Bank reference"), invoice.structured_ref),
        (_("Company"), invoice.company.display_name),
        (_("Net"), format_amount(invoice.net, invoice.currency)),
        (_("Tax"), format_amount(invoice.tax, invoice.currency)),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def receipt_filters(request: HttpRequest) -> dict[str, Any]:
    """Return the search text and chips of the list of receipts."""
    state = request.GET.get("state", "")
    query = request.GET.copy()
    query.pop("page", None)

    def link(**changes: str | None) -> str:
        changed = query.copy()
        for name, value in changes.items():
            changed.pop(name, None)
            if value:
                changed[name] = value
        text = changed.urlencode()
        return f"?{text}" if text else reverse("receipts")

    chosen = [(WAITING, _("To apply"))] + [
        (code, label)
        for code, label in Receipt.State.choices
        if code in {"UNIDENTIFIED", "PARTLY_APPLIED", "APPLIED", "RETURNED"}
    ]
    return {
        "query": request.GET.get("q", ""),
        "chips": [
            {
                "label": label,
                "on": code == state,
                "url": link(state=None if code == state else code),
            }
            for code, label in chosen
        ],
        "clear_url": reverse("receipts") if request.GET else "",
        "keep": [("state", state)] if state else [],
    }


def receipt_context(
    request: HttpRequest, receipt: Receipt, proposal: Proposal | None, forms: dict[str, Any]
) -> dict[str, Any]:
    """Return what the page of one receipt needs; forms that were refused come back with it."""
    user = request.user
    is_final = RECEIPT.is_final(receipt.state)
    hand = forms.get("hand")
    if hand is None and proposal is not None:
        hand = ApplyByHandForm(items=proposal.items, currency=receipt.currency)
    return {
        "receipt": receipt,
        "facts": [
            {"label": label, "value": value}
            for label, value in (
                (_("Value date"), format_iso_day(receipt.value_date)),
                (_("Payer"), receipt.payer_name),
                (_("Payer's account"), receipt.payer_account),
                (_("Text"), receipt.remittance),
                (_("Bank reference"), receipt.bank_ref),
                (_("Structured reference"), receipt.structured_ref),
                (_("Method"), receipt.get_method_display()),
                (_("Company"), receipt.company.display_name),
            )
            if value
        ],
        "proposal": proposal,
        "rule": label_rule(proposal.match.rule) if proposal else "",
        "confidence": CONFIDENCES[proposal.match.confidence] if proposal else "",
        "tone": CONFIDENCE_TONES[proposal.match.confidence] if proposal else "",
        "hand": hand,
        "hand_rows": [(item, hand[name]) for name, item in hand.items.items()] if hand else [],
        "identify": forms.get("identify") or IdentifyForm(),
        "give_back": forms.get("give_back") or ReasonForm(),
        "refusal": forms.get("refusal", ""),
        "applications": [
            {
                "row": application,
                "rule": label_rule(application.rule),
                "is_live": application.reverses_id is None
                and not hasattr(application, "reversed_by"),
            }
            for application in receipt.applications.all()
        ],
        "may_apply": may(user, "receipt.apply") and not is_final and bool(proposal),
        "may_identify": may(user, "receipt.apply") and receipt.state == "UNIDENTIFIED",
        "may_return": may(user, "receipt.reverse") and RECEIPT.allows(receipt.state, "return"),
        "may_reverse": may(user, "receipt.reverse") and not is_final,
        "today": business_today(),
    }
