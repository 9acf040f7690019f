"""What people type on the credit pages, turned into values. Rules are the services' business."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.amounts import parse_typed_amount
from common.dates import add_months
from common.money import CURRENCIES
from common.parsing import CellError
from customers.models import PaymentTerm

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AmountField(forms.CharField):
    """An amount as people write it: 3000万, 30m, 30,000,000."""

    def __init__(self, *, currency: str = "CNY", **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "data-amount": ""}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)
        self.currency = currency

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_typed_amount(text, self.currency)
        except CellError as error:
            raise forms.ValidationError(_amount_fault(error), code=error.code.lower()) from error


def _amount_fault(error: CellError) -> str:
    if error.code == "TOO_MANY_DECIMALS":
        return _("Enter no more decimals than the currency has.")
    if error.code == "AMBIGUOUS_NUMBER":
        return _("This can be read in two ways. Write it like 30,000,000 or 3000万.")
    if error.code == "LENGTH":
        return _("This amount is too long.")
    return _("Enter an amount, for example 30,000,000, 30m or 3000万.")


class LimitRequestForm(forms.Form):
    """A limit asked for. The customer is chosen before; his present figures fill the form."""

    requested_limit = AmountField(label=pgettext_lazy("form", "New limit"))
    duration = forms.ChoiceField(
        label=gettext_lazy("Type"),
        choices=[
            ("PERMANENT", gettext_lazy("Permanent")),
            ("TEMPORARY", gettext_lazy("Temporary increase")),
        ],
    )
    payment_term = forms.ModelChoiceField(
        PaymentTerm.objects.none(), label=gettext_lazy("Payment terms"), empty_label=None
    )
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), widget=DAY)
    review_by = forms.DateField(label=gettext_lazy("Review by"), widget=DAY)
    reason = forms.CharField(
        label=gettext_lazy("Business reason"),
        help_text=gettext_lazy("Seen by every approver. Up to 500 characters."),
        min_length=5,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_sure = forms.BooleanField(
        label=gettext_lazy("The amount is right"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, currency: str = "CNY", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["requested_limit"].currency = currency  # type: ignore[attr-defined]
        self.fields["payment_term"].queryset = PaymentTerm.objects.order_by(  # type: ignore[attr-defined]
            "rank", "code"
        )

    def ask_for_certainty(self) -> None:
        """Show the tick box by which an unusually large amount is confirmed."""
        self.fields["is_sure"].widget = forms.CheckboxInput()


def request_defaults(
    *, review_months: int, term_id: int | None, as_of: date, limit: Decimal
) -> dict[str, Any]:
    """Return what a new request starts with: today, the class's review, the present term."""
    return {
        "requested_limit": f"{limit:,.0f}" if limit else "",
        "duration": "PERMANENT",
        "payment_term": term_id,
        "valid_from": as_of,
        "review_by": add_months(as_of, review_months or 1),
    }


class DecisionForm(forms.Form):
    """A decision on a request; which amount and comment it needs is the service's business."""

    action = forms.ChoiceField(
        choices=[(a, a) for a in ("approve", "reduce", "return", "reject")],
        widget=forms.HiddenInput,
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    amount = AmountField(label=gettext_lazy("Approved limit"), required=False)
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, currency: str = "CNY", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]


class WithdrawForm(forms.Form):
    """Taking back a request."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ReduceForm(forms.Form):
    """A lower limit, and why."""

    amount = AmountField(label=gettext_lazy("New, lower limit"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, currency: str = "CNY", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]


class OrderCheckForm(forms.Form):
    """An order that wants to ship."""

    customer = forms.CharField(
        label=gettext_lazy("Customer code"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    amount = AmountField(
        label=gettext_lazy("Order value"),
        help_text=gettext_lazy("With VAT and freight."),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=[(code, code) for code in sorted(CURRENCIES)]
    )
    ship_date = forms.DateField(label=gettext_lazy("Ship date"), widget=DAY)
    payment_term = forms.ModelChoiceField(
        PaymentTerm.objects.none(),
        label=gettext_lazy("Payment terms"),
        required=False,
        empty_label=gettext_lazy("As approved for the customer"),
    )
    order_no = forms.CharField(
        label=gettext_lazy("Order number"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Leave empty to ask before there is an order."),
    )
    reserve = forms.BooleanField(
        label=gettext_lazy("Reserve the amount when the order may ship"),
        required=False,
        initial=True,
    )
    key = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = str(self.data.get("currency", "")) if self.is_bound else ""
        self.fields["amount"].currency = code if code in CURRENCIES else "CNY"  # type: ignore[attr-defined]
        self.fields["payment_term"].queryset = PaymentTerm.objects.order_by(  # type: ignore[attr-defined]
            "rank", "code"
        )


def check_defaults(*, customer: str, as_of: date, key: str) -> dict[str, Any]:
    """Return what a new check starts with: shipping in three days."""
    return {
        "customer": customer,
        "currency": "CNY",
        "ship_date": as_of + timedelta(days=3),
        "reserve": True,
        "key": key,
    }
