"""The order of locks of this app: accounts by ascending id, then group limits by ascending id."""

from collections.abc import Collection

from django.db import connection

from common.bulk import fetch_rows
from common.locks import lock_rows
from credit_control.models import CreditAccount, GroupLimit
from credit_control.selectors.groups import list_group_limit_ids

LOCK_WAIT = "5s"


def lock_accounts(account_ids: Collection[int]) -> list[CreditAccount]:
    """Lock accounts and then the limits of their groups up to the root; return the accounts.

    Whoever grants or uses credit calls this first, once in a transaction: the order is what keeps
    two of them from waiting for each other. A wait longer than LOCK_WAIT raises OperationalError.
    """
    with connection.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, true)", [LOCK_WAIT])
    accounts = lock_rows(CreditAccount, account_ids)
    limits: set[int] = set()
    for account, group_id in _groups(accounts):
        limits |= set(list_group_limit_ids(group_id=group_id, company_id=account.company_id))
    if limits:
        lock_rows(GroupLimit, limits)
    return accounts


def _groups(accounts: list[CreditAccount]) -> list[tuple[CreditAccount, int]]:
    """Return the accounts whose customer has a group, with that group."""
    groups = dict(
        fetch_rows(
            "select id, group_id from customers_customer where id = any(%s) and group_id is not null",
            [[account.customer_id for account in accounts]],
        )
    )
    return [(a, groups[a.customer_id]) for a in accounts if a.customer_id in groups]
