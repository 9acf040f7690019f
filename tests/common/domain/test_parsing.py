"""Cells: what is read, what is refused, and that columns read like cells."""

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.parsing import (
    CellError,
    CellErrorCode,
    ParsedColumn,
    detect_delimiter,
    detect_encoding,
    is_blank,
    neutralise_cell,
    parse_amount,
    parse_amount_series,
    parse_bool,
    parse_code,
    parse_date,
    parse_date_series,
    parse_datetime,
    parse_decimal,
    parse_email,
    parse_enum,
    parse_int,
    parse_list,
    parse_text,
    parse_uscc,
)


def refusal(call: object, *args: object, **kwargs: object) -> str:
    with pytest.raises(CellError) as refused:
        call(*args, **kwargs)  # type: ignore[operator]
    return refused.value.code


class TestParseAmount:
    @pytest.mark.parametrize(
        ("text", "currency", "expected"),
        [
            ("1,234.56", "CNY", "1234.56"),
            ("（1,234.56）", "CNY", "-1234.56"),
            ("１，２３４．５", "CNY", "1234.50"),
            ("￥ -5", "CNY", "-5.00"),
            ("-¥5", "CNY", "-5.00"),
            ("100元", "CNY", "100.00"),
            ("CNY 12", "CNY", "12.00"),
            ("HK$7", "HKD", "7.00"),
            ("+3.1", "USD", "3.10"),
            (".5", "USD", "0.50"),
            ("-0", "CNY", "0.00"),
            ("1,000", "JPY", "1000"),
            ("1.234", "KWD", "1.234"),
            (1234.5, "CNY", "1234.50"),
            (0.1 + 0.2, "CNY", "0.30"),
            (7, "CNY", "7.00"),
        ],
    )
    def test_reads(self, text: object, currency: str, expected: str) -> None:
        assert str(parse_amount(text, currency)) == expected

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "REQUIRED"),
            ("　", "REQUIRED"),
            (None, "REQUIRED"),
            (float("nan"), "REQUIRED"),
            ("1.234,56", "AMBIGUOUS_NUMBER"),
            ("12,34", "AMBIGUOUS_NUMBER"),
            ("1.234.567", "AMBIGUOUS_NUMBER"),
            ("1e3", "NOT_A_NUMBER"),
            ("1 234", "NOT_A_NUMBER"),
            ("$5", "NOT_A_NUMBER"),
            ("--5", "NOT_A_NUMBER"),
            ("NaN", "NOT_A_NUMBER"),
            ("٣", "NOT_A_NUMBER"),
            ("12.345", "TOO_MANY_DECIMALS"),
            ("1234567890123456", "LENGTH"),
        ],
    )
    def test_refuses(self, text: object, code: str) -> None:
        assert refusal(parse_amount, text, "CNY") == code

    def test_a_stated_locale_settles_the_reading(self) -> None:
        assert parse_amount("1.234,56", "EUR", locale="de-DE") == Decimal("1234.56")
        assert refusal(parse_amount, "1,234.56", "EUR", locale="de") == "AMBIGUOUS_NUMBER"

    @given(st.integers(-(10**17) + 1, 10**17 - 1))
    def test_reads_back_what_is_printed(self, cents: int) -> None:
        amount = Decimal(cents).scaleb(-2)
        assert parse_amount(f"{amount:,.2f}", "CNY") == amount
        assert parse_amount(f"{amount:.2f}", "CNY") == amount


class TestParseNumbers:
    def test_decimals_are_bounded(self) -> None:
        assert parse_decimal("7.123456") == Decimal("7.123456")
        assert parse_decimal("13%") == Decimal(13)
        assert refusal(parse_decimal, "7.1234567") == "TOO_MANY_DECIMALS"

    def test_whole_numbers_are_bounded(self) -> None:
        assert parse_int("12", minimum=0, maximum=15) == 12
        assert parse_int(12.0) == 12
        assert refusal(parse_int, "-1", minimum=0) == "SIGN"
        assert refusal(parse_int, "16", minimum=1, maximum=15) == "LENGTH"
        assert refusal(parse_int, "1.5") == "TOO_MANY_DECIMALS"


