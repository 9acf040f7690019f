"""Has the population moved since the model was made? (稳定性; section 11.7)

``PSI = Σ (a − e) · ln(a/e)`` over the bands of the development sample, an empty band counting as
0.0001; CSI is the same for one variable, with the points that the shift cost or earned.
Below 0.10 stable, from 0.10 to 0.25 moderate, above 0.25 shifted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log

import numpy as np

from common.errors import InvalidInput
from scoring.domain.statistics.logistic import Floats, InvalidSample, Numbers

EMPTY_SHARE = 0.0001
MODERATE_FROM, SHIFT_ABOVE = 0.10, 0.25
REVIEW_POINTS = 5.0
BANDS = 10


class InvalidShares(InvalidInput):
    """Distributions that cannot be compared: other lengths, negative, or empty."""

    code = "INVALID_SHARES"


@dataclass(frozen=True)
class Stability:
    """The index, its reading, and each band's part of it."""

    value: float
    band: str
    parts: tuple[float, ...]


@dataclass(frozen=True)
class CharacteristicStability:
    """One variable's index and how many points the average score moved because of it."""

    value: float
    band: str
    score_shift: float

    @property
    def needs_review(self) -> bool:
        """Whether the shift moved the average score by more than five points."""
        return abs(self.score_shift) > REVIEW_POINTS


def compute_psi(expected: Sequence[float], actual: Sequence[float]) -> Stability:
    """Compare two distributions over the same bands, given as shares or as counts.

    Raises:
        InvalidShares: another number of bands, a negative share, or nothing in one of them.

    >>> result = compute_psi([25, 25, 25, 25], [10, 20, 30, 40])
    >>> round(result.value, 4), result.band
    (0.2282, 'moderate')
    """
    before, after = _shares(expected, "expected"), _shares(actual, "actual")
    if len(before) != len(after):
        raise InvalidShares("both distributions have the same bands", field="actual")
    parts = tuple(_part(e, a) for e, a in zip(before, after, strict=True))
    value = sum(parts)
    return Stability(value, read_psi(value), parts)


def compute_csi(
    expected: Sequence[float], actual: Sequence[float], points: Sequence[float]
) -> CharacteristicStability:
    """Compare the bins of one variable and weigh the shift with the points of each bin.

    Raises:
        InvalidShares: as `compute_psi`, or not one figure of points for each bin.
    """
    psi = compute_psi(expected, actual)
    if len(points) != len(expected):
        raise InvalidShares("one figure of points for each bin", field="points")
    before, after = _shares(expected, "expected"), _shares(actual, "actual")
    shift = sum((a - e) * p for e, a, p in zip(before, after, points, strict=True))
    return CharacteristicStability(psi.value, psi.band, shift)


def compare_scores(development: Numbers, current: Numbers, *, bands: int = BANDS) -> Stability:
    """Compare scores of today with those of the development sample, over its quantile bands.

    Raises:
        InvalidSample: no score on either side, or one that is not a number.
    """
    before, after = _scores(development, "development"), _scores(current, "current")
    edges = np.unique(np.quantile(before, np.linspace(0, 1, bands + 1)[1:-1]))
    return compute_psi(_count(before, edges), _count(after, edges))


def read_psi(value: float) -> str:
    """Tell in a word how far a population has moved.

    >>> [read_psi(x) for x in (0.0999, 0.1, 0.25, 0.2501)]
    ['stable', 'moderate', 'moderate', 'shift']
    """
    if value < MODERATE_FROM:
        return "stable"
    return "moderate" if value <= SHIFT_ABOVE else "shift"


def _shares(values: Sequence[float], field: str) -> list[float]:
    if not values or any(not isfinite(x) or x < 0 for x in values) or not sum(values):
        raise InvalidShares("shares are zero or more, and not all of them zero", field=field)
    total = sum(values)
    return [x / total for x in values]


def _part(expected: float, actual: float) -> float:
    e, a = expected or EMPTY_SHARE, actual or EMPTY_SHARE
    return (a - e) * log(a / e)


def _scores(values: Numbers, field: str) -> Floats:
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1 or not scores.size or np.isnan(scores).any():
        raise InvalidSample("scores are numbers, and there is at least one", field=field)
    return scores


def _count(scores: Floats, edges: Floats) -> list[float]:
    counts = np.bincount(np.searchsorted(edges, scores, side="right"), minlength=edges.size + 1)
    return [float(n) for n in counts]
