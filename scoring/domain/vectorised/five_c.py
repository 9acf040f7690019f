"""5C questionnaires in bulk: the twin of ``five_c.score_five_c``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from scoring.domain.models import five_c
from scoring.domain.results import Status
from scoring.domain.vectorised.columns import (
    EPS,
    Floats,
    make_table,
    pick_words,
    read_bools,
    read_floats,
    weigh,
)

NA_STEP = 0.0


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
    steps = {i: read_floats(frame, i) for part in five_c.PARTS.values() for i in part}
    answered = np.zeros(len(frame))
    applicable = np.zeros(len(frame))
    parts: dict[str, Floats] = {}
    for part, indicators in five_c.PARTS.items():
        count, points = np.zeros(len(frame)), np.zeros(len(frame))
        for indicator in indicators:
            step = steps[indicator]
            is_answered = step >= 1
            if unsupported is not None:
                lacks = read_bools(unsupported, indicator) & (step >= 4)
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
    raw, _ = weigh(parts, shares)
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
    band = pick_words([np.isnan(value), *bounds], [None, *(word for _, word in five_c.BANDS)], None)
    return make_table(
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
