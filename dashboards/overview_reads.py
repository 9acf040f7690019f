# ruff: noqa: S608 - the text is made of our own pieces; every value is a bound parameter
"""Set-based reads behind the overview: one statement each, in our books' currency.

Amounts of other currencies are converted at the last rate of their day; without a rate they are
left out, as the aging does, which names them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from common.bulk import fetch_dicts, fetch_rows
from common.scope import visible_customers
from customers.models import Customer

SALES_TYPES = ("INV", "DN", "CN")
NEAR_DAYS = 31


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """Receivables of one day by age: `buckets` are what is past due, youngest first."""

    as_of: date
    total: Decimal
    not_due: Decimal
    unapplied: Decimal
    buckets: tuple[Decimal, ...]

    @property
    def overdue(self) -> Decimal:
        return sum(self.buckets, Decimal(0))

    @property
    def current(self) -> Decimal:
        return self.total - self.overdue


@dataclass(frozen=True, slots=True)
class Use:
    """Gross exposure and limits of one day, over all accounts."""

    as_of: date
    gross: Decimal
    limit: Decimal


@dataclass(frozen=True, slots=True)
class GradeUse:
    """Gross exposure and limits of the customers of one grade ("" is unrated)."""

    grade: str
    gross: Decimal
    limit: Decimal
    customers: int


class Reads:
    """The reads of one reader (None: the system), in one currency."""

    def __init__(self, user: Any, base: str) -> None:
        self.base = base
        self.params: dict[str, Any] = {"base": base}
        self.scope = self._scope(user)

    def _scope(self, user: Any) -> str:
        condition = visible_customers(user) if user is not None else None
        if not condition:
            return ""
        sql, values = (
            Customer.objects.order_by().filter(condition).values("pk").query.sql_with_params()
        )
        for n, value in enumerate(values):
            self.params[f"scope{n}"] = value
            sql = sql.replace("%s", f"%(scope{n})s", 1)
        return f"({sql})"

    def visible(self, column: str) -> str:
        """Return the condition that keeps what the reader may see."""
        return f"{column} in {self.scope}" if self.scope else "true"

    def find_factor(self, currency: str, *, day: date) -> Decimal | None:
        """Return what one unit of a currency was worth on a day; None without a rate. One query."""
        [(factor,)] = fetch_rows(
            f"select {_factor('d')} from (select %(currency)s as currency, %(day)s::date as as_of) d",
            self.params | {"currency": currency, "day": day},
        )
        return None if factor is None else Decimal(factor)

    def list_month_ends(self, days: Sequence[date]) -> list[MonthEnd]:
        """Return the aging of past days as the nights kept it, oldest first. One query."""
        rows = fetch_dicts(
            f"""
            with kept as (
                select as_of, currency, sum(total) as total, sum(not_due) as not_due,
                    sum(unapplied) as unapplied
                from receivables_agingsnapshot s
                where as_of = any(%(days)s) and {self.visible("s.customer_id")}
                group by as_of, currency
            ), aged as (
                select s.as_of, s.currency, b.place, sum(b.amount::numeric) as amount
                from receivables_agingsnapshot s
                cross join lateral jsonb_array_elements_text(s.buckets)
                    with ordinality as b(amount, place)
                where s.as_of = any(%(days)s) and {self.visible("s.customer_id")}
                group by 1, 2, 3
            )
            select as_of, 0 as place, sum(total * {_factor("k")}) as total,
                sum(not_due * {_factor("k")}) as not_due,
                sum(unapplied * {_factor("k")}) as unapplied
            from kept k group by as_of
            union all
            select as_of, place, sum(amount * {_factor("a")}), null, null
            from aged a group by as_of, place
            order by 1, 2
            """,
            self.params | {"days": list(days)},
        )
        found = []
        for day in sorted({row["as_of"] for row in rows}):
            first, *ages = [row for row in rows if row["as_of"] == day]
            found.append(
                MonthEnd(
                    day,
                    _cents(first["total"]),
                    _cents(first["not_due"]),
                    _cents(first["unapplied"]),
                    tuple(_cents(row["total"]) for row in ages),
                )
            )
        return found

    def list_sales(self, *, after: date, until: date) -> dict[date, Decimal]:
        """Return net credit sales per day: invoices and debit notes less credit notes. One query."""
        return self._per_day(
            f"""
            select posting_date as as_of, currency, sum(gross) as amount
            from receivables_invoice i
            where posting_date > %(after)s and posting_date <= %(until)s
                and doc_type = any(%(types)s) and {self.visible("i.customer_id")}
            group by posting_date, currency
            """,
            {"after": after, "until": until, "types": list(SALES_TYPES)},
        )

    def list_receipts(self, *, after: date, until: date) -> dict[date, Decimal]:
        """Return money received per value date, what went back left out. One query."""
        visible = self.visible("r.customer_id")
        return self._per_day(
            f"""
            select value_date as as_of, currency, sum(amount) as amount
            from receivables_receipt r
            where value_date > %(after)s and value_date <= %(until)s
                and state not in ('RETURNED', 'REFUNDED') and {visible}
            group by value_date, currency
            """,
            {"after": after, "until": until},
        )

    def list_expected(self, mondays: Sequence[date]) -> dict[date, Decimal]:
        """Return the cash expected per week, by its Monday. One query.

        What was open when the week began and falls due in it, and promises for the week on items
        that were overdue before it.
        """
        return self._per_day(
            f"""
            select w.monday as as_of, p.currency, sum(p.amount) as amount
            from unnest(%(mondays)s::date[]) w(monday)
            join receivables_posting p on p.due_date between w.monday and w.monday + 6
                and p.posted_on < w.monday and p.closed_on >= w.monday
            where p.closed_on >= %(first)s and {self.visible("p.customer_id")}
            group by 1, 2
            union all
            select w.monday, p.currency, sum(p.amount)
            from unnest(%(mondays)s::date[]) w(monday)
            join collection_promisetopay p on p.promise_date between w.monday and w.monday + 6
                and p.state <> 'CANCELLED'
            where {self.visible("p.customer_id")} and not exists (
                select from collection_promiseitem i
                join receivables_dueline l on l.id = i.due_line_id
                where i.promise_id = p.id and l.due_date >= w.monday)
            group by 1, 2
            """,
            {"mondays": list(mondays), "first": min(mondays)},
        )

    def list_uses(self, days: Sequence[date], *, start: date, as_of: date) -> list[Use]:
        """Return the use of credit on past days, near `start`, and of the last night. One query."""
        rows = fetch_rows(
            f"""
            with wanted as (
                select unnest(%(days)s::date[]) as as_of
                union select max(as_of) from dashboards_exposuresnapshot where as_of <= %(as_of)s
                union select coalesce(
                    (select max(as_of) from dashboards_exposuresnapshot
                        where as_of <= %(start)s and as_of > %(start)s - %(near)s),
                    (select min(as_of) from dashboards_exposuresnapshot
                        where as_of > %(start)s and as_of < %(start)s + %(near)s))
            ), kept as (
                select e.as_of, e.currency, sum(gross) as gross, sum(limit_total) as limit_total
                from dashboards_exposuresnapshot e join wanted using (as_of)
                where {self.visible("e.customer_id")}
                group by e.as_of, e.currency
            )
            select as_of, sum(gross * {_factor("k")}), sum(limit_total * {_factor("k")})
            from kept k group by as_of order by as_of
            """,
            self.params | {"days": list(days), "start": start, "as_of": as_of, "near": NEAR_DAYS},
        )
        return [Use(day, _cents(gross), _cents(limit)) for day, gross, limit in rows]

    def list_grades(self, *, night: date, as_of: date) -> list[GradeUse]:
        """Return the use of credit by grade, as of one night. One query."""
        rows = fetch_rows(
            f"""
            with kept as (
                select coalesce(r.grade, '') as grade, e.currency, e.as_of, sum(e.gross) as gross,
                    sum(e.limit_total) as limit_total, count(*) as customers
                from dashboards_exposuresnapshot e
                left join lateral (
                    select grade from scoring_rating r
                    where r.customer_id = e.customer_id and r.as_of <= %(as_of)s
                    order by r.as_of desc, r.id desc limit 1) r on true
                where e.as_of = %(night)s and {self.visible("e.customer_id")}
                group by 1, 2, 3
            )
            select grade, sum(gross * {_factor("k")}), sum(limit_total * {_factor("k")}),
                sum(customers)::int
            from kept k group by grade
            """,
            self.params | {"night": night, "as_of": as_of},
        )
        return [GradeUse(grade, _cents(g), _cents(lim), n) for grade, g, lim, n in rows]

    def _per_day(self, sql: str, params: dict[str, Any]) -> dict[date, Decimal]:
        rows = fetch_rows(
            f"""
            with found as ({sql})
            select as_of, sum(amount * {_factor("f")}) from found f group by as_of order by as_of
            """,
            self.params | params,
        )
        return {day: _cents(amount) for day, amount in rows}


def _factor(row: str) -> str:
    """Return the SQL of what one unit of the row's currency is worth on the row's day."""

    def worth(code: str) -> str:
        return f"""(case when {code} = 'CNY' then 1 else (
            select value from common_rate where kind = 'fx' and code = {code}
                and valid_from <= {row}.as_of order by valid_from desc limit 1) end)"""

    own, base = worth(f"{row}.currency"), worth("%(base)s")
    return f"(case when {row}.currency = %(base)s then 1 else {own} / {base} end)"


def _cents(amount: Decimal | None) -> Decimal:
    return Decimal(0) if amount is None else round(Decimal(amount), 2)


def list_weeks(monday: date, before: int, after: int) -> list[date]:
    """Return the Mondays of the weeks around one."""
    return [monday + timedelta(days=7 * n) for n in range(-before, after + 1)]
