"""Empty files to fill in: the header in the reader's language and one row of examples."""

import csv
import io
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from common.exports import XLSX_TYPE
from common.imports.fields import Column
from common.imports.kinds import ImportKind


def template_csv(kind: ImportKind, *, chinese: bool) -> HttpResponse:
    """Return the template as CSV (UTF-8 with BOM, which spreadsheets need)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_header(kind, chinese))
    writer.writerow([column.example for column in kind.columns])
    response = HttpResponse(b"\xef\xbb\xbf" + stream.getvalue().encode(), "text/csv; charset=utf-8")
    return _as_file(response, f"{kind.name}.csv")


def template_xlsx(kind: ImportKind, *, chinese: bool) -> HttpResponse:
    """Return the template as a workbook whose columns are text, so that no code is damaged."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = kind.name
    for position, column in enumerate(kind.columns, start=1):
        letter = get_column_letter(position)
        head = sheet.cell(1, position, _header(kind, chinese)[position - 1])
        head.font = Font(bold=column.required)
        sheet.column_dimensions[letter].width = max(12, len(column.example) + 4)
        sheet.column_dimensions[letter].number_format = "@"
        example = sheet.cell(2, position, column.example or None)
        example.number_format = "@"
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return _as_file(HttpResponse(stream.getvalue(), XLSX_TYPE), f"{kind.name}.xlsx")


def _header(kind: ImportKind, chinese: bool) -> list[str]:
    return [_name(column, chinese) for column in kind.columns]


def _name(column: Column, chinese: bool) -> str:
    mark = "*" if column.required else ""
    return f"{column.zh if chinese else column.name}{mark}"


def _as_file(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
