"""Imports of the ledger: what each kind stores, works out and refuses."""

from datetime import date
from decimal import Decimal

import pytest

from common.errors import InvalidInput
from common.imports.issues import read_issues
from common.models import ImportBatch
from customers.models import BankAccount, Customer, PaymentTerm
from receivables.models import Application, Delivery, DueLine, Invoice, Order, Posting, Receipt
from tests import cast
from tests.import_samples import bring, prepare

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]
INVOICE = "invoice_no,doc_type,customer_code,doc_date,posting_date,payment_term,due_date,currency,net,tax,gross,reference_invoice,tax_invoice_no\n"
PAYMENT = "receipt_no,value_date,posting_date,currency,amount,payer_name,payer_account,customer_code,bank_account,bank_ref,remittance,structured_ref,method\n"
ORDER = "order_no,line_no,customer_code,order_date,requested_ship_date,payment_term,currency,quantity,unit_price_net,tax_pct,status\n"


def problems(batch: ImportBatch) -> list[tuple[int, str, str]]:
    return [(i.row, i.column, i.code) for i in read_issues(batch.issues) if not i.is_warning]


def invoices(*rows: str, **options: object) -> ImportBatch:
    return bring("invoices", INVOICE + "\n".join(rows) + "\n", **options)


def payments(*rows: str, **options: object) -> ImportBatch:
    return bring("payments", PAYMENT + "\n".join(rows) + "\n", **options)


def an_invoice(number: str, gross: str, customer: str = "A", due: str = "2026-08-01") -> str:
    return f"{number},INV,{customer},2026-07-01,2026-07-01,,{due},CNY,{gross},0.00,{gross},,"


def a_payment(
    number: str, amount: str, text: str = "", customer: str = "A", day: str = "2026-08-10"
) -> str:
    return f"{number},{day},{day},CNY,{amount},,,{customer},ACC,,{text},,transfer"


def left(number: str) -> Decimal:
    return sum(
        (line.open_amount for line in DueLine.objects.filter(invoice__number=number)), Decimal(0)
    )


@pytest.fixture
def a() -> Customer:
    return cast.make_customer("A")


