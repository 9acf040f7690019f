# ruff: noqa: S608 - the text is made of our own pieces; every value is a bound parameter
"""How customers paid, read from the ledger set-wise: pieces, promises, disputes, and their score.

Which invoices count (section 8.1): invoices, debit notes and retention money. Interest and fees are
our answer to lateness, not business. A part counts from the value date of its receipt, and only once
it was applied; what was undone by ``as_of`` never happened. Set-off and advances count on the day
they were booked. What a credit note took off was never owed: an invoice credited in full, or an
amount whose dispute was justified, is no piece, whether early or late. A bill counts on receipt.
Amounts of other currencies are converted to CNY at the rates of the day; without a rate they are
left out and counted in ``unconverted``.

A closed dispute was unjustified as far as no credit note followed on its item since it was raised.
Promises are read from the events that collection records when it decides them, for the arrows point
down: kept is what was kept by its rule, or paid to ``KEPT_SHARE`` in time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from common.bulk import fetch_dicts, fetch_rows
from customers.models import Customer
from scoring.domain.payment.behaviour import (
    DEFAULT_POLICY,
    BehaviourFacts,
    BehaviourPolicy,
    BehaviourResult,
    Piece,
    score_behaviour,
    score_paydex,
)
from scoring.domain.payment.behaviour_bulk import PIECE_COLUMNS, score_behaviour_bulk
from scoring.selectors.frames import RATES_IN, read_factors, read_frame

KEPT_SHARE = Decimal("0.95")
TYPES = "('INV', 'DN', 'RET')"


@dataclass(frozen=True)
class PieceRow:
    """One piece as a page shows it: the invoice, what of it, when, and what it earned.

    ``amount`` is in the invoice's currency; ``piece`` carries it in CNY, None without a rate.
    """

    number: str
    line_no: int
    currency: str
    amount: Decimal
    due_date: date
    paid_on: date | None
    days: int
    points: Decimal
    piece: Piece | None


def gather_behaviour(
    *,
    as_of: date,
    customer_ids: Collection[int] | None = None,
    limits: Mapping[int, Decimal] | None = None,
    policy: BehaviourPolicy = DEFAULT_POLICY,
) -> pd.DataFrame:
    """Score how customers paid up to a day: one row per customer with pieces. Four queries.

    The columns of `score_behaviour_bulk`, and `unconverted`: pieces left out for want of a rate.
    With ids, a row for each of them. `limits` in CNY, for the size of the hard trigger.
    """
    pieces, unconverted = read_pieces(as_of=as_of, customer_ids=customer_ids, policy=policy)
    scored = score_behaviour_bulk(
        pieces,
        _read_promises(as_of, customer_ids, policy),
        _read_disputes(as_of, customer_ids, policy),
        as_of=as_of,
        limits=None if limits is None else pd.Series(limits, dtype=np.float64),
        customer_ids=None if customer_ids is None else pd.Index(sorted(customer_ids)),
        policy=policy,
    )
    scored["unconverted"] = unconverted.reindex(scored.index).fillna(0).astype(np.int64)
    return scored


def read_pieces(
    *,
    as_of: date,
    customer_ids: Collection[int] | None = None,
    policy: BehaviourPolicy = DEFAULT_POLICY,
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the pieces of a day in CNY, and per customer how many had no rate. Two queries."""
    frame = read_frame(
        f"""
        with {_pieces_sql(is_narrowed=customer_ids is not None)}
        select customer_id, currency, amount, dbt, event_day - date '0001-01-01' + 1, is_open::int
        from pieces
        """,
        _params(as_of, customer_ids, policy),
        {
            "customer_id": np.int64,
            "currency": "category",
            "amount": np.float64,
            "dbt": np.int32,
            "event_ordinal": np.int32,
            "is_censored": np.int8,
        },
    )
    factors = read_factors(as_of)
    frame["amount"] *= frame["currency"].astype(str).map(factors).astype(np.float64)
    has_rate = frame["amount"].notna()
    unconverted = frame.loc[~has_rate, "customer_id"].value_counts()
    return frame.loc[has_rate, list(PIECE_COLUMNS)].reset_index(drop=True), unconverted


