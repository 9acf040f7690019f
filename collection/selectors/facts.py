"""The facts of one customer that decide a letter, for the pure rule. See `plan.py` for all at once."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max, Sum

from collection.domain.dunning import (
    DunningCustomer,
    DunningItem,
    DunningPlan,
    plan_dunning,
)
from collection.domain.promises import grace_end
from collection.models import PromiseItem, PromiseToPay
from collection.selectors.procedures import STANDARD, Procedure, scale_procedure
from common.workdays import Calendar
from credit_control.models import CreditAccount
from customers.models import Company, Customer
from receivables.models import DueLine, Receipt
from scoring.models import Rating


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run is decided by: procedures, which class has which, rates, working days."""

    procedures: dict[str, Procedure]
    class_procedures: dict[str, str]
    rates: dict[str, Decimal]
    calendar: Calendar


def choose_procedure(customer: Customer, company: Company, *, as_of: date, rules: Rules) -> str:
    """Return the code of the customer's procedure. Two queries.

    One that was chosen for the account goes first; the standard one stands for "as the risk class
    says"; without a rating it is the standard one.
    """
    chosen = (
        CreditAccount.objects.filter(customer=customer, company=company)
        .values_list("dunning_procedure", flat=True)
        .first()
    )
    if chosen in rules.procedures and chosen != STANDARD:
        return str(chosen)
    risk_class = (
        Rating.objects.filter(customer=customer, as_of__lte=as_of)
        .order_by("-as_of", "-pk")
        .values_list("risk_class", flat=True)
        .first()
    )
    by_class = rules.class_procedures.get(str(risk_class), STANDARD)
    return by_class if by_class in rules.procedures else STANDARD


def plan_customer(
    customer: Customer, company: Company, *, as_of: date, rules: Rules
) -> dict[str, DunningPlan]:
    """Return what a run on that day does with one customer, by currency. Six queries."""
    code = choose_procedure(customer, company, as_of=as_of, rules=rules)
    rule = rules.procedures[code].rule
    items = _list_items(
        customer, company, as_of=as_of, calendar=rules.calendar, top=len(rule.levels)
    )
    credits = _sum_credits(customer, company)
    return {
        currency: plan_dunning(
            scale_procedure(rule, currency, rules.rates),
            DunningCustomer(
                unapplied_credits=credits.get(currency, Decimal(0)),
                is_insolvent=customer.state == Customer.State.INSOLVENT,
                blocked_until=customer.dunning_blocked_until,
            ),
            own,
            run_date=as_of,
        )
        for currency, own in items.items()
    }


def _list_items(
    customer: Customer, company: Company, *, as_of: date, calendar: Calendar, top: int
) -> dict[str, list[DunningItem]]:
    lines = list(
        DueLine.objects.filter(
            customer=customer, company=company, open_amount__gt=0, due_date__isnull=False
        ).order_by("pk")
    )
    promised = dict(
        PromiseItem.objects.filter(
            is_open=True,
            promise__state=PromiseToPay.State.OPEN,
            promise__made_on__lte=as_of,
            due_line__in=lines,
        )
        .values_list("due_line_id")
        .annotate(last=Max("promise__promise_date"))
    )
    items: dict[str, list[DunningItem]] = {}
    for line in lines:
        assert line.due_date is not None
        promise_date = promised.get(line.pk)
        items.setdefault(line.currency, []).append(
            DunningItem(
                id=str(line.pk),
                due_date=line.due_date,
                open_amount=line.open_amount,
                disputed_amount=line.disputed_amount,
                level=min(line.dunning_level, top),  # higher only by another procedure
                last_letter_date=line.last_dunned_on,
                promise_until=grace_end(promise_date, calendar=calendar) if promise_date else None,
                blocked_until=line.dunning_blocked_until,
            )
        )
    return items


def _sum_credits(customer: Customer, company: Company) -> dict[str, Decimal]:
    money: dict[str, Decimal] = {}
    receipts = Receipt.objects.filter(customer=customer, company=company, unapplied_amount__gt=0)
    notes = DueLine.objects.filter(customer=customer, company=company, open_amount__lt=0)
    for currency, amount in [
        *receipts.order_by().values_list("currency").annotate(total=Sum("unapplied_amount")),
        *(
            (c, -a)
            for c, a in notes.order_by().values_list("currency").annotate(t=Sum("open_amount"))
        ),
    ]:
        money[currency] = money.get(currency, Decimal(0)) + amount
    return money
