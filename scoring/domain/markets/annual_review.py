"""Annual review of a limit (年审; section 12.4, and the renewal of C.8): extend, or look again?

A limit that reaches its first expiry is extended by twelve months without an application when all
of AR-1 to AR-5 hold. What is not known does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.dates import add_months
from common.errors import InvalidInput

MONTHS = 12


class ReviewDecision(StrEnum):
    """What follows from a review."""

    EXTEND_12M = "EXTEND_12M"
    FULL_REVIEW = "FULL_REVIEW"


class RenewalReason(StrEnum):
    """Why a line is not renewed without an application."""

    FUNDAMENTALS_CHANGED = "FUNDAMENTALS_CHANGED"
    NEED_INCREASED = "NEED_INCREASED"
    SECURITY_WEAKENED = "SECURITY_WEAKENED"
    RECORD_NOT_CLEAN = "RECORD_NOT_CLEAN"
    MAX_TOTAL_YEARS = "MAX_TOTAL_YEARS"


class InvalidReview(InvalidInput):
    """Dates in the wrong order."""

    code = "INVALID_REVIEW"


@dataclass(frozen=True)
class ReviewPolicy:
    """The bounds of the five conditions; changes are ratios, −0.10 is a fall by 10 %."""

    min_revenue_change: Decimal = Decimal("-0.10")
    max_grade_drop: int = 1
    min_mitigant_ratio: Decimal = Decimal(1)
    max_overdue_days: int = 30
    min_behaviour_score: Decimal = Decimal(70)
    max_years: int = 3


STANDARD = ReviewPolicy()


@dataclass(frozen=True)
class ReviewFacts:
    """What is known at the review; ``None`` is unknown, and then its condition does not hold.

    ``grade_drop`` counts modifiers (BBB to BBB− is 1), ``mitigant_ratio`` is today's value of the
    security over that at approval, ``max_overdue_days`` and ``behaviour_score`` look back a year.
    """

    revenue_change: Decimal | None
    grade_drop: int | None
    has_new_override: bool
    requested: Decimal
    current: Decimal
    mitigant_ratio: Decimal | None
    max_overdue_days: int | None
    behaviour_score: Decimal | None
    years_since_full_review: int
    is_guarantor_grade_lower: bool = False


@dataclass(frozen=True)
class Review:
    """The decision and the conditions that do not hold, in order."""

    decision: ReviewDecision
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Renewal:
    """Whether a programme line goes on, until when, or every reason why not, in order."""

    is_renewed: bool
    new_expiry: date | None
    reasons: tuple[RenewalReason, ...]


def review_limit(facts: ReviewFacts, *, policy: ReviewPolicy = STANDARD) -> Review:
    """Decide the annual review of a limit.

    >>> clean = ReviewFacts(Decimal("0.03"), 0, False, Decimal(300), Decimal(300), Decimal(1), 12,
    ...                     Decimal(82), 1)
    >>> review_limit(clean).decision.value
    'EXTEND_12M'
    """
    holds = {
        "AR-1": _is_unchanged(facts, policy),
        "AR-2": facts.requested <= facts.current,
        "AR-3": facts.mitigant_ratio is not None
        and facts.mitigant_ratio >= policy.min_mitigant_ratio
        and not facts.is_guarantor_grade_lower,
        "AR-4": facts.max_overdue_days is not None
        and facts.max_overdue_days <= policy.max_overdue_days
        and facts.behaviour_score is not None
        and facts.behaviour_score >= policy.min_behaviour_score,
        "AR-5": facts.years_since_full_review < policy.max_years,
    }
    failed = tuple(code for code, is_met in holds.items() if not is_met)
    return Review(ReviewDecision.FULL_REVIEW if failed else ReviewDecision.EXTEND_12M, failed)


def renew_line(
    *,
    first_granted: date,
    now_expires: date,
    has_same_fundamentals: bool,
    has_same_need: bool,
    has_same_security: bool,
    has_clean_record: bool,
    max_total_years: int = STANDARD.max_years,
) -> Renewal:
    """Decide whether a programme line is renewed by a year without an application (C.8).

    ``has_same_…`` mean not worse: need not increased, security not weakened. In total a line lives
    at most ``max_total_years`` from its first grant.

    Raises:
        InvalidReview: the line would expire before it was granted.
    """
    if now_expires < first_granted:
        raise InvalidReview("a line expires after it was granted", field="now_expires")
    new_expiry = add_months(now_expires, MONTHS)
    holds = {
        RenewalReason.FUNDAMENTALS_CHANGED: has_same_fundamentals,
        RenewalReason.NEED_INCREASED: has_same_need,
        RenewalReason.SECURITY_WEAKENED: has_same_security,
        RenewalReason.RECORD_NOT_CLEAN: has_clean_record,
        RenewalReason.MAX_TOTAL_YEARS: new_expiry
        <= add_months(first_granted, MONTHS * max_total_years),
    }
    reasons = tuple(reason for reason, is_met in holds.items() if not is_met)
    return Renewal(not reasons, None if reasons else new_expiry, reasons)


def _is_unchanged(facts: ReviewFacts, policy: ReviewPolicy) -> bool:
    return (
        facts.revenue_change is not None
        and facts.revenue_change >= policy.min_revenue_change
        and facts.grade_drop is not None
        and facts.grade_drop <= policy.max_grade_drop
        and not facts.has_new_override
    )
