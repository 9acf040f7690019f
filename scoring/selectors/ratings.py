"""Ratings as they stand on a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from customers.models import Customer
from scoring.domain.grades import LETTERS
from scoring.domain.models.altman import Z_DOUBLE_PRIME, compute_altman
from scoring.domain.statements.periods import annualise
from scoring.models import Rating
from scoring.selectors.facts import make_profile
from scoring.selectors.statements import counts_on, list_statements, read_lines, to_figures


@dataclass(frozen=True)
class ZPoint:
    """Z″ of one period; without a value `status` says why."""

    period_end: date
    months: int
    value: Decimal | None
    band: str | None
    status: str


def get_current_rating(*, customer_id: int, as_of: date) -> Rating | None:
    """Return the newest rating made on or before that day (one query)."""
    return (
        Rating.objects.filter(customer_id=customer_id, as_of__lte=as_of)
        .select_related("policy", "statement", "assessment", "customer", "rated_by", "run")
        .order_by("-as_of", "-id")
        .first()
    )


def get_current_ratings(*, customer_ids: Collection[int], as_of: date) -> dict[int, Rating]:
    """Return the newest rating of each of some customers, by customer id (one query)."""
    rows = (
        Rating.objects.filter(customer_id__in=list(customer_ids), as_of__lte=as_of)
        .order_by("customer_id", "-as_of", "-id")
        .distinct("customer_id")
    )
    return {row.customer_id: row for row in rows}


def list_ratings(customer: Customer, *, as_of: date) -> QuerySet[Rating]:
    """List a customer's ratings up to a day, newest first."""
    return (
        Rating.objects.filter(customer=customer, as_of__lte=as_of)
        .select_related("policy", "statement", "assessment", "rated_by", "customer")
        .order_by("-as_of", "-id")
    )


def list_current_ratings(
    user: Any, *, as_of: date, grade: str = "", state: str = ""
) -> QuerySet[Rating]:
    """List the ratings in force on a day, one per customer in the user's scope.

    Each carries `previous_grade`, `previous_modifier` and `previous_score` of the one before.
    `state` narrows to those `expired`, of customers on `watch`, or that went `down` last time.
    """
    of_customer = Rating.objects.filter(customer=OuterRef("customer"), as_of__lte=as_of)
    older = of_customer.filter(
        Q(as_of__lt=OuterRef("as_of")) | Q(as_of=OuterRef("as_of"), id__lt=OuterRef("id"))
    ).order_by("-as_of", "-id")
    current: QuerySet[Rating] = (
        list_in_force(user, as_of=as_of)
        .select_related("customer")
        .annotate(
            previous_grade=Subquery(older.values("grade")[:1]),
            previous_modifier=Subquery(older.values("modifier")[:1]),
            previous_score=Subquery(older.values("score")[:1]),
        )
        .annotate(change=F("score") - F("previous_score"))
    )
    if grade:
        current = current.filter(grade=grade)
    return _narrow(current, state, as_of)


def _narrow(ratings: QuerySet[Rating], state: str, as_of: date) -> QuerySet[Rating]:
    if state == "expired":
        return ratings.filter(valid_to__lte=as_of)
    if state == "watch":
        return ratings.filter(customer__state=Customer.State.WATCH)
    if state == "down":
        worse = [
            Q(previous_grade=letter, grade__in=LETTERS[place + 1 :])
            for place, letter in enumerate(LETTERS[:-1])
        ]
        return ratings.filter(reduce(or_, worse))
    return ratings


def count_grades(user: Any, *, as_of: date) -> list[tuple[str, int]]:
    """Count the ratings in force per letter, best first; a letter without any has 0 (one query)."""
    rows = list_in_force(user, as_of=as_of).order_by().values("grade").annotate(n=Count("id"))
    found = {row["grade"]: row["n"] for row in rows}
    return [(letter, found.get(letter, 0)) for letter in LETTERS]


def list_in_force(user: Any, *, as_of: date) -> QuerySet[Rating]:
    """List the newest rating of each customer in scope on a day, without what a list shows besides."""
    newer = Rating.objects.filter(customer=OuterRef("customer"), as_of__lte=as_of).filter(
        Q(as_of__gt=OuterRef("as_of")) | Q(as_of=OuterRef("as_of"), id__gt=OuterRef("id"))
    )
    rows: QuerySet[Rating] = Rating.objects.for_user(user).filter(~Exists(newer), as_of__lte=as_of)
    return rows


def list_z_trend(customer: Customer, *, as_of: date, limit: int = 8) -> list[ZPoint]:
    """Compute Z″ for the customer's last periods, oldest first (2 queries)."""
    statements = list(list_statements(customer, as_of=as_of)[:limit])
    lines = read_lines([row.pk for row in statements])
    profile = make_profile(customer.industry, customer.kind)
    points = []
    for row in reversed(statements):
        if not counts_on(row, as_of=as_of):
            points.append(ZPoint(row.period_end, row.months, None, None, "doubtful"))
            continue
        figures = annualise(to_figures(row, lines[row.pk]))
        z = compute_altman(Z_DOUBLE_PRIME, figures, profile=profile)
        points.append(ZPoint(row.period_end, row.months, z.value, z.band, z.status.value))
    return points
