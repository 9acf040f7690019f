"""The night's ratings: what changed each night, everything once a month."""

from datetime import date
from typing import Any

from celery import shared_task

from common import queue
from common.clock import business_today
from common.models import Run
from common.runs import run_once
from scoring.services import model_impact, rate_customers
from scoring.services.rate_all import JOB_KIND, run_rating_job


@shared_task(name="scoring.rerate")
def rerate(*, as_of: str = "", scope: str = "CHANGED", **_: Any) -> int:
    """Rate whoever's facts changed (`CHANGED`) or everybody (`ALL`); return the run's id."""
    return rerate_portfolio(
        as_of=date.fromisoformat(as_of) if as_of else business_today(), scope=scope
    ).pk


def rerate_portfolio(*, as_of: date, scope: str = "CHANGED") -> Run:
    """Do the night's ratings of a day once; on the first of a month everybody is rated."""
    is_monthly = scope == "ALL" or as_of.day == 1

    def work(run: Run) -> dict[str, Any]:
        counts = rate_customers(as_of=as_of, run=run, changed_only=not is_monthly)
        return counts.as_counts()

    return run_once(
        "scoring.rerate", as_of=as_of, scope="ALL" if is_monthly else "CHANGED", work=work
    )


@queue.job_handler(JOB_KIND)
def rate_everybody(progress: queue.Progress) -> dict[str, Any]:
    """Rate everybody because a manager asked."""
    run = run_rating_job(progress.payload)
    kept = ("considered", "created", "unchanged", "upgraded", "downgraded", "not_rated")
    return {name: run.counts[name] for name in kept if name in run.counts}


@queue.job_handler(model_impact.JOB_KIND)
def preview_models(progress: queue.Progress) -> dict[str, Any]:
    """Compare a draft of the rating models with the version in force over the whole portfolio."""

    def tell(done: int, total: int) -> None:
        progress.report(done=done, total=total)

    run = model_impact.run_preview_job(progress.payload, tell)
    kept = ("considered", "upgraded", "downgraded", "shifted", "only_limit")
    return {"version": progress.payload["version"]} | {name: run.counts[name] for name in kept}
