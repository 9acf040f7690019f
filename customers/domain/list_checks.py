"""Checks against public lists: which entry weighs what, and which signal a new one raises.

Source: process specification C.2 (lists), A.5 (signals), scoring specification 9.5 (overrides).
Only a match on the registration number (EXACT) or one that a person confirmed counts; a match on
the name alone is a candidate and triggers nothing. Pure: rows come in as values.

`details` of a check may hold: `status` (registry: IN_BUSINESS, REVOKED, DEREGISTERED, CLOSED),
`changes` (registry: LEGAL_REPRESENTATIVE, CONTROLLER, CAPITAL_REDUCED, ADDRESS), `stage`
(insolvency: PETITION, ACCEPTED, ANNOUNCED), `amount` (money, in CNY, as text), `ground` (abnormal
operation: ANNUAL_REPORT, INFORMATION, FALSE_INFORMATION, UNREACHABLE), `grade` (tax: A B M C D),
`frozen_share` and `pledged_share` (0 to 1, as text), `suspends_production` and
`covers_most_assets` (true or false), `case_no`, `court`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from common.errors import InvalidInput

COUNTED_MATCHES = ("EXACT", "CONFIRMED")

REGISTRY_STATUSES = ("IN_BUSINESS", "REVOKED", "DEREGISTERED", "CLOSED")
REGISTRY_CHANGES = ("LEGAL_REPRESENTATIVE", "CONTROLLER", "CAPITAL_REDUCED", "ADDRESS")
INSOLVENCY_STAGES = ("PETITION", "ACCEPTED", "ANNOUNCED")
ABNORMAL_GROUNDS = ("ANNUAL_REPORT", "INFORMATION", "FALSE_INFORMATION", "UNREACHABLE")
TAX_GRADES = ("A", "B", "M", "C", "D")

MOST_DIGITS = 17
MOST_DECIMALS = 8

FROZEN_SHARE = Decimal("0.30")
PLEDGED_SHARE = Decimal("0.80")

FRESH_DAYS = 30
FRESH_DAYS_BEFORE_DECISION = 7


class BadDetails(InvalidInput):
    """A hit lacks what its list must say, or says it in a way nobody can read."""

    code = "BAD_DETAILS"


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact that the rating's overrides listen to (names of scoring specification 9.5)."""

    name: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ListWarning:
    """A signal that a new hit raises: its code and severity."""

    code: str
    severity: str


_PLAIN_FLAGS: Mapping[str, str] = {
    "DISHONEST_DEBTOR": "dishonest_judgment_debtor",
    "CONSUMPTION_RESTRICTION": "consumption_restriction",
    "SERIOUS_VIOLATION": "serious_violation_list",
    "MAJOR_TAX_VIOLATION": "major_tax_violation_list",
    "SANCTIONS": "sanctions_hit_confirmed",
}


def read_amount(details: Mapping[str, Any], name: str = "amount") -> Decimal | None:
    """Return a figure of the details, None when it is not there; raise `BadDetails`.

    >>> read_amount({"amount": "1200.50"}), read_amount({})
    (Decimal('1200.50'), None)
    """
    value = details.get(name)
    if value is None or value == "":
        return None
    try:
        figure = Decimal(str(value))
    except InvalidOperation as error:
        raise BadDetails(field=name, value=str(value)) from error
    # A number of a million digits is no amount, and would be written out in full.
    is_sane = figure.is_finite() and figure >= 0 and figure.adjusted() < MOST_DIGITS
    if not is_sane or int(figure.as_tuple().exponent) < -MOST_DECIMALS:
        raise BadDetails(field=name, value=str(value))
    return figure


