"""Pages of invoices and receipts: what they show, who is refused, and that nothing changed then."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from receivables.models import Application, Dispute, Receipt
from receivables.services import apply_receipt, record_dispute
from tests import cast
from tests.receivables import books
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db

TODAY = cast.TODAY
DUE = TODAY - timedelta(days=40)
BEFORE = TODAY - timedelta(days=70)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    for module in ("receivables.views", "receivables.pages", "receivables.forms"):
        monkeypatch.setattr(f"{module}.business_today", lambda: TODAY)


@pytest.fixture
def buyer(people):
    buyer = cast.make_customer("C001", sales_owner=people.sales)
    books.invoice(buyer, "INV-1", "1234.56", day=BEFORE, due=DUE, order_no="SO-7")
    books.invoice(buyer, "INV-2", "1234.56", day=BEFORE, due=DUE)
    return buyer


@pytest.fixture
def money(buyer):
    return books.receipt(buyer, "R-1", "1234.56", day=TODAY, payer_name="Sample")


class TestInvoicePage:
    def test_shows_amounts_age_and_payments(self, visit, buyer):
        paid = books.receipt(buyer, "R-1", "234.56", day=TODAY, remittance="INV-1")
        apply_receipt(receipt=paid, as_of=TODAY)
        page = visit("finance").get(reverse("invoice", args=["INV-1"])).content.decode()
        for text in ("1,234.56", "1,000.00", "234.56", "40 days late", "SO-7", "R-1"):
            assert text in page

    def test_takes_the_same_queries_for_many_payments(self, visit, buyer):
        client = visit("finance")
        client.get(reverse("invoice", args=["INV-1"]))  # the session learns the language once
        for round_no in range(2):
            for n in range(1 + 10 * round_no):
                paid = books.receipt(
                    buyer, f"R-{round_no}-{n}", "1.00", day=TODAY, remittance="INV-1"
                )
                apply_receipt(receipt=paid, as_of=TODAY)
            with assert_query_count("invoice page"):
                assert client.get(reverse("invoice", args=["INV-1"])).status_code == 200

    def test_is_not_found_for_an_outsider_and_when_absent(self, visit, buyer):
        url = reverse("invoice", args=["INV-1"])
        assert visit("outsider").get(url).status_code == 404
        assert visit("sales").get(url).status_code == 200
        assert visit("finance").get(reverse("invoice", args=["INV-9"])).status_code == 404
        assert visit("admin").get(url).status_code == 403

    def test_a_number_with_a_slash_has_its_page(self, visit, buyer):
        books.invoice(buyer, "2026/11/7", "1.00", day=BEFORE, due=DUE)
        page = visit("finance").get("/invoices/2026/11/7/")
        assert page.status_code == 200
        assert "2026/11/7" in page.content.decode()

    def test_is_in_chinese_for_who_reads_it(self, visit, buyer):
        client = visit("finance")
        client.cookies["django_language"] = "zh-hans"
        page = client.get(reverse("invoice", args=["INV-1"])).content.decode()
        assert "示例C001有限公司" in page


class TestDispute:
    def send(self, client, buyer, **fields):
        values = {"due_line": books.line("INV-1").pk, "kind": "QUALITY", "amount": "1,000.00"}
        return client.post(reverse("dispute_record", args=["INV-1"]), values | fields)

    def test_is_recorded_and_closed(self, visit, buyer):
        client = visit("sales")
        assert self.send(client, buyer, text="rusty").status_code == 302
        dispute = Dispute.objects.get()
        assert (dispute.amount, dispute.text) == (Decimal(1000), "rusty")
        url = reverse("dispute_close", args=[dispute.pk])
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "agreed"}).status_code == 302
        dispute.refresh_from_db()
        assert dispute.state == "CLOSED"

    @pytest.mark.parametrize(
        "fields", [{"amount": "5,000"}, {"amount": "much"}, {"kind": "WEATHER"}, {"due_line": "0"}]
    )
    def test_is_refused_with_the_form_when_wrong(self, visit, buyer, fields):
        assert self.send(visit("sales"), buyer, **fields).status_code == 422
        assert Dispute.objects.count() == 0

    def test_is_refused_to_who_may_not_and_to_who_may_not_see(self, visit, buyer):
        assert self.send(visit("auditor"), buyer).status_code == 403
        assert self.send(visit("outsider"), buyer).status_code == 404
        assert Dispute.objects.count() == 0
        record_dispute(
            due_line=books.line("INV-1"), kind="PRICE", amount=Decimal(1), text="", as_of=TODAY
        )
        url = reverse("dispute_close", args=[Dispute.objects.get().pk])
        assert visit("outsider").post(url, {"reason": "x"}).status_code == 404
        assert visit("auditor").post(url, {"reason": "x"}).status_code == 403
        assert Dispute.objects.get().state == "OPEN"


class TestReceiptList:
    def test_shows_what_waits_and_filters(self, visit, buyer, money):
        books.receipt(None, "R-0", "5.00", day=TODAY, payer_name="谁家")
        client = visit("finance")
        page = client.get(reverse("receipts")).content.decode()
        assert page.index("R-0") < page.index("R-1")
        assert "1,239.56" in page
        filtered = client.get(reverse("receipts"), {"state": "UNIDENTIFIED"}).content.decode()
        assert "R-0" in filtered
        assert ">R-1<" not in filtered
        assert client.get(reverse("receipts"), {"q": "nothing"}).status_code == 200
        assert client.get(reverse("receipts"), {"state": "LOST"}).status_code == 422

    def test_takes_the_same_queries_for_many(self, visit, buyer):
        client = visit("finance")
        client.get(reverse("receipts"))  # the session learns the language once
        for count in (3, 30):
            for n in range(count):
                books.receipt(buyer, f"R-{count}-{n}", "1.00", day=TODAY)
            with assert_query_count("receipts page"):
                client.get(reverse("receipts"))

    def test_is_refused_to_sales(self, visit, money):
        assert visit("sales").get(reverse("receipts")).status_code == 403
        assert visit("sales").get(reverse("receipt", args=[money.pk])).status_code == 403


class TestReceiptPage:
    def test_shows_the_suggestions_and_applies_the_one_chosen(self, visit, buyer, money):
        client = visit("finance")
        url = reverse("receipt", args=[money.pk])
        page = client.get(url).content.decode()
        assert "Several open items have exactly this amount." in page
        apply_url = reverse("receipt_apply", args=[money.pk])
        assert client.post(apply_url).status_code == 302
        assert Application.objects.count() == 0
        assert client.post(apply_url, {"candidate": "7"}).status_code == 404
        assert client.post(apply_url, {"candidate": "1"}).status_code == 302
        assert Application.objects.get().due_line == books.line("INV-2")

    def test_applies_what_the_rules_are_sure_of(self, visit, buyer):
        sure = books.receipt(buyer, "R-2", "1234.56", day=TODAY, remittance="INV-2")
        client = visit("finance")
        page = client.get(reverse("receipt", args=[sure.pk])).content.decode()
        assert "The numbers in the text add up to this amount." in page
        assert client.post(reverse("receipt_apply", args=[sure.pk])).status_code == 302
        sure.refresh_from_db()
        assert sure.state == "APPLIED"

    def test_applies_by_hand_in_any_notation(self, visit, buyer, money):
        url = reverse("receipt_apply_by_hand", args=[money.pk])
        client = visit("finance")
        first, second = books.line("INV-1"), books.line("INV-2")
        for bad in ({}, {f"line_{first.pk}": "x"}, {f"line_{first.pk}": "99,999"}):
            answer = client.post(url, bad)
            assert answer.status_code in (409, 422)
        assert Application.objects.count() == 0
        good = {f"line_{first.pk}": "1,000.00", f"line_{second.pk}": "200.5"}
        assert client.post(url, good).status_code == 302
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.open_amount, second.open_amount) == (Decimal("234.56"), Decimal("1034.06"))

    def test_undoes_and_returns_with_a_reason(self, visit, buyer):
        sure = books.receipt(buyer, "R-2", "1234.56", day=TODAY, remittance="INV-2")
        apply_receipt(receipt=sure, as_of=TODAY)
        client = visit("finance")
        undo = reverse("application_reverse", args=[Application.objects.get().pk])
        assert client.post(undo, {"reason": " "}).status_code == 422
        assert client.post(undo, {"reason": "wrong one"}).status_code == 302
        assert client.post(undo, {"reason": "again"}).status_code == 409
        assert books.line("INV-2").open_amount == Decimal("1234.56")
        back = reverse("receipt_return", args=[sure.pk])
        assert client.post(back, {"reason": ""}).status_code == 422
        assert client.post(back, {"reason": "bounced"}).status_code == 302
        assert client.post(back, {"reason": "bounced"}).status_code == 409
        sure.refresh_from_db()
        assert sure.state == "RETURNED"

    def test_identifies_the_payer(self, visit, buyer):
        stray = books.receipt(None, "R-0", "5.00", day=TODAY, payer_name="谁家")
        client = visit("finance")
        url = reverse("receipt_identify", args=[stray.pk])
        assert (
            "Whose money is it?" in client.get(reverse("receipt", args=[stray.pk])).content.decode()
        )
        assert client.post(url, {"customer": "C999"}).status_code == 422
        assert client.post(url, {"customer": ""}).status_code == 422
        assert client.post(url, {"customer": "C001"}).status_code == 302
        stray.refresh_from_db()
        assert stray.customer == buyer

    @pytest.mark.parametrize("role", ["sales", "collector", "manager", "auditor", "admin"])
    def test_refuses_every_deed_to_who_may_not(self, visit, buyer, money, role):
        sure = books.receipt(buyer, "R-2", "1234.56", day=TODAY, remittance="INV-2")
        apply_receipt(receipt=sure, as_of=TODAY)
        before = list(Receipt.objects.order_by("pk").values())
        client = visit(role)
        line = books.line("INV-1")
        for name, pk, data in (
            ("receipt_apply", money.pk, {}),
            ("receipt_apply_by_hand", money.pk, {f"line_{line.pk}": "1.00"}),
            ("receipt_identify", money.pk, {"customer": "C001"}),
            ("receipt_return", money.pk, {"reason": "x"}),
            ("application_reverse", Application.objects.get().pk, {"reason": "x"}),
        ):
            assert client.post(reverse(name, args=[pk]), data).status_code == 403
            assert client.get(reverse(name, args=[pk])).status_code == 405
        assert list(Receipt.objects.order_by("pk").values()) == before
        assert Application.objects.count() == 1

    def test_is_not_found_for_finance_of_another_region(self, people, visit, money):
        people.finance.data_scope, people.finance.region = "REGION", "WEST"
        people.finance.save()
        client = visit("finance")
        assert client.get(reverse("receipt", args=[money.pk])).status_code == 404
        answer = client.post(reverse("receipt_apply", args=[money.pk]))
        assert answer.status_code == 404
        assert Application.objects.count() == 0
