"""What the early-warning rules with a limit look at, for all customers at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from common.bulk import fetch_dicts
from common.dates import add_months

INTAKE_DAYS = 30
YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True)
class OrderIntake:
    """Orders of the last 30 days of a customer, and a month's average of the year before them."""

    customer_id: int
    company_id: int
    currency: str
    recent: Decimal
    monthly_average: Decimal


_INTAKE = """
    select o.customer_id, o.company_id, o.currency,
        coalesce(sum(v.value) filter (where o.order_date > %(recent_from)s), 0) as recent,
        coalesce(sum(v.value) filter (where o.order_date <= %(recent_from)s), 0) / %(months)s
            as monthly_average
    from receivables_order o
    cross join lateral (
        select coalesce(sum((l.quantity - l.cancelled_qty) * l.unit_price_net + l.freight_net), 0)
            as value
        from receivables_orderline l where l.order_id = o.id) v
    where o.customer_id = any(%(customers)s) and o.state <> 'CANCELLED'
        and o.order_date > %(year_from)s and o.order_date <= %(as_of)s
    group by o.customer_id, o.company_id, o.currency
    order by o.customer_id, o.company_id, o.currency
"""


def list_order_intake(*, customer_ids: Collection[int], as_of: date) -> list[OrderIntake]:
    """Return the order intake, net of tax and of what was cancelled, of some customers. One query."""
    recent_from = as_of - timedelta(days=INTAKE_DAYS)
    rows = fetch_dicts(
        _INTAKE,
        {
            "customers": list(customer_ids),
            "as_of": as_of,
            "recent_from": recent_from,
            "year_from": add_months(recent_from, -YEAR_MONTHS),
            "months": YEAR_MONTHS,
        },
    )
    return [OrderIntake(**row) for row in rows]
