"""Fulmer H (1984, 7.5): nine ratios of small US firms; below 0 the firm fails. Display only.

Source: J. Fulmer and others, *A Bankruptcy Classification Model for Small Firms*, Journal of
Commercial Bank Lending (1984). Vendors disagree on V3 (0.073 or 0.73) and V5 (liabilities over
assets or over equity): the older 0.073 and liabilities over assets stand here. The unit of V7 is
not stated in the sources (dollars or thousands move H by 1.725) and V6 rewards current debt, so H
carries no weight anywhere. Neither is V9 monotone around an EBIT of 0: a loss counts 0, the smallest
profit far less.
"""

from __future__ import annotations

from decimal import Decimal

from scoring.domain.models.linear import check_denominators, find_obstacle, log10, weigh
from scoring.domain.models.scope import find_exclusion
from scoring.domain.profile import Profile
from scoring.domain.results import (
    TOLERANCE,
    ZERO,
    Reason,
    ScoreResult,
    Status,
    worst_status,
)
from scoring.domain.statements.derived import Inputs, gather
from scoring.domain.statements.statements import Statement

CODE = "fulmer_h"
CONSTANT = Decimal("-6.075")
COEFFICIENTS: dict[str, Decimal] = {
    "v1": Decimal("5.528"),
    "v2": Decimal("0.212"),
    "v3": Decimal("0.073"),
    "v4": Decimal("1.270"),
    "v5": Decimal("-0.120"),
    "v6": Decimal("2.335"),
    "v7": Decimal("0.575"),
    "v8": Decimal("1.083"),
    "v9": Decimal("0.894"),
}
PASS, FAIL = "pass", "fail"
V3_WITHOUT_EQUITY = Decimal(-1)
V9_WITHOUT_INTEREST = Decimal(2)
_INPUTS = (
    "retained_earnings",
    "revenue",
    "profit_before_tax",
    "net_worth",
    "cfo",
    "total_liabilities",
    "total_current_liabilities",
    "working_capital",
    "ebit",
    "interest_expense",
    "tangible_assets",
    "total_assets",
)


def compute_fulmer(
    statement: Statement,
    *,
    tangible_assets_usd: Decimal | None,
    profile: Profile | None = None,
) -> ScoreResult:
    """Compute H of a statement of twelve months.

    ``tangible_assets_usd`` is in single dollars at the rate of the balance-sheet day; without it,
    or at 0 and below, there is no logarithm and no score. EBIT of 0 or less gives V9 = 0, no
    interest V9 = 2, equity of 0 or less V3 = -1, each guarded.
    """
    excluded = find_exclusion(profile)
    if excluded is not None:
        return ScoreResult(CODE, None, Status.NOT_APPLICABLE, reasons=(excluded,))
    inputs = gather(statement, _INPUTS)
    status, reasons = _find_obstacle(inputs, tangible_assets_usd)
    used = {**inputs.values}
    if tangible_assets_usd is not None:
        used["tangible_assets_usd"] = tangible_assets_usd
    if status is not None or tangible_assets_usd is None:
        missing = inputs.missing
        if tangible_assets_usd is None and "tangible_assets" in inputs.values:
            missing = (*missing, "tangible_assets_usd")
        return ScoreResult(
            CODE,
            None,
            status or Status.MISSING_INPUT,
            inputs_used=used,
            missing=missing,
            reasons=reasons,
        )
    variables, guards = _ratios(inputs, tangible_assets_usd)
    terms, value = weigh(variables, COEFFICIENTS, CONSTANT)
    return ScoreResult(
        CODE,
        value,
        worst_status((inputs.status, Status.OK_WITH_GUARD if guards else Status.OK)),
        band=FAIL if value < -TOLERANCE else PASS,
        terms=terms,
        inputs_used=used,
        reasons=(*reasons, *guards),
    )


def _find_obstacle(
    inputs: Inputs, tangible_assets_usd: Decimal | None
) -> tuple[Status | None, tuple[Reason, ...]]:
    blocked = find_obstacle(inputs, ("total_assets", "total_liabilities"))
    if blocked is None and inputs["interest_expense"] < 0:
        blocked = Status.NEGATIVE_DENOMINATOR
    if blocked is not None or tangible_assets_usd is None:
        return blocked, inputs.reasons
    blocked = check_denominators([tangible_assets_usd])
    if blocked is None:
        return None, inputs.reasons
    reason = Reason("TANGIBLE_ASSETS_NOT_POSITIVE", {"tangible_assets": tangible_assets_usd})
    return blocked, (*inputs.reasons, reason)


def _ratios(
    inputs: Inputs, tangible_assets_usd: Decimal
) -> tuple[dict[str, Decimal], list[Reason]]:
    assets, debts, equity = (
        inputs[name] for name in ("total_assets", "total_liabilities", "net_worth")
    )
    ebit, interest = inputs["ebit"], inputs["interest_expense"]
    guarded: dict[str, Decimal] = {}
    if equity <= 0:
        guarded["v3"] = V3_WITHOUT_EQUITY
    # A loss comes first: without interest it would otherwise earn the full cover.
    if ebit <= 0:
        guarded["v9"] = ZERO
    elif interest == 0:
        guarded["v9"] = V9_WITHOUT_INTEREST
    variables = {
        "v1": inputs["retained_earnings"] / assets,
        "v2": inputs["revenue"] / assets,
        "v3": guarded["v3"] if "v3" in guarded else inputs["profit_before_tax"] / equity,
        "v4": inputs["cfo"] / debts,
        "v5": debts / assets,
        "v6": inputs["total_current_liabilities"] / assets,
        "v7": log10(tangible_assets_usd),
        "v8": inputs["working_capital"] / debts,
        "v9": guarded["v9"] if "v9" in guarded else log10(ebit / interest),
    }
    reasons = [
        Reason("TERM_GUARDED", {"term": name, "raw": None, "guarded": x})
        for name, x in guarded.items()
    ]
    return variables, reasons
