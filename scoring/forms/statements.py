"""Small forms about statements."""

from django import forms
from django.utils.translation import gettext_lazy


class AcceptForm(forms.Form):
    """Why a doubtful statement counts all the same."""

    reason = forms.CharField(
        label=gettext_lazy("Why does it count all the same?"),
        help_text=gettext_lazy("Named with you on the statement and in every rating made from it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
