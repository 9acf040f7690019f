"""The palette and the first page: what is found, for whom, how fast."""

import time
from decimal import Decimal

import pgtrigger
import pytest
from django.db import connection
from django.urls import reverse

from common.clock import business_today
from customers.models import Customer
from customers.names import derive_name_fields
from receivables.posting import InvoiceRow, post_invoices
from tests import cast
from tests.support import assert_query_count

HTMX = {"HX-Request": "true"}


@pytest.fixture
def customer(people):
    name = "宁波华锐精密机械有限公司"
    row = cast.make_customer(
        "C10394", name=name, name_en="", sales_owner=people.sales, **derive_name_fields(name)
    )
    post_invoices(
        [
            InvoiceRow(
                number="INV-261592",
                customer_id=row.pk,
                doc_date=business_today(),
                currency="CNY",
                net=Decimal(100),
                tax=Decimal(0),
                gross=Decimal(100),
                due_date=business_today(),
                nominal_due_date=business_today(),
            )
        ],
        company=cast.our_company(),
    )
    return row


def ask(client, query):
    answer = client.get("/search/", {"q": query}, headers=HTMX)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<html" not in page
    return page


@pytest.mark.django_db
class TestPalette:
    @pytest.mark.parametrize("query", ["nbhr", "宁波", "c10394", "ningbo"])
    def test_finds_a_customer_and_what_to_do_for_it(self, visit, customer, query):
        page = ask(visit("sales"), query)
        assert 'href="/customers/C10394/"' in page
        assert "Request limit for 宁波华锐精密机械有限公司" in page
        assert f"{reverse('limit_request_new')}?customer=C10394" in page
        assert "Check an order for 宁波华锐精密机械有限公司" in page

    def test_offers_only_what_the_person_may_do(self, visit, customer):
        page = ask(visit("finance"), "nbhr")
        assert "C10394" in page
        assert "Request limit" not in page
        assert "Check an order" not in page

    def test_finds_invoices_by_number_within_the_scope(self, visit, customer):
        assert "INV-261592" in ask(visit("sales"), "inv-26")
        assert "INV-261592" not in ask(visit("outsider"), "inv-26")
        assert "C10394" not in ask(visit("outsider"), "nbhr")

    def test_says_that_nothing_was_found_escaped(self, visit, customer):
        page = ask(visit("sales"), "<script>x</script>")
        assert "<script>x" not in page
        assert "Nothing found" in page

    def test_answers_an_empty_question_with_nothing(self, visit, customer):
        assert "C10394" not in ask(visit("sales"), " ")

    def test_is_a_page_without_script(self, visit, customer):
        answer = visit("sales").get("/search/?q=nbhr")
        assert "<html" in answer.content.decode()
        assert 'href="/customers/C10394/"' in answer.content.decode()

    def test_is_refused_to_the_administrator(self, visit, customer):
        assert visit("admin").get("/search/?q=nbhr", headers=HTMX).status_code == 403

    @pytest.mark.parametrize("rows", [3, 30])
    def test_runs_as_many_queries_for_many_rows_as_for_few(self, visit, people, rows):
        for n in range(rows):
            cast.make_customer(f"C{n}")
        client = visit("analyst")
        ask(client, "sample")
        with assert_query_count("palette"):
            assert "C1 " in ask(client, "sample")

    @pytest.mark.slow
    def test_answers_in_150_ms_among_50000_customers(self, visit, people):
        cast.make_customer("BASE", uscc="")
        own = {
            "code": "'K' || lpad(n::text, 5, '0')",
            "name": "words[mod(n, 5) + 1] || words[mod(n / 10, 5) + 1] || n || '有限公司'",
            "normalised_name": "words[mod(n, 5) + 1] || words[mod(n / 10, 5) + 1] || n || '有限公司'",
            "pinyin": "'ning bo hua rui ' || n",
            "pinyin_initials": "'nbhr' || n",
        }
        columns = [f.column for f in Customer._meta.concrete_fields if not f.primary_key]
        values = [own.get(column, column) for column in columns]
        with pgtrigger.ignore(), connection.cursor() as cursor:
            cursor.execute(
                f"insert into customers_customer ({', '.join(columns)})"
                f" select {', '.join(values)} from customers_customer,"
                " generate_series(0, 49999) as n,"
                " (select array['宁波', '华锐', '无锡', '顺发', '包装'] as words) as w"
            )
            cursor.execute("analyze customers_customer")
        client = visit("analyst")
        ask(client, "K00001")
        took = []
        for query in ("K04999", "nbhr4999", "宁波华锐", "无锡顺发4321", "没有这家"):
            start = time.perf_counter()
            ask(client, query)
            took.append(time.perf_counter() - start)
        assert sorted(took)[len(took) // 2] < 0.15, took
