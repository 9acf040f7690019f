"""The sample portfolio: the same again from the same seed, marked as a sample, and in order."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import F, Sum

from collection.models import DunningNotice, PromiseToPay
from common.bulk import fetch_rows
from common.dates import add_months
from common.identifiers import check_uscc
from credit_control.models import CreditLimit, LimitRequest, OrderCheck, Reservation
from credit_mgmt.demo.accounts import draw_statements, list_year_ends
from credit_mgmt.demo.books import Trader, plan_books
from credit_mgmt.demo.habits import HABITS, choose_habit
from credit_mgmt.demo.names import make_registration, name_company
from credit_mgmt.demo.people import find_password
from credit_mgmt.demo.portfolio import AlreadyFilled, load_portfolio
from credit_mgmt.nightly import run_night
from customers.models import Contact, Customer
from dashboards.models import ExposureSnapshot
from receivables.domain.terms import PaymentTerm, TermKind
from receivables.models import AgingSnapshot, Application, DueLine, Invoice, Order, Receipt
from scoring.domain.statements.identities import check_identities, has_errors
from scoring.models import FiveCAssessment, Rating, Statement
from scoring.selectors.statements import to_figures
from users.models import User

AS_OF = date(2026, 11, 24)
DIGESTS = {
    "customers": "select code, name, uscc, state, region from customers_customer order by code",
    "invoices": """select number, doc_type, doc_date, gross, due_date, open_amount
        from receivables_invoice i join receivables_dueline l on l.invoice_id = i.id
        order by number""",
    "receipts": "select number, value_date, amount, unapplied_amount, state"
    " from receivables_receipt order by number",
    "limits": """select c.code, l.kind, l.amount, l.valid_from, l.state from credit_creditlimit l
        join credit_creditaccount a on a.id = l.account_id
        join customers_customer c on c.id = a.customer_id order by 1, 2, 4""",
    "ratings": """select c.code, r.as_of, r.grade, r.modifier, r.score from scoring_rating r
        join customers_customer c on c.id = r.customer_id order by 1, 2, r.id""",
    "notices": "select key, level, total, state from collection_dunningnotice order by key",
    "checks": "select order_no, decision, amount from credit_ordercheck order by order_no",
}


def read_digests() -> dict[str, list[Any]]:
    return {name: fetch_rows(sql) for name, sql in DIGESTS.items()}


class TestPlanBooks:
    def make_traders(self, count: int) -> list[Trader]:
        term = PaymentTerm(TermKind.NET, days=30)
        return [
            Trader(n, f"C{n}", f"N{n}", f"A{n}", choose_habit(n, count), 50_000.0, term)
            for n in range(count)
        ]

    def test_gives_three_hundred_customers_ten_thousand_documents(self) -> None:
        books = plan_books(self.make_traders(300), seed=1, as_of=AS_OF)
        assert 9_500 <= len(books.documents) <= 10_500

    def test_never_pays_more_than_is_owed_nor_in_the_future(self) -> None:
        books = plan_books(self.make_traders(60), seed=3, as_of=AS_OF)
        start = add_months(AS_OF, -24)
        for document in books.documents:
            assert start < document.doc_date <= AS_OF
            if document.corrects is None:
                assert 0 <= document.open <= document.gross
        for payment in books.payments:
            assert payment.value_date <= AS_OF
            assert payment.amount > 0
            assert all(payment.value_date > d.doc_date for d, _amount in payment.parts)

    def test_deals_out_every_habit(self) -> None:
        for count in (7, 40, 300):
            found = Counter(choose_habit(n, count).code for n in range(count))
            assert set(found) == {habit.code for habit in HABITS}


class TestNames:
    def test_are_unique_and_marked(self) -> None:
        names = [name_company(n, Random(f"{n}")) for n in range(3000)]
        assert len({name.zh for name in names}) == len({name.en for name in names}) == 3000
        assert all(name.zh.startswith("示例") and name.en.startswith("Sample ") for name in names)

    def test_registrations_are_well_formed_and_unique(self) -> None:
        made = [make_registration(n, name_company(n, Random(n)).place) for n in range(2000)]
        assert len(set(made)) == 2000
        assert all(check_uscc(code).valid and check_uscc(code).org_check_ok for code in made)


class TestDrawStatements:
    @pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.code)
    def test_satisfy_every_identity(self, habit: Any) -> None:
        for n in range(12):
            prior = None
            for year_end, lines in draw_statements(habit, 4e6 * (n + 1), Random(n), AS_OF):
                header = {
                    "months": 12,
                    "form": "FULL",
                    "opinion": "UNQUALIFIED",
                    "currency": "CNY",
                    "consolidated": False,
                    "non_comparable": "",
                    "source": "CUSTOMER",
                    "complete": True,
                    "period_end": year_end,
                }
                figures = to_figures(header, lines)
                assert not has_errors(check_identities(figures, prior))
                prior = figures

    def test_year_ends_are_out_by_the_date(self) -> None:
        assert list_year_ends(date(2026, 4, 30))[-1] == date(2024, 12, 31)
        assert list_year_ends(date(2026, 5, 1))[-1] == date(2025, 12, 31)


@pytest.mark.django_db
class TestLoadPortfolio:
    def test_gives_the_same_rows_from_the_same_seed(self) -> None:
        from django.db import transaction

        def load(seed: int) -> dict[str, list[Any]]:
            found: dict[str, list[Any]] = {}
            with transaction.atomic():
                load_portfolio(customers=14, seed=seed, as_of=AS_OF)
                found = read_digests()
                transaction.set_rollback(True)
            return found

        first, again, other = load(5), load(5), load(6)
        for name, rows in first.items():
            assert rows, name
            assert again[name] == rows, name
        assert other["invoices"] != first["invoices"]

    def test_fills_every_room(self) -> None:
        loaded = load_portfolio(customers=80, seed=1, as_of=AS_OF)
        assert loaded.counts["customers"] == Customer.objects.count() == 80
        assert loaded.counts["documents"] == Invoice.objects.count()
        assert not Customer.objects.exclude(name__startswith="示例").exists()
        assert not Customer.objects.exclude(name_en__startswith="Sample ").exists()
        states = set(Customer.objects.values_list("state", flat=True))
        assert states >= {"ACTIVE", "WATCH", "BLOCKED", "PROSPECT"}
        assert Contact.objects.filter(language="en").exists()
        assert Contact.objects.filter(language="zh-hans").exists()
        assert Statement.objects.filter(doubtful=True).count() == 0
        assert (
            FiveCAssessment.objects.exclude(confirmed_by=None)
            .exclude(confirmed_by=F("drafted_by"))
            .count()
            == FiveCAssessment.objects.count()
            > 0
        )
        assert Rating.objects.values("grade").distinct().count() >= 4
        assert CreditLimit.objects.filter(state="ACTIVE", kind="TOTAL").exists()
        assert LimitRequest.objects.filter(state="IN_APPROVAL").exists()
        assert set(OrderCheck.objects.values_list("decision", flat=True)) >= {"RELEASED", "BLOCKED"}
        assert Reservation.objects.filter(state="ACTIVE").exists()
        assert Order.objects.filter(state="OPEN").exists()
        assert set(Receipt.objects.values_list("state", flat=True)) >= {
            "APPLIED",
            "IDENTIFIED",
            "UNIDENTIFIED",
        }
        assert DueLine.objects.filter(disputed_amount__gt=0).exists()
        assert DunningNotice.objects.filter(state="SENT").exists()
        assert set(PromiseToPay.objects.values_list("state", flat=True)) >= {"KEPT", "BROKEN"}
        days = set(AgingSnapshot.objects.values_list("as_of", flat=True))
        assert len(days) == 13
        assert days == set(ExposureSnapshot.objects.values_list("as_of", flat=True))
        assert User.objects.filter(username="sales").exists()
        assert Customer.objects.filter(sales_owner__username="sales").exists()

    def test_keeps_the_books_right(self) -> None:
        load_portfolio(customers=20, seed=2, as_of=AS_OF)
        wrong = fetch_rows(
            """select l.id from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
            where l.open_amount <> (select sum(p.amount) from receivables_posting p
                where p.due_line_id = l.id)
            or exists (select from receivables_application a
                where a.due_line_id = l.id and a.applied_on < i.posting_date)"""
        )
        assert wrong == []
        paid = Application.objects.exclude(receipt=None).aggregate(s=Sum("amount"))["s"]
        money = Receipt.objects.aggregate(a=Sum("amount"), u=Sum("unapplied_amount"))
        assert money["a"] - money["u"] == paid

    def test_is_refused_where_customers_are(self) -> None:
        Customer.objects.create(code="X", name="X", normalised_name="X")
        with pytest.raises(AlreadyFilled):
            load_portfolio(customers=3, seed=1, as_of=AS_OF)
        with pytest.raises(CommandError, match="holds customers already"):
            call_command("demo", customers=3, stdout=StringIO(), stderr=StringIO())
        assert Customer.objects.count() == 1

    def test_the_night_after_it_changes_nothing(self) -> None:
        load_portfolio(customers=12, seed=1, as_of=AS_OF)
        before = read_digests()
        run_night(as_of=AS_OF)
        assert read_digests() == before


@pytest.mark.django_db
class TestCommands:
    def test_demo_prints_what_it_loaded(self) -> None:
        out = StringIO()
        call_command("demo", customers=7, seed=1, as_of=AS_OF, stdout=out, stderr=StringIO())
        words = out.getvalue().split()
        assert words[words.index("customers") + 1] == "7"

    def test_has_data_tells_by_its_exit_status(self) -> None:
        with pytest.raises(SystemExit) as none:
            call_command("has_data")
        assert none.value.code == 3
        Customer.objects.create(code="X", name="X", normalised_name="X")
        call_command("has_data")

    def test_demo_logins_work_with_the_password_printed(
        self, client: Any, settings: Any, tmp_path: Path
    ) -> None:
        settings.DATA_DIR = tmp_path
        out = StringIO()
        call_command("demo_logins", create=True, stdout=out)
        (tmp_path / "demo_password").write_text(out.getvalue())
        password = find_password()
        assert len(password) >= 16
        for name in (
            "sales",
            "analyst",
            "manager",
            "finance",
            "collector",
            "executive",
            "auditor",
            "admin",
        ):
            assert name in out.getvalue()
            assert User.objects.get(username=name).check_password(password)
        again = StringIO()
        call_command("demo_logins", create=True, stdout=again)
        assert password in again.getvalue()

    def test_password_is_random_and_nowhere_in_the_code(self, tmp_path: Path) -> None:
        assert find_password(tmp_path) != find_password(tmp_path)
        assert not User.objects.filter(username="analyst.lin").exists()
        assert settings.BASE_DIR

    def test_colleagues_cannot_sign_in(self) -> None:
        load_portfolio(customers=3, seed=1, as_of=AS_OF + timedelta(days=1))
        colleague = User.objects.get(username="analyst.lin")
        assert not colleague.has_usable_password()
        assert Decimal(Invoice.objects.aggregate(s=Sum("gross"))["s"]) > 0
