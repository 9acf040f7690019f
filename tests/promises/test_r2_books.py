"""Promise R2: whatever is done with documents and money, the books add up to the cent.

A random ledger over a real PostgreSQL: after each step every check of `check_books` passes, and the
aging from the database equals the pure reference at days in the past. `BOOKS_MACHINES` and
`BOOKS_STEPS` make the run longer (the nightly one: 500 × 50).
"""

import os
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import ClassVar

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from common.errors import CreditError
from common.workdays import Convention
from credit_mgmt.reference import seed_reference_data
from receivables.domain.aging import AgedCredit, AgedItem, AgingBasis, AgingPolicy, age_items
from receivables.domain.settlement import Application as PureApplication
from receivables.models import Application, DueLine, Invoice, Posting, Receipt
from receivables.selectors import get_aging
from receivables.selectors.books import list_differences
from receivables.services import (
    apply_amounts,
    apply_credit_note,
    apply_receipt,
    return_receipt,
    reverse_application,
    reverse_invoice,
)
from tests import cast
from tests.receivables import books

pytestmark = [pytest.mark.django_db, pytest.mark.promise("R2")]

START = date(2026, 1, 5)
EDGES = (30, 60, 90, 180)
amounts = st.decimals("0.01", "500.00", places=2)
days = st.integers(0, 240)
picks = st.integers(0, 10_000)


def on(day):
    return START + timedelta(days=day)


