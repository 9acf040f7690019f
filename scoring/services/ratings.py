"""Ratings: a whole portfolio or one customer, by the same steps and with the same figures.

Facts (`scoring.selectors.facts`), rule (`scoring.domain.bulk_rating`), application (here): each
conclusion becomes one row that names its statement, its answers, its policy and why. The same facts
on the same day under the same policy are the same row, so a repeat stores nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.bulk import copy_rows, fetch_dicts
from common.errors import Conflict
from common.events import record_event, record_events
from common.models import Run
from customers.models import Customer, Task
from customers.services import create_tasks
from scoring.domain.bulk_rating import conclude
from scoring.domain.grades import LETTERS
from scoring.models import Rating
from scoring.selectors.facts import PortfolioFacts, Skipped, gather_facts
from scoring.selectors.policy import RatingPolicy, get_rating_policy
from scoring.services.conclusions import STORED, describe
from users.permissions import require

ANALYST = "ANALYST"
CHUNK = 20_000
DOWNGRADED = gettext_noop("Rating fell from %(from)s to %(to)s: look at it")
FACTS_DIGITS = 24


class FactsChanged(Conflict):
    """What was known when the rating was proposed is no longer what is known."""

    code = "FACTS_CHANGED"


@dataclass
class RatingCounts:
    """What a run of ratings did; `skipped` names who could not be rated and why."""

    considered: int = 0
    created: int = 0
    unchanged: int = 0
    upgraded: int = 0
    downgraded: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    created_ids: list[int] = field(default_factory=list)

    def as_counts(self, keep: int = 1000) -> dict[str, Any]:
        """Return the counts for a run row, with at most `keep` of the skipped, problems first."""
        skipped = sorted(self.skipped, key=lambda one: one.reason == "NO_FACTS")
        return {
            "considered": self.considered,
            "created": self.created,
            "unchanged": self.unchanged,
            "upgraded": self.upgraded,
            "downgraded": self.downgraded,
            "not_rated": len(skipped),
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

    `changed_only` leaves out whoever's facts are those of the last rating while that is still valid.
    `expected_digest` is the digest of the facts that a person saw when proposing.

    Raises:
        FactsChanged: the facts are no longer those of `expected_digest`.
    """
    if actor is not None:
        require(actor, "rating.propose")
    policy = get_rating_policy(as_of=as_of)
    facts = gather_facts(as_of=as_of, customer_ids=customer_ids)
    digests = _digest_facts(facts, policy)
    if expected_digest and not all(is_same_facts(d, expected_digest) for d in digests):
        raise FactsChanged(_("The facts have changed since this proposal. Look at it again."))
    before = _read_last_ratings(as_of, customer_ids)
    counts = RatingCounts(len(facts.frame) + len(facts.skipped), skipped=list(facts.skipped))
    codes = dict(zip(facts.frame.index, facts.frame["code"], strict=True)) if digests else {}
    facts, digests = _keep_new(facts, digests, before, as_of=as_of, changed_only=changed_only)
    created: list[dict[str, Any]] = []
    for start in range(0, len(digests), CHUNK):
        part = slice(start, start + CHUNK)
        some = PortfolioFacts(facts.frame.iloc[part], facts.unsupported.iloc[part], [])
        rows, unscored = _conclude(some, digests[part], policy, as_of=as_of)
        counts.skipped += unscored
        created += _store(rows, as_of=as_of, policy=policy, run=run, actor=actor)
    counts.created = len(created)
    counts.created_ids = [row["id"] for row in created]
    counts.unchanged = counts.considered - counts.created - len(counts.skipped)
    _tell(created, before, codes, counts, as_of=as_of, actor=actor, run=run)
    return counts


def preview_rating(
    *,
    customer: Customer,
    as_of: date,
    actor: Any,
    answers: Mapping[str, Any] | None = None,
) -> Preview:
    """Return the rating that `rate_customers` would store, without storing it.

    `answers` ({"answers", "evidence"}) takes the place of the confirmed 5C answers.
    """
    require(actor, "rating.view")
    policy = get_rating_policy(as_of=as_of)
    given = None if answers is None else {customer.pk: answers}
    facts = gather_facts(as_of=as_of, customer_ids=[customer.pk], answers=given)
    digests = _digest_facts(facts, policy)
    rows, unscored = _conclude(facts, digests, policy, as_of=as_of)
    if not rows:
        skipped = (facts.skipped + unscored) or [Skipped(customer.pk, customer.code, "NO_FACTS")]
        return Preview(None, skipped[0])
    values = dict(zip(STORED, rows[0], strict=True))
    for name in ("components", "reasons", "caps"):
        values[name] = json.loads(values[name])
    values["assessment_id"] = values["assessment_id"] or None
    rating = Rating(as_of=as_of, policy=policy.version, **values)
    rating.clean_fields(exclude=["customer", "statement", "assessment", "policy", "run"])
    return Preview(rating, None)


def _conclude(
    facts: PortfolioFacts, digests: list[str], policy: RatingPolicy, *, as_of: date
) -> tuple[list[tuple[Any, ...]], list[Skipped]]:
    """Apply the rule to the facts; return the rows to store and whom the facts do not suffice for."""
    if facts.frame.empty:
        return [], []
    result = conclude(facts.frame, policy=policy.rules, unsupported=facts.unsupported)
    return describe(facts, result, digests, policy.rules, as_of=as_of)


