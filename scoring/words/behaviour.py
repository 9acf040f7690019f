"""Words of the payment-behaviour score: bands, terms and what happened, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.domain.payment import behaviour
from scoring.domain.results import Reason

BANDS: dict[str, Any] = {
    "excellent": gettext_lazy("Excellent payer"),
    "good": gettext_lazy("Good payer"),
    "fair": gettext_lazy("Fair payer"),
    "poor": gettext_lazy("Poor payer"),
    "critical": gettext_lazy("Critical payer"),
}
BAND_TONES: dict[str, str] = {
    "excellent": "good",
    "good": "good",
    "fair": "warn",
    "poor": "bad",
    "critical": "bad",
}
TERMS: dict[str, Any] = {
    behaviour.PDX: gettext_lazy("Points for days beyond terms"),
    behaviour.ON_TIME: gettext_lazy("Share of value paid on time"),
    behaviour.WORST: gettext_lazy("Worst delay"),
    behaviour.TREND: gettext_lazy("Trend of the last 90 days"),
    behaviour.PROMISE: gettext_lazy("Promises kept"),
    behaviour.DISPUTE: gettext_lazy("Unjustified disputes"),
    behaviour.PRIOR: gettext_lazy("Few payments yet: drawn towards 60"),
    behaviour.TRIGGER: gettext_lazy("Cap: a large item over 90 days"),
}


def tell_reason(reason: Reason) -> str:
    """Return the sentence of a reason; its code when it is unknown here."""
    params = dict(reason.params)
    if reason.code == "TERM_DROPPED":
        term = TERMS.get(str(params["term"]), params["term"])
        return _("“%(term)s” cannot be known yet; the other terms weigh more.") % {"term": term}
    if reason.code == "DETERIORATING":
        days = round(float(str(params["days"])), 1)
        return _("Payments of the last 90 days came %(days)s days later than before.") % {
            "days": days
        }
    if reason.code == "LONG_OVERDUE_ITEM":
        return _(
            "A large item is more than %(days)s days past due: at most %(cap)s points, and the"
            " grade is capped by %(rule)s."
        ) % {name: params[name] for name in ("days", "cap", "rule")}
    return reason.code
