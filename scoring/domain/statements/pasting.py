"""A block copied from a spreadsheet, read as lines of a statement.

Labels are recognised in Chinese and English wherever they stand, so the two-sided balance sheet
(资产 on the left, 负债 on the right) works as well as a plain list. A header row may say which column is
the closing figure, the opening one, or a line number to skip.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from common.errors import InvalidInput
from common.parsing import CellError, to_half_width
from scoring.domain.statements.cells import parse_cell
from scoring.domain.statements.items import find_item

MAX_TEXT = 200_000
MAX_ROWS = 600
MAX_COLUMNS = 40

_SKIP = re.compile(r"行次|行号|附注|序号|line( no\.?)?|note(s)?|no\.?", re.IGNORECASE)
_OPENING = re.compile(
    r"年初(余额|数|金额)?|期初(余额|数|金额)?|上年年末(余额|数)?|opening( balance)?|beginning( balance)?",
    re.IGNORECASE,
)
_AMOUNTS = re.compile(
    r"期末(余额|数|金额)?|本(期|年)(金额|数|累计(金额|数)?)?|上(期|年)(金额|数|同期(金额|数)?)?"
    r"|年末(余额|数)?|金额|amount|closing( balance)?|current( period| year)?|prior( period| year)?"
    r"|\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?月?|(fy)?\d{4}年?度?",
    re.IGNORECASE,
)


class PasteTooLarge(InvalidInput):
    """More was pasted than any statement has."""

    code = "PASTE_TOO_LARGE"


@dataclass(frozen=True)
class PastedCell:
    """One figure for a line: ``column`` counts periods from the active one on."""

    item: str
    column: int
    text: str
    is_opening: bool = False


@dataclass(frozen=True)
class PastedBlock:
    """What a pasted block holds, and the labels beside figures that no line is called by."""

    cells: tuple[PastedCell, ...]
    is_labelled: bool
    unknown: tuple[str, ...] = ()


def read_block(text: str, *, start: str = "", order: Sequence[str] = ()) -> PastedBlock:
    """Read tab-separated text. Without labels it fills ``order`` from the line ``start`` downwards.

    Raises:
        PasteTooLarge: more characters, rows or columns than a statement can have.

    >>> block = read_block("货币资金\\t1,860\\t1,560")
    >>> [(c.item, c.column, c.text) for c in block.cells]
    [('cash_and_bank', 0, '1,860'), ('cash_and_bank', 1, '1,560')]
    >>> [c.item for c in read_block("1\\n2", start="b", order=("a", "b", "c")).cells]
    ['b', 'c']
    """
    rows = _split(text)
    if any(_is_label(cell) for row in rows for cell in row):
        return _read_labelled(rows)
    return PastedBlock(tuple(_fill(rows, start, order)), is_labelled=False)


def _split(text: str) -> list[list[str]]:
    if len(text) > MAX_TEXT:
        raise PasteTooLarge(field="paste", allowed=MAX_TEXT)
    plain = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    try:
        rows = list(csv.reader(io.StringIO(plain), delimiter="\t"))
    except csv.Error:  # an unclosed quote: the marks are part of the text
        rows = [line.split("\t") for line in plain.split("\n")]
    if len(rows) > MAX_ROWS or any(len(row) > MAX_COLUMNS for row in rows):
        raise PasteTooLarge(field="paste", allowed=MAX_ROWS)
    return [[cell.strip() for cell in row] for row in rows]


def _fill(rows: list[list[str]], start: str, order: Sequence[str]) -> Iterator[PastedCell]:
    names = list(order)[list(order).index(start) :] if start in order else []
    for name, row in zip(names, rows, strict=False):
        for column, cell in enumerate(row):
            yield PastedCell(name, column, cell)


def _read_labelled(rows: list[list[str]]) -> PastedBlock:
    cells: list[PastedCell] = []
    unknown: dict[str, None] = {}
    roles: dict[int, str] = {}
    for row in rows:
        if found := read_roles(row):
            roles = found
            continue
        item, column, label = "", 0, ""
        for position, cell in enumerate(row):
            role = roles.get(position, "")
            if not cell or role == "skip":
                column += bool(item) and not cell and role != "skip"
            elif _is_label(cell):
                known = find_item(cell)
                item, column, label = (known.name if known else ""), 0, cell
                if role in ("amount", "opening"):
                    continue
            elif not item:
                if label:
                    unknown[label[:80]] = None
            elif role == "opening":
                cells.append(PastedCell(item, 0, cell, is_opening=True))
            else:
                cells.append(PastedCell(item, column, cell))
                column += 1
    return PastedBlock(tuple(cells), is_labelled=True, unknown=tuple(unknown))


def read_roles(row: list[str]) -> dict[int, str]:
    """Return what each column holds (amount, opening, skip) when the row is a header, else nothing."""
    roles: dict[int, str] = {}
    for position, cell in enumerate(row):
        name = to_half_width(cell).strip()
        for role, pattern in (("opening", _OPENING), ("amount", _AMOUNTS), ("skip", _SKIP)):
            if name and pattern.fullmatch(name):
                roles[position] = role
                break
    return roles if "amount" in roles.values() or "opening" in roles.values() else {}


def _is_label(cell: str) -> bool:
    """Tell whether a cell is words: a line's name, known or not."""
    if not cell:
        return False
    if find_item(cell) is not None:
        return True
    try:
        parse_cell(cell)
    except CellError:
        return not any(char.isdigit() for char in cell)
    return False
