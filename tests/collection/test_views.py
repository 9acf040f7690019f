"""Pages: what they show, who is refused, what is out of scope, what a bad form leaves unchanged."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collection.models import DunningNotice, DunningRun, PromiseToPay
from collection.services import record_promise, sync_notice_states
from common import queue
from common.clock import business_today
from common.models import OutboxMessage
from customers.models import Customer
from tests.cast import People, make_customer
from tests.collection.dues import owed, prepare
from tests.support import assert_query_count

Visit = Callable[[str], Client]


def today() -> date:
    return business_today()


def due(days_late: int) -> date:
    return today() - timedelta(days=days_late)


@pytest.fixture
def run(people: People) -> DunningRun:
    """A run of today with three letters, one of them final; the first customer is the seller's."""
    first = make_customer("C1", sales_owner=people.sales, language="en")
    owed(first, "INV-1", "20000", due(20))
    owed(make_customer("C2"), "INV-2", "900.50", due(20), dunning_level=1)
    owed(make_customer("C3"), "INV-3", "7000", due(40), dunning_level=2)
    return prepare(today())


def notice_of(run: DunningRun, code: str) -> DunningNotice:
    return run.notices.get(customer__code=code)


class TestRunList:
    def test_lists_runs_with_what_waits(self, run: DunningRun, visit: Visit) -> None:
        page = visit("collector").get(reverse("dunning"))
        assert page.status_code == 200
        [row] = page.context["table"].data.data
        assert (row.letters, row.waiting, row.sent) == (3, 3, 0)
        assert "CNY 27,900.50" in page.content.decode()

    def test_says_that_there_is_none(self, visit: Visit) -> None:
        assert "No run yet." in visit("manager").get(reverse("dunning")).content.decode()

    def test_is_refused_to_sales_and_strangers(self, run: DunningRun, visit: Visit) -> None:
        assert visit("sales").get(reverse("dunning")).status_code == 403
        assert Client().get(reverse("dunning")).status_code == 302

    def test_takes_the_same_queries_for_many_runs(self, run: DunningRun, visit: Visit) -> None:
        client = visit("collector")
        client.get(reverse("dunning"))  # the first page of a session costs two queries more
        for size in (3, 30):
            while DunningRun.objects.count() < size:
                DunningRun.objects.create(
                    company=run.company, as_of=due(DunningRun.objects.count())
                )
            with assert_query_count("collection.run_list"):
                assert client.get(reverse("dunning")).status_code == 200


class TestPrepare:
    def test_prepares_and_opens_the_run(self, visit: Visit) -> None:
        owed(make_customer(), "INV-1", "20000", due(20))
        answer = visit("collector").post(
            reverse("dunning_prepare"), {"company": "HY", "as_of": today().isoformat()}
        )
        created = DunningRun.objects.get()
        assert answer.headers["Location"] == reverse("dunning_run", args=[created.pk])
        assert created.counts["letters"] == 1

    @pytest.mark.parametrize("fields", [{"company": "NO"}, {"as_of": "x"}, {"as_of": "2999-01-01"}])
    def test_refuses_bad_input(self, visit: Visit, fields: dict[str, str]) -> None:
        answer = visit("collector").post(
            reverse("dunning_prepare"), {"company": "HY", "as_of": today().isoformat()} | fields
        )
        assert answer.status_code == 422
        assert DunningRun.objects.count() == 0

    def test_refuses_a_day_before_the_last_run(self, run: DunningRun, visit: Visit) -> None:
        answer = visit("collector").post(
            reverse("dunning_prepare"), {"company": "HY", "as_of": due(1).isoformat()}
        )
        assert answer.status_code == 422
        assert "runs go forward in time" in answer.content.decode()

    def test_is_refused_to_those_who_only_look(self, visit: Visit) -> None:
        for role in ("finance", "auditor", "executive"):
            answer = visit(role).post(
                reverse("dunning_prepare"), {"company": "HY", "as_of": today().isoformat()}
            )
            assert answer.status_code == 403
        assert DunningRun.objects.count() == 0


