"""The parts of a conclusion as they are kept with it: scores, models, facts, limit; codes and figures.

Compact, for there is one per rating: a model keeps its value, status, band, sub-score, weight,
contribution and what was missing. Its terms are computed again from the immutable statement when
somebody looks (`scoring.selectors.rated_models`); the routed Z keeps its own.
"""

from collections.abc import Mapping
from typing import Any

from scoring.domain.models import altman, bathory, five_c, ohlson, risk_index, wall
from scoring.domain.rating.bulk_rating import MODELS
from scoring.domain.rating.composite import COMPONENTS
from scoring.domain.rating.scoring_policy import ScoringPolicy
from scoring.domain.results import Status
from scoring.services.gaps import list_missing

Row = dict[str, Any]

SHAPE = 2
CODES = {
    "cri": risk_index.CODE,
    "bathory": bathory.CODE,
    "ohlson": ohlson.CODE,
    "wall": wall.MODERN_CODE,
}
PBS = ("n", "wadbt", "adl", "pdx", "on_time", "worst", "trend", "promise_kept", "dispute_ratio")


def list_terms(row: Row, policy: ScoringPolicy) -> list[Row]:
    """Return what each component that is there adds to the score."""
    weights, mass = policy.composite.weights, row["mass"]
    return [
        {
            "component": name,
            "score": figure(row[name], 10),
            "weight": f"{float(weights[name]) / mass:.6f}",
            "contribution": figure(row[name] * float(weights[name]) / mass, 6),
        }
        for name in COMPONENTS
        if is_there(row[name]) and weights[name]
    ]


def list_components(row: Row, terms: list[Row], policy: ScoringPolicy) -> Row:
    """Return everything that the rating keeps of how it came about."""
    weighed = {term["component"]: term for term in terms}
    missing = list_missing(row)
    return {
        "shape": SHAPE,
        "financial": _financial(row, weighed, missing, policy),
        "behaviour": _behaviour(row, weighed),
        "qualitative": _qualitative(row, weighed),
        "external": _external(row, weighed),
        "facts": _facts(row),
        "limit": _limit(row),
        "grade_before_caps": row["grade_before_caps"],
        "grade_notched": row["grade_notched"],
        "binding": row["binding"],
    }


def _part(name: str, weighed: Mapping[str, Row]) -> Row:
    return weighed.get(name) or {"component": name, "score": None}


def _financial(
    row: Row, weighed: Mapping[str, Row], missing: Mapping[str, list[str]], policy: ScoringPolicy
) -> Row:
    has_statement = row["has_statement"]
    z_model = row["z_model"] or ""
    part = {
        **_part("financial", weighed),
        "status": row["financial_status"] if has_statement else Status.MISSING_INPUT.value,
        "raw": figure(row["financial_raw"], 6),
        "reliability": figure(row["reliability"], 4),
        "age_months": whole(row["statement_age"]),
        "rolled_from": row["rolled_from"] if has_statement else None,
        "prior_id": whole(row["prior_id"]) if has_statement else None,
        "z": {
            "model": z_model,
            "status": row["z_status"],
            "value": figure(row["z_value"], 6),
            "band": row["z_band"],
            "missing": missing.get("z", []),
            "terms": _z_terms(row, policy),
        },
        "models": [],
    }
    if has_statement:
        part["models"] = [_model(name, row, missing, policy) for name in MODELS]
        part["given"] = {
            "is_listed": row["is_listed"],
            "suspended_days": whole(row["suspended_days"]),
            "market_cap": figure(row["market_cap_now"], 6),
            "usd_rate": figure(row["usd_per_currency"], 12),
            "industry": row["industry"],
            "kind": row["kind"],
        }
    return part


def _model(name: str, row: Row, missing: Mapping[str, list[str]], policy: ScoringPolicy) -> Row:
    weight = float(policy.financial.weights.get(name, 0))
    mass, sub = row["financial_mass"], row[f"sub_{name}"]
    model: Row = {
        "model": row["z_model"] if name == "z" else CODES[name],
        "role": name,
        "value": figure(row[f"{name}_value"], 6),
        "status": row[f"{name}_status"],
        "band": row[f"{name}_band"],
        "sub": figure(sub, 6),
    }
    if is_there(sub) and weight and is_there(row["financial_raw"]):
        model["weight"] = f"{weight / mass:.6f}"
        model["contribution"] = figure(sub * weight / mass, 6)
    if missing.get(name):
        model["missing"] = missing[name]
    return model


