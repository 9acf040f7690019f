"""The framework: headers, cells, reports, all or nothing, what a batch and its rejects say."""

import csv
import io
from typing import Any

import pytest
from django.utils import translation

from common.errors import InvalidInput
from common.imports.checking import match_header
from common.imports.fields import parse_column
from common.imports.issues import MESSAGES, FileRefused, UnknownKind, describe, read_issues
from common.imports.kinds import get_kind, list_kinds
from common.models import CalendarDay, Event, ImportBatch, Rate
from common.parsing import CellErrorCode
from tests.import_samples import SAMPLES, bring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


class TestKinds:
    def test_lists_the_kinds_in_the_order_of_need(self) -> None:
        assert [kind.name for kind in list_kinds()] == [
            "holidays", "rates", "customers", "contacts", "facts", "list_checks", "signals", "statements", "opening_items", "orders",
            "deliveries", "invoices", "payments",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", ["bills", "bank", "remittance_advice", "insurance_limits"])
    def test_names_what_stands_for_a_kind_that_comes_later(self, name: str) -> None:
        with pytest.raises(UnknownKind, match="not read yet") as caught:
            get_kind(name)
        assert "invoices" in str(caught.value)

    def test_refuses_a_kind_that_is_none(self) -> None:
        with pytest.raises(UnknownKind, match="no import of the kind nix"):
            get_kind("nix")

    def test_every_code_of_the_specification_has_its_words(self) -> None:
        assert {code.value for code in CellErrorCode} <= MESSAGES.keys()
        for code in MESSAGES:
            message, way_out = describe(code, {})
            assert message
            assert way_out

    def test_every_kind_reads_its_own_template_header_in_both_languages(self) -> None:
        for kind in list_kinds():
            for names in ([c.name for c in kind.columns], [f"{c.zh}*" for c in kind.columns]):
                found = match_header(names, kind.columns_of(names))
                assert list(found.mapping) == [column.name for column in kind.columns]
                assert found.ignored == ()


class TestHeader:
    def test_takes_names_in_either_language_and_lists_the_rest(self) -> None:
        found = match_header(
            ["客户编码", "Customer Name?", "NAME", "主体类型（必填）", "Roles *", ""],
            get_kind("customers").columns,
        )
        assert found.mapping == {"customer_code": 0, "name": 2, "kind": 3, "roles": 4}
        assert found.ignored == ("Customer Name?", "#6")

    def test_refuses_two_columns_of_one_meaning(self) -> None:
        with pytest.raises(FileRefused) as caught:
            match_header(["calendar", "日历", "date", "day_type"], get_kind("holidays").columns)
        assert (caught.value.code, caught.value.column) == ("DUPLICATE_COLUMN", "calendar")

    def test_names_a_required_column_that_is_missing(self) -> None:
        batch = bring("rates", "kind,code,value\nfx,USD,7\n")
        assert batch.state == "REFUSED"
        (issue,) = read_issues(batch.issues)
        assert (issue.row, issue.column, issue.code) == (1, "valid_from", "MISSING_COLUMN")
        assert "生效日期" in issue.message


class TestCells:
    @pytest.mark.parametrize(
        ("kind", "name", "cell", "code"),
        [
            ("rates", "value", "1e3", "NOT_A_NUMBER"),
            ("rates", "value", "1.234,56", "AMBIGUOUS_NUMBER"),
            ("rates", "value", "1.123456789", "TOO_MANY_DECIMALS"),
            ("rates", "value", "", "REQUIRED"),
            ("rates", "valid_from", "01/07/2025", "AMBIGUOUS_DATE"),
            ("rates", "valid_from", "2025-02-30", "INVALID_DATE"),
            ("rates", "kind", "gold", "UNKNOWN_CODE"),
            ("customers", "uscc", "9.1310E+17", "SCIENTIFIC_NOTATION"),
            ("customers", "uscc", "91310000MA1X00084X", "CHECK_CHAR"),
            ("customers", "uscc", "9131", "LENGTH"),
            ("customers", "uscc", "O1310000MA1X00084L", "ALPHABET"),
            ("customers", "lei", "5493001KJTIIGC8Y1R13", "CHECK_CHAR"),
            ("customers", "employees", "-3", "SIGN"),
            ("customers", "email", "not an address", "ALPHABET"),
            ("customers", "country", "China", "UNKNOWN_CODE"),
            ("invoices", "invoice_no", "1.2E+11", "SCIENTIFIC_NOTATION"),
            ("invoices", "invoice_no", "X" * 41, "LENGTH"),
            ("invoices", "currency", "XXX", "UNKNOWN_CODE"),
            ("invoices", "rf", "RF00123", "CHECK_CHAR"),
        ],
    )
    def test_refuses_a_cell_with_its_code(self, kind: str, name: str, cell: str, code: str) -> None:
        column = next(c for c in get_kind(kind).columns if c.name == name)
        values, errors = parse_column(column, [cell, cell])
        assert values == [None, None]
        assert [errors[n].code for n in (0, 1)] == [code, code]

    def test_amounts_follow_the_currency_of_their_row(self) -> None:
        column = next(c for c in get_kind("payments").columns if c.name == "amount")
        values, errors = parse_column(
            column, ["1.50", "1.5", "1.500", "（2）", ""], ["CNY", "JPY", "KWD", "JPY", "CNY"]
        )
        assert [str(v) for v in values] == ["1.50", "None", "1.500", "-2", "None"]
        assert {n: e.code for n, e in errors.items()} == {1: "TOO_MANY_DECIMALS", 4: "REQUIRED"}


BAD = "kind,code,valid_from,value,note\nfx,USD,2026-07-01,7.1,=1+1\nfx,EUR,x,8.4,b\nfx,GBP,2026-07-01,9,c\n"


class TestAllOrNothing:
    def test_one_bad_row_refuses_the_file(self) -> None:
        before = Rate.objects.count()
        batch = bring("rates", BAD)
        assert (batch.state, batch.created, batch.rejected) == ("REFUSED", 2, 1)
        assert batch.ignored_columns == ["note"]
        assert Rate.objects.count() == before
        assert Event.objects.filter(code="imports.batch.refused").count() == 1

    def test_good_rows_only_takes_the_others(self) -> None:
        before = Rate.objects.count()
        batch = bring("rates", BAD, good_rows_only=True)
        assert (batch.state, batch.created, batch.rejected) == ("IMPORTED", 2, 1)
        assert Rate.objects.count() == before + 2

    def test_good_rows_only_of_none_is_refused(self) -> None:
        batch = bring("rates", "kind,code,valid_from,value\nfx,EUR,x,8.4\n", good_rows_only=True)
        assert (batch.state, batch.rejected) == ("REFUSED", 1)

    def test_a_dry_run_stores_the_batch_and_nothing_else(self) -> None:
        before = CalendarDay.objects.count()
        batch = bring("holidays", dry_run=True)
        assert (batch.state, batch.created) == ("CHECKED", 4)
        assert CalendarDay.objects.count() == before
        assert bring("holidays").state == "IMPORTED"
        assert CalendarDay.objects.count() == before + 4

    def test_the_corrected_rejects_can_be_brought_in(self) -> None:
        batch = bring("rates", BAD, good_rows_only=True)
        rejects = bytes(batch.rejects or b"")
        assert rejects.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(rejects.decode("utf-8-sig"))))
        assert rows[0] == ["kind", "code", "valid_from", "value", "note", "Row", "Errors"]
        assert rows[1][:6] == ["fx", "EUR", "x", "8.4", "b", "3"]
        assert rows[1][6].startswith("valid_from: INVALID_DATE ")
        again = bring("rates", rejects.replace(b",x,", b",2026-07-02,"))
        assert (again.state, again.created) == ("IMPORTED", 1)

    def test_a_formula_in_the_rejects_is_harmless(self) -> None:
        batch = bring("rates", BAD.replace("2026-07-01,7.1", "x,7.1"))
        assert b"'=1+1" in bytes(batch.rejects or b"")

    def test_the_batch_says_how_the_file_was_read(self) -> None:
        batch = bring("holidays", SAMPLES["holidays"].replace(",", ";").encode("gb18030"))
        assert (batch.encoding, batch.delimiter, batch.rows) == ("gb18030", ";", 4)
        assert batch.mapping == {"calendar": 0, "date": 1, "day_type": 2, "name": 3}
        assert len(batch.sha256) == 64
        event = Event.objects.get(code="imports.batch.imported")
        assert (event.after["created"], event.after["sha256"]) == (4, batch.sha256)

    def test_a_file_name_with_a_path_is_cut_to_its_name(self) -> None:
        from common.imports.service import import_file
        from tests.import_samples import AS_OF

        batch = import_file(
            kind="rates", content=BAD.encode(), file_name="C:\\x\\..\\r.csv", as_of=AS_OF
        )
        assert batch.file_name == "r.csv"

    def test_limits_can_be_lifted_and_hold_otherwise(self) -> None:
        assert bring("holidays", max_rows=3).issues[0]["code"] == "TOO_MANY_ROWS"
        assert bring("holidays", max_bytes=10).issues[0]["code"] == "FILE_TOO_LARGE"
        assert bring("holidays", max_rows=None, max_bytes=None).state == "IMPORTED"


class TestWords:
    def test_a_stored_issue_is_worded_when_it_is_shown(self) -> None:
        (issue,) = read_issues(bring("rates", BAD).issues)
        assert issue.message == "There is no such date."
        with translation.override("zh-hans"):
            assert issue.way_out  # the catalogue may come later; it must not break

    def test_a_percent_sign_in_a_value_does_not_break_the_sentence(self) -> None:
        assert describe("DUPLICATE_CODE", {"holder": "100% X"})[0].startswith("Customer 100% X")

    def test_file_refusals_carry_their_sentence(self) -> None:
        error: Any = FileRefused("TOO_MANY_ROWS", allowed=5)
        assert isinstance(error, InvalidInput)
        assert str(error) == "The file has more than 5 rows."

    def test_states_cover_every_outcome(self) -> None:
        assert set(ImportBatch.State.values) == {"WAITING", "CHECKED", "IMPORTED", "REFUSED"}
