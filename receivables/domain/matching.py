"""Cash application 收款核销: which open items a receipt pays, and how sure that is.

One pure pass over the open items of one customer, first hit wins (process specification E.4):
M1 structured reference · M2 remittance advice · M3 numbers in the text · M4 the only item of that
amount · M5 the whole account, then all past due · M6 the only combination · M7 oldest first · M8
on account. Two candidates never apply themselves: they are suggested. Amounts are compared in
minor units, so nothing depends on how a figure was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import combinations, islice
from typing import Any

from common.identifiers import normalise_code
from common.money import from_minor, round_money, to_minor
from common.parsing import to_half_width


class Rule(StrEnum):
    """What a match rests on."""

    M1_STRUCTURED_REF = "M1_STRUCTURED_REF"
    M2_REMITTANCE_ADVICE = "M2_REMITTANCE_ADVICE"
    M3_REFERENCE_EXACT = "M3_REFERENCE_EXACT"
    M3_REFERENCE_DISCOUNT = "M3_REFERENCE_DISCOUNT"
    M3_REFERENCE_TOLERANCE_SHORT = "M3_REFERENCE_TOLERANCE_SHORT"
    M3_REFERENCE_OVER = "M3_REFERENCE_OVER"
    M3_REFERENCE_PARTIAL = "M3_REFERENCE_PARTIAL"
    M4_AMOUNT_UNIQUE = "M4_AMOUNT_UNIQUE"
    M5_CLEAR_ACCOUNT = "M5_CLEAR_ACCOUNT"
    M5_CLEAR_PAST_DUE = "M5_CLEAR_PAST_DUE"
    M6_COMBINATION_UNIQUE = "M6_COMBINATION_UNIQUE"
    M7_OLDEST_FIRST = "M7_OLDEST_FIRST"
    M8_ON_ACCOUNT = "M8_ON_ACCOUNT"
    SUGGEST_REFERENCES_SHORT = "SUGGEST_REFERENCES_SHORT"
    SUGGEST_AMOUNT_AMBIGUOUS = "SUGGEST_AMOUNT_AMBIGUOUS"
    SUGGEST_COMBINATION_AMBIGUOUS = "SUGGEST_COMBINATION_AMBIGUOUS"


class Confidence(StrEnum):
    """AUTO posts, SUGGEST waits for a person, MANUAL has nothing to offer."""

    AUTO = "AUTO"
    SUGGEST = "SUGGEST"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One open item: `open_amount` negative for a credit note; `due_date` is effective.

    `creditor_reference` is the ISO 11649 reference printed on it, `discount_until` the last value
    date on which `discount_pct` of the open amount may be deducted.
    """

    id: str
    customer: str
    currency: str
    open_amount: Decimal
    due_date: date
    creditor_reference: str = ""
    discount_pct: Decimal = Decimal(0)
    discount_until: date | None = None


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One line of a remittance advice 汇款明细: negative for a credit note."""

    item: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """A receipt of an identified customer: amount > 0, what bank and payer said about it."""

    customer: str
    currency: str
    value_date: date
    amount: Decimal
    structured_reference: str = ""
    remittance: str = ""
    advice: tuple[AdviceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchingPolicy:
    """Tolerance per receipt: the smaller of an amount and a percentage; limits of the search."""

    tolerance_amount: Decimal = Decimal("10.00")
    tolerance_pct: Decimal = Decimal(1)
    combination_items: int = 20
    combination_size: int = 6
    may_apply_oldest_first: bool = False


def read_matching_policy(
    params: Mapping[str, Any], *, may_apply_oldest_first: bool = False
) -> MatchingPolicy:
    """Return the policy that a stored row says; what it leaves out keeps the house default.

    >>> read_matching_policy({"tol_abs": "5.00"}).tolerance_amount
    Decimal('5.00')
    """
    default = MatchingPolicy()
    return MatchingPolicy(
        tolerance_amount=Decimal(str(params.get("tol_abs", default.tolerance_amount))),
        tolerance_pct=Decimal(str(params.get("tol_pct", default.tolerance_pct))),
        combination_items=int(params.get("combo_max_items", default.combination_items)),
        combination_size=int(params.get("combo_max_size", default.combination_size)),
        may_apply_oldest_first=bool(params.get("oldest_first", may_apply_oldest_first)),
    )


@dataclass(frozen=True, slots=True)
class ItemAmount:
    """An amount on an item; negative on a credit note."""

    item: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    """What to do with a receipt: the applications and `on_account` always sum to its amount.

    `small_difference` is left over on an item inside the tolerance and posted away with a reason;
    `discounts` are earned cash discounts to post beside the applications. `candidates` are the
    choices of a suggestion, each a tuple of item ids; empty otherwise.
    """

    rule: Rule
    confidence: Confidence
    applications: tuple[ItemAmount, ...] = ()
    on_account: Decimal = Decimal(0)
    small_difference: ItemAmount | None = None
    discounts: tuple[ItemAmount, ...] = ()
    candidates: tuple[tuple[str, ...], ...] = field(default=())


def match_payment(
    payment: Payment, items: Iterable[OpenItem], policy: MatchingPolicy | None = None
) -> Match:
    """Return how a receipt is applied; items of other customers and currencies never take part.

    >>> item = OpenItem("INV-1", "C1", "CNY", Decimal("50.00"), date(2025, 8, 1))
    >>> match = match_payment(Payment("C1", "CNY", date(2025, 8, 20), Decimal("50.00")), [item])
    >>> match.rule, match.applications
    (<Rule.M4_AMOUNT_UNIQUE: 'M4_AMOUNT_UNIQUE'>, (ItemAmount(item='INV-1', amount=Decimal('50.00')),))
    """
    if payment.amount <= 0:
        raise ValueError("only money that came in is matched")
    candidates = [
        item
        for item in items
        if item.customer == payment.customer
        and item.currency == payment.currency
        and item.open_amount != 0
    ]
    matcher = _Matcher(payment, candidates, policy or MatchingPolicy())
    for attempt in matcher.attempts():
        match = attempt()
        if match is not None:
            return match
    return matcher.on_account()


def list_referenced_items(text: str, items: Sequence[OpenItem]) -> list[OpenItem]:
    """Return the items whose number stands in a free text, in the order of the items.

    Case, width and the separators inside a number do not matter; a longer number that merely
    contains a shorter one does not name it.

    >>> a = OpenItem("INV-1", "C1", "CNY", Decimal(1), date(2025, 8, 1))
    >>> [i.id for i in list_referenced_items("pays inv 1, not INV-12", [a])]
    ['INV-1']
    """
    plain = to_half_width(text).upper()
    return [item for item in items if _number_pattern(item.id).search(plain)]


def _number_pattern(number: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.split(r"[^0-9A-Z]+", number.upper()) if part]
    if not parts:
        return re.compile(re.escape(number.upper()))
    body = r"[\s\-_/.]*".join(parts)
    return re.compile(rf"(?<![0-9A-Z]){body}(?![0-9A-Z])")


def list_combinations(
    amounts: Sequence[int], target: int, largest: int
) -> Iterator[tuple[int, ...]]:
    """Yield every choice of 2 to `largest` positions whose amounts sum to the target.

    Smaller choices first, then in order of position. Both halves of a choice are looked up by
    their sum, so that 20 amounts cost about 1,350 look-ups instead of 60,439 sums.

    >>> list(list_combinations([10, 25, 40, 15], 65, 6))
    [(1, 2), (0, 2, 3)]
    """
    sums: dict[int, dict[int, list[tuple[int, ...]]]] = {}
    for size in range(2, min(largest, len(amounts)) + 1):
        back_size = size - size // 2
        if back_size not in sums:
            sums[back_size] = _by_sum(amounts, back_size)
        for front in combinations(range(len(amounts)), size // 2):
            missing = target - sum(amounts[i] for i in front)
            for back in sums[back_size].get(missing, ()):
                if back[0] > front[-1]:
                    yield front + back


def _by_sum(amounts: Sequence[int], size: int) -> dict[int, list[tuple[int, ...]]]:
    found: dict[int, list[tuple[int, ...]]] = {}
    for chosen in combinations(range(len(amounts)), size):
        found.setdefault(sum(amounts[i] for i in chosen), []).append(chosen)
    return found


class _Matcher:
    """The rules over one receipt, in minor units; each returns a match or None."""

    def __init__(self, payment: Payment, items: list[OpenItem], policy: MatchingPolicy) -> None:
        self.payment = payment
        self.items = items
        self.policy = policy
        self.amount = self._minor(payment.amount)
        self.open = {item.id: self._minor(item.open_amount) for item in items}

    def attempts(self) -> tuple[Callable[[], Match | None], ...]:
        return (
            self.by_structured_reference,
            self.by_advice,
            self.by_text,
            self.by_amount,
            self.by_whole_account,
            self.by_past_due,
            self.by_combination,
            self.oldest_first,
        )

    # -- M1 … M8 --

    def by_structured_reference(self) -> Match | None:
        reference = normalise_code(self.payment.structured_reference)
        if not reference:
            return None
        named = [
            item
            for item in self.items
            if reference in {normalise_code(item.creditor_reference), normalise_code(item.id)}
        ]
        if len(named) != 1 or self.open[named[0].id] <= 0:
            return None
        return self._pay_item(Rule.M1_STRUCTURED_REF, named[0])

    def by_advice(self) -> Match | None:
        lines = self.payment.advice
        amounts = [self._minor(line.amount) for line in lines]
        if not lines or sum(amounts) != self.amount:
            return None
        asked: dict[str, int] = {}
        for line, amount in zip(lines, amounts, strict=True):
            asked[line.item] = asked.get(line.item, 0) + amount
        if not all(self._fits(item, amount) for item, amount in asked.items()):
            return None
        return self._auto(Rule.M2_REMITTANCE_ADVICE, asked)

    def by_text(self) -> Match | None:
        named = list_referenced_items(self.payment.remittance, self.items)
        total = sum(self.open[item.id] for item in named)
        if not named or total <= 0:
            return None
        if self.amount == total:
            return self._clear(Rule.M3_REFERENCE_EXACT, named)
        discounts = self._earned_discounts(named)
        if discounts and self.amount == total - sum(discounts.values()):
            return self._clear_with_discount(named, discounts)
        short = total - self.amount
        if 0 < short <= self._tolerance():
            return self._clear_short(named, short)
        if short < 0:
            return self._clear(Rule.M3_REFERENCE_OVER, named, on_account=-short)
        if len(named) == 1:
            return self._auto(Rule.M3_REFERENCE_PARTIAL, {named[0].id: self.amount})
        return self._suggest(Rule.SUGGEST_REFERENCES_SHORT, [tuple(item.id for item in named)])

    def by_amount(self) -> Match | None:
        same = [item for item in self.items if self.open[item.id] == self.amount]
        if len(same) == 1:
            return self._clear(Rule.M4_AMOUNT_UNIQUE, same)
        if same:
            return self._suggest(Rule.SUGGEST_AMOUNT_AMBIGUOUS, [(item.id,) for item in same])
        return None

    def by_whole_account(self) -> Match | None:
        return self._clear_if_equal(Rule.M5_CLEAR_ACCOUNT, self.items)

    def by_past_due(self) -> Match | None:
        day = self.payment.value_date
        due = [item for item in self.items if item.open_amount < 0 or item.due_date < day]
        return self._clear_if_equal(Rule.M5_CLEAR_PAST_DUE, due)

    def by_combination(self) -> Match | None:
        found = list(islice(self._combinations(), _SHOWN_COMBINATIONS))
        if len(found) == 1:
            return self._clear(Rule.M6_COMBINATION_UNIQUE, found[0])
        if found:
            ids = [tuple(item.id for item in chosen) for chosen in found]
            return self._suggest(Rule.SUGGEST_COMBINATION_AMBIGUOUS, ids)
        return None

    def oldest_first(self) -> Match | None:
        if not self.policy.may_apply_oldest_first:
            return None
        left = self.amount
        taken: dict[str, int] = {}
        for item in sorted(self.items, key=lambda item: item.due_date):
            part = min(left, self.open[item.id])
            if part > 0:
                taken[item.id] = part
                left -= part
        if not taken:
            return None
        return self._auto(Rule.M7_OLDEST_FIRST, taken, on_account=left)

    def on_account(self) -> Match:
        return Match(Rule.M8_ON_ACCOUNT, Confidence.MANUAL, on_account=self._amount(self.amount))

    # -- parts --

    def _combinations(self) -> Iterator[tuple[OpenItem, ...]]:
        oldest = sorted(self.items, key=lambda item: item.due_date)
        oldest = oldest[: self.policy.combination_items]
        amounts = [self.open[item.id] for item in oldest]
        for chosen in list_combinations(amounts, self.amount, self.policy.combination_size):
            yield tuple(oldest[i] for i in chosen)

    def _pay_item(self, rule: Rule, item: OpenItem) -> Match:
        """Apply to one item what it can take; a small shortfall is posted away."""
        short = self.open[item.id] - self.amount
        paid = min(self.amount, self.open[item.id])
        match = self._auto(rule, {item.id: paid}, on_account=max(0, -short))
        if 0 < short <= self._tolerance():
            difference = ItemAmount(item.id, self._amount(short))
            return Match(rule, Confidence.AUTO, match.applications, match.on_account, difference)
        return match

    def _clear(self, rule: Rule, items: Sequence[OpenItem], on_account: int = 0) -> Match:
        return self._auto(rule, {item.id: self.open[item.id] for item in items}, on_account)

    def _clear_if_equal(self, rule: Rule, items: Sequence[OpenItem]) -> Match | None:
        if len(items) < 2 or sum(self.open[item.id] for item in items) != self.amount:
            return None
        return self._clear(rule, items)

    def _clear_with_discount(self, items: Sequence[OpenItem], discounts: dict[str, int]) -> Match:
        paid = {item.id: self.open[item.id] - discounts.get(item.id, 0) for item in items}
        granted = tuple(ItemAmount(i, self._amount(part)) for i, part in discounts.items())
        match = self._auto(Rule.M3_REFERENCE_DISCOUNT, paid)
        return Match(match.rule, match.confidence, match.applications, discounts=granted)

    def _clear_short(self, items: Sequence[OpenItem], short: int) -> Match:
        """Clear all items; the largest one bears the small difference."""
        bearer = max(items, key=lambda item: self.open[item.id])
        paid = {item.id: self.open[item.id] for item in items}
        paid[bearer.id] -= short
        rule = Rule.M3_REFERENCE_TOLERANCE_SHORT
        match = self._auto(rule, paid)
        difference = ItemAmount(bearer.id, self._amount(short))
        return Match(rule, Confidence.AUTO, match.applications, match.on_account, difference)

    def _earned_discounts(self, items: Sequence[OpenItem]) -> dict[str, int]:
        return {
            item.id: self._minor(item.open_amount * item.discount_pct / 100)
            for item in items
            if item.discount_pct > 0
            and item.discount_until is not None
            and self.payment.value_date <= item.discount_until
        }

    def _fits(self, item: str, amount: int) -> bool:
        """Say whether an item is open and can take that amount in its direction."""
        left = self.open.get(item, 0)
        return 0 < amount <= left or left <= amount < 0

    def _tolerance(self) -> int:
        share = round_money(
            self.payment.amount * self.policy.tolerance_pct / 100, self.payment.currency
        )
        return self._minor(min(self.policy.tolerance_amount, share))

    def _auto(self, rule: Rule, taken: dict[str, int], on_account: int = 0) -> Match:
        applications = tuple(ItemAmount(i, self._amount(part)) for i, part in taken.items())
        return Match(rule, Confidence.AUTO, applications, self._amount(on_account))

    def _suggest(self, rule: Rule, candidates: list[tuple[str, ...]]) -> Match:
        return Match(
            rule,
            Confidence.SUGGEST,
            on_account=self._amount(self.amount),
            candidates=tuple(candidates),
        )

    def _minor(self, amount: Decimal) -> int:
        return to_minor(amount, self.payment.currency)

    def _amount(self, minor: int) -> Decimal:
        return from_minor(minor, self.payment.currency)


_SHOWN_COMBINATIONS = 10
"""A list of candidates longer than this helps nobody choose."""
