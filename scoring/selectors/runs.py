"""Runs of ratings: what each counted, whom it moved, whom it left out and why."""

from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from common.errors import NotFound
from common.models import Run
from scoring.models import Rating

KINDS = ("night.ratings", "night.month_ratings", "scoring.rerate", "scoring.rate_all")


def list_rating_runs(*, as_of: date) -> QuerySet[Run]:
    """List the runs that rated, newest first."""
    return Run.objects.filter(kind__in=KINDS, as_of__lte=as_of).order_by("-as_of", "-id")


def get_rating_run(pk: int) -> Run:
    """Return one run that rated; raise `NotFound`."""
    run = Run.objects.filter(kind__in=KINDS, pk=pk).first()
    if run is None:
        raise NotFound
    return run


def list_run_ratings(run: Run, user: Any) -> QuerySet[Rating]:
    """List the ratings that a run stored, each with the grade before it (`previous_grade`)."""
    older = (
        Rating.objects.filter(customer=OuterRef("customer"))
        .filter(Q(as_of__lt=OuterRef("as_of")) | Q(as_of=OuterRef("as_of"), id__lt=OuterRef("id")))
        .order_by("-as_of", "-id")
    )
    rows: QuerySet[Rating] = Rating.objects.for_user(user).filter(run=run)
    return rows.select_related("customer").annotate(
        previous_grade=Subquery(older.values("grade")[:1]),
        previous_modifier=Subquery(older.values("modifier")[:1]),
    )
