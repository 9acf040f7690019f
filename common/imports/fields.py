"""The columns a kind of file has: names in two languages, and how a cell becomes a value.

Every rule of a cell is `common.parsing`; here a rule meets a whole column. Most columns repeat few
texts, so each distinct text is parsed once; amounts go through the parser for whole columns.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common import parsing
from common.identifiers import check_lei, check_rf
from common.parsing import CellError, CellErrorCode

CellParser = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    """One column: its machine name, its Chinese label, other names met on real files, its type.

    `blank` is the value of an empty cell of an optional column; `example` fills the template.
    """

    name: str
    zh: str
    parse: CellParser
    required: bool = False
    blank: Any = None
    aliases: tuple[str, ...] = ()
    example: str = ""
    money_in: str = ""

    @property
    def label(self) -> str:
        """The English label: the machine name in words."""
        return self.name.replace("_", " ")

    def names(self) -> tuple[str, ...]:
        return (self.name, self.label, self.zh, *self.aliases)


def column(
    name: str,
    zh: str,
    parse: CellParser,
    *aliases: str,
    required: bool = False,
    blank: Any = None,
    example: str = "",
) -> Column:
    return Column(name, zh, parse, required, blank, aliases, example)


def money_column(
    name: str,
    zh: str,
    *aliases: str,
    currency: str = "currency",
    required: bool = False,
    example: str = "",
) -> Column:
    """A column of amounts whose currency stands in the column `currency` (or is that code)."""
    return Column(name, zh, _no_single, required, None, aliases, example, money_in=currency)


def _no_single(cell: str) -> Any:
    raise NotImplementedError("amounts are parsed as a column, with their currencies")


# --- types of cells ------------------------------------------------------------------------------


def text(longest: int) -> CellParser:
    return lambda cell: parsing.parse_text(cell, longest)


class _CodeParser:
    """Reads codes; a column of plain ones is recognised by one look over all of it."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.plain = re.compile(rf"(?:[0-9A-Z][0-9A-Z_./\-]{{0,{longest - 1}}}\n)+")

    def __call__(self, cell: str) -> str:
        return parsing.parse_code(cell, self.longest)

    def are_plain(self, cells: Sequence[str]) -> bool:
        """Tell whether every cell already is what `parse_code` would make of it."""
        return bool(cells) and self.plain.fullmatch("\n".join(cells) + "\n") is not None


def code(longest: int) -> CellParser:
    return _CodeParser(longest)


def number(decimals: int, minimum: int | None = None) -> CellParser:
    def parse(cell: str) -> Any:
        value = parsing.parse_decimal(cell, decimals)
        if minimum is not None and value < minimum:
            raise CellError(CellErrorCode.SIGN, minimum=minimum)
        return value

    return parse


def whole(minimum: int | None = None, maximum: int | None = None) -> CellParser:
    return lambda cell: parsing.parse_int(cell, minimum, maximum)


def one_of(choices: Sequence[str], aliases: Mapping[str, str] | None = None) -> CellParser:
    return lambda cell: parsing.parse_enum(cell, choices, aliases)


def many_of(choices: Sequence[str], aliases: Mapping[str, str] | None = None) -> CellParser:
    return lambda cell: parsing.parse_list(cell, choices, aliases)


def lei(cell: str) -> str:
    return _checked(check_lei(parsing.parse_code(cell, 40)))


def creditor_reference(cell: str) -> str:
    return _checked(check_rf(parsing.parse_code(cell, 40)))


def _checked(found: Any) -> str:
    if found.reason is not None:
        raise CellError(CellErrorCode(found.reason))
    return str(found.normalised)


_LANGUAGES = {"zh": "zh-hans", "zh-cn": "zh-hans", "zh-hans": "zh-hans", "中文": "zh-hans"}


def language(cell: str) -> str:
    """Read a language tag (BCP 47) as one of the languages we write in."""
    tag = parsing.parse_text(cell, 10).lower().replace("_", "-")
    if tag in _LANGUAGES or tag.startswith("zh-"):
        return "zh-hans"
    if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", tag) or tag == "英文":
        return "en"
    raise CellError(CellErrorCode.UNKNOWN_CODE, allowed="en, zh-hans")


date = parsing.parse_date
moment = parsing.parse_datetime
yes_no = parsing.parse_bool
currency = parsing.parse_currency
country = parsing.parse_country
email = parsing.parse_email
uscc = parsing.parse_uscc


# --- whole columns --------------------------------------------------------------------------------


def parse_column(
    spec: Column, cells: Sequence[str], currencies: Sequence[str] | None = None
) -> tuple[list[Any], dict[int, CellError]]:
    """Return the value of each cell (None where refused) and the refusals by position."""
    if spec.money_in:
        return _parse_money(spec, cells, currencies or [])
    if isinstance(spec.parse, _CodeParser) and spec.parse.are_plain(cells):
        return list(cells), {}
    known: dict[str, Any] = {}
    refused: dict[str, CellError] = {}
    for cell in set(cells):
        try:
            if not cell or (not cell.isascii() and parsing.is_blank(cell)):
                if spec.required:
                    raise CellError(CellErrorCode.REQUIRED)
                known[cell] = spec.blank
            else:
                known[cell] = spec.parse(cell)
        except CellError as error:
            known[cell] = None
            refused[cell] = error
    values = [known[cell] for cell in cells]
    if not refused:
        return values, {}
    return values, {n: refused[cell] for n, cell in enumerate(cells) if cell in refused}


def _parse_money(
    spec: Column, cells: Sequence[str], currencies: Sequence[str]
) -> tuple[list[Any], dict[int, CellError]]:
    import pandas as pd

    if not any(cells):
        values: list[Any] = [spec.blank] * len(cells)
        errors = {n: CellError(CellErrorCode.REQUIRED) for n in range(len(cells))}
        return values, errors if spec.required else {}
    series = pd.Series(cells, dtype=object)
    filled = series != ""
    different = set(currencies)
    of_all: Any = currencies[0] if len(different) == 1 else pd.Series(currencies, dtype=object)
    if filled.all():
        parsed = parsing.parse_amount_series(series, of_all)
        return parsed.values.tolist(), parsed.errors
    some = series[filled]
    parsed = parsing.parse_amount_series(
        some, of_all if isinstance(of_all, str) else of_all[filled]
    )
    values = [spec.blank] * len(cells)
    for position, value in parsed.values.items():
        values[position] = value
    errors = dict(parsed.errors)
    if spec.required:
        errors |= {n: CellError(CellErrorCode.REQUIRED) for n in series.index[~filled]}
    return values, errors


# --- headers --------------------------------------------------------------------------------------

_NOISE = re.compile(r"[\s_\-*＊:：]+|[(（].*?[)）]")


def fold_name(name: str) -> str:
    """Fold a header to its comparable form: width, case, blanks, marks of required columns.

    >>> fold_name(" Customer Code* "), fold_name("客户编码（必填）")
    ('customercode', '客户编码')
    """
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).lower()