class TestRunPage:
    def test_shows_letters_levels_and_who_was_skipped(self, people: People, visit: Visit) -> None:
        owed(make_customer("C1"), "INV-1", "20000", due(20))
        owed(make_customer("C9", state="INSOLVENT"), "INV-9", "800", due(20))
        page = visit("manager").get(reverse("dunning_run", args=[prepare(today()).pk]))
        assert [level["totals"] for level in page.context["levels"]] == ["CNY 20,000.00"]
        [skipped] = page.context["skipped"]
        assert (skipped["code"], skipped["reason"]) == ("C9", "INSOLVENT")
        assert "Send 1 letter?" in page.content.decode()
        assert "1 letter over CNY 20,000.00 goes out" in page.content.decode()

    def test_filters_by_state_level_and_name(self, run: DunningRun, visit: Visit) -> None:
        client, url = visit("manager"), reverse("dunning_run", args=[run.pk])
        for query, codes in (
            ("?level=3", ["C3"]), ("?state=SENT", []), ("?q=C2", ["C2"]), ("?level=x", ["C3", "C2", "C1"]),
        ):  # fmt: skip
            rows = client.get(url + query).context["table"].data.data
            assert [row.customer.code for row in rows] == codes, query

    def test_shows_only_customers_in_scope(
        self, run: DunningRun, people: People, visit: Visit
    ) -> None:
        people.collector.data_scope = "REGION"
        people.collector.region = "WEST"
        people.collector.save()
        Customer.objects.filter(code="C2").update(region="WEST")
        page = visit("collector").get(reverse("dunning_run", args=[run.pk])).content.decode()
        assert "C2" in page
        assert "Sample C1" not in page
        assert "Sample C3" not in page

    def test_takes_the_same_queries_for_many_letters(self, people: People, visit: Visit) -> None:
        client = visit("manager")
        client.get(reverse("dunning"))
        for size, day in ((3, today() - timedelta(days=1)), (30, today())):
            for number in range(Customer.objects.count(), size):
                owed(make_customer(f"N{number}"), f"I{number}", "900", due(20))
            run = prepare(day)
            with assert_query_count("collection.run_page"):
                page = client.get(reverse("dunning_run", args=[run.pk]))
            assert len(page.context["table"].data.data) == size


class TestRunApprove:
    def test_sends_what_may_go_and_leaves_the_final_letter(
        self, run: DunningRun, visit: Visit
    ) -> None:
        client = visit("manager")
        client.post(reverse("dunning_run_approve", args=[run.pk]))
        for _turn in range(2):
            queue.run_due_jobs()
        sync_notice_states()
        states = dict(run.notices.values_list("customer__code", "state"))
        assert states == {"C1": "SENT", "C2": "SENT", "C3": "PROPOSED"}
        page = client.get(reverse("dunning_run", args=[run.pk])).content.decode()
        assert "1 final letter waits for a decision of its own" in page

    def test_is_refused_to_collectors(self, run: DunningRun, visit: Visit) -> None:
        answer = visit("collector").post(reverse("dunning_run_approve", args=[run.pk]))
        assert answer.status_code == 403
        assert set(run.notices.values_list("state", flat=True)) == {"PROPOSED"}
        assert queue.list_due_jobs() == []

    def test_get_changes_nothing(self, run: DunningRun, visit: Visit) -> None:
        answer = visit("manager").get(reverse("dunning_run_approve", args=[run.pk]))
        assert answer.status_code == 405


class TestNoticePage:
    def test_shows_the_letter_in_its_own_language(self, run: DunningRun, visit: Visit) -> None:
        notice = notice_of(run, "C1")
        client = visit("collector")
        page = client.get(reverse("dunning_notice", args=[notice.pk])).content.decode()
        assert "Hengyuan Industries (sample): payment reminder" in page
        assert "INV-1: 20,000.00" in page
        with assert_query_count("collection.notice_page"):
            client.get(reverse("dunning_notice", args=[notice.pk]))

    def test_gives_the_pdf_as_a_file_never_as_a_page(self, run: DunningRun, visit: Visit) -> None:
        answer = visit("auditor").get(reverse("dunning_notice_pdf", args=[notice_of(run, "C1").pk]))
        assert answer.content.startswith(b"%PDF-")
        assert answer.headers["Content-Disposition"] == (
            f'attachment; filename="HY-C1-{today().isoformat()}.pdf"'
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("name", ["dunning_notice", "dunning_notice_pdf"])
    def test_is_absent_out_of_scope(
        self, run: DunningRun, people: People, visit: Visit, name: str
    ) -> None:
        people.finance.data_scope = "OWN"
        people.finance.save()
        answer = visit("finance").get(reverse(name, args=[notice_of(run, "C1").pk]))
        assert answer.status_code == 404
        assert visit("sales").get(reverse(name, args=[notice_of(run, "C1").pk])).status_code == 403

    def test_leaves_a_letter_out_with_a_reason(self, run: DunningRun, visit: Visit) -> None:
        notice, client = notice_of(run, "C1"), visit("collector")
        url = reverse("dunning_notice_exclude", args=[notice.pk])
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "OTHER"}).status_code == 422
        assert notice_of(run, "C1").state == "PROPOSED"
        client.post(url, {"reason": "CONTACTED", "note": "rang Ms Li"})
        notice.refresh_from_db()
        assert (notice.state, notice.exclude_note) == ("EXCLUDED", "rang Ms Li")

    def test_approves_a_final_letter_by_the_credit_manager_only(
        self, run: DunningRun, visit: Visit
    ) -> None:
        url = reverse("dunning_notice_approve", args=[notice_of(run, "C3").pk])
        assert visit("collector").post(url).status_code == 403
        assert notice_of(run, "C3").state == "PROPOSED"
        visit("manager").post(url)
        assert notice_of(run, "C3").state == "APPROVED"
        assert OutboxMessage.objects.get().recipient == "c3@example.invalid"

    def test_notes_a_posted_letter(self, run: DunningRun, visit: Visit) -> None:
        run.notices.filter(customer__code="C1").update(channel="LETTER")
        notice = notice_of(run, "C1")
        visit("manager").post(reverse("dunning_notice_approve", args=[notice.pk]))
        line = notice.items.get().due_line
        assert (line.dunning_level, OutboxMessage.objects.count()) == (0, 0)
        visit("collector").post(reverse("dunning_notice_posted", args=[notice.pk]))
        line.refresh_from_db()
        assert (line.dunning_level, notice_of(run, "C1").state) == (1, "SENT")


