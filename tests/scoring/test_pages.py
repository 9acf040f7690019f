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
from scoring.domain.five_c import PARTS
from scoring.models import FiveCAssessment, Rating, Statement
from scoring.selectors import get_current_rating
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


def answer_data(**changes: str) -> dict[str, str]:
    return {name: "3" for names in PARTS.values() for name in names} | changes


GET_PAGES = [
    ("ratings", []), ("customer_rating", ["C001"]), ("customer_statements", ["C001"]),
]  # fmt: skip
POST_PAGES = [
    ("rating_preview", ["C001"]), ("rating_store", ["C001"]), ("answers_save", ["C001"]),
    ("answers_confirm", ["C001"]),
]  # fmt: skip


class TestWhoMaySee:
    @pytest.mark.parametrize("role", ["sales", "collector", "admin", "outsider"])
    @pytest.mark.parametrize(("name", "args"), GET_PAGES)
    def test_scores_are_not_for_everybody(
        self, rated: Customer, visit: Visit, role: str, name: str, args: list[str]
    ) -> None:
        assert visit(role).get(reverse(name, args=args)).status_code == 403

    @pytest.mark.parametrize("role", ["auditor", "executive", "collector", "admin"])
    @pytest.mark.parametrize(("name", "args"), POST_PAGES[1:])
    def test_onlookers_change_nothing(
        self, rated: Customer, visit: Visit, role: str, name: str, args: list[str]
    ) -> None:
        before = (Rating.objects.count(), FiveCAssessment.objects.count())
        assert visit(role).post(reverse(name, args=args), answer_data()).status_code == 403
        assert (Rating.objects.count(), FiveCAssessment.objects.count()) == before

    @pytest.mark.parametrize(("name", "args"), [*GET_PAGES[1:], *POST_PAGES])
    def test_out_of_scope_is_absent(
        self, rated: Customer, visit: Visit, people: People, name: str, args: list[str]
    ) -> None:
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        client, url = visit("analyst"), reverse(name, args=args)
        answer = client.get(url) if (name, args) in GET_PAGES else client.post(url, answer_data())
        assert answer.status_code == 404
        assert FiveCAssessment.objects.count() == 1

    def test_the_list_holds_only_what_is_in_scope(
        self, rated: Customer, visit: Visit, people: People
    ) -> None:
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        page = visit("analyst").get(reverse("ratings"))
        assert "Sample Huaxin" not in page.content.decode()

    def test_strangers_must_sign_in(self, rated: Customer) -> None:
        assert Client().get(reverse("ratings")).status_code == 302


class TestRatingList:
    def test_shows_grade_score_and_zone(self, rated: Customer, visit: Visit) -> None:
        page = visit("analyst").get(reverse("ratings")).content.decode()
        for text in ("Sample Huaxin Machinery", "BBB+", "70.0", "3.91", "Safe", "11,000,000"):
            assert text in page

    def test_filters_by_grade_name_and_expiry(self, rated: Customer, visit: Visit) -> None:
        client = visit("analyst")
        for query, is_there in (
            ("grade=BBB", True), ("grade=A", False), ("q=huaxin", True), ("q=nobody", False),
            ("state=expired", False), ("grade=%27", True), ("page=99&page_size=x", True),
        ):  # fmt: skip
            page = client.get(f"{reverse('ratings')}?{query}")
            assert page.status_code == 200
            assert ("Sample Huaxin Machinery" in page.content.decode()) is is_there, query

    def test_says_where_a_grade_came_from(self, rated: Customer, visit: Visit) -> None:
        give_statement(
            rated, period_end=PERIOD, as_of=TODAY, lines=fixture_lines("beichen_2024"),
            complete=False,
        )  # fmt: skip
        rate_customers(as_of=TODAY)
        assert "down from BBB+" in visit("analyst").get(reverse("ratings")).content.decode()

    @pytest.mark.parametrize("rows", [3, 30])
    def test_query_count_does_not_grow(self, people: People, visit: Visit, rows: int) -> None:
        for n in range(rows):
            give_statement(make_customer(f"Q{n:03}"), period_end=PERIOD, as_of=TODAY)
        rate_customers(as_of=TODAY)
        client = visit("analyst")
        with assert_query_count("ratings"):
            assert client.get(reverse("ratings")).status_code == 200


