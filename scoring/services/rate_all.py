"""Everybody on demand: a manager asks, a job rates, a run row says what came of it."""

from datetime import date, datetime
from typing import Any

from common.events import record_event
from common.models import Job, Run
from common.queue import enqueue
from common.runs import run_once
from scoring.services.ratings import rate_customers
from users.permissions import require

JOB_KIND = "scoring.rate_all"
RUN_KIND = "scoring.rate_all"


def request_rating_run(*, as_of: date, asked_at: datetime, actor: Any) -> Job:
    """Plan the rating of everybody; asking twice in one minute is one job."""
    require(actor, "rating.run")
    moment = f"{asked_at:%Y-%m-%dT%H:%M}"
    job = enqueue(
        JOB_KIND,
        key=f"{JOB_KIND}:{moment}",
        payload={"as_of": as_of.isoformat(), "scope": moment},
        actor=actor,
    )
    record_event("scoring.ratings.requested", actor=actor, subject=job, as_of=as_of)
    return job


def run_rating_job(payload: dict[str, Any]) -> Run:
    """Rate everybody as a job asks; a job that is tried again finds the run that it began."""
    as_of = date.fromisoformat(payload["as_of"])

    def work(run: Run) -> dict[str, Any]:
        return rate_customers(as_of=as_of, run=run).as_counts()

    return run_once(RUN_KIND, as_of=as_of, scope=payload["scope"], work=work)