class TestInvoices:
    def test_terms_move_to_the_next_working_day(self, a: Customer) -> None:
        batch = invoices(
            "N1,INV,A,2026-08-25,2026-08-25,NET30,,CNY,100,13,113,,",
            "N2,INV,A,2026-08-25,2026-08-25,eom30,,CNY,100,13,113,,",
            "N3,INV,A,2026-08-25,2026-08-25,MONTHLY,,CNY,100,13,113,,",
            "N4,INV,A,2026-08-25,2026-08-25,,2026-10-01,CNY,100,13,113,,",
        )
        assert problems(batch) == []
        lines = DueLine.objects.order_by("invoice__number")
        assert list(lines.values_list("nominal_due_date", "due_date")) == [
            (date(2026, 9, 24), date(2026, 9, 24)),
            (date(2026, 9, 30), date(2026, 9, 30)),
            (date(2026, 9, 10), date(2026, 9, 10)),
            # A date that the document states is nobody's to move, be it a holiday.
            (date(2026, 10, 1), date(2026, 10, 1)),
        ]
        moved = invoices("N5,INV,A,2026-09-01,2026-09-01,NET30,,CNY,100,13,113,,")
        assert problems(moved) == []
        line = DueLine.objects.get(invoice__number="N5")
        assert (line.nominal_due_date, line.due_date) == (date(2026, 10, 1), date(2026, 10, 8))

    def test_the_customers_own_term_holds_when_none_is_given(self, a: Customer) -> None:
        row = "N1,INV,A,2026-07-01,2026-07-01,,,CNY,100,0,100,,"
        assert problems(invoices(row)) == [(2, "payment_term", "REQUIRED")]
        Customer.objects.update(payment_term=PaymentTerm.objects.get(code="NET60"))
        assert problems(invoices(row + "\n")) == []
        assert DueLine.objects.get().due_date == date(2026, 8, 31)

    def test_instalments_share_the_amount_to_the_cent(self, a: Customer) -> None:
        PaymentTerm.objects.create(
            code="THIRDS",
            kind="INSTALMENTS",
            params={
                "lines": [
                    {"pct": "33.33", "days": 10},
                    {"pct": "33.33", "days": 20},
                    {"pct": "33.34", "days": 30},
                ]
            },
        )
        assert (
            problems(invoices("N1,INV,A,2026-07-01,2026-07-01,THIRDS,,CNY,100.01,0,100.01,,")) == []
        )
        found = DueLine.objects.order_by("line_no").values_list("line_no", "amount", "due_date")
        assert [(n, str(x), d.isoformat()) for n, x, d in found] == [
            (1, "33.330", "2026-07-13"),
            (2, "33.330", "2026-07-21"),
            (3, "33.350", "2026-07-31"),
        ]
        assert Posting.objects.count() == 3

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ("N,INV,A,2026-07-01,2026-07-01,NET30,,CNY,-1,0,-1,,", ("gross", "SIGN")),
            ("N,CN,A,2026-07-01,2026-07-01,,,CNY,1,0,1,,", ("gross", "SIGN")),
            ("N,INV,A,2026-07-01,2026-07-01,NET30,,CNY,0,0,0,,", ("gross", "SIGN")),
            ("N,INV,A,2026-07-01,2026-07-01,NET30,,CNY,100,13,113.02,,", ("gross", "SUM_MISMATCH")),
            ("N,INV,X,2026-07-01,2026-07-01,NET30,,CNY,1,0,1,,", ("customer_code", "UNKNOWN_CUSTOMER")),
            ("N,INV,A,2026-07-01,2026-07-01,NET31,,CNY,1,0,1,,", ("payment_term", "UNKNOWN_CODE")),
            ("N,INV,A,01/07/2026,2026-07-01,NET30,,CNY,1,0,1,,", ("doc_date", "AMBIGUOUS_DATE")),
            ("N,INV,A,2026-02-30,2026-07-01,NET30,,CNY,1,0,1,,", ("doc_date", "INVALID_DATE")),
            ("N,INV,A,2026-07-01,2026-07-01,NET30,,JPY,1.5,0,1,,", ("net", "TOO_MANY_DECIMALS")),
            ("N,INV,A,2026-07-01,2026-07-01,NET30,,CNY,1,,1,,", ("tax", "REQUIRED")),
            ("N,BILL,A,2026-07-01,2026-07-01,NET30,,CNY,1,0,1,,", ("doc_type", "UNKNOWN_CODE")),
            ("N,INV,A,2026-07-01,2026-07-01,NET30,,CNY,1,0,1,,123", ("tax_invoice_no", "LENGTH")),
            ("N,CN,A,2026-07-01,2026-07-01,,,CNY,-1,0,-1,GHOST,", ("reference_invoice", "UNKNOWN_DOCUMENT")),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong(self, a: Customer, row: str, problem: tuple[str, str]) -> None:
        batch = invoices(row)
        assert problems(batch) == [(2, *problem)]
        assert not Invoice.objects.exists()

    def test_one_hundredth_of_difference_is_rounding(self, a: Customer) -> None:
        assert problems(invoices("N,INV,A,2026-07-01,2026-07-01,NET30,,CNY,100,13,113.01,,")) == []

    def test_a_linked_credit_note_pays_its_invoice_and_the_rest_stays(self, a: Customer) -> None:
        batch = invoices(
            an_invoice("N1", "100.00"),
            "C1,CN,A,2026-07-05,2026-07-05,,,CNY,-130.00,0,-130.00,N1,",
            "C2,CN,A,2026-07-06,2026-07-06,,,CNY,-5.00,0,-5.00,,",
        )
        assert problems(batch) == []
        assert (left("N1"), left("C1"), left("C2")) == (Decimal(0), Decimal(-30), Decimal(-5))
        application = Application.objects.get()
        assert (application.amount, application.applied_on, application.rule) == (
            Decimal(100), date(2026, 7, 5), "CREDIT_NOTE",
        )  # fmt: skip
        assert DueLine.objects.get(invoice__number="C1").due_date is None

    def test_a_credit_note_of_another_customer_is_refused(self, a: Customer) -> None:
        cast.make_customer("B")
        batch = invoices(
            an_invoice("N1", "100.00"), "C1,CN,B,2026-07-05,2026-07-05,,,CNY,-1,0,-1,N1,"
        )
        assert problems(batch) == [(3, "reference_invoice", "UNKNOWN_DOCUMENT")]

    def test_a_number_twice_in_a_file_is_refused(self, a: Customer) -> None:
        batch = invoices(an_invoice("N1", "1.00"), an_invoice("n1", "2.00"))
        assert problems(batch) == [(3, "invoice_no", "DUPLICATE_IN_FILE")]

    def test_another_company_of_ours_is_named_or_refused(self, a: Customer) -> None:
        with pytest.raises(InvalidInput, match="no such company"):
            invoices(an_invoice("N1", "1.00"), company_code="NIX")

    def test_who_may_not_see_the_customer_cannot_post_to_it(self, a: Customer) -> None:
        user = cast.make_user("west", "ANALYST", "REGION", region="WEST")
        batch = invoices(an_invoice("N1", "1.00"), actor=user)
        assert problems(batch) == [(2, "customer_code", "UNKNOWN_CUSTOMER")]


