"""Applying, undoing, returning, disputing: on a real PostgreSQL, to the cent."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from common.errors import Conflict, InvalidInput, NotAllowed, TransitionNotAllowed
from common.models import Event
from receivables.domain.settlement import OverApplied
from receivables.models import AgingSnapshot, Application, DueLine, Invoice, Order, Posting, Receipt
from receivables.selectors import get_aging, get_proposal
from receivables.services import (
    apply_amounts,
    apply_credit_note,
    apply_receipt,
    close_dispute,
    identify_receipt,
    record_dispute,
    record_receipt,
    return_receipt,
    reverse_application,
    reverse_invoice,
    set_order_credit_status,
    snapshot_aging,
    update_order_value,
)
from receivables.services.applying import AlreadyReversed, NothingToApply
from tests import cast
from tests.cast import our_company
from tests.receivables import books

pytestmark = pytest.mark.django_db

JAN, FEB, MAR, APR = date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5), date(2026, 4, 6)


@pytest.fixture
def buyer(reference):
    return cast.make_customer("C001")


def open_of(number):
    return books.line(number).open_amount


class TestApplyReceipt:
    def test_pays_the_item_named_in_the_text(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        books.invoice(buyer, "INV-2", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "100.00", day=MAR, remittance="pays INV-2")
        proposal = apply_receipt(receipt=money, as_of=MAR)
        assert proposal.match.rule == "M3_REFERENCE_EXACT"
        assert (open_of("INV-1"), open_of("INV-2")) == (Decimal(100), Decimal(0))
        money.refresh_from_db()
        assert (money.state, money.unapplied_amount) == ("APPLIED", Decimal(0))
        assert money.match_rule == "M3_REFERENCE_EXACT"
        assert books.line("INV-2").closed_on == MAR

    def test_only_suggests_between_two_of_the_same_amount(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        books.invoice(buyer, "INV-2", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "100.00", day=MAR)
        proposal = apply_receipt(receipt=money, as_of=MAR)
        assert proposal.match.rule == "SUGGEST_AMOUNT_AMBIGUOUS"
        assert len(proposal.candidates) == 2
        assert Application.objects.count() == 0
        money.refresh_from_db()
        assert (money.state, money.match_rule) == ("IDENTIFIED", "SUGGEST_AMOUNT_AMBIGUOUS")

    def test_pays_the_oldest_first_only_where_the_customer_agreed(self, buyer):
        books.invoice(buyer, "INV-1", "70.00", day=JAN, due=FEB)
        books.invoice(buyer, "INV-2", "80.00", day=JAN, due=MAR)
        money = books.receipt(buyer, "R-1", "100.00", day=MAR)
        assert apply_receipt(receipt=money, as_of=MAR).match.rule == "M8_ON_ACCOUNT"
        assert open_of("INV-1") == Decimal(70)
        buyer.apply_oldest_first = True
        buyer.save(update_fields=["apply_oldest_first"])
        assert apply_receipt(receipt=money, as_of=MAR).match.rule == "M7_OLDEST_FIRST"
        assert (open_of("INV-1"), open_of("INV-2")) == (Decimal(0), Decimal(50))

    def test_clears_the_account_with_its_credit_note(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        books.invoice(buyer, "CN-1", "-10.00", day=JAN, doc_type="CN")
        money = books.receipt(buyer, "R-1", "90.00", day=MAR)
        assert apply_receipt(receipt=money, as_of=MAR).match.rule == "M5_CLEAR_ACCOUNT"
        assert (open_of("INV-1"), open_of("CN-1")) == (0, 0)
        sources = Application.objects.order_by("pk").values_list(
            "receipt__number", "credit_line__invoice__number", "amount"
        )
        assert list(sources) == [(None, "CN-1", Decimal(10)), ("R-1", None, Decimal(90))]

    def test_posts_a_small_shortfall_away_with_a_document(self, buyer):
        books.invoice(buyer, "INV-1", "1000.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "995.00", day=MAR, remittance="INV-1")
        apply_receipt(receipt=money, as_of=MAR)
        assert open_of("INV-1") == 0
        note = Invoice.objects.get(doc_type="CN")
        assert (note.gross, note.reference_no) == (Decimal(-5), "INV-1")
        assert Event.objects.filter(code="receivables.difference.posted").count() == 1

    def test_finds_nothing_on_a_day_before_the_invoice(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=MAR, due=APR)
        money = books.receipt(buyer, "R-1", "100.00", day=FEB, remittance="INV-1")
        assert apply_receipt(receipt=money, as_of=FEB).match.rule == "M8_ON_ACCOUNT"

    def test_is_refused_to_who_may_not(self, people):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "100.00", day=MAR)
        for person in (people.sales, people.collector, people.manager, people.admin):
            with pytest.raises(NotAllowed):
                apply_receipt(receipt=money, as_of=MAR, actor=person)
        assert open_of("INV-1") == Decimal(100)


class TestApplyAmounts:
    def test_moves_exactly_what_was_said_and_tells(self, people):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "50.00", day=MAR)
        apply_amounts(
            receipt=money,
            parts=[(books.line("INV-1").pk, Decimal("30.00"))],
            applied_on=MAR,
            actor=people.finance,
        )
        assert open_of("INV-1") == Decimal(70)
        event = Event.objects.get(code="receivables.receipt.applied")
        assert (event.actor, event.before, event.after["unapplied"]) == (
            people.finance,
            {"unapplied": "50.000"},
            "20.000",
        )
        postings = Posting.objects.filter(posted_on=MAR).order_by("pk")
        assert sum(p.amount for p in postings) == Decimal(-50)

    @pytest.mark.parametrize("amount", ["100.01", "0", "-1.00", "0.001"])
    def test_refuses_more_than_is_open_and_less_than_a_cent(self, buyer, amount):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "500.00", day=MAR)
        with pytest.raises((OverApplied, InvalidInput)):
            apply_amounts(
                receipt=money,
                parts=[(books.line("INV-1").pk, Decimal(amount))],
                applied_on=MAR,
            )
        assert open_of("INV-1") == Decimal(100)
        assert Application.objects.count() == 0

    def test_refuses_what_a_past_day_could_not_bear(self, buyer):
        """Open 100 again since March; in February it was paid, so February can take nothing."""
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        first = books.receipt(buyer, "R-1", "100.00", day=JAN)
        line = books.line("INV-1")
        apply_amounts(receipt=first, parts=[(line.pk, Decimal(100))], applied_on=JAN)
        reverse_application(application=Application.objects.get(), as_of=MAR, reason="wrong")
        second = books.receipt(buyer, "R-2", "100.00", day=JAN)
        with pytest.raises(OverApplied):
            apply_amounts(receipt=second, parts=[(line.pk, Decimal(100))], applied_on=FEB)
        apply_amounts(receipt=second, parts=[(line.pk, Decimal(100))], applied_on=MAR)
        assert open_of("INV-1") == 0

    def test_refuses_another_customer_and_another_currency(self, buyer):
        other = cast.make_customer("C002")
        books.invoice(other, "INV-1", "100.00", day=JAN, due=FEB)
        books.invoice(buyer, "INV-2", "100.00", day=JAN, due=FEB, currency="USD")
        money = books.receipt(buyer, "R-1", "100.00", day=MAR)
        for number in ("INV-1", "INV-2"):
            with pytest.raises(InvalidInput):
                apply_amounts(
                    receipt=money,
                    parts=[(books.line(number).pk, Decimal(1))],
                    applied_on=MAR,
                )
        assert Application.objects.count() == 0

    def test_refuses_the_same_item_twice_an_unknown_one_and_none(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "100.00", day=MAR)
        pk = books.line("INV-1").pk
        for parts in ([(pk, Decimal(1)), (pk, Decimal(2))], [(pk + 1, Decimal(1))], []):
            with pytest.raises(InvalidInput):
                apply_amounts(receipt=money, parts=parts, applied_on=MAR)

    def test_refuses_money_of_an_unknown_payer_and_used_up_money(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        pk = books.line("INV-1").pk
        stray = books.receipt(None, "R-1", "100.00", day=MAR)
        with pytest.raises(NothingToApply):
            apply_amounts(receipt=stray, parts=[(pk, Decimal(1))], applied_on=MAR)
        spent = books.receipt(buyer, "R-2", "10.00", day=MAR)
        apply_amounts(receipt=spent, parts=[(pk, Decimal(10))], applied_on=MAR)
        with pytest.raises(NothingToApply):
            apply_amounts(receipt=spent, parts=[(pk, Decimal(1))], applied_on=MAR)


class TestApplyCreditNote:
    def test_pays_an_invoice_without_money(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        books.invoice(buyer, "CN-1", "-30.00", day=FEB, doc_type="CN")
        apply_credit_note(
            credit_line=books.line("CN-1"),
            parts=[(books.line("INV-1").pk, Decimal(30))],
            applied_on=FEB,
        )
        assert (open_of("INV-1"), open_of("CN-1")) == (Decimal(70), 0)

    def test_refuses_what_is_no_credit_note_and_more_than_it_has(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        books.invoice(buyer, "INV-2", "100.00", day=JAN, due=FEB)
        books.invoice(buyer, "CN-1", "-30.00", day=FEB, doc_type="CN")
        target = books.line("INV-1").pk
        with pytest.raises(InvalidInput):
            apply_credit_note(
                credit_line=books.line("INV-2"), parts=[(target, Decimal(1))], applied_on=FEB
            )
        with pytest.raises(OverApplied):
            apply_credit_note(
                credit_line=books.line("CN-1"), parts=[(target, Decimal(31))], applied_on=FEB
            )


class TestReverseApplication:
    def test_reopens_from_its_day_and_keeps_both_rows(self, people):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "100.00", day=FEB)
        apply_receipt(receipt=money, as_of=FEB)
        reverse_application(
            application=Application.objects.get(),
            as_of=MAR,
            reason="wrong customer",
            actor=people.finance,
        )
        assert open_of("INV-1") == Decimal(100)
        money.refresh_from_db()
        assert (money.state, money.unapplied_amount) == ("IDENTIFIED", Decimal(100))
        assert list(Application.objects.order_by("pk").values_list("amount", flat=True)) == [
            Decimal(100),
            Decimal(-100),
        ]
        assert get_aging(as_of=FEB).totals.items == 0
        assert get_aging(as_of=MAR).totals.items == Decimal(100)
        event = Event.objects.get(code="receivables.application.reversed")
        assert (event.reason, event.actor) == ("wrong customer", people.finance)

    def test_refuses_twice_too_early_and_without_reason(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "100.00", day=FEB)
        apply_receipt(receipt=money, as_of=FEB)
        application = Application.objects.get()
        for as_of, reason in ((JAN, "early"), (MAR, "  ")):
            with pytest.raises(InvalidInput):
                reverse_application(application=application, as_of=as_of, reason=reason)
        undone = reverse_application(application=application, as_of=MAR, reason="wrong")
        with pytest.raises(AlreadyReversed):
            reverse_application(application=application, as_of=MAR, reason="again")
        with pytest.raises(Conflict):
            reverse_application(application=undone, as_of=MAR, reason="undo the undoing")

    def test_is_refused_to_a_collector(self, people):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "100.00", day=FEB)
        apply_receipt(receipt=money, as_of=FEB)
        with pytest.raises(NotAllowed):
            reverse_application(
                application=Application.objects.get(),
                as_of=MAR,
                reason="no",
                actor=people.collector,
            )
        assert open_of("INV-1") == 0


class TestReturnReceipt:
    def test_reopens_what_it_paid_from_that_day_only(self, buyer):
        books.invoice(buyer, "INV-1", "60.00", day=JAN, due=FEB)
        books.invoice(buyer, "INV-2", "30.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "100.00", day=FEB, remittance="INV-1 INV-2")
        apply_receipt(receipt=money, as_of=FEB)
        return_receipt(receipt=money, as_of=MAR, reason="account closed")
        money.refresh_from_db()
        assert (money.state, money.unapplied_amount, money.returned_on) == ("RETURNED", 0, MAR)
        assert (open_of("INV-1"), open_of("INV-2")) == (Decimal(60), Decimal(30))
        before, after = get_aging(as_of=FEB), get_aging(as_of=MAR)
        assert (before.totals.items, before.totals.unapplied) == (0, Decimal(10))
        assert (after.totals.items, after.totals.unapplied) == (Decimal(90), 0)
        assert after.totals.total == Decimal(90)

    def test_takes_back_the_small_difference_with_it(self, buyer):
        books.invoice(buyer, "INV-1", "1000.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "995.00", day=FEB, remittance="INV-1")
        apply_receipt(receipt=money, as_of=FEB)
        return_receipt(receipt=money, as_of=MAR, reason="bounced")
        assert open_of("INV-1") == Decimal(1000)

    def test_refuses_twice_and_leaves_nothing_to_apply(self, buyer):
        books.invoice(buyer, "INV-1", "60.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "60.00", day=FEB)
        return_receipt(receipt=money, as_of=MAR, reason="bounced")
        with pytest.raises(TransitionNotAllowed):
            return_receipt(receipt=money, as_of=MAR, reason="bounced")
        assert apply_receipt(receipt=money, as_of=MAR) is None
        with pytest.raises(TransitionNotAllowed):
            apply_amounts(
                receipt=money, parts=[(books.line("INV-1").pk, Decimal(1))], applied_on=MAR
            )

    def test_refuses_a_day_before_the_money_came(self, buyer):
        money = books.receipt(buyer, "R-1", "60.00", day=FEB)
        with pytest.raises(InvalidInput):
            return_receipt(receipt=money, as_of=JAN, reason="bounced")


class TestReverseInvoice:
    def test_clears_both_documents_on_that_day(self, buyer):
        origin = books.invoice(
            buyer, "INV-1", "100.00", day=JAN, instalments=[("40.00", FEB), ("60.00", MAR)]
        )
        mirror = reverse_invoice(invoice=origin, as_of=APR, reason="billed twice")
        assert (mirror.number, mirror.gross, mirror.reverses) == (
            "REV-INV-1",
            Decimal(-100),
            origin,
        )
        assert set(DueLine.objects.values_list("open_amount", "closed_on")) == {(Decimal(0), APR)}
        assert get_aging(as_of=MAR).totals.total == Decimal(100)
        assert get_aging(as_of=APR).count == 0

    def test_takes_a_credit_note_back(self, buyer):
        note = books.invoice(buyer, "CN-1", "-30.00", day=FEB, doc_type="CN")
        reverse_invoice(invoice=note, as_of=MAR, reason="not agreed")
        assert get_aging(as_of=FEB).totals.total == Decimal(-30)
        assert get_aging(as_of=MAR).count == 0

    def test_refuses_while_something_is_applied_and_twice(self, buyer):
        origin = books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = books.receipt(buyer, "R-1", "40.00", day=FEB)
        apply_amounts(receipt=money, parts=[(books.line("INV-1").pk, Decimal(40))], applied_on=FEB)
        with pytest.raises(Conflict):
            reverse_invoice(invoice=origin, as_of=MAR, reason="billed twice")
        reverse_application(application=Application.objects.get(), as_of=MAR, reason="undo")
        reverse_invoice(invoice=origin, as_of=MAR, reason="billed twice")
        with pytest.raises(Conflict):
            reverse_invoice(invoice=origin, as_of=MAR, reason="billed twice")


class TestRecordAndIdentifyReceipt:
    def test_parks_money_of_an_unknown_payer_until_somebody_says_whose_it_is(self, people):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        money = record_receipt(
            company=our_company(),
            number="R-1",
            value_date=FEB,
            currency="CNY",
            amount=Decimal("100.00"),
            as_of=FEB,
            actor=people.finance,
            payer_name="谁",
        )
        assert money.state == "UNIDENTIFIED"
        assert get_aging(as_of=FEB).unidentified == {"CNY": Decimal(100)}
        assert get_aging(as_of=FEB).totals.unapplied == 0
        identify_receipt(receipt=money, customer=buyer, as_of=MAR, actor=people.finance)
        assert get_aging(as_of=MAR).totals.unapplied == Decimal(100)
        assert get_proposal(Receipt.objects.get(), as_of=MAR).match.rule == "M4_AMOUNT_UNIQUE"
        with pytest.raises(TransitionNotAllowed):
            identify_receipt(receipt=money, customer=buyer, as_of=MAR)

    def test_refuses_a_second_one_with_its_number_or_bank_reference(self, buyer):
        def record(number):
            return record_receipt(
                company=our_company(),
                number=number,
                customer=buyer,
                value_date=FEB,
                currency="CNY",
                amount=Decimal(5),
                as_of=FEB,
                bank_account="62220000",
                bank_ref="20260205-1",
            )

        record("R-1")
        for number in ("R-1", "R-2"):
            with pytest.raises(Conflict):
                record(number)
        assert Receipt.objects.count() == 1

    @pytest.mark.parametrize("amount", ["0", "-5.00", "1.005"])
    def test_refuses_amounts_that_are_none(self, buyer, amount):
        with pytest.raises(InvalidInput):
            record_receipt(
                company=our_company(),
                number="R-1",
                customer=buyer,
                value_date=FEB,
                currency="CNY",
                amount=Decimal(amount),
                as_of=FEB,
            )

    def test_refuses_money_from_the_future_and_who_may_not(self, people):
        buyer = cast.make_customer("C001")
        common = {
            "company": our_company(),
            "number": "R-1",
            "customer": buyer,
            "currency": "CNY",
            "amount": Decimal(5),
        }
        with pytest.raises(InvalidInput):
            record_receipt(value_date=MAR, as_of=FEB, **common)
        with pytest.raises(NotAllowed):
            record_receipt(value_date=FEB, as_of=FEB, actor=people.manager, **common)
        assert Receipt.objects.count() == 0


class TestDisputes:
    def test_mark_the_item_and_show_in_the_aging_of_their_days(self, people):
        buyer = cast.make_customer("C001", sales_owner=people.sales)
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        dispute = record_dispute(
            due_line=books.line("INV-1"),
            kind="QUALITY",
            amount=Decimal("40.00"),
            text="rusty",
            as_of=FEB,
            actor=people.sales,
        )
        assert books.line("INV-1").disputed_amount == Decimal(40)
        close_dispute(dispute=dispute, as_of=MAR, reason="credited", actor=people.sales)
        assert books.line("INV-1").disputed_amount == 0
        disputed = [get_aging(as_of=day).totals.disputed for day in (JAN, FEB, MAR)]
        assert disputed == [0, Decimal(40), 0]

    def test_are_never_more_than_is_open(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        record_dispute(
            due_line=books.line("INV-1"), kind="PRICE", amount=Decimal(100), text="", as_of=FEB
        )
        money = books.receipt(buyer, "R-1", "70.00", day=MAR, remittance="INV-1")
        apply_receipt(receipt=money, as_of=MAR)
        assert get_aging(as_of=MAR).totals.disputed == Decimal(30)

    def test_refuse_a_second_one_nonsense_and_who_may_not(self, people):
        buyer = cast.make_customer("C001")
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        line = books.line("INV-1")
        good = {"due_line": line, "text": "", "as_of": FEB}
        for kind, amount in (("QUALITY", "100.01"), ("QUALITY", "0"), ("WEATHER", "10")):
            with pytest.raises(InvalidInput):
                record_dispute(kind=kind, amount=Decimal(amount), **good)
        with pytest.raises(NotAllowed):
            record_dispute(kind="PRICE", amount=Decimal(1), actor=people.auditor, **good)
        dispute = record_dispute(kind="PRICE", amount=Decimal(1), **good)
        with pytest.raises(Conflict):
            record_dispute(kind="PRICE", amount=Decimal(1), **good)
        close_dispute(dispute=dispute, as_of=MAR, reason="agreed")
        with pytest.raises(Conflict):
            close_dispute(dispute=dispute, as_of=MAR, reason="agreed")


class TestOrders:
    def test_status_and_value_change_once(self, buyer):
        order = Order.objects.create(
            order_no="SO-1",
            company=our_company(),
            customer=buyer,
            order_date=JAN,
            ship_date=FEB,
            currency="CNY",
            open_value=Decimal(10),
        )
        for _ in range(2):
            set_order_credit_status(order=order, status="RELEASED", as_of=JAN)
            update_order_value(order=order, open_value=Decimal("7.50"), as_of=JAN)
        order.refresh_from_db()
        assert (order.credit_status, order.open_value) == ("RELEASED", Decimal("7.50"))
        assert Event.objects.filter(code__startswith="receivables.order").count() == 2
        with pytest.raises(InvalidInput):
            set_order_credit_status(order=order, status="PERHAPS", as_of=JAN)
        with pytest.raises(InvalidInput):
            update_order_value(order=order, open_value=Decimal(-1), as_of=JAN)


class TestSnapshotAging:
    def test_keeps_the_day_as_first_seen(self, buyer):
        books.invoice(buyer, "INV-1", "100.00", day=JAN, due=FEB)
        books.invoice(buyer, "CN-1", "-30.00", day=JAN, doc_type="CN")
        books.receipt(None, "R-0", "5.00", day=JAN)
        assert snapshot_aging(as_of=MAR, company=our_company()) == 1
        books.invoice(buyer, "INV-2", "50.00", day=FEB, due=FEB)
        assert snapshot_aging(as_of=MAR, company=our_company()) == 0
        kept = AgingSnapshot.objects.get()
        assert (kept.total, kept.not_due, kept.unapplied, kept.disputed) == (70, 0, 30, 0)
        assert [Decimal(part) for part in kept.buckets] == [100, 0, 0, 0, 0]
        report = get_aging(as_of=MAR)
        assert report.totals.total == Decimal(120)


class TestDifferences:
    """Documents that post away what a payment fell short by belong to that payment alone."""

    def fall_short(self, buyer, number: str, receipt_number: str) -> Receipt:
        books.invoice(buyer, number, "1000.00", day=JAN, due=FEB)
        money = books.receipt(buyer, receipt_number, "995.00", day=FEB, remittance=number)
        apply_receipt(receipt=money, as_of=FEB)
        assert open_of(number) == 0
        return money

    def test_a_return_leaves_those_of_a_receipt_whose_number_begins_alike(self, buyer):
        first = self.fall_short(buyer, "INV-1", "R-1")
        self.fall_short(buyer, "INV-2", "R-1-2")
        return_receipt(receipt=first, as_of=MAR, reason="bounced")
        assert (open_of("INV-1"), open_of("INV-2")) == (Decimal(1000), 0)

    def test_a_return_takes_them_back_however_long_the_numbers_are(self, buyer):
        with connection.cursor() as cursor:
            cursor.execute(
                "select setval(pg_get_serial_sequence('receivables_dueline', 'id'), 9999999)"
            )
        money = self.fall_short(buyer, "INV-1", "R" * 40)
        return_receipt(receipt=money, as_of=MAR, reason="bounced")
        assert open_of("INV-1") == Decimal(1000)

    def test_applied_again_after_it_was_undone_it_falls_short_again(self, buyer):
        money = self.fall_short(buyer, "INV-1", "R-1")
        for done in list(Application.objects.order_by("pk")):
            reverse_application(application=done, as_of=FEB, reason="wrong")
        note = Invoice.objects.get(doc_type="CN")
        reverse_invoice(invoice=note, as_of=FEB, reason="wrong")
        apply_receipt(receipt=money, as_of=FEB)
        assert open_of("INV-1") == 0
        numbers = Invoice.objects.filter(doc_type="CN", reverses=None).values_list(
            "number", flat=True
        )
        assert sorted(numbers) == [note.number, f"{note.number}-2"]


class TestCreditNotes:
    def test_one_is_never_used_on_another(self, buyer):
        books.invoice(buyer, "CN-1", "-30.00", day=FEB, doc_type="CN")
        books.invoice(buyer, "CN-2", "-50.00", day=FEB, doc_type="CN")
        with pytest.raises(InvalidInput):
            apply_credit_note(
                credit_line=books.line("CN-1"),
                parts=[(books.line("CN-2").pk, Decimal("10.00"))],
                applied_on=MAR,
            )
        assert (open_of("CN-1"), open_of("CN-2")) == (Decimal(-30), Decimal(-50))

    def test_an_unknown_item_is_named(self, buyer):
        books.invoice(buyer, "CN-1", "-30.00", day=FEB, doc_type="CN")
        with pytest.raises(InvalidInput) as refused:
            apply_credit_note(
                credit_line=books.line("CN-1"), parts=[(0, Decimal("10.00"))], applied_on=MAR
            )
        assert refused.value.code == "UNKNOWN_ITEM"
