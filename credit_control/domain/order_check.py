"""The order check: may this order ship on credit, why not, and what least change would let it.

Facts in, decision out (process specification D.3). The worst rule decides; a technical failure
blocks, always. `decide` is the only way in for services; the parts are in `order_facts` (what is
looked at), `order_rules` (the verdicts) and `remedies` (the ways out).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from credit_control.domain.exposure import Exposure
from credit_control.domain.order_facts import (
    ExpectedReceipt,
    GroupFacts,
    InsuranceFacts,
    OrderCheckPolicy,
    OrderFacts,
    OrderTerms,
    Outcome,
    OverdueItem,
    Result,
    RuleCode,
    Signal,
    read_order_check_policy,
)
from credit_control.domain.order_rules import OrderRules, RuleResult, worst_outcome
from credit_control.domain.remedies import Remedy, RemedyKind, find_remedies

__all__ = [
    "Decision",
    "ExpectedReceipt",
    "GroupFacts",
    "InsuranceFacts",
    "OrderCheckPolicy",
    "OrderFacts",
    "OrderTerms",
    "Outcome",
    "OverdueItem",
    "Remedy",
    "RemedyKind",
    "Result",
    "RuleCode",
    "RuleResult",
    "Signal",
    "decide",
    "read_order_check_policy",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: outcome, every rule's result, exposure before and with the order, ways out.

    `shortfall` is the largest excess over an amount ceiling among the blocking rules. `headroom` is
    effective limit less gross exposure before the order, None without a limit. Remedies exist for
    blocked orders only, and there may be none.
    """

    outcome: Outcome
    rules: tuple[RuleResult, ...]
    exposure: Exposure
    gross_with_order: Decimal
    net_with_order: Decimal
    headroom: Decimal | None
    shortfall: Decimal
    remedies: tuple[Remedy, ...] = ()

    @property
    def reasons(self) -> tuple[RuleResult, ...]:
        """The rules that did not pass."""
        return tuple(rule for rule in self.rules if rule.result is not Result.PASS)


def decide(
    facts: OrderFacts, policy: OrderCheckPolicy | None = None, *, with_remedies: bool = True
) -> Decision:
    """Decide whether an order may ship on credit.

    >>> from datetime import date
    >>> from credit_control.domain.exposure import ExposureFacts
    >>> facts = OrderFacts(date(2025, 9, 1), OrderTerms(Decimal(60), date(2025, 9, 16)),
    ...                    ExposureFacts(open_items=Decimal(50)), limit_total=Decimal(100),
    ...                    risk_class=2)
    >>> decision = decide(facts)
    >>> decision.outcome, decision.shortfall
    (<Outcome.BLOCKED: 'BLOCKED'>, Decimal('10.00'))
    >>> [(remedy.kind.value, remedy.amount) for remedy in decision.remedies if remedy.amount]
    [('REDUCE_ORDER', Decimal('50.00')), ('TEMPORARY_LIMIT', Decimal('10.00'))]
    """
    policy = policy or OrderCheckPolicy()
    check = OrderRules(facts, policy)
    rules = tuple(check.results())
    outcome = worst_outcome(rules)
    remedies: tuple[Remedy, ...] = ()
    if outcome is Outcome.BLOCKED and with_remedies:
        remedies = find_remedies(facts, policy, rules)
    blocking = (rule.excess for rule in rules if rule.result is Result.BLOCK)
    return Decision(
        outcome=outcome,
        rules=rules,
        exposure=check.exposure,
        gross_with_order=check.gross_with_order,
        net_with_order=check.net_with_order,
        headroom=None if facts.limit_total is None else facts.limit_total - check.exposure.gross,
        shortfall=max(blocking, default=check.money(Decimal(0))),
        remedies=remedies,
    )
