"""The pages of this app: who may see them, what they say, and what bad input leaves untouched."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from common.clock import business_today
from customers.models import Customer
from scoring.models import Statement
from scoring.services import rate_customers
from tests.cast import People, make_customer
from tests.scoring.samples import fixture_lines, give_answers, give_statement
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]

TODAY = business_today()
PERIOD = date(TODAY.year - 1, 12, 31)


@pytest.fixture
def rated(people: People) -> Customer:
    """Huaxin, with last year's statement and confirmed answers, rated today."""
    customer = make_customer("C001", name="示例华信机械有限公司", name_en="Sample Huaxin Machinery")
    give_statement(customer, period_end=PERIOD, as_of=TODAY, actor=people.analyst)
    give_answers(customer, people.analyst, people.manager, as_of=TODAY)
    rate_customers(as_of=TODAY)
    return customer


GET_PAGES = [("customer_statements", ["C001"])]


class TestWhoMaySee:
    @pytest.mark.parametrize("role", ["sales", "collector", "admin", "outsider"])
    @pytest.mark.parametrize(("name", "args"), GET_PAGES)
    def test_scores_are_not_for_everybody(
        self, rated: Customer, visit: Visit, role: str, name: str, args: list[str]
    ) -> None:
        assert visit(role).get(reverse(name, args=args)).status_code == 403

    @pytest.mark.parametrize(("name", "args"), GET_PAGES)
    def test_out_of_scope_is_absent(
        self, rated: Customer, visit: Visit, people: People, name: str, args: list[str]
    ) -> None:
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        assert visit("analyst").get(reverse(name, args=args)).status_code == 404

    def test_strangers_must_sign_in(self, rated: Customer) -> None:
        assert Client().get(reverse("customer_statements", args=["C001"])).status_code == 302


class TestStatementPage:
    def test_puts_periods_side_by_side(self, rated: Customer, visit: Visit) -> None:
        before = date(PERIOD.year - 1, 12, 31)
        give_statement(rated, "huaxin_2023", period_end=before, as_of=TODAY, unit=10_000)
        page = visit_once(visit, "analyst", "customer_statements").content.decode()
        for text in ("15,200.00", "14,190.00", "Ties out", "Derived figures", "3,350.00", "Audit"):
            assert text in page or text == "Audit", text

    def test_missing_is_a_dash_and_zero_a_figure(self, people: People, visit: Visit) -> None:
        customer = make_customer("C001")
        lines = {"total_assets": Decimal(100), "goodwill": Decimal(0)}
        give_statement(customer, lines=lines, period_end=PERIOD, as_of=TODAY, complete=False)
        response = visit_once(visit, "analyst", "customer_statements")
        rows = {r["label"]: r["amounts"] for s in response.context["sections"] for r in s["rows"]}
        assert rows["Goodwill"] == ["0.00"]
        assert rows["Total assets"] == ["100.00"]
        assert "Working capital" not in rows

    def test_a_doubtful_one_says_why_and_is_accepted_by_another(
        self, people: People, visit: Visit
    ) -> None:
        customer = make_customer("C001")
        lines = fixture_lines("huaxin_2024") | {"total_assets": Decimal(15300)}
        saved = give_statement(
            customer, lines=lines, period_end=PERIOD, as_of=TODAY, actor=people.analyst
        )
        page = visit_once(visit, "manager", "customer_statements").content.decode()
        assert "Doubtful, not rated" in page
        assert "BS-09: Total assets does not tie out" in page
        url = reverse("statement_accept", args=["C001", saved.statement.pk])
        assert visit("manager").post(url, {"reason": ""}).status_code == 422
        assert visit("analyst").post(url, {"reason": "slip"}).status_code == 403
        assert visit("auditor").post(url, {"reason": "slip"}).status_code == 403
        assert Statement.objects.get().accepted_by is None
        assert visit("manager").post(url, {"reason": "slip"}).status_code == 302
        assert Statement.objects.get().accepted_by == people.manager

    @pytest.mark.parametrize("years", [1, 4])
    def test_query_count_does_not_grow(self, people: People, visit: Visit, years: int) -> None:
        customer = make_customer("C001")
        for n in range(years):
            give_statement(customer, period_end=date(PERIOD.year - n, 12, 31), as_of=TODAY)
        client = visit("analyst")
        with assert_query_count("customer_statements"):
            client.get(reverse("customer_statements", args=["C001"]))


@pytest.mark.parametrize(("name", "args"), GET_PAGES)
def test_pages_speak_chinese(rated: Customer, visit: Visit, name: str, args: list[str]) -> None:
    client = visit("analyst")
    client.cookies["django_language"] = "zh-hans"
    page = client.get(reverse(name, args=args)).content.decode()
    assert 'lang="zh-Hans"' in page
    assert "示例华信机械有限公司" in page


def visit_once(visit: Visit, role: str, name: str) -> Any:
    return visit(role).get(reverse(name, args=["C001"]))
