"""The API of this app."""

from collections.abc import Callable

import pytest
from django.test import Client

from customers.models import Customer
from scoring.models import Rating, Statement
from scoring.services import rate_customers
from tests.cast import People, make_customer
from tests.scoring.samples import AS_OF, give_answers, give_statement
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]


@pytest.fixture
def rated(people: People) -> Customer:
    customer = make_customer("C001")
    give_statement(customer, actor=people.analyst)
    give_answers(customer, people.analyst, people.manager)
    rate_customers(as_of=AS_OF)
    return customer


class TestRatings:
    def test_list_has_figures_as_text(self, rated: Customer, visit: Visit) -> None:
        body = visit("analyst").get("/api/v1/ratings/?customer=C001").json()
        assert body["count"] == 1
        (row,) = body["results"]
        assert {name: row[name] for name in ("customer", "as_of", "grade", "risk_class")} == {
            "customer": "C001", "as_of": "2025-06-30", "grade": "BBB+", "risk_class": "2",
        }  # fmt: skip
        assert (row["score"], row["z_value"], row["z_band"]) == ("68.6962", "3.9136", "SAFE")
        assert (row["suggested_limit"], row["limit_currency"]) == ("11000000.000", "CNY")

    def test_one_has_its_terms_and_reasons_in_words(self, rated: Customer, visit: Visit) -> None:
        rating = Rating.objects.get()
        body = visit("auditor").get(f"/api/v1/ratings/{rating.pk}/").json()
        terms = body["components"]["financial"]["z"]["terms"]
        assert [(t["name"], t["contribution"]) for t in terms] == [
            ("x1", "1.445789"), ("x2", "0.628408"), ("x3", "0.747158"), ("x4", "1.092282"),
        ]  # fmt: skip
        assert body["reasons"][0]["text"] == "No payment behaviour score yet: at most A."

    def test_reasons_follow_the_callers_language(self, rated: Customer, visit: Visit) -> None:
        rating = Rating.objects.get()
        answer = visit("auditor").get(
            f"/api/v1/ratings/{rating.pk}/", headers={"Accept-Language": "zh-hans"}
        )
        assert answer.status_code == 200

    def test_of_a_customer(self, rated: Customer, visit: Visit) -> None:
        body = visit("manager").get("/api/v1/customers/C001/ratings/").json()
        assert [row["grade"] for row in body["results"]] == ["BBB+"]

    @pytest.mark.parametrize("rows", [3, 30])
    def test_query_count_does_not_grow(self, people: People, visit: Visit, rows: int) -> None:
        for n in range(rows):
            give_statement(make_customer(f"Q{n:03}"))
        rate_customers(as_of=AS_OF)
        client = visit("analyst")
        with assert_query_count("api_ratings"):
            assert client.get("/api/v1/ratings/").json()["count"] == rows


class TestStatements:
    def test_one_has_its_lines(self, rated: Customer, visit: Visit) -> None:
        statement = Statement.objects.get()
        body = visit("analyst").get(f"/api/v1/statements/{statement.pk}/").json()
        assert (body["customer"], body["unit"], body["doubtful"]) == ("C001", 10000, False)
        lines = {line["item"]: line["amount"] for line in body["lines"]}
        assert lines["total_assets"] == "15200.000"
        assert visit("analyst").get("/api/v1/statements/").json()["count"] == 1


class TestRefusals:
    @pytest.mark.parametrize("role", ["sales", "collector", "admin"])
    @pytest.mark.parametrize("path", ["ratings/", "statements/", "customers/C001/ratings/"])
    def test_scores_are_not_for_everybody(
        self, rated: Customer, visit: Visit, role: str, path: str
    ) -> None:
        answer = visit(role).get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ALLOWED")

    def test_out_of_scope_is_absent(self, rated: Customer, visit: Visit, people: People) -> None:
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        client = visit("analyst")
        assert client.get("/api/v1/ratings/").json()["count"] == 0
        for path in (
            f"ratings/{Rating.objects.get().pk}/", f"statements/{Statement.objects.get().pk}/",
            "customers/C001/ratings/",
        ):  # fmt: skip
            assert client.get(f"/api/v1/{path}").status_code == 404

    def test_nothing_can_be_posted(self, rated: Customer, visit: Visit) -> None:
        assert visit("analyst").post("/api/v1/ratings/", {}).status_code in (403, 405)
        assert Rating.objects.count() == 1
