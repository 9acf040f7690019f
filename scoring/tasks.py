"""The night's ratings: what changed each night, everything once a month."""

from datetime import date
from typing import Any

from celery import shared_task

from common.clock import business_today
from common.models import Run
from common.runs import run_once
from scoring.services import rate_customers


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
