"""The API of collection: shapes, rights, scope, repeats."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from collection.models import DunningRun, PromiseToPay
from common.clock import business_today
from tests.cast import People, make_customer
from tests.collection.dues import owed, prepare

Visit = Callable[[str], Client]
API = "/api/v1"


@pytest.fixture
def run(people: People) -> DunningRun:
    today = business_today()
    owed(make_customer("C1", language="en"), "INV-1", "20000", today - timedelta(days=20))
    return prepare(today)


class TestDunningRuns:
    def test_lists_and_prepares(self, people: People, visit: Visit) -> None:
        owed(make_customer("C1"), "INV-1", "20000", business_today() - timedelta(days=20))
        client = visit("collector")
        for _try in range(2):
            answer = client.post(
                f"{API}/dunning-runs/", {"company": "HY"}, content_type="application/json"
            )
            assert answer.status_code == 201
        body = answer.json()
        assert {k: body[k] for k in ("company", "as_of", "state", "letters", "waiting")} == {
            "company": "HY", "as_of": business_today().isoformat(), "state": "PROPOSED",
            "letters": 1, "waiting": 1,
        }  # fmt: skip
        assert client.get(f"{API}/dunning-runs/").json()["count"] == 1

    def test_approves_once(self, run: DunningRun, visit: Visit) -> None:
        url = f"{API}/dunning-runs/{run.pk}/approve/"
        assert visit("collector").post(url, content_type="application/json").status_code == 403
        client = visit("manager")
        headers = {"Idempotency-Key": "once"}
        first = client.post(url, content_type="application/json", headers=headers)
        assert first.json() == {
            "letters": 1, "totals": {"CNY": "20000.000"}, "final_left": 0, "without_address": 0
        }  # fmt: skip
        again = client.post(url, content_type="application/json", headers=headers)
        assert again.json() == first.json()

    def test_refuses_bad_input_and_those_without_the_right(
        self, people: People, visit: Visit
    ) -> None:
        url = f"{API}/dunning-runs/"
        for body, status in (({}, 400), ({"company": "NO"}, 422),
                             ({"company": "HY", "as_of": "2999-01-01"}, 422)):  # fmt: skip
            answer = visit("manager").post(url, body, content_type="application/json")
            assert answer.status_code == status
        for role in ("sales", "finance", "admin"):
            answer = visit(role).post(url, {"company": "HY"}, content_type="application/json")
            assert answer.status_code == 403
        assert DunningRun.objects.count() == 0


class TestNotices:
    def test_shows_a_letter_with_its_items(self, run: DunningRun, visit: Visit) -> None:
        [notice] = visit("auditor").get(f"{API}/notices/").json()["results"]
        assert (notice["customer"], notice["level"], notice["total"]) == ("C1", 1, "20000.000")
        assert notice["items"] == [
            {
                "invoice": "INV-1", "line_no": 1, "days_past_due": 20, "level": 1,
                "due_date": (business_today() - timedelta(days=20)).isoformat(),
                "previous_level": 0, "raised": True, "open_amount": "20000.000",
                "currency": "CNY", "cancelled": False,
            }
        ]  # fmt: skip
        assert "pdf" not in notice

    def test_hides_what_is_out_of_scope(
        self, run: DunningRun, people: People, visit: Visit
    ) -> None:
        people.finance.data_scope = "OWN"
        people.finance.save()
        client = visit("finance")
        assert client.get(f"{API}/notices/").json()["count"] == 0
        assert client.get(f"{API}/notices/{run.notices.get().pk}/").status_code == 404
        assert visit("sales").get(f"{API}/notices/").status_code == 403


class TestPromises:
    def test_records_one(self, run: DunningRun, visit: Visit) -> None:
        body = {
            "customer": "C1", "due_lines": [{"invoice": "INV-1"}], "amount": "20000.00",
            "promise_date": (business_today() + timedelta(days=3)).isoformat(),
        }  # fmt: skip
        url = f"{API}/promises/"
        answer = visit("collector").post(url, body, content_type="application/json")
        assert answer.status_code == 201
        assert answer.json()["due_lines"] == [{"invoice": "INV-1", "line_no": 1}]
        assert PromiseToPay.objects.get().amount == Decimal(20000)
        again = visit("collector").post(url, body, content_type="application/json")
        assert (again.status_code, again.json()["code"]) == (409, "ALREADY_PROMISED")

    @pytest.mark.parametrize(
        ("fields", "status"),
        [({"customer": "NO"}, 404), ({"due_lines": []}, 400), ({"amount": "0"}, 422),
         ({"due_lines": [{"invoice": "NO"}]}, 422), ({"channel": "SMOKE"}, 400)],
    )  # fmt: skip
    def test_refuses_bad_input(
        self, run: DunningRun, visit: Visit, fields: dict[str, object], status: int
    ) -> None:
        body = {
            "customer": "C1", "due_lines": [{"invoice": "INV-1"}], "amount": "20000.00",
            "promise_date": business_today().isoformat(),
        }  # fmt: skip
        answer = visit("collector").post(
            f"{API}/promises/", body | fields, content_type="application/json"
        )
        assert answer.status_code == status
        assert PromiseToPay.objects.count() == 0

    def test_is_absent_out_of_scope(self, run: DunningRun, visit: Visit) -> None:
        body = {
            "customer": "C1", "due_lines": [{"invoice": "INV-1"}], "amount": "20000.00",
            "promise_date": business_today().isoformat(),
        }  # fmt: skip
        answer = visit("outsider").post(f"{API}/promises/", body, content_type="application/json")
        assert answer.status_code == 404
        assert PromiseToPay.objects.count() == 0
