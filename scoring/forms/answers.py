"""The 5C questionnaire and small forms of this app: strings into typed answers and back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from scoring.domain.five_c import ESSENTIAL_PARTS, NOT_APPLICABLE, PARTS
from scoring.domain.five_c_scale import INDICATORS
from scoring.models import FiveCAssessment
from scoring.texts import language, name_part

UNKNOWN = "UNK"
STEPS = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class Question:
    """One of the 25 questions with its controls, for the template."""

    name: str
    label: str
    anchors: tuple[tuple[str, str], ...]
    answer: BoundField
    comment: BoundField
    evidence: tuple[tuple[BoundField, BoundField], ...]
    is_answered: bool

    @property
    def errors(self) -> list[str]:
        fields = (self.answer, self.comment, *(field for pair in self.evidence for field in pair))
        return [str(error) for field in fields for error in field.errors]


@dataclass(frozen=True)
class Part:
    """One of the five Cs with its questions."""

    name: str
    label: str
    questions: tuple[Question, ...]

    @property
    def answered(self) -> int:
        return sum(question.is_answered for question in self.questions)


class AnswersForm(forms.Form):
    """25 answers, each with a comment and dated evidence; character takes two sources.

    `assessment` fills the form in; `to_answers` gives what the service takes.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        assessment: FiveCAssessment | None = None,
        **kwargs: Any,
    ) -> None:
        initial = _initial(assessment) if assessment else {}
        super().__init__(data, initial=initial, auto_id="a_%s", **kwargs)
        for part, names in PARTS.items():
            for name in names:
                self._add_question(name, sources=2 if part == "character" else 1)

    def _add_question(self, name: str, *, sources: int) -> None:
        label = INDICATORS[name].label(language())
        self.fields[name] = forms.ChoiceField(
            label=label,
            required=False,
            choices=[*((s, s) for s in STEPS), (NOT_APPLICABLE, ""), (UNKNOWN, "")],
        )
        self.fields[f"{name}_comment"] = forms.CharField(
            label=_("%(question)s: comment") % {"question": label},
            required=False,
            max_length=300,
        )
        for n in range(1, sources + 1):
            self.fields[f"{name}_on_{n}"] = forms.DateField(
                label=_("%(question)s: date of evidence") % {"question": label},
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
            self.fields[f"{name}_note_{n}"] = forms.CharField(
                label=_("%(question)s: what the evidence is") % {"question": label},
                required=False,
                max_length=200,
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in INDICATORS:
            step = cleaned.get(name)
            if step in ("1", NOT_APPLICABLE) and not cleaned.get(f"{name}_comment"):
                self.add_error(f"{name}_comment", _("This answer needs a comment that says why."))
            for n in _sources(name):
                note, day = cleaned.get(f"{name}_note_{n}"), cleaned.get(f"{name}_on_{n}")
                if note and not day and f"{name}_on_{n}" not in self.errors:
                    self.add_error(f"{name}_on_{n}", _("Evidence needs its date."))
        return cleaned

    def to_answers(self) -> dict[str, Any]:
        """Return answers, evidence and comments in the form in which they are stored."""
        cleaned = self.cleaned_data
        return {
            "answers": {
                part: [_answer(cleaned.get(name)) for name in names]
                for part, names in PARTS.items()
            },
            "evidence": {
                name: notes for name in INDICATORS if (notes := list(_notes(cleaned, name)))
            },
            "comments": {
                name: cleaned[f"{name}_comment"]
                for name in INDICATORS
                if cleaned.get(f"{name}_comment")
            },
        }

    def parts(self) -> list[Part]:
        """List the five Cs with their questions, for the template."""
        return [
            Part(part, name_part(part), tuple(self._question(name) for name in names))
            for part, names in PARTS.items()
        ]

    def _question(self, name: str) -> Question:
        indicator = INDICATORS[name]
        anchors = zip(STEPS, indicator.anchors(language()), strict=True)
        return Question(
            name,
            indicator.label(language()),
            tuple(anchors),
            self[name],
            self[f"{name}_comment"],
            tuple((self[f"{name}_on_{n}"], self[f"{name}_note_{n}"]) for n in _sources(name)),
            str(self[name].value() or UNKNOWN) != UNKNOWN,
        )


def _sources(name: str) -> range:
    return range(1, 3 if name in PARTS[ESSENTIAL_PARTS[0]] else 2)


def _answer(text: str | None) -> Any:
    if not text or text == UNKNOWN:
        return None
    return text if text == NOT_APPLICABLE else int(text)


def _notes(cleaned: Mapping[str, Any], name: str) -> Iterator[dict[str, str]]:
    for n in _sources(name):
        if day := cleaned.get(f"{name}_on_{n}"):
            yield {"on": day.isoformat(), "note": cleaned.get(f"{name}_note_{n}") or ""}


def _initial(assessment: FiveCAssessment) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for part, names in PARTS.items():
        steps = assessment.answers.get(part) or [None] * len(names)
        for name, step in zip(names, steps, strict=False):
            initial[name] = UNKNOWN if step is None else str(step)
            initial[f"{name}_comment"] = assessment.comments.get(name, "")
            for n, note in enumerate(assessment.evidence.get(name, ())[:2], start=1):
                initial[f"{name}_on_{n}"] = note.get("on", "")
                initial[f"{name}_note_{n}"] = note.get("note", "")
    return initial
