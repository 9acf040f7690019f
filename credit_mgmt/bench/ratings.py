# ruff: noqa: S608 - the text is made of constants of this module; every value is a bound parameter
"""Many customers with all that a rating reads, for the benchmark of a rating of everybody.

Two years of full statements, confirmed answers, a ledger of a year, and for some an agency's grade, a
market value or an entry on a public list. The customers of the book keep the ledger they have.
"""

from datetime import date
from typing import Any

from credit_mgmt.bench.data import END
from credit_mgmt.bench.ideal import run_statements

# Each item is this share of the revenue, give or take: what the models and the checks read.
SHARES = {
    "revenue": 1.0,
    "cost_of_sales": 0.78,
    "taxes_and_surcharges": 0.005,
    "selling_expenses": 0.05,
    "admin_expenses": 0.06,
    "rd_expenses": 0.02,
    "finance_costs_net": 0.011,
    "interest_expense": 0.012,
    "income_tax_expense": 0.012,
    "operating_profit": 0.05,
    "profit_before_tax": 0.05,
    "net_profit": 0.038,
    "cash_and_bank": 0.09,
    "notes_receivable": 0.02,
    "accounts_receivable": 0.15,
    "inventories": 0.14,
    "prepayments": 0.01,
    "other_receivables": 0.01,
    "total_current_assets": 0.42,
    "fixed_assets": 0.24,
    "intangible_assets": 0.02,
    "goodwill": 0.01,
    "deferred_tax_assets": 0.01,
    "total_noncurrent_assets": 0.28,
    "total_assets": 0.70,
    "short_term_borrowings": 0.10,
    "notes_payable": 0.02,
    "accounts_payable": 0.12,
    "taxes_payable": 0.01,
    "total_current_liabilities": 0.27,
    "long_term_borrowings": 0.07,
    "deferred_tax_liabilities": 0.01,
    "total_noncurrent_liabilities": 0.08,
    "total_liabilities": 0.35,
    "paid_in_capital": 0.15,
    "surplus_reserve": 0.03,
    "undistributed_profit": 0.17,
    "total_equity": 0.35,
    "cash_from_sales": 1.05,
    "cfo": 0.06,
    "depreciation": 0.03,
    "amortisation_intangibles": 0.004,
}
PRIOR_SHARE = 0.92
INVOICES = 6
_ANSWERS = """jsonb_build_object('character', jsonb_build_array(a, 3, 3, a, 3),
    'capacity', jsonb_build_array(3, a, 3, 2, 3), 'capital', jsonb_build_array(3, 3, a, 3, 3),
    'collateral', jsonb_build_array(2, 3, 3, a, 3), 'conditions', jsonb_build_array(3, a, 3, 3, 3))"""


def make_rated_customers(count: int) -> None:
    """Bring the number of customers to `count`, and give each what a rating reads."""
    params = {
        "count": count,
        "ends": [END.replace(year=END.year - n, month=12, day=31) for n in (1, 2)],
        "received": END.replace(month=4, day=20),
        "shares": list(SHARES.values()),
        "items": list(SHARES),
        "prior": PRIOR_SHARE,
        "end": END,
        "invoices": INVOICES,
        "start": date(END.year - 3, 1, 1),
    }
    run_statements(*_PARTIES, params=params)
    run_statements(*_LEDGER, params=params)
    run_statements(*_DOSSIERS, params=params)
    for table in (
        "scoring_statement", "scoring_statementline", "scoring_fivecassessment", "customers_fact",
        "receivables_invoice", "receivables_dueline", "receivables_receipt",
        "receivables_application", "receivables_posting", "customers_listcheck",
    ):  # fmt: skip
        run_statements(f"analyze {table}")


_SOME = "(select id from customers_customer order by id limit %(count)s) c"

_PARTIES: tuple[Any, ...] = (
    """insert into customers_customer (code, name, name_en, short_name, former_names,
        normalised_name, pinyin, pinyin_initials, country, kind, roles, uscc, vat_no, lei,
        industry, listed, currency, language, region, address, phone, email, segment, state,
        state_reason, apply_oldest_first, version, founded, created_at, updated_at)
    select 'R' || lpad(n::text, 7, '0'), 'Rated ' || n, 'Rated ' || n, '', '{}', 'RATED' || n,
        '', '', 'CN', 'ENTERPRISE', '{BUYER}', '', '', '',
        case when n %% 3 = 0 then 'F51' else 'C3429' end, n %% 50 = 0, 'CNY', 'en', '', '',
        '', '', 'ORDINARY', 'ACTIVE', '', false, 1, date '2005-01-01', now(), now()
    from generate_series(1, greatest(0, %(count)s - (
        select count(*) from customers_customer)::int)) n""",
    f"""insert into scoring_statement (customer_id, period_end, months, kind, form, gaap,
        consolidated, opinion, auditor, currency, unit, complete, non_comparable, source,
        received_on, version, doubtful, findings, digest, accepted_reason, recorded_at)
    select c.id, e.day, 12, 'ANNUAL', 'FULL', 'CAS', false, 'UNQUALIFIED', '', 'CNY', 1,
        true, '', 'CUSTOMER', %(received)s - (e.place - 1)::int * 365, 1, false, '[]',
        md5(c.id::text || e.place), '', now()
    from {_SOME} cross join unnest(%(ends)s::date[]) with ordinality e(day, place)
    on conflict do nothing""",
    """insert into scoring_statementline (statement_id, item, amount)
    select s.id, i.item, round((5000000 * i.share
        * case when extract(year from s.period_end) = extract(year from %(end)s::date) - 1
            then 1 else %(prior)s end
        * (0.7 + 0.6 * ((s.customer_id * 7919 + i.place * 104729) %% 1000) / 1000.0))::numeric, 2)
    from scoring_statement s
    cross join unnest(%(items)s::text[], %(shares)s::float8[])
        with ordinality i(item, share, place)
    on conflict do nothing""",
    f"""insert into scoring_fivecassessment (customer_id, as_of, answers, evidence, comments,
        state, recorded_at)
    select id, %(received)s, {_ANSWERS}, '{{}}', '{{}}', 'CONFIRMED', now()
    from (select id, 2 + id %% 3 as a from customers_customer
        order by id limit %(count)s) c""",
)

