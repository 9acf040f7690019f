"""The rating workbench: what it explains, what it tries out, who may do what, and what follows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from common.clock import business_today
from customers.models import Customer, Task
from scoring.domain.models.five_c import PARTS
from scoring.domain.models.traits import RATED_TRAITS
from scoring.models import (
    CharacteristicAssessment,
    FiveCAssessment,
    Rating,
    RatingOverride,
)
from scoring.selectors import get_current_rating
from scoring.selectors.queue import list_rating_queue
from scoring.services import rate_customers
from scoring.services.confirming import confirm_rating
from tests.cast import People, make_customer, make_user
from tests.scoring.samples import fixture_lines, give_answers, give_statement
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]

TODAY = business_today()
PERIOD = date(TODAY.year - 1, 12, 31)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rated(people: People) -> Customer:
    """Huaxin with two years of statements and confirmed answers, rated today.

    F = 68.7537 (vector G-01), 5C = 62.75 (vector 5C-01), nothing else is known:
    S = (35 × 68.7537 + 20 × 62.75) / 55 = 66.5705, which is BBB without a sign.
    """
    customer = make_customer(
        "C001", name="示例华信机械有限公司", name_en="Sample Huaxin Machinery", industry="C34"
    )
    before = date(PERIOD.year - 1, 12, 31)
    give_statement(customer, "huaxin_2023", period_end=before, as_of=TODAY, actor=people.analyst)
    give_statement(customer, period_end=PERIOD, as_of=TODAY, actor=people.analyst)
    give_answers(customer, people.analyst, people.manager, as_of=TODAY)
    rate_customers(as_of=TODAY)
    return customer


def restate(customer: Customer) -> None:
    """Let the year turn out as Beichen's: net worth is gone."""
    give_statement(
        customer, period_end=PERIOD, as_of=TODAY, lines=fixture_lines("beichen_2024"),
        complete=False,
    )  # fmt: skip


def answer_data(**changes: str) -> dict[str, str]:
    return {name: "3" for names in PARTS.values() for name in names} | changes


def rating_of(customer: Customer) -> Rating:
    rating = get_current_rating(customer_id=customer.pk, as_of=TODAY)
    assert rating is not None
    return rating


URL = "/customers/C001/rating/"
READ = ["customer_rating", "rating_pdf"]
WRITE = [
    "rating_propose", "rating_store", "answers_save", "answers_confirm", "traits_confirm",
    "override_ask",
]  # fmt: skip


class TestWhoMay:
    @pytest.mark.parametrize("role", ["sales", "collector", "admin", "outsider"])
    @pytest.mark.parametrize("name", [*READ, "rating_preview"])
    def test_scores_are_not_for_everybody(
        self, rated: Customer, visit: Visit, role: str, name: str
    ) -> None:
        client, url = visit(role), reverse(name, args=["C001"])
        answer = client.post(url) if name == "rating_preview" else client.get(url)
        assert answer.status_code == 403

    @pytest.mark.parametrize("role", ["auditor", "executive", "collector", "admin"])
    @pytest.mark.parametrize("name", WRITE)
    def test_onlookers_change_nothing(
        self, rated: Customer, visit: Visit, role: str, name: str
    ) -> None:
        before = (Rating.objects.count(), FiveCAssessment.objects.count())
        answer = visit(role).post(reverse(name, args=["C001"]), answer_data())
        assert answer.status_code == 403
        assert (Rating.objects.count(), FiveCAssessment.objects.count()) == before
        assert not RatingOverride.objects.exists()
        assert not CharacteristicAssessment.objects.exists()

    @pytest.mark.parametrize("name", [*READ, *WRITE, "rating_preview", "customer_answers"])
    def test_out_of_scope_is_absent(
        self, rated: Customer, visit: Visit, people: People, name: str
    ) -> None:
        for user in (people.analyst, people.manager):
            user.data_scope = "OWN"
            user.save()
        role = "manager" if name.endswith("confirm") else "analyst"
        client, url = visit(role), reverse(name, args=["C001"])
        is_read = name in (*READ, "customer_answers")
        answer = client.get(url) if is_read else client.post(url, answer_data())
        assert answer.status_code == 404
        assert FiveCAssessment.objects.count() == 1