class TestOpeningItems:
    HEAD = INVOICE.strip() + ",open_amount,dunning_level,last_dunned\n"

    def test_keeps_what_is_open_with_its_level(self, a: Customer) -> None:
        row = "N1,INV,A,2025-10-01,2026-01-01,,2025-10-31,CNY,100,13,113,,,60.00,2,2025-12-15\n"
        assert problems(bring("opening_items", self.HEAD + row)) == []
        line = DueLine.objects.get(invoice__number="N1")
        assert (line.amount, line.open_amount, line.dunning_level, line.last_dunned_on) == (
            Decimal(113), Decimal(60), 2, date(2025, 12, 15),
        )  # fmt: skip
        counter = Invoice.objects.get(number="PRE-N1")
        assert (counter.doc_type, counter.gross, left("PRE-N1")) == ("ADV", Decimal(-53), 0)
        assert sum(Posting.objects.values_list("amount", flat=True)) == 60
        assert bring("opening_items", self.HEAD + row + "\n").unchanged == 1

    def test_a_used_credit_note_keeps_its_rest(self, a: Customer) -> None:
        row = "C1,CN,A,2025-10-01,2026-01-01,,,CNY,-100,0,-100,,,-30.00,0,\n"
        assert problems(bring("opening_items", self.HEAD + row)) == []
        assert (left("C1"), left("PRE-C1")) == (Decimal(-30), Decimal(0))

    def test_of_instalments_the_last_ones_are_open(self, a: Customer) -> None:
        PaymentTerm.objects.create(
            code="HALVES",
            kind="INSTALMENTS",
            params={"lines": [{"pct": "50", "days": 10}, {"pct": "50", "days": 20}]},
        )
        row = "N1,INV,A,2025-10-01,2026-01-01,HALVES,,CNY,100,0,100,,,30.00,0,\n"
        assert problems(bring("opening_items", self.HEAD + row)) == []
        lines = DueLine.objects.filter(invoice__number="N1").order_by("line_no")
        assert [line.open_amount for line in lines] == [Decimal(0), Decimal(30)]

    def test_the_books_add_up_after_it(self, a: Customer) -> None:
        from django.core.management import call_command

        for kind in ("customers", "opening_items", "orders", "deliveries", "invoices", "payments"):
            assert bring(kind).state == "IMPORTED"
        call_command("check_books")

    @pytest.mark.parametrize("amount", ["0.00", "113.01", "-5.00"])
    def test_refuses_more_or_other_than_the_document(self, a: Customer, amount: str) -> None:
        batch = bring(
            "opening_items",
            self.HEAD
            + f"N1,INV,A,2025-10-01,2026-01-01,,2025-10-31,CNY,100,13,113,,,{amount},0,\n",
        )
        assert problems(batch) == [(2, "open_amount", "MORE_THAN_AMOUNT")]

    def test_all_items_share_the_day_of_the_take_over(self, a: Customer) -> None:
        row = "N{},INV,A,2025-10-01,2026-01-0{},,2025-10-31,CNY,1,0,1,,,1,0,\n"
        batch = bring("opening_items", self.HEAD + row.format(1, 1) + row.format(2, 2))
        assert problems(batch) == [(3, "posting_date", "HEADER_DIFFERS")]

    def test_come_before_anything_else(self, a: Customer) -> None:
        invoices(an_invoice("N9", "1.00"))
        batch = bring(
            "opening_items",
            self.HEAD + "N1,INV,A,2025-10-01,2026-01-01,,2025-10-31,CNY,1,0,1,,,1,0,\n",
        )
        assert problems(batch) == [(2, "invoice_no", "ALREADY_LIVE")]


