"""Bulk twins of the rating rules: one row per customer, ``float64``, no loop over customers.

Each function answers what its scalar rule answers for every row: value to 1e-9, and the same status,
band and grade (proved by property tests). The models that only inform (Zmijewski, Springate, Taffler,
Fulmer, Piotroski, traditional Wall, characteristic analysis) have no twin: they are computed for the
one customer that somebody looks at.
"""

from scoring.domain.vectorised.altman import compute_altman, compute_routed, route_altman
from scoring.domain.vectorised.books import ITEM_COLUMNS, PRIOR, PRIOR_COLUMNS, Books
from scoring.domain.vectorised.columns import EPS, Bools, Floats
from scoring.domain.vectorised.composite import CAP_COLUMNS, rank_scores, rate
from scoring.domain.vectorised.external import compute_external
from scoring.domain.vectorised.financial import compute_financial, decay, map_subscores
from scoring.domain.vectorised.five_c import score_five_c
from scoring.domain.vectorised.models import (
    compute_bathory,
    compute_ohlson,
    compute_risk_index,
    compute_wall_modern,
    compute_working_assets,
)

__all__ = [
    "CAP_COLUMNS",
    "EPS",
    "ITEM_COLUMNS",
    "PRIOR",
    "PRIOR_COLUMNS",
    "Books",
    "Bools",
    "Floats",
    "compute_altman",
    "compute_bathory",
    "compute_external",
    "compute_financial",
    "compute_ohlson",
    "compute_risk_index",
    "compute_routed",
    "compute_wall_modern",
    "compute_working_assets",
    "decay",
    "map_subscores",
    "rank_scores",
    "rate",
    "route_altman",
    "score_five_c",
]
