"""Forms about statements: the header all periods share, what each period says, and acceptance."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.money import CURRENCIES
from scoring.models import Statement
from scoring.words.statements import COMPARABILITY, STANDARDS, UNITS


class AcceptForm(forms.Form):
    """Why a doubtful statement counts all the same."""

    reason = forms.CharField(
        label=_("Why does it count all the same?"),
        help_text=_("Named with you on the statement and in every rating made from it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DayInput(forms.DateInput):
    """A native control for a day, in the form it understands."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class HeaderForm(forms.Form):
    """What all periods of one entry have in common."""

    gaap = forms.ChoiceField(label=_("Accounting standards"), choices=list(STANDARDS.items()))
    consolidated = forms.TypedChoiceField(
        label=_("Whose accounts"),
        choices=[("no", _("Own accounts")), ("yes", _("Consolidated"))],
        coerce=lambda value: value == "yes",
    )
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, code) for code in sorted(CURRENCIES)]
    )
    unit = forms.TypedChoiceField(
        label=_("Unit of all amounts"), choices=list(UNITS.items()), coerce=int
    )
    auditor = forms.CharField(label=_("Auditor"), max_length=100, required=False)
    received_on = forms.DateField(
        label=_("Received on"), required=False, widget=DayInput(), help_text=_("Empty: today.")
    )
    complete = forms.BooleanField(
        label=_("Complete: a blank means zero"),
        required=False,
        help_text=_("Believed only when the subtotals tie out."),
    )
    reason = forms.CharField(
        label=_("Reason of the restatement"),
        max_length=500,
        required=False,
        help_text=_("Needed when a version of the period exists already."),
    )


class PeriodForm(forms.Form):
    """What one period says of itself; its column of amounts is read by the grid."""

    period_end = forms.DateField(label=_("Period end"), widget=DayInput())
    kind = forms.ChoiceField(label=_("Kind"), choices=Statement.Kind.choices)
    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=18)
    opinion = forms.ChoiceField(label=_("Audit opinion"), choices=Statement.Opinion.choices)
    non_comparable = forms.ChoiceField(
        label=_("Comparable"),
        choices=list(COMPARABILITY.items()),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """A year has twelve months, or says that it has not."""
        data = super().clean() or {}
        months = data.get("months")
        if months and months > 12 and not data.get("non_comparable"):
            data["non_comparable"] = "PERIOD_NOT_12M"
        return data