def read_flag(kind: str, details: Mapping[str, Any]) -> Flag | None:
    """Return what an entry of this list means to the rating; None when it means nothing there.

    An amount that nobody knows stays None: the rule of enforced debtors counts it as too much.

    >>> read_flag("ABNORMAL_OPERATION", {"ground": "UNREACHABLE"})
    Flag(name='abnormal_operation_unreachable', amount=None)
    >>> read_flag("EQUITY_FREEZE", {"frozen_share": "0.30"}) is None
    True
    """
    if kind in _PLAIN_FLAGS:
        return Flag(_PLAIN_FLAGS[kind])
    if kind == "ENFORCED_DEBTOR":
        return Flag("enforced_debtor", read_amount(details))
    if kind == "ABNORMAL_OPERATION":
        is_lost = details.get("ground") == "UNREACHABLE"
        return Flag("abnormal_operation_unreachable" if is_lost else "abnormal_operation_list")
    name = _CONDITIONAL[kind](details) if kind in _CONDITIONAL else None
    return Flag(name) if name else None


def _read_insolvency(details: Mapping[str, Any]) -> str | None:
    return "insolvency_petition_accepted" if details.get("stage") != "PETITION" else None


def _read_registry(details: Mapping[str, Any]) -> str | None:
    return "licence_revoked" if details.get("status") in ("REVOKED", "DEREGISTERED") else None


def _read_equity(details: Mapping[str, Any]) -> str | None:
    frozen = read_amount(details, "frozen_share")
    pledged = read_amount(details, "pledged_share")
    is_heavy = (frozen or 0) > FROZEN_SHARE or (pledged or 0) > PLEDGED_SHARE
    return "equity_freeze_or_pledge" if is_heavy else None


def _read_tax_grade(details: Mapping[str, Any]) -> str | None:
    return "tax_grade_d" if details.get("grade") == "D" else None


def _read_penalty(details: Mapping[str, Any]) -> str | None:
    return "production_suspended" if details.get("suspends_production") else None


_CONDITIONAL = {
    "INSOLVENCY": _read_insolvency,
    "REGISTRY_STATUS": _read_registry,
    "EQUITY_FREEZE": _read_equity,
    "TAX_GRADE": _read_tax_grade,
    "PENALTY": _read_penalty,
}


def list_warnings(
    kind: str, details: Mapping[str, Any], *, min_amount: Decimal = Decimal(0)
) -> list[ListWarning]:
    """List the signals that a new hit of this list raises, worst first; none for a calm list.

    A lawsuit or a penalty below `min_amount` (CNY) raises none; one of unknown amount does. Whether
    an enforcement case is red depends on the limit: the floor that knows it raises that one.

    >>> [(w.code, w.severity) for w in list_warnings("ABNORMAL_OPERATION", {"ground": "UNREACHABLE"})]
    [('S03', 'AMBER'), ('S10', 'AMBER')]
    >>> list_warnings("LITIGATION", {"amount": "99"}, min_amount=Decimal(100))
    []
    """
    if kind in _PLAIN_WARNINGS:
        return [ListWarning(*pair) for pair in _PLAIN_WARNINGS[kind]]
    if kind == "REGISTRY_STATUS":
        return _list_registry_warnings(details)
    if kind == "ABNORMAL_OPERATION":
        lost = [ListWarning("S10", "AMBER")] if details.get("ground") == "UNREACHABLE" else []
        return [ListWarning("S03", "AMBER"), *lost]
    if kind == "TAX_GRADE":
        return [ListWarning("S11", "AMBER")] if details.get("grade") == "D" else []
    if kind == "ASSET_PLEDGE":
        return [ListWarning("S30", "AMBER")] if details.get("covers_most_assets") else []
    if kind in ("LITIGATION", "PENALTY"):
        amount = read_amount(details)
        is_small = amount is not None and amount < min_amount
        if is_small and not details.get("suspends_production"):
            return []
        return [ListWarning("S13" if kind == "LITIGATION" else "S12", "AMBER")]
    return []


_PLAIN_WARNINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "DISHONEST_DEBTOR": (("S01", "RED"),),
    "ENFORCED_DEBTOR": (("S02", "AMBER"),),
    "CONSUMPTION_RESTRICTION": (("S02", "AMBER"),),
    "SERIOUS_VIOLATION": (("S03", "RED"),),
    "INSOLVENCY": (("S05", "RED"),),
    "EQUITY_FREEZE": (("S08", "AMBER"),),
    "MAJOR_TAX_VIOLATION": (("S11", "RED"),),
    "TAX_ARREARS": (("S11", "RED"),),
    "OVERDUE_BILLS": (("S14", "RED"),),
}

