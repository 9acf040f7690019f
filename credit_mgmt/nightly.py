"""A night, upward through the floors. Safe to repeat, to kill and to start twice.

Each step leaves one `Run` row for its date: a step that is done is not done again, one that died is
begun again, and what a step writes is guarded by unique keys. A session lock keeps two nights
apart; the second one is told so.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from collection.services import evaluate_promises
from collection.tasks import run_morning
from common.errors import Conflict
from common.files import sweep_files
from common.models import Run
from common.runs import run_once
from credit_control.services import expire_limits, expire_reservations
from credit_mgmt.signals import raise_night_signals
from customers.models import Company
from customers.services import expire_documents, mark_overdue_tasks, remind_documents
from dashboards.domain.periods import list_month_ends
from dashboards.overview_snapshots import snapshot_exposure
from receivables.models import AgingSnapshot
from receivables.services import snapshot_aging
from scoring.services import rate_customers
from scoring.services.segments import segment_customers

MOST_MISSED = 31
LOCK = "credit_mgmt.night"
WHOLE = "night"

Counts = dict[str, Any]


class NightIsRunning(Conflict):
    """Another process is doing a night at this moment."""

    code = "NIGHT_IS_RUNNING"


@dataclass(frozen=True)
class Step:
    """One step of the night."""

    kind: str
    work: Callable[[Run], Counts]


def _promises(run: Run) -> Counts:
    return dict(evaluate_promises(as_of=run.as_of))


def _aging(run: Run) -> Counts:
    rows = {c.code: snapshot_aging(as_of=run.as_of, company=c) for c in Company.objects.all()}
    return {"rows": rows, "month_ends": keep_month_ends(as_of=run.as_of)}


def _ratings(run: Run) -> Counts:
    return rate_customers(as_of=run.as_of, run=run, changed_only=True).as_counts()


def _month_ratings(run: Run) -> Counts:
    return rate_customers(as_of=run.as_of, run=run).as_counts()


def _segments(run: Run) -> Counts:
    return segment_customers(as_of=run.as_of, run=run).as_counts()


def _limits(run: Run) -> Counts:
    return dict(expire_limits(as_of=run.as_of)) | {
        "reservations": expire_reservations(now=start_of(run.as_of))
    }


def _signals(run: Run) -> Counts:
    return raise_night_signals(as_of=run.as_of)


def _tasks(run: Run) -> Counts:
    return {"overdue": mark_overdue_tasks(now=start_of(run.as_of))}


def _letters(run: Run) -> Counts:
    return {c.code: run_morning(c, as_of=run.as_of) for c in Company.objects.all()}


def _figures(run: Run) -> Counts:
    return {"accounts": snapshot_exposure(as_of=run.as_of)}


def _documents(run: Run) -> Counts:
    return {
        "expired": expire_documents(as_of=run.as_of),
        "reminders": remind_documents(as_of=run.as_of),
        "swept": sweep_files(before=start_of(run.as_of) - timedelta(days=1)),
    }


LETTERS_KIND = "night.letters"
STEPS = (
    Step("night.promises", _promises),
    Step("night.aging", _aging),
    Step("night.ratings", _ratings),
    Step("night.segments", _segments),
    Step("night.limits", _limits),
    Step("night.signals", _signals),
    Step("night.documents", _documents),
    Step("night.tasks", _tasks),
    Step(LETTERS_KIND, _letters),
    Step("night.figures", _figures),
)
MONTHLY = Step("night.month_ratings", _month_ratings)


def run_night(*, as_of: date, with_letters: bool = True) -> list[Run]:
    """Do every step of the night of `as_of` that is not done yet; return the run rows in order.

    On the first of a month everybody is rated, not only whose facts changed. Raises NightIsRunning.
    """
    with _only_one_night():
        return _do_steps(as_of, with_letters)


def catch_up(*, as_of: date) -> list[Run]:
    """Do the nights that were missed since the last one, in order, then that of `as_of`.

    Without letters: nobody is written to at midnight, nor for a day that is gone. The clock's own
    entry of the morning (`collection.morning`) sends them.
    """
    with _only_one_night():
        for day in list_missed_nights(as_of):
            _do_steps(day, with_letters=False)
        return _do_steps(as_of, with_letters=False)


def list_missed_nights(as_of: date) -> list[date]:
    """Return the days since the last finished night, without `as_of`; none before the first night."""
    last = Run.objects.filter(kind=WHOLE, state=Run.State.DONE, as_of__lt=as_of).aggregate(
        day=Max("as_of")
    )["day"]
    if last is None:
        return []
    first = max(last + timedelta(days=1), as_of - timedelta(days=MOST_MISSED))
    return [first + timedelta(days=n) for n in range((as_of - first).days)]


def rate_month(*, as_of: date) -> Run:
    """Rate everybody, once a month: the run's date is the first of it."""
    return run_once(MONTHLY.kind, as_of=as_of.replace(day=1), work=MONTHLY.work)


def _do_steps(as_of: date, with_letters: bool) -> list[Run]:
    steps = [step for step in STEPS if with_letters or step.kind != LETTERS_KIND]
    runs = [run_once(step.kind, as_of=as_of, work=step.work) for step in steps]
    if as_of.day == 1:
        runs.append(rate_month(as_of=as_of))
    run_once(WHOLE, as_of=as_of, work=lambda run: {"steps": len(runs)})
    return runs


def keep_month_ends(*, as_of: date) -> int:
    """Snapshot the month ends of the last year that have none; return how many rows are new.

    A book that was imported yesterday has a history too: postings can be aged on any past day.
    """
    days = list_month_ends(as_of)
    written = 0
    for company in Company.objects.all():
        known = set(
            AgingSnapshot.objects.filter(as_of__in=days, company=company)
            .values_list("as_of", flat=True)
            .distinct()
        )
        for day in days:
            if day not in known:
                written += snapshot_aging(as_of=day, company=company)
    return written


def start_of(day: date) -> datetime:
    """Return the first instant of a business day."""
    return timezone.make_aware(datetime.combine(day, time.min))


@contextmanager
def _only_one_night() -> Iterator[None]:
    """Hold the night's lock for the session: a step has many transactions, the night one lock."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK])
        if not cursor.fetchone()[0]:
            raise NightIsRunning("another night is running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [LOCK])
