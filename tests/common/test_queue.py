"""Jobs as rows: one per key, claimed once, tried again, given up at last, never lost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from common import queue
from common.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "tests.work"


@pytest.fixture
def work() -> Iterator[list[Any]]:
    """A handler that notes what it got, and fails when the payload says so."""
    seen: list[Any] = []

    def handle(progress: queue.Progress) -> dict[str, Any]:
        seen.append(progress.payload)
        if progress.payload.get("fail"):
            raise ValueError(progress.payload["fail"])
        progress.report(done=2, total=3, step="half")
        return {"n": len(seen)}

    queue.HANDLERS[KIND] = handle
    yield seen
    del queue.HANDLERS[KIND]


class TestEnqueue:
    def test_the_same_key_makes_one_job(self) -> None:
        first = queue.enqueue(KIND, key="k", payload={"a": 1})
        second = queue.enqueue(KIND, key="k", payload={"a": 2})
        assert first.pk == second.pk
        assert Job.objects.get().payload == {"a": 1}

    def test_no_commit_no_job(self) -> None:
        with transaction.atomic():
            queue.enqueue(KIND, key="k")
            transaction.set_rollback(True)
        assert not Job.objects.exists()

    def test_a_lost_poke_costs_nothing_but_time(
        self, settings: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        from celery import current_app

        before = current_app.conf.broker_url
        current_app.conf.broker_url = "redis://127.0.0.1:1/0"
        try:
            with django_capture_on_commit_callbacks(execute=True):
                job = queue.enqueue(KIND, key="k")
        finally:
            current_app.conf.broker_url = before
        assert queue.list_due_jobs() == [job.pk]


class TestRunJob:
    def test_does_the_work_once(self, work: list[Any]) -> None:
        job = queue.enqueue(KIND, key="k", payload={"x": 1})
        assert queue.run_job(job.pk) is True
        assert queue.run_job(job.pk) is False
        job.refresh_from_db()
        assert (job.state, job.result, job.attempts, job.step) == ("DONE", {"n": 1}, 1, "half")
        assert work == [{"x": 1}]

    def test_a_failure_is_noted_and_tried_again_later(self, work: list[Any]) -> None:
        job = queue.enqueue(KIND, key="k", payload={"fail": "boom"})
        assert queue.run_job(job.pk) is True
        job.refresh_from_db()
        assert (job.state, job.last_error, job.attempts) == ("WAITING", "ValueError: boom", 1)
        assert job.next_try_at > timezone.now()
        assert queue.list_due_jobs() == []
        assert queue.run_job(job.pk) is False

    def test_is_given_up_after_the_last_try_and_taken_up_by_hand(self, work: list[Any]) -> None:
        job = queue.enqueue(KIND, key="k", payload={"fail": "boom"})
        for _ in range(queue.MAX_ATTEMPTS):
            Job.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
            queue.run_job(job.pk)
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("PARKED", queue.MAX_ATTEMPTS)
        assert queue.list_due_jobs() == []
        queue.retry_job(job)
        job.refresh_from_db()
        assert (job.state, job.attempts, job.last_error) == ("WAITING", 0, "")

    def test_a_job_of_a_dead_worker_is_taken_over(self, work: list[Any]) -> None:
        job = queue.enqueue(KIND, key="k", payload={})
        assert queue.claim_job(job.pk) is not None
        assert queue.claim_job(job.pk) is None
        assert queue.list_due_jobs() == []
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert queue.list_due_jobs() == [job.pk]
        assert queue.run_job(job.pk) is True
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("DONE", 2)

    def test_a_worker_that_lost_its_lease_says_nothing_any_more(self, work: list[Any]) -> None:
        job = queue.enqueue(KIND, key="k", payload={})
        late = queue.claim_job(job.pk)
        assert late is not None
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert queue.run_job(job.pk) is True
        queue._note_failure(late, ValueError("too late"))
        queue.Progress(late).report(done=1, total=9)
        job.refresh_from_db()
        assert (job.state, job.done, job.total, job.last_error) == ("DONE", 2, 3, "")

    def test_a_kind_that_nobody_knows_is_an_error_of_that_job(self) -> None:
        job = queue.enqueue("tests.unknown", key="k")
        assert queue.run_job(job.pk) is True
        job.refresh_from_db()
        assert "no handler for jobs of kind tests.unknown" in job.last_error

    def test_run_due_jobs_takes_each_in_turn(self, work: list[Any]) -> None:
        for n in range(3):
            queue.enqueue(KIND, key=f"k{n}", payload={"n": n})
        assert queue.run_due_jobs() == 3
        assert [one["n"] for one in work] == [0, 1, 2]
        assert queue.run_due_jobs() == 0

    def test_progress_prolongs_the_lease(self, work: list[Any]) -> None:
        job = queue.enqueue(KIND, key="k")
        claimed = queue.claim_job(job.pk)
        assert claimed is not None
        Job.objects.update(lease_until=F("lease_until") - timedelta(minutes=5))
        before = Job.objects.get().lease_until
        queue.Progress(claimed).report(done=1, total=9, step="x" * 300)
        job.refresh_from_db()
        assert (job.done, job.total, len(job.step)) == (1, 9, 120)
        assert before is not None
        assert job.lease_until is not None
        assert job.lease_until > before


class TestRaces:
    @pytest.mark.django_db(transaction=True)
    def test_of_many_workers_one_gets_the_job(self, work: list[Any]) -> None:
        import threading

        job = queue.enqueue(KIND, key="k")
        start, got = threading.Barrier(6), []

        def take() -> None:
            start.wait(10)
            got.append(queue.run_job(job.pk))
            connection.close()

        threads = [threading.Thread(target=take) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(got) == [False] * 5 + [True]
        assert len(work) == 1
