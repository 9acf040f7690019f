"""Reminders through the database: on the days of the specification, once, in time."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collection.models import DunningNotice, DunningProcedure, NoticeItem
from collection.services import record_promise, send_reminders
from common.models import OutboxMessage, Run
from receivables.models import DueLine
from receivables.services import apply_amounts, record_dispute
from tests.cast import make_customer, our_company
from tests.collection.dues import DAY, owed
from tests.receivables.books import receipt

VECTORS = Path(__file__).parents[1] / "vectors" / "process.json"
L2 = json.loads(VECTORS.read_text())["vectors"]["L2_pre_due_reminders"]


def day(text: str) -> date:
    return date.fromisoformat(text)


def remind(as_of: date = DAY) -> Run:
    return send_reminders(company=our_company(), as_of=as_of)


@pytest.mark.usefixtures("reference")
class TestSendReminders:
    @pytest.mark.parametrize("case", L2, ids=lambda case: case["effective_due"])
    def test_sends_on_the_days_of_the_specification(self, case: dict[str, Any]) -> None:
        due = day(case["effective_due"])
        DunningProcedure.objects.update(reminder_offsets=case["offsets_days_before"])
        owed(make_customer(), "A", "20000", due)
        found = []
        for back in range(20, -3, -1):
            as_of = due - timedelta(days=back)
            remind(as_of)
            found += [
                {"send_on": as_of.isoformat(), "offset": item.level}
                for item in NoticeItem.objects.filter(notice__as_of=as_of)
            ]
        assert found == case["expected"]
        assert OutboxMessage.objects.count() == len(case["expected"])

    def test_writes_one_message_per_customer_in_its_language(self) -> None:
        customer = make_customer(language="en")
        owed(customer, "A", "20000", DAY)
        owed(customer, "B", "300", date(2026, 11, 27))
        run = remind()
        message = OutboxMessage.objects.get()
        assert message.subject == "Hengyuan Industries (sample): amounts falling due"
        assert ("A: 20,000.00" in message.body, "B: 300.00" in message.body) == (True, True)
        assert run.counts == {"messages": 1, "items": 2}
        notice = DunningNotice.objects.get()
        assert (notice.kind, notice.total, notice.state) == ("REMINDER", Decimal(20300), "APPROVED")

    def test_the_same_day_again_sends_nothing(self) -> None:
        owed(make_customer(), "A", "20000", DAY)
        remind()
        remind()
        Run.objects.update(state="FAILED")  # as if it had died after its work
        remind()
        assert OutboxMessage.objects.count() == 1

    def test_makes_up_for_days_without_a_worker(self) -> None:
        owed(make_customer(), "A", "20000", date(2026, 12, 1))  # reminders 24 and 28→27 November
        remind(date(2026, 11, 20))
        remind(date(2026, 11, 26))  # the 24th was missed
        assert list(NoticeItem.objects.values_list("level", flat=True)) == [-7]

    def test_reminds_a_punctual_customer_only_on_the_day(self) -> None:
        customer = make_customer()
        old = owed(customer, "OLD", "9000", date(2026, 9, 10))
        money = receipt(customer, "R", "9000", day=date(2026, 9, 8))
        apply_amounts(
            receipt=money, parts=[(old.pk, Decimal(9000))], applied_on=date(2026, 9, 8), rule="M3"
        )
        owed(customer, "A", "20000", date(2026, 11, 27))
        remind()  # three days before
        assert OutboxMessage.objects.count() == 0
        remind(date(2026, 11, 27))
        assert NoticeItem.objects.get().level == 0

    def test_leaves_out_what_is_contested_promised_blocked_or_paid(self) -> None:
        lines = [
            owed(make_customer(f"C{number}"), f"I{number}", "20000", date(2026, 11, 27))
            for number in range(4)
        ]
        record_dispute(due_line=lines[0], kind="PRICE", amount=Decimal(20000), text="", as_of=DAY)
        record_promise(
            customer=lines[1].customer, lines=[lines[1]], amount=Decimal(20000),
            promise_date=date(2026, 12, 1), as_of=DAY,
        )  # fmt: skip
        DueLine.objects.filter(pk=lines[2].pk).update(dunning_blocked_until=DAY)
        money = receipt(lines[3].customer, "R", "20000", day=DAY)
        apply_amounts(
            receipt=money, parts=[(lines[3].pk, Decimal(20000))], applied_on=DAY, rule="M3"
        )
        owed(make_customer("BANKRUPT", state="INSOLVENT"), "I9", "5", date(2026, 11, 27))
        remind()
        assert OutboxMessage.objects.count() == 0

    def test_names_customers_without_an_address(self) -> None:
        customer = make_customer(email="")
        owed(customer, "A", "20000", DAY)
        run = remind()
        assert run.skipped == [{"customer_id": customer.pk, "reason": "NO_ADDRESS"}]
