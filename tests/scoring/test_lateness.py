"""A statement later than agreed warns once."""

from datetime import date

import pytest

from customers.models import Customer, Signal
from scoring.models import Statement
from scoring.services.lateness import raise_statement_signals
from tests.cast import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


def statement(customer: Customer, period_end: date, **fields: object) -> Statement:
    return Statement.objects.create(customer=customer, period_end=period_end, digest="x", **fields)


def test_more_than_thirty_days_after_the_agreed_day_and_once() -> None:
    customer = make_customer("C001")
    statement(customer, date(2024, 12, 31))
    make_customer("C002")
    assert raise_statement_signals(as_of=date(2026, 5, 30)) == 0
    assert raise_statement_signals(as_of=date(2026, 5, 31)) == 1
    assert raise_statement_signals(as_of=date(2026, 11, 24)) == 0
    facts = Signal.objects.get().facts
    assert (facts["period_end"], facts["agreed_on"], facts["days"]) == (
        "2025-12-31", "2026-04-30", 31,
    )  # fmt: skip


def test_what_arrived_later_was_not_known_then() -> None:
    customer = make_customer("C001")
    statement(customer, date(2024, 12, 31))
    statement(customer, date(2025, 12, 31), received_on=date(2026, 7, 1))
    assert raise_statement_signals(as_of=date(2026, 7, 1)) == 0
    assert raise_statement_signals(as_of=date(2026, 6, 30)) == 1
