"""Writes of early-warning signals: raise many at once, then the steps of a life (SM22)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.bulk import fetch_dicts
from common.calendars import get_calendar
from common.dates import FIRST_DAY
from common.errors import InvalidInput
from common.events import record_events
from common.jsonable import to_jsonable
from common.workdays import Calendar
from customers.domain.signals import (
    ASSESSMENT,
    CATALOGUE,
    NOT_YET,
    NewSignal,
    Source,
    UnknownSignal,
    check_kind,
    get_due_time,
    get_start_time,
    signal_key,
)
from customers.models import Customer, Signal, SignalStep, Task
from customers.services.tasks import create_tasks
from users.permissions import require

CALENDAR = "CN"
TASK_KIND = "SIGNAL"
ASSESS_TITLE = gettext_noop("Assess signal %(code)s (%(severity)s)")
BATCH = 2000

_INSERT = """
    insert into customers_signal (customer_id, code, severity, origin, key, raised_on, facts, note,
        evidence_id, state, action, due_at, raised_by_id, batch_id, recorded_at)
    select r.customer_id, r.code, r.severity, r.origin, r.key, r.raised_on, r.facts, r.note,
        r.evidence_id, 'ASSIGNED', '', r.due_at, %(actor)s, %(batch)s, statement_timestamp()
    from jsonb_to_recordset(%(rows)s::jsonb) as r(customer_id bigint, code text, severity text,
        origin text, key text, raised_on date, facts jsonb, note text, evidence_id bigint,
        due_at timestamptz)
    on conflict (key) do nothing
    returning id, customer_id, code, severity, key, due_at, raised_on, facts::text as facts
