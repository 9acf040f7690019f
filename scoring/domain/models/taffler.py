"""Taffler z (1983, 7.3): fitted on listed UK industrials; 0 and above is solvent.

Source: R. Taffler (1983), coefficients as published in V. Agarwal and R. Taffler, *Twenty-five
years of the Taffler z-score model* (2007). The popular form with weights 0.53, 0.13, 0.18 and 0.16
is another model (1977) and is not used. x4 is in days: how long the firm could run on its quick
assets without any new income.
"""

from __future__ import annotations

from decimal import Decimal

from scoring.domain.models.linear import check_denominators, find_obstacle, weigh
from scoring.domain.models.scope import find_exclusion
from scoring.domain.profile import Profile
from scoring.domain.results import TOLERANCE, Reason, ScoreResult, Status
from scoring.domain.statements.derived import gather
from scoring.domain.statements.statements import Statement

CODE = "taffler_1983"
CONSTANT = Decimal("3.20")
COEFFICIENTS: dict[str, Decimal] = {
    "x1": Decimal("12.18"),
    "x2": Decimal("2.50"),
    "x3": Decimal("-10.68"),
    "nci": Decimal("0.029"),
}
SOLVENT, AT_RISK = "solvent", "at_risk"
DAYS_IN_YEAR = Decimal(365)
_INPUTS = (
    "profit_before_tax",
    "total_current_assets",
    "quick_assets",
    "total_current_liabilities",
    "total_liabilities",
    "total_assets",
    "revenue",
    "da",
)
_BOTTOMS = ("total_current_liabilities", "total_liabilities", "total_assets")


def compute_taffler(statement: Statement, *, profile: Profile | None = None) -> ScoreResult:
    """Compute z of a statement of twelve months; a pure number, whatever the currency.

    Operating costs (revenue - profit before tax - depreciation) of 0 or less make the no-credit
    interval meaningless: no value (E1, E2).
    """
    excluded = find_exclusion(profile)
    if excluded is not None:
        return ScoreResult(CODE, None, Status.NOT_APPLICABLE, reasons=(excluded,))
    inputs = gather(statement, _INPUTS)
    blocked = find_obstacle(inputs, _BOTTOMS)
    reasons = inputs.reasons
    if blocked is None:
        costs = inputs["revenue"] - inputs["profit_before_tax"] - inputs["da"]
        blocked = check_denominators([costs])
        if blocked is not None:
            reasons = (*reasons, Reason("OPERATING_COSTS_NOT_POSITIVE", {"costs": costs}))
    if blocked is not None:
        return ScoreResult(
            CODE,
            None,
            blocked,
            inputs_used=inputs.values,
            missing=inputs.missing,
            reasons=reasons,
        )
    current_debts = inputs["total_current_liabilities"]
    variables = {
        "x1": inputs["profit_before_tax"] / current_debts,
        "x2": inputs["total_current_assets"] / inputs["total_liabilities"],
        "x3": current_debts / inputs["total_assets"],
        "nci": (inputs["quick_assets"] - current_debts) / (costs / DAYS_IN_YEAR),
    }
    terms, value = weigh(variables, COEFFICIENTS, CONSTANT)
    return ScoreResult(
        CODE,
        value,
        inputs.status,
        band=AT_RISK if value < -TOLERANCE else SOLVENT,
        terms=terms,
        inputs_used=inputs.values,
        reasons=reasons,
    )
