"""Files in, one table of text out: CSV in two encodings and three separators, or a workbook.

Whatever a file claims to be, it is measured before it is unpacked, and a cell is never evaluated:
formulas and merged cells are refused, because what a person saw there is not what the file says.
"""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from common.imports.issues import FileRefused
from common.parsing import CellError, cell_text, detect_delimiter, detect_encoding

MAX_COLUMNS = 300
MAX_CELL = 32_767
MAX_UNPACKED = 250 * 1024 * 1024
MAX_ENTRIES = 2_000
_ZIP = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Table:
    """A file as read: its header, and its cells column by column, as text, trimmed.

    `row_numbers` are those a person sees in a spreadsheet: the header is row 1. `encoding` is
    utf-8, utf-8-sig, gb18030 or xlsx. `line_numbers` are the rows in which the columns stand in a
    file that was turned on its side.
    """

    header: tuple[str, ...]
    columns: tuple[Sequence[str], ...]
    row_numbers: Sequence[int]
    encoding: str
    delimiter: str = ""
    sheet: str = ""
    line_numbers: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.row_numbers)


def read_table(content: bytes, *, max_rows: int | None, sheet: str = "") -> Table:
    """Read a CSV file or a workbook. Raises FileRefused, which names the row and the way out."""
    if not content.strip(b"\x00\r\n\t ,;\xef\xbb\xbf"):
        raise FileRefused("NO_ROWS")
    if content.startswith(_ZIP):
        return _read_workbook(content, max_rows=max_rows, sheet=sheet)
    if content.startswith(_OLD_WORKBOOK):
        raise FileRefused("FILE_KIND", found="XLS")
    if content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"{\\rtf")):
        raise FileRefused("FILE_KIND")
    return _read_csv(content, max_rows=max_rows)


# --- CSV ----------------------------------------------------------------------------------------


