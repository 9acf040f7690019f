"""What the ledger's early-warning rules look at, each for all customers in one statement."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from common.bulk import fetch_dicts
from common.dates import add_months
from receivables.domain.warnings import FirstDelay, PaidLate


@dataclass(frozen=True, slots=True)
class LateItem:
    """A customer's oldest item that is too late today, with what came before it."""

    customer_id: int
    item: str
    amount: Decimal
    currency: str
    due_date: date
    history: FirstDelay


_FIRST_LATE = """
    with late as (
        select customer_id, due_line_id, currency, min(due_date) as due_date, sum(amount) as amount
        from receivables_posting
        where closed_on > %(as_of)s and posted_on <= %(as_of)s and due_date < %(late_before)s
            and customer_id is not null and due_line_id is not null
        group by customer_id, due_line_id, currency
        having sum(amount) >= %(least)s
    ), oldest as (
        select distinct on (customer_id) *, due_date + %(days)s + 1 as late_from
        from late order by customer_id, due_date, due_line_id
    )
    select o.customer_id, i.number as item, o.amount, o.currency, o.due_date, o.late_from,
        (select max(p.closed_on) from receivables_posting p
            where p.customer_id = o.customer_id and p.closed_on <= %(as_of)s
                and p.closed_on - p.due_date > %(days)s and p.due_line_id <> o.due_line_id
                and p.due_date < o.due_date and p.amount > 0) as last_late,
        (select min(p.doc_date) from receivables_posting p
            where p.customer_id = o.customer_id and p.posted_on <= %(as_of)s) as known_since
    from oldest o
    join receivables_dueline d on d.id = o.due_line_id
    join receivables_invoice i on i.id = d.invoice_id
    order by o.customer_id
"""


