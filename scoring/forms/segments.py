"""The form that sets a customer's segment by hand."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scoring.models import SegmentFreeze


class SegmentForm(forms.Form):
    """A segment and the reason for it."""

    segment = forms.ChoiceField(
        label=_("Segment"),
        choices=[choice for choice in SegmentFreeze.Segment.choices if choice[0] != "INACTIVE"],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It holds for this month; the next month is computed again."),
    )
