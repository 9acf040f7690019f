"""The aging page, its files, its API and its command: one question, one set of figures."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from common.models import Event, Rate
from tests import cast
from tests.receivables import books
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db

TODAY = cast.TODAY


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("dashboards.aging_forms.business_today", lambda: TODAY)


@pytest.fixture
def buyers(people):
    first = cast.make_customer("C001", sales_owner=people.sales, name_en="=cmd|' /C calc'!A0")
    second = cast.make_customer("C002", region="NORTH")
    books.invoice(first, "INV-1", "300.00", day=ago(60), due=ago(45))
    books.invoice(first, "INV-2", "100.00", day=ago(10), due=ago(-20))
    books.invoice(second, "INV-3", "50.00", day=ago(300), due=ago(200))
    books.receipt(first, "R-1", "30.00", day=ago(1))
    return first, second


class TestPage:
    def test_shows_rows_totals_and_ranges(self, visit, buyers):
        answer = visit("finance").get(reverse("aging"))
        assert answer.status_code == 200
        report = answer.context["report"]
        assert report.totals.total == Decimal(420)
        page = answer.content.decode()
        for text in ("31–60", "Total, 2 customers", "C001", "C002", "As of 24 Nov 2026", "77.8%"):
            assert text in page

    def test_opens_a_customer_in_place_and_adds_up(self, visit, buyers):
        client = visit("finance")
        part = client.get(reverse("aging_items", args=["C001"]), headers={"HX-Request": "true"})
        text = part.content.decode()
        assert text.count('class="child"') == 3
        for word in ("INV-1", "INV-2", "R-1", "−30", "45 days late", "due in 20 days"):
            assert word in text
        opened = client.get(reverse("aging"), {"open": "C001"}).context["rows"][0]
        assert sum(child.amount for child in opened.children) == opened.row.total == Decimal(370)
        for n, amount in enumerate(opened.amounts):
            assert sum(child.cells[n] or 0 for child in opened.children) == amount

    def test_a_range_leads_to_its_rows_and_their_items(self, visit, buyers):
        client = visit("finance")
        answer = client.get(reverse("aging"), {"bucket": "2", "open": "C001"})
        rows = answer.context["rows"]
        assert [row.row.key for row in rows] == ["C001"]
        assert [child.label for child in rows[0].children] == ["INV-1"]

    def test_answers_with_the_changed_part_alone(self, visit, buyers):
        headers = {"HX-Request": "true", "HX-Target": "div#aging-body"}
        page = visit("finance").get(reverse("aging"), {"q": "c002"}, headers=headers)
        text = page.content.decode()
        assert "<html" not in text
        assert "C002" in text
        assert "C001" not in text
        assert 'id="aging-top"' in text

    def test_any_past_day_and_both_bases(self, visit, buyers):
        client = visit("finance")
        past = client.get(reverse("aging"), {"as_of": ago(46).isoformat()}).context["report"]
        assert (past.totals.total, past.totals.not_due) == (Decimal(350), Decimal(300))
        doc = client.get(reverse("aging"), {"basis": "invoice"}).context["report"]
        assert doc.totals.buckets == (100, 300, 0, 0, 50)

    @pytest.mark.parametrize("by", ["sales", "region", "company", "currency"])
    def test_groups_have_the_same_total(self, visit, buyers, by):
        answer = visit("finance").get(reverse("aging"), {"by": by})
        assert answer.status_code == 200
        assert answer.context["report"].totals.total == Decimal(420)

    @pytest.mark.parametrize(
        "query",
        [
            {"as_of": "yesterday"},
            {"as_of": "1066-10-14"},
            {"basis": "gut"},
            {"by": "planet"},
            {"currency": "XXX"},
            {"bucket": "-1"},
            {"page": "0"},
            {"sort": "1; drop table"},
            {"sort": "planet"},
        ],
    )
    def test_names_what_is_wrong_in_the_question(self, visit, buyers, query):
        answer = visit("finance").get(reverse("aging"), query)
        assert answer.status_code == 422

    def test_a_page_too_far_is_empty_and_still_has_totals(self, visit, buyers):
        answer = visit("finance").get(reverse("aging"), {"page": "9"})
        assert answer.status_code == 200
        assert answer.context["report"].totals.total == Decimal(420)

    def test_a_missing_rate_is_said(self, visit, buyers):
        books.invoice(buyers[0], "INV-9", "70.00", day=ago(60), due=ago(45), currency="USD")
        page = visit("finance").get(reverse("aging")).content.decode()
        assert "There is no exchange rate for USD on this day: 70.00 USD" in page
        Rate.objects.create(kind="fx", code="USD", valid_from=ago(90), value=Decimal(7))
        page = visit("finance").get(reverse("aging")).content.decode()
        assert "Converted to CNY at the rates of the day" in page

    def test_nothing_found_offers_to_clear(self, visit, buyers):
        page = visit("finance").get(reverse("aging"), {"q": "nobody"}).content.decode()
        assert "No customer matches these filters" in page
        assert "Clear the filters" in page

    def test_scope_reaches_rows_totals_chips_and_items(self, visit, buyers):
        client = visit("sales")
        answer = client.get(reverse("aging"))
        assert answer.context["report"].totals.total == Decimal(370)
        assert "C002" not in answer.content.decode()
        assert "NORTH" not in answer.content.decode()
        assert client.get(reverse("aging_items", args=["C002"])).status_code == 404
        assert visit("outsider").get(reverse("aging")).context["report"].count == 0
        assert visit("admin").get(reverse("aging")).status_code == 403

    def test_takes_the_same_queries_for_many_customers(self, visit, buyers):
        client = visit("finance")
        client.get(reverse("aging"))  # the session learns the language once
        for count in (3, 30):
            for n in range(count):
                customer = cast.make_customer(f"D{count}{n}")
                books.invoice(customer, f"D{count}-{n}", "5.00", day=ago(60), due=ago(45))
            with assert_query_count("aging page"):
                client.get(reverse("aging"))

    def test_has_no_inline_style_or_script(self, visit, buyers):
        page = visit("finance").get(reverse("aging"), {"open": "C001"}).content.decode()
        assert "style=" not in page
        assert "<script>" not in page
        assert "=cmd|&#x27; /C calc&#x27;!A0" in page


class TestExport:
    def test_csv_has_a_mark_every_row_and_the_total(self, visit, buyers):
        answer = visit("finance").get(reverse("aging"), {"export": "csv", "page_size": "1"})
        data = b"".join(answer.streaming_content)
        assert data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert rows[0][4:6] == ["Total (CNY)", "Not due (CNY)"]
        assert [row[0] for row in rows[1:]] == ["C001", "C002", "Total, 2 rows"]
        assert rows[1][1] == "'=cmd|' /C calc'!A0"
        assert [row[4] for row in rows[1:]] == ["370.00", "50.00", "420.00"]
        assert rows[1][11] == "-30.00"
        event = Event.objects.get(code="dashboards.aging.exported")
        assert event.after["rows"] == 2

    def test_xlsx_has_numbers_formulas_a_frozen_head_and_the_question(self, visit, buyers):
        answer = visit("finance").get(reverse("aging"), {"export": "xlsx", "q": "C00"})
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        sheet, question = book.worksheets
        assert sheet.freeze_panes == "E2"
        assert [cell.value for cell in sheet["A"]] == ["Code", "C001", "C002", "Total, 2 rows"]
        assert sheet["E2"].value == 370
        assert sheet["E2"].number_format == "#,##0.00"
        assert sheet["E4"].value == "=SUM(E2:E3)"
        assert sheet["B2"].data_type == "s"
        assert sheet["B2"].value == "'=cmd|' /C calc'!A0"
        facts = {row[0].value: row[1].value for row in question.iter_rows()}
        assert facts["As of"].date() == TODAY
        assert (facts["Filter"], facts["Exported by"], facts["Currency"]) == (
            "C00",
            "finance",
            "CNY",
        )

    @pytest.mark.parametrize("role", ["sales", "collector"])
    def test_is_refused_to_who_may_not_export(self, visit, buyers, role):
        answer = visit(role).get(reverse("aging"), {"export": "csv"})
        assert answer.status_code == 403
        assert Event.objects.filter(code="dashboards.aging.exported").count() == 0
        assert "export=csv" not in visit(role).get(reverse("aging")).content.decode()

    def test_of_an_empty_report_is_a_head_and_a_total(self, visit, people):
        client = visit("finance")
        for kind in ("csv", "xlsx"):
            assert client.get(reverse("aging"), {"export": kind}).status_code == 200


class TestApi:
    URL = "/api/v1/aging/"

    def test_has_the_shape_of_the_contract(self, visit, buyers):
        answer = visit("finance").get(self.URL, {"as_of": TODAY.isoformat()}).json()
        assert {k: answer[k] for k in ("as_of", "basis", "buckets", "totals", "count")} == {
            "as_of": "2026-11-24",
            "basis": "due",
            "buckets": [
                {"label": "1-30", "from": 1, "to": 30},
                {"label": "31-60", "from": 31, "to": 60},
                {"label": "61-90", "from": 61, "to": 90},
                {"label": "91-180", "from": 91, "to": 180},
                {"label": "181+", "from": 181, "to": None},
            ],
            "totals": {
                "total": "420.00",
                "not_due": "100.00",
                "buckets": ["0.00", "300.00", "0.00", "0.00", "50.00"],
                "unapplied": "30.00",
                "disputed": "0.00",
                "overdue_ratio": "0.7778",
            },
            "count": 2,
        }
        assert answer["rows"][0] == {
            "key": "C001",
            "name": "=cmd|' /C calc'!A0",
            "grade": None,
            "total": "370.00",
            "not_due": "100.00",
            "buckets": ["0.00", "300.00", "0.00", "0.00", "0.00"],
            "unapplied": "30.00",
            "disputed": "0.00",
            "overdue_ratio": "0.7500",
        }

    def test_pages_with_totals_over_all(self, visit, buyers):
        answer = visit("finance").get(self.URL, {"page": 2, "page_size": 1}).json()
        assert [row["key"] for row in answer["rows"]] == ["C002"]
        assert (answer["count"], answer["totals"]["total"]) == (2, "420.00")

    def test_refuses_nonsense_strangers_and_outsiders(self, visit, buyers):
        assert visit("finance").get(self.URL, {"as_of": "x"}).status_code == 400
        assert visit("finance").get(self.URL, {"sort": "planet"}).status_code == 422
        assert Client().get(self.URL).status_code in (401, 403)
        assert visit("admin").get(self.URL).status_code == 403
        assert visit("outsider").get(self.URL).json()["count"] == 0

    def test_of_one_customer_is_his_row_alone(self, visit, buyers):
        url = "/api/v1/customers/C002/aging/"
        answer = visit("finance").get(url).json()
        assert ([row["key"] for row in answer["rows"]], answer["totals"]["total"]) == (
            ["C002"],
            "50.00",
        )
        assert visit("sales").get(url).status_code == 404
        assert visit("finance").get("/api/v1/customers/C9/aging/").status_code == 404


class TestCommand:
    def run(self, *args):
        out = StringIO()
        call_command("aging", f"--as-of={TODAY}", *args, stdout=out, stderr=StringIO())
        return out.getvalue()

    def test_says_the_same_in_every_format(self, buyers):
        table = self.run()
        assert "TOTAL 2             420.00" in table
        rows = list(csv.DictReader(StringIO(self.run("--format=csv"))))
        assert [(r["key"], r["total"], r["31-60"]) for r in rows] == [
            ("C001", "370.00", "300.00"),
            ("C002", "50.00", "0.00"),
            ("", "420.00", "300.00"),
        ]
        answer = json.loads(self.run("--format=json", "--by=region", "--basis=invoice"))
        assert answer["totals"]["total"] == "420.00"
        assert answer["totals"]["buckets"] == ["100.00", "300.00", "0.00", "0.00", "50.00"]
        assert {row["key"] for row in answer["rows"]} == {"EAST", "NORTH"}
