"""The thresholds of the early-warning rules on a day."""

from datetime import date

from common.policies import get_policy
from customers.domain.signal_policy import KIND, SignalPolicy, read_signal_policy


def get_signal_policy(*, as_of: date) -> SignalPolicy:
    """Return the thresholds in force on `as_of`; raise `PolicyMissing`. One query."""
    return read_signal_policy(get_policy(KIND, as_of=as_of).body)
