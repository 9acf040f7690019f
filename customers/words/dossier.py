"""The words of the dossier: fields, choices, lines of the checklist, what is missing and why."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.figures import format_amount, format_day, group_digits
from customers.domain.checklist import Need, Tier
from customers.domain.completeness import LineResult, Status
from customers.domain.facts import FIELDS, FieldKind, write_number
from customers.models import ListCheck

Words = Mapping[str, str | Promise]

FIELD_LABELS: Words = {
    "REGISTERED_CAPITAL": gettext_lazy("Registered capital"),
    "PAID_IN_CAPITAL": gettext_lazy("Paid-in capital"),
    "EMPLOYEES": gettext_lazy("Employees"),
    "REVENUE": gettext_lazy("Annual revenue"),
    "TOTAL_ASSETS": gettext_lazy("Total assets"),
    "FOUNDED": gettext_lazy("Founded"),
    "LEGAL_REPRESENTATIVE": gettext_lazy("Legal representative"),
    "CONTROLLER": gettext_lazy("Controlling person or company"),
    "REGISTERED_ADDRESS": gettext_lazy("Registered address"),
    "PREMISES": gettext_lazy("Premises"),
    "TAX_GRADE": gettext_lazy("Tax credit grade"),
    "AGENCY_GRADE": gettext_lazy("Grade of a rating agency"),
    "RISK_INDICATOR": gettext_lazy("Risk indicator of a bureau"),
    "PAYDEX": gettext_lazy("Paydex"),
    "INSURER_DECISION": gettext_lazy("Decision of a credit insurer"),
    "BUREAU_RISK_INDEX": gettext_lazy("Risk index of a bureau"),
    "MARKET_CAP": gettext_lazy("Market capitalisation"),
    "SUSPENDED_DAYS": gettext_lazy("Days of suspended trading"),
    "TRADE_REFERENCE_LIMIT": gettext_lazy("Highest limit of other suppliers"),
    "AGENCY_LIMIT": gettext_lazy("Limit that an agency suggests"),
    "GROSS_MARGIN_PCT": gettext_lazy("Our gross margin on it"),
    "EXPECTED_SALES": gettext_lazy("Expected sales of twelve months"),
    "CAPACITY_USE": gettext_lazy("Use of its capacity"),
    "TOP5_SHARE": gettext_lazy("Share of its five largest customers"),
    "CONTINGENT_LIABILITIES": gettext_lazy("Guarantees given"),
}

CHOICE_LABELS: Mapping[str, Words] = {
    "PREMISES": {
        "OWNED": gettext_lazy("Owned"),
        "RENTED": gettext_lazy("Rented"),
        "SHARED": gettext_lazy("Shared with others"),
        "VIRTUAL": gettext_lazy("An address for letters only"),
        "NONE": gettext_lazy("None found"),
    },
    "INSURER_DECISION": {
        "FULL": gettext_lazy("Insured in full"),
        "PARTIAL": gettext_lazy("Insured in part"),
        "REFUSED": gettext_lazy("Refused"),
    },
}

USED_BY: Words = {
    "SHELL_INDICATORS": gettext_lazy("signs of a shell company"),
    "CHARACTERISTICS": gettext_lazy("the 18 characteristics"),
    "SIZE_CLASS": gettext_lazy("enterprise size"),
    "PROFILE": gettext_lazy("profile of the rating"),
    "SIGNALS": gettext_lazy("early warning"),
    "RISK_GROUPS": gettext_lazy("risk groups"),
    "EXTERNAL": gettext_lazy("opinions of others in the rating"),
    "ALTMAN_Z": gettext_lazy("Altman’s Z of listed companies"),
    "LIMIT_METHODS": gettext_lazy("suggested limit"),
    "CUSTOMER_VALUE": gettext_lazy("customer value"),
    "FIVE_C": gettext_lazy("5C"),
    "RATIOS": gettext_lazy("ratios"),
}

LINE_LABELS: Words = {
    "D01": gettext_lazy("Business licence"),
    "D02": gettext_lazy("Registry extract"),
    "D03": gettext_lazy("Identity of the legal representative"),
    "D04": gettext_lazy("Authorised signatories and seal"),
    "D05": gettext_lazy("Bank account with call-back"),
    "D06": gettext_lazy("Invoice data and tax grade"),
    "D07": gettext_lazy("Financial statements"),
    "D08": gettext_lazy("Bank statements of six months"),
    "D09": gettext_lazy("Trade references"),
    "D10": gettext_lazy("Checks of public lists"),
    "D11": gettext_lazy("Litigation search"),
    "D12": gettext_lazy("Report of a visit"),
    "D13": gettext_lazy("Credit bureau report"),
    "D14": gettext_lazy("Credit report given by the customer"),
    "D15": gettext_lazy("Contract with credit clauses"),
    "D16": gettext_lazy("Security documents"),
    "D17": gettext_lazy("Chart of owners and affiliates"),
    "D18": gettext_lazy("Decision of the credit insurer"),
    "D19": gettext_lazy("Consent to use personal data"),
    "D20": gettext_lazy("Declaration of conflicts of interest"),
    "D21": gettext_lazy("Recommendation of the market manager"),
    "OTHER": gettext_lazy("Other document"),
}

WHY: Words = {
    "D01": gettext_lazy("Proves that the enterprise exists and under which number."),
    "D02": gettext_lazy("Shows its present state, its owners, and what changed lately."),
    "D03": gettext_lazy("Whoever binds the enterprise must be the person he says he is."),
    "D04": gettext_lazy("An order signed by somebody without authority may not bind it."),
    "D05": gettext_lazy("Payments are recognised, and changed accounts noticed."),
    "D06": gettext_lazy("Invoices are right the first time, and tax discipline shows character."),
    "D07": gettext_lazy("Without figures no model can say whether it can pay."),
    "D08": gettext_lazy("Money that really came in cannot be dressed up like a statement."),
    "D09": gettext_lazy("How it pays others is how it will pay us."),
    "D10": gettext_lazy("One entry on a public list may end the credit."),
    "D11": gettext_lazy("Claims of others come before or beside ours."),
    "D12": gettext_lazy("Plant, stock and people are seen, not described."),
    "D13": gettext_lazy("An opinion that does not come from the customer."),
    "D14": gettext_lazy("Its loans and guarantees, as its banks report them."),
    "D15": gettext_lazy("Terms, interest and retention of title hold only when agreed."),
    "D16": gettext_lazy("A security that is not documented cannot be called."),
    "D17": gettext_lazy("Shows who falls together with it."),
    "D18": gettext_lazy("The insurer pays only within its decision."),
    "D19": gettext_lazy("Personal data may be used only with consent."),
    "D20": gettext_lazy("Nobody decides on the credit of a relative."),
    "D21": gettext_lazy("The market manager knows who pays and stands for it."),
}

TIER_LABELS: Words = {
    "T0": gettext_lazy("T0 · paid in advance"),
    "T1": gettext_lazy("T1 · up to 50,000"),
    "T2": gettext_lazy("T2 · up to 500,000"),
    "T3": gettext_lazy("T3 · above, high risk or abroad"),
    "TP": gettext_lazy("TP · member of a programme"),
}

NEED_LABELS: Words = {
    "MANDATORY": gettext_lazy("Mandatory"),
    "OPTIONAL": gettext_lazy("Optional"),
}

STATUS_LABELS: Words = {
    "GOOD": gettext_lazy("Good"),
    "WAITS": gettext_lazy("Waits for verification"),
    "EXPIRED": gettext_lazy("Expired"),
    "REFUSED": gettext_lazy("Rejected"),
    "DOUBTED": gettext_lazy("Doubted"),
    "MISSING": gettext_lazy("Missing"),
}
STATUS_TONES: Mapping[str, str] = {
    "GOOD": "good",
    "WAITS": "info",
    "EXPIRED": "warn",
    "REFUSED": "bad",
    "DOUBTED": "bad",
    "MISSING": "warn",
}


def label_field(code: str) -> str:
    """Return the name of a field."""
    return str(FIELD_LABELS.get(code, code))


def label_line(code: str) -> str:
    """Return the name of a line of the checklist."""
    return str(LINE_LABELS.get(code, code))


def write_value(field: str, value: str) -> str:
    """Return a stored value as people read it, without its unit."""
    return str(CHOICE_LABELS.get(field, {}).get(value, value))


def write_fact(fact: Any) -> str:
    """Return the value of a fact as people read it: grouped, with its unit, in words.

    `fact` is a row or one of the dicts of `list_latest_facts`.
    """

    def part(name: str) -> Any:
        return fact[name] if isinstance(fact, Mapping) else getattr(fact, name)

    number, unit = part("number"), part("unit")
    if number is None:
        return write_value(part("field"), part("value"))
    if len(unit) == 3 and unit.isupper():
        return f"{unit} {format_amount(number, unit)}"
    plain = Decimal(write_number(number))
    text = group_digits(plain, max(0, -int(plain.as_tuple().exponent)))
    return f"{text} %" if unit == "%" else text


def describe_bad_value(code: str) -> str:
    """Say what a value of the field must look like."""
    field = FIELDS.get(code.strip().upper())
    if field is None:
        return _("There is no field of this name.")
    if field.kind is FieldKind.CHOICE:
        return _("Choose one of: %(choices)s.") % {"choices": ", ".join(field.choices)}
    if field.kind is FieldKind.DATE:
        return _("Write the date with the year first, such as 2026-07-01.")
    if field.kind is FieldKind.NUMBER and field.whole:
        return _("Enter a whole number from %(low)s to %(high)s.") % {
            "low": f"{field.low:,}",
            "high": f"{field.high:,}",
        }
    if field.kind is FieldKind.NUMBER:
        return _("Enter a number from %(low)s to %(high)s.") % {
            "low": f"{field.low:,}",
            "high": f"{field.high:,}",
        }
    return _("Enter a text of up to 500 characters.")


def describe_lack(reason: str, params: Mapping[str, Any]) -> str:
    """Say in a sentence what a line lacks."""
    values = dict(params)
    for name in ("end",):
        if values.get(name) is not None:
            values[name] = format_day(values[name])
    if reason == "LISTS_OPEN":
        names = dict(ListCheck.Kind.choices)
        values["lists"] = ", ".join(str(names.get(kind, kind)) for kind in values["kinds"])
    words = {
        "NO_DOCUMENT": _("No document yet."),
        "NOT_SUBMITTED": _("Uploaded, but its date is missing."),
        "NOT_VERIFIED": _("Waits until somebody else has verified it."),
        "REJECTED": _("The document was rejected: a new version is needed."),
        "DOUBTED": _("The document is doubted and does not count."),
        "EXPIRED": _("Good until %(end)s only: a new one is needed."),
        "NO_ACCOUNT": _("No bank account confirmed by call-back."),
        "NO_STATEMENT": _("No usable statement of a full year; wanted: %(wanted)s."),
        "FEW_YEARS": _("%(count)s of %(wanted)s years in a row."),
        "NO_INTERIM": _("The last year ended %(end)s: figures from within the year are missing."),
        "FEW_REFERENCES": _("%(count)s of %(wanted)s references within a year."),
        "LISTS_OPEN": _("Not looked at within %(days)s days: %(lists)s."),
    }
    return str(words[reason]) % values


def describe_line(result: LineResult) -> str:
    """Say what a line lacks, or until when it is good."""
    if result.status is Status.GOOD:
        if result.good_until is None:
            return _("Good until something changes.")
        return _("Good until %(end)s.") % {"end": format_day(result.good_until)}
    return " ".join(describe_lack(reason, params) for reason, params in result.lacks)


def label_tier(tier: Tier) -> str:
    """Return the name of a tier."""
    return str(TIER_LABELS[tier.value])


def label_need(need: Need) -> str:
    """Return the word for how much a line is asked for."""
    return str(NEED_LABELS.get(need.value, need.value))


UNITS: dict[str, Any] = {
    "people": gettext_lazy("people"),
    "days": gettext_lazy("days"),
    "points": gettext_lazy("points"),
}


def label_unit(unit: str) -> str:
    """Return the unit of a field in words; a currency or a percent sign stays."""
    return str(UNITS.get(unit, unit))
