"""External opinions in bulk: the twin of ``external.compute_external``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import numpy as np
import pandas as pd

from scoring.domain.rating.external import ExternalKind, UnknownOpinion, map_opinion
from scoring.domain.statements.periods import FRESH_MONTHS, count_whole_months

COLUMNS = ("customer_id", "kind", "opinion", "dated")


def compute_external(
    opinions: pd.DataFrame, *, as_of: date, customer_ids: Collection[int]
) -> pd.DataFrame:
    """Average the opinions of the last twelve months for each of ``customer_ids``.

    ``opinions`` has one row per opinion with ``COLUMNS``; what its kind of source never gives is no
    opinion. Returns ``value`` (NaN = none) and ``n``, by customer id.
    """
    index = pd.Index(customer_ids, name="customer_id")
    points = np.array(
        _list_points(
            zip(opinions["kind"], opinions["opinion"], opinions["dated"], strict=True), as_of
        )
    )
    place = index.get_indexer(pd.Index(opinions["customer_id"]))
    counts = (place >= 0) & np.isfinite(points) if len(points) else np.zeros(0, dtype=bool)
    total = np.bincount(place[counts], points[counts], minlength=len(index))
    n = np.bincount(place[counts], minlength=len(index))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, total / n, np.nan)
    return pd.DataFrame({"value": value, "n": n}, index=index)


def _list_points(rows: Iterable[tuple[str, str, date]], as_of: date) -> list[float]:
    known: dict[tuple[str, str], float] = {}
    ages: dict[date, bool] = {}
    points = []
    for kind, opinion, dated in rows:
        key = (kind, opinion)
        if key not in known:
            known[key] = _map(kind, opinion)
        if dated not in ages:
            ages[dated] = dated <= as_of and count_whole_months(dated, as_of) <= FRESH_MONTHS
        points.append(known[key] if ages[dated] else np.nan)
    return points


def _map(kind: str, opinion: str) -> float:
    try:
        return float(map_opinion(ExternalKind(kind), opinion))
    except (UnknownOpinion, ValueError):
        return np.nan
