"""Messages to the outside: a row first, sent after commit, never twice without a person's word.

Sending takes three steps: claim (READY → SENDING, committed), hand over to the mail server with a
Message-ID made of the message's key, confirm (SENDING → SENT). A sender that dies in the middle
leaves SENDING behind; plain SMTP cannot be asked what became of it, so the next one marks it UNSURE
and a person decides.
"""

import hashlib
import smtplib
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from common import queue
from common.models import OutboxMessage

MAIL_KIND = "common.send_message"


def put_message(
    *, key: str, recipient: str, subject: str, body: str, **fields: Any
) -> OutboxMessage:
    """Write a message in the caller's transaction and plan its sending. The key makes it one."""
    message, created = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={
            "recipient": _one_line(recipient),
            "subject": _one_line(subject)[:300],
            "body": body,
            **fields,
        },
    )
    if created:
        queue.enqueue(MAIL_KIND, key=f"message:{key}", payload={"message_id": message.pk})
    return message


def enqueue_ready_messages() -> None:
    """Plan the sending of messages that were written in bulk, without a job of their own."""
    ready = OutboxMessage.objects.filter(state=OutboxMessage.State.READY).order_by("pk")[:500]
    for message in ready:
        queue.enqueue(MAIL_KIND, key=f"message:{message.key}", payload={"message_id": message.pk})


@queue.job_handler(MAIL_KIND)
def send_message(progress: queue.Progress) -> dict[str, Any]:
    """Send one message, or keep it when no mail server is named."""
    states = OutboxMessage.State
    message = OutboxMessage.objects.get(pk=progress.payload["message_id"])
    row = OutboxMessage.objects.filter(pk=message.pk)
    if settings.MAIL_IS_KEPT:
        row.filter(state=states.READY).update(state=states.KEPT, sent_at=timezone.now())
        return {"state": states.KEPT.value}
    if not row.filter(state=states.READY).update(state=states.SENDING):
        row.filter(state=states.SENDING).update(state=states.UNSURE)
        return {"state": row.values_list("state", flat=True)[0]}
    try:
        server = get_connection()
        server.open()
    except OSError as error:  # smtplib's errors are OSErrors; nothing was handed over yet
        row.update(state=states.READY, last_error=str(error)[:1000])
        raise
    try:
        _hand_over(message, server)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        lasting = min(_reply_codes(error)) >= 500
        row.update(state=states.FAILED if lasting else states.READY, last_error=str(error)[:1000])
        if not lasting:
            raise
        return {"state": states.FAILED.value}
    except OSError as error:  # cut off in the middle: the server may have taken it
        row.update(state=states.UNSURE, last_error=(str(error) or type(error).__name__)[:1000])
        return {"state": states.UNSURE.value}
    finally:
        with suppress(OSError):
            server.close()
    row.update(state=states.SENT, sent_at=timezone.now(), last_error="")
    return {"state": states.SENT.value}


def message_id(key: str) -> str:
    """Return the Message-ID of a message: the same for every try."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    return f"<{digest}@{domain}>"


def _reply_codes(
    error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused,
) -> list[int]:
    """Return what the server answered: a code from 500 up is a lasting no."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _text in error.recipients.values()]
    return [error.smtp_code]


def _hand_over(message: OutboxMessage, server: Any) -> None:
    email = EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.recipient],
        headers={"Message-ID": message_id(message.key)},
        connection=server,
    )
    if message.attachment:
        email.attach(message.attachment_name, bytes(message.attachment), message.attachment_type)
    email.send()


def _one_line(text: str) -> str:
    return " ".join(text.split())
