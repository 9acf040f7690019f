"""Bins of a numeric variable for a scorecard (分箱; sections 11.4 and 11.6).

Start from 20 quantiles, then merge neighbours until every bin holds at least 5 % of the rows and 5
bads, the bad rate runs one way, and at most 7 bins are left. Bins are half-open, [a, b). Missing
values are a bin of their own when there are enough of them, else they join the bin whose bad rate
is nearest. Everything is learnt from the rows given: fit on training rows only (11.3, rule 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

import numpy as np

from scoring.domain.statistics.logistic import Floats, InvalidSample, Numbers, read_labels
from scoring.domain.statistics.woe import Cell, WoeTable, compute_woe

MISSING = "missing"
UNEXPLAINED_IV = 0.10


@dataclass(frozen=True)
class BinningPolicy:
    """How bins are formed; ``is_monotone`` is off only for a documented U-shape."""

    start: int = 20
    min_bins: int = 3
    max_bins: int = 7
    min_share: float = 0.05
    min_bads: int = 5
    is_monotone: bool = True
    missing_share: float = 0.05
    missing_rows: int = 20


STANDARD = BinningPolicy()


@dataclass(frozen=True)
class Binning:
    """The bins of one variable: inner ``edges``, ascending, and the table of their weights.

    ``table`` lists the bins in order; the bin of missing values comes last when it is one of its
    own. ``missing_bin`` is the position that a missing value takes, ``None`` where training had
    none: such a value says nothing, WOE 0. ``is_too_coarse`` tells that fewer than the wanted
    number of bins could be kept apart.
    """

    edges: tuple[float, ...]
    table: WoeTable
    missing_bin: int | None
    is_too_coarse: bool

    @property
    def needs_cause(self) -> bool:
        """Whether missing values alone tell so much that the cause must be written down."""
        own = self.missing_bin is not None and self.missing_bin > len(self.edges)
        return own and self.table.bins[self.missing_bin or 0].iv_part > UNEXPLAINED_IV

    def find_bin(self, x: float | None) -> int | None:
        """Return the position of a value's bin in the table."""
        if x is None or x != x:
            return self.missing_bin
        return int(np.searchsorted(np.asarray(self.edges), x, side="right"))

    def get_woe(self, x: float | None, *, is_cause_known: bool = False) -> float:
        """Return the weight of a value; 0 for a missing one whose telling has no written cause."""
        position = self.find_bin(x)
        if position is None or (position > len(self.edges) and not self._may_tell(is_cause_known)):
            return 0.0
        return self.table.bins[position].woe

    def _may_tell(self, is_cause_known: bool) -> bool:
        return is_cause_known or not self.needs_cause


def fit_bins(x: Numbers, y: Numbers, *, policy: BinningPolicy = STANDARD) -> Binning:
    """Learn the bins of a variable. ``x`` may hold NaN (missing); ``y`` is 1 for a bad.

    Raises:
        InvalidSample: other lengths, labels that are not 0 or 1, or no value at all.
        InvalidBins: no goods or no bads.
    """
    labels, values = read_labels(y), np.asarray(x, dtype=np.float64)
    if values.shape != labels.shape:
        raise InvalidSample("one value for each label", field="x")
    is_known = ~np.isnan(values)
    if not is_known.any():
        raise InvalidSample("a variable without a single value has no bins", field="x")
    edges = _first_edges(values[is_known], policy.start)
    cells = _count(values[is_known], labels[is_known], edges)
    edges, cells = _merge(edges, cells, labels.size, policy)
    return _finish(edges, cells, labels[~is_known], policy)


def _first_edges(values: Floats, start: int) -> list[float]:
    quantiles = np.quantile(values, np.linspace(0, 1, start + 1)[1:-1], method="higher")
    return [float(edge) for edge in np.unique(quantiles) if edge > values.min()]


def _count(values: Floats, labels: Floats, edges: Sequence[float]) -> list[Cell]:
    positions = np.searchsorted(np.asarray(edges), values, side="right")
    bads = np.bincount(positions, weights=labels, minlength=len(edges) + 1)
    rows = np.bincount(positions, minlength=len(edges) + 1)
    return [Cell("", float(n - bad), float(bad)) for n, bad in zip(rows, bads, strict=True)]


