"""Files in, tables out: what is read, and everything that is refused, by name and row."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest

from common.imports.issues import FileRefused
from common.imports.reading import as_rows, read_table

HEADER = "code,name,amount\n"


def refuse(content: bytes, **options: Any) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_table(content, max_rows=options.pop("max_rows", 100), **options)
    return caught.value


def workbook(*rows: list[Any], prepare: Any = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if prepare:
        prepare(book, sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class TestCsv:
    @pytest.mark.parametrize(
        ("encoding", "found"),
        [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030")],
    )
    def test_reads_chinese_in_each_encoding(self, encoding: str, found: str) -> None:
        table = read_table("编码,名称\nC1,示例公司\n".encode(encoding), max_rows=10)
        assert table.encoding == found
        assert table.header == ("编码", "名称")
        assert list(as_rows(table)) == [("C1", "示例公司")]

    @pytest.mark.parametrize("mark", [",", ";", "\t"])
    def test_finds_the_separator(self, mark: str) -> None:
        table = read_table(f"a{mark}b\n1{mark}2\n".encode(), max_rows=10)
        assert (table.delimiter, list(as_rows(table))) == (mark, [("1", "2")])

    def test_reads_quoted_cells_with_separators_and_breaks(self) -> None:
        table = read_table(b'a,b\n"x, ""y""\nz",2\n', max_rows=10)
        assert list(as_rows(table)) == [('x, "y"\nz', "2")]

    def test_skips_blank_rows_and_keeps_their_numbers(self) -> None:
        table = read_table(b"a,b\n1,2\n,\n\n3,4\n", max_rows=2)
        assert list(table.row_numbers) == [2, 5]
        assert list(as_rows(table)) == [("1", "2"), ("3", "4")]

    def test_fills_short_rows(self) -> None:
        table = read_table(b"a,b,c\n1\n1,2,3,,\n", max_rows=10)
        assert list(as_rows(table)) == [("1", "", ""), ("1", "2", "3")]

    @pytest.mark.parametrize(
        ("content", "code", "row"),
        [
            (b"", "NO_ROWS", 0),
            (b"\n\n , ,\n", "NO_ROWS", 0),
            (HEADER.encode(), "NO_ROWS", 0),
            (HEADER.encode() + b"C1,x\x00y,1\n", "ENCODING", 2),
            (bytes(range(256)) * 4, "ENCODING", 1),
            (b"a,b\n1,2,3\n", "TOO_MANY_CELLS", 2),
            (b"a,b,c\n1,2,3\n4,5", "CUT_OFF", 3),
            (b'a,b\n"1,2\n3,4\n', "BAD_QUOTES", 3),
            (b'a,b\n"1"x,2\n', "BAD_QUOTES", 2),
            (b"a,b\n" + b"x" * 200_000 + b",1\n", "CELL_TOO_LONG", 2),
            (b"a,b\n" + b"1,2\n" * 101, "TOO_MANY_ROWS", 0),
            (",".join(["c"] * 301).encode() + b"\n" + b"1\n", "TOO_MANY_COLUMNS", 1),
            ("编码,名称\n".encode() + "C1,示例公司\n".encode("gb18030"), "ENCODING", 1),
            ("编码,名称\n".encode("gb18030") + "C1,示例有限公司\n".encode(), "ENCODING", 2),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "FILE_KIND", 0),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "FILE_KIND", 0),
            (b"\x89PNG\r\n\x1a\n", "FILE_KIND", 0),
            (b"\x1f\x8b\x08\x00abc", "FILE_KIND", 0),
            (b"PK\x03\x04not a zip", "FILE_KIND", 0),
        ],
    )
    def test_refuses_and_says_where(self, content: bytes, code: str, row: int) -> None:
        error = refuse(content)
        assert (error.code, error.row) == (code, row)
        assert str(error)


class TestWorkbook:
    def test_reads_the_first_sheet_as_text(self) -> None:
        import datetime as dt

        content = workbook(
            ["code", "n", "day", "yes"], ["C1", 1234.5, dt.datetime(2026, 7, 1), True], [None], [7]
        )
        table = read_table(content, max_rows=10)
        assert table.encoding == "xlsx"
        assert list(as_rows(table)) == [
            ("C1", "1234.5", "2026-07-01", "TRUE"),
            ("7", "", "", ""),
        ]
        assert list(table.row_numbers) == [2, 4]

    def test_reads_a_named_sheet_and_names_those_there_are(self) -> None:
        def add(book: Any, sheet: Any) -> None:
            other = book.create_sheet("更多")
            other.append(["a"])
            other.append(["x"])

        content = workbook(["a"], ["1"], prepare=add)
        assert list(as_rows(read_table(content, max_rows=9, sheet="更多"))) == [("x",)]
        error = refuse(content, sheet="nix")
        assert error.code == "NO_SUCH_SHEET"
        assert error.params["sheets"] == "Sheet, 更多"

    def test_tells_of_a_code_that_became_a_number(self) -> None:
        table = read_table(workbook(["uscc"], [913100000000000123]), max_rows=9)
        assert list(as_rows(table)) == [("9.13100E+17",)]

    def test_refuses_a_formula_with_its_cell(self) -> None:
        error = refuse(workbook(["a", "b"], ["1", "=A2*2"]))
        assert (error.code, error.row, error.column) == ("FORMULA", 2, "B")

    def test_refuses_merged_cells_with_their_area(self) -> None:
        content = workbook(
            ["a", "b"], ["1", "2"], ["3", "4"], prepare=lambda book, s: s.merge_cells("A3:B3")
        )
        error = refuse(content)
        assert (error.code, error.row, error.params["area"]) == ("MERGED_CELLS", 3, "A3:B3")

    def test_refuses_too_many_rows(self) -> None:
        assert refuse(workbook(["a"], *[[n] for n in range(6)]), max_rows=5).code == "TOO_MANY_ROWS"

    def test_refuses_a_zip_that_is_no_workbook(self) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("readme.txt", "hello")
        assert refuse(stream.getvalue()).code == "FILE_KIND"

    def test_refuses_a_zip_bomb_before_unpacking_it(self) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"<x/>")
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
                for _ in range(40):
                    part.write(b"0" * (1 << 20))
        content = stream.getvalue()
        assert len(content) < 200_000
        assert refuse(content).code == "FILE_TOO_LARGE"

    def test_refuses_entities_in_the_xml(self) -> None:
        bomb = (
            '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            "<sheets><sheet name='&b;' sheetId='1'/></sheets></workbook>"
        )
        source = zipfile.ZipFile(io.BytesIO(workbook(["a"], ["1"])))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name in source.namelist():
                archive.writestr(name, bomb if name == "xl/workbook.xml" else source.read(name))
        assert refuse(stream.getvalue()).code == "FILE_KIND"
