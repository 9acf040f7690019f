"""Financial component (9.4): sub-scores of the classic models, weighed, and shrunk by distrust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from scoring.domain.curves import Knots, interpolate, knots
from scoring.domain.models import altman
from scoring.domain.models.bathory import BathoryResult
from scoring.domain.models.ohlson import OhlsonResult
from scoring.domain.models.risk_index import RiskIndexResult
from scoring.domain.results import ONE, ZERO, Reason, ScoreResult, Status, Term
from scoring.domain.statements.periods import decay_component
from scoring.domain.statements.reliability import adjust_for_reliability

CODE = "financial"

CURVES: Mapping[str, Knots] = {
    altman.Z_PRIME: knots((0, 0), ("1.23", 40), ("2.90", 65), (4, 80), (6, 100)),
    altman.Z_1968: knots((0, 0), ("1.81", 40), ("2.99", 65), ("4.5", 85), (7, 100)),
    altman.Z_DOUBLE_PRIME: knots(
        (-2, 0), (0, 20), ("1.1", 40), ("2.6", 60), (4, 75), ("5.5", 90), (8, 100)
    ),
    "bathory": knots((-1, 0), (0, 20), (1, 45), (2, 60), (4, 80), (8, 100)),
    "ohlson": knots(
        (0, 100), (".01", 90), (".05", 70), (".10", 55), (".25", 35), (".5", 15), (1, 0)
    ),
    "wall": knots((50, 0), (100, 60), (130, 90), (150, 100)),
}


@dataclass(frozen=True)
class FinancialPolicy:
    """Weights of the sub-scores (sum 100) and the least weight that must be there."""

    weights: Mapping[str, Decimal] = field(
        default_factory=lambda: {
            "z": Decimal(30),
            "cri": Decimal(30),
            "bathory": Decimal(10),
            "ohlson": Decimal(15),
            "wall": Decimal(15),
        }
    )
    min_weight: Decimal = Decimal(50)
    version: str = "financial/1.0"


DEFAULT_POLICY = FinancialPolicy()


def map_subscores(
    *,
    z: ScoreResult | None = None,
    risk_index: RiskIndexResult | None = None,
    bathory: BathoryResult | None = None,
    ohlson: OhlsonResult | None = None,
    wall_modern: ScoreResult | None = None,
    curves: Mapping[str, Knots] = CURVES,
) -> dict[str, Decimal | None]:
    """Map model results to sub-scores 0 to 100; ``None`` for a model without a value.

    ``z`` is the routed member of the Altman family; the curve is that of its own form.
    """
    return {
        "z": _read(z, curves.get(z.model) if z else None),
        "cri": risk_index.strength if risk_index else None,
        "bathory": _read(bathory, curves["bathory"]),
        "ohlson": (
            interpolate(ohlson.probability, curves["ohlson"])
            if ohlson and ohlson.probability is not None
            else None
        ),
        "wall": _read(wall_modern, curves["wall"]),
    }


def compute_financial(
    subscores: Mapping[str, Decimal | None],
    *,
    reliability: Decimal = ONE,
    age_months: int = 0,
    policy: FinancialPolicy = DEFAULT_POLICY,
) -> ScoreResult:
    """Weigh the sub-scores into the component, 0 to 100, higher is better.

    Missing sub-scores are dropped and weights renormalised; with less than ``policy.min_weight`` of
    weight left there is no component. A score above 50 is then shrunk by ``reliability`` and
    decayed by the statement's age (past 18 months: ``stale``, no value). A reliability of 0 (adverse
    or disclaimed opinion) gives no component either (0.1).

    >>> result = compute_financial({"z": Decimal(60), "cri": Decimal(70)})
    >>> result.value, [t.name for t in result.terms]
    (Decimal('65'), ['z', 'cri'])
    >>> compute_financial({"z": Decimal(60)}).status.value
    'missing_input'
    """
    available = [
        (name, score, policy.weights.get(name, ZERO))
        for name, score in subscores.items()
        if score is not None and policy.weights.get(name)
    ]
    missing = tuple(name for name in policy.weights if subscores.get(name) is None)
    total = sum((weight for _, _, weight in available), ZERO)
    if total < policy.min_weight or not total:
        reason = Reason("TOO_FEW_SUBSCORES", {"weight": total, "needed": policy.min_weight})
        return ScoreResult(
            CODE,
            None,
            Status.MISSING_INPUT,
            missing=missing,
            reasons=(reason,),
            formula_version=policy.version,
        )
    terms = tuple(Term(n, score, w / total, score * w / total) for n, score, w in available)
    raw = sum((t.contribution for t in terms if t.contribution is not None), ZERO)
    reasons = []
    if reliability < 1 and raw > 50:
        reasons.append(Reason("SHRUNK_FOR_RELIABILITY", {"reliability": reliability, "raw": raw}))
    value = decay_component(adjust_for_reliability(raw, reliability), age_months)
    status = Status.OK_WITH_GUARD if missing or reasons else Status.OK
    if reliability == 0:
        value, status = None, Status.NOT_APPLICABLE
        reasons = [Reason("STATEMENT_NOT_RELIABLE")]
    elif value is None:
        status = Status.STALE
        reasons = [Reason("STATEMENT_STALE", {"age_months": age_months})]
    elif age_months > 12:
        reasons.append(Reason("DECAYED_FOR_AGE", {"age_months": age_months}))
    return ScoreResult(
        CODE,
        value,
        status,
        terms=terms,
        inputs_used=dict(subscores),
        missing=missing,
        reasons=tuple(reasons),
        formula_version=policy.version,
    )


def _read(result: ScoreResult | None, curve: Knots | None) -> Decimal | None:
    if result is None or result.value is None or curve is None:
        return None
    return interpolate(result.value, curve)
