"""US dollars for a unit of a currency on a day, for the models whose size terms are in dollars (E7)."""

from datetime import date
from decimal import Decimal

from common.bulk import fetch_rows

PIVOT = "CNY"
"""Stored rates say what one unit of a currency is worth in this one."""
DOLLAR = "USD"


def find_usd_rate(currency: str, *, on: date) -> Decimal | None:
    """Return the US dollars for one unit of `currency` by the newest rates up to `on` (one query).

    None when a rate is missing; no query for the dollar itself.
    """
    if currency == DOLLAR:
        return Decimal(1)
    rows = fetch_rows(
        """
        select distinct on (code) code, value from common_rate
        where kind = 'fx' and code = any(%s) and valid_from <= %s
        order by code, valid_from desc
        """,
        [[currency, DOLLAR], on],
    )
    values: dict[str, Decimal] = {PIVOT: Decimal(1)} | dict(rows)
    if currency not in values or not values.get(DOLLAR):
        return None
    return values[currency] / values[DOLLAR]
