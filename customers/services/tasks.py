"""To-dos: made once per business key, done once, late by the clock."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import Conflict, NotAllowed
from common.events import record_event
from customers.models import Customer, Task
from customers.selectors import TO_DO

ENDED_BY_THE_DEED = (
    "LIMIT_APPROVAL",
    "SIGNAL",
    "WATCH",
    "RISK_GROUP",
    "MODEL_VERSION",
    "DOCUMENT_VERIFY",
    "FACT_CONFLICT",
    "INVESTIGATION_CONFIRM",
)
"""Kinds of to-dos that nobody ticks off: what they ask for ends them."""


def create_task(
    *,
    key: str,
    kind: str,
    title: str,
    params: dict[str, Any] | None = None,
    customer: Customer | None = None,
    role: str = "",
    owner: Any = None,
    due_at: datetime | None = None,
    url: str = "",
) -> Task:
    """Make sure that the to-do with this key exists, and return it.

    `title` is an English message id (marked with gettext_noop) whose named values are in `params`:
    it is shown in the reader's language. It waits for `owner`, or for everybody in `role`.
    """
    task, _created = Task.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "title": title,
            "params": params or {},
            "customer": customer,
            "role": role,
            "owner": owner,
            "due_at": due_at,
            "url": url,
        },
    )
    return task


def create_tasks(rows: Sequence[Task]) -> int:
    """Store many to-dos at once; those whose key is there already stay as they are."""
    before = Task.objects.filter(key__in=[row.key for row in rows]).count()
    Task.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len({row.key for row in rows}) - before


def complete_task(*, key: str, actor: Any = None, as_of: date | None = None) -> bool:
    """Mark a to-do as done; tell whether it was open. Only who it waits for may do it by hand."""
    return _end_task(key, Task.State.DONE, "customers.task.done", actor, as_of)


def cancel_task(*, key: str, actor: Any = None, as_of: date | None = None) -> bool:
    """Take back a to-do that nobody needs to do any more; tell whether it was open."""
    return _end_task(key, Task.State.CANCELLED, "customers.task.cancelled", actor, as_of)


def complete_own_task(*, task: Task, actor: Any, as_of: date) -> Task:
    """Mark a to-do as done by the person that it waits for."""
    if task.owner_id not in (None, actor.pk) or (task.owner_id is None and task.role != actor.role):
        raise NotAllowed(_("This waits for somebody else."))
    if task.kind in ENDED_BY_THE_DEED:
        raise Conflict(_("This ends with the decision itself."))
    if not complete_task(key=task.key, actor=actor, as_of=as_of):
        raise Conflict(_("This is done already."))
    task.refresh_from_db()
    return task


def mark_overdue_tasks(*, now: datetime) -> int:
    """Mark every to-do whose time is over; return how many. One statement."""
    return Task.objects.filter(state=Task.State.PENDING, due_at__lt=now).update(
        state=Task.State.OVERDUE
    )


def _end_task(key: str, state: str, code: str, actor: Any, as_of: date | None) -> bool:
    with transaction.atomic():
        ended = Task.objects.filter(key=key, state__in=TO_DO).update(
            state=state, done_by=actor, done_at=timezone.now()
        )
        if not ended:
            return False
        task = Task.objects.get(key=key)
        record_event(
            code,
            actor=actor,
            subject=task,
            customer_id=task.customer_id,
            as_of=as_of,
            after={"key": key, "kind": task.kind},
        )
    return True