class Ledger(RuleBasedStateMachine):
    """Steps that people and banks take, in any order and on any day."""

    numbers: ClassVar[int] = 0

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.savepoint()
        Ledger.numbers += 1
        self.buyer = cast.make_customer(f"L{Ledger.numbers}")
        self.other = cast.make_customer(f"M{Ledger.numbers}")
        self.count = 0

    def teardown(self):
        transaction.savepoint_rollback(self.savepoint)

    def number(self, prefix):
        self.count += 1
        return f"{prefix}-{Ledger.numbers}-{self.count}"

    def pick(self, queryset, at):
        rows = list(queryset.order_by("pk"))
        return rows[at % len(rows)] if rows else None

    @rule(amount=amounts, day=days, term=st.integers(0, 90), parts=st.integers(1, 3))
    def invoice(self, amount, day, term, parts):
        share = (amount / parts).quantize(Decimal("0.01"))
        rest = amount - share * (parts - 1)
        split = [share] * (parts - 1) + [rest]
        if min(split) <= 0:
            split = [amount]
        due = [(str(part), on(day + term + 30 * n)) for n, part in enumerate(split)]
        books.invoice(self.buyer, self.number("I"), str(amount), day=on(day), instalments=due)

    @rule(amount=amounts, day=days)
    def credit_note(self, amount, day):
        books.invoice(self.buyer, self.number("C"), f"-{amount}", day=on(day), doc_type="CN")

    @rule(amount=amounts, day=days, at=picks, names=st.booleans())
    def receipt(self, amount, day, at, names):
        named = self.pick(Invoice.objects.filter(customer=self.buyer, doc_type="INV"), at)
        text = named.number if names and named else ""
        books.receipt(self.buyer, self.number("R"), str(amount), day=on(day), remittance=text)

    @precondition(lambda self: self.count > 1)
    @rule(at=picks, day=days)
    def apply_by_rule(self, at, day):
        money = self.pick(Receipt.objects.filter(customer=self.buyer), at)
        if money:
            self.attempt(lambda: apply_receipt(receipt=money, as_of=on(day)))

    @precondition(lambda self: self.count > 1)
    @rule(at=picks, to=picks, amount=amounts, day=days)
    def apply_by_hand(self, at, to, amount, day):
        money = self.pick(Receipt.objects.filter(customer=self.buyer), at)
        line = self.pick(DueLine.objects.filter(customer=self.buyer), to)
        if money and line:
            parts = [(line.pk, amount)]
            self.attempt(lambda: apply_amounts(receipt=money, parts=parts, applied_on=on(day)))

    @precondition(lambda self: self.count > 1)
    @rule(at=picks, to=picks, amount=amounts, day=days)
    def use_credit_note(self, at, to, amount, day):
        note = self.pick(DueLine.objects.filter(customer=self.buyer, amount__lt=0), at)
        line = self.pick(DueLine.objects.filter(customer=self.buyer, amount__gt=0), to)
        if note and line:
            parts = [(line.pk, amount)]
            self.attempt(
                lambda: apply_credit_note(credit_line=note, parts=parts, applied_on=on(day))
            )

    @precondition(lambda self: self.count > 2)
    @rule(at=picks, day=days)
    def undo(self, at, day):
        found = self.pick(Application.objects.filter(due_line__customer=self.buyer), at)
        if found:
            self.attempt(
                lambda: reverse_application(application=found, as_of=on(day), reason="undo")
            )

    @precondition(lambda self: self.count > 1)
    @rule(at=picks, day=days)
    def bounce(self, at, day):
        money = self.pick(Receipt.objects.filter(customer=self.buyer), at)
        if money:
            self.attempt(lambda: return_receipt(receipt=money, as_of=on(day), reason="bounced"))

    @precondition(lambda self: self.count > 1)
    @rule(at=picks, day=days)
    def take_back(self, at, day):
        found = self.pick(Invoice.objects.filter(customer=self.buyer), at)
        if found:
            self.attempt(lambda: reverse_invoice(invoice=found, as_of=on(day), reason="wrong"))

    @rule(amount=amounts, day=days, at=picks)
    def pay_for_another(self, amount, day, at):
        """Money of one customer never lands on another's items."""
        line = self.pick(DueLine.objects.filter(customer=self.buyer), at)
        money = books.receipt(self.other, self.number("X"), str(amount), day=on(day))
        if line:
            with pytest.raises(CreditError), transaction.atomic():
                apply_amounts(receipt=money, parts=[(line.pk, amount)], applied_on=on(day))

    def attempt(self, deed):
        """Do it, or be refused with nothing changed."""
        before = (Application.objects.count(), Posting.objects.count())
        try:
            with transaction.atomic():
                deed()
        except CreditError:
            assert before == (Application.objects.count(), Posting.objects.count())

    @invariant()
    def books_add_up(self):
        assert list_differences() == []

    @rule(day=st.integers(-5, 300), basis=st.sampled_from(["due", "invoice"]))
    def aging_equals_the_reference(self, day, basis):
        report = get_aging(as_of=on(day), basis=basis, edges=EDGES)
        pure = self.reference(on(day), basis)
        row = {r.key: r for r in report.rows}.get(self.buyer.code)
        found = report.amounts_of(row) if row else (Decimal(0),) * len(report.ranges)
        assert list(found) == list(pure.buckets.values())
        assert (row.unapplied if row else 0) == pure.unapplied_credits
        assert (row.total if row else 0) == pure.total_net

    def reference(self, as_of, basis):
        """Ask the pure rule with the facts alone: documents, receipts, applications."""
        lines = DueLine.objects.filter(customer=self.buyer).select_related("invoice")
        ups = {line.pk: line for line in lines if line.due_date}
        downs = {line.pk: line for line in lines if not line.due_date}
        items = [
            AgedItem(f"L{pk}", li.invoice.doc_date, li.invoice.posting_date, li.due_date, li.amount)
            for pk, li in ups.items()
        ]
        credits = [
            AgedCredit(f"L{pk}", li.invoice.posting_date, -li.amount) for pk, li in downs.items()
        ] + [
            AgedCredit(f"R{r.pk}", r.posting_date, r.amount, r.returned_on)
            for r in Receipt.objects.filter(customer=self.buyer)
        ]
        moves = [
            PureApplication(
                f"L{a.due_line_id}",
                f"R{a.receipt_id}" if a.receipt_id else f"L{a.credit_line_id}",
                a.applied_on,
                a.amount,
            )
            for a in Application.objects.filter(due_line__customer=self.buyer)
        ]
        # A mirror of a credit note is a credit of negative amount: what is put on it, it loses.
        mirrored = [
            PureApplication("", m.item, m.applied_date, -m.amount)
            for m in moves
            if int(m.item[1:]) in downs
        ]
        policy = AgingPolicy(
            EDGES,
            AgingBasis.DUE if basis == "due" else AgingBasis.DOC,
            convention=Convention.NONE,
        )
        return age_items(items, credits, [*moves, *mirrored], policy, as_of=as_of)


