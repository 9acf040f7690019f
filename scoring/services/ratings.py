"""Ratings of a portfolio or one customer, by the same steps and with the same figures.

Facts (`scoring.selectors.facts`), rule (`scoring.domain.rating.bulk_rating`), application (here): each
conclusion becomes one row that names its statement, its answers, its policy and why. The same facts
on the same day under the same policy are the same row, so a repeat stores nothing.

Customers go through in chunks, so that a million of them need no more memory than ten thousand.
Who hangs on a parent's grade (NOTCH-1, NOTCH-2) is rated after that parent.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from common.bulk import copy_rows, fetch_dicts
from common.errors import Conflict
from common.models import Run
from common.policies import get_policy
from customers.models import Customer
from scoring.domain.rating.bulk_rating import conclude
from scoring.models import Rating
from scoring.selectors.facts import (
    PortfolioFacts,
    Skipped,
    gather_facts,
    list_customers_to_rate,
)
from scoring.selectors.other_facts import find_parents_to_rate
from scoring.selectors.policy import RatingPolicy, get_rating_policy
from scoring.services.conclusions import STORED, describe
from scoring.services.digests import count_returns, digest_facts, find_new, is_same_facts
from scoring.services.rating_news import Moves, tell_downgrades, tell_run
from users.permissions import require

CHUNK = 10_000
MOST_NAMED = 10_000
NO_CAUSE = "NO_FACTS"


class FactsChanged(Conflict):
    """What was known when the rating was proposed is no longer what is known."""

    code = "FACTS_CHANGED"


@dataclass
class RatingCounts:
    """What a run of ratings did; `skipped` names who could not be rated and why.

    Of a large book at most `MOST_NAMED` without any facts are named; `not_rated` counts them all.
    """

    considered: int = 0
    created: int = 0
    unchanged: int = 0
    upgraded: int = 0
    downgraded: int = 0
    not_rated: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    created_ids: list[int] = field(default_factory=list)

    def skip(self, skipped: Sequence[Skipped]) -> None:
        """Count who could not be rated, and name them while there is room."""
        self.not_rated += len(skipped)
        self.by_reason.update(one.reason for one in skipped)
        room = MOST_NAMED - len(self.skipped)
        problems = [one for one in skipped if one.reason != NO_CAUSE]
        idle = [one for one in skipped if one.reason == NO_CAUSE]
        self.skipped += (problems + idle)[: max(room, len(problems))]

    def as_counts(self, keep: int = 1000) -> dict[str, Any]:
        """Return the counts for a run row, with at most `keep` of the skipped, problems first."""
        skipped = sorted(self.skipped, key=lambda one: one.reason == NO_CAUSE)
        return {
            "considered": self.considered,
            "created": self.created,
            "unchanged": self.unchanged,
            "upgraded": self.upgraded,
            "downgraded": self.downgraded,
            "not_rated": self.not_rated,
            "by_reason": dict(sorted(self.by_reason.items())),
            "skipped": [
                {"customer": one.code, "reason": one.reason, "params": dict(one.params)}
                for one in skipped[:keep]
            ],
        }


@dataclass(frozen=True)
class Preview:
    """What a rating would be, not stored; or why there would be none."""

    rating: Rating | None
    skipped: Skipped | None


@dataclass(frozen=True)
class _Order:
    """What a run was asked for."""

    as_of: date
    policy: RatingPolicy
    actor: Any
    run: Run | None
    changed_only: bool
    expected_digest: str
    review_months: Mapping[str, int]


@transaction.atomic
def rate_customers(
    *,
    as_of: date,
    customer_ids: Collection[int] | None = None,
    actor: Any = None,
    run: Run | None = None,
    changed_only: bool = False,
    expected_digest: str = "",
) -> RatingCounts:
    """Rate many customers, or one, set-wise, and store what is new.

    `changed_only` leaves out whoever has no cause to be rated again (`digests.find_new`).
    `expected_digest` is the digest of the facts that a person saw when proposing.

    Raises:
        FactsChanged: the facts are no longer those of `expected_digest`.
    """
    if actor is not None:
        require(actor, "rating.propose")
    classes = get_policy("RISK_CLASSES", as_of=as_of).body if changed_only else {}
    order = _Order(
        as_of,
        get_rating_policy(as_of=as_of),
        actor,
        run,
        changed_only,
        expected_digest,
        {name: int(terms.get("review_months") or 12) for name, terms in classes.items()},
    )
    ids = list_customers_to_rate() if customer_ids is None else sorted(set(customer_ids))
    counts = RatingCounts()
    moves = Moves()
    for level in arrange_levels(ids, find_parents_to_rate(as_of=as_of)):
        for start in range(0, len(level), CHUNK):
            _rate_chunk(level[start : start + CHUNK], order, counts, moves)
    counts.upgraded, counts.downgraded = moves.upgraded, moves.downgraded
    counts.unchanged = counts.considered - counts.created - counts.not_rated
    tell_run(moves, counts.as_counts(0), as_of=as_of, actor=actor, run=run)
    return counts


def preview_rating(
    *,
    customer: Customer,
    as_of: date,
    actor: Any,
    answers: Mapping[str, Any] | None = None,
    policy: RatingPolicy | None = None,
) -> Preview:
    """Return the rating that `rate_customers` would store, without storing it.

    `answers` ({"answers", "evidence"}) takes the place of the confirmed 5C answers, `policy` that of
    the version in force.
    """
    require(actor, "rating.view")
    policy = policy or get_rating_policy(as_of=as_of)
    given = None if answers is None else {customer.pk: answers}
    facts = gather_facts(
        as_of=as_of, customer_ids=[customer.pk], answers=given, policy=policy.rules
    )
    rows, unscored = _conclude(facts, digest_facts(facts, policy.version.pk), policy, as_of=as_of)
    if not rows:
        skipped = (facts.skipped + unscored) or [Skipped(customer.pk, customer.code, NO_CAUSE)]
        return Preview(None, skipped[0])
    values = dict(zip(STORED, rows[0], strict=True))
    for name in ("components", "reasons", "caps"):
        values[name] = json.loads(values[name])
    values["assessment_id"] = values["assessment_id"] or None
    rating = Rating(as_of=as_of, policy=policy.version, **values)
    # An empty list of caps is no omission; the rest must fit the columns as a stored row must.
    rating.clean_fields(
        exclude=["customer", "statement", "assessment", "policy", "run", "override", "caps"]
    )
    return Preview(rating, None)


def _rate_chunk(customer_ids: list[int], order: _Order, counts: RatingCounts, moves: Moves) -> None:
    """Take one chunk of customers from its facts to its rows and the news of it."""
    as_of, policy = order.as_of, order.policy
    facts = gather_facts(as_of=as_of, customer_ids=customer_ids, policy=policy.rules)
    counts.considered += len(facts.frame) + len(facts.skipped)
    counts.skip(facts.skipped)
    digests = digest_facts(facts, policy.version.pk)
    expected = order.expected_digest
    if expected and not all(is_same_facts(digest, expected) for digest in digests):
        raise FactsChanged(_("The facts have changed since this proposal. Look at it again."))
    if not digests:
        return
    before = _read_last_ratings(as_of, customer_ids)
    keep = find_new(
        facts,
        digests,
        before,
        as_of=as_of,
        changed_only=order.changed_only,
        review_months=order.review_months,
    )
    if not keep.any():
        return
    kept = PortfolioFacts(facts.frame[keep], facts.unsupported[keep], [])
    new = [digest for digest, stays in zip(digests, keep, strict=True) if stays]
    new = count_returns(kept.frame.index.tolist(), new, before, as_of=as_of)
    rows, unscored = _conclude(kept, new, policy, as_of=as_of)
    counts.skip(unscored)
    created = _store(rows, order)
    counts.created += len(created)
    counts.created_ids += [row["id"] for row in created]
    fallen = moves.add(created, before)
    codes = dict(zip(kept.frame.index.tolist(), kept.frame["code"].tolist(), strict=True))
    tell_downgrades(fallen, codes, as_of=as_of, actor=order.actor)


def _conclude(
    facts: PortfolioFacts, digests: list[str], policy: RatingPolicy, *, as_of: date
) -> tuple[list[tuple[Any, ...]], list[Skipped]]:
    """Apply the rule to the facts; return the rows to store and whom the facts do not suffice for."""
    if facts.frame.empty:
        return [], []
    result = conclude(facts.frame, policy=policy.rules, as_of=as_of, unsupported=facts.unsupported)
    return describe(facts, result, digests, policy.rules, as_of=as_of)


def arrange_levels(ids: list[int], parents: Mapping[int, int]) -> Iterator[list[int]]:
    """Yield the customers in levels: whose grade hangs on a parent's comes after that parent.

    Those in a circle come last, together.
    """
    wanted = set(ids)
    waiting = {n for n, parent in parents.items() if n in wanted and parent in wanted}
    if not waiting:
        yield ids
        return
    yield [n for n in ids if n not in waiting]
    while waiting:
        ready = {n for n in waiting if parents[n] not in waiting} or waiting
        yield sorted(ready)
        waiting = waiting - ready


def _read_last_ratings(as_of: date, customer_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    rows = fetch_dicts(
        """
        select distinct on (customer_id) customer_id, as_of, grade, modifier, facts_digest,
            valid_to, risk_class, behaviour_score
        from scoring_rating where as_of <= %(as_of)s and customer_id = any(%(ids)s)
        order by customer_id, as_of desc, id desc
        """,
        {"as_of": as_of, "ids": list(customer_ids)},
    )
    return {row["customer_id"]: row for row in rows}


def _store(rows: list[tuple[Any, ...]], order: _Order) -> list[dict[str, Any]]:
    """Bring the rows in by COPY; what is there already stays. Return id, customer and grade of the new."""
    if not rows:
        return []
    columns = ", ".join(STORED)
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists rating_stage")
        cursor.execute(
            f"create temp table rating_stage on commit drop as select {columns}"  # noqa: S608
            " from scoring_rating with no data"
        )
    copy_rows("rating_stage", STORED, rows)
    return fetch_dicts(
        f"""
        insert into scoring_rating
            ({columns}, as_of, policy_id, run_id, rated_by_id, recorded_at)
        select {columns}, %(as_of)s, %(policy)s, %(run)s, %(actor)s, now()
        from rating_stage order by customer_id
        on conflict (customer_id, as_of, facts_digest) do nothing
        returning id, customer_id, grade, modifier, risk_class
        """,  # noqa: S608 - the columns are ours
        {
            "as_of": order.as_of,
            "policy": order.policy.version.pk,
            "run": order.run.pk if order.run else None,
            "actor": getattr(order.actor, "pk", None),
        },
    )
