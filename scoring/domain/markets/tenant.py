"""Tenant scorecard (客户评分卡; section 12.2): is this small buyer of a market good for credit?

Nine indicators in steps 1 to 5; 60 passes. Steps 2 and 4 lie between the anchors of 1, 3 and 5.
The knock-outs of 9.5 reject, whatever the score.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from scoring.domain.markets.market import KNOCK_OUTS
from scoring.domain.markets.scorecard import CardResult, score_card, with_decision
from scoring.domain.results import Reason

CODE = "tenant_scorecard"
WEIGHTS: Mapping[str, Decimal] = {
    "years_in_market": Decimal(15),
    "stall_right": Decimal(10),
    "turnover": Decimal(15),
    "margin_trend": Decimal(10),
    "rent_fee_payment": Decimal(15),
    "credit_history": Decimal(15),
    "net_assets": Decimal(10),
    "personal": Decimal(5),
    "stability": Decimal(5),
}
INDICATORS = tuple(WEIGHTS)
PASS_FROM = Decimal(60)


class TenantDecision(StrEnum):
    """What the card says of a tenant; admission is another question (`batch_admission`)."""

    PASS = "PASS"  # noqa: S105 (the tenant's, no password)
    FAIL = "FAIL"


@dataclass(frozen=True)
class TenantPolicy:
    """The weights and the score from which a tenant passes."""

    weights: Mapping[str, Decimal] = field(default_factory=lambda: WEIGHTS)
    pass_from: Decimal = PASS_FROM


STANDARD = TenantPolicy()


def score_tenant(
    answers: Mapping[str, int | None],
    knock_outs: Collection[str] = (),
    *,
    policy: TenantPolicy = STANDARD,
) -> CardResult:
    """Score a tenant and tell whether the card is passed.

    Raises:
        InvalidStep: an answer outside 1 to 5, or to an unknown indicator.

    >>> steps = dict(zip(INDICATORS, (4, 5, 3, 3, 5, 4, 3, 5, 3), strict=True))
    >>> result = score_tenant(steps)
    >>> str(result.value), str(result.decision)
    ('72.50', 'PASS')
    """
    result = score_card(CODE, answers, policy.weights)
    rejects = tuple(
        Reason("TENANT_KNOCKED_OUT", {"override": code})
        for code in KNOCK_OUTS
        if code in knock_outs
    )
    if rejects:
        decision: TenantDecision | None = TenantDecision.FAIL
    elif result.value is None:
        decision = None
    else:
        passes = result.value >= policy.pass_from
        decision = TenantDecision.PASS if passes else TenantDecision.FAIL
    return with_decision(result, decision, rejects)