def _z_terms(row: Row, policy: ScoringPolicy) -> list[Row]:
    if not is_there(row["z_value"]):
        return []
    weights = dict(altman.FORMS[row["z_model"]].coefficients)
    if row["z_model"] == altman.Z_1968:
        weights["x5"] = policy.x5_coefficient
    return [
        {
            "name": x,
            "input": figure(row[f"z_{x}"], 6),
            "weight": str(weight),
            "contribution": figure(row[f"z_{x}"] * float(weight), 6),
        }
        for x, weight in weights.items()
    ]


def _behaviour(row: Row, weighed: Mapping[str, Row]) -> Row:
    part = _part("behaviour", weighed)
    if not is_there(row["pbs_value"]):
        return part | {"status": Status.MISSING_INPUT.value, "n": 0}
    return {
        **part,
        "status": row["pbs_status"],
        "band": row["pbs_band"],
        "raw": figure(row["pbs_raw"], 6),
        **{name: figure(row[f"pbs_{name}"], 4) for name in PBS},
        "n": whole(row["pbs_n"]),
        "is_deteriorating": row["pbs_is_deteriorating"] is True,
        "has_hard_trigger": row["pbs_has_hard_trigger"] is True,
    }


def _qualitative(row: Row, weighed: Mapping[str, Row]) -> Row:
    return {
        **_part("qualitative", weighed),
        "status": row["five_c_status"],
        "raw": figure(row["five_c_value"], 6),
        "band": row["five_c_band"],
        "coverage": figure(row["five_c_coverage"], 4),
        "age_months": whole(row["assessment_age"]),
        "has_veto": bool(row["five_c_has_veto"]),
        "parts": {part: figure(row[f"five_c_{part}"], 4) for part in five_c.PARTS},
        "unsupported": row["unsupported"],
    }


def _external(row: Row, weighed: Mapping[str, Row]) -> Row:
    return {
        **_part("external", weighed),
        "status": Status.OK.value if is_there(row["external"]) else Status.MISSING_INPUT.value,
        "n": whole(row["external_n"]) or 0,
        "opinions": [
            {"kind": kind, "opinion": opinion, "dated": dated.isoformat()}
            for kind, opinion, dated in row["opinions"]
        ],
    }


def _facts(row: Row) -> Row:
    facts = {
        "has_item_over_90_days": bool(row["over_90"]),
        "has_five_c_veto": bool(row["five_c_has_veto"]),
        "has_adverse_opinion": row["has_adverse_opinion"] is True,
        "age_months": whole(row["age_months"]),
        "net_worth": figure(row["wa_net_worth"], 4),
        "reliability": figure(row["reliability"], 4),
        "is_shell": bool(row["is_shell"]),
        "flags": sorted(row["all_flags"]),
    }
    if row["hits"]:
        facts["hits"] = [
            {
                "flag": hit.flag,
                "kind": hit.kind,
                "since": hit.since.isoformat(),
                "removed_on": hit.removed_on.isoformat() if hit.removed_on else None,
                "amount": None if hit.amount is None else str(hit.amount),
                "check_id": hit.check_id,
                "signal_id": hit.signal_id,
            }
            for hit in row["hits"]
        ]
    if row["notches"]:
        facts["notches"] = [
            {
                "code": notch.code,
                "parent_grade": notch.parent_grade,
                "notches": notch.notches,
                "reason": notch.reason,
                "valid_to": notch.valid_to.isoformat() if notch.valid_to else None,
                "override_id": number,
            }
            for notch, number in zip(row["notches"], row["override_ids"], strict=True)
        ]
    return facts


def _limit(row: Row) -> Row:
    has_statement = row["has_statement"]
    return {
        "method": "working_assets",
        "status": row["wa_status"] if has_statement else Status.MISSING_INPUT.value,
        "evaluation": figure(row["wa_value"], 6),
        "percentage": figure(row["wa_percentage"], 2),
        "working_assets": figure(_times(row["wa_working_assets"], row["unit"]), 2),
        "capacity": figure(_times(row["wa_limit"], row["unit"]), 2),
        "factor": figure(row["limit_factor"], 2),
        "is_weak": bool(row["wa_is_weak"]),
        "is_zero": bool(row["is_limit_zero"]),
    }


def is_there(value: Any) -> bool:
    """Tell whether a figure is known: neither None nor NaN."""
    return value is not None and value == value


def figure(value: Any, places: int) -> str | None:
    """Write a figure with so many decimals, nothing for NaN; never a negative zero."""
    if value is None or value != value:
        return None
    text = f"{value:.{places}f}"
    return text[1:] if text[0] == "-" and not text.strip("-0.") else text


def whole(value: Any) -> int | None:
    """Return a whole number, None for NaN."""
    return int(value) if is_there(value) else None


def _times(value: Any, unit: Any) -> float | None:
    return value * unit if is_there(value) and is_there(unit) else None
