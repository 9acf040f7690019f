"""Putting a model's probabilities right (校准; section 11.5), and whether they are right (接受标准).

A base-rate shift moves every log-odds by one number; Platt's recalibration moves and stretches
them, ``logit p' = a + b · logit p``, fitted on a later period with at least 50 events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from scoring.domain.statistics.discrimination import fit_calibration
from scoring.domain.statistics.logistic import (
    InvalidSample,
    Numbers,
    expit,
    fit_logistic,
    logit,
    read_labels,
    read_probabilities,
)

MIN_EVENTS = 50
GROUPS, MIN_GROUP_EVENTS = 5, 10
LOW, HIGH = 0.80, 1.25
_Z95 = 1.959963984540054


@dataclass(frozen=True)
class PriorShift:
    """The move of every log-odds, and the probabilities after it."""

    shift: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class PlattFit:
    """A recalibration: ``logit p' = intercept + slope · logit p``; too few events make it shaky."""

    intercept: float
    slope: float
    events: int

    @property
    def is_reliable(self) -> bool:
        """Whether at least 50 events stand behind the fit."""
        return self.events >= MIN_EVENTS


@dataclass(frozen=True)
class Acceptance:
    """Whether probabilities may be used; ``failed`` names what does not hold."""

    slope: float | None
    ratio: float | None
    group_ratios: tuple[float | None, ...]
    failed: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether everything holds."""
        return not self.failed


def shift_prior(p: Numbers, train_rate: float, target_rate: float) -> PriorShift:
    """Move probabilities from the default rate of training to the one expected now.

    Raises:
        InvalidSample: a rate that is not strictly between 0 and 1, or a wrong probability.

    >>> moved = shift_prior([0.30], 410 / 5910, 0.02)
    >>> round(moved.shift, 4), round(moved.probabilities[0], 4)
    (-1.2955, 0.105)
    """
    if not (0 < train_rate < 1 and 0 < target_rate < 1):
        raise InvalidSample("a default rate lies strictly between 0 and 1", field="train_rate")
    shift = log(target_rate / (1 - target_rate)) - log(train_rate / (1 - train_rate))
    moved = expit(logit(read_probabilities(p)) + shift)
    return PriorShift(shift, tuple(float(x) for x in moved))


def recalibrate(p: Numbers, intercept: float, slope: float) -> tuple[float, ...]:
    """Apply Platt's line to probabilities.

    >>> [round(x, 4) for x in recalibrate([0.05, 0.2], 1.1677, 1.2211)]
    [0.0811, 0.3717]
    """
    return tuple(float(x) for x in expit(intercept + slope * logit(read_probabilities(p))))


def fit_platt(p: Numbers, y: Numbers) -> PlattFit | None:
    """Fit Platt's line on later observations; ``None`` where no finite line exists."""
    labels = read_labels(y)
    z = logit(read_probabilities(p, labels.size))
    fitted = fit_logistic(np.column_stack([np.ones(labels.size), z]), labels)
    if fitted is None:
        return None
    return PlattFit(float(fitted[0]), float(fitted[1]), int(labels.sum()))


def wilson_interval(events: int, rows: int, *, z: float = _Z95) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a rate; (0, 1) without any row.

    >>> [round(x, 4) for x in wilson_interval(3, 100)]
    [0.0103, 0.0845]
    """
    if events < 0 or rows < events:
        raise InvalidSample("events are among the rows", field="events")
    if not rows:
        return (0.0, 1.0)
    rate = events / rows
    middle = rate + z * z / (2 * rows)
    spread = z * sqrt(rate * (1 - rate) / rows + z * z / (4 * rows * rows))
    bottom = 1 + z * z / rows
    low = (middle - spread) / bottom if events else 0.0
    high = (middle + spread) / bottom if events < rows else 1.0
    return (low, high)


def check_acceptance(
    y: Numbers, p: Numbers, *, grades: Mapping[str, tuple[int, int, float]] | None = None
) -> Acceptance:
    """Judge probabilities by 11.5: slope, observed to expected overall and in five score groups.

    ``grades`` maps a grade to (defaults, rows, PD of the grade); each PD must lie in the Wilson
    interval of its default rate. Groups with fewer than ten events are not judged.
    """
    labels = read_labels(y)
    chances = read_probabilities(p, labels.size)
    line = fit_calibration(labels, chances)
    slope = line.slope if line is not None else None
    ratio = _observed_to_expected(labels, chances)
    order = np.argsort(chances, kind="stable")
    groups = tuple(
        _observed_to_expected(labels[rows], chances[rows])
        if labels[rows].sum() >= MIN_GROUP_EVENTS
        else None
        for rows in np.array_split(order, GROUPS)
    )
    failed = [
        *([] if _is_near(slope) else ["SLOPE"]),
        *([] if _is_near(ratio) else ["OBSERVED_TO_EXPECTED"]),
        *(f"GROUP_{i}" for i, x in enumerate(groups, 1) if x is not None and not _is_near(x)),
        *_failed_grades(grades or {}),
    ]
    return Acceptance(slope, ratio, groups, tuple(failed))


def _observed_to_expected(labels: Sequence[float] | Numbers, chances: Numbers) -> float | None:
    expected = float(np.sum(chances))
    return float(np.sum(labels)) / expected if expected else None


def _is_near(ratio: float | None) -> bool:
    return ratio is not None and LOW <= ratio <= HIGH


def _failed_grades(grades: Mapping[str, tuple[int, int, float]]) -> list[str]:
    failed = []
    for grade, (events, rows, pd) in grades.items():
        low, high = wilson_interval(events, rows)
        if not low <= pd <= high:
            failed.append(f"GRADE_{grade}")
    return failed
