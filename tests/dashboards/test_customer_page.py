"""The list of customers and the whole picture of one: figures, rights, scope, query counts."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from common.clock import business_today
from credit_control.models import CreditLimit
from credit_control.services import get_or_create_account
from customers.models import Customer
from customers.names import derive_name_fields
from customers.services import log_contact
from receivables.posting import InvoiceRow, ReceiptRow, post_invoices, post_receipts
from tests import cast
from tests.support import assert_query_count

TABS = ("overview", "dossier", "financials", "rating", "limits", "orders", "invoices", "activity")
ALL_ROLES = ("sales", "analyst", "manager", "finance", "collector", "executive", "auditor")


def owe(customer: Customer, amount: str, late: int, number: str = "") -> None:
    """Post an invoice that is `late` days past due today; negative is not due yet."""
    due = business_today() - timedelta(days=late)
    post_invoices(
        [
            InvoiceRow(
                number=number or f"INV-{customer.code}-{late}",
                customer_id=customer.pk,
                doc_date=due - timedelta(days=30),
                currency="CNY",
                net=Decimal(amount),
                tax=Decimal(0),
                gross=Decimal(amount),
                due_date=due,
                nominal_due_date=due,
            )
        ],
        company=cast.our_company(),
    )


def grant(customer: Customer, amount: str) -> None:
    account = get_or_create_account(customer=customer, company=cast.our_company())
    CreditLimit.objects.create(
        account=account,
        amount=Decimal(amount),
        valid_from=business_today() - timedelta(days=10),
        valid_to=business_today() + timedelta(days=300),
        state="ACTIVE",
    )


@pytest.fixture
def debtor(people):
    customer = cast.make_customer("C1", sales_owner=people.sales)
    grant(customer, "1000000")
    owe(customer, "250000.00", 40)
    owe(customer, "100000.00", -10)
    return customer


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
class TestCustomerList:
    def test_shows_figures_of_the_higher_apps(self, visit, debtor):
        page = text_of(visit("analyst").get("/customers/"))
        assert "35%" in page  # 350,000 of 1,000,000
        assert "¥250,000" in page
        assert "40 days late" in page

    def test_keeps_to_the_scope(self, visit, debtor):
        assert "/customers/C1/" in text_of(visit("sales").get("/customers/"))
        page = text_of(visit("outsider").get("/customers/"))
        assert "/customers/C1/" not in page
        assert "New customer" in page

    def test_an_empty_list_says_what_to_do(self, visit):
        page = text_of(visit("analyst").get("/customers/"))
        assert "No customers yet" in page
        assert 'href="/customers/new/"' in page
        assert "No customers within your scope" in text_of(visit("auditor").get("/customers/"))

    @pytest.mark.parametrize(
        ("query", "codes"),
        [
            ("q=C1", ["C1"]),
            ("q=nothing", []),
            ("overdue=1", ["C1"]),
            ("state=WATCH", ["C2"]),
            ("segment=CORE", ["C3"]),
            ("region=WEST", ["C3"]),
            ("owner=sales", ["C1"]),
            ("grade=NONE&sort=-code", ["C3", "C2", "C1"]),
            ("grade=AAA", []),
            ("sort=-overdue", ["C1", "C2", "C3"]),
            ("sort=-limit", ["C1", "C2", "C3"]),
            ("sort=grade", ["C1", "C2", "C3"]),
            ("sort=owner", ["C1", "C2", "C3"]),
            ("sort=-region", ["C3", "C1", "C2"]),
            ("sort=;drop&state=x&grade=x&page=99&page_size=abc", ["C1", "C2", "C3"]),
        ],
    )
    def test_filters_and_sorts_over_all_rows(self, visit, debtor, query, codes):
        cast.make_customer("C2", state="WATCH")
        cast.make_customer("C3", segment="CORE", region="WEST")
        page = text_of(visit("analyst").get(f"/customers/?{query}"))
        positions = {code: page.find(f'href="/customers/{code}/"') for code in ("C1", "C2", "C3")}
        shown = sorted((at, code) for code, at in positions.items() if at >= 0)
        assert [code for _at, code in shown] == codes

    def test_htmx_gets_only_what_changes(self, visit, debtor):
        for target in ("customer-table", "div#customer-table"):
            headers = {"HX-Request": "true", "HX-Target": target}
            page = text_of(visit("analyst").get("/customers/?q=C1", headers=headers))
            assert "<html" not in page
            assert "innerHTML:#customer-chips" in page
        assert 'href="/customers/C1/"' in page

    def test_csv_names_its_origin_and_is_safe_to_open(self, visit, debtor):
        Customer.objects.filter(pk=debtor.pk).update(name='=cmd|"/C calc"', region="@SUM(A1)")
        answer = visit("finance").get("/customers/?export=csv&q=C1")
        raw = b"".join(answer.streaming_content)
        assert raw.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
        head = rows.index(next(row for row in rows if row and row[0] == "Code"))
        assert ["As of", business_today().isoformat()] in rows[:head]
        assert ["Search", "C1"] in rows[:head]
        assert ["Exported by", "finance"] in rows[:head]
        row = dict(zip(rows[head], rows[head + 1], strict=True))
        assert row["Legal name"] == '\'=cmd|"/C calc"'
        assert row["Region"] == "'@SUM(A1)"
        assert Decimal(row["Limit"]) == Decimal(1000000)
        assert Decimal(row["Receivables"]) == Decimal(350000)
        assert len(rows) == head + 2

    def test_xlsx_holds_numbers_and_its_origin(self, visit, debtor):
        answer = visit("analyst").get("/customers/?export=xlsx")
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        sheet, about = book.worksheets
        head = [cell.value for cell in sheet[1]]
        assert sheet.freeze_panes == "B2"
        assert sheet.cell(2, head.index("Limit") + 1).value == 1000000
        assert about["A1"].value == "Customers"
        assert any(row[0].value == "Exported by" for row in about.iter_rows())

    @pytest.mark.parametrize("role", ["sales", "collector"])
    def test_a_file_of_all_is_refused_to_who_may_not(self, visit, debtor, role):
        client = visit(role)
        assert client.get("/customers/?export=csv").status_code == 403
        assert "export=csv" not in text_of(client.get("/customers/"))

    def test_admin_sees_no_customers(self, visit, debtor):
        assert visit("admin").get("/customers/").status_code == 403

    @pytest.mark.parametrize("rows", [3, 30])
    def test_runs_as_many_queries_for_many_rows_as_for_few(self, visit, people, rows):
        for n in range(rows):
            customer = cast.make_customer(f"C{n}", sales_owner=people.sales)
            grant(customer, "1000")
            owe(customer, "10", 5)
        client = visit("analyst")
        client.get("/customers/")
        with assert_query_count("customers.list"):
            client.get("/customers/")


@pytest.mark.django_db
class TestCustomerPage:
    def test_shows_limit_aging_and_how_what_is_free_is_made(self, visit, debtor):
        page = text_of(visit("analyst").get("/customers/C1/"))
        assert "35%" in page
        assert "650,000.00" in page  # free, in the calculation
        assert "−350,000.00" in page
        assert "¥250.0K" in page  # overdue
        assert "71.4%" in page

    def test_measures_payment_behaviour(self, visit, debtor):
        post_receipts(
            [
                ReceiptRow(
                    number="R1",
                    customer_id=debtor.pk,
                    value_date=business_today() - timedelta(days=3),
                    currency="CNY",
                    amount=Decimal("5000"),
                )
            ],
            company=cast.our_company(),
        )
        page = text_of(visit("analyst").get("/customers/C1/"))
        assert (business_today() - timedelta(days=3)).isoformat() in page
        assert "No invoice was paid in these months" in page

    def test_salespeople_see_the_grade_and_never_a_score(self, visit, debtor):
        page = text_of(visit("sales").get("/customers/C1/"))
        assert "5C assessment" not in page
        assert "Z-score" not in page
        for tab in ("rating", "financials"):
            other = text_of(visit("sales").get(f"/customers/C1/?tab={tab}"))
            assert 'id="card-limit"' in other  # falls back to the overview
        assert "5C assessment" in text_of(visit("analyst").get("/customers/C1/"))

    @pytest.mark.parametrize("role", ALL_ROLES)
    @pytest.mark.parametrize("tab", TABS)
    def test_every_tab_opens_for_everybody_who_may(self, visit, debtor, role, tab):
        assert 'aria-current="page"' in text_of(visit(role).get(f"/customers/C1/?tab={tab}"))

    @pytest.mark.parametrize("tab", TABS)
    def test_every_tab_of_a_customer_without_anything_says_so(self, visit, people, tab):
        cast.make_customer("NEW")
        page = text_of(visit("analyst").get(f"/customers/NEW/?tab={tab}"))
        assert 'class="empty"' in page

    @pytest.mark.parametrize("tab", TABS)
    def test_is_404_out_of_scope(self, visit, debtor, tab):
        answer = visit("outsider").get(f"/customers/C1/?tab={tab}")
        assert answer.status_code == 404
        assert debtor.name not in answer.content.decode()

    def test_is_403_for_the_administrator(self, visit, debtor):
        assert visit("admin").get("/customers/C1/").status_code == 403

    def test_a_bucket_leads_to_its_items(self, visit, debtor):
        page = text_of(visit("finance").get("/customers/C1/?tab=invoices&bucket=2"))
        assert "INV-C1-40" in page
        assert "INV-C1--10" not in page
        assert "250,000.00 CNY" in page
        whole = text_of(visit("finance").get("/customers/C1/?tab=invoices&bucket=xyz"))
        assert "350,000.00 CNY" in whole

    def test_shows_all_documents_on_demand(self, visit, debtor):
        page = text_of(visit("finance").get("/customers/C1/?tab=invoices&show=all"))
        assert page.count("INV-C1") >= 2

    def test_account_numbers_are_masked_for_who_needs_them_not(self, visit, debtor):
        debtor.bank_accounts.create(account="6222020200112233445")
        assert "6222020200112233445" in text_of(visit("analyst").get("/customers/C1/?tab=dossier"))
        for role in ("sales", "collector", "executive"):
            page = text_of(visit(role).get("/customers/C1/?tab=dossier"))
            assert "6222020200112233445" not in page
            assert "•••• 3445" in page

    def test_offers_only_what_the_person_may_do(self, visit, debtor):
        sales = text_of(visit("sales").get("/customers/C1/"))
        assert "Request limit" in sales
        assert "Put on hold" not in sales
        assert "/customers/C1/edit/" not in sales
        manager = text_of(visit("manager").get("/customers/C1/"))
        assert "Put on hold" in manager
        assert "Request limit" not in manager

    def test_shows_hostile_text_escaped(self, visit, people, debtor):
        name = "<script>alert(1)</script>"
        Customer.objects.filter(pk=debtor.pk).update(
            name=name, name_en="", **derive_name_fields(name), state="WATCH", state_reason=name
        )
        log_contact(
            customer=debtor,
            actor=people.collector,
            as_of=business_today(),
            text=name,
            happened_at=debtor.created_at,
        )
        for tab in TABS:
            page = text_of(visit("manager").get(f"/customers/C1/?tab={tab}"))
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert(1)" in page

    @pytest.mark.parametrize("tab", TABS)
    def test_runs_as_many_queries_for_many_rows_as_for_few(self, visit, people, tab):
        client = visit("analyst")
        for code, rows in (("FEW", 3), ("MANY", 30)):
            customer = cast.make_customer(code)
            grant(customer, "1000")
            for n in range(rows):
                owe(customer, "10", n + 1, f"{code}-{n}")
                log_contact(
                    customer=customer,
                    actor=people.analyst,
                    as_of=business_today(),
                    text=f"call {n}",
                    happened_at=customer.created_at,
                )
                customer.contacts.create(name=f"P{n}", role="END_USER")
                customer.bank_accounts.create(account=f"1234{n}", created_by=people.analyst)
            client.get(f"/customers/{code}/?tab={tab}")
            with assert_query_count(f"customer.{tab}"):
                client.get(f"/customers/{code}/?tab={tab}")


@pytest.mark.django_db
class TestCustomerState:
    def post(self, client, action="block", reason="三张发票逾期"):
        return client.post("/customers/C1/state/", {"action": action, "reason": reason})

    def test_moves_and_says_so(self, visit, debtor):
        answer = self.post(visit("manager"))
        assert (answer.status_code, answer.url) == (302, "/customers/C1/")
        assert Customer.objects.get(code="C1").state == "BLOCKED"
        assert "三张发票逾期" in text_of(visit("auditor").get("/customers/C1/"))

    def test_the_blocker_cannot_lift_it(self, visit, debtor):
        self.post(visit("manager"))
        answer = self.post(visit("manager"), "unblock")
        assert answer.status_code == 403
        assert "cannot lift it" in answer.content.decode()
        assert Customer.objects.get(code="C1").state == "BLOCKED"

    def test_asks_for_a_reason(self, visit, debtor):
        answer = self.post(visit("manager"), reason="")
        assert answer.status_code == 422
        assert Customer.objects.get(code="C1").state == "ACTIVE"

    def test_does_not_close_what_still_owes(self, visit, debtor):
        answer = self.post(visit("manager"), "deactivate")
        assert answer.status_code == 409
        assert "still owed" in answer.content.decode()
        assert Customer.objects.get(code="C1").state == "ACTIVE"

    def test_refuses_a_step_that_does_not_exist(self, visit, debtor):
        assert self.post(visit("manager"), "explode").status_code == 409

    @pytest.mark.parametrize(
        "role", ["sales", "analyst", "finance", "collector", "executive", "admin"]
    )
    def test_is_refused_to_who_may_not(self, visit, debtor, role):
        assert self.post(visit(role)).status_code == 403
        assert Customer.objects.get(code="C1").state == "ACTIVE"


@pytest.mark.django_db
class TestTimeline:
    def test_tells_who_did_what_newest_first_and_filters(self, visit, people, debtor):
        log_contact(
            customer=debtor,
            actor=people.collector,
            as_of=business_today(),
            text="答应月底付款",
            happened_at=debtor.created_at,
            person="顾女士",
        )
        TestCustomerState().post(visit("manager"))
        body = visit("analyst").get("/api/v1/customers/C1/timeline/").json()
        assert set(body) == {"count", "next", "previous", "results"}
        texts = [row["text"] for row in body["results"]]
        assert "State changed from Active to On hold: 三张发票逾期" in texts
        assert "Phone with 顾女士: 答应月底付款" in texts
        contacts = visit("analyst").get("/api/v1/customers/C1/timeline/?kind=contacts").json()
        assert {row["kind"] for row in contacts["results"]} == {"contacts"}
        page = text_of(visit("analyst").get("/customers/C1/?tab=activity&kind=contacts"))
        assert "答应月底付款" in page
        assert "State changed" not in page

    def test_refuses_and_hides(self, visit, debtor):
        assert visit("outsider").get("/api/v1/customers/C1/timeline/").status_code == 404
        assert visit("admin").get("/api/v1/customers/C1/timeline/").status_code == 403
        bad = visit("analyst").get("/api/v1/customers/C1/timeline/?kind=x")
        assert (bad.status_code, bad.json()["code"]) == (422, "INVALID")
