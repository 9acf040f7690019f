"""What of a document or a receipt is still open on a date, from its applications.

Nothing is stored as a balance: an open amount is the original less the applications valid on that
date, so any past day can be asked again. Source: process specification E.3, C2, C3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from common.errors import Conflict
from receivables.domain.states import InvoiceState, ReceiptState


class OverApplied(Conflict):
    """More would be applied than is open on one of the two sides."""

    code = "OVER_APPLIED"


@dataclass(frozen=True, slots=True)
class Application:
    """An amount taken from a source (receipt or credit note) and put on an item.

    `reversed_date` is the day the application was undone; until then it stood. `recorded_at` is when
    the system learned of it, None when that does not matter.
    """

    item: str
    source: str
    applied_date: date
    amount: Decimal
    reversed_date: date | None = None
    recorded_at: datetime | None = None

    def is_valid(self, *, as_of: date, known_at: datetime | None = None) -> bool:
        """Say whether the application counts on that day, as known at that instant."""
        if known_at is not None and self.recorded_at is not None and self.recorded_at > known_at:
            return False
        return self.applied_date <= as_of and (
            self.reversed_date is None or self.reversed_date > as_of
        )


def sum_applied(
    applications: Iterable[Application], *, as_of: date, known_at: datetime | None = None
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Return what is applied per item and what is taken per source, as valid on that day."""
    per_item: dict[str, Decimal] = {}
    per_source: dict[str, Decimal] = {}
    for application in applications:
        if application.is_valid(as_of=as_of, known_at=known_at):
            item, source = application.item, application.source
            per_item[item] = per_item.get(item, Decimal(0)) + application.amount
            per_source[source] = per_source.get(source, Decimal(0)) + application.amount
    return per_item, per_source


def open_amount(
    original: Decimal,
    applications: Iterable[Application],
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> Decimal:
    """Return what is open of one item whose applications are given.

    >>> paid = Application("INV-1", "PAY-1", date(2025, 8, 20), Decimal(40), date(2025, 10, 6))
    >>> open_amount(Decimal(100), [paid], as_of=date(2025, 10, 5))
    Decimal('60')
    >>> open_amount(Decimal(100), [paid], as_of=date(2025, 10, 6))
    Decimal('100')
    """
    valid = (a.amount for a in applications if a.is_valid(as_of=as_of, known_at=known_at))
    return original - sum(valid, Decimal(0))


def check_application(amount: Decimal, item_open: Decimal, source_open: Decimal) -> None:
    """Refuse an application of nothing, or of more than either side has open.

    All amounts are positive. Raises OverApplied.
    """
    if amount <= 0 or amount > item_open or amount > source_open:
        raise OverApplied(
            "an application takes at most what is open on both sides",
            amount=str(amount),
            item_open=str(item_open),
            source_open=str(source_open),
        )


def invoice_state(original: Decimal, open_now: Decimal) -> InvoiceState:
    """Return the state of a posted document from its open amount; signs may be negative.

    >>> invoice_state(Decimal(100), Decimal(40))
    <InvoiceState.PARTLY_PAID: 'PARTLY_PAID'>
    """
    if open_now == 0:
        return InvoiceState.CLEARED
    return InvoiceState.POSTED if open_now == original else InvoiceState.PARTLY_PAID


def receipt_state(original: Decimal, open_now: Decimal) -> ReceiptState:
    """Return the state of an identified receipt from what is left of it."""
    if open_now == 0:
        return ReceiptState.APPLIED
    return ReceiptState.IDENTIFIED if open_now == original else ReceiptState.PARTLY_APPLIED