_CHANGE_SIGNALS = {
    "LEGAL_REPRESENTATIVE": "S07",
    "CONTROLLER": "S08",
    "CAPITAL_REDUCED": "S09",
    "ADDRESS": "S10",
}


def _list_registry_warnings(details: Mapping[str, Any]) -> list[ListWarning]:
    gone = details.get("status") in ("REVOKED", "DEREGISTERED", "CLOSED")
    warnings = [ListWarning("S04", "RED")] if gone else []
    changed = details.get("changes") or ()
    return warnings + [
        ListWarning(code, "AMBER") for name, code in _CHANGE_SIGNALS.items() if name in changed
    ]


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "status": REGISTRY_STATUSES,
    "stage": INSOLVENCY_STAGES,
    "ground": ABNORMAL_GROUNDS,
    "grade": TAX_GRADES,
}
REQUIRED_DETAIL: Mapping[str, str] = {
    "REGISTRY_STATUS": "status",
    "INSOLVENCY": "stage",
    "TAX_GRADE": "grade",
}
"""What a hit of a list must say, for its weight hangs on it."""

DETAIL_NAMES = (
    "status",
    "changes",
    "stage",
    "ground",
    "grade",
    "amount",
    "frozen_share",
    "pledged_share",
    "suspends_production",
    "covers_most_assets",
    "case_no",
    "court",
)


def clean_details(kind: str, result: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the details of a check in the form that is stored; raise `BadDetails`.

    >>> clean_details("TAX_GRADE", "HIT", {"grade": "d", "court": ""})
    {'grade': 'D'}
    """
    unknown = sorted(set(details) - set(DETAIL_NAMES))
    if unknown:
        raise BadDetails(field=unknown[0], value=unknown[0])
    cleaned: dict[str, Any] = {}
    for name, value in details.items():
        kept = _clean(name, value)
        if kept not in (None, "", [], False):
            cleaned[name] = kept
    needed = REQUIRED_DETAIL.get(kind)
    if result == "HIT" and needed and needed not in cleaned:
        raise BadDetails(field=needed, value="")
    if result == "HIT" and kind == "EQUITY_FREEZE" and not _has_share(cleaned):
        raise BadDetails(field="frozen_share", value="")
    return cleaned


def _clean(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _CHOICES:
        code = str(value).strip().upper()
        if code and code not in _CHOICES[name]:
            raise BadDetails(field=name, value=code)
        return code
    if name == "changes":
        codes = (
            [str(one).strip().upper() for one in value] if isinstance(value, list | tuple) else None
        )
        if codes is None or not set(codes) <= set(REGISTRY_CHANGES):
            raise BadDetails(field=name, value=str(value))
        return [code for code in REGISTRY_CHANGES if code in codes]
    if name in ("amount", "frozen_share", "pledged_share"):
        figure = read_amount({name: value}, name)
        if figure is not None and name != "amount" and figure > 1:
            raise BadDetails(field=name, value=str(value))
        return None if figure is None else format(figure, "f")
    if name in ("suspends_production", "covers_most_assets"):
        return value is True or str(value).strip().lower() in ("true", "1", "yes", "on", "是")
    return str(value).strip()[:200]


def _has_share(details: Mapping[str, Any]) -> bool:
    return "frozen_share" in details or "pledged_share" in details


def is_fresh(checked_on: date | None, *, as_of: date, days: int = FRESH_DAYS) -> bool:
    """Tell whether a check is young enough: 30 days for the file, 7 before a decision.

    >>> is_fresh(date(2026, 6, 1), as_of=date(2026, 7, 1)), is_fresh(None, as_of=date(2026, 7, 1))
    (True, False)
    """
    return checked_on is not None and 0 <= (as_of - checked_on).days <= days
