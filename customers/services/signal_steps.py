"""The life of a signal (SM22): assessed by an analyst, acted on by the manager, then closed.

Every step is dated, has a reason, and leaves a row; a signal is never deleted.
"""

from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.calendars import get_calendar
from common.errors import InvalidInput, NotAllowed
from common.events import record_event, record_events
from common.locks import lock_row
from customers.domain.signals import (
    ASSESSMENT,
    EXECUTIVE,
    K06,
    SIGNAL,
    Duty,
    get_due_time,
)
from customers.models import Customer, Signal, SignalStep, Task
from customers.selectors.parties import TO_DO
from customers.services.lifecycle import change_customer_state
from customers.services.signals import CALENDAR, TASK_KIND, signal_url
from customers.services.tasks import complete_task, create_task, create_tasks
from customers.services.watch import start_watch
from users.permissions import may, require

ACT_TITLE = gettext_noop("Decide what to do about signal %(code)s (%(severity)s)")
LATE_TITLE = gettext_noop("Signal %(code)s (%(severity)s) was not answered in time")
LATE_BATCH = 5000


class RedNeedsManager(NotAllowed):
    """A red signal is set aside by the credit manager only, and not by who raised it."""

    code = "RED_NEEDS_MANAGER"


def confirm_signal(
    *, signal: Signal, text: str, actor: Any, as_of: date, at: datetime | None = None
) -> Signal:
    """Say that the signal is true; a red one is to be acted on within 24 hours (K06).

    Raises `InvalidInput` without an assessment, `TransitionNotAllowed`.
    """
    if actor is not None:
        require(actor, "signal.assess")
    text = _must_say_why(text)
    with transaction.atomic():
        row = lock_row(Signal, signal.pk)
        due = None
        if row.severity == Signal.Severity.RED:
            due = get_due_time(K06, at or timezone.now(), get_calendar(CALENDAR))
        _step(row, "confirm", text, actor, as_of, due_at=due, owner=actor)
        _end_tasks(row, "assess", actor, as_of)
        create_task(
            key=f"signal:{row.pk}:act",
            kind=TASK_KIND,
            title=ACT_TITLE,
            params={"code": row.code, "severity": row.severity},
            customer=row.customer,
            role="CREDIT_MANAGER",
            due_at=due,
            url=signal_url(row.pk),
        )
    return row


def dismiss_signal(*, signal: Signal, text: str, actor: Any, as_of: date) -> Signal:
    """Set the signal aside as untrue or of no matter; it stops and warns no order from now on.

    A red one is the credit manager's to dismiss, and not by himself if he raised it. Raises
    `RedNeedsManager`, `InvalidInput`, `TransitionNotAllowed`.
    """
    if actor is not None:
        require(actor, "signal.assess")
    text = _must_say_why(text)
    with transaction.atomic():
        row = lock_row(Signal, signal.pk)
        if row.severity == Signal.Severity.RED and actor is not None:
            if not may(actor, "signal.act"):
                raise RedNeedsManager(_("A red signal is dismissed by the credit manager."))
            if row.raised_by_id == actor.pk:
                raise RedNeedsManager(
                    _("Whoever raised a red signal does not dismiss it. Ask another manager.")
                )
        _step(row, "dismiss", text, actor, as_of, due_at=None, owner=actor)
        _end_tasks(row, "assess", actor, as_of)
    return row


def act_on_signal(*, signal: Signal, action: str, text: str, actor: Any, as_of: date) -> Signal:
    """Say what is done about a confirmed signal; a hold or the watch list takes effect at once.

    Raises `InvalidInput`, `TransitionNotAllowed` (also when the customer cannot be held or watched).
    """
    if actor is not None:
        require(actor, "signal.act")
    text = _must_say_why(text)
    if action not in Signal.Action.values:
        raise InvalidInput(_("Choose what to do."), field="action", code="UNKNOWN_CODE")
    with transaction.atomic():
        customer = lock_row(Customer, signal.customer_id)
        row = lock_row(Signal, signal.pk)
        SIGNAL.transition(row.state, "act")
        _take_effect(customer, action, f"{row.code}: {text}", actor, as_of)
        _step(row, "act", text, actor, as_of, due_at=None, chosen=action)
        _end_tasks(row, "act", actor, as_of)
    return row


def _take_effect(customer: Customer, action: str, reason: str, actor: Any, as_of: date) -> None:
    if action == Signal.Action.BLOCK and customer.state != Customer.State.BLOCKED:
        change_customer_state(
            customer=customer, action="block", actor=actor, as_of=as_of, reason=reason
        )
    if action == Signal.Action.WATCH:
        if customer.state != Customer.State.WATCH:
            change_customer_state(
                customer=customer, action="put_on_watch", actor=actor, as_of=as_of, reason=reason
            )
        start_watch(customer=customer, as_of=as_of)


def close_signal(*, signal: Signal, text: str, actor: Any, as_of: date) -> Signal:
    """End a signal that was acted on: from now on it stops no order. Raises as the others do."""
    if actor is not None:
        require(actor, "signal.act")
    text = _must_say_why(text)
    with transaction.atomic():
        row = lock_row(Signal, signal.pk)
        return _step(row, "close", text, actor, as_of, due_at=None)


