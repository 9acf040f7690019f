"""Lifecycles of the collection app as tables; source: process specification A.7 (SM11, SM13).

Services consult them before a move; pages offer only what they allow. Roles are role codes, SYSTEM
stands for scheduled or derived steps, APPROVER for the present step of an approval route.
"""

from __future__ import annotations

from enum import StrEnum

from common.states import StateMachine, Transition


class PromiseState(StrEnum):
    """States of a promise to pay 付款承诺 (SM11)."""

    OPEN = "OPEN"
    KEPT = "KEPT"
    PARTLY_KEPT = "PARTLY_KEPT"
    BROKEN = "BROKEN"
    CANCELLED = "CANCELLED"


PROMISE = StateMachine(
    code="SM11",
    entity="promise",
    initial=PromiseState.OPEN,
    states=tuple(PromiseState),
    terminal=(
        PromiseState.KEPT,
        PromiseState.PARTLY_KEPT,
        PromiseState.BROKEN,
        PromiseState.CANCELLED,
    ),
    transitions=(
        Transition(
            PromiseState.OPEN, PromiseState.KEPT, "evaluate", ("SYSTEM",), "paid in time ≥ 99 %"
        ),
        Transition(
            PromiseState.OPEN,
            PromiseState.PARTLY_KEPT,
            "evaluate",
            ("SYSTEM",),
            "grace over, 0 < paid",
        ),
        Transition(
            PromiseState.OPEN,
            PromiseState.BROKEN,
            "evaluate",
            ("SYSTEM",),
            "grace over, nothing paid",
        ),
        Transition(
            PromiseState.OPEN,
            PromiseState.CANCELLED,
            "cancel",
            ("COL_IN", "COL_OUT", "CM"),
            "wrong entry or replaced; stays visible",
        ),
    ),
)


class NoticeState(StrEnum):
    """States of a dunning notice 催款函 (SM13)."""

    PROPOSED = "PROPOSED"
    EXCLUDED = "EXCLUDED"
    APPROVED = "APPROVED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


NOTICE = StateMachine(
    code="SM13",
    entity="dunning_notice",
    initial=NoticeState.PROPOSED,
    states=tuple(NoticeState),
    terminal=(NoticeState.EXCLUDED, NoticeState.DELIVERED),
    transitions=(
        Transition(
            NoticeState.PROPOSED, NoticeState.EXCLUDED, "exclude", ("COL_IN", "CM"), "reason code"
        ),
        Transition(
            NoticeState.PROPOSED,
            NoticeState.APPROVED,
            "approve",
            ("CM",),
            "batch approval; final level one by one",
        ),
        Transition(NoticeState.APPROVED, NoticeState.SENT, "send", ("SYSTEM",), "channel accepted"),
        Transition(
            NoticeState.SENT,
            NoticeState.DELIVERED,
            "confirm",
            ("SYSTEM", "COL_IN"),
            "receipt evidence stored (limitation event)",
        ),
        Transition(
            NoticeState.SENT, NoticeState.FAILED, "bounce", ("SYSTEM",), "task to fix the address"
        ),
        Transition(NoticeState.FAILED, NoticeState.SENT, "resend", ("COL_IN",), "new channel"),
    ),
)
