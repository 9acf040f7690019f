"""The rules R01 to R22 of the order check, each a verdict on facts against a threshold.

Source: process specification D.3. Every rule is evaluated, none is skipped because another failed,
so that a person sees every reason. "At most" passes: a value equal to its threshold is inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from common.dates import add_months
from common.money import minor_units, round_half_up
from credit_control.domain.class_policy import risk_rank
from credit_control.domain.exposure import apply_mitigants, compute_exposure
from credit_control.domain.order_facts import (
    BLOCKED_STATES,
    OrderCheckPolicy,
    OrderFacts,
    Outcome,
    Result,
    RuleCode,
    Signal,
)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule found: the value it saw and the threshold it used, as shown and stored.

    `params` holds what a sentence needs beside those two (item, days, group …). `excess` is how far
    an amount lies above its ceiling, 0 when it does not.
    """

    code: RuleCode
    result: Result
    value: str
    threshold: str
    params: Mapping[str, str] = field(default_factory=dict)
    excess: Decimal = Decimal(0)


def evaluate(facts: OrderFacts, policy: OrderCheckPolicy) -> Outcome:
    """Return the outcome alone, without looking for remedies."""
    return worst_outcome(tuple(OrderRules(facts, policy).results()))


def worst_outcome(rules: tuple[RuleResult, ...]) -> Outcome:
    """Return the outcome that the worst result stands for; nothing evaluated is RELEASED."""
    found = {rule.result for rule in rules}
    if Result.BLOCK in found:
        return Outcome.BLOCKED
    return Outcome.RELEASED_WARNING if Result.WARN in found else Outcome.RELEASED


