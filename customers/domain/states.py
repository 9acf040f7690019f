"""Lifecycles of the customers app as tables; source: process specification A.7.

Services consult them before a move; pages offer only what they allow. Roles are role codes, SYSTEM
stands for scheduled or derived steps, APPROVER for the present step of an approval route.
"""

from __future__ import annotations

from enum import StrEnum

from common.states import ANY, StateMachine, Transition


class CustomerState(StrEnum):
    """States of a customer 往来单位 (SM01)."""

    PROSPECT = "PROSPECT"
    ACTIVE = "ACTIVE"
    WATCH = "WATCH"
    BLOCKED = "BLOCKED"
    LEGAL = "LEGAL"
    INSOLVENT = "INSOLVENT"
    INACTIVE = "INACTIVE"
    ARCHIVED = "ARCHIVED"


class DocumentState(StrEnum):
    """States of a document of the dossier 档案资料 (SM02)."""

    UPLOADED = "UPLOADED"
    SUBMITTED = "SUBMITTED"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    DOUBTED = "DOUBTED"


CUSTOMER = StateMachine(
    code="SM01",
    entity="customer",
    initial=CustomerState.PROSPECT,
    states=tuple(CustomerState),
    terminal=(CustomerState.ARCHIVED,),
    transitions=(
        Transition(
            CustomerState.PROSPECT,
            CustomerState.ACTIVE,
            "approve_master",
            ("CM",),
            "identity verified, no duplicate, at least one role",
        ),
        Transition(
            CustomerState.ACTIVE,
            CustomerState.WATCH,
            "put_on_watch",
            ("CA", "CM"),
            "reason or red/amber signal",
        ),
        Transition(
            CustomerState.WATCH, CustomerState.ACTIVE, "clear_watch", ("CM",), "signal closed, note"
        ),
        Transition(
            CustomerState.ACTIVE, CustomerState.BLOCKED, "block", ("CM", "SYSTEM"), "reason code"
        ),
        Transition(
            CustomerState.WATCH, CustomerState.BLOCKED, "block", ("CM", "SYSTEM"), "reason code"
        ),
        Transition(
            CustomerState.BLOCKED,
            CustomerState.ACTIVE,
            "unblock",
            ("CM",),
            "four-eyes: not the blocker",
        ),
        Transition(
            CustomerState.BLOCKED, CustomerState.WATCH, "unblock_to_watch", ("CM",), "four-eyes"
        ),
        Transition(
            CustomerState.ACTIVE,
            CustomerState.LEGAL,
            "hand_to_legal",
            ("CM", "LEGAL"),
            "case in legal stage",
        ),
        Transition(
            CustomerState.WATCH,
            CustomerState.LEGAL,
            "hand_to_legal",
            ("CM", "LEGAL"),
            "case in legal stage",
        ),
        Transition(
            CustomerState.BLOCKED,
            CustomerState.LEGAL,
            "hand_to_legal",
            ("CM", "LEGAL"),
            "case in legal stage",
        ),
        Transition(
            CustomerState.LEGAL,
            CustomerState.BLOCKED,
            "legal_closed",
            ("LEGAL",),
            "all matters closed",
        ),
        Transition(
            ANY,
            CustomerState.INSOLVENT,
            "register_insolvency",
            ("CM", "LEGAL"),
            "court acceptance or registry evidence",
        ),
        Transition(
            CustomerState.INSOLVENT,
            CustomerState.INACTIVE,
            "proceedings_closed",
            ("LEGAL",),
            "final distribution recorded",
        ),
        Transition(
            CustomerState.ACTIVE,
            CustomerState.INACTIVE,
            "deactivate",
            ("CM",),
            "zero exposure, no open order, no open case",
        ),
        Transition(
            CustomerState.BLOCKED,
            CustomerState.INACTIVE,
            "deactivate",
            ("CM",),
            "zero exposure, no open order, no open case",
        ),
        Transition(
            CustomerState.INACTIVE,
            CustomerState.ACTIVE,
            "reactivate",
            ("CM",),
            "identity re-verified",
        ),
        Transition(
            CustomerState.INACTIVE,
            CustomerState.ARCHIVED,
            "archive",
            ("ADMIN",),
            "retention period reached",
        ),
    ),
)

DOCUMENT = StateMachine(
    code="SM02",
    entity="document",
    initial=DocumentState.UPLOADED,
    states=tuple(DocumentState),
    terminal=(DocumentState.EXPIRED, DocumentState.SUPERSEDED),
    transitions=(
        Transition(
            DocumentState.UPLOADED,
            DocumentState.SUBMITTED,
            "submit",
            ("SALES", "CA"),
            "type, issue date and validity filled",
        ),
        Transition(
            DocumentState.SUBMITTED,
            DocumentState.VERIFIED,
            "verify",
            ("CA", "CM"),
            "not the uploader; method recorded (original seen, registry, call-back)",
        ),
        Transition(
            DocumentState.SUBMITTED, DocumentState.REJECTED, "reject", ("CA", "CM"), "reason"
        ),
        Transition(
            DocumentState.REJECTED,
            DocumentState.UPLOADED,
            "replace",
            ("SALES", "CA"),
            "new file version",
        ),
        Transition(
            DocumentState.VERIFIED,
            DocumentState.EXPIRED,
            "expire",
            ("SYSTEM",),
            "valid_to < today",
        ),
        Transition(
            DocumentState.VERIFIED,
            DocumentState.SUPERSEDED,
            "supersede",
            ("CA",),
            "newer version verified",
        ),
        Transition(
            DocumentState.VERIFIED,
            DocumentState.DOUBTED,
            "doubt",
            ("CA", "CM", "AUD"),
            "forgery suspicion, raises signal S06",
        ),
        Transition(
            DocumentState.DOUBTED,
            DocumentState.VERIFIED,
            "confirm",
            ("CM",),
            "third-party confirmation attached",
        ),
        Transition(
            DocumentState.DOUBTED, DocumentState.REJECTED, "refuse", ("CM",), "conclusion text"
        ),
    ),
)
