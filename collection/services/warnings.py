"""The night's early-warning signal of the promises: S19, broken once amber, twice red."""

from datetime import date, timedelta

from collection.domain.promises import weigh_broken_promise
from common.bulk import fetch_dicts
from customers.domain.signals import NewSignal, signal_key
from customers.selectors import get_signal_policy
from customers.services import raise_signals

_BROKEN = """
    select p.customer_id, p.id as promise_id, p.amount, p.paid_in_time, p.currency, p.promise_date,
        p.evaluated_on, (
            select count(*) from collection_promisetopay e
            where e.customer_id = p.customer_id and e.state = 'BROKEN'
                and e.evaluated_on > p.evaluated_on - %(days)s
                and (e.evaluated_on, e.id) <= (p.evaluated_on, p.id)) as broken
    from collection_promisetopay p
    where p.state = 'BROKEN' and p.evaluated_on > %(since)s and p.evaluated_on <= %(as_of)s
    order by p.customer_id, p.id
"""


def raise_promise_signals(*, as_of: date) -> int:
    """Raise S19 for every promise found broken lately; return how many are new. One query for facts."""
    policy = get_signal_policy(as_of=as_of)
    rows = fetch_dicts(
        _BROKEN,
        {
            "as_of": as_of,
            "days": policy.broken_days,
            "since": as_of - timedelta(days=policy.look_back_days),
        },
    )
    found = [
        NewSignal(
            row["customer_id"],
            "S19",
            weigh_broken_promise(row["broken"]),
            signal_key("S19", row["customer_id"], row["promise_id"]),
            {
                "promise": row["promise_id"],
                "amount": row["amount"],
                "paid": row["paid_in_time"] or 0,
                "currency": row["currency"],
                "promise_date": row["promise_date"],
                "count": row["broken"],
                "days": policy.broken_days,
            },
            raised_on=row["evaluated_on"],
        )
        for row in rows
    ]
    return raise_signals(found, as_of=as_of)
