"""Pictures of who falls together: the tree of a group, the risk groups and what proposes them."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from common.clock import business_today
from credit_control.selectors import LimitUse, list_limit_use
from customers.domain.relations import Proposal, list_cycles
from customers.drawings import Branch, Node, draw_graph, draw_tree
from customers.forms.signals import AddMemberForm, NoteForm
from customers.models import Customer, Relation, RiskGroup
from customers.selectors import (
    get_group,
    get_risk_group,
    list_customers,
    list_edges,
    list_proposals,
    list_relations_among,
    list_risk_groups,
    list_risk_members,
    list_tree,
)
from customers.selectors.signals import list_worst_signals
from scoring.selectors import get_current_ratings
from users.permissions import may
from users.views_support import needs

MOST_PROPOSALS = 50


def _describe_members(
    customers: Collection[Customer], user: Any, as_of: date
) -> list[dict[str, Any]]:
    """Return customers with grade, exposure per currency and worst open signal."""
    ids = [customer.pk for customer in customers]
    ratings = get_current_ratings(customer_ids=ids, as_of=as_of)
    worst = list_worst_signals(ids)
    uses: dict[int, list[LimitUse]] = {}
    for use in list_limit_use(user=user, as_of=as_of, customer_ids=ids):
        uses.setdefault(use.account.customer_id, []).append(use)
    return [
        {
            "customer": customer,
            "grade": getattr(ratings.get(customer.pk), "grade", None),
            "uses": uses.get(customer.pk, []),
            "signal": worst.get(customer.pk, ""),
        }
        for customer in customers
    ]


@needs("customer.view")
@require_GET
def group_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show the tree a group belongs to, and everybody in it."""
    as_of = business_today()
    group = get_group(code, user=request.user)
    nodes = list_tree(group, user=request.user)
    members = [customer for node in nodes for customer in node.members]
    described = {row["customer"].pk: row for row in _describe_members(members, request.user, as_of)}
    branches = [
        Branch(
            id=node.group.pk,
            parent_id=node.parent_id,
            depth=node.depth,
            label=node.group.display_name,
            note=ngettext("%(n)d member", "%(n)d members", len(node.members))
            % {"n": len(node.members)},
            url=reverse("customer_group", args=[node.group.code]),
            is_here=node.group.pk == group.pk,
        )
        for node in nodes
    ]
    context = {
        "group": group,
        "nodes": [
            {"node": node, "members": [described[c.pk] for c in node.members]} for node in nodes
        ],
        "count": len(members),
        "picture": draw_tree(branches, _("Tree of the group %(name)s") % {"name": group.code}),
        "as_of": as_of,
    }
    return render(request, "customers/group_page.html", context)


@needs("customer.view")
@require_GET
def risk_group_list(request: HttpRequest) -> HttpResponse:
    """Show the risk groups there are and those that relations propose."""
    as_of = business_today()
    may_record = may(request.user, "relation.record")
    proposals = list_proposals(as_of=as_of) if may_record else []
    context = {
        "groups": list_risk_groups(request.user, as_of=as_of),
        "proposals": _describe_proposals(proposals[:MOST_PROPOSALS], request.user),
        "more": max(0, len(proposals) - MOST_PROPOSALS),
        "may_record": may_record,
        "as_of": as_of,
    }
    return render(request, "customers/risk_group_list.html", context)


def _describe_proposals(proposals: list[Proposal], user: Any) -> list[dict[str, Any]]:
    """Return the proposals of which this reader sees every member. One query."""
    wanted = {member for proposal in proposals for member in proposal.members}
    seen = {c.pk: c for c in list_customers(user).filter(pk__in=wanted)}
    return [
        {
            "proposal": proposal,
            "reason": RiskGroup.Reason(proposal.reason.value).label,
            "members": [seen[member] for member in proposal.members[:8]],
            "more": max(0, len(proposal.members) - 8),
        }
        for proposal in proposals
        if all(member in seen for member in proposal.members)
    ]


@needs("customer.view")
@require_GET
def risk_group_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a risk group: who is in it, what ties them, drawn and as a table."""
    as_of = business_today()
    group = get_risk_group(code, user=request.user, as_of=as_of)
    members = list_risk_members(group, user=request.user)
    present = [m for m in members if m.valid_to is None or m.valid_to > as_of]
    customers = [m.customer for m in present]
    relations = list_relations_among([c.pk for c in customers], as_of=as_of)
    described = _describe_members(customers, request.user, as_of)
    ids = {customer.pk for customer in customers}
    names = {customer.pk: customer.code for customer in customers}
    edges = [
        edge for edge in list_edges(as_of=as_of, customer_ids=ids)
        if edge.source in ids and edge.target in ids
    ]  # fmt: skip
    context = {
        "group": group,
        "members": [
            {"member": member, **row} for member, row in zip(present, described, strict=True)
        ],
        "former": [m for m in members if m.valid_to is not None and m.valid_to <= as_of],
        "relations": relations,
        "cycles": [" → ".join(names[m] for m in (*c, c[0])) for c in list_cycles(edges)],
        "picture": _draw(described, relations, group),
        "add_form": AddMemberForm(),
        "leave_form": NoteForm(),
        "may_record": may(request.user, "relation.record"),
        "as_of": as_of,
    }
    return render(request, "customers/risk_group_page.html", context)


def _draw(rows: list[dict[str, Any]], relations: list[Relation], group: RiskGroup) -> Any:
    nodes = [
        Node(
            id=row["customer"].pk,
            label=row["customer"].code,
            title=row["customer"].display_name,
            url=reverse("customer", args=[row["customer"].code]),
            tone=f"tone-{'bad' if row['signal'] == 'RED' else 'plain'}",
        )
        for row in rows
    ]
    edges = [(row.source_id, row.target_id, row.kind) for row in relations]
    label = _("How the members of %(group)s hang together; the table below says the same") % {
        "group": group.code
    }
    return draw_graph(nodes, edges, label)
