"""Group ceilings: which hold for a customer, and what all members use of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.bulk import fetch_dicts, fetch_rows
from credit_control.domain.exposure import ExposureFacts, compute_exposure
from credit_control.domain.order_check import GroupFacts
from credit_control.selectors.rates import PIVOT, Rates, rates_for
from receivables.selectors import list_exposures

_CHAIN = """
    with recursive chain as (
        select g.id, g.parent_id, 1 as depth from customers_customergroup g where g.id = %(group)s
        union all
        select g.id, g.parent_id, chain.depth + 1 from customers_customergroup g
        join chain on g.id = chain.parent_id where chain.depth < 12)
"""

_LIMIT_IDS = "".join(
    (
        _CHAIN,
        """
    select l.id from credit_grouplimit l join chain on chain.id = l.group_id
    where l.company_id = %(company)s order by l.id
""",
    )
)
_CEILINGS = "".join(
    (
        _CHAIN,
        """
    , below as (
        select chain.id as top, chain.id as id, 1 as depth from chain
        union all
        select below.top, g.id, below.depth + 1 from customers_customergroup g
        join below on g.parent_id = below.id where below.depth < 12)
    select l.id as limit_id, g.code, coalesce(nullif(g.name_zh, ''), g.name_en) as name,
        l.amount, l.currency, array_agg(distinct c.id) as customer_ids
    from credit_grouplimit l
    join chain on chain.id = l.group_id
    join customers_customergroup g on g.id = l.group_id
    join below on below.top = l.group_id
    join customers_customer c on c.group_id = below.id
    where l.company_id = %(company)s and l.valid_from <= %(as_of)s
        and (l.valid_to is null or l.valid_to >= %(as_of)s)
    group by l.id, g.code, g.name_zh, g.name_en order by l.id
""",
    )
)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A group limit in force and the customers below it."""

    limit_id: int
    code: str
    name: str
    amount: Decimal
    currency: str
    customer_ids: tuple[int, ...]


def list_group_limit_ids(*, group_id: int, company_id: int) -> list[int]:
    """Return the ids of the group limits from a group up to its root, ascending: the lock order."""
    rows = fetch_rows(_LIMIT_IDS, {"group": group_id, "company": company_id})
    return [row[0] for row in rows]


def list_ceilings(*, group_id: int, company_id: int, as_of: date) -> list[Ceiling]:
    """Return the group limits in force over a group, with every member below. One query."""
    rows = fetch_dicts(_CEILINGS, {"group": group_id, "company": company_id, "as_of": as_of})
    return [Ceiling(**row | {"customer_ids": tuple(row["customer_ids"])}) for row in rows]


def list_group_facts(
    *,
    customer_id: int,
    group_id: int,
    company_id: int,
    own_gross: Decimal,
    own_currency: str,
    as_of: date,
) -> tuple[GroupFacts, ...]:
    """Return each ceiling with the gross exposure of all members, the order asked about left out.

    Three queries, four with foreign currency. Own exposure is taken from the caller, who left out
    the order; a member whose currency has no rate makes the ceiling count as full.
    """
    ceilings = list_ceilings(group_id=group_id, company_id=company_id, as_of=as_of)
    if not ceilings:
        return ()
    members = sorted({i for c in ceilings for i in c.customer_ids} - {customer_id})
    gross = list_gross(customer_ids=members, company_id=company_id, as_of=as_of)
    gross[customer_id] = (own_gross, own_currency)
    rates = rates_for(
        {currency for _amount, currency in gross.values()} | {c.currency for c in ceilings},
        own_currency,
        as_of=as_of,
    )
    return tuple(
        GroupFacts(
            ceiling.code,
            _to(rates, ceiling.amount, ceiling.currency, own_currency, Decimal(0)),
            sum(
                (
                    _to(rates, *gross[member], own_currency, ceiling.amount)
                    for member in ceiling.customer_ids
                    if member in gross
                ),
                Decimal(0),
            ),
        )
        for ceiling in ceilings
    )


def _to(rates: Rates, amount: Decimal, source: str, target: str, instead: Decimal) -> Decimal:
    """Convert; `instead` stands in where a rate is missing, on the cautious side."""
    value = rates.convert(amount, source, target)
    return instead if value is None else value


def list_gross(
    *, customer_ids: list[int], company_id: int, as_of: date
) -> dict[int, tuple[Decimal, str]]:
    """Return the gross exposure of customers with one company, in their account's currency.

    Two queries, three with foreign currency.
    """
    exposures = list_exposures(customer_ids=customer_ids, company_id=company_id, as_of=as_of)
    held = list_held_amounts(customer_ids=customer_ids, company_id=company_id, as_of=as_of)
    currencies = {code for parts in exposures.values() for code in parts.currencies}
    targets = {row[1] for row in held.values()}
    rates = rates_for(currencies | targets, PIVOT, as_of=as_of)
    found: dict[int, tuple[Decimal, str]] = {}
    for customer_id in sorted(held.keys() | {key[0] for key in exposures}):
        parts = exposures.get((customer_id, company_id))
        total, currency = held.get(customer_id, (Decimal(0), PIVOT))
        for code, amounts in (parts.currencies if parts else {}).items():
            gross = compute_exposure(
                ExposureFacts(
                    currency=code,
                    open_items=amounts.open_items + amounts.open_orders,
                    unapplied_credits=amounts.unapplied,
                    delivered_not_invoiced=amounts.delivered_not_invoiced,
                ),
                as_of=as_of,
            ).gross
            total += rates.convert(gross, code, currency) or Decimal(0)
        found[customer_id] = (total, currency)
    return found


def list_held_amounts(
    *, customer_ids: list[int] | None, company_id: int | None, as_of: date
) -> dict[int, tuple[Decimal, str]]:
    """Return, per customer with an account, the live reservations that no counted order stands for.

    One query; customers without an account are not in it.
    """
    return {
        row[0]: (row[1], row[2])
        for row in fetch_rows(
            HELD_BY_ACCOUNT.format(columns="a.customer_id, held.amount, a.currency"),
            {"customers": customer_ids, "company": company_id, "as_of": as_of},
        )
    }


HELD_BY_ACCOUNT = """
    select {columns} from credit_creditaccount a
    cross join lateral (
        select coalesce(sum(r.limit_amount), 0) as amount from credit_reservation r
        where r.account_id = a.id and r.state = 'ACTIVE' and not exists (
            select 1 from receivables_order o
            left join customers_paymentterm t on t.id = o.payment_term_id
            where r.order_no <> '' and o.company_id = a.company_id and o.order_no = r.order_no
                and o.customer_id = a.customer_id and o.state = 'OPEN' and o.open_value <> 0
                and o.credit_status in ('RELEASED', 'RELEASED_WARNING', 'OVERRIDDEN')
                and o.order_date <= %(as_of)s and lower(coalesce(t.kind, '')) <> 'prepaid')) held
    where (%(customers)s::bigint[] is null or a.customer_id = any(%(customers)s))
        and (%(company)s::bigint is null or a.company_id = %(company)s)
"""
