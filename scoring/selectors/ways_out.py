"""The way out in full: what each model, indicator and the ledger would have to show for the next grade.

`explain_rating` tells the least change per component without a query; here the statements and the
ledger are read again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from scoring.domain.models import altman
from scoring.domain.models.risk_index import CODE as RISK_INDEX
from scoring.domain.models.risk_index import RiskIndexResult
from scoring.domain.payment.behaviour import BehaviourFacts, score_behaviour
from scoring.domain.rating import composite
from scoring.domain.rating.scoring_policy import ScoringPolicy
from scoring.domain.rating.ways import IndicatorWay, ModelWay, list_indicator_ways, list_model_ways
from scoring.domain.results import HUNDRED
from scoring.models import Rating
from scoring.selectors.behaviour import get_behaviour
from scoring.selectors.explain import Explanation, explain_rating, read_facts
from scoring.selectors.policy import read_rules
from scoring.selectors.rated_models import RatedModels, evaluate_rating


@dataclass(frozen=True)
class PaidUp:
    """What it would be if nothing open were overdue: the payment score, the score, the grade."""

    behaviour: Decimal
    score: Decimal | None
    grade: str | None


@dataclass(frozen=True)
class FullWays:
    """Per component what alone reaches the next letter; empty where nothing of it would.

    `models` are models of the financial component, `indicators` those of the credit risk index,
    `paid_up` what settling every overdue item does, whether it suffices or not (None: nothing is
    overdue, or nothing is known of the payments).
    """

    models: tuple[ModelWay, ...]
    indicators: tuple[IndicatorWay, ...]
    paid_up: PaidUp | None


def find_ways_out(rating: Rating) -> FullWays:
    """Search the ways out of a rating (some seven queries; the ledger is that of the rating's day)."""
    rules = read_rules(rating.policy.body) if rating.policy else ScoringPolicy()
    explained = explain_rating(rating)
    rated = evaluate_rating(rating)
    models = _list_model_ways(rating, explained, rules)
    strength = next((way.needed_subscore for way in models if way.role == "cri"), None)
    return FullWays(
        models=models,
        indicators=_list_indicators(rated, strength, rules),
        paid_up=_find_paid_up(rating, rules),
    )


def _list_model_ways(
    rating: Rating, explained: Explanation, rules: ScoringPolicy
) -> tuple[ModelWay, ...]:
    way = next((w for w in explained.ways_out if w.name == "financial"), None)
    if way is None or way.needed_raw is None:
        return ()
    there = [m for m in explained.models if m.subscore is not None and m.weight]
    curves = dict(rules.curves)
    curves["z"] = rules.curves[rating.z_model or altman.Z_DOUBLE_PRIME]
    return list_model_ways(
        {m.role: m.subscore for m in there if m.subscore is not None},
        {m.role: m.weight for m in there if m.weight},
        way.needed_raw,
        curves,
    )


def _list_indicators(
    rated: RatedModels | None, strength: Decimal | None, rules: ScoringPolicy
) -> tuple[IndicatorWay, ...]:
    if rated is None or strength is None or strength > HUNDRED:
        return ()
    index = rated.evaluation.models[RISK_INDEX]
    if not isinstance(index, RiskIndexResult):
        return ()
    return list_indicator_ways(rules.benchmarks, index.indicator_scores, strength)


def _find_paid_up(rating: Rating, rules: ScoringPolicy) -> PaidUp | None:
    """Score the payments once more, every item open and overdue paid and gone."""
    stored: Mapping[str, Any] = rating.components
    now, rows = get_behaviour(rating.customer, as_of=rating.as_of, policy=rules.behaviour)
    pieces = [row.piece for row in rows if row.piece is not None]
    settled = [piece for piece in pieces if not piece.is_censored]
    if now.value is None or len(settled) == len(pieces) or not settled:
        return None
    facts = BehaviourFacts(pieces=settled, unjustified_dispute_ratio=now.dispute_ratio)
    result = score_behaviour(facts, as_of=rating.as_of, policy=rules.behaviour)
    if result.value is None:
        return None
    known = {name: _decimal(stored.get(name, {}).get("score")) for name in composite.COMPONENTS}
    improved = composite.rate(
        composite.Components(**{**known, "behaviour": result.value}),
        replace(read_facts(stored["facts"]), has_item_over_90_days=False),
        as_of=rating.as_of,
        policy=rules.composite,
    )
    return PaidUp(result.value, improved.score, improved.grade)


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
