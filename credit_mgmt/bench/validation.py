"""How well each model tells firms that failed from those that did not, on real known bankruptcies.

The formulas were fitted by others on other firms, so every row measures them. What is fitted here (the
line from a score to a probability, the challengers) is fitted on other rows than it is measured on:
on earlier years where the set has dates, else on the other parts of a random split that keeps
identical rows together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from credit_mgmt.bench.challengers import predict_boosting, predict_woe_logit, split_by_group
from credit_mgmt.bench.model_scores import FINANCIAL, Scores, score_models
from credit_mgmt.bench.real_statements import (
    POLISH_FILES,
    US_TEST_FROM,
    FirmYears,
    read_polish,
    read_taiwan,
    read_us,
)
from scoring.domain.models import altman, risk_index, taffler, wall
from scoring.domain.statistics.discrimination import (
    Interval,
    bootstrap_auc,
    compare_auc,
    compute_auc,
    compute_ks,
)
from scoring.domain.statistics.logistic import expit, fit_logistic

SEED = 20261124
FOLDS, HALVES = 5, 2
BOOTSTRAPS = 1000
ROA = "roa"
WOE_LOGIT, WOE_ALL, BOOSTING = "woe_logit", "woe_logit_all", "boosting"
CHALLENGERS = (WOE_LOGIT, WOE_ALL, BOOSTING)
MIN_EVENTS = 5

Split = Sequence[tuple[np.ndarray, np.ndarray]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """One model on one sample. Brier scores are those of rows that nothing was fitted on.

    ``brier`` is of the score turned into a probability, ``brier_own`` of the probability that the
    model itself states, ``brier_base`` of the failure rate for everybody.
    """

    model: str
    rows: int
    events: int
    auc: Interval | None
    ks: float | None = None
    brier: float | None = None
    brier_base: float | None = None
    brier_own: float | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Zone:
    """The firm-years that a model puts in one band, and how many of them failed."""

    model: str
    band: str
    rows: int
    events: int


@dataclass(frozen=True)
class Difference:
    """By how much the AUC of one model is higher than another's on the same rows."""

    challenger: str
    champion: str
    rows: int
    gap: Interval


@dataclass(frozen=True)
class Sample:
    """All that was measured on one set, or one part of it."""

    name: str
    horizon: int
    rows: int
    events: int
    lines: tuple[Line, ...]
    zones: tuple[Zone, ...] = ()
    differences: tuple[Difference, ...] = ()


def read_sets(folder: Path, size: int) -> Iterator[FirmYears]:
    """Read every set; one that is larger than ``size`` is cut down to that many rows."""
    yield shrink(read_us(folder), size)
    for file in POLISH_FILES:
        yield shrink(read_polish(folder, file), size)
    yield shrink(read_taiwan(folder), size)


def shrink(data: FirmYears, size: int) -> FirmYears:
    """Keep every firm that failed and as many others, whole, as fit; only to try the job out."""
    if data.size <= size:
        return data
    names, member, counts = np.unique(data.groups, return_inverse=True, return_counts=True)
    has_failed = np.bincount(member, weights=data.failed) > 0
    order = np.random.default_rng(SEED).permutation(len(names))
    order = order[np.argsort(~has_failed[order], kind="stable")]
    kept = order[counts[order].cumsum() <= size]
    return data.take(np.isin(member, kept))


def validate_set(
    data: FirmYears, *, samples: int = BOOTSTRAPS, say: Report = lambda _: None
) -> list[Sample]:
    """Measure every model and the challengers on one set."""
    scores = dict(score_models(data)) if len(data.items.columns) else {}
    if scores:
        scores[ROA] = _score_roa(data)
    say(f"{data.name}: {len(scores)} scores, {data.size:,} rows, {data.events} failed")
    found = []
    if data.years is not None:
        everything = np.ones(data.size, dtype=bool)
        found.append(_measure_sample(f"{data.name}_all", data, scores, everything, (), {}, samples))
        is_test = data.years >= US_TEST_FROM
        splits: Split = [(~is_test, is_test)]
        folds, name, measured = splits, f"{data.name}_test", is_test
    else:
        splits = list(split_by_group(data.failed, data.groups, parts=HALVES, seed=SEED))
        folds = list(split_by_group(data.failed, data.groups, parts=FOLDS, seed=SEED))
        name, measured = data.name, np.ones(data.size, dtype=bool)
    fitted = {kind: _predict(kind, data, folds) for kind in CHALLENGERS}
    say(f"{data.name}: challengers fitted")
    found.append(_measure_sample(name, data, scores, measured, splits, fitted, samples))
    return found


def rank_once(folder: Path, size: int) -> list[float]:
    """Read the files and rank each set by one ready column: the least that a validation must do."""
    return [
        compute_auc(data.failed, np.nan_to_num(data.features.iloc[:, 0].to_numpy())) or 0.0
        for data in read_sets(folder, size)
    ]


