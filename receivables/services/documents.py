"""Documents that services themselves post: small differences, earned discounts, reversals."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput
from common.events import record_event
from receivables.domain.settlement import invoice_state
from receivables.domain.states import INVOICE
from receivables.models import DueLine, Invoice, Receipt
from receivables.posting import Instalment, InvoiceRow, post_invoices
from receivables.services.ledger import Move, check_moves, lock_items, write_moves
from users.permissions import require

DIFFERENCE = "DIF"
REVERSAL = "REV"


def post_difference(
    *, due_line_id: int, receipt: Receipt, amount: Decimal, as_of: date, rule: str, actor: Any
) -> Invoice:
    """Post away what a payment fell short by: a credit note on that item, applied at once.

    Runs in the transaction that applied the payment and holds its locks.
    """
    line = DueLine.objects.select_related("invoice__company").get(pk=due_line_id)
    number = _difference_number(receipt, line)
    note = _post_document(
        number=number,
        doc_type=Invoice.DocType.CN,
        origin=line.invoice,
        amounts=(-amount, Decimal(0), -amount),
        as_of=as_of,
    )
    credit_line = note.due_lines.get()
    moves = [Move(line, credit_line, amount, as_of, rule)]
    check_moves(moves, as_of=as_of)
    write_moves(moves, actor=actor)
    record_event(
        "receivables.difference.posted",
        actor=actor,
        subject=line.invoice,
        customer_id=line.customer_id,
        as_of=as_of,
        after={"amount": amount, "document": number, "receipt": receipt.number},
    )
    return note


def difference_prefix(receipt: Receipt) -> str:
    """Return how the numbers of all differences of a receipt begin, and of no other's."""
    return f"{DIFFERENCE}-{receipt.pk}-"


def _difference_number(receipt: Receipt, line: DueLine) -> str:
    """Return a free number: a receipt that was undone and applied again may fall short again."""
    first = number = f"{difference_prefix(receipt)}{line.pk}"
    turn = 1
    while Invoice.objects.filter(company=line.company_id, number=number).exists():
        turn += 1
        number = f"{first}-{turn}"
    return number


@transaction.atomic
def reverse_invoice(*, invoice: Invoice, as_of: date, reason: str, actor: Any = None) -> Invoice:
    """Take a document back by posting its mirror image; both stay. Only while nothing is applied.

    Raises Conflict when something is applied to it, or it was reversed.
    """
    if actor is not None:
        require(actor, "receipt.reverse")
    if not reason.strip():
        raise InvalidInput(_("Say why it is taken back."), field="reason")
    if invoice.reverses_id or Invoice.objects.filter(reverses=invoice).exists():
        raise Conflict(_("This document was taken back already."))
    if as_of < invoice.posting_date:
        raise InvalidInput(_("It was posted later than that day."), field="as_of")
    ids = list(invoice.due_lines.values_list("pk", flat=True))
    _receipts, lines = lock_items([], ids)
    left = sum((line.open_amount for line in lines.values()), Decimal(0))
    state = invoice_state(invoice.gross, left)
    if not INVOICE.allows(state, "reverse"):
        raise Conflict(_("Undo what was applied to this document first."), state=state)
    mirror = _post_document(
        number=f"{REVERSAL}-{invoice.number}"[:40],
        doc_type=invoice.doc_type,
        origin=invoice,
        amounts=(-invoice.net, -invoice.tax, -invoice.gross),
        as_of=as_of,
        lines=[-line.amount for line in lines.values()],
        reverses=invoice,
    )
    mirrored = list(mirror.due_lines.order_by("line_no"))
    moves = [
        _clear(line, other, as_of, reason)
        for line, other in zip(lines.values(), mirrored, strict=True)
        if line.amount
    ]
    check_moves(moves, as_of=as_of)
    write_moves(moves, actor=actor)
    record_event(
        "receivables.invoice.reversed",
        actor=actor,
        subject=invoice,
        customer_id=invoice.customer_id,
        as_of=as_of,
        before={"gross": invoice.gross},
        after={"document": mirror.number},
        reason=reason,
    )
    return mirror


def _clear(line: DueLine, other: DueLine, as_of: date, reason: str) -> Move:
    owed, credit = (line, other) if line.amount > 0 else (other, line)
    return Move(owed, credit, owed.amount, as_of, REVERSAL, reason)


def _post_document(
    *,
    number: str,
    doc_type: str,
    origin: Invoice,
    amounts: tuple[Decimal, Decimal, Decimal],
    as_of: date,
    lines: list[Decimal] | None = None,
    reverses: Invoice | None = None,
) -> Invoice:
    """Write a document on the account of another one, with its due lines and postings."""
    net, tax, gross = amounts
    row = InvoiceRow(
        number=number,
        customer_id=origin.customer_id,
        doc_date=as_of,
        currency=origin.currency,
        net=net,
        tax=tax,
        gross=gross,
        doc_type=doc_type,
        order_no=origin.order_no,
        reference_no=origin.number,
        reverses_id=reverses.pk if reverses else None,
        instalments=[Instalment(amount, None, None) for amount in lines or [gross]],
    )
    posted = post_invoices([row], company=origin.company)
    return Invoice.objects.get(pk=posted.ids[0])
