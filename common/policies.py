"""Policies by date: what held on a day is what was approved for that day.

A version is written as a draft, released by another person for a day that has not begun, and never
changed after that: what was decided by it can always be explained by it. Who may write and who may
release is the caller's question (`users.permissions`), this cellar knows no roles.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from common.events import record_event
from common.locks import lock_row
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
    _end_the_one_before(kind, valid_from)
    return PolicyVersion.objects.create(
        kind=kind,
        version=_next_version(kind),
        body=body,
        valid_from=valid_from,
        state=PolicyVersion.State.APPROVED,
        maker=maker,
        checker=checker,
        note=note,
    )


class NotADraft(Conflict):
    """A released or withdrawn version is never changed: write a new draft from it."""

    code = "NOT_A_DRAFT"


class ReleaseFourEyes(NotAllowed):
    """Who writes a version never releases it."""

    code = "FOUR_EYES"


@transaction.atomic
def save_policy_draft(
    kind: str,
    body: dict[str, Any],
    *,
    valid_from: date,
    maker: Any,
    as_of: date,
    note: str = "",
    draft: PolicyVersion | None = None,
    seen_body: dict[str, Any] | None = None,
) -> PolicyVersion:
    """Write a draft, or one's own again; it holds for nobody until somebody else releases it.

    `seen_body` is the body that the writer had before his eyes: another one meanwhile is refused.
    The caller has checked the body. Raises `NotADraft`, `ReleaseFourEyes` (somebody else's draft),
    `StaleVersion`, `InvalidInput`.
    """
    if draft is None:
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"policy.{kind}"]
            )
        row = PolicyVersion(kind=kind, version=_next_version(kind), maker=maker)
    else:
        row = lock_row(PolicyVersion, draft.pk)
        _must_be_draft(row)
        if row.maker_id != maker.pk:
            raise ReleaseFourEyes(_("This draft is somebody else's. Start your own from it."))
        if seen_body is not None and row.body != seen_body:
            raise StaleVersion(_("This draft was changed in another window. Look at it again."))
    before = {"body": row.body} if draft is not None else {}
    row.body, row.valid_from, row.note = body, valid_from, note[:500]
    row.save()
    record_event(
        "common.policy.drafted",
        actor=maker,
        subject=row,
        as_of=as_of,
        before=before,
        after={"kind": kind, "version": row.version, "body": body, "valid_from": valid_from},
        reason=note,
    )
    return row


@transaction.atomic
def release_policy(
    draft: PolicyVersion, *, checker: Any, as_of: date, seen_body: dict[str, Any] | None = None
) -> PolicyVersion:
    """Let a draft hold from its day on; the version before ends there.

    The day must not lie before `as_of`: what was decided stays decided by what held then. A version
    that already waits for a later day takes over on that day. Raises `NotADraft`, `ReleaseFourEyes`,
    `StaleVersion`, `InvalidInput`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"policy.{draft.kind}"]
        )
    row = lock_row(PolicyVersion, draft.pk)
    _must_be_draft(row)
    if row.maker_id == checker.pk:
        raise ReleaseFourEyes(_("Whoever wrote a version does not release it. Ask another person."))
    if seen_body is not None and row.body != seen_body:
        raise StaleVersion(_("The draft was changed while you looked at it. Look at it again."))
    if row.valid_from < as_of:
        raise InvalidInput(
            _("A version takes effect today or later: what was decided before stays as it was."),
            field="valid_from",
            code="IN_THE_PAST",
        )
    approved = PolicyVersion.objects.filter(kind=row.kind, state=PolicyVersion.State.APPROVED)
    if approved.filter(valid_from=row.valid_from).exists():
        raise InvalidInput(
            _("Another version takes effect on that day already. Choose another day."),
            field="valid_from",
            code="DAY_TAKEN",
        )
    later = approved.filter(valid_from__gt=row.valid_from).order_by("valid_from").first()
    approved.filter(
        Q(valid_to=None) | Q(valid_to__gt=row.valid_from), valid_from__lt=row.valid_from
    ).update(valid_to=row.valid_from)
    row.valid_to = later.valid_from if later else None
    row.state, row.checker = PolicyVersion.State.APPROVED, checker
    row.save(update_fields=["valid_to", "state", "checker"])
    record_event(
        "common.policy.released",
        actor=checker,
        subject=row,
        as_of=as_of,
        after={"kind": row.kind, "version": row.version, "valid_from": row.valid_from},
    )
    return row


@transaction.atomic
def withdraw_policy_draft(
    draft: PolicyVersion, *, actor: Any, as_of: date, reason: str
) -> PolicyVersion:
    """Give a draft up; it stays to be read. Raises `NotADraft`, `InvalidInput`."""
    if not reason.strip():
        raise InvalidInput(_("Say why: the next reader will ask."), field="reason", code="REQUIRED")
    row = lock_row(PolicyVersion, draft.pk)
    _must_be_draft(row)
    row.state = PolicyVersion.State.WITHDRAWN
    row.save(update_fields=["state"])
    record_event(
        "common.policy.withdrawn", actor=actor, subject=row, as_of=as_of, reason=reason.strip()
    )
    return row


def _must_be_draft(row: PolicyVersion) -> None:
    if row.state != PolicyVersion.State.DRAFT:
        raise NotADraft(_("Only a draft can be changed. Start a new one from this version."))


def _next_version(kind: str) -> int:
    last = PolicyVersion.objects.filter(kind=kind).aggregate(n=Max("version"))["n"] or 0
    return int(last) + 1


def _end_the_one_before(kind: str, day: date) -> None:
    PolicyVersion.objects.filter(
        kind=kind, state=PolicyVersion.State.APPROVED, valid_to=None, valid_from__lt=day
    ).update(valid_to=day)
