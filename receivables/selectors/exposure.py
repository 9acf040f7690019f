# ruff: noqa: S608 - the text is made of our own pieces; every value is a bound parameter
"""What one customer owes us and is about to owe: the parts of an exposure, in one statement.

Which parts count, and how currencies meet, is for the credit app to say; here are the facts, per
currency and to the cent. Source: process specification D.1, E1 to E3.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from common.bulk import fetch_dicts

COUNTED_ORDERS = ("RELEASED", "RELEASED_WARNING", "OVERRIDDEN")
"""Credit status of orders that weigh on the exposure; blocked and unchecked ones do not."""


@dataclass(frozen=True, slots=True)
class CurrencyParts:
    """The parts of one currency, all ≥ 0 but `net_items`."""

    open_items: Decimal = Decimal(0)
    unapplied: Decimal = Decimal(0)
    delivered_not_invoiced: Decimal = Decimal(0)
    open_orders: Decimal = Decimal(0)

    @property
    def net_items(self) -> Decimal:
        """E1: open items less what is on account; may be negative."""
        return self.open_items - self.unapplied


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A released order that is not fully delivered; prepaid ones are left out, they owe nothing."""

    order_no: str
    open_value: Decimal
    currency: str
    ship_date: date
    credit_status: str


@dataclass(frozen=True, slots=True)
class OverdueItem:
    """An item past its effective due date."""

    number: str
    due_line_id: int
    due_date: date
    open_amount: Decimal
    currency: str
    days: int
    dunning_level: int
    disputed_amount: Decimal


@dataclass(frozen=True, slots=True)
class ExposureParts:
    """Facts of one customer with one of our companies on a day.

    `orders` and `overdue` (oldest first) are filled for a single customer; a list over all customers
    has only the sums, with `oldest_due_date` of what is overdue and its amount per currency.
    """

    customer_id: int
    company_id: int
    currencies: dict[str, CurrencyParts] = field(default_factory=dict)
    orders: tuple[OpenOrder, ...] = ()
    overdue: tuple[OverdueItem, ...] = ()
    overdue_amounts: dict[str, Decimal] = field(default_factory=dict)
    oldest_due_date: date | None = None

    def sum_of(self, part: str, currency: str) -> Decimal:
        """Return one part in one currency: 0 where there is nothing."""
        value: Decimal = getattr(self.currencies.get(currency, CurrencyParts()), part)
        return value

    @property
    def open_items(self) -> Decimal:
        """The open items, when they are all in one currency. Raises ValueError otherwise."""
        return self._only("open_items")

    @property
    def unapplied(self) -> Decimal:
        return self._only("unapplied")

    @property
    def delivered_not_invoiced(self) -> Decimal:
        return self._only("delivered_not_invoiced")

    @property
    def open_orders(self) -> Decimal:
        return self._only("open_orders")

    @property
    def ar_total(self) -> Decimal:
        """Open items before what is on account, when they are all in one currency."""
        return self.open_items

    def _only(self, part: str) -> Decimal:
        if len(self.currencies) > 1:
            raise ValueError("several currencies: use `currencies` and a dated rate")
        return sum((getattr(p, part) for p in self.currencies.values()), Decimal(0))


_ITEMS = """
    items as (
        select p.customer_id, p.company_id, p.due_line_id, p.receipt_id, p.currency, p.due_date,
            sum(p.amount) as open
        from receivables_posting p
        where {customer} and p.closed_on > %(as_of)s and p.posted_on <= %(as_of)s
        group by p.customer_id, p.company_id, p.due_line_id, p.receipt_id, p.currency, p.due_date)
"""
_DELIVERED = """
    select o.customer_id, o.company_id, o.currency, d.open_value
    from receivables_delivery d join receivables_order o on o.id = d.order_id
    where {customer} and d.state not in ('INVOICED', 'REFUSED') and d.open_value <> 0
        and d.shipped_at < (%(as_of)s::date + 1)::timestamp at time zone %(zone)s
"""
_ORDERS = """
    select o.customer_id, o.company_id, o.currency, o.open_value, o.order_no, o.ship_date,
        o.credit_status
    from receivables_order o left join customers_paymentterm t on t.id = o.payment_term_id
    where {customer} and o.state = 'OPEN' and o.credit_status = any(%(counted)s)
        and o.open_value <> 0 and o.order_date <= %(as_of)s
        and lower(coalesce(t.kind, '')) <> 'prepaid'
"""


def get_exposure_parts(*, customer_id: int, company_id: int, as_of: date) -> ExposureParts:
    """Return the exposure facts of one customer with one of our companies. One query."""
    params = _params(as_of) | {"customer": customer_id, "company": company_id}
    order_rows = _ORDERS.format(
        customer="o.customer_id = %(customer)s and o.company_id = %(company)s"
    )
    rows = fetch_dicts(
        f"""
        with {_ITEMS.format(customer="p.customer_id = %(customer)s and p.company_id = %(company)s")}
        select 'C' as kind, currency, coalesce(sum(open) filter (where due_date is not null), 0) as a,
            coalesce(-sum(open) filter (where due_date is null), 0) as b, null as number,
            null::date as day, null as status, null::bigint as line, null::int as level
        from items group by currency having bool_or(open <> 0)
        union all
        select 'D', currency, sum(open_value), 0, null, null, null, null, null from (
            {_DELIVERED.format(customer="o.customer_id = %(customer)s and o.company_id = %(company)s")}
        ) delivered group by currency
        union all
        select 'O', currency, open_value, 0, order_no, ship_date, credit_status, null, null
        from ({order_rows}) orders
        union all
        select 'V', items.currency, items.open, l.disputed_amount, i.number, items.due_date, null,
            l.id, l.dunning_level
        from items join receivables_dueline l on l.id = items.due_line_id
        join receivables_invoice i on i.id = l.invoice_id
        where items.due_date < %(as_of)s and items.open > 0
        order by kind, day, number
        """,
        params,
    )
    return _read_one(rows, customer_id, company_id, as_of)


