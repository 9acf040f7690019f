"""What PostgreSQL allows on the same data: narrow tables without any rule, each job one statement.

Built from the product's own rows, so that both sides count the same money. Nothing of the product
uses these tables; `drop_all` takes them away again.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from common.bulk import fetch_rows

EDGES = (30, 60, 90)
_AGES = """
    coalesce(sum(cents) filter (where due >= %(day)s), 0) as b0,
    coalesce(sum(cents) filter (where due < %(day)s and due >= %(d30)s), 0) as b1,
    coalesce(sum(cents) filter (where due < %(d30)s and due >= %(d60)s), 0) as b2,
    coalesce(sum(cents) filter (where due < %(d60)s and due >= %(d90)s), 0) as b3,
    coalesce(sum(cents) filter (where due < %(d90)s), 0) as b4,
    coalesce(sum(cents) filter (where due is null), 0) as b5"""


def run_statements(*statements: str, params: dict[str, Any] | None = None) -> None:
    """Run statements one after the other."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, params)


def drop_all() -> None:
    """Take the tables away."""
    run_statements(
        "drop table if exists bench_movement, bench_item, bench_letter, bench_document,"
        " bench_buyer, bench_figure, bench_grade, bench_account, bench_owed, bench_hold cascade"
    )


def build_movements() -> None:
    """Every movement of every item, five columns wide, stored by the day its item closed."""
    run_statements(
        """create table bench_movement as
        select customer_id::int as customer, due_date as due, posted_on as posted,
            closed_on as closed, (amount * 100)::bigint as cents
        from receivables_posting order by closed_on, customer_id""",
        "create index on bench_movement (closed) include (customer, due, posted, cents)",
        "vacuum analyze bench_movement",
    )


def age_movements(day: date) -> list[Decimal]:
    """Return the totals of the aging of a day: not due, three ages, older, on account."""
    params = {"day": day} | {f"d{n}": day - timedelta(days=n) for n in EDGES}
    [row] = fetch_rows(
        f"""select sum(b0), sum(b1), sum(b2), sum(b3), sum(b4), sum(b5) from (
            select customer, {_AGES} from bench_movement
            where closed > %(day)s and posted <= %(day)s group by customer) ages""",  # noqa: S608
        params,
    )
    return [Decimal(value or 0) / 100 for value in row]


def build_items() -> None:
    """Open items as a dunning run wants them, and a table for its letters."""
    run_statements(
        """create table bench_item as
        select id::int as line, customer_id::int as customer, due_date as due,
            (open_amount * 100)::bigint as cents, disputed_amount > 0 as disputed,
            dunning_level as level
        from receivables_dueline where open_amount <> 0""",
        "alter table bench_item add primary key (line)",
        "create index on bench_item (customer) include (line, due, cents, disputed, level)",
        """create table bench_letter (id bigserial primary key,
            line int not null unique references bench_item, customer int not null,
            level smallint not null, cents bigint not null, made timestamptz default now())""",
        "vacuum analyze bench_item",
    )


def dun_items(day: date) -> int:
    """Choose and store what is to be dunned, in one statement, and undo it; return the rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """insert into bench_letter (line, customer, level, cents)
            select line, customer, next, cents from (
                select i.*, least(level + 1, case when %(day)s - due >= 30 then 3
                        when %(day)s - due >= 15 then 2 else 1 end) as next,
                    sum(cents) over (partition by customer) as whole
                from bench_item i join customers_customer c on c.id = i.customer
                where cents > 0 and not disputed and due <= %(day)s - 3
                    and c.dunning_blocked_until is null) late
            where next > level and whole >= 50000""",
            {"day": day},
        )
        count = cursor.rowcount
        transaction.set_rollback(True)
    return int(count)


def build_documents() -> None:
    """A table of invoices with key, three indexes and one reference, as full as the product's."""
    run_statements(
        "create table bench_buyer as select id, code from customers_customer",
        "alter table bench_buyer add primary key (id)",
        """create table bench_document as
        select id, number, customer_id, doc_date, due_date, gross, open
        from (select i.id, i.number, i.customer_id, i.doc_date, l.due_date, i.gross,
                l.open_amount as open
            from receivables_invoice i join receivables_dueline l on l.invoice_id = i.id) d""",
        "alter table bench_document add primary key (id)",
        "create unique index on bench_document (number)",
        "create index on bench_document (customer_id, due_date)",
        "create index on bench_document (due_date) where open <> 0",
        "alter table bench_document add foreign key (customer_id) references bench_buyer",
        "vacuum analyze bench_document",
    )


def build_figures() -> None:
    """Statement lines by number of the item instead of its name, and a table for grades."""
    run_statements(
        """create table bench_figure as
        select s.customer_id::int as customer, i.place, l.amount::float8 as amount
        from scoring_statement s join scoring_statementline l on l.statement_id = s.id
        join unnest(array['total_current_assets', 'total_current_liabilities', 'total_assets',
            'surplus_reserve', 'undistributed_profit', 'profit_before_tax', 'interest_expense',
            'total_equity', 'total_liabilities']) with ordinality i(item, place) on i.item = l.item
        order by 1""",
        "create table bench_grade (customer int primary key, z float8, grade text)",
        "vacuum analyze bench_figure",
    )


def grade_figures() -> int:
    """Calculate a Z″ and a grade of everybody and store them, in one statement, and undo it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """insert into bench_grade
            select customer, z, case when z > 5.85 then 'A' when z > 4.15 then 'B' else 'C' end
            from (
                select customer, 3.25 + 6.56 * (ca - cl) / ta + 3.26 * re / ta
                    + 6.72 * ebit / ta + 1.05 * eq / nullif(tl, 0) as z
                from (
                    select customer,
                        sum(amount) filter (where place = 1) as ca,
                        sum(amount) filter (where place = 2) as cl,
                        sum(amount) filter (where place = 3) as ta,
                        sum(amount) filter (where place in (4, 5)) as re,
                        sum(amount) filter (where place in (6, 7)) as ebit,
                        sum(amount) filter (where place = 8) as eq,
                        sum(amount) filter (where place = 9) as tl
                    from bench_figure group by customer) f) s"""
        )
        count = cursor.rowcount
        transaction.set_rollback(True)
    return int(count)


def build_accounts() -> None:
    """Accounts, what they owe, and what is held: the least that an order check can look at."""
    run_statements(
        """create table bench_account as
        select customer_id::int as customer, 1000000000000::bigint as room
        from credit_creditaccount""",
        "alter table bench_account add primary key (customer)",
        """create table bench_owed as
        select customer_id::int as customer, (open_amount * 100)::bigint as cents
        from receivables_dueline where open_amount <> 0""",
        "create index on bench_owed (customer) include (cents)",
        """create table bench_hold (id bigserial primary key, customer int not null,
            cents bigint not null, made timestamptz default now())""",
        "create index on bench_hold (customer) include (cents)",
        "vacuum analyze bench_account, bench_owed",
    )


HOLD_STATEMENTS = (
    "select room from bench_account where customer = %s for no key update",
    """insert into bench_hold (customer, cents)
    select a.customer, 100 from bench_account a where a.customer = %s and a.room >= 100
        + (select coalesce(sum(cents), 0) from bench_owed where customer = a.customer)
        + (select coalesce(sum(cents), 0) from bench_hold where customer = a.customer)""",
)
