# ruff: noqa: S608 - the text is made of our own pieces; every value is a bound parameter
"""The books recounted from their facts: what does not add up. Nothing here is trusted, no cache.

Promise R2: for every document, to the cent: amount = applied + open; for every receipt: amount =
applied + unapplied + returned; every application's two postings sum to zero; the caches and the
narrow table say the same as the facts.
"""

from dataclasses import dataclass
from typing import Any

from common.bulk import fetch_dicts


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not add up: which check, which row, what the facts say, what is stored."""

    check: str
    row: str
    expected: str
    found: str


_APPLIED = """
    applied as (
        select line_id, sum(amount) as amount, max(applied_on) as last_on from (
            select due_line_id as line_id, -amount as amount, applied_on from receivables_application
            union all
            select credit_line_id, amount, applied_on from receivables_application
            where credit_line_id is not null) moves
        group by line_id)
"""

CHECKS: dict[str, str] = {
    "document equals its due lines": """
        select i.number as row, i.gross::text as expected, coalesce(sum(l.amount), 0)::text as found
        from receivables_invoice i left join receivables_dueline l on l.invoice_id = i.id
        group by i.id having i.gross <> coalesce(sum(l.amount), 0)""",
    "open amount of a due line": f"""
        with {_APPLIED}
        select i.number || '/' || l.line_no as row,
            (l.amount + coalesce(a.amount, 0))::text as expected, l.open_amount::text as found
        from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
        left join applied a on a.line_id = l.id
        where l.open_amount <> l.amount + coalesce(a.amount, 0)""",
    "closing date of a due line": f"""
        with {_APPLIED}
        select i.number || '/' || l.line_no as row,
            coalesce(greatest(a.last_on, i.posting_date)::text, '') as expected,
            coalesce(l.closed_on::text, '') as found
        from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
        left join applied a on a.line_id = l.id
        where (l.open_amount = 0) <> (l.closed_on is not null)
            or (l.open_amount = 0 and l.closed_on <> greatest(a.last_on, i.posting_date))""",
    "unapplied amount of a receipt": """
        select r.number as row, expected::text, r.unapplied_amount::text as found
        from receivables_receipt r cross join lateral (
            select case when r.state in ('RETURNED', 'REFUNDED') then 0
                else r.amount - coalesce(sum(a.amount), 0) end as expected
            from receivables_application a where a.receipt_id = r.id) f
        where r.unapplied_amount <> f.expected""",
    "state of a receipt": """
        select r.number as row, f.expected, r.state as found
        from receivables_receipt r cross join lateral (
            select case when r.returned_on is not null then 'RETURNED'
                when r.customer_id is null then 'UNIDENTIFIED'
                when r.unapplied_amount = 0 then 'APPLIED'
                when r.unapplied_amount = r.amount then 'IDENTIFIED'
                else 'PARTLY_APPLIED' end as expected) f
        where r.state <> f.expected and r.state not in ('IMPORTED', 'REFUNDED')""",
    "nothing applied of a returned receipt": """
        select r.number as row, '0' as expected, sum(a.amount)::text as found
        from receivables_receipt r join receivables_application a on a.receipt_id = r.id
        where r.state in ('RETURNED', 'REFUNDED') group by r.id having sum(a.amount) <> 0""",
    "reversal mirrors its application": """
        select a.id::text as row, (-o.amount)::text as expected, a.amount::text as found
        from receivables_application a join receivables_application o on o.id = a.reverses_id
        where a.amount <> -o.amount or a.due_line_id <> o.due_line_id
            or a.receipt_id is distinct from o.receipt_id
            or a.credit_line_id is distinct from o.credit_line_id or a.applied_on < o.applied_on""",
    "postings of a due line": """
        select i.number || '/' || l.line_no as row, l.open_amount::text as expected,
            coalesce(sum(p.amount), 0)::text as found
        from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
        left join receivables_posting p on p.due_line_id = l.id
        group by l.id, i.number having l.open_amount <> coalesce(sum(p.amount), 0)""",
    "postings of a receipt": """
        select r.number as row, (-r.unapplied_amount)::text as expected,
            coalesce(sum(p.amount), 0)::text as found
        from receivables_receipt r left join receivables_posting p on p.receipt_id = r.id
        group by r.id having -r.unapplied_amount <> coalesce(sum(p.amount), 0)""",
    "number of postings of a due line": """
        select i.number || '/' || l.line_no as row, (1 + a.n)::text as expected, p.n::text as found
        from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
        cross join lateral (select count(*) as n from receivables_application a
            where a.due_line_id = l.id or a.credit_line_id = l.id) a
        cross join lateral (
            select count(*) as n from receivables_posting p where p.due_line_id = l.id) p
        where p.n <> 1 + a.n""",
    "number of postings of a receipt": """
        select r.number as row, (1 + a.n + (r.returned_on is not null)::int)::text as expected,
            p.n::text as found
        from receivables_receipt r
        cross join lateral (
            select count(*) as n from receivables_application a where a.receipt_id = r.id) a
        cross join lateral (
            select count(*) as n from receivables_posting p where p.receipt_id = r.id) p
        where p.n <> 1 + a.n + (r.returned_on is not null)::int""",
    "the ledger sums to what was billed less what came in": """
        select coalesce(m.code, '') || ' ' || p.currency as row, f.expected::text,
            sum(p.amount)::text as found
        from receivables_posting p left join customers_company m on m.id = p.company_id
        join lateral (
            select coalesce((select sum(i.gross) from receivables_invoice i
                    where i.company_id = p.company_id and i.currency = p.currency), 0)
                - coalesce((select sum(r.amount) from receivables_receipt r
                    where r.company_id = p.company_id and r.currency = p.currency
                        and r.returned_on is null), 0) as expected) f on true
        group by p.company_id, p.currency, m.code, f.expected having sum(p.amount) <> f.expected""",
    "what a posting says of its due line": """
        select p.id::text as row, concat_ws(' ', l.customer_id, l.company_id, l.currency, l.due_date,
                coalesce(l.closed_on, '9999-12-31')) as expected,
            concat_ws(' ', p.customer_id, p.company_id, p.currency, p.due_date, p.closed_on) as found
        from receivables_posting p join receivables_dueline l on l.id = p.due_line_id
        where p.customer_id is distinct from l.customer_id or p.company_id <> l.company_id
            or p.currency <> l.currency or p.due_date is distinct from l.due_date
            or p.closed_on <> coalesce(l.closed_on, '9999-12-31')""",
    "what a posting says of its receipt": """
        select p.id::text as row, concat_ws(' ', r.customer_id, r.company_id, r.currency,
                r.unapplied_amount = 0) as expected,
            concat_ws(' ', p.customer_id, p.company_id, p.currency, p.closed_on) as found
        from receivables_posting p join receivables_receipt r on r.id = p.receipt_id
        where p.customer_id is distinct from r.customer_id or p.company_id <> r.company_id
            or p.currency <> r.currency or p.due_date is not null
            or (r.unapplied_amount = 0) <> (p.closed_on < '9999-12-31')""",
    "no item below nothing on any day": """
        select coalesce(i.number || '/' || l.line_no, r.number) as row, '0' as expected,
            x.running::text || ' on ' || x.posted_on as found
        from (
            select due_line_id, receipt_id, posted_on, sum(sum(amount)) over (
                partition by due_line_id, receipt_id order by posted_on) as running
            from receivables_posting group by due_line_id, receipt_id, posted_on) x
        left join receivables_dueline l on l.id = x.due_line_id
        left join receivables_invoice i on i.id = l.invoice_id
        left join receivables_receipt r on r.id = x.receipt_id
        where (x.receipt_id is not null and x.running > 0)
            or (l.amount >= 0 and (x.running < 0 or x.running > l.amount))
            or (l.amount < 0 and (x.running > 0 or x.running < l.amount))""",
    "disputed amount of a due line": """
        select i.number || '/' || l.line_no as row, coalesce(sum(d.amount), 0)::text as expected,
            l.disputed_amount::text as found
        from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
        left join receivables_dispute d on d.due_line_id = l.id and d.state = 'OPEN'
        group by l.id, i.number having l.disputed_amount <> coalesce(sum(d.amount), 0)""",
}


def list_differences(*, limit: int = 1000) -> list[Difference]:
    """Return everything that does not add up, at most `limit` rows a check. One query a check."""
    found: list[Difference] = []
    for check, sql in CHECKS.items():
        rows: list[dict[str, Any]] = fetch_dicts(f"{sql} limit %(limit)s", {"limit": limit})
        found += [
            Difference(check, row["row"], str(row["expected"]), str(row["found"])) for row in rows
        ]
    return found
