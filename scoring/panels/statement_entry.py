"""What stands beside the grid while somebody types: checks, derived figures and ratios, in words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.figures import NOTHING, format_iso_day, format_ratio, group_digits
from scoring.domain.statements.checks import Check, Outcome
from scoring.domain.statements.statements import Amount
from scoring.forms.statement_grid import show_cell
from scoring.panels.shared import show_plain
from scoring.selectors.statement_entry import EntryCheck
from scoring.texts import name_item
from scoring.words.statements import DAYS, IDENTITIES, PERCENT, RATIO_UNITS, STATUSES, name_ratio

_RESULTS = {Outcome.OK: "ok", Outcome.WARNING: "warn", Outcome.ERROR: "block"}
# More names than these are only counted.
NAMED = 3


def build_entry(checks: Sequence[EntryCheck]) -> list[dict[str, Any]]:
    """Return one panel a period."""
    return [_build(number, check) for number, check in enumerate(checks)]


def _build(number: int, entry: EntryCheck) -> dict[str, Any]:
    lines = [
        _tell_check(check)
        for outcome in (Outcome.ERROR, Outcome.WARNING)
        for check in entry.checks
        if check.outcome is outcome
    ]
    held = [
        _tell_check(check)
        for check in entry.checks
        if check.outcome is Outcome.OK and check.code != "YY-01"
    ]
    lines += [
        {
            "result": "warn",
            "text": _("%(item)s has a sign that its line does not allow.")
            % {"item": name_item(name)},
            "note": "",
        }
        for name in entry.doubts
    ]
    open_checks = [check for check in entry.checks if check.outcome is Outcome.UNCHECKED]
    return {
        "number": number + 1,
        "title": format_iso_day(entry.period_end)
        if entry.period_end
        else _("Period %(n)s") % {"n": number + 1},
        "summary": _summarise(entry),
        "tone": _tone(entry),
        "checks": lines,
        "held": held,
        "waiting": [_tell_waiting(check) for check in open_checks],
        "totals": [
            {"name": f"p{number}-{name}", "value": show_cell(amount)}
            for name, amount in entry.totals.items()
        ],
        "derived": [_show_item(name, amount) for name, amount in entry.derived.items()],
        "ratios": [
            {"label": name_ratio(name), "value": show_ratio(name, amount), "note": _why(amount)}
            for name, amount in entry.ratios.items()
        ],
    }


def _summarise(entry: EntryCheck) -> str:
    errors = sum(check.outcome is Outcome.ERROR for check in entry.checks)
    warnings = sum(check.outcome is Outcome.WARNING for check in entry.checks) + len(entry.doubts)
    held = sum(check.outcome is Outcome.OK for check in entry.checks)
    if errors:
        return ngettext("%(n)d identity does not hold", "%(n)d identities do not hold", errors) % {
            "n": errors
        }
    if warnings:
        return ngettext("%(n)d warning", "%(n)d warnings", warnings) % {"n": warnings}
    if held:
        return ngettext("%(n)d identity holds", "%(n)d identities hold", held) % {"n": held}
    return _("Nothing to check yet")


def _tone(entry: EntryCheck) -> str:
    outcomes = {check.outcome for check in entry.checks}
    if Outcome.ERROR in outcomes:
        return "bad"
    if Outcome.WARNING in outcomes or entry.doubts:
        return "warn"
    return "good" if Outcome.OK in outcomes else "grey"


def _tell_check(check: Check) -> dict[str, Any]:
    text = f"{check.code} {IDENTITIES.get(check.code, check.code)}: {name_item(check.item)}"
    stated, computed = show_plain(check.stated), show_plain(check.computed)
    difference = (check.computed or Decimal(0)) - (check.stated or Decimal(0))
    if check.tolerance is None:
        return {"result": _RESULTS[check.outcome], "text": text, "note": _plausible(check)}
    words = {
        "stated": stated,
        "computed": computed,
        "difference": show_plain(difference),
        "tolerance": show_plain(check.tolerance),
    }
    if check.outcome is Outcome.OK:
        note = _("%(stated)s, no difference") % words
    else:
        note = (
            _(
                "stated %(stated)s, computed %(computed)s, difference %(difference)s,"
                " tolerance %(tolerance)s"
            )
            % words
        )
    return {"result": _RESULTS[check.outcome], "text": text, "note": note}


def _plausible(check: Check) -> str:
    if check.code == "YY-04":
        return format_ratio(check.computed, 2)
    return _("%(times)s of what is expected") % {"times": format_ratio(check.computed, 0)}


def _tell_waiting(check: Check) -> str:
    names = [name_item(name) for name in check.missing[:NAMED]]
    more = len(check.missing) - len(names)
    listed = ", ".join(names) + (f" +{more}" if more > 0 else "")
    return _("%(code)s %(what)s: waits for %(names)s") % {
        "code": check.code,
        "what": IDENTITIES.get(check.code, check.code),
        "names": listed,
    }


def _show_item(name: str, amount: Amount) -> dict[str, str]:
    value = NOTHING if amount.value is None else group_digits(amount.value, 2)
    return {"label": name_item(name), "value": value, "note": _why(amount)}


def _why(amount: Amount) -> str:
    """Say why there is no figure."""
    if amount.value is not None:
        return ""
    if amount.missing:
        names = [name_item(name) for name in amount.missing[:NAMED]]
        return _("missing: %(names)s") % {"names": ", ".join(names)}
    return str(STATUSES.get(amount.status.value, ""))


def show_ratio(name: str, amount: Amount) -> str:
    """Return a ratio as it is read: a percentage, days, or a multiple."""
    if amount.value is None:
        return NOTHING
    unit = RATIO_UNITS.get(name)
    if unit == PERCENT:
        return format_ratio(amount.value, 1)
    if unit == DAYS:
        return _("%(n)s d") % {"n": group_digits(amount.value, 0)}
    return group_digits(amount.value, 2)
