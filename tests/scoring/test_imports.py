"""Import of statements: both shapes, identities, versions, what is told and what is refused."""

import pytest

from common.imports.issues import read_issues
from common.models import Event, ImportBatch
from scoring.models import Statement, StatementLine
from tests import cast
from tests.import_samples import SAMPLES, bring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]
HEAD = "customer_code,period_end,months,statement_kind,audited,consolidated,currency,unit"
LONG = f"{HEAD},line_code,amount\n"


@pytest.fixture(autouse=True)
def _customers() -> None:
    cast.make_customer("A")
    cast.make_customer("B")


def problems(batch: ImportBatch) -> list[tuple[int, str, str]]:
    return [(i.row, i.column, i.code) for i in read_issues(batch.issues) if not i.is_warning]


def row(item: str, amount: str, head: str = "A,2025-12-31,12,annual,yes,no,CNY,10000") -> str:
    return f"{head},{item},{amount}\n"


def lines(period_end: str = "2025-12-31") -> dict[str, str]:
    found = StatementLine.objects.filter(
        statement__period_end=period_end, statement__superseded_by=None
    )
    return {line.item: str(line.amount) for line in found}


class TestLongShape:
    def test_reads_items_by_machine_name_and_by_label(self) -> None:
        batch = bring(
            "statements",
            LONG
            + row("资产总计", "100")
            + row("Total liabilities", "(60)").replace("(60)", "60")
            + row("total_equity", "40"),
        )
        assert problems(batch) == []
        assert lines() == {
            "total_assets": "100.000",
            "total_liabilities": "60.000",
            "total_equity": "40.000",
        }
        statement = Statement.objects.get()
        assert (statement.unit, statement.form, statement.complete, statement.doubtful) == (
            10000,
            "FULL",
            False,
            False,
        )
        assert Event.objects.get(code="scoring.statement.received").after["lines"] == 3

    def test_only_an_audited_statement_has_an_opinion(self) -> None:
        head = f"{HEAD},opinion,line_code,amount\n"
        bring(
            "statements",
            head
            + "A,2025-12-31,12,annual,yes,no,CNY,1,clean,revenue,5\nA,2024-12-31,12,annual,no,no,CNY,1,clean,revenue,5\nA,2023-12-31,12,年报,是,否,人民币,万元,保留意见,营业收入,5\n",
        )
        assert list(Statement.objects.order_by("period_end").values_list("opinion", flat=True)) == [
            "QUALIFIED",
            "UNAUDITED",
            "UNQUALIFIED",
        ]

    def test_a_statement_that_does_not_add_up_is_refused_whole(self) -> None:
        batch = bring(
            "statements",
            LONG
            + row("total_assets", "100")
            + row("total_liabilities", "60")
            + row("total_equity", "30"),
        )
        assert problems(batch) == [
            (2, "amount", "BALANCE_BREAK"),
            (3, "customer_code", "GROUP_REJECTED"),
            (4, "customer_code", "GROUP_REJECTED"),
        ]
        issue = read_issues(batch.issues)[0]
        assert "total_assets is stated as 100, its parts give 90" in issue.message
        assert not Statement.objects.exists()

    def test_other_statements_of_the_file_stand_when_good_rows_are_enough(self) -> None:
        other = "B,2025-12-31,12,annual,yes,no,CNY,10000"
        batch = bring(
            "statements",
            LONG
            + row("total_assets", "100")
            + row("total_liabilities", "60")
            + row("total_equity", "30")
            + row("revenue", "7", other),
            good_rows_only=True,
        )
        assert (batch.state, batch.created, batch.rejected) == ("IMPORTED", 1, 3)
        assert Statement.objects.get().customer.code == "B"

    def test_one_unit_of_difference_is_told_and_kept(self) -> None:
        batch = bring(
            "statements",
            LONG
            + row("total_assets", "100")
            + row("total_liabilities", "60")
            + row("total_equity", "39"),
        )
        assert batch.state == "IMPORTED"
        (issue,) = read_issues(batch.issues)
        assert (issue.code, issue.row, issue.is_warning) == ("DOUBTFUL", 2, True)
        statement = Statement.objects.get()
        assert statement.findings[0]["code"] == "BS-09"
        assert statement.doubtful is False

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            (row("moonlight", "1"), (2, "line_code", "UNKNOWN_ITEM")),
            (row("ebit", "1"), (2, "line_code", "DERIVED_ITEM_STATED")),
            (row("revenue", "1") + row("营业收入", "2"), (3, "line_code", "DUPLICATE_IN_FILE")),
            (row("revenue", "x"), (2, "amount", "NOT_A_NUMBER")),
            (row("revenue", "1.234", "A,2025-12-31,12,annual,yes,no,CNY,1"), (2, "amount", "TOO_MANY_DECIMALS")),
            (row("revenue", "1", "A,2025-12-31,19,annual,yes,no,CNY,1"), (2, "months", "LENGTH")),
            (row("revenue", "1", "A,2025-12-31,12,annual,yes,no,CNY,500"), (2, "unit", "UNKNOWN_CODE")),
            (row("revenue", "1", "A,2027-12-31,12,annual,yes,no,CNY,1"), (2, "period_end", "INVALID_DATE")),
            (row("revenue", "1", "X,2025-12-31,12,annual,yes,no,CNY,1"), (2, "customer_code", "UNKNOWN_CUSTOMER")),
            (row("revenue", "1", "A,2025-12-31,12,annual,maybe,no,CNY,1"), (2, "audited", "UNKNOWN_CODE")),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong(self, text: str, problem: tuple[int, str, str]) -> None:
        batch = bring("statements", LONG + text)
        assert problem in problems(batch)
        assert batch.state == "REFUSED"
        assert not Statement.objects.exists()

    def test_rows_of_one_statement_say_the_same_of_it(self) -> None:
        batch = bring(
            "statements",
            LONG
            + row("revenue", "5")
            + row("cost_of_sales", "3", "A,2025-12-31,12,annual,yes,no,CNY,1"),
        )
        assert problems(batch) == [
            (2, "customer_code", "GROUP_REJECTED"),
            (3, "unit", "HEADER_DIFFERS"),
        ]


