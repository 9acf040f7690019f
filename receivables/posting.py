"""Posting by the hundred thousand: documents, receipts and applications through COPY.

The only writer of these facts. Every caller opens the transaction, checks permission and records
the event; here rows are written together with what follows from them: due lines, postings, and the
caches `open_amount`, `closed_on`, `unapplied_amount`, `state`.

Order of locks, everywhere: receipts, then due lines, each by ascending id.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

from django.db import connection
from django.utils import timezone

from common.bulk import reserve_ids
from common.imports.columns import Same, copy_columns
from common.jsonable import to_jsonable
from customers.models import Company
from receivables.models import NEVER

INVOICE_TABLE = "receivables_invoice"
LINE_TABLE = "receivables_dueline"
RECEIPT_TABLE = "receivables_receipt"
APPLICATION_TABLE = "receivables_application"
POSTING_TABLE = "receivables_posting"


@dataclass(slots=True)
class Instalment:
    """What of a document is due when; both dates are None on a credit document."""

    amount: Decimal
    nominal_due_date: date | None
    due_date: date | None


@dataclass(slots=True)
class InvoiceRow:
    """One document to post; `gross` is negative on credit notes and advances.

    `instalments` empty means one line over the whole amount, due on `due_date` (None on credits).
    """

    number: str
    customer_id: int
    doc_date: date
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    doc_type: str = "INV"
    posting_date: date | None = None
    base_date: date | None = None
    payment_term_id: int | None = None
    due_date: date | None = None
    nominal_due_date: date | None = None
    instalments: Sequence[Instalment] = ()
    fx_rate: Decimal | None = None
    tax_invoice_no: str = ""
    order_no: str = ""
    delivery_no: str = ""
    contract_no: str = ""
    reference_no: str = ""
    structured_ref: str = ""
    digest: str = ""
    reverses_id: int | None = None
    dunning_level: int = 0
    last_dunned_on: date | None = None


@dataclass(slots=True)
class ReceiptRow:
    """One receipt to post; `customer_id` None parks it as UNIDENTIFIED."""

    number: str
    customer_id: int | None
    value_date: date
    currency: str
    amount: Decimal
    posting_date: date | None = None
    payer_name: str = ""
    payer_account: str = ""
    bank_account: str = ""
    bank_ref: str = ""
    remittance: str = ""
    structured_ref: str = ""
    method: str = "TRANSFER"
    match_rule: str = ""
    match_detail: dict[str, Any] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class PostingResult:
    """The ids given, in the order of the rows; `line_ids` has all due lines of the documents."""

    ids: Sequence[int]
    line_ids: Sequence[int] = ()

    @property
    def created(self) -> int:
        return len(self.ids)


@dataclass(slots=True)
class ApplicationPart:
    """An amount to put on a due line, out of a receipt or of a credit line.

    An undoing carries the negative amount, the same source, and the application that it reverses.
    """

    due_line_id: int
    amount: Decimal
    applied_on: date
    receipt_id: int | None = None
    credit_line_id: int | None = None
    rule: str = ""
    reason: str = ""
    reverses_id: int | None = None


@dataclass(slots=True)
class InvoiceColumns:
    """Documents column by column: the form that files arrive in. Lists of one length.

    The `line_…` lists have one entry per due line; `line_of` is the position of its document.
    """

    number: list[str]
    customer_id: list[int]
    doc_type: list[str]
    doc_date: list[date]
    posting_date: list[date]
    base_date: list[date]
    payment_term_id: list[int | None]
    currency: list[str]
    net: list[Decimal]
    tax: list[Decimal]
    gross: list[Decimal]
    line_of: Sequence[int]
    line_no: Sequence[int]
    line_amount: Sequence[Decimal]
    line_nominal: Sequence[date | None]
    line_due: Sequence[date | None]
    digest: list[str] = field(default_factory=list)
    other: dict[str, Sequence[Any]] = field(default_factory=dict)
    line_other: dict[str, Sequence[Any]] = field(default_factory=dict)


_INVOICE_TEXTS = (
    "tax_invoice_no",
    "order_no",
    "delivery_no",
    "contract_no",
    "reference_no",
    "structured_ref",
)


def post_invoices(
    rows: Iterable[InvoiceRow],
    *,
    company: Company,
    batch: Any = None,
    actor: Any = None,
    recorded_at: datetime | None = None,
) -> PostingResult:
    """Post documents with their due lines and postings; five statements for any number of rows.

    `actor` is for the caller's event; a posted fact names its batch. Raises IntegrityError when a
    number is posted already.
    """
    rows = list(rows)
    instalments = [row.instalments or (_single_line(row),) for row in rows]
    lines = list(chain.from_iterable(instalments))
    line_of = list(
        chain.from_iterable(repeat(n, len(parts)) for n, parts in enumerate(instalments))
    )
    columns = InvoiceColumns(
        number=[row.number for row in rows],
        customer_id=[row.customer_id for row in rows],
        doc_type=[row.doc_type for row in rows],
        doc_date=[row.doc_date for row in rows],
        posting_date=[row.posting_date or row.doc_date for row in rows],
        base_date=[row.base_date or row.doc_date for row in rows],
        payment_term_id=[row.payment_term_id for row in rows],
        currency=[row.currency for row in rows],
        net=[row.net for row in rows],
        tax=[row.tax for row in rows],
        gross=[row.gross for row in rows],
        digest=[row.digest or digest_row(row) for row in rows],
        other={
            name: [getattr(row, name) for row in rows]
            for name in (*_INVOICE_TEXTS, "fx_rate", "reverses_id")
        },
        line_of=line_of,
        line_no=list(chain.from_iterable(range(1, len(p) + 1) for p in instalments)),
        line_amount=[line.amount for line in lines],
        line_nominal=[line.nominal_due_date for line in lines],
        line_due=[line.due_date for line in lines],
        line_other={
            "dunning_level": [rows[n].dunning_level for n in line_of],
            "last_dunned_on": [rows[n].last_dunned_on for n in line_of],
        },
    )
    return post_invoice_columns(columns, company=company, batch=batch, recorded_at=recorded_at)


def _single_line(row: InvoiceRow) -> Instalment:
    return Instalment(row.gross, row.nominal_due_date or row.due_date, row.due_date)


def digest_row(row: Any) -> str:
    """Return the digest of what a row says, for telling a repetition from a contradiction."""
    text = "\x1f".join(str(to_jsonable(getattr(row, name))) for name in type(row).__slots__)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def post_invoice_columns(
    columns: InvoiceColumns,
    *,
    company: Company,
    batch: Any = None,
    recorded_at: datetime | None = None,
) -> PostingResult:
    """Post documents given column by column; see `post_invoices`."""
    size, lines = len(columns.number), len(columns.line_of)
    if not size:
        return PostingResult(())
    now = recorded_at or timezone.now()
    ids = reserve_ids(INVOICE_TABLE, size)
    line_ids = reserve_ids(LINE_TABLE, lines)
    copy_columns(
        INVOICE_TABLE,
        {
            "id": ids,
            "number": columns.number,
            "doc_type": columns.doc_type,
            "company_id": Same(company.pk),
            "customer_id": columns.customer_id,
            "doc_date": columns.doc_date,
            "posting_date": columns.posting_date,
            "base_date": columns.base_date,
            "payment_term_id": columns.payment_term_id,
            "currency": columns.currency,
            "net": columns.net,
            "tax": columns.tax,
            "gross": columns.gross,
            "digest": columns.digest,
            "batch_id": Same(getattr(batch, "pk", None)),
            "recorded_at": Same(now),
            "fx_rate": columns.other.get("fx_rate", Same(None)),
            "reverses_id": columns.other.get("reverses_id", Same(None)),
            **{name: columns.other.get(name, Same("")) for name in _INVOICE_TEXTS},
        },
        size=size,
        free_text=("number", *_INVOICE_TEXTS),
    )
    _copy_lines(columns, ids, line_ids, company, now)
    return PostingResult(ids, line_ids)


def _copy_lines(
    columns: InvoiceColumns,
    ids: Sequence[int],
    line_ids: Sequence[int],
    company: Company,
    now: datetime,
) -> None:
    """Write the due lines and the posting of each; what amounts to nothing is closed at once."""
    at = columns.line_of
    posted_on = [columns.posting_date[n] for n in at]
    closed_on = [
        None if amount else day for amount, day in zip(columns.line_amount, posted_on, strict=True)
    ]
    shared = {
        "customer_id": [columns.customer_id[n] for n in at],
        "company_id": Same(company.pk),
        "currency": [columns.currency[n] for n in at],
        "due_date": columns.line_due,
        "amount": columns.line_amount,
    }
    copy_columns(
        LINE_TABLE,
        {
            **shared,
            "id": line_ids,
            "invoice_id": [ids[n] for n in at],
            "line_no": columns.line_no,
            "nominal_due_date": columns.line_nominal,
            "open_amount": columns.line_amount,
            "closed_on": closed_on,
            "disputed_amount": Same(0),
            "dunning_level": columns.line_other.get("dunning_level", Same(0)),
            "last_dunned_on": columns.line_other.get("last_dunned_on", Same(None)),
        },
        size=len(line_ids),
    )
    copy_columns(
        POSTING_TABLE,
        {
            **shared,
            "due_line_id": line_ids,
            "doc_date": [columns.doc_date[n] for n in at],
            "posted_on": posted_on,
            "closed_on": [day or NEVER for day in closed_on],
            "recorded_at": Same(now),
        },
        size=len(line_ids),
    )


def post_receipts(
    rows: Iterable[ReceiptRow],
    *,
    company: Company,
    batch: Any = None,
    actor: Any = None,
    recorded_at: datetime | None = None,
) -> PostingResult:
    """Post receipts, all of their money unapplied, with one posting each; three statements.

    A receipt without a customer is parked as UNIDENTIFIED. Raises IntegrityError when a number, or
    the bank's reference of a movement, is posted already.
    """
    rows = list(rows)
    if not rows:
        return PostingResult(())
    now = recorded_at or timezone.now()
    size = len(rows)
    ids = reserve_ids(RECEIPT_TABLE, size)
    texts = ("payer_name", "payer_account", "bank_account", "bank_ref", "remittance")
    amounts = [row.amount for row in rows]
    posting_dates = [row.posting_date or row.value_date for row in rows]
    shared = {
        "customer_id": [row.customer_id for row in rows],
        "company_id": Same(company.pk),
        "currency": [row.currency for row in rows],
        "recorded_at": Same(now),
    }
    copy_columns(
        RECEIPT_TABLE,
        {
            **shared,
            "id": ids,
            **{name: [getattr(row, name) for row in rows] for name in ("number", *texts)},
            "structured_ref": [row.structured_ref for row in rows],
            "value_date": [row.value_date for row in rows],
            "posting_date": posting_dates,
            "amount": amounts,
            "unapplied_amount": amounts,
            "method": [row.method for row in rows],
            "state": ["IDENTIFIED" if row.customer_id else "UNIDENTIFIED" for row in rows],
            "match_rule": [row.match_rule for row in rows],
            "match_detail": [json.dumps(to_jsonable(row.match_detail)) for row in rows],
            "digest": [row.digest or digest_row(row) for row in rows],
            "batch_id": Same(getattr(batch, "pk", None)),
        },
        size=size,
        free_text=("number", "structured_ref", "match_detail", *texts),
    )
    copy_columns(
        POSTING_TABLE,
        {
            **shared,
            "receipt_id": ids,
            "doc_date": [row.value_date for row in rows],
            "posted_on": posting_dates,
            "amount": [-amount for amount in amounts],
            "closed_on": Same(NEVER),
        },
        size=size,
    )
    return PostingResult(ids)


def write_applications(
    parts: Iterable[ApplicationPart], *, actor: Any = None, recorded_at: datetime | None = None
) -> list[int]:
    """Write applications (or their undoing), settle both sides, post both movements.

    Six statements for any number of parts; returns the ids in order. The caller holds the locks.
    The database refuses to apply more than is open (`due_line_open_within_amount`,
    `receipt_unapplied_within_amount`).
    """
    parts = list(parts)
    if not parts:
        return []
    ids = reserve_ids(APPLICATION_TABLE, len(parts))
    copy_columns(
        APPLICATION_TABLE,
        {
            "id": ids,
            **{
                name: [getattr(part, name) for part in parts]
                for name in (
                    "due_line_id",
                    "amount",
                    "applied_on",
                    "receipt_id",
                    "credit_line_id",
                    "rule",
                    "reason",
                    "reverses_id",
                )
            },
            "applied_by_id": Same(getattr(actor, "pk", None)),
            "recorded_at": Same(recorded_at or timezone.now()),
        },
        size=len(parts),
        free_text=("reason",),
    )
    lines = {part.due_line_id for part in parts}
    lines |= {part.credit_line_id for part in parts if part.credit_line_id}
    settle_lines(lines, {part.receipt_id for part in parts if part.receipt_id})
    with connection.cursor() as cursor:
        cursor.execute(_POST_APPLICATIONS, {"first": ids[0], "last": ids[-1], "never": NEVER})
    return list(ids)


# Two signed rows per application that sum to zero: off the item, back onto its source. Both carry
# the closing dates that `settle_lines` has just found.
_POST_APPLICATIONS = """
insert into receivables_posting (customer_id, company_id, due_line_id, receipt_id, currency,
    due_date, doc_date, posted_on, amount, closed_on, recorded_at)
