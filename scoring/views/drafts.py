"""The two questionnaires of a request: read, compared with what is kept, saved where they differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest

from common.errors import InvalidInput
from customers.models import Customer
from scoring.domain.models.characteristics import WEIGHT_SETS
from scoring.domain.models.five_c import PARTS
from scoring.forms.answers import AnswersForm
from scoring.forms.characteristics import TraitsForm
from scoring.models import CharacteristicAssessment
from scoring.selectors.assessments import (
    Questionnaire,
    get_characteristics,
    get_questionnaire,
    list_evidence_documents,
)
from scoring.selectors.customer_case import Given
from scoring.services import save_assessment
from scoring.services.characteristics import save_characteristics
from users.permissions import may


@dataclass
class Drafts:
    """What a person filled in, beside what was there."""

    questionnaire: Questionnaire
    stored_traits: CharacteristicAssessment | None
    answers_form: AnswersForm
    traits_form: TraitsForm
    answers: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None

    @property
    def has_errors(self) -> bool:
        return bool(
            (self.answers_form.is_bound and self.answers_form.errors)
            or (self.traits_form.is_bound and self.traits_form.errors)
        )

    @property
    def given(self) -> Given:
        """What the models shall be tried with."""
        form = self.traits_form
        cleaned = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else {}
        return Given(
            answers=self.answers,
            traits=self.traits["answers"] if self.traits else None,
            weight_set=cleaned.get("weight_set") or "",
            limit=cleaned.get("limit"),
        )


def read_drafts(
    request: HttpRequest,
    customer: Customer,
    *,
    as_of: date,
    currency: str = "CNY",
    parts: tuple[str, ...] = tuple(PARTS),
) -> Drafts:
    """Read both questionnaires; of a GET they hold what is kept. What one may not fill in is left out."""
    questionnaire = get_questionnaire(customer, as_of=as_of)
    stored = get_characteristics(customer, as_of=as_of)
    data = request.POST if request.method == "POST" else None
    documents = [(d.pk, f"{d.kind} {d.title}") for d in list_evidence_documents(customer)[:200]]
    answers_form = AnswersForm(
        data if may(request.user, "assessment.draft") else None,
        questionnaire=questionnaire,
        documents=documents,
        parts=parts,
    )
    traits_form = TraitsForm(
        data if may(request.user, "rating.propose") else None,
        assessment=stored,
        weight_sets=WEIGHT_SETS,
        currency=currency,
    )
    drafts = Drafts(questionnaire, stored, answers_form, traits_form)
    if answers_form.is_bound:
        answers_form.is_valid()
        drafts.answers = answers_form.to_answers()
    if traits_form.is_bound:
        traits_form.is_valid()
        drafts.traits = traits_form.to_traits()
    return drafts


def save_drafts(
    request: HttpRequest, customer: Customer, drafts: Drafts, *, as_of: date
) -> list[str]:
    """Save what differs from what is kept; return which of "answers" and "traits" were saved.

    What a service refuses becomes an error of the form.
    """
    if drafts.has_errors:
        return []
    by: dict[str, Any] = {"customer": customer, "as_of": as_of, "actor": request.user}
    saved: list[str] = []
    answers, traits = drafts.answers, drafts.traits
    if answers is not None and _differs(answers, drafts.questionnaire):
        saved += _try("answers", drafts.answers_form, lambda: save_assessment(**by, **answers))
    if traits is not None and _traits_differ(traits, drafts.stored_traits):
        saved += _try("traits", drafts.traits_form, lambda: save_characteristics(**by, **traits))
    return saved


def _differs(given: Mapping[str, Any], kept: Questionnaire) -> bool:
    shown = given["answers"]
    names = {name for part in shown for name in PARTS[part]}
    before = (
        {part: kept.answers[part] for part in shown},
        {k: list(v) for k, v in kept.evidence.items() if k in names},
        {k: v for k, v in kept.comments.items() if k in names},
    )
    return before != (shown, given["evidence"], given["comments"])


def _traits_differ(given: Mapping[str, Any], kept: CharacteristicAssessment | None) -> bool:
    answers = {name: rating for name, rating in given["answers"].items() if rating is not None}
    before = (kept.answers, kept.comments) if kept else ({}, {})
    return before != (answers, given["comments"])


def _try(name: str, form: Any, save: Callable[[], Any]) -> list[str]:
    try:
        save()
    except InvalidInput as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return []
    return [name]