class TestThePage:
    def test_explains_the_grade(self, rated: Customer, visit: Visit) -> None:
        client = visit("analyst")
        with assert_query_count("customer_rating"):
            page = client.get(URL).content.decode()
        for text in (
            "BBB", "66.6", "68.8", "Way to A", "74.14", "72.18", "No payment behaviour score yet",
            "Total current assets", "8,800.00", "Altman Z′", "2.52", "Ohlson O", "Taffler z",
            "Piotroski F", "Bathory", "Characteristic analysis",
        ):  # fmt: skip
            assert text in page, text

    def test_puts_all_18_models_side_by_side_with_their_terms(
        self, rated: Customer, visit: Visit
    ) -> None:
        rows = {row["code"]: row for row in visit("analyst").get(URL).context["models"]}
        assert len(rows) == 18
        z = rows["altman_z_prime"]
        # 30 of 100 inside the financial 35 of 55.
        assert (z["value"], z["subscore"], z["share_text"]) == ("2.52", "59.2", "19.1%")
        # 59.2410 × 0.30 × 35 / 55
        assert z["contribution"] == "11.31"
        assert [term["name"] for term in z["terms"]][:2] == ["Liquidity", "Retained earnings"]
        assert rows["five_c"]["contribution"] == "22.82"
        assert rows["altman_z_1968"]["status"] == "Figures are missing"
        assert rows["payment_behaviour"]["value"] == "–"
        # What counts in the score comes first, and its shares are the whole.
        shares = [row["share"] for row in rows.values()]
        assert round(sum(shares), 10) == 1
        assert shares == sorted(shares, reverse=True)

    def test_says_what_is_missing_and_what_needs_it(self, rated: Customer, visit: Visit) -> None:
        gaps = {gap["name"]: gap for gap in visit("analyst").get(URL).context["gaps"]}
        assert gaps["market_cap"]["models"] == ["Altman Z"]
        assert not gaps["market_cap"]["counts"]

    def test_advises_a_limit_by_every_method(self, rated: Customer, visit: Visit) -> None:
        advice = visit("analyst").get(URL).context["advice"]
        amounts = {method["code"]: method["amount"] for method in advice["methods"]}
        assert amounts["working_assets"] == Decimal(13_875_000)
        assert amounts["nw10_wc20"] == Decimal(6_700_000)
        # Nothing sold yet: a first-time customer gets the lowest, 670 × 0.80 = 536, down to 530.
        assert (advice["amount"], advice["binding"]) == (
            Decimal(5_300_000),
            "what the customer can carry",
        )

    def test_unrated_customers_say_what_is_lacking(self, people: People, visit: Visit) -> None:
        make_customer("C001")
        page = visit("analyst").get(URL).content.decode()
        assert "There is neither a statement nor an assessment to rate." in page

    def test_speaks_chinese(self, rated: Customer, visit: Visit) -> None:
        client = visit("analyst")
        client.cookies["django_language"] = "zh-hans"
        page = client.get(URL).content.decode()
        assert 'lang="zh-Hans"' in page
        assert "示例华信机械有限公司" in page

    @pytest.mark.parametrize("years", [2, 6])
    def test_query_count_does_not_grow(self, rated: Customer, visit: Visit, years: int) -> None:
        for n in range(2, years):
            give_statement(rated, period_end=date(PERIOD.year - n, 12, 31), as_of=TODAY)
        rate_customers(as_of=TODAY)
        client = visit("analyst")
        with assert_query_count("customer_rating"):
            client.get(URL)


