"""What the ledger warns of: each rule at its edge, on real books, told once."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from customers.models import BankAccount, CustomerGroup, Signal
from customers.services import record_relation
from customers.words.signals import describe_signal
from receivables.services import apply_amounts, record_dispute, return_receipt, reverse_application
from receivables.services.warnings import raise_ledger_signals
from tests.cast import TODAY, make_customer
from tests.receivables import books

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


def pay(number: str, amount: str, day: date, receipt_no: str, **more: Any) -> Any:
    item = books.line(number)
    money = books.receipt(item.customer, receipt_no, amount, day=day, **more)
    apply_amounts(
        receipt=money, parts=[(item.pk, Decimal(amount))], applied_on=day, rule="MANUAL", actor=None
    )
    return money


def codes(as_of: date = TODAY) -> list[str]:
    raise_ledger_signals(as_of=as_of)
    again = raise_ledger_signals(as_of=as_of)
    assert again == 0  # the same night twice changes nothing
    return list(Signal.objects.order_by("code", "id").values_list("code", flat=True))


def days_ago(n: int) -> date:
    return TODAY - timedelta(days=n)


class TestFirstDelay:
    def start(self, known_days: int = 500) -> Any:
        customer = make_customer("C001")
        books.invoice(
            customer, "OLD", "1000", day=days_ago(known_days), due=days_ago(known_days - 30)
        )
        pay("OLD", "1000", days_ago(known_days - 30), "R-OLD")
        return customer

    def test_the_sixteenth_day_warns_and_the_fifteenth_does_not(self) -> None:
        customer = self.start()
        books.invoice(customer, "NEW", "5000", day=days_ago(60), due=days_ago(15))
        assert codes() == []
        assert codes(TODAY + timedelta(days=1)) == ["S17"]
        signal = Signal.objects.get()
        assert (signal.facts["invoice"], signal.facts["days"]) == ("NEW", 16)
        assert describe_signal("S17", signal.facts) == (
            "NEW of ¥5,000.00 is 16 days past due; in the 12 months before, nothing was so late."
        )

    def test_a_customer_of_less_than_a_year_has_no_clean_year(self) -> None:
        customer = self.start(known_days=300)
        books.invoice(customer, "NEW", "5000", day=days_ago(60), due=days_ago(20))
        assert codes() == []

    def test_a_late_payment_within_the_year_is_no_clean_year(self) -> None:
        customer = self.start()
        books.invoice(customer, "MID", "1000", day=days_ago(200), due=days_ago(170))
        pay("MID", "1000", days_ago(150), "R-MID")  # twenty days late
        books.invoice(customer, "NEW", "5000", day=days_ago(60), due=days_ago(20))
        assert "S17" not in codes()

    def test_cents_do_not_count(self) -> None:
        customer = self.start()
        books.invoice(customer, "NEW", "499.99", day=days_ago(60), due=days_ago(20))
        assert codes() == []


class TestPaysLater:
    def habit(self, before: int, now: int) -> None:
        customer = make_customer("C001")
        for n, (day, late) in enumerate(
            ((days_ago(250), before), (days_ago(150), before), (days_ago(40), now))
        ):
            number = f"I-{n}"
            books.invoice(
                customer, number, "1000", day=day - timedelta(days=60), due=day - timedelta(late)
            )
            pay(number, "1000", day, f"R-{n}")

    @pytest.mark.parametrize(("before", "now", "raised"), [(2, 12, ["S18"]), (2, 11, [])])
    def test_ten_days_later_than_before_warns(
        self, before: int, now: int, raised: list[str]
    ) -> None:
        self.habit(before, now)
        assert [code for code in codes() if code == "S18"] == raised

    def test_a_payment_that_bounced_was_none(self) -> None:
        customer = make_customer("C001")
        for n, (day, late) in enumerate(((days_ago(150), 2), (days_ago(40), 30))):
            books.invoice(
                customer, f"I-{n}", "1000", day=days_ago(300), due=day - timedelta(days=late)
            )
            pay(f"I-{n}", "1000", day, f"R-{n}")
        application = books.line("I-1").applications.get()
        reverse_application(
            application=application, as_of=days_ago(39), reason="bounced", actor=None
        )
        assert "S18" not in codes()


class TestUnusualPayments:
    def test_a_stranger_who_pays_warns_and_kin_does_not(self) -> None:
        group = CustomerGroup.objects.create(code="G1", name_en="G")
        customer = make_customer(
            "C001", name="示例甲有限公司", group=group, former_names=["旧名公司"]
        )
        make_customer("C002", name="示例姐妹公司", group=group)
        backer = make_customer("C003", name="示例担保公司")
        record_relation(
            source=backer, target=customer, kind="GUARANTEES", valid_from=days_ago(99),
            actor=None, as_of=TODAY,
        )  # fmt: skip
        BankAccount.objects.create(customer=customer, account="6222", holder="老板")
        for n, payer in enumerate(
            ("示例甲 有限公司", "旧名公司", "示例姐妹公司", "示例担保公司", "", "完全陌生公司")
        ):
            books.receipt(customer, f"R-{n}", "77", day=days_ago(5), payer_name=payer)
        assert codes() == ["S22"]
        assert Signal.objects.get().facts["payer"] == "完全陌生公司"

    def test_three_round_parts_warn_and_two_do_not(self) -> None:
        customer = make_customer("C001")
        books.invoice(customer, "BIG", "100000.50", day=days_ago(90), due=TODAY)
        for n in range(2):
            pay("BIG", "10000", days_ago(30 - n), f"R-{n}")
        assert codes() == []
        pay("BIG", "20000", days_ago(2), "R-9")
        assert codes() == ["S22"]
        assert Signal.objects.get().facts["count"] == 3

    def test_money_that_pays_an_item_whole_is_no_part(self) -> None:
        customer = make_customer("C001")
        for n in range(3):
            books.invoice(customer, f"I-{n}", "10000", day=days_ago(90), due=TODAY)
            pay(f"I-{n}", "10000", days_ago(9), f"R-{n}")
        assert codes() == []


class TestReturned:
    def test_a_returned_payment_is_red_from_the_day_it_came_back(self) -> None:
        customer = make_customer("C001")
        money = books.receipt(customer, "R-1", "500", day=days_ago(10))
        return_receipt(receipt=money, as_of=days_ago(3), reason="no funds", actor=None)
        assert codes(days_ago(4)) == []
        assert codes() == ["S23"]
        signal = Signal.objects.get()
        assert (signal.severity, signal.raised_on) == ("RED", days_ago(3))

    def test_what_came_back_long_ago_is_history(self) -> None:
        customer = make_customer("C001")
        money = books.receipt(customer, "R-1", "500", day=days_ago(200))
        return_receipt(receipt=money, as_of=days_ago(190), reason="no funds", actor=None)
        assert codes() == []


class TestDisputed:
    @pytest.mark.parametrize(("amount", "raised"), [("100.00", []), ("100.01", ["S24"])])
    def test_more_than_a_tenth_of_recent_invoicing_warns(
        self, amount: str, raised: list[str]
    ) -> None:
        customer = make_customer("C001")
        books.invoice(customer, "I-1", "1000", day=days_ago(30), due=TODAY)
        record_dispute(
            due_line=books.line("I-1"), kind="PRICE", amount=Decimal(amount), text="x",
            as_of=days_ago(5), actor=None,
        )  # fmt: skip
        assert codes() == raised


class TestDormant:
    def test_a_year_without_an_invoice_is_noted(self) -> None:
        customer = make_customer("C001")
        day = date(2025, 11, 24)
        books.invoice(customer, "I-1", "1000", day=day, due=day)
        pay("I-1", "1000", day, "R-1")
        gone = make_customer("C002", state="INACTIVE")
        books.invoice(gone, "I-2", "1000", day=day, due=day)
        pay("I-2", "1000", day, "R-2")
        assert codes(date(2026, 11, 23)) == []
        assert codes() == ["S33"]
        assert Signal.objects.get().severity == "INFO"


class TestManyCustomers:
    def test_takes_no_more_statements_for_thirty_than_for_three(
        self, django_assert_max_num_queries: Any
    ) -> None:
        for n in range(30):
            customer = make_customer(f"C{n:03}")
            money = books.receipt(customer, f"R-{n}", "500", day=days_ago(10))
            return_receipt(receipt=money, as_of=days_ago(3), reason="x", actor=None)
        with django_assert_max_num_queries(20):
            assert raise_ledger_signals(as_of=TODAY) == 30
