"""The watch list: a first review within a day (K08), then a note every week (K09)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.calendars import get_calendar
from common.errors import Conflict, InvalidInput
from common.events import record_event
from customers.domain.signals import K08, K09, get_due_time, get_start_time
from customers.models import Customer, Task
from customers.selectors.parties import TO_DO
from customers.selectors.signals import list_watched
from customers.services.tasks import complete_task, create_tasks
from users.permissions import require

TASK_KIND = "WATCH"
REVIEW_TITLE = gettext_noop("First review of a customer on the watch list")
NOTE_TITLE = gettext_noop("Weekly note on a customer on the watch list (no. %(n)s)")
CALENDAR = "CN"


class NotWatched(Conflict):
    """The customer is not on the watch list."""

    code = "NOT_WATCHED"


def start_watch(*, customer: Customer, as_of: date) -> int:
    """Make the to-dos that are due now for one customer on the watch list; return how many."""
    return make_watch_tasks(as_of=as_of, customer_ids=[customer.pk])


def make_watch_tasks(*, as_of: date, customer_ids: list[int] | None = None) -> int:
    """Make the first review and this week's note of everybody on the watch list; return how many.

    To-dos of those who left the list are taken back. Safe to repeat: a to-do per stay and week.
    """
    watched = list_watched(as_of=as_of, customer_ids=customer_ids)
    calendar, zone = get_calendar(CALENDAR), timezone.get_default_timezone()
    tasks = []
    for stay in watched:
        start = get_start_time(stay.since, zone)
        week = (as_of - stay.since).days // K09.amount + 1
        note_due = datetime.combine(stay.since + timedelta(days=K09.amount * week), time(17), zone)
        common = {"kind": TASK_KIND, "customer_id": stay.customer_id, "url": "/signals/watch/"}
        tasks.append(
            Task(
                key=f"watch:{stay.change_id}:review",
                title=REVIEW_TITLE,
                role=K08.chain[0],
                due_at=get_due_time(K08, start, calendar),
                **common,
            )
        )
        tasks.append(
            Task(
                key=f"watch:{stay.change_id}:note:{week}",
                title=NOTE_TITLE,
                params={"n": str(week)},
                role=K09.chain[0],
                due_at=note_due,
                **common,
            )
        )
    made = create_tasks(tasks)
    _take_back(customer_ids)
    return made


def _take_back(customer_ids: list[int] | None) -> None:
    """Cancel the to-dos of customers that are on the list no more."""
    tasks = Task.objects.filter(kind=TASK_KIND, state__in=TO_DO).exclude(
        customer__state=Customer.State.WATCH
    )
    if customer_ids is not None:
        tasks = tasks.filter(customer_id__in=customer_ids)
    tasks.update(state=Task.State.CANCELLED, done_at=timezone.now())


def add_watch_note(*, customer: Customer, text: str, actor: Any, as_of: date) -> None:
    """Write down how a watched customer is doing; ends the to-dos it answers.

    Raises `InvalidInput` without a text, `NotWatched`.
    """
    if actor is not None:
        require(actor, "signal.assess")
    text = text.strip()
    if not text:
        raise InvalidInput(_("Write what you found."), field="text", code="REQUIRED")
    with transaction.atomic():
        stays = list_watched(as_of=as_of, customer_ids=[customer.pk])
        if not stays:
            raise NotWatched(_("This customer is not on the watch list."))
        make_watch_tasks(as_of=as_of, customer_ids=[customer.pk])
        prefix = f"watch:{stays[0].change_id}:"
        waiting = Task.objects.filter(key__startswith=prefix, state__in=TO_DO)
        if actor is not None and actor.role != K08.chain[0]:
            waiting = waiting.exclude(key__endswith=":review")  # the first review is the manager's
        keys = list(waiting.values_list("key", flat=True))
        for key in keys:
            complete_task(key=key, actor=actor, as_of=as_of)
        record_event(
            "customers.watch.noted",
            actor=actor,
            subject=customer,
            customer_id=customer.pk,
            as_of=as_of,
            after={"tasks": keys},
            reason=text,
        )
