"""Writes on credit: accounts, limits, requests, order checks, reservations.

One verb each, one transaction, one event. Locks in one order everywhere: accounts by ascending id,
then group limits, then the request or reservation itself (`services.locking`).
"""

from credit_control.services.accounts import get_or_create_account
from credit_control.services.decisions import decide_request, may_decide
from credit_control.services.limits import expire_limits, reduce_limit, start_limits
from credit_control.services.order_checks import check_order, preview_check
from credit_control.services.requests import request_limit, withdraw_request
from credit_control.services.reservations import (
    consume_reservation,
    expire_reservations,
    release_reservation,
)

__all__ = [
    "check_order",
    "consume_reservation",
    "decide_request",
    "expire_limits",
    "expire_reservations",
    "get_or_create_account",
    "may_decide",
    "preview_check",
    "reduce_limit",
    "release_reservation",
    "request_limit",
    "start_limits",
    "withdraw_request",
]
