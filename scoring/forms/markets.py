"""Forms of markets: master data, the scorecard filled in on site, the operator's list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import NotFound
from customers.models import Customer
from customers.selectors import get_customer
from scoring.domain.markets.batch_admission import Base
from scoring.domain.markets.market import INDICATORS, KNOCK_OUTS, WEIGHTS
from scoring.imports.tenants import MAX_BYTES
from scoring.models import Market, MarketSurvey
from scoring.texts import CAPS
from scoring.words.market import BASES, MARKET
from users.models import User

STEPS = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class Question:
    """One indicator with its control and what each step stands for, for the template."""

    name: str
    label: str
    weight: str
    anchors: tuple[tuple[str, str], ...]
    answer: BoundField

    @property
    def is_answered(self) -> bool:
        """Whether a step is chosen."""
        return str(self.answer.value() or "") in STEPS


class MarketForm(forms.Form):
    """What is known of a market. The code is given once; the operator is named by its code."""

    code = forms.RegexField(
        label=gettext_lazy("Code"),
        regex=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}$",
        error_messages={"invalid": gettext_lazy("Letters, digits, dots and dashes only.")},
        help_text=gettext_lazy("Short and lasting; it cannot be changed later."),
    )
    name_zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=200, required=False)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=200, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Market.Kind.choices)
    operator = forms.CharField(
        label=gettext_lazy("Operator"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "Code of the operator among the customers; what knocks it out then rejects the market."
        ),
    )
    region = forms.CharField(label=gettext_lazy("Region"), max_length=40, required=False)
    active_tenants = forms.IntegerField(
        label=gettext_lazy("Active tenants"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=gettext_lazy("Needed to tell whether a list was screened at all."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        user: Any,
        market: Market | None = None,
        **kwargs: Any,
    ) -> None:
        self.user, self.market = user, market
        initial = {}
        if market is not None:
            names = ("name_zh", "name_en", "kind", "region", "active_tenants")
            initial = {name: getattr(market, name) for name in names}
            initial["operator"] = market.operator.code if market.operator else ""
        super().__init__(data, initial=initial, **kwargs)
        if market is not None:
            del self.fields["code"]

    def clean_code(self) -> str:
        """Codes are upper case."""
        return str(self.cleaned_data["code"]).upper()

    def clean_operator(self) -> Customer | None:
        """Find the operator among the customers that this person may see."""
        code = str(self.cleaned_data["operator"]).strip()
        if not code:
            return None
        try:
            return get_customer(code, user=self.user)
        except NotFound:
            raise forms.ValidationError(_("There is no customer with this code.")) from None


class SurveyForm(forms.Form):
    """Ten steps, what rejects beside them, and who else was there."""

    has_removal_notice = forms.BooleanField(
        label=gettext_lazy("A notice to demolish or to move the market is known"), required=False
    )
    knock_outs = forms.MultipleChoiceField(
        label=gettext_lazy("Known of the operator or its controller"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    second_surveyor = forms.ModelChoiceField(
        label=gettext_lazy("Account manager who was there"),
        queryset=User.objects.none(),
        empty_label=gettext_lazy("Choose…"),
        help_text=gettext_lazy("Two people of two departments survey a market together."),
    )
    note = forms.CharField(
        label=gettext_lazy("What was seen"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        survey: MarketSurvey | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, initial=_initial(survey), **kwargs)
        for name in INDICATORS:
            self.fields[name] = forms.ChoiceField(
                label=str(MARKET[name][0]),
                required=False,
                choices=[(step, step) for step in STEPS],
                error_messages={"invalid_choice": _("Answer with a step from 1 to 5.")},
            )
        self.fields["knock_outs"].choices = [  # type: ignore[attr-defined]
            (code, CAPS[code]) for code in KNOCK_OUTS
        ]
        people: Any = self.fields["second_surveyor"]
        people.queryset = User.objects.filter(role=User.Role.SALES, is_active=True).order_by(
            "username"
        )

    def to_steps(self) -> dict[str, int | None]:
        """Return the steps that are chosen; anything else is no answer."""
        cleaned = getattr(self, "cleaned_data", {})
        return {name: int(cleaned[name]) if cleaned.get(name) else None for name in INDICATORS}

    def questions(self) -> list[Question]:
        """List the ten indicators with what each step stands for."""
        return [
            Question(
                name,
                str(MARKET[name][0]),
                str(WEIGHTS[name]),
                tuple(zip(STEPS, map(str, MARKET[name][1]), strict=True)),
                self[name],
            )
            for name in INDICATORS
        ]


class TenantListForm(forms.Form):
    """The operator's list, pasted or as a file, and which part of it is admitted."""

    text = forms.CharField(
        label=gettext_lazy("Paste the list here"),
        required=False,
        strip=False,
        max_length=MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "wrap": "off"}),
        help_text=gettext_lazy("With its header row, as a spreadsheet copies it."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or choose a file"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        help_text=gettext_lazy("CSV (UTF-8 or GB18030) or Excel workbook (.xlsx)."),
    )
    share = forms.ChoiceField(
        label=gettext_lazy("Admit"),
        initial="1/3",
        choices=[
            ("1/3", gettext_lazy("the best third")),
            ("1/2", gettext_lazy("the best half (priority markets only)")),
        ],
        widget=forms.RadioSelect,
    )
    base = forms.ChoiceField(
        label=gettext_lazy("of"),
        initial=Base.LIST.value,
        choices=[(code, BASES[code]) for code in (Base.LIST.value, Base.MARKET.value)],
        widget=forms.RadioSelect,
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is read."""
        file = self.cleaned_data.get("file")
        if file is not None and file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(size)s MB."),
                params={"size": MAX_BYTES // 1024 // 1024},
            )
        return file

    def clean(self) -> dict[str, Any]:
        """Ask for a list where there is neither text nor file."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("file") and not cleaned.get("text", "").strip():
            self.add_error("text", _("Paste the list, or choose a file."))
        return cleaned

    @property
    def content(self) -> bytes:
        """The list as bytes; a file goes before pasted text."""
        file = self.cleaned_data.get("file")
        if file is not None:
            return bytes(file.read())
        return (str(self.cleaned_data["text"]).strip("\r\n") + "\n").encode()


def _initial(survey: MarketSurvey | None) -> dict[str, Any]:
    if survey is None:
        return {}
    by_hand = set(survey.notices.get("knock_outs", ())) - set(survey.notices.get("from_rating", ()))
    return {name: str(step) for name, step in survey.steps.items()} | {
        "has_removal_notice": survey.notices.get("has_removal_notice", False),
        "knock_outs": sorted(by_hand),
    }
