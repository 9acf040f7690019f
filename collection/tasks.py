"""Each morning: reminders, the day's run, and the letters that need nobody's word."""

from datetime import date
from typing import Any

from celery import shared_task

from collection.models import DunningRun
from collection.selectors import get_calendar
from collection.services import (
    SEND_KIND,
    approve_run,
    auto_send_level,
    evaluate_promises,
    prepare_dunning_run,
    run_actor,
    send_reminders,
    send_run,
    sync_notice_states,
)
from common import queue
from common.clock import business_today
from customers.models import Company


@shared_task(name="collection.morning")
def morning(*, as_of: str = "", **_: Any) -> None:
    """Plan the morning of every company as one job; the same day twice is one job."""
    day = as_of or business_today().isoformat()
    queue.enqueue(MORNING_KIND, key=f"{MORNING_KIND}:{day}", payload={"as_of": day})


@shared_task(name="collection.sync_notices")
def sync_notices(**_: Any) -> int:
    """Let notices follow what became of their messages."""
    return sync_notice_states()


MORNING_KIND = "collection.morning_work"


@queue.job_handler(MORNING_KIND)
def do_morning(progress: queue.Progress) -> dict[str, Any]:
    """Do the morning of every company."""
    as_of = date.fromisoformat(progress.payload["as_of"])
    return {company.code: run_morning(company, as_of=as_of) for company in Company.objects.all()}


def run_morning(company: Company, *, as_of: date) -> dict[str, Any]:
    """Remind, prepare and send for one company; nothing is sent on a day that is not worked."""
    if not get_calendar(company.calendar).is_workday(as_of):
        return {"skipped": "NOT_A_WORKDAY"}
    evaluate_promises(as_of=as_of)
    sync_notice_states()
    reminders = send_reminders(company=company, as_of=as_of)
    run = prepare_dunning_run(company=company, as_of=as_of)
    level = auto_send_level(as_of=as_of)
    sent = approve_run(run=run, as_of=as_of, max_level=level).letters if level else 0
    return {"reminders": reminders.counts, "run": run.pk, "letters": run.counts, "sent": sent}


@queue.job_handler(SEND_KIND)
def do_send_run(progress: queue.Progress) -> dict[str, Any]:
    """Make the letters of an approved run; those that failed are tried again with the job."""
    payload = progress.payload
    run = DunningRun.objects.select_related("company").get(pk=payload["run_id"])
    counts = send_run(
        run=run,
        as_of=date.fromisoformat(payload["as_of"]),
        max_level=payload["max_level"],
        last_id=payload["last_id"],
        actor=run_actor(payload["actor_id"]),
        report=lambda done, total: progress.report(done=done, total=total, step="letters"),
    )
    if counts.failed:
        raise RuntimeError(f"letters not made: {counts.failed}")
    return {"made": counts.made, "dropped": counts.dropped}
