"""Two people at once: real threads on a real database; one wins, the other is told why."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from common.errors import Conflict, CreditError
from customers.domain.signals import NewSignal
from customers.models import (
    Document,
    DocumentStep,
    Fact,
    FactConflict,
    RiskGroupMember,
    Signal,
    Task,
)
from customers.services import (
    NewFact,
    add_risk_member,
    create_risk_group,
    decide_conflict,
    raise_signals,
    record_facts,
    verify_document,
)
from customers.services.risk_groups import InAnotherGroup
from tests import cast
from tests.customers.papers import give_document

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = cast.TODAY


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do the deeds at the same moment, each on its own connection; return results or errors."""
    start = threading.Barrier(len(deeds))
    done: list[Any] = [None] * len(deeds)

    def work(place: int, deed: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=20)
            done[place] = deed()
        except Exception as error:  # whatever it is, the test looks at it
            done[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return done


@pytest.mark.parametrize("_round", range(3))
def test_two_who_contradict_each_other_at_once_leave_a_conflict(
    people: cast.People, _round: int
) -> None:
    customer = cast.make_customer()

    def say(value: str, source: str) -> Callable[[], Any]:
        new = NewFact(customer.pk, "REVENUE", value, TODAY, source)
        return lambda: record_facts([new], actor=people.analyst, as_of=TODAY)

    found = at_once(say("100", "OFFICIAL"), say("200", "AGENCY"))
    assert sorted(counts.conflicts for counts in found) == [0, 1]
    assert (Fact.objects.count(), FactConflict.objects.count()) == (2, 1)
    assert Task.objects.filter(kind="FACT_CONFLICT").count() == 1


@pytest.mark.parametrize("_round", range(3))
def test_two_who_decide_tied_conflicts_at_once_never_wait_for_each_other(
    people: cast.People, _round: int
) -> None:
    """Of three who differ each decision settles a neighbour: the second one finds his decided."""
    customer = cast.make_customer()
    for value, source in (("100", "OFFICIAL"), ("200", "AGENCY"), ("400", "SOCIAL")):
        new = NewFact(customer.pk, "REVENUE", value, TODAY, source)
        record_facts([new], actor=people.analyst, as_of=TODAY)
    low, middle, high = Fact.objects.order_by("number")
    conflicts = {(c.first_id, c.second_id): c for c in FactConflict.objects.all()}

    def decide(first: Fact, second: Fact, chosen: Fact) -> Callable[[], Any]:
        conflict = conflicts[first.pk, second.pk]
        return lambda: decide_conflict(
            conflict=conflict, chosen=chosen, reason="Seen", actor=people.manager, as_of=TODAY
        )

    # Either word makes the middle one lose, and with it the other's conflict.
    found = at_once(decide(low, middle, low), decide(middle, high, high))
    assert sum(isinstance(one, FactConflict) for one in found) == 1
    assert sum(type(one) is Conflict for one in found) == 1
    decided = FactConflict.objects.exclude(decided_on=None)
    assert {conflict.chosen_id for conflict in decided} == {low.pk, high.pk}
    assert decided.count() == 2


def test_a_document_is_verified_once(people: cast.People) -> None:
    customer = cast.make_customer()
    document = give_document(customer, people.sales)

    def verify(actor: Any) -> Callable[[], Any]:
        return lambda: verify_document(
            document=document, method="REGISTRY", actor=actor, as_of=TODAY
        )

    found = at_once(verify(people.analyst), verify(people.manager))
    assert sum(isinstance(one, Document) for one in found) == 1
    assert [one.code for one in found if isinstance(one, CreditError)] == ["TRANSITION_NOT_ALLOWED"]
    assert DocumentStep.objects.filter(document=document, action="verify").count() == 1


def test_the_same_news_at_once_is_one_signal_with_one_task(reference: None) -> None:
    customer = cast.make_customer()
    news = [NewSignal(customer.pk, "S25", "AMBER", f"S25:{customer.pk}:{n}") for n in range(40)]
    found = at_once(
        lambda: raise_signals(news, as_of=TODAY),
        lambda: raise_signals(news[::-1], as_of=TODAY),
    )
    assert sum(found) == 40
    assert Signal.objects.count() == Task.objects.filter(kind="SIGNAL").count() == 40


def test_a_customer_joins_one_risk_group_only(people: cast.People) -> None:
    groups = [
        create_risk_group(
            reason="OTHER",
            name_en=f"Group {n}",
            members=[cast.make_customer(f"G{n}1"), cast.make_customer(f"G{n}2")],
            actor=people.analyst,
            as_of=TODAY,
        )
        for n in range(2)
    ]
    wanted = cast.make_customer("C001")

    def join(group: Any) -> Callable[[], Any]:
        return lambda: add_risk_member(
            group=group, customer=wanted, actor=people.analyst, as_of=TODAY
        )

    found = at_once(*(join(group) for group in groups))
    assert sum(isinstance(one, RiskGroupMember) for one in found) == 1
    assert sum(isinstance(one, InAnotherGroup) for one in found) == 1
    assert RiskGroupMember.objects.filter(customer=wanted).count() == 1
