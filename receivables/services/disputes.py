"""Contested amounts: they stay owed and stay in their age, but are not dunned."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput
from common.events import record_event
from common.money import round_money
from receivables.models import Dispute, DueLine
from receivables.services.ledger import lock_items
from users.permissions import require


@transaction.atomic
def record_dispute(
    *, due_line: DueLine, kind: str, amount: Decimal, text: str, as_of: date, actor: Any = None
) -> Dispute:
    """Write down that a customer contests part of an item. Raises Conflict while one is open."""
    if actor is not None:
        require(actor, "dispute.record")
    _receipts, lines = lock_items([], [due_line.pk])
    due_line = lines[due_line.pk]
    if kind not in Dispute.Kind.values:
        raise InvalidInput(_("Choose what is contested."), field="kind", value=kind)
    if not 0 < amount <= due_line.open_amount:
        raise InvalidInput(
            _("Enter an amount between 0 and the open amount of %(open)s.")
            % {"open": due_line.open_amount},
            field="amount",
            value=amount,
        )
    if round_money(amount, due_line.currency) != amount:
        raise InvalidInput(_("That is finer than a cent."), field="amount", value=amount)
    if Dispute.objects.filter(due_line=due_line, state=Dispute.State.OPEN).exists():
        raise Conflict(_("A dispute about this item is open already."))
    dispute = Dispute.objects.create(
        due_line=due_line,
        kind=kind,
        amount=amount,
        text=text[:500],
        raised_on=as_of,
        raised_by=actor if getattr(actor, "pk", None) else None,
    )
    DueLine.objects.filter(pk=due_line.pk).update(disputed_amount=amount)
    record_event(
        "receivables.dispute.recorded",
        actor=actor,
        subject=due_line,
        customer_id=due_line.customer_id,
        as_of=as_of,
        after={"kind": kind, "amount": amount},
        reason=text,
    )
    return dispute


@transaction.atomic
def close_dispute(*, dispute: Dispute, as_of: date, reason: str, actor: Any = None) -> Dispute:
    """End a dispute; what is still open of the item may be dunned again."""
    if actor is not None:
        require(actor, "dispute.record")
    if not reason.strip():
        raise InvalidInput(_("Say how the dispute ended."), field="reason")
    _receipts, lines = lock_items([], [dispute.due_line_id])
    closed = Dispute.objects.filter(pk=dispute.pk, state=Dispute.State.OPEN).update(
        state=Dispute.State.CLOSED, closed_on=as_of
    )
    if not closed:
        raise Conflict(_("This dispute is closed already."))
    left = Dispute.objects.filter(due_line=dispute.due_line_id, state=Dispute.State.OPEN).aggregate(
        amount=Sum("amount")
    )["amount"]
    line = lines[dispute.due_line_id]
    DueLine.objects.filter(pk=line.pk).update(disputed_amount=left or Decimal(0))
    record_event(
        "receivables.dispute.closed",
        actor=actor,
        subject=line,
        customer_id=line.customer_id,
        as_of=as_of,
        before={"kind": dispute.kind, "amount": dispute.amount},
        reason=reason,
    )
    dispute.refresh_from_db()
    return dispute
