"""Conclusions in the form in which they are kept: one row each, with terms, caps and reasons.

Codes and figures only; `scoring.texts` turns them into sentences in the reader's language.
"""

import json
import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pandas as pd

from scoring.domain import altman, five_c
from scoring.domain.bulk_rating import RATED_ITEMS, BulkPolicy
from scoring.domain.composite import Components, RatingFacts, list_caps
from scoring.domain.grades import get_letter, get_terms, get_valid_to
from scoring.domain.items import DERIVED_ITEMS
from scoring.domain.overrides import list_overrides
from scoring.domain.periods import FRESH_MONTHS, annualise
from scoring.domain.profile import Profile
from scoring.domain.results import Status
from scoring.domain.statements import Statement
from scoring.selectors.facts import PortfolioFacts, Skipped

STORED = (
    "customer_id",
    "statement_id",
    "assessment_id",
    "z_model",
    "z_value",
    "z_band",
    "financial_score",
    "qualitative_score",
    "score",
    "grade",
    "modifier",
    "risk_class",
    "pd_12m",
    "valid_to",
    "suggested_limit",
    "limit_currency",
    "components",
    "reasons",
    "caps",
    "facts_digest",
)
COEFFICIENTS = altman.FORMS[altman.Z_DOUBLE_PRIME].coefficients
NEUTRAL = 50.0
MAX_Z = 1e10  # what the columns of `Rating` hold
MAX_LIMIT = 1e17

Row = dict[str, Any]


def describe(
    facts: PortfolioFacts,
    result: pd.DataFrame,
    digests: Sequence[str],
    policy: BulkPolicy,
    *,
    as_of: date,
) -> tuple[list[tuple[Any, ...]], list[Skipped]]:
    """Turn the columns of `bulk_rating.conclude` into rows of `STORED`.

    A customer without a grade makes no row: it is returned as skipped, with what is missing.
    """
    given = facts.frame.drop(columns=["code"]).to_dict("list")
    found = result.to_dict("list")
    customer_ids, codes = facts.frame.index.tolist(), facts.frame["code"].tolist()
    unsupported = facts.unsupported.to_numpy(dtype=bool)
    columns = [*given, *found]
    rows, unscored = [], []
    every = zip(*given.values(), *found.values(), strict=True)
    for place, values in enumerate(every):
        row: Row = dict(zip(columns, values, strict=True))
        row["unsupported"] = (
            [
                indicator
                for indicator, lacks in zip(
                    facts.unsupported.columns, unsupported[place], strict=True
                )
                if lacks
            ]
            if unsupported[place].any()
            else []
        )
        if row["grade"] is None:
            reasons = _model_reasons(row)
            params = {"reasons": [reason["code"] for reason in reasons], "items": _missing(row)}
            skip = Skipped(customer_ids[place], codes[place], "NOTHING_TO_SCORE", params)
            unscored.append(skip)
            continue
        if not _fits(row):
            skip = Skipped(customer_ids[place], codes[place], "OUT_OF_RANGE")
            unscored.append(skip)
            continue
        rows.append(_row(customer_ids[place], row, digests[place], policy, as_of=as_of))
    return rows, unscored


def _row(
    customer_id: int, row: Row, digest: str, policy: BulkPolicy, *, as_of: date
) -> tuple[Any, ...]:
    letter = get_letter(row["grade"])
    caps = _caps(row)
    terms = _component_terms(row, policy)
    return (
        customer_id,
        _whole(row["statement_id"]),
        _whole(row["assessment_id"]),
        altman.Z_DOUBLE_PRIME if _is_there(row["z_value"]) else "",
        _figure(row["z_value"], 4),
        str(row["z_band"] or "").upper(),
        _figure(row["financial"], 4),
        _figure(row["qualitative"], 4),
        _figure(row["score"], 4),
        letter,
        row["grade"][len(letter) :],
        get_terms(row["grade"]).risk_class,
        _figure(row["pd_12m"], 8),
        get_valid_to(letter, as_of=as_of),
        _figure(row["suggested_limit"], 2),
        row["currency"] or "CNY",
        json.dumps(_components(row, terms)),
        json.dumps(_reasons(row, caps, terms)),
        json.dumps(caps),
        digest,
    )


