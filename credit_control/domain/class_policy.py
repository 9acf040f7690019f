"""House defaults per risk class: term, unsecured share, review, dunning, overdue tolerance.

Source: process specification 0.6. These are the values a fresh installation stores as policy rows;
the rows decide, not this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from common.errors import InvalidInput

RiskClass = int | str
"""1 (very low risk) … 5 (very high), or "D" (default)."""

NO_RATING = 5
"""A customer without a rating is treated as this class."""

_DEFAULT_RANK = 6


class InvalidRiskClass(InvalidInput):
    """Not one of 1 to 5 or D."""

    code = "INVALID_RISK_CLASS"


@dataclass(frozen=True, slots=True)
class ClassPolicy:
    """What a risk class allows; `may_have_credit` False refuses every limit."""

    max_term_days: int
    unsecured_share_pct: Decimal
    review_months: int | None
    dunning_procedure: str | None
    max_overdue_days: int | None
    approval_uplift: int
    may_have_credit: bool = True


CLASS_POLICIES: Mapping[str, ClassPolicy] = {
    "1": ClassPolicy(90, Decimal(100), 12, "SOFT", 45, 0),
    "2": ClassPolicy(60, Decimal(100), 12, "STD", 30, 0),
    "3": ClassPolicy(45, Decimal(70), 6, "STD", 30, 0),
    "4": ClassPolicy(30, Decimal(30), 3, "STRICT", 7, 1),
    "5": ClassPolicy(0, Decimal(0), 1, "STRICT", 0, 2),
    "D": ClassPolicy(0, Decimal(0), None, None, None, 0, may_have_credit=False),
}


def risk_rank(risk_class: RiskClass | None) -> int:
    """Return the class as a number for comparing: 1 to 5, 6 for D, 5 when there is no rating.

    Raises InvalidRiskClass.

    >>> risk_rank(3), risk_rank("D"), risk_rank(None)
    (3, 6, 5)
    """
    if risk_class is None:
        return NO_RATING
    text = str(risk_class).strip().upper()
    if text not in CLASS_POLICIES:
        raise InvalidRiskClass("a risk class is 1 to 5 or D", value=text)
    return _DEFAULT_RANK if text == "D" else int(text)


def class_policy(risk_class: RiskClass | None) -> ClassPolicy:
    """Return the defaults of a class.

    >>> class_policy(None).unsecured_share_pct
    Decimal('0')
    """
    rank = risk_rank(risk_class)
    return CLASS_POLICIES["D" if rank == _DEFAULT_RANK else str(rank)]
