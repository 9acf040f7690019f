"""Celery's two tasks for jobs as rows: do one, and look for those that nobody was told of."""

from typing import Any

from celery import current_app, shared_task

from common import outbox, queue


@shared_task(name="common.run_job")
def run_job(*, job_id: int, **_: Any) -> None:
    """Do the job if it is still to be done."""
    queue.run_job(job_id)


@shared_task(name="common.sweep")
def sweep(**_: Any) -> int:
    """Poke for every due job, and for every message that is ready; return how many jobs."""
    outbox.enqueue_ready_messages()
    due = queue.list_due_jobs()
    for job_id in due:
        current_app.send_task("common.run_job", kwargs={"job_id": job_id})
    return len(due)
