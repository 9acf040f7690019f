"""Two at once: the same rating, statement, confirmation or decision is stored once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from common.models import Event
from customers.models import Task
from scoring.models import Rating, RatingOverride, Statement
from scoring.services import rate_customers
from scoring.services.assessments import (
    AssessmentLocked,
    confirm_assessment,
    save_assessment,
)
from scoring.services.confirming import confirm_rating
from scoring.services.overrides import OverrideClosed, decide_override
from tests.cast import People, make_customer
from tests.scoring.samples import AS_OF, give_statement
from tests.scoring.test_overrides import ask

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 4


def at_once(act: Callable[[], Any]) -> list[Any]:
    """Let some threads do the same at the same moment; return what each got or met."""
    gate, found = threading.Barrier(THREADS), []

    def work() -> None:
        try:
            gate.wait()
            found.append(act())
        except Exception as error:
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_rating_everybody_stores_each_once(people: People) -> None:
    for number in range(20):
        give_statement(make_customer(f"C{number:03}"))
    counts = at_once(lambda: rate_customers(as_of=AS_OF))
    assert sorted(one.created for one in counts) == [0, 0, 0, 20]
    assert Rating.objects.count() == 20


def test_confirming_twice_is_one_rating(people: People) -> None:
    customer = make_customer()
    give_statement(customer)
    counts = at_once(lambda: confirm_rating(customer=customer, as_of=AS_OF, actor=people.manager))
    assert sorted(one.created for one in counts) == [0, 0, 0, 1]
    assert Rating.objects.count() == 1
    assert Event.objects.filter(code="scoring.rating.stored").count() == 1


def test_the_same_statement_is_one_version(people: People) -> None:
    customer = make_customer()
    saved = at_once(lambda: give_statement(customer))
    assert sorted(one.outcome for one in saved) == ["CREATED", *["UNCHANGED"] * 3]
    assert Statement.objects.count() == 1


def test_answers_are_confirmed_once(people: People) -> None:
    draft = save_assessment(
        customer=make_customer(),
        answers={"character": [3, 3, 3, 3, 3]},
        as_of=AS_OF,
        actor=people.analyst,
    )
    found = at_once(lambda: confirm_assessment(assessment=draft, as_of=AS_OF, actor=people.manager))
    assert sum(isinstance(one, AssessmentLocked) for one in found) == THREADS - 1
    assert Event.objects.filter(code="scoring.assessment.confirmed").count() == 1


def test_an_override_is_decided_once(people: People) -> None:
    customer = make_customer("C001")
    give_statement(customer)
    rate_customers(as_of=AS_OF)
    row = ask(customer, people.analyst)
    found = at_once(
        lambda: decide_override(
            override=row, approve=True, answer="", as_of=AS_OF, actor=people.executive
        )
    )
    assert sum(isinstance(one, OverrideClosed) for one in found) == THREADS - 1
    assert sum(isinstance(one, RatingOverride) for one in found) == 1
    assert Rating.objects.count() == 2
    assert Task.objects.filter(kind="RATING_OVERRIDE", state="DONE").count() == 1
