"""Overrides (9.5): public facts that outweigh any score, as a list the policy can read.

``FORCE`` sets the grade, ``CAP`` is an upper bound, ``BLOCK`` stops trading and shows no grade.
A hit needs an exact match on the unified social credit code or a person's confirmation; the caller
sees to that. Listing periods are legal parameters and live with the hits as expiry dates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.dates import add_months
from common.errors import InvalidInput
from scoring.domain.grades import notch_grade, worst_grade


class Effect(StrEnum):
    """What an override does to the grade."""

    FORCE = "FORCE"
    CAP = "CAP"
    BLOCK = "BLOCK"


class Measure(StrEnum):
    """What an override does to business."""

    STOP_SIGNING = "STOP_SIGNING"
    STOP_OPEN_ACCOUNT = "STOP_OPEN_ACCOUNT"
    STOP_DELIVERY = "STOP_DELIVERY"


class UnknownFlag(InvalidInput):
    """No override listens to this flag."""

    code = "UNKNOWN_FLAG"


class InvalidNotch(InvalidInput):
    """A manual notch goes up by more than two, or lacks its reason or expiry."""

    code = "INVALID_NOTCH"


@dataclass(frozen=True)
class Override:
    """One rule of the list: the fact (``flag``) that triggers it and what then holds."""

    code: str
    flag: str
    effect: Effect
    grade: str | None
    measures: tuple[Measure, ...] = ()
    sets_limit_to_zero: bool = False


_ALL = (Measure.STOP_SIGNING, Measure.STOP_OPEN_ACCOUNT, Measure.STOP_DELIVERY)
_CREDIT = (Measure.STOP_OPEN_ACCOUNT,)

# In the order of evaluation; the worst result wins.
OVERRIDES: tuple[Override, ...] = (
    Override("KO-01", "insolvency_petition_accepted", Effect.FORCE, "D", _ALL, True),
    Override("KO-01", "own_default", Effect.FORCE, "D", _ALL, True),
    Override("KO-02", "dishonest_judgment_debtor", Effect.FORCE, "C", _CREDIT, True),
    Override("KO-02", "dishonest_judgment_debtor_past", Effect.CAP, "B"),
    Override("KO-03", "licence_revoked", Effect.FORCE, "D", _ALL, True),
    Override("KO-04", "serious_violation_list", Effect.FORCE, "CC", _CREDIT, True),
    Override("KO-05", "major_tax_violation_list", Effect.FORCE, "CC", _CREDIT, True),
    Override("KO-06", "sanctions_hit_confirmed", Effect.BLOCK, None, _ALL, True),
    Override("KO-07", "fraud_proven", Effect.FORCE, "C", _ALL, True),
    Override("CAPO-1", "enforced_debtor", Effect.CAP, "B"),
    Override("CAPO-2", "abnormal_operation_list", Effect.CAP, "BB"),
    Override("CAPO-2", "abnormal_operation_unreachable", Effect.CAP, "B"),
    Override("CAPO-3", "consumption_restriction", Effect.CAP, "B"),
    Override("CAPO-4", "equity_freeze_or_pledge", Effect.CAP, "BB"),
    Override("CAPO-5", "tax_grade_d", Effect.CAP, "BB"),
    Override("CAPO-6", "production_suspended", Effect.CAP, "BB"),
    Override("CAPO-7", "insurer_withdrew_cover", Effect.CAP, "B"),
)
BY_FLAG: Mapping[str, Override] = {override.flag: override for override in OVERRIDES}

ENFORCED_SHARE = Decimal("0.05")
LOOK_BACK_MONTHS = 12
MAX_NOTCHES_UP = 2
MANUAL_NOTCH_MONTHS = 6
NOTCHES_IN_TWO_LETTERS = 6


@dataclass(frozen=True)
class Notch:
    """A shift of the grade by a parent's support, a parent's weakness or the committee.

    ``code`` is NOTCH-1 (support: ``parent_grade``), NOTCH-2 (pooled cash: ``parent_grade``) or
    NOTCH-3 (manual: ``notches``, ``reason``, ``valid_to`` at most six months ahead).
    """

    code: str
    parent_grade: str | None = None
    notches: int = 0
    reason: str = ""
    valid_to: date | None = None


def list_overrides(flags: Collection[str]) -> list[Override]:
    """List the overrides that some facts trigger, in the order of evaluation.

    >>> [o.code for o in list_overrides({"tax_grade_d", "dishonest_judgment_debtor"})]
    ['KO-02', 'CAPO-5']
    """
    unknown = sorted(set(flags) - set(BY_FLAG))
    if unknown:
        raise UnknownFlag(field="flags", flag=unknown[0])
    return [override for override in OVERRIDES if override.flag in flags]


def is_enforced_debtor_hit(amount: Decimal | None, net_worth: Decimal | None) -> bool:
    """Tell whether CAPO-1 fires: enforcement over 5 % of net worth, or one of them unknown.

    >>> is_enforced_debtor_hit(Decimal(4), Decimal(100)), is_enforced_debtor_hit(None, None)
    (False, True)
    """
    if amount is None or net_worth is None or net_worth <= 0:
        return True
    return amount > ENFORCED_SHARE * net_worth


def get_dishonest_flag(removed_date: date | None, *, as_of: date) -> str | None:
    """Return the flag of KO-02: in force until 12 months after removal, then a cap for 12 more.

    >>> get_dishonest_flag(date(2024, 1, 15), as_of=date(2025, 2, 1))
    'dishonest_judgment_debtor_past'
    """
    if removed_date is None or as_of < add_months(removed_date, LOOK_BACK_MONTHS):
        return "dishonest_judgment_debtor"
    if as_of < add_months(removed_date, 2 * LOOK_BACK_MONTHS):
        return "dishonest_judgment_debtor_past"
    return None


def is_parent_stronger(grade: str, parent_grade: str) -> bool:
    """Tell whether a parent stands two or more grades, that is letters, above its subsidiary.

    >>> is_parent_stronger("BB", "A"), is_parent_stronger("BB", "BBB+")
    (True, False)
    """
    lifted = notch_grade(grade, NOTCHES_IN_TWO_LETTERS)
    return worst_grade(lifted, parent_grade) == lifted


def apply_notch(grade: str, notch: Notch, *, as_of: date) -> str:
    """Shift a grade by one notch rule; an expired manual notch does nothing.

    Raises:
        InvalidNotch: a manual notch breaks its own rule.

    >>> apply_notch("BB", Notch("NOTCH-1", parent_grade="A"), as_of=date(2025, 6, 30))
    'BBB-'
    """
    if notch.code == "NOTCH-1" and notch.parent_grade:
        if not is_parent_stronger(grade, notch.parent_grade):
            return grade
        # Never above the parent.
        return worst_grade(notch_grade(grade, MAX_NOTCHES_UP), notch.parent_grade)
    if notch.code == "NOTCH-2" and notch.parent_grade:
        return worst_grade(grade, notch.parent_grade)
    if notch.code == "NOTCH-3":
        return _apply_manual_notch(grade, notch, as_of)
    raise InvalidNotch(field="code", code_given=notch.code)


def _apply_manual_notch(grade: str, notch: Notch, as_of: date) -> str:
    if notch.notches > MAX_NOTCHES_UP or not notch.reason or notch.valid_to is None:
        raise InvalidNotch(field="notches", notches=notch.notches)
    if notch.valid_to > add_months(as_of, MANUAL_NOTCH_MONTHS):
        raise InvalidNotch(field="valid_to", valid_to=notch.valid_to)
    if notch.valid_to <= as_of:
        return grade
    return notch_grade(grade, notch.notches)
