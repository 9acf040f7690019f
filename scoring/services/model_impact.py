"""The impact simulation of a draft: today's portfolio under the version in force and under the draft.

Facts are gathered once and concluded twice, in chunks; no rating is stored. A small portfolio is
answered at once and kept in the cache for a while; a large one is a job, whose run keeps the answer.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
from django.core.cache import cache

from common.errors import NotFound
from common.jsonable import to_jsonable
from common.models import Job, PolicyVersion, Run
from common.queue import enqueue
from common.runs import run_once
from scoring.domain.limits.limit_policy import read_limit_policy
from scoring.domain.rating.bulk_rating import conclude
from scoring.domain.rating.impact import KEPT, Impact, Mover, keep_columns, measure_impact
from scoring.domain.rating.scoring_policy import ScoringPolicy
from scoring.selectors.facts import PortfolioFacts, gather_facts
from scoring.selectors.model_impact import (
    gather_debts,
    hang_on_parents,
    list_customers_in_scope,
    see_by,
)
from scoring.selectors.model_versions import KIND
from scoring.selectors.other_facts import find_parents_to_rate
from scoring.selectors.policy import RatingPolicy, get_rating_policy, read_rules
from scoring.services.ratings import arrange_levels
from users.models import User
from users.permissions import require

JOB_KIND = RUN_KIND = "scoring.model_impact"
AT_ONCE = 5_000
CHUNK = 10_000
KEPT_SECONDS = 3600

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class KeptImpact:
    """An answer with what it was asked of and when."""

    impact: Impact
    base: int
    as_of: date
    computed_at: datetime


def simulate_version(
    *,
    body: Any,
    base: RatingPolicy,
    as_of: date,
    customer_ids: Collection[int],
    tell: Tell | None = None,
) -> Impact:
    """Conclude on the same facts by the version in force and by another body, and compare.

    Nothing is stored. Some 20 queries for each 10,000 customers. `tell` hears how many are done.
    """
    rules = read_rules(body)
    parents = find_parents_to_rate(as_of=as_of)
    ids = sorted(customer_ids)
    found: list[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]] = []
    grades: tuple[dict[int, str], dict[int, str]] = ({}, {})
    done = 0
    for level in arrange_levels(ids, parents):
        for start in range(0, len(level), CHUNK):
            chunk = level[start : start + CHUNK]
            facts = gather_facts(as_of=as_of, customer_ids=chunk, policy=base.rules)
            if not facts.frame.empty:
                seen = see_by(facts.frame, rules, gathered_by=base.rules, as_of=as_of)
                sides = ((facts.frame, base.rules, grades[0]), (seen, rules, grades[1]))
                before, after = (
                    _conclude(frame, facts, policy, parents, known, as_of=as_of)
                    for frame, policy, known in sides
                )
                found.append((before, after, _read_limit_units(facts.frame)))
            done += len(chunk)
            if tell is not None:
                tell(done, len(ids))
    owed, without_rate = gather_debts(as_of=as_of, customer_ids=ids)
    before, after, units = (
        pd.concat([tables[n] for tables in found]) if found else _nothing(n) for n in range(3)
    )
    return measure_impact(
        before,
        after,
        weights_before=base.rules.composite.weights,
        weights_after=rules.composite.weights,
        currency=units["currency"],
        to_cny=units["to_cny"],
        owed=owed,
        lgd_before=read_limit_policy(base.version.body.get("limit") or {}).lgd,
        lgd_after=read_limit_policy(body.get("limit") or {}).lgd,
        considered=len(ids),
        without_rate=without_rate,
    )


def preview_version(*, draft: PolicyVersion, actor: Any, as_of: date, at: datetime) -> KeptImpact:
    """Compute what a draft would do to the portfolio that a person sees, and keep it for an hour."""
    require(actor, "policy.view")
    base = get_rating_policy(as_of=as_of)
    impact = simulate_version(
        body=draft.body, base=base, as_of=as_of, customer_ids=list_customers_in_scope(actor)
    )
    kept = KeptImpact(impact, base.version.version, as_of, at)
    cache.set(_key(draft, base.version, actor, as_of), kept, KEPT_SECONDS)
    return kept


def is_for_job(actor: Any) -> bool:
    """Tell whether the portfolio of a person is too large to be answered at once."""
    return len(list_customers_in_scope(actor)) > AT_ONCE


def find_kept_impact(*, draft: PolicyVersion, actor: Any, as_of: date) -> KeptImpact | None:
    """Return the newest answer for a draft as it stands, for what this person sees; or nothing."""
    require(actor, "policy.view")
    base = get_rating_policy(as_of=as_of).version
    key = _key(draft, base, actor, as_of)
    kept: KeptImpact | None = cache.get(key)
    run = (
        Run.objects.filter(
            kind=RUN_KIND, as_of=as_of, scope__startswith=f"{key}:", state=Run.State.DONE
        )
        .order_by("-pk")
        .first()
    )
    ended_at = None if run is None else run.ended_at
    if run is None or ended_at is None or (kept is not None and kept.computed_at >= ended_at):
        return kept
    return KeptImpact(decode(run.counts), base.version, as_of, ended_at)


def request_preview(*, draft: PolicyVersion, actor: Any, as_of: date, at: datetime) -> Job:
    """Plan the comparison as a job; asking twice in one minute is one job."""
    require(actor, "policy.view")
    base = get_rating_policy(as_of=as_of).version
    scope = f"{_key(draft, base, actor, as_of)}:{at:%Y-%m-%dT%H:%M}"
    return enqueue(
        JOB_KIND,
        key=f"{JOB_KIND}:{scope}",
        payload={
            "version": draft.version,
            "as_of": as_of.isoformat(),
            "scope": scope,
            "user": actor.pk,
        },
        actor=actor,
    )


def find_job(*, draft: PolicyVersion, actor: Any, as_of: date) -> Job | None:
    """Return the newest job for a draft as it stands, for what this person sees."""
    base = get_rating_policy(as_of=as_of).version
    key = f"{JOB_KIND}:{_key(draft, base, actor, as_of)}:"
    jobs = Job.objects.filter(kind=JOB_KIND, key__startswith=key)
    return jobs.order_by("-pk").first()


def run_preview_job(payload: dict[str, Any], tell: Tell) -> Run:
    """Do the comparison that a job asks for, and keep the answer on its run."""
    as_of = date.fromisoformat(payload["as_of"])
    draft = PolicyVersion.objects.filter(kind=KIND, version=payload["version"]).first()
    if draft is None:
        raise NotFound
    user = User.objects.get(pk=payload["user"])

    def work(run: Run) -> dict[str, Any]:
        impact = simulate_version(
            body=draft.body,
            base=get_rating_policy(as_of=as_of),
            as_of=as_of,
            customer_ids=list_customers_in_scope(user),
            tell=tell,
        )
        return encode(impact)

    return run_once(RUN_KIND, as_of=as_of, scope=payload["scope"], work=work)


def encode(impact: Impact) -> dict[str, Any]:
    """Turn an answer into what a run row can hold."""
    kept = asdict(impact)
    kept["matrix"] = [[one, other, n] for (one, other), n in impact.matrix.items()]
    kept["movers"] = [list(asdict(mover).values()) for mover in impact.movers]
    encoded: dict[str, Any] = to_jsonable(kept)
    return encoded


def decode(kept: dict[str, Any]) -> Impact:
    """Undo `encode`."""
    amounts = ("limit_before", "limit_after", "owed", "loss_before", "loss_after")
    return Impact(
        **{
            **kept,
            **{name: Decimal(kept[name]) for name in amounts},
            "matrix": {(one, other): n for one, other, n in kept["matrix"]},
            "movers": tuple(_decode_mover(row) for row in kept["movers"]),
        }
    )


def _decode_mover(row: list[Any]) -> Mover:
    number, before, after, was, now, component, points, limit_was, limit_now, currency = row
    return Mover(
        number,
        before,
        after,
        _decimal(was),
        _decimal(now),
        component,
        _decimal(points),
        _decimal(limit_was),
        _decimal(limit_now),
        currency,
    )


def _conclude(
    frame: pd.DataFrame,
    facts: PortfolioFacts,
    policy: ScoringPolicy,
    parents: dict[int, int],
    grades: dict[int, str],
    *,
    as_of: date,
) -> pd.DataFrame:
    """Conclude on facts by one policy; note the grades for those who hang on them."""
    hung = hang_on_parents(frame, parents, grades, as_of=as_of)
    kept = keep_columns(conclude(hung, policy=policy, as_of=as_of, unsupported=facts.unsupported))
    if parents:
        wanted = kept.loc[kept.index.isin(set(parents.values())), "grade"]
        grades.update({n: grade for n, grade in wanted.items() if grade})
    return kept


def _read_limit_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the currency of each limit and what one unit of it is worth in CNY."""
    return pd.DataFrame(
        {"currency": frame["currency"], "to_cny": frame["cny_rate"] / frame["unit"]},
        index=frame.index,
    )


def _nothing(place: int) -> pd.DataFrame:
    return pd.DataFrame(columns=["currency", "to_cny"] if place == 2 else list(KEPT))


def _key(draft: PolicyVersion, base: PolicyVersion, actor: Any, as_of: date) -> str:
    """Name the question: this body against that version, for what this person sees."""
    body = hashlib.blake2b(
        json.dumps(draft.body, sort_keys=True).encode(), digest_size=8
    ).hexdigest()
    sees = "ALL" if actor.data_scope == "ALL" else f"U{actor.pk}"
    return f"model-impact:{draft.pk}:{body}:{base.pk}:{as_of}:{sees}"


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
