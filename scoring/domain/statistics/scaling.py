"""From log-odds to points and back, and which variables cost points (评分刻度, 原因码; 11.6).

A score of ``score`` means ``odds`` goods to one bad, and ``pdo`` more points double the odds:
``factor = pdo / ln 2``, ``offset = score − factor · ln odds``. A scorecard's model is
``logit(PD) = b0 − Σ b·WOE``; each of n variables gets
``factor · (b·WOE − b0/n) + offset/n`` points. Source: N. Siddiqi (2006).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log

from common.errors import InvalidInput
from scoring.domain.statistics.logistic import expit

MAX_REASONS = 4
# Differences smaller than this are rounding noise, not a reason.
_NOISE = 1e-9


class InvalidScaling(InvalidInput):
    """A scale without positive odds and points, or points that do not belong together."""

    code = "INVALID_SCALING"


@dataclass(frozen=True)
class Scaling:
    """The line between log-odds of being good and points."""

    factor: float
    offset: float

    def get_score(self, log_odds: float) -> float:
        """Return the points of the natural logarithm of good:bad odds."""
        return self.offset + self.factor * log_odds

    def get_pd(self, score: float) -> float:
        """Return the probability of default that a score stands for."""
        return float(expit([(self.offset - score) / self.factor])[0])


@dataclass(frozen=True)
class ScorecardPoints:
    """The points of each variable, their sum, its PD, and what a variable that says nothing gets."""

    points: tuple[float, ...]
    score: float
    pd: float
    neutral_points: float


@dataclass(frozen=True)
class PointsReasons:
    """Each variable's points above or below neutral, and the names on either side.

    ``adverse`` names at most four, the largest shortfall first; ``favourable`` every other one with
    a surplus, the largest first.
    """

    difference: Mapping[str, float]
    adverse: tuple[str, ...]
    favourable: tuple[str, ...]


def scale_pdo(score: float, odds: float, pdo: float) -> Scaling:
    """Lay the scale: ``score`` points at ``odds`` goods a bad, ``pdo`` points to double them.

    Raises:
        InvalidScaling: odds or pdo are not positive.

    >>> scale = scale_pdo(600, 50, 20)
    >>> round(scale.factor, 4), round(scale.offset, 4)
    (28.8539, 487.1229)
    """
    if not (isfinite(score) and 0 < odds < float("inf") and 0 < pdo < float("inf")):
        raise InvalidScaling("odds and points to double the odds are positive", field="pdo")
    factor = pdo / log(2)
    return Scaling(factor, score - factor * log(odds))


def compute_points(
    intercept: float, betas: Sequence[float], woe: Sequence[float], scaling: Scaling
) -> ScorecardPoints:
    """Turn a scorecard's variables into points. ``intercept`` is that of the **bad** logit.

    Raises:
        InvalidScaling: no variable, or not one weight for each coefficient.
    """
    if not betas or len(betas) != len(woe):
        raise InvalidScaling("one weight of evidence for each coefficient", field="woe")
    n = len(betas)
    neutral = (scaling.offset - scaling.factor * intercept) / n
    points = tuple(neutral + scaling.factor * b * w for b, w in zip(betas, woe, strict=True))
    score = sum(points)
    return ScorecardPoints(points, score, scaling.get_pd(score), neutral)


def list_reasons(
    points: Mapping[str, float], neutral_points: float, *, limit: int = MAX_REASONS
) -> PointsReasons:
    """Name the variables that cost points, the dearest first, and those that earn some.

    Ties go by name, so the same points always give the same reasons.

    >>> list_reasons({"age": 10.0, "debt": 3.0, "size": 6.0}, 6.0).adverse
    ('debt',)
    """
    difference = {name: value - neutral_points for name, value in points.items()}
    ranked = sorted(difference.items(), key=lambda pair: (pair[1], pair[0]))
    adverse = tuple(name for name, gap in ranked if gap < -_NOISE)[: max(limit, 0)]
    gains = sorted(ranked, key=lambda pair: (-pair[1], pair[0]))
    return PointsReasons(difference, adverse, tuple(name for name, gap in gains if gap > _NOISE))
