"""5C answers: one person drafts, another confirms; what is confirmed is never changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event
from common.locks import lock_row
from customers.models import Customer, Document
from scoring.domain.models.five_c import PARTS, InvalidAnswer, score_five_c
from scoring.models import FiveCAssessment
from scoring.selectors.assessments import (
    SALES_PARTS,
    USELESS_DOCUMENTS,
    get_confirmed_assessment,
)
from users.permissions import SALES, require

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
    evidence: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    comments: Mapping[str, str] | None = None,
) -> FiveCAssessment:
    """Store answers as the customer's draft of that date; the same person's open draft is updated.

    `answers` are five per C: 1 to 5, "NA" or None. `evidence` maps an indicator to notes
    {"on": ISO date, "note": text, "document": id of a document of the customer, or none}; an answer
    of 1, and every "NA", must carry a comment. The account manager answers for `SALES_PARTS`; the
    other parts stay as they were confirmed.

    Raises:
        InvalidInput: an answer, a note or a missing comment; `field` names the indicator.
        NotAllowed: an account manager answers what the analyst judges.
    """
    if actor is not None:
        require(actor, "assessment.draft")
    evidence, comments = dict(evidence or {}), dict(comments or {})
    if actor is not None and actor.role == SALES:
        answers, evidence, comments = _add_confirmed(customer, answers, evidence, comments, as_of)
    full = {part: list(answers.get(part, [None] * len(names))) for part, names in PARTS.items()}
    _check(full | {part: answers[part] for part in answers if part not in PARTS})
    _check_notes(customer, evidence)
    _check_comments(full, comments)
    lock_row(Customer, customer.pk)
    values = {"answers": full, "evidence": evidence, "comments": comments}
    draft = (
        FiveCAssessment.objects.filter(customer=customer, state=FiveCAssessment.State.DRAFT)
        .order_by("-id")
        .first()
    )
    if draft is not None and draft.drafted_by_id != getattr(actor, "pk", None):
        draft = None  # somebody wrote since: what they said may be in these answers
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
    row.confirmed_on = as_of
    row.save(update_fields=["state", "confirmed_by", "confirmed_on"])
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


def _add_confirmed(
    customer: Customer,
    answers: Mapping[str, Sequence[Any]],
    evidence: Mapping[str, Sequence[Mapping[str, Any]]],
    comments: Mapping[str, str],
    as_of: date,
) -> tuple[dict[str, Sequence[Any]], dict[str, Any], dict[str, str]]:
    """Put what the account manager answers beside what was confirmed of the other parts."""
    if set(answers) - set(SALES_PARTS):
        raise NotAllowed(
            _("Capacity and capital are for the credit analyst to answer."), code="ANALYST_ONLY"
        )
    own = {name for part in SALES_PARTS for name in PARTS[part]}
    last = get_confirmed_assessment(customer, as_of=as_of)
    kept: dict[str, Any] = {} if last is None else dict(last.answers)

    def merge(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in theirs.items() if k not in own} | {
            k: v for k, v in mine.items() if k in own
        }

    parts = {part: steps for part, steps in kept.items() if part not in SALES_PARTS}
    return (
        parts | dict(answers),
        merge(evidence, last.evidence if last else {}),
        merge(comments, last.comments if last else {}),
    )


def _check_notes(customer: Customer, evidence: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    _check_documents(customer, evidence)
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


def _check_documents(
    customer: Customer, evidence: Mapping[str, Sequence[Mapping[str, Any]]]
) -> None:
    named = {
        note["document"]: indicator
        for indicator, notes in evidence.items()
        for note in notes
        if note.get("document")
    }
    if not named:
        return
    known = set(
        Document.objects.filter(customer=customer, pk__in=list(named))
        .exclude(state__in=USELESS_DOCUMENTS)
        .values_list("pk", flat=True)
    )
    for number, indicator in named.items():
        if number not in known:
            raise InvalidInput(
                _("This document is not on the customer's file, or is no evidence any more."),
                field=indicator,
            )


def _check_comments(answers: Mapping[str, Sequence[Any]], comments: Mapping[str, str]) -> None:
    for part, names in PARTS.items():
        for indicator, step in zip(names, answers[part], strict=True):
            if step in (WORST_STEP, "NA") and not str(comments.get(indicator, "")).strip():
                raise InvalidInput(
                    _("The worst answer, and “not applicable”, need a comment that says why."),
                    field=indicator,
                    code="COMMENT_NEEDED",
                )
