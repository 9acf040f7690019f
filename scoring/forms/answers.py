"""The 5C questionnaire and small forms of this app: strings into typed answers and back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from scoring.domain.models.five_c import ESSENTIAL_PARTS, NOT_APPLICABLE, PARTS
from scoring.domain.models.five_c_scale import INDICATORS
from scoring.selectors.assessments import Questionnaire
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
    evidence: tuple[tuple[BoundField, ...], ...]
    is_answered: bool

    @property
    def errors(self) -> list[str]:
        fields = (self.answer, self.comment, *(field for group in self.evidence for field in group))
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
    """The answers of some of the five Cs, each with a comment and dated evidence.

    Character takes two sources. `documents` ((id, title) pairs) may be named as evidence.
    `questionnaire` fills the form in; `to_answers` gives what the service takes.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        questionnaire: Questionnaire | None = None,
        parts: Sequence[str] = tuple(PARTS),
        documents: Iterable[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        initial = _initial(questionnaire) if questionnaire else {}
        super().__init__(data, initial=initial, auto_id="a_%s", **kwargs)
        self.shown = {part: PARTS[part] for part in PARTS if part in parts}
        self.documents = [(str(number), title) for number, title in documents]
        evidence = questionnaire.evidence if questionnaire else {}
        self.sources: dict[str, int] = {}
        for part, names in self.shown.items():
            least = 2 if part == ESSENTIAL_PARTS[0] else 1
            for name in names:
                # What is on file already stays in view, however much it is.
                self.sources[name] = max(least, len(evidence.get(name, ())))
                self._add_question(name, sources=self.sources[name])

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
            if self.documents:
                self.fields[f"{name}_doc_{n}"] = forms.TypedChoiceField(
                    label=_("%(question)s: document") % {"question": label},
                    required=False,
                    coerce=int,
                    empty_value=None,
                    choices=[("", _("no document")), *self.documents],
                )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self._names():
            step = cleaned.get(name)
            if step in ("1", NOT_APPLICABLE) and not cleaned.get(f"{name}_comment"):
                self.add_error(f"{name}_comment", _("This answer needs a comment that says why."))
            for n in self._numbers(name):
                note = cleaned.get(f"{name}_note_{n}") or cleaned.get(f"{name}_doc_{n}")
                day = cleaned.get(f"{name}_on_{n}")
                if note and not day and f"{name}_on_{n}" not in self.errors:
                    self.add_error(f"{name}_on_{n}", _("Evidence needs its date."))
        return cleaned

    def to_answers(self) -> dict[str, Any]:
        """Return answers, evidence and comments in the form in which they are stored."""
        cleaned = self.cleaned_data
        return {
            "answers": {
                part: [_answer(cleaned.get(name)) for name in names]
                for part, names in self.shown.items()
            },
            "evidence": {
                name: notes
                for name in self._names()
                if (notes := list(_notes(cleaned, name, self._numbers(name))))
            },
            "comments": {
                name: cleaned[f"{name}_comment"]
                for name in self._names()
                if cleaned.get(f"{name}_comment")
            },
        }

    def parts(self) -> list[Part]:
        """List the five Cs with their questions, for the template."""
        return [
            Part(part, name_part(part), tuple(self._question(name) for name in names))
            for part, names in self.shown.items()
        ]

    def _numbers(self, name: str) -> range:
        return range(1, self.sources[name] + 1)

    def _names(self) -> list[str]:
        return [name for names in self.shown.values() for name in names]

    def _question(self, name: str) -> Question:
        indicator = INDICATORS[name]
        anchors = zip(STEPS, indicator.anchors(language()), strict=True)
        return Question(
            name,
            indicator.label(language()),
            tuple(anchors),
            self[name],
            self[f"{name}_comment"],
            tuple(
                tuple(
                    self[f"{name}_{kind}_{n}"]
                    for kind in ("on", "note", "doc")
                    if f"{name}_{kind}_{n}" in self.fields
                )
                for n in self._numbers(name)
            ),
            str(self[name].value() or UNKNOWN) != UNKNOWN,
        )


def _answer(text: str | None) -> Any:
    if not text or text == UNKNOWN:
        return None
    return text if text == NOT_APPLICABLE else int(text)


def _notes(
    cleaned: Mapping[str, Any], name: str, numbers: Iterable[int]
) -> Iterator[dict[str, Any]]:
    for n in numbers:
        if day := cleaned.get(f"{name}_on_{n}"):
            note = {"on": day.isoformat(), "note": cleaned.get(f"{name}_note_{n}") or ""}
            if document := cleaned.get(f"{name}_doc_{n}"):
                note |= {"document": document}
            yield note


def _initial(given: Questionnaire) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for part, names in PARTS.items():
        for name, step in zip(names, given.answers[part], strict=True):
            initial[name] = UNKNOWN if step is None else str(step)
            initial[f"{name}_comment"] = given.comments.get(name, "")
            for n, note in enumerate(given.evidence.get(name, ()), start=1):
                initial[f"{name}_on_{n}"] = note.get("on", "")
                initial[f"{name}_note_{n}"] = note.get("note", "")
                initial[f"{name}_doc_{n}"] = note.get("document", "")
    return initial
