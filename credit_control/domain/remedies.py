"""Ways out of a blocked order: the least change of each kind that lets it pass, proven by the check.

Every kind of change is a lever with a range of whole steps (minor units of money, or one step for
a change that is made or not). The result can only get better as a lever is pulled, so the least
pull that passes is found by halving the range and running the check itself at each step: no second
copy of any rule lives here. When hardly one lever is enough alone, pairs of the
others are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import combinations

from common.money import from_minor, to_minor
from credit_control.domain.exposure import Mitigant, MitigantKind
from credit_control.domain.order_facts import (
    OrderCheckPolicy,
    OrderFacts,
    Outcome,
    OverdueItem,
    Result,
    RuleCode,
    Signal,
)
from credit_control.domain.order_rules import RuleResult, evaluate

_BEYOND_REPAIR = frozenset({RuleCode.TECHNICAL, RuleCode.R01, RuleCode.R14})
"""Blocks that no change of order, payment or limit lifts."""

_HOMEWORK = frozenset({RuleCode.R02, RuleCode.R13, RuleCode.R16})
"""Blocks that we can settle ourselves, without the customer."""

_MOST_PAIRS = 3
_ENOUGH_CHOICES = 2

DEFAULT_TEMPORARY_CAP_PCT = Decimal(30)


class RemedyKind(StrEnum):
    """What can be changed so that the order passes."""

    PAY_OVERDUE = "PAY_OVERDUE"
    PAY_OPEN_ITEMS = "PAY_OPEN_ITEMS"
    DEPOSIT = "DEPOSIT"
    REDUCE_ORDER = "REDUCE_ORDER"
    TEMPORARY_LIMIT = "TEMPORARY_LIMIT"
    SHORTEN_TERM = "SHORTEN_TERM"
    COMPLETE_REVIEW = "COMPLETE_REVIEW"
    RENEW_LIMIT = "RENEW_LIMIT"
    CLOSE_SIGNAL = "CLOSE_SIGNAL"
    WAIT = "WAIT"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One least change that lets the order pass, proven by running the check with it.

    `amount`: what to pay, deposit or add to the limit; for REDUCE_ORDER the largest value that
    passes. `date` for WAIT, `days` for SHORTEN_TERM. `together_with` must happen as well; empty
    when this change alone is enough.
    """

    kind: RemedyKind
    amount: Decimal | None = None
    date: date | None = None
    days: int | None = None
    together_with: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class Lever:
    """One kind of change: how far it can go, what the facts are after it, how it is told."""

    steps: int
    apply: Callable[[OrderFacts, int], OrderFacts]
    remedy: Callable[[int], Remedy]


def find_remedies(
    facts: OrderFacts, policy: OrderCheckPolicy, rules: tuple[RuleResult, ...]
) -> tuple[Remedy, ...]:
    """Return the changes that would let a blocked order pass, each of them the least of its kind.

    Single changes first; when there is hardly a choice of them, pairs of others that do together.
    Where not even a pair helps, our own homework (a signal to answer, a review, a limit to renew)
    is taken as done, and each change is told together with it. Empty when nothing within reach
    helps (a customer in legal action, an unrated customer, a technical failure).
    """
    failed = {rule.code for rule in rules if rule.result is Result.BLOCK}
    if failed & _BEYOND_REPAIR:
        return ()
    found = _search(facts, policy, failed, list(_levers(facts, failed)))
    homework = list(_homework(facts, failed))
    if found or not homework:
        return found
    ready = facts
    for lever in homework:
        ready = lever.apply(ready, 1)
    rest = list(_levers(ready, failed - _HOMEWORK))
    done = tuple(lever.remedy(1) for lever in homework)
    return tuple(
        replace(remedy, together_with=(*remedy.together_with, *done))
        for remedy in _search(ready, policy, failed - _HOMEWORK, rest)
    )


def _search(
    facts: OrderFacts, policy: OrderCheckPolicy, failed: set[RuleCode], levers: list[Lever]
) -> tuple[Remedy, ...]:
    """Find the single changes that suffice, and pairs when there are few of them."""

    def passes(changed: OrderFacts) -> bool:
        return evaluate(changed, policy) is not Outcome.BLOCKED

    pulls = [(lever, _least(lever, facts, passes)) for lever in levers]
    singles = [lever.remedy(n) for lever, n in pulls if n]
    singles += _wait(facts, policy.broken_promise_days, passes)
    if len(singles) >= _ENOUGH_CHOICES:
        return tuple(singles)
    # A lever that suffices alone needs no second one.
    insufficient = [lever for lever, n in pulls if not n and lever.steps > 0]
    return (*singles, *_pairs(insufficient, facts, passes))


