"""Small books for tests: documents and receipts through the real posting, by their numbers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from customers.models import Company, Customer
from receivables.models import DueLine, Invoice, Receipt
from receivables.posting import Instalment, InvoiceRow, ReceiptRow, post_invoices, post_receipts
from tests.cast import our_company


def invoice(
    customer: Customer,
    number: str,
    amount: str,
    *,
    day: date,
    due: date | None = None,
    doc_type: str = "INV",
    currency: str = "CNY",
    company: Company | None = None,
    recorded_at: datetime | None = None,
    instalments: list[tuple[str, date]] | None = None,
    **fields: Any,
) -> Invoice:
    """Post one document; a credit note has a negative amount and no due date."""
    gross = Decimal(amount)
    row = InvoiceRow(
        number=number,
        customer_id=customer.pk,
        doc_date=day,
        currency=currency,
        net=gross,
        tax=Decimal(0),
        gross=gross,
        doc_type=doc_type,
        due_date=due,
        instalments=[Instalment(Decimal(a), d, d) for a, d in instalments or ()],
        **fields,
    )
    posted = post_invoices([row], company=company or our_company(), recorded_at=recorded_at)
    return Invoice.objects.get(pk=posted.ids[0])


def line(number: str) -> DueLine:
    """Return the first due line of a document."""
    return DueLine.objects.order_by("line_no").filter(invoice__number=number).first()


def receipt(
    customer: Customer | None,
    number: str,
    amount: str,
    *,
    day: date,
    currency: str = "CNY",
    company: Company | None = None,
    **fields: Any,
) -> Receipt:
    """Post one receipt, unapplied."""
    row = ReceiptRow(
        number=number,
        customer_id=customer.pk if customer else None,
        value_date=day,
        currency=currency,
        amount=Decimal(amount),
        **fields,
    )
    posted = post_receipts([row], company=company or our_company())
    return Receipt.objects.get(pk=posted.ids[0])
