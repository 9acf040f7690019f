"""Imports of this app, a module per subject; importing the package makes its kinds known."""

from customers.imports import facts as _facts
from customers.imports import list_checks as _list_checks
from customers.imports import signals as _signals
from customers.imports.parties import (
    customer_code_column,
    find_customer_ids,
    reject_unknown_customers,
)

__all__ = [
    "_facts",
    "_list_checks",
    "_signals",
    "customer_code_column",
    "find_customer_ids",
    "reject_unknown_customers",
]