select l.customer_id, l.company_id, l.id, null::bigint, l.currency, l.due_date, i.doc_date,
    a.applied_on, -a.amount, coalesce(l.closed_on, %(never)s), a.recorded_at
from receivables_application a
join receivables_dueline l on l.id = a.due_line_id
join receivables_invoice i on i.id = l.invoice_id
where a.id between %(first)s and %(last)s
union all
select l.customer_id, l.company_id, l.id, null::bigint, l.currency, l.due_date, i.doc_date,
    a.applied_on, a.amount, coalesce(l.closed_on, %(never)s), a.recorded_at
from receivables_application a
join receivables_dueline l on l.id = a.credit_line_id
join receivables_invoice i on i.id = l.invoice_id
where a.id between %(first)s and %(last)s
union all
select r.customer_id, r.company_id, null::bigint, r.id, r.currency, null::date, r.value_date,
    a.applied_on, a.amount,
    case when r.unapplied_amount = 0 then (
        select greatest(max(x.applied_on), r.posting_date, r.returned_on)
        from receivables_application x where x.receipt_id = r.id)
    else %(never)s end,
    a.recorded_at
from receivables_application a join receivables_receipt r on r.id = a.receipt_id
where a.id between %(first)s and %(last)s
"""


def settle_lines(line_ids: Collection[int], receipt_ids: Collection[int] = ()) -> None:
    """Recount the caches of these due lines and receipts from their applications.

    One statement for the lines (`open_amount`, `closed_on`) and their postings, one for the receipts
    (`unapplied_amount`, `state`) and theirs. An item closes on the last day that moved it: from that
    day on its postings sum to zero, whatever came before.
    """
    with connection.cursor() as cursor:
        if line_ids:
            cursor.execute(_SETTLE_LINES, {"ids": sorted(line_ids), "never": NEVER})
        if receipt_ids:
            cursor.execute(_SETTLE_RECEIPTS, {"ids": sorted(receipt_ids), "never": NEVER})


# Each item looks its applications up by index. Joining with grouped sums would leave the choice of
# plan to statistics that know nothing of rows written in the same transaction.
_SETTLE_LINES = """
with settled as (
    update receivables_dueline l
    set open_amount = l.amount
            - coalesce((select sum(a.amount) from receivables_application a
                where a.due_line_id = l.id), 0)
            + coalesce((select sum(a.amount) from receivables_application a
                where a.credit_line_id = l.id), 0),
        closed_on = case when l.amount
            = coalesce((select sum(a.amount) from receivables_application a
                where a.due_line_id = l.id), 0)
            - coalesce((select sum(a.amount) from receivables_application a
                where a.credit_line_id = l.id), 0)
        then greatest(
            (select i.posting_date from receivables_invoice i where i.id = l.invoice_id),
            (select max(a.applied_on) from receivables_application a where a.due_line_id = l.id),
            (select max(a.applied_on) from receivables_application a
                where a.credit_line_id = l.id)) end
    where l.id = any(%(ids)s::bigint[])
    returning l.id, coalesce(l.closed_on, %(never)s) as closed_on
)
update receivables_posting p set closed_on = s.closed_on
from settled s where p.due_line_id = s.id and p.closed_on <> s.closed_on
"""

_SETTLE_RECEIPTS = """
with settled as (
    update receivables_receipt r
    set unapplied_amount = case when r.state in ('RETURNED', 'REFUNDED') then 0
            else r.amount - coalesce((select sum(a.amount) from receivables_application a
                where a.receipt_id = r.id), 0) end,
        state = case
            when r.state in ('RETURNED', 'REFUNDED') or r.customer_id is null then r.state
            else (select case
                when coalesce(sum(a.amount), 0) = r.amount then 'APPLIED'
                when coalesce(sum(a.amount), 0) = 0 then 'IDENTIFIED'
                else 'PARTLY_APPLIED' end
                from receivables_application a where a.receipt_id = r.id) end
    where r.id = any(%(ids)s::bigint[])
    returning r.id, r.customer_id, case when r.unapplied_amount = 0 then greatest(
        r.posting_date, r.returned_on,
        (select max(a.applied_on) from receivables_application a where a.receipt_id = r.id))
        else %(never)s end as closed_on
)
update receivables_posting p set closed_on = s.closed_on, customer_id = s.customer_id
from settled s
where p.receipt_id = s.id
    and (p.closed_on <> s.closed_on or p.customer_id is distinct from s.customer_id)
"""

__all__ = [
    "ApplicationPart",
    "Instalment",
    "InvoiceColumns",
    "InvoiceRow",
    "PostingResult",
    "ReceiptRow",
    "digest_row",
    "post_invoice_columns",
    "post_invoices",
    "post_receipts",
    "settle_lines",
    "write_applications",
]
