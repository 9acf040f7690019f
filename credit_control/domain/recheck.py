"""Whether an order once released needs a new check: changed too much, or released too long ago.

Source: process specification D.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Release:
    """A release: the value it covers, its day, how much the value may grow and how long it holds."""

    value: Decimal
    released_date: date
    deviation_pct: Decimal = Decimal(10)
    valid_days: int = 5


@dataclass(frozen=True, slots=True)
class RecheckResult:
    """Both conditions and the verdict: the release holds only if both do."""

    is_value_ok: bool
    is_date_ok: bool

    @property
    def needs_recheck(self) -> bool:
        """Whether the order must be checked again."""
        return not (self.is_value_ok and self.is_date_ok)


def check_release(release: Release, new_value: Decimal, *, as_of: date) -> RecheckResult:
    """Say whether a release still covers an order of that value on that day; bounds included.

    >>> release = Release(Decimal(1000), date(2025, 7, 1))
    >>> check_release(release, Decimal("1100.01"), as_of=date(2025, 7, 4)).needs_recheck
    True
    """
    ceiling = release.value * (100 + release.deviation_pct) / 100
    last_day = release.released_date + timedelta(days=release.valid_days)
    return RecheckResult(new_value <= ceiling, as_of <= last_day)
