"""The one rule of who sees whom.

A user's scope is a rule over facts of the customer: the sales owner, his team, the region. It is
kept here once and reaches every row that hangs on a customer through `scope_path`, the lookup from
that row to the customer ("" for the customer itself, "customer" for an invoice, …).
"""

from typing import Any, Self

from django.db import models
from django.db.models import Q


def visible_customers(user: Any, path: str = "") -> Q:
    """Return the condition that keeps what `user` may see; `path` leads to the customer.

    Own: he is the sales owner. Team: the owner is in his team. Region: the customer's region is
    his. All: everything. An inactive or anonymous user sees nothing.
    """
    prefix = f"{path}__" if path else ""
    if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
        return Q(pk__in=[])
    scope = user.data_scope
    if scope == "ALL":
        return Q()
    if scope == "REGION" and user.region:
        return Q(**{f"{prefix}region": user.region})
    if scope == "TEAM" and user.team:
        return Q(**{f"{prefix}sales_owner__team": user.team})
    return Q(**{f"{prefix}sales_owner": user.pk})


class ScopedQuerySet(models.QuerySet[Any]):
    """A queryset that can be narrowed to what one user may see."""

    def for_user(self, user: Any) -> Self:
        path = getattr(self.model, "scope_path", "")
        condition = visible_customers(user, path)
        return self.filter(condition) if condition else self
