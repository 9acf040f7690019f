"""Every model of one customer on one day, and what they add up to: the one registry.

``evaluate_models`` takes facts and a policy and gives each model's result by its code, the financial
component, the composite rating and the suggested limit. A model that cannot be computed says why;
nothing here raises for what a statement holds. Pages, API and jobs all call this.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from common.errors import InvalidInput
from scoring.domain.limits.limit_methods import WA_CHARACTERISTIC, WORKING_ASSETS
from scoring.domain.limits.limits import LimitDecision, decide_limit, get_limit_factor
from scoring.domain.models import (
    altman,
    bathory,
    characteristics,
    five_c,
    ohlson,
    risk_index,
    wall,
    working_assets,
)
from scoring.domain.payment import behaviour
from scoring.domain.profile import Profile
from scoring.domain.rating.composite import Components, Rating, RatingFacts, rate
from scoring.domain.rating.financial import compute_financial, map_subscores
from scoring.domain.rating.overrides import list_overrides
from scoring.domain.rating.registry import MODEL_CODES, STATEMENT_MODELS, Case
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY, ScoringPolicy
from scoring.domain.results import ONE, ZERO, Reason, ScoreResult, Status
from scoring.domain.statements.derived import derive
from scoring.domain.statements.periods import count_whole_months, decay_component
from scoring.domain.statements.statements import AuditOpinion, Statement
from scoring.domain.statements.years import arrange_years

__all__ = [
    "DEFAULT_POLICY",
    "MODEL_CODES",
    "Evaluation",
    "ScoringPolicy",
    "UnknownModel",
    "evaluate_models",
]

TEN_THOUSAND = Decimal(10_000)
ADVERSE = (AuditOpinion.ADVERSE, AuditOpinion.DISCLAIMER)


class UnknownModel(InvalidInput):
    """No model has this code."""

    code = "UNKNOWN_MODEL"


@dataclass(frozen=True)
class Evaluation:
    """The results by model code, and what they add up to.

    ``z_model`` is the form of the Altman family that counts (A-7), ``None`` where none applies.
    ``statement`` and ``prior`` are the two years as they were read, flows of twelve months.
    ``suggested_limit`` is in single units of the statement's currency, rounded to the house's steps;
    ``None`` without a grade or a balance sheet. ``limit`` says how it came about.
    """

    models: Mapping[str, ScoreResult]
    z_model: str | None
    subscores: Mapping[str, Decimal | None]
    financial: ScoreResult
    composite: Rating
    limit: LimitDecision | None
    suggested_limit: Decimal | None
    currency: str
    statement: Statement | None
    prior: Statement | None
    reliability: Decimal | None
    age_months: int


def evaluate_models(
    statements: Sequence[Statement] = (),
    *,
    as_of: date,
    profile: Profile | None = None,
    five_c_answers: Mapping[str, Sequence[five_c.Answer]] | None = None,
    five_c_unsupported: Collection[str] = (),
    five_c_age_months: int = 0,
    characteristic_ratings: Mapping[str, Decimal | int | None] | None = None,
    derives_characteristics: bool = False,
    weight_set: str = characteristics.BALANCED,
    behaviour_facts: behaviour.BehaviourFacts | None = None,
    external: Decimal | None = None,
    facts: RatingFacts | None = None,
    market_cap: Decimal | None = None,
    requested_limit: Decimal | None = None,
    unit: Decimal = ONE,
    usd_rates: Mapping[str, Decimal] | None = None,
    models: Collection[str] | None = None,
    policy: ScoringPolicy = DEFAULT_POLICY,
) -> Evaluation:
    """Evaluate one customer by every model, or only tell those of ``models``.

    ``statements`` come newest first, in one unit: ``unit`` is how many currency units their figures
    count in (10,000 for 万元). ``market_cap`` is in that unit, at ``as_of``; without it the
    statement's own figure serves. ``requested_limit`` is in single currency units. ``usd_rates`` are
    US dollars per unit of currency on the balance-sheet day and come before the policy's.
    ``external`` is the external component (``external.compute_external``). ``facts`` holds what is
    known besides (flags, notches, age); what the other arguments tell is added to it.
    ``derives_characteristics`` rates the traits that follow from other results unless the analyst
    rated them. The composite is that of everything given, whatever ``models`` names.

    Raises:
        UnknownModel: ``models`` names a code that is none of ``MODEL_CODES``.
        InvalidInput: an answer, rating or weight set that does not exist.

    >>> evaluation = evaluate_models(as_of=date(2025, 6, 30), models=["taffler_1983"])
    >>> evaluation.models["taffler_1983"].status.value, evaluation.composite.grade
    ('missing_input', None)
    """
    unknown = set(models or ()) - set(MODEL_CODES)
    if unknown:
        raise UnknownModel(field="models", value=min(unknown))
    profile = profile or Profile()
    rates = {**policy.usd_rates, **(usd_rates or {})}
    case = Case(arrange_years(statements), profile, as_of, policy, market_cap, unit, rates)
    results = _score_statements(case)
    subscores = _map_subscores(results, case)
    answers = _score_answers(five_c_answers, five_c_unsupported, policy)
    payments = _score_payments(behaviour_facts, as_of, policy)
    facts = _gather_facts(facts or RatingFacts(), case, answers, payments)
    traits = dict(characteristic_ratings or {})
    if derives_characteristics:
        derived = _derive_traits(case, subscores, payments, five_c_answers, requested_limit)
        traits = derived | {name: value for name, value in traits.items() if value is not None}
    assets = results[working_assets.CODE]
    traits_result = _score_traits(traits, weight_set, assets, facts, policy)
    results |= {
        five_c.CODE: answers,
        characteristics.CODE: traits_result,
        behaviour.CODE: payments,
    }
    financial = _compute_financial(case, subscores)
    composite = rate(
        Components(
            financial=financial.value,
            behaviour=payments.value,
            qualitative=decay_component(answers.value, five_c_age_months),
            external=external,
        ),
        facts,
        as_of=as_of,
        policy=policy.composite,
        calibration=policy.calibration,
    )
    limit = _suggest_limit(assets, traits_result, composite, unit)
    chosen = MODEL_CODES if models is None else [code for code in MODEL_CODES if code in models]
    now = case.years.now
    return Evaluation(
        models={code: results[code] for code in chosen},
        z_model=altman.route_altman(profile),
        subscores=subscores,
        financial=financial,
        composite=composite,
        limit=limit,
        suggested_limit=limit.total if limit else None,
        currency=now.currency if now else "CNY",
        statement=now,
        prior=case.years.prior,
        reliability=case.reliability if now else None,
        age_months=case.age_months,
    )


def _score_statements(case: Case) -> dict[str, ScoreResult]:
    if case.years.now is None:
        return {code: _without(code, "statements", "NO_STATEMENT") for code in STATEMENT_MODELS}
    return {
        code: _tell_annualised(compute(case), case.years.now)
        for code, compute in STATEMENT_MODELS.items()
    }


def _tell_annualised(result: ScoreResult, statement: Statement) -> ScoreResult:
    """Say of a result that its flows were scaled to twelve months (E6)."""
    is_scaled = statement.flow_status is Status.OK_WITH_GUARD
    reads_flows = result.model != working_assets.CODE
    if not (is_scaled and reads_flows and result.status.has_value):
        return result
    reason = Reason("FLOWS_ANNUALISED", {"months": statement.months})
    return replace(result, reasons=(*result.reasons, reason))


def _without(code: str, what: str, reason: str) -> ScoreResult:
    return ScoreResult(code, None, Status.MISSING_INPUT, missing=(what,), reasons=(Reason(reason),))


def _map_subscores(results: Mapping[str, ScoreResult], case: Case) -> dict[str, Decimal | None]:
    route = altman.route_altman(case.profile)
    index, sums = results[risk_index.CODE], results[bathory.CODE]
    logit = results[ohlson.CODE]
    return map_subscores(
        z=results[route] if route else None,
        risk_index=index if isinstance(index, risk_index.RiskIndexResult) else None,
        bathory=sums if isinstance(sums, bathory.BathoryResult) else None,
        ohlson=logit if isinstance(logit, ohlson.OhlsonResult) else None,
        wall_modern=results[wall.MODERN_CODE],
        curves=case.policy.curves,
    )


def _score_answers(
    answers: Mapping[str, Sequence[five_c.Answer]] | None,
    unsupported: Collection[str],
    policy: ScoringPolicy,
) -> ScoreResult:
    if not answers:
        return _without(five_c.CODE, "five_c", "NO_ASSESSMENT")
    return five_c.score_five_c(answers, weights=policy.five_c_weights, unsupported=unsupported)


def _score_payments(
    facts: behaviour.BehaviourFacts | None, as_of: date, policy: ScoringPolicy
) -> ScoreResult:
    if facts is None or not facts.pieces:
        return _without(behaviour.CODE, "pieces", "NO_PAYMENTS")
    return behaviour.score_behaviour(facts, as_of=as_of, policy=policy.behaviour)


def _gather_facts(
    facts: RatingFacts, case: Case, answers: ScoreResult, payments: ScoreResult
) -> RatingFacts:
    founded, now = case.profile.founded, case.years.now
    has_veto = isinstance(answers, five_c.FiveCResult) and answers.has_veto
    is_late = isinstance(payments, behaviour.BehaviourResult) and payments.has_hard_trigger
    facts = replace(
        facts,
        has_five_c_veto=facts.has_five_c_veto or has_veto,
        has_item_over_90_days=facts.has_item_over_90_days or is_late,
    )
    if facts.age_months is None and founded is not None:
        facts = replace(facts, age_months=count_whole_months(founded, case.as_of))
    if now is None:
        return facts
    return replace(
        facts,
        has_adverse_opinion=facts.has_adverse_opinion or now.audit_opinion in ADVERSE,
        net_worth=derive("net_worth", now).value,
        reliability=case.reliability,
    )


def _derive_traits(
    case: Case,
    subscores: Mapping[str, Decimal | None],
    payments: ScoreResult,
    answers: Mapping[str, Sequence[five_c.Answer]] | None,
    requested_limit: Decimal | None,
) -> dict[str, Decimal | int | None]:
    worth = derive("tangible_net_worth", case.now).value if case.years.now else None
    security = (answers or {}).get("collateral", (None,))[0]
    return {
        **characteristics.derive_characteristics(
            payment_score=payments.value,
            subscores=subscores,
            tangible_net_worth=None if worth is None else worth * case.unit,
            requested_limit=requested_limit,
            security_step=security if isinstance(security, int) else None,
        )
    }


def _score_traits(
    ratings: Mapping[str, Decimal | int | None],
    weight_set: str,
    assets: ScoreResult,
    facts: RatingFacts,
    policy: ScoringPolicy,
) -> ScoreResult:
    is_capped = facts.has_five_c_veto or bool(list_overrides(facts.flags))
    limit = assets.limit if isinstance(assets, working_assets.WorkingAssetsResult) else None
    return characteristics.score_characteristics(
        ratings,
        weight_set=weight_set,
        weight_sets=policy.characteristic_sets,
        base_limit=limit,
        method=policy.characteristic_method,
        is_capped=is_capped,
    )


def _compute_financial(case: Case, subscores: Mapping[str, Decimal | None]) -> ScoreResult:
    if case.years.now is None:
        return _without("financial", "statements", "NO_STATEMENT")
    return compute_financial(
        subscores,
        reliability=case.reliability,
        age_months=case.age_months,
        policy=case.policy.financial,
    )


def _suggest_limit(
    assets: ScoreResult, traits: ScoreResult, rating: Rating, unit: Decimal
) -> LimitDecision | None:
    """Turn the balance sheet's limit and the grade into a suggestion, need and appetite unknown."""
    is_closed = rating.is_limit_zero or rating.is_trading_blocked
    capacity, method = None, WORKING_ASSETS
    if isinstance(assets, working_assets.WorkingAssetsResult):
        capacity = assets.limit
    if isinstance(traits, characteristics.CharacteristicResult) and traits.value is not None:
        capacity, method = traits.corrected_limit, WA_CHARACTERISTIC
    if not is_closed and (capacity is None or rating.grade is None):
        return None
    return decide_limit(
        (capacity or ZERO) * unit,
        need=None,
        limit_factor=get_limit_factor(rating.grade, [method]),
        is_overridden=is_closed,
        unit=TEN_THOUSAND,
    )
