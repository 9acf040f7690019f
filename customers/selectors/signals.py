"""Reads of early-warning signals and of the watch list."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.utils.translation import gettext as _

from common.bulk import fetch_dicts
from common.errors import NotFound
from common.models import Event
from customers.domain.signals import OPEN_STATES, TO_ANSWER
from customers.models import Customer, Signal, SignalStep, Task
from customers.selectors.parties import TO_DO

WORST_FIRST = Case(
    When(severity="RED", then=Value(0)),
    When(severity="AMBER", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A customer's present stay on the watch list: since when, why, by which change of state."""

    customer_id: int
    change_id: int
    since: date
    reason: str


def list_watched(*, as_of: date, customer_ids: Collection[int] | None = None) -> list[Watched]:
    """Return who is on the watch list, and since when. One query."""
    who = "" if customer_ids is None else "and c.id = any(%(ids)s)"
    rows = fetch_dicts(
        f"""
        select c.id as customer_id, s.id as change_id, s.as_of as since, s.reason
        from customers_customer c
        join lateral (
            select id, as_of, reason from customers_customerstatechange
            where customer_id = c.id and target = 'WATCH' order by id desc limit 1) s on true
        where c.state = 'WATCH' and s.as_of <= %(as_of)s {who}
        order by s.as_of, c.id
        """,  # noqa: S608  the only part that varies is ours
        {"as_of": as_of, "ids": list(customer_ids or ())},
    )
    return [Watched(**row) for row in rows]


def list_signals(user: Any) -> QuerySet[Signal]:
    """Return the signals that `user` may see, newest first. One query."""
    signals: QuerySet[Signal] = Signal.objects.for_user(user)
    return signals.select_related("customer", "owner", "raised_by").order_by("-raised_on", "-id")


def get_signal(signal_id: int, *, user: Any) -> Signal:
    """Return a signal that `user` may see; raise `NotFound`. One query, two for S29."""
    found = list_signals(user).select_related("evidence").filter(pk=signal_id).first()
    if found is None:
        raise NotFound(_("There is no such signal."))
    conceal_strangers([found], user=user)
    return found


def list_steps(signal: Signal) -> QuerySet[SignalStep]:
    """Return the steps of a signal in order. One query."""
    steps: QuerySet[SignalStep] = SignalStep.objects.filter(signal=signal)
    return steps.select_related("actor").order_by("id")


def conceal_strangers(signals: Iterable[Signal], *, user: Any) -> None:
    """Take out of S29 the name of a member whom `user` may not see. One query where there is one.

    The signal is about a customer of his; that the other one exists is all that he is told.
    """
    told = [signal for signal in signals if "member" in signal.facts]
    if not told or getattr(user, "data_scope", "") == "ALL":
        return
    codes = {signal.facts["member"] for signal in told}
    seen = set(
        Customer.objects.for_user(user)
        .filter(code__in=codes)
        .order_by()
        .values_list("code", flat=True)
    )
    for signal in told:
        if signal.facts["member"] not in seen:
            kept = ("code", "circle_kind")
            signal.facts = {name: signal.facts[name] for name in kept if name in signal.facts}


def order_by_urgency(signals: QuerySet[Signal]) -> QuerySet[Signal]:
    """Sort for answering: red first, then by the end of the clock, then the older."""
    return signals.annotate(rank=WORST_FIRST).order_by(
        "rank", F("due_at").asc(nulls_last=True), "raised_on", "id"
    )


def list_open_signals(customer: Customer, *, user: Any = None) -> list[Signal]:
    """Return the open signals of one customer, worst first, as `user` may read them. One query."""
    signals = Signal.objects.filter(customer=customer, state__in=OPEN_STATES)
    found = list(order_by_urgency(signals.select_related("customer")))
    if user is not None:
        conceal_strangers(found, user=user)
    return found


