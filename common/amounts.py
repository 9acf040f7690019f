"""Amounts as people type them: 3000万, 30m and 30,000,000 are the same. Pure: no Django.

A cell of an imported file is read by `common.parsing`, which knows no suffixes.
"""

from __future__ import annotations

import re
from decimal import Decimal

from common.money import minor_units
from common.parsing import CellError, CellErrorCode, parse_amount, to_half_width

SUFFIXES: tuple[tuple[str, Decimal], ...] = (
    ("百万", Decimal(10) ** 6),
    ("千万", Decimal(10) ** 7),
    ("千", Decimal(10) ** 3),
    ("万", Decimal(10) ** 4),
    ("亿", Decimal(10) ** 8),
    ("K", Decimal(10) ** 3),
    ("M", Decimal(10) ** 6),
    ("B", Decimal(10) ** 9),
)
"""What a suffix multiplies by, the longer ones first."""

_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")


def parse_typed_amount(text: str, currency: str) -> Decimal:
    """Read an amount typed into a form; the result has the currency's decimals.

    Raises CellError: REQUIRED, NOT_A_NUMBER, AMBIGUOUS_NUMBER, TOO_MANY_DECIMALS, LENGTH.

    >>> [parse_typed_amount(x, "CNY") for x in ("3000万", "30m", "¥30,000,000", "0.3亿 元")]
    [Decimal('30000000.00'), Decimal('30000000.00'), Decimal('30000000.00'), Decimal('30000000.00')]
    """
    shown = "".join(to_half_width(text).split()).upper()
    bare = shown.removesuffix("元") if shown.endswith("元") else shown
    for suffix, factor in SUFFIXES:
        if bare.endswith(suffix):
            number = bare.removesuffix(suffix).lstrip("¥")
            if not _NUMBER.fullmatch(number):
                break
            amount = Decimal(number.replace(",", "")) * factor
            places = minor_units(currency)
            if amount != amount.quantize(Decimal(1).scaleb(-places)):
                raise CellError(CellErrorCode.TOO_MANY_DECIMALS, allowed=places)
            return parse_amount(f"{amount:f}" if amount % 1 else f"{amount:.0f}", currency)
    return parse_amount(shown, currency)
