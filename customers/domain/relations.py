"""Who hangs on whom: guarantee rings, dependence, one controller; who should be one risk group.

Source: process specification A.2. A relation is (source, target): source guarantees, supplies or
controls target. Customers are ids. Pure; graphs by networkx.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import islice

import networkx as nx

LONGEST_CYCLE = 6
MOST_CYCLES = 20
DEPENDENCE_SHARE = Decimal("0.50")


class Reason(StrEnum):
    """Why customers should be one risk group."""

    GUARANTEE_RING = "GUARANTEE_RING"
    SAME_CONTROLLER = "SAME_CONTROLLER"
    SUPPLY_DEPENDENCE = "SUPPLY_DEPENDENCE"


@dataclass(frozen=True, slots=True)
class Edge:
    """One relation that is in force: of which kind, which way, and the share it is of the target."""

    id: int
    source: int
    target: int
    kind: str
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Customers that the relations say should be one risk group: ascending ids, and the evidence."""

    reason: Reason
    members: tuple[int, ...]
    relations: tuple[int, ...]

    @property
    def key(self) -> str:
        """A short name of exactly these members for this reason."""
        text = f"{self.reason}:{','.join(map(str, self.members))}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def find_rings(edges: Iterable[Edge]) -> list[Proposal]:
    """Return the rings of customers who guarantee each other, each with the guarantees in it.

    A ring is a strongly connected component of more than one: from each one leads to each other.
    Rings are ordered by their smallest member; linear in the number of relations.

    >>> [ring.members for ring in find_rings([Edge(1, 10, 11, "GUARANTEES"),
    ...                                       Edge(2, 11, 10, "GUARANTEES"),
    ...                                       Edge(3, 11, 12, "GUARANTEES")])]
    [(10, 11)]
    """
    given = [edge for edge in edges if edge.kind == "GUARANTEES"]
    graph = nx.DiGraph()
    graph.add_edges_from((edge.source, edge.target) for edge in given)
    rings = [c for c in nx.strongly_connected_components(graph) if len(c) > 1]
    return _propose(Reason.GUARANTEE_RING, rings, given)


def find_controlled(edges: Iterable[Edge]) -> list[Proposal]:
    """Return the sets of customers under one controller, said directly or through who controls both.

    >>> [p.members for p in find_controlled([Edge(1, 5, 6, "CONTROLS"), Edge(2, 5, 7, "CONTROLS")])]
    [(5, 6, 7)]
    """
    given = [edge for edge in edges if edge.kind in ("SAME_CONTROLLER", "CONTROLS")]
    graph = nx.Graph()
    graph.add_edges_from((edge.source, edge.target) for edge in given)
    return _propose(Reason.SAME_CONTROLLER, nx.connected_components(graph), given)


def find_dependent(edges: Iterable[Edge], *, share: Decimal = DEPENDENCE_SHARE) -> list[Proposal]:
    """Return the sets tied by supply of more than `share`; exactly that share does not tie.

    >>> find_dependent([Edge(1, 5, 6, "SUPPLIES", Decimal("0.50"))])
    []
    """
    given = [
        edge
        for edge in edges
        if edge.kind == "SUPPLIES" and edge.share is not None and edge.share > share
    ]
    graph = nx.Graph()
    graph.add_edges_from((edge.source, edge.target) for edge in given)
    return _propose(Reason.SUPPLY_DEPENDENCE, nx.connected_components(graph), given)


def _propose(
    reason: Reason, parts: Iterable[Iterable[int]], edges: Sequence[Edge]
) -> list[Proposal]:
    members = [tuple(sorted(part)) for part in parts]
    place = {member: n for n, part in enumerate(members) for member in part}
    inside: list[list[int]] = [[] for _part in members]
    for edge in edges:
        n = place.get(edge.source)
        if n is not None and place.get(edge.target) == n:
            inside[n].append(edge.id)
    found = [
        Proposal(reason, part, tuple(sorted(ids)))
        for part, ids in zip(members, inside, strict=True)
    ]
    return sorted(found, key=lambda proposal: proposal.members)


def propose_groups(edges: Sequence[Edge], *, share: Decimal = DEPENDENCE_SHARE) -> list[Proposal]:
    """Return everything the relations say: rings first, then one controller, then dependence."""
    return [*find_rings(edges), *find_controlled(edges), *find_dependent(edges, share=share)]


def list_cycles(edges: Iterable[Edge]) -> list[tuple[int, ...]]:
    """List up to 20 guarantee cycles of at most six members, shortest first, each from its least.

    >>> list_cycles([Edge(1, 3, 2, "GUARANTEES"), Edge(2, 2, 3, "GUARANTEES")])
    [(2, 3)]
    """
    graph = nx.DiGraph()
    graph.add_edges_from((e.source, e.target) for e in edges if e.kind == "GUARANTEES")
    found = islice(nx.simple_cycles(graph, length_bound=LONGEST_CYCLE), MOST_CYCLES)
    turned = [_from_least(cycle) for cycle in found]
    return sorted(turned, key=lambda cycle: (len(cycle), cycle))


def _from_least(cycle: Sequence[int]) -> tuple[int, ...]:
    start = cycle.index(min(cycle))
    return (*cycle[start:], *cycle[:start])


def place_in_circle(members: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Place members on a circle around (0, 0) of radius 1, the first on top, clockwise.

    >>> place_in_circle([7, 8])
    {7: (0.0, -1.0), 8: (0.0, 1.0)}
    """
    if not members:
        return {}
    placed = nx.circular_layout(list(members))
    # networkx starts on the right and turns against the clock; pages read from the top, clockwise.
    return {
        member: (round(float(point[1]), 4) + 0.0, round(-float(point[0]), 4) + 0.0)
        for member, point in placed.items()
    }
