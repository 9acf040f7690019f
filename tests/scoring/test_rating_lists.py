"""Ratings as lists: in force, to look at, and the runs that made them."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from common.clock import business_today
from common.models import Event, Job, Run
from common.queue import run_due_jobs
from common.runs import run_once
from customers.models import Customer
from scoring.models import Rating
from scoring.selectors.queue import find_next, list_rating_queue
from scoring.services import rate_customers
from tests.cast import People, make_customer, make_user
from tests.scoring.samples import fixture_lines, give_statement
from tests.scoring.test_workbench import draft_of
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]

TODAY = business_today()
PERIOD = date(TODAY.year - 1, 12, 31)


@pytest.fixture
def rated(people: People) -> Customer:
    customer = make_customer("C001", name_en="Sample Huaxin Machinery")
    give_statement(customer, period_end=PERIOD, as_of=TODAY, actor=people.analyst)
    rate_customers(as_of=TODAY)
    return customer


def worsen(customer: Customer) -> None:
    give_statement(
        customer, period_end=PERIOD, as_of=TODAY, lines=fixture_lines("beichen_2024"),
        complete=False,
    )  # fmt: skip
    rate_customers(as_of=TODAY)


PAGES = ["ratings", "rating_queue", "rating_runs"]


class TestWhoMay:
    @pytest.mark.parametrize("role", ["sales", "collector", "admin", "outsider"])
    @pytest.mark.parametrize("name", PAGES)
    def test_scores_are_not_for_everybody(
        self, rated: Customer, visit: Visit, role: str, name: str
    ) -> None:
        assert visit(role).get(reverse(name)).status_code == 403

    def test_strangers_must_sign_in(self, rated: Customer) -> None:
        for name in PAGES:
            assert Client().get(reverse(name)).status_code == 302

    @pytest.mark.parametrize("role", ["analyst", "executive", "auditor", "sales"])
    def test_only_a_manager_rates_everybody(self, rated: Customer, visit: Visit, role: str) -> None:
        assert visit(role).post(reverse("rating_run_start")).status_code == 403
        assert not Job.objects.filter(kind="scoring.rate_all").exists()

    def test_lists_hold_only_what_is_in_scope(
        self, rated: Customer, visit: Visit, people: People
    ) -> None:
        worsen(rated)
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        for name in PAGES[:2]:
            page = visit("analyst").get(reverse(name)).content.decode()
            assert "Sample Huaxin" not in page


class TestRatingList:
    def test_shows_the_components(self, rated: Customer, visit: Visit) -> None:
        rating = Rating.objects.get()
        page = visit("analyst").get(reverse("ratings")).content.decode()
        assert rating.financial_score is not None
        assert "Sample Huaxin Machinery" in page
        assert f"{rating.financial_score:.1f}" in page

    def test_filters(self, rated: Customer, visit: Visit) -> None:
        client, grade = visit("analyst"), Rating.objects.get().grade
        other = "AAA" if grade != "AAA" else "C"
        for query, is_there in (
            (f"grade={grade}", True), (f"grade={other}", False), ("q=huaxin", True),
            ("q=nobody", False), ("state=expired", False), ("state=watch", False),
            ("state=down", False), ("state=x", True), ("grade=%27", True),
            ("page=99&page_size=x", True),
        ):  # fmt: skip
            page = client.get(f"{reverse('ratings')}?{query}")
            assert page.status_code == 200
            assert ("Sample Huaxin Machinery" in page.content.decode()) is is_there, query

    def test_finds_what_fell_and_who_is_watched(self, rated: Customer, visit: Visit) -> None:
        before = Rating.objects.get()
        worsen(rated)
        Customer.objects.filter(pk=rated.pk).update(state="WATCH")
        client = visit("analyst")
        for state in ("down", "watch"):
            page = client.get(f"{reverse('ratings')}?state={state}").content.decode()
            assert f"down from {before.grade}{before.modifier}" in page

    @pytest.mark.parametrize("rows", [3, 30])
    def test_query_count_does_not_grow(self, people: People, visit: Visit, rows: int) -> None:
        for n in range(rows):
            give_statement(make_customer(f"Q{n:03}"), period_end=PERIOD, as_of=TODAY)
        rate_customers(as_of=TODAY)
        client = visit("analyst")
        with assert_query_count("ratings"):
            assert client.get(reverse("ratings")).status_code == 200


class TestQueue:
    def test_second_signatures_come_first_and_each_customer_once(
        self, rated: Customer, people: People
    ) -> None:
        worsen(rated)
        draft_of(rated, people.sales)
        other = make_customer("C002")
        draft_of(other, make_user("second", "ANALYST", "ALL"))
        queue = list_rating_queue(people.analyst, as_of=TODAY)
        assert [(item.customer, item.reason) for item in queue] == [
            (rated, "DRAFT"), (other, "DRAFT"),
        ]  # fmt: skip
        following = find_next(people.analyst, as_of=TODAY, but=rated)
        assert following is not None
        assert following.customer == other

    def test_ones_own_draft_does_not_wait_for_oneself(
        self, rated: Customer, people: People
    ) -> None:
        draft_of(rated, people.analyst)
        assert list_rating_queue(people.analyst, as_of=TODAY) == []
        assert [i.reason for i in list_rating_queue(people.manager, as_of=TODAY)] == ["DRAFT"]

    def test_expired_ratings_wait(self, rated: Customer, people: People) -> None:
        later = TODAY + timedelta(days=400)
        queue = list_rating_queue(people.analyst, as_of=later)
        assert [(item.reason, item.since) for item in queue] == [
            ("EXPIRED", Rating.objects.get().valid_to)
        ]

    def test_new_facts_wait(self, rated: Customer, people: People) -> None:
        give_statement(
            rated, period_end=PERIOD, as_of=TODAY, lines=fixture_lines("beichen_2024"),
            complete=False,
        )  # fmt: skip
        assert [i.reason for i in list_rating_queue(people.analyst, as_of=TODAY)] == ["CHANGED"]

    @pytest.mark.parametrize("rows", [2, 12])
    def test_query_count_does_not_grow(self, people: People, visit: Visit, rows: int) -> None:
        for n in range(rows):
            draft_of(make_customer(f"Q{n:03}"), people.sales)
        client = visit("manager")
        with assert_query_count("rating_queue"):
            page = client.get(reverse("rating_queue"))
        assert len(page.context["items"]) == rows


class TestRuns:
    def test_say_what_they_counted_and_whom_they_left_out(
        self, rated: Customer, visit: Visit
    ) -> None:
        make_customer("C002", name_en="Sample Stranger")
        give_statement(
            rated, period_end=PERIOD, as_of=TODAY, lines=fixture_lines("beichen_2024"),
            complete=False,
        )  # fmt: skip
        run = run_once(
            "night.ratings", as_of=TODAY,
            work=lambda run: rate_customers(as_of=TODAY, run=run).as_counts(),
        )  # fmt: skip
        client = visit("analyst")
        (shown,) = client.get(reverse("rating_runs")).context["runs"]
        assert (shown["considered"], shown["created"], shown["downgraded"]) == (2, 1, 1)
        assert [(r["text"], r["count"]) for r in shown["reasons"]] == [
            ("Neither a statement nor answers", 1)
        ]
        page = client.get(reverse("rating_run", args=[run.pk])).content.decode()
        assert "Sample Huaxin Machinery" in page
        assert "There is neither a statement nor an assessment to rate." in page
        assert "down from" in page

    def test_of_another_kind_is_absent(self, rated: Customer, visit: Visit) -> None:
        run = Run.objects.create(kind="night.aging", as_of=TODAY)
        assert visit("analyst").get(reverse("rating_run", args=[run.pk])).status_code == 404

    def test_a_manager_rates_everybody_as_a_job(
        self, rated: Customer, visit: Visit, people: People
    ) -> None:
        give_statement(make_customer("C002"), period_end=PERIOD, as_of=TODAY)
        answer = visit("manager").post(reverse("rating_run_start"))
        job = Job.objects.get(kind="scoring.rate_all")
        assert answer["Location"] == reverse("job", args=[job.pk])
        assert Event.objects.get(code="scoring.ratings.requested").actor == people.manager
        assert run_due_jobs() == 1
        job.refresh_from_db()
        assert (job.state, job.result["created"]) == ("DONE", 1)
        run = Run.objects.get(kind="scoring.rate_all")
        assert run.counts["considered"] == 2
        assert Rating.objects.filter(run=run).count() == 1

    @pytest.mark.parametrize("rows", [3, 30])
    def test_query_count_does_not_grow(self, people: People, visit: Visit, rows: int) -> None:
        for n in range(rows):
            Run.objects.create(
                kind="night.ratings", as_of=TODAY - timedelta(days=n), state="DONE",
                counts={"considered": n}, skipped=[{"customer": "C", "reason": "NO_FACTS"}],
            )  # fmt: skip
        client = visit("analyst")
        with assert_query_count("rating_runs"):
            page = client.get(reverse("rating_runs"))
        assert len(page.context["runs"]) == rows
        assert Decimal(page.context["runs"][0]["considered"]) == 0
