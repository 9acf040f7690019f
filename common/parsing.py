"""Cells of imported files: text in, typed value or one coded error out (specification G.2).

A cell is refused rather than guessed: `1.234,56` and `01/07/2025` have two readings, so they have
none. Every parser takes the cell as the file reader gives it (text, or a number or date from a
workbook) and raises CellError; an empty cell is REQUIRED, and callers of optional columns ask
`is_blank` first. The `…_series` twins do whole columns: a pattern over the column at once, the
scalar parser only for the cells that it does not cover, so both always agree.
Pure: no Django; pandas is loaded only when a column is parsed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from common.errors import InvalidInput
from common.identifiers import HALF_WIDTH, check_uscc
from common.money import CURRENCIES, minor_units, round_half_up

if TYPE_CHECKING:
    import pandas as pd


class CellErrorCode(StrEnum):
    """Everything that may be wrong with a cell, a row or a file (G.2)."""

    REQUIRED = "REQUIRED"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    AMBIGUOUS_NUMBER = "AMBIGUOUS_NUMBER"
    TOO_MANY_DECIMALS = "TOO_MANY_DECIMALS"
    INVALID_DATE = "INVALID_DATE"
    AMBIGUOUS_DATE = "AMBIGUOUS_DATE"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    UNKNOWN_CUSTOMER = "UNKNOWN_CUSTOMER"
    DUPLICATE_IN_FILE = "DUPLICATE_IN_FILE"
    POSTED_DOCUMENT_DIFFERS = "POSTED_DOCUMENT_DIFFERS"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    SIGN = "SIGN"
    SUM_MISMATCH = "SUM_MISMATCH"
    BALANCE_BREAK = "BALANCE_BREAK"
    CHECK_CHAR = "CHECK_CHAR"
    LENGTH = "LENGTH"
    ALPHABET = "ALPHABET"
    SCIENTIFIC_NOTATION = "SCIENTIFIC_NOTATION"
    CYCLE = "CYCLE"
    TOO_MANY_ROWS = "TOO_MANY_ROWS"
    ENCODING = "ENCODING"
    FORMULA = "FORMULA"


class CellError(InvalidInput):
    """A cell (row, file) cannot be used; `code` says why, `params` what the message needs."""

    def __init__(self, code: CellErrorCode, **params: Any) -> None:
        super().__init__(code.value, code=code.value, **params)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CellError):
            return NotImplemented
        return (self.code, self.params) == (other.code, other.params)

    def __hash__(self) -> int:
        return hash(self.code)


MAX_INTEGER_DIGITS = 15
"""Longer amounts are surely damage (an account number in the amount column)."""

COMMA_DECIMAL_LOCALES = frozenset({"cs", "da", "de", "es", "fi", "fr", "it", "nl", "pl", "pt"})
"""Languages that write 1.234,56; a file set to one of them may, every other file may not."""

_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE]\+[0-9]+")
_GROUPED_POINT = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+")
_GROUPED_COMMA = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]*)?|,[0-9]+")
_DIGITS_AND_MARKS = re.compile(r"[0-9]*(?:[.,][0-9]+)+[.,]?")

_DATE_FORMS = (
    re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"),
    re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})"),
    re.compile(r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})"),
    re.compile(r"([0-9]{4})\s?年\s?([0-9]{1,2})\s?月\s?([0-9]{1,2})\s?[日号]"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
)
_AMBIGUOUS_DATE = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})")
_EXCEL_SERIAL = re.compile(r"[0-9]{5}(?:\.0+)?")
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?$")
_EXCEL_EPOCH = date(1899, 12, 30)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199

_TRUE = frozenset({"TRUE", "YES", "Y", "T", "1", "是", "真", "对", "√"})
_FALSE = frozenset({"FALSE", "NO", "N", "F", "0", "否", "假", "错", "×"})
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")


def to_half_width(text: str) -> str:
    """Turn full-width letters, digits, signs and blanks into their ASCII forms.

    >>> to_half_width("（１，２３４．５０）")
    '(1,234.50)'
    """
    return text if text.isascii() else text.translate(HALF_WIDTH)


def cell_text(value: object) -> str:
    """Return what a person sees in the cell, trimmed: workbooks also hold numbers and dates.

    A float is written with the 15 digits a workbook keeps, never in scientific notation.

    >>> cell_text(1234.0), cell_text(0.1 + 0.2), cell_text(None), cell_text(date(2025, 7, 1))
    ('1234', '0.3', '', '2025-07-01')
    """
    if isinstance(value, str):
        return value.strip()
    if value is None or type(value).__name__ in {"NaTType", "NAType"}:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return _plain(Decimal(format(value, ".15g")))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_blank(value: object) -> bool:
    """Say whether a cell holds nothing but blanks (full-width ones included)."""
    return not to_half_width(cell_text(value)).strip()


def _required(value: object) -> str:
    text = to_half_width(cell_text(value)).strip()
    if not text:
        raise CellError(CellErrorCode.REQUIRED)
    return text


# --- numbers ------------------------------------------------------------------------------------


def parse_amount(value: object, currency: str, locale: str | None = None) -> Decimal:
    """Read an amount of money; the result carries exactly the currency's decimals.

    Accepted: an optional sign, or parentheses for a negative; thousands commas in threes; the sign
    or code of this currency; full-width characters. With a `locale` of COMMA_DECIMAL_LOCALES point
    and comma change places. More decimals than the currency has are refused, zeros included.

    Raises CellError: REQUIRED, NOT_A_NUMBER, AMBIGUOUS_NUMBER, TOO_MANY_DECIMALS, LENGTH.

    >>> parse_amount("（1,234.56）", "CNY"), parse_amount("¥1,000", "CNY")
    (Decimal('-1234.56'), Decimal('1000.00'))
    >>> parse_amount("1.234,56", "CNY", locale="de")
    Decimal('1234.56')
    """
    text = _required(value)
    negative, digits = _signed_digits(text, _currency_marks(currency))
    number = _read_number(digits, locale, text)
    exponent = minor_units(currency)
    if -_exponent(number) > exponent:
        raise CellError(CellErrorCode.TOO_MANY_DECIMALS, allowed=exponent)
    amount = round_half_up(number, exponent)
    return -amount if negative and amount else amount


def parse_decimal(value: object, max_decimals: int = 6, locale: str | None = None) -> Decimal:
    """Read a plain number (quantity, price, rate, percent), with or without a final % sign.

    >>> parse_decimal("1,234.5"), parse_decimal("-0.25")
    (Decimal('1234.5'), Decimal('-0.25'))
    """
    text = _required(value)
    negative, digits = _signed_digits(text.removesuffix("%").rstrip(), ())
    number = _read_number(digits, locale, text)
    if -_exponent(number) > max_decimals:
        raise CellError(CellErrorCode.TOO_MANY_DECIMALS, allowed=max_decimals)
    return -number if negative and number else number


def parse_int(value: object, minimum: int | None = None, maximum: int | None = None) -> int:
    """Read a whole number within bounds; below the minimum is SIGN when it is zero, else LENGTH.

    >>> parse_int("1,200", minimum=0)
    1200
    """
    number = parse_decimal(value, max_decimals=0)
    result = int(number)
    if minimum is not None and result < minimum:
        code = CellErrorCode.SIGN if minimum == 0 else CellErrorCode.LENGTH
        raise CellError(code, minimum=minimum)
    if maximum is not None and result > maximum:
        raise CellError(CellErrorCode.LENGTH, maximum=maximum)
    return result


def _currency_marks(currency: str) -> tuple[str, ...]:
    marks = [CURRENCIES[currency].symbol, currency] if currency in CURRENCIES else []
    if currency in {"CNY", "CNH"}:
        marks += ["RMB", "元"]
    # The longest first: "HK$" before "$".
    return tuple(sorted(marks, key=len, reverse=True))


def _signed_digits(text: str, marks: Iterable[str]) -> tuple[bool, str]:
    """Take off sign, parentheses and currency mark; return (is negative, the rest)."""
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
        text, _ = _strip_mark(text, marks)
        return negative, text
    text, marked = _strip_mark(text, marks)
    if text[:1] in {"+", "-", "\u2212"}:
        negative, text = text[0] != "+", text[1:].strip()
    if not marked:
        text, _ = _strip_mark(text, marks)
    return negative, text


def _strip_mark(text: str, marks: Iterable[str]) -> tuple[str, bool]:
    for mark in marks:
        if text.upper().startswith(mark.upper()):
            return text[len(mark) :].strip(), True
        if text.upper().endswith(mark.upper()):
            return text[: -len(mark)].strip(), True
    return text, False


def _read_number(digits: str, locale: str | None, shown: str) -> Decimal:
    comma_decimal = (locale or "").split("-")[0].split("_")[0].lower() in COMMA_DECIMAL_LOCALES
    grammar = _GROUPED_COMMA if comma_decimal else _GROUPED_POINT
    if not grammar.fullmatch(digits):
        if _DIGITS_AND_MARKS.fullmatch(digits):
            raise CellError(CellErrorCode.AMBIGUOUS_NUMBER)
        raise CellError(CellErrorCode.NOT_A_NUMBER)
    if comma_decimal:
        digits = digits.replace(".", "").replace(",", ".")
    digits = digits.replace(",", "")
    whole, _, fraction = digits.partition(".")
    if len(whole.lstrip("0")) > MAX_INTEGER_DIGITS or len(fraction) > MAX_INTEGER_DIGITS:
        raise CellError(CellErrorCode.LENGTH, maximum=MAX_INTEGER_DIGITS)
    return Decimal(digits)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


# --- dates --------------------------------------------------------------------------------------


def parse_date(value: object) -> date:
    """Read a calendar date between 1900 and 2199.

    Accepted: 2025-07-01, 2025/7/1, 2025.7.1, 2025年7月1日, 20250701, a time of midnight behind it,
    and the five-digit serial number of a workbook (1900 system, 1927 to 2173). Day and month in
    front of the year are AMBIGUOUS_DATE whatever their values: the column has no stated order.

    Raises CellError: REQUIRED, INVALID_DATE, AMBIGUOUS_DATE.

    >>> parse_date("2025年7月1日"), parse_date("45839")
    (datetime.date(2025, 7, 1), datetime.date(2025, 7, 1))
    """
    text = _MIDNIGHT.sub("", _required(value))
    for form in _DATE_FORMS:
        if found := form.fullmatch(text):
            return _existing_date(*map(int, found.groups()))
    if _EXCEL_SERIAL.fullmatch(text):
        return _EXCEL_EPOCH + timedelta(days=int(text.partition(".")[0]))
    if _AMBIGUOUS_DATE.fullmatch(text):
        raise CellError(CellErrorCode.AMBIGUOUS_DATE)
    raise CellError(CellErrorCode.INVALID_DATE)


def _existing_date(year: int, month: int, day: int) -> date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise CellError(CellErrorCode.INVALID_DATE)
    try:
        return date(year, month, day)
    except ValueError:
        raise CellError(CellErrorCode.INVALID_DATE) from None


def parse_datetime(value: object) -> datetime:
    """Read an instant: a date of parse_date alone (midnight), or with a time and maybe an offset.

    The result is naive unless the cell states an offset; the caller puts the company's zone on it.

    >>> parse_datetime("2025/7/1 14:30")
    datetime.datetime(2025, 7, 1, 14, 30)
    """
    text = _required(value)
    found = re.fullmatch(r"(.+?)[T ]([0-9]{1,2}:[0-9]{2}.*)", text)
    if not found:
        return datetime.combine(parse_date(text), time())
    day = parse_date(found[1])
    clock = found[2].strip()
    try:
        moment = time.fromisoformat(clock if clock[1] != ":" else f"0{clock}")
    except ValueError:
        raise CellError(CellErrorCode.INVALID_DATE) from None
    return datetime.combine(day, moment)


# --- words --------------------------------------------------------------------------------------


def parse_bool(value: object) -> bool:
    """Read yes or no in English or Chinese.

    >>> parse_bool("是"), parse_bool("n")
    (True, False)
    """
    text = _required(value).upper()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise CellError(CellErrorCode.UNKNOWN_CODE, allowed="yes, no")


def parse_enum(
    value: object, choices: Iterable[str], aliases: Mapping[str, str] | None = None
) -> str:
    """Read one of a closed list, whatever its case; `aliases` maps labels to choices.

    Blanks, hyphens and underscores between words are the same. Raises UNKNOWN_CODE.

    >>> parse_enum(" Self employed", ["ENTERPRISE", "SELF_EMPLOYED"])
    'SELF_EMPLOYED'
    >>> parse_enum("企业", ["ENTERPRISE"], {"企业": "ENTERPRISE"})
    'ENTERPRISE'
    """
    text = _required(value)
    allowed = list(choices)
    known = {_word(label): target for label, target in (aliases or {}).items()}
    known |= {_word(choice): choice for choice in allowed}
    found = known.get(_word(text))
    if found is None:
        raise CellError(CellErrorCode.UNKNOWN_CODE, allowed=", ".join(allowed))
    return found


def _word(text: str) -> str:
    return re.sub(r"[\s_\-]+", "_", to_half_width(text).strip()).upper()


def parse_list(
    value: object, choices: Iterable[str], aliases: Mapping[str, str] | None = None
) -> list[str]:
    """Read several of a closed list, separated by comma, semicolon, bar, slash or 、.

    >>> parse_list("buyer；supplier", ["BUYER", "SUPPLIER"])
    ['BUYER', 'SUPPLIER']
    """
    text = _required(value)
    allowed = list(choices)
    parts = [part for part in re.split(r"[,;|/、]", text) if part.strip()]
    return list(dict.fromkeys(parse_enum(part, allowed, aliases) for part in parts))


def parse_code(value: object, max_length: int = 32) -> str:
    """Read a code: trimmed, half-width, upper case.

    A number in scientific notation is a code that a workbook has destroyed: SCIENTIFIC_NOTATION,
    whose message tells to format the column as text. Raises LENGTH when too long.

    >>> parse_code(" c-0017 ")
    'C-0017'
    """
    text = _required(value).upper()
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(CellErrorCode.SCIENTIFIC_NOTATION)
    if len(text) > max_length:
        raise CellError(CellErrorCode.LENGTH, maximum=max_length)
    return text


def parse_text(value: object, max_length: int = 200) -> str:
    """Read free text: trimmed, line breaks and control characters to blanks, else unchanged.

    The apostrophe that `neutralise_cell` put before a formula sign is taken off again.
    """
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", cell_text(value)).strip()
    if not text:
        raise CellError(CellErrorCode.REQUIRED)
    if len(text) > 1 and text[0] == "'" and text[1] in _FORMULA_SIGNS:
        text = text[1:]
    if len(text) > max_length:
        raise CellError(CellErrorCode.LENGTH, maximum=max_length)
    return text


def parse_uscc(value: object) -> str:
    """Read a unified social credit code; raises LENGTH, ALPHABET, CHECK_CHAR, SCIENTIFIC_NOTATION.

    >>> parse_uscc("9131 0000-ma1x00084l")
    '91310000MA1X00084L'
    """
    text = _required(value)
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(CellErrorCode.SCIENTIFIC_NOTATION)
    checked = check_uscc(text)
    if checked.reason is not None:
        raise CellError(CellErrorCode(checked.reason), expected=checked.check_char)
    return checked.normalised


def parse_currency(value: object) -> str:
    """Read an ISO 4217 code the product knows; RMB means CNY.

    >>> parse_currency("cny"), parse_currency("人民币")
    ('CNY', 'CNY')
    """
    return parse_enum(
        value, CURRENCIES, {"RMB": "CNY", "人民币": "CNY", "美元": "USD", "欧元": "EUR"}
    )


def parse_country(value: object) -> str:
    """Read a two-letter country code (ISO 3166)."""
    text = _required(value).upper()
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise CellError(CellErrorCode.UNKNOWN_CODE)
    return text


def parse_email(value: object, max_length: int = 254) -> str:
    """Read an e-mail address: one @, a dotted domain, no blanks. Raises ALPHABET, LENGTH."""
    text = _required(value)
    if len(text) > max_length:
        raise CellError(CellErrorCode.LENGTH, maximum=max_length)
    if not _EMAIL.fullmatch(text):
        raise CellError(CellErrorCode.ALPHABET)
    return text


# --- files --------------------------------------------------------------------------------------

_FORMULA_SIGNS = frozenset("=+-@\t\r＝＋－＠")
_NEGATIVE_NUMBER = re.compile(r"-[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?%?")


def neutralise_cell(value: object) -> str:
    """Return the text of an exported cell that no spreadsheet takes for a formula.

    A leading = + - @ (full-width too), tab or carriage return gets an apostrophe in front;
    negative numbers are left alone.

    >>> neutralise_cell("+8613800000000"), neutralise_cell("-5.00"), neutralise_cell("-1+cmd|'/C'")
    ("'+8613800000000", '-5.00', "'-1+cmd|'/C'")
    """
    text = value if isinstance(value, str) else cell_text(value)
    if text[:1] in _FORMULA_SIGNS and text and not _NEGATIVE_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def detect_encoding(data: bytes) -> str:
    """Name the encoding of a text file: utf-8-sig, utf-8 or gb18030.

    UTF-8 is tried first because text in GB18030 is hardly ever valid UTF-8, while nearly every
    byte string is valid GB18030. Raises CellError ENCODING for anything else, binary included.

    >>> detect_encoding("客户".encode("gb18030"))
    'gb18030'
    """
    if b"\x00" in data:
        raise CellError(CellErrorCode.ENCODING)
    if data.startswith(b"\xef\xbb\xbf"):
        return _decodable(data, "utf-8-sig")
    try:
        return _decodable(data, "utf-8")
    except CellError:
        return _decodable(data, "gb18030")


def _decodable(data: bytes, encoding: str) -> str:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CellError(CellErrorCode.ENCODING, position=error.start) from None
    return encoding


def detect_delimiter(header_line: str) -> str:
    """Return the separator of a header line: comma, semicolon or tab, whichever is most frequent.

    Separators inside quotes do not count; a header of one column is taken as comma-separated.

    >>> detect_delimiter('code;"name, full";amount')
    ';'
    """
    bare = re.sub(r'"[^"]*"', "", header_line)
    return max((",", ";", "\t"), key=bare.count)


# --- whole columns ------------------------------------------------------------------------------


@dataclass(frozen=True)
class ParsedColumn:
    """A parsed column: `values` on the same index (None where refused), and the refusals.

    `errors` maps the index label of each refused cell to its CellError.
    """

    values: pd.Series
    errors: dict[Any, CellError]


def _parse_cells(cells: pd.Series, parse: Callable[[object], Any]) -> ParsedColumn:
    """Parse cell by cell."""
    import pandas as pd

    values: list[Any] = []
    errors: dict[Any, CellError] = {}
    for label, cell in cells.items():
        try:
            values.append(parse(cell))
        except CellError as error:
            values.append(None)
            errors[label] = error
    return ParsedColumn(pd.Series(values, index=cells.index, dtype=object), errors)


def _plain_amount_pattern(exponent: int) -> str:
    decimals = rf"\.[0-9]{{{exponent}}}" if exponent else ""
    return rf"-?[0-9]{{1,{MAX_INTEGER_DIGITS}}}{decimals}"


def parse_amount_series(
    cells: pd.Series, currency: str | pd.Series, locale: str | None = None
) -> ParsedColumn:
    """Read a column of amounts; equal to `parse_amount` cell by cell.

    `cells` has a unique index. `currency` is one code, or a column of known codes on that index.
    Cells already written with exactly the currency's decimals are taken in one go.
    """
    import pandas as pd

    if isinstance(currency, str):
        return _parse_amounts_of(cells, currency, locale)
    values = pd.Series(None, index=cells.index, dtype=object)
    errors: dict[Any, CellError] = {}
    for code, group in cells.groupby(currency, sort=False):
        part = _parse_amounts_of(group, str(code), locale)
        values.loc[group.index] = part.values
        errors |= part.errors
    return ParsedColumn(values, errors)


def _parse_amounts_of(cells: pd.Series, currency: str, locale: str | None) -> ParsedColumn:
    import pandas as pd

    exponent = minor_units(currency)
    plain = _matching(cells, _plain_amount_pattern(exponent))
    if exponent and (locale or "")[:2].lower() in COMMA_DECIMAL_LOCALES:
        plain &= False
    odd = _parse_cells(cells[~plain], lambda cell: parse_amount(cell, currency, locale))
    values = pd.Series(None, index=cells.index, dtype=object)
    amounts = [Decimal(cell) for cell in cells[plain]]
    # Decimal("-0.00") is a negative nothing; the scalar parser gives none.
    values[plain] = [amount or amount.copy_abs() for amount in amounts]
    values[~plain] = odd.values
    return ParsedColumn(values, odd.errors)


def _matching(cells: pd.Series, pattern: str) -> pd.Series:
    """Mark the text cells that match the whole pattern; every other kind of cell does not."""
    import pandas as pd

    if not isinstance(cells.dtype, pd.StringDtype):
        text = cells.map(lambda cell: isinstance(cell, str)).astype(bool)
        return text & cells.where(text, "").astype("str").str.fullmatch(pattern)
    return cells.str.fullmatch(pattern, na=False).astype(bool)


def parse_date_series(cells: pd.Series) -> ParsedColumn:
    """Read a column of dates; equal to `parse_date` cell by cell.

    A column of documents repeats few days, so each distinct cell is read once.
    """
    import pandas as pd

    positions, distinct = pd.factorize(cells, use_na_sentinel=False)
    results: list[date | None] = []
    refusals: dict[int, CellError] = {}
    for number, cell in enumerate(distinct):
        try:
            results.append(parse_date(cell))
        except CellError as error:
            results.append(None)
            refusals[number] = error
    values = pd.Series([results[i] for i in positions], index=cells.index, dtype=object)
    errors = (
        {
            label: refusals[i]
            for label, i in zip(cells.index, positions, strict=True)
            if i in refusals
        }
        if refusals
        else {}
    )
    return ParsedColumn(values, errors)
