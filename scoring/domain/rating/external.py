"""External component (9.2): agency, bureau and insurer opinions mapped to 0-100 and averaged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.errors import InvalidInput
from scoring.domain.curves import clip
from scoring.domain.results import HUNDRED, ZERO
from scoring.domain.statements.periods import FRESH_MONTHS, count_whole_months


class ExternalKind(StrEnum):
    """Whose opinion it is."""

    AGENCY_GRADE = "AGENCY_GRADE"
    RISK_INDICATOR = "RISK_INDICATOR"
    PAYDEX = "PAYDEX"
    INSURER = "INSURER"
    RISK_INDEX = "RISK_INDEX"


class UnknownOpinion(InvalidInput):
    """The opinion is not one this kind of source gives."""

    code = "UNKNOWN_OPINION"


POINTS: Mapping[ExternalKind, Mapping[str, Decimal]] = {
    ExternalKind.AGENCY_GRADE: {
        grade: Decimal(points)
        for grade, points in (
            ("AAA", 95),
            ("AA", 85),
            ("A", 75),
            ("BBB", 65),
            ("BB", 55),
            ("B", 45),
            ("CCC", 35),
            ("CC", 25),
            ("C", 10),
        )
    },
    ExternalKind.RISK_INDICATOR: {
        str(n): Decimal(points) for n, points in enumerate((85, 70, 50, 25), start=1)
    },
    ExternalKind.INSURER: {
        "FULL": Decimal(80),
        "PARTIAL": Decimal(55),
        "REFUSED": Decimal(15),
    },
    ExternalKind.RISK_INDEX: {
        f"RI{n}": Decimal(points) for n, points in enumerate((95, 85, 72, 60, 40, 15), start=1)
    },
}


@dataclass(frozen=True)
class Opinion:
    """One opinion of one source on one day; PAYDEX is a number 0 to 100 written out."""

    kind: ExternalKind
    opinion: str
    dated: date


def map_opinion(kind: ExternalKind, opinion: str) -> Decimal:
    """Map an opinion to 0-100, higher is better.

    >>> map_opinion(ExternalKind.AGENCY_GRADE, "A+"), map_opinion(ExternalKind.PAYDEX, "76")
    (Decimal('75'), Decimal('76'))
    """
    if kind is ExternalKind.PAYDEX:
        try:
            return clip(Decimal(opinion), ZERO, HUNDRED)
        except ArithmeticError as error:
            raise UnknownOpinion(field="opinion", kind=kind, opinion=opinion) from error
    points = POINTS[kind].get(opinion.strip().upper().rstrip("+-"))
    if points is None:
        raise UnknownOpinion(field="opinion", kind=kind, opinion=opinion)
    return points


def compute_external(opinions: Iterable[Opinion], *, as_of: date) -> Decimal | None:
    """Average the opinions of the last twelve months; ``None`` when there is none (9.6).

    >>> compute_external([Opinion(ExternalKind.INSURER, "FULL", date(2025, 1, 1)),
    ...     Opinion(ExternalKind.AGENCY_GRADE, "BBB", date(2023, 1, 1))], as_of=date(2025, 6, 30))
    Decimal('80')
    """
    points = [
        map_opinion(opinion.kind, opinion.opinion)
        for opinion in opinions
        if opinion.dated <= as_of and count_whole_months(opinion.dated, as_of) <= FRESH_MONTHS
    ]
    return sum(points, ZERO) / len(points) if points else None
