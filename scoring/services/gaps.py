"""What each model of a rating lacked: asked of the scalar rules, once per pattern of what is there."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from scoring.domain.models import altman, bathory, ohlson, wall
from scoring.domain.results import ONE, ScoreResult, Status
from scoring.domain.statements.items import DERIVED_ITEMS
from scoring.domain.statements.periods import annualise
from scoring.domain.statements.statements import Statement
from scoring.domain.vectorised import ITEM_COLUMNS, PRIOR, PRIOR_COLUMNS

Row = dict[str, Any]
Sheet = tuple[tuple[str, ...], bool, bool, int]

LACKING = frozenset((Status.MISSING_INPUT.value, Status.INTERIM_NOT_ANNUALISED.value))


def list_missing(row: Row) -> dict[str, list[str]]:
    """Name the items that the models without a value lack; of the index, the indicators dropped."""
    if not row["has_statement"]:
        return {}
    missing: dict[str, list[str]] = {}
    if row["cri_dropped"]:
        dropped = row["cri_dropped"]
        missing["cri"] = [
            indicator
            for place, indicator in enumerate(row["cri_indicators"])
            if dropped >> place & 1
        ]
    lacking = [n for n in ("z", "bathory", "ohlson", "wall") if row[f"{n}_status"] in LACKING]
    if lacking:
        prior = _sheet(row, PRIOR, PRIOR_COLUMNS) if row["prior_exists"] is True else None
        found = _find_missing(
            _sheet(row, "", ITEM_COLUMNS),
            prior,
            row["z_model"],
            row["market_cap_now"] == row["market_cap_now"],
            row["usd_rate"] == row["usd_rate"],
        )
        missing |= {name: list(found[name]) for name in lacking if found.get(name)}
    return missing


def _sheet(row: Row, prefix: str, names: tuple[str, ...]) -> Sheet:
    return (
        tuple(name for name in names if row[prefix + name] == row[prefix + name]),
        row[f"{prefix}is_condensed"] is True,
        row[f"{prefix}is_complete"] is True,
        int(row[f"{prefix}months"]),
    )


@lru_cache(maxsize=4096)
def _find_missing(
    now: Sheet, prior: Sheet | None, z_model: str | None, has_market_cap: bool, has_rate: bool
) -> Mapping[str, tuple[str, ...]]:
    books, before = _statement(now), _statement(prior) if prior else None
    results: dict[str, ScoreResult] = {
        "bathory": bathory.compute_bathory(books, before),
        "ohlson": ohlson.compute_ohlson(
            books,
            total_assets_usd=ONE if has_rate and books.states("total_assets") else None,
            prior_net_profit=before.read("net_profit").value if before else None,
        ),
        "wall": wall.compute_wall_modern(books, before),
    }
    if z_model:
        results["z"] = altman.compute_altman(
            z_model, books, market_cap=ONE if has_market_cap else None
        )
    return {name: result.missing for name, result in results.items()}


def _statement(sheet: Sheet) -> Statement:
    names, is_condensed, is_complete, months = sheet
    return annualise(
        Statement(
            {n: Decimal(1) for n in names if is_condensed or n not in DERIVED_ITEMS},
            months=months,
            is_condensed=is_condensed,
            is_complete=is_complete,
        )
    )
