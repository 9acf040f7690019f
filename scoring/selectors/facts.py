"""Facts of a portfolio for rating: one row per customer, fetched set-wise in a handful of statements.

Which statement counts: the latest current one that had arrived by the date, covers six months or more,
and either adds up or was accepted in spite of its findings. Of the same day the customer's own
accounts come before the group's, a year before an interim. Which answers count: the latest confirmed.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import Sum

from common.bulk import fetch_dicts
from common.errors import InvalidInput
from receivables.models import Posting
from scoring.domain import five_c
from scoring.domain.bulk_rating import RATED_ITEMS, count_months
from scoring.domain.items import DERIVED_ITEMS
from scoring.domain.periods import MIN_MONTHS_TO_ANNUALISE, annualise
from scoring.domain.profile import Profile
from scoring.domain.reliability import get_reliability
from scoring.domain.statements import AuditOpinion, Statement

INDICATORS = tuple(name for names in five_c.PARTS.values() for name in names)
ADVERSE_OPINIONS = ("ADVERSE", "DISCLAIMER")
OVER_DAYS = 90
NO_FACTS, DOUBTFUL, BAD_ANSWERS = "NO_FACTS", "STATEMENT_DOUBTFUL", "ANSWERS_UNREADABLE"


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


def gather_facts(
    *,
    as_of: date,
    customer_ids: Collection[int] | None = None,
    answers: Mapping[int, Mapping[str, Any]] | None = None,
) -> PortfolioFacts:
    """Fetch what ratings of `as_of` are made of (3 queries, 6 when interim statements count).

    Without ids: every customer that is neither inactive nor archived. `answers` replaces the stored
    5C answers of some customers ({"answers", "evidence"}): what a rating would be, were they true.
    """
    records = fetch_dicts(_sql(customer_ids is not None), _params(as_of, customer_ids))
    for record in records:
        given = (answers or {}).get(record["customer_id"])
        if given is not None:
            record |= {"assessment_id": 0, "assessed_on": as_of, **given}
    _roll_interims(records, as_of=as_of)
    overdue = list_long_overdue(as_of=as_of, customer_ids=customer_ids)
    skipped: list[Skipped] = []
    kept, steps, lacking = [], [], []
    for record in records:
        if not _has_facts(record):
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
    frame = _frame(kept, steps, overdue, as_of=as_of)
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


def list_long_overdue(
    *, as_of: date, customer_ids: Collection[int] | None = None
) -> frozenset[int]:
    """Return the customers with an item more than 90 days past due on that day (one query)."""
    items = Posting.objects.filter(
        closed_on__gt=as_of,
        posted_on__lte=as_of,
        due_date__lt=as_of - timedelta(days=OVER_DAYS),
        customer_id__isnull=False,
    )
    if customer_ids is not None:
        items = items.filter(customer_id__in=list(customer_ids))
    rows = items.values("customer_id", "due_line_id").annotate(open=Sum("amount"))
    return frozenset(rows.filter(open__gt=0).values_list("customer_id", flat=True))


def _sql(is_narrowed: bool) -> str:
    narrowed = "and customer_id = any(%(ids)s)" if is_narrowed else ""
    chosen = "c.id = any(%(ids)s)" if is_narrowed else "c.state not in ('INACTIVE', 'ARCHIVED')"
    items = ", ".join(
        f"max(l.amount) filter (where l.item = '{name}')::float8 as {name}" for name in RATED_ITEMS
    )
    columns = ", ".join(f"li.{name}" for name in RATED_ITEMS)
    return f"""
        with st as (
            select distinct on (customer_id) *
            from scoring_statement
            where superseded_by_id is null and (not doubtful or accepted_by_id is not null)
              and period_end <= %(as_of)s and coalesce(received_on, period_end) <= %(as_of)s
              and months >= %(months)s {narrowed}
            order by customer_id, period_end desc, consolidated, months <> 12, version desc, id desc
        ), li as (
            select l.statement_id, {items}
            from scoring_statementline l join st on st.id = l.statement_id
            where l.item = any(%(items)s)
            group by l.statement_id
        ), a as (
            select distinct on (customer_id) id, customer_id, as_of, answers, evidence
            from scoring_fivecassessment
            where state = 'CONFIRMED' and as_of <= %(as_of)s {narrowed}
            order by customer_id, as_of desc, id desc
        ), doubtful as (
            select distinct customer_id from scoring_statement
            where superseded_by_id is null and doubtful and accepted_by_id is null {narrowed}
        )
        select c.id as customer_id, c.code, c.industry, c.kind, c.state, c.founded,
               st.id as statement_id, st.accepted_by_id, st.period_end, st.months, st.form,
               st.complete, st.doubtful, st.opinion, st.source, st.currency, st.unit,
               st.consolidated, st.kind as statement_kind,
               {columns}, a.id as assessment_id, a.as_of as assessed_on, a.answers, a.evidence,
               d.customer_id is not null as has_doubtful
        from customers_customer c
        left join st on st.customer_id = c.id
        left join li on li.statement_id = st.id
        left join a on a.customer_id = c.id
        left join doubtful d on d.customer_id = c.id
        where {chosen}
        order by c.id
    """  # noqa: S608 - columns and conditions are constants of this module


def _params(as_of: date, customer_ids: Collection[int] | None) -> dict[str, Any]:
    params = {"as_of": as_of, "months": MIN_MONTHS_TO_ANNUALISE, "items": list(RATED_ITEMS)}
    return params if customer_ids is None else params | {"ids": list(customer_ids)}


def _parse(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _step(answer: five_c.Answer) -> float:
    if answer is None:
        return np.nan
    return 0.0 if answer == five_c.NOT_APPLICABLE else float(answer)


def _has_facts(record: Mapping[str, Any]) -> bool:
    has_any = record["statement_id"] is not None or record["assessment_id"] is not None
    return has_any or record["state"] == "INSOLVENT"


def _frame(
    records: Sequence[Mapping[str, Any]],
    steps: Sequence[Sequence[float]],
    overdue: Collection[int],
    *,
    as_of: date,
) -> pd.DataFrame:
    """Turn records into the columns that `bulk_rating.conclude` reads, with those it was made of."""
    index = pd.Index([record["customer_id"] for record in records], name="customer_id")

    def column(name: str, dtype: Any = object) -> pd.Series:
        return pd.Series([record[name] for record in records], index=index, dtype=dtype)

    frame = pd.DataFrame(
        {name: column(name, np.float64) for name in RATED_ITEMS}
        | {
            name: column(name)
            for name in (
                "code", "statement_id", "assessment_id", "accepted_by_id", "period_end",
                "assessed_on", "currency", "opinion", "rolled_from", "founded", "industry", "kind",
                "state", "form",
            )
        },
        index=index,
    )  # fmt: skip
    frame["months"] = column("months", np.float64)
    frame["unit"] = column("unit", np.float64)
    # A doubtful statement does not tie out, so its blanks mean nothing (N5).
    frame["is_complete"] = [bool(r["complete"]) and not r["doubtful"] for r in records]
    frame["is_condensed"] = [r["form"] == "CONDENSED" for r in records]
    frame["is_scope_excluded"] = [_is_excluded(r["industry"], r["kind"]) for r in records]
    frame["reliability"] = np.array([_trust(r) for r in records], dtype=np.float64)
    frame["statement_age"] = count_months(column("period_end"), as_of=as_of)
    frame["assessment_age"] = count_months(column("assessed_on"), as_of=as_of)
    frame["age_months"] = count_months(column("founded"), as_of=as_of)
    frame["has_item_over_90_days"] = [r["customer_id"] in overdue for r in records]
    frame["has_adverse_opinion"] = [r["opinion"] in ADVERSE_OPINIONS for r in records]
    frame["flags"] = pd.Series(
        [_INSOLVENT if r["state"] == "INSOLVENT" else _NO_FLAGS for r in records],
        index=index,
        dtype=object,
    )
    answers = np.array(steps, dtype=np.float64).reshape(len(records), len(INDICATORS))
    return pd.concat([frame, pd.DataFrame(answers, index=index, columns=INDICATORS)], axis=1)


def _lacking_frame(lacking: Sequence[Sequence[str]], index: pd.Index) -> pd.DataFrame:
    """Mark the answers of 4 or 5 without evidence, a column per indicator."""
    place = {indicator: n for n, indicator in enumerate(INDICATORS)}
    marks = np.zeros((len(index), len(INDICATORS)), dtype=bool)
    for row, names in enumerate(lacking):
        for name in names:
            marks[row, place[name]] = True
    return pd.DataFrame(marks, index=index, columns=INDICATORS)


_NO_FLAGS: frozenset[str] = frozenset()
_INSOLVENT = frozenset({"insolvency_petition_accepted"})


@lru_cache(maxsize=4096)
def _is_excluded(industry: str, kind: str) -> bool:
    sector = "government" if kind == "GOVERNMENT" else ""
    return Profile(industry=industry, sector=sector).is_scope_excluded


def _trust(record: Mapping[str, Any]) -> float:
    if record["statement_id"] is None:
        return np.nan
    return _get_trust(record["opinion"], record["source"] == "ESTIMATE", record["months"])


@lru_cache(maxsize=512)
def _get_trust(opinion: str, is_estimate: bool, months: int) -> float:
    statement = Statement(
        {}, months=months, audit_opinion=AuditOpinion(opinion.lower()), is_estimate=is_estimate
    )
    return float(get_reliability(annualise(statement)))


# --- interim statements: trailing twelve months where last year's two statements are there --------


def _roll_interims(records: list[dict[str, Any]], *, as_of: date) -> None:
    """Replace interim flows by trailing twelve months in place (E6); others are scaled later."""
    for record in records:
        record["rolled_from"] = None
    interims = {r["statement_id"]: r for r in records if r["months"] and r["months"] < 12}
    if not interims:
        return
    priors = _find_priors(list(interims), as_of=as_of)
    wanted = [n for year, interim in priors.values() for n in (year, interim)]
    lines = _read_lines([*priors, *wanted])
    for statement_id, (year_id, interim_id) in priors.items():
        record = interims[statement_id]
        now = _statement(lines[statement_id], record["months"], record)
        year = _statement(lines[year_id], 12, record)
        before = _statement(lines[interim_id], record["months"], record)
        rolled = annualise(now, prior_year=year, prior_interim=before)
        record |= {name: _float(rolled.items.get(name)) for name in RATED_ITEMS}
        record |= {"months": rolled.months, "rolled_from": f"{year_id}+{interim_id}"}


def _find_priors(statement_ids: list[int], *, as_of: date) -> dict[int, tuple[int, int]]:
    """Return, per interim statement, last year's full statement and same interim, where both are."""
    rows = fetch_dicts(
        """
        select s.id, y.id as year_id, i.id as interim_id
        from scoring_statement s
        join scoring_statement i on i.customer_id = s.customer_id and i.months = s.months
          and i.period_end = (date_trunc('month', s.period_end) - interval '11 months 1 day')::date
        join scoring_statement y on y.customer_id = s.customer_id and y.months = 12
          and y.period_end = (date_trunc('month', s.period_end)
                              - make_interval(months => s.months - 1, days => 1))::date
        where s.id = any(%(ids)s)
          and i.superseded_by_id is null and y.superseded_by_id is null
          and i.consolidated = s.consolidated and y.consolidated = s.consolidated
          and i.unit = s.unit and y.unit = s.unit
          and i.currency = s.currency and y.currency = s.currency
          and i.form = s.form and y.form = s.form
          and (not i.doubtful or i.accepted_by_id is not null)
          and (not y.doubtful or y.accepted_by_id is not null)
          and coalesce(i.received_on, i.period_end) <= %(as_of)s
          and coalesce(y.received_on, y.period_end) <= %(as_of)s
        order by s.id, i.version, y.version
        """,
        {"ids": statement_ids, "as_of": as_of},
    )
    return {row["id"]: (row["year_id"], row["interim_id"]) for row in rows}


def _read_lines(statement_ids: Collection[int]) -> dict[int, dict[str, Decimal]]:
    rows = fetch_dicts(
        "select statement_id, item, amount from scoring_statementline"
        " where statement_id = any(%(ids)s) and item = any(%(items)s)",
        {"ids": list(statement_ids), "items": list(RATED_ITEMS)},
    )
    lines: dict[int, dict[str, Decimal]] = {number: {} for number in statement_ids}
    for row in rows:
        lines[row["statement_id"]][row["item"]] = row["amount"]
    return lines


def _statement(lines: Mapping[str, Decimal], months: int, record: Mapping[str, Any]) -> Statement:
    condensed = record["form"] == "CONDENSED"
    stated = {n: a for n, a in lines.items() if condensed or n not in DERIVED_ITEMS}
    return Statement(stated, months=months, is_condensed=condensed)


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