class TestPromisePages:
    def promise(self, customer: Customer) -> PromiseToPay:
        line = owed(customer, f"P-{customer.code}", "900", due(10))
        return record_promise(
            customer=customer,
            lines=[line],
            amount=Decimal(900),
            promise_date=today(),
            as_of=today(),
        )

    def test_records_all_that_is_open_of_the_ticked_items(
        self, people: People, visit: Visit
    ) -> None:
        customer = make_customer(sales_owner=people.sales)
        lines = [owed(customer, f"I{n}", "1000.10", due(n + 1)) for n in range(3)]
        url = f"{reverse('promise_new')}?customer=C001"
        answer = visit("sales").post(
            url,
            {
                "lines": [lines[0].pk, lines[2].pk], "amount": "", "channel": "PHONE",
                "promise_date": (today() + timedelta(days=5)).isoformat(), "given_by": "Ms Li",
            },
        )  # fmt: skip
        promise = PromiseToPay.objects.get()
        assert answer.headers["Location"] == reverse("promise", args=[promise.pk])
        assert (promise.amount, promise.given_by) == (Decimal("2000.20"), "Ms Li")
        assert promise.items.count() == 2

    @pytest.mark.parametrize(
        "fields",
        [{"amount": "1.000,5"}, {"amount": "99999"}, {"promise_date": ""}, {"lines": []},
         {"lines": ["999999"]}, {"promise_date": "2001-01-01"}],
    )  # fmt: skip
    def test_answers_422_and_stores_nothing(
        self, people: People, visit: Visit, fields: dict[str, Any]
    ) -> None:
        line = owed(make_customer(), "I", "1000", due(3))
        said = {
            "lines": [line.pk], "amount": "10", "channel": "PHONE", "promise_date": today().isoformat()
        }  # fmt: skip
        answer = visit("collector").post(f"{reverse('promise_new')}?customer=C001", said | fields)
        assert answer.status_code == 422
        assert PromiseToPay.objects.count() == 0

    def test_is_refused_and_absent_where_it_must_be(self, people: People, visit: Visit) -> None:
        customer = make_customer()
        promise = self.promise(customer)
        url = f"{reverse('promise_new')}?customer={customer.code}"
        assert visit("finance").get(url).status_code == 403
        assert visit("outsider").get(url).status_code == 404
        assert visit("outsider").get(reverse("promise", args=[promise.pk])).status_code == 404
        answer = visit("outsider").post(
            reverse("promise_cancel", args=[promise.pk]), {"reason": "x"}
        )
        assert answer.status_code == 404
        promise.refresh_from_db()
        assert promise.state == "OPEN"

    def test_cancels_with_a_reason(self, people: People, visit: Visit) -> None:
        promise = self.promise(make_customer())
        url = reverse("promise_cancel", args=[promise.pk])
        assert visit("collector").post(url, {"reason": ""}).status_code == 422
        visit("collector").post(url, {"reason": "typo"})
        promise.refresh_from_db()
        assert promise.state == "CANCELLED"

    def test_lists_what_is_in_scope_with_the_same_queries(
        self, people: People, visit: Visit
    ) -> None:
        client = visit("collector")
        client.get(reverse("dunning"))  # the first page of a session costs two queries more
        for size in (3, 30):
            for number in range(PromiseToPay.objects.count(), size):
                self.promise(make_customer(f"L{number}"))
            with assert_query_count("collection.promise_list"):
                page = client.get(reverse("promises"))
            assert len(page.context["table"].data.data) == size
        page = visit("outsider").get(reverse("promises"))
        assert "No promise yet." in page.content.decode()
        assert (
            client.get(reverse("promises") + "?state=KEPT").context["table"].page.paginator.count
            == 0
        )
