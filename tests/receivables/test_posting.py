"""Bulk posting: what is written, in how many statements, and what the database refuses."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from receivables.models import NEVER, Application, DueLine, Invoice, Posting, Receipt
from receivables.posting import (
    ApplicationPart,
    Instalment,
    InvoiceRow,
    PostingResult,
    ReceiptRow,
    post_invoices,
    post_receipts,
    settle_lines,
    write_applications,
)
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]
JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)


@pytest.fixture
def a() -> Customer:
    return cast.make_customer("A")


def document(a: Customer, number: str = "N1", gross: str = "100.00", **fields: Any) -> InvoiceRow:
    amount = Decimal(gross)
    values: dict[str, Any] = {"doc_date": JULY, "due_date": AUGUST, "currency": "CNY"}
    return InvoiceRow(
        number=number,
        customer_id=a.pk,
        net=amount,
        tax=Decimal(0),
        gross=amount,
        **(values | fields),
    )


def money(
    a: Customer | None, number: str = "R1", amount: str = "100.00", **fields: Any
) -> ReceiptRow:
    values: dict[str, Any] = {"value_date": AUGUST, "currency": "CNY"}
    return ReceiptRow(
        number=number, customer_id=a.pk if a else None, amount=Decimal(amount), **(values | fields)
    )


def post(rows: Sequence[InvoiceRow]) -> PostingResult:
    return post_invoices(rows, company=cast.our_company())


def take(rows: Sequence[ReceiptRow]) -> PostingResult:
    return post_receipts(rows, company=cast.our_company())


def postings(**filters: Any) -> list[tuple[date, Decimal, date]]:
    rows = Posting.objects.filter(**filters).order_by("posted_on", "amount")
    return list(rows.values_list("posted_on", "amount", "closed_on"))


class TestPostInvoices:
    def test_writes_the_document_its_line_and_its_posting(self, a: Customer) -> None:
        result = post([document(a, structured_ref="RF06INV1001", order_no="O\t1\\x")])
        invoice = Invoice.objects.get()
        assert (result.created, result.ids[0]) == (1, invoice.pk)
        assert (invoice.order_no, invoice.structured_ref) == ("O\t1\\x", "RF06INV1001")
        assert len(invoice.digest) == 32
        line = DueLine.objects.get(pk=result.line_ids[0])
        assert (line.invoice, line.due_date, line.amount, line.open_amount, line.closed_on) == (
            invoice, AUGUST, Decimal(100), Decimal(100), None,
        )  # fmt: skip
        assert postings(due_line=line) == [(JULY, Decimal(100), NEVER)]

    def test_writes_instalments_in_order(self, a: Customer) -> None:
        parts = [
            Instalment(Decimal(60), AUGUST, AUGUST),
            Instalment(Decimal(40), SEPTEMBER, SEPTEMBER),
        ]
        post([document(a, "N0", "1.00"), document(a, instalments=parts)])
        lines = DueLine.objects.filter(invoice__number="N1").order_by("line_no")
        assert [(line.line_no, line.amount, line.due_date) for line in lines] == [
            (1, Decimal(60), AUGUST), (2, Decimal(40), SEPTEMBER),
        ]  # fmt: skip

    def test_a_document_of_nothing_is_closed_at_once(self, a: Customer) -> None:
        post([document(a, gross="0.00")])
        assert DueLine.objects.get().closed_on == JULY
        assert postings() == [(JULY, Decimal(0), JULY)]

    def test_runs_as_many_statements_for_one_as_for_a_thousand(self, a: Customer) -> None:
        counts = []
        for size in (2, 900):
            with CaptureQueriesContext(connection) as captured:
                post([document(a, f"S{size}-{n}") for n in range(size)])
            counts.append(len(captured))
        assert counts[0] == counts[1]
        assert Posting.objects.count() == 902

    def test_the_same_number_again_is_refused_and_nothing_is_left(self, a: Customer) -> None:
        post([document(a)])
        with pytest.raises(IntegrityError, match="invoice_once"), transaction.atomic():
            post([document(a, "N2"), document(a)])
        assert Invoice.objects.count() == DueLine.objects.count() == Posting.objects.count() == 1

    def test_a_posted_fact_cannot_be_changed_nor_removed(self, a: Customer) -> None:
        post([document(a)])
        for change in (
            lambda: Invoice.objects.update(gross=1),
            lambda: DueLine.objects.update(amount=1),
            lambda: Posting.objects.update(amount=1),
            lambda: Invoice.objects.all().delete(),
        ):
            with pytest.raises(Exception, match="annot"), transaction.atomic():
                change()

    def test_nothing_is_nothing(self) -> None:
        assert post([]).created == 0
        assert take([]).created == 0
        assert write_applications([]) == []


class TestPostReceipts:
    def test_writes_money_on_account(self, a: Customer) -> None:
        take([money(a), money(None, "R2", remittance="a\nb\tc")])
        known, unknown = Receipt.objects.order_by("number")
        assert (known.state, known.unapplied_amount) == ("IDENTIFIED", Decimal(100))
        assert (unknown.state, unknown.remittance) == ("UNIDENTIFIED", "a\nb\tc")
        assert postings(receipt=known) == [(AUGUST, Decimal(-100), NEVER)]

    def test_a_movement_of_the_bank_comes_once(self, a: Customer) -> None:
        take([money(a, bank_account="ACC", bank_ref="X")])
        with pytest.raises(IntegrityError, match="receipt_bank_ref_once"), transaction.atomic():
            take([money(a, "R2", bank_account="ACC", bank_ref="X")])


class TestWriteApplications:
    def test_closes_both_sides_on_the_day(self, a: Customer) -> None:
        line = post([document(a)]).line_ids[0]
        receipt = take([money(a)]).ids[0]
        write_applications(
            [ApplicationPart(line, Decimal(100), SEPTEMBER, receipt_id=receipt, rule="M3")]
        )
        assert (DueLine.objects.get().open_amount, DueLine.objects.get().closed_on) == (
            0,
            SEPTEMBER,
        )
        found = Receipt.objects.get()
        assert (found.unapplied_amount, found.state) == (0, "APPLIED")
        assert postings(due_line=line) == [
            (JULY, Decimal(100), SEPTEMBER),
            (SEPTEMBER, Decimal(-100), SEPTEMBER),
        ]
        assert postings(receipt=receipt) == [
            (AUGUST, Decimal(-100), SEPTEMBER),
            (SEPTEMBER, Decimal(100), SEPTEMBER),
        ]

    def test_leaves_the_rest_open(self, a: Customer) -> None:
        line = post([document(a)]).line_ids[0]
        receipt = take([money(a, amount="70.00")]).ids[0]
        write_applications([
            ApplicationPart(line, Decimal(30), AUGUST, receipt_id=receipt),
            ApplicationPart(line, Decimal(20), SEPTEMBER, receipt_id=receipt),
        ])  # fmt: skip
        assert DueLine.objects.get().open_amount == 50
        assert (Receipt.objects.get().unapplied_amount, Receipt.objects.get().state) == (
            20,
            "PARTLY_APPLIED",
        )
        assert {closed for _d, _a, closed in postings()} == {NEVER}
        assert sum((amount for _d, amount, _c in postings()), Decimal(0)) == 30

    def test_a_credit_line_pays_another_document(self, a: Customer) -> None:
        debt, credit = post([
            document(a), document(a, "C1", "-40.00", doc_type="CN", due_date=None),
        ]).line_ids  # fmt: skip
        write_applications([ApplicationPart(debt, Decimal(40), AUGUST, credit_line_id=credit)])
        left = dict(DueLine.objects.values_list("pk", "open_amount"))
        assert left == {debt: Decimal(60), credit: Decimal(0)}
        assert postings(due_line=credit) == [
            (JULY, Decimal(-40), AUGUST),
            (AUGUST, Decimal(40), AUGUST),
        ]

    def test_an_undoing_opens_both_sides_again(self, a: Customer) -> None:
        line = post([document(a)]).line_ids[0]
        receipt = take([money(a)]).ids[0]
        (first,) = write_applications(
            [ApplicationPart(line, Decimal(100), AUGUST, receipt_id=receipt)]
        )
        write_applications([
            ApplicationPart(line, Decimal(-100), SEPTEMBER, receipt_id=receipt, reverses_id=first, reason="bounced"),
        ])  # fmt: skip
        assert (DueLine.objects.get().open_amount, DueLine.objects.get().closed_on) == (100, None)
        assert (Receipt.objects.get().state, Receipt.objects.get().unapplied_amount) == (
            "IDENTIFIED",
            100,
        )
        assert {closed for _d, _a, closed in postings()} == {NEVER}
        assert (
            sum(amount for d, amount, _c in postings(due_line=line) if d <= date(2026, 8, 15)) == 0
        )
        assert sum(amount for _d, amount, _c in postings(due_line=line)) == 100

    def test_more_than_is_open_is_refused_by_the_database(self, a: Customer) -> None:
        line = post([document(a)]).line_ids[0]
        receipt = take([money(a, amount="500.00")]).ids[0]
        with (
            pytest.raises(IntegrityError, match="due_line_open_within_amount"),
            transaction.atomic(),
        ):
            write_applications(
                [ApplicationPart(line, Decimal("100.01"), AUGUST, receipt_id=receipt)]
            )
        small = take([money(a, "R2", "1.00")]).ids[0]
        with (
            pytest.raises(IntegrityError, match="receipt_unapplied_within_amount"),
            transaction.atomic(),
        ):
            write_applications([ApplicationPart(line, Decimal(2), AUGUST, receipt_id=small)])
        assert not Application.objects.exists()

    def test_settling_again_changes_nothing(self, a: Customer) -> None:
        line = post([document(a)]).line_ids[0]
        receipt = take([money(a)]).ids[0]
        write_applications([ApplicationPart(line, Decimal(100), SEPTEMBER, receipt_id=receipt)])
        before = postings()
        settle_lines([line], [receipt])
        assert postings() == before
        assert DueLine.objects.get().closed_on == SEPTEMBER
