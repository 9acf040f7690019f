"""Ohlson O-score (1980, 7.1): a logit of failure within about two years; higher is riskier.

Source: J. Ohlson, *Financial Ratios and the Probabilistic Prediction of Bankruptcy*, Journal of
Accounting Research 18 (1980). SIZE is the natural logarithm of total assets in US dollars over a
price *level* (1968 = 100, about 675 for 2024): a level of 6.75 would move O by 1.874.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.results import ONE, ZERO, Reason, ScoreResult, Status, Term
from scoring.domain.statements.derived import gather
from scoring.domain.statements.statements import Statement

CODE = "ohlson_o"
DEFAULT_PRICE_INDEX = Decimal(675)
DISTRESS_P = Decimal("0.5")
WATCH_P = Decimal("0.038")

COEFFICIENTS: dict[str, Decimal] = {
    "size": Decimal("-0.407"),
    "tl_ta": Decimal("6.03"),
    "wc_ta": Decimal("-1.43"),
    "cl_ca": Decimal("0.0757"),
    "oeneg": Decimal("-1.72"),
    "ni_ta": Decimal("-2.37"),
    "futl": Decimal("-1.83"),
    "intwo": Decimal("0.285"),
    "chin": Decimal("-0.521"),
}
CONSTANT = Decimal("-1.32")


@dataclass(frozen=True)
class OhlsonResult(ScoreResult):
    """The O-score (``value``) and its probability of failure, 0 to 1."""

    probability: Decimal | None = None


def compute_ohlson(
    statement: Statement,
    *,
    total_assets_usd: Decimal | None,
    prior_net_profit: Decimal | None,
    price_index: Decimal = DEFAULT_PRICE_INDEX,
) -> OhlsonResult:
    """Compute the O-score of a statement of twelve months.

    ``total_assets_usd`` is in single dollars at the rate of the balance-sheet day.
    ``prior_net_profit`` is last year's, in the statement's unit; without it, or for non-comparable
    years, there is no score: 0 would be a claim (E3).
    """
    names = (
        "total_assets",
        "total_liabilities",
        "total_current_assets",
        "total_current_liabilities",
        "net_profit",
        "da",
    )
    inputs = gather(statement, names)
    used: dict[str, Decimal | None] = {**inputs.values}
    if total_assets_usd is not None:
        used["total_assets_usd"] = total_assets_usd
    if prior_net_profit is not None:
        used["net_profit_prior"] = prior_net_profit
    missing = list(inputs.missing)
    if total_assets_usd is None:
        missing.append("total_assets_usd")
    if prior_net_profit is None:
        missing.append("net_profit of the prior year")
    if missing or total_assets_usd is None or prior_net_profit is None:
        status = Status.MISSING_INPUT if inputs.status.has_value else inputs.status
        return OhlsonResult(
            CODE,
            None,
            status,
            inputs_used=used,
            missing=tuple(missing),
            reasons=inputs.reasons,
        )
    if statement.is_non_comparable:
        return OhlsonResult(CODE, None, Status.NON_COMPARABLE, inputs_used=used)
    assets, debts = inputs["total_assets"], inputs["total_liabilities"]
    current_assets = inputs["total_current_assets"]
    bottoms = (assets, debts, current_assets, total_assets_usd)
    if min(bottoms) <= 0:
        bad = Status.ZERO_DENOMINATOR if min(bottoms) == 0 else Status.NEGATIVE_DENOMINATOR
        return OhlsonResult(CODE, None, bad, inputs_used=used)
    profit = inputs["net_profit"]
    movement = abs(profit) + abs(prior_net_profit)
    variables = {
        "size": Decimal(repr(math.log(total_assets_usd / price_index))),
        "tl_ta": debts / assets,
        "wc_ta": (current_assets - inputs["total_current_liabilities"]) / assets,
        "cl_ca": inputs["total_current_liabilities"] / current_assets,
        "oeneg": ONE if debts > assets else ZERO,
        "ni_ta": profit / assets,
        "futl": (profit + inputs["da"]) / debts,
        "intwo": ONE if profit < 0 and prior_net_profit < 0 else ZERO,
        "chin": (profit - prior_net_profit) / movement if movement else ZERO,
    }
    terms = [Term("constant", None, CONSTANT, CONSTANT)]
    terms += [Term(n, variables[n], c, variables[n] * c) for n, c in COEFFICIENTS.items()]
    value = sum((t.contribution for t in terms if t.contribution is not None), ZERO)
    probability = to_probability(value)
    return OhlsonResult(
        CODE,
        value,
        inputs.status,
        band=_band(probability),
        terms=tuple(terms),
        inputs_used=used,
        reasons=(*inputs.reasons, Reason("PROBABILITY", {"p": probability})),
        probability=probability,
    )


def to_probability(logit: Decimal) -> Decimal:
    """Turn a logit into a probability, safe at both ends.

    >>> to_probability(Decimal(0))
    Decimal('0.5')
    """
    return ONE / (ONE + (-max(Decimal(-700), min(Decimal(700), logit))).exp())


def _band(probability: Decimal) -> str:
    if probability > DISTRESS_P:
        return "distress"
    return "watch" if probability >= WATCH_P else "pass"
