"""Strings of the pages turned into typed values."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.clock import business_today
from common.parsing import CellError, parse_amount
from receivables.models import Dispute, Receipt
from receivables.selectors import OpenItem

WAITING = "WAITING"


class ReceiptFilterForm(forms.Form):
    """Which receipts a list shows."""

    q = forms.CharField(max_length=80, required=False)
    state = forms.ChoiceField(
        choices=[("", ""), (WAITING, ""), *Receipt.State.choices], required=False
    )
    customer = forms.CharField(max_length=32, required=False)
    value_from = forms.DateField(required=False)
    value_to = forms.DateField(required=False)


class ReasonForm(forms.Form):
    """Why something is undone, and from which day on."""

    reason = forms.CharField(
        max_length=300, label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2})
    )
    day = forms.DateField(
        label=_("From which day"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )

    def clean_day(self) -> date:
        today = business_today()
        day: date = self.cleaned_data.get("day") or today
        if day > today:
            raise forms.ValidationError(_("Choose today or an earlier day."))
        return day


class IdentifyForm(forms.Form):
    """Whose money it is."""

    customer = forms.CharField(max_length=32, label=_("Customer code"))


class DisputeForm(forms.Form):
    """What of an item is contested."""

    due_line = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=Dispute.Kind.choices, label=_("What is contested"))
    amount = forms.CharField(
        max_length=30, label=_("Amount"), widget=forms.TextInput(attrs={"data-amount": ""})
    )
    text = forms.CharField(
        max_length=500,
        label=_("What the customer says"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_amount(self) -> Decimal:
        return read_amount(self.cleaned_data["amount"], self.currency)


class ApplyByHandForm(forms.Form):
    """One amount per open item; what is left empty is not touched."""

    def __init__(self, *args: Any, items: Sequence[OpenItem], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = {f"line_{item.due_line_id}": item for item in items}
        self.currency = currency
        for name, item in self.items.items():
            self.fields[name] = forms.CharField(
                required=False,
                max_length=30,
                label=item.number,
                widget=forms.TextInput(
                    attrs={"inputmode": "decimal", "class": "num", "aria-label": item.number}
                ),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.items:
            text = data.get(name)
            if text:
                try:
                    data[name] = read_amount(text, self.currency)
                except forms.ValidationError as error:
                    self.add_error(name, error)
        if not self.errors and not self.parts():
            self.add_error(None, _("Enter an amount beside at least one item."))
        return data

    def parts(self) -> list[tuple[int, Decimal]]:
        """Return due lines and amounts that were entered."""
        return [
            (item.due_line_id, self.cleaned_data[name])
            for name, item in self.items.items()
            if isinstance(self.cleaned_data.get(name), Decimal)
        ]


def read_amount(text: str, currency: str) -> Decimal:
    """Return an amount a person typed. Raises ValidationError with the way out."""
    try:
        return parse_amount(text, currency)
    except CellError as error:
        raise forms.ValidationError(
            _("“%(text)s” is no amount. Enter one such as 1,234.56."), params={"text": text}
        ) from error