# Invoices of two months each: paid some days early or late, the last one open for every fourth.
_LEDGER: tuple[Any, ...] = (
    """insert into receivables_invoice (number, doc_type, doc_date, posting_date, base_date,
        currency, net, tax, gross, tax_invoice_no, order_no, delivery_no, contract_no, reference_no,
        structured_ref, digest, recorded_at, company_id, customer_id)
    select 'RATED' || c.id || '-' || n, 'INV', d.due - 30, d.due - 30, d.due - 30, 'CNY', a.amount,
        0, a.amount, '', '', '', '', '', '', '', now(),
        (select id from customers_company where code = 'BENCH'), c.id
    from customers_customer c
    cross join generate_series(1, %(invoices)s) n
    cross join lateral (select (%(end)s::date - n * 55) as due) d
    cross join lateral (select (1000 + (c.id * 7919 + n * 104729) %% 90000)::numeric as amount) a
    where c.code like 'R%%'""",
    """insert into receivables_dueline (line_no, currency, nominal_due_date, due_date, amount,
        open_amount, closed_on, disputed_amount, dunning_level, company_id, customer_id, invoice_id)
    select 1, i.currency, i.doc_date + 30, i.doc_date + 30, i.gross, p.open_amount, p.closed_on, 0,
        0, i.company_id, i.customer_id, i.id
    from receivables_invoice i
    cross join lateral (select i.customer_id %% 4 = 0 and i.number like '%%-1' as is_open) o
    cross join lateral (select
        case when o.is_open then i.gross else 0 end as open_amount,
        case when o.is_open then null
            else i.doc_date + 30 + (i.id * 13 %% 45)::int - 5 end as closed_on) p
    where i.number like 'RATED%%'""",
    """insert into receivables_receipt (number, value_date, posting_date, currency, amount,
        unapplied_amount, payer_name, payer_account, bank_account, bank_ref, remittance,
        structured_ref, method, state, match_rule, match_detail, digest, recorded_at, company_id,
        customer_id)
    select 'R-' || i.number, l.closed_on, l.closed_on, l.currency, l.amount, 0, '', '', '', '', '',
        '', 'TRANSFER', 'APPLIED', '', '{}', '', now(), l.company_id, l.customer_id
    from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
    where i.number like 'RATED%%' and l.closed_on is not null""",
    """insert into receivables_application (amount, applied_on, rule, reason, recorded_at,
        due_line_id, receipt_id)
    select l.amount, l.closed_on, '', '', now(), l.id, r.id
    from receivables_receipt r
    join receivables_invoice i on 'R-' || i.number = r.number
    join receivables_dueline l on l.invoice_id = i.id
    where i.number like 'RATED%%'""",
    """insert into receivables_posting (currency, due_date, doc_date, posted_on, amount, closed_on,
        recorded_at, company_id, customer_id, due_line_id, receipt_id)
    select l.currency, l.due_date, i.doc_date, m.day, m.amount,
        coalesce(l.closed_on, date '2199-12-31'), now(), l.company_id, l.customer_id, l.id, null
    from receivables_dueline l
    join receivables_invoice i on i.id = l.invoice_id
    cross join lateral (values (i.posting_date, l.amount), (l.closed_on, -l.amount)) m(day, amount)
    where i.number like 'RATED%%' and m.day is not null""",
)

# A grade for every fifth, a market value for the listed, an entry of tax grade D for every 500th.
_DOSSIERS: tuple[Any, ...] = (
    """insert into common_rate (kind, code, valid_from, value)
    values ('fx', 'USD', %(start)s, 7.2), ('fx', 'EUR', %(start)s, 7.8) on conflict do nothing""",
    f"""insert into customers_fact (customer_id, field, value, number, unit, as_of, obtained_on,
        source_class, source_name, confidence, recorded_at)
    select c.id, f.field, f.value, f.number, '', %(received)s, %(received)s, 'AGENCY', 'bench',
        'STATED', now()
    from {_SOME}
    cross join lateral (values
        ('AGENCY_GRADE', (array['AA', 'A', 'BBB', 'BB'])[1 + c.id %% 4], null::numeric, c.id %% 5 = 0),
        ('PAYDEX', (60 + c.id %% 30)::text, 60 + c.id %% 30, c.id %% 7 = 0),
        ('MARKET_CAP', '9000000', 9000000, c.id %% 50 = 0)
    ) f(field, value, number, is_there)
    where f.is_there on conflict do nothing""",
    f"""insert into customers_listcheck (customer_id, kind, checked_on, result, match, details,
        origin, source_name, note, recorded_at)
    select c.id, 'TAX_GRADE', %(received)s, 'HIT', 'EXACT', '{{"grade": "D"}}', 'IMPORT', 'bench',
        '', now()
    from {_SOME} where c.id %% 500 = 0""",
)
