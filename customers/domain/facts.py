"""What can be said of a customer, and when two sources contradict each other (A.3).

A fact is one value of one field of this vocabulary, for a day or a period end, from one source.
Facts are never edited: which of several is believed follows from their dates, their confidence and
what an analyst decided. Pure: no Django, no clock.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.errors import InvalidInput
from common.parsing import CellError, parse_date, parse_decimal

MOST_DIFFERENCE = Decimal("0.10")
"""Numbers of the same field and period may differ by this share before somebody must decide (A.3)."""

SHARE_PLACES = Decimal("0.0001")
LONGEST = 500


class FieldKind(StrEnum):
    """How a value is written."""

    NUMBER = "NUMBER"
    TEXT = "TEXT"
    DATE = "DATE"
    CHOICE = "CHOICE"


CONFIDENCES = ("VERIFIED", "STATED", "HEARSAY")
"""Most believed first."""


class UnknownField(InvalidInput):
    """The vocabulary has no such field."""

    code = "UNKNOWN_FIELD"


class BadValue(InvalidInput):
    """The value is not of the field's kind, range or list."""

    code = "BAD_VALUE"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be said.

    `unit` is a currency (`CNY`), a share (`%`) or a word, empty where a number has none. Numbers
    lie in `low` … `high`, both included. `used_by` names what reads the field. Where `is_own` holds
    each source speaks of itself only (what a supplier grants), so two of them never contradict.
    """

    code: str
    label: str
    kind: FieldKind
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    used_by: tuple[str, ...] = ()
    whole: bool = False
    is_own: bool = False


def _money(code: str, label: str, *used_by: str, is_own: bool = False) -> Field:
    return Field(
        code,
        label,
        FieldKind.NUMBER,
        "CNY",
        low=Decimal(0),
        high=Decimal(10) ** 15,
        used_by=used_by,
        is_own=is_own,
    )


def _percent(code: str, label: str, low: int, high: int, *used_by: str) -> Field:
    return Field(
        code,
        label,
        FieldKind.NUMBER,
        "%",
        low=Decimal(low),
        high=Decimal(high),
        used_by=used_by,
    )


def _count(code: str, label: str, high: int, unit: str, *used_by: str) -> Field:
    return Field(
        code,
        label,
        FieldKind.NUMBER,
        unit,
        low=Decimal(0),
        high=Decimal(high),
        used_by=used_by,
        whole=True,
    )


def _choice(code: str, label: str, choices: tuple[str, ...], *used_by: str) -> Field:
    return Field(code, label, FieldKind.CHOICE, choices=choices, used_by=used_by)


def _text(code: str, label: str, *used_by: str) -> Field:
    return Field(code, label, FieldKind.TEXT, used_by=used_by)


LETTER_GRADES = tuple(
    f"{grade}{sign}"
    for grade in ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C")
    for sign in ("", "+", "-")
)

FIELDS: Mapping[str, Field] = {
    field.code: field
    for field in (
        _money("REGISTERED_CAPITAL", "Registered capital", "SHELL_INDICATORS"),
        _money("PAID_IN_CAPITAL", "Paid-in capital", "CHARACTERISTICS", "SHELL_INDICATORS"),
        _count("EMPLOYEES", "Employees", 10_000_000, "people", "SIZE_CLASS", "SHELL_INDICATORS"),
        _money("REVENUE", "Annual revenue", "SIZE_CLASS"),
        _money("TOTAL_ASSETS", "Total assets", "SIZE_CLASS"),
        Field("FOUNDED", "Founded", FieldKind.DATE, used_by=("CHARACTERISTICS", "PROFILE")),
        _text("LEGAL_REPRESENTATIVE", "Legal representative", "SIGNALS"),
        _text("CONTROLLER", "Controlling person or company", "RISK_GROUPS", "SIGNALS"),
        _text("REGISTERED_ADDRESS", "Registered address", "SIGNALS"),
        _choice(
            "PREMISES",
            "Premises",
            ("OWNED", "RENTED", "SHARED", "VIRTUAL", "NONE"),
            "CHARACTERISTICS",
            "SHELL_INDICATORS",
        ),
        _choice("TAX_GRADE", "Tax credit grade", ("A", "B", "M", "C", "D"), "SIGNALS"),
        _choice("AGENCY_GRADE", "Grade of a rating agency", LETTER_GRADES, "EXTERNAL"),
        _choice("RISK_INDICATOR", "Risk indicator of a bureau", ("1", "2", "3", "4"), "EXTERNAL"),
        _count("PAYDEX", "Paydex", 100, "points", "EXTERNAL"),
        _choice(
            "INSURER_DECISION",
            "Decision of a credit insurer",
            ("FULL", "PARTIAL", "REFUSED"),
            "EXTERNAL",
        ),
        _choice(
            "BUREAU_RISK_INDEX",
            "Risk index of a bureau",
            ("RI1", "RI2", "RI3", "RI4", "RI5", "RI6"),
            "EXTERNAL",
        ),
        _money("MARKET_CAP", "Market capitalisation", "ALTMAN_Z"),
        _count("SUSPENDED_DAYS", "Days of suspended trading", 3660, "days", "ALTMAN_Z"),
        _money(
            "TRADE_REFERENCE_LIMIT",
            "Highest limit of other suppliers",
            "LIMIT_METHODS",
            is_own=True,
        ),
        _money("AGENCY_LIMIT", "Limit that an agency suggests", "LIMIT_METHODS"),
        _percent("GROSS_MARGIN_PCT", "Our gross margin on it", -100, 100, "CUSTOMER_VALUE"),
        _money("EXPECTED_SALES", "Expected sales of twelve months", "LIMIT_METHODS"),
        _percent("CAPACITY_USE", "Use of its capacity", 0, 100, "FIVE_C"),
        _percent("TOP5_SHARE", "Share of its five largest customers", 0, 100, "FIVE_C"),
        _money("CONTINGENT_LIABILITIES", "Guarantees given", "RATIOS"),
    )
}
"""The vocabulary: code → field. A code, once used, keeps its meaning."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is stored: its text in one fixed form and, for numbers, the number."""

    text: str
    number: Decimal | None = None
    unit: str = ""


