"""The financial component in bulk: the twins of ``map_subscores`` and ``compute_financial``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from scoring.domain.curves import Knots
from scoring.domain.models import altman
from scoring.domain.rating.financial import CURVES, DEFAULT_POLICY, FinancialPolicy
from scoring.domain.results import Status
from scoring.domain.statements.periods import FRESH_MONTHS, POINTS_PER_MONTH, STALE_MONTHS
from scoring.domain.statements.reliability import NEUTRAL
from scoring.domain.vectorised.columns import (
    Floats,
    make_table,
    pick_words,
    read_curve,
    weigh,
)

SUBSCORES = ("z", "cri", "bathory", "ohlson", "wall")


def map_subscores(
    *,
    z: pd.DataFrame,
    risk_index: pd.DataFrame,
    bathory: pd.DataFrame,
    ohlson: pd.DataFrame,
    wall_modern: pd.DataFrame,
    curves: Mapping[str, Knots] = CURVES,
) -> dict[str, Floats]:
    """Map model results to sub-scores 0 to 100 (NaN = none); ``z`` is that of ``compute_routed``."""
    subscore = np.full(len(z), np.nan)
    value, model = z["value"].to_numpy(dtype=np.float64), z["model"].to_numpy()
    for form in (altman.Z_1968, altman.Z_PRIME, altman.Z_DOUBLE_PRIME):
        if form in curves:
            subscore = np.where(model == form, read_curve(value, curves[form]), subscore)
    return {
        "z": subscore,
        "cri": risk_index["strength"].to_numpy(dtype=np.float64),
        "bathory": read_curve(bathory["value"], curves["bathory"]),
        "ohlson": read_curve(ohlson["probability"], curves["ohlson"]),
        "wall": read_curve(wall_modern["value"], curves["wall"]),
    }


def compute_financial(
    subscores: Mapping[str, Floats],
    *,
    reliability: Floats,
    age_months: Floats,
    policy: FinancialPolicy = DEFAULT_POLICY,
    index: pd.Index | None = None,
) -> pd.DataFrame:
    """Weigh the sub-scores of every row into the component.

    Returns ``value``, ``status``, ``raw`` (before distrust and age) and ``mass`` (the weight that
    is there). A reliability of NaN means no statement.
    """
    weights = {name: float(weight) for name, weight in policy.weights.items()}
    counted = {name: score for name, score in subscores.items() if weights.get(name)}
    raw, mass = weigh(counted or {"": np.full(len(reliability), np.nan)}, weights)
    has_raw = (mass >= float(policy.min_weight)) & (mass > 0)
    raw = np.where(has_raw, raw, np.nan)
    neutral = float(NEUTRAL)
    with np.errstate(invalid="ignore"):
        is_shrunk = (reliability < 1) & (raw > neutral)
        adjusted = np.where(raw > neutral, neutral + reliability * (raw - neutral), raw)
    value = np.where(reliability == 0, np.nan, decay(adjusted, age_months))
    gaps = [np.isnan(subscores[name]) for name in weights if name in subscores]
    lacks = np.any(gaps, axis=0) if gaps else np.zeros(len(raw), dtype=bool)
    if any(name not in subscores for name in weights):
        lacks = np.ones(len(raw), dtype=bool)
    status = pick_words(
        [~has_raw | np.isnan(reliability), reliability == 0, np.isnan(value), lacks | is_shrunk],
        [
            Status.MISSING_INPUT.value,
            Status.NOT_APPLICABLE.value,
            Status.STALE.value,
            Status.OK_WITH_GUARD.value,
        ],
        Status.OK.value,
    )
    value = np.where(np.isnan(reliability), np.nan, value)
    place = pd.RangeIndex(len(raw)) if index is None else index
    return make_table({"value": value, "status": status, "raw": raw, "mass": mass}, place)


def decay(values: Floats, age_months: Floats) -> Floats:
    """Take age off a component; the twin of ``periods.decay_component``. NaN age is NaN.

    >>> [float(v) for v in decay(np.array([68.0, 68.0, 68.0]), np.array([3, 13, 19]))]
    [68.0, 66.0, nan]
    """
    lost = float(POINTS_PER_MONTH) * np.maximum(0.0, age_months - FRESH_MONTHS)
    kept = np.maximum(0.0, values - lost)
    decayed: Floats = np.where(age_months > STALE_MONTHS, np.nan, kept)
    return decayed
