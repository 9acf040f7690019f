"""The outbox page: what became of each message, and what a person decides."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from common.models import Event, Job, OutboxMessage
from common.outbox import put_message
from customers.models import Customer
from tests.cast import People, make_customer
from tests.support import assert_query_count

Visit = Callable[[str], Client]


def message(state: str, customer: Customer | None = None, key: str = "k1") -> OutboxMessage:
    made = put_message(
        key=key, recipient="ap@example.invalid", subject=f"About {key}", body="Dear <b>you</b>",
        attachment=b"%PDF-1.7", attachment_name="letter.pdf", attachment_type="application/pdf",
        customer_id=customer.pk if customer else None,
    )  # fmt: skip
    OutboxMessage.objects.filter(pk=made.pk).update(state=state)
    Job.objects.update(state="DONE")
    made.refresh_from_db()
    return made


class TestOutbox:
    def test_lists_messages_with_counts_and_filters(self, people: People, visit: Visit) -> None:
        for number, state in enumerate(("KEPT", "UNSURE", "FAILED", "SENT")):
            message(state, key=f"k{number}")
        client = visit("collector")
        page = client.get(reverse("outbox"))
        assert page.context["table"].page.paginator.count == 4
        text = page.content.decode()
        assert "1 message may or may not have left." in text
        assert "messages are kept here and not sent" in text
        for query, count in (
            ("?state=UNSURE", 1),
            ("?q=k2", 1),
            ("?q=nothing", 0),
            ("?state=x", 4),
        ):
            found = client.get(reverse("outbox") + query).context["table"].page.paginator.count
            assert found == count, query

    def test_takes_the_same_queries_for_many(self, people: People, visit: Visit) -> None:
        client = visit("collector")
        client.get(reverse("outbox"))  # the first page of a session costs two queries more
        for size in (3, 30):
            for number in range(OutboxMessage.objects.count(), size):
                message("KEPT", key=f"n{number}")
            with assert_query_count("dashboards.outbox"):
                client.get(reverse("outbox"))

    def test_is_refused_to_sales_and_hides_what_is_out_of_scope(
        self, people: People, visit: Visit
    ) -> None:
        hidden = message("KEPT", make_customer())
        assert visit("sales").get(reverse("outbox")).status_code == 403
        people.finance.data_scope = "OWN"
        people.finance.save()
        client = visit("finance")
        assert client.get(reverse("outbox")).context["table"].page.paginator.count == 0
        for name in ("outbox_message", "outbox_attachment"):
            assert client.get(reverse(name, args=[hidden.pk])).status_code == 404


class TestOutboxMessage:
    def test_shows_the_text_as_text_and_the_attachment_as_a_file(
        self, people: People, visit: Visit
    ) -> None:
        shown, client = message("KEPT"), visit("auditor")
        page = client.get(reverse("outbox_message", args=[shown.pk])).content.decode()
        assert "Dear &lt;b&gt;you&lt;/b&gt;" in page
        file = client.get(reverse("outbox_attachment", args=[shown.pk]))
        assert file.content == b"%PDF-1.7"
        assert file.headers["Content-Disposition"] == 'attachment; filename="letter.pdf"'
        assert file.headers["X-Content-Type-Options"] == "nosniff"

    def test_tries_a_failed_one_again(self, people: People, visit: Visit) -> None:
        failed = message("FAILED")
        url = reverse("outbox_retry", args=[failed.pk])
        assert visit("auditor").post(url).status_code == 403
        assert OutboxMessage.objects.get().state == "FAILED"
        visit("collector").post(url)
        assert OutboxMessage.objects.get().state == "READY"
        assert Job.objects.get(key="message:k1").state == "WAITING"

    @pytest.mark.parametrize(
        ("outcome", "state"), [("WAS_SENT", "SENT"), ("SEND_AGAIN", "READY"), ("GIVE_UP", "FAILED")]
    )
    def test_decides_about_an_unsure_one_with_a_reason(
        self, people: People, visit: Visit, outcome: str, state: str
    ) -> None:
        unsure = message("UNSURE")
        url = reverse("outbox_resolve", args=[unsure.pk])
        client = visit("manager")
        assert client.post(url, {"outcome": outcome, "reason": ""}).status_code == 422
        assert client.post(url, {"outcome": "X", "reason": "because"}).status_code == 422
        assert OutboxMessage.objects.get().state == "UNSURE"
        client.post(url, {"outcome": outcome, "reason": "they rang"})
        assert OutboxMessage.objects.get().state == state
        event = Event.objects.get(code="collection.message.decided")
        assert (event.actor, event.reason) == (people.manager, "they rang")

    def test_refuses_to_decide_twice(self, people: People, visit: Visit) -> None:
        sent = message("SENT")
        visit("manager").post(
            reverse("outbox_resolve", args=[sent.pk]), {"outcome": "SEND_AGAIN", "reason": "x"}
        )
        assert OutboxMessage.objects.get().state == "SENT"
