"""How well a model tells bad from good, and whether its probabilities are true (11.7).

``y`` is 1 for a bad; ``p`` is its probability of default, or any score where higher is riskier for
the measures of rank (AUC, Gini, KS). One class only: those are ``None``, and so is a calibration
line that does not exist. Source: the definitions of the scoring guide, section 11.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.domain.statistics.logistic import (
    CLIP,
    Floats,
    InvalidSample,
    Numbers,
    Positions,
    fit_logistic,
    logit,
    read_labels,
    read_probabilities,
)

BOOTSTRAPS = 1000
# (below this, the reading)
AUC_READINGS: tuple[tuple[float, str], ...] = (
    (0.60, "reject"),
    (0.70, "weak"),
    (0.80, "acceptable"),
)
KS_READINGS: tuple[tuple[float, str], ...] = ((0.20, "weak"), (0.40, "fair"), (0.75, "good"))


@dataclass(frozen=True)
class Calibration:
    """``logit P(bad) = intercept + slope · logit p``, and the shift alone (slope held at 1)."""

    intercept: float
    slope: float
    in_the_large: float


@dataclass(frozen=True)
class Discrimination:
    """Every measure of 11.7 for one sample."""

    rows: int
    events: int
    auc: float | None
    gini: float | None
    ks: float | None
    brier: float
    brier_base: float
    brier_skill: float | None
    log_loss: float
    calibration: Calibration | None


@dataclass(frozen=True)
class Interval:
    """An estimate with the bounds between which 95 % of the resampled values lie."""

    value: float
    low: float
    high: float


def measure(y: Numbers, p: Numbers) -> Discrimination:
    """Compute every measure for labels and probabilities.

    Raises:
        InvalidSample: other lengths, a label that is not 0 or 1, a probability outside 0 to 1.

    >>> found = measure([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> found.auc, found.ks
    (0.75, 0.5)
    """
    labels = read_labels(y)
    chances = read_probabilities(p, labels.size)
    auc = compute_auc(labels, chances)
    brier = float(((chances - labels) ** 2).mean())
    rate = float(labels.mean())
    base = rate * (1 - rate)
    clipped = np.clip(chances, CLIP, 1 - CLIP)
    loss = -(labels * np.log(clipped) + (1 - labels) * np.log1p(-clipped)).mean()
    return Discrimination(
        rows=labels.size,
        events=int(labels.sum()),
        auc=auc,
        gini=None if auc is None else 2 * auc - 1,
        ks=compute_ks(labels, chances),
        brier=brier,
        brier_base=base,
        brier_skill=1 - brier / base if base else None,
        log_loss=float(loss),
        calibration=fit_calibration(labels, chances),
    )


def compute_auc(y: Numbers, score: Numbers) -> float | None:
    """Return the chance that a random bad looks riskier than a random good; ties count one half.

    >>> compute_auc([1, 0], [0.5, 0.5])
    0.5
    """
    labels = read_labels(y)
    order, starts = _sort(_read_scores(score, labels.size))
    return _weighted_auc(labels[order], np.ones(labels.size), starts)


def compute_ks(y: Numbers, score: Numbers) -> float | None:
    """Return the largest distance between the cumulative shares of bads and goods."""
    labels = read_labels(y)
    bads = labels.sum()
    if bads in (0, labels.size):
        return None
    order, starts = _sort(_read_scores(score, labels.size))
    ends = np.append(starts[1:], labels.size) - 1
    bad = labels[order].cumsum()[ends] / bads
    good = (1 - labels[order]).cumsum()[ends] / (labels.size - bads)
    return float(np.abs(bad - good).max())


def fit_calibration(y: Numbers, p: Numbers) -> Calibration | None:
    """Fit the calibration line; ``None`` for one class only, equal chances or separated classes."""
    labels = read_labels(y)
    z = logit(read_probabilities(p, labels.size))
    ones = np.ones((labels.size, 1))
    line = fit_logistic(np.column_stack([ones, z]), labels)
    shift = fit_logistic(ones, labels, offset=z)
    if line is None or shift is None:
        return None
    return Calibration(float(line[0]), float(line[1]), float(shift[0]))


def bootstrap_auc(
    y: Numbers,
    score: Numbers,
    *,
    groups: Sequence[object] | None = None,
    samples: int = BOOTSTRAPS,
    seed: int = 0,
) -> Interval | None:
    """Return the AUC with its 95 % bounds from resampled customer groups.

    ``groups`` names each row's group (without: every row by itself); whole groups are drawn, since
    the rows of one are no independent evidence. The same seed gives the same bounds.
    """
    found = _bootstrap(y, [score], groups, samples, seed)
    return None if found is None else _interval(found[0][0], found[1][:, 0])


def compare_auc(
    y: Numbers,
    challenger: Numbers,
    champion: Numbers,
    *,
    groups: Sequence[object] | None = None,
    samples: int = BOOTSTRAPS,
    seed: int = 0,
) -> Interval | None:
    """Return by how much the challenger's AUC is higher, both on the same resampled groups.

    A challenger may replace the champion only when ``low`` is above 0 (11.7).
    """
    found = _bootstrap(y, [challenger, champion], groups, samples, seed)
    if found is None:
        return None
    values, draws = found
    return _interval(values[0] - values[1], draws[:, 0] - draws[:, 1])


def read_auc(auc: float) -> str:
    """Tell in a word what an AUC is worth.

    >>> [read_auc(x) for x in (0.59, 0.6, 0.7, 0.8, 0.81)]
    ['reject', 'weak', 'acceptable', 'good', 'good']
    """
    return next((word for bound, word in AUC_READINGS if auc < bound), "good")


def read_ks(ks: float) -> str:
    """Tell in a word what a KS is worth.

    >>> [read_ks(x) for x in (0.19, 0.2, 0.4, 0.75, 0.76)]
    ['weak', 'fair', 'good', 'good', 'suspicious']
    """
    if ks > KS_READINGS[-1][0]:
        return "suspicious"
    return next((word for bound, word in KS_READINGS if ks < bound), "good")


def _read_scores(score: Numbers, size: int) -> Floats:
    values = np.asarray(score, dtype=np.float64)
    if values.shape != (size,) or np.isnan(values).any():
        raise InvalidSample("one score for each label, none of them missing", field="score")
    return values


def _sort(scores: Floats) -> tuple[Positions, Positions]:
    """Return the order of rising scores, and where in it each group of equal scores begins."""
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    return order, starts


def _weighted_auc(labels: Floats, weights: Floats, starts: Positions) -> float | None:
    """Compute the AUC of rows in rising order, each counting ``weights`` times."""
    bad = np.add.reduceat(labels * weights, starts)
    good = np.add.reduceat((1 - labels) * weights, starts)
    bads, goods = bad.sum(), good.sum()
    if not bads or not goods:
        return None
    below = good.cumsum() - good
    return float((bad * (below + good / 2)).sum() / (bads * goods))


def _bootstrap(
    y: Numbers,
    scores: Sequence[Numbers],
    groups: Sequence[object] | None,
    samples: int,
    seed: int,
) -> tuple[list[float], Floats] | None:
    labels = read_labels(y)
    sorts = [_sort(_read_scores(score, labels.size)) for score in scores]
    ones = np.ones(labels.size)
    values = [_weighted_auc(labels[o], ones, s) for o, s in sorts]
    if any(value is None for value in values) or samples < 1:
        return None
    if groups is not None and len(groups) != labels.size:
        raise InvalidSample("one group for each label", field="groups")
    names = {name: i for i, name in enumerate(dict.fromkeys(groups or range(labels.size)))}
    member = np.array([names[name] for name in groups or range(labels.size)])
    random = np.random.default_rng(seed)
    draws = []
    for _sample in range(samples):
        counts = np.bincount(random.integers(len(names), size=len(names)), minlength=len(names))
        weights = counts[member].astype(np.float64)
        found = [_weighted_auc(labels[o], weights[o], s) for o, s in sorts]
        if None not in found:
            draws.append(found)
    if not draws:
        return None
    return [float(v) for v in values if v is not None], np.array(draws, dtype=np.float64)


def _interval(value: float, draws: Floats) -> Interval:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(value, float(low), float(high))
