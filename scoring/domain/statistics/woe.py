"""Weight of evidence and information value (证据权重, 信息价值; section 11.6).

``WOE = ln((good/G) / (bad/B))``: above 0 the bin is better than the whole. ``IV = Σ (good/G −
bad/B) · WOE``. A bin without goods or without bads counts with 0.5 added to both, in its own
figures and in the totals, so that the shares still add up to one.
Source: N. Siddiqi, *Credit Risk Scorecards* (2006); the reading of IV is his.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log

from common.errors import InvalidInput

CORRECTION = 0.5
# (below this, the reading); 0.50 itself is still strong, only above it is suspicious.
READINGS: tuple[tuple[float, str], ...] = (
    (0.02, "useless"),
    (0.10, "weak"),
    (0.30, "medium"),
)
STRONG_UP_TO = 0.50
MIN_IV = 0.02


class InvalidBins(InvalidInput):
    """Counts below zero, or a sample without goods or without bads."""

    code = "INVALID_BINS"


@dataclass(frozen=True)
class Cell:
    """How many goods and bads fall into one bin; ``label`` names it for people."""

    label: str
    good: float
    bad: float

    @property
    def rows(self) -> float:
        """How many rows the bin has."""
        return self.good + self.bad


@dataclass(frozen=True)
class WoeBin:
    """One bin with its weight of evidence and its part of the information value."""

    label: str
    good: float
    bad: float
    woe: float
    iv_part: float
    is_corrected: bool = False

    @property
    def bad_rate(self) -> float:
        """The share of bads in the bin, as counted; 0 for an empty bin."""
        rows = self.good + self.bad
        return self.bad / rows if rows else 0.0


@dataclass(frozen=True)
class WoeTable:
    """All bins of a variable with its information value and what that value means."""

    bins: tuple[WoeBin, ...]
    iv: float
    reading: str


def compute_woe(cells: Sequence[Cell]) -> WoeTable:
    """Compute the table of a variable from its bins; an empty bin gets WOE 0.

    Raises:
        InvalidBins: a count below zero or not finite, or no goods, or no bads at all.

    >>> table = compute_woe([Cell("low", 180, 24), Cell("high", 770, 36)])
    >>> [round(b.woe, 4) for b in table.bins], table.reading
    ([-0.7472, 0.3008], 'medium')
    """
    _check(cells)
    fixed = [_correct(cell) for cell in cells]
    goods = sum(good for good, _bad in fixed)
    bads = sum(bad for _good, bad in fixed)
    bins = tuple(_weigh(cell, pair, goods, bads) for cell, pair in zip(cells, fixed, strict=True))
    iv = sum(one.iv_part for one in bins)
    return WoeTable(bins, iv, read_iv(iv))


def read_iv(iv: float) -> str:
    """Tell in a word how much a variable says.

    >>> [read_iv(x) for x in (0.019, 0.02, 0.1, 0.3, 0.5, 0.51)]
    ['useless', 'weak', 'medium', 'strong', 'strong', 'suspicious']
    """
    for bound, reading in READINGS:
        if iv < bound:
            return reading
    return "strong" if iv <= STRONG_UP_TO else "suspicious"


def _check(cells: Sequence[Cell]) -> None:
    counts = [count for cell in cells for count in (cell.good, cell.bad)]
    if any(not isfinite(count) or count < 0 for count in counts):
        raise InvalidBins("a bin counts rows: zero or more", field="bins")
    if not sum(cell.good for cell in cells) or not sum(cell.bad for cell in cells):
        raise InvalidBins("a sample needs goods and bads", field="bins")


def _correct(cell: Cell) -> tuple[float, float]:
    if cell.rows and not (cell.good and cell.bad):
        return cell.good + CORRECTION, cell.bad + CORRECTION
    return cell.good, cell.bad


def _weigh(cell: Cell, pair: tuple[float, float], goods: float, bads: float) -> WoeBin:
    if not cell.rows:
        return WoeBin(cell.label, 0, 0, 0.0, 0.0)
    good_share, bad_share = pair[0] / goods, pair[1] / bads
    woe = log(good_share / bad_share)
    part = (good_share - bad_share) * woe
    return WoeBin(cell.label, cell.good, cell.bad, woe, part, pair != (cell.good, cell.bad))