def list_exposures(
    *, as_of: date, customer_ids: Collection[int] | None = None, company_id: int | None = None
) -> dict[tuple[int, int], ExposureParts]:
    """Return the exposure facts of all customers (or some) by (customer, company). One query.

    A customer who owes nothing and has ordered nothing is not in it.
    """
    params = _params(as_of)
    item_filter = ["p.customer_id is not null"]
    order_filter = ["true"]
    if customer_ids is not None:
        params["customers"] = list(customer_ids)
        item_filter.append("p.customer_id = any(%(customers)s)")
        order_filter.append("o.customer_id = any(%(customers)s)")
    if company_id is not None:
        params["company"] = company_id
        item_filter.append("p.company_id = %(company)s")
        order_filter.append("o.company_id = %(company)s")
    whose = " and ".join(order_filter)
    rows = fetch_dicts(
        f"""
        with {_ITEMS.format(customer=" and ".join(item_filter))}, sums as (
            select customer_id, company_id, currency,
                coalesce(sum(open) filter (where due_date is not null), 0) as items,
                coalesce(-sum(open) filter (where due_date is null), 0) as unapplied,
                coalesce(sum(open) filter (where due_date < %(as_of)s), 0) as overdue,
                min(due_date) filter (where due_date < %(as_of)s and open <> 0) as oldest,
                0::numeric as delivered, 0::numeric as orders
            from items where open <> 0 group by customer_id, company_id, currency
            union all
            select customer_id, company_id, currency, 0, 0, 0, null, open_value, 0
            from ({_DELIVERED.format(customer=whose)}) delivered
            union all
            select customer_id, company_id, currency, 0, 0, 0, null, 0, open_value
            from ({_ORDERS.format(customer=whose)}) orders)
        select customer_id, company_id, currency, sum(items) as open_items,
            sum(unapplied) as unapplied, sum(delivered) as delivered_not_invoiced,
            sum(orders) as open_orders, sum(overdue) as overdue, min(oldest) as oldest
        from sums group by customer_id, company_id, currency
        """,
        params,
    )
    return _read_many(rows)


def _params(as_of: date) -> dict[str, Any]:
    from django.conf import settings

    return {"as_of": as_of, "counted": list(COUNTED_ORDERS), "zone": settings.TIME_ZONE}


def _read_one(
    rows: list[dict[str, Any]], customer_id: int, company_id: int, as_of: date
) -> ExposureParts:
    parts: dict[str, dict[str, Decimal]] = {}
    orders: list[OpenOrder] = []
    overdue: list[OverdueItem] = []
    for row in rows:
        currency, amount = row["currency"], row["a"]
        sums = parts.setdefault(currency, {})
        if row["kind"] == "C":
            sums |= {"open_items": amount, "unapplied": row["b"]}
        elif row["kind"] == "D":
            sums["delivered_not_invoiced"] = amount
        elif row["kind"] == "O":
            sums["open_orders"] = sums.get("open_orders", Decimal(0)) + amount
            orders.append(OpenOrder(row["number"], amount, currency, row["day"], row["status"]))
        else:
            days = (as_of - row["day"]).days
            overdue.append(
                OverdueItem(
                    row["number"], row["line"], row["day"], amount, currency, days, row["level"],
                    row["b"],
                )
            )  # fmt: skip
    amounts: dict[str, Decimal] = {}
    for item in overdue:
        amounts[item.currency] = amounts.get(item.currency, Decimal(0)) + item.open_amount
    return ExposureParts(
        customer_id=customer_id,
        company_id=company_id,
        currencies={code: CurrencyParts(**sums) for code, sums in parts.items()},
        orders=tuple(orders),
        overdue=tuple(overdue),
        overdue_amounts=amounts,
        oldest_due_date=overdue[0].due_date if overdue else None,
    )


def _read_many(rows: list[dict[str, Any]]) -> dict[tuple[int, int], ExposureParts]:
    found: dict[tuple[int, int], ExposureParts] = {}
    for row in rows:
        key = (row["customer_id"], row["company_id"])
        before = found.get(key, ExposureParts(*key))
        oldest = [day for day in (before.oldest_due_date, row["oldest"]) if day]
        found[key] = ExposureParts(
            *key,
            currencies=before.currencies
            | {
                row["currency"]: CurrencyParts(
                    row["open_items"],
                    row["unapplied"],
                    row["delivered_not_invoiced"],
                    row["open_orders"],
                )
            },
            overdue_amounts=before.overdue_amounts
            | ({row["currency"]: row["overdue"]} if row["overdue"] else {}),
            oldest_due_date=min(oldest) if oldest else None,
        )
    return found
