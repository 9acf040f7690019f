"""What becomes of a reservation: given back, used by a delivery, or run out (SM06)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.events import record_event
from common.locks import lock_row
from common.money import round_money
from credit_control.domain.states import RESERVATION
from credit_control.models import Reservation
from credit_control.services.locking import lock_accounts
from users.permissions import require


@transaction.atomic
def release_reservation(
    *, reservation: Reservation, as_of: date, actor: Any = None, reason: str = ""
) -> Reservation:
    """Give a reservation back: its order was cancelled, or a person says so."""
    if actor is not None:
        require(actor, "order.check")
    return _end(reservation, "release", as_of=as_of, actor=actor, reason=reason)


@transaction.atomic
def consume_reservation(
    *, reservation: Reservation, as_of: date, amount: Decimal | None = None, actor: Any = None
) -> Reservation:
    """Turn a reservation into a delivery, in the delivery's own transaction.

    The delivered value is then in the exposure as delivered, not invoiced. With `amount`, in the
    reservation's currency, only that part is used and the rest stays held.
    """
    lock_accounts([reservation.account_id])
    held = lock_row(Reservation, reservation.pk)
    if amount is None or amount >= held.amount:
        return _end(held, "consume", as_of=as_of, actor=actor, is_locked=True)
    if amount <= 0:
        raise InvalidInput(_("Enter an amount above 0."), field="amount", value=amount)
    RESERVATION.next(held.state, "consume")
    before = held.amount
    left = before - amount
    held.limit_amount = round_money(held.limit_amount * left / before, held.account.currency)
    held.amount = left
    held.save(update_fields=["amount", "limit_amount"])
    _record(held, "consumed_in_part", as_of, actor, {"amount": before}, {"amount": left})
    return held


def _end(
    reservation: Reservation,
    action: str,
    *,
    as_of: date,
    actor: Any,
    reason: str = "",
    is_locked: bool = False,
) -> Reservation:
    if not is_locked:
        lock_accounts([reservation.account_id])
    held = lock_row(Reservation, reservation.pk)
    state = RESERVATION.next(held.state, action)
    before = {"state": held.state}
    held.state = state
    Reservation.objects.filter(pk=held.pk).update(state=state, ended_at=Now())
    _record(held, state.lower(), as_of, actor, before, {"state": state}, reason)
    return held


def expire_reservations(*, now: datetime) -> int:
    """Let reservations run out whose time is over; return how many. Safe to repeat.

    One statement: a check that runs meanwhile still counts them, which is the cautious side.
    """
    return Reservation.objects.filter(state=Reservation.State.ACTIVE, expires_at__lte=now).update(
        state=Reservation.State.EXPIRED, ended_at=now
    )


def _record(
    held: Reservation,
    what: str,
    as_of: date,
    actor: Any,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str = "",
) -> None:
    record_event(
        f"credit.reservation.{what}",
        actor=actor,
        subject=held,
        customer_id=held.account.customer_id,
        as_of=as_of,
        before=before,
        after=after,
        reason=reason,
    )
