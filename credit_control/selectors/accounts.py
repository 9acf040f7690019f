"""Accounts: the credit relation of a customer with one of our companies."""

from typing import Any

from common.errors import InvalidInput, NotFound
from credit_control.models import CreditAccount
from customers.models import Company, Customer


def get_company(code: str = "") -> Company:
    """Return one of our companies, the first one where none is named. One query."""
    companies = Company.objects.order_by("pk")
    company = (companies.filter(code=code) if code else companies).first()
    if company is None:
        raise InvalidInput(code="UNKNOWN_COMPANY", field="company", value=code)
    return company


def find_account(*, customer: Customer, company: Company) -> CreditAccount | None:
    """Return the account of a customer with a company, or None. One query."""
    return (
        CreditAccount.objects.select_related("payment_term")
        .filter(customer=customer, company=company)
        .first()
    )


def get_account(account_id: int, *, user: Any) -> CreditAccount:
    """Return an account that `user` may see. One query. Raises NotFound."""
    account = (
        CreditAccount.objects.for_user(user)
        .select_related("customer__sales_owner", "company", "payment_term")
        .filter(pk=account_id)
        .first()
    )
    if account is None:
        raise NotFound
    return account  # type: ignore[no-any-return]
