"""Bulk twins of the rating rules: one row per customer, ``float64``, no loop over customers.

Each function answers what its scalar rule answers for every row: value to 1e-9, and the same status,
band and grade (proved by a property test). NaN is what ``None`` is to the scalar rule. Customers
with notches (``overrides.Notch``) are few and go through the scalar rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.domain import altman, five_c
from scoring.domain.composite import COMPONENTS, DEFAULT_POLICY, CompositePolicy
from scoring.domain.grades import (
    GRADE_TERMS,
    LADDER,
    LETTERS,
    LOWER_BOUNDS,
    get_letter,
    get_pd,
    get_rank,
    get_risk_class,
)
from scoring.domain.overrides import OVERRIDES, Effect, list_overrides
from scoring.domain.periods import MIN_MONTHS_TO_ANNUALISE
from scoring.domain.results import TOLERANCE, Status

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ranks = npt.NDArray[np.int64]

EPS = float(TOLERANCE)
NA_STEP = 0.0

ITEM_COLUMNS = (
    "total_current_assets",
    "total_current_liabilities",
    "total_assets",
    "total_liabilities",
    "total_equity",
    "surplus_reserve",
    "undistributed_profit",
    "profit_before_tax",
    "interest_expense",
    "finance_costs_net",
    # stated on condensed statements only
    "working_capital",
    "retained_earnings",
    "ebit",
    "net_worth",
)
CAP_COLUMNS = (
    "has_item_over_90_days",
    "has_five_c_veto",
    "has_adverse_opinion",
    "age_months",
    "net_worth",
    "reliability",
    "is_shell",
    "flags",
)


def altman_z_double_prime(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute Z″ for every row; the twin of ``annualise`` and ``compute_altman``.

    Columns: any of ``ITEM_COLUMNS`` as entered (NaN or absent = not entered), ``is_complete``,
    ``is_condensed``, ``is_scope_excluded`` (bool, absent = False) and ``months`` (absent = 12).
    Returns ``value``, ``status``, ``band`` and ``x1`` … ``x4`` on the same index; value and ratios
    are NaN and the band ``None`` where the status has no value.
    """
    items = {name: _floats(frame, name) for name in ITEM_COLUMNS}
    is_condensed = _bools(frame, "is_condensed")
    months = _floats(frame, "months", 12.0)
    has_flows = months >= MIN_MONTHS_TO_ANNUALISE
    is_year = months == 12
    factor = np.where(has_flows, 12.0 / months, np.nan)
    inputs, guarded = _altman_inputs(items, is_condensed, _bools(frame, "is_complete"))
    ebit_entered = np.isfinite(inputs["ebit"])
    ebit = np.where(is_year, inputs["ebit"], inputs["ebit"] * factor)
    balances = (
        "working_capital",
        "retained_earnings",
        "total_assets",
        "total_liabilities",
        "equity",
    )
    is_missing = np.zeros(len(frame), dtype=bool)
    for name in balances:
        is_missing |= np.isnan(inputs[name])
    is_missing |= has_flows & ~ebit_entered
    assets, debts = inputs["total_assets"], inputs["total_liabilities"]
    no_debts = debts == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = {
            "x1": inputs["working_capital"] / assets,
            "x2": inputs["retained_earnings"] / assets,
            "x3": ebit / assets,
            "x4": np.where(no_debts, float(altman.X4_CAP), inputs["equity"] / debts),
        }
    status = np.select(
        [
            _bools(frame, "is_scope_excluded"),
            is_missing,
            ~has_flows,
            assets == 0,
            (assets < 0) | (debts < 0),
            guarded | no_debts | ~is_year,
        ],
        [
            Status.NOT_APPLICABLE.value,
            Status.MISSING_INPUT.value,
            Status.INTERIM_NOT_ANNUALISED.value,
            Status.ZERO_DENOMINATOR.value,
            Status.NEGATIVE_DENOMINATOR.value,
            Status.OK_WITH_GUARD.value,
        ],
        default=Status.OK.value,
    )
    has_value = np.isin(status, (Status.OK.value, Status.OK_WITH_GUARD.value))
    form = altman.FORMS[altman.Z_DOUBLE_PRIME]
    value: Floats = np.zeros(len(frame))
    for name, coefficient in form.coefficients.items():
        with np.errstate(invalid="ignore"):
            value = value + ratios[name] * float(coefficient)
    value = np.where(has_value, value, np.nan)
    band = _choose(
        [~has_value, value < float(form.low) - EPS, value > float(form.high) + EPS],
        [None, altman.DISTRESS, altman.SAFE],
        altman.GREY,
    )
    columns = {name: np.where(has_value, ratio, np.nan) for name, ratio in ratios.items()}
    return _table({"value": value, "status": status, "band": band, **columns}, frame.index)


