"""Statements over the API: stored by the same service as on the page, once for one key."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from common.clock import business_today
from customers.models import Customer
from scoring.models import Statement
from tests.cast import People, make_customer
from tests.scoring.samples import fixture_lines

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]
URL = "/api/v1/statements/"
TODAY = business_today()
PERIOD = f"{TODAY.year - 1}-12-31"


@pytest.fixture(autouse=True)
def customer(people: People) -> Customer:
    return make_customer("C001")


def body(**changes: Any) -> dict[str, Any]:
    lines = {name: str(amount) for name, amount in fixture_lines("huaxin_2024").items()}
    given = {
        "customer": "C001",
        "period_end": PERIOD,
        "unit": 10_000,
        "complete": True,
        "lines": lines,
    }
    return given | changes


def post(client: Client, data: dict[str, Any], key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(URL, data, content_type="application/json", headers=headers)


class TestCreate:
    def test_stores_a_statement(self, visit: Visit) -> None:
        answer = post(visit("analyst"), body())
        assert answer.status_code == 201
        given = answer.json()
        assert (given["outcome"], given["version"], given["doubtful"]) == ("CREATED", 1, False)
        assert given["received_on"] == TODAY.isoformat()
        lines = dict(Statement.objects.get().lines.values_list("item", "amount"))
        assert lines == fixture_lines("huaxin_2024")

    def test_the_same_figures_again_change_nothing(self, visit: Visit) -> None:
        client = visit("analyst")
        post(client, body())
        again = post(client, body())
        assert (again.status_code, again.json()["outcome"]) == (200, "UNCHANGED")
        newer = post(client, body(opinion="QUALIFIED", reason="Audited."))
        assert (newer.status_code, newer.json()["version"]) == (201, 2)
        stale = post(client, body(opinion="ADVERSE", expected_version=1))
        assert (stale.status_code, stale.json()["code"]) == (409, "STATEMENT_CHANGED")

    def test_one_key_has_one_effect(self, visit: Visit) -> None:
        client = visit("analyst")
        first, second = post(client, body(), "k1"), post(client, body(), "k1")
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert Statement.objects.count() == 1
        assert post(client, body(opinion="ADVERSE"), "k1").status_code == 422

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"lines": {}}, 400), ({"lines": {"moonlight": "1"}}, 400),
            ({"lines": {"revenue": "x"}}, 400), ({"lines": {"revenue": "NaN"}}, 400),
            ({"lines": {"working_capital": "1"}}, 422), ({"months": 0}, 400),
            ({"unit": 7}, 400), ({"gaap": "MOON"}, 400), ({"currency": "XXX"}, 422),
            ({"period_end": "2999-12-31"}, 422), ({"opening": {"revenue": "1"}}, 422),
            ({"customer": "C999"}, 404),
        ],
    )  # fmt: skip
    def test_bad_input_stores_nothing(
        self, visit: Visit, changes: dict[str, Any], status: int
    ) -> None:
        assert post(visit("analyst"), body(**changes)).status_code == status
        assert not Statement.objects.exists()

    @pytest.mark.parametrize("role", ["sales", "finance", "auditor", "executive"])
    def test_only_credit_people_store(self, visit: Visit, role: str) -> None:
        assert post(visit(role), body()).status_code == 403
        assert not Statement.objects.exists()

    def test_out_of_scope_is_absent(self, visit: Visit, people: People) -> None:
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        assert post(visit("analyst"), body()).status_code == 404
