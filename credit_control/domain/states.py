"""Lifecycles of the credit app as tables; source: process specification A.7 (SM03, SM04, SM05, SM06).

Services consult them before a move; pages offer only what they allow. Roles are role codes, SYSTEM
stands for scheduled or derived steps, APPROVER for the present step of an approval route.
"""

from __future__ import annotations

from enum import StrEnum

from common.states import StateMachine, Transition


class ApplicationState(StrEnum):
    """States of a credit application 授信申请 (SM03)."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    WITHDRAWN = "WITHDRAWN"
    INVESTIGATION = "INVESTIGATION"
    ANALYSED = "ANALYSED"
    IN_APPROVAL = "IN_APPROVAL"
    APPROVED = "APPROVED"
    APPROVED_WITH_CONDITIONS = "APPROVED_WITH_CONDITIONS"
    REJECTED = "REJECTED"
    ACTIVATED = "ACTIVATED"
    LAPSED = "LAPSED"
    APPEALED = "APPEALED"


APPLICATION = StateMachine(
    code="SM03",
    entity="credit_application",
    initial=ApplicationState.DRAFT,
    states=tuple(ApplicationState),
    terminal=(ApplicationState.WITHDRAWN, ApplicationState.ACTIVATED, ApplicationState.LAPSED),
    transitions=(
        Transition(
            ApplicationState.DRAFT,
            ApplicationState.SUBMITTED,
            "submit",
            ("SALES", "SALES_MGR", "CA"),
            "mandatory fields and attachments complete",
        ),
        Transition(
            ApplicationState.SUBMITTED,
            ApplicationState.RETURNED,
            "return",
            ("CA", "CM"),
            "missing items listed",
        ),
        Transition(
            ApplicationState.RETURNED,
            ApplicationState.SUBMITTED,
            "resubmit",
            ("SALES", "SALES_MGR"),
            "items answered",
        ),
        Transition(
            ApplicationState.DRAFT,
            ApplicationState.WITHDRAWN,
            "withdraw",
            ("SALES", "SALES_MGR"),
            "",
        ),
        Transition(
            ApplicationState.SUBMITTED,
            ApplicationState.WITHDRAWN,
            "withdraw",
            ("SALES", "SALES_MGR"),
            "",
        ),
        Transition(
            ApplicationState.SUBMITTED,
            ApplicationState.INVESTIGATION,
            "accept",
            ("CA",),
            "analyst assigned, not the applicant",
        ),
        Transition(
            ApplicationState.INVESTIGATION,
            ApplicationState.ANALYSED,
            "complete_analysis",
            ("CA",),
            "report sections and rating present",
        ),
        Transition(
            ApplicationState.ANALYSED,
            ApplicationState.IN_APPROVAL,
            "send",
            ("CA",),
            "route computed (B.5)",
        ),
        Transition(
            ApplicationState.IN_APPROVAL,
            ApplicationState.RETURNED,
            "return",
            ("APPROVER",),
            "question",
        ),
        Transition(
            ApplicationState.IN_APPROVAL,
            ApplicationState.APPROVED,
            "approve_final",
            ("APPROVER",),
            "last step of the route",
        ),
        Transition(
            ApplicationState.IN_APPROVAL,
            ApplicationState.APPROVED_WITH_CONDITIONS,
            "approve_conditional",
            ("APPROVER",),
            "conditions listed with owner and date",
        ),
        Transition(
            ApplicationState.IN_APPROVAL,
            ApplicationState.REJECTED,
            "reject",
            ("APPROVER",),
            "reason code",
        ),
        Transition(
            ApplicationState.APPROVED,
            ApplicationState.ACTIVATED,
            "activate",
            ("CM",),
            "limit record written, effective date",
        ),
        Transition(
            ApplicationState.APPROVED_WITH_CONDITIONS,
            ApplicationState.ACTIVATED,
            "activate",
            ("CM",),
            "every condition precedent fulfilled, evidence attached",
        ),
        Transition(
            ApplicationState.APPROVED,
            ApplicationState.LAPSED,
            "lapse",
            ("SYSTEM",),
            "not activated in 30 days",
        ),
        Transition(
            ApplicationState.APPROVED_WITH_CONDITIONS,
            ApplicationState.LAPSED,
            "lapse",
            ("SYSTEM",),
            "not activated in 60 days",
        ),
        Transition(
            ApplicationState.REJECTED,
            ApplicationState.APPEALED,
            "appeal",
            ("SALES_MGR",),
            "once, new facts",
        ),
        Transition(
            ApplicationState.APPEALED,
            ApplicationState.IN_APPROVAL,
            "reopen",
            ("CM",),
            "route one band higher",
        ),
    ),
)


class LimitState(StrEnum):
    """States of a credit limit 信用额度 (SM04)."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"


LIMIT = StateMachine(
    code="SM04",
    entity="credit_limit",
    initial=LimitState.PENDING,
    states=tuple(LimitState),
    terminal=(LimitState.EXPIRED, LimitState.SUPERSEDED, LimitState.REVOKED),
    transitions=(
        Transition(
            LimitState.PENDING,
            LimitState.ACTIVE,
            "start",
            ("SYSTEM",),
            "valid_from reached, application ACTIVATED",
        ),
        Transition(
            LimitState.ACTIVE,
            LimitState.SUSPENDED,
            "suspend",
            ("CM", "SYSTEM"),
            "reason: signal, review overdue beyond grace, insurer withdrawal",
        ),
        Transition(
            LimitState.SUSPENDED,
            LimitState.ACTIVE,
            "resume",
            ("CM",),
            "four-eyes: not the suspender",
        ),
        Transition(
            LimitState.ACTIVE, LimitState.EXPIRED, "expire", ("SYSTEM",), "valid_to < today"
        ),
        Transition(
            LimitState.SUSPENDED, LimitState.EXPIRED, "expire", ("SYSTEM",), "valid_to < today"
        ),
        Transition(
            LimitState.SUSPENDED, LimitState.SUPERSEDED, "replace", ("CM",), "newer limit active"
        ),
        Transition(
            LimitState.ACTIVE,
            LimitState.SUPERSEDED,
            "replace",
            ("CM",),
            "newer limit active; a lower amount needs no approval route",
        ),
        Transition(LimitState.ACTIVE, LimitState.REVOKED, "revoke", ("CM",), "decision record"),
        Transition(LimitState.SUSPENDED, LimitState.REVOKED, "revoke", ("CM",), "decision record"),
    ),
)