def score_five_c(
    frame: pd.DataFrame,
    *,
    unsupported: pd.DataFrame | None = None,
    weights: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Score every questionnaire; the twin of ``five_c.score_five_c``.

    Columns: the 25 indicator names with steps 1 to 5, ``0`` for not applicable, NaN for unknown
    (absent = unknown). ``unsupported`` has bool columns for steps of 4 or 5 without evidence.
    Returns ``value``, ``status``, ``band``, ``coverage``, ``has_veto`` and one column per part.
    """
    shares = {p: float(w) for p, w in (weights or five_c.DEFAULT_WEIGHTS).items()}
    steps = {i: _floats(frame, i) for part in five_c.PARTS.values() for i in part}
    answered = np.zeros(len(frame))
    applicable = np.zeros(len(frame))
    parts: dict[str, Floats] = {}
    for part, indicators in five_c.PARTS.items():
        count, points = np.zeros(len(frame)), np.zeros(len(frame))
        for indicator in indicators:
            step = steps[indicator]
            is_answered = step >= 1
            if unsupported is not None:
                lacks = _bools(unsupported, indicator) & (step >= 4)
                step = np.where(lacks, five_c.STEP_WITHOUT_EVIDENCE, step)
            points += np.where(is_answered, 25.0 * (step - 1), 0.0)
            count += is_answered
            applicable += ~(step == NA_STEP)
        # 60 % of five is three; counted in whole answers, so no rounding decides.
        enough = count * 100 >= float(five_c.MIN_PART_ANSWERED) * 100 * len(indicators)
        parts[part] = np.where(enough, points / np.maximum(count, 1), np.nan)
        answered += count
    coverage = answered / np.maximum(applicable, 1)
    has_gap = coverage < float(five_c.MIN_COVERAGE) - EPS
    for part in five_c.ESSENTIAL_PARTS:
        has_gap |= np.isnan(parts[part])
    raw = _weighted_mean(parts, shares)
    has_veto = np.zeros(len(frame), dtype=bool)
    for indicator in five_c.VETO_INDICATORS:
        has_veto |= steps[indicator] == 1
    cap = np.where(
        coverage < float(five_c.FULL_COVERAGE) - EPS, float(five_c.LOW_COVERAGE_CAP), 100.0
    )
    cap = np.where(has_veto, np.minimum(cap, float(five_c.VETO_CAP)), cap)
    value = np.where(has_gap, np.nan, np.minimum(raw, cap))
    status = np.select(
        [has_gap, raw > cap + EPS],
        [Status.MISSING_INPUT.value, Status.OK_WITH_GUARD.value],
        default=Status.OK.value,
    )
    bounds = [value + EPS >= float(bound) for bound, _ in five_c.BANDS]
    band = _choose([np.isnan(value), *bounds], [None, *(word for _, word in five_c.BANDS)], None)
    return _table(
        {
            "value": value,
            "status": status,
            "band": band,
            "coverage": coverage,
            "has_veto": has_veto,
            **parts,
        },
        frame.index,
    )


def rate(
    frame: pd.DataFrame,
    *,
    policy: CompositePolicy = DEFAULT_POLICY,
    calibration: float = 1.0,
) -> pd.DataFrame:
    """Rate every customer; the twin of ``composite.rate`` without notches.

    Columns: the components (NaN = none) and any of ``CAP_COLUMNS``; ``flags`` holds a collection of
    flags, or nothing. Returns ``score``, ``grade``, ``grade_before_caps``, ``status``,
    ``risk_class``, ``pd_12m``, ``limit_factor``, ``binding``, ``is_trading_blocked`` and
    ``is_limit_zero``.
    """
    components = {name: _floats(frame, name) for name in COMPONENTS}
    score = _weighted_mean(components, {n: float(w) for n, w in policy.weights.items()})
    is_scored = np.isfinite(score)
    before = np.where(is_scored, rank_scores(score), -1)
    caps = _cap_ranks(frame, components)
    forced, is_blocked, is_zero = _apply_overrides(frame, caps)
    codes = np.array([code for code, _ in caps], dtype=object)
    ranks: Ranks = np.vstack([rank for _, rank in caps])
    worst_at = ranks.argmax(axis=0)
    worst = ranks.max(axis=0)
    is_held = is_scored & (worst > before)
    rank = np.where(is_scored, np.maximum(before, worst), forced.max(axis=0))
    rank = np.where(is_blocked, -1, rank)
    binding = np.full(len(frame), None, dtype=object)
    binding[is_held] = codes[worst_at][is_held]
    override_codes = codes[len(codes) - len(forced) :]
    unscored = ~is_scored & (forced.max(axis=0) >= 0)
    binding[unscored] = override_codes[forced.argmax(axis=0)][unscored]
    binding[is_blocked] = "KO-06"
    return _table(
        {
            "score": score,
            "grade": _take(LADDER, rank),
            "grade_before_caps": _take(LADDER, before),
            "status": np.where(is_scored, Status.OK.value, Status.MISSING_INPUT.value),
            "risk_class": _take([get_risk_class(grade) for grade in LADDER], rank),
            "pd_12m": np.minimum(1.0, calibration * _look_up(_PD, rank)),
            "limit_factor": _look_up(_FACTOR, rank),
            "binding": binding,
            "is_trading_blocked": is_blocked,
            "is_limit_zero": is_zero,
        },
        frame.index,
    )


def rank_scores(score: Floats) -> Ranks:
    """Return the place on the ladder of grades of each score; the twin of ``grade_score``.

    >>> [LADDER[rank] for rank in rank_scores(np.array([100.0, 64.7234, 20.0, 19.99]))]
    ['AAA', 'BBB', 'CC', 'C']
    """
    bounds = np.array([float(bound) for bound, _ in LOWER_BOUNDS])
    reached = np.nan_to_num(score) + EPS
    letter = np.minimum((reached[:, None] < bounds[None, :]).sum(axis=1), len(bounds) - 1)
    thirds = 3 * (reached - bounds[letter])
    modifier = np.where(thirds >= 20, 0, np.where(thirds >= 10, 1, 2))
    best = np.array([min(get_rank(g) for g in LADDER if get_letter(g) == x) for x in LETTERS])
    is_modified = np.array([f"{x}+" in LADDER for x in LETTERS])
    result: Ranks = best[letter] + np.where(is_modified[letter], modifier, 0)
    return result


_FLAGS = [override.flag for override in OVERRIDES]
_PD = np.array([float(get_pd(grade)) for grade in LADDER])
_FACTOR = np.array([float(GRADE_TERMS[get_letter(grade)].limit_factor) for grade in LADDER])


def _altman_inputs(
    items: Mapping[str, Floats], is_condensed: Bools, is_complete: Bools
) -> tuple[dict[str, Floats], Bools]:
    blank_is_zero = is_complete & ~is_condensed

    def stated(name: str, computed: Floats) -> Floats:
        return np.where(is_condensed & np.isfinite(items[name]), items[name], computed)

    def blank(name: str) -> Floats:
        return np.where(blank_is_zero & np.isnan(items[name]), 0.0, items[name])

    retained = blank("surplus_reserve") + items["undistributed_profit"]
    plain_ebit = items["profit_before_tax"] + items["interest_expense"]
    rough_ebit = items["profit_before_tax"] + np.maximum(blank("finance_costs_net"), 0.0)
    has_interest = np.isfinite(items["interest_expense"])
    computed_ebit = np.where(has_interest, plain_ebit, rough_ebit)
    states_ebit = is_condensed & np.isfinite(items["ebit"])
    states_equity = np.isfinite(items["total_equity"])
    from_identity = items["total_assets"] - items["total_liabilities"]
    uses_identity = is_condensed & ~states_equity & np.isnan(items["net_worth"])
    equity = np.where(uses_identity, from_identity, items["total_equity"])
    inputs = {
        "working_capital": stated(
            "working_capital", items["total_current_assets"] - items["total_current_liabilities"]
        ),
        "retained_earnings": stated("retained_earnings", retained),
        "ebit": stated("ebit", computed_ebit),
        "equity": stated("net_worth", equity),
        "total_assets": items["total_assets"],
        "total_liabilities": items["total_liabilities"],
    }
    guarded = (~states_ebit & ~has_interest) | uses_identity
    return inputs, guarded


def _cap_ranks(frame: pd.DataFrame, components: Mapping[str, Floats]) -> list[tuple[str, Ranks]]:
    no_financial = np.isnan(components["financial"])
    no_behaviour = np.isnan(components["behaviour"])
    age, reliability = _floats(frame, "age_months"), _floats(frame, "reliability")
    rules: list[tuple[str, str, Bools]] = [
        ("CAP-01", "BB", no_financial & no_behaviour),
        ("CAP-02", "BBB", no_financial),
        ("CAP-03", "A", no_behaviour),
        ("CAP-04", "B", _bools(frame, "has_item_over_90_days")),
        ("CAP-05", "B", _bools(frame, "has_five_c_veto")),
        ("CAP-06", "B", _bools(frame, "has_adverse_opinion")),
        ("CAP-07", "BB", age < 12),
        ("CAP-07", "BBB", (age >= 12) & (age < 24)),
        ("CAP-08", "B", _floats(frame, "net_worth") <= 0),
        ("CAP-09", "BBB", reliability <= 0.6),
        ("CAP-10", "CCC", _bools(frame, "is_shell")),
    ]
    return [(code, np.where(holds, get_rank(grade), -1)) for code, grade, holds in rules]


def _apply_overrides(
    frame: pd.DataFrame, caps: list[tuple[str, Ranks]]
) -> tuple[Ranks, Bools, Bools]:
    """Append one row of ranks per override met; return the forced ranks, blocks and zero limits."""
    size = len(frame)
    is_blocked, is_zero = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    rows: dict[tuple[str, str], Ranks] = {}
    forced: dict[tuple[str, str], Ranks] = {}
    flags = frame["flags"].to_numpy() if "flags" in frame else np.full(size, None)
    # Few customers carry a flag; only those are visited one by one.
    for place in (n for n, given in enumerate(flags) if isinstance(given, Collection) and given):
        for override in list_overrides(flags[place]):
            is_zero[place] |= override.sets_limit_to_zero
            is_blocked[place] |= override.effect is Effect.BLOCK
            if override.grade is None:
                continue
            key = (override.code, override.flag)
            rows.setdefault(key, np.full(size, -1))[place] = get_rank(override.grade)
            forced.setdefault(key, np.full(size, -1))
            if override.effect is Effect.FORCE:
                forced[key][place] = get_rank(override.grade)
    # A first row without any hit keeps the arrays rectangular when nobody carries a flag.
    rows = {
        ("", ""): np.full(size, -1),
        **dict(sorted(rows.items(), key=lambda row: _FLAGS.index(row[0][1]))),
    }
    caps += [(code, ranks) for (code, _), ranks in rows.items()]
    table: Ranks = np.vstack([forced.get(key, np.full(size, -1)) for key in rows])
    return table, is_blocked, is_zero


def _weighted_mean(scores: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    size = len(next(iter(scores.values())))
    total, mass = np.zeros(size), np.zeros(size)
    for name, score in scores.items():
        is_there = np.isfinite(score)
        total += np.where(is_there, score * weights[name], 0.0)
        mass += np.where(is_there, weights[name], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(mass > 0, total / mass, np.nan)


def _floats(frame: pd.DataFrame, name: str, default: float = np.nan) -> Floats:
    if name not in frame:
        return np.full(len(frame), default)
    values: Floats = pd.to_numeric(frame[name]).to_numpy(dtype=np.float64, na_value=np.nan)
    return values if np.isnan(default) else np.where(np.isnan(values), default, values)


def _bools(frame: pd.DataFrame, name: str) -> Bools:
    if name not in frame:
        return np.zeros(len(frame), dtype=bool)
    values: Bools = frame[name].fillna(False).to_numpy(dtype=bool)
    return values


def _choose(
    conditions: Sequence[Bools], words: Sequence[str | None], default: str | None
) -> npt.NDArray[np.object_]:
    chosen = np.full(len(conditions[0]), default, dtype=object)
    # Last first, so that the first condition that holds has the last word.
    for condition, word in reversed(list(zip(conditions, words, strict=True))):
        chosen[condition] = word
    return chosen


def _table(columns: Mapping[str, Any], index: pd.Index[Any]) -> pd.DataFrame:
    # Words stay Python objects: pandas would turn their None into NaN.
    return pd.DataFrame(
        {
            name: pd.Series(values, index=index, dtype=object)
            if np.asarray(values).dtype.kind in "OU"
            else pd.Series(values, index=index)
            for name, values in columns.items()
        },
        index=index,
    )


def _take(words: tuple[str, ...] | list[str], rank: Ranks) -> npt.NDArray[np.object_]:
    # The last place of the padded list answers for rank -1: no grade.
    padded = np.array([*words, None], dtype=object)
    result: npt.NDArray[np.object_] = padded[rank]
    return result


def _look_up(figures: Floats, rank: Ranks) -> Floats:
    return np.where(rank >= 0, figures[rank], np.nan)