class TestPayments:
    def test_an_invoice_number_in_the_text_decides(self, a: Customer) -> None:
        invoices(an_invoice("INV-1", "100.00"), an_invoice("INV-12", "100.00"))
        batch = payments(a_payment("R1", "100.00", "货款 inv 12"))
        assert problems(batch) == []
        assert (left("INV-1"), left("INV-12")) == (Decimal(100), Decimal(0))
        receipt = Receipt.objects.get()
        assert (receipt.state, receipt.match_rule) == ("APPLIED", "M3_REFERENCE_EXACT")
        line = DueLine.objects.get(invoice__number="INV-12")
        assert line.closed_on == date(2026, 8, 10)
        assert set(Posting.objects.filter(due_line=line).values_list("closed_on", flat=True)) == {
            date(2026, 8, 10)
        }

    def test_payments_apply_in_the_order_of_value_dates(self, a: Customer) -> None:
        invoices(an_invoice("INV-1", "100.00"))
        payments(
            a_payment("R2", "80.00", "INV-1", day="2026-08-20"),
            a_payment("R1", "50.00", "INV-1", day="2026-08-10"),
        )
        assert left("INV-1") == 0
        states = dict(Receipt.objects.values_list("number", "unapplied_amount"))
        assert states == {"R1": Decimal(0), "R2": Decimal(30)}

    def test_without_a_reference_only_what_is_certain_applies(self, a: Customer) -> None:
        invoices(an_invoice("N1", "100.00"), an_invoice("N2", "100.00"), an_invoice("N3", "70.00"))
        payments(a_payment("R1", "100.00"), a_payment("R2", "70.00"))
        rules = dict(Receipt.objects.values_list("number", "match_rule"))
        assert rules == {"R1": "SUGGEST_AMOUNT_AMBIGUOUS", "R2": "M4_AMOUNT_UNIQUE"}
        assert (left("N1"), left("N2"), left("N3")) == (Decimal(100), Decimal(100), Decimal(0))
        candidates = Receipt.objects.get(number="R1").match_detail["candidates"]
        assert len(candidates) == 2

    def test_oldest_first_only_when_the_customers_rule_says_so(self, a: Customer) -> None:
        cast.make_customer("B", apply_oldest_first=True)
        invoices(
            an_invoice("A1", "100.00"), an_invoice("B1", "40.00", "B", "2026-09-01"),
            an_invoice("B2", "50.00", "B", "2026-08-01"),
        )  # fmt: skip
        payments(a_payment("R1", "60.00"), a_payment("R2", "60.00", customer="B"))
        assert (left("A1"), left("B1"), left("B2")) == (Decimal(100), Decimal(30), Decimal(0))
        assert Receipt.objects.get(number="R1").match_rule == "M8_ON_ACCOUNT"

    def test_money_pays_no_document_that_was_not_there_yet(self, a: Customer) -> None:
        Customer.objects.update(apply_oldest_first=True)
        invoices(an_invoice("N1", "60.00"))
        payments(
            a_payment("R1", "60.00", day="2026-06-01"),
            a_payment("R2", "60.00", "N1", day="2026-06-02"),
        )
        # A reference may name a document of later; then it applies on the day of the document.
        assert Receipt.objects.get(number="R1").unapplied_amount == 60
        assert Application.objects.get().applied_on == date(2026, 7, 1)

    def test_a_small_shortfall_is_posted_away(self, a: Customer) -> None:
        invoices(an_invoice("N1", "1000.00"))
        payments(a_payment("R1", "995.00", "N1"))
        assert left("N1") == 0
        note = Invoice.objects.get(doc_type="CN")
        assert (note.gross, note.reference_no) == (Decimal(-5), "N1")

    def test_credit_notes_are_used_with_the_money(self, a: Customer) -> None:
        invoices(an_invoice("N1", "100.00"), "C1,CN,A,2026-07-05,2026-07-05,,,CNY,-30,0,-30,,")
        payments(a_payment("R1", "70.00"))
        assert Receipt.objects.get().match_rule == "M5_CLEAR_ACCOUNT"
        assert (left("N1"), left("C1")) == (Decimal(0), Decimal(0))

    @pytest.mark.parametrize(
        ("columns", "found"),
        [
            ("Sample A Ltd,,", None),
            ("示例A有限公司,,", "A"),
            (",6222 0001,", "A"),
            (",6222 0002,", None),
            (",,GHOST", None),
        ],
    )
    def test_finds_the_payer_or_parks_the_money(self, columns: str, found: str | None) -> None:
        from django.utils import timezone

        a = cast.make_customer("A", normalised_name="示例A有限公司")
        BankAccount.objects.create(customer=a, account="62220001", verified_at=timezone.now())
        BankAccount.objects.create(customer=a, account="62220002")
        batch = payments(f"R1,2026-08-10,2026-08-10,CNY,5.00,{columns},ACC,,,,cash")
        assert batch.state == "IMPORTED"
        receipt = Receipt.objects.get()
        assert (receipt.customer.code if receipt.customer else None) == found
        assert receipt.state == ("IDENTIFIED" if found else "UNIDENTIFIED")
        assert [i.code for i in read_issues(batch.issues)] == ([] if found else ["PARKED"])
        assert Posting.objects.get().customer_id == receipt.customer_id

    def test_a_structured_reference_names_payer_and_invoice(self, a: Customer) -> None:
        from common.identifiers import make_rf

        rf = make_rf("INV1")
        head = INVOICE.strip() + ",rf\n"
        bring("invoices", head + an_invoice("INV-1", "9.00") + f",{rf}\n")
        payments(f"R1,2026-08-10,2026-08-10,CNY,9.00,,,,ACC,,,{rf},transfer")
        receipt = Receipt.objects.get()
        assert (receipt.customer, receipt.match_rule) == (a, "M1_STRUCTURED_REF")
        assert left("INV-1") == 0

    def test_one_movement_of_the_bank_is_one_receipt(self, a: Customer) -> None:
        row = "{},2026-08-10,2026-08-10,CNY,5.00,,,A,ACC,TX1,,,cash"
        assert problems(payments(row.format("R1"), row.format("R2"))) == [
            (3, "bank_ref", "DUPLICATE_IN_FILE")
        ]
        assert problems(payments(row.format("R1"))) == []
        assert problems(payments(row.format("R2"))) == [(2, "bank_ref", "POSTED_DOCUMENT_DIFFERS")]

    def test_refuses_money_that_did_not_come_in(self, a: Customer) -> None:
        batch = payments(a_payment("R1", "0.00"), a_payment("R2", "-5.00"), a_payment("R3", "x"))
        assert [(r, c) for r, _n, c in problems(batch)] == [
            (2, "SIGN"),
            (3, "SIGN"),
            (4, "NOT_A_NUMBER"),
        ]

    def test_the_number_of_queries_does_not_grow_with_the_rows(self, a: Customer) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        invoices(*[an_invoice(f"N{n}", f"{n}.00") for n in range(1, 61)])
        counts = []
        for numbers in (range(1, 4), range(4, 61)):
            with CaptureQueriesContext(connection) as captured:
                payments(*[a_payment(f"R{n}", f"{n}.00", f"N{n}") for n in numbers])
            counts.append(len(captured))
        assert counts[0] == counts[1]
        assert Receipt.objects.filter(state="APPLIED").count() == 60


