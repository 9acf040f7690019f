"""Sentences of ratings: what the models and the ledger met on the way to a grade."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

RATING_REASONS: Mapping[str, Text] = {
    "MODEL_LACKS_ITEMS": _("%(model)s cannot be computed: %(items)s missing."),
    "MODEL_WITHOUT_VALUE": _("%(model)s has no value. %(status)s."),
    "TOO_FEW_SUBSCORES": _("No financial score: too few models could be computed."),
    "PAID_LATE_HARD_TRIGGER": _(
        "A large invoice is more than 90 days past due: the payment score is held at 39."
    ),
    "PAYS_EVER_LATER": _("It pays ever later: %(days)s days later than in the months before."),
    "NOTCHED": _("Notched from %(from)s to %(to)s (%(rules)s)."),
}
RATING_STEPS: Mapping[str, Text] = {
    "NOTCHED": _("Notches that people decided"),
}
