"""A customer's lifecycle (SM01): who may take which step, and what must be true first."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event
from common.locks import lock_row
from customers.domain.states import CUSTOMER
from customers.models import Customer, CustomerStateChange
from users.permissions import require

PERMISSION_OF_ACTION = {"put_on_watch": "customer.edit", "archive": "user.manage"}
LIFTS_HOLD = ("unblock", "unblock_to_watch")


class FourEyes(NotAllowed):
    """Who put the hold does not lift it."""

    code = "FOUR_EYES"


class GuardNotMet(Conflict):
    """The step exists, but something must be true first."""

    code = "GUARD_NOT_MET"


def permission_of(action: str) -> str:
    """Return the permission that a step of the lifecycle asks for."""
    return PERMISSION_OF_ACTION.get(action, "customer.block")


def change_customer_state(
    *,
    customer: Customer,
    action: str,
    actor: Any,
    as_of: date,
    reason: str,
    is_clear: bool | None = None,
) -> Customer:
    """Take one step of the lifecycle and return the customer.

    `is_clear` says that nothing is owed, ordered or pursued any more: known to the caller, asked
    for by the step `deactivate`. A hold is lifted by somebody else than who put it. Raises
    `TransitionNotAllowed`, `FourEyes`, `GuardNotMet`.
    """
    if actor is not None:
        require(actor, permission_of(action))
    reason = reason.strip()
    if not reason:
        raise InvalidInput(_("Say why: the next reader will ask."), field="reason", code="REQUIRED")
    with transaction.atomic():
        row: Customer = lock_row(Customer, customer.pk)
        step = CUSTOMER.transition(row.state, action)
        _check_guard(row, action, is_clear)
        blocker = _find_blocker(row) if action in LIFTS_HOLD else None
        if blocker is not None and (actor is None or blocker == actor.pk):
            raise FourEyes(_("Whoever put this hold cannot lift it. Ask another credit manager."))
        change = CustomerStateChange.objects.create(
            customer=row,
            action=action,
            source=row.state,
            target=step.target,
            reason=reason[:500],
            as_of=as_of,
            actor=actor,
            blocker_id=blocker,
        )
        row.state = step.target
        row.state_reason = change.reason
        row.version += 1
        row.save(update_fields=["state", "state_reason", "version", "updated_at"])
        record_event(
            f"customers.customer.{action}",
            actor=actor,
            subject=row,
            customer_id=row.pk,
            as_of=as_of,
            before={"state": change.source},
            after={"state": change.target},
            reason=reason,
        )
    return row


def _find_blocker(customer: Customer) -> int | None:
    """Return who put the present hold; None when the system did."""
    last = (
        CustomerStateChange.objects.filter(customer=customer, target=Customer.State.BLOCKED)
        .order_by("-id")
        .first()
    )
    return last.actor_id if last else None


def _check_guard(customer: Customer, action: str, is_clear: bool | None) -> None:
    if action == "approve_master":
        if customer.country == "CN" and customer.kind != Customer.Kind.PERSON and not customer.uscc:
            raise GuardNotMet(_("Enter the registration number first: it proves the identity."))
        if not customer.roles:
            raise GuardNotMet(_("Give the customer at least one role first."))
    if action == "deactivate" and not is_clear:
        raise GuardNotMet(
            _("Something is still owed or on order. Settle it first, then close the account.")
        )
