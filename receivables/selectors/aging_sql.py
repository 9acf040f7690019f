# ruff: noqa: S608 - the text is made of our own pieces; every value is a bound parameter
"""The statement behind the aging of a day, put together from fixed pieces and bound parameters.

Shape: `opened` reads one index range of `Posting` and sums per customer, currency and bucket;
`visible` keeps the reader's scope; `priced` converts; `grouped` rolls up; the rest are the totals,
the notes and the page. No value of a user ever becomes part of the text: names of columns come from
the tables here, everything else is a parameter.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from common.money import CURRENCIES
from common.scope import visible_customers
from receivables.domain.aging import AgingBasis, Bucket
from receivables.selectors.aging_filter import AgingFilter
from receivables.selectors.scoping import customer_subquery


@dataclass(frozen=True, slots=True)
class Grouping:
    """How rows are rolled up: SQL of the key, and the join that supplies it."""

    key: str
    needs_customer: bool
    is_customer: bool = False


GROUPINGS = {
    "customer": Grouping("p.customer_id", needs_customer=False, is_customer=True),
    "sales": Grouping("c.sales_owner_id", needs_customer=True),
    "region": Grouping("c.region", needs_customer=True),
    "company": Grouping("p.company_id", needs_customer=False),
    "currency": Grouping("p.currency", needs_customer=False),
}
SORTS = ("total", "name", "not_due", "overdue", "unapplied", "disputed", "overdue_ratio")
_NAMED = {
    # key of the row, its name, second line; `g` is the rolled-up row
    "customer": (
        "c.code",
        "case when %(is_chinese)s or c.name_en = '' then c.name else c.name_en end",
        "coalesce(case when %(is_chinese)s and u.name_zh <> '' then u.name_zh else"
        " nullif(trim(u.first_name || ' ' || u.last_name), '') end, u.username, '')",
        "join customers_customer c on c.id = g.group_key"
        " left join users_user u on u.id = c.sales_owner_id",
    ),
    "sales": (
        "coalesce(u.username, '')",
        "coalesce(case when %(is_chinese)s and u.name_zh <> '' then u.name_zh else"
        " nullif(trim(u.first_name || ' ' || u.last_name), '') end, u.username, '')",
        "''",
        "left join users_user u on u.id = g.group_key",
    ),
    "region": ("g.group_key", "g.group_key", "''", ""),
    "company": (
        "m.code",
        "case when %(is_chinese)s and m.name_zh <> '' or m.name_en = '' then m.name_zh"
        " else m.name_en end",
        "m.base_currency",
        "join customers_company m on m.id = g.group_key",
    ),
    "currency": ("g.group_key", "g.group_key", "''", ""),
}
_NAME_SORT = {
    "customer": "case when %(is_chinese)s then coalesce(nullif(c.pinyin, ''), c.name)"
    " else coalesce(nullif(c.name_en, ''), c.name) end",
}


@dataclass(frozen=True, slots=True)
class AgingQuery:
    """Everything the statement depends on, checked by the selector."""

    as_of: date
    ranges: tuple[Bucket, ...]
    basis: AgingBasis
    by: str
    currency: str
    base: str
    known_at: datetime | None
    filters: AgingFilter
    user: Any
    sort: str
    limit: int | None
    offset: int
    is_chinese: bool


class _Params:
    """Numbers the parameters, so that pieces may be put together in any order."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"

    def subquery(self, condition: Q) -> str:
        """Return `(select id …)` of the customers that meet the condition, its values bound."""
        return customer_subquery(condition, self.values, f"q{len(self.values)}_")


def build_statement(query: AgingQuery) -> tuple[str, dict[str, Any]]:
    """Return the statement and its parameters.

    It answers rows of kind T (totals; position is the count, second the currency), S (structure
    before rows are hidden), M (amounts without a rate), U (unknown payers), F (rates), R (the page).
    """
    params = _Params()
    params.values |= {
        "as_of": query.as_of,
        "is_chinese": query.is_chinese,
        "base": query.base,
        "known_at": query.known_at,
        "limit": query.limit,
        "offset": query.offset,
    }
    buckets = [f"b{n}" for n in range(len(query.ranges))]
    parts = [
        _opened(query, params),
        _visible(query, params),
        _currencies(),
        _disputed(query),
        _priced(query, params, buckets),
        _grouped(query, buckets),
        _shown(query, buckets),
        _page(query),
    ]
    selects = [
        _totals("T", "kept", "(select code from target)", buckets),
        _totals("S", "grouped", "null", buckets),
        _unconverted(buckets),
        _rates(buckets),
        f"""select 'R', position, key, name, second, customer_id, total, {", ".join(buckets)},
            unapplied, overdue, disputed, customers from page""",
    ]
    is_whole = query.user is None or not visible_customers(query.user)
    if is_whole and not query.filters.narrows_customers:
        selects.append(_unidentified(buckets))
    answer = "\nunion all\n".join(selects)
    return f"with {', '.join(parts)}\n{answer}\norder by 1, 2", params.values


