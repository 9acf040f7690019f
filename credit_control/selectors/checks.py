"""Stored answers of the order check, blocked ones first."""

from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from common.errors import NotFound
from credit_control.models import OrderCheck


def list_checks(user: Any) -> QuerySet[OrderCheck]:
    """Return the checks that `user` may see, blocked first, then the newest. One query."""
    checks: QuerySet[OrderCheck] = OrderCheck.objects.for_user(user)
    return (
        checks.select_related("account__customer", "account__company", "checked_by", "order")
        .annotate(
            urgency=Case(
                When(decision=OrderCheck.Decision.BLOCKED, then=Value(0)),
                When(decision=OrderCheck.Decision.RELEASED_WARNING, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .order_by("urgency", "-checked_at", "-pk")
    )


def get_check(check_id: int, *, user: Any) -> OrderCheck:
    """Return a check that `user` may see, with its reservation. One query. Raises NotFound."""
    check = (
        list_checks(user)
        .select_related("account__customer__sales_owner", "payment_term", "rating", "reservation")
        .filter(pk=check_id)
        .first()
    )
    if check is None:
        raise NotFound
    return check
