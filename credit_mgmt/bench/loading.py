"""Load a benchmark data set into the product's own tables, set by set, and prove it arrived.

Documents keep their own due dates (a credit note's too), so that every age range of the known
totals comes out to the cent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from common.bulk import fetch_rows, reserve_ids
from common.errors import Conflict
from credit_mgmt.bench.staging import stage_folder
from credit_mgmt.reference import seed_reference_data
from customers.models import Company, Customer

CODE = "BENCH"
CURRENCY = "EUR"
FAR = date(2199, 12, 31)

Tell = Callable[[str], None]


class AlreadyLoaded(Conflict):
    """The database holds customers; a benchmark wants one of its own."""

    code = "ALREADY_LOADED"


@dataclass(frozen=True)
class LoadedSet:
    """What was loaded: rows of each table of the data set, and our company that owns them."""

    company: Company
    rows: dict[str, int]


@transaction.atomic
def load_data_set(folder: Path, *, tell: Tell = lambda step: None) -> LoadedSet:
    """Load the folder's data set as the book of a company of its own. Raises AlreadyLoaded."""
    seed_reference_data()
    if Customer.objects.exists():
        raise AlreadyLoaded("the database holds customers already")
    company = Company.objects.create(
        code=CODE, name_en="Benchmark", name_zh="基准测试", base_currency=CURRENCY, language="en"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;"
            "set local work_mem = '128MB'"
        )
    tell("reading files")
    rows = stage_folder(folder)
    params: dict[str, Any] = {
        "company": company.pk,
        "currency": CURRENCY,
        "far": FAR,
        **_first_ids(rows),
    }
    for name, statements in STEPS:
        tell(name)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, params)
    tell("done")
    return LoadedSet(company, rows)


def analyze() -> None:
    """Let the planner know the tables; outside the load's transaction."""
    with connection.cursor() as cursor:
        for table in ANALYZED:
            cursor.execute(f"vacuum analyze {table}")


def _first_ids(rows: dict[str, int]) -> dict[str, int]:
    """Reserve ids: row n of the data set becomes first + n - 1."""
    tables = {
        "customer": ("customers_customer", rows["customers"]),
        "invoice": ("receivables_invoice", rows["invoices"]),
        "line": ("receivables_dueline", rows["invoices"]),
        "receipt": ("receivables_receipt", rows["payments"]),
        "order": ("receivables_order", rows["orders"]),
    }
    return {
        name: reserve_ids(table, max(1, count))[0] - 1 for name, (table, count) in tables.items()
    }


ANALYZED = (
    "customers_customer",
    "receivables_invoice",
    "receivables_dueline",
    "receivables_receipt",
    "receivables_application",
    "receivables_posting",
    "receivables_order",
    "receivables_delivery",
    "receivables_dispute",
    "credit_creditaccount",
    "credit_creditlimit",
)

_CUSTOMERS = """
insert into customers_customer (id, code, name, name_en, short_name, former_names, normalised_name,
    pinyin, pinyin_initials, country, kind, roles, uscc, vat_no, lei, industry, listed, currency,
    payment_term_id, language, region, relationship_since, address, phone, email, segment, state,
    state_reason, apply_oldest_first, dunning_blocked_until, version, created_at, updated_at)
select %(customer)s + s.customer_id, s.code, s.name, s.name, '', '{}', upper(s.name), lower(s.name),
    '', s.country, 'ENTERPRISE', '{BUYER}', '', '', '', '', false, %(currency)s,
    t.id, 'en', upper(s.segment), s.created_on, '', '', lower(s.code) || '@bench.example.invalid',
    'ORDINARY', 'ACTIVE', '', false, case when s.dunning_blocked then %(far)s::date end, 1, now(),
    now()
from stage_customers s left join customers_paymentterm t
    on t.code = case when s.terms_days = 0 then 'COD' else 'NET' || s.terms_days end
order by s.customer_id
"""