def _merge(
    edges: list[float], cells: list[Cell], rows: int, policy: BinningPolicy
) -> tuple[list[float], list[Cell]]:
    edges, cells = list(edges), list(cells)
    _merge_small(edges, cells, rows * policy.min_share, policy.min_bads)
    if policy.is_monotone:
        edges, cells = _make_monotone(edges, cells)
    while len(cells) > policy.max_bins:
        _join(edges, cells, _least_loss(cells))
    return edges, cells


def _merge_small(edges: list[float], cells: list[Cell], min_rows: float, min_bads: int) -> None:
    while len(cells) > 1:
        weak = [
            i for i, c in enumerate(cells) if c.rows < min_rows or c.bad < min_bads or not c.good
        ]
        if not weak:
            return
        smallest = min(weak, key=lambda i: (cells[i].bad, cells[i].rows, i))
        _join(edges, cells, _nearer_side(cells, smallest))


def _nearer_side(cells: Sequence[Cell], at: int) -> int:
    """Return the left one of the pair that joins ``at`` with the neighbour of nearer bad rate."""
    if at == 0:
        return 0
    if at == len(cells) - 1:
        return at - 1
    rate = _bad_rate(cells[at])
    left, right = abs(_bad_rate(cells[at - 1]) - rate), abs(_bad_rate(cells[at + 1]) - rate)
    return at - 1 if left <= right else at


def _make_monotone(edges: list[float], cells: list[Cell]) -> tuple[list[float], list[Cell]]:
    """Merge neighbours that run against the trend; of the two trends the one that tells more."""
    tries = [_pool(list(edges), list(cells), direction) for direction in (1, -1)]
    return max(tries, key=lambda one: (_information(one[1]), len(one[1])))


def _pool(edges: list[float], cells: list[Cell], direction: int) -> tuple[list[float], list[Cell]]:
    i = 0
    while i < len(cells) - 1:
        if direction * (_bad_rate(cells[i + 1]) - _bad_rate(cells[i])) <= 0:
            _join(edges, cells, i)
            i = max(i - 1, 0)
        else:
            i += 1
    return edges, cells


def _least_loss(cells: Sequence[Cell]) -> int:
    """Return the left one of the two neighbours whose union loses the least information."""

    def lost(i: int) -> float:
        joined = [*cells[:i], _union(cells[i], cells[i + 1]), *cells[i + 2 :]]
        return -_information(joined)

    return min(range(len(cells) - 1), key=lost)


def _information(cells: Sequence[Cell]) -> float:
    if not sum(c.good for c in cells) or not sum(c.bad for c in cells):
        return 0.0
    return compute_woe(cells).iv


def _join(edges: list[float], cells: list[Cell], left: int) -> None:
    cells[left : left + 2] = [_union(cells[left], cells[left + 1])]
    del edges[left]


def _union(one: Cell, other: Cell) -> Cell:
    return Cell("", one.good + other.good, one.bad + other.bad)


def _bad_rate(cell: Cell) -> float:
    return cell.bad / cell.rows if cell.rows else 0.0


def _finish(
    edges: list[float], cells: list[Cell], missing: Floats, policy: BinningPolicy
) -> Binning:
    named = [replace(c, label=text) for c, text in zip(cells, _labels(edges), strict=True)]
    position: int | None = None
    if missing.size:
        bads = float(missing.sum())
        lost = Cell(MISSING, float(missing.size) - bads, bads)
        rows = sum(cell.rows for cell in named) + lost.rows
        has_size = lost.rows >= policy.missing_share * rows or lost.rows >= policy.missing_rows
        if has_size and lost.good and lost.bad:
            named.append(lost)
            position = len(named) - 1
        else:
            position = _nearest(named, lost)
            named[position] = replace(_union(named[position], lost), label=named[position].label)
    return Binning(tuple(edges), compute_woe(named), position, len(edges) + 1 < policy.min_bins)


def _nearest(cells: Sequence[Cell], lost: Cell) -> int:
    def distance(i: int) -> float:
        return abs(_bad_rate(cells[i]) - _bad_rate(lost))

    return min(range(len(cells)), key=distance)


def _labels(edges: Sequence[float]) -> list[str]:
    bounds = [-inf, *edges, inf]
    return [_label(low, high) for low, high in pairwise(bounds)]


def _label(low: float, high: float) -> str:
    if low == -inf:
        return "all" if high == inf else f"<{high:.6g}"
    return f">={low:.6g}" if high == inf else f"[{low:.6g},{high:.6g})"