class TestPreview:
    def test_tries_answers_and_stores_nothing(self, rated: Customer, visit: Visit) -> None:
        url = reverse("rating_preview", args=["C001"])
        answer = visit("analyst").post(url, answer_data(), headers=HTMX)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "<html" not in page
        assert 'id="result"' in page
        # (35 × 68.7537 + 20 × 50) / 55
        assert answer.context["result"]["score"] == "61.9"
        assert (Rating.objects.count(), FiveCAssessment.objects.count()) == (1, 1)

    def test_a_veto_holds_the_grade(self, rated: Customer, visit: Visit) -> None:
        url = reverse("rating_preview", args=["C001"])
        answer = visit("analyst").post(url, answer_data(CH1="1"))
        assert '<span class="grade grade-B">B</span>' in answer.content.decode()

    def test_traits_and_weights_reach_the_analysis(self, rated: Customer, visit: Visit) -> None:
        url = reverse("rating_preview", args=["C001"])
        data = answer_data() | dict.fromkeys(RATED_TRAITS, "8")
        found = {}
        for weight_set in ("balanced", "prudent"):
            answer = visit("analyst").post(url, data | {"weight_set": weight_set})
            rows = {row["code"]: row for row in answer.context["models"]}
            found[weight_set] = rows["characteristic_analysis"]["value"]
        assert found["balanced"] != found["prudent"]
        assert not CharacteristicAssessment.objects.exists()

    @pytest.mark.parametrize(
        "data", [{"CH1": "9"}, {"margin": "11"}, {"limit": "x"}, {"weight_set": "none"}, {}]
    )
    def test_nonsense_is_no_crash(
        self, rated: Customer, visit: Visit, data: dict[str, str]
    ) -> None:
        url = reverse("rating_preview", args=["C001"])
        assert visit("analyst").post(url, data).status_code == 200

    def test_who_may_not_answer_tries_traits_on_the_confirmed_answers(
        self, rated: Customer, visit: Visit
    ) -> None:
        url = reverse("rating_preview", args=["C001"])
        answer = visit("manager").post(url, {"margin": "5", "margin_comment": "fair"})
        assert answer.context["result"]["score"] == "66.6"


class TestProposeAndConfirm:
    def test_the_difference_is_shown_and_the_next_one_opens(
        self, rated: Customer, visit: Visit, people: People
    ) -> None:
        waiting = make_customer("C002")
        draft_of(waiting, make_user("second", "ANALYST", "ALL"))
        restate(rated)
        client = visit("analyst")
        proposed = client.post(reverse("rating_propose", args=["C001"]), held(rated))
        assert proposed["Location"] == URL + "?proposal=1"
        page = client.get(proposed["Location"])
        assert page.context["is_proposal"]
        assert page.context["comparison"][0]["differs"]
        # The financial component fell most; net worth of zero or less now holds the grade.
        assert page.context["moves"][0]["text"].startswith("Financial: from 68.8 to ")
        assert Rating.objects.count() == 1
        digest = page.context["confirm_fields"][0][1]
        stored = client.post(reverse("rating_store", args=["C001"]), {"digest": digest})
        assert stored["Location"] == "/customers/C002/rating/"
        rating = rating_of(rated)
        assert rating.financial_score is not None
        # The caps allow B; the score alone gives less.
        score = (35 * rating.financial_score + 20 * Decimal("62.75")) / 55
        assert 20 < score < 30
        assert (rating.grade, round(score, 3)) == ("CC", round(rating.score or 0, 3))
        assert rating_of(rated).rated_by == people.analyst

    def test_changed_answers_are_kept_as_a_draft(self, rated: Customer, visit: Visit) -> None:
        answer = visit("analyst").post(
            reverse("rating_propose", args=["C001"]), answer_data(margin="5", margin_comment="fair")
        )
        assert answer.status_code == 302
        draft = FiveCAssessment.objects.get(state="DRAFT")
        assert draft.answers["character"] == [3, 3, 3, 3, 3]
        assert CharacteristicAssessment.objects.get().answers == {"margin": 5}
        assert Rating.objects.count() == 1

    def test_unchanged_answers_make_no_draft(self, rated: Customer, visit: Visit) -> None:
        answer = visit("analyst").post(reverse("rating_propose", args=["C001"]), held(rated))
        assert answer.status_code == 302
        assert FiveCAssessment.objects.count() == 1

    def test_a_stale_proposal_is_refused(self, rated: Customer, visit: Visit) -> None:
        answer = visit("analyst").post(reverse("rating_store", args=["C001"]), {"digest": "0" * 32})
        assert answer.status_code == 409
        assert Rating.objects.count() == 1

    def test_a_downgrade_is_looked_at_and_leaves_the_queue(
        self, rated: Customer, people: People
    ) -> None:
        restate(rated)
        rate_customers(as_of=TODAY)
        assert [i.reason for i in list_rating_queue(people.analyst, as_of=TODAY)] == ["DOWNGRADED"]
        confirm_rating(customer=rated, as_of=TODAY, actor=people.analyst)
        assert Task.objects.get(kind="RATING_DOWNGRADED").state == "DONE"
        assert list_rating_queue(people.analyst, as_of=TODAY) == []


