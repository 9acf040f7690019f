"""Words of segmentation and customer value: why a customer is where it is, and what to do with it."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.figures import format_amount
from scoring.domain.segments.customer_value import Advice
from scoring.domain.segments.segmentation import MONTHS_TO_LEAVE, Segment
from scoring.models import SegmentFreeze

SEGMENTS: dict[str, Any] = dict(SegmentFreeze.Segment.choices)
TONES: dict[str, str] = {
    Segment.CORE: "good",
    Segment.CORE_WATCH: "warn",
    Segment.ORDINARY: "grey",
    Segment.INACTIVE: "grey",
}
ADVICE: dict[str, Any] = {
    Advice.ACCOUNT_PLAN: gettext_lazy("Account plan"),
    Advice.RENEGOTIATE: gettext_lazy("Renegotiate"),
    Advice.SELF_SERVICE: gettext_lazy("Standard, self-service"),
    Advice.PREPAYMENT: gettext_lazy("Prepayment or distributor"),
}
ADVICE_WHY: dict[str, Any] = {
    Advice.ACCOUNT_PLAN: gettext_lazy("Core, and it pays: keep it and grow it by plan."),
    Advice.RENEGOTIATE: gettext_lazy(
        "Core, but it costs more than it brings: price, term, visits."
    ),
    Advice.SELF_SERVICE: gettext_lazy("Ordinary, and it pays: standard terms, little effort."),
    Advice.PREPAYMENT: gettext_lazy(
        "Ordinary, and it costs: money first, or through a distributor."
    ),
}


def tell_why(row: SegmentFreeze) -> list[str]:
    """Say in sentences why a customer is in its segment."""
    facts = row.facts
    if row.overridden_by_id or row.reason:
        computed = SEGMENTS[row.computed]
        first = [
            _("Set by hand: %(reason)s The computed segment is %(segment)s.")
            % {"reason": _end(row.reason), "segment": computed}
        ]
    else:
        first = []
    told = first + _tell_sets(row, facts)
    if row.months_outside and Segment(row.segment).is_core and not first:
        told.append(
            _("Outside core for %(n)s of %(all)s months in a row; it stays core until then.")
            % {"n": row.months_outside, "all": MONTHS_TO_LEAVE}
        )
    if row.segment == Segment.CORE_WATCH:
        told.append(
            _("A grade of CCC or worse, or a knock-out: core service, no privilege in the limit.")
        )
    return told


def _tell_sets(row: SegmentFreeze, facts: dict[str, Any]) -> list[str]:
    if row.computed == Segment.INACTIVE:
        return [_("No revenue in the last twelve months.")]
    if facts.get("threshold") is None:
        return [_("Fewer than five customers with revenue: nobody is told apart.")]
    told = []
    if row.in_pareto:
        told.append(
            _("One of the largest that make up 80%% of revenue: %(share)s come before it.")
            % {"share": show_share(row.before)}
        )
    values = {
        "years": show_years(row.years),
        "threshold": show_years(facts["threshold"]),
        "median": format_amount(Decimal(facts["median"]), facts.get("currency", "")),
    }
    if row.in_relation:
        told.append(
            _(
                "A customer for %(years)s years (long is from %(threshold)s), with at least the"
                " median revenue of %(median)s."
            )
            % values
        )
    elif not row.in_pareto:
        told.append(
            _(
                "Not among the largest, and not both long a customer (%(years)s years; long is"
                " from %(threshold)s) and above the median revenue of %(median)s."
            )
            % values
        )
    return told


def show_share(ratio: Any) -> str:
    return f"{Decimal(str(ratio)) * 100:.1f}%"


def show_years(years: Any) -> str:
    return f"{Decimal(str(years)):.1f}"


def _end(reason: str) -> str:
    return reason if reason.endswith((".", "。", "!", "?")) else f"{reason}."
