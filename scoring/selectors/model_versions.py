"""Versions of the rating policy: which there are, which one holds, what each changed."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from common.errors import NotFound
from common.models import PolicyVersion

KIND = "RATING"


@dataclass(frozen=True)
class VersionState:
    """Where a version stands on a day: a code, for words and badge."""

    code: str

    @property
    def is_draft(self) -> bool:
        return self.code == "DRAFT"


def list_versions() -> QuerySet[PolicyVersion]:
    """List every version of the rating policy, newest first."""
    return PolicyVersion.objects.filter(kind=KIND).select_related("maker", "checker")


def get_version(number: int) -> PolicyVersion:
    """Return one version by its number; raise `NotFound`."""
    found = list_versions().filter(version=number).first()
    if found is None:
        raise NotFound
    return found


def find_base(version: PolicyVersion, *, as_of: date) -> PolicyVersion | None:
    """Return the version that one is read against (one query).

    For a released version the one that held before it; for a draft the one that will hold on the eve
    of its day, or today if that day has passed.
    """
    day = version.valid_from
    if version.state != PolicyVersion.State.APPROVED:
        day = max(day, as_of)
        return _in_force(day)
    earlier = list_versions().filter(
        state=PolicyVersion.State.APPROVED, valid_from__lt=version.valid_from
    )
    return earlier.order_by("-valid_from", "-version").first()


def find_in_force(*, as_of: date) -> PolicyVersion | None:
    """Return the version in force on a day (one query)."""
    return _in_force(as_of)


def tell_state(version: PolicyVersion, *, as_of: date) -> VersionState:
    """Say where a version stands: DRAFT, WITHDRAWN, WAITING for its day, IN_FORCE or ENDED."""
    if version.state != PolicyVersion.State.APPROVED:
        return VersionState(version.state)
    if version.valid_from > as_of:
        return VersionState("WAITING")
    if version.valid_to is not None and version.valid_to <= as_of:
        return VersionState("ENDED")
    return VersionState("IN_FORCE")


def _in_force(day: date) -> PolicyVersion | None:
    return (
        list_versions()
        .filter(
            Q(valid_to=None) | Q(valid_to__gt=day),
            state=PolicyVersion.State.APPROVED,
            valid_from__lte=day,
        )
        .order_by("-valid_from", "-version")
        .first()
    )
