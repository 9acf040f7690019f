"""Typing and analysing statements in the browser's terms: who may, what is said, what is left alone."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from common.clock import business_today
from customers.models import Customer
from scoring.domain.statements.items import ITEMS
from scoring.models import Statement, StatementLine
from tests.cast import People, make_customer
from tests.scoring.samples import fixture_lines, give_statement
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]
TODAY = business_today()
PERIOD = date(TODAY.year - 1, 12, 31)
BEFORE = date(TODAY.year - 2, 12, 31)


@pytest.fixture
def customer(people: People) -> Customer:
    return make_customer("C001", name="示例华信机械有限公司", name_en="Sample Huaxin Machinery")


def entry(*columns: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a browser sends: the header, and per period its values and cells."""
    data: dict[str, Any] = {
        "periods": len(columns), "layout": "FULL", "has_opening": "0", "step": "save",
        "gaap": "CAS", "consolidated": "no", "currency": "CNY", "unit": "10000",
        "complete": "on", "reason": "",
    }  # fmt: skip
    for n, column in enumerate(columns):
        values = {
            "period_end": date(PERIOD.year - n, 12, 31).isoformat(), "kind": "ANNUAL",
            "months": "12", "opinion": "UNQUALIFIED", "non_comparable": "",
        } | column  # fmt: skip
        data |= {f"p{n}-{name}": value for name, value in values.items()}
    return data | changes


def cells(name: str) -> dict[str, str]:
    return {item: f"{amount:,f}" for item, amount in fixture_lines(name).items()}


class TestWhoMay:
    @pytest.mark.parametrize(
        "role", ["sales", "collector", "finance", "executive", "auditor", "admin"]
    )
    def test_only_credit_people_type(self, customer: Customer, visit: Visit, role: str) -> None:
        url = reverse("statement_new", args=["C001"])
        assert visit(role).get(url).status_code == 403
        assert visit(role).post(url, entry(cells("huaxin_2024"))).status_code == 403
        assert not Statement.objects.exists()

    @pytest.mark.parametrize("role", ["sales", "collector"])
    @pytest.mark.parametrize("name", ["customer_financials", "customer_statements"])
    def test_figures_are_not_for_everybody(
        self, customer: Customer, visit: Visit, role: str, name: str
    ) -> None:
        assert visit(role).get(reverse(name, args=["C001"])).status_code == 403

    def test_out_of_scope_is_absent(self, customer: Customer, visit: Visit, people: People) -> None:
        saved = give_statement(customer, period_end=PERIOD, as_of=TODAY).statement
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        client = visit("analyst")
        for name, args in (
            ("statement_new", ["C001"]), ("statement_restate", ["C001", saved.pk]),
            ("statement_versions", ["C001", saved.pk]), ("customer_financials", ["C001"]),
        ):  # fmt: skip
            assert client.get(reverse(name, args=args)).status_code == 404, name
        for name in ("statement_new", "statement_check", "statement_paste"):
            assert client.post(reverse(name, args=["C001"]), entry({})).status_code == 404, name
        assert Statement.objects.count() == 1

    def test_another_customers_statement_is_absent(self, customer: Customer, visit: Visit) -> None:
        other = give_statement(make_customer("C002"), period_end=PERIOD, as_of=TODAY).statement
        for name in ("statement_restate", "statement_versions"):
            assert visit("analyst").get(reverse(name, args=["C001", other.pk])).status_code == 404


