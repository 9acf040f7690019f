"""Rules of the early-warning signals that need the limit: S02 and S20.

Source: process specification A.5. Amounts of one call are in one currency. Pure.
"""

from __future__ import annotations

from decimal import Decimal


def is_bust_out(
    intake: Decimal,
    monthly_average: Decimal,
    use_ratio: Decimal | None,
    *,
    factor: Decimal,
    use: Decimal,
) -> bool:
    """Tell whether orders swell while the limit is nearly full (S20): the pattern of a bust-out.

    `intake` are the orders of 30 days, `monthly_average` those of a month in the year before them,
    `use_ratio` the used share of the limit (None: a limit of 0 is used). Who never ordered before
    has no pattern to break.

    >>> is_bust_out(Decimal(201), Decimal(100), Decimal("0.91"), factor=Decimal(2), use=Decimal("0.9"))
    True
    >>> is_bust_out(Decimal(200), Decimal(100), Decimal("0.91"), factor=Decimal(2), use=Decimal("0.9"))
    False
    """
    if monthly_average <= 0 or intake <= monthly_average * factor:
        return False
    return use_ratio is None or use_ratio > use


def weigh_enforcement(
    amount: Decimal | None, limit: Decimal, *, amber: Decimal, red: Decimal
) -> str | None:
    """Return how hard an enforcement case weighs against the limit (S02); None below `amber`.

    An amount that nobody knows, or any amount without a limit, is amber.

    >>> weigh_enforcement(Decimal(50), Decimal(100), amber=Decimal("0.1"), red=Decimal("0.5"))
    'RED'
    >>> weigh_enforcement(Decimal("9.99"), Decimal(100), amber=Decimal("0.1"), red=Decimal("0.5"))
    """
    if amount is None or limit <= 0:
        return "AMBER"
    share = amount / limit
    if share >= red:
        return "RED"
    return "AMBER" if share >= amber else None
