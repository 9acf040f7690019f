"""Accounts are made when credit is first asked for, and never removed."""

from credit_control.models import CreditAccount
from customers.models import Company, Customer


def get_or_create_account(*, customer: Customer, company: Company) -> CreditAccount:
    """Return the account of a customer with a company, made now where there was none.

    Two callers at once get the same row: the database allows one.
    """
    account: CreditAccount
    account, _created = CreditAccount.objects.select_related("payment_term").get_or_create(
        customer=customer,
        company=company,
        defaults={
            "currency": company.base_currency,
            "payment_term_id": customer.payment_term_id,
        },
    )
    return account
