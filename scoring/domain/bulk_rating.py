"""A whole portfolio rated at once: from facts, one row per customer, to grades and limits.

The steps are those of one rating (statement → Z″ → financial component; answers → 5C; both →
grade; balance sheet and grade → suggested limit) on columns of ``float64``. Each function is the twin
of a scalar rule; ``tests/scoring/domain/test_bulk_rating.py`` proves that they agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.domain import altman, vectorised
from scoring.domain.composite import DEFAULT_POLICY, CompositePolicy
from scoring.domain.financial import CURVES, FinancialPolicy
from scoring.domain.five_c import DEFAULT_WEIGHTS
from scoring.domain.limits import ROUNDING_STEPS
from scoring.domain.periods import FRESH_MONTHS, POINTS_PER_MONTH, STALE_MONTHS
from scoring.domain.reliability import NEUTRAL
from scoring.domain.results import Status
from scoring.domain.vectorised import EPS, Floats
from scoring.domain.working_assets import LIQUIDITY_CAP, MIN_RELIABILITY, PERCENTAGES

# Statement items that one rating reads, by machine name.
RATED_ITEMS: tuple[str, ...] = (*vectorised.ITEM_COLUMNS, "inventories", "quick_assets_cn")
TEN_THOUSAND = 10_000.0


@dataclass(frozen=True)
class BulkPolicy:
    """What a run of ratings goes by; weights in points."""

    components: CompositePolicy = DEFAULT_POLICY
    financial: FinancialPolicy = field(
        default_factory=lambda: FinancialPolicy(weights={"z": Decimal(100)})
    )
    five_c: Mapping[str, Decimal] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))


def conclude(
    facts: pd.DataFrame,
    *,
    policy: BulkPolicy,
    unsupported: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rate every row of facts.

    Columns: ``RATED_ITEMS`` in the statement's unit, ``unit``, ``months``, ``is_complete``,
    ``is_condensed``, ``is_scope_excluded``, ``reliability`` (NaN = no statement),
    ``statement_age`` and ``assessment_age`` (whole months), the 25 indicators of the 5C
    (0 = not applicable), and the caps' facts (``vectorised.CAP_COLUMNS`` but the veto and the net
    worth, which are found here). ``unsupported``: see ``vectorised.score_five_c``.

    Returns, on the same index: ``z_*``, ``five_c_*``, ``financial_raw``, ``financial``,
    ``qualitative``, the columns of ``vectorised.rate``, ``wa_*`` and ``suggested_limit``.
    """
    z = vectorised.altman_z_double_prime(facts)
    has_statement = facts["reliability"].notna().to_numpy()
    raw, financial, status = score_financial(
        z, facts["reliability"], facts["statement_age"], policy.financial
    )
    answers = vectorised.score_five_c(
        facts,
        unsupported=unsupported,
        weights={part: float(weight) for part, weight in policy.five_c.items()},
    )
    assets = evaluate_working_assets(facts)
    veto = answers["has_veto"].to_numpy(dtype=bool)
    rated = vectorised.rate(
        pd.DataFrame(
            {
                "financial": financial,
                "behaviour": np.nan,
                "qualitative": decay(answers["value"], facts["assessment_age"]),
                "external": np.nan,
                "has_item_over_90_days": facts["has_item_over_90_days"],
                "has_five_c_veto": veto,
                "has_adverse_opinion": facts["has_adverse_opinion"],
                "age_months": facts["age_months"],
                "net_worth": assets["net_worth"],
                "reliability": facts["reliability"],
                "flags": facts["flags"],
            },
            index=facts.index,
        ),
        policy=policy.components,
    )
    limit = suggest_limits(assets["limit"] * facts["unit"], rated)
    return pd.concat(
        [
            z.add_prefix("z_"),
            answers.add_prefix("five_c_"),
            assets.add_prefix("wa_"),
            pd.DataFrame(
                {
                    "has_statement": has_statement,
                    "financial_raw": raw,
                    "financial": financial,
                    "financial_status": status,
                    "qualitative": decay(answers["value"], facts["assessment_age"]),
                    "suggested_limit": limit,
                },
                index=facts.index,
            ),
            rated,
        ],
        axis=1,
    )


def score_financial(
    z: pd.DataFrame, reliability: Any, age_months: Any, policy: FinancialPolicy
) -> tuple[Floats, Floats, npt.NDArray[np.object_]]:
    """Weigh Z″ into the financial component; the twin of ``compute_financial`` for one sub-score.

    Returns the component before distrust and age, the component, and its status.
    """
    trust, age = _array(reliability), _array(age_months)
    curve = CURVES[altman.Z_DOUBLE_PRIME]
    value = _array(z["value"])
    raw: Floats = np.interp(value, [float(x) for x, _ in curve], [float(y) for _, y in curve])
    raw = np.where(np.isnan(value), np.nan, raw)
    weight = policy.weights.get("z", Decimal(0))
    if weight < policy.min_weight or not weight:
        raw = np.full(len(raw), np.nan)
    neutral = float(NEUTRAL)
    adjusted = np.where(raw > neutral, neutral + trust * (raw - neutral), raw)
    final = np.where(trust == 0, np.nan, decay(adjusted, age))
    status = np.select(
        [np.isnan(raw), trust == 0, np.isnan(final)],
        [Status.MISSING_INPUT.value, Status.NOT_APPLICABLE.value, Status.STALE.value],
        default=Status.OK.value,
    ).astype(object)
    return raw, final, status


