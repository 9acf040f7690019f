"""Asking for a shift of the grade, deciding on it, ending it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.dates import add_months
from customers.models import Document
from scoring.models import RatingOverride

STEPS = [
    (2, _("2 steps up")),
    (1, _("1 step up")),
    (-1, _("1 step down")),
    (-2, _("2 steps down")),
    (-3, _("3 steps down: one whole grade")),
    (-6, _("6 steps down: two whole grades")),
    (-9, _("9 steps down: three whole grades")),
]
PERIOD_MONTHS = 6


class OverrideForm(forms.Form):
    """A shift of the grade with its kind, steps, reason, period and evidence."""

    code = forms.ChoiceField(label=_("Kind"), choices=RatingOverride.Code.choices)
    notches = forms.TypedChoiceField(
        label=_("Steps"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=STEPS,
        help_text=_("For the committee's decision; a grade has three steps."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the score does not know, and how we know it."),
    )
    valid_from = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_to = forms.DateField(
        label=_("Until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The first day on which it no longer counts; six months at most."),
    )
    evidence = forms.ModelChoiceField(
        label=_("Evidence"),
        queryset=Document.objects.none(),
        required=False,
        empty_label=_("no document"),
        help_text=_("The parent's written support must be on file."),
    )

    def __init__(
        self,
        *args: Any,
        documents: Any = None,
        as_of: date,
        codes: Iterable[str] = RatingOverride.Code.values,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("auto_id", "o_%s")
        kwargs["initial"] = {
            "code": RatingOverride.Code.COMMITTEE,
            "notches": -1,
            "valid_from": as_of,
            "valid_to": add_months(as_of, PERIOD_MONTHS),
        } | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        field: Any = self.fields["evidence"]
        field.queryset = documents if documents is not None else Document.objects.none()
        wanted = set(codes)
        kind: Any = self.fields["code"]
        kind.choices = [pair for pair in RatingOverride.Code.choices if pair[0] in wanted]

    def clean_notches(self) -> int:
        return int(self.cleaned_data["notches"] or 0)


class AnswerForm(forms.Form):
    """A decision on an override, or its end, with a word."""

    action = forms.ChoiceField(choices=[("approve", ""), ("refuse", ""), ("end", "")])
    answer = forms.CharField(label=_("Answer"), max_length=500, required=False)