def get_field(code: str) -> Field:
    """Return the field; raise UnknownField.

    >>> get_field("paydex").unit
    'points'
    """
    field = FIELDS.get(code.strip().upper())
    if field is None:
        raise UnknownField(field="field", value=code)
    return field


def read_value(code: str, text: str) -> Value:
    """Read what somebody typed as a value of the field; raise UnknownField or BadValue.

    Numbers come in every way a person writes them, choices in any case, dates as `parse_date`
    reads them. The stored text of a number has no needless zeros, so that equal values are equal
    texts.

    >>> read_value("REVENUE", "1,250,000.50")
    Value(text='1250000.5', number=Decimal('1250000.50'), unit='CNY')
    >>> read_value("PREMISES", " rented ").text, read_value("FOUNDED", "2011/5/18").text
    ('RENTED', '2011-05-18')
    >>> read_value("PAYDEX", "101")
    Traceback (most recent call last):
    ...
    customers.domain.facts.BadValue
    """
    field = get_field(code)
    given = unicodedata.normalize("NFKC", text).strip()
    if not given or len(given) > LONGEST:
        raise BadValue(field="value", value=text[:80])
    if field.kind is FieldKind.NUMBER:
        return _read_number(field, given)
    if field.kind is FieldKind.DATE:
        try:
            return Value(parse_date(given).isoformat())
        except CellError as error:
            raise BadValue(field="value", value=given) from error
    if field.kind is FieldKind.CHOICE:
        if given.upper() not in field.choices:
            raise BadValue(field="value", value=given[:80], allowed=", ".join(field.choices))
        return Value(given.upper())
    return Value(" ".join(given.split()))


