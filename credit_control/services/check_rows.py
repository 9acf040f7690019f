"""How an answer gets into the database: the check and its reservation in one statement."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from credit_control.models import CreditAccount, OrderCheck, Reservation

DRAFT_HOURS = 24
"""How long a reservation lives whose order is not known to us: a pre-authorisation (SM06)."""

_COLUMNS = (
    "order_id", "order_no", "order_version", "amount", "currency", "ship_date", "payment_term_id",
    "as_of", "decision", "shortfall", "facts", "exposure", "limit", "rules", "remedies",
    "rating_id", "key", "checked_by_id",
)  # fmt: skip
_JSON = frozenset({"facts", "exposure", "limit", "rules", "remedies"})


@dataclass(frozen=True, slots=True)
class CheckRow:
    """An answer that is about to be stored; the JSON parts hold codes and parameters only."""

    account: CreditAccount
    order_id: int | None
    order_no: str
    order_version: int
    amount: Decimal
    currency: str
    ship_date: date
    payment_term_id: int | None
    as_of: date
    decision: str
    shortfall: Decimal
    facts: dict[str, Any]
    exposure: dict[str, Any]
    limit: dict[str, Any]
    rules: list[dict[str, Any]]
    remedies: list[dict[str, Any]]
    rating_id: int | None
    key: str
    checked_by_id: int | None

    def as_instance(self, pk: int | None) -> OrderCheck:
        """Return the row as a model instance, without asking the database."""
        values = {name: getattr(self, name) for name in _COLUMNS}
        check = OrderCheck(pk=pk, account=self.account, **values)
        check._state.adding = pk is None
        return check


_INSERT = f"""
    with stored as (
        insert into credit_ordercheck (account_id, checked_at, {", ".join(f'"{c}"' for c in _COLUMNS)})
        values (%(account)s, now(), {", ".join(f"%({c})s" for c in _COLUMNS)})
        returning id, checked_at),
    held as (
        insert into credit_reservation (account_id, check_row_id, order_id, order_no, amount,
            currency, limit_amount, ship_date, state, expires_at, created_at)
        select %(account)s, stored.id, %(order_id)s, %(order_no)s, %(amount)s, %(currency)s,
            %(limit_amount)s, %(ship_date)s, 'ACTIVE',
            case when %(is_draft)s then now() + make_interval(hours => %(hours)s) end, now()
        from stored where %(reserve)s
        returning id, expires_at, created_at)
    select stored.id, stored.checked_at, held.id, held.expires_at, held.created_at
    from stored left join held on true
"""  # noqa: S608  the names are the constants above
_GIVE_BACK = "update credit_reservation set state = 'RELEASED', ended_at = now() where id = %s"


def insert_check(
    row: CheckRow,
    *,
    reserve: bool,
    limit_amount: Decimal | None,
    replaces: int | None,
    is_draft: bool,
) -> OrderCheck:
    """Store an answer, its reservation if it makes one, and give back the one it replaces.

    Two statements at most, under the account's lock.
    """
    params: dict[str, Any] = {
        name: json.dumps(getattr(row, name)) if name in _JSON else getattr(row, name)
        for name in _COLUMNS
    }
    params |= {
        "account": row.account.pk,
        "limit_amount": limit_amount,
        "reserve": reserve,
        "is_draft": is_draft,
        "hours": DRAFT_HOURS,
    }
    with connection.cursor() as cursor:
        if replaces is not None:
            cursor.execute(_GIVE_BACK, [replaces])
        cursor.execute(_INSERT, params)
        check_id, checked_at, held_id, expires_at, created_at = cursor.fetchone()
    check = row.as_instance(check_id)
    check.checked_at = checked_at
    if held_id is not None:
        check.reservation = _reservation(
            check, held_id, limit_amount, expires_at=expires_at, created_at=created_at
        )
    return check


def _reservation(check: OrderCheck, pk: int, limit_amount: Any, **times: Any) -> Reservation:
    held = Reservation(
        pk=pk,
        account=check.account,
        check_row=check,
        order_id=check.order_id,
        order_no=check.order_no,
        amount=check.amount,
        currency=check.currency,
        limit_amount=limit_amount,
        ship_date=check.ship_date,
        **times,
    )
    held._state.adding = False
    return held
