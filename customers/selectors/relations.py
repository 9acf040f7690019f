"""Reads of relations, groups and risk groups."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from common.bulk import fetch_rows
from common.errors import NotFound
from common.scope import visible_customers
from customers.domain.relations import Edge, Proposal, propose_groups
from customers.models import Customer, CustomerGroup, Relation, RiskGroup, RiskGroupMember
from customers.selectors.signal_policy import get_signal_policy


def in_force(as_of: date) -> Q:
    """Return the condition of a period that holds `as_of`."""
    return Q(valid_from__lte=as_of) & (Q(valid_to=None) | Q(valid_to__gt=as_of))


def list_edges(*, as_of: date, customer_ids: Collection[int] | None = None) -> list[Edge]:
    """Return the relations in force on a day, of all or from some. One query, as plain values."""
    who = "" if customer_ids is None else "and source_id = any(%(ids)s)"
    rows = fetch_rows(
        f"""
        select id, source_id, target_id, kind, share from customers_relation
        where valid_from <= %(as_of)s and (valid_to is null or valid_to > %(as_of)s) {who}
        order by id
        """,  # noqa: S608  the only part that varies is ours
        {"as_of": as_of, "ids": list(customer_ids or ())},
    )
    return [Edge(*row) for row in rows]


def list_relations(customer: Customer, *, as_of: date | None = None) -> QuerySet[Relation]:
    """Return the relations of one customer, both ways; with a day, those in force on it. One query."""
    relations: QuerySet[Relation] = Relation.objects.filter(
        Q(source=customer) | Q(target=customer)
    ).select_related("source", "target", "evidence", "recorded_by")
    if as_of is not None:
        relations = relations.filter(in_force(as_of))
    return relations.order_by("-valid_from", "-id")


def get_relation(relation_id: int, *, user: Any) -> Relation:
    """Return a relation both ends of which `user` may see; raise `NotFound`. One query."""
    found: Relation | None = (
        Relation.objects.filter(
            visible_customers(user, "source") & visible_customers(user, "target"), pk=relation_id
        )
        .select_related("source", "target")
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such relation."))
    return found


def list_relations_among(customer_ids: Collection[int], *, as_of: date) -> list[Relation]:
    """Return the relations in force between some customers. One query."""
    return list(
        Relation.objects.filter(
            in_force(as_of), source_id__in=customer_ids, target_id__in=customer_ids
        )
        .select_related("source", "target")
        .order_by("id")
    )


def list_risk_groups(user: Any, *, as_of: date) -> QuerySet[RiskGroup]:
    """Return the risk groups with a member `user` may see, and how many are in force. One query."""
    seen = RiskGroupMember.objects.filter(visible_customers(user, "customer")).order_by()
    groups: QuerySet[RiskGroup] = RiskGroup.objects.annotate(
        count=Count(
            "members",
            filter=Q(members__valid_from__lte=as_of)
            & (Q(members__valid_to=None) | Q(members__valid_to__gt=as_of)),
        )
    ).order_by("code")
    if getattr(user, "data_scope", "") == "ALL":
        return groups
    return groups.filter(pk__in=seen.values("group_id"))


def get_risk_group(code: str, *, user: Any, as_of: date) -> RiskGroup:
    """Return a risk group that `user` may see; raise `NotFound`. One query."""
    found = list_risk_groups(user, as_of=as_of).filter(code=code.upper()).first()
    if found is None:
        raise NotFound(_("There is no such risk group."))
    return found


def list_risk_members(group: RiskGroup, *, user: Any) -> list[RiskGroupMember]:
    """Return the members that `user` may see, present ones first. One query."""
    members = group.members.filter(visible_customers(user, "customer"))
    return list(
        members.select_related("customer", "added_by").order_by("-valid_from", "customer__code")
    )


def get_risk_group_of(customer: Customer, *, as_of: date) -> RiskGroup | None:
    """Return the risk group that a customer is in on a day. One query."""
    member = (
        RiskGroupMember.objects.filter(in_force(as_of), customer=customer)
        .select_related("group")
        .first()
    )
    return member.group if member else None


def list_proposals(*, as_of: date) -> list[Proposal]:
    """Return the risk groups that relations propose and that nobody formed yet. Three queries."""
    share = get_signal_policy(as_of=as_of).dependence_share
    grouped = dict(
        RiskGroupMember.objects.filter(in_force(as_of))
        .order_by()
        .values_list("customer_id", "group_id")
    )
    found = propose_groups(list_edges(as_of=as_of), share=share)
    return [proposal for proposal in found if not _is_formed(proposal, grouped)]


def _is_formed(proposal: Proposal, grouped: dict[int, int]) -> bool:
    groups = {grouped.get(member) for member in proposal.members}
    return len(groups) == 1 and None not in groups


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One group of a tree: how deep it lies, and its own members that the reader may see."""

    group: CustomerGroup
    depth: int
    parent_id: int | None
    members: tuple[Customer, ...]


def get_group(code: str, *, user: Any) -> CustomerGroup:
    """Return a group in which, or below which, `user` sees a customer; raise `NotFound`. Few queries."""
    group = CustomerGroup.objects.select_related("parent").filter(code=code.upper()).first()
    if group is not None:
        tree = list_tree(group, user=user)
        if any(node.group == group for node in tree) and any(node.members for node in tree):
            return group
    raise NotFound(_("There is no such group."))


def list_tree(group: CustomerGroup, *, user: Any) -> list[TreeNode]:
    """Return the tree a group belongs to, root first, depth first. Three queries.

    Who does not see every customer sees only the branches that lead to one of his.
    """
    rows = fetch_rows(
        """
        with recursive up as (
            select id, parent_id from customers_customergroup where id = %s
            union all
            select g.id, g.parent_id from up join customers_customergroup g on g.id = up.parent_id
        ), down as (
            select g.id, g.parent_id, 0 as depth, array[g.code::text] as path
            from customers_customergroup g join up on up.id = g.id where up.parent_id is null
            union all
            select g.id, g.parent_id, down.depth + 1, down.path || g.code::text
            from down join customers_customergroup g on g.parent_id = down.id
        )
        select id, parent_id, depth from down order by path
        """,
        [group.pk],
    )
    groups = CustomerGroup.objects.in_bulk([row[0] for row in rows])
    members: dict[int, list[Customer]] = {}
    customers = Customer.objects.for_user(user).filter(group_id__in=groups).order_by("code")
    for customer in customers.select_related("sales_owner"):
        members.setdefault(customer.group_id, []).append(customer)
    shown = {pk for pk, _parent, _depth in rows}
    if getattr(user, "data_scope", "") != "ALL":
        shown = set(members)
        for pk, parent, _depth in reversed(rows):  # a leaf comes after what it hangs on
            if pk in shown:
                shown.add(parent)
    return [
        TreeNode(groups[pk], depth, parent, tuple(members.get(pk, ())))
        for pk, parent, depth in rows
        if pk in shown
    ]
