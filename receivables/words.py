"""What readers see instead of codes: age ranges and matching rules, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from receivables.domain.aging import CURRENT, Bucket
from receivables.domain.matching import Confidence, Rule

RULES: dict[str, str | Promise] = {
    Rule.M1_STRUCTURED_REF: gettext_lazy("The bank reference names this item."),
    Rule.M2_REMITTANCE_ADVICE: gettext_lazy("The payer's list adds up to this amount."),
    Rule.M3_REFERENCE_EXACT: gettext_lazy("The numbers in the text add up to this amount."),
    Rule.M3_REFERENCE_DISCOUNT: gettext_lazy(
        "The numbers in the text, less the discount earned, make this amount."
    ),
    Rule.M3_REFERENCE_TOLERANCE_SHORT: gettext_lazy(
        "The numbers in the text add up to slightly more; the small difference is posted away."
    ),
    Rule.M3_REFERENCE_OVER: gettext_lazy(
        "The numbers in the text are paid in full; the rest stays on account."
    ),
    Rule.M3_REFERENCE_PARTIAL: gettext_lazy("The text names this item; it is paid in part."),
    Rule.M4_AMOUNT_UNIQUE: gettext_lazy("Only one open item has exactly this amount."),
    Rule.M5_CLEAR_ACCOUNT: gettext_lazy("The amount settles the whole account."),
    Rule.M5_CLEAR_PAST_DUE: gettext_lazy("The amount settles everything past due."),
    Rule.M6_COMBINATION_UNIQUE: gettext_lazy("Only these items together make this amount."),
    Rule.M7_OLDEST_FIRST: gettext_lazy(
        "Oldest due first, as agreed with the customer. The statutory order may differ."
    ),
    Rule.M8_ON_ACCOUNT: gettext_lazy("Nothing fits for certain: the money stays on account."),
    Rule.SUGGEST_REFERENCES_SHORT: gettext_lazy(
        "The text names several items, but the amount is less than their sum."
    ),
    Rule.SUGGEST_AMOUNT_AMBIGUOUS: gettext_lazy("Several open items have exactly this amount."),
    Rule.SUGGEST_COMBINATION_AMBIGUOUS: gettext_lazy("Several sets of items make this amount."),
    "BY_HAND": gettext_lazy("Applied by hand."),
    "DIF": gettext_lazy("Small difference or discount."),
    "REV": gettext_lazy("Document taken back."),
}
CONFIDENCES: dict[str, str | Promise] = {
    Confidence.AUTO: gettext_lazy("Certain"),
    Confidence.SUGGEST: gettext_lazy("Suggestion"),
    Confidence.MANUAL: gettext_lazy("By hand"),
}
GROUP_WORDS: dict[str, str | Promise] = {
    "customer": gettext_lazy("Customer"),
    "sales": gettext_lazy("Salesperson"),
    "region": gettext_lazy("Region"),
    "company": gettext_lazy("Company"),
    "currency": gettext_lazy("Currency"),
}


def label_bucket(bucket: Bucket, *, short: bool = False) -> str:
    """Return an age range in words; `short` leaves out the days, for narrow heads."""
    if bucket.label == CURRENT:
        return _("Not due")
    if bucket.last is None:
        days = f">{(bucket.first or 1) - 1}"
    else:
        days = f"{bucket.first or 0}–{bucket.last}"
    return days if short else _("%(range)s days") % {"range": days}


def label_rule(code: str) -> str:
    """Return a matching rule in a sentence; an unknown code as it is."""
    return str(RULES.get(code, code))