def _read_number(field: Field, given: str) -> Value:
    try:
        number = parse_decimal(given.removesuffix("%").strip())
    except CellError as error:
        raise BadValue(field="value", value=given[:80]) from error
    too_low = field.low is not None and number < field.low
    too_high = field.high is not None and number > field.high
    is_broken = field.whole and number != number.to_integral_value()
    if too_low or too_high or is_broken:
        raise BadValue(field="value", value=given[:80], low=str(field.low), high=str(field.high))
    return Value(write_number(number), number, field.unit)


def write_number(number: Decimal) -> str:
    """Write a number in the one form that is stored: plain digits, no needless zeros.

    >>> write_number(Decimal("1200.500")), write_number(Decimal("1E+3")), write_number(Decimal("0.0"))
    ('1200.5', '1000', '0')
    """
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


_NOT_TELLING = re.compile(r"[\s.,;:·・'\"“”‘’()（）\-—_/]+")


def fold_text(text: str) -> str:
    """Bring a text to the form in which two sources are compared: width, case, punctuation.

    >>> fold_text("示例市 示例路８号") == fold_text("示例市示例路8号")
    True
    """
    return _NOT_TELLING.sub("", unicodedata.normalize("NFKC", text)).casefold()


def measure_difference(code: str, first: Value, second: Value) -> Decimal | None:
    """Tell how far two values of one field and period are apart, `None` when they agree.

    Numbers: |a − b| / max(|a|, |b|), and a conflict only above 10 % (A.3). Anything else agrees or
    does not; then the difference is 1.

    >>> measure_difference("REVENUE", Value("100", Decimal(100)), Value("90", Decimal(90)))
    >>> measure_difference("REVENUE", Value("100", Decimal(100)), Value("89", Decimal(89)))
    Decimal('0.1100')
    >>> measure_difference("CONTROLLER", Value("Li Ming"), Value("LI MING"))
    >>> measure_difference("CONTROLLER", Value("Li Ming"), Value("Wang Fang"))
    Decimal('1')
    """
    field = get_field(code)
    if field.kind is FieldKind.NUMBER and first.number is not None and second.number is not None:
        larger = max(abs(first.number), abs(second.number))
        if larger == 0:
            return None
        share = abs(first.number - second.number) / larger
        return share.quantize(SHARE_PLACES) if share > MOST_DIFFERENCE else None
    if field.kind is FieldKind.TEXT:
        return None if fold_text(first.text) == fold_text(second.text) else Decimal(1)
    return None if first.text == second.text else Decimal(1)


@dataclass(frozen=True, slots=True)
class Said:
    """A fact as conflicts are looked for: what, of which day, by which source, how sure."""

    id: int
    field: str
    as_of: date
    source_class: str
    source_name: str
    value: Value


def find_conflicts(said: list[Said]) -> list[tuple[Said, Said, Decimal]]:
    """Return the pairs of different sources that contradict each other, the older one first.

    `said` are facts of one customer. Pairs are of one field and one day; a source that corrects
    itself is no conflict, its later word is simply the newer one. Neither are two suppliers that
    grant different limits.

    >>> day = date(2026, 3, 31)
    >>> def say(n: int, code: str, name: str, value: int) -> Said:
    ...     return Said(n, code, day, "THIRD_PARTY", name, Value(str(value), Decimal(value)))
    >>> find_conflicts([say(1, "TRADE_REFERENCE_LIMIT", "A", 9), say(2, "TRADE_REFERENCE_LIMIT", "B", 5)])
    []
    >>> len(find_conflicts([say(1, "REVENUE", "A", 9), say(2, "REVENUE", "B", 5)]))
    1
    """
    groups: dict[tuple[str, date], list[Said]] = {}
    for one in sorted(said, key=lambda s: s.id):
        if get_field(one.field).is_own:
            continue
        groups.setdefault((one.field, one.as_of), []).append(one)
    found = []
    for group in groups.values():
        newest = {(one.source_class, one.source_name): one for one in group}
        kept = list(newest.values())
        for position, first in enumerate(kept):
            for second in kept[position + 1 :]:
                difference = measure_difference(first.field, first.value, second.value)
                if difference is not None:
                    found.append((first, second, difference))
    return found
