"""The traits that people rate: strings into ratings of 0 to 10 with their comments, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from common.amounts import parse_typed_amount
from common.parsing import CellError
from scoring.domain.models.characteristics import GROUPS
from scoring.domain.models.traits import DERIVED_TRAITS, RATED_TRAITS
from scoring.models import CharacteristicAssessment
from scoring.words import characteristics as words

RATINGS = tuple(str(n) for n in range(11))


@dataclass(frozen=True)
class TraitRow:
    """One of the 18 traits for the template: rated with controls, or derived with its figure."""

    name: str
    label: str
    hint: str
    rating: BoundField | None
    comment: BoundField | None
    derived: Decimal | None
    source: str

    @property
    def errors(self) -> list[str]:
        fields = [one for one in (self.rating, self.comment) if one is not None]
        return [str(error) for field in fields for error in field.errors]


class TraitsForm(forms.Form):
    """Ratings of the traits, the weight set to read them by, and the limit in question.

    The last two only change what is looked at; `to_traits` gives what the service takes.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        assessment: CharacteristicAssessment | None = None,
        weight_sets: Mapping[str, Any] | None = None,
        weight_set: str = "",
        limit: Decimal | None = None,
        currency: str = "CNY",
        **kwargs: Any,
    ) -> None:
        initial: dict[str, Any] = {"weight_set": weight_set}
        if limit is not None:
            initial["limit"] = f"{limit:,.0f}"
        if assessment is not None:
            initial |= {name: str(rating) for name, rating in assessment.answers.items()}
            initial |= {f"{name}_comment": text for name, text in assessment.comments.items()}
        super().__init__(data, initial=initial, auto_id="t_%s", **kwargs)
        self.currency = currency
        for name in RATED_TRAITS:
            label = words.name_trait(name)
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", "–"), *((n, n) for n in RATINGS)],
            )
            self.fields[f"{name}_comment"] = forms.CharField(
                label=_("%(question)s: comment") % {"question": label},
                required=False,
                max_length=300,
            )
        names = list(weight_sets or words.WEIGHT_SETS)
        self.fields["weight_set"] = forms.ChoiceField(
            label=_("Weights"),
            required=False,
            choices=[(name, words.WEIGHT_SETS.get(name, name)) for name in names],
        )
        self.fields["limit"] = forms.CharField(
            label=_("Limit in question"),
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"data-amount": "", "inputmode": "decimal"}),
            help_text=_("For the trait “total capital”."),
        )

    def clean_limit(self) -> Decimal | None:
        text = self.cleaned_data["limit"].strip()
        if not text:
            return None
        try:
            amount = parse_typed_amount(text, self.currency)
        except CellError as error:
            raise forms.ValidationError(str(error)) from None
        if amount <= 0:
            raise forms.ValidationError(_("Enter an amount above zero."))
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in RATED_TRAITS:
            if cleaned.get(name) is not None and not cleaned.get(f"{name}_comment"):
                self.add_error(f"{name}_comment", _("Say in a comment what this rating rests on."))
        return cleaned

    def to_traits(self) -> dict[str, Any]:
        """Return ratings and comments in the form in which they are stored."""
        cleaned = self.cleaned_data
        return {
            "answers": {name: cleaned.get(name) for name in RATED_TRAITS},
            "comments": {
                name: cleaned[f"{name}_comment"]
                for name in RATED_TRAITS
                if cleaned.get(f"{name}_comment")
            },
        }

    def groups(self, derived: Mapping[str, Decimal | None]) -> list[dict[str, Any]]:
        """List the three groups with their traits, derived ones with their figure, for the template."""
        return [
            {
                "name": group,
                "label": words.GROUPS[group],
                "rows": [self._row(name, derived) for name in names],
            }
            for group, names in GROUPS.items()
        ]

    def _row(self, name: str, derived: Mapping[str, Decimal | None]) -> TraitRow:
        label, hint = (str(text) for text in words.TRAITS[name])
        if name not in DERIVED_TRAITS:
            return TraitRow(name, label, hint, self[name], self[f"{name}_comment"], None, "")
        figure = derived.get(name)
        source = words.DERIVED_FROM[name] if figure is not None else words.NOT_YET[name]
        return TraitRow(name, label, hint, None, None, figure, str(source))
