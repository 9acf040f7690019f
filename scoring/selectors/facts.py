"""Facts of a portfolio for rating: one row per customer, fetched set-wise in a handful of statements.

Which statement counts is told in `statement_facts`; which answers: the latest confirmed. Nothing that
was received or decided after the day counts.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from common.bulk import fetch_dicts, fetch_rows
from common.errors import InvalidInput
from scoring.domain.models import five_c
from scoring.domain.profile import Profile
from scoring.domain.rating.bulk_rating import count_months
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY, ScoringPolicy
from scoring.domain.statements.periods import annualise
from scoring.domain.statements.reliability import get_reliability
from scoring.domain.statements.statements import AuditOpinion, Statement
from scoring.selectors.behaviour import gather_behaviour
from scoring.selectors.other_facts import Dossier, Notches, OtherFacts, gather_other_facts
from scoring.selectors.rates import Rates
from scoring.selectors.statement_facts import gather_statements

INDICATORS = tuple(name for names in five_c.PARTS.values() for name in names)
ADVERSE_OPINIONS = ("ADVERSE", "DISCLAIMER")
NO_FACTS, DOUBTFUL, BAD_ANSWERS = "NO_FACTS", "STATEMENT_DOUBTFUL", "ANSWERS_UNREADABLE"

# Columns of the behaviour that a rating keeps, as `score_behaviour_bulk` names them.
BEHAVIOUR = (
    "value", "status", "band", "n", "wadbt", "adl", "pdx", "on_time", "worst", "trend",
    "promise_kept", "dispute_ratio", "raw", "is_deteriorating", "has_hard_trigger",
)  # fmt: skip

_NO_FLAGS: frozenset[str] = frozenset()
_INSOLVENT = frozenset({"insolvency_petition_accepted"})
_NOTHING, _NO_NOTCHES = Dossier(), Notches()


@dataclass(frozen=True)
class Skipped:
    """A customer that could not be rated, and why (a code of `scoring.texts`)."""

    customer_id: int
    code: str
    reason: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PortfolioFacts:
    """Facts by customer id, answers without evidence, and who has none that can be used."""

    frame: pd.DataFrame
    unsupported: pd.DataFrame
    skipped: list[Skipped]


def list_customers_to_rate() -> list[int]:
    """Return the ids of every customer that is neither inactive nor archived, in order (1 query)."""
    rows = fetch_rows(
        "select id from customers_customer where state not in ('INACTIVE', 'ARCHIVED') order by id"
    )
    return [number for (number,) in rows]


def gather_facts(
    *,
    as_of: date,
    customer_ids: Collection[int],
    answers: Mapping[int, Mapping[str, Any]] | None = None,
    policy: ScoringPolicy = DEFAULT_POLICY,
) -> PortfolioFacts:
    """Fetch what ratings of `as_of` are made of, for some customers. Some 15 queries, however many.

    `answers` replaces the stored 5C answers of some customers ({"answers", "evidence"}): what a
    rating would be, were they true.
    """
    ids = sorted(customer_ids)
    records = fetch_dicts(_CUSTOMERS, {"as_of": as_of, "ids": ids})
    for record in records:
        given = (answers or {}).get(record["customer_id"])
        if given is not None:
            record |= {"assessment_id": 0, "assessed_on": as_of, **given}
    statements = gather_statements(ids, as_of=as_of)
    behaviour = gather_behaviour(as_of=as_of, customer_ids=ids, policy=policy.behaviour)
    others = gather_other_facts(ids, as_of=as_of)
    known = _Known(
        frozenset(statements.index),
        frozenset(behaviour.index[behaviour["value"].notna()]),
        frozenset(others.external.index[others.external["value"].notna()]),
    )
    skipped: list[Skipped] = []
    kept, steps, lacking = [], [], []
    for record in records:
        if not known.has_any(record, others.dossiers):
            reason = DOUBTFUL if record["has_doubtful"] else NO_FACTS
            skipped.append(Skipped(record["customer_id"], record["code"], reason))
            continue
        try:
            row, unsupported = read_answers(record)
        except (InvalidInput, ValueError, TypeError, KeyError, AttributeError) as error:
            params = {"error": f"{type(error).__name__} {getattr(error, 'field', '') or error}"}
            skipped.append(Skipped(record["customer_id"], record["code"], BAD_ANSWERS, params))
            continue
        kept.append(record)
        steps.append(row)
        lacking.append(unsupported)
    frame = _frame(kept, steps, statements, behaviour, others, policy, as_of=as_of)
    return PortfolioFacts(frame, _lacking_frame(lacking, frame.index), skipped)


def read_answers(record: Mapping[str, Any]) -> tuple[list[float], tuple[str, ...]]:
    """Return the 25 steps as numbers, and the indicators whose 4 or 5 lacks evidence.

    Raises `InvalidInput` when the stored answers are not a questionnaire.
    """
    if not record["answers"]:
        return [np.nan] * len(INDICATORS), ()
    answers = _parse(record["answers"])
    evidence = {
        indicator: [date.fromisoformat(note["on"]) for note in notes if note.get("on")]
        for indicator, notes in _parse(record["evidence"] or {}).items()
    }
    # Judged on the day of the answers: their age is counted by the decay, not twice.
    unsupported = five_c.list_unsupported(answers, evidence, as_of=record["assessed_on"])
    given = (answers.get(part, [None] * len(names)) for part, names in five_c.PARTS.items())
    return [_step(answer) for steps in given for answer in steps], unsupported


@dataclass(frozen=True)
class _Known:
    """Who has figures, payments, opinions."""

    statements: frozenset[int]
    payments: frozenset[int]
    opinions: frozenset[int]

    def has_any(self, record: Mapping[str, Any], dossiers: Mapping[int, Dossier]) -> bool:
        customer_id = record["customer_id"]
        return (
            customer_id in self.statements
            or record["assessment_id"] is not None
            or customer_id in self.payments
            or customer_id in self.opinions
            or record["state"] == "INSOLVENT"
            or bool(dossiers.get(customer_id, _NOTHING).flags)
        )


_CUSTOMERS = """
    with a as (
        select distinct on (customer_id) id, customer_id, as_of, answers, evidence
        from scoring_fivecassessment
        where state = 'CONFIRMED' and as_of <= %(as_of)s and customer_id = any(%(ids)s)
            and coalesce(confirmed_on, as_of) <= %(as_of)s
        order by customer_id, as_of desc, id desc
    ), doubtful as (
        select distinct customer_id from scoring_statement
        where doubtful and (accepted_by_id is null or accepted_on > %(as_of)s)
            and period_end <= %(as_of)s and coalesce(received_on, period_end) <= %(as_of)s
            and customer_id = any(%(ids)s)
    )
    select c.id as customer_id, c.code, c.industry, c.kind, c.state, c.founded, c.listed,
        a.id as assessment_id, a.as_of as assessed_on, a.answers, a.evidence,
        d.customer_id is not null as has_doubtful
    from customers_customer c
    left join a on a.customer_id = c.id
    left join doubtful d on d.customer_id = c.id
    where c.id = any(%(ids)s)
    order by c.id