def get_behaviour(
    customer: Customer,
    *,
    as_of: date,
    limit: Decimal | None = None,
    policy: BehaviourPolicy = DEFAULT_POLICY,
) -> tuple[BehaviourResult, list[PieceRow]]:
    """Return the score of one customer and the pieces behind it, newest first. Four queries."""
    ids = [customer.pk]
    records = fetch_dicts(
        f"""
        with {_pieces_sql(is_narrowed=True)}
        select i.number, l.line_no, p.currency, p.amount, l.due_date, p.dbt, p.event_day, p.is_open
        from pieces p join receivables_dueline l on l.id = p.line_id
        join receivables_invoice i on i.id = l.invoice_id
        order by p.event_day desc, l.due_date desc, i.number, l.line_no
        """,
        _params(as_of, ids, policy),
    )
    factors = read_factors(as_of)
    rows = [_read_row(record, factors.get(record["currency"])) for record in records]
    promises = _read_promises(as_of, ids, policy)
    disputes = _read_disputes(as_of, ids, policy)
    ratio = disputes["ratio"].get(customer.pk)
    facts = BehaviourFacts(
        pieces=[row.piece for row in rows if row.piece is not None],
        promises_kept=int(promises["kept"].get(customer.pk, 0)),
        promises_broken=int(promises["broken"].get(customer.pk, 0)),
        unjustified_dispute_ratio=None if ratio is None or pd.isna(ratio) else Decimal(str(ratio)),
        limit=limit,
    )
    return score_behaviour(facts, as_of=as_of, policy=policy), rows


def list_behaviour_trend(
    customer: Customer,
    *,
    days: Sequence[date],
    policy: BehaviourPolicy = DEFAULT_POLICY,
) -> list[tuple[date, Decimal | None]]:
    """Return the score on each of some days, as it was then: without promises. Four queries a day.

    A day without pieces has None.
    """
    found = []
    for day in days:
        scored = gather_behaviour(as_of=day, customer_ids=[customer.pk], policy=policy)
        value = scored["value"].iloc[0]
        found.append((day, None if pd.isna(value) else Decimal(str(round(value, 4)))))
    return found


def _read_row(record: Mapping[str, Any], factor: float | None) -> PieceRow:
    piece = None
    if factor is not None:
        piece = Piece(
            record["amount"] * Decimal(str(factor)),
            record["dbt"],
            record["event_day"],
            record["is_open"],
        )
    return PieceRow(
        number=record["number"],
        line_no=record["line_no"],
        currency=record["currency"],
        amount=record["amount"],
        due_date=record["due_date"],
        paid_on=None if record["is_open"] else record["event_day"],
        days=record["dbt"],
        points=score_paydex(record["dbt"]),
        piece=piece,
    )


def _pieces_sql(*, is_narrowed: bool) -> str:
    """Return the statement's parts up to `pieces`: one row per item and day of payment, or open rest.

    Sources: `live` applications; the open rest comes from the narrow table, as the aging does.
    """
    of_invoice = "and i.customer_id = any(%(ids)s)" if is_narrowed else ""
    of_posting = "and p.customer_id = any(%(ids)s)" if is_narrowed else ""
    return f"""
        paid as (
            select l.customer_id, l.id as line_id, l.currency, l.due_date,
                coalesce(r.value_date, a.applied_on) as event_day, sum(a.amount) as amount
            from receivables_invoice i
            join receivables_dueline l on l.invoice_id = i.id
            join receivables_application a on a.due_line_id = l.id
            left join receivables_receipt r on r.id = a.receipt_id
            where i.doc_type in {TYPES} and l.due_date is not null {of_invoice}
                and a.reverses_id is null and a.applied_on <= %(as_of)s
                and coalesce(r.value_date, a.applied_on) <= %(as_of)s
                and coalesce(r.value_date, a.applied_on) > %(start)s
                and not exists (select 1 from receivables_application u
                    where u.reverses_id = a.id and u.applied_on <= %(as_of)s)
                and not exists (select 1 from receivables_dueline k
                    join receivables_invoice n on n.id = k.invoice_id
                    where k.id = a.credit_line_id and n.doc_type <> 'ADV')
            group by 1, 2, 3, 4, 5),
        unpaid as (
            select p.customer_id, p.due_line_id as line_id, p.currency, p.due_date,
                sum(p.amount) as amount
            from receivables_posting p
            where p.closed_on > %(as_of)s and p.posted_on <= %(as_of)s
                and p.due_date < %(as_of)s and p.due_line_id is not null {of_posting}
            group by 1, 2, 3, 4 having sum(p.amount) > 0),
        pieces as (
            select customer_id, line_id, currency, amount, event_day - due_date as dbt, event_day,
                false as is_open
            from paid
            union all
            select u.customer_id, u.line_id, u.currency, u.amount, %(as_of)s - u.due_date,
                %(as_of)s, true
            from unpaid u join receivables_dueline l on l.id = u.line_id
            join receivables_invoice i on i.id = l.invoice_id
            where i.doc_type in {TYPES})"""


