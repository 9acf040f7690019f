"""What every key figure shares: two decimals, half-up, and no figure where nothing divides.

Rules of scoring take the same figures unrounded (scoring specification N2): `places=None`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

from common.money import round_half_up

PLACES = 2
HUNDRED = Decimal(100)
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def divide(
    part: Decimal,
    whole: Decimal,
    scale: Decimal = Decimal(1),
    *,
    places: int | None = PLACES,
) -> Decimal | None:
    """Return part × scale ÷ whole to so many decimals, half-up; None when the whole is zero.

    `places=None` leaves the quotient unrounded.

    >>> divide(Decimal(1), Decimal(3), HUNDRED), divide(Decimal(1), Decimal(0))
    (Decimal('33.33'), None)
    """
    if not whole:
        return None
    quotient = _WIDE.divide(_WIDE.multiply(part, scale), whole)
    return quotient if places is None else round_half_up(quotient, places)


def percent_of(part: Decimal, whole: Decimal, *, places: int | None = PLACES) -> Decimal | None:
    """Return `part` in percent of `whole`, to so many decimals; None when the whole is zero.

    >>> percent_of(Decimal(900_000), Decimal(3_000_000))
    Decimal('30.00')
    """
    return divide(part, whole, HUNDRED, places=places)


def mean_of(values: list[int]) -> Decimal | None:
    """Return the mean of whole numbers to two decimals; None without any."""
    return divide(Decimal(sum(values)), Decimal(len(values)))
