"""What a person may set for himself."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from users.models import User


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Language and unit of amounts."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        help_text=_("Of pages. Letters speak the customer's language."),
    )

    class Meta:
        model = User
        fields = ("language", "unit")
        labels = {"unit": _("Unit of amounts")}
        help_texts = {"unit": _("For tables and the heads of files; cards show short figures.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", _("As the browser says")),
            *settings.LANGUAGES,
        ]
