"""Codes and figures in words: caps, reasons, statuses, questions, in the reader's language.

Stored ratings hold codes and parameters only; a sentence is made when somebody reads it.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common.figures import format_ratio, round_places, to_decimal
from scoring.domain.models.five_c_scale import INDICATORS, PART_LABELS
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS
from scoring.words.ratings import RATING_REASONS, RATING_STEPS

Text = str | Promise

COMPONENTS: Mapping[str, Text] = {
    "financial": gettext_lazy("Financial"),
    "behaviour": gettext_lazy("Payment behaviour"),
    "qualitative": gettext_lazy("5C assessment"),
    "external": gettext_lazy("External ratings"),
}
BANDS: Mapping[str, Text] = {
    "SAFE": gettext_lazy("Safe"),
    "GREY": gettext_lazy("Grey zone"),
    "DISTRESS": gettext_lazy("Distress"),
}
BAND_TONES: Mapping[str, str] = {"SAFE": "good", "GREY": "warn", "DISTRESS": "bad"}
FIVE_C_BANDS: Mapping[str, Text] = {
    "strong": gettext_lazy("strong"),
    "good": gettext_lazy("good"),
    "acceptable": gettext_lazy("acceptable"),
    "weak": gettext_lazy("weak"),
    "unacceptable": gettext_lazy("unacceptable"),
}
Z_TERMS: Mapping[str, tuple[Text, Text]] = {
    "x1": (gettext_lazy("Liquidity"), gettext_lazy("working capital / total assets")),
    "x2": (gettext_lazy("Retained earnings"), gettext_lazy("retained earnings / total assets")),
    "x3": (gettext_lazy("Profitability"), gettext_lazy("EBIT / total assets")),
    "x4": (gettext_lazy("Leverage"), gettext_lazy("equity / total liabilities")),
}
Z_STATUSES: Mapping[str, Text] = {
    "missing_input": gettext_lazy("Items are missing"),
    "zero_denominator": gettext_lazy("Total assets are zero"),
    "negative_denominator": gettext_lazy("Total assets or liabilities are negative"),
    "not_applicable": gettext_lazy("Not meant for banks, insurers, funds and government bodies"),
    "interim_not_annualised": gettext_lazy("The period is too short to be annualised"),
    "doubtful": gettext_lazy("The statement does not add up"),
}
SECTIONS: Mapping[str, Text] = {
    "BS": gettext_lazy("Balance sheet"),
    "IS": gettext_lazy("Income statement"),
    "CF": gettext_lazy("Cash-flow statement"),
    "NOTE": gettext_lazy("Notes"),
    "DERIVED": gettext_lazy("Derived figures"),
}
# What holds the grade down.
CAPS: Mapping[str, Text] = {
    "CAP-01": gettext_lazy("Neither financial statements nor payment behaviour are known"),
    "CAP-02": gettext_lazy("No financial component"),
    "CAP-03": gettext_lazy("No payment behaviour score yet"),
    "CAP-04": gettext_lazy("An item is more than 90 days past due"),
    "CAP-05": gettext_lazy("A worst answer on court record or truthfulness"),
    "CAP-06": gettext_lazy("The auditor refused an opinion or gave an adverse one"),
    "CAP-07": gettext_lazy("The company is younger than two years"),
    "CAP-08": gettext_lazy("Net worth is zero or negative"),
    "CAP-09": gettext_lazy("The statement deserves little trust"),
    "CAP-10": gettext_lazy("Signs of a shell company"),
    "KO-01": gettext_lazy("Insolvency proceedings, or default towards us"),
    "KO-02": gettext_lazy("On the list of dishonest judgment debtors"),
    "KO-03": gettext_lazy("Licence revoked or company deregistered"),
    "KO-04": gettext_lazy("On the list of serious violations"),
    "KO-05": gettext_lazy("On the list of major tax violations"),
    "KO-06": gettext_lazy("Confirmed sanctions hit"),
    "KO-07": gettext_lazy("Fraud or forgery proven"),
    "CAPO-1": gettext_lazy("Enforced debtor"),
    "CAPO-2": gettext_lazy("On the list of abnormal operations"),
    "CAPO-3": gettext_lazy("Consumption restriction on the legal representative"),
    "CAPO-4": gettext_lazy("Shares frozen or pledged"),
    "CAPO-5": gettext_lazy("Tax grade D"),
    "CAPO-6": gettext_lazy("Production suspended by a penalty"),
    "CAPO-7": gettext_lazy("An insurer withdrew cover"),
}
# What would lift it.
CURES: Mapping[str, Text] = {
    "CAP-01": gettext_lazy("Enter a financial statement of the last 18 months."),
    "CAP-02": gettext_lazy("Enter a financial statement of the last 18 months."),
    "CAP-03": gettext_lazy("The cap falls once this customer has a payment history with us."),
    "CAP-04": gettext_lazy("Settle what is more than 90 days past due."),
    "CAP-05": gettext_lazy("The answer that vetoes must improve and be confirmed."),
    "CAP-06": gettext_lazy("A newer statement with a better opinion is needed."),
    "CAP-07": gettext_lazy("Time lifts this: at 12 months to BBB, at 24 months altogether."),
    "CAP-08": gettext_lazy("New capital or profit must make the net worth positive."),
    "CAP-09": gettext_lazy("An audited or tax-filed statement for twelve months is needed."),
}
REASONS: Mapping[str, Text] = {
    "NO_STATEMENT": gettext_lazy("There is no financial statement that can be used."),
    "Z_MISSING_INPUT": gettext_lazy("The Z-score cannot be computed: %(items)s missing."),
    "Z_ZERO_DENOMINATOR": gettext_lazy("The Z-score cannot be computed: total assets are zero."),
    "Z_NEGATIVE_DENOMINATOR": gettext_lazy(
        "The Z-score cannot be computed: total assets or liabilities are negative."
    ),
    "Z_NOT_APPLICABLE": gettext_lazy(
        "The Z-score is not meant for banks, insurers, funds and government bodies."
    ),
    "Z_INTERIM_NOT_ANNUALISED": gettext_lazy(
        "The Z-score cannot be computed: the period is too short to be annualised."
    ),
    "FLOWS_ROLLED": gettext_lazy("Flows are trailing twelve months, from three statements."),
    "FLOWS_ANNUALISED": gettext_lazy("Flows of %(months)s months were scaled to twelve."),
    "NEGATIVE_TERM": gettext_lazy("%(term)s takes %(contribution)s off the Z-score."),
    "STATEMENT_NOT_RELIABLE": gettext_lazy(
        "The statement does not count: the auditor's opinion is adverse or was refused."
    ),
    "STATEMENT_STALE": gettext_lazy(
        "The statement is %(age_months)s months old; after 18 it no longer counts."
    ),
    "SHRUNK_FOR_RELIABILITY": gettext_lazy(
        "The financial score was drawn towards 50: the statement is trusted to %(reliability)s."
    ),
    "DECAYED_FOR_AGE": gettext_lazy(
        "The statement is %(age_months)s months old: 2 points off for each month past twelve."
    ),
    "NO_ASSESSMENT": gettext_lazy("There are no confirmed 5C answers."),
    "COVERAGE_TOO_LOW": gettext_lazy(
        "Too few 5C questions are answered (%(coverage)s; 70%% and character and capacity are"
        " needed)."
    ),
    "ASSESSMENT_STALE": gettext_lazy(
        "The 5C answers are %(age_months)s months old; after 18 they no longer count."
    ),
    "ASSESSMENT_DECAYED": gettext_lazy(
        "The 5C answers are %(age_months)s months old: 2 points off for each month past twelve."
    ),
    "EVIDENCE_CAPPED": gettext_lazy("“%(indicator)s” counts as step 3: the evidence is missing."),
    "VETO": gettext_lazy("A vetoing answer holds the 5C score at %(cap)s."),
    "COMPONENT_MISSING": gettext_lazy("%(component)s: not available, its weight goes to the rest."),
    "COMPONENT": gettext_lazy("%(component)s: %(score)s points, weight %(weight)s."),
    "NO_FACTS": gettext_lazy("There is neither a statement nor an assessment to rate."),
    "STATEMENT_DOUBTFUL": gettext_lazy("The only statement does not add up and was not accepted."),
    "ANSWERS_UNREADABLE": gettext_lazy("The stored 5C answers cannot be read: %(error)s"),
    "NOTHING_TO_SCORE": gettext_lazy("Nothing could be scored: %(reasons)s"),
    "OUT_OF_RANGE": gettext_lazy("The statement gives figures beyond any range; check its unit."),
    **RATING_REASONS,
}


def tell_reason(reason: Mapping[str, Any]) -> str:
    """Return the sentence for a stored reason, in the active language."""
    code, params = reason["code"], dict(reason.get("params") or {})
    if code in CAPS:
        return _("%(cap)s: at most %(grade)s.") % {
            "cap": CAPS[code],
            "grade": params.get("grade") or "–",
        }
    text = REASONS.get(code)
    return str(text) % {name: tell_param(name, v) for name, v in params.items()} if text else code


def tell_param(name: str, value: Any) -> str:
    """Return a parameter as a reader should see it."""
    if name == "component":
        return str(COMPONENTS.get(value, value))
    if name in ("model", "status"):
        return _name_model(name, value)
    if name == "items":
        return _list(name_item(item) for item in value)
    if name == "reasons":
        return _list(tell_reason({"code": code, "params": _blank(code)}) for code in value)
    if name == "term":
        return str(Z_TERMS[value][0]) if value in Z_TERMS else str(value)
    if name == "indicator":
        return INDICATORS[value].label(language()) if value in INDICATORS else str(value)
    if name in ("weight", "coverage", "reliability"):
        return format_ratio(value, 0)
    number = to_decimal(value)
    if number is not None and number != number.to_integral_value():
        return format(round_places(number, 2), "f").replace("-", "−")
    return "–" if value is None else str(value if number is None else f"{number:.0f}")


def _name_model(kind: str, value: str) -> str:
    # Here, because that module takes the labels of items and questions from this one.
    from scoring.words.models import name_model, name_status

    return name_model(value) if kind == "model" else name_status(value)


def name_item(name: str) -> str:
    """Return the label of a statement item, derived ones included; what is no item stays."""
    item = ITEMS.get(name) or DERIVED_ITEMS.get(name)
    label = item.label(language()) if item else name
    return label[:1].upper() + label[1:]


def name_part(part: str) -> str:
    """Return the name of one of the five Cs."""
    english, chinese = PART_LABELS[part]
    return chinese if language().startswith("zh") else english


def name_step(code: str) -> str:
    """Return the name of a step of the waterfall: a component, or the cap that holds the grade."""
    return str(COMPONENTS.get(code) or CAPS.get(code) or RATING_STEPS.get(code) or code)


def language() -> str:
    """Return the active language in the form that the domain's labels know."""
    return (get_language() or "en").lower()


def show_score(value: Decimal | None, places: int = 1) -> str:
    """Return a score as text, a dash where there is none."""
    if value is None:
        return "–"
    return format(round_places(value, places), "f").replace("-", "−")


def _list(texts: Any) -> str:
    separator = "、" if language().startswith("zh") else ", "
    return separator.join(str(text) for text in texts) or "–"


def _blank(code: str) -> dict[str, Any]:
    """Leave out what a skipped customer's reason does not know."""
    return {"items": [], "age_months": None, "coverage": None, "reliability": None} | (
        {
            "term": "",
            "contribution": None,
            "months": None,
            "indicator": "",
            "cap": None,
            "points": None,
            "days": None,
            "model": "",
            "status": "",
        }
        if code in REASONS
        else {}
    )
