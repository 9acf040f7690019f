"""The logistic curve and its fit: what calibration, validation and points have in common.

Plain ``float64``; a fit that does not exist (one class only, or classes that a cut separates) is
``None`` and never a very large number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from common.errors import InvalidInput

Floats: TypeAlias = NDArray[np.float64]
Positions: TypeAlias = NDArray[np.intp]
Numbers: TypeAlias = Sequence[float] | Floats

CLIP = 1e-6
_MAX_STEPS, _ENOUGH = 60, 1e-10
# A slope beyond this on a logit scale only arises when the classes are separated.
_RUNAWAY = 1e4


class InvalidSample(InvalidInput):
    """Observations that cannot be measured: other lengths, labels, probabilities or weights."""

    code = "INVALID_SAMPLE"


def read_labels(y: Numbers) -> Floats:
    """Take labels as an array: 1 is bad (defaulted), 0 is good.

    Raises:
        InvalidSample: another value than 0 or 1, more than one dimension, or nothing at all.
    """
    labels = np.asarray(y, dtype=np.float64)
    if labels.ndim != 1 or not labels.size or not np.isin(labels, (0.0, 1.0)).all():
        raise InvalidSample("labels are 0 or 1, one a row, and there is at least one", field="y")
    return labels


def read_probabilities(p: Numbers, size: int | None = None) -> Floats:
    """Take probabilities as an array.

    Raises:
        InvalidSample: outside [0, 1], not a number, or not ``size`` of them.
    """
    values = np.asarray(p, dtype=np.float64)
    is_one = values.ndim == 1 and (size is None or values.size == size)
    if not is_one or not ((values >= 0) & (values <= 1)).all():
        raise InvalidSample("probabilities lie in 0 to 1, one for each label", field="p")
    return values


def logit(p: Numbers) -> Floats:
    """Turn probabilities, clipped to [1e-6, 1 − 1e-6], into log-odds.

    >>> logit([0.5]).tolist()
    [0.0]
    """
    clipped = np.clip(np.asarray(p, dtype=np.float64), CLIP, 1 - CLIP)
    return np.log(clipped) - np.log1p(-clipped)


def expit(z: Numbers) -> Floats:
    """Turn log-odds into probabilities, without overflow at either end.

    >>> expit([0.0, 1000.0, -1000.0]).tolist()
    [0.5, 1.0, 0.0]
    """
    values = np.asarray(z, dtype=np.float64)
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1 / (1 + small), small / (1 + small))


def fit_logistic(columns: Floats, y: Numbers, offset: Numbers | None = None) -> Floats | None:
    """Fit ``logit P(y = 1) = columns · b + offset`` by maximum likelihood (Newton, halved steps).

    ``columns`` has one row an observation; a constant is a column of ones. ``None`` when no finite
    fit exists.
    """
    labels = read_labels(y)
    shift = np.zeros(labels.size) if offset is None else np.asarray(offset, dtype=np.float64)
    if columns.shape[0] != labels.size or shift.size != labels.size:
        raise InvalidSample("one row for each label", field="columns")
    if labels.min() == labels.max():
        return None
    beta = np.zeros(columns.shape[1])
    best = _log_likelihood(columns, labels, shift, beta)
    for _step in range(_MAX_STEPS):
        step = _newton_step(columns, labels, shift, beta)
        if step is None:
            return None
        beta, best = _walk(columns, labels, shift, beta, step, best)
        if np.abs(beta).max() > _RUNAWAY:
            return None
        if np.abs(step).max() < _ENOUGH * (1 + np.abs(beta).max()):
            return None if _is_separated(columns, labels, shift, beta) else beta
    return None


def _newton_step(columns: Floats, labels: Floats, shift: Floats, beta: Floats) -> Floats | None:
    fitted = expit(columns @ beta + shift)
    gradient = columns.T @ (labels - fitted)
    hessian = (columns * (fitted * (1 - fitted))[:, None]).T @ columns
    if not np.isfinite(hessian).all() or np.linalg.cond(hessian) > 1e14:
        return None
    return np.asarray(np.linalg.solve(hessian, gradient), dtype=np.float64)


def _walk(
    columns: Floats, labels: Floats, shift: Floats, beta: Floats, step: Floats, best: float
) -> tuple[Floats, float]:
    """Go along ``step``, halved until the likelihood does not fall."""
    for _half in range(30):
        candidate = beta + step
        value = _log_likelihood(columns, labels, shift, candidate)
        if value >= best - 1e-12:
            return candidate, value
        step = step / 2
    return beta, best


def _log_likelihood(columns: Floats, labels: Floats, shift: Floats, beta: Floats) -> float:
    z = columns @ beta + shift
    return float((labels * z - np.logaddexp(0, z)).sum())


def _is_separated(columns: Floats, labels: Floats, shift: Floats, beta: Floats) -> bool:
    fitted = expit(columns @ beta + shift)
    return bool(np.abs(labels - fitted).max() < 1e-6)
