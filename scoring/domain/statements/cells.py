"""What a person types or pastes into a cell of a statement, as an amount in the statement's unit."""

from __future__ import annotations

import re
from decimal import Decimal

from common.money import minor_units
from common.parsing import CellError, CellErrorCode, parse_decimal, to_half_width

STORED_DECIMALS = 3
MAX_DIGITS = 15

# Longest first: "百万元" ends with "元" too.
_UNIT_WORDS: tuple[tuple[str, int], ...] = (
    ("百万元", 1_000_000),
    ("百万", 1_000_000),
    ("千元", 1_000),
    ("万元", 10_000),
    ("亿元", 100_000_000),
    ("千", 1_000),
    ("万", 10_000),
    ("亿", 100_000_000),
    ("元", 1),
)
_NOTHING = re.compile(r"[-–—―/\s]*|n/?a|无|不适用", re.IGNORECASE)


def parse_cell(text: str, *, unit: int = 1, currency: str = "CNY") -> Decimal | None:
    """Read the text of a cell; blanks and the dashes that stand for nothing are ``None``.

    ``unit`` is the statement's (1, 1,000, 10,000 or 1,000,000); an amount that names its own unit
    ("12.5万元") is brought to it. Digits may be grouped, full-width, in parentheses or behind a minus.

    Raises CellError: NOT_A_NUMBER, AMBIGUOUS_NUMBER, TOO_MANY_DECIMALS, LENGTH.

    >>> [str(parse_cell(t)) for t in ("1,234.56", "(1,234)", "－1234", "3万", "—")]
    ['1234.56', '-1234', '-1234', '30000', 'None']
    >>> str(parse_cell("12.5亿元", unit=10_000)), str(parse_cell("500元", unit=1_000))
    ('125000', '0.5')
    """
    plain = to_half_width(text).strip().replace("\u2212", "-")
    if _NOTHING.fullmatch(plain):
        return None
    if "%" in plain:
        raise CellError(CellErrorCode.NOT_A_NUMBER)
    amount = _read(plain, unit)
    decimals = STORED_DECIMALS if unit > 1 else min(STORED_DECIMALS, minor_units(currency))
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        raise CellError(CellErrorCode.TOO_MANY_DECIMALS, allowed=decimals)
    if abs(amount) >= Decimal(10) ** MAX_DIGITS:
        raise CellError(CellErrorCode.LENGTH, maximum=MAX_DIGITS)
    return amount


def _read(plain: str, unit: int) -> Decimal:
    """Take off the currency sign and the unit's word, read the digits, bring them to the unit."""
    is_bracketed = plain.startswith("(") and plain.endswith(")")
    digits = plain[1:-1].strip() if is_bracketed else plain
    own = unit
    for word, size in _UNIT_WORDS:
        if digits.endswith(word):
            digits, own = digits[: -len(word)].strip(), size
            break
    number = parse_decimal(digits.lstrip("¥").strip() or "?", max_decimals=MAX_DIGITS)
    if is_bracketed:
        if number < 0:
            raise CellError(CellErrorCode.AMBIGUOUS_NUMBER)
        number = -number
    if own == unit:
        return number
    scaled = (number * own / unit).normalize()
    # Plain digits: 3E+4 is 30000.
    return scaled.quantize(Decimal(1)) if scaled == scaled.to_integral_value() else scaled
