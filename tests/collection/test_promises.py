"""Promises through the database: every worked example, and who may record what."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from collection.models import PromiseItem, PromiseToPay
from collection.services import (
    AlreadyPromised,
    cancel_promise,
    evaluate_promises,
    record_promise,
)
from common.errors import InvalidInput, NotAllowed, TransitionNotAllowed
from common.models import Event
from receivables.models import Application
from receivables.services import apply_amounts, reverse_application
from tests.cast import People, make_customer
from tests.collection.dues import DAY, owed
from tests.receivables.books import receipt

VECTORS = Path(__file__).parents[1] / "vectors" / "process.json"
O1 = json.loads(VECTORS.read_text())["vectors"]["O1_promises"]


def day(text: str) -> date:
    return date.fromisoformat(text)


def promised(**fields: Any) -> PromiseToPay:
    customer = make_customer(fields.pop("code", "C001"))
    line = owed(customer, f"A-{customer.code}", "20000", date(2026, 11, 3))
    values: dict[str, Any] = {
        "customer": customer, "lines": [line], "amount": Decimal(20000),
        "promise_date": date(2026, 11, 30), "as_of": DAY,
    }  # fmt: skip
    return record_promise(**(values | fields))


@pytest.mark.usefixtures("reference")
class TestEvaluatePromises:
    @pytest.mark.parametrize("case", O1, ids=lambda c: f"{c['promise_date']} {c['as_of']}")
    def test_decides_as_the_specification(self, case: dict[str, Any]) -> None:
        customer = make_customer()
        line = owed(customer, "A", case["amount"], date(2025, 8, 1))
        promise = record_promise(
            customer=customer,
            lines=[line],
            amount=Decimal(case["amount"]),
            promise_date=day(case["promise_date"]),
            as_of=day(case["promise_date"]) - timedelta(days=5),
        )
        for number, paid in enumerate(case["payments"]):
            money = receipt(customer, f"R{number}", paid["amount"], day=day(paid["value_date"]))
            apply_amounts(
                receipt=money,
                parts=[(line.pk, Decimal(paid["amount"]))],
                applied_on=day(paid["value_date"]),
                rule="M3",
            )
        evaluate_promises(as_of=day(case["as_of"]))
        promise.refresh_from_db()
        expected = case["expected"]
        assert promise.state == expected["status"]
        assert f"{promise.paid_in_time:.2f}" == expected["paid_in_time"]
        assert promise.items.get().is_open is (expected["status"] == "OPEN")

    def test_counts_nothing_that_was_taken_back(self) -> None:
        promise = promised()
        line = promise.items.get().due_line
        money = receipt(promise.customer, "R", "20000", day=DAY)
        apply_amounts(receipt=money, parts=[(line.pk, Decimal(20000))], applied_on=DAY, rule="M3")
        reverse_application(application=Application.objects.get(), as_of=DAY, reason="wrong payer")
        evaluate_promises(as_of=date(2026, 12, 3))
        promise.refresh_from_db()
        assert (promise.state, promise.paid_in_time) == ("BROKEN", Decimal(0))

    def test_counts_nothing_that_came_in_before_the_promise(self) -> None:
        customer = make_customer()
        line = owed(customer, "A", "20000", date(2026, 11, 3))
        money = receipt(customer, "R", "8000", day=date(2026, 11, 20))
        apply_amounts(
            receipt=money,
            parts=[(line.pk, Decimal(8000))],
            applied_on=date(2026, 11, 20),
            rule="M3",
        )
        line.refresh_from_db()
        promise = record_promise(
            customer=customer, lines=[line], amount=Decimal(8000),
            promise_date=date(2026, 11, 26), as_of=DAY,
        )  # fmt: skip
        evaluate_promises(as_of=date(2026, 12, 3))
        promise.refresh_from_db()
        assert promise.state == "BROKEN"

    def test_the_same_day_again_changes_nothing_and_writes_no_second_event(self) -> None:
        promised()
        assert evaluate_promises(as_of=date(2026, 12, 10)) == {"BROKEN": 1}
        before = list(PromiseToPay.objects.values())
        assert evaluate_promises(as_of=date(2026, 12, 10)) == {}
        assert list(PromiseToPay.objects.values()) == before
        assert Event.objects.filter(code="collection.promise.broken").count() == 1

    def test_takes_the_same_statements_for_many_promises(self) -> None:
        counts = []
        for size in (3, 12):
            with transaction.atomic():
                for number in range(size):
                    customer = make_customer(f"C{number}")
                    line = owed(customer, f"I{number}", "900", date(2026, 11, 3))
                    record_promise(
                        customer=customer, lines=[line], amount=Decimal(900),
                        promise_date=date(2026, 11, 25), as_of=DAY,
                    )  # fmt: skip
                with CaptureQueriesContext(connection) as captured:
                    assert evaluate_promises(as_of=date(2026, 12, 10)) == {"BROKEN": size}
                counts.append(len([q for q in captured if "calendarday" not in q["sql"]]))
                transaction.set_rollback(True)
        assert counts[0] == counts[1]


@pytest.mark.usefixtures("reference")
class TestRecordPromise:
    def test_refuses_a_second_open_promise_on_an_item(self) -> None:
        promise = promised()
        with pytest.raises(AlreadyPromised):
            record_promise(
                customer=promise.customer, lines=[promise.items.get().due_line],
                amount=Decimal(10), promise_date=DAY, as_of=DAY,
            )  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():  # the database says so too
            PromiseItem.objects.create(promise=promise, due_line=promise.items.get().due_line)

    def test_a_later_promise_on_the_same_item_needs_the_credit_manager(
        self, people: People
    ) -> None:
        promise = promised(promise_date=DAY)
        line = promise.items.get().due_line
        evaluate_promises(as_of=date(2026, 12, 1))
        again: dict[str, Any] = {
            "customer": promise.customer, "lines": [line], "amount": Decimal(20000),
            "promise_date": date(2026, 12, 9), "as_of": date(2026, 12, 2),
        }  # fmt: skip
        with pytest.raises(NotAllowed):
            record_promise(**again, actor=people.collector)
        assert record_promise(**again, actor=people.manager).state == "OPEN"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"amount": Decimal("0")}, "amount"),
            ({"amount": Decimal("20000.01")}, "amount"),
            ({"amount": Decimal("10.005")}, "amount"),
            ({"promise_date": date(2026, 11, 23)}, "promise_date"),
            ({"promise_date": date(2026, 12, 25)}, "promise_date"),
            ({"lines": []}, "lines"),
            ({"channel": "SMOKE"}, "channel"),
        ],
    )
    def test_refuses_what_cannot_be(self, fields: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            promised(**fields)
        assert caught.value.field == field
        assert PromiseToPay.objects.count() == 0

    def test_refuses_an_item_of_another_customer(self) -> None:
        other = owed(make_customer("OTHER"), "B", "500", date(2026, 11, 3))
        with pytest.raises(InvalidInput):
            promised(lines=[other])

    def test_refuses_people_without_the_right(self, people: People) -> None:
        for person in (people.finance, people.executive, people.auditor, people.admin):
            with pytest.raises(NotAllowed):
                promised(actor=person, code=f"X{person.pk}")
        assert PromiseToPay.objects.count() == 0


@pytest.mark.usefixtures("reference")
class TestCancelPromise:
    def test_frees_the_items_and_stays_visible(self, people: People) -> None:
        promise = promised()
        cancel_promise(promise=promise, as_of=DAY, reason="typo", actor=people.collector)
        promise.refresh_from_db()
        assert (promise.state, promise.items.get().is_open) == ("CANCELLED", False)
        with pytest.raises(TransitionNotAllowed):
            cancel_promise(promise=promise, as_of=DAY, reason="again")

    def test_wants_a_reason(self) -> None:
        with pytest.raises(InvalidInput):
            cancel_promise(promise=promised(), as_of=DAY, reason="  ")
        assert PromiseToPay.objects.get().state == "OPEN"
