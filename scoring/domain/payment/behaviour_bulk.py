"""Payment behaviour of a whole portfolio at once: the twin of ``behaviour.score_behaviour``.

Reductions over columns of ``float64`` with ``numpy.bincount``, no loop over customers. Values agree
with the scalar rule to 1e-9 and status, band and flags exactly, which
``tests/scoring/domain/test_behaviour.py`` proves.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.domain.curves import Knots
from scoring.domain.payment import behaviour
from scoring.domain.payment.behaviour import DEFAULT_POLICY, BehaviourPolicy
from scoring.domain.results import TOLERANCE, Status

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]

EPS = float(TOLERANCE)
PIECE_COLUMNS = ("customer_id", "amount", "dbt", "event_ordinal", "is_censored")


def score_behaviour_bulk(
    pieces: pd.DataFrame,
    promises: pd.DataFrame | None = None,
    disputes: pd.DataFrame | None = None,
    *,
    as_of: date,
    limits: pd.Series | None = None,
    customer_ids: pd.Index | None = None,
    policy: BehaviourPolicy = DEFAULT_POLICY,
) -> pd.DataFrame:
    """Score every customer that has pieces, or exactly ``customer_ids`` when they are given.

    ``pieces`` has one row per piece with ``PIECE_COLUMNS`` (``event_ordinal`` as
    ``date.toordinal``). ``promises`` (``kept``, ``broken``), ``disputes`` (``ratio``, 0–1, NaN when
    nothing was invoiced) and ``limits`` are indexed by customer id; who is absent has none.

    Returns, by customer id: ``value``, ``status``, ``band``, ``n``, ``base_amount``, ``wadbt``,
    ``adl``, ``pdx``, ``pdx_of_mean``, ``on_time``, ``worst``, ``late_recent``, ``late_older``,
    ``trend``, ``promise_kept``, ``dispute_ratio``, ``raw``, ``is_deteriorating``,
    ``has_hard_trigger``, and ``score_…`` (0–100, NaN = dropped) for each term.
    """
    index, codes, kept = _place(pieces["customer_id"].to_numpy(), customer_ids)
    size = len(index)
    amount = pieces["amount"].to_numpy(dtype=np.float64)[kept]
    dbt = pieces["dbt"].to_numpy(dtype=np.float64)[kept]
    event = pieces["event_ordinal"].to_numpy(dtype=np.int64)[kept]
    is_open = pieces["is_censored"].to_numpy(dtype=bool)[kept]

    n = np.bincount(codes, minlength=size)
    base = np.bincount(codes, amount, minlength=size)
    late = np.maximum(0.0, dbt)
    frame = pd.DataFrame({"n": n, "base_amount": base}, index=index)
    with np.errstate(divide="ignore", invalid="ignore"):
        early = np.maximum(float(policy.earliest_days), dbt)
        frame["wadbt"] = np.bincount(codes, amount * early, minlength=size) / base
        frame["adl"] = np.bincount(codes, amount * late, minlength=size) / base
        points = _read(behaviour.PDX_CURVE, dbt)
        frame["pdx"] = np.bincount(codes, amount * points, minlength=size) / base
        punctual = amount * (dbt <= policy.grace_days)
        frame["on_time"] = np.bincount(codes, punctual, minlength=size) / base * 100.0
    frame["pdx_of_mean"] = _read(behaviour.PDX_CURVE, frame["wadbt"].to_numpy())
    frame["worst"] = _find_worst(codes, dbt, size)
    is_recent = event >= as_of.toordinal() - policy.recent_days
    least = policy.min_trend_pieces
    frame["late_recent"] = _average_side(codes, amount, late, is_recent, size, least)
    frame["late_older"] = _average_side(codes, amount, late, ~is_recent, size, least)
    frame["trend"] = frame["late_recent"] - frame["late_older"]
    _add_promises(frame, promises)
    frame["dispute_ratio"] = np.nan if disputes is None else disputes["ratio"].reindex(index)
    frame["has_hard_trigger"] = _find_triggers(
        codes, amount, dbt, is_open, _align_limits(limits, index), policy
    )
    frame["is_deteriorating"] = frame["trend"] > float(policy.deteriorating_days) + EPS
    _weigh(frame, policy)
    return frame


def _place(ids: Any, customer_ids: pd.Index | None) -> tuple[pd.Index, Codes, Bools]:
    """Return the index of the answer, each piece's position there, and which pieces take part."""
    if customer_ids is None:
        unique, codes = np.unique(ids, return_inverse=True)
        return pd.Index(unique, name="customer_id"), codes, np.ones(len(ids), dtype=bool)
    index = pd.Index(customer_ids, name="customer_id")
    codes = index.get_indexer(pd.Index(ids))
    kept = codes >= 0
    return index, codes[kept], kept


