"""Amounts of money: exact, with their currency, rounded at named moments only.

Nothing here touches binary floating point: an amount is a `Decimal`, a split is done over exact
integers of minor units, and two currencies are never added without a stored rate.
Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from common.errors import InvalidInput

# Wide enough for any product of two stored figures; the default of 28 digits silently rounds.
_WIDE = Context(prec=80, rounding=ROUND_HALF_UP)


class Currency(NamedTuple):
    """What is known of a currency: digits after the point (ISO 4217) and the sign for people."""

    minor_units: int
    symbol: str


CURRENCIES: dict[str, Currency] = {
    "AED": Currency(2, "AED"),
    "AUD": Currency(2, "A$"),
    "BHD": Currency(3, "BHD"),
    "BRL": Currency(2, "R$"),
    "CAD": Currency(2, "C$"),
    "CHF": Currency(2, "CHF"),
    "CLP": Currency(0, "CLP"),
    "CNH": Currency(2, "¥"),
    "CNY": Currency(2, "¥"),
    "CZK": Currency(2, "Kč"),
    "DKK": Currency(2, "kr"),
    "EUR": Currency(2, "€"),
    "GBP": Currency(2, "£"),
    "HKD": Currency(2, "HK$"),
    "HUF": Currency(2, "Ft"),
    "IDR": Currency(2, "Rp"),
    "ILS": Currency(2, "₪"),
    "INR": Currency(2, "₹"),
    "JOD": Currency(3, "JOD"),
    "JPY": Currency(0, "¥"),
    "KRW": Currency(0, "₩"),
    "KWD": Currency(3, "KWD"),
    "MOP": Currency(2, "MOP$"),
    "MXN": Currency(2, "MX$"),
    "MYR": Currency(2, "RM"),
    "NOK": Currency(2, "kr"),
    "NZD": Currency(2, "NZ$"),
    "OMR": Currency(3, "OMR"),
    "PHP": Currency(2, "₱"),
    "PLN": Currency(2, "zł"),
    "RUB": Currency(2, "₽"),
    "SAR": Currency(2, "SAR"),
    "SEK": Currency(2, "kr"),
    "SGD": Currency(2, "S$"),
    "THB": Currency(2, "฿"),
    "TND": Currency(3, "TND"),
    "TRY": Currency(2, "₺"),
    "TWD": Currency(2, "NT$"),
    "USD": Currency(2, "$"),
    "VND": Currency(0, "₫"),
    "ZAR": Currency(2, "R"),
}
"""ISO 4217 codes the product accepts; the number of minor units decides every rounding."""


class UnknownCurrency(InvalidInput):
    """The code names no currency the product knows."""

    code = "UNKNOWN_CODE"


class CurrencyMismatch(InvalidInput):
    """Two currencies met where only a dated rate could join them."""

    code = "CURRENCY_MISMATCH"


def minor_units(currency: str) -> int:
    """Return the number of digits after the point that the currency has.

    Raises UnknownCurrency.

    >>> minor_units("CNY"), minor_units("JPY"), minor_units("KWD")
    (2, 0, 3)
    """
    known = CURRENCIES.get(currency)
    if known is None:
        raise UnknownCurrency(f"unknown currency {currency!r}", currency=currency)
    return known.minor_units


def round_half_up(amount: Decimal, exponent: int) -> Decimal:
    """Round to `exponent` digits after the point, ties away from zero.

    >>> round_half_up(Decimal("2.345"), 2), round_half_up(Decimal("-2.345"), 2)
    (Decimal('2.35'), Decimal('-2.35'))
    """
    rounded = amount.quantize(Decimal(1).scaleb(-exponent), rounding=ROUND_HALF_UP, context=_WIDE)
    # A rounded-away negative would print as -0.00.
    return rounded if rounded else rounded.copy_abs()


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round an amount half-up to the currency's minor unit (process specification 0.3).

    >>> round_money(Decimal("1.005"), "CNY")
    Decimal('1.01')
    >>> round_money(Decimal("1234.5"), "JPY")
    Decimal('1235')
    """
    return round_half_up(amount, minor_units(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """Express an amount in whole minor units, rounding half-up first.

    >>> to_minor(Decimal("12.34"), "CNY"), to_minor(Decimal("12"), "JPY")
    (1234, 12)
    """
    exponent = minor_units(currency)
    return int(round_half_up(amount, exponent).scaleb(exponent, context=_WIDE))


def from_minor(units: int, currency: str) -> Decimal:
    """Express whole minor units as an amount.

    >>> from_minor(1234, "CNY")
    Decimal('12.34')
    """
    return Decimal(units).scaleb(-minor_units(currency), context=_WIDE)


def split_units(total: int, weights: Sequence[Decimal]) -> list[int]:
    """Split whole units in proportion to the weights; the parts sum to the total exactly.

    Each part is rounded down and the units left over go to the largest remainders, ties in the
    order given. Weights are ≥ 0 and not all zero, else ValueError. One part per weight.

    >>> split_units(5, [Decimal(1), Decimal(1), Decimal(1)])
    [2, 2, 1]
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact, Fraction(0))
    if whole <= 0 or min(exact) < 0:
        raise ValueError("weights must not be negative and must not all be zero")
    size = abs(total)
    shares = [size * weight / whole for weight in exact]
    parts = [share.numerator // share.denominator for share in shares]
    # sorted() is stable: among equal remainders the earlier weight comes first.
    order = sorted(range(len(parts)), key=lambda i: parts[i] - shares[i])
    for index in order[: size - sum(parts)]:
        parts[index] += 1
    return parts if total >= 0 else [-part for part in parts]


def split_money(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split an amount in proportion to the weights by largest remainder, so that no cent is lost.

    The total is rounded to the currency first; the parts sum to that. One part per weight.

    >>> split_money(Decimal("1000"), [Decimal(1)] * 3, "JPY")
    [Decimal('334'), Decimal('333'), Decimal('333')]
    """
    parts = split_units(to_minor(total, currency), weights)
    return [from_minor(part, currency) for part in parts]


def convert(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Convert into `currency` at `rate` (units of it for one unit of the source), rounded once.

    >>> convert(Decimal("50000"), Decimal("8.1234"), "CNY")
    Decimal('406170.00')
    """
    with localcontext(_WIDE):
        product = amount * rate
    return round_money(product, currency)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount together with its currency; refuses to mix currencies and to hold a float.

    The amount is kept as given: round it at the moment the rule names, with `rounded()`.

    >>> Money(Decimal("1.10"), "CNY") + Money(Decimal("2.20"), "CNY")
    Money(amount=Decimal('3.30'), currency='CNY')
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"Money needs a Decimal, not {type(self.amount).__name__}")
        minor_units(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in that currency."""
        return cls(from_minor(0, currency), currency)

    def rounded(self) -> Money:
        """The same, rounded half-up to the currency's minor unit."""
        return Money(round_money(self.amount, self.currency), self.currency)

    def converted(self, rate: Decimal, currency: str) -> Money:
        """The same in another currency at a rate the caller has read and stores."""
        return Money(convert(self.amount, rate, currency), currency)

    def _same(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise CurrencyMismatch(
                f"{self.currency} and {other.currency} need a dated rate",
                left=self.currency,
                right=other.currency,
            )
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def sum_money(amounts: Iterable[Money], currency: str) -> Money:
    """Add amounts of one currency; an empty sum is zero of it. Raises CurrencyMismatch.

    >>> sum_money([], "JPY")
    Money(amount=Decimal('0'), currency='JPY')
    """
    total = Money.zero(currency)
    for amount in amounts:
        total += amount
    return total