def calibrate(risk: np.ndarray, failed: np.ndarray, splits: Split) -> np.ndarray:
    """Turn a score into probabilities by a logistic line fitted on the training rows of each split.

    The score is clipped at the 1st and 99th percentile of the training rows. Rows without a score,
    or in no test part, stay NaN; so do all of a split whose line does not exist.
    """
    chance = np.full(len(risk), np.nan)
    has_risk = np.isfinite(risk)
    for train, test in splits:
        known, wanted = train & has_risk, test & has_risk
        if not known.any():
            continue
        low, high = np.quantile(risk[known], [0.01, 0.99])
        clipped = np.clip(risk, low, high)
        scale = clipped[known].std() or 1.0
        x = (clipped - clipped[known].mean()) / scale
        line = fit_logistic(np.column_stack([np.ones(known.sum()), x[known]]), failed[known])
        if line is not None:
            chance[wanted] = expit(line[0] + line[1] * x[wanted])
    return chance


def _score_roa(data: FirmYears) -> Scores:
    """Rank by net profit over assets alone: what a formula of many ratios has to beat."""
    profit = data.items["net_profit"].to_numpy() / data.items["total_assets"].to_numpy()
    none = np.full(data.size, None, dtype=object)
    return Scores(ROA, -profit, none, none)


def _predict(kind: str, data: FirmYears, folds: Split) -> np.ndarray:
    chance = np.full(data.size, np.nan)
    for train, test in folds:
        if kind == BOOSTING:
            found = predict_boosting(data.features, data.failed, train, test, seed=SEED)
        else:
            takes_all = kind == WOE_ALL
            found = predict_woe_logit(data.features, data.failed, train, test, takes_all=takes_all)
        chance[test] = found
    return chance


def _measure_sample(
    name: str,
    data: FirmYears,
    scores: dict[str, Scores],
    rows: np.ndarray,
    splits: Split,
    fitted: dict[str, np.ndarray],
    samples: int,
) -> Sample:
    lines = [
        measure_line(
            code,
            data,
            one.risk,
            rows & one.has_value,
            chance=calibrate(one.risk, data.failed, splits) if splits else None,
            own=one.chance,
            missing=one.missing,
            samples=samples,
        )
        for code, one in scores.items()
    ]
    lines += [
        measure_line(kind, data, chance, rows, chance=chance, samples=samples)
        for kind, chance in fitted.items()
    ]
    risks = {code: one.risk for code, one in scores.items()} | fitted
    return Sample(
        name,
        data.horizon,
        int(rows.sum()),
        int(data.failed[rows].sum()),
        tuple(lines),
        tuple(_count_zones(data, scores, rows)),
        tuple(_compare(data, risks, rows, samples)),
    )


def measure_line(
    model: str,
    data: FirmYears,
    risk: np.ndarray,
    rows: np.ndarray,
    *,
    chance: np.ndarray | None = None,
    own: np.ndarray | None = None,
    missing: tuple[str, ...] = (),
    samples: int = BOOTSTRAPS,
) -> Line:
    """Measure one score on the rows given, all of which have one."""
    failed = data.failed[rows]
    if not rows.any() or not 0 < failed.sum() < failed.size:
        return Line(model, int(rows.sum()), int(failed.sum()), None, missing=missing)
    rate = float(failed.mean())
    return Line(
        model,
        failed.size,
        int(failed.sum()),
        bootstrap_auc(
            failed, risk[rows], groups=data.groups[rows].tolist(), samples=samples, seed=SEED
        ),
        compute_ks(failed, risk[rows]),
        _brier(failed, None if chance is None else chance[rows]),
        rate * (1 - rate),
        _brier(failed, None if own is None else own[rows]),
    )


def _brier(failed: np.ndarray, chance: np.ndarray | None) -> float | None:
    if chance is None or np.isnan(chance).any():
        return None
    return float(((chance - failed) ** 2).mean())


def _count_zones(data: FirmYears, scores: dict[str, Scores], rows: np.ndarray) -> Iterator[Zone]:
    """Count every band of every model, the riskiest first."""
    for code, one in scores.items():
        bands = {band for band in one.band[rows] if band is not None}
        worst = {band: float(np.median(one.risk[rows & (one.band == band)])) for band in bands}
        for band in sorted(bands, key=lambda band: (-worst[band], band)):
            inside = rows & (one.band == band)
            yield Zone(code, band, int(inside.sum()), int(data.failed[inside].sum()))


def _compare(
    data: FirmYears, risks: dict[str, np.ndarray], rows: np.ndarray, samples: int
) -> Iterator[Difference]:
    """Ask of the pairs that a choice hangs on whether the difference may be chance."""
    for challenger, champion in (
        (FINANCIAL, altman.Z_DOUBLE_PRIME),
        (FINANCIAL, ROA),
        (FINANCIAL, risk_index.CODE),
        (FINANCIAL, wall.MODERN_CODE),
        (FINANCIAL, taffler.CODE),
        (WOE_LOGIT, FINANCIAL),
        (BOOSTING, WOE_LOGIT),
    ):
        if challenger not in risks or champion not in risks:
            continue
        one, other = risks[challenger], risks[champion]
        both = rows & np.isfinite(one) & np.isfinite(other)
        if not both.any():
            continue
        gap = compare_auc(
            data.failed[both],
            one[both],
            other[both],
            groups=data.groups[both].tolist(),
            samples=samples,
            seed=SEED,
        )
        if gap is not None:
            yield Difference(challenger, champion, int(both.sum()), gap)