class TestParseDate:
    @pytest.mark.parametrize(
        "cell",
        ["2025-07-01", "2025/7/1", "2025.07.01", "2025年7月1日", "２０２５年７月１日", "20250701",
         "45839", "45839.0", 45839, 45839.0, "2025-07-01 00:00:00", "2025-07-01T00:00:00",
         date(2025, 7, 1), datetime(2025, 7, 1)],
    )  # fmt: skip
    def test_reads(self, cell: object) -> None:
        assert parse_date(cell) == date(2025, 7, 1)

    @pytest.mark.parametrize(
        ("cell", "code"),
        [
            ("", "REQUIRED"),
            ("01/07/2025", "AMBIGUOUS_DATE"),
            ("31/12/2025", "AMBIGUOUS_DATE"),
            ("1-7-25", "AMBIGUOUS_DATE"),
            ("2025-02-29", "INVALID_DATE"),
            ("20251301", "INVALID_DATE"),
            ("1234", "INVALID_DATE"),
            ("0025-01-01", "INVALID_DATE"),
            ("tomorrow", "INVALID_DATE"),
        ],
    )
    def test_refuses(self, cell: object, code: str) -> None:
        assert refusal(parse_date, cell) == code

    @given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
    def test_reads_back_what_is_printed(self, d: date) -> None:
        for text in (d.isoformat(), f"{d.year}/{d.month}/{d.day}", f"{d:%Y%m%d}"):
            assert parse_date(text) == d

    def test_an_instant_may_carry_its_offset(self) -> None:
        assert parse_datetime("2025-07-01 9:05") == datetime(2025, 7, 1, 9, 5)
        offset = parse_datetime("2025-07-01T09:05:00+08:00").utcoffset()
        assert offset is not None
        assert offset.total_seconds() == 8 * 3600
        assert refusal(parse_datetime, "2025-07-01 25:00") == "INVALID_DATE"


class TestParseWords:
    def test_yes_and_no(self) -> None:
        assert [parse_bool(word) for word in ("Yes", "是", "1", True)] == [True] * 4
        assert [parse_bool(word) for word in ("no", "否", "0", False)] == [False] * 4
        assert refusal(parse_bool, "maybe") == "UNKNOWN_CODE"

    def test_closed_lists(self) -> None:
        assert parse_enum("self-employed", ["SELF_EMPLOYED"]) == "SELF_EMPLOYED"
        assert parse_list("buyer, supplier;BUYER", ["BUYER", "SUPPLIER"]) == ["BUYER", "SUPPLIER"]
        assert refusal(parse_enum, "x", ["BUYER"]) == "UNKNOWN_CODE"

    def test_a_code_damaged_by_a_workbook_is_named(self) -> None:
        assert refusal(parse_code, "9.131E+17") == "SCIENTIFIC_NOTATION"
        assert refusal(parse_uscc, "9.1310000E+17") == "SCIENTIFIC_NOTATION"
        assert parse_code(" c-1 ") == "C-1"
        assert refusal(parse_code, "C" * 33) == "LENGTH"

    def test_uscc_refusals_keep_their_reason(self) -> None:
        assert refusal(parse_uscc, "91310000MA1X00067R") == "CHECK_CHAR"
        assert parse_uscc("91310000ma1x00076r") == "91310000MA1X00076R"

    def test_e_mail(self) -> None:
        assert parse_email("a.b@example.com") == "a.b@example.com"
        assert refusal(parse_email, "a@b@example.com") == "ALPHABET"

    def test_text_loses_line_breaks_only(self) -> None:
        assert parse_text(" 示例\n公司 ") == "示例 公司"
        assert is_blank(" \t　")


class TestNeutraliseCell:
    @pytest.mark.parametrize(
        ("cell", "expected"),
        [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("-2+3", "'-2+3"),
            ("＝1", "'＝1"),
            ("-5.00", "-5.00"),
            ("-1,234.50", "-1,234.50"),
            (Decimal("-5.00"), "-5.00"),
            ("plain", "plain"),
            ("", ""),
            (None, ""),
        ],
    )
    def test_leaves_negative_numbers_alone(self, cell: object, expected: str) -> None:
        assert neutralise_cell(cell) == expected

    @given(st.text(max_size=30))
    def test_no_output_starts_a_formula(self, text: str) -> None:
        out = neutralise_cell(text)
        starts = out[:1] in set("=+-@\t\r＝＋－＠") if out else False
        assert not starts or parse_decimal(out) < 0 or parse_decimal(out) == 0

    @given(st.sampled_from("=+@"), st.text("abc123", min_size=1, max_size=10))
    def test_an_export_read_in_again_is_the_same(self, sign: str, rest: str) -> None:
        assert parse_text(neutralise_cell(sign + rest)) == sign + rest


