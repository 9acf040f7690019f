"""The API of credit: exact shapes, idempotence, refusals, scope."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from common.clock import business_today
from credit_control.models import CreditLimit, LimitRequest, OrderCheck, Reservation
from tests import cast
from tests.credit_control.books import ask, make_buyer, owe, rate
from tests.credit_control.test_pages import own_buyer, sent

Visit = Callable[[str], Client]
ROOT = "/api/v1"


@pytest.fixture(autouse=True)
def _lives_today(people: cast.People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cast, "TODAY", business_today())


def post(client: Client, path: str, body: dict[str, Any], key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{ROOT}/{path}", body, content_type="application/json", headers=headers)


def order(**changes: Any) -> dict[str, Any]:
    return {
        "customer": "C001",
        "order_no": "SO-1",
        "version": 1,
        "amount": "60000.01",
        "currency": "CNY",
        "ship_date": (business_today() + timedelta(days=3)).isoformat(),
        "payment_term": "NET30",
        "reserve": True,
    } | changes


class TestOrderChecks:
    def test_answers_in_the_agreed_shape(self, people: cast.People, visit: Visit) -> None:
        owe(own_buyer(people).customer, "40000")
        answer = post(visit("sales"), "order-checks/", order())
        assert answer.status_code == 201
        body = answer.json()
        assert body["decision"] == "BLOCKED"
        assert body["reservation"] is None
        assert body["shortfall"] == "0.010"
        assert set(body["exposure"]) >= {"gross", "net", "components"}
        assert body["exposure"]["gross"] == "40000.00"
        assert set(body["limit"]) >= {"total", "unsecured", "headroom"}
        assert body["limit"]["headroom"] == "60000.00"
        rule = next(r for r in body["rules"] if r["code"] == "R03")
        assert rule == {
            "code": "R03",
            "result": "BLOCK",
            "value": "100000.01",
            "threshold": "100000.00",
            "text": "¥100,000.01 with this order, ¥0.01 above ¥100,000.",
        }
        way = next(r for r in body["remedies"] if r["kind"] == "REDUCE_ORDER")
        assert (way["amount"], way["text"]) == ("60000.00", "The order is reduced to ¥60,000.")

    @pytest.mark.parametrize("key", ["", "k-1"])
    def test_a_repeat_gets_the_same_answer_and_reserves_once(
        self, people: cast.People, visit: Visit, key: str
    ) -> None:
        own_buyer(people)
        client = visit("sales")
        first = post(client, "order-checks/", order(amount="100"), key)
        again = post(client, "order-checks/", order(amount="100"), key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert first.json()["reservation"]["amount"] == "100.000"
        assert Reservation.objects.count() == OrderCheck.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(
        self, people: cast.People, visit: Visit
    ) -> None:
        own_buyer(people)
        client = visit("sales")
        post(client, "order-checks/", order(amount="100"), "k-1")
        answer = post(client, "order-checks/", order(amount="101"), "k-1")
        assert answer.status_code == 422
        assert answer.json()["code"] == "IDEMPOTENCY_KEY_REUSED"
        assert OrderCheck.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "status", "field"),
        [
            ({"amount": "abc"}, 400, "amount"),
            ({"amount": "NaN"}, 400, "amount"),
            ({"amount": "9" * 100}, 400, "amount"),
            ({"amount": "0"}, 422, "amount"),
            ({"amount": "1.005"}, 422, "amount"),
            ({"ship_date": "2020-01-01"}, 422, "ship_date"),
            ({"ship_date": "31.12.2026"}, 400, "ship_date"),
            ({"payment_term": "NOPE"}, 422, "payment_term"),
            ({"version": 0}, 400, "version"),
            ({"version": 10**30}, 400, "version"),
        ],
    )
    def test_bad_values_are_named(
        self, people: cast.People, visit: Visit, change: dict[str, Any], status: int, field: str
    ) -> None:
        own_buyer(people)
        answer = post(visit("sales"), "order-checks/", order(**change))
        assert answer.status_code == status
        assert answer.json()["errors"][0]["field"] == field
        assert not OrderCheck.objects.exists()

    def test_scope_and_roles(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        assert post(visit("outsider"), "order-checks/", order()).status_code == 404
        assert post(visit("finance"), "order-checks/", order()).status_code == 403
        assert post(Client(), "order-checks/", order()).status_code in (401, 403)
        assert not OrderCheck.objects.exists()
        check = ask(account, "1", as_of=business_today(), ship_date=business_today())
        path = f"{ROOT}/order-checks/{check.pk}/"
        assert visit("sales").get(path).status_code == 200
        assert visit("outsider").get(path).status_code == 404
        assert visit("outsider").get(f"{ROOT}/order-checks/").json()["count"] == 0

    def test_texts_follow_the_callers_language(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        answer = visit("sales").post(
            f"{ROOT}/order-checks/",
            order(),
            content_type="application/json",
            headers={"Accept-Language": "zh-hans"},
        )
        assert answer.status_code == 201


class TestRequests:
    def body(self, **changes: Any) -> dict[str, Any]:
        today = business_today()
        return {
            "customer": "C001",
            "requested_limit": "150000",
            "valid_from": today.isoformat(),
            "review_by": (today + timedelta(days=90)).isoformat(),
            "payment_term": "NET30",
            "reason": "Two new production lines confirmed.",
        } | changes

    def test_from_request_to_limit(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        made = post(visit("sales"), "limit-requests/", self.body(), "k")
        assert made.status_code == 201
        body = made.json()
        assert (body["state"], body["requested_limit"]) == ("IN_APPROVAL", "150000.000")
        assert body["route"][0]["role"] == "CREDIT_MANAGER"
        assert all(check["text"] for check in body["checks"])
        path = f"limit-requests/{body['id']}/decide/"
        for role in ("sales", "analyst", "admin"):
            refused = post(visit(role), path, {"action": "approve", "version": 1})
            assert refused.status_code == 403
        stale = post(visit("manager"), path, {"action": "approve", "version": 9})
        assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
        done = post(visit("manager"), path, {"action": "approve", "version": 1})
        assert (done.status_code, done.json()["state"]) == (200, "ACTIVATED")
        again = post(visit("manager"), path, {"action": "approve", "version": 2})
        assert (again.status_code, again.json()["code"]) == (409, "TRANSITION_NOT_ALLOWED")
        limits = visit("sales").get(f"{ROOT}/limits/", {"customer": "C001", "state": "ACTIVE"})
        assert {row["kind"]: row["amount"] for row in limits.json()["results"]} == {
            "TOTAL": "150000.000",
            "UNSECURED": "150000.000",
        }
        approvals = visit("auditor").get(f"{ROOT}/approvals/").json()["results"]
        assert [(a["maker"], a["checker"]) for a in approvals] == [("sales", "manager")]

    def test_the_manager_may_not_ask(self, people: cast.People, visit: Visit) -> None:
        own_buyer(people)
        assert post(visit("manager"), "limit-requests/", self.body()).status_code == 403
        assert not LimitRequest.objects.exists()

    def test_figures_of_the_statements_are_not_told_to_sales(
        self, people: cast.People, visit: Visit
    ) -> None:
        account = own_buyer(people)
        rate(account.customer, "2", as_of=business_today(), limit="300000")
        path = f"{ROOT}/limit-requests/{sent(account, people.sales).pk}/"
        seen = {r: visit(r).get(path).json()["facts"]["suggestion"] for r in ("sales", "analyst")}
        assert set(seen["sales"]) == {"value", "status", "need", "turnover"}
        assert seen["analyst"]["working_assets"] == "1200000"
        assert seen["sales"]["value"] == seen["analyst"]["value"]

    @pytest.mark.parametrize("deed", ["decide", "withdraw"])
    def test_a_request_that_no_number_names_is_absent(self, visit: Visit, deed: str) -> None:
        body = {"action": "approve", "version": 1}
        role = "manager" if deed == "decide" else "sales"
        for number in ("x", "²", "9" * 5000):
            assert post(visit(role), f"limit-requests/{number}/{deed}/", body).status_code == 404

    def test_withdraw(self, people: cast.People, visit: Visit) -> None:
        found = sent(own_buyer(people), people.sales)
        path = f"limit-requests/{found.pk}/withdraw/"
        assert post(visit("outsider"), path, {}).status_code == 404
        assert post(visit("sales"), path, {"version": "x"}).status_code == 422
        assert post(visit("sales"), path, {}).json()["state"] == "WITHDRAWN"


class TestOthers:
    def test_exposure(self, people: cast.People, visit: Visit) -> None:
        owe(own_buyer(people).customer, "40000")
        body = visit("sales").get(f"{ROOT}/customers/C001/exposure/").json()
        assert body["exposure"]["gross"] == "40000.00"
        assert body["limit"]["headroom"] == "60000.00"
        assert visit("outsider").get(f"{ROOT}/customers/C001/exposure/").status_code == 404
        assert visit("admin").get(f"{ROOT}/customers/C001/exposure/").status_code == 403

    def test_accounts_and_reduce(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        make_buyer("C002")
        rows = visit("sales").get(f"{ROOT}/accounts/").json()
        assert [row["customer"] for row in rows["results"]] == ["C001"]
        path = f"accounts/{account.pk}/reduce/"
        body = {"amount": "60000", "reason": "Late payer."}
        assert post(visit("sales"), path, body).status_code == 403
        assert post(visit("manager"), path, body).status_code == 201
        total = CreditLimit.objects.get(account=account, kind="TOTAL", state="ACTIVE")
        assert total.amount == Decimal(60000)

    def test_a_reservation_is_given_back(self, people: cast.People, visit: Visit) -> None:
        account = own_buyer(people)
        held = ask(account, "9", as_of=business_today(), ship_date=business_today()).reservation
        path = f"reservations/{held.pk}/release/"
        assert post(visit("outsider"), path, {}).status_code == 404
        assert post(visit("collector"), path, {}).status_code == 403
        assert post(visit("sales"), path, {}).json()["state"] == "RELEASED"
        assert post(visit("sales"), path, {}).status_code == 409