"""


def raise_signals(
    signals: Sequence[NewSignal],
    *,
    as_of: date,
    actor: Any = None,
    batch: Any = None,
    at: datetime | None = None,
) -> int:
    """Raise the signals whose key is not there yet and return how many are new.

    Each gets the clock of its severity (K05 or K07) from `at` on (a night's from the opening of
    business of `as_of`), waits for the analysts, and leaves a task, a step and an event. A few
    statements, however many. Raises `UnknownSignal` for a code or severity that does not exist.
    """
    if actor is not None:
        require(actor, "signal.raise")
    wanted = {signal.key: signal for signal in reversed(signals)}
    for signal in wanted.values():
        check_kind(signal.code, signal.severity)
    if not wanted:
        return 0
    start = at or get_start_time(as_of, timezone.get_default_timezone())
    calendar = get_calendar(CALENDAR)
    count = 0
    # In the order of their keys, so that two who raise the same ones never wait for each other.
    rows = [wanted[key] for key in sorted(wanted)]
    with transaction.atomic():
        for first in range(0, len(rows), BATCH):
            chunk = [_row(s, start, calendar, as_of) for s in rows[first : first + BATCH]]
            params = {
                "rows": json.dumps(to_jsonable(chunk), ensure_ascii=False),
                "actor": getattr(actor, "pk", None),
                "batch": getattr(batch, "pk", None),
            }
            new = fetch_dicts(_INSERT, params)
            _tell(new, as_of=as_of, actor=actor)
            count += len(new)
    return count


def _row(signal: NewSignal, start: datetime, calendar: Calendar, as_of: date) -> dict[str, Any]:
    return {
        "customer_id": signal.customer_id,
        "code": signal.code,
        "severity": signal.severity,
        "origin": signal.origin,
        "key": signal.key,
        "raised_on": signal.raised_on or as_of,
        "facts": dict(signal.facts),
        "note": signal.note[:500],
        "evidence_id": signal.evidence_id,
        "due_at": get_due_time(ASSESSMENT[signal.severity], start, calendar),
    }


def _tell(new: list[dict[str, Any]], *, as_of: date, actor: Any) -> None:
    """Write the task, the step and the event of each new signal."""
    SignalStep.objects.bulk_create(
        [
            SignalStep(
                signal_id=row["id"],
                action="assign",
                source="RAISED",
                target="ASSIGNED",
                as_of=as_of,
                actor=actor,
            )
            for row in new
        ],
        batch_size=BATCH,
    )
    create_tasks(
        [
            Task(
                key=assess_key(row["id"]),
                kind=TASK_KIND,
                title=ASSESS_TITLE,
                params={"code": row["code"], "severity": row["severity"]},
                customer_id=row["customer_id"],
                role="ANALYST",
                due_at=row["due_at"],
                url=signal_url(row["id"]),
            )
            for row in new
        ]
    )
    record_events(
        [
            {
                "code": "customers.signal.raised",
                "actor": actor,
                "subject": ("customers.signal", row["id"]),
                "customer_id": row["customer_id"],
                "as_of": as_of,
                "after": {
                    "code": row["code"],
                    "severity": row["severity"],
                    "key": row["key"],
                    "facts": json.loads(row["facts"]),
                },
            }
            for row in new
        ]
    )


def raise_by_hand(
    *,
    customer: Customer,
    code: str,
    severity: str,
    note: str,
    raised_on: date,
    actor: Any,
    as_of: date,
    reference: str = "",
    evidence: Any = None,
    origin: str = "MANUAL",
    at: datetime | None = None,
) -> tuple[Signal, bool]:
    """Raise a signal that somebody saw or was told; return it, and whether it is new.

    The same news of the same day (or with the same reference) is one signal. Raises `UnknownSignal`
    for one that our own data raises, `InvalidInput` without a note or from the future.
    """
    if actor is not None:
        require(actor, "signal.raise")
    check_by_hand(code, severity)
    note = note.strip()
    if not note:
        raise InvalidInput(_("Say what was seen or heard."), field="note", code="REQUIRED")
    if raised_on < FIRST_DAY:
        raise InvalidInput(_("Enter a day from 1900 on."), field="raised_on", code="TOO_EARLY")
    if raised_on > as_of:
        raise InvalidInput(_("This day has not come yet."), field="raised_on", code="IN_FUTURE")
    key = hand_key(code, customer.pk, raised_on, note, reference)
    news = NewSignal(
        customer.pk,
        code,
        severity,
        key,
        {"reference": reference} if reference else {},
        raised_on=raised_on,
        note=note,
        origin=origin,
        evidence_id=getattr(evidence, "pk", None),
    )
    made = raise_signals([news], as_of=as_of, actor=actor, at=at)
    return Signal.objects.select_related("customer").get(key=key), bool(made)


def check_by_hand(code: str, severity: str) -> None:
    """Raise `UnknownSignal` unless people may raise this signal with this severity."""
    kind = CATALOGUE.get(code)
    if kind is None:
        raise UnknownSignal(_("There is no such signal."), field="code", signal=code)
    if kind.sources == {Source.AUTOMATIC} and code not in NOT_YET:
        raise UnknownSignal(
            _("Our own data raises this signal by itself."), field="code", signal=code
        )
    if severity not in kind.severities:
        raise UnknownSignal(
            _("This signal is always: %(severities)s.")
            % {"severities": ", ".join(str(Signal.Severity(s).label) for s in kind.severities)},
            field="severity",
            signal=code,
        )


def hand_key(code: str, customer_id: int, day: date, note: str, reference: str) -> str:
    """Return the key of what somebody saw: its reference, else its day and its words."""
    if reference.strip():
        return signal_key(code, customer_id, f"REF:{reference.strip()[:100]}")
    digest = hashlib.sha256(" ".join(note.split()).encode()).hexdigest()[:16]
    return signal_key(code, customer_id, f"{day}:{digest}")


def assess_key(signal_id: int) -> str:
    """Return the key of the task that asks for a signal's assessment."""
    return f"signal:{signal_id}:assess"


def signal_url(signal_id: int) -> str:
    """Return the address of a signal's page, as tasks store it."""
    return f"/signals/{signal_id}/"
