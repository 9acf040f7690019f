"""A person's word against the score: asked for by one, decided by another, ended by its date or early.

NOTCH-1 needs the parent's written support, NOTCH-2 a parent, NOTCH-3 the committee (9.5). What is
decided counts at once: the customer is rated anew.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.dates import add_months
from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event
from common.locks import lock_row
from customers.models import Customer, Document
from customers.services import cancel_task, complete_task, create_task
from scoring.domain.rating.overrides import MANUAL_NOTCH_MONTHS, MAX_NOTCHES_UP, is_parent_stronger
from scoring.models import RatingOverride
from scoring.selectors.ratings import get_current_rating
from scoring.services.ratings import rate_customers
from users.permissions import EXECUTIVE, MANAGER, require

Code, State = RatingOverride.Code, RatingOverride.State

MOST_MONTHS = {Code.PARENT_SUPPORT: 12, Code.PARENT_POOL: 12, Code.COMMITTEE: MANUAL_NOTCH_MONTHS}
MOST_DOWN = -9
USELESS_DOCUMENTS = ("REJECTED", "SUPERSEDED", "EXPIRED", "DOUBTED")
ASKED = gettext_noop("%(name)s: decide on shifting the grade (%(code)s)")


class OverrideInForce(Conflict):
    """An override of this kind is asked for, or in force, already."""

    code = "OVERRIDE_IN_FORCE"


class OverrideClosed(Conflict):
    """The override was decided, or ended, already."""

    code = "OVERRIDE_CLOSED"


@transaction.atomic
def ask_override(
    *,
    customer: Customer,
    code: str,
    reason: str,
    valid_from: date,
    valid_to: date,
    as_of: date,
    actor: Any,
    notches: int = 0,
    evidence: Document | None = None,
) -> RatingOverride:
    """Ask for a shift of the grade; another person decides.

    `valid_to` is the first day on which it no longer counts. `notches` counts for NOTCH-3 alone.

    Raises:
        InvalidInput: no reason, a bad period or shift, no parent, no evidence; `field` says which.
        OverrideInForce: one of the kind waits, or holds, already.
    """
    require(actor, "rating.override")
    lock_row(Customer, customer.pk)
    _check_period(code, valid_from, valid_to, as_of)
    if not reason.strip():
        raise InvalidInput(_("Say why the score alone is wrong."), field="reason")
    if code == Code.COMMITTEE:
        _check_notches(notches)
    else:
        notches = 0
        _check_parent(customer, code, as_of)
    _check_evidence(customer, code, evidence)
    if _list_standing(customer, code, as_of).exists():
        raise OverrideInForce(_("Such a shift is asked for, or in force, already."))
    row = RatingOverride.objects.create(
        customer=customer,
        code=code,
        notches=notches,
        reason=reason.strip(),
        evidence=evidence,
        valid_from=valid_from,
        valid_to=valid_to,
        asked_by=actor,
    )
    _record("asked", row, actor=actor, as_of=as_of, reason=row.reason)
    create_task(
        key=_task_key(row),
        kind="RATING_OVERRIDE",
        title=ASKED,
        params={"name": customer.name, "code": code},
        customer=customer,
        role=_decider(row, actor),
        url=reverse("customer_rating", args=[customer.code]) + "#overrides",
    )
    return row


@transaction.atomic
def decide_override(
    *, override: RatingOverride, approve: bool, answer: str, as_of: date, actor: Any
) -> RatingOverride:
    """Approve or refuse what another person asked for; an approval rates the customer anew.

    Raises:
        NotAllowed: the actor asked for it, or it is the committee's.
        OverrideClosed: it is decided already.
        InvalidInput: a refusal without a word, or a period that is over.
    """
    require(actor, "rating.override.decide")
    lock_row(Customer, override.customer_id)
    row = lock_row(RatingOverride, override.pk)
    if row.code == Code.COMMITTEE:
        require(actor, "rating.override.committee")
    if row.state != State.ASKED:
        raise OverrideClosed(_("This is decided already."))
    if row.asked_by_id == actor.pk:
        raise NotAllowed(_("Who asks for a shift of the grade does not decide."), code="FOUR_EYES")
    if not approve and not answer.strip():
        raise InvalidInput(_("Say why it is refused."), field="answer")
    if approve and row.valid_to <= as_of:
        raise InvalidInput(_("The period asked for is over."), field="valid_to")
    row.state = State.APPROVED if approve else State.REFUSED
    row.decided_by, row.decided_on, row.answer = actor, as_of, answer.strip()
    row.save(update_fields=["state", "decided_by", "decided_on", "answer"])
    verb = "approved" if approve else "refused"
    _record(verb, row, actor=actor, as_of=as_of, reason=row.answer)
    complete_task(key=_task_key(row), actor=actor, as_of=as_of)
    if approve:
        rate_customers(as_of=as_of, customer_ids=[row.customer_id])
    return row


@transaction.atomic
def end_override(
    *, override: RatingOverride, reason: str, as_of: date, actor: Any
) -> RatingOverride:
    """End an override before its date, or take back one that still waits; the customer is rated anew.

    It counts until that day: a rating of an earlier date still finds it.

    Raises:
        OverrideClosed: it is refused or over already.
        InvalidInput: no reason.
    """
    require(actor, "rating.override")
    lock_row(Customer, override.customer_id)
    row = lock_row(RatingOverride, override.pk)
    was_in_force = row.state == State.APPROVED and row.valid_to > as_of
    if not was_in_force and row.state != State.ASKED:
        raise OverrideClosed(_("This is over already."))
    if not reason.strip():
        raise InvalidInput(_("Say why it ends."), field="answer")
    row.state, row.answer, row.ended_on = State.ENDED, reason.strip(), as_of
    row.save(update_fields=["state", "answer", "ended_on"])
    _record("ended", row, actor=actor, as_of=as_of, reason=row.answer)
    cancel_task(key=_task_key(row), actor=actor, as_of=as_of)
    if was_in_force:
        rate_customers(as_of=as_of, customer_ids=[row.customer_id])
    return row


def _check_period(code: str, valid_from: date, valid_to: date, as_of: date) -> None:
    if code not in Code.values:
        raise InvalidInput(_("There is no such override."), field="code")
    if valid_from < as_of:
        raise InvalidInput(_("It cannot begin in the past."), field="valid_from")
    if valid_to <= valid_from:
        raise InvalidInput(_("It must end after it begins."), field="valid_to")
    months = MOST_MONTHS[Code(code)]
    if valid_to > add_months(valid_from, months):
        raise InvalidInput(
            _("It may hold for %(months)s months at most.") % {"months": months}, field="valid_to"
        )


def _check_notches(notches: int) -> None:
    if notches == 0 or not MOST_DOWN <= notches <= MAX_NOTCHES_UP:
        raise InvalidInput(
            _("Two steps up at most, or nine down; none is no shift."), field="notches"
        )


def _check_parent(customer: Customer, code: str, as_of: date) -> None:
    if customer.parent_id is None:
        raise InvalidInput(_("This customer has no parent on file."), field="code")
    parent = get_current_rating(customer_id=customer.parent_id, as_of=as_of)
    if parent is None:
        raise InvalidInput(_("The parent must be rated first."), field="code")
    if code == Code.PARENT_POOL:
        return
    own = get_current_rating(customer_id=customer.pk, as_of=as_of)
    if own is not None and not is_parent_stronger(
        own.grade + own.modifier, parent.grade + parent.modifier
    ):
        raise InvalidInput(_("The parent must stand two grades better."), field="code")


def _check_evidence(customer: Customer, code: str, evidence: Document | None) -> None:
    if evidence is None:
        if code == Code.PARENT_SUPPORT:
            raise InvalidInput(_("The parent's written support must be on file."), field="evidence")
        return
    if evidence.customer_id not in (customer.pk, customer.parent_id):
        raise InvalidInput(_("This document belongs to somebody else."), field="evidence")
    if evidence.state in USELESS_DOCUMENTS:
        raise InvalidInput(_("This document is no evidence any more."), field="evidence")


def _list_standing(customer: Customer, code: str, as_of: date) -> Any:
    return RatingOverride.objects.filter(
        customer=customer, code=code, state__in=[State.ASKED, State.APPROVED], valid_to__gt=as_of
    )


def _decider(row: RatingOverride, actor: Any) -> str:
    """Return the role that it waits for: the committee, or the manager unless he asks himself."""
    return EXECUTIVE if row.code == Code.COMMITTEE or actor.role == MANAGER else MANAGER


def _task_key(row: RatingOverride) -> str:
    return f"rating-override:{row.pk}"


def _record(verb: str, row: RatingOverride, *, actor: Any, as_of: date, reason: str) -> None:
    record_event(
        f"scoring.override.{verb}",
        actor=actor,
        subject=row,
        customer_id=row.customer_id,
        as_of=as_of,
        after={
            "code": row.code,
            "notches": row.notches,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "ended_on": row.ended_on,
            "state": row.state,
        },
        reason=reason,
    )
