"""Zmijewski X (1984, 7.2): a probit of financial distress; higher is riskier.

Source: M. Zmijewski, *Methodological Issues Related to the Estimation of Financial Distress
Prediction Models*, Journal of Accounting Research 22 (1984), the unweighted probit. Several
glossaries state the reading upside down: more debt raises X, so more is worse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.models.linear import find_obstacle, weigh
from scoring.domain.results import TOLERANCE, Reason, ScoreResult
from scoring.domain.statements.derived import gather
from scoring.domain.statements.statements import Statement

CODE = "zmijewski"
CONSTANT = Decimal("-4.336")
COEFFICIENTS: dict[str, Decimal] = {
    "roa": Decimal("-4.513"),
    "lev": Decimal("5.679"),
    "liq": Decimal("0.004"),
}
DISTRESS, PASS = "distress", "pass"
_INPUTS = (
    "net_profit",
    "total_assets",
    "total_liabilities",
    "total_current_assets",
    "total_current_liabilities",
)


@dataclass(frozen=True)
class ZmijewskiResult(ScoreResult):
    """X (``value``) and its probability of distress, 0 to 1."""

    probability: Decimal | None = None


def compute_zmijewski(statement: Statement) -> ZmijewskiResult:
    """Compute X of a statement of twelve months; a pure number, whatever the currency.

    >>> books = Statement({k: Decimal(v) for k, v in {"net_profit": 1275, "total_assets": 15200,
    ...     "total_liabilities": 7450, "total_current_assets": 8800,
    ...     "total_current_liabilities": 5450}.items()})
    >>> result = compute_zmijewski(books)
    >>> round(result.value, 4), round(result.probability, 4), result.band
    (Decimal('-1.9246'), Decimal('0.0271'), 'pass')
    """
    inputs = gather(statement, _INPUTS)
    blocked = find_obstacle(inputs, ("total_assets", "total_current_liabilities"))
    if blocked is not None:
        return ZmijewskiResult(
            CODE,
            None,
            blocked,
            inputs_used=inputs.values,
            missing=inputs.missing,
            reasons=inputs.reasons,
        )
    assets = inputs["total_assets"]
    variables = {
        "roa": inputs["net_profit"] / assets,
        "lev": inputs["total_liabilities"] / assets,
        "liq": inputs["total_current_assets"] / inputs["total_current_liabilities"],
    }
    terms, value = weigh(variables, COEFFICIENTS, CONSTANT)
    probability = to_normal_probability(value)
    return ZmijewskiResult(
        CODE,
        value,
        inputs.status,
        band=DISTRESS if value > TOLERANCE else PASS,
        terms=terms,
        inputs_used=inputs.values,
        reasons=(*inputs.reasons, Reason("PROBABILITY", {"p": probability})),
        probability=probability,
    )


def to_normal_probability(x: Decimal) -> Decimal:
    """Return the standard normal distribution at x, safe at both ends.

    >>> to_normal_probability(Decimal(0))
    Decimal('0.5')
    """
    bounded = float(max(Decimal(-40), min(Decimal(40), x)))
    return Decimal(repr(0.5 * math.erfc(-bounded / math.sqrt(2))))
