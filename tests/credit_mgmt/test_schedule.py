"""The clock: the rows that celery beat reads, each naming a task that exists."""

from io import StringIO

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from credit_mgmt import celery  # noqa: F401 - loads the tasks of every app
from credit_mgmt.nightly import _only_one_night
from credit_mgmt.reference import seed_reference_data
from credit_mgmt.schedule import remove_schedule, write_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _schedule() -> None:
    """Write the rows as the migration does: tests that flush the database take them away."""
    write_schedule(CrontabSchedule, IntervalSchedule, PeriodicTask)


class TestSchedule:
    def test_says_when_what_starts(self) -> None:
        found = {
            task.task: str(task.interval or "")
            or f"{task.crontab.hour}:{task.crontab.minute}/{task.crontab.day_of_month}"
            for task in PeriodicTask.objects.exclude(task__startswith="celery.")
        }
        assert found == {
            "common.sweep": "every 15 seconds",
            "collection.sync_notices": "every 60 seconds",
            "credit_mgmt.start_night": "0:10/*",
            "credit_mgmt.start_month_ratings": "1:30/1",
            "collection.morning": "8:0/*",
        }
        zones = CrontabSchedule.objects.filter(periodictask__task__startswith="credit_mgmt")
        assert {str(crontab.timezone) for crontab in zones} == {"Asia/Shanghai"}

    def test_names_tasks_that_exist(self) -> None:
        current_app.loader.import_default_modules()
        for task in PeriodicTask.objects.exclude(task__startswith="celery."):
            assert task.task in current_app.tasks, task.task

    def test_keeps_what_somebody_changed(self) -> None:
        PeriodicTask.objects.filter(name="Night").update(enabled=False)
        before = PeriodicTask.objects.count()
        write_schedule(CrontabSchedule, IntervalSchedule, PeriodicTask)
        assert PeriodicTask.objects.count() == before
        assert not PeriodicTask.objects.get(name="Night").enabled

    def test_can_be_taken_away(self) -> None:
        remove_schedule(PeriodicTask)
        assert not PeriodicTask.objects.exclude(task__startswith="celery.").exists()


class TestNightlyCommand:
    def test_prints_each_step(self) -> None:
        seed_reference_data()
        out = StringIO()
        call_command("nightly", as_of=None, stdout=out)
        lines = out.getvalue().splitlines()
        assert [line.split()[1] for line in lines][:3] == [
            "night.promises",
            "night.aging",
            "night.ratings",
        ]

    def test_is_safe_within_its_own_session(self) -> None:
        seed_reference_data()
        # The same session may take its lock twice; another one is refused (see R9).
        with _only_one_night():
            call_command("nightly", stdout=StringIO())

    def test_refuses_a_wrong_date(self) -> None:
        with pytest.raises((CommandError, ValueError)):
            call_command("nightly", "--as-of", "2026-02-30", stdout=StringIO())
