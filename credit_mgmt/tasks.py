"""What the clock starts: each task only writes a job, which is found again if its worker dies."""

from datetime import date
from typing import Any

from celery import shared_task

from common import queue
from common.clock import business_today
from credit_mgmt.nightly import catch_up, rate_month

NIGHT_KIND = "credit_mgmt.night"
MONTH_KIND = "credit_mgmt.month_ratings"


@shared_task(name="credit_mgmt.start_night")
def start_night(*, as_of: str = "", **_: Any) -> None:
    """Plan the night; the same date twice is one job."""
    day = as_of or business_today().isoformat()
    queue.enqueue(NIGHT_KIND, key=f"{NIGHT_KIND}:{day}", payload={"as_of": day})


@shared_task(name="credit_mgmt.start_month_ratings")
def start_month_ratings(*, as_of: str = "", **_: Any) -> None:
    """Plan the rating of everybody, once a month."""
    day = date.fromisoformat(as_of) if as_of else business_today()
    queue.enqueue(MONTH_KIND, key=f"{MONTH_KIND}:{day:%Y-%m}", payload={"as_of": day.isoformat()})


@queue.job_handler(NIGHT_KIND)
def do_night(progress: queue.Progress) -> dict[str, Any]:
    """Do the nights that were missed, then this one; a night that is running is tried later."""
    runs = catch_up(as_of=date.fromisoformat(progress.payload["as_of"]))
    return {run.kind: run.state for run in runs}


@queue.job_handler(MONTH_KIND)
def do_month_ratings(progress: queue.Progress) -> dict[str, Any]:
    """Rate everybody for the month."""
    run = rate_month(as_of=date.fromisoformat(progress.payload["as_of"]))
    return dict(run.counts)
