"""What the pages of this app share."""

from typing import Any

from django.utils.translation import gettext as _

from common.figures import name_unit
from common.ui import find_url
from customers.models import Customer
from scoring.models import Statement
from scoring.texts import tell_reason


def crumbs(customer: Customer) -> list[tuple[str, str]]:
    return [
        (_("Customers"), find_url("customers")),
        (customer.display_name, find_url("customers") + f"{customer.code}/"),
    ]


def name_statement_unit(statement: Statement) -> str:
    codes = {1_000: "K", 10_000: "WAN", 1_000_000: "M"}
    return name_unit(codes.get(statement.unit, "FULL"), statement.currency)


def tell_skipped(skipped: Any) -> str:
    """Return why a customer could not be rated, nothing when it could."""
    if skipped is None:
        return ""
    return tell_reason({"code": skipped.reason, "params": skipped.params})