class TestRatingPage:
    def test_explains_the_grade(self, rated: Customer, visit: Visit) -> None:
        with assert_query_count("customer_rating"):
            answer = visit_once(visit, "analyst", "customer_rating")
        page = answer.content.decode()
        for text in (
            "BBB+", "70.0", "3.91", "0.2204", "1.4458", "Way to A", "74.14", "Z″ of 3.92 does it.",
            "No payment behaviour score yet", "Total current assets", "8,800.00", "¥11.00M",
        ):  # fmt: skip
            assert text in page, text
        assert "Propose rating" not in page

    def test_unrated_customers_say_what_is_lacking(self, people: People, visit: Visit) -> None:
        make_customer("C001")
        page = visit_once(visit, "analyst", "customer_rating").content.decode()
        assert "There is neither a statement nor an assessment to rate." in page
        assert "Propose rating" not in page

    def test_a_proposal_is_shown_beside_the_rating_and_confirmed(
        self, rated: Customer, visit: Visit
    ) -> None:
        client, url = visit("analyst"), reverse("customer_rating", args=["C001"])
        give_statement(
            rated, period_end=PERIOD, as_of=TODAY, lines=fixture_lines("beichen_2024"),
            complete=False,
        )  # fmt: skip
        assert "Propose rating" in client.get(url).content.decode()
        page = client.get(f"{url}?proposal=1")
        assert page.context["is_proposal"]
        assert page.context["comparison"][0]["differs"]
        assert Rating.objects.count() == 1
        digest = page.context["confirm_fields"][0][1]
        stored = client.post(reverse("rating_store", args=["C001"]), {"digest": digest})
        assert stored.status_code == 302
        current = get_current_rating(customer_id=rated.pk, as_of=TODAY)
        assert current is not None
        assert current.z_value == Decimal("-4.3963")

    def test_a_stale_proposal_is_refused(self, rated: Customer, visit: Visit) -> None:
        answer = visit("analyst").post(reverse("rating_store", args=["C001"]), {"digest": "0" * 32})
        assert answer.status_code == 409
        assert Rating.objects.count() == 1

    def test_answers_preview_live_and_store_nothing(self, rated: Customer, visit: Visit) -> None:
        answer = visit("analyst").post(
            reverse("rating_preview", args=["C001"]), answer_data(), headers={"HX-Request": "true"}
        )
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "<html" not in page
        assert 'id="result"' in page
        # Z″ 74.07 × 35/55 + 50 × 20/55 = 65.3
        assert "65.3" in page
        assert (Rating.objects.count(), FiveCAssessment.objects.count()) == (1, 1)

    def test_a_veto_in_the_preview_holds_the_grade(self, rated: Customer, visit: Visit) -> None:
        answer = visit("analyst").post(
            reverse("rating_preview", args=["C001"]), answer_data(CH1="1")
        )
        assert '<span class="grade grade-B">B</span>' in answer.content.decode()

    def test_answers_are_saved_and_confirmed_by_another(self, people: People, visit: Visit) -> None:
        make_customer("C001")
        data = answer_data(
            CH1="4", CH1_on_1=TODAY.isoformat(), CH1_note_1="court search", CH1_on_2="", CL1="NA",
            CL1_comment="cash customer",
        )  # fmt: skip
        answer = visit("analyst").post(reverse("answers_save", args=["C001"]), data)
        assert answer.status_code == 302
        draft = FiveCAssessment.objects.get()
        assert draft.answers["character"] == [4, 3, 3, 3, 3]
        assert draft.answers["collateral"] == ["NA", 3, 3, 3, 3]
        assert draft.evidence == {"CH1": [{"on": TODAY.isoformat(), "note": "court search"}]}
        url = reverse("answers_confirm", args=["C001"])
        assert visit("analyst").post(url, {"id": draft.pk}).status_code == 403
        draft.refresh_from_db()
        assert draft.state == "DRAFT"
        assert visit("manager").post(url, {"id": draft.pk}).status_code == 302
        draft.refresh_from_db()
        assert (draft.state, draft.confirmed_by) == ("CONFIRMED", people.manager)

    @pytest.mark.parametrize(
        "changes",
        [{"CH1": "1"}, {"CL1": "NA"}, {"CP1": "6"}, {"CH2_note_1": "no date"}, {"CH2_on_1": "x"}],
    )
    def test_bad_answers_come_back_with_the_form(
        self, people: People, visit: Visit, changes: dict[str, str]
    ) -> None:
        make_customer("C001")
        answer = visit("analyst").post(
            reverse("answers_save", args=["C001"]), answer_data(**changes)
        )
        assert answer.status_code == 422
        assert "Please check what is marked below" in answer.content.decode()
        assert not FiveCAssessment.objects.exists()

    def test_sales_drafts_answers_and_still_sees_no_score(
        self, rated: Customer, people: People, visit: Visit
    ) -> None:
        rated.sales_owner = people.sales
        rated.save()
        client, url = visit("sales"), reverse("answers_save", args=[rated.code])
        bad = client.post(url, answer_data(CP1="6"))
        assert bad.status_code == 422
        assert "Z″" not in bad.content.decode()
        assert "result" not in bad.context
        good = client.post(url, answer_data())
        assert good["Location"] == reverse("customer", args=[rated.code])

    def test_an_unknown_draft_is_absent(self, rated: Customer, visit: Visit) -> None:
        for number in ("", "x", "9" * 30, "4"):
            url = reverse("answers_confirm", args=["C001"])
            assert visit("manager").post(url, {"id": number}).status_code in (404, 409)


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