def list_first_late_items(*, as_of: date, days: int, least: Decimal) -> list[LateItem]:
    """Return each customer's oldest item more than `days` late, of `least` or more. One query."""
    rows = fetch_dicts(
        _FIRST_LATE,
        {
            "as_of": as_of,
            "late_before": as_of - timedelta(days=days),
            "days": days,
            "least": least,
        },
    )
    return [
        LateItem(
            customer_id=row["customer_id"],
            item=row["item"],
            amount=row["amount"],
            currency=row["currency"],
            due_date=row["due_date"],
            history=FirstDelay(row["late_from"], row["last_late"], row["known_since"]),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PaymentPace:
    """How late a customer paid in the recent months and in those before, in one currency."""

    customer_id: int
    currency: str
    recent: PaidLate
    prior: PaidLate


_PACE = """
    select d.customer_id, d.currency,
        coalesce(sum(a.amount) filter (where a.applied_on > %(recent_from)s), 0) as recent_paid,
        coalesce(sum(a.amount * greatest(a.applied_on - d.due_date, 0))
            filter (where a.applied_on > %(recent_from)s), 0) as recent_days,
        coalesce(sum(a.amount) filter (where a.applied_on <= %(recent_from)s), 0) as prior_paid,
        coalesce(sum(a.amount * greatest(a.applied_on - d.due_date, 0))
            filter (where a.applied_on <= %(recent_from)s), 0) as prior_days
    from receivables_application a
    join receivables_dueline d on d.id = a.due_line_id
    where a.applied_on > %(prior_from)s and a.applied_on <= %(as_of)s and a.reverses_id is null
        and a.receipt_id is not null and d.due_date is not null and a.amount > 0
        and not exists (select 1 from receivables_application r
            where r.reverses_id = a.id and r.applied_on <= %(as_of)s)
    group by d.customer_id, d.currency
    order by d.customer_id, d.currency
"""


def list_payment_paces(*, as_of: date, recent_months: int, prior_months: int) -> list[PaymentPace]:
    """Return how late everybody paid, in two windows that end on `as_of`. One query."""
    recent_from = add_months(as_of, -recent_months)
    rows = fetch_dicts(
        _PACE,
        {
            "as_of": as_of,
            "recent_from": recent_from,
            "prior_from": add_months(recent_from, -prior_months),
        },
    )
    return [
        PaymentPace(
            customer_id=row["customer_id"],
            currency=row["currency"],
            recent=PaidLate(row["recent_paid"], row["recent_days"]),
            prior=PaidLate(row["prior_paid"], row["prior_days"]),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class StrangePayer:
    """A receipt whose payer bears another name than the customer, and the names tied to him."""

    customer_id: int
    receipt_id: int
    number: str
    amount: Decimal
    currency: str
    value_date: date
    payer: str
    names: tuple[str, ...]
    related_names: tuple[str, ...]


_PAYERS = """
    select r.customer_id, r.id as receipt_id, r.number, r.amount, r.currency, r.value_date,
        r.payer_name as payer, c.name, c.name_en, c.short_name, c.former_names, tied.names as tied
    from receivables_receipt r
    join customers_customer c on c.id = r.customer_id
    left join lateral (
        select array_agg(o.name) || array_agg(o.name_en) as names from customers_customer o
        where o.id <> c.id and (
            o.id = c.parent_id or o.parent_id = c.id or o.group_id = c.group_id
            or o.id in (select t.target_id from customers_relation t where t.source_id = c.id
                and t.valid_from <= r.value_date
                and (t.valid_to is null or t.valid_to > r.value_date))
            or o.id in (select t.source_id from customers_relation t where t.target_id = c.id
                and t.valid_from <= r.value_date
                and (t.valid_to is null or t.valid_to > r.value_date)))) tied on true
    where r.posting_date > %(since)s and r.posting_date <= %(as_of)s and r.payer_name <> ''
        and r.state <> 'RETURNED'
        and r.payer_name not in (c.name, c.name_en, c.short_name)
        and not (r.payer_name = any(c.former_names))
        and not exists (select 1 from customers_bankaccount b
            where b.customer_id = c.id and b.account = r.payer_account
                and b.verified_by_id is not null)
    order by r.customer_id, r.id
"""


def list_strange_payers(*, as_of: date, since: date) -> list[StrangePayer]:
    """Return recent receipts paid under another name, without those from checked accounts. One query."""
    rows = fetch_dicts(_PAYERS, {"as_of": as_of, "since": since})
    return [
        StrangePayer(
            customer_id=row["customer_id"],
            receipt_id=row["receipt_id"],
            number=row["number"],
            amount=row["amount"],
            currency=row["currency"],
            value_date=row["value_date"],
            payer=row["payer"],
            names=(row["name"], row["name_en"], row["short_name"], *(row["former_names"] or ())),
            related_names=tuple(name for name in row["tied"] or () if name),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class RoundPayments:
    """How often a customer paid part of an item by a round amount, and by how much in all."""

    customer_id: int
    currency: str
    count: int
    amount: Decimal
    last_on: date


_ROUND = """
    select r.customer_id, r.currency, count(*) as count, sum(r.amount) as amount,
        max(r.value_date) as last_on
    from receivables_receipt r
    where r.posting_date > %(since)s and r.posting_date <= %(as_of)s and r.state <> 'RETURNED'
        and r.customer_id is not null and r.amount > 0 and mod(r.amount, %(round_to)s) = 0
        and exists (select 1 from receivables_application a
            join receivables_dueline d on d.id = a.due_line_id
            where a.receipt_id = r.id and a.reverses_id is null and a.applied_on <= %(as_of)s
                and a.amount > 0 and a.amount < d.amount
                and not exists (select 1 from receivables_application u
                    where u.reverses_id = a.id and u.applied_on <= %(as_of)s))
    group by r.customer_id, r.currency
    having count(*) >= %(least)s
    order by r.customer_id, r.currency
"""


def list_round_payments(
    *, as_of: date, since: date, round_to: Decimal, least: int
) -> list[RoundPayments]:
    """Return who paid parts by round amounts at least so often. One query."""
    params = {"as_of": as_of, "since": since, "round_to": round_to, "least": least}
    return [RoundPayments(**row) for row in fetch_dicts(_ROUND, params)]


@dataclass(frozen=True, slots=True)
class Returned:
    """A payment or bill that the bank gave back."""

    customer_id: int
    receipt_id: int
    number: str
    method: str
    amount: Decimal
    currency: str
    returned_on: date


def list_returned_receipts(*, as_of: date, since: date) -> list[Returned]:
    """Return the receipts that came back after `since`. One query."""
    rows = fetch_dicts(
        """
        select customer_id, id as receipt_id, number, method, amount, currency, returned_on
        from receivables_receipt
        where customer_id is not null and returned_on > %(since)s and returned_on <= %(as_of)s
        order by customer_id, id
        """,
        {"as_of": as_of, "since": since},
    )
    return [Returned(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Disputed:
    """What a customer contests today, and what he was invoiced lately, in one currency."""

    customer_id: int
    currency: str
    disputed: Decimal
    count: int
    invoiced: Decimal


def list_disputed(*, as_of: date, since: date) -> list[Disputed]:
    """Return everybody who contests something, with his recent invoicing. One query."""
    rows = fetch_dicts(
        """
        with contested as (
            select d.customer_id, d.currency, sum(x.amount) as disputed, count(*) as count
            from receivables_dispute x
            join receivables_dueline d on d.id = x.due_line_id
            where x.raised_on <= %(as_of)s and (x.closed_on is null or x.closed_on > %(as_of)s)
            group by d.customer_id, d.currency)
        select c.*, coalesce((
            select sum(i.gross) from receivables_invoice i
            where i.customer_id = c.customer_id and i.currency = c.currency
                and i.doc_type in ('INV', 'DN')
                and i.doc_date > %(since)s and i.doc_date <= %(as_of)s), 0) as invoiced
        from contested c order by c.customer_id, c.currency
        """,
        {"as_of": as_of, "since": since},
    )
    return [Disputed(**row) for row in rows]


def list_last_turnover(*, as_of: date) -> list[tuple[int, date]]:
    """Return the last invoice day of every customer in business, quiet for a month. One query."""
    rows = fetch_dicts(
        """
        select i.customer_id, max(i.doc_date) as day
        from receivables_invoice i
        join customers_customer c on c.id = i.customer_id and c.state in ('ACTIVE', 'WATCH')
        where i.doc_type in ('INV', 'DN') and i.doc_date <= %(as_of)s
        group by i.customer_id
        having max(i.doc_date) < %(quiet)s
        order by i.customer_id
        """,
        {"as_of": as_of, "quiet": add_months(as_of, -1)},
    )
    return [(row["customer_id"], row["day"]) for row in rows]
