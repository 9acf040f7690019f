"""When will an invoice be paid? A discrete hazard over weeks from the due date (回款日期预测; 11.2).

Bucket k holds the days [7k, 7k + 7) after the due date, k from −4 to 26, its middle 7k + 3.5; the
last bucket takes in everything later. ``h_k`` is the chance to be paid in k when still unpaid
before it: ``S_k = Π (1 − h_j)``, ``P(k) = S_{k−1} · h_k``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from math import floor

import numpy as np

from common.errors import InvalidInput
from scoring.domain.statistics.logistic import Floats, Numbers, expit

DAYS = 7
FIRST_BUCKET, LAST_BUCKET = -4, 26
_HALF = 0.5 - 1e-12


class InvalidHazard(InvalidInput):
    """Hazards outside 0 to 1, or not one for each bucket."""

    code = "INVALID_HAZARD"


@dataclass(frozen=True)
class PaymentForecast:
    """The chance of each bucket, and what follows; days count from the due date, early is minus."""

    middles: tuple[float, ...]
    probability: tuple[float, ...]
    cumulative: tuple[float, ...]
    expected_days: float
    median_middle: float

    def get_chance_later_than(self, days: float) -> float:
        """Return the chance that the money comes more than ``days`` after the due date.

        Inside a bucket the chance falls evenly over its days. Of the last bucket only its beginning
        is known, so all of its chance counts as later.
        """
        half = DAYS / 2
        later = 0.0
        for middle, chance in zip(self.middles[:-1], self.probability[:-1], strict=True):
            share = (middle + half - days) / DAYS
            later += chance * min(1.0, max(0.0, share))
        return later + self.probability[-1]

    def get_expected_date(self, due_date: date) -> date:
        """Return the expected date, to the nearest day (a half day counts as the later one)."""
        return due_date + timedelta(days=floor(self.expected_days + 0.5))


def list_middles(first: int = FIRST_BUCKET, last: int = LAST_BUCKET) -> tuple[float, ...]:
    """List the middle of each bucket in days from the due date.

    >>> list_middles(-1, 1)
    (-3.5, 3.5, 10.5)
    """
    return tuple(DAYS * k + DAYS / 2 for k in range(first, last + 1))


def find_bucket(days: int) -> int:
    """Return the bucket of a payment that came ``days`` after the due date.

    >>> [find_bucket(d) for d in (-90, -1, 0, 6, 7, 500)]
    [-4, -1, 0, 0, 1, 26]
    """
    return min(max(days // DAYS, FIRST_BUCKET), LAST_BUCKET)


def forecast_payment(
    hazards: Sequence[float], middles: Sequence[float] | None = None
) -> PaymentForecast:
    """Turn the hazards of the buckets into chances, an expected day and a median.

    ``middles`` ascend by weeks (default: all 31 buckets). The last bucket absorbs: its hazard
    counts as 1, whatever is given.

    Raises:
        InvalidHazard: no bucket, a hazard outside 0 to 1, or not one for each bucket.

    >>> found = forecast_payment([0.5, 1], [3.5, 10.5])
    >>> found.probability, found.expected_days, found.median_middle
    ((0.5, 0.5), 7.0, 3.5)
    """
    middles = list_middles() if middles is None else tuple(middles)
    if not hazards or len(hazards) != len(middles):
        raise InvalidHazard("one hazard for each bucket", field="hazard")
    if not all(0 <= h <= 1 for h in hazards):
        raise InvalidHazard("a hazard lies in 0 to 1", field="hazard")
    if any(b <= a for a, b in pairwise(middles)):
        raise InvalidHazard("buckets ascend", field="bucket_mid_days_from_due")
    chances, unpaid = [], 1.0
    for hazard in [*hazards[:-1], 1.0]:
        chances.append(unpaid * hazard)
        unpaid *= 1 - hazard
    cumulative = tuple(accumulate(chances))
    expected = sum(chance * middle for chance, middle in zip(chances, middles, strict=True))
    reached = (m for c, m in zip(cumulative, middles, strict=True) if c >= _HALF)
    median = next(reached, middles[-1])
    return PaymentForecast(tuple(middles), tuple(chances), cumulative, expected, median)


def apply_effects(baseline: Numbers, effect: float) -> tuple[float, ...]:
    """Return the hazards ``logit h_k = a_k + effect`` of one invoice.

    ``baseline`` are the log-odds a_k of the buckets, ``effect`` the sum of the invoice's own terms
    (b'x): above 0 it is paid sooner.
    """
    shifted: Floats = np.asarray(baseline, dtype=np.float64) + effect
    return tuple(float(h) for h in expit(shifted))


def estimate_hazards(days: Sequence[int], is_settled: Sequence[bool]) -> tuple[float, ...]:
    """Estimate the hazard of each bucket from past invoices, open ones included (life table).

    ``days`` are days after due at settlement, or up to now where the invoice is open (censored:
    it leaves the risk before its own bucket). A bucket nobody reached has hazard 0, the last 1.

    Raises:
        InvalidHazard: other lengths, or no invoice.
    """
    if not days or len(days) != len(is_settled):
        raise InvalidHazard("one settlement mark for each invoice", field="is_settled")
    buckets = np.array([find_bucket(d) for d in days]) - FIRST_BUCKET
    settled = np.asarray(is_settled, dtype=bool)
    size = LAST_BUCKET - FIRST_BUCKET + 1
    paid = np.bincount(buckets[settled], minlength=size)
    lost = np.bincount(buckets[~settled], minlength=size)
    gone = (paid + lost).cumsum() - (paid + lost)
    at_risk = len(days) - gone - lost
    hazards = np.divide(paid, at_risk, out=np.zeros(size), where=at_risk > 0)
    return (*(float(h) for h in hazards[:-1]), 1.0)