def _opened(query: AgingQuery, params: _Params) -> str:
    """Sum the open items per customer and currency: one range of the covering index.

    An item that closed by that day is left out by its closing date. With `known_at` that date says
    nothing, for it knows later bookings: then the whole history is read.
    """
    days = [
        f"coalesce(sum(p.amount) filter (where {_in_range(query, bucket)}), 0) as b{n}"
        for n, bucket in enumerate(query.ranges)
    ]
    where = ["p.posted_on <= %(as_of)s"]
    if query.known_at is None:
        where.append("p.closed_on > %(as_of)s")
    else:
        where.append("p.recorded_at <= %(known_at)s")
    if query.currency:
        where.append(f"p.currency = {params.add(query.currency)}")
    if query.filters.company:
        company = params.add(query.filters.company)
        where.append(f"p.company_id = (select id from customers_company where code = {company})")
    keys = "p.customer_id, p.currency" + (", p.company_id" if query.by == "company" else "")
    return f"""opened as materialized (
        select {keys}, {", ".join(days)},
            coalesce(-sum(p.amount) filter (where p.due_date is null), 0) as unapplied,
            coalesce(sum(p.amount) filter (where p.due_date < %(as_of)s), 0) as overdue
        from receivables_posting p where {" and ".join(where)} group by {keys})"""


def _in_range(query: AgingQuery, bucket: Bucket) -> str:
    """Return the condition of one age range as a range of dates, literals of our own making."""
    column = "p.due_date" if query.basis is AgingBasis.DUE else "p.doc_date"
    pieces = [] if query.basis is AgingBasis.DUE else ["p.due_date is not null"]
    if bucket.first is not None:
        pieces.append(f"{column} <= date '{query.as_of - timedelta(days=bucket.first)}'")
    if bucket.last is not None:
        pieces.append(f"{column} >= date '{query.as_of - timedelta(days=bucket.last)}'")
    return " and ".join(pieces)


def _visible(query: AgingQuery, params: _Params) -> str:
    """Keep what the reader may see; what is on no customer's account is nobody's row."""
    scope = visible_customers(query.user) if query.user is not None else Q()
    where = "customer_id is not null"
    if scope:
        where += f" and customer_id in {params.subquery(scope)}"
    return f"visible as (select * from opened where {where})"


def _currencies() -> str:
    """Find the currency of the report, and what one unit of each other one is worth in it.

    A stored rate says how many CNY one unit is; two of them make a cross rate.
    """
    places = "case code " + " ".join(
        f"when '{code}' then {known.minor_units}"
        for code, known in CURRENCIES.items()
        if known.minor_units != 2
    )
    return f"""present as (select distinct currency from visible),
    target as (
        select code, {places} else 2 end as places from (
            select case when count(*) = 1 then min(currency) else %(base)s end as code
            from present) t),
    worth as (
        select distinct on (code) code, value from common_rate
        where kind = 'fx' and valid_from <= %(as_of)s order by code, valid_from desc),
    factors as (
        select p.currency, case when p.currency = t.code then 1 else
            (case when p.currency = 'CNY' then 1 else w.value end)
            / (case when t.code = 'CNY' then 1 else b.value end) end as factor
        from present p cross join target t
        left join worth w on w.code = p.currency left join worth b on b.code = t.code)"""


def _disputed(query: AgingQuery) -> str:
    """Sum what was contested on that day, never more than was open of the item."""
    known = "" if query.known_at is None else " and p.recorded_at <= %(known_at)s"
    company = ", l.company_id" if query.by == "company" else ""
    return f"""disputed as (
        select l.customer_id, l.currency{company}, sum(least(d.amount, greatest(o.open, 0))) as amount
        from receivables_dispute d join receivables_dueline l on l.id = d.due_line_id
        cross join lateral (
            select coalesce(sum(p.amount), 0) as open from receivables_posting p
            where p.due_line_id = l.id and p.posted_on <= %(as_of)s{known}) o
        where d.raised_on <= %(as_of)s and (d.closed_on is null or d.closed_on > %(as_of)s)
        group by l.customer_id, l.currency{company})"""


def _priced(query: AgingQuery, params: _Params, buckets: list[str]) -> str:
    """Convert, rounded once per customer, currency and amount, so that rows add up to totals."""
    amounts = ", ".join(
        f"round({name} * f.factor, t.places) as {short}"
        for name, short in [
            *((f"o.{bucket}", bucket) for bucket in buckets),
            ("o.unapplied", "unapplied"),
            ("o.overdue", "overdue"),
            ("coalesce(d.amount, 0)", "disputed"),
        ]
    )
    keys = ["customer_id", "currency", *(["company_id"] if query.by == "company" else [])]
    where = "f.factor is not null"
    condition = _filter_condition(query.filters)
    if condition:
        where += f" and o.customer_id in {params.subquery(condition)}"
    if query.filters.customer_ids is not None:
        where += f" and o.customer_id = any({params.add(list(query.filters.customer_ids))})"
    same = " and ".join(f"d.{key} = o.{key}" for key in keys)
    return f"""priced as (
        select {", ".join(f"o.{key}" for key in keys)}, {amounts}
        from visible o join factors f on f.currency = o.currency cross join target t
        left join disputed d on {same} where {where})"""


