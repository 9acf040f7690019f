"""Batch admission: the best third or half of the operator's list, kept with its reasons."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput
from common.events import record_event
from common.jsonable import to_jsonable
from common.locks import lock_row
from scoring.domain.markets.batch_admission import (
    HALF,
    THIRD,
    Base,
    BatchResult,
    Candidate,
    InvalidAdmission,
    Outcome,
    Verdict,
    admit_batch,
    draw_visits,
)
from scoring.domain.markets.market import KNOCK_OUTS, MarketDecision
from scoring.domain.markets.scorecard import (
    CardResult,
    can_reach,
    list_fewest_steps,
    list_single_steps,
)
from scoring.domain.markets.tenant import PASS_FROM, score_tenant
from scoring.domain.results import Reason
from scoring.models import Admission, Market, MarketSurvey, Tenant
from scoring.selectors.markets import get_current_survey, list_knock_outs
from scoring.services.markets import store_reasons
from users.permissions import require

SHARES: dict[str, Fraction] = {"1/3": THIRD, "1/2": HALF}


class MarketNotAdmitted(Conflict):
    """Tenants are admitted in markets that a survey admits, and only there."""

    code = "MARKET_NOT_ADMITTED"


@dataclass(frozen=True)
class ListedTenant:
    """One row of a recommended list; an answer that is not there is ``None``."""

    key: str
    name: str
    steps: Mapping[str, int | None]
    customer_id: int | None = None
    requested_limit: Decimal | None = None
    knock_outs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What an admission would decide: the outcomes with the rows and cards behind them."""

    survey: MarketSurvey
    result: BatchResult
    rows: Mapping[str, ListedTenant]
    cards: Mapping[str, CardResult]
    knock_outs: Mapping[str, tuple[str, ...]]
    share: str
    base: str

    def list_reasons(self, outcome: Outcome) -> list[dict[str, Any]]:
        """List why a tenant is in or out, and the least change that would have been enough."""
        return _list_reasons(outcome, self.cards[outcome.code], self.result.places)


def plan_admission(
    *,
    market: Market,
    rows: Sequence[ListedTenant],
    as_of: date,
    actor: Any,
    share: str = "1/3",
    base: str = Base.LIST,
) -> Plan:
    """Work out who would be admitted; nothing is kept.

    Raises:
        MarketNotAdmitted: no survey yet, or the newest one rejects the market.
        InvalidInput: half of the list in a market that is not a priority, a list longer than the
            market, no rows; `field` names what is wrong.
    """
    require(actor, "rating.propose")
    survey = get_current_survey(market, as_of=as_of)
    if survey is None or survey.decision == MarketDecision.REJECT:
        raise MarketNotAdmitted(
            _("The market itself must be admitted first: survey it and fill in its scorecard.")
        )
    if share not in SHARES:
        raise InvalidInput(_("Admit a third or a half."), field="share")
    if SHARES[share] == HALF and survey.decision != MarketDecision.PRIORITY:
        raise InvalidInput(_("Half of a list is admitted in priority markets only."), field="share")
    if not rows:
        raise InvalidInput(_("The list is empty."), field="rows")
    knock_outs = _gather_knock_outs(rows, as_of=as_of)
    cards = {row.key: score_tenant(row.steps, knock_outs[row.key]) for row in rows}
    candidates = [
        Candidate(row.key, cards[row.key].value, bool(cards[row.key].rejects)) for row in rows
    ]
    result = _admit(candidates, market, share, base)
    by_key = {row.key: row for row in rows}
    return Plan(survey, result, by_key, cards, knock_outs, share, str(base))


@transaction.atomic
def run_admission(
    *,
    market: Market,
    rows: Sequence[ListedTenant],
    as_of: date,
    actor: Any,
    share: str = "1/3",
    base: str = Base.LIST,
) -> Admission:
    """Decide who of a recommended list is admitted, and keep it with every fact it was made of.

    A weak screening (the list holds more than half of the active tenants) marks a random fifth of
    the list for a visit on site; the seed of the draw is kept, so it can be repeated.

    Raises: as `plan_admission`.
    """
    locked = lock_row(Market, market.pk)
    plan = plan_admission(
        market=locked, rows=rows, as_of=as_of, actor=actor, share=share, base=base
    )
    seed = secrets.token_hex(16) if plan.result.is_weak_screening else ""
    visits = frozenset(draw_visits(list(plan.rows), seed=seed)) if seed else frozenset()
    admission = Admission.objects.create(
        market=locked,
        survey=plan.survey,
        as_of=as_of,
        share=plan.share,
        base=plan.base,
        listed=len(plan.rows),
        places=plan.result.places,
        admitted=len(plan.result.admitted),
        is_weak_screening=plan.result.is_weak_screening,
        seed=seed,
        facts=_facts(plan, locked),
        decided_by=actor,
    )
    Tenant.objects.bulk_create(
        [_tenant(admission, plan, outcome, visits) for outcome in plan.result.outcomes],
        batch_size=1000,
    )
    record_event(
        "scoring.market.admission_decided",
        actor=actor,
        subject=admission,
        customer_id=locked.operator_id,
        as_of=as_of,
        after={"listed": admission.listed, "places": admission.places, "share": plan.share,
               "admitted": list(plan.result.admitted)},
    )  # fmt: skip
    return admission