def test_books_add_up_whatever_is_done():
    seed_reference_data()
    run_machine(
        Ledger,
        settings=settings(
            max_examples=int(os.environ.get("BOOKS_MACHINES", "15")),
            stateful_step_count=int(os.environ.get("BOOKS_STEPS", "25")),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class TestCheckBooks:
    """The recount finds what is wrong: a check that never fails proves nothing."""

    def damage(self, sql):
        with connection.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")
            cursor.execute(sql)
            cursor.execute("set session_replication_role = origin")

    def run(self):
        out = StringIO()
        try:
            call_command("check_books", stdout=out, stderr=StringIO())
        except SystemExit as stop:
            return stop.code, out.getvalue()
        return 0, out.getvalue()

    @pytest.fixture(autouse=True)
    def _books(self, reference):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "100.00", day=START, due=on(30))
        books.invoice(buyer, "INV-2", "50.00", day=START, due=on(30))
        money = books.receipt(buyer, "R-1", "100.00", day=on(31), remittance="INV-1")
        apply_receipt(receipt=money, as_of=on(31))

    def test_says_nothing_when_the_books_add_up(self):
        code, text = self.run()
        assert (code, "no difference" in text) == (0, True)

    @pytest.mark.parametrize(
        ("sql", "row"),
        [
            ("update receivables_invoice set gross = 101 where number = 'INV-1'", "INV-1"),
            (
                "update receivables_dueline set open_amount = 40 where open_amount = 50",
                "INV-2/1",
            ),
            (
                "update receivables_dueline set closed_on = '2026-12-31'"
                " where closed_on is not null",
                "INV-1/1",
            ),
            ("update receivables_receipt set unapplied_amount = 1", "R-1"),
            ("update receivables_receipt set state = 'IDENTIFIED'", "R-1"),
            ("delete from receivables_application", "R-1"),
            ("delete from receivables_posting where receipt_id is not null", "R-1"),
            ("update receivables_posting set amount = amount + 0.01", "HY CNY"),
            ("update receivables_posting set closed_on = '9999-12-31'", "expected"),
            ("update receivables_posting set currency = 'USD'", "expected"),
            ("update receivables_dueline set disputed_amount = 1 where open_amount = 50", "INV-2"),
        ],
    )
    def test_names_the_row_that_was_tampered_with(self, sql, row):
        self.damage(sql)
        code, text = self.run()
        assert code == 1
        assert row in text

    @pytest.mark.parametrize(
        "sql",
        [
            "update receivables_invoice set gross = 1",
            "delete from receivables_invoice",
            "update receivables_dueline set amount = 1",
            "delete from receivables_dueline",
            "update receivables_receipt set amount = 1",
            "update receivables_application set amount = 1",
            "delete from receivables_application",
            "update receivables_posting set amount = 1",
            "delete from receivables_posting",
            "update receivables_dueline set open_amount = -1",
            "update receivables_dueline set open_amount = 1000",
            "update receivables_receipt set unapplied_amount = 1000",
        ],
    )
    def test_facts_cannot_be_edited_even_by_sql(self, sql):
        refused = pytest.raises(Exception, match="pgtrigger|violates")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