class TestAnswers:
    def test_are_saved_and_confirmed_by_another(self, people: People, visit: Visit) -> None:
        make_customer("C001")
        data = answer_data(
            CH1="4", CH1_on_1=TODAY.isoformat(), CH1_note_1="court search", CL1="NA",
            CL1_comment="cash customer",
        )  # fmt: skip
        assert (
            visit("analyst").post(reverse("answers_save", args=["C001"]), data).status_code == 302
        )
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
        [
            {"CH1": "1"},
            {"CL1": "NA"},
            {"CP1": "6"},
            {"CH2_note_1": "no date"},
            {"CH2_on_1": "x"},
            {"margin": "5"},
            {"margin": "11", "margin_comment": "x"},
            {"limit": "many"},
        ],
    )
    def test_bad_ones_come_back_with_the_form(
        self, people: People, visit: Visit, changes: dict[str, str]
    ) -> None:
        make_customer("C001")
        answer = visit("analyst").post(
            reverse("answers_save", args=["C001"]), answer_data(**changes)
        )
        assert answer.status_code == 422
        assert "Please check what is marked below" in answer.content.decode()
        assert not FiveCAssessment.objects.exists()
        assert not CharacteristicAssessment.objects.exists()

    @pytest.mark.parametrize("name", ["answers_confirm", "traits_confirm"])
    def test_an_unknown_draft_is_absent(self, rated: Customer, visit: Visit, name: str) -> None:
        for number in ("", "x", "9" * 30, "²", "999999"):
            url = reverse(name, args=["C001"])
            assert visit("manager").post(url, {"id": number}).status_code == 404

    def test_traits_are_confirmed_by_another(self, rated: Customer, visit: Visit) -> None:
        data = held(rated) | {"margin": "5", "margin_comment": "fair"}
        visit("analyst").post(reverse("answers_save", args=["C001"]), data)
        draft = CharacteristicAssessment.objects.get()
        url = reverse("traits_confirm", args=["C001"])
        assert visit("analyst").post(url, {"id": draft.pk}).status_code == 403
        assert visit("manager").post(url, {"id": draft.pk}).status_code == 302
        draft.refresh_from_db()
        assert draft.state == "CONFIRMED"


class TestTheAccountManagersPage:
    URL = "/customers/C001/answers/"

    @pytest.fixture
    def owned(self, rated: Customer, people: People) -> Customer:
        rated.sales_owner = people.sales
        rated.save()
        return rated

    def test_asks_three_parts_and_shows_no_score(self, owned: Customer, visit: Visit) -> None:
        client = visit("sales")
        with assert_query_count("customer_answers"):
            page = client.get(self.URL)
        text = page.content.decode()
        assert "Court and enforcement record" in text
        assert "Order book and capacity use" not in text
        for secret in ("66.6", "68.8", "BBB", "Altman", "62.8", "PD 12"):
            assert secret not in text, secret

    def test_a_draft_goes_to_the_analyst(
        self, owned: Customer, visit: Visit, people: People
    ) -> None:
        answer = visit("sales").post(self.URL, answer_data())
        assert answer["Location"] == "/customers/C001/"
        draft = FiveCAssessment.objects.get(state="DRAFT")
        assert (draft.answers["character"], draft.drafted_by) == ([3] * 5, people.sales)
        # What the analyst judges stays as it was confirmed, whatever was sent.
        assert draft.answers["capacity"] == [4, 3, 4, 4, 3]
        queue = list_rating_queue(people.analyst, as_of=TODAY)
        assert [(item.customer, item.reason) for item in queue] == [(owned, "DRAFT")]

    def test_bad_answers_come_back_without_a_score(self, owned: Customer, visit: Visit) -> None:
        for url in (self.URL, reverse("answers_save", args=["C001"])):
            bad = visit("sales").post(url, answer_data(CH1="6"))
            assert bad.status_code == 422
            assert "66.6" not in bad.content.decode()
            assert "result" not in bad.context
        assert FiveCAssessment.objects.count() == 1

    @pytest.mark.parametrize("role", ["collector", "finance", "executive", "auditor", "admin"])
    def test_is_not_for_everybody(self, owned: Customer, visit: Visit, role: str) -> None:
        assert visit(role).get(self.URL).status_code == 403
        assert visit(role).post(self.URL, answer_data()).status_code == 403
        assert FiveCAssessment.objects.count() == 1

    def test_of_others_is_absent(self, rated: Customer, visit: Visit) -> None:
        assert visit("outsider").get(self.URL).status_code == 404


