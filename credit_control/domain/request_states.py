"""The lifecycle of a limit request as this house runs it: SM03 with one approval step.

The steps of SM03 between submitting and approving (accept, investigate, analyse) are one state here,
IN_APPROVAL; so a request may be withdrawn until it is decided. APPROVED becomes ACTIVATED in the
same transaction, when the limit is written.
"""

from __future__ import annotations

from common.states import StateMachine, Transition

DRAFT, IN_APPROVAL, RETURNED, APPROVED, REJECTED, WITHDRAWN, ACTIVATED, LAPSED = (
    "DRAFT",
    "IN_APPROVAL",
    "RETURNED",
    "APPROVED",
    "REJECTED",
    "WITHDRAWN",
    "ACTIVATED",
    "LAPSED",
)

LIMIT_REQUEST = StateMachine(
    code="SM03",
    entity="limit_request",
    initial=DRAFT,
    states=(DRAFT, IN_APPROVAL, RETURNED, APPROVED, REJECTED, WITHDRAWN, ACTIVATED, LAPSED),
    terminal=(REJECTED, WITHDRAWN, ACTIVATED, LAPSED),
    transitions=(
        Transition(DRAFT, IN_APPROVAL, "submit", ("SALES", "ANALYST"), "facts and route stored"),
        Transition(RETURNED, IN_APPROVAL, "submit", ("SALES", "ANALYST"), "question answered"),
        Transition(DRAFT, WITHDRAWN, "withdraw", ("SALES", "ANALYST"), "by who asked"),
        Transition(IN_APPROVAL, WITHDRAWN, "withdraw", ("SALES", "ANALYST"), "by who asked"),
        Transition(RETURNED, WITHDRAWN, "withdraw", ("SALES", "ANALYST"), "by who asked"),
        Transition(IN_APPROVAL, APPROVED, "approve", ("APPROVER",), "not who asked, not the owner"),
        Transition(IN_APPROVAL, APPROVED, "reduce", ("APPROVER",), "a lower amount and why"),
        Transition(IN_APPROVAL, RETURNED, "return", ("APPROVER",), "a question"),
        Transition(IN_APPROVAL, REJECTED, "reject", ("APPROVER",), "a reason"),
        Transition(APPROVED, ACTIVATED, "activate", ("SYSTEM",), "limit rows written"),
        Transition(APPROVED, LAPSED, "lapse", ("SYSTEM",), "not activated in time"),
    ),
)
