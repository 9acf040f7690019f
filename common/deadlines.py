"""Clocks: when a duty ends, what colour its lamp shows, to whom it goes when nobody acts.

One engine serves every deadline of the process (specification B.6). Times are wall-clock times of
the company; an aware `datetime` keeps its zone. Pure: no Django, no clock of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from common.dates import add_months
from common.states import StateMachine, Transition
from common.workdays import Calendar

EXECUTIVE_ALERT = "executive_alert"
"""Where a duty goes after the last person of its chain; nothing follows it."""


class ClockKind(StrEnum):
    """How a duration is counted."""

    CALENDAR_HOURS = "CALENDAR_HOURS"
    BUSINESS_HOURS = "BUSINESS_HOURS"
    BUSINESS_DAYS = "BUSINESS_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"
    CIVIL_MONTHS = "CIVIL_MONTHS"


class Light(StrEnum):
    """The colour of a lamp 灯号."""

    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"
    OVERDUE = "OVERDUE"


@dataclass(frozen=True, slots=True)
class Window:
    """The business hours of a working day."""

    opens: time = time(9)
    closes: time = time(17)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("a business window must open before it closes")


OFFICE_HOURS = Window()


@dataclass(frozen=True, slots=True)
class Escalation:
    """A duty passed up at an instant to the next role of the chain, or to EXECUTIVE_ALERT."""

    at: datetime
    escalate_to: str


def add_calendar_hours(start: datetime, hours: int) -> datetime:
    """Return the instant that many hours later, true also over a change of summer time.

    >>> add_calendar_hours(datetime(2025, 9, 26, 16), 24)
    datetime.datetime(2025, 9, 27, 16, 0)
    """
    if start.tzinfo is None:
        return start + timedelta(hours=hours)
    return (start.astimezone(UTC) + timedelta(hours=hours)).astimezone(start.tzinfo)


def add_business_hours(
    start: datetime, hours: int, calendar: Calendar, window: Window = OFFICE_HOURS
) -> datetime:
    """Return the instant at which that many open hours have passed.

    Outside the window the clock starts at the next opening; a duty that ends exactly at closing
    time ends there, not at the next opening.

    >>> from common.workdays import CN_2025_2026
    >>> add_business_hours(datetime(2025, 9, 30, 16, 30), 4, CN_2025_2026)
    datetime.datetime(2025, 10, 9, 12, 30)
    """
    left = timedelta(hours=hours)
    now = _opening(start, calendar, window)
    while True:
        closes = datetime.combine(now.date(), window.closes, now.tzinfo)
        if now + left <= closes:
            return now + left
        left -= closes - now
        tomorrow = calendar.next_workday(now.date())
        now = datetime.combine(tomorrow, window.opens, now.tzinfo)


def _opening(start: datetime, calendar: Calendar, window: Window) -> datetime:
    """Return the instant itself when inside the window, else the next opening."""
    day, clock = start.date(), start.time()
    if calendar.is_workday(day) and clock < window.closes:
        return max(start, datetime.combine(day, window.opens, start.tzinfo))
    return datetime.combine(calendar.next_workday(day), window.opens, start.tzinfo)


def deadline_date(start: date, kind: ClockKind, amount: int, calendar: Calendar) -> date:
    """Return the day a duty counted in days or months ends; hours raise ValueError.

    >>> from common.workdays import CN_2025_2026
    >>> deadline_date(date(2025, 9, 29), ClockKind.BUSINESS_DAYS, 3, CN_2025_2026)
    datetime.date(2025, 10, 10)
    """
    if kind is ClockKind.BUSINESS_DAYS:
        return calendar.add_workdays(start, amount)
    if kind is ClockKind.CALENDAR_DAYS:
        return start + timedelta(days=amount)
    if kind is ClockKind.CIVIL_MONTHS:
        return add_months(start, amount)
    raise ValueError(f"{kind} is counted from an instant, not from a day")


def deadline(
    start: datetime,
    kind: ClockKind,
    amount: int,
    calendar: Calendar,
    window: Window = OFFICE_HOURS,
) -> datetime:
    """Return the instant a duty started at `start` must be done by.

    Clocks counted in days and months keep the time of day.
    """
    if kind is ClockKind.CALENDAR_HOURS:
        return add_calendar_hours(start, amount)
    if kind is ClockKind.BUSINESS_HOURS:
        return add_business_hours(start, amount, calendar, window)
    day = deadline_date(start.date(), kind, amount, calendar)
    return datetime.combine(day, start.timetz())


def traffic_light(start: datetime, end: datetime, now: datetime) -> Light:
    """Colour a duty by the share of its time that remains.

    More than 50 % green, more than 20 % amber, more than 0 red, else overdue (B.6).

    >>> nine = datetime(2025, 9, 1, 9)
    >>> traffic_light(nine, datetime(2025, 9, 11, 9), datetime(2025, 9, 6, 9))
    <Light.AMBER: 'AMBER'>
    """
    left = end - now
    if left <= timedelta(0):
        return Light.OVERDUE
    whole = end - start
    if whole <= timedelta(0):
        return Light.RED
    share = Fraction(left // timedelta.resolution, whole // timedelta.resolution)
    if share > Fraction(1, 2):
        return Light.GREEN
    return Light.AMBER if share > Fraction(1, 5) else Light.RED


def utilisation_light(used_ratio: Decimal) -> Light:
    """Colour the use of a limit: below 80 % green, below 95 % amber, up to 100 % red, else overdue.

    >>> utilisation_light(Decimal("0.95")), utilisation_light(Decimal("1.0001"))
    (<Light.RED: 'RED'>, <Light.OVERDUE: 'OVERDUE'>)
    """
    if used_ratio > 1:
        return Light.OVERDUE
    if used_ratio >= Decimal("0.95"):
        return Light.RED
    return Light.AMBER if used_ratio >= Decimal("0.8") else Light.GREEN


def escalations(
    start: datetime,
    chain: Sequence[str],
    kind: ClockKind,
    amount: int,
    calendar: Calendar,
    *,
    acted_at: datetime | None = None,
    window: Window = OFFICE_HOURS,
) -> list[Escalation]:
    """List every passing-up of a duty, one step per duration, until someone acts.

    The first of the chain holds the duty; after the last one comes the executive alert and nothing
    more. Acting at the very end of a step is still in time. An empty chain raises ValueError.

    >>> from common.workdays import NONE
    >>> steps = escalations(datetime(2025, 9, 1, 10), ["CA", "CM"], ClockKind.CALENDAR_HOURS, 24,
    ...                     NONE, acted_at=datetime(2025, 9, 2, 12))
    >>> [step.escalate_to for step in steps]
    ['CM']
    """
    if not chain:
        raise ValueError("a duty needs somebody to hold it")
    steps: list[Escalation] = []
    at = start
    for role in (*chain[1:], EXECUTIVE_ALERT):
        at = deadline(at, kind, amount, calendar, window)
        if acted_at is not None and acted_at <= at:
            break
        steps.append(Escalation(at, role))
    return steps


class TaskState(StrEnum):
    """States of a task 待办 (SM27)."""

    PENDING = "PENDING"
    DONE = "DONE"
    OVERDUE = "OVERDUE"
    ESCALATED = "ESCALATED"
    CANCELLED = "CANCELLED"


TASK = StateMachine(
    code="SM27",
    entity="task",
    initial=TaskState.PENDING,
    states=tuple(TaskState),
    terminal=(TaskState.DONE, TaskState.CANCELLED),
    transitions=(
        Transition("PENDING", "DONE", "complete", ("OWNER",), "evidence if required"),
        Transition("PENDING", "OVERDUE", "breach", ("SYSTEM",), "deadline passed"),
        Transition(
            "OVERDUE",
            "ESCALATED",
            "escalate",
            ("SYSTEM",),
            "next person of the chain notified",
        ),
        Transition("OVERDUE", "DONE", "complete", ("OWNER",), "late flag kept"),
        Transition("ESCALATED", "DONE", "complete", ("OWNER",), "late flag kept"),
        Transition("PENDING", "CANCELLED", "cancel", ("SYSTEM", "CM"), "trigger vanished"),
    ),
)
