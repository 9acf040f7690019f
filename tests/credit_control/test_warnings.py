"""Warnings that need the limit, and what open signals do to an order."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from credit_control.services.warnings import raise_limit_signals
from customers.domain.signals import NewSignal
from customers.models import ListCheck, Signal
from customers.services import (
    act_on_signal,
    close_signal,
    confirm_signal,
    dismiss_signal,
    raise_signals,
)
from receivables.models import Order, OrderLine
from tests.cast import TODAY, People, our_company
from tests.credit_control.books import ask, make_buyer, owe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


def order(account: object, number: str, value: str, day: date) -> None:
    made = Order.objects.create(
        order_no=number, company=our_company(), customer=account.customer, order_date=day,
        ship_date=day, currency="CNY", state="CLOSED",
    )  # fmt: skip
    OrderLine.objects.create(
        order=made, line_no=1, quantity=1, unit_price_net=Decimal(value), tax_pct=13
    )


class TestBustOut:
    @pytest.mark.parametrize(
        ("recent", "owed", "raised"),
        [("2000.01", "91000", 1), ("2000", "91000", 0), ("9999", "90000", 0)],
    )
    def test_swelling_orders_on_a_full_limit_warn(
        self, recent: str, owed: str, raised: int
    ) -> None:
        account = make_buyer("C001", limit="100000")
        order(account, "SO-1", "12000", TODAY - timedelta(days=200))
        order(account, "SO-2", recent, TODAY - timedelta(days=29))
        owe(account.customer, owed)
        assert raise_limit_signals(as_of=TODAY) == raised
        assert raise_limit_signals(as_of=TODAY) == 0
        assert Signal.objects.filter(code="S20", severity="AMBER").count() == raised

    def test_who_never_ordered_has_no_pattern(self) -> None:
        account = make_buyer("C001", limit="100000")
        order(account, "SO-2", "99999", TODAY - timedelta(days=2))
        owe(account.customer, "95000")
        assert raise_limit_signals(as_of=TODAY) == 0


class TestEnforcement:
    @pytest.mark.parametrize(("amount", "raised"), [("50000", 1), ("49999.99", 0)])
    def test_half_the_limit_makes_a_case_red(self, amount: str, raised: int) -> None:
        account = make_buyer("C001", limit="100000")
        ListCheck.objects.create(
            customer=account.customer, kind="ENFORCED_DEBTOR", checked_on=TODAY, result="HIT",
            match="EXACT", details={"amount": amount},
        )  # fmt: skip
        assert raise_limit_signals(as_of=TODAY) == raised
        assert raise_limit_signals(as_of=TODAY) == 0


class TestOrderCheck:
    def outcome(self, account: object, number: str) -> tuple[str, str]:
        check = ask(account, "1000", number)
        rule = next(r for r in check.rules if r["code"] == "R16")
        return check.decision, rule["value"]

    def test_red_blocks_amber_warns_and_closing_restores(self, people: People) -> None:
        account = make_buyer("C001")
        assert self.outcome(account, "SO-1") == ("RELEASED", "NONE")
        pk = account.customer_id
        raise_signals([NewSignal(pk, "S25", "AMBER", "S25:a")], as_of=TODAY)
        assert self.outcome(account, "SO-2") == ("RELEASED_WARNING", "AMBER")
        raise_signals([NewSignal(pk, "S05", "RED", "S05:a")], as_of=TODAY)
        assert self.outcome(account, "SO-3") == ("BLOCKED", "RED")
        red = Signal.objects.get(code="S05")
        confirm_signal(signal=red, text="x", actor=people.analyst, as_of=TODAY)
        act_on_signal(signal=red, action="NONE", text="x", actor=people.manager, as_of=TODAY)
        assert self.outcome(account, "SO-4") == ("BLOCKED", "RED")
        close_signal(signal=red, text="x", actor=people.manager, as_of=TODAY)
        assert self.outcome(account, "SO-5") == ("RELEASED_WARNING", "AMBER")
        amber = Signal.objects.get(code="S25")
        dismiss_signal(signal=amber, text="x", actor=people.analyst, as_of=TODAY)
        assert self.outcome(account, "SO-6") == ("RELEASED", "NONE")

    def test_info_and_what_comes_later_and_others_signals_do_not_count(self) -> None:
        account = make_buyer("C001")
        other = make_buyer("C002")
        tomorrow = TODAY + timedelta(days=1)
        raise_signals(
            [
                NewSignal(account.customer_id, "S33", "INFO", "S33:a"),
                NewSignal(account.customer_id, "S05", "RED", "S05:a", raised_on=tomorrow),
                NewSignal(other.customer_id, "S05", "RED", "S05:b"),
            ],
            as_of=TODAY,
        )
        assert self.outcome(account, "SO-1") == ("RELEASED", "NONE")
