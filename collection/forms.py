"""Strings of the pages turned into typed values."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from collection.models import DunningNotice
from collection.services import EXCLUDE_REASONS
from common.figures import format_amount, format_iso_day
from common.parsing import CellError, parse_amount
from customers.models import Company, Contact
from receivables.models import DueLine


class PrepareForm(forms.Form):
    """Which company's run is to be prepared, for which day."""

    company = forms.ModelChoiceField(
        queryset=Company.objects.order_by("code"), to_field_name="code", label=_("Company")
    )
    as_of = forms.DateField(
        label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_as_of(self) -> date:
        day: date = self.cleaned_data["as_of"]
        if day > self.today:
            raise forms.ValidationError(_("Choose today or an earlier day."))
        return day


class ExcludeForm(forms.Form):
    """Why a letter is left out."""

    reason = forms.ChoiceField(
        choices=[("", _("Choose a reason"))]
        + [(r.value, r.label) for r in DunningNotice.ExcludeReason if r.value in EXCLUDE_REASONS],
        label=_("Reason"),
    )
    note = forms.CharField(
        max_length=300,
        required=False,
        label=_("In a few words"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        max_length=300, label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2})
    )


class PromiseForm(forms.Form):
    """What a customer promised: how much, by when, for which items."""

    lines = forms.MultipleChoiceField(
        label=_("Items"), widget=forms.CheckboxSelectMultiple, help_text=_("Oldest due first.")
    )
    amount = forms.CharField(
        max_length=30,
        label=_("Amount"),
        required=False,
        help_text=_("Leave empty for all that is open of the chosen items."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    promise_date = forms.DateField(
        label=_("Paid by"),
        help_text=_("At most 30 days ahead."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    given_by = forms.CharField(max_length=60, required=False, label=_("Who promised"))
    channel = forms.ChoiceField(
        choices=Contact.Channel.choices, initial="PHONE", label=_("How it was said")
    )
    note = forms.CharField(
        max_length=500, required=False, label=_("Note"), widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, lines: Sequence[DueLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(line.pk): line for line in lines}
        self.fields["lines"].choices = [  # type: ignore[attr-defined]
            (key, _describe(line)) for key, line in self.by_id.items()
        ]

    def chosen(self) -> list[DueLine]:
        """Return the due lines that were ticked."""
        return [self.by_id[key] for key in self.cleaned_data.get("lines", [])]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        lines = self.chosen()
        text = data.get("amount")
        if lines and text:
            try:
                data["amount"] = parse_amount(text, lines[0].currency)
            except CellError:
                self.add_error("amount", _("Enter an amount such as 1,234.56."))
        elif lines:
            data["amount"] = sum((line.open_amount for line in lines), Decimal(0))
        return data


def _describe(line: DueLine) -> str:
    return _("%(number)s, due %(due)s, open %(currency)s %(amount)s") % {
        "number": line.invoice.number,
        "due": format_iso_day(line.due_date),
        "currency": line.currency,
        "amount": format_amount(line.open_amount, line.currency),
    }
