"""The one writer of CSV and XLSX files: what the filter shows, all pages, typed and safe to open.

A file names on top (CSV) or on a sheet of its own (XLSX) what it is, as of when, for whom and under
which filter, so that a print-out found a year later still explains itself.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import Any, Literal, cast
from urllib.parse import quote

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from common.figures import to_decimal
from common.parsing import neutralise_cell

Kind = Literal["text", "amount", "number", "ratio", "date", "moment"]
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"
MAX_XLSX_ROWS = 1_000_000
_FORMATS = {
    "amount": "#,##0.00",
    "number": "#,##0",
    "ratio": "0.0%",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
}
_WIDTHS = {"amount": 18, "number": 10, "ratio": 10, "date": 12, "moment": 17}


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: where its value is (a key or attribute, or a function of the row), and its type.

    `total` asks for a sum under the column. A ratio is written as a share: 0.125 is 12.5 %.
    """

    source: str | Callable[[Any], Any]
    label: Any
    kind: Kind = "text"
    total: bool = False

    def read(self, row: Any) -> Any:
        """Return the value of this column in `row`, which is a mapping or an object."""
        if callable(self.source):
            return self.source(row)
        if isinstance(row, dict):
            return row.get(self.source)
        return getattr(row, self.source, None)


@dataclass(frozen=True, slots=True)
class ExportMeta:
    """What the file says about itself. `filters` are pairs of ready words; `made_at` is aware."""

    title: Any
    name: str
    as_of: date
    made_at: datetime
    user: Any
    currency: str = ""
    known_at: datetime | None = None
    filters: Sequence[tuple[Any, Any]] = ()

    def lines(self) -> list[tuple[str, str]]:
        """Return the statement of origin as pairs of words."""
        rows: list[tuple[str, str]] = [
            (str(self.title), ""),
            (_("As of"), self.as_of.isoformat()),
        ]
        if self.known_at:
            rows.append((_("Known at"), _local(self.known_at).isoformat(" ", "minutes")))
        if self.currency:
            rows.append((_("Currency"), self.currency))
        rows += [(str(label), str(value)) for label, value in self.filters]
        if not self.filters:
            rows.append((_("Filter"), _("none")))
        rows.append((_("Exported by"), str(self.user)))
        rows.append((_("Exported at"), _local(self.made_at).isoformat(" ", "minutes")))
        return rows


def csv_response(
    rows: Iterable[Any], columns: Sequence[ExportColumn], meta: ExportMeta
) -> StreamingHttpResponse:
    """Stream the rows as CSV: UTF-8 with its mark, so that spreadsheets read Chinese correctly."""
    response = StreamingHttpResponse(
        write_csv(rows, columns, meta), content_type="text/csv; charset=utf-8"
    )
    _name_file(response, meta, "csv")
    return response


def write_csv(
    rows: Iterable[Any], columns: Sequence[ExportColumn], meta: ExportMeta
) -> Iterator[str]:
    """Yield the text of the CSV file, line by line."""
    line = csv.writer(cast(Any, _Echo()))
    yield BOM + line.writerow([neutralise_cell(part) for part in meta.lines()[0][:1]])
    for pair in meta.lines()[1:]:
        yield line.writerow([neutralise_cell(part) for part in pair])
    yield "\r\n"
    yield line.writerow([neutralise_cell(str(column.label)) for column in columns])
    for row in rows:
        yield line.writerow([_as_text(column.read(row), column.kind) for column in columns])


def xlsx_response(
    rows: Iterable[Any], columns: Sequence[ExportColumn], meta: ExportMeta
) -> FileResponse:
    """Answer with the rows as XLSX: typed cells, frozen header, totals as formulas, origin."""
    file = SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115 - the response closes it
    write_xlsx(rows, columns, meta).save(cast(Any, file))
    file.seek(0)
    response = FileResponse(file, content_type=XLSX_TYPE)
    _name_file(response, meta, "xlsx")
    return response


def write_xlsx(rows: Iterable[Any], columns: Sequence[ExportColumn], meta: ExportMeta) -> Workbook:
    """Return a workbook of two sheets: the rows, and where they come from."""
    book = Workbook(write_only=True)
    sheet = cast(Worksheet, book.create_sheet(_sheet_title(str(meta.title))))
    sheet.freeze_panes = "B2"
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _WIDTHS.get(
            column.kind, max(16, min(40, len(str(column.label)) * 2))
        )
    sheet.append([_bold(sheet, neutralise_cell(str(column.label))) for column in columns])
    count = 0
    for row in rows:
        count += 1
        if count > MAX_XLSX_ROWS:
            break
        sheet.append([_cell(sheet, column.read(row), column.kind) for column in columns])
    if count and any(column.total for column in columns):
        sheet.append(_totals(sheet, columns, count))
    about = cast(Worksheet, book.create_sheet(_sheet_title(_("About this file"))))
    about.column_dimensions["A"].width = 24
    about.column_dimensions["B"].width = 48
    for label, value in meta.lines():
        about.append([_bold(about, neutralise_cell(label)), _cell(about, value, "text")])
    return book


class _Echo:
    """A file that hands back what is written, so that csv can be streamed."""

    def write(self, text: str) -> str:
        return text


def _as_text(value: Any, kind: Kind) -> str:
    if value is None:
        return ""
    if kind in ("amount", "number", "ratio"):
        number = to_decimal(value)
        return "" if number is None else format(number, "f")
    if isinstance(value, datetime):
        return _local(value).isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return neutralise_cell(str(value))


def _cell(sheet: Worksheet, value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    typed: Any
    if kind in ("amount", "number", "ratio"):
        typed = to_decimal(value)
    elif isinstance(value, datetime):
        typed = _local(value)
    elif isinstance(value, date | Decimal | int):
        typed = value
    else:
        typed = neutralise_cell(ILLEGAL_CHARACTERS_RE.sub(" ", str(value))[:32_000])
    if kind not in _FORMATS:
        return typed
    cell = WriteOnlyCell(sheet, typed)
    cell.number_format = _FORMATS[kind]
    return cell


def _bold(sheet: Worksheet, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _totals(sheet: Worksheet, columns: Sequence[ExportColumn], count: int) -> list[Any]:
    """Return the last row: sums as formulas over the rows above it."""
    cells: list[Any] = []
    for number, column in enumerate(columns, start=1):
        if column.total:
            letter = get_column_letter(number)
            cell = _bold(sheet, f"=SUM({letter}2:{letter}{count + 1})")
            cell.number_format = _FORMATS.get(column.kind, "General")
            cells.append(cell)
        else:
            cells.append(_bold(sheet, _("Total")) if number == 1 else None)
    return cells


def _sheet_title(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", text)[:31] or "Sheet"


def _local(moment: datetime) -> datetime:
    """Return the instant as the house's clock on the wall shows it."""
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return local.replace(tzinfo=None)


def _name_file(response: HttpResponseBase, meta: ExportMeta, ending: str) -> None:
    name = f"{meta.name}-{meta.as_of.isoformat()}.{ending}"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