"""


def _parse(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _step(answer: five_c.Answer) -> float:
    if answer is None:
        return np.nan
    return 0.0 if answer == five_c.NOT_APPLICABLE else float(answer)


def _frame(
    records: Sequence[Mapping[str, Any]],
    steps: Sequence[Sequence[float]],
    statements: pd.DataFrame,
    behaviour: pd.DataFrame,
    others: OtherFacts,
    policy: ScoringPolicy,
    *,
    as_of: date,
) -> pd.DataFrame:
    """Put everything into the columns that `bulk_rating.conclude` reads, with those they came from."""
    index = pd.Index([r["customer_id"] for r in records], name="customer_id", dtype=np.int64)
    figures = statements.reindex(index)
    paid = behaviour.reindex(index)[list(BEHAVIOUR)].add_prefix("pbs_")
    answers = np.array(steps, dtype=np.float64).reshape(len(records), len(INDICATORS))
    return pd.concat(
        [
            figures,
            _profile_columns(records, figures, others, index, as_of),
            _money_columns(figures, others, policy, as_of),
            paid,
            pd.DataFrame(
                {
                    "behaviour": paid["pbs_value"].astype(np.float64),
                    "has_hard_trigger": paid["pbs_has_hard_trigger"].eq(True),
                    "external": others.external["value"].reindex(index),
                    "external_n": others.external["n"].reindex(index),
                },
                index=index,
            ),
            pd.DataFrame(answers, index=index, columns=INDICATORS),
        ],
        axis=1,
    )


def _profile_columns(
    records: Sequence[Mapping[str, Any]],
    figures: pd.DataFrame,
    others: OtherFacts,
    index: pd.Index,
    as_of: date,
) -> pd.DataFrame:
    dossiers = [others.dossiers.get(r["customer_id"], _NOTHING) for r in records]
    notches = [others.notches.get(r["customer_id"], _NO_NOTCHES) for r in records]
    founded = [
        r["founded"] or dossier.founded for r, dossier in zip(records, dossiers, strict=True)
    ]

    def column(values: Sequence[Any], dtype: Any = object) -> pd.Series:
        return pd.Series(list(values), index=index, dtype=dtype)

    profiles = [_get_profile(r["industry"], r["kind"]) for r in records]
    flags = [
        dossier.flags | (_INSOLVENT if r["state"] == "INSOLVENT" else _NO_FLAGS)
        for r, dossier in zip(records, dossiers, strict=True)
    ]
    return pd.DataFrame(
        {
            **{
                name: column([r[name] for r in records])
                for name in ("code", "industry", "kind", "state", "assessment_id", "assessed_on")
            },
            "founded": column(founded),
            "is_scope_excluded": column([excluded for excluded, _ in profiles], bool),
            "is_manufacturing": column([makes for _, makes in profiles], bool),
            "is_listed": column([bool(r["listed"]) for r in records], bool),
            "suspended_days": column([d.suspended_days for d in dossiers], np.float64),
            "reliability": _trust(figures),
            "statement_age": count_months(figures["period_end"], as_of=as_of),
            "assessment_age": count_months(
                column([r["assessed_on"] for r in records]), as_of=as_of
            ),
            "age_months": count_months(column(founded), as_of=as_of),
            "has_item_over_90_days": column(
                [r["customer_id"] in others.overdue for r in records], bool
            ),
            "has_adverse_opinion": figures["opinion"].isin(ADVERSE_OPINIONS),
            "is_shell": column([d.is_shell for d in dossiers], bool),
            "flags": column(flags),
            "hits": column([d.hits for d in dossiers]),
            "opinions": column([d.opinions for d in dossiers]),
            "has_enforced": column([d.has_enforced for d in dossiers], bool),
            "enforced_amount": column([d.enforced_amount for d in dossiers], np.float64),
            "market_cap_cny": column([d.market_cap for d in dossiers], np.float64),
            "notches": column([n.notches for n in notches]),
            "override_ids": column([n.override_ids for n in notches]),
            "parent_grade": column([n.parent_grade for n in notches]),
        },
        index=index,
    )


def _money_columns(
    figures: pd.DataFrame, others: OtherFacts, policy: ScoringPolicy, as_of: date
) -> pd.DataFrame:
    """Convert: dollars per statement unit on its day, yuan per unit and market value today."""
    rates = Rates.read()
    currencies, ends = figures["currency"].tolist(), figures["period_end"].tolist()
    units = figures["unit"].to_numpy(dtype=np.float64)
    dollars, yuan, levels = [], [], []
    for currency, end in zip(currencies, ends, strict=True):
        has = isinstance(currency, str)
        dollars.append(rates.to_dollars(currency, end, policy) if has else np.nan)
        yuan.append(rates.to_yuan(currency, as_of) if has else np.nan)
        levels.append(float(policy.get_price_index(end.year)) if has else np.nan)
    market = np.array(
        [
            np.nan if (cap := others.dossiers.get(n, _NOTHING).market_cap) is None else float(cap)
            for n in figures.index
        ]
    )
    per_unit = np.array(yuan, dtype=np.float64) * units
    return pd.DataFrame(
        {
            "usd_rate": np.array(dollars, dtype=np.float64) * units,
            "usd_per_currency": np.array(dollars, dtype=np.float64),
            "cny_rate": per_unit,
            "price_index": levels,
            "market_cap_now": market / per_unit,
        },
        index=figures.index,
    )


def _lacking_frame(lacking: Sequence[Sequence[str]], index: pd.Index) -> pd.DataFrame:
    """Mark the answers of 4 or 5 without evidence, a column per indicator."""
    place = {indicator: n for n, indicator in enumerate(INDICATORS)}
    marks = np.zeros((len(index), len(INDICATORS)), dtype=bool)
    for row, names in enumerate(lacking):
        for name in names:
            marks[row, place[name]] = True
    return pd.DataFrame(marks, index=index, columns=INDICATORS)


@lru_cache(maxsize=4096)
def _get_profile(industry: str, kind: str) -> tuple[bool, bool]:
    """Return whether the classic models do not apply to it, and whether it makes things."""
    profile = make_profile(industry, kind)
    return profile.is_scope_excluded, profile.is_manufacturing


def make_profile(industry: str, kind: str, **further: Any) -> Profile:
    """Return the domain's profile of a customer by its industry code and kind."""
    sector = "government" if kind == "GOVERNMENT" else ""
    return Profile(industry=industry, sector=sector, **further)


def _trust(figures: pd.DataFrame) -> np.ndarray:
    rows = zip(
        figures["statement_id"].isna().tolist(),
        figures["opinion"].tolist(),
        (figures["source"] == "ESTIMATE").tolist(),
        figures["months"].tolist(),
        strict=True,
    )
    return np.array(
        [np.nan if none else _get_trust(o, e, int(m)) for none, o, e, m in rows], dtype=np.float64
    )


@lru_cache(maxsize=512)
def _get_trust(opinion: str, is_estimate: bool, months: int) -> float:
    statement = Statement(
        {}, months=months, audit_opinion=AuditOpinion(opinion.lower()), is_estimate=is_estimate
    )
    return float(get_reliability(annualise(statement)))
