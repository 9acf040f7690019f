"""What the house wants of a limit: which methods count, how they become one, what it dares (10.4, 10.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from scoring.domain.limits.limits import DEFAULT_WEIGHTS, CapacityRule, get_capacity_rule

BY_GRADE = "by_grade"


@dataclass(frozen=True)
class LimitPolicy:
    """The policy in single currency units; ``None`` where the house set no bound.

    ``rule`` is ``by_grade`` (lowest for BB and below and first-timers, else weighted) or one of the
    capacity rules for everybody. ``weights`` names the methods that count, in points. Shares lie in
    0 to 1. ``expected_loss_budget`` is a year's loss that one customer may cost.
    """

    rule: str = BY_GRADE
    weights: Mapping[str, Decimal] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    tnw_share: Decimal = Decimal("0.10")
    turnover_share: Decimal = Decimal("0.05")
    own_equity: Decimal | None = None
    own_receivables: Decimal | None = None
    approver_authority: Decimal | None = None
    expected_loss_budget: Decimal = Decimal(20_000)
    lgd: Decimal = Decimal("0.45")
    small_limit: Decimal = Decimal(500_000)

    def choose_rule(self, grade: str | None, *, is_first_time: bool = False) -> CapacityRule:
        """Return the rule for a customer of this grade.

        >>> LimitPolicy().choose_rule("BBB").value, LimitPolicy(rule="median").choose_rule("B").value
        ('weighted', 'median')
        """
        if self.rule == BY_GRADE:
            return get_capacity_rule(grade, is_first_time=is_first_time)
        return CapacityRule(self.rule)


def read_limit_policy(body: Mapping[str, Any]) -> LimitPolicy:
    """Read the section ``limit`` of a RATING policy; what it does not say is the house default.

    >>> read_limit_policy({"rule": "lowest", "own_equity": "150000000"}).own_equity
    Decimal('150000000')
    """
    given: dict[str, Any] = {
        name: Decimal(str(body[name]))
        for name in (
            "tnw_share", "turnover_share", "own_equity", "own_receivables", "approver_authority",
            "expected_loss_budget", "lgd", "small_limit",
        )
        if body.get(name) is not None
    }  # fmt: skip
    if body.get("weights"):
        given["weights"] = {name: Decimal(str(w)) for name, w in body["weights"].items()}
    rule = body.get("rule")
    if rule in {BY_GRADE, *CapacityRule}:
        given["rule"] = str(rule)
    return LimitPolicy(**given)
