"""Two people at once: the same money is never spent twice, and nobody waits for ever."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from common.errors import CreditError
from receivables.models import Application, DueLine
from receivables.selectors.books import list_differences
from receivables.services import apply_amounts
from tests import cast
from tests.receivables import books

DAY = date(2026, 3, 5)


@pytest.mark.django_db(transaction=True)
def test_one_receipt_applied_by_eight_at_once_is_spent_once(reference):
    buyer = cast.make_customer("C001")
    for n in range(8):
        books.invoice(buyer, f"INV-{n}", "100.00", day=DAY, due=DAY)
    money = books.receipt(buyer, "R-1", "100.00", day=DAY)
    lines = list(DueLine.objects.order_by("pk").values_list("pk", flat=True))
    start = threading.Barrier(8)
    outcomes: list[str] = []

    def work(line: int) -> None:
        start.wait()
        try:
            apply_amounts(receipt=money, parts=[(line, Decimal(100))], applied_on=DAY)
            outcomes.append("applied")
        except CreditError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[line]) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == ["applied"] + ["refused"] * 7
    money.refresh_from_db()
    assert (money.state, money.unapplied_amount) == ("APPLIED", 0)
    assert Application.objects.count() == 1
    assert list_differences() == []
