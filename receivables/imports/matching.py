"""One customer's open items in memory, while many payments are applied to them one after another.

The rules are `receivables.domain.matching`; what is here keeps the open amounts up to date between
two payments, and spares the rules those items that a reference cannot mean.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from common.identifiers import normalise_code
from common.parsing import to_half_width
from receivables.domain.matching import (
    Confidence,
    Match,
    MatchingPolicy,
    OpenItem,
    Payment,
    Rule,
    match_payment,
)
from receivables.posting import ApplicationPart, ReceiptRow

_BY_REFERENCE = frozenset(
    {
        Rule.M1_STRUCTURED_REF,
        Rule.M3_REFERENCE_EXACT,
        Rule.M3_REFERENCE_DISCOUNT,
        Rule.M3_REFERENCE_TOLERANCE_SHORT,
        Rule.M3_REFERENCE_OVER,
        Rule.M3_REFERENCE_PARTIAL,
        Rule.SUGGEST_REFERENCES_SHORT,
    }
)
_CUSTOMER = "payer"
_LONGEST_NUMBER = 12
"""A number written in the text is looked for over so many of its words."""


@dataclass
class Planned:
    """What becomes of one receipt. `differences` are (due line, amount, day) to post away."""

    rule: str
    detail: dict[str, Any]
    parts: list[ApplicationPart] = field(default_factory=list)
    differences: list[tuple[int, Decimal, date]] = field(default_factory=list)


@dataclass
class _Item:
    line_id: int
    name: str
    open_amount: Decimal
    due_date: date
    reference: str
    free_from: date
    position: int


class Ledger:
    """The open items of one customer in one currency."""

    def __init__(self, rows: Sequence[dict[str, Any]] = ()) -> None:
        lines = Counter(row["invoice_id"] for row in rows)
        self.items: dict[str, _Item] = {}
        self.by_words: dict[str, list[_Item]] = {}
        for position, row in enumerate(rows):
            # Several open instalments of one document are told apart by their line.
            is_alone = lines[row["invoice_id"]] == 1
            name = row["number"] if is_alone else f"{row['number']}#{row['line_no']}"
            item = _Item(
                row["id"],
                name,
                row["open_amount"],
                row["due_date"] or row["doc_date"],
                row["structured_ref"],
                row["free_from"],
                position,
            )
            self.items[name] = item
            self._index(item)

    def _index(self, item: _Item) -> None:
        for key in {_joined(item.name), normalise_code(item.reference)} - {""}:
            self.by_words.setdefault(key, []).append(item)

    def decide(self, receipt: ReceiptRow, policy: MatchingPolicy) -> Planned:
        """Apply one receipt in memory and return what is to be written."""
        payment = Payment(
            customer=_CUSTOMER,
            currency=receipt.currency,
            value_date=receipt.value_date,
            amount=receipt.amount,
            structured_reference=receipt.structured_ref,
            remittance=receipt.remittance,
        )
        on = receipt.posting_date or receipt.value_date
        match = self._ask(payment, policy, on)
        detail: dict[str, Any] = {
            "confidence": match.confidence.value,
            "candidates": [
                [self.items[name].line_id for name in chosen] for chosen in match.candidates
            ],
        }
        planned = Planned(match.rule.value, detail)
        if match.confidence is Confidence.AUTO:
            self._take(match, planned, on)
        return planned

    def _ask(self, payment: Payment, policy: MatchingPolicy, on: date) -> Match:
        """Ask the rules: first with the items that the payment may name, then with all there were.

        A rule that rests on a reference looks at the named items alone, so its answer is the same.
        What names nothing pays only documents that were posted by then.
        """
        named = self._named(payment)
        if named:
            match = match_payment(payment, _open_items(named, payment.currency), policy)
            if match.rule in _BY_REFERENCE:
                return match
        known = [item for item in self.items.values() if item.open_amount and item.free_from <= on]
        return match_payment(payment, _open_items(known, payment.currency), policy)

    def _named(self, payment: Payment) -> list[_Item]:
        """Return the open items that the reference or the text may mean; rather too many."""
        found: dict[str, _Item] = {}
        reference = normalise_code(payment.structured_reference)
        keys = [reference, _joined(reference)] if reference else []
        words = _words(payment.remittance)
        for start in range(len(words)):
            joined = ""
            for word in words[start : start + _LONGEST_NUMBER]:
                joined += word
                if joined in self.by_words:
                    keys.append(joined)
        for key in keys:
            found |= {item.name: item for item in self.by_words.get(key, ())}
        still_open = (item for item in found.values() if item.open_amount)
        return sorted(still_open, key=lambda item: item.position)

    def _take(self, match: Match, planned: Planned, on: date) -> None:
        """Let credit notes of the match pay its first items, and the money the rest."""
        credits = [
            (self.items[part.item], -part.amount) for part in match.applications if part.amount < 0
        ]
        left = {source.line_id: amount for source, amount in credits}
        for part in match.applications:
            if part.amount <= 0:
                continue
            target, wanted = self.items[part.item], part.amount
            for source, _whole in credits:
                amount = min(wanted, left[source.line_id])
                if amount > 0:
                    day = max(on, target.free_from, source.free_from)
                    planned.parts.append(
                        _part(target, amount, day, planned.rule, credit_line_id=source.line_id)
                    )
                    source.open_amount += amount
                    left[source.line_id] -= amount
                    wanted -= amount
            if wanted > 0:
                day = max(on, target.free_from)
                planned.parts.append(_part(target, wanted, day, planned.rule))
            target.open_amount -= part.amount
        rests = [*match.discounts, *([match.small_difference] if match.small_difference else [])]
        for rest in rests:
            item = self.items[rest.item]
            planned.differences.append((item.line_id, rest.amount, max(on, item.free_from)))
            item.open_amount -= rest.amount


def _part(
    target: _Item, amount: Decimal, on: date, rule: str, credit_line_id: int | None = None
) -> ApplicationPart:
    return ApplicationPart(
        due_line_id=target.line_id,
        amount=amount,
        applied_on=on,
        credit_line_id=credit_line_id,
        rule=rule,
    )


def _open_items(items: Iterable[_Item], currency: str) -> list[OpenItem]:
    return [
        OpenItem(
            id=item.name,
            customer=_CUSTOMER,
            currency=currency,
            open_amount=item.open_amount,
            due_date=item.due_date,
            creditor_reference=item.reference,
        )
        for item in items
    ]


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^0-9A-Z]+", to_half_width(text).upper()) if word]


def _joined(number: str) -> str:
    return "".join(_words(number))
