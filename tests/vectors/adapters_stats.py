"""Families of statistical scoring: weights, points, discrimination, stability, calibration."""

from __future__ import annotations

from typing import Any

from scoring.domain.payment.payment_date import forecast_payment
from scoring.domain.statistics.calibration import recalibrate, shift_prior
from scoring.domain.statistics.discrimination import measure
from scoring.domain.statistics.scaling import Scaling, compute_points, list_reasons, scale_pdo
from scoring.domain.statistics.stability import compute_csi, compute_psi
from scoring.domain.statistics.woe import Cell, compute_woe

from .adapters_scoring import adapts


@adapts("woe_iv")
def _woe_iv(inputs: Any, _reference: dict[str, Any]) -> Any:
    table = compute_woe([Cell(b["label"], b["good"], b["bad"]) for b in inputs["bins"]])
    return {
        "woe": [one.woe for one in table.bins],
        "iv_parts": [one.iv_part for one in table.bins],
        "iv": table.iv,
    }


@adapts("pdo_scaling")
def _pdo_scaling(inputs: Any, _reference: dict[str, Any]) -> Any:
    scale = scale_pdo(inputs["score"], inputs["odds"], inputs["pdo"])
    return {"factor": scale.factor, "offset": scale.offset}


@adapts("scorecard_points")
def _scorecard_points(inputs: Any, _reference: dict[str, Any]) -> Any:
    scale = Scaling(inputs["factor"], inputs["offset"])
    found = compute_points(inputs["intercept"], inputs["betas"], inputs["woe"], scale)
    return {
        "points": list(found.points),
        "score": found.score,
        "pd": found.pd,
        "neutral_points": found.neutral_points,
    }


@adapts("reason_codes")
def _reason_codes(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = list_reasons(inputs["points"], inputs["neutral_points"])
    return {
        "difference": found.difference,
        "adverse": list(found.adverse),
        "favourable": list(found.favourable),
    }


@adapts("discrimination_calibration")
def _discrimination(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = measure(inputs["y"], inputs["p"])
    assert found.calibration is not None
    return {
        "auc": found.auc,
        "gini": found.gini,
        "ks": found.ks,
        "brier": found.brier,
        "brier_base": found.brier_base,
        "brier_skill": found.brier_skill,
        "log_loss": found.log_loss,
        "calibration_intercept": found.calibration.intercept,
        "calibration_slope": found.calibration.slope,
        "calibration_in_the_large": found.calibration.in_the_large,
    }


@adapts("psi")
def _psi(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = compute_psi(inputs["expected"], inputs["actual"])
    return {"psi": found.value, "band": found.band}


@adapts("csi")
def _csi(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = compute_csi(inputs["expected"], inputs["actual"], inputs["points"])
    return {"csi": found.value, "score_shift": found.score_shift, "band": found.band}


@adapts("payment_date_hazard")
def _payment_date(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = forecast_payment(inputs["hazard"], inputs["bucket_mid_days_from_due"])
    return {
        "probability": list(found.probability),
        "cumulative": list(found.cumulative),
        "expected_days_from_due": found.expected_days,
        "median_bucket_mid": found.median_middle,
        "p_later_than_14_days": found.get_chance_later_than(14),
    }


@adapts("prior_shift")
def _prior_shift(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = shift_prior([inputs["p"]], inputs["train_rate"], inputs["target_rate"])
    return {"shift": found.shift, "p_adjusted": found.probabilities[0]}


@adapts("platt_recalibration")
def _platt(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = recalibrate(inputs["p"], inputs["intercept"], inputs["slope"])
    return {"p_recalibrated": list(found)}
