"""Background work as rows: enqueue within the transaction, poke after it, sweep what was missed.

A job is claimed by one conditional UPDATE that also sets the lease; a worker that dies leaves a
lease that runs out. The handler of a kind must be safe to run twice: its effect is guarded by
unique keys in the database. After `MAX_ATTEMPTS` failures a job is PARKED and shown to people.
"""

import logging
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from common.models import Job

log = logging.getLogger(__name__)

Handler = Callable[["Progress"], dict[str, Any] | None]
HANDLERS: dict[str, Handler] = {}
LEASE = timedelta(minutes=12)
MAX_ATTEMPTS = 8
BACK_OFF_SECONDS = (5, 15, 60, 300, 900, 1800, 3600, 3600)


def job_handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does the work of `kind`."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


class Progress:
    """What a handler gets: the job's payload, and a way to say how far it is."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.payload: dict[str, Any] = job.payload

    def report(self, *, done: int, total: int, step: str = "") -> None:
        """Store how far the work is and prolong the lease. Call it outside long transactions."""
        own_claim(self.job).update(
            done=done, total=total, step=step[:120], lease_until=timezone.now() + LEASE
        )


def enqueue(
    kind: str, *, key: str, payload: dict[str, Any] | None = None, actor: Any = None
) -> Job:
    """Make sure that a job with this business key exists, and poke a worker after commit.

    Enqueuing the same key again returns the job that is there. The row is written in the caller's
    transaction: no commit, no job.
    """
    job, created = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "payload": payload or {},
            "created_by": actor if getattr(actor, "pk", None) else None,
        },
    )
    if created:
        poke(job.pk)
    return job


def poke(job_id: int) -> None:
    """Tell the workers, after commit, that a job waits. A lost poke costs time, not the job."""
    transaction.on_commit(lambda: _send_poke(job_id), robust=True)


def _send_poke(job_id: int) -> None:
    from celery import current_app

    with suppress(Exception):  # the broker may be away: the sweeper finds the row
        current_app.send_task("common.run_job", kwargs={"job_id": job_id}, ignore_result=True)


def claim_job(job_id: int) -> Job | None:
    """Take the job by one conditional update; None when it is done, taken or not yet due."""
    now = timezone.now()
    due = Q(state=Job.State.WAITING, next_try_at__lte=now) | Q(
        state=Job.State.RUNNING, lease_until__lt=now
    )
    taken = Job.objects.filter(due, pk=job_id).update(
        state=Job.State.RUNNING, lease_until=now + LEASE, attempts=F("attempts") + 1, started_at=now
    )
    return Job.objects.get(pk=job_id) if taken else None


def own_claim(job: Job) -> QuerySet[Job]:
    """Return the row as long as this claim holds; not once another worker took the job over."""
    mine: QuerySet[Job] = Job.objects.filter(
        pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts
    )
    return mine


def run_job(job_id: int) -> bool:
    """Do one job if it can be had; tell whether it was. An error is noted and tried again later."""
    job = claim_job(job_id)
    if job is None:
        return False
    handler = HANDLERS.get(job.kind)
    try:
        if handler is None:
            raise LookupError(f"no handler for jobs of kind {job.kind}")
        result = handler(Progress(job)) or {}
    except Exception as error:
        _note_failure(job, error)
        return True
    now = timezone.now()
    own_claim(job).update(
        state=Job.State.DONE, result=result, lease_until=None, ended_at=now, last_error=""
    )
    return True


def _note_failure(job: Job, error: Exception) -> None:
    """Plan the next try, or park the job after the last one."""
    if connection.in_atomic_block:
        transaction.set_rollback(True)
    log.warning("job failed", extra={"job": job.pk, "kind": job.kind, "attempt": job.attempts})
    parked = job.attempts >= MAX_ATTEMPTS
    wait = BACK_OFF_SECONDS[min(job.attempts, len(BACK_OFF_SECONDS)) - 1]
    text = "".join(traceback.format_exception_only(error)).strip()
    own_claim(job).update(
        state=Job.State.PARKED if parked else Job.State.WAITING,
        last_error=text[:2000],
        lease_until=None,
        next_try_at=timezone.now() + timedelta(seconds=wait),
    )


def list_due_jobs(limit: int = 200) -> list[int]:
    """Return the ids of jobs that wait to be done or whose worker is gone, oldest first."""
    now = timezone.now()
    due = Q(state=Job.State.WAITING, next_try_at__lte=now) | Q(
        state=Job.State.RUNNING, lease_until__lt=now
    )
    return list(
        Job.objects.filter(due).order_by("next_try_at").values_list("pk", flat=True)[:limit]
    )


def run_due_jobs(limit: int = 200) -> int:
    """Do here and now every job that is due; return how many were done. For tests and commands."""
    return sum(run_job(job_id) for job_id in list_due_jobs(limit))


def retry_job(job: Job) -> None:
    """Let a parked or failed job be tried again."""
    Job.objects.filter(pk=job.pk, state__in=[Job.State.PARKED, Job.State.FAILED]).update(
        state=Job.State.WAITING, attempts=0, next_try_at=timezone.now(), last_error=""
    )
    poke(job.pk)
