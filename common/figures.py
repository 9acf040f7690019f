"""Amounts, ratios and days in words and digits, in the reader's language.

Nothing here rounds what is stored: a figure is rounded half-up for the eye only, and the full value
goes into the `title` beside it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.money import CURRENCIES

NOTHING = "–"
MINUS = "−"
SYMBOLS = {"JPY": "JP¥"}  # where the usual sign would be read as another currency


@dataclass(frozen=True)
class Unit:
    """A unit in which a whole page states its amounts."""

    code: str
    divisor: Decimal
    places: int


UNITS = {
    "FULL": Unit("FULL", Decimal(1), 0),
    "K": Unit("K", Decimal(10) ** 3, 1),
    "WAN": Unit("WAN", Decimal(10) ** 4, 1),
    "M": Unit("M", Decimal(10) ** 6, 2),
    "YI": Unit("YI", Decimal(10) ** 8, 2),
}


def is_chinese() -> bool:
    """Tell whether the active language is Chinese."""
    return (get_language() or "en").lower().startswith("zh")


def to_decimal(value: Any) -> Decimal | None:
    """Return `value` as a Decimal, or None where there is no number.

    >>> to_decimal("12.50"), to_decimal(None), to_decimal("")
    (Decimal('12.50'), None, None)
    """
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def minor_units(currency: str) -> int:
    """Return how many decimals an amount of `currency` shows."""
    known = CURRENCIES.get(currency)
    return known.minor_units if known else 2


def round_places(number: Decimal, places: int) -> Decimal:
    """Return `number` rounded half-up to `places` decimals.

    >>> round_places(Decimal("2.345"), 2), round_places(Decimal("-2.5"), 0)
    (Decimal('2.35'), Decimal('-3'))
    """
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def group_digits(number: Decimal, places: int) -> str:
    """Return digits with thousands separators and a true minus sign.

    >>> group_digits(Decimal("-1234567.891"), 2)
    '−1,234,567.89'
    >>> group_digits(Decimal("-0.004"), 2)
    '0.00'
    """
    rounded = round_places(number, places)
    text = f"{abs(rounded):,.{places}f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def format_amount(amount: Any, currency: str = "") -> str:
    """Return the full amount: the currency's decimals when it is named, else whole units.

    >>> format_amount(Decimal("20810633.456"), "CNY"), format_amount("20810633.456")
    ('20,810,633.46', '20,810,633')
    >>> format_amount(0, "CNY"), format_amount(None), format_amount(-5, "JPY")
    ('–', '–', '−5')
    """
    number = to_decimal(amount)
    if not number:
        return NOTHING
    return group_digits(number, minor_units(currency) if currency else 0)


def with_symbol(text: str, currency: str) -> str:
    """Return `text` with the sign of its currency in front, behind a minus.

    >>> with_symbol("−1.24M", "CNY"), with_symbol("5", "CHF"), with_symbol("5", "")
    ('−¥1.24M', 'CHF\\xa05', '5')
    """
    if not currency or text == NOTHING:
        return text
    known = CURRENCIES.get(currency)
    symbol = SYMBOLS.get(currency) or (known.symbol if known else currency)
    if symbol[-1].isalpha():
        symbol += "\N{NO-BREAK SPACE}"
    return f"{MINUS}{symbol}{text[1:]}" if text.startswith(MINUS) else f"{symbol}{text}"


# (smallest rounded value that still fits the step, divisor, decimals, suffix), largest first
_EN_STEPS = (
    (Decimal(10) ** 9, 2, "B"),
    (Decimal(10) ** 6, 2, "M"),
    (Decimal(10) ** 3, 1, "K"),
    (Decimal(1), 0, ""),
)
_ZH_STEPS = (
    (Decimal(10) ** 8, Decimal(10) ** 8, 2, "亿"),
    (Decimal(10) ** 7, Decimal(10) ** 4, 0, "万"),
    (Decimal(10) ** 4, Decimal(10) ** 4, 1, "万"),
    (Decimal(1), Decimal(1), 0, ""),
)


def shorten(amount: Any, chinese: bool | None = None) -> str:
    """Return a short figure for cards and charts, rounded half-up in the reader's own steps.

    English counts in K, M, B; Chinese in 万 and 亿, without decimals from 1,000万. A figure that
    rounds up to the next step is shown in that step.

    >>> [shorten(n, chinese=False) for n in (950, 79_750, 999_950, 1_240_000, -208_090_000)]
    ['950', '79.8K', '1.00M', '1.24M', '−208.09M']
    >>> [shorten(n, chinese=True) for n in (9_500, 1_240_000, 9_999_600, 35_670_000, 208_090_000)]
    ['9,500', '124.0万', '1,000万', '3,567万', '2.08亿']
    """
    number = to_decimal(amount)
    if not number:
        return NOTHING
    chinese = is_chinese() if chinese is None else chinese
    steps = _ZH_STEPS if chinese else tuple((d, d, p, s) for d, p, s in _EN_STEPS)
    lower = len(steps) - 1
    for index, (floor, _divisor, _places, _suffix) in enumerate(steps):
        if abs(number) >= floor:
            lower = index
            break
    while lower > 0:
        _floor, divisor, places, _suffix = steps[lower]
        if abs(round_places(number / divisor, places)) * divisor < steps[lower - 1][0]:
            break
        lower -= 1
    _floor, divisor, places, suffix = steps[lower]
    return f"{group_digits(number / divisor, places)}{suffix}"


def format_in_unit(amount: Any, unit: str = "FULL") -> str:
    """Return the amount in the page's unit, without the unit's name: the heading says that once.

    >>> format_in_unit(Decimal("1240000"), "WAN"), format_in_unit(1240000, "M")
    ('124.0', '1.24')
    """
    number = to_decimal(amount)
    if not number:
        return NOTHING
    chosen = UNITS.get(unit, UNITS["FULL"])
    return group_digits(number / chosen.divisor, chosen.places)


def name_unit(unit: str, currency: str = "") -> str:
    """Return how a heading names currency and unit, such as "CNY thousand"."""
    names = {
        "FULL": _("%(currency)s"),
        "K": _("%(currency)s thousand"),
        "WAN": _("%(currency)s ten thousand"),
        "M": _("%(currency)s million"),
        "YI": _("%(currency)s hundred million"),
    }
    return (names.get(unit) or names["FULL"]) % {"currency": currency}


def format_ratio(ratio: Any, places: int = 1) -> str:
    """Return a ratio as a percentage.

    >>> format_ratio(Decimal("0.383")), format_ratio(None), format_ratio("-0.0645")
    ('38.3%', '–', '−6.5%')
    """
    number = to_decimal(ratio)
    if number is None:
        return NOTHING
    return f"{group_digits(number * 100, places)}%"


def format_day(value: date | datetime | None) -> str:
    """Return a day as a sentence says it: 23 Nov 2026, or 2026年11月23日."""
    day = _as_day(value)
    if day is None:
        return NOTHING
    return date_format(day, "Y年n月j日" if is_chinese() else "j M Y")


def format_iso_day(value: date | datetime | None) -> str:
    """Return a day as tables say it, in both languages.

    >>> format_iso_day(date(2026, 11, 23)), format_iso_day(None)
    ('2026-11-23', '–')
    """
    day = _as_day(value)
    return NOTHING if day is None else day.isoformat()


def format_moment(value: datetime | None) -> str:
    """Return an instant in the house's time zone, to the minute."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{format_day(local.date())} {local:%H:%M}"


def _as_day(value: date | datetime | None) -> date | None:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value if isinstance(value, date) else None
