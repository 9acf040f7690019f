# ruff: noqa: S608 - the text is made of our own pieces; every value is a bound parameter
"""Open items of a day: the rows behind every figure of the aging, one per due line."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from common.bulk import fetch_dicts
from common.scope import visible_customers
from receivables.selectors.scoping import customer_subquery


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What was open of one due line on a day; negative for a credit note on account.

    `due_date` is the effective one, None for credit documents. `days` counts from it: negative while
    not due. Dunning level, dispute and block are those of now.
    """

    due_line_id: int
    invoice_id: int
    number: str
    line_no: int
    doc_type: str
    customer_id: int
    company_id: int
    order_no: str
    structured_ref: str
    doc_date: date
    due_date: date | None
    currency: str
    amount: Decimal
    open_amount: Decimal
    disputed_amount: Decimal
    dunning_level: int
    last_dunned_on: date | None
    dunning_blocked_until: date | None
    days: int

    @property
    def is_overdue(self) -> bool:
        return self.due_date is not None and self.days > 0 and self.open_amount > 0

    @property
    def state(self) -> str:
        """The state of a posted document (SM08), from its amounts."""
        return "POSTED" if self.open_amount == self.amount else "PARTLY_PAID"


def list_open_items(
    *,
    as_of: date,
    customer_ids: Collection[int] | None = None,
    user: Any = None,
    company_id: int | None = None,
    currency: str = "",
    known_at: datetime | None = None,
    due_from: date | None = None,
    due_to: date | None = None,
    doc_from: date | None = None,
    doc_to: date | None = None,
    limit: int | None = None,
) -> list[OpenItem]:
    """Return what was open on a day, oldest due first, credit notes last. One query.

    `customer_ids` None means every customer that `user` may see (no user: the system). The ranges
    of due and document dates are inclusive; an item without a due date is in no due range.
    """
    where = ["p.due_line_id is not null", "p.posted_on <= %(as_of)s"]
    params: dict[str, Any] = {"as_of": as_of, "limit": limit, "known_at": known_at}
    where.append("p.closed_on > %(as_of)s" if known_at is None else "p.recorded_at <= %(known_at)s")
    conditions = {
        "p.customer_id = any(%(customers)s)": ("customers", _listed(customer_ids)),
        "p.company_id = %(company)s": ("company", company_id),
        "p.currency = %(currency)s": ("currency", currency or None),
        "p.due_date >= %(due_from)s": ("due_from", due_from),
        "p.due_date <= %(due_to)s": ("due_to", due_to),
        "p.doc_date >= %(doc_from)s and p.due_date is not null": ("doc_from", doc_from),
        "p.doc_date <= %(doc_to)s and p.due_date is not null": ("doc_to", doc_to),
    }
    for sql, (name, value) in conditions.items():
        if value is not None:
            where.append(sql)
            params[name] = value
    if user is not None:
        where.append(_in_scope(user, params))
    rows = fetch_dicts(
        f"""
        with items as (
            select p.due_line_id, p.customer_id, sum(p.amount) as open
            from receivables_posting p where {" and ".join(where)}
            group by p.due_line_id, p.customer_id having sum(p.amount) <> 0)
        select l.id as due_line_id, l.invoice_id, i.number, l.line_no, i.doc_type,
            items.customer_id, l.company_id, i.order_no, i.structured_ref,
            i.doc_date, l.due_date, l.currency, l.amount,
            items.open as open_amount, l.disputed_amount, l.dunning_level, l.last_dunned_on,
            l.dunning_blocked_until, coalesce(%(as_of)s - l.due_date, 0) as days
        from items join receivables_dueline l on l.id = items.due_line_id
        join receivables_invoice i on i.id = l.invoice_id
        order by l.due_date nulls last, i.number, l.line_no limit %(limit)s
        """,
        params,
    )
    return [OpenItem(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenReceipt:
    """What was left of one receipt on a day, positive."""

    receipt_id: int
    number: str
    customer_id: int
    value_date: date
    currency: str
    amount: Decimal
    open_amount: Decimal


def list_open_receipts(
    *,
    as_of: date,
    customer_ids: Collection[int],
    company_id: int | None = None,
    known_at: datetime | None = None,
) -> list[OpenReceipt]:
    """Return the money on account of some customers on a day, oldest first. One query."""
    where = [
        "p.receipt_id is not null",
        "p.customer_id = any(%(customers)s)",
        "p.posted_on <= %(as_of)s",
        "p.closed_on > %(as_of)s" if known_at is None else "p.recorded_at <= %(known_at)s",
    ]
    if company_id is not None:
        where.append("p.company_id = %(company)s")
    rows = fetch_dicts(
        f"""
        select r.id as receipt_id, r.number, items.customer_id, r.value_date, r.currency, r.amount,
            items.open as open_amount
        from (
            select p.receipt_id, p.customer_id, -sum(p.amount) as open
            from receivables_posting p where {" and ".join(where)}
            group by p.receipt_id, p.customer_id having sum(p.amount) <> 0) items
        join receivables_receipt r on r.id = items.receipt_id
        order by r.value_date, r.number
        """,
        {
            "as_of": as_of,
            "customers": list(customer_ids),
            "known_at": known_at,
            "company": company_id,
        },
    )
    return [OpenReceipt(**row) for row in rows]


def _listed(ids: Collection[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)


def _in_scope(user: Any, params: dict[str, Any]) -> str:
    scope = visible_customers(user)
    if not scope:
        return "true"
    return f"p.customer_id in {customer_subquery(scope, params, 'scope')}"
