"""Forms of signals, list checks, relations and risk groups."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.money import CURRENCIES
from customers.domain.list_checks import (
    ABNORMAL_GROUNDS,
    INSOLVENCY_STAGES,
    REGISTRY_CHANGES,
    REGISTRY_STATUSES,
    TAX_GRADES,
)
from customers.domain.signals import CATALOGUE, NOT_YET, Source
from customers.forms.parties import DateInput
from customers.models import ListCheck, Relation, RiskGroup, Signal
from customers.words.checks import CHANGES, DETAIL_LABELS, GROUNDS, STAGES, STATUSES
from customers.words.signals import ACTION_HELP, NAMES

CUSTOMER_HELP = _("The customer's code, such as C0001.")


def _hand_codes() -> list[tuple[str, Any]]:
    return [
        (code, NAMES[code])
        for code, kind in CATALOGUE.items()
        if kind.sources != {Source.AUTOMATIC} or code in NOT_YET
    ]


class SignalForm(forms.Form):
    """A signal that somebody saw or heard of."""

    customer = forms.CharField(label=_("Customer"), max_length=32, help_text=CUSTOMER_HELP)
    code = forms.ChoiceField(label=_("Signal"))
    severity = forms.ChoiceField(
        label=_("Severity"), choices=Signal.Severity.choices, initial="AMBER"
    )
    raised_on = forms.DateField(label=_("Seen on"), widget=DateInput())
    note = forms.CharField(
        label=_("What was seen or heard"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, f"{code} · {name}") for code, name in _hand_codes()]
        self.fields["code"].choices = [("", "–"), *choices]  # type: ignore[attr-defined]


class AssessForm(forms.Form):
    """What an analyst says of a signal."""

    text = forms.CharField(
        label=_("Assessment"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ActForm(forms.Form):
    """What the manager does about a confirmed signal."""

    action = forms.ChoiceField(label=_("Action"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Reason"), max_length=450, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [  # type: ignore[attr-defined]
            (code, f"{label}: {ACTION_HELP[code]}") for code, label in Signal.Action.choices
        ]


class NoteForm(forms.Form):
    """A sentence that ends something or answers a to-do."""

    text = forms.CharField(
        label=_("Note"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class CheckHeadForm(forms.Form):
    """What a bundle of looks at public lists has in common."""

    checked_on = forms.DateField(label=_("Looked on"), widget=DateInput())
    source_name = forms.CharField(
        label=_("Where"), max_length=200, required=False, help_text=_("The site or the agency.")
    )
    file = forms.FileField(
        label=_("Evidence"), required=False, help_text=_("A screenshot or the printed extract.")
    )
    rest_is_clear = forms.BooleanField(
        label=_("Every list left open below was looked at too, without a hit"), required=False
    )


DETAILS: dict[str, tuple[str, ...]] = {
    "REGISTRY_STATUS": ("status", "changes"),
    "INSOLVENCY": ("stage", "case_no", "court"),
    "DISHONEST_DEBTOR": ("amount", "case_no", "court"),
    "ENFORCED_DEBTOR": ("amount", "case_no", "court"),
    "CONSUMPTION_RESTRICTION": ("case_no", "court"),
    "ABNORMAL_OPERATION": ("ground",),
    "SERIOUS_VIOLATION": ("court",),
    "MAJOR_TAX_VIOLATION": ("amount",),
    "TAX_ARREARS": ("amount",),
    "TAX_GRADE": ("grade",),
    "EQUITY_FREEZE": ("frozen_share", "pledged_share"),
    "ASSET_PLEDGE": ("amount", "covers_most_assets"),
    "LITIGATION": ("amount", "case_no", "court"),
    "PENALTY": ("amount", "suspends_production", "court"),
    "CUSTOMS": (),
    "SANCTIONS": (),
    "OVERDUE_BILLS": ("amount",),
}
"""Which details each list asks for."""

_CHOICES: dict[str, tuple[tuple[str, ...], Any]] = {
    "status": (REGISTRY_STATUSES, STATUSES),
    "stage": (INSOLVENCY_STAGES, STAGES),
    "ground": (ABNORMAL_GROUNDS, GROUNDS),
    "grade": (TAX_GRADES, {}),
}
_SHARES = ("frozen_share", "pledged_share")
_FLAGS = ("suspends_production", "covers_most_assets")


class CheckRowForm(forms.Form):
    """What was found on one list; empty where nobody looked."""

    result = forms.ChoiceField(
        label=_("Result"),
        required=False,
        choices=[("", _("Not looked at")), *ListCheck.Result.choices],
    )
    match = forms.ChoiceField(
        label=_("Matched by"), required=False, choices=[("", "–"), *ListCheck.Match.choices]
    )
    listed_on = forms.DateField(label=_("Listed on"), required=False, widget=DateInput())
    removed_on = forms.DateField(label=_("Taken off on"), required=False, widget=DateInput())
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, data: Any = None, *, kind: str, **kwargs: Any) -> None:
        super().__init__(data, prefix=kind, **kwargs)
        self.kind = kind
        self.title = dict(ListCheck.Kind.choices)[kind]
        for name in DETAILS[kind]:
            self.fields[name] = _detail_field(name)

    @property
    def detail_fields(self) -> list[Any]:
        """Every field but the result, for the part that opens on a hit."""
        return [self[name] for name in self.fields if name != "result"]

    def details(self) -> dict[str, Any]:
        """Return what the entry says, shares as ratios."""
        said: dict[str, Any] = {name: self.cleaned_data.get(name) for name in DETAILS[self.kind]}
        for name in _SHARES:
            if said.get(name) is not None:
                said[name] = said[name] / 100
        return {name: value for name, value in said.items() if value not in (None, "", [], False)}


def _detail_field(name: str) -> forms.Field:
    label = str(DETAIL_LABELS[name])
    if name in _CHOICES:
        codes, words = _CHOICES[name]
        choices = [("", "–"), *((code, words.get(code, code)) for code in codes)]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    if name == "changes":
        return forms.MultipleChoiceField(
            label=label,
            required=False,
            choices=[(code, CHANGES[code]) for code in REGISTRY_CHANGES],
            widget=forms.CheckboxSelectMultiple,
        )
    if name in _FLAGS:
        return forms.BooleanField(label=label, required=False)
    if name in _SHARES:
        return forms.DecimalField(
            label=label, required=False, min_value=0, max_value=100, decimal_places=2,
            help_text=_("Per cent."),
        )  # fmt: skip
    if name == "amount":
        return forms.DecimalField(
            label=label, required=False, min_value=0, max_digits=20, decimal_places=2
        )
    return forms.CharField(label=label, required=False, max_length=200)


class CandidateForm(forms.Form):
    """Whether a match by name is this customer, and how one knows."""

    note = forms.CharField(label=_("How do you know?"), max_length=500)


class RelationForm(forms.Form):
    """A relation of this customer with another one."""

    DIRECTIONS = (("OUT", _("this customer → the other")), ("IN", _("the other → this customer")))

    kind = forms.ChoiceField(label=_("Relation"), choices=Relation.Kind.choices)
    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=DIRECTIONS,
        initial="OUT",
        widget=forms.RadioSelect,
        help_text=_("Who guarantees, supplies or controls stands first."),
    )
    other = forms.CharField(label=_("Other customer"), max_length=32, help_text=CUSTOMER_HELP)
    valid_from = forms.DateField(label=_("Since"), widget=DateInput())
    valid_to = forms.DateField(label=_("Until"), required=False, widget=DateInput())
    amount = forms.DecimalField(
        label=_("Amount"), required=False, min_value=0, max_digits=20, decimal_places=2
    )
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(c, c) for c in sorted(CURRENCIES)], initial="CNY"
    )
    share = forms.DecimalField(
        label=_("Share"), required=False, min_value=0, max_value=100, decimal_places=2,
        help_text=_("Per cent of the supply, the capital or the debt of who stands second."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    file = forms.FileField(label=_("Evidence"), required=False)


class EndRelationForm(forms.Form):
    """The day from which on a relation is no more, and why."""

    valid_to = forms.DateField(label=_("Until"), widget=DateInput())
    reason = forms.CharField(label=_("Reason"), max_length=500)


class RiskGroupForm(forms.Form):
    """A new risk group: what it is called and who falls together."""

    name_en = forms.CharField(label=_("English name"), max_length=200, required=False)
    name_zh = forms.CharField(label=_("Chinese name"), max_length=200, required=False)
    reason = forms.ChoiceField(label=_("Reason"), choices=RiskGroup.Reason.choices)
    members = forms.CharField(
        label=_("Members"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Codes of the customers, separated by blanks or commas."),
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class AddMemberForm(forms.Form):
    """A customer who joins a risk group."""

    customer = forms.CharField(label=_("Customer"), max_length=32, help_text=CUSTOMER_HELP)