class OrderRules:
    """One evaluation: the figures several rules share, and one method per rule."""

    def __init__(self, facts: OrderFacts, policy: OrderCheckPolicy) -> None:
        self.facts = facts
        self.policy = policy
        self.currency = facts.exposure.currency
        self._digits = minor_units(self.currency)
        self.exposure = compute_exposure(facts.exposure, as_of=facts.as_of)
        self.gross_with_order = self.exposure.gross + facts.order.value
        _, self.net_with_order = apply_mitigants(
            self.gross_with_order, facts.exposure.mitigants, self.currency
        )
        self.undisputed = [item for item in facts.overdue_items if not item.is_disputed]

    def money(self, amount: Decimal) -> Decimal:
        return round_half_up(amount, self._digits)

    def results(self) -> Iterator[RuleResult]:
        rules: tuple[tuple[RuleCode, Callable[[], RuleResult | None]], ...] = (
            (RuleCode.TECHNICAL, self.technical),
            (RuleCode.R01, self.status),
            (RuleCode.R02, self.limit_validity),
            (RuleCode.R03, self.static_limit),
            (RuleCode.R04, self.dynamic_limit),
            (RuleCode.R05, self.net_limit),
            (RuleCode.R06, self.group_limit),
            (RuleCode.R07, self.document_value),
            (RuleCode.R08, self.oldest_item),
            (RuleCode.R09, self.overdue_share),
            (RuleCode.R10, self.overdue_and_utilisation),
            (RuleCode.R11, self.dunning_level),
            (RuleCode.R12, self.payment_terms),
            (RuleCode.R13, self.review_date),
            (RuleCode.R14, self.risk_class),
            (RuleCode.R15, self.insurance),
            (RuleCode.R16, self.signal),
            (RuleCode.R17, self.promises),
            (RuleCode.R18, self.rate_age),
            (RuleCode.R19, self.documents),
            (RuleCode.R20, self.concentration),
            (RuleCode.R21, self.dormancy),
            (RuleCode.R22, self.legal_terms),
        )
        for code, rule in rules:
            # Missing facts must block whatever the policy says.
            if code is RuleCode.TECHNICAL or code not in self.policy.inactive:
                found = rule()
                if found is not None:
                    yield found

    def _rule(
        self,
        code: RuleCode,
        passes: bool,
        value: object,
        threshold: object,
        params: Mapping[str, str] | None = None,
    ) -> RuleResult:
        result = Result.PASS if passes else self.policy.action_of(code)
        return RuleResult(code, result, str(value), str(threshold), params or {})

    def _ceiling(
        self,
        code: RuleCode,
        value: Decimal,
        ceiling: Decimal,
        params: Mapping[str, str] | None = None,
    ) -> RuleResult:
        value, ceiling = self.money(value), self.money(ceiling)
        excess = max(self.money(Decimal(0)), value - ceiling)
        result = self.policy.action_of(code) if excess else Result.PASS
        return RuleResult(code, result, str(value), str(ceiling), params or {}, excess)

    # -- R01 … R22 --

    def technical(self) -> RuleResult | None:
        failures = self.facts.technical_failures
        if not failures:
            return None
        return RuleResult(RuleCode.TECHNICAL, Result.BLOCK, ", ".join(failures), "OK")

    def status(self) -> RuleResult:
        state = self.facts.customer_state
        return self._rule(RuleCode.R01, state not in BLOCKED_STATES, state, "ACTIVE")

    def limit_validity(self) -> RuleResult:
        if self.facts.limit_total is None:
            return self._rule(RuleCode.R02, False, "NO_LIMIT", "LIMIT")
        last_day = self.facts.limit_valid_through
        if last_day is None:
            return self._rule(RuleCode.R02, True, "OPEN_ENDED", self.policy.limit_grace_days)
        days = (self.facts.as_of - last_day).days
        grace = self.policy.limit_grace_days
        params = {"valid_through": last_day.isoformat()}
        return self._rule(RuleCode.R02, days <= grace, days, grace, params)

    def static_limit(self) -> RuleResult | None:
        if self.facts.limit_total is None:
            return None
        ceiling = self.facts.limit_total * (100 + self.policy.static_tolerance_pct) / 100
        return self._ceiling(RuleCode.R03, self.gross_with_order, ceiling)

    def dynamic_limit(self) -> RuleResult | None:
        if self.facts.limit_total is None:
            return None
        last_day = self.facts.as_of + timedelta(days=self.policy.horizon_days)
        later = sum(
            (o.open_value for o in self.facts.exposure.open_orders if o.ship_date > last_day),
            Decimal(0),
        )
        own = self.facts.order.value if self.facts.order.ship_date <= last_day else Decimal(0)
        ceiling = self.facts.limit_total * (100 + self.policy.dynamic_tolerance_pct) / 100
        params = {"horizon": last_day.isoformat()}
        return self._ceiling(RuleCode.R04, self.exposure.gross - later + own, ceiling, params)

    def net_limit(self) -> RuleResult | None:
        if self.facts.limit_total is None or self.facts.limit_unsecured is None:
            return None
        return self._ceiling(RuleCode.R05, self.net_with_order, self.facts.limit_unsecured)

    def group_limit(self) -> RuleResult | None:
        if not self.facts.groups:
            return None
        tightest = min(self.facts.groups, key=lambda group: group.limit - group.gross)
        value = tightest.gross + self.facts.order.value
        return self._ceiling(RuleCode.R06, value, tightest.limit, {"group": tightest.code})

    def document_value(self) -> RuleResult:
        maximum = self.policy.max_document_value
        if self.facts.order.is_first:
            maximum *= self.policy.first_order_share
        return self._ceiling(RuleCode.R07, self.facts.order.value, maximum)

    def oldest_item(self) -> RuleResult:
        counted = [i for i in self.undisputed if i.amount >= self.policy.min_item_amount]
        oldest = max(counted, key=lambda item: item.days, default=None)
        days = oldest.days if oldest else 0
        params = {"item": oldest.id} if oldest else {}
        maximum = self.policy.max_overdue_days
        return self._rule(RuleCode.R08, days <= maximum, days, maximum, params)

    def overdue_share(self) -> RuleResult:
        late = sum(
            (i.amount for i in self.undisputed if i.days > self.policy.overdue_share_days),
            Decimal(0),
        )
        total = self.facts.receivables_total
        share = round_half_up(late * 100 / total if total > 0 else Decimal(0), 2)
        maximum = round_half_up(self.policy.max_overdue_share_pct, 2)
        params = {"days": str(self.policy.overdue_share_days), "amount": str(self.money(late))}
        return self._rule(RuleCode.R09, share <= maximum, share, maximum, params)

    def overdue_and_utilisation(self) -> RuleResult:
        overdue = self.money(sum((item.amount for item in self.undisputed), Decimal(0)))
        used = self.utilisation_pct()
        amount = self.money(self.policy.max_overdue_amount)
        share = round_half_up(self.policy.utilisation_threshold_pct, 2)
        fails = overdue > amount and (used is None or used > share)
        shown = f"{overdue}|{'∞' if used is None else used}"
        return self._rule(RuleCode.R10, not fails, shown, f"{amount}|{share}")

    def utilisation_pct(self) -> Decimal | None:
        """Use of the limit before this order; 0 without a limit, None when a limit of 0 is used."""
        limit = self.facts.limit_total
        if limit is None or (limit <= 0 and self.exposure.gross <= 0):
            return round_half_up(Decimal(0), 2)
        return None if limit <= 0 else round_half_up(self.exposure.gross * 100 / limit, 2)

    def dunning_level(self) -> RuleResult:
        level, stop = self.facts.dunning_level, self.policy.block_at_dunning_level
        return self._rule(RuleCode.R11, level < stop, level, stop)

    def payment_terms(self) -> RuleResult:
        order = self.facts.order
        passes = (
            order.term_rank <= self.facts.approved_term_rank
            and order.discount_rank <= self.facts.approved_discount_rank
        )
        return self._rule(RuleCode.R12, passes, order.term_rank, self.facts.approved_term_rank)

    def review_date(self) -> RuleResult | None:
        if self.facts.next_review is None:
            return None
        late = (self.facts.as_of - self.facts.next_review).days
        grace = self.policy.review_grace_days
        params = {"next_review": self.facts.next_review.isoformat()}
        if 0 < late <= grace:
            return RuleResult(RuleCode.R13, Result.WARN, str(late), str(grace), params)
        return self._rule(RuleCode.R13, late <= 0, late, grace, params)

    def risk_class(self) -> RuleResult:
        maximum = self.policy.max_risk_class
        last_day = self.facts.rating_valid_through
        if last_day is not None and self.facts.as_of > last_day:
            params = {"valid_through": last_day.isoformat()}
            return self._rule(RuleCode.R14, False, "EXPIRED", maximum, params)
        given = self.facts.risk_class
        rank = risk_rank(given)
        return self._rule(RuleCode.R14, rank <= maximum, rank if given is None else given, maximum)

    def insurance(self) -> RuleResult | None:
        cover = self.facts.insurance
        if cover is None:
            return None
        stop = max((item.days for item in self.facts.overdue_items), default=0)
        if not cover.is_in_force:
            return self._rule(RuleCode.R15, False, "NOT_IN_FORCE", "OK")
        if self.facts.order.term_days > cover.max_term_days:
            params = {"max_term_days": str(cover.max_term_days)}
            return self._rule(RuleCode.R15, False, "TERM", "OK", params)
        if stop > cover.stop_shipment_days:
            params = {"days": str(stop), "stop_shipment_days": str(cover.stop_shipment_days)}
            return self._rule(RuleCode.R15, False, "STOP_SHIPMENT", "OK", params)
        return self._rule(RuleCode.R15, True, "OK", "OK")

    def signal(self) -> RuleResult:
        worst = self.facts.worst_signal
        result = {Signal.NONE: Result.PASS, Signal.AMBER: Result.WARN, Signal.RED: Result.BLOCK}
        return RuleResult(RuleCode.R16, result[worst], worst.value, Signal.AMBER.value)

    def promises(self) -> RuleResult:
        broken, stop = self.facts.broken_promises, self.policy.block_at_broken_promises
        return self._rule(RuleCode.R17, broken < stop, broken, stop)

    def rate_age(self) -> RuleResult | None:
        age = self.facts.rate_age_days
        if age is None:
            return None
        maximum = self.policy.max_rate_age_days
        return self._rule(RuleCode.R18, age <= maximum, age, maximum)

    def documents(self) -> RuleResult | None:
        expired = self.facts.expired_documents
        if expired is None:
            return None
        params = {"documents": ", ".join(expired)}
        return self._rule(RuleCode.R19, not expired, len(expired), 0, params)

    def concentration(self) -> RuleResult | None:
        if self.facts.concentration_pct is None:
            return None
        share = round_half_up(self.facts.concentration_pct, 2)
        maximum = round_half_up(self.policy.max_concentration_pct, 2)
        return self._rule(RuleCode.R20, share <= maximum, share, maximum)

    def dormancy(self) -> RuleResult | None:
        last = self.facts.last_turnover_date
        if last is None:
            return None
        ends = add_months(last, self.policy.dormancy_months)
        passes = self.facts.as_of < ends
        return self._rule(RuleCode.R21, passes, last.isoformat(), self.policy.dormancy_months)

    def legal_terms(self) -> RuleResult | None:
        errors = self.facts.term_error_codes
        if errors is None:
            return None
        return self._rule(RuleCode.R22, not errors, ", ".join(errors) or "OK", "OK")
