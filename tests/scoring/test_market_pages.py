"""Pages and API of markets: who may see them, what they say, what bad input leaves untouched."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from scoring.domain.markets import tenant as tenant_card
from scoring.models import Admission, Market, MarketSurvey, Tenant
from scoring.services.admissions import run_admission
from tests.cast import People, make_customer
from tests.scoring.market_samples import K01, PRIORITY, TODAY, make_market, survey, tenants
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]
HEAD = "code\tname\t" + "\t".join(tenant_card.INDICATORS)


def rows(*levels: int) -> str:
    return "\n".join(
        [
            HEAD,
            *(f"T{n:02}\tSample {n}\t" + "\t".join([str(s)] * 9) for n, s in enumerate(levels, 1)),
        ]
    )


def answers(people: People, steps: dict[str, int] = K01, **changes: Any) -> dict[str, Any]:
    return {**steps, "second_surveyor": people.sales.pk, "note": "", **changes}


@pytest.fixture
def market(people: People) -> Market:
    """A market with mitigation, operated by a customer of the sales person."""
    operator = make_customer("OP1", sales_owner=people.sales, region="EAST")
    found = make_market(people, operator=operator)
    survey(people, found)
    return found


@pytest.fixture
def admission(people: People, market: Market) -> Admission:
    return run_admission(
        market=market, rows=tenants(5, 4, 3, 2, None), as_of=TODAY, actor=people.analyst
    )


GET_PAGES = ["markets", "market", "market_admission"]
WRITES = ["market_survey", "market_admission_new", "market_edit", "market_new"]


def address(name: str, admission: Admission) -> str:
    args = {"markets": [], "market_new": [], "market_admission": ["YW1", admission.pk]}
    return reverse(name, args=args.get(name, ["YW1"]))


def count_all() -> tuple[int, ...]:
    return (Market.objects.count(), MarketSurvey.objects.count(), Admission.objects.count())


class TestWhoMaySee:
    @pytest.mark.parametrize("role", ["sales", "collector", "admin", "outsider"])
    @pytest.mark.parametrize("name", GET_PAGES)
    def test_scores_are_not_for_everybody(
        self, admission: Admission, visit: Visit, role: str, name: str
    ) -> None:
        assert visit(role).get(address(name, admission)).status_code == 403

    @pytest.mark.parametrize("role", ["auditor", "executive", "finance", "sales"])
    @pytest.mark.parametrize("name", WRITES)
    def test_onlookers_change_nothing(
        self, admission: Admission, visit: Visit, people: People, role: str, name: str
    ) -> None:
        before = count_all()
        data = answers(people) | {"text": rows(4, 4, 4), "decide": "1", "code": "N", "name_en": "N"}
        assert visit(role).post(address(name, admission), data).status_code == 403
        assert count_all() == before

    @pytest.mark.parametrize("name", [*GET_PAGES[1:], *WRITES[:3], "market_survey_preview"])
    def test_out_of_scope_is_absent(
        self, admission: Admission, visit: Visit, people: People, name: str
    ) -> None:
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        before, client, url = count_all(), visit("analyst"), address(name, admission)
        answer = client.get(url) if name in GET_PAGES else client.post(url, answers(people))
        assert answer.status_code == 404
        assert count_all() == before

    def test_the_list_holds_only_what_is_in_scope(
        self, market: Market, visit: Visit, people: People
    ) -> None:
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        page = visit("analyst").get(reverse("markets")).content.decode()
        assert "Sample Small Goods City" not in page

    def test_an_admission_of_another_market_is_absent(
        self, admission: Admission, visit: Visit, people: People
    ) -> None:
        make_market(people, code="OTHER")
        url = reverse("market_admission", args=["OTHER", admission.pk])
        assert visit("analyst").get(url).status_code == 404

    def test_strangers_must_sign_in(self, market: Market) -> None:
        assert Client().get(reverse("markets")).status_code == 302


class TestMarketList:
    def test_shows_score_and_decision(self, admission: Admission, visit: Visit) -> None:
        page = visit("auditor").get(reverse("markets")).content.decode()
        for text in ("Sample Small Goods City", "71.25", "Admitted with mitigation", "1 of 5"):
            assert text in page, text
        assert "New market" not in page
        assert "New market" in visit("analyst").get(reverse("markets")).content.decode()

    def test_filters_by_words_and_decision(self, market: Market, visit: Visit) -> None:
        client = visit("analyst")
        for query, is_there in (
            ("q=goods", True), ("q=YW1", True), ("q=nobody", False), ("decision=REJECT", False),
            ("decision=ADMIT_WITH_MITIGATION", True), ("decision=%27", True),
            ("sort=-score", True), ("sort=decision&page=9", True),
        ):  # fmt: skip
            page = client.get(f"{reverse('markets')}?{query}")
            assert page.status_code == 200
            assert ("Sample Small Goods City" in page.content.decode()) is is_there, query

    def test_says_when_there_is_none(self, people: People, visit: Visit) -> None:
        page = visit("analyst").get(reverse("markets")).content.decode()
        assert "No markets yet" in page

    @pytest.mark.parametrize("count", [3, 30])
    def test_query_count_does_not_grow(self, people: People, visit: Visit, count: int) -> None:
        for n in range(count):
            survey(people, make_market(people, code=f"M{n}"))
        client = visit("analyst")
        with assert_query_count("markets"):
            assert client.get(reverse("markets")).status_code == 200


class TestMarketForm:
    def test_creates_a_market(self, people: People, visit: Visit) -> None:
        make_customer("OP1")
        data = {"code": "yw-2", "name_zh": "示例市场", "kind": "PARK", "operator": "op1",
                "active_tenants": "120"}  # fmt: skip
        answer = visit("analyst").post(reverse("market_new"), data)
        assert answer.status_code == 302
        found = Market.objects.get()
        assert (found.code, found.kind, found.active_tenants) == ("YW-2", "PARK", 120)
        assert found.operator is not None
        assert found.operator.code == "OP1"

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"code": "a b"}, "Letters, digits, dots and dashes only."),
            ({"code": "YW1"}, "Another market has this code."),
            ({"name_en": ""}, "A market needs a name."),
            ({"operator": "NOBODY"}, "There is no customer with this code."),
            ({"active_tenants": "0"}, "greater than or equal to 1"),
            ({"kind": "CASTLE"}, "CASTLE"),
        ],
    )
    def test_says_what_is_wrong(
        self, market: Market, visit: Visit, change: dict, text: str
    ) -> None:
        data = {"code": "N1", "name_en": "New", "kind": "MALL"} | change
        answer = visit("analyst").post(reverse("market_new"), data)
        assert answer.status_code == 422
        assert text in answer.content.decode()
        assert Market.objects.count() == 1

    def test_changes_a_market_but_not_its_code(self, market: Market, visit: Visit) -> None:
        url = reverse("market_edit", args=["YW1"])
        assert "Sample Small Goods City" in visit("analyst").get(url).content.decode()
        data = {"code": "ZZ", "name_en": "Renamed", "kind": "MALL", "active_tenants": ""}
        assert visit("analyst").post(url, data).status_code == 302
        market.refresh_from_db()
        assert (market.code, market.name_en, market.active_tenants) == ("YW1", "Renamed", None)


class TestMarketPage:
    def test_explains_the_decision(self, market: Market, visit: Visit) -> None:
        client = visit("analyst")
        with assert_query_count("market"):
            answer = client.get(reverse("market", args=["YW1"]))
        page = answer.content.decode()
        for text in (
            "71.25", "Admitted with mitigation", "3.75 points short of “Priority market” (75)",
            "Each of these alone is enough:",
            "Annual volume, CNY 100 million: step 4 to 5 (above 50)",
            "also one settlement for all, and access to its data", "Admit tenants",
        ):  # fmt: skip
            assert text in page, text

    def test_onlookers_get_no_buttons(self, market: Market, visit: Visit) -> None:
        page = visit("auditor").get(reverse("market", args=["YW1"])).content.decode()
        for text in ("Admit tenants", "Keep this survey", "Account manager who was there"):
            assert text not in page
        assert "disabled" in page

    def test_previews_live_and_stores_nothing(
        self, market: Market, people: People, visit: Visit
    ) -> None:
        url = reverse("market_survey_preview", args=["YW1"])
        for changes, texts in (
            ({"annual_volume": "5"}, ["75", "Priority market", "Nothing is stored."]),
            ({"occupancy": "1"}, ["Not admitted", "Less than 70% of the stalls are let."]),
            ({"has_removal_notice": "on"}, ["There is a notice to demolish or to move the market."]),
            ({"knock_outs": ["KO-02"]}, ["Operator or controller: On the list of dishonest"]),
            ({"scale": ""}, ["1 indicator has no step yet."]),
            ({"scale": "9"}, ["1 indicator has no step yet."]),
        ):  # fmt: skip
            answer = visit("auditor").post(
                url, answers(people, **changes), headers={"HX-Request": "true"}
            )
            assert answer.status_code == 200
            page = answer.content.decode()
            assert "<html" not in page
            for text in texts:
                assert text in page, text
        assert MarketSurvey.objects.count() == 1

    def test_keeps_a_survey(self, market: Market, people: People, visit: Visit) -> None:
        answer = visit("manager").post(
            reverse("market_survey", args=["YW1"]), answers(people, PRIORITY, note="Full of people")
        )
        assert answer.status_code == 302
        kept = MarketSurvey.objects.latest("pk")
        assert (kept.decision, kept.note, kept.surveyed_by) == (
            "PRIORITY", "Full of people", people.manager,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"scale": ""}, "Every indicator needs a step."),
            ({"scale": "7"}, "Answer with a step from 1 to 5."),
            ({"second_surveyor": ""}, "This field is required."),
            ({"second_surveyor": "999999"}, "not one of the available choices"),
            ({"knock_outs": ["KO-99"]}, "KO-99"),
            ({"note": "x" * 1001}, "at most 1000 characters"),
        ],
    )
    def test_says_what_is_wrong(
        self, market: Market, people: People, visit: Visit, change: dict, text: str
    ) -> None:
        url = reverse("market_survey", args=["YW1"])
        answer = visit("analyst").post(url, answers(people, **change))
        assert answer.status_code == 422
        assert text in answer.content.decode()
        assert MarketSurvey.objects.count() == 1

    def test_without_a_survey_it_says_so(self, people: People, visit: Visit) -> None:
        make_market(people)
        page = visit("analyst").get(reverse("market", args=["YW1"])).content.decode()
        assert "10 indicators have no step yet." in page
        assert "Tenants are admitted once a survey admits the market." in page
        assert "Admit tenants" not in page


class TestAdmissionNew:
    url = "/markets/YW1/admissions/new/"

    def test_checks_without_deciding(self, market: Market, visit: Visit) -> None:
        data = {"text": rows(5, 4, 3), "share": "1/3", "base": "LIST", "check": "1"}
        page = visit("analyst").post(self.url, data)
        assert page.status_code == 200
        text = page.content.decode()
        for part in ("Admit 1 tenant", "Below the places", "A score above 100", "Score too low"):
            assert part in text, part
        assert not Admission.objects.exists()

    def test_decides_and_shows_why(self, market: Market, visit: Visit) -> None:
        data = {"text": rows(5, 4, 3), "share": "1/3", "base": "LIST", "decide": "1"}
        answer = visit("analyst").post(self.url, data, follow=True)
        assert answer.status_code == 200
        assert "Place 1 of 1, and 100 points reach the 60 needed." in answer.content.decode()
        assert Admission.objects.get().admitted == 1

    def test_a_file_is_shown_again_as_text(self, market: Market, visit: Visit) -> None:
        file = SimpleUploadedFile("list.csv", rows(5, 4, 3).encode("gb18030"))
        data = {"file": file, "share": "1/3", "base": "LIST", "check": "1"}
        page = visit("analyst").post(self.url, data)
        assert page.status_code == 200
        assert "T02\tSample 2\t4" in page.content.decode()

    def test_tells_problems_row_by_row(self, market: Market, visit: Visit) -> None:
        data = {"text": rows(5, 9), "share": "1/3", "base": "LIST", "decide": "1"}
        page = visit("analyst").post(self.url, data)
        assert page.status_code == 422
        assert "9 problems" in page.content.decode()
        assert "Possible: 1, 2, 3, 4, 5." in page.content.decode()
        assert not Admission.objects.exists()

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"text": ""}, "Paste the list, or choose a file."),
            ({"text": "code\nT1"}, "The column name (商户名称) is missing."),
            ({"text": "code\tname\nT1\ta\tb"}, "Row 2: The row has more cells than the header."),
            ({"share": "1/2"}, "Half of a list is admitted in priority markets only."),
            ({"share": "9"}, "Select a valid choice"),
            ({"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7 x")}, "neither a CSV file nor"),
        ],
    )
    def test_says_what_is_wrong(
        self, market: Market, visit: Visit, change: dict, text: str
    ) -> None:
        data = {"text": rows(5, 4), "share": "1/3", "base": "LIST", "decide": "1"} | change
        page = visit("analyst").post(self.url, data)
        assert page.status_code == 422
        assert text in page.content.decode()
        assert not Admission.objects.exists()

    def test_the_market_comes_first(self, people: People, visit: Visit) -> None:
        make_market(people)
        data = {"text": rows(5, 4, 3), "share": "1/3", "base": "LIST", "decide": "1"}
        assert visit("analyst").post(self.url, data).status_code == 409
        assert not Admission.objects.exists()

    def test_an_empty_list_can_be_fetched(self, people: People, visit: Visit) -> None:
        answer = visit("analyst").get(reverse("tenant_template"))
        assert answer["Content-Disposition"] == 'attachment; filename="tenants.csv"'
        assert answer.content.decode().startswith("\ufeffcode*,name*,years_in_market,")
        assert visit("auditor").get(reverse("tenant_template")).status_code == 403


class TestAdmissionPage:
    def test_filters_in_out_and_names(self, admission: Admission, visit: Visit) -> None:
        client, url = visit("auditor"), address("market_admission", admission)
        for query, is_in, is_out in (
            ("", True, True), ("show=in", True, False), ("show=out", False, True),
            ("show=visit", False, False), ("q=T01", True, False), ("show=x&sort=-score", True, True),
        ):  # fmt: skip
            page = client.get(f"{url}?{query}").content.decode()
            assert ("示例商户1<" in page) is is_in, query
            assert ("示例商户4<" in page) is is_out, query

    def test_names_the_seed_of_a_weak_screening(
        self, people: People, market: Market, visit: Visit
    ) -> None:
        market.active_tenants = 5
        market.save()
        weak = run_admission(
            market=market, rows=tenants(5, 4, 3), as_of=TODAY, actor=people.analyst
        )
        page = visit("analyst").get(address("market_admission", weak)).content.decode()
        assert f"1 tenant, drawn at random (seed {weak.seed}), is to be visited on site." in page
        assert "Visit on site" in page

    def test_links_only_customers_in_scope(
        self, people: People, market: Market, visit: Visit
    ) -> None:
        mine = make_customer("MINE", sales_owner=people.analyst)
        other = make_customer("OTHER", sales_owner=people.manager)
        listed = [
            *tenants(5, customer_id=mine.pk),
            *(t for t in tenants(1, 4, customer_id=other.pk) if t.key == "T02"),
        ]
        found = run_admission(market=market, rows=listed, as_of=TODAY, actor=people.analyst)
        Market.objects.update(operator=None)
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        page = visit("analyst").get(address("market_admission", found)).content.decode()
        assert "/customers/MINE/" in page
        assert "/customers/OTHER/" not in page

    @pytest.mark.parametrize("count", [3, 30])
    def test_query_count_does_not_grow(
        self, people: People, market: Market, visit: Visit, count: int
    ) -> None:
        customer = make_customer("C1")
        market.active_tenants = 100
        market.save()
        listed = tenants(*[4] * count, customer_id=customer.pk)
        found = run_admission(market=market, rows=listed, as_of=TODAY, actor=people.analyst)
        client = visit("analyst")
        with assert_query_count("market_admission"):
            assert client.get(address("market_admission", found)).status_code == 200
        assert Tenant.objects.count() == count


class TestApi:
    def test_lists_markets_and_admissions(self, admission: Admission, visit: Visit) -> None:
        client = visit("auditor")
        [row] = client.get("/api/v1/markets/").json()["results"]
        assert row == {
            "code": "YW1", "name_zh": "示例义乌小商品城", "name_en": "Sample Small Goods City",
            "kind": "WHOLESALE", "operator": "OP1", "region": "", "active_tenants": 40,
            "score": "71.2500", "decision": "ADMIT_WITH_MITIGATION",
            "surveyed_on": TODAY.isoformat(),
        }  # fmt: skip
        assert client.get("/api/v1/markets/YW1/").json() == row
        [one] = client.get("/api/v1/admissions/?market=yw1").json()["results"]
        assert (one["id"], one["market"], one["admitted"]) == (admission.pk, "YW1", 1)
        assert client.get("/api/v1/admissions/?market=zz").json()["results"] == []
        detail = client.get(f"/api/v1/admissions/{admission.pk}/").json()
        assert [t["verdict"] for t in detail["tenants"]] == [
            "ADMITTED", "BELOW_QUOTA", "BELOW_MINIMUM", "BELOW_MINIMUM", "NOT_SCORED",
        ]  # fmt: skip
        assert detail["tenants"][0]["reasons"] == [
            "Place 1 of 1, and 100 points reach the 60 needed."
        ]

    def test_is_closed_to_those_who_may_not_see_scores(
        self, admission: Admission, visit: Visit
    ) -> None:
        for url in ("/api/v1/markets/", "/api/v1/admissions/", "/api/v1/markets/YW1/"):
            assert visit("sales").get(url).status_code == 403
            assert visit("analyst").post(url).status_code in (403, 405)

    def test_out_of_scope_is_absent(
        self, admission: Admission, visit: Visit, people: People
    ) -> None:
        people.auditor.data_scope = "OWN"
        people.auditor.save()
        client = visit("auditor")
        assert client.get("/api/v1/markets/").json()["results"] == []
        assert client.get("/api/v1/admissions/").json()["results"] == []
        assert client.get("/api/v1/markets/YW1/").status_code == 404
        assert client.get(f"/api/v1/admissions/{admission.pk}/").status_code == 404
