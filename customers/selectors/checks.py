"""Reads of list checks: the latest look at each list, its age, the history, open candidates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common.errors import NotFound
from customers.domain.list_checks import (
    COUNTED_MATCHES,
    FRESH_DAYS,
    FRESH_DAYS_BEFORE_DECISION,
    is_fresh,
)
from customers.models import Customer, ListCheck

CLEAR = Q(result="HIT", match__in=COUNTED_MATCHES) | (Q(result="NO_HIT") & ~Q(match="NAME_ONLY"))
"""Looks that say something: an unclear one and a match by name alone do not."""


@dataclass(frozen=True, slots=True)
class ListState:
    """How one list stands for one customer: the last look, and whether it is young enough."""

    kind: str
    latest: ListCheck | None
    in_force: ListCheck | None
    age_days: int | None
    is_fresh: bool
    is_fresh_for_decision: bool
    candidate: ListCheck | None


def list_latest_clear(wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], ListCheck]:
    """Return the latest look that says something, by customer and list. One query."""
    rows = (
        ListCheck.objects.filter(
            CLEAR,
            customer_id__in={customer for customer, _kind in wanted},
            kind__in={kind for _customer, kind in wanted},
        )
        .order_by("customer_id", "kind", "-checked_on", "-id")
        .distinct("customer_id", "kind")
    )
    return {(row.customer_id, row.kind): row for row in rows}


def list_checks(customer: Customer) -> QuerySet[ListCheck]:
    """Return every look at a list for one customer, newest first. One query."""
    checks: QuerySet[ListCheck] = ListCheck.objects.filter(customer=customer)
    return checks.select_related("checked_by", "evidence").order_by("-checked_on", "-id")


def get_check(check_id: int, *, user: Any) -> ListCheck:
    """Return a check that `user` may see; raise `NotFound`. One query."""
    found: ListCheck | None = (
        ListCheck.objects.for_user(user).select_related("customer").filter(pk=check_id).first()
    )
    if found is None:
        raise NotFound(_("There is no such check."))
    return found


def is_open_candidate(check: ListCheck) -> bool:
    """Tell whether nobody decided about this match by name yet. One query."""
    if check.result != ListCheck.Result.HIT or check.match != ListCheck.Match.NAME_ONLY:
        return False
    later = ListCheck.objects.filter(
        customer_id=check.customer_id, kind=check.kind, pk__gt=check.pk
    )
    return not later.filter(Q(result="NO_HIT") | Q(match="CONFIRMED")).exists()


def list_states(customer: Customer, *, as_of: date) -> list[ListState]:
    """Return how every list stands for one customer on a day, in the order of the lists. One query."""
    rows = [row for row in list_checks(customer) if row.checked_on <= as_of]
    by_kind: dict[str, list[ListCheck]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    return [_state(kind, by_kind.get(kind, []), as_of) for kind in ListCheck.Kind.values]


def _state(kind: str, rows: list[ListCheck], as_of: date) -> ListState:
    latest = rows[0] if rows else None
    looked = latest.checked_on if latest else None
    return ListState(
        kind=kind,
        latest=latest,
        in_force=next((row for row in rows if is_clear(row)), None),
        age_days=(as_of - looked).days if looked else None,
        is_fresh=is_fresh(looked, as_of=as_of, days=FRESH_DAYS),
        is_fresh_for_decision=is_fresh(looked, as_of=as_of, days=FRESH_DAYS_BEFORE_DECISION),
        candidate=_find_candidate(rows),
    )


def is_clear(row: ListCheck) -> bool:
    """Tell whether a look says something, as `CLEAR` does in the database."""
    if row.result == ListCheck.Result.HIT:
        return row.match in COUNTED_MATCHES
    return bool(row.result == ListCheck.Result.NO_HIT and row.match != ListCheck.Match.NAME_ONLY)


def _find_candidate(rows: list[ListCheck]) -> ListCheck | None:
    """Return the newest match by name that nobody decided about since."""
    decided = [
        row.pk for row in rows if row.result == "NO_HIT" or row.match == ListCheck.Match.CONFIRMED
    ]
    newest = max(decided, default=0)
    open_ones = [
        row
        for row in rows
        if row.result == "HIT" and row.match == ListCheck.Match.NAME_ONLY and row.pk > newest
    ]
    return max(open_ones, key=lambda row: row.pk, default=None)
