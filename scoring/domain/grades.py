"""Grades: the nine-grade scale with modifiers, and what each grade stands for (9.1, 9.6, 9.7).

The letters are those of GB/T 22116-2008 (AAA … C); ``D`` is an internal state for default. Score
thresholds, probabilities of default, terms and factors are house defaults. The probabilities are
those of rated bond issuers: a rank order until the own defaults calibrate them. The risk class 1
(best) to 5, or D, that the process side reads is a house choice too: AAA, AA → 1; A, BBB → 2;
BB → 3; B → 4; CCC, CC, C → 5; D → D.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.dates import add_months
from common.errors import InvalidInput
from scoring.domain.results import HUNDRED, ONE, TOLERANCE, ZERO

LETTERS: tuple[str, ...] = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D")
DEFAULTED = "D"
MODIFIED_LETTERS = ("AA", "A", "BBB", "BB", "B", "CCC")

# Best first. The position in this ladder is the only order between grades.
LADDER: tuple[str, ...] = tuple(
    letter + modifier
    for letter in LETTERS
    for modifier in (("+", "", "-") if letter in MODIFIED_LETTERS else ("",))
)

LOWER_BOUNDS: tuple[tuple[Decimal, str], ...] = tuple(
    (Decimal(bound), letter)
    for bound, letter in zip((90, 80, 70, 60, 50, 40, 30, 20, 0), LETTERS[:9], strict=True)
)


class UnknownGrade(InvalidInput):
    """No such grade is on the scale."""

    code = "UNKNOWN_GRADE"


@dataclass(frozen=True)
class GradeTerms:
    """What a grade stands for: one-year PD in percent, ceilings, factor on the capacity limit."""

    pd_percent: Decimal
    max_term_days: int
    limit_factor: Decimal
    risk_class: str
    validity_months: int
    security: str


def _terms(
    pd: str, days: int, factor: str, risk_class: str, validity: int, security: str
) -> GradeTerms:
    return GradeTerms(Decimal(pd), days, Decimal(factor), risk_class, validity, security)


GRADE_TERMS: Mapping[str, GradeTerms] = {
    "AAA": _terms("0.03", 90, "1.50", "1", 12, "NONE"),
    "AA": _terms("0.03", 90, "1.20", "1", 12, "NONE"),
    "A": _terms("0.05", 60, "1.00", "2", 12, "NONE"),
    "BBB": _terms("0.14", 45, "0.80", "2", 6, "NONE"),
    "BB": _terms("0.56", 30, "0.50", "3", 6, "OWNER_GUARANTEE"),
    "B": _terms("2.93", 15, "0.25", "4", 3, "INSURANCE_OR_SECURITY"),
    "CCC": _terms("26.12", 0, "0", "5", 3, "PREPAYMENT_OR_BANK_INSTRUMENT"),
    "CC": _terms("40", 0, "0", "5", 3, "PREPAYMENT"),
    "C": _terms("60", 0, "0", "5", 3, "PREPAYMENT_ONLY"),
    "D": _terms("100", 0, "0", "D", 3, "STOP"),
}

# S&P Global Ratings, 2024 Annual Global Corporate Default and Rating Transition Study, table 24,
# 1981-2024, percent: (one year, five years).
REFERENCE_DEFAULT_RATES: Mapping[str, tuple[Decimal, Decimal]] = {
    "AAA": (Decimal("0.00"), Decimal("0.34")),
    "AA": (Decimal("0.02"), Decimal("0.28")),
    "A": (Decimal("0.05"), Decimal("0.39")),
    "BBB": (Decimal("0.14"), Decimal("1.36")),
    "BB": (Decimal("0.56"), Decimal("5.75")),
    "B": (Decimal("2.93"), Decimal("15.60")),
    "CCC/C": (Decimal("26.12"), Decimal("46.53")),
}


def grade_score(score: Decimal) -> str:
    """Read a composite score, 0 to 100, as a grade with its modifier.

    >>> [grade_score(Decimal(s)) for s in ("100", "89.9", "64.7234", "79.99", "20", "19.99")]
    ['AAA', 'AA+', 'BBB', 'A+', 'CC', 'C']
    """
    reached = score + TOLERANCE
    bound, letter = next((b, g) for b, g in LOWER_BOUNDS if reached >= b or g == "C")
    if letter not in MODIFIED_LETTERS:
        return letter
    thirds = 3 * (reached - bound)
    if thirds >= 20:
        return letter + "+"
    return letter if thirds >= 10 else letter + "-"


def get_lower_bound(grade: str) -> Decimal:
    """Return the least score that reads as this grade.

    >>> get_lower_bound("BBB"), get_lower_bound("B-")
    (Decimal('63.33333333333333333333333333'), Decimal('40'))
    """
    bound = next((b for b, g in LOWER_BOUNDS if g == get_letter(grade)), None)
    if bound is None:
        raise UnknownGrade(grade=grade)
    if get_letter(grade) not in MODIFIED_LETTERS:
        return bound
    return bound + {"-": ZERO, "+": Decimal(20) / 3}.get(grade[-1], Decimal(10) / 3)


def get_letter(grade: str) -> str:
    """Strip the modifier; refuse what is not on the scale."""
    if grade not in LADDER:
        raise UnknownGrade(grade=grade)
    return grade.rstrip("+-")


def get_rank(grade: str) -> int:
    """Return the place on the ladder, 0 for AAA; smaller is better.

    >>> get_rank("AAA") < get_rank("A-") < get_rank("BBB+") < get_rank("D")
    True
    """
    get_letter(grade)
    return LADDER.index(grade)


def worst_grade(*grades: str) -> str:
    """Return the worst of some grades.

    >>> worst_grade("BBB+", "BB", "A")
    'BB'
    """
    return max(grades, key=get_rank)


def shift_grade(grade: str, letters: int) -> str:
    """Move a grade by whole letters, positive is worse; the modifier stays where there is one.

    The scale ends at AAA above and C below: only a default makes a D.

    >>> shift_grade("BBB+", 1), shift_grade("CCC-", 1), shift_grade("C", 1)
    ('BB+', 'CC', 'C')
    """
    if grade == DEFAULTED:
        return grade
    place = LETTERS.index(get_letter(grade)) + letters
    letter = LETTERS[max(0, min(LETTERS.index("C"), place))]
    modifier = grade[-1] if grade[-1] in "+-" else ""
    return letter + modifier if letter in MODIFIED_LETTERS else letter


def notch_grade(grade: str, notches: int) -> str:
    """Move a grade by steps of the ladder, positive is better; never to or from D.

    >>> notch_grade("BBB-", 2), notch_grade("AA+", 3)
    ('BBB+', 'AAA')
    """
    if grade == DEFAULTED:
        return grade
    place = get_rank(grade) - notches
    return LADDER[max(0, min(LADDER.index("C"), place))]


def get_terms(grade: str) -> GradeTerms:
    """Return what a grade's letter stands for."""
    return GRADE_TERMS[get_letter(grade)]


