"""The night's early-warning signal of company kept: S29, a red signal on another member."""

from datetime import date

from customers.domain.signals import NewSignal, signal_key
from customers.selectors.circles import list_contagion
from customers.services.signals import raise_signals


def raise_member_signals(*, as_of: date) -> int:
    """Raise S29 for who belongs with a customer in red; return how many are new."""
    found = [
        NewSignal(
            row.customer_id,
            "S29",
            "AMBER",
            signal_key("S29", row.customer_id, row.signal_id),
            {
                "member": row.member_code,
                "signal": row.signal_id,
                "code": row.code,
                "circle": row.circle,
                "circle_kind": row.circle_kind,
            },
        )
        for row in list_contagion(as_of=as_of)
    ]
    return raise_signals(found, as_of=as_of)
