"""The form to fill in: header values, then every line in the order of the Chinese format, both labels."""

import csv
import io
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

from scoring.domain.statements.items import ITEMS
from scoring.imports.columns import HEADER

HEAD = ("line_code", "项目", "Item", "1", "2", "3")
LEFT_OUT = ("form",)


def list_rows() -> list[tuple[str, str, str, bool]]:
    """Return code, Chinese and English label of each row, and whether it is a total or needed."""
    header = [
        (column.name, column.zh, _hint(column.label, column.example), column.required)
        for column in HEADER
        if column.name not in LEFT_OUT
    ]
    return header + [
        (item.name, item.label_zh, item.label_en, item.is_total) for item in ITEMS.values()
    ]


def _hint(label: str, example: str) -> str:
    return f"{label} ({example})" if example else label


def write_csv() -> bytes:
    """Return the form as CSV (UTF-8 with BOM, which spreadsheets need)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(HEAD)
    for name, chinese, english, _strong in list_rows():
        writer.writerow([name, chinese, english, "", "", ""])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def write_xlsx() -> bytes:
    """Return the form as a workbook: names on the left, three periods to fill in."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "statement"
    sheet.append(HEAD)
    for name, chinese, english, is_strong in list_rows():
        sheet.append([name, chinese, english])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=is_strong)
    header = len(HEADER) - len(LEFT_OUT)
    for row in range(2, header + 2):  # dates and codes stay as they are typed
        for column in range(4, 7):
            sheet.cell(row, column).number_format = "@"
    for letter, width in (("A", 30), ("B", 38), ("C", 46), ("D", 18), ("E", 18), ("F", 18)):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "D2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
