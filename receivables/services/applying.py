"""Applying money and credit notes to what is owed, and undoing it."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, TransitionNotAllowed
from common.events import record_event
from receivables.domain.settlement import receipt_state
from receivables.domain.states import RECEIPT
from receivables.models import Application, DueLine, Receipt
from receivables.selectors.proposals import Proposal, get_proposal
from receivables.services.documents import post_difference
from receivables.services.ledger import Move, check_moves, lock_items, write_moves
from users.permissions import require

BY_HAND = "BY_HAND"


class Part(NamedTuple):
    """What is to be applied to one due line: negative on a credit note that is used up with it."""

    due_line_id: int
    amount: Decimal


class NothingToApply(Conflict):
    """The receipt is used up, returned, or its payer is unknown."""

    code = "NOTHING_TO_APPLY"


class AlreadyReversed(Conflict):
    """The application was undone before."""

    code = "ALREADY_REVERSED"


@transaction.atomic
def apply_receipt(*, receipt: Receipt, as_of: date, actor: Any = None) -> Proposal | None:
    """Apply what is left of a receipt as the rules say, when they are sure; return their answer.

    What they only suggest waits for a person, and what they cannot place stays on account. None
    when there is nothing to apply.
    """
    if actor is not None:
        require(actor, "receipt.apply")
    receipts, _lines = lock_items([receipt.pk], [])
    receipt = receipts[receipt.pk]
    proposal = get_proposal(receipt, as_of=as_of)
    if proposal is None:
        return None
    match = proposal.match
    Receipt.objects.filter(pk=receipt.pk).update(
        match_rule=match.rule.value,
        match_detail={
            "confidence": match.confidence.value,
            "candidates": [[item.due_line_id for item in chosen] for chosen in proposal.candidates],
        },
    )
    if not proposal.is_automatic:
        return proposal
    apply_amounts(
        receipt=receipt,
        parts=[(item.due_line_id, amount) for item, amount in proposal.parts],
        applied_on=as_of,
        rule=match.rule.value,
        actor=actor,
    )
    by_number = {item.number: item for item in proposal.items}
    differences = [*match.discounts, *([match.small_difference] if match.small_difference else [])]
    for difference in differences:
        item = by_number[difference.item.partition("#")[0]]
        post_difference(
            due_line_id=item.due_line_id,
            receipt=receipt,
            amount=difference.amount,
            as_of=as_of,
            rule=match.rule.value,
            actor=actor,
        )
    return proposal


@transaction.atomic
def apply_amounts(
    *,
    receipt: Receipt,
    parts: Iterable[tuple[int, Decimal]],
    applied_on: date,
    rule: str = BY_HAND,
    actor: Any = None,
) -> list[int]:
    """Apply a receipt to the due lines named, each with its amount; all or nothing.

    Parts with a negative amount are credit notes used up together with the money: they pay the
    first items of the list. Returns the ids of the applications. Raises OverApplied, InvalidInput or
    NothingToApply.
    """
    if actor is not None:
        require(actor, "receipt.apply")
    wanted = [Part(*part) for part in parts]
    if not wanted or len({part.due_line_id for part in wanted}) != len(wanted):
        raise InvalidInput(_("Name at least one item, and each one once."), field="parts")
    receipts, lines = lock_items([receipt.pk], [part.due_line_id for part in wanted])
    receipt = receipts[receipt.pk]
    _check_may_apply(receipt)
    if len(lines) != len(wanted):
        raise InvalidInput(
            _("One of the items does not exist."), field="parts", code="UNKNOWN_ITEM"
        )
    moves = _plan_moves(receipt, wanted, lines, applied_on, rule)
    check_moves(moves, as_of=applied_on)
    taken = sum((m.amount for m in moves if isinstance(m.source, Receipt)), Decimal(0))
    _check_step(receipt, receipt.unapplied_amount - taken)
    before = receipt.unapplied_amount
    written = write_moves(moves, actor=actor)
    Receipt.objects.filter(pk=receipt.pk).update(match_rule=rule)
    receipt.refresh_from_db()
    record_event(
        "receivables.receipt.applied",
        actor=actor,
        subject=receipt,
        customer_id=receipt.customer_id,
        as_of=applied_on,
        before={"unapplied": before},
        after={
            "unapplied": receipt.unapplied_amount,
            "rule": rule,
            "items": [{"line": m.due_line.pk, "amount": m.amount} for m in moves],
        },
    )
    return written


@transaction.atomic
def apply_credit_note(
    *,
    credit_line: DueLine,
    parts: Iterable[tuple[int, Decimal]],
    applied_on: date,
    rule: str = BY_HAND,
    actor: Any = None,
) -> list[int]:
    """Use a credit note to pay due lines of the same customer; amounts are positive."""
    if actor is not None:
        require(actor, "receipt.apply")
    wanted = [Part(*part) for part in parts]
    _receipts, lines = lock_items([], [credit_line.pk, *(part.due_line_id for part in wanted)])
    credit_line = lines[credit_line.pk]
    if credit_line.amount >= 0:
        raise InvalidInput(_("Only a credit note can be used like this."), field="credit_line")
    if any(part.due_line_id not in lines for part in wanted):
        raise InvalidInput(
            _("One of the items does not exist."), field="parts", code="UNKNOWN_ITEM"
        )
    moves = [
        Move(lines[part.due_line_id], credit_line, part.amount, applied_on, rule) for part in wanted
    ]
    check_moves(moves, as_of=applied_on)
    written = write_moves(moves, actor=actor)
    record_event(
        "receivables.credit_note.applied",
        actor=actor,
        subject=credit_line,
        customer_id=credit_line.customer_id,
        as_of=applied_on,
        after={"items": [{"line": m.due_line.pk, "amount": m.amount} for m in moves]},
    )
    return written


@transaction.atomic
def reverse_application(
    *, application: Application, as_of: date, reason: str, actor: Any = None
) -> Application:
    """Undo an application from a day on; both rows stay. Raises AlreadyReversed or InvalidInput."""
    if actor is not None:
        require(actor, "receipt.reverse")
    if not reason.strip():
        raise InvalidInput(_("Say why it is undone."), field="reason")
    receipts, lines = lock_items(
        [application.receipt_id] if application.receipt_id else [],
        [pk for pk in (application.due_line_id, application.credit_line_id) if pk],
    )
    check_reversible(application, as_of=as_of)
    receipt = receipts.get(application.receipt_id or 0)
    if receipt is not None:
        _check_step(receipt, receipt.unapplied_amount + application.amount, action="unapply")
    written = write_moves([reversal_of(application, lines, receipts, as_of, reason)], actor=actor)
    record_event(
        "receivables.application.reversed",
        actor=actor,
        subject=application,
        customer_id=lines[application.due_line_id].customer_id,
        as_of=as_of,
        before={"amount": application.amount, "applied_on": application.applied_on},
        after={"reversed_on": as_of},
        reason=reason,
    )
    return Application.objects.get(pk=written[0])


def check_reversible(application: Application, *, as_of: date) -> None:
    """Refuse to undo an undoing, to undo twice, or to undo before it was done."""
    if application.reverses_id is not None:
        raise Conflict(_("A reversal is not reversed; apply the money again."))
    if Application.objects.filter(reverses=application).exists():
        raise AlreadyReversed(_("This was undone already."))
    if as_of < application.applied_on:
        raise InvalidInput(
            _("It was applied on %(day)s; undo it on that day or later.")
            % {"day": application.applied_on.isoformat()},
            field="as_of",
        )


def reversal_of(
    application: Application,
    lines: dict[int, DueLine],
    receipts: dict[int, Receipt],
    as_of: date,
    reason: str,
) -> Move:
    """Return the movement that takes an application back."""
    source = (
        receipts[application.receipt_id]
        if application.receipt_id
        else lines[application.credit_line_id or 0]
    )
    return Move(
        lines[application.due_line_id],
        source,
        -application.amount,
        as_of,
        application.rule,
        reason,
        application,
    )


def _check_may_apply(receipt: Receipt) -> None:
    if receipt.customer_id is None:
        raise NothingToApply(_("Say first whose money this is."))
    if RECEIPT.is_final(receipt.state):
        raise TransitionNotAllowed(_("This receipt was returned; nothing of it can be applied."))
    if receipt.unapplied_amount <= 0:
        raise NothingToApply(_("Nothing is left of this receipt."))


def _check_step(receipt: Receipt, left: Decimal, action: str = "apply") -> None:
    """Consult the lifecycle of receipts; partly applied may be applied in parts again."""
    target = receipt_state(receipt.amount, left)
    if target != receipt.state and not RECEIPT.allows(receipt.state, action, target):
        raise TransitionNotAllowed(
            _("A receipt in this state cannot be changed like this."), state=receipt.state
        )


def _plan_moves(
    receipt: Receipt,
    parts: Sequence[Part],
    lines: dict[int, DueLine],
    applied_on: date,
    rule: str,
) -> list[Move]:
    """Let the credit notes of the list pay its first items, and the money the rest."""
    credits = [(lines[p.due_line_id], -p.amount) for p in parts if p.amount < 0]
    for line, _amount in credits:
        if line.amount >= 0:
            raise InvalidInput(_("Enter an amount above zero."), field="amount")
    moves: list[Move] = []
    for part in parts:
        if part.amount < 0:
            continue
        line, left = lines[part.due_line_id], part.amount
        while credits and left > 0:
            credit, rest = credits.pop(0)
            used = min(rest, left)
            moves.append(Move(line, credit, used, applied_on, rule))
            left -= used
            if rest > used:
                credits.insert(0, (credit, rest - used))
        if left > 0 or part.amount == 0:
            moves.append(Move(line, receipt, left, applied_on, rule))
    if credits:
        raise InvalidInput(_("The credit notes are more than the items."), field="parts")
    return moves
