"""How far a statement may be trusted (0.1), and how distrust pulls a score to the middle (9.4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from scoring.domain.results import ZERO
from scoring.domain.statements.statements import AuditOpinion, Statement

FACTORS: Mapping[AuditOpinion, Decimal] = {
    AuditOpinion.UNQUALIFIED: Decimal("1.00"),
    AuditOpinion.UNQUALIFIED_EMPHASIS: Decimal("0.95"),
    AuditOpinion.QUALIFIED: Decimal("0.80"),
    AuditOpinion.UNAUDITED_FILED: Decimal("0.75"),
    AuditOpinion.UNAUDITED: Decimal("0.60"),
    AuditOpinion.ADVERSE: ZERO,
    AuditOpinion.DISCLAIMER: ZERO,
}
ESTIMATE_FACTOR = Decimal("0.40")
NEUTRAL = Decimal(50)

# The opinion words of the import format for the words used here.
IMPORT_OPINIONS: Mapping[str, AuditOpinion] = {
    "clean": AuditOpinion.UNQUALIFIED,
    "qualified": AuditOpinion.QUALIFIED,
    "adverse": AuditOpinion.ADVERSE,
    "disclaimer": AuditOpinion.DISCLAIMER,
    "none": AuditOpinion.UNAUDITED,
}


def get_reliability(statement: Statement) -> Decimal:
    """Return the reliability factor of a statement, 0 to 1.

    An estimate never counts for more than 0.40; annualised interim flows count four fifths (E6).

    >>> get_reliability(Statement({}, audit_opinion=AuditOpinion.QUALIFIED))
    Decimal('0.80')
    """
    factor = FACTORS[statement.audit_opinion]
    if statement.is_estimate:
        factor = min(factor, ESTIMATE_FACTOR)
    return factor * statement.reliability_multiplier


def adjust_for_reliability(score: Decimal, reliability: Decimal) -> Decimal:
    """Shrink a good score towards 50; a bad one is believed as it stands (9.4).

    >>> adjust_for_reliability(Decimal("68.7537"), Decimal("0.6"))
    Decimal('61.25222')
    """
    if score <= NEUTRAL:
        return score
    return NEUTRAL + reliability * (score - NEUTRAL)
