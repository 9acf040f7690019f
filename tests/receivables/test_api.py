"""The API of documents: shapes, filters, deeds, refusals."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from receivables.models import Application, Receipt
from receivables.services import apply_receipt, record_dispute
from tests import cast
from tests.receivables import books

pytestmark = pytest.mark.django_db

TODAY = cast.TODAY
DUE = TODAY - timedelta(days=40)
BEFORE = TODAY - timedelta(days=70)
API = "/api/v1/"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    for module in ("receivables.api", "receivables.filters"):
        monkeypatch.setattr(f"{module}.business_today", lambda: TODAY)


@pytest.fixture
def buyer(people):
    buyer = cast.make_customer("C001", sales_owner=people.sales)
    books.invoice(buyer, "INV-1", "100.00", day=BEFORE, due=DUE, order_no="SO-7")
    books.invoice(buyer, "INV-2", "50.00", day=TODAY, due=TODAY + timedelta(days=30))
    return buyer


def post(client: Client, path: str, body: dict, key: str = ""):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{API}{path}", body, content_type="application/json", headers=headers)


class TestLists:
    def test_an_invoice_has_exactly_these_fields(self, visit, buyer):
        answer = visit("finance").get(f"{API}invoices/", {"number": "INV-1"}).json()
        assert answer["count"] == 1
        assert set(answer) == {"count", "next", "previous", "results"}
        row = answer["results"][0]
        assert {k: row[k] for k in ("number", "customer", "company", "gross", "open_amount")} == {
            "number": "INV-1",
            "customer": "C001",
            "company": "HY",
            "gross": "100.000",
            "open_amount": "100.000",
        }
        assert row["due_lines"][0]["due_date"] == DUE.isoformat()
        assert "digest" not in row
        assert "batch" not in row

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ({"open": "true"}, {"INV-1", "INV-2"}),
            ({"open": "false"}, set()),
            ({"overdue": "true"}, {"INV-1"}),
            ({"overdue": "false"}, {"INV-2"}),
            ({"due_from": TODAY.isoformat()}, {"INV-2"}),
            ({"due_to": TODAY.isoformat()}, {"INV-1"}),
            ({"customer": "C001", "doc_from": TODAY.isoformat()}, {"INV-2"}),
            ({"customer": "C002"}, set()),
            ({"currency": "USD"}, set()),
        ],
    )
    def test_invoices_are_narrowed(self, visit, buyer, query, numbers):
        answer = visit("finance").get(f"{API}invoices/", query).json()
        assert {row["number"] for row in answer["results"]} == numbers

    def test_a_bad_filter_is_a_problem_with_its_field(self, visit, buyer):
        answer = visit("finance").get(f"{API}invoices/", {"due_from": "soon"})
        assert answer.status_code == 400
        assert answer["Content-Type"].startswith("application/problem+json")
        assert answer.json()["errors"][0]["field"] == "due_from"

    @pytest.mark.parametrize(
        "name", ["invoices", "receipts", "applications", "orders", "deliveries", "disputes"]
    )
    def test_an_outsider_finds_nothing_and_nobody_without_login(self, visit, buyer, name):
        money = books.receipt(buyer, "R-1", "60.00", day=TODAY, remittance="INV-1")
        apply_receipt(receipt=money, as_of=TODAY)
        record_dispute(
            due_line=books.line("INV-1"), kind="PRICE", amount=Decimal(1), text="", as_of=TODAY
        )
        assert Client().get(f"{API}{name}/").status_code in (401, 403)
        outsider = visit("outsider").get(f"{API}{name}/")
        assert outsider.status_code == 403 or outsider.json()["count"] == 0
        assert visit("finance").get(f"{API}{name}/").status_code == 200
        assert visit("admin").get(f"{API}{name}/").status_code == 403

    def test_one_row_out_of_scope_is_not_found(self, visit, buyer):
        pk = books.line("INV-1").invoice_id
        assert visit("sales").get(f"{API}invoices/{pk}/").status_code == 200
        assert visit("outsider").get(f"{API}invoices/{pk}/").status_code == 404

    def test_page_size_is_limited(self, visit, buyer):
        answer = visit("finance").get(f"{API}invoices/", {"page_size": 1}).json()
        assert (answer["count"], len(answer["results"])) == (2, 1)
        assert answer["next"]


class TestReceipts:
    body = {
        "number": "R-9",
        "customer": "C001",
        "value_date": TODAY.isoformat(),
        "currency": "CNY",
        "amount": "100.00",
        "remittance": "INV-1",
    }

    def test_one_is_booked_and_applied_once_for_one_key(self, visit, buyer):
        client = visit("finance")
        answers = [post(client, "receipts/", self.body | {"apply": True}, "k1") for _ in range(2)]
        assert [a.status_code for a in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        row = answers[0].json()
        assert (row["state"], row["unapplied_amount"]) == ("APPLIED", "0.000")
        assert row["match_rule"] == "M3_REFERENCE_EXACT"
        assert Receipt.objects.count() == Application.objects.count() == 1
        assert post(client, "receipts/", self.body | {"amount": "7.00"}, "k1").status_code == 422
        assert post(client, "receipts/", self.body, "k2").status_code == 409

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"amount": "-1.00"}, 422),
            ({"amount": "1.001"}, 422),
            ({"amount": "much"}, 400),
            ({"currency": "XXX"}, 400),
            ({"customer": "C999"}, 422),
            ({"company": "NOBODY"}, 422),
            ({"value_date": "2026-13-01"}, 400),
            ({"value_date": "2027-01-01"}, 422),
            ({"number": ""}, 400),
        ],
    )
    def test_a_wrong_one_is_refused_and_nothing_stored(self, visit, buyer, change, status):
        answer = post(visit("finance"), "receipts/", self.body | change)
        assert answer.status_code == status
        assert answer.json()["errors"]
        assert Receipt.objects.count() == 0

    def test_an_unknown_payer_is_parked(self, visit, buyer):
        body = {k: v for k, v in self.body.items() if k != "customer"}
        assert post(visit("finance"), "receipts/", body).json()["state"] == "UNIDENTIFIED"

    def test_applies_the_parts_given_or_asks(self, visit, buyer):
        money = books.receipt(buyer, "R-1", "100.00", day=TODAY, remittance="no word")
        client = visit("finance")
        url = f"receipts/{money.pk}/apply/"
        bad = {"parts": [{"invoice": "INV-9", "amount": "1.00"}]}
        assert post(client, url, bad).status_code == 422
        over = {"parts": [{"invoice": "INV-2", "amount": "51.00"}]}
        assert post(client, url, over).status_code == 409
        good = {"parts": [{"invoice": "INV-2", "amount": "50.00"}]}
        assert post(client, url, good).json()["receipt"]["unapplied_amount"] == "50.000"
        answer = post(client, url, {}).json()
        assert answer["confidence"] == "MANUAL"
        assert answer["rule"] == "M8_ON_ACCOUNT"

    def test_nothing_is_booked_on_a_day_to_come(self, visit, buyer):
        tomorrow = (TODAY + timedelta(days=1)).isoformat()
        client = visit("finance")
        made = client.post(f"{API}receipts/", self.body, content_type="application/json").json()
        url = f"{API}receipts/{made['id']}/apply/"
        answer = client.post(url, {"as_of": tomorrow}, content_type="application/json")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "as_of")
        assert not Application.objects.exists()

    def test_an_application_is_undone_once(self, visit, buyer):
        money = books.receipt(buyer, "R-1", "100.00", day=TODAY)
        apply_receipt(receipt=money, as_of=TODAY)
        url = f"applications/{Application.objects.get().pk}/reverse/"
        client = visit("finance")
        assert post(client, url, {}).status_code == 400
        answer = post(client, url, {"reason": "wrong"})
        assert (answer.status_code, answer.json()["amount"]) == (201, "-100.000")
        assert post(client, url, {"reason": "wrong"}).status_code == 409

    @pytest.mark.parametrize("role", ["collector", "manager", "auditor"])
    def test_is_refused_to_who_may_only_look(self, visit, buyer, role):
        money = books.receipt(buyer, "R-1", "100.00", day=TODAY)
        client = visit(role)
        assert post(client, "receipts/", self.body).status_code == 403
        assert post(client, f"receipts/{money.pk}/apply/", {}).status_code == 403
        assert (Receipt.objects.count(), Application.objects.count()) == (1, 0)
