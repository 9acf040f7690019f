"""Lifecycles of the receivables app as tables; source: process specification A.7 (SM07, SM08, SM09).

Services consult them before a move; pages offer only what they allow. Roles are role codes, SYSTEM
stands for scheduled or derived steps, APPROVER for the present step of an approval route.
"""

from __future__ import annotations

from enum import StrEnum

from common.states import StateMachine, Transition


class DeliveryState(StrEnum):
    """States of a delivery 发货签收 (SM07)."""

    PLANNED = "PLANNED"
    SHIPPED = "SHIPPED"
    SIGNED = "SIGNED"
    PARTLY_SIGNED = "PARTLY_SIGNED"
    REFUSED = "REFUSED"
    INVOICED = "INVOICED"


DELIVERY = StateMachine(
    code="SM07",
    entity="delivery",
    initial=DeliveryState.PLANNED,
    states=tuple(DeliveryState),
    terminal=(DeliveryState.REFUSED, DeliveryState.INVOICED),
    transitions=(
        Transition(
            DeliveryState.PLANNED,
            DeliveryState.SHIPPED,
            "ship",
            ("FIN", "INTEGRATION"),
            "credit status RELEASED, RELEASED_WARNING or OVERRIDDEN",
        ),
        Transition(
            DeliveryState.SHIPPED,
            DeliveryState.SIGNED,
            "sign",
            ("SALES", "FIN", "INTEGRATION", "PORTAL"),
            "proof with date, name, authority",
        ),
        Transition(
            DeliveryState.SHIPPED,
            DeliveryState.PARTLY_SIGNED,
            "sign_partial",
            ("SALES", "FIN", "INTEGRATION", "PORTAL"),
            "accepted and refused quantities",
        ),
        Transition(
            DeliveryState.SHIPPED,
            DeliveryState.REFUSED,
            "refuse",
            ("SALES", "FIN", "INTEGRATION"),
            "dispute opened",
        ),
        Transition(
            DeliveryState.PARTLY_SIGNED,
            DeliveryState.SIGNED,
            "complete",
            ("SALES", "FIN"),
            "remainder delivered or credited",
        ),
        Transition(
            DeliveryState.SIGNED, DeliveryState.INVOICED, "invoice", ("FIN", "INTEGRATION"), ""
        ),
        Transition(
            DeliveryState.PARTLY_SIGNED,
            DeliveryState.INVOICED,
            "invoice",
            ("FIN", "INTEGRATION"),
            "accepted part only",
        ),
    ),
)


class InvoiceState(StrEnum):
    """States of an invoice 发票/应收单 (SM08)."""

    DRAFT = "DRAFT"
    POSTED = "POSTED"
    PARTLY_PAID = "PARTLY_PAID"
    CLEARED = "CLEARED"
    REVERSED = "REVERSED"
    WRITTEN_OFF = "WRITTEN_OFF"


INVOICE = StateMachine(
    code="SM08",
    entity="invoice",
    initial=InvoiceState.DRAFT,
    states=tuple(InvoiceState),
    terminal=(InvoiceState.REVERSED,),
    transitions=(
        Transition(
            InvoiceState.DRAFT,
            InvoiceState.POSTED,
            "post",
            ("FIN", "INTEGRATION"),
            "open period, unique number",
        ),
        Transition(
            InvoiceState.POSTED,
            InvoiceState.PARTLY_PAID,
            "apply",
            ("SYSTEM",),
            "0 < open < original",
        ),
        Transition(InvoiceState.POSTED, InvoiceState.CLEARED, "apply", ("SYSTEM",), "open = 0"),
        Transition(
            InvoiceState.PARTLY_PAID, InvoiceState.CLEARED, "apply", ("SYSTEM",), "open = 0"
        ),
        Transition(
            InvoiceState.CLEARED,
            InvoiceState.PARTLY_PAID,
            "unapply",
            ("FIN",),
            "application reversed, something still applied",
        ),
        Transition(
            InvoiceState.CLEARED,
            InvoiceState.POSTED,
            "unapply",
            ("FIN",),
            "application reversed, open = original",
        ),
        Transition(
            InvoiceState.PARTLY_PAID,
            InvoiceState.POSTED,
            "unapply",
            ("FIN",),
            "application reversed",
        ),
        Transition(
            InvoiceState.POSTED,
            InvoiceState.REVERSED,
            "reverse",
            ("FIN",),
            "reversing document posted, four-eyes above limit",
        ),
        Transition(
            InvoiceState.POSTED,
            InvoiceState.WRITTEN_OFF,
            "write_off",
            ("SYSTEM",),
            "write-off posted",
        ),
        Transition(
            InvoiceState.PARTLY_PAID,
            InvoiceState.WRITTEN_OFF,
            "write_off",
            ("SYSTEM",),
            "write-off posted",
        ),
        Transition(
            InvoiceState.WRITTEN_OFF,
            InvoiceState.PARTLY_PAID,
            "write_off_reversed",
            ("SYSTEM",),
            "SM20 REVERSED, something applied",
        ),
        Transition(
            InvoiceState.WRITTEN_OFF,
            InvoiceState.POSTED,
            "write_off_reversed",
            ("SYSTEM",),
            "SM20 REVERSED, nothing applied",
        ),
    ),
)


