"""One customer as every model sees it: statements, answers, traits, payments, facts of a day.

Amounts are in single units of the statement's currency. The rating itself is made set-wise
(`scoring.services.ratings`); here the same facts go through the scalar rules, with every term.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from customers.models import Customer
from customers.selectors import list_latest_facts
from scoring.domain.models import five_c
from scoring.domain.models.characteristics import BALANCED
from scoring.domain.models.five_c import Answer
from scoring.domain.payment.behaviour import BehaviourFacts, BehaviourResult
from scoring.domain.profile import Profile
from scoring.domain.rating.composite import RatingFacts
from scoring.domain.rating.evaluation import Evaluation, evaluate_models
from scoring.domain.statements.periods import count_whole_months
from scoring.domain.statements.statements import Statement as Figures
from scoring.domain.statements.years import rescale
from scoring.models import Rating, Statement
from scoring.selectors.assessments import get_characteristics, get_confirmed_assessment
from scoring.selectors.behaviour import PieceRow, get_behaviour
from scoring.selectors.explain import read_facts
from scoring.selectors.facts import make_profile
from scoring.selectors.policy import get_rating_policy, read_rules
from scoring.selectors.rated_models import list_statement_ids
from scoring.selectors.rates import find_usd_rate, read_rates
from scoring.selectors.statements import counts_on, list_statements, read_lines, to_figures

STATEMENTS_READ = 8
FACTS = ("MARKET_CAP", "SUSPENDED_DAYS", "EXPECTED_SALES", "AGENCY_LIMIT")
MOST_PROMISES = 100_000


@dataclass(frozen=True)
class Given:
    """What somebody tries out in place of what is stored; None leaves what is stored.

    `answers` is {"answers", "evidence"} of the 5C, `traits` the ratings by trait, `weight_set` one
    of the policy's, `limit` the limit in question, in single units of the currency.
    """

    answers: Mapping[str, Any] | None = None
    traits: Mapping[str, int | None] | None = None
    weight_set: str = ""
    limit: Decimal | None = None


@dataclass(frozen=True)
class CustomerCase:
    """The evaluation of one customer on a day, with what it was made of."""

    customer: Customer
    as_of: date
    statement: Statement | None
    evaluation: Evaluation
    traits: Mapping[str, int | None]
    weight_set: str
    behaviour: BehaviourResult
    pieces: Sequence[PieceRow]
    facts: Mapping[str, Mapping[str, Any]]
    policy_body: Mapping[str, Any]
    rates: Mapping[str, Decimal]
    limit: Decimal | None


def evaluate_customer(
    customer: Customer,
    *,
    as_of: date,
    rating: Rating | None = None,
    given: Given | None = None,
) -> CustomerCase:
    """Put one customer through every model (13 queries).

    With `rating` the statement, the answers, the policy and the flags are those that it was made of.
    """
    given = given or Given()
    rows = _choose_statements(customer, rating, as_of)
    body = (
        rating.policy.body
        if rating and rating.policy
        else get_rating_policy(as_of=as_of).version.body
    )
    rules = read_rules(body)
    facts = {
        row["field"]: row
        for row in list_latest_facts(FACTS, as_of=as_of, customer_ids=[customer.pk])
    }
    behaviour, pieces = get_behaviour(customer, as_of=as_of, policy=rules.behaviour)
    answers, unsupported, age = _read_answers(customer, rating, given, as_of)
    traits, weight_set = _read_traits(customer, given, body, as_of)
    rates = read_rates(as_of)
    evaluation = evaluate_models(
        _read_figures(rows),
        as_of=as_of,
        five_c_answers=answers,
        five_c_unsupported=unsupported,
        five_c_age_months=age,
        characteristic_ratings=traits,
        derives_characteristics=True,
        weight_set=weight_set,
        behaviour_facts=_facts_of(behaviour, pieces),
        requested_limit=given.limit,
        policy=rules,
        **_read_dossier(customer, rating, rows, facts, rates),
    )
    return CustomerCase(
        customer,
        as_of,
        rows[0] if rows else None,
        evaluation,
        traits,
        weight_set,
        behaviour,
        pieces,
        facts,
        body,
        rates,
        given.limit,
    )


def _choose_statements(customer: Customer, rating: Rating | None, as_of: date) -> list[Statement]:
    """List the usable statements newest first; those that the rating was made of lead.

    One query, two where one of them has been superseded since.
    """
    known = list_statements(customer, as_of=as_of)[:STATEMENTS_READ]
    usable = [row for row in known if counts_on(row, as_of=as_of)]
    if rating is None:
        made_of, has_prior = usable[:1], True
    else:
        made_of = _read_made_of(rating, usable)
        # One that kept what it was given names last year's too, or had none.
        kept = "given" in rating.components.get("financial", {})
        has_prior = not kept or len(made_of) > 1
    if not made_of:
        return []
    oldest = min(row.period_end for row in made_of)
    older = [row for row in usable if row.period_end < oldest] if has_prior else []
    return [*made_of, *_own_kind_first(made_of[0], older)]


def _read_made_of(rating: Rating, usable: Sequence[Statement]) -> list[Statement]:
    ids = list_statement_ids(rating)
    rows = {row.pk: row for row in usable if row.pk in ids}
    lost = [number for number in ids if number not in rows]
    rows |= {row.pk: row for row in Statement.objects.filter(pk__in=lost)} if lost else {}
    return [rows[number] for number in ids]


def _own_kind_first(first: Statement, older: Sequence[Statement]) -> list[Statement]:
    return sorted(older, key=lambda row: row.consolidated != first.consolidated)


def _read_figures(rows: Sequence[Statement]) -> list[Figures]:
    lines = read_lines([row.pk for row in rows])
    return [
        rescale(
            # A doubtful statement does not tie out, so its blanks mean nothing (N5).
            to_figures(row, lines[row.pk], is_complete=row.complete and not row.doubtful),
            Decimal(row.unit),
        )
        for row in rows
    ]


def _read_answers(
    customer: Customer, rating: Rating | None, given: Given, as_of: date
) -> tuple[Mapping[str, Sequence[Answer]] | None, Sequence[str], int]:
    if given.answers is not None:
        answers, notes, day = given.answers["answers"], given.answers.get("evidence"), as_of
    else:
        stored = rating.assessment if rating else get_confirmed_assessment(customer, as_of=as_of)
        if stored is None:
            return None, (), 0
        answers, notes, day = stored.answers, stored.evidence, stored.as_of
    evidence = {
        indicator: [date.fromisoformat(note["on"]) for note in found if note.get("on")]
        for indicator, found in (notes or {}).items()
    }
    unsupported = five_c.list_unsupported(answers, evidence, as_of=day)
    return answers, unsupported, count_whole_months(day, as_of)


def _read_traits(
    customer: Customer, given: Given, body: Mapping[str, Any], as_of: date
) -> tuple[dict[str, int | None], str]:
    section = body.get("characteristics") or {}
    weight_set = given.weight_set or str(section.get("weight_set") or BALANCED)
    if given.traits is not None:
        return dict(given.traits), weight_set
    stored = get_characteristics(customer, as_of=as_of, state="CONFIRMED")
    return (dict(stored.answers) if stored else {}), weight_set


def _read_dossier(
    customer: Customer,
    rating: Rating | None,
    rows: Sequence[Statement],
    facts: Mapping[str, Mapping[str, Any]],
    rates: Mapping[str, Decimal],
) -> dict[str, Any]:
    """Return what the models are told of the customer: as the rating kept it, else as it is."""
    stored = rating.components if rating is not None else {}
    kept = stored.get("financial", {}).get("given")
    market_cap, usd_rate = None, None
    if rows and kept is not None:
        market_cap, usd_rate = _decimal(kept["market_cap"]), _decimal(kept["usd_rate"])
        market_cap = None if market_cap is None else market_cap * rows[0].unit
    elif rows:
        # The dossier tells it in CNY.
        told, worth = _number(facts.get("MARKET_CAP")), rates.get(rows[0].currency)
        market_cap = told / worth if told is not None and worth else None
        usd_rate = find_usd_rate(rows[0].currency, on=rows[0].period_end)
    return {
        "profile": _profile(customer, kept, facts),
        "market_cap": market_cap,
        "usd_rates": {} if usd_rate is None else {rows[0].currency: usd_rate},
        "external": _decimal(stored.get("external", {}).get("score")),
        "facts": read_facts(stored["facts"]) if "facts" in stored else RatingFacts(),
    }


def _profile(
    customer: Customer,
    kept: Mapping[str, Any] | None,
    facts: Mapping[str, Mapping[str, Any]],
) -> Profile:
    if kept is not None:
        return make_profile(
            kept["industry"] or "",
            kept["kind"] or "",
            is_listed=bool(kept["is_listed"]),
            founded=customer.founded,
            suspended_days=kept["suspended_days"] or 0,
        )
    return make_profile(
        customer.industry,
        customer.kind,
        is_listed=customer.listed,
        founded=customer.founded,
        suspended_days=int(_number(facts.get("SUSPENDED_DAYS")) or 0),
    )


def _facts_of(behaviour: BehaviourResult, pieces: Sequence[PieceRow]) -> BehaviourFacts:
    """Return the facts behind a behaviour score; of the promises only their ratio is scored."""
    kept = Fraction(behaviour.promise_kept or 0).limit_denominator(MOST_PROMISES)
    has_promises = behaviour.promise_kept is not None
    return BehaviourFacts(
        pieces=[row.piece for row in pieces if row.piece is not None],
        promises_kept=kept.numerator if has_promises else 0,
        promises_broken=kept.denominator - kept.numerator if has_promises else 0,
        unjustified_dispute_ratio=behaviour.dispute_ratio,
    )


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def _number(fact: Mapping[str, Any] | None) -> Decimal | None:
    return None if fact is None else fact["number"]