def decay(values: Any, age_months: Any) -> Floats:
    """Take age off a component; the twin of ``periods.decay_component``. NaN age is NaN.

    >>> [float(v) for v in decay(np.array([68.0, 68.0, 68.0]), np.array([3, 13, 19]))]
    [68.0, 66.0, nan]
    """
    score, age = _array(values), _array(age_months)
    lost = float(POINTS_PER_MONTH) * np.maximum(0.0, age - FRESH_MONTHS)
    kept = np.maximum(0.0, score - lost)
    decayed: Floats = np.where(age > STALE_MONTHS, np.nan, kept)
    return decayed


def count_months(start: Any, *, as_of: date) -> Floats:
    """Count whole months from each day to ``as_of``; the twin of ``count_whole_months``.

    NaN where the day is not known.
    """
    days = pd.to_datetime(pd.Series(start))
    months = (as_of.year - days.dt.year) * 12 + as_of.month - days.dt.month
    is_last_day = date.fromordinal(as_of.toordinal() + 1).month != as_of.month
    short = (days.dt.day > as_of.day) & (not is_last_day)
    counted: Floats = (months - short.astype(float)).clip(lower=0).to_numpy(dtype=np.float64)
    return counted


def evaluate_working_assets(facts: pd.DataFrame) -> pd.DataFrame:
    """Evaluate every balance sheet; the twin of ``working_assets.compute_working_assets``.

    Returns ``value`` (the evaluation), ``percentage``, ``limit``, ``working_assets``, ``net_worth``
    and ``status``; money in the statement's unit.
    """
    items = {name: vectorised._floats(facts, name) for name in RATED_ITEMS}
    condensed = vectorised._bools(facts, "is_condensed")
    complete = vectorised._bools(facts, "is_complete")
    excluded = vectorised._bools(facts, "is_scope_excluded")
    inputs, _ = vectorised._altman_inputs(items, condensed, complete)
    stock = np.where(
        complete & ~condensed & np.isnan(items["inventories"]), 0.0, items["inventories"]
    )
    states_quick = condensed & np.isfinite(items["quick_assets_cn"])
    quick = np.where(states_quick, items["quick_assets_cn"], items["total_current_assets"] - stock)
    current, debts = items["total_current_liabilities"], items["total_liabilities"]
    worth, capital = inputs["equity"], inputs["working_capital"]
    sources = (capital, worth, items["total_current_assets"], quick, current, debts)
    missing = np.any([np.isnan(source) for source in sources], axis=0)
    insolvent = worth <= 0
    cap = float(LIQUIDITY_CAP)
    with np.errstate(divide="ignore", invalid="ignore"):
        liquid = np.where(
            current > 0, items["total_current_assets"] / current + quick / current, 2 * cap
        )
        value = liquid - current / worth - debts / worth
    value = np.where(missing | insolvent | excluded, np.nan, value)
    percentage = _look_up_percentage(value)
    assets = (capital + worth) / 2
    limit = np.maximum(0.0, assets) * percentage / 100
    trust, age = _array(facts["reliability"]), _array(facts["statement_age"])
    weak = (age > STALE_MONTHS) | (trust < float(MIN_RELIABILITY) - EPS)
    limit = np.where(weak, limit * trust, limit)
    # An insolvent customer gets 0, not a question (W-1).
    limit = np.where(insolvent & ~excluded, 0.0, limit)
    status = np.select(
        [excluded, insolvent, missing],
        [
            Status.NOT_APPLICABLE.value,
            Status.NEGATIVE_NET_WORTH.value,
            Status.MISSING_INPUT.value,
        ],
        default=Status.OK.value,
    ).astype(object)
    return pd.DataFrame(
        {
            "value": value,
            "percentage": percentage,
            "limit": limit,
            "working_assets": np.where(missing, np.nan, assets),
            "net_worth": worth,
            "is_weak": weak,
            "status": status,
        },
        index=facts.index,
    )


def suggest_limits(capacity: Any, rated: pd.DataFrame) -> Floats:
    """Turn capacities (plain currency) and grades into rounded limits; the twin of ``decide_limit``.

    NaN where the balance sheet gave no capacity or the customer has no grade.
    """
    factor = np.where(
        rated["is_limit_zero"].to_numpy(dtype=bool), 0.0, _array(rated["limit_factor"])
    )
    return round_limits(np.maximum(0.0, _array(capacity)) * factor)


def round_limits(amounts: Floats) -> Floats:
    """Round limits in plain currency down to the house's steps; the twin of ``round_limit``.

    >>> [float(x) for x in round_limits(np.array([673_000.0, 5_512_166.0, 13_875_000.0, 49_000.0]))]
    [650000.0, 5500000.0, 13500000.0, 0.0]
    """
    tens = amounts / TEN_THOUSAND
    steps = np.select(
        [tens >= float(bound) - EPS for bound, _ in ROUNDING_STEPS],
        [float(step) for _, step in ROUNDING_STEPS],
        default=float(ROUNDING_STEPS[-1][1]),
    )
    rounded: Floats = np.floor(tens / steps + EPS) * steps * TEN_THOUSAND
    return rounded


def _look_up_percentage(evaluation: Floats) -> Floats:
    # Half away from zero, as ROUND_HALF_UP does.
    size = np.floor(np.abs(evaluation) * 100 + 0.5 + EPS) / 100
    rounded = np.sign(evaluation) * size
    tables = [
        (rounded <= float(bound) + EPS) if is_included else (rounded < float(bound) - EPS)
        for bound, is_included, _, _ in PERCENTAGES
        if bound is not None
    ]
    shares = [float(percentage) for *_, percentage, _ in PERCENTAGES]
    found: Floats = np.select(tables, shares[:-1], default=shares[-1])
    percentage: Floats = np.where(np.isnan(evaluation), np.nan, found)
    return percentage


def _array(values: Any) -> Floats:
    if isinstance(values, pd.Series):
        values = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
    numbers: Floats = np.asarray(values, dtype=np.float64)
    return numbers