def _params(
    as_of: date, customer_ids: Collection[int] | None, policy: BehaviourPolicy
) -> dict[str, Any]:
    params = {"as_of": as_of, "start": as_of - timedelta(days=policy.window_days)}
    return params if customer_ids is None else params | {"ids": list(customer_ids)}


def _read_promises(
    as_of: date, customer_ids: Collection[int] | None, policy: BehaviourPolicy
) -> pd.DataFrame:
    narrowed = "and customer_id = any(%(ids)s)" if customer_ids is not None else ""
    rows = fetch_rows(
        f"""
        select customer_id, count(*) filter (where is_kept), count(*) filter (where not is_kept)
        from (
            select customer_id, code = 'collection.promise.kept' or coalesce(
                (after ->> 'paid_in_time')::numeric
                    >= %(share)s * (after ->> 'amount')::numeric, false) as is_kept
            from common_event
            where code in ('collection.promise.kept', 'collection.promise.partly_kept',
                'collection.promise.broken')
                and as_of > %(start)s and as_of <= %(as_of)s and customer_id is not null {narrowed}
        ) decided group by customer_id
        """,
        _params(as_of, customer_ids, policy) | {"share": KEPT_SHARE},
    )
    frame = pd.DataFrame(rows, columns=["customer_id", "kept", "broken"])
    return frame.astype(np.int64).set_index("customer_id")


def _read_disputes(
    as_of: date, customer_ids: Collection[int] | None, policy: BehaviourPolicy
) -> pd.DataFrame:
    """Return per customer the share of the value invoiced in the window that was wrongly disputed."""
    of_invoice = "and i.customer_id = any(%(ids)s)" if customer_ids is not None else ""
    of_line = "and l.customer_id = any(%(ids)s)" if customer_ids is not None else ""
    rows = fetch_rows(
        f"""
        with worth as (
            select distinct on (code) code, value from common_rate
            where kind = 'fx' and valid_from <= %(as_of)s order by code, valid_from desc),
        invoiced as (
            select i.customer_id, i.currency, sum(i.gross) as amount from receivables_invoice i
            where i.doc_type in {TYPES} and i.posting_date > %(start)s
                and i.posting_date <= %(as_of)s and i.gross > 0 {of_invoice}
            group by 1, 2),
        wrong as (
            select l.customer_id, l.currency, sum(greatest(d.amount - coalesce((
                select sum(a.amount) from receivables_application a
                join receivables_dueline k on k.id = a.credit_line_id
                join receivables_invoice n on n.id = k.invoice_id and n.doc_type <> 'ADV'
                where a.due_line_id = l.id and a.applied_on >= d.raised_on
                    and a.applied_on <= %(as_of)s), 0), 0)) as amount
            from receivables_dispute d join receivables_dueline l on l.id = d.due_line_id
            where d.closed_on > %(start)s and d.closed_on <= %(as_of)s {of_line}
            group by 1, 2)
        select i.customer_id,
            (coalesce(sum(w.amount * f.factor), 0) / sum(i.amount * f.factor))::float8
        from invoiced i
        left join wrong w on w.customer_id = i.customer_id and w.currency = i.currency
        left join worth on worth.code = i.currency
        cross join lateral (
            select case when i.currency = '{RATES_IN}' then 1 else worth.value end as factor) f
        where f.factor is not null
        group by i.customer_id
        """,
        _params(as_of, customer_ids, policy),
    )
    frame = pd.DataFrame(rows, columns=["customer_id", "ratio"])
    return frame.astype({"customer_id": np.int64, "ratio": np.float64}).set_index("customer_id")