def _components(row: Row, terms: list[Row]) -> Row:
    weighed = {term["component"]: term for term in terms}
    has_statement = row["has_statement"]
    return {
        "financial": {
            **weighed.get("financial", {"component": "financial", "score": None}),
            "status": row["financial_status"] if has_statement else Status.MISSING_INPUT.value,
            "raw": _figure(row["financial_raw"], 6),
            "reliability": _figure(row["reliability"], 4),
            "age_months": _whole(row["statement_age"]),
            "rolled_from": row["rolled_from"],
            "z": {
                "model": altman.Z_DOUBLE_PRIME,
                "status": row["z_status"] if has_statement else Status.MISSING_INPUT.value,
                "value": _figure(row["z_value"], 6),
                "band": row["z_band"],
                "missing": _missing(row),
                "terms": _z_terms(row),
            },
        },
        "qualitative": {
            **weighed.get("qualitative", {"component": "qualitative", "score": None}),
            "status": row["five_c_status"],
            "raw": _figure(row["five_c_value"], 6),
            "band": row["five_c_band"],
            "coverage": _figure(row["five_c_coverage"], 4),
            "age_months": _whole(row["assessment_age"]),
            "has_veto": bool(row["five_c_has_veto"]),
            "parts": {part: _figure(row[f"five_c_{part}"], 4) for part in five_c.PARTS},
            "unsupported": row["unsupported"],
        },
        "facts": {
            "has_item_over_90_days": bool(row["has_item_over_90_days"]),
            "has_five_c_veto": bool(row["five_c_has_veto"]),
            "has_adverse_opinion": bool(row["has_adverse_opinion"]),
            "age_months": _whole(row["age_months"]),
            "net_worth": _figure(row["wa_net_worth"], 4),
            "reliability": _figure(row["reliability"], 4),
            "flags": sorted(row["flags"]),
        },
        "limit": {
            "method": "working_assets",
            "status": row["wa_status"] if has_statement else Status.MISSING_INPUT.value,
            "evaluation": _figure(row["wa_value"], 6),
            "percentage": _figure(row["wa_percentage"], 2),
            "working_assets": _figure(_times(row["wa_working_assets"], row["unit"]), 2),
            "capacity": _figure(_times(row["wa_limit"], row["unit"]), 2),
            "factor": _figure(row["limit_factor"], 2),
            "is_weak": bool(row["wa_is_weak"]),
            "is_zero": bool(row["is_limit_zero"]),
        },
        "grade_before_caps": row["grade_before_caps"],
        "binding": row["binding"],
    }


def _component_terms(row: Row, policy: BulkPolicy) -> list[Row]:
    there = [name for name in ("financial", "qualitative") if _is_there(row[name])]
    weights = policy.components.weights
    total = sum((weights[name] for name in there), Decimal(0))
    return [
        {
            "component": name,
            "score": _figure(row[name], 10),
            "weight": f"{weights[name] / total:.6f}",
            "contribution": _figure(row[name] * float(weights[name] / total), 6),
        }
        for name in there
    ]


def _z_terms(row: Row) -> list[Row]:
    if not _is_there(row["z_value"]):
        return []
    return [
        {
            "name": name,
            "input": _figure(row[f"z_{name}"], 6),
            "weight": str(weight),
            "contribution": _figure(row[f"z_{name}"] * float(weight), 6),
        }
        for name, weight in COEFFICIENTS.items()
    ]


def _caps(row: Row) -> list[Row]:
    age = row["age_months"]
    key = (
        _is_there(row["financial"]),
        bool(row["has_item_over_90_days"]),
        bool(row["five_c_has_veto"]),
        bool(row["has_adverse_opinion"]),
        None if not _is_there(age) else min(int(age), 24),
        bool(row["wa_net_worth"] <= 0),
        None if not _is_there(row["reliability"]) else f"{row['reliability']:.4f}",
        row["flags"],
    )
    return [
        {"code": code, "grade": grade, "flag": flag, "is_binding": code == row["binding"]}
        for code, grade, flag in _list_bounds(*key)
    ]


@lru_cache(maxsize=4096)
def _list_bounds(
    has_financial: bool,
    over_90: bool,
    veto: bool,
    adverse: bool,
    age_months: int | None,
    is_insolvent: bool,
    reliability: str | None,
    flags: frozenset[str],
) -> tuple[tuple[str, str | None, str | None], ...]:
    """List what holds a grade down; there are few combinations, so each is asked for once."""
    caps = list_caps(
        Components(financial=Decimal(50) if has_financial else None),
        RatingFacts(
            has_item_over_90_days=over_90,
            has_five_c_veto=veto,
            has_adverse_opinion=adverse,
            age_months=age_months,
            net_worth=Decimal(0) if is_insolvent else None,
            reliability=None if reliability is None else Decimal(reliability),
        ),
    )
    overrides = list_overrides(flags)
    return (
        *((one.code, one.grade, one.flag) for one in overrides),
        *((cap.code, cap.grade, None) for cap in caps),
    )


