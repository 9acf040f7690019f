"""What a rating counts for on a day: an expired one counts a grade less, later two (9.6)."""

from datetime import date

from scoring.domain.grades import get_effective_grade as lower_when_expired
from scoring.domain.grades import get_risk_class
from scoring.models import Rating


def get_effective_grade(rating: Rating, *, as_of: date) -> str:
    """Return the grade for limits and orders: a letter lower once expired, two from six months on."""
    return lower_when_expired(
        f"{rating.grade}{rating.modifier}", valid_to=rating.valid_to, as_of=as_of
    )


def get_effective_class(rating: Rating, *, as_of: date) -> str:
    """Return the risk class of the effective grade: "1" (best) to "5", or "D"."""
    return get_risk_class(get_effective_grade(rating, as_of=as_of))
