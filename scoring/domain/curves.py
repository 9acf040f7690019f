"""Piecewise linear curves and clipping, the only two shapes the expert models need."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

Knots: TypeAlias = tuple[tuple[Decimal, Decimal], ...]


def knots(*points: tuple[str | int, str | int]) -> Knots:
    """Build knots from literals, ascending in x.

    >>> knots((0, 0), ("1.23", 40))[1]
    (Decimal('1.23'), Decimal('40'))
    """
    return tuple((Decimal(x), Decimal(y)) for x, y in points)


def interpolate(x: Decimal, curve: Knots) -> Decimal:
    """Read a piecewise linear curve at x; constant outside the outer knots.

    >>> interpolate(Decimal("0.5"), knots((0, 20), (1, 40)))
    Decimal('30.0')
    >>> interpolate(Decimal(9), knots((0, 20), (1, 40)))
    Decimal('40')
    """
    if x <= curve[0][0]:
        return curve[0][1]
    for (x0, y0), (x1, y1) in pairwise(curve):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return curve[-1][1]


def clip(x: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """Keep x inside [low, high].

    >>> clip(Decimal(7), Decimal(-2), Decimal(5))
    Decimal('5')
    """
    return max(low, min(high, x))
