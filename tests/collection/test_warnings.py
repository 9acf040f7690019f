"""A broken promise warns, the second one stops."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from collection.models import PromiseToPay
from collection.services.warnings import raise_promise_signals
from customers.models import Customer, Signal
from tests.cast import TODAY, make_customer, our_company

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


def broken(customer: Customer, day: date, **fields: object) -> PromiseToPay:
    values = {
        "company": our_company(), "amount": Decimal(100), "currency": "CNY",
        "promise_date": day - timedelta(days=3), "made_on": day - timedelta(days=9),
        "state": "BROKEN", "evaluated_on": day,
    }  # fmt: skip
    return PromiseToPay.objects.create(customer=customer, **(values | fields))


def test_the_first_is_amber_the_second_within_180_days_red() -> None:
    customer = make_customer("C001")
    broken(customer, date(2026, 6, 1))
    broken(customer, date(2026, 11, 1))
    broken(make_customer("C002"), date(2026, 11, 20))
    assert raise_promise_signals(as_of=TODAY) == 2
    assert raise_promise_signals(as_of=TODAY) == 0
    found = Signal.objects.order_by("customer__code")
    assert [(s.severity, s.facts["count"]) for s in found] == [("RED", 2), ("AMBER", 1)]


def test_the_181st_day_is_too_long_ago_to_count() -> None:
    customer = make_customer("C001")
    broken(customer, TODAY - timedelta(days=180))
    broken(customer, TODAY)
    raise_promise_signals(as_of=TODAY)
    assert Signal.objects.get().severity == "AMBER"


def test_kept_open_and_later_ones_say_nothing() -> None:
    customer = make_customer("C001")
    broken(customer, TODAY, state="KEPT")
    broken(customer, TODAY, state="OPEN", evaluated_on=None)
    broken(customer, TODAY + timedelta(days=1))
    assert raise_promise_signals(as_of=TODAY) == 0