_ACCOUNTS = """
insert into credit_creditaccount (customer_id, company_id, currency, payment_term_id,
    dunning_procedure, version, created_at)
select c.id, %(company)s, %(currency)s, c.payment_term_id, 'STD', 1, now()
from customers_customer c order by c.id
"""
_LIMITS = """
insert into credit_creditlimit (account_id, kind, amount, currency, valid_from, state, reason,
    created_at)
select a.id, 'TOTAL', s.credit_limit_cents / 100.0, %(currency)s, s.created_on, 'ACTIVE', '', now()
from stage_customers s join credit_creditaccount a on a.customer_id = %(customer)s + s.customer_id
where s.credit_limit_cents is not null order by a.id
"""
_INVOICES = """
insert into receivables_invoice (id, number, doc_type, company_id, customer_id, doc_date,
    posting_date, base_date, payment_term_id, currency, net, tax, gross, tax_invoice_no, order_no,
    delivery_no, contract_no, reference_no, structured_ref, digest, recorded_at)
select %(invoice)s + s.invoice_id, s.number, case when s.kind = 'credit_note' then 'CN' else 'INV' end,
    %(company)s, c.id, s.issue_date, s.issue_date, s.issue_date, c.payment_term_id, s.currency,
    s.amount_cents / 100.0, 0, s.amount_cents / 100.0, '', '', '', '', '', '', md5(s.number), now()
from stage_invoices s join customers_customer c on c.id = %(customer)s + s.customer_id
order by s.invoice_id
"""
_LINES = """
insert into receivables_dueline (id, invoice_id, line_no, customer_id, company_id, currency,
    nominal_due_date, due_date, amount, open_amount, closed_on, disputed_amount, dunning_level)
select %(line)s + s.invoice_id, %(invoice)s + s.invoice_id, 1, %(customer)s + s.customer_id,
    %(company)s, s.currency, s.due_date, s.due_date, s.amount_cents / 100.0, s.open_cents / 100.0,
    s.closed_on, case when s.disputed and s.open_cents > 0 then s.open_cents / 100.0 else 0 end,
    s.dunning_level
from stage_invoices s order by s.invoice_id
"""
_DISPUTES = """
insert into receivables_dispute (due_line_id, kind, amount, text, raised_on, state)
select %(line)s + s.invoice_id, 'OTHER', s.open_cents / 100.0, '', s.issue_date, 'OPEN'
from stage_invoices s where s.disputed and s.open_cents > 0 order by s.invoice_id
"""
_RECEIPTS = """
insert into receivables_receipt (id, number, company_id, customer_id, value_date, posting_date,
    currency, amount, unapplied_amount, payer_name, payer_account, bank_account, bank_ref,
    remittance, structured_ref, method, state, match_rule, match_detail, digest, recorded_at)
select %(receipt)s + s.payment_id, 'RC' || lpad(s.payment_id::text, 9, '0'), %(company)s,
    %(customer)s + s.customer_id, s.paid_on, s.paid_on, %(currency)s, s.amount_cents / 100.0,
    s.unapplied_cents / 100.0, '', '', '', '', '', '',
    case s.method when 'card' then 'CARD' when 'cheque' then 'OTHER' else 'TRANSFER' end,
    case when s.unapplied_cents = 0 then 'APPLIED' when s.unapplied_cents = s.amount_cents
        then 'IDENTIFIED' else 'PARTLY_APPLIED' end,
    '', '{}', md5(s.payment_id::text), now()
from stage_payments s order by s.payment_id
"""
# A netted credit note comes as two rows, +x on the invoice and -x on the note; ours is one.
_APPLICATIONS = """
insert into receivables_application (due_line_id, receipt_id, credit_line_id, amount, applied_on,
    rule, reason, recorded_at)
select %(line)s + s.invoice_id, %(receipt)s + s.payment_id, %(line)s + s.credit_note_id,
    s.amount_cents / 100.0, s.allocated_on, '', '', now()
from stage_allocations s
where s.amount_cents > 0 and (s.credit_note_id is null or s.credit_note_id <> s.invoice_id)
order by s.allocation_id
"""
_POSTINGS = """
insert into receivables_posting (customer_id, company_id, due_line_id, receipt_id, currency,
    due_date, doc_date, posted_on, amount, closed_on, recorded_at)
select %(customer)s + customer_id, %(company)s, line, receipt, %(currency)s, due, doc, posted,
    cents / 100.0, coalesce(closed, date '9999-12-31'), now()
from (
    select customer_id, %(line)s + invoice_id as line, null::bigint as receipt, due_date as due,
        issue_date as doc, issue_date as posted, amount_cents as cents, closed_on as closed
    from stage_invoices
    union all
    select i.customer_id, %(line)s + i.invoice_id, null, i.due_date, i.issue_date, a.allocated_on,
        -a.amount_cents, i.closed_on
    from stage_allocations a join stage_invoices i on i.invoice_id = a.invoice_id
    union all
    select p.customer_id, null, %(receipt)s + p.payment_id, null, p.paid_on, p.paid_on,
        -p.amount_cents, case when p.unapplied_cents = 0 then greatest(p.paid_on, l.last_on) end
    from stage_payments p left join (
        select payment_id, max(allocated_on) as last_on from stage_allocations
        where payment_id is not null group by payment_id) l using (payment_id)
    union all
    select p.customer_id, null, %(receipt)s + p.payment_id, null, p.paid_on, a.allocated_on,
        a.amount_cents, case when p.unapplied_cents = 0 then greatest(p.paid_on, l.last_on) end
    from stage_allocations a join stage_payments p using (payment_id)
    left join (
        select payment_id, max(allocated_on) as last_on from stage_allocations
        where payment_id is not null group by payment_id) l using (payment_id)
) movements order by closed, posted
"""
_ORDERS = """
insert into receivables_order (id, order_no, company_id, customer_id, order_date, ship_date,
    payment_term_id, currency, state, credit_status, open_value, contract_no, version, created_at)
select %(order)s + s.order_id, 'SO' || lpad(s.order_id::text, 9, '0'), %(company)s, c.id,
    s.ordered_on, s.ordered_on + 14, c.payment_term_id, %(currency)s,
    case s.status when 'cancelled' then 'CANCELLED' when 'invoiced' then 'CLOSED' else 'OPEN' end,
    'RELEASED', case when s.status = 'open' then s.amount_cents / 100.0 else 0 end, '', 1, now()
from stage_orders s join customers_customer c on c.id = %(customer)s + s.customer_id
order by s.order_id
"""
_DELIVERIES = """
insert into receivables_delivery (delivery_no, order_id, shipped_at, carrier, signed_by, proof_file,
    state, open_value)
select 'DN' || lpad(s.order_id::text, 9, '0'), %(order)s + s.order_id,
    s.ordered_on::timestamp at time zone 'UTC', '', '', '', 'SHIPPED', s.amount_cents / 100.0
from stage_orders s where s.status = 'delivered' order by s.order_id
"""

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("customers", (_CUSTOMERS, _ACCOUNTS, _LIMITS)),
    ("invoices", (_INVOICES,)),
    ("due lines", (_LINES, _DISPUTES)),
    ("receipts", (_RECEIPTS,)),
    ("applications", (_APPLICATIONS,)),
    ("postings", (_POSTINGS,)),
    ("orders", (_ORDERS, _DELIVERIES)),
)


def count_open() -> tuple[int, str]:
    """Return how many documents are open, and what they amount to, as the caches say."""
    [(count, amount)] = fetch_rows(
        "select count(*), coalesce(sum(open_amount), 0)::numeric(20, 2) from receivables_dueline"
        " where open_amount <> 0"
    )
    return count, str(amount)