class OrderCreditState(StrEnum):
    """States of the credit status of an order 订单信用状态 (SM05)."""

    NOT_CHECKED = "NOT_CHECKED"
    RELEASED = "RELEASED"
    RELEASED_WARNING = "RELEASED_WARNING"
    BLOCKED = "BLOCKED"
    OVERRIDE_REQUESTED = "OVERRIDE_REQUESTED"
    OVERRIDDEN = "OVERRIDDEN"
    CLOSED = "CLOSED"


ORDER = StateMachine(
    code="SM05",
    entity="order_credit_status",
    initial=OrderCreditState.NOT_CHECKED,
    states=tuple(OrderCreditState),
    terminal=(OrderCreditState.CLOSED,),
    transitions=(
        Transition(
            OrderCreditState.NOT_CHECKED,
            OrderCreditState.RELEASED,
            "check_pass",
            ("SYSTEM",),
            "worst rule PASS, reservation written",
        ),
        Transition(
            OrderCreditState.NOT_CHECKED,
            OrderCreditState.RELEASED_WARNING,
            "check_warn",
            ("SYSTEM",),
            "worst rule WARN, reservation written",
        ),
        Transition(
            OrderCreditState.NOT_CHECKED,
            OrderCreditState.BLOCKED,
            "check_block",
            ("SYSTEM",),
            "worst rule BLOCK, no reservation",
        ),
        Transition(
            OrderCreditState.RELEASED,
            OrderCreditState.NOT_CHECKED,
            "recheck",
            ("SYSTEM",),
            "amount, term, date or customer changed, or release too old (D.4)",
        ),
        Transition(
            OrderCreditState.RELEASED_WARNING,
            OrderCreditState.NOT_CHECKED,
            "recheck",
            ("SYSTEM",),
            "amount, term, date or customer changed, or release too old (D.4)",
        ),
        Transition(
            OrderCreditState.BLOCKED,
            OrderCreditState.NOT_CHECKED,
            "recheck",
            ("SYSTEM", "CA"),
            "payment posted, limit changed, or manual",
        ),
        Transition(
            OrderCreditState.BLOCKED,
            OrderCreditState.OVERRIDE_REQUESTED,
            "request_override",
            ("SALES", "SALES_MGR"),
            "justification, payment plan",
        ),
        Transition(
            OrderCreditState.OVERRIDE_REQUESTED,
            OrderCreditState.OVERRIDDEN,
            "approve_override",
            ("CM", "FIN_DIR", "EXEC"),
            "per matrix, not the requester, not the account owner",
        ),
        Transition(
            OrderCreditState.OVERRIDE_REQUESTED,
            OrderCreditState.BLOCKED,
            "refuse_override",
            ("CM", "FIN_DIR", "EXEC"),
            "reason",
        ),
        Transition(
            OrderCreditState.OVERRIDDEN,
            OrderCreditState.NOT_CHECKED,
            "recheck",
            ("SYSTEM",),
            "deviation or validity exceeded",
        ),
        Transition(
            OrderCreditState.RELEASED,
            OrderCreditState.CLOSED,
            "close",
            ("SYSTEM",),
            "fully delivered or cancelled",
        ),
        Transition(
            OrderCreditState.RELEASED_WARNING,
            OrderCreditState.CLOSED,
            "close",
            ("SYSTEM",),
            "fully delivered or cancelled",
        ),
        Transition(
            OrderCreditState.OVERRIDDEN,
            OrderCreditState.CLOSED,
            "close",
            ("SYSTEM",),
            "fully delivered or cancelled",
        ),
        Transition(
            OrderCreditState.BLOCKED,
            OrderCreditState.CLOSED,
            "cancel",
            ("SALES",),
            "order cancelled",
        ),
    ),
)


class ReservationState(StrEnum):
    """States of a reservation 额度占用 (SM06)."""

    ACTIVE = "ACTIVE"
    CONSUMED = "CONSUMED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


RESERVATION = StateMachine(
    code="SM06",
    entity="reservation",
    initial=ReservationState.ACTIVE,
    states=tuple(ReservationState),
    terminal=(ReservationState.CONSUMED, ReservationState.RELEASED, ReservationState.EXPIRED),
    transitions=(
        Transition(
            ReservationState.ACTIVE,
            ReservationState.CONSUMED,
            "consume",
            ("SYSTEM",),
            "delivery posted, value moves to delivered-not-invoiced",
        ),
        Transition(
            ReservationState.ACTIVE,
            ReservationState.RELEASED,
            "release",
            ("SYSTEM",),
            "order cancelled or reduced",
        ),
        Transition(
            ReservationState.ACTIVE,
            ReservationState.EXPIRED,
            "expire",
            ("SYSTEM",),
            "time to live passed without confirmation (default 24 h, drafts only)",
        ),
    ),
)
