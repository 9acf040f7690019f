# ruff: noqa: S608 - the text is made of our own pieces; every value is a bound parameter
"""The aging of a day, kept: one row per customer and currency, written once."""

from datetime import date
from typing import Any

from django.db import connection, transaction

from common.policies import get_policy
from customers.models import Company
from receivables.domain.aging import AgingBasis, bucket_ranges


@transaction.atomic
def snapshot_aging(*, as_of: date, company: Company) -> int:
    """Store the aging by due date of every customer of a company; return how many rows are new.

    A day that is stored already stays as it was first seen: a second run writes nothing.
    """
    ranges = bucket_ranges(
        tuple(get_policy("AGING_BUCKETS", as_of=as_of).body["edges"]), AgingBasis.DUE
    )
    amounts = []
    params: dict[str, Any] = {"as_of": as_of, "company": company.pk}
    for number, bucket in enumerate(ranges[1:]):
        params |= {f"first{number}": bucket.first, f"last{number}": bucket.last}
        upper = f"p.due_date <= %(as_of)s - %(first{number})s"
        lower = f" and p.due_date >= %(as_of)s - %(last{number})s" if bucket.last else ""
        amounts.append(f"coalesce(sum(p.amount) filter (where {upper}{lower}), 0)::text")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            insert into receivables_agingsnapshot
                (as_of, company_id, customer_id, currency, total, not_due, buckets, unapplied,
                 disputed)
            select %(as_of)s, p.company_id, p.customer_id, p.currency, sum(p.amount),
                coalesce(sum(p.amount) filter (where p.due_date >= %(as_of)s), 0),
                jsonb_build_array({", ".join(amounts)}),
                coalesce(-sum(p.amount) filter (where p.due_date is null), 0),
                coalesce(max(d.amount), 0)
            from receivables_posting p
            left join (
                select l.customer_id, l.currency, sum(least(d.amount, greatest(o.open, 0))) as amount
                from receivables_dispute d join receivables_dueline l on l.id = d.due_line_id
                cross join lateral (
                    select coalesce(sum(q.amount), 0) as open from receivables_posting q
                    where q.due_line_id = l.id and q.posted_on <= %(as_of)s) o
                where l.company_id = %(company)s and d.raised_on <= %(as_of)s
                    and (d.closed_on is null or d.closed_on > %(as_of)s)
                group by l.customer_id, l.currency) d
                on d.customer_id = p.customer_id and d.currency = p.currency
            where p.closed_on > %(as_of)s and p.posted_on <= %(as_of)s
                and p.company_id = %(company)s and p.customer_id is not null
            group by p.company_id, p.customer_id, p.currency having bool_or(p.amount <> 0)
            on conflict do nothing
            """,
            params,
        )
        return int(cursor.rowcount)
