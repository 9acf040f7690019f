"""The night's early-warning signal of the statements: S28, later than agreed."""

from datetime import date

from common.bulk import fetch_rows
from customers.domain.signals import NewSignal, signal_key
from customers.selectors import get_signal_policy
from customers.services import raise_signals
from scoring.domain.payment.lateness import find_late_statement

_LAST_ANNUAL = """
    select s.customer_id, max(s.period_end)
    from scoring_statement s
    join customers_customer c on c.id = s.customer_id
        and c.state in ('ACTIVE', 'WATCH', 'BLOCKED')
    where s.kind = 'ANNUAL' and s.period_end <= %(as_of)s
        and coalesce(s.received_on, s.period_end) <= %(as_of)s
    group by s.customer_id order by s.customer_id
"""


def raise_statement_signals(*, as_of: date) -> int:
    """Raise S28 for every annual statement that is late on `as_of`; return how many are new.

    One statement for the facts. Who never gave one is the checklist's concern, not this rule's.
    """
    policy = get_signal_policy(as_of=as_of)
    found = []
    for customer_id, period_end in fetch_rows(_LAST_ANNUAL, {"as_of": as_of}):
        late = find_late_statement(
            period_end,
            as_of=as_of,
            due_months=policy.statement_months,
            days=policy.statement_days,
        )
        if late is not None:
            found.append(
                NewSignal(
                    customer_id,
                    "S28",
                    "AMBER",
                    signal_key("S28", customer_id, late.period_end),
                    {
                        "period_end": late.period_end,
                        "agreed_on": late.agreed_on,
                        "last_period_end": period_end,
                        "days": (as_of - late.agreed_on).days,
                    },
                )
            )
    return raise_signals(found, as_of=as_of)
