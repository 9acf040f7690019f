"""The early-warning rules of every floor, upward, as one step of the night."""

from datetime import date

from collection.services.warnings import raise_promise_signals
from credit_control.services.warnings import raise_limit_signals
from customers.services import (
    close_dismissed_signals,
    escalate_signals,
    make_watch_tasks,
    raise_member_signals,
)
from customers.services.risk_groups import raise_ring_tasks
from receivables.services.warnings import raise_ledger_signals
from scoring.services.lateness import raise_statement_signals


def raise_night_signals(*, as_of: date) -> dict[str, int]:
    """Raise what the facts of `as_of` warn of, pass up what nobody answered; return the counts.

    What one customer suffers is told to who belongs with him last, when all of it is known. Ratings
    raise their own (S16) when they are made.
    """
    return {
        "ledger": raise_ledger_signals(as_of=as_of),
        "statements": raise_statement_signals(as_of=as_of),
        "limits": raise_limit_signals(as_of=as_of),
        "promises": raise_promise_signals(as_of=as_of),
        "members": raise_member_signals(as_of=as_of),
        "rings": raise_ring_tasks(as_of=as_of),
        "watched": make_watch_tasks(as_of=as_of),
        "closed": close_dismissed_signals(as_of=as_of),
        "escalated": escalate_signals(as_of=as_of),
    }
