"""Market scorecard (市场评分卡; section 12.1): is this market worth a programme?

Ten indicators in steps 1 to 5, filled in on site by an account manager and a risk manager. The
factors are those of the literature; weights, anchors and cuts are house defaults.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from scoring.domain.markets.scorecard import CardResult, score_card, with_decision
from scoring.domain.results import Reason

CODE = "market_scorecard"
WEIGHTS: Mapping[str, Decimal] = {
    "annual_volume": Decimal(15),
    "volume_growth": Decimal(5),
    "years_operating": Decimal(10),
    "scale": Decimal(10),
    "occupancy": Decimal(15),
    "footfall_reach": Decimal(10),
    "control_power": Decimal(15),
    "credit_enhancement": Decimal(10),
    "site_tenure": Decimal(5),
    "region_record": Decimal(5),
}
INDICATORS = tuple(WEIGHTS)
WORST = 1
# Answers that reject on their lowest step; the last one only when both stand there.
ALONE = ("occupancy", "years_operating")
TOGETHER = ("control_power", "credit_enhancement")
KNOCK_OUTS = tuple(f"KO-0{n}" for n in range(1, 8))


class MarketDecision(StrEnum):
    """What becomes of a market."""

    PRIORITY = "PRIORITY"
    ADMIT_WITH_MITIGATION = "ADMIT_WITH_MITIGATION"
    REJECT = "REJECT"


@dataclass(frozen=True)
class MarketPolicy:
    """The weights, and the scores from which a market is admitted and preferred."""

    weights: Mapping[str, Decimal] = field(default_factory=lambda: WEIGHTS)
    admit_from: Decimal = Decimal(60)
    priority_from: Decimal = Decimal(75)


STANDARD = MarketPolicy()


@dataclass(frozen=True)
class MarketFacts:
    """What rejects beside the answers: a notice to move or demolish, knock-outs of the operator."""

    has_removal_notice: bool = False
    knock_outs: Collection[str] = ()


NO_FACTS = MarketFacts()


def score_market(
    answers: Mapping[str, int | None],
    facts: MarketFacts = NO_FACTS,
    *,
    policy: MarketPolicy = STANDARD,
) -> CardResult:
    """Score a market and decide. A hard reject decides even while answers are missing.

    Raises:
        InvalidStep: an answer outside 1 to 5, or to an unknown indicator.

    >>> steps = dict(zip(INDICATORS, (4, 3, 5, 4, 5, 3, 4, 2, 4, 3), strict=True))
    >>> result = score_market(steps)
    >>> str(result.value), str(result.decision)
    ('71.25', 'ADMIT_WITH_MITIGATION')
    >>> str(score_market(steps | {"occupancy": 1}).decision)
    'REJECT'
    """
    result = score_card(CODE, answers, policy.weights)
    rejects = tuple(_list_rejects(answers, facts))
    return with_decision(result, _decide(result.value, rejects, policy), rejects)


def next_decision(
    result: CardResult, *, policy: MarketPolicy = STANDARD
) -> tuple[MarketDecision, Decimal] | None:
    """Return the better decision next above a score, and from which score it holds."""
    if result.value is None or result.value >= policy.priority_from:
        return None
    if result.value >= policy.admit_from:
        return MarketDecision.PRIORITY, policy.priority_from
    return MarketDecision.ADMIT_WITH_MITIGATION, policy.admit_from


def _decide(
    value: Decimal | None, rejects: tuple[Reason, ...], policy: MarketPolicy
) -> MarketDecision | None:
    if rejects:
        return MarketDecision.REJECT
    if value is None:
        return None
    if value >= policy.priority_from:
        return MarketDecision.PRIORITY
    if value >= policy.admit_from:
        return MarketDecision.ADMIT_WITH_MITIGATION
    return MarketDecision.REJECT


def _list_rejects(answers: Mapping[str, int | None], facts: MarketFacts) -> list[Reason]:
    rejects = [Reason(f"MARKET_{name.upper()}") for name in ALONE if answers.get(name) == WORST]
    if all(answers.get(name) == WORST for name in TOGETHER):
        rejects.append(Reason("MARKET_NO_CONTROL"))
    if facts.has_removal_notice:
        rejects.append(Reason("MARKET_REMOVAL_NOTICE"))
    rejects += [
        Reason("OPERATOR_KNOCKED_OUT", {"override": code})
        for code in KNOCK_OUTS
        if code in facts.knock_outs
    ]
    return rejects
