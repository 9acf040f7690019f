"""Ratings to look at: what fell, what expired, what changed, what waits for a second person."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from customers.models import Customer, Task
from customers.selectors import TO_DO
from scoring.models import (
    CharacteristicAssessment,
    FiveCAssessment,
    Rating,
    RatingOverride,
    Statement,
)
from scoring.selectors.ratings import list_in_force
from users.permissions import may

DRAFT, OVERRIDE, DOWNGRADED, EXPIRED, CHANGED = (
    "DRAFT", "OVERRIDE", "DOWNGRADED", "EXPIRED", "CHANGED",
)  # fmt: skip
MOST = 100


@dataclass(frozen=True)
class QueueItem:
    """One customer whose rating somebody must look at, why, and since when."""

    customer: Customer
    reason: str
    since: date


def list_rating_queue(user: Any, *, as_of: date, limit: int = MOST) -> list[QueueItem]:
    """List what waits for this person, most pressing first; each customer once (at most 6 queries).

    Second signatures come before downgrades, these before expired ratings and changed facts.
    """
    items: list[QueueItem] = []
    if may(user, "rating.override.decide"):
        items += _overrides(user, limit)
    if may(user, "assessment.confirm"):
        items += _drafts(user, limit)
    if may(user, "rating.confirm"):
        items += _downgraded(user, limit)
        items += _expired(user, as_of, limit)
        items += _changed(user, as_of, limit)
    seen: dict[int, QueueItem] = {}
    for item in items:
        seen.setdefault(item.customer.pk, item)
    return list(seen.values())[:limit]


def find_next(user: Any, *, as_of: date, but: Customer) -> QueueItem | None:
    """Return the next one to look at after a customer; None when nothing waits."""
    items = list_rating_queue(user, as_of=as_of)
    return next((item for item in items if item.customer.pk != but.pk), None)


def _overrides(user: Any, limit: int) -> list[QueueItem]:
    rows = (
        RatingOverride.objects.for_user(user)
        .filter(state=RatingOverride.State.ASKED)
        .exclude(asked_by=user)
        .select_related("customer")
        .order_by("recorded_at")
    )
    if not may(user, "rating.override.committee"):
        rows = rows.exclude(code=RatingOverride.Code.COMMITTEE)
    return [QueueItem(r.customer, OVERRIDE, r.recorded_at.date()) for r in rows[:limit]]


def _drafts(user: Any, limit: int) -> list[QueueItem]:
    models: tuple[Any, ...] = (FiveCAssessment, CharacteristicAssessment)
    rows = [row for model in models for row in _waiting(model, user)[:limit]]
    return [QueueItem(row.customer, DRAFT, row.as_of) for row in rows]


def _waiting(model: Any, user: Any) -> QuerySet[Any]:
    """Drafts of others that nothing confirmed since made history."""
    later = model.objects.filter(
        customer=OuterRef("customer"), state="CONFIRMED", recorded_at__gt=OuterRef("recorded_at")
    )
    rows: QuerySet[Any] = (
        model.objects.for_user(user)
        .filter(~Exists(later), state="DRAFT")
        .exclude(drafted_by=user)
        .select_related("customer")
        .order_by("as_of", "id")
    )
    return rows


def _downgraded(user: Any, limit: int) -> list[QueueItem]:
    tasks = Task.objects.filter(kind="RATING_DOWNGRADED", state__in=TO_DO).filter(
        customer__in=Customer.objects.for_user(user)
    )
    rows = tasks.select_related("customer").order_by("id")[:limit]
    return [
        QueueItem(row.customer, DOWNGRADED, row.created_at.date())
        for row in rows
        if row.customer is not None
    ]


def _expired(user: Any, as_of: date, limit: int) -> list[QueueItem]:
    rows = (
        list_in_force(user, as_of=as_of)
        .filter(valid_to__lte=as_of)
        .exclude(customer__state__in=["INACTIVE", "ARCHIVED"])
        .select_related("customer")
        .order_by("valid_to", "id")
    )
    return [QueueItem(row.customer, EXPIRED, row.valid_to) for row in rows[:limit]]


def _changed(user: Any, as_of: date, limit: int) -> list[QueueItem]:
    """Ratings in force with confirmed answers, or a statement as new or newer, that came after them.

    What else changed (payments, lists, a restated year before) the night sees and rates.
    """
    newer_statement = Statement.objects.filter(
        Q(doubtful=False) | Q(accepted_by__isnull=False),
        customer=OuterRef("customer"),
        superseded_by=None,
        period_end__range=(OuterRef("since"), as_of),
        recorded_at__gt=OuterRef("recorded_at"),
    ).exclude(pk=OuterRef("statement_or_none"))
    newer_answers = FiveCAssessment.objects.filter(
        customer=OuterRef("customer"),
        state=FiveCAssessment.State.CONFIRMED,
        recorded_at__gt=OuterRef("recorded_at"),
    ).exclude(pk=OuterRef("answers_or_none"))
    rows: QuerySet[Rating] = (
        list_in_force(user, as_of=as_of)
        .alias(
            since=Coalesce("statement__period_end", Value(date.min)),
            statement_or_none=Coalesce("statement_id", Value(0)),
            answers_or_none=Coalesce("assessment_id", Value(0)),
        )
        .filter(Exists(newer_statement) | Exists(newer_answers))
        .select_related("customer")
        .order_by("-recorded_at", "id")
    )
    return [QueueItem(row.customer, CHANGED, row.as_of) for row in rows[:limit]]
