"""Conditions on customers for statements written by hand: the same rule, compiled by the ORM."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q

from customers.models import Customer


def customer_subquery(condition: Q, params: dict[str, Any], prefix: str) -> str:
    """Return `(select id …)` of the customers that meet the condition.

    Its values go into `params` under names that begin with `prefix`.
    """
    query = Customer.objects.order_by().filter(condition).values("pk").query
    try:
        sql, values = query.sql_with_params()
    except EmptyResultSet:
        return "(select null::bigint where false)"
    for number, value in enumerate(values):
        sql = sql.replace("%s", f"%({prefix}{number})s", 1)
        params[f"{prefix}{number}"] = value
    return f"({sql})"
