"""Relations and risk groups: recorded, ended, found as rings, formed once."""

from datetime import date
from decimal import Decimal
from random import Random
from time import perf_counter
from typing import Any

import pytest

from common.errors import Conflict, InvalidInput, NotAllowed
from common.models import Event
from customers.domain.relations import (
    Edge,
    Reason,
    find_dependent,
    find_rings,
    list_cycles,
    place_in_circle,
    propose_groups,
)
from customers.drawings import Branch, Node, draw_graph, draw_tree
from customers.models import Customer, Relation, RiskGroup, RiskGroupMember, Task
from customers.selectors import get_risk_group_of, list_proposals
from customers.services import (
    add_risk_member,
    create_risk_group,
    end_relation,
    raise_ring_tasks,
    record_relation,
    remove_risk_member,
)
from customers.services.relations import AlreadyEnded
from customers.services.risk_groups import InAnotherGroup
from tests.cast import TODAY, People, make_customer


def guarantees(*pairs: tuple[int, int]) -> list[Edge]:
    return [Edge(n, a, b, "GUARANTEES") for n, (a, b) in enumerate(pairs, start=1)]


class TestFindRings:
    def test_a_ring_of_three_and_a_pair_but_no_chain(self) -> None:
        rings = find_rings(guarantees((1, 2), (2, 3), (3, 1), (3, 4), (7, 8), (8, 7), (9, 7)))
        assert [(ring.members, ring.relations) for ring in rings] == [
            ((1, 2, 3), (1, 2, 3)),
            ((7, 8), (5, 6)),
        ]

    def test_the_key_is_that_of_the_members_and_the_reason(self) -> None:
        (one,) = find_rings(guarantees((1, 2), (2, 1)))
        (same,) = find_rings(guarantees((2, 1), (1, 2)))
        assert one.key == same.key
        assert len(one.key) == 16

    def test_cycles_are_listed_shortest_first_and_bounded(self) -> None:
        assert list_cycles(guarantees((2, 3), (3, 1), (1, 2), (2, 1))) == [(1, 2), (1, 2, 3)]
        whole = [(a, b) for a in range(12) for b in range(12) if a != b]
        found = list_cycles(guarantees(*whole))
        assert len(found) == 20
        ring_of_nine = [(n, (n + 1) % 9) for n in range(9)]
        assert list_cycles(guarantees(*ring_of_nine)) == []

    def test_hundred_thousand_relations_in_two_seconds(self) -> None:
        random = Random(7)
        edges = guarantees(
            *((random.randrange(80_000), random.randrange(80_000)) for _ in range(100_000))
        )
        start = perf_counter()
        found = propose_groups(edges)
        assert perf_counter() - start < 2
        assert found


class TestFindDependent:
    def test_more_than_half_ties_and_half_does_not(self) -> None:
        edges = [
            Edge(1, 1, 2, "SUPPLIES", Decimal("0.5001")),
            Edge(2, 3, 4, "SUPPLIES", Decimal("0.5000")),
            Edge(3, 5, 6, "SUPPLIES", None),
        ]
        assert [p.members for p in find_dependent(edges)] == [(1, 2)]


class TestDrawings:
    def test_draws_each_member_and_arrow_and_escapes_names(self) -> None:
        nodes = [Node(n, f"C{n}", "<b>", url=f"/c/{n}") for n in range(3)]
        picture = draw_graph(nodes, [(0, 1, "GUARANTEES"), (1, 9, "SUPPLIES")], "Ring")
        assert picture.count("<rect") == 3
        assert picture.count('class="edge') == 1
        assert "&lt;b&gt;" in picture
        assert "<b>" not in picture
        assert "style=" not in picture

    def test_draws_no_crowd_and_nobody(self) -> None:
        assert draw_graph([Node(n, "x", "x") for n in range(25)], [], "x") == ""
        assert draw_graph([], [], "x") == ""
        assert place_in_circle([]) == {}

    def test_a_tree_has_a_box_per_group_and_an_elbow_per_child(self) -> None:
        branches = [
            Branch(1, None, 0, "Root", "2 members", "/groups/R/"),
            Branch(2, 1, 1, "Leaf", "1 member", "/groups/L/", is_here=True),
        ]
        picture = draw_tree(branches, "Tree")
        assert picture.count("<rect") == 2
        assert picture.count('class="edge"') == 1
        assert picture.count("node here") == 1


@pytest.fixture
def three(people: People) -> list[Customer]:
    return [make_customer(f"C00{n}") for n in (1, 2, 3)]


def tie(source: Customer, target: Customer, kind: str = "GUARANTEES", **more: Any) -> Relation:
    values = {"valid_from": date(2026, 1, 1), "actor": None, "as_of": TODAY} | more
    return record_relation(source=source, target=target, kind=kind, **values)


