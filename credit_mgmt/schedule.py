"""When the clock starts what: the rows that celery beat reads, written by a migration.

A row is only the first word; whoever changes the times in the admin keeps his own.
"""

from dataclasses import dataclass
from typing import Any

ZONE = "Asia/Shanghai"
SWEEP_SECONDS = 15


@dataclass(frozen=True)
class Clock:
    """One task at a time of day, on some days of the month."""

    name: str
    task: str
    hour: str
    minute: str
    day_of_month: str = "*"


CLOCKS = (
    Clock("Night", "credit_mgmt.start_night", "0", "10"),
    Clock("Monthly ratings", "credit_mgmt.start_month_ratings", "1", "30", "1"),
    Clock("Morning letters", "collection.morning", "8", "0"),
)


def write_schedule(crontabs: Any, intervals: Any, tasks: Any) -> None:
    """Write the rows that are missing; takes the model classes, for a migration has its own."""
    every, _created = intervals.objects.get_or_create(every=SWEEP_SECONDS, period="seconds")
    tasks.objects.get_or_create(
        name="Sweep", defaults={"task": "common.sweep", "interval": every, "kwargs": "{}"}
    )
    tasks.objects.get_or_create(
        name="Notice states",
        defaults={
            "task": "collection.sync_notices",
            "interval": intervals.objects.get_or_create(every=60, period="seconds")[0],
            "kwargs": "{}",
        },
    )
    for clock in CLOCKS:
        when, _created = crontabs.objects.get_or_create(
            hour=clock.hour,
            minute=clock.minute,
            day_of_month=clock.day_of_month,
            month_of_year="*",
            day_of_week="*",
            timezone=ZONE,
        )
        tasks.objects.get_or_create(
            name=clock.name, defaults={"task": clock.task, "crontab": when, "kwargs": "{}"}
        )


def remove_schedule(tasks: Any) -> None:
    """Take the rows away again."""
    names = [clock.name for clock in CLOCKS]
    tasks.objects.filter(name__in=[*names, "Sweep", "Notice states"]).delete()