class TestWideShape:
    CONDENSED = f"{HEAD},form,总资产,total liabilities,ebit,retained_earnings,gossip\n"

    def test_a_condensed_statement_states_derived_items(self) -> None:
        text = (
            self.CONDENSED.replace("总资产", "资产总计")
            + "A,2025-12-31,12,annual,no,no,USD,1000000,condensed,100.123,60.5,10,,x\n"
        )
        batch = bring("statements", text)
        assert problems(batch) == []
        assert batch.ignored_columns == ["gossip"]
        assert lines() == {
            "total_assets": "100.123",
            "total_liabilities": "60.500",
            "ebit": "10.000",
        }
        assert Statement.objects.get().form == "CONDENSED"

    def test_a_full_statement_may_not(self) -> None:
        text = self.CONDENSED + "A,2025-12-31,12,annual,no,no,USD,1000000,full,100,60,10,5,x\n"
        batch = bring("statements", text)
        assert [(c, code) for _r, c, code in problems(batch)] == [
            ("ebit", "DERIVED_ITEM_STATED"), ("retained_earnings", "DERIVED_ITEM_STATED"),
        ]  # fmt: skip

    def test_a_statement_stands_once(self) -> None:
        text = f"{HEAD},revenue\n" + "A,2025-12-31,12,annual,no,no,CNY,1,5\n" * 2
        assert problems(bring("statements", text)) == [(3, "period_end", "DUPLICATE_IN_FILE")]

    def test_two_columns_for_one_item_are_refused(self) -> None:
        batch = bring(
            "statements", f"{HEAD},revenue,营业收入\nA,2025-12-31,12,annual,no,no,CNY,1,5,5\n"
        )
        assert batch.issues[0]["code"] == "DUPLICATE_COLUMN"


class TestVersions:
    def test_other_figures_make_a_new_version_that_supersedes(self) -> None:
        bring("statements", LONG + row("revenue", "5"))
        batch = bring("statements", LONG + row("revenue", "6"))
        assert (batch.updated, batch.created) == (1, 0)
        old, new = Statement.objects.order_by("version")
        assert (old.superseded_by, new.version, new.superseded_by) == (new, 2, None)
        assert lines() == {"revenue": "6.000"}

    def test_what_a_person_entered_and_a_file_repeats_is_unchanged(self, today: object) -> None:
        import datetime as dt
        from decimal import Decimal

        from customers.models import Customer
        from scoring.services import save_statement
        from tests.cast import TODAY

        save_statement(
            customer=Customer.objects.get(code="A"), period_end=dt.date(2025, 12, 31), as_of=TODAY,
            lines={"revenue": Decimal("5")}, unit=10000, opinion="UNAUDITED",
        )  # fmt: skip
        batch = bring("statements", LONG + row("revenue", "5.00").replace(",yes,", ",no,"))
        assert (batch.unchanged, batch.created, batch.updated) == (1, 0, 0)

    def test_last_year_in_the_same_file_is_compared_with(self) -> None:
        first = "A,2024-12-31,12,annual,yes,no,CNY,10000"
        batch = bring("statements", LONG + row("cash_begin", "90") + row("cash_end", "100", first))
        assert problems(batch) == [(2, "amount", "BALANCE_BREAK")]
        assert read_issues(batch.issues)[0].params["check"] == "YY-02"

    def test_a_statement_counts_from_the_day_it_came(self) -> None:
        text = f"{HEAD},received_on,revenue\nA,2024-12-31,12,annual,no,no,CNY,1,2025-04-30,5\nB,2024-12-31,12,annual,no,no,CNY,1,,5\n"
        bring("statements", text)
        days = dict(Statement.objects.values_list("customer__code", "received_on"))
        assert {code: str(day) for code, day in days.items()} == {
            "A": "2025-04-30",
            "B": "2026-11-24",
        }
        late = bring("statements", text.replace("2025-04-30", "2024-04-30"))
        assert problems(late) == [(2, "received_on", "INVALID_DATE")]

    def test_the_sample_has_two_statements(self) -> None:
        cast.make_customer("P1")
        assert bring("statements").created == SAMPLES["statements"].count("\n") - 1
        assert Statement.objects.count() == 2