def _least(lever: Lever, facts: OrderFacts, passes: Callable[[OrderFacts], bool]) -> int:
    """Return the fewest steps with which the order passes, 0 when even all of them do not help."""
    if lever.steps < 1 or not passes(lever.apply(facts, lever.steps)):
        return 0
    fails, holds = 0, lever.steps
    while holds - fails > 1:
        middle = (fails + holds) // 2
        if passes(lever.apply(facts, middle)):
            holds = middle
        else:
            fails = middle
    return holds


def _pairs(
    levers: list[Lever], facts: OrderFacts, passes: Callable[[OrderFacts], bool]
) -> Iterator[Remedy]:
    """Yield pairs of changes that suffice together: the first as small as can be, then the second."""
    found = 0
    for first, second in combinations(levers, 2):
        with_second = second.apply(facts, second.steps)
        n = _least(first, with_second, passes)
        if not n:
            continue
        m = _least(second, first.apply(facts, n), passes)
        if m:
            yield replace(first.remedy(n), together_with=(second.remedy(m),))
            found += 1
        if found == _MOST_PAIRS:
            return


def _levers(facts: OrderFacts, failed: set[RuleCode]) -> Iterator[Lever]:
    if failed & {RuleCode.R12, RuleCode.R15}:
        yield _shorten_term(facts)
    yield from _homework(facts, failed)
    yield _payment(facts)
    yield _deposit(facts)
    yield _smaller_order(facts)
    yield _temporary_limit(facts)


def _homework(facts: OrderFacts, failed: set[RuleCode]) -> Iterator[Lever]:
    """Yield what we can settle ourselves, without the customer."""
    if RuleCode.R02 in failed and facts.limit_total is not None:
        yield _made_or_not(
            RemedyKind.RENEW_LIMIT, lambda f: replace(f, limit_valid_through=f.as_of)
        )
    if RuleCode.R13 in failed:
        yield _made_or_not(RemedyKind.COMPLETE_REVIEW, lambda f: replace(f, next_review=f.as_of))
    if RuleCode.R16 in failed:
        yield _made_or_not(RemedyKind.CLOSE_SIGNAL, lambda f: replace(f, worst_signal=Signal.NONE))


def _made_or_not(kind: RemedyKind, change: Callable[[OrderFacts], OrderFacts]) -> Lever:
    return Lever(1, lambda facts, _: change(facts), lambda _: Remedy(kind))


# --- levers -------------------------------------------------------------------------------------


def _payment(facts: OrderFacts) -> Lever:
    """The customer pays open items, the longest overdue first; disputed ones stay unpaid."""
    currency = facts.exposure.currency
    overdue = sum((i.amount for i in facts.overdue_items if not i.is_disputed), Decimal(0))
    most = max(Decimal(0), min(facts.exposure.open_items, facts.receivables_total))

    def remedy(steps: int) -> Remedy:
        amount = from_minor(steps, currency)
        kind = RemedyKind.PAY_OVERDUE if amount <= overdue else RemedyKind.PAY_OPEN_ITEMS
        return Remedy(kind, amount)

    def apply(facts: OrderFacts, steps: int) -> OrderFacts:
        return pay(facts, from_minor(steps, currency))

    return Lever(to_minor(most, currency), apply, remedy)


def pay(facts: OrderFacts, amount: Decimal) -> OrderFacts:
    """Return the facts after the customer has paid that much, longest overdue items first."""
    left = amount
    items: list[OverdueItem] = []
    for item in sorted(facts.overdue_items, key=lambda i: -i.days):
        paid = Decimal(0) if item.is_disputed else min(left, item.amount)
        left -= paid
        if item.amount > paid:
            items.append(replace(item, amount=item.amount - paid))
    level = facts.dunning_level
    if any(item.dunning_level for item in facts.overdue_items):
        level = min(level, max((item.dunning_level for item in items), default=0))
    exposure = facts.exposure
    return replace(
        facts,
        exposure=replace(exposure, open_items=exposure.open_items - amount),
        receivables_total=facts.receivables_total - amount,
        overdue_items=tuple(items),
        dunning_level=level,
        groups=tuple(replace(group, gross=group.gross - amount) for group in facts.groups),
    )


