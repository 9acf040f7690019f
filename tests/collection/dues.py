"""Due items for tests of collection, and the way a run goes from proposal to counted level."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from collection.models import DunningLevel, DunningNotice, DunningProcedure, DunningRun
from collection.services import approve_notice, approve_run, prepare_dunning_run
from common import queue
from customers.models import Customer
from receivables.models import DueLine
from tests.cast import our_company
from tests.receivables.books import invoice, line

DAY = date(2026, 11, 24)


def owed(customer: Customer, number: str, amount: str, due: date, **fields: Any) -> DueLine:
    """Post one invoice due on that day and return its due line."""
    invoice(customer, number, amount, day=due - timedelta(days=30), due=due, **fields)
    return line(number)


def four_levels(code: str = "STD") -> DunningProcedure:
    """Give the procedure the four levels of the worked examples, all by e-mail."""
    procedure = DunningProcedure.objects.get(code=code)
    procedure.levels.all().delete()
    for number, days in enumerate((3, 15, 30, 60), start=1):
        DunningLevel.objects.create(
            procedure=procedure,
            level=number,
            min_days_overdue=days,
            with_interest=number >= 3,
            is_final=number == 4,
        )
    return procedure


def prepare(as_of: date = DAY) -> DunningRun:
    return prepare_dunning_run(company=our_company(), as_of=as_of)


def send_all(run: DunningRun, as_of: date | None = None) -> None:
    """Approve everything of a run, final letters too, and make the letters."""
    day = as_of or run.as_of
    approve_run(run=run, as_of=day)
    queue.run_due_jobs()
    for notice in DunningNotice.objects.filter(run=run, state="PROPOSED", is_final=True):
        approve_notice(notice=notice, as_of=day)
    queue.run_due_jobs()


def cents(text: str) -> Decimal:
    return Decimal(text)
