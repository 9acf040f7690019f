"""Pages of jobs: own ones, all of them for those who answer for them, and another try."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from common import queue
from common.models import Event, Job
from tests import cast
from tests.support import assert_query_count

Visit = Callable[[str], Client]
pytestmark = pytest.mark.django_db


def make_job(key: str, actor: object = None, **fields: object) -> Job:
    job = queue.enqueue("imports.run", key=key, payload={"batch_id": 0}, actor=actor)
    Job.objects.filter(pk=job.pk).update(**fields)
    job.refresh_from_db()
    return job


class TestSight:
    def test_sales_sees_own_jobs_only(self, people: cast.People, visit: Visit) -> None:
        mine = make_job("a", people.sales)
        other = make_job("b", people.finance)
        client = visit("sales")
        page = client.get(reverse("jobs")).content.decode()
        assert reverse("job", kwargs={"pk": mine.pk}) in page
        assert reverse("job", kwargs={"pk": other.pk}) not in page
        for name in ("job", "job_progress"):
            assert client.get(reverse(name, kwargs={"pk": other.pk})).status_code == 404
        assert client.get(reverse("job", kwargs={"pk": mine.pk})).status_code == 200

    @pytest.mark.parametrize("role", ["finance", "manager", "admin", "auditor"])
    def test_who_answers_for_them_sees_all(
        self, people: cast.People, visit: Visit, role: str
    ) -> None:
        other = make_job("b", people.sales)
        assert visit(role).get(reverse("job", kwargs={"pk": other.pk})).status_code == 200

    def test_an_empty_list_says_so(self, visit: Visit) -> None:
        assert b"No jobs yet" in visit("sales").get(reverse("jobs")).content


class TestRetry:
    def test_a_parked_job_is_tried_again(self, visit: Visit) -> None:
        job = make_job("a", state="PARKED", attempts=8, last_error="ValueError: <b>boom</b>")
        client = visit("finance")
        page = client.get(reverse("job", kwargs={"pk": job.pk})).content.decode()
        assert "Try again" in page
        assert "&lt;b&gt;boom" in page
        client.post(reverse("job_retry", kwargs={"pk": job.pk}))
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("WAITING", 0)
        assert Event.objects.get(code="common.job.retried").before == {"state": "PARKED"}

    @pytest.mark.parametrize("role", ["sales", "analyst", "auditor", "collector", "executive"])
    def test_others_are_refused_and_nothing_changes(
        self, people: cast.People, visit: Visit, role: str
    ) -> None:
        job = make_job("a", getattr(people, role), state="PARKED")
        assert visit(role).post(reverse("job_retry", kwargs={"pk": job.pk})).status_code == 403
        job.refresh_from_db()
        assert job.state == "PARKED"


class TestPages:
    def test_progress_asks_again_while_it_runs_and_stops_after(self, visit: Visit) -> None:
        job = make_job("a", state="RUNNING", done=3, total=9, step="Storing")
        client = visit("finance")
        address = reverse("job_progress", kwargs={"pk": job.pk})
        page = client.get(address, headers={"HX-Request": "true"}).content.decode()
        assert f'hx-get="{address}" hx-trigger="every 2s"' in page
        assert "3 of 9" in page
        Job.objects.update(state="DONE")
        over = client.get(address, headers={"HX-Request": "true"})
        assert (over.content, over["HX-Refresh"]) == (b"", "true")
        plain = client.get(address)
        assert plain["Location"] == reverse("job", kwargs={"pk": job.pk})

    def test_filters_by_state_and_its_queries_do_not_grow(self, visit: Visit) -> None:
        client = visit("finance")
        client.get(reverse("jobs"))  # the first page of a session also stores it
        for size in (3, 30):
            for n in range(size):
                make_job(f"{size}:{n}", state="PARKED" if n == 0 else "WAITING")
            with assert_query_count("jobs"):
                client.get(reverse("jobs"))
        page = client.get(reverse("jobs"), {"state": "PARKED"}).content.decode()
        assert page.count("Import of a file") == 2