def _read(curve: Knots, x: Floats) -> Floats:
    """Read a piecewise linear curve; constant outside, NaN stays NaN."""
    xs, ys = zip(*curve, strict=True)
    found = np.interp(x, [float(v) for v in xs], [float(v) for v in ys])
    return np.asarray(found, dtype=np.float64)


def _find_worst(codes: Codes, dbt: Floats, size: int) -> Floats:
    worst = np.full(size, -np.inf)
    np.maximum.at(worst, codes, dbt)
    return np.where(np.isfinite(worst), worst, np.nan)


def _average_side(
    codes: Codes, amount: Floats, late: Floats, side: Bools, size: int, least: int
) -> Floats:
    chosen, weights = codes[side], amount[side]
    count = np.bincount(chosen, minlength=size)
    base = np.bincount(chosen, weights, minlength=size)
    total = np.bincount(chosen, weights * late[side], minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(count >= least, total / base, np.nan)


def _add_promises(frame: pd.DataFrame, promises: pd.DataFrame | None) -> None:
    if promises is None:
        frame["promise_kept"] = np.nan
        return
    counts = promises[["kept", "broken"]].reindex(frame.index)
    total = counts["kept"] + counts["broken"]
    frame["promise_kept"] = counts["kept"] / total.where(total > 0)


def _align_limits(limits: pd.Series | None, index: pd.Index) -> Floats:
    if limits is None:
        return np.zeros(len(index))
    return np.asarray(limits.reindex(index).fillna(0), dtype=np.float64)


def _find_triggers(
    codes: Codes,
    amount: Floats,
    dbt: Floats,
    is_open: Bools,
    limits: Floats,
    policy: BehaviourPolicy,
) -> Bools:
    least = np.maximum(float(policy.trigger_amount), float(policy.trigger_share) * limits)
    hit = is_open & (dbt > policy.trigger_days) & (amount >= least[codes])
    return np.bincount(codes[hit], minlength=len(limits)) > 0


def _weigh(frame: pd.DataFrame, policy: BehaviourPolicy) -> None:
    """Add the terms, the raw score, the score, its band and its status."""
    has_pieces = ((frame["n"] > 0) & (frame["base_amount"] > 0)).to_numpy()
    scores: dict[str, Floats] = {
        behaviour.PDX: np.minimum(100.0, float(policy.pdx_factor) * frame["pdx"].to_numpy()),
        behaviour.ON_TIME: frame["on_time"].to_numpy(),
        behaviour.WORST: _read(behaviour.WORST_CURVE, frame["worst"].to_numpy()),
        behaviour.TREND: _read(behaviour.TREND_CURVE, frame["trend"].to_numpy()),
        behaviour.PROMISE: frame["promise_kept"].to_numpy() * 100.0,
        behaviour.DISPUTE: _read(behaviour.DISPUTE_CURVE, frame["dispute_ratio"].to_numpy()),
    }
    total, points = np.zeros(len(frame)), np.zeros(len(frame))
    for name, score in scores.items():
        weight = float(policy.weights[name])
        frame[f"score_{name}"] = score
        total += np.where(np.isnan(score), 0.0, weight)
        points += np.where(np.isnan(score), 0.0, weight * score)
    n = frame["n"].to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(has_pieces, points / total, np.nan)
    prior = policy.prior_pieces
    value = (n * raw + prior * float(policy.prior_score)) / (n + prior)
    struck = frame["has_hard_trigger"].to_numpy(dtype=bool)
    value = np.where(struck, np.minimum(value, float(policy.trigger_cap)), value)
    frame["raw"], frame["value"] = raw, value
    frame["band"] = _find_bands(value)
    ok = np.where(struck, Status.OK_WITH_GUARD.value, Status.OK.value)
    frame["status"] = np.where(has_pieces, ok, Status.MISSING_INPUT.value)


def _find_bands(value: Floats) -> npt.NDArray[np.object_]:
    names = np.array([*(band for _lower, band in behaviour.BANDS), behaviour.WORST_BAND, None])
    below = [value < float(lower) - EPS for lower, _band in behaviour.BANDS]
    place = np.sum(below, axis=0)
    return names[np.where(np.isnan(value), len(names) - 1, place)]
