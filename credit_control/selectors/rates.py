"""Exchange rates of a day, read inside the transaction that uses them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from common.bulk import fetch_rows
from common.money import convert

PIVOT = "CNY"
"""Stored rates say what one unit of a currency is worth in this one."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of one day. `missing` grows no surprise: ask `find` before converting."""

    as_of: date
    values: dict[str, Decimal] = field(default_factory=dict)
    dates: dict[str, date] = field(default_factory=dict)

    def find(self, source: str, target: str) -> Decimal | None:
        """Return the units of `target` for one of `source`; None when a rate is missing."""
        if source == target:
            return Decimal(1)
        one, other = self.values.get(source), self.values.get(target)
        return None if one is None or other is None else one / other

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal | None:
        """Return the amount in `target`, rounded once; None when a rate is missing."""
        if source == target or not amount:
            return amount
        rate = self.find(source, target)
        return None if rate is None else convert(amount, rate, target)

    def list_missing(self, currencies: Iterable[str]) -> list[str]:
        """Return the currencies, sorted, that have no rate on the day."""
        return sorted(set(currencies) - set(self.values))

    def get_age(self, currencies: Iterable[str]) -> int | None:
        """Return the age in days of the oldest rate used; None when none was needed."""
        ages = [(self.as_of - self.dates[code]).days for code in currencies if code in self.dates]
        return max(ages, default=None)


def get_rates(currencies: Iterable[str], *, as_of: date) -> Rates:
    """Return the newest rate of each currency on a day. No query when only the pivot is asked."""
    wanted = sorted(set(currencies) - {PIVOT})
    values: dict[str, Decimal] = {PIVOT: Decimal(1)}
    dates: dict[str, date] = {}
    if wanted:
        for code, value, day in fetch_rows(
            """
            select distinct on (code) code, value, valid_from from common_rate
            where kind = 'fx' and code = any(%s) and valid_from <= %s
            order by code, valid_from desc
            """,
            [wanted, as_of],
        ):
            values[code], dates[code] = value, day
    return Rates(as_of, values, dates)


def rates_for(amount_currencies: Iterable[str], limit_currency: str, *, as_of: date) -> Rates:
    """Return what is needed to bring these currencies into that of a limit.

    One query, and none at all when everything is in one currency.
    """
    currencies = set(amount_currencies) | {limit_currency}
    if len(currencies) == 1:
        return Rates(as_of, {limit_currency: Decimal(1)})
    return get_rates(currencies, as_of=as_of)