def _digest_facts(facts: PortfolioFacts, policy: RatingPolicy) -> list[str]:
    """Return, per customer, a digest of everything but the date that its rating depends on.

    Its last eight digits are free: they count how often the same facts came back on one day.
    """
    names = (
        "statement_id", "accepted_by_id", "rolled_from", "assessment_id", "founded", "industry",
        "kind", "state", "has_item_over_90_days",
    )  # fmt: skip
    columns = [facts.frame[name].tolist() for name in names] if len(facts.frame) else []
    return [
        hashlib.blake2b(f"{policy.version.pk}|{row!r}".encode(), digest_size=12).hexdigest()
        + "0" * 8
        for row in zip(*columns, strict=True)
    ]


def is_same_facts(one: str, other: str) -> bool:
    """Tell whether two digests stand for the same facts."""
    return one[:FACTS_DIGITS] == other[:FACTS_DIGITS]


def _keep_new(
    facts: PortfolioFacts,
    digests: list[str],
    before: Mapping[int, Mapping[str, Any]],
    *,
    as_of: date,
    changed_only: bool,
) -> tuple[PortfolioFacts, list[str]]:
    """Leave out whoever is rated already on that day, or (`changed_only`) validly before it."""

    def is_new(customer_id: int, digest: str) -> bool:
        last = before.get(customer_id)
        if last is None or not is_same_facts(last["facts_digest"], digest):
            return True
        return last["as_of"] < as_of and not (changed_only and last["valid_to"] > as_of)

    keep = np.array(
        [is_new(n, d) for n, d in zip(facts.frame.index, digests, strict=True)], dtype=bool
    )
    kept = PortfolioFacts(facts.frame[keep], facts.unsupported[keep], facts.skipped)
    new = [digest for digest, stays in zip(digests, keep, strict=True) if stays]
    return kept, _count_returns(kept.frame.index.tolist(), new, before, as_of=as_of)


def _count_returns(
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


def _read_last_ratings(
    as_of: date, customer_ids: Collection[int] | None
) -> dict[int, dict[str, Any]]:
    narrowed = "" if customer_ids is None else "and customer_id = any(%(ids)s)"
    rows = fetch_dicts(
        f"""
        select distinct on (customer_id)
               customer_id, as_of, grade, modifier, facts_digest, valid_to
        from scoring_rating where as_of <= %(as_of)s {narrowed}
        order by customer_id, as_of desc, id desc
        """,  # noqa: S608 - the condition is one of two constants
        {"as_of": as_of, "ids": list(customer_ids or ())},
    )
    return {row["customer_id"]: row for row in rows}


def _store(
    rows: list[tuple[Any, ...]],
    *,
    as_of: date,
    policy: RatingPolicy,
    run: Run | None,
    actor: Any,
) -> list[dict[str, Any]]:
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
        returning id, customer_id, grade, modifier
        """,  # noqa: S608 - the columns are ours
        {
            "as_of": as_of,
            "policy": policy.version.pk,
            "run": run.pk if run else None,
            "actor": getattr(actor, "pk", None),
        },
    )


def _tell(
    created: list[dict[str, Any]],
    before: Mapping[int, Mapping[str, Any]],
    codes: Mapping[int, str],
    counts: RatingCounts,
    *,
    as_of: date,
    actor: Any,
    run: Run | None,
) -> None:
    """Record one deed per run or single rating, one per downgrade, and ask an analyst to look."""
    fallen = []
    for row in created:
        last = before.get(row["customer_id"])
        if last is None:
            continue
        steps = LETTERS.index(row["grade"]) - LETTERS.index(last["grade"])
        counts.downgraded += steps > 0
        counts.upgraded += steps < 0
        if steps > 0:
            fallen.append((row, last["grade"] + last["modifier"]))
    if len(created) == 1 and run is None:
        (row,) = created
        last_one = before.get(row["customer_id"])
        record_event(
            "scoring.rating.stored",
            actor=actor,
            subject=("scoring.rating", row["id"]),
            customer_id=row["customer_id"],
            as_of=as_of,
            before={"grade": last_one["grade"] + last_one["modifier"]} if last_one else None,
            after={"grade": row["grade"] + row["modifier"]},
        )
    elif created:
        record_event(
            "scoring.ratings.stored",
            actor=actor,
            subject=run or ("scoring.rating", as_of.isoformat()),
            as_of=as_of,
            after={name: n for name, n in counts.as_counts(0).items() if name != "skipped"},
        )
    record_events(
        [
            {
                "code": "scoring.rating.downgraded",
                "actor": actor,
                "subject": ("scoring.rating", row["id"]),
                "customer_id": row["customer_id"],
                "as_of": as_of,
                "before": {"grade": grade},
                "after": {"grade": row["grade"] + row["modifier"]},
            }
            for row, grade in fallen
        ]
    )
    create_tasks(
        [
            Task(
                kind="RATING_DOWNGRADED",
                key=f"rating-downgraded:{row['id']}",
                customer_id=row["customer_id"],
                title=DOWNGRADED,
                params={"from": grade, "to": row["grade"] + row["modifier"]},
                url=reverse("customer_rating", args=[codes[row["customer_id"]]]),
                role=ANALYST,
            )
            for row, grade in fallen
        ]
    )