class TestNew:
    def url(self) -> str:
        return reverse("statement_new", args=["C001"])

    def test_shows_both_labels_and_plain_inputs(self, customer: Customer, visit: Visit) -> None:
        page = visit("analyst").get(self.url()).content.decode()
        assert page.count('class="cell"') == len(ITEMS)
        assert '<span lang="zh-hans">货币资金</span>' in page
        assert "Cash and bank" in page

    def test_saves_two_periods_at_once(self, customer: Customer, visit: Visit) -> None:
        answer = visit("analyst").post(
            self.url(), entry(cells("huaxin_2024"), cells("huaxin_2023"))
        )
        assert answer.status_code == 302
        newer, older = Statement.objects.order_by("-period_end")
        assert (newer.period_end, older.period_end) == (PERIOD, BEFORE)
        assert (newer.unit, newer.complete, newer.doubtful, newer.findings) == (
            10_000,
            True,
            False,
            [],
        )
        assert newer.received_on == TODAY
        assert dict(newer.lines.values_list("item", "amount")) == fixture_lines("huaxin_2024")

    def test_says_which_cell_cannot_be_read(self, customer: Customer, visit: Visit) -> None:
        page = visit("analyst").post(self.url(), entry({"revenue": "12a", "inventories": "5"}))
        text = page.content.decode()
        assert page.status_code == 422
        assert 'href="#id_p0-revenue"' in text
        assert "This is not a number." in text
        assert 'value="12a"' in text
        assert 'value="5"' in text
        assert not Statement.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"p0-period_end": "2999-12-31"}, "The period ends after"),
            ({"p0-months": "40"}, "Months"),
            ({"unit": "7"}, "Unit of all amounts"),
            ({"p0-opinion": "GREAT"}, "Audit opinion"),
            ({"received_on": "1999-01-01"}, "A statement arrives between"),
            ({"p0-revenue": ""}, "Give at least one line"),
            ({"periods": "999999999999"}, ""),
        ],
    )
    def test_refuses_bad_headers(
        self, customer: Customer, visit: Visit, changes: dict[str, str], said: str
    ) -> None:
        page = visit("analyst").post(self.url(), entry({"revenue": "5"}) | changes)
        if said:
            assert page.status_code == 422
            assert said in page.content.decode()
            assert not Statement.objects.exists()
        else:
            assert page.status_code == 302

    def test_a_period_that_stands_needs_a_reason(self, customer: Customer, visit: Visit) -> None:
        client = visit("analyst")
        client.post(self.url(), entry({"revenue": "5"}))
        page = client.post(self.url(), entry({"revenue": "6"}))
        assert page.status_code == 422
        assert "Version 1 of this period exists already" in page.content.decode()
        assert Statement.objects.count() == 1
        again = client.post(self.url(), entry({"revenue": "6"}, reason="Typing slip."))
        assert again.status_code == 302
        assert Statement.objects.get(version=2).supersedes.version == 1

    def test_a_doubtful_one_is_kept_and_said(self, customer: Customer, visit: Visit) -> None:
        answer = visit("analyst").post(
            self.url(), entry(cells("huaxin_2024") | {"total_assets": "9"}), follow=True
        )
        assert "Saved as doubtful" in answer.content.decode()
        assert Statement.objects.get().doubtful is True


class TestWithoutScript:
    def url(self) -> str:
        return reverse("statement_new", args=["C001"])

    def test_adds_a_period_and_keeps_what_was_typed(self, customer: Customer, visit: Visit) -> None:
        data = entry({"revenue": "1,234"}, step="add")
        page = visit("analyst").post(self.url(), data).content.decode()
        assert 'name="p1-revenue"' in page
        assert 'value="1,234"' in page
        assert f'value="{BEFORE.isoformat()}"' in page
        assert not Statement.objects.exists()

    def test_shows_opening_balances_on_demand(self, customer: Customer, visit: Visit) -> None:
        page = visit("analyst").post(self.url(), entry({}, step="opening")).content.decode()
        assert 'name="p0-o-inventories"' in page
        assert 'name="p0-o-revenue"' not in page

    def test_fills_from_a_pasted_block(self, customer: Customer, visit: Visit) -> None:
        paste = "项目\t期末余额\t年初余额\n货币资金\t1,860\t1,560\n胡说\t9"
        data = entry({}, step="fill", paste=paste)
        page = visit("analyst").post(self.url(), data).content.decode()
        assert 'id="id_p0-cash_and_bank" ' in " ".join(page.split())
        assert 'value="1,860"' in page
        assert 'value="1,560"' in page
        assert "2 cells filled. Not recognised: 胡说." in page

    def test_checks_on_demand(self, customer: Customer, visit: Visit) -> None:
        data = entry(cells("huaxin_2024") | {"total_assets": "15,300"}, step="check")
        page = visit("analyst").post(self.url(), data)
        assert page.status_code == 200
        assert "difference −100" in page.content.decode()