def _deposit(facts: OrderFacts) -> Lever:
    """The customer pays money in as security: it lowers the net exposure, not the gross one."""
    currency = facts.exposure.currency

    def apply(facts: OrderFacts, steps: int) -> OrderFacts:
        cash = Mitigant(MitigantKind.CASH, from_minor(steps, currency))
        exposure = replace(facts.exposure, mitigants=(cash, *facts.exposure.mitigants))
        return replace(facts, exposure=exposure)

    most = facts.exposure.open_items + facts.exposure.delivered_not_invoiced + facts.order.value
    most += facts.exposure.bills_on_buyer + facts.exposure.contingent_recourse
    most += sum((order.open_value for order in facts.exposure.open_orders), Decimal(0))
    return Lever(
        to_minor(max(Decimal(0), most), currency),
        apply,
        lambda steps: Remedy(RemedyKind.DEPOSIT, from_minor(steps, currency)),
    )


def _smaller_order(facts: OrderFacts) -> Lever:
    """The order is made smaller, but never to nothing."""
    currency = facts.exposure.currency
    value = to_minor(facts.order.value, currency)

    def apply(facts: OrderFacts, steps: int) -> OrderFacts:
        return replace(facts, order=replace(facts.order, value=from_minor(value - steps, currency)))

    return Lever(
        value - 1,
        apply,
        lambda steps: Remedy(RemedyKind.REDUCE_ORDER, from_minor(value - steps, currency)),
    )


def _temporary_limit(facts: OrderFacts) -> Lever:
    """A temporary limit is granted, at most the room that the cap leaves."""
    currency = facts.exposure.currency
    limit = facts.limit_total or Decimal(0)
    room = facts.temporary_room
    if room is None:
        room = limit * DEFAULT_TEMPORARY_CAP_PCT / 100

    def apply(facts: OrderFacts, steps: int) -> OrderFacts:
        return replace(facts, limit_total=limit + from_minor(steps, currency))

    return Lever(
        to_minor(room, currency) if facts.limit_total is not None else 0,
        apply,
        lambda steps: Remedy(RemedyKind.TEMPORARY_LIMIT, from_minor(steps, currency)),
    )


def _shorten_term(facts: OrderFacts) -> Lever:
    """The order takes the approved term, and no longer one than the insurance policy covers."""
    allowed = [facts.order.term_days]
    if facts.approved_term_days is not None:
        allowed.append(facts.approved_term_days)
    if facts.insurance is not None:
        allowed.append(facts.insurance.max_term_days)
    days = min(allowed)

    def apply(facts: OrderFacts, steps: int) -> OrderFacts:
        order = replace(
            facts.order,
            term_days=days,
            term_rank=min(facts.order.term_rank, facts.approved_term_rank),
            discount_rank=min(facts.order.discount_rank, facts.approved_discount_rank),
        )
        return replace(facts, order=order)

    return Lever(1, apply, lambda _: Remedy(RemedyKind.SHORTEN_TERM, days=days))


def _wait(
    facts: OrderFacts, promise_days: int, passes: Callable[[OrderFacts], bool]
) -> tuple[Remedy, ...]:
    """Return the first day on which the order passes if expected money comes in; empty if none."""
    days = {receipt.date_expected for receipt in facts.expected_receipts}
    days |= {broken + timedelta(days=promise_days + 1) for broken in facts.broken_promise_dates}
    for day in sorted(day for day in days if day > facts.as_of):
        if passes(wait_until(facts, day, promise_days)):
            return (Remedy(RemedyKind.WAIT, date=day),)
    return ()


def wait_until(facts: OrderFacts, day: date, broken_promise_days: int = 180) -> OrderFacts:
    """Return the facts as they will stand on a later day if money comes in as expected.

    Overdue items grow older, expected receipts up to that day are paid in, broken promises older
    than the period no longer count, and the order ships that day at the earliest.
    """
    waited = (day - facts.as_of).days
    aged = tuple(replace(item, days=item.days + waited) for item in facts.overdue_items)
    still_broken = [d for d in facts.broken_promise_dates if (day - d).days <= broken_promise_days]
    broken = facts.broken_promises - (len(facts.broken_promise_dates) - len(still_broken))
    later = replace(
        facts,
        as_of=day,
        order=replace(facts.order, ship_date=max(day, facts.order.ship_date)),
        overdue_items=aged,
        broken_promises=broken,
    )
    due = (r.amount for r in facts.expected_receipts if facts.as_of < r.date_expected <= day)
    amount = min(sum(due, Decimal(0)), facts.exposure.open_items, facts.receivables_total)
    return pay(later, max(Decimal(0), amount))
