"""What people judge: the account manager's part, the analyst's part, traits, and second signatures."""

from datetime import timedelta
from typing import Any

import pytest

from common.errors import InvalidInput, NotAllowed
from common.models import Event
from customers.models import Customer
from scoring.domain.models.characteristics import INDICATORS
from scoring.domain.models.traits import DERIVED_TRAITS, RATED_TRAITS
from scoring.models import CharacteristicAssessment, FiveCAssessment
from scoring.selectors.assessments import SALES_PARTS, get_characteristics, get_questionnaire
from scoring.services import confirm_assessment, save_assessment
from scoring.services.characteristics import (
    CharacteristicsLocked,
    confirm_characteristics,
    save_characteristics,
)
from tests.cast import People, make_customer, make_user
from tests.scoring.samples import AS_OF, give_answers
from tests.scoring.test_overrides import make_document

pytestmark = pytest.mark.django_db

MINE = {part: [3, 3, 3, 3, 3] for part in SALES_PARTS}


def draft(customer: Customer, actor: Any, answers: Any = None, **fields: Any) -> FiveCAssessment:
    return save_assessment(
        customer=customer, answers=answers or MINE, actor=actor, as_of=AS_OF, **fields
    )


class TestTheAccountManagersPart:
    def test_keeps_what_was_confirmed_of_the_rest(self, people: People) -> None:
        customer = make_customer()
        give_answers(customer, people.analyst, people.manager)
        saved = draft(customer, people.sales)
        assert saved.answers["character"] == [3, 3, 3, 3, 3]
        assert saved.answers["capacity"] == [4, 3, 4, 4, 3]
        assert "CP1" in saved.evidence
        assert "CH1" not in saved.evidence
        assert saved.state == "DRAFT"

    def test_cannot_answer_for_the_analyst(self, people: People) -> None:
        customer = make_customer()
        with pytest.raises(NotAllowed) as refusal:
            draft(customer, people.sales, {"capacity": [5, 5, 5, 5, 5]})
        assert refusal.value.code == "ANALYST_ONLY"
        assert not FiveCAssessment.objects.exists()

    def test_stands_beside_the_analysts_newer_or_older_draft(self, people: People) -> None:
        customer = make_customer()
        draft(customer, people.analyst, {"capacity": [4, 4, 4, 4, 4], "capital": [2] * 5})
        draft(customer, people.sales)
        open_one = get_questionnaire(customer, as_of=AS_OF)
        assert open_one.answers["capacity"] == [4, 4, 4, 4, 4]
        assert open_one.answers["conditions"] == [3, 3, 3, 3, 3]
        assert [one.drafted_by for one in open_one.drafts] == [people.sales, people.analyst]

    def test_a_draft_taken_over_is_confirmed_by_a_third_person(self, people: People) -> None:
        customer = make_customer()
        first = draft(customer, people.analyst, {"capacity": [4, 4, 4, 4, 4]})
        draft(customer, people.sales)
        whole = draft(customer, people.analyst, get_questionnaire(customer, as_of=AS_OF).answers)
        assert whole.pk != first.pk
        with pytest.raises(NotAllowed):
            confirm_assessment(assessment=whole, as_of=AS_OF, actor=people.analyst)
        confirm_assessment(assessment=whole, as_of=AS_OF, actor=people.manager)
        after = get_questionnaire(customer, as_of=AS_OF)
        assert (after.drafts, after.confirmed) == ((), whole)

    def test_a_change_of_confirmed_answers_waits_again(self, people: People) -> None:
        customer = make_customer()
        confirmed = give_answers(customer, people.analyst, people.manager)
        changed = draft(customer, people.sales)
        confirmed.refresh_from_db()
        assert confirmed.answers["character"] == [4, 4, 5, 3, 4]
        assert (confirmed.state, changed.state) == ("CONFIRMED", "DRAFT")


class TestEvidence:
    def test_may_name_a_document_of_the_customer(self, people: People) -> None:
        customer = make_customer()
        paper = make_document(customer, people)
        notes = {"CH1": [{"on": AS_OF.isoformat(), "note": "", "document": paper.pk}]}
        saved = draft(customer, people.sales, evidence=notes)
        assert saved.evidence["CH1"][0]["document"] == paper.pk

    @pytest.mark.parametrize("state", ["REJECTED", "SUPERSEDED", "DOUBTED", ""])
    def test_but_no_useless_and_no_foreign_one(self, people: People, state: str) -> None:
        customer = make_customer()
        owner = customer if state else make_customer("X001")
        paper = make_document(owner, people, state=state or "VERIFIED")
        notes = {"CH1": [{"on": AS_OF.isoformat(), "note": "", "document": paper.pk}]}
        with pytest.raises(InvalidInput) as refusal:
            draft(customer, people.sales, evidence=notes)
        assert refusal.value.field == "CH1"
        assert not FiveCAssessment.objects.exists()


