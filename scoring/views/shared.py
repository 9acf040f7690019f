"""What the pages of this app share."""

from django.utils.translation import gettext as _

from common.figures import name_unit
from common.ui import find_url
from customers.models import Customer
from scoring.models import Statement


def crumbs(customer: Customer) -> list[tuple[str, str]]:
    return [
        (_("Customers"), find_url("customers")),
        (customer.display_name, find_url("customers") + f"{customer.code}/"),
    ]


def name_statement_unit(statement: Statement) -> str:
    codes = {1_000: "K", 10_000: "WAN", 1_000_000: "M"}
    return name_unit(codes.get(statement.unit, "FULL"), statement.currency)
