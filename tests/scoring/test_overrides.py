"""A person's word against the score: who asks, who decides, until when, and what it does."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.errors import InvalidInput, NotAllowed
from common.models import Event, StoredFile
from customers.models import Customer, Document, Task
from scoring.models import Rating, RatingOverride
from scoring.selectors import get_current_rating
from scoring.selectors.assessments import list_overrides_of
from scoring.selectors.other_facts import gather_notches
from scoring.services import rate_customers
from scoring.services.overrides import (
    OverrideClosed,
    OverrideInForce,
    ask_override,
    decide_override,
    end_override,
)
from tests.cast import People, make_customer, make_user
from tests.scoring.samples import AS_OF, give_answers, give_statement

pytestmark = pytest.mark.django_db

LATER = date(2025, 12, 30)  # exactly six months


@pytest.fixture
def rated(people: People) -> Customer:
    customer = make_customer("C001")
    give_statement(customer, actor=people.analyst)
    give_answers(customer, people.analyst, people.manager)
    rate_customers(as_of=AS_OF)
    return customer


def make_document(customer: Customer, people: People, **fields: Any) -> Document:
    file = StoredFile.objects.create(
        name=f"{customer.code}-{StoredFile.objects.count()}", original_name="letter.pdf",
        mime="application/pdf", size=1, sha256="0" * 64,
    )  # fmt: skip
    values = {"kind": "OTHER", "title": "Letter of support", "uploaded_on": AS_OF}
    return Document.objects.create(
        customer=customer, file=file, uploaded_by=people.sales, **(values | fields)
    )


def ask(customer: Customer, actor: Any, **fields: Any) -> RatingOverride:
    values: dict[str, Any] = {
        "code": "NOTCH-3",
        "notches": -2,
        "reason": "The largest buyer of this customer failed.",
        "valid_from": AS_OF,
        "valid_to": LATER,
        "as_of": AS_OF,
    }
    return ask_override(customer=customer, actor=actor, **(values | fields))


def grade_of(customer: Customer) -> str:
    rating = get_current_rating(customer_id=customer.pk, as_of=AS_OF)
    assert rating is not None
    return rating.grade + rating.modifier


class TestAskOverride:
    def test_waits_for_the_committee(self, rated: Customer, people: People) -> None:
        row = ask(rated, people.analyst)
        assert (row.state, row.asked_by, row.decided_by) == ("ASKED", people.analyst, None)
        task = Task.objects.get(key=f"rating-override:{row.pk}")
        assert (task.role, task.params["code"]) == ("EXECUTIVE", "NOTCH-3")
        assert task.url == "/customers/C001/rating/#overrides"
        event = Event.objects.get(code="scoring.override.asked")
        assert (event.customer_id, event.reason) == (rated.pk, row.reason)

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("code", {"code": "NOTCH-9"}),
            ("reason", {"reason": "  "}),
            ("notches", {"notches": 3}),
            ("notches", {"notches": 0}),
            ("notches", {"notches": -10}),
            ("valid_from", {"valid_from": AS_OF - timedelta(days=1)}),
            ("valid_to", {"valid_to": AS_OF}),
            ("valid_to", {"valid_to": LATER + timedelta(days=1)}),
            ("code", {"code": "NOTCH-1"}),
            ("code", {"code": "NOTCH-2"}),
        ],
    )
    def test_refuses_what_breaks_its_rule(
        self, rated: Customer, people: People, field: str, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            ask(rated, people.analyst, **changes)
        assert refusal.value.field == field
        assert not RatingOverride.objects.exists()
        assert not Task.objects.filter(kind="RATING_OVERRIDE").exists()

    def test_a_second_one_of_the_kind_is_refused(self, rated: Customer, people: People) -> None:
        ask(rated, people.analyst)
        with pytest.raises(OverrideInForce):
            ask(rated, people.manager)

    @pytest.mark.parametrize("role", ["sales", "collector", "executive", "auditor", "admin"])
    def test_is_not_for_everybody(self, rated: Customer, people: People, role: str) -> None:
        with pytest.raises(NotAllowed):
            ask(rated, getattr(people, role))
        assert not RatingOverride.objects.exists()

    def test_support_needs_a_stronger_parent_and_its_letter(
        self, rated: Customer, people: People
    ) -> None:
        parent = make_customer("P001")
        rated.parent = parent
        rated.save()
        letter = make_document(parent, people)
        year = {"code": "NOTCH-1", "valid_to": date(2026, 6, 30), "evidence": letter}
        with pytest.raises(InvalidInput, match="parent must be rated"):
            ask(rated, people.analyst, **year)
        own = get_current_rating(customer_id=rated.pk, as_of=AS_OF)
        assert own is not None
        rate_as(parent, own.grade)
        with pytest.raises(InvalidInput, match="two grades better"):
            ask(rated, people.analyst, **year)
        rate_as(parent, "AAA")
        with pytest.raises(InvalidInput, match="on file") as refusal:
            ask(rated, people.analyst, **(year | {"evidence": None}))
        assert refusal.value.field == "evidence"
        stale = make_document(parent, people, state="REJECTED")
        with pytest.raises(InvalidInput, match="no evidence any more"):
            ask(rated, people.analyst, **(year | {"evidence": stale}))
        foreign = make_document(make_customer("X001"), people)
        with pytest.raises(InvalidInput, match="somebody else"):
            ask(rated, people.analyst, **(year | {"evidence": foreign}))
        row = ask(rated, people.analyst, **year)
        assert (row.notches, row.evidence) == (0, letter)
        assert Task.objects.get(key=f"rating-override:{row.pk}").role == "CREDIT_MANAGER"


class TestDecideOverride:
    def test_an_approval_rates_anew(self, rated: Customer, people: People) -> None:
        before = grade_of(rated)
        row = ask(rated, people.analyst)
        decided = decide_override(
            override=row, approve=True, answer="", as_of=AS_OF, actor=people.executive
        )
        assert (decided.state, decided.decided_by, decided.decided_on) == (
            "APPROVED", people.executive, AS_OF,
        )  # fmt: skip
        assert Task.objects.get(key=f"rating-override:{row.pk}").state == "DONE"
        assert Event.objects.filter(code="scoring.override.approved").count() == 1
        # BBB+ two steps down is BBB-.
        steps = ("A+", "A", "A-", "BBB+", "BBB", "BBB-", "BB+", "BB", "BB-", "B+")
        assert grade_of(rated) == steps[steps.index(before) + 2]
        assert Rating.objects.filter(customer=rated).count() == 2

    def test_who_asks_never_decides(self, rated: Customer, people: People) -> None:
        parent = make_customer("P001")
        rate_as(parent, "B")
        rated.parent = parent
        rated.save()
        row = ask(rated, people.manager, code="NOTCH-2")
        assert Task.objects.get(key=f"rating-override:{row.pk}").role == "EXECUTIVE"
        with pytest.raises(NotAllowed) as refusal:
            decide_override(
                override=row, approve=True, answer="", as_of=AS_OF, actor=people.manager
            )
        assert refusal.value.code == "FOUR_EYES"
        with pytest.raises(IntegrityError), transaction.atomic():
            RatingOverride.objects.filter(pk=row.pk).update(decided_by=people.manager)
        row.refresh_from_db()
        assert row.state == "ASKED"

    @pytest.mark.parametrize("role", ["analyst", "manager", "sales", "auditor"])
    def test_the_committee_alone_decides_its_own(
        self, rated: Customer, people: People, role: str
    ) -> None:
        row = ask(rated, people.analyst)
        other = (
            make_user("second", "ANALYST", "ALL") if role == "analyst" else getattr(people, role)
        )
        with pytest.raises(NotAllowed):
            decide_override(override=row, approve=True, answer="", as_of=AS_OF, actor=other)
        row.refresh_from_db()
        assert (row.state, row.decided_by) == ("ASKED", None)

    def test_a_refusal_says_why_and_changes_no_grade(self, rated: Customer, people: People) -> None:
        row = ask(rated, people.analyst)
        by = {"override": row, "approve": False, "as_of": AS_OF, "actor": people.executive}
        with pytest.raises(InvalidInput):
            decide_override(answer=" ", **by)
        decided = decide_override(answer="Known and priced in.", **by)
        assert (decided.state, decided.answer) == ("REFUSED", "Known and priced in.")
        assert Rating.objects.filter(customer=rated).count() == 1
        with pytest.raises(OverrideClosed):
            decide_override(answer="again", **by)

    def test_what_is_over_cannot_be_approved(self, rated: Customer, people: People) -> None:
        row = ask(rated, people.analyst)
        with pytest.raises(InvalidInput):
            decide_override(
                override=row, approve=True, answer="", as_of=LATER, actor=people.executive
            )


class TestEndOverride:
    def test_ends_early_and_rates_anew(self, rated: Customer, people: People) -> None:
        before = grade_of(rated)
        row = ask(rated, people.analyst)
        decide_override(override=row, approve=True, answer="", as_of=AS_OF, actor=people.executive)
        day = AS_OF + timedelta(days=10)
        ended = end_override(override=row, reason="It paid.", as_of=day, actor=people.manager)
        assert (ended.state, ended.ended_on, ended.valid_to, ended.answer) == (
            "ENDED", day, LATER, "It paid.",
        )  # fmt: skip
        rating = get_current_rating(customer_id=rated.pk, as_of=day)
        assert rating is not None
        assert rating.grade + rating.modifier == before
        assert Event.objects.filter(code="scoring.override.ended").count() == 1
        # Until that day it held: a rating of an earlier date still finds it.
        for one, is_held in ((day - timedelta(days=1), True), (day, False)):
            assert bool(gather_notches([rated.pk], as_of=one)) == is_held

    def test_one_ended_before_it_began_never_counts(self, rated: Customer, people: People) -> None:
        start = AS_OF + timedelta(days=5)
        row = ask(rated, people.analyst, valid_from=start)
        decide_override(override=row, approve=True, answer="", as_of=AS_OF, actor=people.executive)
        end_override(override=row, reason="Needless.", as_of=AS_OF, actor=people.manager)
        for days in (0, 5, 9):
            day = AS_OF + timedelta(days=days)
            assert gather_notches([rated.pk], as_of=day) == {}

    def test_takes_back_what_still_waits(self, rated: Customer, people: People) -> None:
        row = ask(rated, people.analyst)
        end_override(override=row, reason="A mistake.", as_of=AS_OF, actor=people.analyst)
        assert Task.objects.get(key=f"rating-override:{row.pk}").state == "CANCELLED"
        assert Rating.objects.filter(customer=rated).count() == 1
        with pytest.raises(OverrideClosed):
            end_override(override=row, reason="again", as_of=AS_OF, actor=people.analyst)

    def test_needs_a_reason(self, rated: Customer, people: People) -> None:
        row = ask(rated, people.analyst)
        with pytest.raises(InvalidInput):
            end_override(override=row, reason="", as_of=AS_OF, actor=people.analyst)


class TestListOverridesOf:
    def test_what_lives_comes_first(self, rated: Customer, people: People) -> None:
        over = RatingOverride.objects.create(
            customer=rated, code="NOTCH-3", notches=1, reason="old", state="APPROVED",
            valid_from=AS_OF - timedelta(days=90), valid_to=AS_OF,
        )  # fmt: skip
        alive = ask(rated, people.analyst, valid_from=AS_OF)
        found = list_overrides_of(rated, as_of=AS_OF)
        assert [one.pk for one in found] == [alive.pk, over.pk]


def rate_as(customer: Customer, grade: str) -> Rating:
    """A rating of that grade, for a parent of whom nothing else is known."""
    return Rating.objects.create(
        customer=customer, as_of=AS_OF, grade=grade, risk_class="1", score=Decimal(95),
        valid_to=date(2026, 6, 30), facts_digest=f"parent-{grade}",
    )  # fmt: skip
