"""Trees and rings as inline SVG, sized by attributes; a table beside them says the same in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from customers.domain.relations import place_in_circle

RADIUS, NODE = 130, 26
ROW, INDENT, BOX_HEIGHT = 44, 28, 32
MOST_DRAWN = 24


@dataclass(frozen=True, slots=True)
class Node:
    """A member as it is drawn: its short name, where a click leads, and how it looks."""

    id: int
    label: str
    title: str
    url: str = ""
    tone: str = ""


def draw_graph(
    nodes: Sequence[Node], edges: Sequence[tuple[int, int, str]], label: str
) -> SafeString:
    """Draw members in a circle with arrows between them; nothing for more than 24 of them.

    Edges are (source, target, kind); the kind is the arrow's class.
    """
    if not nodes or len(nodes) > MOST_DRAWN:
        return SafeString("")
    radius = max(RADIUS, len(nodes) * 22) if len(nodes) > 1 else 0
    places = {
        key: (x * radius, y * radius)
        for key, (x, y) in place_in_circle([node.id for node in nodes]).items()
    }
    half = radius + NODE + 14
    arrows = [
        (_arrow(places[source], places[target], kind, index),)
        for index, (source, target, kind) in enumerate(edges)
        if source in places and target in places
    ]
    return format_html(
        '<svg class="graph" viewBox="{} {} {} {}" width="{}" height="{}" role="group"'
        ' aria-label="{}"><defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4"'
        ' markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        '<path class="arrow-head" d="M0 0 L8 4 L0 8 z"/></marker></defs>{}{}</svg>',
        f"{-half - 40:g}",
        f"{-half:g}",
        f"{2 * half + 80:g}",
        f"{2 * half:g}",
        f"{2 * half + 80:g}",
        f"{2 * half:g}",
        label,
        format_html_join("", "{}", arrows),
        format_html_join("", "{}", [(_node(node, places[node.id]),) for node in nodes]),
    )


def _arrow(
    start: tuple[float, float], end: tuple[float, float], kind: str, index: int
) -> SafeString:
    """Draw one arrow, bent a little, so that two of opposite ways do not cover each other."""
    (x1, y1), (x2, y2) = start, end
    length = hypot(x2 - x1, y2 - y1) or 1.0
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    bend = min(26.0, length / 5)
    middle = ((x1 + x2) / 2 - uy * bend, (y1 + y2) / 2 + ux * bend)
    return format_html(
        '<path class="edge edge-{}" d="M{} {} Q{} {} {} {}" marker-end="url(#arrow)"/>',
        kind.lower().replace("_", "-"),
        f"{x1 + ux * NODE:.1f}",
        f"{y1 + uy * NODE:.1f}",
        f"{middle[0]:.1f}",
        f"{middle[1]:.1f}",
        f"{x2 - ux * (NODE + 4):.1f}",
        f"{y2 - uy * (NODE + 4):.1f}",
    )


def _node(node: Node, place: tuple[float, float]) -> SafeString:
    x, y = place
    drawn = format_html(
        '<g class="node {}"><title>{}</title><rect x="{}" y="{}" width="84" height="28" rx="6"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        node.tone,
        node.title,
        f"{x - 42:.1f}",
        f"{y - 14:.1f}",
        f"{x:.1f}",
        f"{y + 4:.1f}",
        node.label[:11],
    )
    # For the pointer only: the table below holds the same links for the keyboard and for readers.
    return format_html('<a href="{}" tabindex="-1">{}</a>', node.url, drawn) if node.url else drawn


@dataclass(frozen=True, slots=True)
class Branch:
    """One group of a tree as it is drawn: how deep, its name, how many members."""

    id: int
    parent_id: int | None
    depth: int
    label: str
    note: str
    url: str
    is_here: bool = False


def draw_tree(branches: Sequence[Branch], label: str) -> SafeString:
    """Draw a tree of groups, root on top, every level further to the right."""
    if not branches:
        return SafeString("")
    lines: Mapping[int, int] = {branch.id: n for n, branch in enumerate(branches)}
    width = 300 + INDENT * max(branch.depth for branch in branches)
    height = ROW * len(branches)
    return format_html(
        '<svg class="tree" viewBox="0 0 {} {}" width="{}" height="{}" role="group" aria-label="{}">'
        "{}{}</svg>",
        width,
        height,
        width,
        height,
        label,
        format_html_join("", "{}", [(_elbow(b, lines),) for b in branches if b.parent_id in lines]),
        format_html_join("", "{}", [(_box(b, lines[b.id]),) for b in branches]),
    )


def _elbow(branch: Branch, lines: Mapping[int, int]) -> SafeString:
    parent = lines[branch.parent_id or 0]
    x = INDENT * (branch.depth - 1) + 14
    y = ROW * lines[branch.id] + BOX_HEIGHT / 2
    return format_html(
        '<path class="edge" d="M{} {} V{} H{}"/>',
        x,
        ROW * parent + BOX_HEIGHT,
        f"{y:g}",
        INDENT * branch.depth,
    )


def _box(branch: Branch, line: int) -> SafeString:
    x, y = INDENT * branch.depth, ROW * line
    return format_html(
        '<a href="{}" tabindex="-1"><g class="node{}"><rect x="{}" y="{}" width="296" height="{}"'
        ' rx="6"/><text x="{}" y="{}">{}</text><text class="note-text" x="{}" y="{}"'
        ' text-anchor="end">{}</text></g></a>',
        branch.url,
        " here" if branch.is_here else "",
        x + 2,
        y + 1,
        BOX_HEIGHT - 2,
        x + 14,
        y + 21,
        branch.label[:28],
        x + 286,
        y + 21,
        branch.note,
    )
