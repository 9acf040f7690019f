"""What each model of the financial component would have to show, the others staying as they are.

The component is a weighted mean, so what one sub-score must be is exact; each curve is piecewise
linear, so the value behind it is exact too. Of the credit risk index the single indicator that does it
is found by trying each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from scoring.domain.curves import Knots
from scoring.domain.models.risk_index import Benchmark
from scoring.domain.results import HUNDRED, ZERO

INDEX, OHLSON = "cri", "ohlson"


@dataclass(frozen=True)
class ModelWay:
    """One model that alone lifts the component: its sub-score and its value, now and needed.

    The value of the credit risk index is the index (lower is better), of Ohlson the probability.
    """

    role: str
    subscore: Decimal
    needed_subscore: Decimal
    needed_value: Decimal


@dataclass(frozen=True)
class IndicatorWay:
    """One indicator of the credit risk index that alone lifts its strength."""

    indicator: str
    needed: Decimal


def list_model_ways(
    subscores: Mapping[str, Decimal],
    shares: Mapping[str, Decimal],
    needed_raw: Decimal,
    curves: Mapping[str, Knots],
) -> tuple[ModelWay, ...]:
    """List the models that alone bring the component (before distrust and age) to ``needed_raw``.

    ``subscores`` and ``shares`` (adding up to 1) are those of the models that are there; ``curves``
    names the curve of each role, the index has none. Smallest rise first.

    >>> from scoring.domain.curves import knots
    >>> ways = list_model_ways({"z": Decimal(60), "cri": Decimal(70)},
    ...     {"z": Decimal("0.5"), "cri": Decimal("0.5")}, Decimal(70), {"z": knots((0, 0), (4, 80))})
    >>> [(way.role, int(way.needed_subscore), float(way.needed_value)) for way in ways]
    [('cri', 80, 20.0), ('z', 70, 3.5)]
    """
    raw = sum((subscores[role] * share for role, share in shares.items()), ZERO)
    ways = []
    for role, share in shares.items():
        needed = subscores[role] + (needed_raw - raw) / share if share else HUNDRED + 1
        if needed > HUNDRED or needed <= subscores[role]:
            continue
        value = HUNDRED - needed if role == INDEX else find_value(needed, curves[role])
        if value is not None:
            ways.append(ModelWay(role, subscores[role], needed, value))
    return tuple(sorted(ways, key=lambda way: (way.needed_subscore - way.subscore, way.role)))


def find_value(points: Decimal, curve: Knots) -> Decimal | None:
    """Return where a curve, rising or falling, reaches some points; ``None`` where it never does.

    >>> from scoring.domain.curves import knots
    >>> find_value(Decimal(75), knots((0, 100), ("0.5", 50)))
    Decimal('0.25')
    """
    for (x0, y0), (x1, y1) in pairwise(curve):
        if min(y0, y1) <= points <= max(y0, y1) and y0 != y1:
            return x0 + (x1 - x0) * (points - y0) / (y1 - y0)
    return None


def list_indicator_ways(
    table: Iterable[Benchmark],
    scores: Mapping[str, Decimal],
    needed_strength: Decimal,
) -> tuple[IndicatorWay, ...]:
    """List the indicators that alone bring the strength (100 less the index) to what is needed.

    ``scores`` are the points of the indicators that count; one that would need more than 100 is left
    out. The least rise in points first.

    >>> table = (Benchmark("roa", 1, Decimal(50), Decimal(0), Decimal(4), Decimal(8)),
    ...     Benchmark("debt_to_assets", -1, Decimal(50), Decimal(7), Decimal(6), Decimal(4)))
    >>> scores = {"roa": Decimal(50), "debt_to_assets": Decimal(60)}
    >>> [(way.indicator, float(way.needed)) for way in list_indicator_ways(table, scores, Decimal(60))]
    [('debt_to_assets', 4.4), ('roa', 5.6)]
    """
    rows = [row for row in table if row.indicator in scores]
    total = sum((row.weight for row in rows), ZERO)
    if not total:
        return ()
    strength = sum((row.weight * scores[row.indicator] for row in rows), ZERO) / total
    found = []
    for row in rows:
        rise = (needed_strength - strength) * total / row.weight if row.weight else HUNDRED + 1
        points = scores[row.indicator] + rise
        if rise <= 0 or points > HUNDRED:
            continue
        half = row.better - row.median if points >= 50 else row.median - row.worse
        needed = row.median + half * (points - 50) / 25
        found.append((rise, IndicatorWay(row.indicator, needed)))
    found.sort(key=lambda pair: (pair[0], -scores[pair[1].indicator], pair[1].indicator))
    return tuple(way for _, way in found)
