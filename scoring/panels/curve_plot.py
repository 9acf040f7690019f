"""A curve from a model's value to points as a small picture, with the one before it behind."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.figures import to_decimal
from scoring.panels.shared import show_plain

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 260, 132, 30, 10, 10, 22
Points = Sequence[tuple[Decimal, Decimal]]


def read_points(pairs: Sequence[Sequence[Any]]) -> list[tuple[Decimal, Decimal]]:
    """Return the points that are numbers, ordered by value."""
    found = []
    for pair in pairs:
        x, y = to_decimal(pair[0]), to_decimal(pair[1])
        if x is not None and y is not None:
            found.append((x, y))
    return sorted(found)


def draw_curve(points: Points, before: Points = (), *, name: str) -> SafeString:
    """Draw one curve; nothing for fewer than two points. The table beside it holds the figures."""
    if len(points) < 2:
        return SafeString("")
    xs = [x for x, _y in (*points, *before)]
    low, high = min(xs), max(xs)
    if low == high:
        return SafeString("")

    def place(point: tuple[Decimal, Decimal]) -> tuple[str, str]:
        x = LEFT + (point[0] - low) / (high - low) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - point[1] / 100 * (HEIGHT - TOP - BOTTOM)
        return f"{x:.1f}", f"{y:.1f}"

    marks = [place(point) for point in points]
    grid = [(LEFT, WIDTH - RIGHT, y) for y in (TOP, (HEIGHT - BOTTOM + TOP) / 2, HEIGHT - BOTTOM)]
    old = (
        format_html('<path class="curve-before" d="{}"/>', _line([place(p) for p in before]))
        if len(before) > 1 and list(before) != list(points)
        else ""
    )
    return format_html(
        '<svg class="curve" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"'
        ' aria-label="{label}">{grid}<text x="{tx}" y="{top}" text-anchor="end">100</text>'
        '<text x="{tx}" y="{base}" text-anchor="end">0</text>'
        '<text x="{left}" y="{bottom}">{low}</text>'
        '<text x="{right}" y="{bottom}" text-anchor="end">{high}</text>'
        '{old}<path class="curve-now" d="{line}"/>{dots}</svg>',
        w=WIDTH,
        h=HEIGHT,
        label=_("Points by value: %(name)s") % {"name": name},
        grid=format_html_join("", '<line x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>', grid),
        tx=LEFT - 5,
        top=TOP + 4,
        base=HEIGHT - BOTTOM + 4,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=HEIGHT - 6,
        low=show_plain(low),
        high=show_plain(high),
        old=old,
        line=_line(marks),
        dots=format_html_join("", '<circle cx="{}" cy="{}" r="2.4"/>', marks),
    )


def _line(marks: Sequence[tuple[str, str]]) -> str:
    return "M" + " L".join(f"{x} {y}" for x, y in marks)
