"""Markets and tenants in words: indicators, what each step stands for, verdicts, ways out."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.figures import to_decimal
from scoring.texts import CAPS, language, show_score

Text = str | Promise
Anchors = tuple[Text, Text, Text, Text, Text]

SHOWN_CHANGES = 3
_2 = gettext_lazy("between 1 and 3")
_4 = gettext_lazy("between 3 and 5")

# name: (label, what steps 1 to 5 stand for)
MARKET: Mapping[str, tuple[Text, Anchors]] = {
    "annual_volume": (
        gettext_lazy("Annual volume, CNY 100 million"),
        (
            gettext_lazy("below 1"),
            gettext_lazy("1 to 5"),
            gettext_lazy("5 to 15"),
            gettext_lazy("15 to 50"),
            gettext_lazy("above 50"),
        ),
    ),
    "volume_growth": (
        gettext_lazy("Growth of the volume, three years, a year"),
        (
            gettext_lazy("below −10%"),
            gettext_lazy("−10% to 0%"),
            gettext_lazy("0% to 5%"),
            gettext_lazy("5% to 15%"),
            gettext_lazy("above 15%"),
        ),
    ),
    "years_operating": (
        gettext_lazy("Years in operation"),
        (
            gettext_lazy("below 3"),
            gettext_lazy("3 to 5"),
            gettext_lazy("5 to 8"),
            gettext_lazy("8 to 12"),
            gettext_lazy("above 12"),
        ),
    ),
    "scale": (
        gettext_lazy("Number of tenants"),
        (
            gettext_lazy("below 100"),
            gettext_lazy("100 to 300"),
            gettext_lazy("300 to 800"),
            gettext_lazy("800 to 2,000"),
            gettext_lazy("above 2,000"),
        ),
    ),
    "occupancy": (
        gettext_lazy("Share of stalls let"),
        (
            gettext_lazy("below 70%"),
            gettext_lazy("70% to 80%"),
            gettext_lazy("80% to 90%"),
            gettext_lazy("90% to 95%"),
            gettext_lazy("at least 95%"),
        ),
    ),
    "footfall_reach": (
        gettext_lazy("Where the visitors come from"),
        (
            gettext_lazy("the street"),
            gettext_lazy("the county"),
            gettext_lazy("the city"),
            gettext_lazy("the province"),
            gettext_lazy("the whole country, or abroad"),
        ),
    ),
    "control_power": (
        gettext_lazy("Control over the tenants"),
        (
            gettext_lazy("landlord only, no data"),
            gettext_lazy("rent ledger"),
            gettext_lazy("also tenant files and a yearly vetting"),
            gettext_lazy("also one settlement for all, and access to its data"),
            gettext_lazy(
                "also may stop a stall's transfer, buy its right back or take it in pledge"
            ),
        ),
    ),
    "credit_enhancement": (
        gettext_lazy("Credit enhancement"),
        (
            gettext_lazy("none"),
            gettext_lazy("letter of support"),
            gettext_lazy("deposit pool of 5% to 10%"),
            gettext_lazy("operator's guarantee or insurer for 50% to 80%"),
            gettext_lazy("guarantor, insurer or public fund for more than 80%"),
        ),
    ),
    "site_tenure": (
        gettext_lazy("How long the site is secure"),
        (
            gettext_lazy("less than 2 years, or a plan to demolish"),
            gettext_lazy("2 to 4 years"),
            gettext_lazy("4 to 8 years"),
            gettext_lazy("8 to 15 years"),
            gettext_lazy("owned, or more than 15 years"),
        ),
    ),
    "region_record": (
        gettext_lazy("Bad debts of the region"),
        (
            gettext_lazy("above 5%"),
            gettext_lazy("3% to 5%"),
            gettext_lazy("2% to 3%"),
            gettext_lazy("1% to 2%"),
            gettext_lazy("below 1%"),
        ),
    ),
}
TENANT: Mapping[str, tuple[Text, Anchors]] = {
    "years_in_market": (
        gettext_lazy("Years in the market"),
        (
            gettext_lazy("below 1 year"), _2, gettext_lazy("3 to 5 years"), _4,
            gettext_lazy("above 8 years"),
        ),
    ),
    "stall_right": (
        gettext_lazy("Right to the stall"),
        (
            gettext_lazy("sub-let, month to month"), _2, gettext_lazy("lease of 1 to 3 years"), _4,
            gettext_lazy("owned, or prepaid for more than 3 years"),
        ),
    ),
    "turnover": (
        gettext_lazy("Turnover against the market's median"),
        (
            gettext_lazy("below 50%"), _2, gettext_lazy("90% to 120%"), _4,
            gettext_lazy("above 200%"),
        ),
    ),
    "margin_trend": (
        gettext_lazy("Margin and its trend"),
        (
            gettext_lazy("a loss, or falling by more than 20%"), _2,
            pgettext_lazy("margin", "stable"), _4, gettext_lazy("rising for two years"),
        ),
    ),
    "rent_fee_payment": (
        gettext_lazy("Payment of rent and fees"),
        (
            gettext_lazy("arrears now"), _2, gettext_lazy("late by up to 15 days"), _4,
            gettext_lazy("never late in two years"),
        ),
    ),
    "credit_history": (
        gettext_lazy("Credit record and word of suppliers"),
        (
            gettext_lazy("enforced debtor"), _2, gettext_lazy("small lateness long ago"), _4,
            gettext_lazy("clean, two or more references"),
        ),
    ),
    "net_assets": (
        gettext_lazy("Family's net assets against the amount asked for"),
        (
            gettext_lazy("less than the amount"), _2, gettext_lazy("2 to 4 times"), _4,
            gettext_lazy("more than 8 times"),
        ),
    ),
    "personal": (
        gettext_lazy("Conduct of the owner"),
        (
            gettext_lazy("bad habits reported"), _2, pgettext_lazy("conduct", "normal"), _4,
            gettext_lazy("respected, family in the trade"),
        ),
    ),
    "stability": (
        gettext_lazy("Suppliers and buyers"),
        (
            gettext_lazy("spot deals only"), _2, gettext_lazy("regular buyers"), _4,
            gettext_lazy("contracts of more than a year"),
        ),
    ),
}  # fmt: skip

DECISIONS: Mapping[str, Text] = {
    "PRIORITY": gettext_lazy("Priority market"),
    "ADMIT_WITH_MITIGATION": gettext_lazy("Admitted with mitigation"),
    "REJECT": gettext_lazy("Not admitted"),
}
DECISION_TONES: Mapping[str, str] = {
    "PRIORITY": "good",
    "ADMIT_WITH_MITIGATION": "warn",
    "REJECT": "bad",
}
VERDICTS: Mapping[str, Text] = {
    "ADMITTED": pgettext_lazy("tenant", "Admitted"),
    "BELOW_QUOTA": gettext_lazy("Below the places"),
    "BELOW_MINIMUM": gettext_lazy("Score too low"),
    "REJECTED": gettext_lazy("Knocked out"),
    "NOT_SCORED": gettext_lazy("Not scored"),
}
VERDICT_TONES: Mapping[str, str] = {
    "ADMITTED": "good",
    "BELOW_QUOTA": "grey",
    "BELOW_MINIMUM": "warn",
    "REJECTED": "bad",
    "NOT_SCORED": "grey",
}
BASES: Mapping[str, Text] = {
    "LIST": gettext_lazy("the scored tenants of the list"),
    "MARKET": gettext_lazy("all active tenants of the market"),
}
_REASONS: Mapping[str, Text] = {
    "MARKET_OCCUPANCY": gettext_lazy("Less than 70%% of the stalls are let."),
    "MARKET_YEARS_OPERATING": gettext_lazy("The market is younger than three years."),
    "MARKET_NO_CONTROL": gettext_lazy(
        "The operator is only a landlord, and nothing enhances the tenants' credit."
    ),
    "MARKET_REMOVAL_NOTICE": gettext_lazy("There is a notice to demolish or to move the market."),
    "OPERATOR_KNOCKED_OUT": gettext_lazy("Operator or controller: %(override)s."),
    "TENANT_KNOCKED_OUT": gettext_lazy("Knocked out: %(override)s."),
    "ADMITTED": gettext_lazy(
        "Place %(rank)s of %(places)s, and %(score)s points reach the %(minimum)s needed."
    ),
    "BELOW_QUOTA": gettext_lazy("Place %(rank)s, and only the first %(places)s are admitted."),
    "BELOW_MINIMUM": gettext_lazy("%(score)s points, and at least %(minimum)s are needed."),
    "NO_PLACES": gettext_lazy("The list is too short for a single place."),
    "NEEDS_AT_LEAST": gettext_lazy("A score of %(needed)s would have been enough."),
    "NEEDS_MORE_THAN": gettext_lazy("A score above %(needed)s would have been enough."),
    "OUT_OF_REACH": gettext_lazy("No answer could have given that score."),
}


def name_indicator(name: str) -> str:
    """Return the label of an indicator of either card."""
    known = MARKET.get(name) or TENANT.get(name)
    return str(known[0]) if known else name


def name_step(name: str, step: int) -> str:
    """Return what a step of an indicator stands for."""
    known = MARKET.get(name) or TENANT.get(name)
    return str(known[1][step - 1]) if known and 1 <= step <= 5 else str(step)


def tell_market_reason(reason: Mapping[str, Any]) -> str:
    """Return the sentence of a stored reason of a survey or an admission."""
    code, params = str(reason.get("code", "")), dict(reason.get("params") or {})
    if code == "NOT_SCORED":
        return _("Answers are missing: %(names)s.") % {
            "names": _list(name_indicator(name) for name in params.get("missing", ()))
        }
    if code in ("ALONE_ENOUGH", "TOGETHER_ENOUGH"):
        return _tell_changes(code, params.get("changes", ()))
    text = _REASONS.get(code)
    return (
        str(text) % {name: _show(name, value) for name, value in params.items()} if text else code
    )


def tell_change(change: Mapping[str, Any]) -> str:
    """Return one answer that has to rise: its name, from which step to which, and what that is."""
    values = {
        "name": name_indicator(change["name"]),
        "current": change["current"],
        "needed": change["needed"],
        "anchor": name_step(change["name"], int(change["needed"])),
    }
    return _("%(name)s: step %(current)s to %(needed)s (%(anchor)s)") % values


def _tell_changes(code: str, changes: Any) -> str:
    if code == "ALONE_ENOUGH":  # the smallest moves stand first; a few of them are enough to say
        told = _list((tell_change(change) for change in changes[:SHOWN_CHANGES]), "；", "; ")
        return _("Each of these alone would have done: %(changes)s.") % {"changes": told}
    told = _list((tell_change(change) for change in changes), "；", "; ")
    return _("These together would have done: %(changes)s.") % {"changes": told}


def _show(name: str, value: Any) -> str:
    if name == "override":
        return str(CAPS.get(value, value))
    if name in ("score", "needed", "minimum"):
        text = show_score(to_decimal(value), 2)
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def _list(texts: Any, chinese: str = "、", other: str = ", ") -> str:
    return (chinese if language().startswith("zh") else other).join(map(str, texts))
