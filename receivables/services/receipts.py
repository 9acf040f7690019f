"""Money that came in: recording it, saying whose it is, giving it back."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, TransitionNotAllowed
from common.events import record_event
from common.money import round_money
from customers.models import Company, Customer
from receivables.domain.states import RECEIPT, ReceiptState
from receivables.models import Application, Posting, Receipt
from receivables.posting import ReceiptRow, post_receipts
from receivables.services.applying import reversal_of
from receivables.services.documents import difference_prefix
from receivables.services.ledger import lock_items, write_moves
from users.permissions import require


@transaction.atomic
def record_receipt(
    *,
    company: Company,
    number: str,
    value_date: date,
    currency: str,
    amount: Decimal,
    as_of: date,
    customer: Customer | None = None,
    actor: Any = None,
    **said: Any,
) -> Receipt:
    """Write down money that came in; without a customer it waits as that of an unknown payer.

    `said` is what bank and payer said: payer_name, payer_account, bank_account, bank_ref,
    remittance, structured_ref, method. Raises Conflict when the number or bank reference exists.
    """
    if actor is not None:
        require(actor, "receipt.post")
    if amount <= 0 or round_money(amount, currency) != amount:
        raise InvalidInput(
            _("Enter an amount above zero, in whole minor units of the currency."),
            field="amount",
            value=amount,
        )
    if value_date > as_of:
        raise InvalidInput(_("The value date lies in the future."), field="value_date")
    row = ReceiptRow(
        number=number,
        customer_id=customer.pk if customer else None,
        value_date=value_date,
        currency=currency,
        amount=amount,
        **said,
    )
    try:
        with connection.wrap_database_errors, transaction.atomic():
            posted = post_receipts([row], company=company)
    except IntegrityError as error:
        raise Conflict(
            _("This receipt is booked already: its number or bank reference exists."),
            code="DUPLICATE",
        ) from error
    receipt = Receipt.objects.get(pk=posted.ids[0])
    record_event(
        "receivables.receipt.recorded",
        actor=actor,
        subject=receipt,
        customer_id=receipt.customer_id,
        as_of=as_of,
        after={"number": number, "amount": amount, "currency": currency},
    )
    return receipt


@transaction.atomic
def identify_receipt(
    *, receipt: Receipt, customer: Customer, as_of: date, actor: Any = None
) -> Receipt:
    """Say whose money a parked receipt is. Raises TransitionNotAllowed once it is known."""
    if actor is not None:
        require(actor, "receipt.apply")
    receipts, _lines = lock_items([receipt.pk], [])
    receipt = receipts[receipt.pk]
    state = RECEIPT.next(receipt.state, "identify")
    Receipt.objects.filter(pk=receipt.pk).update(customer=customer, state=state)
    Posting.objects.filter(receipt=receipt).update(customer=customer)
    record_event(
        "receivables.receipt.identified",
        actor=actor,
        subject=receipt,
        customer_id=customer.pk,
        as_of=as_of,
        before={"state": receipt.state},
        after={"state": state, "customer": customer.code},
    )
    receipt.refresh_from_db()
    return receipt


@transaction.atomic
def return_receipt(*, receipt: Receipt, as_of: date, reason: str, actor: Any = None) -> Receipt:
    """Book that the bank took the money back: what it paid is owed again from that day on.

    Its applications are reversed the same day, and the differences posted with them. Not before:
    the aging of earlier days stays as it was.
    """
    if actor is not None:
        require(actor, "receipt.reverse")
    if not reason.strip():
        raise InvalidInput(_("Say why the money went back."), field="reason")
    if as_of < receipt.posting_date:
        raise InvalidInput(_("The money came later than that day."), field="as_of")
    live = list(_live_applications(receipt))
    receipts, lines = lock_items(
        [receipt.pk],
        {pk for a in live for pk in (a.due_line_id, a.credit_line_id) if pk},
    )
    receipt = receipts[receipt.pk]
    if not RECEIPT.allows(receipt.state, "return"):
        raise TransitionNotAllowed(_("This receipt was returned already."), state=receipt.state)
    if any(a.applied_on > as_of for a in live):
        raise InvalidInput(_("Part of it was applied later than that day."), field="as_of")
    if {a.pk for a in live} != {a.pk for a in _live_applications(receipt)}:
        raise Conflict(_("It was changed at the same moment. Try again."))
    moves = [reversal_of(a, lines, receipts, as_of, reason) for a in live]
    if moves:
        write_moves(moves, actor=actor)
    Posting.objects.create(
        customer_id=receipt.customer_id,
        company_id=receipt.company_id,
        receipt=receipt,
        currency=receipt.currency,
        doc_date=receipt.value_date,
        posted_on=as_of,
        amount=receipt.amount,
    )
    Receipt.objects.filter(pk=receipt.pk).update(
        state=ReceiptState.RETURNED, returned_on=as_of, unapplied_amount=Decimal(0)
    )
    Posting.objects.filter(receipt=receipt).update(closed_on=as_of)
    record_event(
        "receivables.receipt.returned",
        actor=actor,
        subject=receipt,
        customer_id=receipt.customer_id,
        as_of=as_of,
        before={"state": receipt.state, "applied": receipt.amount - receipt.unapplied_amount},
        after={"state": ReceiptState.RETURNED, "reversed": len(moves)},
        reason=reason,
    )
    receipt.refresh_from_db()
    return receipt


def _live_applications(receipt: Receipt) -> Any:
    """Applications of the receipt, and of the differences posted with it, not yet reversed."""
    own = Application.objects.filter(receipt=receipt)
    beside = Application.objects.filter(
        due_line__in=own.values("due_line"),
        credit_line__invoice__number__startswith=difference_prefix(receipt),
        credit_line__invoice__company=receipt.company_id,
        credit_line__invoice__batch=None,
    )
    live = {"reverses": None, "reversed_by": None}
    return (own.filter(**live) | beside.filter(**live)).order_by("pk")