def _reasons(row: Row, caps: list[Row], terms: list[Row]) -> list[Row]:
    """List why, most binding first: caps, what is missing, what the models met, the components."""
    held = [
        {
            "code": cap["code"],
            "params": {"grade": cap["grade"], "flag": cap["flag"]},
            "is_binding": cap["is_binding"],
        }
        for cap in sorted(caps, key=lambda cap: not cap["is_binding"])
    ]
    there = {term["component"] for term in terms}
    gaps = [
        {"code": "COMPONENT_MISSING", "params": {"component": name}}
        for name in ("financial", "behaviour", "qualitative", "external")
        if name not in there
    ]
    # What holds the score back most comes first.
    shortfall = sorted(
        terms, key=lambda term: -(100 - float(term["score"])) * float(term["weight"])
    )
    weighed = [
        {
            "code": "COMPONENT",
            "params": {name: term[name] for name in ("component", "score", "weight")},
        }
        for term in shortfall
    ]
    return held + _model_reasons(row) + gaps + weighed


def _model_reasons(row: Row) -> list[Row]:
    """List what the models met on the way: guards, age, distrust, missing items."""
    reasons: list[Row] = []

    def add(code: str, **params: Any) -> None:
        reasons.append({"code": code, "params": params})

    if not row["has_statement"]:
        add("NO_STATEMENT")
    elif not _is_there(row["z_value"]):
        add(f"Z_{str(row['z_status']).upper()}", items=_missing(row))
    else:
        if row["rolled_from"]:
            add("FLOWS_ROLLED")
        elif row["months"] != 12:
            add("FLOWS_ANNUALISED", months=_whole(row["months"]))
        for term in _z_terms(row):
            if float(term["contribution"]) < 0:
                add("NEGATIVE_TERM", term=term["name"], contribution=term["contribution"])
        if row["reliability"] == 0:
            add("STATEMENT_NOT_RELIABLE")
        elif row["financial_status"] == Status.STALE.value:
            add("STATEMENT_STALE", age_months=_whole(row["statement_age"]))
        else:
            if row["reliability"] < 1 and row["financial_raw"] > NEUTRAL:
                add("SHRUNK_FOR_RELIABILITY", reliability=_figure(row["reliability"], 4))
            if row["statement_age"] > FRESH_MONTHS:
                add("DECAYED_FOR_AGE", age_months=_whole(row["statement_age"]))
    if not _is_there(row["assessment_age"]):
        add("NO_ASSESSMENT")
    elif not _is_there(row["five_c_value"]):
        add("COVERAGE_TOO_LOW", coverage=_figure(row["five_c_coverage"], 4))
    elif not _is_there(row["qualitative"]):
        add("ASSESSMENT_STALE", age_months=_whole(row["assessment_age"]))
    else:
        if row["assessment_age"] > FRESH_MONTHS:
            add("ASSESSMENT_DECAYED", age_months=_whole(row["assessment_age"]))
        for indicator in row["unsupported"]:
            add("EVIDENCE_CAPPED", indicator=indicator)
        if row["five_c_has_veto"]:
            add("VETO", cap=str(five_c.VETO_CAP))
    return reasons


def _missing(row: Row) -> list[str]:
    if not row["has_statement"] or row["z_status"] != Status.MISSING_INPUT.value:
        return []
    stated = frozenset(name for name in RATED_ITEMS if _is_there(row[name]))
    return list(_list_missing(stated, row["is_condensed"], row["is_complete"], int(row["months"])))


@lru_cache(maxsize=4096)
def _list_missing(
    stated: frozenset[str], is_condensed: bool, is_complete: bool, months: int
) -> tuple[str, ...]:
    """Name the items that Z″ lacks; the rule is asked once per pattern of what is there."""
    statement = Statement(
        {n: Decimal(1) for n in stated if is_condensed or n not in DERIVED_ITEMS},
        months=months,
        is_condensed=is_condensed,
        is_complete=is_complete,
    )
    result = altman.compute_altman(altman.Z_DOUBLE_PRIME, annualise(statement), profile=Profile())
    return result.missing


def _fits(row: Row) -> bool:
    """Tell whether the figures fit their columns: one absurd statement must not stop the others."""
    z, limit = row["z_value"], row["suggested_limit"]
    return (not _is_there(z) or abs(z) < MAX_Z) and (not _is_there(limit) or limit < MAX_LIMIT)


def _is_there(value: Any) -> bool:
    return value is not None and not math.isnan(value)


def _figure(value: Any, places: int) -> str | None:
    """Write a figure with so many decimals, nothing for NaN; never a negative zero."""
    if not _is_there(value):
        return None
    text = f"{value:.{places}f}"
    return text.lstrip("-") if text.strip("-0.") == "" else text


def _whole(value: Any) -> int | None:
    return int(value) if _is_there(value) else None


def _times(value: Any, unit: Any) -> float | None:
    return value * unit if _is_there(value) and _is_there(unit) else None