def _filter_condition(filters: AgingFilter) -> Q:
    condition = Q()
    if filters.q:
        text = filters.q.strip()
        condition &= (
            Q(code__icontains=text)
            | Q(name__icontains=text)
            | Q(name_en__icontains=text)
            | Q(short_name__icontains=text)
            | Q(pinyin_initials__istartswith=text)
            | Q(uscc__istartswith=text)
        )
    if filters.customer:
        condition &= Q(code=filters.customer)
    if filters.owner:
        condition &= Q(sales_owner__username=filters.owner)
    if filters.region:
        condition &= Q(region=filters.region)
    return condition


def _grouped(query: AgingQuery, buckets: list[str]) -> str:
    """Roll up to the rows of the report; rows with nothing in any column are none."""
    grouping = GROUPINGS[query.by]
    join = "join customers_customer c on c.id = p.customer_id" if grouping.needs_customer else ""
    names = [*buckets, "unapplied", "overdue", "disputed"]
    sums = ", ".join(f"sum(p.{name}) as {name}" for name in names)
    some = " or ".join(f"sum(p.{name}) <> 0" for name in [*buckets, "unapplied"])
    total = " + ".join(f"sum(p.{bucket})" for bucket in buckets)
    return f"""grouped as (
        select {grouping.key} as group_key, count(distinct p.customer_id)::int as customers,
            {total} - sum(p.unapplied) as total, {sums}
        from priced p {join} group by {grouping.key} having {some})"""


def _shown(query: AgingQuery, buckets: list[str]) -> str:
    where = ["true"]
    if query.filters.is_overdue:
        where.append("overdue > 0")
    if query.filters.bucket is not None and query.filters.bucket < len(buckets):
        where.append(f"{buckets[query.filters.bucket]} <> 0")
    return f"kept as (select * from grouped where {' and '.join(where)})"


def _page(query: AgingQuery) -> str:
    """Cut the page first and look up names for it alone, unless names decide the order."""
    key, name, second, join = _NAMED[query.by]
    customer = "g.group_key" if query.by == "customer" else "null::bigint"
    named = f"{key} as key, {name} as name, {second} as second, {customer} as customer_id, g.*"
    direction = "desc" if query.sort.startswith("-") else "asc"
    order = query.sort.removeprefix("-")
    cut = "order by position limit %(limit)s offset %(offset)s"
    if order == "name":
        by = _NAME_SORT.get(query.by, name)
        return f"""page as (
            select row_number() over (order by {by} {direction}, {key}) as position, {named}
            from kept g {join} {cut})"""
    column = {
        "not_due": "b0" if query.basis is AgingBasis.DUE else "overdue",
        "overdue_ratio": "overdue / nullif(total + unapplied, 0)",
    }.get(order, order)
    return f"""page as (
        select {named} from (
            select row_number() over (order by {column} {direction} nulls last, group_key)
                as position, * from kept {cut}) g {join})"""


def _totals(kind: str, source: str, second: str, buckets: list[str]) -> str:
    names = ["total", *buckets, "unapplied", "overdue", "disputed"]
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in names)
    return f"""select '{kind}' as kind, count(*) as position, null::text as key, null::text as name,
        {second} as second, null::bigint as customer_id, {sums},
        coalesce(sum(customers), 0)::int as customers from {source}"""


def _unconverted(buckets: list[str]) -> str:
    total = " + ".join(f"sum(o.{bucket})" for bucket in buckets)
    zeros = ", ".join("0" for _ in buckets)
    return f"""select 'M', 0, o.currency, null, null, null, {total} - sum(o.unapplied), {zeros},
        sum(o.unapplied), 0, 0, 0 from visible o join factors f on f.currency = o.currency
        where f.factor is null group by o.currency"""


def _rates(buckets: list[str]) -> str:
    zeros = "".join(", 0" for _ in buckets[1:])
    return f"""select 'F', 0, currency, null, null, null, 0, factor{zeros}, 0, 0, 0, 0
        from factors"""


def _unidentified(buckets: list[str]) -> str:
    zeros = ", ".join("0" for _ in buckets)
    return f"""select 'U', 0, currency, null, null, null, 0, {zeros}, sum(unapplied), 0, 0, 0
        from opened where customer_id is null group by currency having sum(unapplied) <> 0"""
