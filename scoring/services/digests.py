"""Digests of the facts behind ratings: the same facts on the same day are the same rating.

The first twelve digits stand for what changes only when something happens: statements, answers,
notches, public facts. The next twelve are how customers paid, which moves a little every night. The
last eight are free: they count how often the same facts came back on one day.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from common.dates import add_months
from scoring.models import Rating
from scoring.selectors.facts import PortfolioFacts

HARD_DIGITS, FACTS_DIGITS = 12, 24
MOVED_POINTS = 1.0  # of the payment score: less is the passing of days

_HARD = (
    "statement_id", "prior_id", "accepted_by_id", "rolled_from", "assessment_id", "founded",
    "industry", "kind", "state", "is_listed", "suspended_days", "market_cap_cny",
    "has_item_over_90_days", "has_hard_trigger", "is_shell", "opinions", "external_n",
    "has_enforced", "enforced_amount", "override_ids", "parent_grade",
)  # fmt: skip


def digest_facts(facts: PortfolioFacts, policy_id: int) -> list[str]:
    """Return, per customer, a digest of everything but the date that its rating depends on."""
    if facts.frame.empty:
        return []
    columns = [facts.frame[name].tolist() for name in _HARD]
    # Sets have no order of their own.
    columns.append([sorted(flags) for flags in facts.frame["flags"]])
    paid = facts.frame["behaviour"].round(4).tolist()
    return [
        _hash(f"{policy_id}|{hard!r}") + _hash(repr(score)) + "0" * 8
        for hard, score in zip(zip(*columns, strict=True), paid, strict=True)
    ]


def is_same_facts(one: str, other: str) -> bool:
    """Tell whether two digests stand for the same facts."""
    return one[:FACTS_DIGITS] == other[:FACTS_DIGITS]


def find_new(
    facts: PortfolioFacts,
    digests: list[str],
    before: Mapping[int, Mapping[str, Any]],
    *,
    as_of: date,
    changed_only: bool,
    review_months: Mapping[str, int],
) -> np.ndarray:
    """Tell per customer whether it is to be rated: not yet today or, with `changed_only`, for a cause.

    Causes: other facts, payments that moved the score by a point, expiry, the review cycle of its
    risk class (in months).
    """

    def is_new(customer_id: int, digest: str, paid: float) -> bool:
        last = before.get(customer_id)
        if last is None:
            return True
        if last["as_of"] == as_of:
            return not is_same_facts(last["facts_digest"], digest)
        if not changed_only or last["facts_digest"][:HARD_DIGITS] != digest[:HARD_DIGITS]:
            return True
        if _has_moved(last["behaviour_score"], paid):
            return True
        due = add_months(last["as_of"], review_months.get(last["risk_class"], 12))
        return bool(last["valid_to"] <= as_of or due <= as_of)

    paid = facts.frame["behaviour"].tolist() if len(facts.frame) else []
    rows = zip(facts.frame.index.tolist(), digests, paid, strict=True)
    return np.array([is_new(*row) for row in rows], dtype=bool)


def count_returns(
    customer_ids: list[int],
    digests: list[str],
    before: Mapping[int, Mapping[str, Any]],
    *,
    as_of: date,
) -> list[str]:
    """Number the facts that come back on a day on which others were rated in between."""
    again = [n for n in customer_ids if n in before and before[n]["as_of"] == as_of]
    if not again:
        return digests
    seen = Counter(
        (customer_id, digest[:FACTS_DIGITS])
        for customer_id, digest in Rating.objects.filter(
            customer_id__in=again, as_of=as_of
        ).values_list("customer_id", "facts_digest")
    )
    return [
        f"{digest[:FACTS_DIGITS]}{seen[customer_id, digest[:FACTS_DIGITS]]:08x}"
        for customer_id, digest in zip(customer_ids, digests, strict=True)
    ]


def _has_moved(before: Any, now: float) -> bool:
    if before is None or np.isnan(now):
        return (before is None) != bool(np.isnan(now))
    return abs(float(before) - now) >= MOVED_POINTS


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=HARD_DIGITS // 2).hexdigest()
