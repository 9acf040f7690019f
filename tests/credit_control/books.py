"""Accounts, limits, ratings and invoices for the tests of credit, made in one line each."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from credit_control.models import CreditAccount, CreditLimit, OrderCheck
from credit_control.services import check_order, get_or_create_account
from customers.models import Customer, PaymentTerm
from receivables.models import Order
from receivables.posting import InvoiceRow, post_invoices
from scoring.models import Rating
from tests import cast

NUMBERS = itertools.count(1)


def open_account(customer: Customer) -> CreditAccount:
    return get_or_create_account(customer=customer, company=cast.our_company())


def give_limit(
    account: CreditAccount, amount: str, *, unsecured: str | None = None, **fields: Any
) -> CreditLimit:
    values: dict[str, Any] = {
        "state": CreditLimit.State.ACTIVE,
        "valid_from": cast.TODAY - timedelta(days=30),
        "valid_to": cast.TODAY + timedelta(days=180),
    }
    if unsecured is not None:
        CreditLimit.objects.create(
            account=account, kind="UNSECURED", amount=Decimal(unsecured), **(values | fields)
        )
    return CreditLimit.objects.create(account=account, amount=Decimal(amount), **(values | fields))


def rate(
    customer: Customer,
    risk_class: str = "2",
    *,
    as_of: date | None = None,
    limit: str | None = None,
    **fields: Any,
) -> Rating:
    """A rating as the scoring app stores it, with the working-assets limit when `limit` is given."""
    day = as_of or cast.TODAY - timedelta(days=10)
    grade = {"1": "AA", "2": "A", "3": "BB", "4": "B", "5": "CC", "D": "D"}[risk_class]
    stored = {
        "limit": {
            "method": "working_assets",
            "status": "ok" if limit else "missing_input",
            "evaluation": "1.0823" if limit else None,
            "percentage": "25.00" if limit else None,
            "working_assets": str(Decimal(limit) * 4) if limit else None,
            "capacity": limit,
            "factor": "1.00",
            "is_weak": False,
            "is_zero": False,
        }
    }
    return Rating.objects.create(
        customer=customer,
        as_of=day,
        grade=grade,
        risk_class=risk_class,
        score=Decimal(70),
        valid_to=day + timedelta(days=365),
        suggested_limit=Decimal(limit) if limit else None,
        components=stored,
        facts_digest=f"test-{next(NUMBERS)}",
        **fields,
    )


def make_buyer(
    code: str = "C001", limit: str | None = "100000", risk_class: str | None = "2", **fields: Any
) -> CreditAccount:
    """A rated customer with a limit, whose approved term is net 30."""
    fields.setdefault("payment_term", PaymentTerm.objects.get(code="NET30"))
    customer = cast.make_customer(code, **fields)
    account = open_account(customer)
    if limit is not None:
        give_limit(account, limit, unsecured=limit)
    if risk_class is not None:
        rate(customer, risk_class)
    return account


def owe(
    customer: Customer,
    amount: str,
    *,
    due: date | None = None,
    doc_date: date | None = None,
    currency: str = "CNY",
    dunning_level: int = 0,
) -> str:
    """Post an invoice; return its number."""
    number = f"INV-{next(NUMBERS):05}"
    gross = Decimal(amount)
    net = (gross / Decimal("1.13")).quantize(Decimal("0.01"))
    post_invoices(
        [
            InvoiceRow(
                number=number,
                customer_id=customer.pk,
                doc_date=doc_date or cast.TODAY - timedelta(days=40),
                currency=currency,
                net=net,
                tax=gross - net,
                gross=gross,
                due_date=due or cast.TODAY + timedelta(days=10),
                nominal_due_date=due or cast.TODAY + timedelta(days=10),
                dunning_level=dunning_level,
            )
        ],
        company=cast.our_company(),
    )
    return number


def order(customer: Customer, order_no: str, value: str, **fields: Any) -> Order:
    values: dict[str, Any] = {
        "order_date": cast.TODAY - timedelta(days=5),
        "ship_date": cast.TODAY + timedelta(days=5),
        "currency": "CNY",
        "open_value": Decimal(value),
    }
    return Order.objects.create(
        order_no=order_no, company=cast.our_company(), customer=customer, **(values | fields)
    )


def ask(account: CreditAccount, amount: str, order_no: str = "", **fields: Any) -> OrderCheck:
    """Check an order of `amount` shipping in three days, by the system unless an actor is given."""
    values: dict[str, Any] = {
        "order_no": order_no,
        "amount": Decimal(amount),
        "currency": "CNY",
        "ship_date": cast.TODAY + timedelta(days=3),
        "as_of": cast.TODAY,
        "actor": None,
    }
    return check_order(customer=account.customer, company=account.company, **(values | fields))


def results(check: OrderCheck) -> dict[str, str]:
    """Return the result of each rule by its code."""
    return {rule["code"]: rule["result"] for rule in check.rules}