def count_to_answer(user: Any) -> dict[str, int]:
    """Return how many signals wait for an answer, by severity. One query."""
    rows = (
        Signal.objects.for_user(user)
        .filter(state__in=TO_ANSWER)
        .order_by()
        .values_list("severity")
        .annotate(n=Count("id"))
    )
    return dict(rows)


def with_open_red(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Annotate customers with whether a red signal is open (`has_red_signal`)."""
    red = Signal.objects.filter(
        Q(state__in=OPEN_STATES), customer=OuterRef("pk"), severity=Signal.Severity.RED
    )
    return customers.annotate(has_red_signal=Exists(red))


def count_by_severity(user: Any) -> dict[str, int]:
    """Return how many signals wait, were acted on, and how many customers are watched. Two queries."""
    counts = Signal.objects.for_user(user).aggregate(
        open=Count("pk", filter=Q(state__in=TO_ANSWER)),
        acted=Count("pk", filter=Q(state=Signal.State.ACTIONED)),
    )
    watched = Customer.objects.for_user(user).filter(state=Customer.State.WATCH).count()
    return {**counts, "watched": watched}


def group_by_customer(signals: QuerySet[Signal]) -> QuerySet[Signal]:
    """Sort customer by customer: who has the worst and most urgent signal first."""
    worst = Window(Min(WORST_FIRST), partition_by=F("customer_id"))
    soonest = Window(Min("due_at"), partition_by=F("customer_id"))
    return signals.annotate(rank=WORST_FIRST, worst=worst, soonest=soonest).order_by(
        "worst", F("soonest").asc(nulls_last=True), "customer__code", "rank", "due_at", "id"
    )


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A customer on the watch list with the last note and what is due."""

    customer: Customer
    since: date
    reason: str
    noted_on: date | None
    note: str
    noted_by: str
    due_at: datetime | None
    review_due_at: datetime | None


def read_watch_list(*, user: Any, as_of: date) -> list[WatchRow]:
    """Return who `user` sees on the watch list, longest first. Four queries, however many."""
    customers = {
        customer.pk: customer
        for customer in Customer.objects.for_user(user)
        .filter(state=Customer.State.WATCH)
        .select_related("sales_owner")
    }
    stays = list_watched(as_of=as_of, customer_ids=list(customers))
    notes = {
        event.customer_id: event
        for event in Event.objects.filter(
            code="customers.watch.noted", customer_id__in=list(customers)
        )
        .select_related("actor")
        .order_by("customer_id", "-id")
        .distinct("customer_id")
    }
    tasks: dict[str, datetime | None] = dict(
        Task.objects.filter(kind="WATCH", state__in=TO_DO, customer_id__in=list(customers))
        .order_by("-due_at")
        .values_list("key", "due_at")
    )
    return [_watch_row(customers[s.customer_id], s, notes.get(s.customer_id), tasks) for s in stays]


def _watch_row(
    customer: Customer, stay: Watched, event: Event | None, tasks: dict[str, datetime | None]
) -> WatchRow:
    note = event if event and event.as_of and event.as_of >= stay.since else None
    prefix = f"watch:{stay.change_id}:"
    due = [at for key, at in tasks.items() if key.startswith(f"{prefix}note:") and at]
    return WatchRow(
        customer=customer,
        since=stay.since,
        reason=stay.reason,
        noted_on=note.as_of if note else None,
        note=note.reason if note else "",
        noted_by=str(note.actor) if note and note.actor else "",
        due_at=min(due, default=None),
        review_due_at=tasks.get(f"{prefix}review"),
    )


def list_worst_signals(customer_ids: Collection[int]) -> dict[int, str]:
    """Return the severity of the worst open signal of each of some customers. One query."""
    rows = (
        Signal.objects.filter(customer_id__in=customer_ids, state__in=OPEN_STATES)
        .annotate(rank=WORST_FIRST)
        .order_by("customer_id", "rank")
        .distinct("customer_id")
    )
    return dict(rows.values_list("customer_id", "severity"))
