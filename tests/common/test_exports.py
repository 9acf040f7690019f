"""The writer of files: typed, safe to open, naming its origin."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from common.exports import (
    ExportColumn,
    ExportMeta,
    csv_response,
    write_csv,
    write_xlsx,
    xlsx_response,
)

META = ExportMeta(
    title="Aging",
    name="aging",
    as_of=date(2026, 11, 24),
    made_at=datetime(2026, 11, 24, 2, 30, tzinfo=UTC),
    user="Liu Fang",
    currency="CNY",
    known_at=datetime(2026, 11, 1, tzinfo=UTC),
    filters=[("Grade", "=BB")],
)
COLUMNS = [
    ExportColumn("name", "Name"),
    ExportColumn("amount", "Amount", kind="amount", total=True),
    ExportColumn(lambda row: row["ratio"], "Ratio", kind="ratio"),
    ExportColumn("due", "Due", kind="date"),
    ExportColumn("at", "At", kind="moment"),
]
ROWS = [
    {
        "name": "=1+1",
        "amount": Decimal("1240000.50"),
        "ratio": Decimal("0.383"),
        "due": date(2026, 1, 31),
        "at": datetime(2026, 1, 31, 16, 0, tzinfo=UTC),
    },
    {"name": "宁波, “华锐”\n二行", "amount": Decimal("-5"), "ratio": None, "due": None, "at": None},
]


class TestWriteCsv:
    def read(self, rows=ROWS):
        text = "".join(write_csv(rows, COLUMNS, META))
        assert text[0] == "\ufeff"
        return list(csv.reader(io.StringIO(text[1:])))

    def test_names_its_origin_above_the_rows(self):
        rows = self.read()
        assert rows[:8] == [
            ["Aging"],
            ["As of", "2026-11-24"],
            ["Known at", "2026-11-01 08:00"],
            ["Currency", "CNY"],
            ["Grade", "'=BB"],
            ["Exported by", "Liu Fang"],
            ["Exported at", "2026-11-24 10:30"],
            [],
        ]

    def test_writes_every_type_as_others_read_it(self):
        rows = self.read()
        assert rows[8] == ["Name", "Amount", "Ratio", "Due", "At"]
        assert rows[9] == ["'=1+1", "1240000.50", "0.383", "2026-01-31", "2026-02-01 00:00"]
        assert rows[10] == ["宁波, “华锐”\n二行", "-5", "", "", ""]

    def test_says_that_nothing_filters(self):
        meta = ExportMeta("A", "a", date(2026, 1, 1), META.made_at, "me")
        assert "Filter,none" in "".join(write_csv([], COLUMNS, meta))

    @pytest.mark.parametrize(
        "text", ["=cmd|'/C calc'!A0", "+861", "-1+1", "@SUM(A1)", "\tx", "\rx", "＝1+1"]
    )
    def test_never_lets_a_spreadsheet_run_a_text(self, text):
        row = self.read([{**ROWS[0], "name": text}])[9]
        assert row[0].startswith("'")

    def test_streams_with_a_name_of_its_day(self):
        answer = csv_response(iter(ROWS), COLUMNS, META)
        assert answer.streaming
        assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''aging-2026-11-24.csv"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Type"] == "text/csv; charset=utf-8"


class TestWriteXlsx:
    def read(self, rows=ROWS):
        stream = io.BytesIO()
        write_xlsx(rows, COLUMNS, META).save(stream)
        stream.seek(0)
        return load_workbook(stream)

    def test_holds_numbers_and_dates_not_texts(self):
        sheet = self.read().worksheets[0]
        assert [cell.value for cell in sheet[2]] == [
            "'=1+1",
            1240000.5,
            0.383,
            datetime(2026, 1, 31),
            datetime(2026, 2, 1),
        ]
        assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "d", "d"]
        assert (sheet["B2"].number_format, sheet["C2"].number_format) == ("#,##0.00", "0.0%")

    def test_freezes_the_head_and_sums_by_formula(self):
        sheet = self.read().worksheets[0]
        assert sheet.freeze_panes == "B2"
        assert [cell.value for cell in sheet[4]][:2] == ["Total", "=SUM(B2:B3)"]

    def test_has_no_total_without_rows(self):
        assert self.read([]).worksheets[0].max_row == 1

    def test_says_where_it_comes_from(self):
        about = self.read().worksheets[1]
        rows = {row[0].value: row[1].value for row in about.iter_rows()}
        assert rows["As of"] == "2026-11-24"
        assert rows["Grade"] == "'=BB"
        assert rows["Exported by"] == "Liu Fang"

    def test_survives_characters_that_the_format_forbids(self):
        sheet = self.read([{**ROWS[0], "name": "a\x00b\x0b"}]).worksheets[0]
        assert sheet["A2"].value == "a b "

    def test_answers_as_a_file(self):
        answer = xlsx_response(ROWS, COLUMNS, META)
        assert answer["Content-Disposition"].endswith("aging-2026-11-24.xlsx")
        assert b"".join(answer.streaming_content)[:2] == b"PK"
