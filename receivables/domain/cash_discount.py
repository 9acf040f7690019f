"""Cash discount 现金折扣 taken by a payment: earned in time or wrongly deducted.

Source: process specification C.7. The deadline is base date + days without business-day shift.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from common.money import round_money


class SettlementStatus(StrEnum):
    """How one payment leaves one document."""

    CLEARED = "CLEARED"
    PARTIAL = "PARTIAL"
    OVERPAID = "OVERPAID"


@dataclass(frozen=True, slots=True)
class DiscountResult:
    """What a payment did to a document with a cash discount; all amounts ≥ 0.

    paid + discount_granted + residual_open − overpaid is the invoice amount.
    """

    discount_deadline: date
    discount_granted: Decimal
    residual_open: Decimal
    overpaid: Decimal
    unearned_discount_deduction: Decimal
    status: SettlementStatus


def settle_with_discount(
    invoice: Decimal,
    discount_pct: Decimal,
    base_date: date,
    discount_days: int,
    payment_value_date: date,
    paid: Decimal,
    currency: str = "CNY",
) -> DiscountResult:
    """Return how a payment settles a document on which a cash discount was offered.

    The discount is earned when the value date is not past the deadline and the payment with the
    full discount covers the document; no more is granted than was deducted. A deduction made too
    late stays open and becomes a deduction dispute.

    >>> late = settle_with_discount(Decimal(10000), Decimal(2), date(2025, 3, 3), 10,
    ...                             date(2025, 3, 14), Decimal(9800))
    >>> late.residual_open, late.unearned_discount_deduction
    (Decimal('200.00'), Decimal('200.00'))
    """
    zero = round_money(Decimal(0), currency)
    deadline = base_date + timedelta(days=discount_days)
    offered = round_money(invoice * discount_pct / 100, currency)
    short = round_money(invoice - paid, currency)
    if short < 0:
        return DiscountResult(deadline, zero, zero, -short, zero, SettlementStatus.OVERPAID)
    if short == 0:
        return DiscountResult(deadline, zero, zero, zero, zero, SettlementStatus.CLEARED)
    is_deduction = short <= offered
    if is_deduction and payment_value_date <= deadline:
        return DiscountResult(deadline, short, zero, zero, zero, SettlementStatus.CLEARED)
    unearned = short if is_deduction else zero
    return DiscountResult(deadline, zero, short, zero, unearned, SettlementStatus.PARTIAL)
