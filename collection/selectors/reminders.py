"""What falls due soon, and who has always paid in time."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.bulk import fetch_dicts
from customers.models import Company

LOOK_AHEAD_DAYS = 30
"""Farther than the earliest reminder, moved back over the longest run of holidays."""


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """An item not yet due that may be reminded of; `account_procedure` may be empty."""

    due_line_id: int
    customer_id: int
    number: str
    doc_date: date
    due_date: date
    currency: str
    amount: Decimal
    account_procedure: str
    risk_class: str
    is_punctual: bool


def list_reminder_lines(*, company: Company, as_of: date) -> list[ReminderLine]:
    """Return what falls due from that day on and may be reminded of, by customer. One query.

    Left out: contested and blocked items, items under an open promise, blocked or insolvent
    customers. Punctual: over twelve months the days between due date and payment, weighted by
    amount, average to 0 or less, and there were payments.
    """
    rows = fetch_dicts(
        """
        with line as (
            select l.id as due_line_id, l.customer_id, i.number, i.doc_date, l.due_date,
                l.currency, l.open_amount - l.disputed_amount as amount
            from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
            join customers_customer c on c.id = l.customer_id
            where l.company_id = %(company)s and l.open_amount > l.disputed_amount
                and l.open_amount > 0
                and l.due_date between %(as_of)s and %(as_of)s + %(ahead)s
                and i.posting_date <= %(as_of)s
                and coalesce(l.dunning_blocked_until < %(as_of)s, true)
                and coalesce(c.dunning_blocked_until < %(as_of)s, true)
                and c.state <> 'INSOLVENT'
                and not exists (select 1 from collection_promiseitem p
                    where p.due_line_id = l.id and p.is_open)),
        owing as (select distinct customer_id from line),
        habit as (
            select d.customer_id,
                sum(a.amount * (coalesce(r.value_date, a.applied_on) - d.due_date)) as weighted,
                sum(a.amount) as paid
            from owing join receivables_dueline d on d.customer_id = owing.customer_id
            join receivables_application a on a.due_line_id = d.id
            left join receivables_receipt r on r.id = a.receipt_id
            where d.company_id = %(company)s and d.due_date is not null
                and a.applied_on > %(as_of)s - interval '1 year' and a.applied_on <= %(as_of)s
            group by d.customer_id),
        rated as (
            select distinct on (r.customer_id) r.customer_id, r.risk_class
            from scoring_rating r join owing on owing.customer_id = r.customer_id
            where r.as_of <= %(as_of)s order by r.customer_id, r.as_of desc, r.id desc)
        select line.*, coalesce(a.dunning_procedure, '') as account_procedure,
            coalesce(rated.risk_class, '') as risk_class,
            coalesce(habit.paid > 0 and habit.weighted <= 0, false) as is_punctual
        from line left join habit on habit.customer_id = line.customer_id
        left join rated on rated.customer_id = line.customer_id
        left join credit_creditaccount a
            on a.customer_id = line.customer_id and a.company_id = %(company)s
        order by line.customer_id, line.due_date, line.due_line_id
        """,
        {"company": company.pk, "as_of": as_of, "ahead": LOOK_AHEAD_DAYS},
    )
    return [ReminderLine(**row) for row in rows]
