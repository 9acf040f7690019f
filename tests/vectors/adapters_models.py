"""Families of the classic models and of characteristic analysis."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from scoring.domain.models.characteristics import (
    from_sequence,
    get_multipliers,
    read_percentage,
    score_characteristics,
)
from scoring.domain.models.fulmer import compute_fulmer
from scoring.domain.models.piotroski import compute_piotroski
from scoring.domain.models.springate import compute_springate
from scoring.domain.models.taffler import compute_taffler
from scoring.domain.models.working_assets import compute_working_assets
from scoring.domain.models.zmijewski import compute_zmijewski

from .adapters_scoring import adapts, dec, opt, prior, statement, terms


@adapts("zmijewski")
def _zmijewski(inputs: Any, reference: dict[str, Any]) -> Any:
    result = compute_zmijewski(statement(inputs, reference))
    return {
        **terms(result),
        "score": result.value,
        "p": result.probability,
        "band": result.band,
        "status": result.status.value,
    }


@adapts("taffler_1983")
def _taffler(inputs: Any, reference: dict[str, Any]) -> Any:
    result = compute_taffler(statement(inputs, reference))
    return {
        **terms(result),
        "score": result.value,
        "band": result.band,
        "status": result.status.value,
    }


@adapts("springate")
def _springate(inputs: Any, reference: dict[str, Any]) -> Any:
    result = compute_springate(statement(inputs, reference))
    return {
        **terms(result),
        "score": result.value,
        "band": result.band,
        "status": result.status.value,
    }


@adapts("fulmer_h")
def _fulmer(inputs: Any, reference: dict[str, Any]) -> Any:
    result = compute_fulmer(
        statement(inputs, reference), tangible_assets_usd=dec(inputs["tangible_assets_usd"])
    )
    variables = [term.input for term in result.terms if term.name != "constant"]
    return {
        "v": variables,
        "score": result.value,
        "band": result.band,
        "status": result.status.value,
    }


@adapts("piotroski_f")
def _piotroski(inputs: Any, reference: dict[str, Any]) -> Any:
    result = compute_piotroski(
        statement(inputs, reference),
        prior(inputs, reference),
        prior(inputs, reference, key="prev2"),
    )
    return {
        "signals": list(result.signals),
        "f_score": result.value,
        "details": result.details,
        "band": result.band,
        "status": result.status.value,
    }


@adapts("characteristic_analysis")
def _characteristic_analysis(inputs: Any, reference: dict[str, Any]) -> Any:
    ratings = from_sequence([None if r is None else dec(r) for r in inputs["ratings"]])
    sets = reference["reference_tables"]["characteristic_weight_sets"]
    names = reference["reference_tables"]["characteristic_indicators"]
    weights = {name: dict(zip(names, map(dec, row), strict=True)) for name, row in sets.items()}
    base = opt(inputs, "base_limit")
    if base is None:
        given = inputs if "fixture" in inputs else {"fixture": "huaxin_2024"}
        base = compute_working_assets(statement(given, reference)).limit
    results = {
        method: score_characteristics(
            ratings,
            weight_set=inputs["weight_set"],
            weight_sets=weights,
            base_limit=base,
            method=method,
        )
        for method in ("continuous", "step")
    }
    result = results["continuous"]
    return {
        "weighted": result.weighted,
        "max_possible": result.max_possible,
        "coverage": result.coverage,
        "percent": result.value,
        "multiplier_step": result.multiplier_step,
        "multiplier_continuous": result.multiplier_continuous,
        "adjusted_limit_step": results["step"].corrected_limit,
        "adjusted_limit_continuous": result.corrected_limit,
        "status": result.status.value,
        "reading": result.band,
    }


@adapts("characteristic_multiplier")
def _characteristic_multiplier(inputs: Mapping[str, Any], reference: dict[str, Any]) -> Any:
    percent: Decimal = dec(inputs["percent"])
    step, continuous = get_multipliers(percent)
    return {"step": step, "continuous": continuous, "reading": read_percentage(percent)}