class TestOverrides:
    DATA: dict[str, Any] = {
        "code": "NOTCH-3",
        "notches": "-1",
        "reason": "Its largest buyer failed.",
        "valid_from": TODAY.isoformat(),
        "valid_to": date(TODAY.year + 1, 1, 31).isoformat(),
    }

    def test_are_asked_for_and_decided_by_the_committee(
        self, rated: Customer, visit: Visit
    ) -> None:
        asked = visit("analyst").post(reverse("override_ask", args=["C001"]), self.DATA)
        assert asked["Location"] == URL + "#overrides"
        row = RatingOverride.objects.get()
        url = reverse("override_decide", args=["C001", row.pk])
        for role in ("analyst", "manager", "auditor"):
            assert visit(role).post(url, {"action": "approve"}).status_code == 403
        assert rating_of(rated).modifier == ""
        page = visit("executive").get(URL).content.decode()
        assert "Its largest buyer failed." in page
        assert 'value="approve"' in page
        assert 'value="approve"' not in visit("manager").get(URL).content.decode()
        assert visit("executive").post(url, {"action": "approve"}).status_code == 302
        # BBB one step down, by the person's word.
        rating = rating_of(rated)
        assert (rating.grade, rating.modifier, rating.override) == ("BBB", "-", row)

    @pytest.mark.parametrize(
        "changes",
        [
            {"reason": ""},
            {"notches": "0"},
            {"notches": "5"},
            {"code": "NOTCH-1"},
            {"valid_to": "2020-01-01"},
            {"valid_from": "soon"},
            {"evidence": "99"},
        ],
    )
    def test_bad_ones_come_back_with_the_form(
        self, rated: Customer, visit: Visit, changes: dict[str, str]
    ) -> None:
        answer = visit("analyst").post(reverse("override_ask", args=["C001"]), self.DATA | changes)
        assert answer.status_code == 422
        assert not RatingOverride.objects.exists()

    def test_a_refusal_needs_a_word(self, rated: Customer, visit: Visit) -> None:
        visit("analyst").post(reverse("override_ask", args=["C001"]), self.DATA)
        row = RatingOverride.objects.get()
        url = reverse("override_decide", args=["C001", row.pk])
        assert visit("executive").post(url, {"action": "refuse"}).status_code == 422
        assert visit("executive").post(url, {"action": "dance"}).status_code == 422
        row.refresh_from_db()
        assert row.state == "ASKED"

    def test_anothers_customer_is_absent(self, rated: Customer, visit: Visit) -> None:
        visit("analyst").post(reverse("override_ask", args=["C001"]), self.DATA)
        make_customer("C002")
        url = reverse("override_decide", args=["C002", RatingOverride.objects.get().pk])
        assert visit("executive").post(url, {"action": "approve"}).status_code == 404


class TestPdf:
    @pytest.mark.parametrize("language", ["en", "zh-hans", "klingon"])
    def test_is_a_document_in_either_language(
        self, rated: Customer, visit: Visit, language: str
    ) -> None:
        answer = visit("analyst").get(f"{URL}pdf/?lang={language}")
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")
        assert answer["Content-Disposition"] == (
            f'attachment; filename="rating-C001-{TODAY.isoformat()}.pdf"'
        )

    def test_of_the_unrated_is_absent(self, people: People, visit: Visit) -> None:
        make_customer("C001")
        assert visit("analyst").get(f"{URL}pdf/").status_code == 404


def held(customer: Customer) -> dict[str, str]:
    """The answers as they are confirmed, as the form would send them."""
    from scoring.forms.answers import AnswersForm
    from scoring.selectors.assessments import get_questionnaire

    form = AnswersForm(questionnaire=get_questionnaire(customer, as_of=TODAY))
    return {name: str(form[name].value() or "") for name in form.fields}


def draft_of(customer: Customer, author: Any) -> FiveCAssessment:
    return FiveCAssessment.objects.create(
        customer=customer, as_of=TODAY, drafted_by=author, answers={"character": [3] * 5}
    )
