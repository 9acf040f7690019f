"""Early-warning signals S01 to S33: what each warns of, how hard, and by when it is answered.

Source: process specification A.5 (catalogue), B.6 (clocks K05 to K09), A.7 SM22 (lifecycle). Pure.
A signal is known by its `key`: what it is about. The same news twice is one signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from typing import Any

from common.deadlines import OFFICE_HOURS, ClockKind, deadline
from common.errors import InvalidInput
from common.states import StateMachine, Transition
from common.workdays import Calendar


class Severity(StrEnum):
    """How hard a signal weighs: red stops new orders (R16), amber warns, info is for the file."""

    INFO = "INFO"
    AMBER = "AMBER"
    RED = "RED"


class Source(StrEnum):
    """Who may raise a signal: our own data by rule, a file or connector, a person."""

    AUTOMATIC = "A"
    IMPORT = "I"
    MANUAL = "M"


class SignalState(StrEnum):
    """States of a signal 预警信号 (SM22)."""

    RAISED = "RAISED"
    ASSIGNED = "ASSIGNED"
    CONFIRMED = "CONFIRMED"
    DISMISSED = "DISMISSED"
    ACTIONED = "ACTIONED"
    CLOSED = "CLOSED"


OPEN_STATES = (
    SignalState.RAISED,
    SignalState.ASSIGNED,
    SignalState.CONFIRMED,
    SignalState.ACTIONED,
)
"""What rule R16 of the order check counts: from raising to closing; a dismissal ends it at once."""

TO_ANSWER = (SignalState.RAISED, SignalState.ASSIGNED, SignalState.CONFIRMED)
"""Signals for which somebody still owes an answer: an assessment, or a deed after it."""


@dataclass(frozen=True, slots=True)
class SignalKind:
    """One line of the catalogue: the severities it may have and who may raise it."""

    code: str
    severities: tuple[Severity, ...]
    sources: frozenset[Source]


def _kinds() -> dict[str, SignalKind]:
    both = (Severity.AMBER, Severity.RED)
    amber, red, info = (Severity.AMBER,), (Severity.RED,), (Severity.INFO,)
    lines: dict[str, tuple[tuple[Severity, ...], str]] = {
        "S01": (red, "IM"),
        "S02": (both, "IM"),
        "S03": (both, "IM"),
        "S04": (red, "IM"),
        "S05": (red, "IM"),
        "S06": (red, "M"),
        "S07": (amber, "IM"),
        "S08": (amber, "IM"),
        "S09": (amber, "IM"),
        "S10": (amber, "IM"),
        "S11": (both, "IM"),
        "S12": (amber, "IM"),
        "S13": (amber, "IM"),
        "S14": (red, "IM"),
        "S15": (both, "A"),
        "S16": (both, "A"),
        "S17": (amber, "A"),
        "S18": (amber, "A"),
        "S19": (both, "A"),
        "S20": (amber, "A"),
        "S21": (amber, "M"),
        "S22": (amber, "A"),
        "S23": (red, "A"),
        "S24": (amber, "A"),
        "S25": (amber, "M"),
        "S26": (red, "M"),
        "S27": (amber, "A"),
        "S28": (amber, "A"),
        "S29": (amber, "A"),
        "S30": (amber, "IM"),
        "S31": (amber, "M"),
        "S32": (amber, "A"),
        "S33": (info, "A"),
    }
    return {
        code: SignalKind(code, severities, frozenset(map(Source, sources)))
        for code, (severities, sources) in lines.items()
    }


CATALOGUE: Mapping[str, SignalKind] = _kinds()
"""Every signal by its code."""

NOT_YET = frozenset({"S15", "S27", "S32"})
"""Signals whose facts this house does not keep yet: insurance, security, statements of account."""


@dataclass(frozen=True, slots=True)
class NewSignal:
    """A signal to raise: about whom, how hard, and the figures that were seen.

    `key` starts with the code and names the object or the period, so that the same news twice is
    one signal. `raised_on` is the day of the news, the day of the rule when it is None.
    """

    customer_id: int
    code: str
    severity: str
    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    raised_on: date | None = None
    note: str = ""
    origin: str = "RULE"
    evidence_id: int | None = None


class UnknownSignal(InvalidInput):
    """There is no such signal, or it never has this severity."""

    code = "UNKNOWN_SIGNAL"


def signal_key(code: str, customer_id: int, about: object) -> str:
    """Return the key of a signal: its code, the customer, and what it is about.

    >>> signal_key("S17", 42, "INV-7")
    'S17:42:INV-7'
    """
    return f"{code}:{customer_id}:{about}"[:160]


def check_kind(code: str, severity: str) -> SignalKind:
    """Return the line of the catalogue, or raise `UnknownSignal`.

    >>> check_kind("S33", "RED")
    Traceback (most recent call last):
    ...
    customers.domain.signals.UnknownSignal: S33 RED
    """
    kind = CATALOGUE.get(code)
    if kind is None:
        raise UnknownSignal(code, field="code", signal=code)
    if severity not in kind.severities:
        raise UnknownSignal(f"{code} {severity}", field="severity", signal=code)
    return kind


@dataclass(frozen=True, slots=True)
class Duty:
    """A clock of B.6: its code, how long, counted how, and the roles that it climbs."""

    code: str
    kind: ClockKind
    amount: int
    chain: tuple[str, ...]


ANALYST, MANAGER, EXECUTIVE = "ANALYST", "CREDIT_MANAGER", "EXECUTIVE"

K05 = Duty("K05", ClockKind.CALENDAR_HOURS, 24, (ANALYST, MANAGER))
K06 = Duty("K06", ClockKind.CALENDAR_HOURS, 24, (MANAGER, EXECUTIVE))
K07_AMBER = Duty("K07", ClockKind.BUSINESS_DAYS, 3, (ANALYST, MANAGER))
K07_INFO = Duty("K07", ClockKind.BUSINESS_DAYS, 10, (ANALYST, MANAGER))
K08 = Duty("K08", ClockKind.CALENDAR_HOURS, 24, (MANAGER,))
K09 = Duty("K09", ClockKind.CALENDAR_DAYS, 7, (ANALYST, MANAGER))

ASSESSMENT: Mapping[str, Duty] = {
    Severity.RED: K05,
    Severity.AMBER: K07_AMBER,
    Severity.INFO: K07_INFO,
}
"""The clock from raising to assessing, by severity."""


def get_due_time(duty: Duty, start: datetime, calendar: Calendar) -> datetime:
    """Return the instant a duty that starts at `start` must be done by.

    >>> from common.workdays import CN_2025_2026
    >>> get_due_time(K07_AMBER, datetime(2025, 9, 29, 9), CN_2025_2026)
    datetime.datetime(2025, 10, 10, 9, 0)
    """
    return deadline(start, duty.kind, duty.amount, calendar)


def get_start_time(as_of: date, zone: tzinfo) -> datetime:
    """Return when a clock starts that only knows its day: the opening of business.

    What a rule found at night reaches people when the day opens.
    """
    return datetime.combine(as_of, time(OFFICE_HOURS.opens.hour), zone)


SIGNAL = StateMachine(
    code="SM22",
    entity="signal",
    initial=SignalState.RAISED,
    states=tuple(SignalState),
    terminal=(SignalState.CLOSED,),
    transitions=(
        Transition("RAISED", "ASSIGNED", "assign", ("SYSTEM", "CM"), "owner, due time by severity"),
        Transition("ASSIGNED", "CONFIRMED", "confirm", ("CA",), "assessment text"),
        Transition("ASSIGNED", "DISMISSED", "dismiss", ("CA",), "reason; red needs CM"),
        Transition(
            "CONFIRMED",
            "ACTIONED",
            "act",
            ("CM",),
            "action linked (block, reduce, secure, visit, none)",
        ),
        Transition("ACTIONED", "CLOSED", "close", ("CM",)),
        Transition("DISMISSED", "CLOSED", "close", ("SYSTEM",)),
    ),
)