def _must_say_why(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput(_("Say why: the next reader will ask."), field="text", code="REQUIRED")
    return text


def _step(
    row: Signal,
    action: str,
    text: str,
    actor: Any,
    as_of: date,
    *,
    due_at: datetime | None,
    owner: Any = None,
    chosen: str = "",
) -> Signal:
    """Move a locked signal one step and write down who, when and why."""
    source = row.state
    row.state = SIGNAL.transition(source, action).target
    row.due_at = due_at
    row.owner = owner or row.owner
    row.action = chosen or row.action
    row.save(update_fields=["state", "due_at", "owner", "action"])
    SignalStep.objects.create(
        signal=row,
        action=action,
        source=source,
        target=row.state,
        text=text[:1000],
        as_of=as_of,
        actor=actor,
    )
    record_event(
        f"customers.signal.{_DEEDS[action]}",
        actor=actor,
        subject=row,
        customer_id=row.customer_id,
        as_of=as_of,
        before={"state": source},
        after={"state": row.state, "code": row.code, "action": row.action},
        reason=text,
    )
    return row


_DEEDS = {"confirm": "confirmed", "dismiss": "dismissed", "act": "acted", "close": "closed"}


def _end_tasks(row: Signal, duty: str, actor: Any, as_of: date) -> None:
    open_tasks = Task.objects.filter(key__startswith=f"signal:{row.pk}:{duty}", state__in=TO_DO)
    for key in list(open_tasks.values_list("key", flat=True)):
        complete_task(key=key, actor=actor, as_of=as_of)


def close_dismissed_signals(*, as_of: date) -> int:
    """Close what was dismissed, the system's own step; return how many. Safe to repeat."""
    with transaction.atomic():
        rows = list(
            Signal.objects.select_for_update(no_key=True)
            .filter(state=Signal.State.DISMISSED)
            .order_by("pk")[:LATE_BATCH]
        )
        SignalStep.objects.bulk_create(
            [
                SignalStep(
                    signal=row, action="close", source="DISMISSED", target="CLOSED", as_of=as_of
                )
                for row in rows
            ]
        )
        Signal.objects.filter(pk__in=[row.pk for row in rows]).update(state=Signal.State.CLOSED)
        record_events(
            [
                {
                    "code": "customers.signal.closed",
                    "subject": row,
                    "customer_id": row.customer_id,
                    "as_of": as_of,
                    "before": {"state": "DISMISSED"},
                    "after": {"state": "CLOSED", "code": row.code},
                }
                for row in rows
            ]
        )
    return len(rows)


def escalate_signals(*, as_of: date) -> int:
    """Pass up what nobody answered by the opening of `as_of`; return how many tasks are new.

    One step of the chain per duration (B.6): to the manager, then an alert to the executives.
    """
    now = timezone.make_aware(datetime.combine(as_of, time.min))
    late = list(
        Signal.objects.filter(state__in=("ASSIGNED", "CONFIRMED"), due_at__lte=now).order_by("pk")
    )
    calendar = get_calendar(CALENDAR)
    tasks = [task for row in late for task in _list_late_tasks(row, now, calendar)]
    with transaction.atomic():
        first = [f"signal:{row.pk}:{_duty_name(row)}" for row in late]
        Task.objects.filter(
            key__in=first, state__in=(Task.State.PENDING, Task.State.OVERDUE)
        ).update(state=Task.State.ESCALATED)
        known = set(
            Task.objects.filter(key__in=[task.key for task in tasks]).values_list("key", flat=True)
        )
        new = [task for task in tasks if task.key not in known]
        create_tasks(new)
        record_events(
            [
                {
                    "code": "customers.signal.escalated",
                    "subject": ("customers.signal", task.key.split(":")[1]),
                    "customer_id": task.customer_id,
                    "as_of": as_of,
                    "after": {"to": task.role},
                }
                for task in new
            ]
        )
    return len(new)


def _duty_name(row: Signal) -> str:
    return "act" if row.state == Signal.State.CONFIRMED else "assess"


def _duty_of(row: Signal) -> Duty:
    return K06 if row.state == Signal.State.CONFIRMED else ASSESSMENT[row.severity]


def _list_late_tasks(row: Signal, now: datetime, calendar: Any) -> list[Task]:
    duty, at = _duty_of(row), row.due_at
    tasks = []
    roles = [*duty.chain[1:], EXECUTIVE]
    for place, role in enumerate(dict.fromkeys(roles), start=1):
        if at is None or at > now:
            break
        tasks.append(
            Task(
                key=f"signal:{row.pk}:{_duty_name(row)}:late:{place}",
                kind=TASK_KIND,
                title=LATE_TITLE,
                params={"code": row.code, "severity": row.severity},
                customer_id=row.customer_id,
                role=role,
                due_at=at,
                url=signal_url(row.pk),
            )
        )
        at = get_due_time(duty, at, calendar)
    return tasks
