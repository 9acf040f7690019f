"""What the rules would do with a receipt: gathered for the page, and for applying it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.policies import get_policy
from receivables.domain import matching
from receivables.domain.matching import Confidence, Match, Payment, match_payment
from receivables.models import Receipt
from receivables.selectors.items import OpenItem, list_open_items


@dataclass(frozen=True, slots=True)
class Proposal:
    """The rule's answer in our own terms: amounts per due line, candidates as open items."""

    match: Match
    parts: tuple[tuple[OpenItem, Decimal], ...]
    candidates: tuple[tuple[OpenItem, ...], ...]
    items: tuple[OpenItem, ...]

    @property
    def is_automatic(self) -> bool:
        return self.match.confidence is Confidence.AUTO


def get_proposal(receipt: Receipt, *, as_of: date) -> Proposal | None:
    """Return what the rules propose for what is left of a receipt; None when nothing can be done.

    Two queries: the open items of its customer on that day, and the policy.
    """
    if receipt.customer_id is None or receipt.unapplied_amount <= 0 or receipt.returned_on:
        return None
    items = list_open_items(
        as_of=as_of,
        customer_ids=[receipt.customer_id],
        company_id=receipt.company_id,
        currency=receipt.currency,
    )
    return propose(receipt, items, as_of=as_of)


def propose(receipt: Receipt, items: list[OpenItem], *, as_of: date) -> Proposal:
    """Ask the matching rules; items carry the numbers that people write, so instalments differ."""
    may_oldest = bool(receipt.customer and receipt.customer.apply_oldest_first)
    lines = Counter(item.invoice_id for item in items)
    by_id = {_matching_id(item, lines): item for item in items}
    customer = str(receipt.customer_id)
    match = match_payment(
        Payment(
            customer=customer,
            currency=receipt.currency,
            value_date=receipt.value_date,
            amount=receipt.unapplied_amount,
            structured_reference=receipt.structured_ref,
            remittance=receipt.remittance,
        ),
        [
            matching.OpenItem(
                id=name,
                customer=customer,
                currency=item.currency,
                open_amount=item.open_amount,
                due_date=item.due_date or item.doc_date,
                creditor_reference=item.structured_ref,
            )
            for name, item in by_id.items()
        ],
        read_matching_policy(as_of=as_of, may_apply_oldest_first=may_oldest),
    )
    return Proposal(
        match=match,
        parts=tuple((by_id[part.item], part.amount) for part in match.applications),
        candidates=tuple(tuple(by_id[name] for name in chosen) for chosen in match.candidates),
        items=tuple(items),
    )


def read_matching_policy(*, as_of: date, may_apply_oldest_first: bool) -> matching.MatchingPolicy:
    """Return the policy CASH_APPLICATION of a day as the rules want it. One query."""
    body = get_policy("CASH_APPLICATION", as_of=as_of).body
    return matching.MatchingPolicy(
        tolerance_amount=Decimal(str(body["tol_abs"])),
        tolerance_pct=Decimal(str(body["tol_pct"])),
        combination_items=int(body["combo_max_items"]),
        combination_size=int(body["combo_max_size"]),
        may_apply_oldest_first=may_apply_oldest_first,
    )


def _matching_id(item: OpenItem, lines: Counter[int]) -> str:
    """The document's number, made unique by the line where several lines of it are open."""
    return item.number if lines[item.invoice_id] == 1 else f"{item.number}#{item.line_no}"
