"""A person stands for a rating: what was proposed is stored, and what asked to look at it is done."""

from datetime import date
from typing import Any

from django.db import transaction

from customers.models import Customer, Task
from customers.selectors import TO_DO
from customers.services import complete_task
from scoring.services.ratings import RatingCounts, rate_customers
from users.permissions import require

LOOK_AT = ("RATING_DOWNGRADED",)
"""Kinds of to-dos that ask a person to look at a rating."""


@transaction.atomic
def confirm_rating(
    *, customer: Customer, as_of: date, actor: Any, expected_digest: str = ""
) -> RatingCounts:
    """Store the rating that the actor saw as a proposal, or keep the one in force when nothing changed.

    Raises:
        FactsChanged: the facts are no longer those of `expected_digest`.
    """
    require(actor, "rating.confirm")
    counts = rate_customers(
        as_of=as_of, customer_ids=[customer.pk], actor=actor, expected_digest=expected_digest
    )
    for key in Task.objects.filter(
        customer=customer, kind__in=LOOK_AT, state__in=TO_DO
    ).values_list("key", flat=True):
        complete_task(key=key, actor=actor, as_of=as_of)
    return counts
