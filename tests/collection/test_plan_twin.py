"""The statement that plans a whole portfolio decides exactly as the pure rule does, row by row."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collection.models import PromiseItem, PromiseToPay
from collection.selectors import drop_plan, make_plan, plan_customer
from collection.services import load_rules
from common.bulk import fetch_dicts
from common.models import Rate
from credit_control.models import CreditAccount
from customers.models import Customer
from receivables.models import DueLine, Invoice, Receipt
from scoring.models import Rating
from tests.cast import make_customer, our_company
from tests.collection.dues import four_levels

AS_OF = date(2026, 11, 24)
MAYBE_DAY = st.none() | st.integers(-3, 3)
ITEM = st.fixed_dictionaries(
    {
        "days": st.integers(-3, 70) | st.sampled_from([2, 3, 14, 15, 29, 30, 59, 60]),
        "cents": st.integers(1, 60_000) | st.sampled_from([9_999, 10_000, 45_000, 50_000]),
        "disputed": st.sampled_from([0, 0, 0, 30, 100]),
        "level": st.integers(0, 4),
        "last": st.sampled_from([None, None, 6, 7, 8]),
        "promise": st.none() | st.none() | st.integers(-6, 6),
        "block": MAYBE_DAY,
        "currency": st.sampled_from(["CNY", "CNY", "EUR", "JPY", "USD"]),
    }
)
CUSTOMER = st.fixed_dictionaries(
    {
        "items": st.lists(ITEM, min_size=1, max_size=6),
        "unapplied": st.sampled_from([0, 0, 0, 10_000, 90_000]),
        "block": st.none() | st.none() | st.integers(-1, 1),
        "state": st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "INSOLVENT"]),
        "procedure": st.sampled_from(["", "STD", "SOFT", "STRICT", "GONE"]),
        "risk_class": st.sampled_from(["", "1", "3", "5"]),
    }
)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build(customers: list[Customer], portfolio: list[dict[str, Any]]) -> None:
    company = our_company()
    for customer, stated in zip(customers, portfolio, strict=False):
        customer.state = stated["state"]
        customer.dunning_blocked_until = shifted(stated["block"])
        customer.save(update_fields=["state", "dunning_blocked_until"])
        if stated["procedure"]:
            CreditAccount.objects.create(
                customer=customer, company=company, dunning_procedure=stated["procedure"]
            )
        if stated["risk_class"]:
            Rating.objects.create(
                customer=customer, as_of=AS_OF, grade="BB", risk_class=stated["risk_class"],
                valid_to=AS_OF, facts_digest="x",
            )  # fmt: skip
        if stated["unapplied"]:
            amount = Decimal(stated["unapplied"]).scaleb(-2)
            Receipt.objects.create(
                number=f"R{customer.pk}", company=company, customer=customer, value_date=AS_OF,
                posting_date=AS_OF, currency="CNY", amount=amount, unapplied_amount=amount,
                digest="x",
            )  # fmt: skip
        for number, item in enumerate(stated["items"]):
            build_item(customer, number, item)


def shifted(days: int | None) -> date | None:
    return None if days is None else AS_OF + timedelta(days=days)


def build_item(customer: Customer, number: int, item: dict[str, Any]) -> None:
    amount = Decimal(item["cents"]) if item["currency"] == "JPY" else Decimal(item["cents"]) / 100
    due = AS_OF - timedelta(days=item["days"])
    invoice = Invoice.objects.create(
        number=f"I{customer.pk}-{number}", company=our_company(), customer=customer, doc_date=due,
        posting_date=due, base_date=due, currency=item["currency"], net=amount, tax=0, gross=amount,
        digest="x",
    )  # fmt: skip
    line = DueLine.objects.create(
        invoice=invoice, customer=customer, company=invoice.company, currency=item["currency"],
        nominal_due_date=due, due_date=due, amount=amount, open_amount=amount,
        disputed_amount=amount * item["disputed"] / 100, dunning_level=item["level"],
        last_dunned_on=None if item["last"] is None else AS_OF - timedelta(days=item["last"]),
        dunning_blocked_until=shifted(item["block"]),
    )  # fmt: skip
    if item["promise"] is not None:
        promise = PromiseToPay.objects.create(
            customer=customer, company=invoice.company, amount=amount, currency=item["currency"],
            promise_date=shifted(item["promise"]), made_on=AS_OF - timedelta(days=8),
        )  # fmt: skip
        PromiseItem.objects.create(promise=promise, due_line=line)


def planned_by_rule(customers: list[Customer]) -> dict[int, tuple[Any, ...]]:
    rules = load_rules(our_company(), as_of=AS_OF)
    found: dict[int, tuple[Any, ...]] = {}
    for customer in customers:
        for plan in plan_customer(customer, our_company(), as_of=AS_OF, rules=rules).values():
            listed = plan.letter.items if plan.letter else ()
            for item in plan.items:
                if item.days > 0:
                    found[int(item.id)] = (
                        plan.skipped, item.excluded, item.level, item.id in listed, item.amount
                    )  # fmt: skip
            if plan.skipped and not plan.items:
                found[-customer.pk] = (*found.get(-customer.pk, ()), plan.skipped.value)
    return found


def planned_by_statement() -> dict[int, tuple[Any, ...]]:
    rules = load_rules(our_company(), as_of=AS_OF)
    make_plan(
        company=our_company(), run_id=0, as_of=AS_OF, procedures=rules.procedures,
        class_procedures=rules.class_procedures, rates=rules.rates, calendar=rules.calendar,
    )  # fmt: skip
    rows = fetch_dicts("select * from dunning_plan")
    drop_plan()
    found: dict[int, tuple[Any, ...]] = {}
    skips: dict[tuple[int, str], str] = {}
    for row in rows:
        if row["skip"] and row["skip"] != "BELOW_CUSTOMER_MINIMUM":
            skips[row["customer_id"], row["currency"]] = row["skip"]
            continue
        found[row["due_line_id"]] = (
            row["skip"], row["excluded"], row["level_after"], row["on_letter"], row["undisputed"]
        )  # fmt: skip
    for (customer_id, _currency), reason in sorted(skips.items()):
        found[-customer_id] = (*found.get(-customer_id, ()), reason)
    return found


@pytest.mark.usefixtures("reference")
class TestPlanTwin:
    @settings(
        max_examples=300,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(portfolio=st.lists(CUSTOMER, min_size=1, max_size=3))
    def test_decides_as_the_pure_rule(self, portfolio: list[dict[str, Any]]) -> None:
        with undone():
            four_levels()
            for code, value in (("EUR", "8.1234"), ("JPY", "0.0477")):  # none for USD
                Rate.objects.create(
                    kind="fx", code=code, valid_from=date(2026, 1, 1), value=Decimal(value)
                )
            customers = [make_customer(f"T{n}") for n in range(len(portfolio))]
            build(customers, portfolio)
            by_rule, by_statement = planned_by_rule(customers), planned_by_statement()
            skips = {key for key in by_rule if key < 0} | {key for key in by_statement if key < 0}
            for key in skips:  # the rule also names currencies in which nothing is overdue yet
                wanted = set(by_rule.pop(key, ())) - {"NO_NET_OVERDUE"}
                assert set(by_statement.pop(key, ())) - {"NO_NET_OVERDUE"} <= wanted
            assert by_statement == by_rule
