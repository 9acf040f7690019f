"""What public lists are called, and what an entry says, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import figures
from customers.models import ListCheck

STATUSES: dict[str, str | Promise] = {
    "IN_BUSINESS": gettext_lazy("in business"),
    "REVOKED": gettext_lazy("licence revoked"),
    "DEREGISTERED": gettext_lazy("deregistered"),
    "CLOSED": gettext_lazy("closed for business"),
}
STAGES: dict[str, str | Promise] = {
    "PETITION": gettext_lazy("petition filed"),
    "ACCEPTED": gettext_lazy("petition accepted"),
    "ANNOUNCED": gettext_lazy("proceedings announced"),
}
GROUNDS: dict[str, str | Promise] = {
    "ANNUAL_REPORT": gettext_lazy("annual report not published"),
    "INFORMATION": gettext_lazy("information not published"),
    "FALSE_INFORMATION": gettext_lazy("false information"),
    "UNREACHABLE": gettext_lazy("not reachable at the registered address"),
}
CHANGES: dict[str, str | Promise] = {
    "LEGAL_REPRESENTATIVE": gettext_lazy("legal representative changed"),
    "CONTROLLER": gettext_lazy("controlling shareholder changed"),
    "CAPITAL_REDUCED": gettext_lazy("capital reduced"),
    "ADDRESS": gettext_lazy("address changed"),
}
DETAIL_LABELS: dict[str, str | Promise] = {
    "status": gettext_lazy("Registry status"),
    "changes": gettext_lazy("What changed"),
    "stage": gettext_lazy("Stage"),
    "ground": gettext_lazy("Ground"),
    "grade": gettext_lazy("Tax grade"),
    "amount": gettext_lazy("Amount in CNY"),
    "frozen_share": gettext_lazy("Share of equity frozen"),
    "pledged_share": gettext_lazy("Share of equity pledged"),
    "suspends_production": gettext_lazy("Production suspended"),
    "covers_most_assets": gettext_lazy("Covers most assets"),
    "case_no": gettext_lazy("Case number"),
    "court": gettext_lazy("Court or authority"),
}


def list_name(kind: str) -> str:
    """Return the name of a list."""
    return str(dict(ListCheck.Kind.choices).get(kind, kind))


def describe_details(details: Mapping[str, Any]) -> str:
    """Return what an entry says, in a few words; empty when it says nothing more."""
    parts = [
        str(names.get(details[name], details[name]))
        for name, names in (("status", STATUSES), ("stage", STAGES), ("ground", GROUNDS))
        if details.get(name)
    ]
    parts += [str(CHANGES.get(code, code)) for code in details.get("changes") or ()]
    if details.get("grade"):
        parts.append(_("tax grade %(grade)s") % {"grade": details["grade"]})
    if details.get("amount"):
        parts.append(figures.with_symbol(figures.format_amount(details["amount"], "CNY"), "CNY"))
    for name, words in (
        ("frozen_share", _("%(share)s of the equity frozen")),
        ("pledged_share", _("%(share)s of the equity pledged")),
    ):
        if details.get(name):
            parts.append(words % {"share": figures.format_ratio(details[name])})
    if details.get("suspends_production"):
        parts.append(_("production suspended"))
    if details.get("covers_most_assets"):
        parts.append(_("covers most assets"))
    parts += [str(details[name]) for name in ("case_no", "court") if details.get(name)]
    return " · ".join(parts)
