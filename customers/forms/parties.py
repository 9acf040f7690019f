"""Forms of parties: strings to typed values; the rules are the services'."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.money import CURRENCIES
from customers.models import Contact, Customer, CustomerGroup, PaymentTerm
from customers.services.identity import describe_uscc_fault
from users.models import User

LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
ROLES = [
    ("BUYER", _("Buyer")),
    ("SUPPLIER", _("Supplier")),
    ("AGENT", _("Agent")),
    ("COMPETITOR", _("Competitor")),
    ("INSURER", _("Insurer")),
    ("FACTOR", _("Factor")),
    ("GUARANTOR", _("Guarantor")),
    ("BANK", _("Bank")),
    ("COLLECTION_AGENCY", _("Collection agency")),
    ("OTHER", _("Other")),
]


class DateInput(forms.DateInput):
    """The browser's own date field, always in ISO form."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class CustomerForm(forms.Form):
    """Master data of a customer; the same form for a new one and a change."""

    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        required=False,
        help_text=_("Leave empty for the next free number."),
    )
    name = forms.CharField(
        label=_("Legal name"), max_length=200, help_text=_("As on the business licence.")
    )
    name_en = forms.CharField(label=_("English name"), max_length=200, required=False)
    short_name = forms.CharField(label=_("Short name"), max_length=60, required=False)
    uscc = forms.CharField(
        label=_("Registration number (USCC)"),
        max_length=30,
        required=False,
        help_text=_("18 characters; blanks and hyphens do not matter."),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Customer.Kind.choices)
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=_("Country"),
        initial="CN",
        help_text=_("Two letters, such as CN."),
        error_messages={"invalid": _("Enter the two letters of a country, such as CN.")},
    )
    industry = forms.CharField(
        label=_("Industry"), max_length=10, required=False, help_text=_("GB/T 4754 code.")
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=ROLES, initial=["BUYER"], widget=forms.CheckboxSelectMultiple
    )
    segment = forms.ChoiceField(
        label=_("Segment"), choices=Customer.Segment.choices, initial=Customer.Segment.ORDINARY
    )
    sales_owner = forms.ModelChoiceField(
        label=_("Sales owner"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
    )
    region = forms.CharField(label=_("Region"), max_length=40, required=False)
    group = forms.ModelChoiceField(
        label=_("Group"),
        queryset=CustomerGroup.objects.order_by("code"),
        required=False,
        empty_label=_("None"),
    )
    payment_term = forms.ModelChoiceField(
        label=_("Payment term"),
        queryset=PaymentTerm.objects.all(),
        required=False,
        empty_label=_("None"),
    )
    currency = forms.ChoiceField(label=_("Currency"), initial="CNY")
    language = forms.ChoiceField(
        label=_("Language of letters"), choices=LANGUAGES, initial="zh-hans"
    )
    relationship_since = forms.DateField(
        label=_("Customer since"), required=False, widget=DateInput()
    )
    founded = forms.DateField(label=_("Founded"), required=False, widget=DateInput())
    employees = forms.IntegerField(
        label=_("Employees"), required=False, min_value=0, max_value=10_000_000
    )
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    listed = forms.BooleanField(label=_("Listed company"), required=False)
    apply_oldest_first = forms.BooleanField(
        label=_("Money without a reference pays the oldest invoice first"), required=False
    )
    same_name_is_meant = forms.BooleanField(
        label=_("It is another enterprise of the same name"), required=False
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, user: Any, customer: Customer | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self._choices()
        if customer is not None:
            del self.fields["code"]
            self._fill(customer)
        if user.role == "SALES":  # whoever enters a customer owns it
            del self.fields["sales_owner"]
        self.asks_same_name = False

    def _choices(self) -> None:
        currencies = [(code, code) for code in CURRENCIES]
        self.fields["currency"].choices = currencies  # type: ignore[attr-defined]
        if "sales_owner" in self.fields:
            self.fields["sales_owner"].queryset = User.objects.filter(  # type: ignore[attr-defined]
                is_active=True, role=User.Role.SALES
            ).order_by("username")

    def _fill(self, customer: Customer) -> None:
        for name in self.fields:
            if hasattr(customer, name):
                self.initial.setdefault(name, getattr(customer, name))

    def clean_uscc(self) -> str:
        text: str = self.cleaned_data["uscc"]
        fault = describe_uscc_fault(text) if text else ""
        if fault:
            raise forms.ValidationError(fault)
        return text

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("code", "version", "same_name_is_meant")
        }

    @property
    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the fields as the page groups them."""
        groups: list[tuple[Any, tuple[str, ...]]] = [
            (
                _("Identity"),
                ("code", "name", "name_en", "short_name", "uscc", "kind", "country", "industry"),
            ),
            (
                _("Relationship"),
                (
                    "segment",
                    "roles",
                    "sales_owner",
                    "region",
                    "group",
                    "relationship_since",
                    "founded",
                    "employees",
                    "listed",
                ),
            ),
            (_("Terms"), ("payment_term", "currency", "language", "apply_oldest_first")),
            (_("Reach"), ("address", "phone", "email")),
        ]
        return [(title, [self[n] for n in names if n in self.fields]) for title, names in groups]


class ContactForm(forms.Form):
    """A person at a customer."""

    name = forms.CharField(label=_("Name"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=Contact.Role.choices)
    title = forms.CharField(label=_("Title"), max_length=60, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    preferred_channel = forms.ChoiceField(
        label=_("Prefers"), choices=Contact.Channel.choices, initial=Contact.Channel.EMAIL
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As the customer")), *LANGUAGES], required=False
    )
    authority_doc_no = forms.CharField(
        label=_("Authority document no."), max_length=40, required=False
    )
    authority_valid_to = forms.DateField(
        label=_("Authority valid to"), required=False, widget=DateInput()
    )


class BankAccountForm(forms.Form):
    """A bank account of a customer."""

    account = forms.CharField(
        label=_("Account number"),
        max_length=60,
        help_text=_("Or an IBAN; blanks do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    bank_name = forms.CharField(label=_("Bank"), max_length=120, required=False)
    holder = forms.CharField(
        label=_("Holder"),
        max_length=200,
        required=False,
        help_text=_("Empty: the customer itself."),
    )
    currency = forms.ChoiceField(label=_("Currency"), initial="CNY")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            (code, code) for code in CURRENCIES
        ]


class VerifyBankAccountForm(forms.Form):
    """What the call-back found."""

    note = forms.CharField(
        label=_("Call-back"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whom you spoke to, on which number, and where that number came from."),
    )


class ContactLogForm(forms.Form):
    """A conversation."""

    channel = forms.ChoiceField(
        label=_("How"), choices=Contact.Channel.choices, initial=Contact.Channel.PHONE
    )
    person = forms.CharField(label=_("With whom"), max_length=60, required=False)
    text = forms.CharField(
        label=_("What was said"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    happened_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    next_step = forms.CharField(label=_("Next step"), max_length=300, required=False)
    next_step_date = forms.DateField(
        label=pgettext_lazy("date", "By"),
        required=False,
        widget=DateInput(),
        help_text=_("A day makes it a to-do of yours."),
    )


class StateForm(forms.Form):
    """A step of the lifecycle, with its reason."""

    action = forms.CharField(max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
