"""The aging as a file: CSV for any program, XLSX with real numbers and formulas.

Amounts are full ones in the report's currency; text that a spreadsheet would run is neutralised.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from common.figures import minor_units
from common.money import round_money
from common.parsing import neutralise_cell
from dashboards.aging_forms import BASES, AgingQuestion
from receivables.selectors import AgingReport, AgingRow
from receivables.words import GROUP_WORDS, label_bucket
from scoring.selectors import get_current_ratings

BOM = "﻿"


def export_csv(
    report: AgingReport, question: AgingQuestion, *, user: Any, at: datetime
) -> StreamingHttpResponse:
    """Return the report as CSV in UTF-8 with a mark, so that Excel reads Chinese; streamed."""
    response = StreamingHttpResponse(
        _csv_lines(report, question), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{_file_name(question)}.csv"'
    return response


def _csv_lines(report: AgingReport, question: AgingQuestion) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def line(cells: list[Any]) -> str:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(cells)
        return buffer.getvalue()

    yield BOM + line(_header(report))
    grades = _grades(report, question)
    for row in report.rows:
        yield line(
            [*_texts(row, grades), *(_plain(a, report) for a in _amounts(row, report)), _share(row)]
        )
    total = report.totals
    yield line(
        [
            _total_words(report),
            *[""] * 3,
            *(_plain(amount, report) for amount in _amounts(total, report)),
            _share(total),
        ]
    )
    for code, amount in report.unconverted.items():
        yield line([_("Without a rate: not in any row or total"), code, "", "", str(amount)])
    for code, amount in report.unidentified.items():
        yield line([_("Receipts of unknown payers: in no row"), code, "", "", str(-amount)])


def export_xlsx(
    report: AgingReport, question: AgingQuestion, *, user: Any, at: datetime
) -> HttpResponse:
    """Return the report as a workbook: figures with sums as formulas, and a sheet of the question."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Aging"))
    sheet.freeze_panes = "E2"
    widths = [14, 34, 16, 9, *[16] * (len(_amounts(report.totals, report))), 11]
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    bold = Font(bold=True)
    shade = PatternFill("solid", fgColor="EEF1F6")
    head = []
    for words in _header(report):
        cell = WriteOnlyCell(sheet, value=words)
        cell.font, cell.fill = bold, shade
        cell.alignment = Alignment(horizontal="center", wrap_text=True)
        head.append(cell)
    sheet.append(head)
    grades = _grades(report, question)
    for row in report.rows:
        amounts = [_number(sheet, amount, report) for amount in _amounts(row, report)]
        sheet.append([*_texts(row, grades), *amounts, _ratio(sheet, row.overdue_ratio)])
    sheet.append(_formulas(sheet, report, bold))
    _describe(book.create_sheet(_("Filters")), report, question, user, at)
    stream = io.BytesIO()
    book.save(stream)
    response = HttpResponse(
        stream.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = f'attachment; filename="{_file_name(question)}.xlsx"'
    return response


def _formulas(sheet: Any, report: AgingReport, font: Font) -> list[Any]:
    """Return the last row: sums of the columns above, so that a reader may change and see."""
    last = len(report.rows) + 1
    cells: list[Any] = [WriteOnlyCell(sheet, value=_total_words(report)), "", "", ""]
    for number in range(5, 5 + len(_amounts(report.totals, report))):
        letter = get_column_letter(number)
        total = f"=SUM({letter}2:{letter}{last})" if report.rows else 0
        cell = WriteOnlyCell(sheet, value=total)
        cell.number_format = _format(report)
        cells.append(cell)
    cells.append(_ratio(sheet, report.totals.overdue_ratio))
    for cell in cells:
        if not isinstance(cell, str):
            cell.font = font
    return cells


def _describe(
    sheet: Any, report: AgingReport, question: AgingQuestion, user: Any, at: datetime
) -> None:
    filters = question.filters
    rows: list[tuple[str, Any]] = [
        (_("As of"), question.as_of),
        (_("As known at"), timezone.localtime(question.known_at).replace(tzinfo=None))
        if question.known_at
        else (_("As known at"), _("now")),
        (_("Basis"), str(dict(BASES)[question.basis])),
        (_("Group by"), str(GROUP_WORDS[question.by])),
        (_("Currency"), report.currency),
        (_("Rows"), report.count),
        (_("Filter"), filters.q),
        (_("Rating"), ", ".join(question.grades)),
        (_("Salesperson"), filters.owner),
        (_("Region"), filters.region),
        (_("Company"), filters.company),
        (_("Overdue only"), _("yes") if filters.is_overdue else _("no")),
        (
            _("Age"),
            label_bucket(report.ranges[filters.bucket])
            if filters.bucket is not None and filters.bucket < len(report.ranges)
            else "",
        ),
        (_("Exported by"), str(user)),
        (_("Exported at"), timezone.localtime(at).replace(tzinfo=None, microsecond=0)),
        *((_("Rate of %(code)s") % {"code": c}, r) for c, r in report.rates.items()),
        *(
            (_("Without a rate, in no row: %(code)s") % {"code": c}, amount)
            for c, amount in report.unconverted.items()
        ),
        *(
            (_("Receipts of unknown payers, in no row: %(code)s") % {"code": c}, amount)
            for c, amount in report.unidentified.items()
        ),
    ]
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 40
    for name, value in rows:
        sheet.append([name, neutralise_cell(value) if isinstance(value, str) else value])


def _header(report: AgingReport) -> list[str]:
    unit = report.currency
    labels = [label_bucket(bucket) for bucket in report.ranges]
    amounts = [_("Total"), *labels, _("On account"), _("Overdue"), _("Disputed")]
    key = _("Code") if report.by == "customer" else str(GROUP_WORDS[report.by])
    return [
        key,
        _("Name"),
        _("Salesperson"),
        _("Rating"),
        *(f"{label} ({unit})" for label in amounts),
        _("Overdue %"),
    ]


def _texts(row: AgingRow, grades: dict[int, str]) -> list[str]:
    grade = grades.get(row.customer_id or 0, "")
    return [str(neutralise_cell(t)) for t in (row.key, row.name, row.second, grade)]


def _amounts(row: AgingRow, report: AgingReport) -> list[Decimal]:
    return [row.total, *report.amounts_of(row), -row.unapplied, row.overdue, row.disputed]


def _grades(report: AgingReport, question: AgingQuestion) -> dict[int, str]:
    ids = [row.customer_id for row in report.rows if row.customer_id]
    if not ids:
        return {}
    ratings = get_current_ratings(customer_ids=ids, as_of=question.as_of)
    return {pk: rating.grade for pk, rating in ratings.items()}


def _total_words(report: AgingReport) -> str:
    return _("Total, %(count)s rows") % {"count": report.count}


def _plain(amount: Decimal, report: AgingReport) -> str:
    return format(round_money(amount, report.currency), "f")


def _share(row: AgingRow) -> str:
    return "" if row.overdue_ratio is None else format(row.overdue_ratio, "f")


def _format(report: AgingReport) -> str:
    places = minor_units(report.currency)
    return "#,##0." + "0" * places if places else "#,##0"


def _number(sheet: Any, amount: Decimal, report: AgingReport) -> Any:
    cell = WriteOnlyCell(sheet, value=amount)
    cell.number_format = _format(report)
    return cell


def _ratio(sheet: Any, ratio: Decimal | None) -> Any:
    cell = WriteOnlyCell(sheet, value=ratio)
    cell.number_format = "0.0%"
    return cell


def _file_name(question: AgingQuestion) -> str:
    return f"aging-{question.as_of.isoformat()}-{question.basis}-{question.by}"
