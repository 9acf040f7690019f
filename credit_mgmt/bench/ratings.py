"""Many customers with statements and answers, for the benchmark of a rating of everybody."""

from credit_mgmt.bench.data import END
from credit_mgmt.bench.ideal import run_statements

# Each item is this share of the revenue, give or take; enough lines for a Z″ and the checks.
SHARES = {
    "revenue": 1.0,
    "cost_of_sales": 0.78,
    "interest_expense": 0.012,
    "income_tax_expense": 0.012,
    "profit_before_tax": 0.05,
    "net_profit": 0.038,
    "cash_and_bank": 0.09,
    "accounts_receivable": 0.17,
    "inventories": 0.14,
    "total_current_assets": 0.42,
    "fixed_assets": 0.28,
    "total_noncurrent_assets": 0.28,
    "total_assets": 0.70,
    "short_term_borrowings": 0.10,
    "accounts_payable": 0.14,
    "total_current_liabilities": 0.27,
    "long_term_borrowings": 0.08,
    "total_noncurrent_liabilities": 0.08,
    "total_liabilities": 0.35,
    "paid_in_capital": 0.15,
    "surplus_reserve": 0.03,
    "undistributed_profit": 0.17,
    "total_equity": 0.35,
    "cfo": 0.06,
    "depreciation": 0.03,
}
_ANSWERS = """jsonb_build_object('character', jsonb_build_array(a, 3, 3, a, 3),
    'capacity', jsonb_build_array(3, a, 3, 2, 3), 'capital', jsonb_build_array(3, 3, a, 3, 3),
    'collateral', jsonb_build_array(2, 3, 3, a, 3), 'conditions', jsonb_build_array(3, a, 3, 3, 3))"""


def make_rated_customers(count: int) -> None:
    """Bring the number of customers to `count`, and give each accounts and confirmed answers."""
    run_statements(
        """insert into customers_customer (code, name, name_en, short_name, former_names,
            normalised_name, pinyin, pinyin_initials, country, kind, roles, uscc, vat_no, lei,
            industry, listed, currency, language, region, address, phone, email, segment, state,
            state_reason, apply_oldest_first, version, founded, created_at, updated_at)
        select 'R' || lpad(n::text, 7, '0'), 'Rated ' || n, 'Rated ' || n, '', '{}', 'RATED' || n,
            '', '', 'CN', 'ENTERPRISE', '{BUYER}', '', '', '', 'C3429', false, 'CNY', 'en', '', '',
            '', '', 'ORDINARY', 'ACTIVE', '', false, 1, date '2005-01-01', now(), now()
        from generate_series(1, greatest(0, %(count)s - (
            select count(*) from customers_customer)::int)) n""",
        """insert into scoring_statement (customer_id, period_end, months, kind, form, gaap,
            consolidated, opinion, auditor, currency, unit, complete, non_comparable, source,
            received_on, version, doubtful, findings, digest, accepted_reason, recorded_at)
        select id, %(year_end)s, 12, 'ANNUAL', 'FULL', 'CAS', false, 'UNQUALIFIED', '', 'CNY', 1,
            true, '', 'CUSTOMER', %(received)s, 1, false, '[]', md5(id::text), '', now()
        from (select id from customers_customer order by id limit %(count)s) c
        on conflict do nothing""",
        """insert into scoring_statementline (statement_id, item, amount)
        select s.id, i.item, round((5000000 * i.share
            * (0.7 + 0.6 * ((s.id * 7919 + i.place * 104729) %% 1000) / 1000.0))::numeric, 2)
        from scoring_statement s
        cross join unnest(%(items)s::text[], %(shares)s::float8[])
            with ordinality i(item, share, place)
        on conflict do nothing""",
        f"""insert into scoring_fivecassessment (customer_id, as_of, answers, evidence, comments,
            state, recorded_at)
        select id, %(received)s, {_ANSWERS}, '{{}}', '{{}}', 'CONFIRMED', now()
        from (select id, 2 + id %% 3 as a from customers_customer
            order by id limit %(count)s) c""",  # noqa: S608 - a constant
        params={
            "count": count,
            "year_end": END.replace(year=END.year - 1, month=12, day=31),
            "received": END.replace(month=4, day=20),
            "items": list(SHARES),
            "shares": list(SHARES.values()),
        },
    )
    run_statements("analyze scoring_statement", "analyze scoring_statementline")