class TestLiveCheck:
    def ask(self, client: Client, **changes: Any) -> str:
        answer = client.post(
            reverse("statement_check", args=["C001"]), entry(cells("huaxin_2024") | changes)
        )
        assert answer.status_code == 200
        return answer.content.decode()

    def test_tells_what_holds_and_what_follows(self, customer: Customer, visit: Visit) -> None:
        text = self.ask(visit("analyst"))
        assert "<html" not in text
        assert "identities hold" in text
        assert "BS-09 Assets equal liabilities and equity: Total assets" in text
        assert "1.61" in text  # current ratio
        assert not Statement.objects.exists()

    def test_tells_difference_and_tolerance(self, customer: Customer, visit: Visit) -> None:
        text = self.ask(visit("analyst"), total_assets="15,210")
        assert "stated 15,210, computed 15,200, difference −10, tolerance 7.6" in text

    def test_offers_sums_and_marks_what_cannot_be_read(
        self, customer: Customer, visit: Visit
    ) -> None:
        text = self.ask(visit("analyst"), total_assets="", inventories="x")
        assert 'data-total="p0-total_assets" data-value="15,200"' in text
        assert 'data-wrong="p0-inventories"' in text

    def test_compares_with_the_stored_year_before(self, customer: Customer, visit: Visit) -> None:
        give_statement(customer, "huaxin_2023", period_end=BEFORE, as_of=TODAY)
        assert "YY-03" in self.ask(visit("analyst"))

    def test_survives_an_empty_post(self, customer: Customer, visit: Visit) -> None:
        url = reverse("statement_check", args=["C001"])
        assert visit("analyst").post(url, {}).status_code == 200
        assert visit("analyst").post(url + "?of=x", {"p0-months": "½"}).status_code == 200


class TestPaste:
    def ask(self, client: Client, text: str, **changes: Any) -> Any:
        data = {
            "periods": 2,
            "layout": "FULL",
            "has_opening": "0",
            "active": "p0-revenue",
        } | changes
        return client.post(reverse("statement_paste", args=["C001"]), data | {"paste": text})

    def test_matches_labels_in_both_languages(self, customer: Customer, visit: Visit) -> None:
        answer = self.ask(visit("analyst"), "营业收入\t5\t4\nNet profit\t(1)\t2").json()
        assert answer["cells"] == {
            "p0-revenue": "5", "p1-revenue": "4", "p0-net_profit": "(1)", "p1-net_profit": "2"
        }  # fmt: skip
        assert answer["said"] == "4 cells filled."

    def test_fills_from_the_active_cell(self, customer: Customer, visit: Visit) -> None:
        answer = self.ask(visit("analyst"), "5\n6", active="p1-revenue").json()
        assert answer["cells"] == {"p1-revenue": "5", "p1-cost_of_sales": "6"}

    def test_asks_for_columns_that_are_not_there(self, customer: Customer, visit: Visit) -> None:
        answer = self.ask(visit("analyst"), "项目\t期末余额\t年初余额\n存货\t5\t4").json()
        assert answer["needs_columns"] is True

    @pytest.mark.parametrize("text", ["x" * 300_000, "1\n" * 5_000])
    def test_refuses_too_much(self, customer: Customer, visit: Visit, text: str) -> None:
        assert self.ask(visit("analyst"), text).status_code == 422

    def test_markup_stays_text(self, customer: Customer, visit: Visit) -> None:
        answer = self.ask(visit("analyst"), "存货\t<script>alert(1)</script>")
        assert answer["Content-Type"] == "application/json"
        page = visit("analyst").post(
            reverse("statement_new", args=["C001"]),
            entry({"inventories": '"><script>alert(1)</script>'}),
        )
        assert "<script>alert(1)" not in page.content.decode()


class TestRestate:
    def test_starts_with_what_stands_and_keeps_it(
        self, customer: Customer, visit: Visit, people: People
    ) -> None:
        old = give_statement(customer, period_end=PERIOD, as_of=TODAY).statement
        client, url = visit("analyst"), reverse("statement_restate", args=["C001", old.pk])
        page = client.get(url).content.decode()
        assert 'value="15,200"' in page
        data = entry(cells("huaxin_2024") | {"restricted_cash": "161", "period_end": "2001-01-31"})
        assert client.post(url, data).status_code == 422  # no reason
        assert client.post(url, data | {"reason": "Audit adjusted."}).status_code == 302
        new = Statement.objects.get(version=2)
        assert (new.period_end, new.supersedes) == (PERIOD, old)
        changes = client.get(reverse("statement_versions", args=["C001", new.pk])).content.decode()
        for said in ("Audit adjusted.", "Restricted cash", "160.00", "161.00"):
            assert said in changes

    def test_an_old_version_is_not_the_base_of_a_new_one(
        self, customer: Customer, visit: Visit
    ) -> None:
        old = give_statement(customer, period_end=PERIOD, as_of=TODAY).statement
        give_statement(customer, period_end=PERIOD, as_of=TODAY, opinion="QUALIFIED")
        url = reverse("statement_restate", args=["C001", old.pk])
        page = visit("analyst").post(url, entry(cells("huaxin_2024"), reason="Because."))
        assert page.status_code == 422
        assert "Somebody stored version 2 meanwhile" in page.content.decode()
        assert Statement.objects.count() == 2


