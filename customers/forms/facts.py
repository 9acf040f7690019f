"""Forms of facts: one fact with its source, and the decision between two."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.domain.facts import FIELDS, FieldKind
from customers.forms.parties import DateInput
from customers.models import Document, Fact, FactConflict, SourceClass
from customers.words.dossier import label_field, label_line, label_unit, write_fact


def list_fields() -> list[tuple[str, str]]:
    """Return the vocabulary as choices, with the unit of each."""
    return sorted(
        (
            (
                code,
                f"{label_field(code)} ({label_unit(field.unit)})"
                if field.unit
                else label_field(code),
            )
            for code, field in FIELDS.items()
        ),
        key=lambda pair: pair[1],
    )


def describe_choices() -> str:
    """Return the fields whose value is one of a few codes, with those codes."""
    return " · ".join(
        f"{label_field(code)}: {', '.join(field.choices)}"
        for code, field in FIELDS.items()
        if field.kind is FieldKind.CHOICE and len(field.choices) < 8
    )


class FactForm(forms.Form):
    """One fact: what, of which day, from whom, how sure."""

    field = forms.ChoiceField(label=_("What"))
    value = forms.CharField(label=_("Value"), max_length=500)
    about = forms.DateField(
        label=_("Of which day"),
        widget=DateInput(),
        help_text=_("The day or the end of the period that the value is about."),
    )
    source_class = forms.ChoiceField(label=_("Source"), choices=SourceClass.choices)
    source_name = forms.CharField(label=_("Who says so"), max_length=200, required=False)
    confidence = forms.ChoiceField(
        label=_("How sure"),
        choices=[c for c in Fact.Confidence.choices if c[0] != "VERIFIED"],
        initial="STATED",
        help_text=_("Somebody else verifies it afterwards."),
    )
    obtained_on = forms.DateField(
        label=_("Learnt on"),
        required=False,
        widget=DateInput(),
        help_text=_("Empty: today."),
    )
    document = forms.ModelChoiceField(
        label=_("Evidence"),
        queryset=Document.objects.none(),
        required=False,
        empty_label=_("None"),
    )

    def __init__(self, *args: Any, documents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = list_fields()  # type: ignore[attr-defined]
        self.fields["value"].help_text = describe_choices()
        chosen: Any = self.fields["document"]
        chosen.queryset = documents
        chosen.label_from_instance = lambda row: f"{label_line(row.kind)}: {row.title}"


class ConflictForm(forms.Form):
    """Which of two facts is believed, and why."""

    chosen = forms.ChoiceField(label=_("Believe"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, conflict: FactConflict, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = describe_sides(  # type: ignore[attr-defined]
            (conflict.first, conflict.second)
        )


def describe_sides(facts: Sequence[Fact]) -> list[tuple[str, str]]:
    """Return two facts as choices: value, source, when it was learnt."""
    return [
        (
            str(fact.pk),
            " · ".join(
                filter(
                    None,
                    (
                        write_fact(fact),
                        str(fact.get_source_class_display()),
                        fact.source_name,
                        str(fact.get_confidence_display()),
                        fact.obtained_on.isoformat(),
                    ),
                )
            ),
        )
        for fact in facts
    ]
