"""Versions of the rating policy: written by one person, released by another for a day to come.

What a body must keep to is `scoring.domain.rating.policy_rules`; who may write and release is
`users.permissions`; four eyes, order of days and stale drafts are `common.policies`. A draft is a
to-do of whoever may release it until it is released or withdrawn.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.errors import InvalidInput, StaleVersion
from common.locks import lock_row
from common.models import PolicyVersion
from common.policies import release_policy, save_policy_draft, withdraw_policy_draft
from customers.models import Task
from customers.services import create_tasks
from customers.services.tasks import cancel_task, complete_task
from scoring.domain.rating.policy_rules import Problem, validate_rating_policy
from scoring.selectors.model_versions import KIND
from users.permissions import may, require

TASK_KIND = "MODEL_VERSION"
RELEASER = "EXECUTIVE"
TITLE = gettext_noop("Version %(version)s of the rating models waits for release")


class PolicyRefused(InvalidInput):
    """The body breaks a rule; `problems` says where, why and what mends it."""

    code = "POLICY_REFUSED"

    def __init__(self, message: Any, problems: Sequence[Problem]) -> None:
        super().__init__(message, field=problems[0].path)
        self.problems = tuple(problems)


def digest_draft(draft: PolicyVersion) -> str:
    """Return a digest of what a reader of a draft has before his eyes: body and first day."""
    text = json.dumps([draft.body, draft.valid_from.isoformat()], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


@transaction.atomic
def save_draft(
    *,
    body: Mapping[str, Any],
    valid_from: date,
    note: str,
    actor: Any,
    as_of: date,
    draft: PolicyVersion | None = None,
    seen: str = "",
) -> PolicyVersion:
    """Write a draft, or the own one again, and let those who release know.

    `seen` is the digest of the draft that the writer started from.

    Raises:
        PolicyRefused: the body breaks a rule.
        InvalidInput: the first day lies in the past.
        ReleaseFourEyes, NotADraft, StaleVersion: see `common.policies`.
    """
    require(actor, "policy.edit")
    _check(body)
    if valid_from < as_of:
        raise InvalidInput(
            _("A version takes effect today or later: what was decided before stays as it was."),
            field="valid_from",
            code="IN_THE_PAST",
        )
    if draft is not None:
        draft = _lock(draft, seen)
    row = save_policy_draft(
        KIND,
        dict(body),
        valid_from=valid_from,
        maker=actor,
        as_of=as_of,
        note=note.strip(),
        draft=draft,
    )
    create_tasks(
        [
            Task(
                key=_task_key(row),
                kind=TASK_KIND,
                title=TITLE,
                params={"version": row.version},
                role=RELEASER,
                url=reverse("model_version", args=[row.version]),
            )
        ]
    )
    return row


@transaction.atomic
def release_version(
    *, draft: PolicyVersion, actor: Any, as_of: date, seen: str = ""
) -> PolicyVersion:
    """Let a draft hold from its day on. Ratings follow in the night of that day.

    Raises:
        PolicyRefused: the draft breaks a rule that came after it was written.
        ReleaseFourEyes, NotADraft, StaleVersion, InvalidInput: see `common.policies`.
    """
    require(actor, "policy.release")
    locked = _lock(draft, seen)
    _check(locked.body)
    row = release_policy(locked, checker=actor, as_of=as_of)
    complete_task(key=_task_key(row), actor=actor, as_of=as_of)
    return row


@transaction.atomic
def withdraw_draft(*, draft: PolicyVersion, actor: Any, as_of: date, reason: str) -> PolicyVersion:
    """Give a draft up, with a reason: whoever may write may do it, and whoever may release."""
    if not may(actor, "policy.release"):
        require(actor, "policy.edit")
    row = withdraw_policy_draft(draft, actor=actor, as_of=as_of, reason=reason)
    cancel_task(key=_task_key(row), actor=actor, as_of=as_of)
    return row


def _lock(draft: PolicyVersion, seen: str) -> PolicyVersion:
    row = lock_row(PolicyVersion, draft.pk)
    if seen and row.state == PolicyVersion.State.DRAFT and digest_draft(row) != seen:
        raise StaleVersion(_("The draft was changed while you looked at it. Look at it again."))
    return row


def _check(body: Mapping[str, Any]) -> None:
    problems = validate_rating_policy(body)
    if problems:
        raise PolicyRefused(_("Some figures cannot be used."), problems)


def _task_key(row: PolicyVersion) -> str:
    return f"model-version:{row.pk}"