class TestAnalysis:
    def get(self, client: Client, query: str = "") -> str:
        answer = client.get(reverse("customer_financials", args=["C001"]) + query)
        assert answer.status_code == 200
        return answer.content.decode()

    @pytest.fixture
    def years(self, customer: Customer) -> None:
        give_statement(customer, "huaxin_2023", period_end=BEFORE, as_of=TODAY)
        give_statement(customer, period_end=PERIOD, as_of=TODAY)

    def test_shows_ratios_with_their_makings(self, years: None, visit: Visit) -> None:
        text = self.get(visit("analyst"), "?open=roe")
        for said in ("Current ratio", "1.61", "17.3%", "Net worth, average", "7,350.00"):
            assert said in text
        assert "fewer than 5 peers" in text

    def test_draws_the_dupont_tree(self, years: None, visit: Visit) -> None:
        text = self.get(visit("analyst"), "?view=dupont")
        for said in ("17.35%", "5.93%", "1.46", "2.00", "0.8500", "0.8876", "7.86%"):
            assert said in text
        assert "Return on equity moved by" in text

    def test_shares_and_trend(self, years: None, visit: Visit) -> None:
        assert "77.7%" in self.get(visit("analyst"), "?view=shares")
        assert "108.6" in self.get(visit("analyst"), "?view=trend")

    def test_says_why_there_is_no_figure(self, customer: Customer, visit: Visit) -> None:
        lines = {"total_assets": Decimal(5), "total_liabilities": Decimal(0)}
        give_statement(customer, lines=lines, period_end=PERIOD, as_of=TODAY, complete=False)
        assert "something is missing: Total current assets" in self.get(visit("analyst"))

    @pytest.mark.parametrize(
        "query", ["?view=zzz", "?open=%3Cscript%3E", "?year=x&view=dupont", "?basis=x"]
    )
    def test_survives_odd_queries(self, years: None, visit: Visit, query: str) -> None:
        assert "<script>" not in self.get(visit("analyst"), query)

    def test_empty_says_what_to_do(self, customer: Customer, visit: Visit) -> None:
        assert reverse("statement_new", args=["C001"]) in self.get(visit("analyst"))


class TestQueryCounts:
    """What a page asks of the database does not grow with the years or the peers."""

    @pytest.mark.parametrize("size", [3, 30])
    def test_pages(self, customer: Customer, visit: Visit, size: int) -> None:
        for n in range(size):
            peer = make_customer(f"P{n:03d}")
            give_statement(peer, period_end=PERIOD, as_of=TODAY)
        for back in range(min(size, 5)):
            end = date(PERIOD.year - back, 12, 31)
            saved = give_statement(customer, period_end=end, as_of=TODAY)
        client = visit("analyst")
        for name, url in (
            ("statements.analysis", reverse("customer_financials", args=["C001"])),
            ("statements.new", reverse("statement_new", args=["C001"])),
            ("statements.restate", reverse("statement_restate", args=["C001", saved.statement.pk])),
            (
                "statements.versions",
                reverse("statement_versions", args=["C001", saved.statement.pk]),
            ),
        ):
            cache.clear()
            client.get(url)
            cache.clear()
            with assert_query_count(name):
                assert client.get(url).status_code == 200
        with assert_query_count("statements.check"):
            client.post(reverse("statement_check", args=["C001"]), entry(cells("huaxin_2024")))

    def test_lines_are_stored_exactly(self, customer: Customer, visit: Visit) -> None:
        visit("analyst").post(reverse("statement_new", args=["C001"]), entry({"revenue": "1.125"}))
        assert StatementLine.objects.get().amount == Decimal("1.125")