class TestOrdersAndDeliveries:
    def test_values_follow_orders_deliveries_and_invoices(self) -> None:
        prepare("deliveries")
        order = Order.objects.get(order_no="SO-1")
        # 50 × 200 × 1.13 + 1.5 × 80.25 × 1.13 + freight 50 × 1.13
        assert (order.open_value, order.credit_status) == (Decimal("11492.52"), "RELEASED")
        assert order.ship_date == date(2026, 7, 10)
        assert Order.objects.get(order_no="SO-3").credit_status == "CLOSED"
        bring("deliveries")
        assert Delivery.objects.get(delivery_no="DN-1").open_value == Decimal("8724.02")
        states = dict(Delivery.objects.values_list("delivery_no", "state"))
        assert states == {"DN-1": "PARTLY_SIGNED", "DN-2": "SHIPPED", "DN-3": "REFUSED"}
        # Line 20 is delivered now; 40 of line 10 were known as delivered before.
        assert Order.objects.get(order_no="SO-1").open_value == Decimal("11356.50")
        bring("invoices")
        delivery = Delivery.objects.get(delivery_no="DN-1")
        assert (delivery.state, delivery.open_value) == ("INVOICED", Decimal(0))

    def test_rows_of_one_order_agree_or_none_is_taken(self, a: Customer) -> None:
        row = "O1,{},A,2026-07-01,2026-07-15,{},CNY,1,1,13,open"
        batch = bring(
            "orders",
            ORDER + row.format(10, "NET30") + "\n" + row.format(20, "NET60") + "\n",
            good_rows_only=True,
        )
        assert problems(batch) == [
            (2, "order_no", "GROUP_REJECTED"),
            (3, "payment_term", "HEADER_DIFFERS"),
        ]
        assert not Order.objects.exists()

    def test_an_order_stays_with_its_customer(self, a: Customer) -> None:
        cast.make_customer("B")
        row = "O1,10,{},2026-07-01,2026-07-15,NET30,CNY,1,1,13,open\n"
        bring("orders", ORDER + row.format("A"))
        batch = bring("orders", ORDER + row.format("B"))
        assert problems(batch) == [(2, "customer_code", "POSTED_DOCUMENT_DIFFERS")]

    def test_a_delivery_needs_its_order_line(self, a: Customer) -> None:
        bring("orders", ORDER + "O1,10,A,2026-07-01,2026-07-15,NET30,CNY,5,1,13,open\n")
        head = "delivery_no,line_no,order_no,order_line_no,shipped_at,quantity,accepted_qty,refused_qty,signed_at\n"
        batch = bring(
            "deliveries",
            head + "D1,1,O1,99,2026-07-15,1,,,\nD2,1,GHOST,10,2026-07-15,1,,,\n"
            "D3,1,O1,10,2026-07-15,1,1,1,\nD4,1,O1,10,2026-07-15,1,,,2026-07-14\n",
        )
        assert problems(batch) == [
            (2, "order_line_no", "NOT_AN_ORDER_LINE"),
            (3, "order_line_no", "NOT_AN_ORDER_LINE"),
            (4, "accepted_qty", "SUM_MISMATCH"),
            (5, "signed_at", "INVALID_DATE"),
        ]

    def test_an_order_closed_by_the_file_owes_no_delivery(self, a: Customer) -> None:
        row = "O1,10,A,2026-07-01,2026-07-15,NET30,CNY,5,1,13,{}\n"
        bring("orders", ORDER + row.format("open"))
        bring("orders", ORDER + row.format("closed"))
        order = Order.objects.get()
        assert (order.open_value, order.credit_status, order.version) == (Decimal(0), "CLOSED", 2)
