"""Policies by date: what held on a day is what was approved for that day."""

from datetime import date
from typing import Any

from django.db.models import Max, Q

from common.errors import Conflict
from common.models import PolicyVersion


class PolicyMissing(Conflict):
    """No approved version of this policy holds on that date."""

    code = "POLICY_MISSING"


def get_policy(kind: str, *, as_of: date) -> PolicyVersion:
    """Return the approved version of `kind` in force on `as_of` (one query)."""
    row = (
        PolicyVersion.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=as_of),
            kind=kind,
            state=PolicyVersion.State.APPROVED,
            valid_from__lte=as_of,
        )
        .order_by("-valid_from", "-version")
        .first()
    )
    if row is None:
        raise PolicyMissing(f"{kind} {as_of}", kind=kind)
    return row


def add_policy(
    kind: str,
    body: dict[str, Any],
    *,
    valid_from: date,
    maker: Any = None,
    checker: Any = None,
    note: str = "",
) -> PolicyVersion:
    """Add an approved version in force from `valid_from`; the one before ends there."""
    last = PolicyVersion.objects.filter(kind=kind).aggregate(n=Max("version"))["n"] or 0
    PolicyVersion.objects.filter(
        kind=kind, state=PolicyVersion.State.APPROVED, valid_to=None, valid_from__lt=valid_from
    ).update(valid_to=valid_from)
    return PolicyVersion.objects.create(
        kind=kind,
        version=last + 1,
        body=body,
        valid_from=valid_from,
        state=PolicyVersion.State.APPROVED,
        maker=maker,
        checker=checker,
        note=note,
    )