class ReceiptState(StrEnum):
    """States of a receipt 收款 (SM09)."""

    IMPORTED = "IMPORTED"
    IDENTIFIED = "IDENTIFIED"
    UNIDENTIFIED = "UNIDENTIFIED"
    PARTLY_APPLIED = "PARTLY_APPLIED"
    APPLIED = "APPLIED"
    RETURNED = "RETURNED"
    REFUNDED = "REFUNDED"


RECEIPT = StateMachine(
    code="SM09",
    entity="receipt",
    initial=ReceiptState.IMPORTED,
    states=tuple(ReceiptState),
    terminal=(ReceiptState.RETURNED, ReceiptState.REFUNDED),
    transitions=(
        Transition(
            ReceiptState.IMPORTED,
            ReceiptState.IDENTIFIED,
            "identify",
            ("SYSTEM", "FIN"),
            "payer known",
        ),
        Transition(
            ReceiptState.IMPORTED, ReceiptState.UNIDENTIFIED, "park", ("SYSTEM",), "no payer match"
        ),
        Transition(ReceiptState.UNIDENTIFIED, ReceiptState.IDENTIFIED, "identify", ("FIN",), ""),
        Transition(
            ReceiptState.IDENTIFIED,
            ReceiptState.PARTLY_APPLIED,
            "apply",
            ("SYSTEM", "FIN"),
            "some amount left",
        ),
        Transition(
            ReceiptState.IDENTIFIED,
            ReceiptState.APPLIED,
            "apply",
            ("SYSTEM", "FIN"),
            "nothing left",
        ),
        Transition(
            ReceiptState.PARTLY_APPLIED,
            ReceiptState.APPLIED,
            "apply",
            ("SYSTEM", "FIN"),
            "nothing left",
        ),
        Transition(
            ReceiptState.APPLIED, ReceiptState.PARTLY_APPLIED, "unapply", ("FIN",), "reason"
        ),
        Transition(
            ReceiptState.APPLIED,
            ReceiptState.IDENTIFIED,
            "unapply",
            ("FIN",),
            "reason, nothing applied any more",
        ),
        Transition(
            ReceiptState.PARTLY_APPLIED, ReceiptState.IDENTIFIED, "unapply", ("FIN",), "reason"
        ),
        Transition(
            ReceiptState.IDENTIFIED,
            ReceiptState.RETURNED,
            "return",
            ("FIN",),
            "bank reversal posted",
        ),
        Transition(
            ReceiptState.UNIDENTIFIED,
            ReceiptState.RETURNED,
            "return",
            ("FIN",),
            "bank reversal posted",
        ),
        Transition(
            ReceiptState.PARTLY_APPLIED,
            ReceiptState.RETURNED,
            "return",
            ("FIN",),
            "applications reversed the same day",
        ),
        Transition(
            ReceiptState.APPLIED,
            ReceiptState.RETURNED,
            "return",
            ("FIN",),
            "applications reversed the same day",
        ),
        Transition(
            ReceiptState.IDENTIFIED,
            ReceiptState.REFUNDED,
            "refund",
            ("FIN_DIR",),
            "four-eyes, bank account verified by call-back",
        ),
    ),
)
