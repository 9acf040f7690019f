"""Exchange rates as ratings use them: of one day, of many days, and US dollars for size terms (E7).

Rates are stored dated, as what one unit of a currency is worth in CNY; on a day the newest up to it
counts.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from common.bulk import fetch_rows
from scoring.domain.rating.scoring_policy import ScoringPolicy

PIVOT, DOLLAR = "CNY", "USD"


def read_rates(as_of: date) -> dict[str, Decimal]:
    """Return what one unit of each currency is worth in CNY on a day (one query)."""
    rows = fetch_rows(
        "select distinct on (code) code, value from common_rate"
        " where kind = 'fx' and valid_from <= %s order by code, valid_from desc",
        [as_of],
    )
    return {PIVOT: Decimal(1)} | {code: Decimal(value) for code, value in rows}


def find_usd_rate(currency: str, *, on: date) -> Decimal | None:
    """Return the US dollars for one unit of `currency` by the newest rates up to `on` (one query).

    None when a rate is missing; no query for the dollar itself.
    """
    if currency == DOLLAR:
        return Decimal(1)
    worth = read_rates(on)
    if currency not in worth or not worth.get(DOLLAR):
        return None
    return worth[currency] / worth[DOLLAR]


class Rates:
    """Exchange rates by currency and day, read once: CNY for one unit."""

    def __init__(self, rows: Sequence[tuple[str, date, Any]]) -> None:
        self._days: dict[str, list[date]] = {}
        self._values: dict[str, list[float]] = {}
        for code, day, value in rows:
            self._days.setdefault(code, []).append(day)
            self._values.setdefault(code, []).append(float(value))

    @classmethod
    def read(cls) -> "Rates":
        """Read every exchange rate (one query)."""
        return cls(
            fetch_rows(
                "select code, valid_from, value from common_rate where kind = 'fx'"
                " order by code, valid_from"
            )
        )

    def to_yuan(self, currency: str, day: date) -> float:
        """Return the yuan for one unit of a currency on a day; NaN when no rate is known."""
        if currency == PIVOT:
            return 1.0
        place = bisect_right(self._days.get(currency, []), day)
        return self._values[currency][place - 1] if place else np.nan

    def to_dollars(self, currency: str, day: date, policy: ScoringPolicy) -> float:
        """Return the dollars for one unit on a day; without dated rates the policy's; else NaN."""
        if currency == DOLLAR:
            return 1.0
        rate = self.to_yuan(currency, day) / self.to_yuan(DOLLAR, day)
        if np.isnan(rate) and currency in policy.usd_rates:
            return float(policy.usd_rates[currency])
        return rate
