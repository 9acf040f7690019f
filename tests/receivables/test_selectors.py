"""Exposure facts, invoice picture, receipts, orders."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import NotFound
from customers.models import PaymentTerm
from receivables.models import Delivery, Order
from receivables.selectors import (
    find_invoices,
    get_exposure_parts,
    get_invoice_picture,
    get_receipt,
    list_exposures,
    list_orders,
    list_receipts,
    sum_waiting,
)
from receivables.services import apply_receipt, record_dispute
from tests import cast
from tests.cast import our_company
from tests.receivables import books

pytestmark = pytest.mark.django_db

JAN, FEB, MAR, APR = date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5), date(2026, 4, 6)


def order(buyer, number, value, status="RELEASED", **fields):
    values = {"order_date": JAN, "ship_date": APR, "currency": "CNY"} | fields
    return Order.objects.create(
        order_no=number,
        company=our_company(),
        customer=buyer,
        credit_status=status,
        open_value=Decimal(value),
        **values,
    )


@pytest.fixture
def buyer(reference):
    """The headline of the specification: 420,000 − 20,000 + 80,000 + 350,000."""
    buyer = cast.make_customer("C001")
    books.invoice(buyer, "INV-1", "300000.00", day=JAN, due=FEB)
    books.invoice(buyer, "INV-2", "120000.00", day=JAN, due=APR)
    books.receipt(buyer, "R-1", "15000.00", day=FEB)
    books.invoice(buyer, "CN-1", "-5000.00", day=FEB, doc_type="CN")
    sent = order(buyer, "SO-1", "250000.00")
    order(buyer, "SO-2", "100000.00", "OVERRIDDEN", ship_date=MAR)
    order(buyer, "SO-3", "999.00", "BLOCKED")
    order(buyer, "SO-4", "999.00", state="CLOSED")
    order(buyer, "SO-5", "999.00", payment_term=PaymentTerm.objects.get(code="PREPAID"))
    order(buyer, "SO-6", "999.00", order_date=APR)
    for number, state, value, shipped in (
        ("DN-1", "SIGNED", 80000, FEB),
        ("DN-2", "INVOICED", 999, FEB),
        ("DN-3", "REFUSED", 999, FEB),
        ("DN-4", "SHIPPED", 999, APR),
    ):
        Delivery.objects.create(
            delivery_no=number,
            order=sent,
            state=state,
            open_value=value,
            shipped_at=datetime(shipped.year, shipped.month, shipped.day, tzinfo=UTC),
        )
    return buyer


class TestGetExposureParts:
    def test_adds_up_what_is_owed_delivered_and_ordered(self, buyer):
        parts = get_exposure_parts(customer_id=buyer.pk, company_id=our_company().pk, as_of=MAR)
        assert parts.open_items == Decimal(420000)
        assert parts.unapplied == Decimal(20000)
        assert parts.delivered_not_invoiced == Decimal(80000)
        assert parts.open_orders == Decimal(350000)
        assert {o.order_no: o.open_value for o in parts.orders} == {
            "SO-1": Decimal(250000),
            "SO-2": Decimal(100000),
        }
        assert [(o.number, o.days, o.open_amount) for o in parts.overdue] == [
            ("INV-1", 28, Decimal(300000))
        ]
        assert parts.overdue_amounts == {"CNY": Decimal(300000)}

    def test_takes_one_query_and_knows_past_days(self, buyer):
        company = our_company().pk
        with CaptureQueriesContext(connection) as queries:
            parts = get_exposure_parts(customer_id=buyer.pk, company_id=company, as_of=JAN)
        assert len(queries) == 1
        assert (parts.open_items, parts.unapplied, parts.delivered_not_invoiced) == (420000, 0, 0)
        assert parts.overdue == ()

    def test_keeps_currencies_apart(self, buyer):
        books.invoice(buyer, "INV-3", "70.00", day=JAN, due=FEB, currency="USD")
        parts = get_exposure_parts(customer_id=buyer.pk, company_id=our_company().pk, as_of=MAR)
        assert parts.sum_of("open_items", "USD") == Decimal(70)
        assert parts.sum_of("open_items", "EUR") == 0
        with pytest.raises(ValueError, match="dated rate"):
            _ = parts.open_items

    def test_is_empty_for_who_owes_nothing(self, reference):
        nobody = cast.make_customer("C009")
        parts = get_exposure_parts(customer_id=nobody.pk, company_id=our_company().pk, as_of=MAR)
        assert (parts.currencies, parts.open_items, parts.oldest_due_date) == ({}, 0, None)


class TestListExposures:
    def test_says_the_same_as_one_by_one_in_one_query(self, buyer):
        other = cast.make_customer("C002")
        books.invoice(other, "INV-9", "9.00", day=JAN, due=FEB, currency="USD")
        books.receipt(None, "R-0", "5.00", day=JAN)
        company = our_company().pk
        with CaptureQueriesContext(connection) as queries:
            found = list_exposures(as_of=MAR)
        assert len(queries) == 1
        assert set(found) == {(buyer.pk, company), (other.pk, company)}
        for (customer_id, company_id), parts in found.items():
            one = get_exposure_parts(customer_id=customer_id, company_id=company_id, as_of=MAR)
            assert parts.currencies == one.currencies
            assert parts.overdue_amounts == one.overdue_amounts
            assert parts.oldest_due_date == one.oldest_due_date
        assert set(list_exposures(as_of=MAR, customer_ids=[other.pk])) == {(other.pk, company)}


class TestInvoicePicture:
    def test_shows_money_dispute_and_deliveries(self, people):
        buyer = cast.make_customer("C001")
        books.invoice(
            buyer, "INV/1", "100.00", day=JAN, due=FEB, order_no="SO-1", delivery_no="DN-1"
        )
        books.invoice(buyer, "CN-1", "-5.00", day=FEB, doc_type="CN", reference_no="INV/1")
        sent = order(buyer, "SO-1", "10.00")
        Delivery.objects.create(
            delivery_no="DN-1", order=sent, shipped_at=datetime(2026, 1, 5, tzinfo=UTC)
        )
        money = books.receipt(buyer, "R-1", "40.00", day=MAR, remittance="INV/1")
        apply_receipt(receipt=money, as_of=MAR, actor=people.finance)
        record_dispute(
            due_line=books.line("INV/1"),
            kind="PRICE",
            amount=Decimal(10),
            text="too dear",
            as_of=MAR,
            actor=people.finance,
        )
        picture = get_invoice_picture("INV/1", user=people.finance, as_of=APR)
        assert (picture.open_amount, picture.applied, picture.state) == (60, 40, "PARTLY_PAID")
        assert picture.days_past_due == 60
        assert [a.receipt.number for a in picture.applications] == ["R-1"]
        assert [d.kind for d in picture.disputes] == ["PRICE"]
        assert [d.delivery_no for d in picture.deliveries] == ["DN-1"]
        assert [i.number for i in picture.related] == ["CN-1"]
        assert [e.code for e in picture.events] == ["receivables.dispute.recorded"]

    def test_is_not_found_out_of_scope_or_absent(self, people):
        books.invoice(cast.make_customer("C001"), "INV-1", "1.00", day=JAN, due=FEB)
        for number, user in (("INV-1", people.outsider), ("INV-2", people.finance)):
            with pytest.raises(NotFound):
                get_invoice_picture(number, user=user, as_of=APR)
        assert find_invoices("inv", user=people.outsider) == []
        assert [i.number for i in find_invoices("inv", user=people.finance)] == ["INV-1"]
        assert find_invoices("  ", user=people.finance) == []


class TestReceiptsAndOrders:
    def test_lists_what_waits_first(self, people):
        buyer = cast.make_customer("C001", sales_owner=people.sales)
        books.invoice(buyer, "INV-1", "10.00", day=JAN, due=FEB)
        paid = books.receipt(buyer, "R-1", "10.00", day=APR)
        apply_receipt(receipt=paid, as_of=APR)
        books.receipt(buyer, "R-2", "20.00", day=FEB)
        books.receipt(None, "R-3", "5.00", day=JAN, payer_name="谁家公司")

        def numbers(user=people.finance, **filters):
            return [r.number for r in list_receipts(user, **filters)]

        assert numbers() == ["R-3", "R-2", "R-1"]
        assert numbers(state="WAITING") == ["R-3", "R-2"]
        assert numbers(state="APPLIED") == ["R-1"]
        assert numbers(q="谁家") == ["R-3"]
        assert numbers(customer="C001", value_from=MAR) == ["R-1"]
        assert numbers(value_to=JAN) == ["R-3"]
        assert numbers(people.outsider) == []
        assert sum_waiting(people.finance) == [{"currency": "CNY", "amount": Decimal(25)}]
        with pytest.raises(NotFound):
            get_receipt(paid.pk, user=people.outsider)
        assert len(get_receipt(paid.pk, user=people.finance).applications.all()) == 1

    def test_lists_orders_in_scope(self, people):
        buyer = cast.make_customer("C001", sales_owner=people.sales)
        order(buyer, "SO-1", "1.00")
        order(buyer, "SO-2", "1.00", state="CLOSED")
        assert [o.order_no for o in list_orders(people.sales, is_open=True)] == ["SO-1"]
        assert list_orders(people.sales, customer="C001").count() == 2
        assert list_orders(people.outsider).count() == 0
