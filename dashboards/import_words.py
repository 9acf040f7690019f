"""How imports and jobs are told to people: names of kinds, looks of states, progress."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import CreditError
from common.imports.kinds import get_kind
from common.models import ImportBatch, Job, OutboxMessage

# The kit's badge that has the look of each state.
BATCH_LOOKS = {
    "WAITING": "QUEUED",
    "CHECKED": "SUBMITTED",
    "IMPORTED": "DONE",
    "REFUSED": "REJECTED",
}
JOB_LOOKS = {"WAITING": "QUEUED", "PARKED": "FAILED"}
JOB_TITLES: dict[str, str | Promise] = {
    "imports.run": gettext_lazy("Import of a file"),
    "common.send_message": gettext_lazy("Sending of a message"),
    "collection.send_run": gettext_lazy("Making of letters"),
    "collection.morning_work": gettext_lazy("Reminders and letters of the morning"),
    "credit_mgmt.night": gettext_lazy("Work of the night"),
    "credit_mgmt.month_ratings": gettext_lazy("Ratings of the month"),
    "scoring.rate_all": gettext_lazy("Rating of everybody"),
    "scoring.model_impact": gettext_lazy("Impact of a draft of the rating models"),
}
RESULT_WORDS: dict[str, str | Promise] = {
    "state": gettext_lazy("State"),
    "made": gettext_lazy("Letters"),
    "dropped": gettext_lazy("Left out"),
    "sent": gettext_lazy("Sent"),
    "created": gettext_lazy("Created"),
    "skipped": gettext_lazy("Skipped"),
    "failed": gettext_lazy("Failed"),
}


def name_kind(name: str) -> str:
    """Return the title of a kind of file; of a kind that is gone, its code."""
    try:
        return str(get_kind(name).title)
    except CreditError:
        return name


def name_job(kind: str) -> str:
    """Return what a job does, in words."""
    title = JOB_TITLES.get(kind)
    return str(title) if title else kind.replace(".", " ").replace("_", " ").capitalize()


def list_results(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a job says it did, with words where there are some; its batch has a page."""
    states: dict[Any, Any] = dict(OutboxMessage.State.choices)
    return [
        {
            "label": RESULT_WORDS.get(name, name.replace("_", " ")),
            "value": states.get(value, value) if isinstance(value, str) else value,
        }
        for name, value in result.items()
        if name != "batch" and value not in (None, "")
    ]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as the progress panel shows it."""

    title: str
    state: str
    done: int
    total: int
    seconds: int | None
    message: str
    url: str

    @property
    def is_live(self) -> bool:
        return self.state in ("QUEUED", "RUNNING")


def view_job(job: Job, *, url: str = "") -> JobView:
    """Return how far a job is, and what it says of itself."""
    end = job.ended_at or timezone.now()
    seconds = int((end - job.started_at).total_seconds()) if job.started_at else None
    message = job.step
    if job.state == Job.State.WAITING and job.attempts:
        message = _("Tried %(n)s times; the next try is at %(at)s.") % {
            "n": job.attempts,
            "at": timezone.localtime(job.next_try_at).strftime("%H:%M:%S"),
        }
    elif job.state == Job.State.WAITING:
        message = _("Waits for a worker.")
    elif job.state in (Job.State.PARKED, Job.State.FAILED):
        message = _("Given up after %(n)s tries.") % {"n": job.attempts}
    return JobView(
        title=name_job(job.kind),
        state=JOB_LOOKS.get(job.state, job.state),
        done=job.done if job.state != Job.State.DONE else job.total,
        total=job.total,
        seconds=seconds,
        message=message,
        url=url,
    )


def job_target(job: Job) -> str:
    """Return the address of what a finished job made, or nothing."""
    if job.kind == "scoring.model_impact" and job.result.get("version"):
        return reverse("model_impact", args=[job.result["version"]])
    batch = job.result.get("batch") if job.kind == "imports.run" else None
    if batch and ImportBatch.objects.filter(pk=batch).exists():
        return reverse("import", kwargs={"pk": batch})
    return ""


def list_counts(batch: ImportBatch) -> list[dict[str, Any]]:
    """Return the four counts of a batch as key figures. Until it is imported they are a forecast."""
    is_done = batch.state == ImportBatch.State.IMPORTED
    return [
        {
            "label": _("Created") if is_done else _("Would be created"),
            "value": f"{batch.created:,}",
        },
        {
            "label": _("Updated") if is_done else _("Would be updated"),
            "value": f"{batch.updated:,}",
        },
        {"label": _("Unchanged"), "value": f"{batch.unchanged:,}"},
        {
            "label": _("Rejected rows"),
            "value": f"{batch.rejected:,}",
            "tone": "bad" if batch.rejected else "",
        },
    ]