class TestCharacteristics:
    def test_twelve_are_rated_and_six_follow(self) -> None:
        assert len(RATED_TRAITS) == 12
        assert sorted([*RATED_TRAITS, *DERIVED_TRAITS]) == sorted(INDICATORS)

    def test_are_drafted_and_confirmed_by_another(self, people: People) -> None:
        customer = make_customer()
        saved = save_characteristics(
            customer=customer,
            answers={"impression": 6, "margin": 0, "prospects": None},
            comments={"impression": "Tidy plant.", "margin": "Below cost.", "prospects": "?"},
            as_of=AS_OF,
            actor=people.analyst,
        )
        assert saved.answers == {"impression": 6, "margin": 0}
        assert saved.comments == {"impression": "Tidy plant.", "margin": "Below cost."}
        assert get_characteristics(customer, as_of=AS_OF, state="CONFIRMED") is None
        with pytest.raises(NotAllowed) as refusal:
            confirm_characteristics(assessment=saved, as_of=AS_OF, actor=people.analyst)
        assert refusal.value.code == "FOUR_EYES"
        confirm_characteristics(assessment=saved, as_of=AS_OF, actor=people.manager)
        with pytest.raises(CharacteristicsLocked):
            confirm_characteristics(assessment=saved, as_of=AS_OF, actor=people.manager)
        codes = [e.code for e in Event.objects.filter(code__startswith="scoring.characteristics")]
        assert sorted(codes) == [
            "scoring.characteristics.confirmed", "scoring.characteristics.drafted",
        ]  # fmt: skip

    def test_the_same_persons_draft_is_updated_anothers_is_not(self, people: People) -> None:
        customer = make_customer()
        values = {"answers": {"margin": 5}, "comments": {"margin": "fair"}}
        by = {"customer": customer, "as_of": AS_OF}
        first = save_characteristics(**values, **by, actor=people.analyst)
        assert save_characteristics(**values, **by, actor=people.analyst).pk == first.pk
        other = make_user("second", "ANALYST", "ALL")
        assert save_characteristics(**values, **by, actor=other).pk != first.pk

    @pytest.mark.parametrize(
        ("field", "answers", "comments"),
        [
            ("payment_record", {"payment_record": 8}, {"payment_record": "paid"}),
            ("nothing", {"nothing": 8}, {"nothing": "x"}),
            ("margin", {"margin": 11}, {"margin": "x"}),
            ("margin", {"margin": -1}, {"margin": "x"}),
            ("margin", {"margin": True}, {"margin": "x"}),
            ("margin", {"margin": 5}, {"margin": " "}),
            ("margin", {"margin": 5}, {}),
        ],
    )
    def test_refuses_bad_ratings(
        self, people: People, field: str, answers: Any, comments: Any
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            save_characteristics(
                customer=make_customer(), answers=answers, comments=comments, as_of=AS_OF,
                actor=people.analyst,
            )  # fmt: skip
        assert refusal.value.field == field
        assert not CharacteristicAssessment.objects.exists()

    @pytest.mark.parametrize("role", ["sales", "collector", "auditor", "executive", "admin"])
    def test_are_not_for_everybody(self, people: People, role: str) -> None:
        with pytest.raises(NotAllowed):
            save_characteristics(
                customer=make_customer(), answers={"margin": 5}, comments={"margin": "x"},
                as_of=AS_OF, actor=getattr(people, role),
            )  # fmt: skip

    def test_a_later_day_sees_the_newest(self, people: People) -> None:
        customer = make_customer()
        for days, rating in ((0, 4), (5, 7)):
            row = save_characteristics(
                customer=customer, answers={"margin": rating}, comments={"margin": "x"},
                as_of=AS_OF + timedelta(days=days), actor=people.analyst,
            )  # fmt: skip
            confirm_characteristics(assessment=row, as_of=row.as_of, actor=people.manager)
        earlier = get_characteristics(customer, as_of=AS_OF, state="CONFIRMED")
        later = get_characteristics(customer, as_of=AS_OF + timedelta(days=9), state="CONFIRMED")
        assert earlier is not None
        assert later is not None
        assert (earlier.answers, later.answers) == ({"margin": 4}, {"margin": 7})
