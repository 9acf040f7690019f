"""The overview: exact figures on a small book, scope, refusals, few statements, both faces."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from common.models import Job, Rate
from credit_control.models import CreditAccount, CreditLimit, LimitRequest
from customers.models import Customer
from dashboards.kpis import Overview, get_overview
from dashboards.models import ExposureSnapshot
from dashboards.overview_attention import list_attention
from dashboards.overview_snapshots import snapshot_exposure
from receivables.models import Order
from receivables.services import apply_amounts, snapshot_aging
from tests.cast import TODAY, People, make_customer, our_company
from tests.receivables.books import invoice, line, receipt
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
NOW = timezone.make_aware(datetime(2026, 11, 24, 10))


def write_book(people: People, count: int = 3, start: int = 1) -> list[Customer]:
    """Each customer: 1,000 paid, 2,000 overdue since a month, 500 due this week, 700 later."""
    made = []
    for n in range(start, start + count):
        customer = make_customer(
            f"C{n:03d}", sales_owner=people.sales if n % 2 else people.outsider
        )
        made.append(customer)
        invoice(customer, f"OLD-{n}", "1000", day=date(2026, 1, 5), due=date(2026, 2, 4))
        money = receipt(customer, f"R-{n}", "1000", day=date(2026, 2, 10))
        apply_amounts(
            receipt=money,
            parts=[(line(f"OLD-{n}").pk, Decimal(1000))],
            applied_on=date(2026, 2, 10),
        )
        invoice(customer, f"LATE-{n}", "2000", day=date(2026, 9, 10), due=date(2026, 10, 20))
        invoice(customer, f"WEEK-{n}", "500", day=date(2026, 10, 26), due=date(2026, 11, 26))
        invoice(customer, f"NEXT-{n}", "700", day=date(2026, 11, 20), due=date(2026, 12, 20))
        account = CreditAccount.objects.create(customer=customer, company=our_company())
        CreditLimit.objects.create(
            account=account,
            amount=Decimal(8000),
            valid_from=date(2026, 1, 1),
            valid_to=TODAY + timedelta(days=9),
            state=CreditLimit.State.ACTIVE,
        )
    return made


def value_of(picture: Overview, code: str) -> Decimal | None:
    return picture.get(code).value


class TestGetOverview:
    def test_says_what_the_book_says(self, people: People) -> None:
        write_book(people)
        snapshot_exposure(as_of=TODAY)
        picture = get_overview(user=people.manager, as_of=TODAY, period="ytd")
        assert picture.currency == "CNY"
        assert value_of(picture, "AR") == 9600  # 3 × (2,000 + 500 + 700)
        assert value_of(picture, "OVERDUE") == 6000
        # sales since New Year 3 × 4,200; the history starts on 5 January: 324 days
        assert value_of(picture, "DSO") == Decimal("246.86")
        assert value_of(picture, "LIMIT_USE") == Decimal("40.00")
        # (0 + 12,600 − 9,600) ÷ (0 + 12,600 − 3,600)
        assert value_of(picture, "CEI") == Decimal("33.33")
        assert value_of(picture, "EXPECTED_CASH") == 1500
        assert picture.best_dso[-1] == (TODAY, Decimal("92.57"))
        assert [row.overdue for row in picture.aging.rows] == [2000, 2000, 2000]

    def test_terms_of_a_formula_give_its_figure(self, people: People) -> None:
        write_book(people)
        kpi = get_overview(user=None, as_of=TODAY, period="ytd").get("DSO")
        terms = {term.name: term.value for term in kpi.terms}
        assert terms["AR"] == 9600
        assert terms["SALES"] == 12600
        assert terms["DAYS"] == 324
        assert kpi.value == (Decimal(9600) / 12600 * 324).quantize(Decimal("0.01"))

    def test_compares_with_the_start_of_the_period(self, people: People) -> None:
        write_book(people)
        kpis = get_overview(user=None, as_of=TODAY, period="month")
        # on 24 October: 2,000 each, all of it four days late
        assert kpis.get("AR").change == Decimal("60.00")
        assert kpis.get("OVERDUE").change == Decimal("0.00")

    def test_keeps_month_ends_as_the_nights_saw_them(self, people: People) -> None:
        write_book(people, 1)
        for day in (date(2026, 1, 31), date(2026, 10, 31)):
            snapshot_aging(as_of=day, company=our_company())
        months = get_overview(user=None, as_of=TODAY).months
        assert [(m.as_of, m.total, m.overdue) for m in months] == [
            (date(2026, 1, 31), Decimal(1000), Decimal(0)),
            (date(2026, 10, 31), Decimal(2500), Decimal(2000)),
        ]

    def test_shows_each_reader_his_own_customers(self, people: People) -> None:
        write_book(people)
        snapshot_exposure(as_of=TODAY)
        own = get_overview(user=people.sales, as_of=TODAY)
        assert value_of(own, "AR") == 6400  # customers 1 and 3 of 3
        assert value_of(own, "EXPECTED_CASH") == 1000
        assert value_of(own, "LIMIT_USE") == Decimal("40.00")
        assert sum(grade.customers for grade in own.grades) == 2
        nobody = get_overview(user=make_user_without_customers(people), as_of=TODAY)
        assert value_of(nobody, "AR") == 0
        assert value_of(nobody, "DSO") is None
        assert nobody.grades == ()

    def test_converts_at_the_rates_of_each_day(self, people: People) -> None:
        customer = make_customer()
        invoice(customer, "US", "100", day=date(2026, 9, 1), due=date(2026, 12, 1), currency="USD")
        invoice(customer, "CN", "300", day=date(2026, 11, 2), due=date(2026, 12, 2))
        untold = get_overview(user=None, as_of=TODAY, period="month")
        assert untold.aging.unconverted == {"USD": Decimal(100)}
        assert (untold.get("AR").value, untold.get("AR").change) == (300, None)
        for day, value in ((date(2026, 8, 1), "7"), (date(2026, 11, 20), "8")):
            Rate.objects.create(kind="fx", code="USD", valid_from=day, value=Decimal(value))
        told = get_overview(user=None, as_of=TODAY, period="month")
        # 300 + 100 × 8 now; 100 × 7 a month ago, when nothing else was open
        assert told.currency == "CNY"
        assert told.get("AR").value == 1100
        assert told.get("AR").change == Decimal("57.14")

    def test_has_no_figure_where_nothing_divides(self, people: People) -> None:
        make_customer()
        picture = get_overview(user=None, as_of=TODAY)
        assert [kpi.value for kpi in picture.kpis] == [0, 0, None, None, None, 0]

    def test_runs_as_many_statements_for_thirty_customers_as_for_three(
        self, people: People
    ) -> None:
        write_book(people)
        snapshot_exposure(as_of=TODAY)
        with assert_query_count("overview"):
            get_overview(user=people.manager, as_of=TODAY)
        write_book(people, 27, start=4)
        with assert_query_count("overview"):
            get_overview(user=people.manager, as_of=TODAY)


def make_user_without_customers(people: People) -> Any:
    user = people.analyst
    user.data_scope = "OWN"
    user.save(update_fields=["data_scope"])
    return user


class TestSnapshotExposure:
    def test_stores_a_day_once(self, people: People) -> None:
        write_book(people)
        assert snapshot_exposure(as_of=TODAY) == 3
        before = list(
            ExposureSnapshot.objects.values_list("customer__code", "gross", "limit_total")
        )
        assert before[0] == ("C001", Decimal(3200), Decimal(8000))
        CreditLimit.objects.update(amount=Decimal(1))
        assert snapshot_exposure(as_of=TODAY) == 0
        after = list(ExposureSnapshot.objects.values_list("customer__code", "gross", "limit_total"))
        assert after == before


class TestListAttention:
    def test_is_empty_on_a_calm_day(self, people: People) -> None:
        assert list_attention(user=people.manager, as_of=TODAY, now=NOW, currency="CNY") == []

    def test_names_what_waits_with_its_sum(self, people: People) -> None:
        first, second, _third = write_book(people)
        account = CreditAccount.objects.get(customer=first)
        LimitRequest.objects.create(
            account=account,
            requested_limit=Decimal(30_000),
            valid_from=TODAY,
            review_by=TODAY + timedelta(days=300),
            reason="growing",
            state=LimitRequest.State.IN_APPROVAL,
            requested_by=people.sales,
            decide_by=NOW - timedelta(days=2, hours=1),
        )
        Order.objects.create(
            order_no="SO1",
            company=our_company(),
            customer=second,
            order_date=TODAY,
            ship_date=TODAY,
            currency="CNY",
            credit_status=Order.CreditStatus.BLOCKED,
            open_value=Decimal(1500),
        )
        Job.objects.create(kind="x", key="x", state=Job.State.PARKED)
        found = list_attention(user=people.manager, as_of=TODAY, now=NOW, currency="CNY")
        assert [(item.text, item.note) for item in found] == [
            ("1 approval past its time", "oldest 2 days late · ¥30.0K requested"),
            ("3 limits end within 14 days", "¥24.0K of limits"),
            ("1 order on credit hold", "¥1.5K"),
            ("1 job failed", "Somebody must look at it and start it again"),
        ]
        own = list_attention(user=people.sales, as_of=TODAY, now=NOW, currency="CNY")
        assert "1 order on credit hold" not in [item.text for item in own]


class TestOverviewPage:
    @pytest.mark.parametrize("role", ["manager", "executive", "auditor", "finance", "analyst"])
    def test_opens_for_who_may_look(self, visit: Callable[[str], Client], role: str) -> None:
        assert visit(role).get("/overview/").status_code == 200

    @pytest.mark.parametrize("role", ["sales", "collector", "admin"])
    def test_refuses_the_others(self, visit: Callable[[str], Client], role: str) -> None:
        assert visit(role).get("/overview/").status_code == 403

    def test_asks_to_sign_in(self, client: Client, people: People) -> None:
        answer = client.get("/overview/")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")

    def test_shows_three_steps_while_the_house_is_empty(
        self, visit: Callable[[str], Client]
    ) -> None:
        page = visit("manager").get("/overview/").content.decode()
        assert "Three steps to the first figures" in page
        assert "chart-aging" not in page

    def test_every_figure_leads_to_its_list_and_opens_its_formula(
        self, visit: Callable[[str], Client], people: People
    ) -> None:
        write_book(people)
        page = visit("manager").get("/overview/").content.decode()
        links = re.findall(r'<a class="kpi" href="([^"]+)"', page)
        assert len(links) == 6
        opened = re.findall(r'popovertarget="([^"]+)"', page)
        made = [name for name in opened if name.startswith("kpi-")]
        assert len(made) == 6
        assert all(f'id="{name}"' in page for name in made)
        client = visit("manager")
        for link in links:
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link

    def test_has_a_table_behind_each_chart(
        self, visit: Callable[[str], Client], people: People
    ) -> None:
        write_book(people)
        client = visit("manager")
        charts = client.get("/overview/?period=ytd").content.decode()
        data = json.loads(
            re.search(r'<script id="chart-top-data"[^>]*>(.*?)</script>', charts, re.S).group(1)  # type: ignore[union-attr]
        )
        assert data["series"][0]["values"] == [0.0, 0.0, 0.0]  # 2,000 in millions
        tables = client.get("/overview/?period=ytd&as=table").content.decode()
        assert "data-chart" not in tables
        assert tables.count("<table") == 4  # no night yet: nothing by rating
        assert "2,000" in tables

    @pytest.mark.parametrize("query", ["?period=week", "?period=<script>", "?period=0"])
    def test_refuses_an_unknown_period(
        self, visit: Callable[[str], Client], people: People, query: str
    ) -> None:
        write_book(people, 1)
        assert visit("manager").get(f"/overview/{query}").status_code == 422

    def test_speaks_chinese(self, visit: Callable[[str], Client], people: People) -> None:
        write_book(people, 1)
        client = visit("manager")
        client.cookies["django_language"] = "zh-hans"
        page = client.get("/overview/?as=table").content.decode()
        assert 'lang="zh-Hans"' in page
        assert "示例C001有限公司" in page


class TestKpiApi:
    def test_has_its_shape(self, visit: Callable[[str], Client], people: People) -> None:
        write_book(people)
        body = visit("manager").get("/api/v1/kpis/?as_of=2026-11-24&period=ytd").json()
        assert {k: body[k] for k in ("as_of", "period", "start", "currency")} == {
            "as_of": "2026-11-24",
            "period": "ytd",
            "start": "2025-12-31",
            "currency": "CNY",
        }
        codes = ["AR", "OVERDUE", "DSO", "LIMIT_USE", "CEI", "EXPECTED_CASH"]
        assert [kpi["code"] for kpi in body["kpis"]] == codes
        ar = body["kpis"][0]
        assert Decimal(ar["value"]) == 9600
        assert ar["unit"] == "MONEY"
        assert [term["name"] for term in ar["terms"]] == ["OPEN_ITEMS", "ON_ACCOUNT", "BEFORE"]
        assert ar["series"][-1]["as_of"] == "2026-11-24"
        assert body["kpis"][3]["value"] is None  # no night has looked at limits yet

    @pytest.mark.parametrize(
        "query", ["as_of=2026-02-30", "as_of=x", "as_of=0001-01-01", "period=week"]
    )
    def test_names_a_wrong_value(self, visit: Callable[[str], Client], query: str) -> None:
        answer = visit("manager").get(f"/api/v1/kpis/?{query}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == query.split("=")[0]

    def test_refuses_who_may_not_look(self, visit: Callable[[str], Client]) -> None:
        assert visit("sales").get("/api/v1/kpis/").status_code == 403
