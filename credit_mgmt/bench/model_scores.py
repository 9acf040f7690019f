"""Every model of the product on every row of a set: value, status and band, by the product's code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from credit_mgmt.bench.real_statements import PRIOR, FirmYears, make_statement
from scoring.domain import vectorised
from scoring.domain.models import (
    altman,
    bathory,
    fulmer,
    ohlson,
    piotroski,
    risk_index,
    springate,
    taffler,
    wall,
    working_assets,
    zmijewski,
)
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY
from scoring.domain.results import ScoreResult, Status
from scoring.domain.statements.statements import Statement

FINANCIAL = "financial"
RISKIER_WHEN_HIGHER = frozenset({ohlson.CODE, zmijewski.CODE, risk_index.CODE})

Scalar = Callable[[Statement], ScoreResult]
_LAST_YEAR = " of the prior year"

# What the models with a bulk twin say of one statement: asked for what a set lacks.
TWINNED: dict[str, Scalar] = {
    **{code: partial(altman.compute_altman, code) for code in altman.FORMS},
    ohlson.CODE: lambda books: ohlson.compute_ohlson(
        books, total_assets_usd=books.read("total_assets").value, prior_net_profit=None
    ),
    risk_index.CODE: risk_index.compute_risk_index,
    bathory.CODE: bathory.compute_bathory,
    wall.MODERN_CODE: lambda books: wall.compute_wall_modern(books, None),
    working_assets.CODE: working_assets.compute_working_assets,
}
# Models without one, computed row by row.
SCALARS: dict[str, Scalar] = {
    zmijewski.CODE: zmijewski.compute_zmijewski,
    springate.CODE: springate.compute_springate,
    taffler.CODE: taffler.compute_taffler,
    fulmer.CODE: lambda books: fulmer.compute_fulmer(books, tangible_assets_usd=None),
    piotroski.CODE: lambda books: piotroski.compute_piotroski(books, None, None),
    wall.TRADITIONAL_CODE: wall.compute_wall_traditional,
}


@dataclass(frozen=True)
class Scores:
    """One model over a set: arrays of one entry a row.

    ``risk`` is the value turned so that more is riskier, NaN without a value; ``chance`` the model's
    own probability of failure, ``None`` where it states none. ``missing`` names what the set lacks
    where not one row could be computed.
    """

    model: str
    risk: np.ndarray
    status: np.ndarray
    band: np.ndarray
    chance: np.ndarray | None = None
    missing: tuple[str, ...] = ()

    @property
    def has_value(self) -> np.ndarray:
        """Tell per row whether the model ranks it."""
        return np.isfinite(self.risk)


def score_models(data: FirmYears) -> dict[str, Scores]:
    """Compute every model that the set can feed, and say of the others what they lack."""
    books = vectorised.Books(data.items)
    found = _score_bulk(data, books)
    statements = [make_statement(row) for row in data.items.to_dict("records")]
    for code, compute in TWINNED.items():
        if not found[code].has_value.any():
            gaps = _never_there(data, compute(statements[0]))
            found[code] = replace(found[code], missing=gaps)
    for code, compute in SCALARS.items():
        gaps = _never_there(data, compute(statements[0]))
        found[code] = (
            _nothing(code, data.size, gaps) if gaps else _score_rows(code, compute, statements)
        )
    return found


def _score_bulk(data: FirmYears, books: vectorised.Books) -> dict[str, Scores]:
    size = data.size
    reliability, age = np.ones(size), np.zeros(size)
    rate = np.full(size, np.nan if data.usd_rate is None else data.usd_rate)
    tables: dict[str, pd.DataFrame] = {
        code: vectorised.compute_altman(code, books) for code in altman.FORMS
    }
    tables[ohlson.CODE] = vectorised.compute_ohlson(
        books, usd_rate=rate, price_index=float(DEFAULT_POLICY.ohlson_price_index)
    )
    tables[risk_index.CODE] = vectorised.compute_risk_index(books)
    tables[bathory.CODE] = vectorised.compute_bathory(books)
    tables[wall.MODERN_CODE] = vectorised.compute_wall_modern(books)
    tables[working_assets.CODE] = vectorised.compute_working_assets(
        books, reliability=reliability, age_months=age
    )
    subscores = vectorised.map_subscores(
        z=tables[altman.Z_DOUBLE_PRIME].assign(model=altman.Z_DOUBLE_PRIME),
        risk_index=tables[risk_index.CODE],
        bathory=tables[bathory.CODE],
        ohlson=tables[ohlson.CODE],
        wall_modern=tables[wall.MODERN_CODE],
    )
    tables[FINANCIAL] = vectorised.compute_financial(
        subscores, reliability=reliability, age_months=age, index=books.index
    )
    return {code: _read_table(code, table) for code, table in tables.items()}


def _read_table(code: str, table: pd.DataFrame) -> Scores:
    value = table["value"].to_numpy(dtype=float)
    status = table["status"].to_numpy()
    band = table["band"].to_numpy() if "band" in table else np.full(len(table), None, dtype=object)
    chance = next((c for c in ("probability", "pd") if c in table), None)
    scores = Scores(
        code,
        value if code in RISKIER_WHEN_HIGHER else -value,
        status,
        band,
        None if chance is None else table[chance].to_numpy(dtype=float),
    )
    return _rank_insolvent_worst(scores) if code == working_assets.CODE else scores


def _rank_insolvent_worst(scores: Scores) -> Scores:
    """Rank net worth of 0 or less below every evaluation: W-1 gives it a limit of 0."""
    insolvent = scores.status == Status.NEGATIVE_NET_WORTH.value
    worst = np.nanmax(scores.risk, initial=0.0) + 1.0
    band = np.where(insolvent, "insolvent", scores.band)
    return Scores(scores.model, np.where(insolvent, worst, scores.risk), scores.status, band)


def _score_rows(code: str, compute: Scalar, statements: list[Statement]) -> Scores:
    results: list[Any] = [compute(books) for books in statements]
    value = np.array([np.nan if r.value is None else float(r.value) for r in results])
    chance = None
    if hasattr(results[0], "probability"):
        chance = np.array(
            [np.nan if r.probability is None else float(r.probability) for r in results]
        )
    return Scores(
        code,
        value if code in RISKIER_WHEN_HIGHER else -value,
        np.array([r.status.value for r in results], dtype=object),
        np.array([r.band for r in results], dtype=object),
        chance,
    )


def _never_there(data: FirmYears, probe: ScoreResult) -> tuple[str, ...]:
    """Name the inputs that no row of the set has; those of another year go by its suffix."""
    names = dict.fromkeys(probe.missing)
    return tuple(name for name in names if not _is_somewhere(data.items, name))


def _is_somewhere(items: pd.DataFrame, name: str) -> bool:
    column = PRIOR + name.removesuffix(_LAST_YEAR) if name.endswith(_LAST_YEAR) else name
    return column in items and bool(items[column].notna().any())


def _nothing(code: str, size: int, missing: tuple[str, ...]) -> Scores:
    status = np.full(size, Status.MISSING_INPUT.value, dtype=object)
    none = np.full(size, None, dtype=object)
    return Scores(code, np.full(size, np.nan), status, none, missing=missing)
