"""Composite ratings in bulk: the twin of ``composite.rate``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

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
from scoring.domain.rating.composite import COMPONENTS, DEFAULT_POLICY, CompositePolicy
from scoring.domain.rating.overrides import OVERRIDES, Effect, apply_notch, list_overrides
from scoring.domain.results import Status
from scoring.domain.vectorised.columns import (
    EPS,
    Bools,
    Floats,
    Ranks,
    Words,
    make_table,
    read_bools,
    read_floats,
    weigh,
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
    "notches",
)


def rate(
    frame: pd.DataFrame,
    *,
    policy: CompositePolicy = DEFAULT_POLICY,
    calibration: float = 1.0,
    as_of: date | None = None,
) -> pd.DataFrame:
    """Rate every customer; the twin of ``composite.rate``.

    Columns: the components (NaN = none) and any of ``CAP_COLUMNS``; ``flags`` holds a collection of
    flags and ``notches`` a sequence of ``Notch``, or nothing. ``as_of`` is needed where a row has
    notches. Returns ``score``, ``mass`` (the weight of what is there), ``grade``,
    ``grade_before_caps``, ``grade_notched``, ``status``, ``risk_class``, ``pd_12m``,
    ``limit_factor``, ``binding``, ``is_trading_blocked`` and ``is_limit_zero``.
    """
    components = {name: read_floats(frame, name) for name in COMPONENTS}
    score, mass = weigh(components, {n: float(w) for n, w in policy.weights.items()})
    is_scored = np.isfinite(score)
    before = np.where(is_scored, rank_scores(score), -1)
    notched = _apply_notches(frame, before, as_of)
    caps = _cap_ranks(frame, components)
    forced, is_blocked, is_zero = _apply_overrides(frame, caps)
    codes = np.array([code for code, _ in caps], dtype=object)
    ranks: Ranks = np.vstack([rank for _, rank in caps])
    worst_at = ranks.argmax(axis=0)
    worst = ranks.max(axis=0)
    is_held = is_scored & (worst > notched)
    rank = np.where(is_scored, np.maximum(notched, worst), forced.max(axis=0))
    rank = np.where(is_blocked, -1, rank)
    binding = np.full(len(frame), None, dtype=object)
    binding[is_held] = codes[worst_at][is_held]
    override_codes = codes[len(codes) - len(forced) :]
    unscored = ~is_scored & (forced.max(axis=0) >= 0)
    binding[unscored] = override_codes[forced.argmax(axis=0)][unscored]
    binding[is_blocked] = "KO-06"
    return make_table(
        {
            "score": score,
            "mass": mass,
            "grade": _take(LADDER, rank),
            "grade_before_caps": _take(LADDER, before),
            "grade_notched": _take(LADDER, notched),
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


def _cap_ranks(frame: pd.DataFrame, components: Mapping[str, Floats]) -> list[tuple[str, Ranks]]:
    no_financial = np.isnan(components["financial"])
    no_behaviour = np.isnan(components["behaviour"])
    age, reliability = read_floats(frame, "age_months"), read_floats(frame, "reliability")
    rules: list[tuple[str, str, Bools]] = [
        ("CAP-01", "BB", no_financial & no_behaviour),
        ("CAP-02", "BBB", no_financial),
        ("CAP-03", "A", no_behaviour),
        ("CAP-04", "B", read_bools(frame, "has_item_over_90_days")),
        ("CAP-05", "B", read_bools(frame, "has_five_c_veto")),
        ("CAP-06", "B", read_bools(frame, "has_adverse_opinion")),
        ("CAP-07", "BB", age < 12),
        ("CAP-07", "BBB", (age >= 12) & (age < 24)),
        ("CAP-08", "B", read_floats(frame, "net_worth") <= 0),
        ("CAP-09", "BBB", reliability <= 0.6),
        ("CAP-10", "CCC", read_bools(frame, "is_shell")),
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


def _apply_notches(frame: pd.DataFrame, before: Ranks, as_of: date | None) -> Ranks:
    """Shift the grades of the few customers that carry notches, each by the scalar rule."""
    if "notches" not in frame:
        return before
    notched = before.copy()
    for place, given in enumerate(frame["notches"].to_numpy()):
        if not isinstance(given, Collection) or not given or before[place] < 0:
            continue
        assert as_of is not None, "notches expire: they need a day"
        grade = LADDER[before[place]]
        for notch in given:
            grade = apply_notch(grade, notch, as_of=as_of)
        notched[place] = get_rank(grade)
    return notched


def _take(words: Sequence[str], rank: Ranks) -> Words:
    # The last place of the padded list answers for rank -1: no grade.
    padded = np.array([*words, None], dtype=object)
    result: Words = padded[rank]
    return result


def _look_up(figures: Floats, rank: Ranks) -> Floats:
    return np.where(rank >= 0, figures[rank], np.nan)
