"""Small graphics as inline SVG, sized by attributes: the security policy forbids style attributes.

Every function returns markup that is complete in itself; words beside it carry the same message.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import pi
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.figures import to_decimal

# Which of the eight colour steps a portfolio of n buckets uses, so that oldest is always darkest.
_SPREAD = {
    1: (0,),
    2: (0, 7),
    3: (0, 3, 7),
    4: (0, 1, 4, 7),
    5: (0, 1, 3, 5, 7),
    6: (0, 1, 3, 4, 5, 7),
    7: (0, 1, 2, 3, 4, 5, 7),
}


def bucket_class(index: int, count: int) -> str:
    """Return the colour class of bucket `index` (0 is not due) among `count`.

    >>> [bucket_class(i, 6) for i in range(6)]
    ['b0', 'b1', 'b3', 'b4', 'b5', 'b7']
    >>> bucket_class(11, 12)
    'b7'
    """
    steps = _SPREAD.get(count) or tuple(range(8))
    return f"b{steps[min(index, len(steps) - 1)]}"


def _percent(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01')).normalize():f}%"


def stacked_bar(
    parts: Sequence[tuple[Any, str]],
    *,
    label: str = "",
    height: int = 14,
    total: Any = None,
    urls: Sequence[str] = (),
) -> SafeString:
    """Return one horizontal bar of coloured parts.

    `parts` are (value, class) from left to right; negative values take no room. `total` is what
    the whole width stands for (the parts' sum if absent); a rest stays as empty track. Links are
    for the pointer only: they are hidden from the keyboard and from readers, for whom the legend
    holds the same links. Without a label the bar is decoration beside a text.
    """
    values = [max(to_decimal(value) or Decimal(0), Decimal(0)) for value, _css in parts]
    whole = max(to_decimal(total) or Decimal(0), sum(values, Decimal(0)))
    rects = []
    left = Decimal(0)
    for index, ((_value, css), value) in enumerate(zip(parts, values, strict=True)):
        if not whole or not value:
            continue
        width = value / whole * 100
        rect = format_html(
            '<rect class="{}" x="{}" width="{}" height="{}"/>',
            css,
            _percent(left),
            _percent(width),
            height,
        )
        if index < len(urls) and urls[index]:
            rect = format_html('<a href="{}" tabindex="-1">{}</a>', urls[index], rect)
        rects.append((rect,))
        left += width
    naming = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else format_html('aria-hidden="{}" focusable="false"', "true")
    )
    return format_html(
        '<svg class="bar" width="100%" height="{}" {}><rect class="track" width="100%"'
        ' height="{}"/>{}</svg>',
        height,
        naming,
        height,
        format_html_join("", "{}", rects),
    )


def sparkline(values: Sequence[Any], *, width: int = 72, height: int = 24) -> SafeString:
    """Return a line of the last values with a dot on the newest; nothing for fewer than two."""
    points = [number for number in map(to_decimal, values) if number is not None]
    if len(points) < 2:
        return SafeString("")
    low, high = min(points), max(points)
    span = (high - low) or Decimal(1)
    pad = 3
    step = Decimal(width - 2 * pad) / (len(points) - 1)
    rows = [
        (
            pad + step * index,
            (height - pad) - (number - low) / span * (height - 2 * pad)
            if high != low
            else Decimal(height) / 2,
        )
        for index, number in enumerate(points)
    ]
    path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in rows)
    last_x, last_y = rows[-1]
    return format_html(
        '<svg class="spark" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-hidden="true"'
        ' focusable="false"><path class="area" d="{path} L{x} {h} L{pad} {h} Z"/>'
        '<path d="{path}"/><circle cx="{x}" cy="{y}" r="2.2"/></svg>',
        w=width,
        h=height,
        path=path,
        pad=pad,
        x=f"{last_x:.1f}",
        y=f"{last_y:.1f}",
    )


def ring(score: Any, *, label: str, size: int = 34) -> SafeString:
    """Return a ring filled to `score` out of 100, the number inside."""
    number = min(max(to_decimal(score) or Decimal(0), Decimal(0)), Decimal(100))
    radius = size / 2 - 2
    around = 2 * pi * radius
    tone = "arc-high" if number >= 80 else "arc-mid" if number >= 50 else ""
    middle = size / 2
    return format_html(
        '<svg class="ring" width="{s}" height="{s}" viewBox="0 0 {s} {s}" role="img"'
        ' aria-label="{label}"><circle cx="{m}" cy="{m}" r="{r}"/><circle class="arc {tone}"'
        ' cx="{m}" cy="{m}" r="{r}" stroke-dasharray="{dash} {around}"'
        ' transform="rotate(-90 {m} {m})"/><text x="{m}" y="{y}" text-anchor="middle">{n}</text>'
        "</svg>",
        s=size,
        m=middle,
        r=f"{radius:g}",
        y=middle + 4,
        tone=tone,
        dash=f"{around * float(number) / 100:.1f}",
        around=f"{around:.1f}",
        label=label,
        n=f"{number:.0f}",
    )
