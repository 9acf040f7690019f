"""What the statement page shows: sections of figures, findings in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from scoring.panels.shared import show_amount, show_plain
from scoring.selectors import StatementView
from scoring.texts import (
    SECTIONS,
    name_item,
)


def tell_finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a stored finding of the identity checks into a line of the checks component."""
    item = name_item(finding["item"])
    if finding["code"] == "SIGN":
        text = _("%(item)s has a sign that its line does not allow.") % {"item": item}
        return {"result": "warn", "text": text, "note": ""}
    note = _("stated %(stated)s, computed %(computed)s, difference %(difference)s") % {
        "stated": show_plain(finding["stated"]),
        "computed": show_plain(finding["computed"]),
        "difference": show_plain(finding["difference"]),
    }
    is_error = finding["severity"] == "ERROR"
    return {
        "result": "block" if is_error else "warn",
        "text": _("%(code)s: %(item)s does not tie out") % {"code": finding["code"], "item": item},
        "note": note,
    }


def list_sections(view: StatementView) -> list[dict[str, Any]]:
    """Return the statement forms as titled tables of text; what is not stated is a dash."""
    return [
        {
            "id": section.section.value.lower(),
            "title": SECTIONS[section.section],
            "rows": [
                {
                    "label": name_item(row.item.name),
                    "is_total": row.item.is_total,
                    "amounts": [show_amount(amount) for amount in row.amounts],
                }
                for row in section.rows
            ],
        }
        for section in view.sections
    ]
