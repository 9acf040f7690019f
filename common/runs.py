"""Runs: a periodic step for a business date leaves one row, however often it is started."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone

from common.models import Run


def run_once(
    kind: str, *, as_of: date, work: Callable[[Run], dict[str, Any]], scope: str = "ALL"
) -> Run:
    """Do `work` for (kind, date, scope) unless it is done already; return its run row.

    `work` returns the counts; under the key "skipped" it may list what was skipped and why. It must
    itself be safe to repeat, for a run that died is started again.
    """
    run, _ = Run.objects.get_or_create(kind=kind, as_of=as_of, scope=scope)
    if run.state == Run.State.DONE:
        return run
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, error="")
    try:
        counts = work(run)
    except Exception as error:
        Run.objects.filter(pk=run.pk).update(
            state=Run.State.FAILED, error=str(error)[:2000], ended_at=timezone.now()
        )
        raise
    run.skipped = counts.pop("skipped", [])
    run.counts = counts
    run.state = Run.State.DONE
    run.ended_at = timezone.now()
    run.save(update_fields=["skipped", "counts", "state", "ended_at"])
    return run
