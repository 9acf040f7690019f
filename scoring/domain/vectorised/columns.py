"""Columns of figures with their statuses: what ``Amount`` and ``combine`` are to one customer.

``float64``; NaN is what ``None`` is to the scalar rule. A status is a small number: its place in the
order of ``results.worst_status``, worst first, so the status of what was computed from two columns is
the smaller of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.domain.results import TOLERANCE, Status, worst_status

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.int8]
Ranks: TypeAlias = npt.NDArray[np.int64]
Words: TypeAlias = npt.NDArray[np.object_]

EPS = float(TOLERANCE)
# Sums that cancel to less than this share of their parts are 0, as they are in decimals.
_CANCELLED = 1e-13


def _compare(one: Status, other: Status) -> int:
    return -1 if worst_status((one, other)) is one else 1


WORST_FIRST: tuple[Status, ...] = tuple(sorted(Status, key=cmp_to_key(_compare)))
CODE: Mapping[Status, int] = {status: place for place, status in enumerate(WORST_FIRST)}
OK, GUARD = CODE[Status.OK], CODE[Status.OK_WITH_GUARD]
MISSING = CODE[Status.MISSING_INPUT]
_WORDS = np.array([status.value for status in WORST_FIRST], dtype=object)


@dataclass(frozen=True)
class Column:
    """One figure of every row, and how far each may be trusted."""

    value: Floats
    code: Codes

    @property
    def is_there(self) -> Bools:
        """Tell per row whether there is a value."""
        there: Bools = np.isfinite(self.value)
        return there


def constant(value: float, status: Status, size: int) -> Column:
    """Return a column with the same figure and status in every row."""
    return Column(np.full(size, value), np.full(size, CODE[status], dtype=np.int8))


def choose(condition: Bools, yes: Column, no: Column) -> Column:
    """Take each row from ``yes`` where the condition holds, else from ``no``."""
    return Column(np.where(condition, yes.value, no.value), np.where(condition, yes.code, no.code))


def combine(columns: Sequence[Column], value: Floats) -> Column:
    """Give a computed figure the worst status of its sources; without one it has no value."""
    code: Codes = columns[0].code
    for column in columns[1:]:
        code = np.minimum(code, column.code)
    return Column(np.where(has_value(code), value, np.nan), code)


def add_up(parts: Sequence[tuple[Column, int]]) -> Column:
    """Add signed columns; the twin of a sum of ``derived.SUMS``."""
    size = len(parts[0][0].value)
    total, mass = np.zeros(size), np.zeros(size)
    for part, sign in parts:
        total = total + part.value * sign
        mass = mass + np.abs(part.value)
    with np.errstate(invalid="ignore"):
        total = np.where(np.abs(total) <= _CANCELLED * mass, 0.0, total)
    return combine([part for part, _ in parts], total)


def divide(
    top: Column, bottom: Column, *, at_zero: float | None = None, factor: float = 1.0
) -> Column:
    """Divide two columns by the rules E1 and E2; the twin of ``ratios.divide``."""
    both = combine([top, bottom], np.zeros(len(top.value)))
    there = both.is_there
    is_zero, is_negative = there & (bottom.value == 0), there & (bottom.value < 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = np.where(there, top.value / bottom.value * factor, np.nan)
    code = both.code.copy()
    if at_zero is None:
        value[is_zero] = np.nan
        code[is_zero] = CODE[Status.ZERO_DENOMINATOR]
    else:
        value[is_zero] = at_zero
        code[is_zero] = GUARD
    value[is_negative] = np.nan
    code[is_negative] = CODE[Status.NEGATIVE_DENOMINATOR]
    return Column(value, code)


def has_value(code: Codes) -> Bools:
    """Tell per row whether the status comes with a value (N4)."""
    there: Bools = code >= GUARD
    return there


def tell_status(code: Codes) -> Words:
    """Write statuses as the words of ``Status``."""
    words: Words = _WORDS[code]
    return words


def pick_code(conditions: Sequence[Bools], statuses: Sequence[Status], default: Codes) -> Codes:
    """Return the status of the first condition that holds, else the default's."""
    code = default.copy()
    for condition, status in reversed(list(zip(conditions, statuses, strict=True))):
        code[condition] = CODE[status]
    return code


def read_floats(frame: pd.DataFrame, name: str, default: float = np.nan) -> Floats:
    """Read a column of figures; absent or empty is ``default``."""
    if name not in frame:
        return np.full(len(frame), default)
    values: Floats = pd.to_numeric(frame[name]).to_numpy(dtype=np.float64, na_value=np.nan)
    return values if np.isnan(default) else np.where(np.isnan(values), default, values)


def read_bools(frame: pd.DataFrame, name: str) -> Bools:
    """Read a column of flags; absent or empty is False."""
    if name not in frame:
        return np.zeros(len(frame), dtype=bool)
    column = frame[name]
    values: Bools = (column if column.dtype == bool else column.eq(True)).to_numpy(dtype=bool)
    return values


def read_curve(value: Any, curve: Sequence[tuple[Any, Any]]) -> Floats:
    """Read a piecewise linear curve; the twin of ``curves.interpolate``. NaN stays NaN."""
    x: Floats = np.asarray(value, dtype=np.float64)
    read: Floats = np.interp(x, [float(a) for a, _ in curve], [float(b) for _, b in curve])
    return np.where(np.isnan(x), np.nan, read)


def pick_words(
    conditions: Sequence[Bools], words: Sequence[str | None], default: str | None
) -> Words:
    """Return the word of the first condition that holds, else the default."""
    chosen = np.full(len(conditions[0]), default, dtype=object)
    for condition, word in reversed(list(zip(conditions, words, strict=True))):
        chosen[condition] = word
    return chosen


def make_table(columns: Mapping[str, Any], index: pd.Index[Any]) -> pd.DataFrame:
    """Put columns on an index; words stay Python objects, for pandas turns their None into NaN."""
    return pd.DataFrame(
        {
            name: pd.Series(values, index=index, dtype=object)
            if np.asarray(values).dtype.kind in "OU"
            else pd.Series(values, index=index)
            for name, values in columns.items()
        },
        index=index,
    )


def weigh(scores: Mapping[str, Floats], weights: Mapping[str, float]) -> tuple[Floats, Floats]:
    """Return the weighted mean of what is there (NaN = nothing), and the weight that is there."""
    size = len(next(iter(scores.values())))
    total, mass = np.zeros(size), np.zeros(size)
    for name, score in scores.items():
        is_there = np.isfinite(score)
        weight = weights.get(name, 0.0)
        total += np.where(is_there, score * weight, 0.0)
        mass += np.where(is_there, weight, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(mass > 0, total / mass, np.nan), mass
