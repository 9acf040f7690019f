"""Files as accountants make them: lines down, periods across, names of their own, asked once."""

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from common.imports.issues import read_issues
from common.imports.mappings import BadMapping, list_unknown, read_mapping, save_mapping
from common.models import Event, ImportBatch, ImportMapping
from common.queue import run_due_jobs
from scoring.imports.template import list_rows, write_csv, write_xlsx
from scoring.models import Statement, StatementOpening
from tests import cast
from tests.import_samples import bring
from tests.scoring.samples import fixture_lines

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]
Visit = Callable[[str], Client]
HEAD = {
    "customer_code": ("A", "A"), "period_end": ("2024-12-31", "2023-12-31"), "months": ("12", "12"),
    "statement_kind": ("annual", "年报"), "audited": ("yes", "no"), "opinion": ("clean", ""),
    "consolidated": ("no", "no"), "currency": ("CNY", "CNY"), "unit": ("万元", "万元"),
    "complete": ("yes", "yes"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _customer() -> None:
    cast.make_customer("A")


def fill(content: bytes) -> bytes:
    """Fill the empty form with the two years of the fixture company."""
    newer, older = fixture_lines("huaxin_2024"), fixture_lines("huaxin_2023")
    lines = content.decode("utf-8-sig").split("\r\n")
    filled = [lines[0]]
    for line in lines[1:]:
        name = line.split(",")[0]
        if name in HEAD:
            line = line.removesuffix(",,,") + f",{HEAD[name][0]},{HEAD[name][1]},"
        elif name in newer or name in older:
            line = line.removesuffix(",,,") + f",{newer.get(name, '')},{older.get(name, '')},"
        filled.append(line)
    return "\r\n".join(filled).encode()


def problems(batch: ImportBatch) -> list[tuple[int, str, str]]:
    return [(i.row, i.column, i.code) for i in read_issues(batch.issues) if not i.is_warning]


class TestTheForm:
    def test_holds_every_line_with_both_labels(self) -> None:
        text = write_csv().decode("utf-8-sig")
        assert "cash_and_bank,货币资金,cash and bank,,," in text
        book = load_workbook(io.BytesIO(write_xlsx()))
        assert book.active.max_row == len(list_rows()) + 1 == text.count("\r\n")

    def test_comes_back_as_two_statements(self) -> None:
        batch = bring("statements", fill(write_csv()).decode())
        assert problems(batch) == []
        assert (batch.state, batch.created) == ("IMPORTED", 2)
        newer = Statement.objects.get(period_end="2024-12-31")
        assert dict(newer.lines.values_list("item", "amount")) == fixture_lines("huaxin_2024")
        assert (newer.unit, newer.opinion, newer.complete) == (10_000, "UNQUALIFIED", True)

    def test_a_wrong_cell_is_named_by_its_row_and_line(self) -> None:
        content = fill(write_csv()).decode()
        row = [line.split(",")[0] for line in content.split("\r\n")].index("inventories") + 1
        batch = bring("statements", content.replace(",2630,", ",26x0,"))
        assert (row, "inventories", "NOT_A_NUMBER") in problems(batch)

    def test_one_that_does_not_add_up_is_refused_at_its_line(self) -> None:
        content = fill(write_csv()).decode()
        row = [line.split(",")[0] for line in content.split("\r\n")].index("total_assets") + 1
        batch = bring("statements", content.replace(",15200,", ",15300,"))
        assert (row, "total_assets", "BALANCE_BREAK") in problems(batch)
        assert not Statement.objects.filter(period_end="2024-12-31").exists()

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_is_there_to_download(self, visit: Visit, form: str) -> None:
        answer = visit("analyst").get(reverse("statement_template", args=[form]))
        assert answer.status_code == 200
        assert f'filename="statement.{form}"' in answer["Content-Disposition"]
        assert visit("collector").get(reverse("statement_template", args=[form])).status_code == 403
        assert visit("analyst").get(reverse("statement_template", args=["exe"])).status_code == 404


class TestOpenings:
    def test_stand_beside_the_closing_balances(self) -> None:
        content = (
            "项目,行次,期末余额,年初余额\n客户编码,,A,\n报告期末,,2024-12-31,\n月数,,12,\n"
            "报表类型,,年报,\n是否审计,,否,\n是否合并,,否,\n币种,,CNY,\n金额单位,,万元,\n"
            "流动资产:,,,\n货币资金,1,1860,1560\n存货,2,2630,2480\n营业收入,3,21500,\n"
        )
        batch = bring("statements", content)
        assert problems(batch) == []
        assert Statement.objects.get().lines.count() == 3
        assert dict(StatementOpening.objects.values_list("item", "amount")) == {
            "cash_and_bank": 1560, "inventories": 2480
        }  # fmt: skip

    def test_in_long_form_they_mark_a_restated_year(self) -> None:
        head = "customer_code,period_end,months,statement_kind,audited,consolidated,currency,unit"
        row = "annual,no,no,CNY,1"
        bring(
            "statements",
            f"{head},line_code,amount,opening_amount\nA,2023-12-31,12,{row},inventories,10,\n"
            f"A,2024-12-31,12,{row},inventories,20,11\n",
        )
        newer = Statement.objects.get(period_end="2024-12-31")
        assert newer.non_comparable == "RESTATED"
        assert newer.findings[0]["code"] == "YY-01"


ODD = (
    "客户编码,报告期末,月数,报表类型,是否审计,是否合并,币种,金额单位,项目,金额\n"
    "A,2024-12-31,12,年报,否,否,CNY,1,销货款,500\nA,2024-12-31,12,年报,否,否,CNY,1,内部往来,7\n"
    "A,2024-12-31,12,年报,否,否,CNY,1,存货,70\n"
)


class TestMapping:
    def test_names_are_asked_once_and_then_known(self, visit: Visit, people: cast.People) -> None:
        client = visit("finance")
        client.post(
            reverse("import_new"),
            {"kind": "statements", "file": SimpleUploadedFile("a.csv", ODD.encode()), "dry_run": "on",
             "source": "Sample ERP"},
        )  # fmt: skip
        run_due_jobs()
        batch = ImportBatch.objects.get()
        assert list_unknown(batch) == ["销货款", "内部往来"]
        page = client.get(reverse("import", args=[batch.pk])).content.decode()
        assert "Names nobody has explained yet" in page
        url = reverse("import_mapping", args=[batch.pk])
        client.post(url, {"source": "Sample ERP", "name0": "revenue", "name1": "-"})
        run_due_jobs()
        batch.refresh_from_db()
        assert (batch.state, batch.rejected) == ("CHECKED", 0)
        assert read_mapping("statements", "Sample ERP") == {"销货款": "revenue", "内部往来": ""}
        client.post(reverse("import_commit", args=[batch.pk]))
        run_due_jobs()
        lines = dict(Statement.objects.get().lines.values_list("item", "amount"))
        assert lines == {"revenue": Decimal(500), "inventories": Decimal(70)}
        again = bring("statements", ODD.replace("500", "600"), source="Sample ERP")
        assert (again.state, again.updated) == ("IMPORTED", 3 - 1)
        assert Event.objects.filter(code="imports.mapping.saved").count() == 1

    def test_columns_of_other_kinds_too(self) -> None:
        save_mapping(kind="rates", source="Bank", mapping={"Kurs": "value", "Text": ""}, actor=None)
        content = "kind,code,valid_from,Kurs,Text\nfx,USD,2026-07-01,7.1586,x\n"
        batch = bring("rates", content, source="Bank")
        assert (batch.state, batch.created, batch.ignored_columns) == ("IMPORTED", 1, [])
        assert bring("rates", content + "fx,EUR,2026-07-01,8,x\n").state == "REFUSED"

    @pytest.mark.parametrize(
        ("source", "mapping"),
        [("", {"a": "revenue"}), ("S", {"a": "moonlight"}), ("S", {"x" * 200: "revenue"})],
    )
    def test_nonsense_is_not_remembered(self, source: str, mapping: dict[str, str]) -> None:
        with pytest.raises(BadMapping):
            save_mapping(kind="statements", source=source, mapping=mapping, actor=None)

    def test_refused_to_onlookers_and_when_nonsense(
        self, visit: Visit, people: cast.People
    ) -> None:
        batch = bring("statements", ODD)
        url = reverse("import_mapping", args=[batch.pk])
        assert visit("sales").post(url, {"source": "S"}).status_code == 403
        assert visit("finance").post(url, {"source": "", "name0": "moon"}).status_code == 422
        assert not ImportMapping.objects.exists()