def get_pd(grade: str, *, calibration: Decimal = ONE) -> Decimal:
    """Return the one-year probability of default of a grade, 0 to 1.

    A modifier stands a third of the logarithmic way to the neighbouring letter (9.7).
    ``calibration`` is the k of own defaults over expected ones; 1 means uncalibrated.

    >>> round(get_pd("BBB+"), 6), round(get_pd("B-"), 6), get_pd("D")
    (Decimal('0.000993'), Decimal('0.060753'), Decimal('1'))
    """
    place = LETTERS.index(get_letter(grade))
    own = GRADE_TERMS[LETTERS[place]].pd_percent / HUNDRED
    modifier = grade[-1]
    if modifier in "+-":
        neighbour = LETTERS[place - 1 if modifier == "+" else place + 1]
        other = GRADE_TERMS[neighbour].pd_percent / HUNDRED
        if other != own:
            own = (own.ln() + (other.ln() - own.ln()) / 3).exp()
    return min(ONE, calibration * own)


def get_risk_class(grade: str) -> str:
    """Return the risk class that terms, deposits and dunning go by: "1" (best) … "5", or "D".

    >>> get_risk_class("A+"), get_risk_class("CC")
    ('2', '5')
    """
    return get_terms(grade).risk_class


def get_valid_to(grade: str, *, as_of: date) -> date:
    """Return the first day on which a rating made on ``as_of`` has expired (9.6)."""
    return add_months(as_of, get_terms(grade).validity_months)


def get_effective_grade(grade: str, *, valid_to: date, as_of: date) -> str:
    """Return the grade for limit control: an expired one counts a letter less, later two (9.6).

    >>> get_effective_grade("BBB+", valid_to=date(2025, 1, 1), as_of=date(2025, 1, 1))
    'BB+'
    >>> get_effective_grade("BBB+", valid_to=date(2025, 1, 1), as_of=date(2025, 7, 1))
    'B+'
    """
    if as_of < valid_to:
        return grade
    return shift_grade(grade, 2 if as_of >= add_months(valid_to, 6) else 1)