class TestFiles:
    def test_encodings(self) -> None:
        text = "客户编码,名称\nC1,示例科技\n"
        assert detect_encoding(text.encode()) == "utf-8"
        assert detect_encoding(text.encode("utf-8-sig")) == "utf-8-sig"
        assert detect_encoding(text.encode("gb18030")) == "gb18030"
        assert detect_encoding(b"") == "utf-8"
        for binary in (b"PK\x03\x04\x00\x00", "客户".encode("utf-16"), b"\xff\xff"):
            assert refusal(detect_encoding, binary) == "ENCODING"

    def test_delimiters(self) -> None:
        assert detect_delimiter("a,b,c") == ","
        assert detect_delimiter("a\tb\tc,d") == "\t"
        assert detect_delimiter('"a,b,c";d') == ";"
        assert detect_delimiter("only") == ","


amount_cells = st.one_of(
    st.from_regex(r"[-+(]?[0-9]{1,4}([.,][0-9]{1,3}){0,2}\)?", fullmatch=True),
    st.decimals(-(10**6), 10**6, places=2).map(str),
    st.sampled_from(["", " 12.30 ", "-0.00", "¥5", "x", "１２", None, 12.5, 3, float("nan")]),
)
date_cells = st.one_of(
    st.dates(date(1899, 1, 1), date(2201, 1, 1)).map(str),
    st.from_regex(r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}", fullmatch=True),
    st.sampled_from(
        ["", "45839", 45839, "01/07/2025", "2025年7月1日", None, date(2025, 1, 1), True, 1]
    ),
)


def scalar_column(cells: pd.Series, parse: object) -> ParsedColumn:
    values, errors = [], {}
    for label, cell in cells.items():
        try:
            values.append(parse(cell))  # type: ignore[operator]
        except CellError as error:
            values.append(None)
            errors[label] = error
    return ParsedColumn(pd.Series(values, index=cells.index, dtype=object), errors)


def assert_same(found: ParsedColumn, wanted: ParsedColumn) -> None:
    assert list(found.values.index) == list(wanted.values.index)
    assert [repr(value) for value in found.values] == [repr(value) for value in wanted.values]
    assert found.errors == wanted.errors


class TestColumns:
    @settings(max_examples=150, deadline=None)
    @given(st.lists(amount_cells, max_size=12), st.sampled_from(["CNY", "JPY", "KWD"]),
           st.sampled_from([None, "de"]))  # fmt: skip
    def test_amounts_read_like_cells(self, cells: list, currency: str, locale: str | None) -> None:
        column = pd.Series(cells, index=range(5, 5 + len(cells)), dtype=object)
        wanted = scalar_column(column, lambda cell: parse_amount(cell, currency, locale))
        assert_same(parse_amount_series(column, currency, locale), wanted)

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.decimals(-(10**6), 10**6, places=2).map(str), max_size=12))
    def test_a_text_column_reads_the_same(self, cells: list[str]) -> None:
        column = pd.Series(cells, dtype="str")
        wanted = scalar_column(column, lambda cell: parse_amount(cell, "CNY"))
        assert_same(parse_amount_series(column, "CNY"), wanted)

    def test_each_row_has_its_own_currency(self) -> None:
        cells = pd.Series(["1.00", "100", "1.5"], index=[10, 11, 12])
        found = parse_amount_series(cells, pd.Series(["CNY", "JPY", "JPY"], index=[10, 11, 12]))
        assert list(found.values[:2]) == [Decimal("1.00"), Decimal(100)]
        assert {label: e.code for label, e in found.errors.items()} == {
            12: CellErrorCode.TOO_MANY_DECIMALS
        }

    @settings(max_examples=150, deadline=None)
    @given(st.lists(date_cells, max_size=12))
    def test_dates_read_like_cells(self, cells: list) -> None:
        column = pd.Series(cells, index=range(3, 3 + len(cells)), dtype=object)
        assert_same(parse_date_series(column), scalar_column(column, parse_date))