def _read_csv(content: bytes, *, max_rows: int | None) -> Table:
    text, encoding = decode_text(content)
    lines = text.split("\n", 1)
    delimiter = detect_delimiter(lines[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(_limited(reader, max_rows))
    except csv.Error as error:
        code = "CELL_TOO_LONG" if "field larger" in str(error) else "BAD_QUOTES"
        raise FileRefused(code, row=reader.line_num) from None
    filled = [n for n, row in enumerate(rows) if any(row)]
    is_ended = text.endswith(("\n", "\r"))
    if not is_ended and len(filled) > 1 and len(rows[-1]) < len(rows[filled[0]]):
        raise FileRefused("CUT_OFF", row=len(rows))
    return _make_table(rows, encoding, delimiter=delimiter)


def decode_text(content: bytes) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding. Raises FileRefused ENCODING."""
    try:
        encoding = detect_encoding(content)
    except CellError as error:
        at = content.find(b"\x00") if b"\x00" in content else error.params.get("position", 0)
        raise FileRefused("ENCODING", row=content.count(b"\n", 0, at) + 1) from None
    text = content.decode(encoding)
    if encoding == "gb18030":
        _refuse_mixture(content, text)
    return text, encoding


_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_NEVER_WRITTEN = re.compile("[\ufffd\ue000-\uf8ff\x80-\x9f]")


def _refuse_mixture(content: bytes, text: str) -> None:
    """Refuse a file that is GB18030 in one line and UTF-8 in another: half of it would be noise.

    Nearly every byte string can be read as GB18030. A line that is valid UTF-8 with four or more
    characters beyond ASCII cannot be an accident.
    """
    damaged = _NEVER_WRITTEN.search(text)
    if damaged:
        raise FileRefused("ENCODING", row=text.count("\n", 0, damaged.start()) + 1)
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.isascii() or len(_MULTIBYTE.findall(line)) < 4:
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        raise FileRefused("ENCODING", row=number)


def _limited(rows: Iterable[Sequence[Any]], max_rows: int | None) -> Iterator[Sequence[Any]]:
    if max_rows is None:
        yield from rows
        return
    # Blank rows at the end do not count; the header does not either.
    filled = 0
    for row in rows:
        filled += any(row)
        if filled > max_rows + 1:
            raise FileRefused("TOO_MANY_ROWS", allowed=max_rows)
        yield row


def _make_table(
    rows: list[Sequence[str]], encoding: str, *, delimiter: str = "", sheet: str = ""
) -> Table:
    numbers = [n for n, row in enumerate(rows, start=1) if any(row)]
    if not numbers:
        raise FileRefused("NO_ROWS")
    head = numbers[0]
    header = tuple(str(cell).strip().lstrip("\ufeff") for cell in rows[head - 1])
    while header and not header[-1]:
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise FileRefused("TOO_MANY_COLUMNS", row=head, allowed=MAX_COLUMNS)
    if len(numbers) == 1:
        raise FileRefused("NO_ROWS")
    row_numbers: Sequence[int]
    if len(numbers) == len(rows):
        body, row_numbers = rows[1:], list(range(2, len(rows) + 1))
    else:
        body, row_numbers = [rows[n - 1] for n in numbers[1:]], numbers[1:]
    width = len(header)
    if any(len(row) != width for row in body):
        body = [_fit(row, width, n) for row, n in zip(body, row_numbers, strict=True)]
    columns = tuple(list(map(str.strip, column)) for column in zip(*body, strict=True))
    return Table(header, columns, row_numbers, encoding, delimiter, sheet)


def _fit(row: Sequence[str], width: int, number: int) -> Sequence[str]:
    """Fill a short row up; a row with more cells than the header has is shifted, so it is refused."""
    if len(row) > width:
        if any(cell.strip() for cell in row[width:]):
            raise FileRefused("TOO_MANY_CELLS", row=number, allowed=width)
        return row[:width]
    return [*row, *[""] * (width - len(row))]


# --- workbooks ----------------------------------------------------------------------------------


def _read_workbook(content: bytes, *, max_rows: int | None, sheet: str) -> Table:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _measure(archive)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    except FileRefused:
        raise
    except (InvalidFileException, KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise FileRefused("FILE_KIND") from error
    except Exception as error:  # a damaged or hostile part: whatever the XML reader says
        raise FileRefused("FILE_KIND") from error
    if not book.worksheets:
        raise FileRefused("NO_ROWS")
    if sheet and sheet not in book.sheetnames:
        raise FileRefused("NO_SUCH_SHEET", sheet=sheet, sheets=", ".join(book.sheetnames))
    chosen = book[sheet] if sheet else book.worksheets[0]
    try:
        _refuse_merged(archive, chosen._worksheet_path)
        cells = chosen.iter_rows()
        rows = list(_limited((_texts(row) for row in cells), max_rows))
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused("FILE_KIND") from error
    return _make_table(rows, "xlsx", sheet=chosen.title)


def _measure(archive: zipfile.ZipFile) -> None:
    """Look at what the archive says it unpacks to before unpacking any of it."""
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    is_bomb = size > MAX_UNPACKED or (size > 20 * 1024 * 1024 and size / packed > 150)
    if len(entries) > MAX_ENTRIES or is_bomb:
        raise FileRefused("FILE_TOO_LARGE", allowed=MAX_UNPACKED // 1024 // 1024)
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        raise FileRefused("FILE_KIND")


def _refuse_merged(archive: zipfile.ZipFile, path: str) -> None:
    """Refuse a sheet with merged cells; the mark stands behind the rows of the sheet's XML."""
    tail, unpacked = b"", 0
    with archive.open(path.lstrip("/")) as part:
        while block := part.read(1 << 20):
            unpacked += len(block)
            if unpacked > MAX_UNPACKED:
                raise FileRefused("FILE_TOO_LARGE", allowed=MAX_UNPACKED // 1024 // 1024)
            found = re.search(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]+[0-9]+[^"]*)"', tail + block)
            if found:
                area = found[1].decode()
                first = re.sub("[^0-9].*", "", re.sub("^[A-Z]+", "", area))
                raise FileRefused("MERGED_CELLS", row=int(first), area=area)
            tail = block[-200:]


def _texts(row: Sequence[Any]) -> list[str]:
    texts = [_text(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise FileRefused("FORMULA", row=cell.row, column=cell.column_letter, value=str(value)[:80])
    if isinstance(value, str):
        if len(value) > MAX_CELL:
            raise FileRefused("CELL_TOO_LONG", row=cell.row)
        return value.strip()
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 1e15:
        # A workbook keeps 15 digits: a longer code is damaged, and is told so.
        return f"{value:.5E}"
    return cell_text(value)


def as_rows(table: Table) -> Iterator[tuple[str, ...]]:
    """Yield the table row by row."""
    return zip(*table.columns, strict=True) if table.columns else itertools.repeat((), len(table))
