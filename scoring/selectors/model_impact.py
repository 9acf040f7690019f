"""What a comparison of two versions of the rating policy reads: the same facts, seen by another one."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from common.bulk import fetch_rows
from customers.models import Customer
from scoring.domain.rating.overrides import InvalidNotch, Notch, apply_notch
from scoring.domain.rating.scoring_policy import ScoringPolicy
from scoring.selectors.behaviour import gather_behaviour
from scoring.selectors.facts import BEHAVIOUR
from scoring.selectors.frames import read_factors

NOT_RATED_STATES = ("INACTIVE", "ARCHIVED")


def list_customers_in_scope(user: Any) -> list[int]:
    """Return the ids of every customer that is rated and that a person may see (one query)."""
    customers = Customer.objects.for_user(user).exclude(state__in=NOT_RATED_STATES)
    return list(customers.order_by("pk").values_list("pk", flat=True))


def see_by(
    facts: pd.DataFrame, policy: ScoringPolicy, *, gathered_by: ScoringPolicy, as_of: date
) -> pd.DataFrame:
    """Return facts gathered under one policy as another one sees them.

    Only what a policy has a say in is made anew: the score of payments, from the same ledger, where
    its weights differ (4 queries), and the level of prices.
    """
    seen = facts
    if policy.behaviour != gathered_by.behaviour:
        paid = gather_behaviour(
            as_of=as_of, customer_ids=facts.index.tolist(), policy=policy.behaviour
        ).reindex(facts.index)
        seen = seen.assign(
            **{f"pbs_{name}": paid[name] for name in BEHAVIOUR},
            behaviour=paid["value"].astype(np.float64),
            has_hard_trigger=paid["has_hard_trigger"].eq(True),
        )
    levels = (policy.ohlson_price_levels, policy.ohlson_price_index)
    if levels != (gathered_by.ohlson_price_levels, gathered_by.ohlson_price_index):
        ends = pd.to_datetime(facts["period_end"])
        seen = seen.assign(
            price_index=[
                np.nan if pd.isna(end) else float(policy.get_price_index(end.year)) for end in ends
            ]
        )
    return seen


def hang_on_parents(
    facts: pd.DataFrame, parents: Mapping[int, int], grades: Mapping[int, str], *, as_of: date
) -> pd.DataFrame:
    """Let notches that follow a parent's grade follow the one that a version gives the parent."""
    mine = {n: grades[p] for n, p in parents.items() if n in facts.index and grades.get(p)}
    if not mine:
        return facts
    notches = facts["notches"].copy()
    for customer_id, grade in mine.items():
        notches.at[customer_id] = tuple(
            _follow(notch, grade, as_of) for notch in facts.at[customer_id, "notches"]
        )
    return facts.assign(notches=notches)


def gather_debts(
    *, as_of: date, customer_ids: Collection[int] | None = None
) -> tuple[pd.Series, int]:
    """Return what each customer owes us on a day in CNY, and how many sums have no rate (2 queries)."""
    narrowed = "" if customer_ids is None else "and customer_id = any(%(ids)s)"
    rows = fetch_rows(
        f"""
        select customer_id, currency, sum(amount)::float8 from receivables_posting
        where closed_on > %(as_of)s and posted_on <= %(as_of)s and customer_id is not null {narrowed}
        group by 1, 2
        """,  # noqa: S608 - the text is ours
        {"as_of": as_of, "ids": list(customer_ids or ())},
    )
    frame = pd.DataFrame(rows, columns=["customer_id", "currency", "amount"])
    frame["amount"] *= frame["currency"].map(read_factors(as_of)).astype(np.float64)
    known = frame.dropna(subset=["amount"])
    return known.groupby("customer_id")["amount"].sum(), len(frame) - len(known)


def _follow(notch: Notch, grade: str, as_of: date) -> Notch:
    if notch.parent_grade is None:
        return notch
    moved = replace(notch, parent_grade=grade)
    try:
        apply_notch("BB", moved, as_of=as_of)
    except InvalidNotch:
        return notch
    return moved