def _gather_knock_outs(rows: Sequence[ListedTenant], *, as_of: date) -> dict[str, tuple[str, ...]]:
    """Return each tenant's knock-outs: those of the list, and those of its customer's rating."""
    ids = {row.customer_id for row in rows if row.customer_id}
    rated = list_knock_outs(ids, as_of=as_of)
    return {
        row.key: tuple(
            code
            for code in KNOCK_OUTS
            if code in {*row.knock_outs, *rated.get(row.customer_id or 0, ())}
        )
        for row in rows
    }


def _admit(candidates: Sequence[Candidate], market: Market, share: str, base: str) -> BatchResult:
    try:
        return admit_batch(
            candidates,
            share=SHARES[share],
            base=Base(base),
            active_tenants=market.active_tenants,
        )
    except ValueError:
        raise InvalidInput(_("Choose of what the share is taken."), field="base") from None
    except InvalidAdmission as error:
        sentences = {
            "active_tenants": _(
                "The market's number of active tenants is missing, or smaller than the list."
                " Correct it on the market's page."
            ),
            "code": _("A tenant stands on the list twice."),
        }
        raise InvalidInput(
            sentences.get(error.field, str(error)),
            field="base" if error.field == "active_tenants" else "rows",
            code=error.code,
        ) from None


def _list_reasons(outcome: Outcome, card: CardResult, places: int) -> list[dict[str, Any]]:
    if outcome.verdict is Verdict.NOT_SCORED:
        missing = {"code": "NOT_SCORED", "params": {"missing": list(card.missing)}}
        return [missing, *store_reasons(card.rejects)]
    if outcome.verdict is Verdict.REJECTED:
        return store_reasons(card.rejects)
    seen = {"rank": outcome.rank, "places": places, "score": outcome.score, "minimum": PASS_FROM}
    verdict = Reason(str(outcome.verdict), seen)
    if outcome.is_admitted:
        return store_reasons([verdict])
    if outcome.needed is None:
        return store_reasons([verdict, Reason("NO_PLACES")])
    code = "NEEDS_MORE_THAN" if outcome.must_exceed else "NEEDS_AT_LEAST"
    bar = Reason(code, {"needed": outcome.needed})
    return [*store_reasons([verdict, bar]), *_least_change(outcome, card)]


def _least_change(outcome: Outcome, card: CardResult) -> list[dict[str, Any]]:
    """Return the answers that would have been enough: one alone where possible, else together."""
    needed = outcome.needed or PASS_FROM
    if not can_reach(card, needed, must_exceed=outcome.must_exceed):
        return [{"code": "OUT_OF_REACH", "params": {}}]
    alone = list_single_steps(card, needed, must_exceed=outcome.must_exceed)
    changes = alone or list_fewest_steps(card, needed, must_exceed=outcome.must_exceed)
    told = [{"name": c.name, "current": c.current, "needed": c.needed} for c in changes]
    return [{"code": "ALONE_ENOUGH" if alone else "TOGETHER_ENOUGH", "params": {"changes": told}}]


def _facts(plan: Plan, market: Market) -> dict[str, Any]:
    facts = {
        "active_tenants": market.active_tenants,
        "minimum": PASS_FROM,
        "base_count": plan.result.base_count,
        "survey_score": plan.survey.score,
        "survey_decision": plan.survey.decision,
        "card": "1.0",
    }
    return dict(to_jsonable(facts))


def _tenant(admission: Admission, plan: Plan, outcome: Outcome, visits: frozenset[str]) -> Tenant:
    row = plan.rows[outcome.code]
    facts = plan.knock_outs[outcome.code]
    return Tenant(
        admission=admission,
        key=row.key,
        name=row.name,
        customer_id=row.customer_id,
        steps=row.steps,
        requested_limit=row.requested_limit,
        score=outcome.score,
        place=outcome.rank,
        is_admitted=outcome.is_admitted,
        needs_visit=row.key in visits,
        reasons=[
            {"code": "VERDICT", "params": {"verdict": str(outcome.verdict), "knock_outs": facts}},
            *plan.list_reasons(outcome),
        ],
    )