@pytest.mark.django_db
class TestRecordRelation:
    def test_keeps_the_sentence_and_its_event(self, three: list[Customer], people: People) -> None:
        row = tie(three[0], three[1], amount=Decimal("5.50"), actor=people.analyst)
        assert (row.source, row.target, row.recorded_by) == (three[0], three[1], people.analyst)
        assert Event.objects.get(code="customers.relation.recorded").after["target"] == "C002"

    def test_equals_are_kept_one_way_round_so_that_twice_is_refused(
        self, three: list[Customer]
    ) -> None:
        row = tie(three[1], three[0], "SAME_CONTROLLER")
        assert row.source == three[0]
        with pytest.raises(InvalidInput) as refused:
            tie(three[0], three[1], "SAME_CONTROLLER")
        assert refused.value.code == "DUPLICATE"

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"kind": "LIKES"}, "kind"),
            ({"valid_to": date(2026, 1, 1)}, "valid_to"),
            ({"share": Decimal("1.01")}, "share"),
            ({"amount": Decimal(-1)}, "amount"),
        ],
    )
    def test_refuses_what_cannot_be(
        self, three: list[Customer], more: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            tie(three[0], three[1], **more)
        assert refused.value.field == field
        with pytest.raises(InvalidInput):
            tie(three[0], three[0])
        assert not Relation.objects.exists()

    def test_only_credit_records_and_ends_once(self, three: list[Customer], people: People) -> None:
        with pytest.raises(NotAllowed):
            tie(three[0], three[1], actor=people.sales)
        row = tie(three[0], three[1])
        end_relation(relation=row, valid_to=TODAY, actor=people.analyst, as_of=TODAY, reason="paid")
        with pytest.raises(AlreadyEnded):
            end_relation(
                relation=row, valid_to=TODAY, actor=people.analyst, as_of=TODAY, reason="x"
            )
        assert tie(three[0], three[1], valid_from=TODAY).pk != row.pk


@pytest.mark.django_db
class TestRiskGroups:
    def form(self, members: list[Customer], people: People, **more: Any) -> RiskGroup:
        values = {"reason": "GUARANTEE_RING", "name_en": "Ring", "actor": people.analyst}
        return create_risk_group(members=members, as_of=TODAY, **(values | more))

    def test_a_ring_asks_once_and_is_answered_by_the_group(
        self, three: list[Customer], people: People
    ) -> None:
        for n in range(3):
            tie(three[n], three[(n + 1) % 3])
        assert raise_ring_tasks(as_of=TODAY) == 1
        assert raise_ring_tasks(as_of=TODAY) == 0
        task = Task.objects.get(kind="RISK_GROUP")
        assert task.text == (
            "Form a risk group: 3 customers guarantee each other (C001, C002, C003)"
        )
        (proposal,) = list_proposals(as_of=TODAY)
        assert proposal.reason is Reason.GUARANTEE_RING
        assert task.url == f"/risk-groups/new/?proposal={proposal.key}"
        group = self.form(three, people)
        assert group.code == f"RG-{group.pk:04d}"
        assert list_proposals(as_of=TODAY) == []
        task.refresh_from_db()
        assert task.state == "CANCELLED"
        assert get_risk_group_of(three[0], as_of=TODAY) == group
        assert get_risk_group_of(three[0], as_of=date(2026, 11, 23)) is None

    def test_a_relation_that_ended_makes_no_ring(self, three: list[Customer]) -> None:
        tie(three[0], three[1])
        tie(three[1], three[0], valid_to=TODAY)
        assert list_proposals(as_of=TODAY) == []
        assert len(list_proposals(as_of=date(2026, 11, 23))) == 1

    def test_a_customer_is_in_one_group_at_a_time(
        self, three: list[Customer], people: People
    ) -> None:
        group = self.form(three[:2], people)
        with pytest.raises(InAnotherGroup):
            self.form(three[1:], people)
        assert RiskGroup.objects.count() == 1
        member = add_risk_member(group=group, customer=three[2], actor=people.manager, as_of=TODAY)
        RiskGroupMember.objects.filter(pk=member.pk).update(valid_from=date(2026, 6, 1))
        remove_risk_member(member=member, actor=people.analyst, as_of=TODAY, reason="sold")
        member.refresh_from_db()
        assert member.valid_to == TODAY
        with pytest.raises(Conflict):
            remove_risk_member(member=member, actor=people.analyst, as_of=TODAY, reason="x")

    def test_who_joined_today_by_mistake_leaves_no_member_behind(
        self, three: list[Customer], people: People
    ) -> None:
        group = self.form(three, people)
        member = group.members.get(customer=three[2])
        remove_risk_member(member=member, actor=people.analyst, as_of=TODAY, reason="mistake")
        assert not RiskGroupMember.objects.filter(pk=member.pk).exists()
        assert Event.objects.filter(code="customers.risk_group.left").count() == 1

    @pytest.mark.parametrize(
        ("more", "field"),
        [({"reason": "FUN"}, "reason"), ({"name_en": " "}, "name_en")],
    )
    def test_needs_a_reason_a_name_and_two(
        self, three: list[Customer], people: People, more: dict[str, str], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            self.form(three, people, **more)
        assert refused.value.field == field
        with pytest.raises(InvalidInput):
            self.form([three[0], three[0]], people)
        with pytest.raises(NotAllowed):
            self.form(three, people, actor=people.sales)
        assert not RiskGroup.objects.exists()
