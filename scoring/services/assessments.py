"""5C answers: one person drafts, another confirms; what is confirmed is never changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event
from common.locks import lock_row
from customers.models import Customer
from scoring.domain.five_c import PARTS, InvalidAnswer, score_five_c
from scoring.models import FiveCAssessment
from users.permissions import require

INDICATORS = frozenset(name for names in PARTS.values() for name in names)
WORST_STEP = 1


class AssessmentLocked(Conflict):
    """Confirmed answers stay as they are; new answers are a new draft."""

    code = "ASSESSMENT_LOCKED"


@transaction.atomic
def save_assessment(
    *,
    customer: Customer,
    answers: Mapping[str, Sequence[Any]],
    as_of: date,
    actor: Any,
    evidence: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    comments: Mapping[str, str] | None = None,
) -> FiveCAssessment:
    """Store answers as the customer's draft of that date; the same person's open draft is updated.

    `answers` are five per C: 1 to 5, "NA" or None. `evidence` maps an indicator to notes
    {"on": ISO date, "note": text}; an answer of 1, and every "NA", must carry a comment.

    Raises:
        InvalidInput: an answer, a note or a missing comment; `field` names the indicator.
    """
    if actor is not None:
        require(actor, "assessment.draft")
    evidence, comments = dict(evidence or {}), dict(comments or {})
    full = {part: list(answers.get(part, [None] * len(names))) for part, names in PARTS.items()}
    _check(full | {part: answers[part] for part in answers if part not in PARTS})
    _check_notes(evidence)
    _check_comments(full, comments)
    lock_row(Customer, customer.pk)
    values = {"answers": full, "evidence": evidence, "comments": comments}
    draft = FiveCAssessment.objects.filter(
        customer=customer, drafted_by=actor, state=FiveCAssessment.State.DRAFT
    ).first()
    before = {"answers": draft.answers} if draft else None
    if draft is None:
        draft = FiveCAssessment(customer=customer, drafted_by=actor)
    draft.as_of = as_of
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save()
    record_event(
        "scoring.assessment.drafted",
        actor=actor,
        subject=draft,
        customer_id=customer.pk,
        as_of=as_of,
        before=before,
        after={"answers": full},
    )
    return draft


@transaction.atomic
def confirm_assessment(*, assessment: FiveCAssessment, as_of: date, actor: Any) -> FiveCAssessment:
    """Let a draft count: another person than its author says so.

    Raises:
        NotAllowed: the actor drafted the answers.
        AssessmentLocked: it is confirmed already.
    """
    require(actor, "assessment.confirm")
    row = lock_row(FiveCAssessment, assessment.pk)
    if row.state != FiveCAssessment.State.DRAFT:
        raise AssessmentLocked(_("These answers are confirmed already."))
    if row.drafted_by_id == actor.pk:
        raise NotAllowed(_("Who drafted the answers does not confirm them."), code="FOUR_EYES")
    row.state, row.confirmed_by = FiveCAssessment.State.CONFIRMED, actor
    row.save(update_fields=["state", "confirmed_by"])
    record_event(
        "scoring.assessment.confirmed",
        actor=actor,
        subject=row,
        customer_id=row.customer_id,
        as_of=as_of,
        before={"state": "DRAFT"},
        after={"state": "CONFIRMED", "drafted_by": row.drafted_by_id},
    )
    return row


def _check(answers: Mapping[str, Sequence[Any]]) -> None:
    try:
        score_five_c(answers)
    except InvalidAnswer as error:
        raise InvalidAnswer(
            _("Answer with a step from 1 to 5, “not applicable” or “unknown”."),
            field=error.field,
            **error.params,
        ) from None


def _check_notes(evidence: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    for indicator, notes in evidence.items():
        if indicator not in INDICATORS:
            raise InvalidInput(_("There is no such question."), field=indicator)
        for note in notes:
            try:
                date.fromisoformat(note["on"])
            except (KeyError, TypeError, ValueError):
                raise InvalidInput(
                    _("Evidence needs its date, as in 2026-03-31."), field=indicator
                ) from None


def _check_comments(answers: Mapping[str, Sequence[Any]], comments: Mapping[str, str]) -> None:
    for part, names in PARTS.items():
        for indicator, step in zip(names, answers[part], strict=True):
            if step in (WORST_STEP, "NA") and not str(comments.get(indicator, "")).strip():
                raise InvalidInput(
                    _("The worst answer, and “not applicable”, need a comment that says why."),
                    field=indicator,
                    code="COMMENT_NEEDED",
                )
