"""Post the planned books through the bulk services, and let the rules apply the latest money."""

from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from credit_mgmt.demo.books import BY_HAND, BY_REFERENCE, PARTIAL, Books, Document, Payment
from credit_mgmt.demo.dossiers import Dossier
from customers.models import Company
from receivables.models import Dispute, DueLine, Receipt
from receivables.posting import (
    ApplicationPart,
    InvoiceRow,
    ReceiptRow,
    post_invoices,
    post_receipts,
    write_applications,
)
from receivables.services import apply_receipt, record_dispute, record_receipt
from users.models import User

BANK_ACCOUNT = "SAMPLE-6222-0000-0001"


class Ledger:
    """The posted books: due line of each document, id of each receipt."""

    def __init__(self, company: Company, dossiers: list[Dossier], books: Books) -> None:
        self.company = company
        self.books = books
        self.by_code = {d.customer.code: d for d in dossiers}
        self.line_of: dict[str, int] = {}

    def post_documents(self) -> int:
        """Post invoices and credit notes; a credit note lowers its invoice at once."""
        result = post_invoices(map(self._invoice_row, self.books.documents), company=self.company)
        self.line_of = {
            document.number: line
            for document, line in zip(self.books.documents, result.line_ids, strict=True)
        }
        notes = [d for d in self.books.documents if d.corrects is not None]
        write_applications(
            ApplicationPart(
                self.line_of[note.corrects.number],
                -note.gross,
                note.doc_date,
                credit_line_id=self.line_of[note.number],
                rule=BY_REFERENCE,
            )
            for note in notes
            if note.corrects is not None
        )
        return result.created

    def post_payments(self) -> int:
        """Post receipts and apply them as they were applied in the story."""
        result = post_receipts(map(self._receipt_row, self.books.payments), company=self.company)
        write_applications(
            part
            for payment, receipt in zip(self.books.payments, result.ids, strict=True)
            for part in self._parts(payment, receipt)
        )
        return result.created

    def match_latest(self, *, as_of: date, actor: Any) -> int:
        """Let the matching rules work on the money of the last days; return how much was applied."""
        waiting = [p.number for p in self.books.payments if p.applied_on is None and not p.is_mute]
        applied = 0
        receipts = Receipt.objects.filter(number__in=waiting).order_by("value_date", "number")
        for receipt in receipts:
            proposal = apply_receipt(receipt=receipt, as_of=as_of, actor=actor)
            applied += bool(proposal and proposal.is_automatic)
        return applied

    def park_unknown(self, *, as_of: date, actor: Any) -> None:
        """Record a few receipts of payers whom nobody knows yet."""
        for n, amount in enumerate(("18300.00", "4520.50", "77210.00"), start=1):
            record_receipt(
                company=self.company,
                number=f"RC-UNKNOWN-{n}",
                value_date=as_of,
                currency="CNY",
                amount=Decimal(amount),
                as_of=as_of,
                actor=actor,
                payer_name=f"示例未知付款人{n}",
                payer_account=f"9900-{n:04d}",
                bank_account=BANK_ACCOUNT,
                bank_ref=f"UNKNOWN-{as_of:%Y%m%d}-{n}",
                remittance="货款",
            )

    def contest(self, people: dict[str, User]) -> int:
        """Write the disputes of the story: settled ones as history, open ones through the service."""
        told = [d for d in self.books.documents if d.dispute is not None]
        Dispute.objects.bulk_create(
            [
                Dispute(
                    due_line_id=self.line_of[d.number],
                    kind=d.dispute.kind,
                    amount=_contested(d),
                    text="示例 / Sample",
                    raised_on=d.dispute.raised_on,
                    closed_on=d.dispute.closed_on,
                    state=Dispute.State.CLOSED,
                    raised_by=people["collector"],
                )
                for d in told
                if d.dispute and d.dispute.closed_on
            ],
            batch_size=1000,
        )
        lines = DueLine.objects.in_bulk([self.line_of[d.number] for d in told])
        for d in told:
            line = lines[self.line_of[d.number]]
            if d.dispute and d.dispute.closed_on is None and line.open_amount > 0:
                record_dispute(
                    due_line=line,
                    kind=d.dispute.kind,
                    amount=min(_contested(d), line.open_amount),
                    text="示例 / Sample",
                    as_of=d.dispute.raised_on,
                    actor=people["collector"],
                )
        return len(told)

    def _invoice_row(self, document: Document) -> InvoiceRow:
        dossier = self.by_code[document.trader.code]
        return InvoiceRow(
            number=document.number,
            customer_id=dossier.customer.pk,
            doc_date=document.doc_date,
            currency="CNY",
            net=document.net,
            tax=document.tax,
            gross=document.gross,
            doc_type="CN" if document.corrects else "INV",
            payment_term_id=None if document.corrects else dossier.term.pk,
            due_date=document.due,
            nominal_due_date=document.nominal_due,
            order_no=f"SO{document.number[3:]}" if not document.corrects else "",
            reference_no=document.corrects.number if document.corrects else "",
        )

    def _receipt_row(self, payment: Payment) -> ReceiptRow:
        numbers = " ".join(d.number for d, _amount in payment.parts)
        return ReceiptRow(
            number=payment.number,
            customer_id=self.by_code[payment.trader.code].customer.pk,
            value_date=payment.value_date,
            currency="CNY",
            amount=payment.amount,
            payer_name=payment.trader.name,
            payer_account=payment.trader.account,
            bank_account=BANK_ACCOUNT,
            bank_ref=f"B{payment.number[3:]}",
            remittance="货款" if payment.is_mute else f"货款 {numbers}"[:500],
            match_rule=_rule(payment) if payment.applied_on else "",
        )

    def _parts(self, payment: Payment, receipt_id: int) -> list[ApplicationPart]:
        if payment.applied_on is None:
            return []
        return [
            ApplicationPart(
                self.line_of[document.number],
                amount,
                payment.applied_on,
                receipt_id=receipt_id,
                rule=_rule(payment, document, amount),
            )
            for document, amount in payment.parts
        ]


def _rule(payment: Payment, document: Document | None = None, amount: Decimal | None = None) -> str:
    if payment.is_mute:
        return BY_HAND
    return PARTIAL if document and amount != document.gross else BY_REFERENCE


def _contested(document: Document) -> Decimal:
    share = document.dispute.share if document.dispute else Decimal(1)
    return max(Decimal("0.01"), (document.gross * share).quantize(Decimal("0.01")))


def list_by_customer(documents: list[Document]) -> dict[str, list[Document]]:
    """Return the documents of each customer's code, oldest first."""
    ordered = sorted(documents, key=lambda d: (d.trader.code, d.doc_date, d.number))
    return {code: list(rows) for code, rows in groupby(ordered, key=lambda d: d.trader.code)}
