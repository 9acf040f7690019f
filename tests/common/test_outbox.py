"""Messages: a row first, one per key, handed over once, and honest about what nobody can know."""

import smtplib
from typing import Any

import pytest
from django.core import mail

from common import outbox, queue
from common.models import Job, OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)


def put(key: str = "m1", **fields: Any) -> OutboxMessage:
    values: dict[str, Any] = {"recipient": "ap@example.invalid", "subject": "Hello", "body": "Text"}
    return outbox.put_message(key=key, **(values | fields))


def send(message: OutboxMessage) -> str:
    job = Job.objects.get(key=f"message:{message.key}")
    queue.run_job(job.pk)
    message.refresh_from_db()
    return message.state


@pytest.fixture
def post_office(settings: Any) -> Any:
    settings.MAIL_IS_KEPT = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return settings


class TestPutMessage:
    def test_the_same_key_makes_one_message_and_one_job(self) -> None:
        assert put().pk == put(subject="Other").pk
        assert OutboxMessage.objects.get().subject == "Hello"
        assert Job.objects.count() == 1

    def test_a_subject_with_a_line_break_cannot_add_a_header(self) -> None:
        message = put(subject="Hi\r\nBcc: x@example.invalid", recipient="a@example.invalid\n")
        assert message.subject == "Hi Bcc: x@example.invalid"
        assert message.recipient == "a@example.invalid"


class TestSending:
    def test_without_a_mail_server_it_is_kept(self, settings: Any) -> None:
        settings.MAIL_IS_KEPT = True
        assert send(put()) == "KEPT"
        assert mail.outbox == []

    def test_is_handed_over_once_with_its_own_id(self, post_office: Any) -> None:
        message = put(
            attachment=b"%PDF-1", attachment_name="a.pdf", attachment_type="application/pdf"
        )
        assert send(message) == "SENT"
        (sent,) = mail.outbox
        assert sent.to == ["ap@example.invalid"]
        assert sent.extra_headers["Message-ID"] == outbox.message_id("m1")
        assert sent.attachments[0][0] == "a.pdf"
        assert message.sent_at is not None
        Job.objects.update(state="WAITING")
        assert send(message) == "SENT"
        assert len(mail.outbox) == 1

    def test_a_server_that_is_away_leaves_it_ready(self, post_office: Any) -> None:
        post_office.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        post_office.EMAIL_HOST, post_office.EMAIL_PORT = "127.0.0.1", 1
        message = put()
        assert send(message) == "READY"
        assert message.last_error
        assert Job.objects.get().state == "WAITING"
        post_office.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        Job.objects.update(next_try_at="2020-01-01T00:00:00Z")
        assert send(message) == "SENT"

    def test_a_sender_that_died_leaves_it_unsure_for_a_person(self, post_office: Any) -> None:
        message = put()
        OutboxMessage.objects.update(state="SENDING")
        assert send(message) == "UNSURE"
        assert mail.outbox == []

    def test_errors_of_the_protocol_are_errors_of_the_system(self) -> None:
        # `send_message` catches OSError: it must go on covering what smtplib raises.
        assert issubclass(smtplib.SMTPException, OSError)

    def test_messages_written_in_bulk_get_their_jobs(self) -> None:
        OutboxMessage.objects.bulk_create(
            [
                OutboxMessage(key=f"b{n}", recipient="a@example.invalid", subject="s", body="b")
                for n in range(3)
            ]
        )
        outbox.enqueue_ready_messages()
        outbox.enqueue_ready_messages()
        assert Job.objects.count() == 3
