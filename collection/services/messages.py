"""What a person decides about messages that did not go out, or of which nobody knows."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collection.services.sending import sync_notice_states
from common import queue
from common.errors import Conflict, InvalidInput
from common.events import record_event
from common.locks import lock_row
from common.models import Job, OutboxMessage
from common.outbox import MAIL_KIND
from users.permissions import require

STATES = OutboxMessage.State
WAS_SENT, SEND_AGAIN, GIVE_UP = "WAS_SENT", "SEND_AGAIN", "GIVE_UP"


@transaction.atomic
def retry_message(*, message: OutboxMessage, as_of: date, actor: Any = None) -> OutboxMessage:
    """Try a refused message again, or one whose tries are used up."""
    if actor is not None:
        require(actor, "dunning.prepare")
    message = lock_row(OutboxMessage, message.pk)
    if message.state not in (STATES.FAILED, STATES.READY):
        raise Conflict(_("Only a message that did not go out can be tried again."))
    return _send_again(message, as_of=as_of, actor=actor, reason="")


@transaction.atomic
def resolve_message(
    *, message: OutboxMessage, outcome: str, reason: str, as_of: date, actor: Any = None
) -> OutboxMessage:
    """Decide about a message of which nobody knows whether it left: it was sent, or goes again."""
    if actor is not None:
        require(actor, "dunning.prepare")
    if outcome not in (WAS_SENT, SEND_AGAIN, GIVE_UP):
        raise InvalidInput(_("Choose what became of the message."), field="outcome", value=outcome)
    if not reason.strip():
        raise InvalidInput(_("Say how you know."), field="reason")
    message = lock_row(OutboxMessage, message.pk)
    if message.state != STATES.UNSURE:
        raise Conflict(_("This message is not in doubt."))
    if outcome == SEND_AGAIN:
        return _send_again(message, as_of=as_of, actor=actor, reason=reason)
    message.state = STATES.SENT if outcome == WAS_SENT else STATES.FAILED
    message.sent_at = timezone.now() if outcome == WAS_SENT else None
    message.save(update_fields=["state", "sent_at"])
    _record(message, STATES.UNSURE, as_of=as_of, actor=actor, reason=reason)
    sync_notice_states()
    return message


def _send_again(message: OutboxMessage, *, as_of: date, actor: Any, reason: str) -> OutboxMessage:
    before = message.state
    message.state = STATES.READY
    message.last_error = ""
    message.save(update_fields=["state", "last_error"])
    # The job of a message is found by its key; a done one is woken, so the key stays the only one.
    key = f"message:{message.key}"
    woken = Job.objects.filter(key=key).exclude(state=Job.State.RUNNING)
    woken.update(state=Job.State.WAITING, attempts=0, next_try_at=timezone.now(), last_error="")
    job = queue.enqueue(MAIL_KIND, key=key, payload={"message_id": message.pk}, actor=actor)
    queue.poke(job.pk)
    _record(message, before, as_of=as_of, actor=actor, reason=reason)
    return message


def _record(message: OutboxMessage, before: str, *, as_of: date, actor: Any, reason: str) -> None:
    record_event(
        "collection.message.decided",
        actor=actor,
        subject=message,
        customer_id=message.customer_id,
        as_of=as_of,
        before={"state": before},
        after={"state": message.state},
        reason=reason,
    )
