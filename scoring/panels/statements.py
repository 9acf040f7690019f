"""What the statement page shows: sections of figures, findings in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from common.figures import NOTHING
from scoring.models import Statement
from scoring.panels.shared import show_amount, show_plain
from scoring.selectors import StatementView
from scoring.selectors.statements import Restatement
from scoring.texts import SECTIONS, name_item
from scoring.words.statements import COMPARABILITY, HEADER_WORDS, IDENTITIES, STANDARDS, UNITS


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
        "rule": IDENTITIES.get(finding["code"], ""),
        "note": note,
    }


def show_restatement(one: Restatement) -> dict[str, Any]:
    """Turn a version and its changes into what the page of versions shows."""
    return {
        "statement": one.statement,
        "reason": one.reason,
        "header": [
            {
                "label": HEADER_WORDS[name],
                "before": show_header(name, before),
                "after": show_header(name, after),
            }
            for name, before, after in one.header
        ],
        "lines": [
            {
                "label": name_item(change.item),
                "before": show_amount(change.before),
                "after": show_amount(change.after),
                "difference": show_amount(change.difference),
            }
            for change in one.lines
        ],
    }


def show_header(name: str, value: Any) -> str:
    """Return a header value in words."""
    tables: dict[str, Mapping[Any, Any]] = {
        "form": dict(Statement.Form.choices),
        "opinion": dict(Statement.Opinion.choices),
        "gaap": STANDARDS,
        "non_comparable": COMPARABILITY,
        "unit": UNITS,
        "complete": {True: _("yes"), False: _("no")},
    }
    return str(tables.get(name, {}).get(value, value)) or NOTHING


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
