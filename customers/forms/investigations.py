"""The form of an investigation: options and words of each section, eight tests, the proposal."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.money import CURRENCIES
from customers.domain.investigation import (
    MAX_NOTE,
    MAX_TEXT,
    SECTIONS,
    TESTS,
    Proposal,
    read_proposal,
)
from customers.forms.parties import DateInput
from customers.models import Investigation, PaymentTerm
from customers.words.investigation import (
    FIVE_C_LABELS,
    RESULT_LABELS,
    SECTION_LABELS,
    SENTENCES,
    TEST_LABELS,
    write_sentences,
)


class InvestigationForm(forms.Form):
    """A draft. Words that equal the sentences of the options are kept as options only."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    limit = forms.DecimalField(
        label=_("Limit"), required=False, min_value=0, max_digits=17, decimal_places=2
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(c, c) for c in CURRENCIES])
    term = forms.ChoiceField(label=_("Payment term"), required=False)
    security = forms.CharField(label=_("Security"), max_length=500, required=False)
    conditions = forms.CharField(
        label=_("Conditions"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_on = forms.DateField(label=_("Next review"), required=False, widget=DateInput())

    def __init__(self, data: Any = None, *, draft: Investigation) -> None:
        super().__init__(data, initial=_initial(draft))
        terms = PaymentTerm.objects.order_by("rank", "code")
        self.fields["term"].choices = [  # type: ignore[attr-defined]
            ("", _("None")),
            *((term.code, str(term)) for term in terms),
        ]
        for section in SECTIONS:
            label = SECTION_LABELS[section.code]
            self.fields[f"options_{section.code}"] = forms.MultipleChoiceField(
                label=str(label),
                required=False,
                choices=list(SENTENCES[section.code].items()),
                widget=forms.CheckboxSelectMultiple,
            )
            self.fields[f"text_{section.code}"] = forms.CharField(
                label=_("In words"),
                required=False,
                max_length=MAX_TEXT,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("Empty: the sentences ticked above."),
            )
        for code in TESTS:
            self.fields[f"result_{code}"] = forms.ChoiceField(
                label=str(TEST_LABELS[code]),
                required=False,
                choices=[("", _("Not done yet")), *RESULT_LABELS.items()],
            )
            self.fields[f"note_{code}"] = forms.CharField(
                label=_("Note"), required=False, max_length=MAX_NOTE
            )

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Return the sections as the page shows them."""
        return [
            {
                "code": section.code,
                "label": SECTION_LABELS[section.code],
                "five_c": FIVE_C_LABELS.get(section.five_c, ""),
                "options": self[f"options_{section.code}"],
                "text": self[f"text_{section.code}"],
            }
            for section in SECTIONS
        ]

    @property
    def tests(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the tests as the page shows them."""
        return [(self[f"result_{code}"], self[f"note_{code}"]) for code in TESTS]

    @property
    def proposal_fields(self) -> list[forms.BoundField]:
        """Return the fields of the proposal."""
        return [
            self[n] for n in ("limit", "currency", "term", "review_on", "security", "conditions")
        ]

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        data = self.cleaned_data
        sections = {}
        for section in SECTIONS:
            options, text = data[f"options_{section.code}"], data[f"text_{section.code}"]
            is_made = text.split() == write_sentences(section.code, options).split()
            sections[section.code] = {"options": options, "text": "" if is_made else text}
        tests = {c: {"result": data[f"result_{c}"], "note": data[f"note_{c}"]} for c in TESTS}
        proposal = Proposal(
            data["limit"],
            data["currency"],
            data["term"],
            data["security"],
            data["conditions"],
            data["review_on"],
        )
        return {
            "sections": sections,
            "tests": tests,
            "proposal": proposal,
            "version": data["version"],
        }


def _initial(draft: Investigation) -> dict[str, Any]:
    proposal = read_proposal(draft.proposal)
    found: dict[str, Any] = {
        "version": draft.version,
        "limit": proposal.limit,
        "currency": proposal.currency,
        "term": proposal.term,
        "security": proposal.security,
        "conditions": proposal.conditions,
        "review_on": proposal.review_on,
    }
    sections: Mapping[str, Any] = draft.sections
    for code, body in sections.items():
        found[f"options_{code}"] = body.get("options", [])
        found[f"text_{code}"] = body.get("text", "")
    for code, test in draft.tests.items():
        found[f"result_{code}"] = test.get("result", "")
        found[f"note_{code}"] = test.get("note", "")
    return found
