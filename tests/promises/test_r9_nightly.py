"""R9: a night that is repeated, killed and resumed, or started twice at once leaves the same rows."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from common import queue
from common.bulk import fetch_rows
from common.models import Job, Run
from credit_mgmt import nightly
from credit_mgmt.demo.portfolio import load_portfolio
from credit_mgmt.nightly import (
    STEPS,
    WHOLE,
    NightIsRunning,
    catch_up,
    list_missed_nights,
    run_night,
)
from credit_mgmt.tasks import start_month_ratings, start_night
from receivables.models import AgingSnapshot
from scoring.models import Rating

pytestmark = [pytest.mark.promise("R9")]
LOADED = date(2026, 11, 23)  # a Monday
NIGHT = date(2026, 11, 24)

# What a night writes, by natural keys, without the times at which rows were written.
DIGESTS = (
    "select kind, as_of, scope, state from common_run order by 1, 2, 3",
    """select as_of, customer_id, currency, total, not_due, buckets::text, unapplied
    from receivables_agingsnapshot order by 1, 2, 3""",
    "select customer_id, as_of, grade, modifier, facts_digest from scoring_rating order by 1, 2, 5",
    "select account_id, kind, amount, valid_from, state from credit_creditlimit order by 1, 2, 4",
    "select key, state, level, total from collection_dunningnotice order by 1",
    """select i.due_line_id, i.kind, i.level, i.raised, n.key from collection_noticeitem i
    join collection_dunningnotice n on n.id = i.notice_id order by 1, 2, 3, 5""",
    "select customer_id, promise_date, state, paid_in_time from collection_promisetopay order by id",
    "select as_of, customer_id, gross, limit_total from dashboards_exposuresnapshot order by 1, 2",
    "select key, recipient, subject from common_outboxmessage order by 1",
    # Keys of these hold the ids of rows, which a sequence never gives twice.
    "select kind, count(*) from common_job group by 1 order by 1",
    "select kind, state, count(*) from customers_task group by 1, 2 order by 1, 2",
)


def read_rows() -> list[list[Any]]:
    return [fetch_rows(sql) for sql in DIGESTS]


def forget_night() -> None:
    """Let a finished night look unfinished: the runs as a killed process leaves them."""
    Run.objects.filter(as_of=NIGHT).update(state=Run.State.RUNNING, ended_at=None)


@pytest.fixture
def portfolio(db: None) -> None:
    load_portfolio(customers=30, seed=9, as_of=LOADED)


@pytest.mark.usefixtures("portfolio")
class TestRunNight:
    def test_leaves_a_run_for_each_step_in_order(self) -> None:
        runs = run_night(as_of=NIGHT)
        assert [run.kind for run in runs] == [step.kind for step in STEPS]
        assert all(run.state == Run.State.DONE for run in runs)
        assert Run.objects.get(kind=WHOLE, as_of=NIGHT).counts == {"steps": len(STEPS)}

    def test_twice_changes_nothing(self) -> None:
        run_night(as_of=NIGHT)
        before = read_rows()
        run_night(as_of=NIGHT)
        assert read_rows() == before

    def test_begun_anew_after_it_was_done_changes_nothing(self) -> None:
        run_night(as_of=NIGHT)
        before = read_rows()
        forget_night()
        run_night(as_of=NIGHT)
        assert read_rows() == before

    @pytest.mark.parametrize("place", range(len(STEPS)))
    def test_killed_before_a_step_and_resumed_is_as_if_nothing_had_happened(
        self, place: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = self.rows_of_a_whole_night()

        def die(run: Run) -> Any:
            raise KeyboardInterrupt

        dying = nightly.Step(STEPS[place].kind, die)
        with monkeypatch.context() as patch:
            patch.setattr(nightly, "STEPS", (*STEPS[:place], dying, *STEPS[place + 1 :]))
            with pytest.raises(KeyboardInterrupt):
                run_night(as_of=NIGHT)
        run_night(as_of=NIGHT)
        assert read_rows() == expected

    @pytest.mark.parametrize("place", range(len(STEPS)))
    def test_killed_after_the_work_of_a_step_and_resumed_is_the_same(
        self, place: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = self.rows_of_a_whole_night()
        step = STEPS[place]

        def work_and_die(run: Run) -> Any:
            step.work(run)
            raise KeyboardInterrupt

        dying = nightly.Step(step.kind, work_and_die)
        with monkeypatch.context() as patch:
            patch.setattr(nightly, "STEPS", (*STEPS[:place], dying, *STEPS[place + 1 :]))
            with pytest.raises(KeyboardInterrupt):
                run_night(as_of=NIGHT)
        run_night(as_of=NIGHT)
        assert read_rows() == expected

    def rows_of_a_whole_night(self) -> list[list[Any]]:
        """Return what an undisturbed night leaves, in a transaction that is taken back."""
        from django.db import transaction

        with transaction.atomic():
            run_night(as_of=NIGHT)
            rows = read_rows()
            transaction.set_rollback(True)
        return rows

    def test_a_failing_step_is_told_and_done_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(run: Run) -> Any:
            raise ValueError("no figures today")

        with monkeypatch.context() as patch:
            patch.setattr(nightly, "STEPS", (nightly.Step("night.figures", fail),))
            with pytest.raises(ValueError, match="no figures today"):
                run_night(as_of=NIGHT)
        failed = Run.objects.get(kind="night.figures", as_of=NIGHT)
        assert (failed.state, failed.error) == (Run.State.FAILED, "no figures today")
        run_night(as_of=NIGHT)
        assert Run.objects.get(pk=failed.pk).state == Run.State.DONE

    def test_rates_everybody_on_the_first_of_a_month(self) -> None:
        first = date(2026, 12, 1)
        runs = run_night(as_of=first)
        assert runs[-1].kind == "night.month_ratings"
        assert (
            runs[-1].counts["considered"]
            == runs[-1].counts["created"]
            + runs[-1].counts["unchanged"]
            + runs[-1].counts["not_rated"]
        )
        rated = Rating.objects.filter(as_of=first).values("customer").distinct().count()
        assert rated == runs[-1].counts["considered"] - runs[-1].counts["not_rated"]


@pytest.mark.usefixtures("portfolio")
class TestCatchUp:
    def test_makes_up_for_missed_nights_in_order_and_writes_to_nobody_at_midnight(self) -> None:
        assert list_missed_nights(NIGHT + timedelta(days=2)) == [NIGHT, NIGHT + timedelta(days=1)]
        catch_up(as_of=NIGHT + timedelta(days=2))
        done = Run.objects.filter(kind=WHOLE).values_list("as_of", flat=True).order_by("id")
        assert list(done) == [LOADED + timedelta(days=n) for n in range(4)]
        letters = Run.objects.filter(kind="night.letters").values_list("as_of", flat=True)
        assert list(letters) == [LOADED]
        assert set(AgingSnapshot.objects.values_list("as_of", flat=True)) >= {
            NIGHT,
            NIGHT + timedelta(days=1),
        }

    def test_has_nothing_to_make_up_for_before_the_first_night(self) -> None:
        # The frozen segments of a month name their run and stay.
        Run.objects.exclude(kind="night.segments").delete()
        assert list_missed_nights(NIGHT) == []


@pytest.mark.usefixtures("portfolio")
class TestTasks:
    def test_a_night_is_one_job_however_often_the_clock_strikes(self) -> None:
        for _n in range(3):
            start_night(as_of=NIGHT.isoformat())
        job = Job.objects.get(kind="credit_mgmt.night")
        assert queue.run_job(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.DONE
        assert job.result["night.figures"] == Run.State.DONE
        assert not queue.run_job(job.pk)

    def test_a_month_is_rated_once(self) -> None:
        for day in ("2026-12-01", "2026-12-02"):
            start_month_ratings(as_of=day)
        job = Job.objects.get(kind="credit_mgmt.month_ratings")
        queue.run_job(job.pk)
        assert Run.objects.filter(kind="night.month_ratings").count() == 1


@pytest.fixture
def committed_portfolio(transactional_db: None) -> None:
    load_portfolio(customers=14, seed=9, as_of=LOADED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_portfolio")
class TestTwoNightsAtOnce:
    def test_one_works_and_the_other_is_told(self) -> None:
        barrier = threading.Barrier(4)
        told: list[str] = []

        def night() -> None:
            barrier.wait()
            try:
                run_night(as_of=NIGHT)
                told.append("done")
            except NightIsRunning:
                told.append("refused")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=night) for _n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 4
        assert "done" in told
        runs = Run.objects.filter(as_of=NIGHT, kind__in=[step.kind for step in STEPS])
        assert runs.count() == len(STEPS)
        assert set(runs.values_list("state", flat=True)) == {Run.State.DONE}
        after = read_rows()
        run_night(as_of=NIGHT)
        assert read_rows() == after

    def test_a_night_holds_its_lock_and_gives_it_back(self) -> None:
        refused: list[bool] = []

        def other() -> None:
            try:
                run_night(as_of=NIGHT)
                refused.append(False)
            except NightIsRunning:
                refused.append(True)
            finally:
                connections.close_all()

        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [nightly.LOCK])
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert refused == [True]
        assert not Run.objects.filter(as_of=NIGHT, kind=WHOLE).exists()
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [nightly.LOCK])
        assert run_night(as_of=NIGHT)
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [nightly.LOCK])
            assert cursor.fetchone()[0]
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [nightly.LOCK])
