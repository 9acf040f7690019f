"""Springate S (1978, 7.4): four ratios, one cut; below 0.862 the firm fails.

Source: G. Springate, *Predicting the Possibility of Failure in a Canadian Firm*, Simon Fraser
University (1978). On public data it flags about a third of all firms: information only, weight 0.
"""

from __future__ import annotations

from decimal import Decimal

from scoring.domain.models.linear import find_obstacle, weigh
from scoring.domain.models.scope import find_exclusion
from scoring.domain.profile import Profile
from scoring.domain.results import TOLERANCE, ScoreResult, Status
from scoring.domain.statements.derived import gather
from scoring.domain.statements.statements import Statement

CODE = "springate"
CUT = Decimal("0.862")
COEFFICIENTS: dict[str, Decimal] = {
    "a": Decimal("1.03"),
    "b": Decimal("3.07"),
    "c": Decimal("0.66"),
    "d": Decimal("0.40"),
}
PASS, FAIL = "pass", "fail"
_INPUTS = (
    "working_capital",
    "ebit",
    "profit_before_tax",
    "revenue",
    "total_assets",
    "total_current_liabilities",
)


def compute_springate(statement: Statement, *, profile: Profile | None = None) -> ScoreResult:
    """Compute S of a statement of twelve months; a pure number, whatever the currency.

    >>> books = Statement({k: Decimal(v) for k, v in {"working_capital": 3350, "ebit": 1690,
    ...     "profit_before_tax": 1500, "revenue": 21500, "total_assets": 15200,
    ...     "total_current_liabilities": 5450}.items()}, is_condensed=True)
    >>> round(compute_springate(books).value, 4), compute_springate(books).band
    (Decimal('1.3158'), 'pass')
    """
    excluded = find_exclusion(profile)
    if excluded is not None:
        return ScoreResult(CODE, None, Status.NOT_APPLICABLE, reasons=(excluded,))
    inputs = gather(statement, _INPUTS)
    blocked = find_obstacle(inputs, ("total_assets", "total_current_liabilities"))
    if blocked is not None:
        return ScoreResult(
            CODE,
            None,
            blocked,
            inputs_used=inputs.values,
            missing=inputs.missing,
            reasons=inputs.reasons,
        )
    assets = inputs["total_assets"]
    variables = {
        "a": inputs["working_capital"] / assets,
        "b": inputs["ebit"] / assets,
        "c": inputs["profit_before_tax"] / inputs["total_current_liabilities"],
        "d": inputs["revenue"] / assets,
    }
    terms, value = weigh(variables, COEFFICIENTS)
    return ScoreResult(
        CODE,
        value,
        inputs.status,
        band=FAIL if value < CUT - TOLERANCE else PASS,
        terms=terms,
        inputs_used=inputs.values,
        reasons=inputs.reasons,
    )
