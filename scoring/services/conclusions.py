"""Conclusions in the form in which they are kept: one row each, with components, caps and reasons.

Codes and figures only; `scoring.texts` turns them into sentences in the reader's language.
"""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pandas as pd

from scoring.domain.grades import DEFAULTED, get_letter, get_terms, get_valid_to
from scoring.domain.models import altman, five_c
from scoring.domain.rating.composite import COMPONENTS, Components, RatingFacts, list_caps
from scoring.domain.rating.overrides import list_overrides
from scoring.domain.rating.scoring_policy import ScoringPolicy
from scoring.domain.results import Status
from scoring.domain.statements.periods import FRESH_MONTHS
from scoring.selectors.facts import PortfolioFacts, Skipped
from scoring.services.components import CODES, figure, is_there, list_components, list_terms, whole
from scoring.services.gaps import list_missing

STORED = (
    "customer_id",
    "statement_id",
    "assessment_id",
    "override_id",
    "z_model",
    "z_value",
    "z_band",
    "financial_score",
    "behaviour_score",
    "qualitative_score",
    "external_score",
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
NEUTRAL = 50.0
MAX_Z = 1e10  # what the columns of `Rating` hold
MAX_LIMIT = 1e17

Row = dict[str, Any]

# Made once: the encoder of `json.dumps` would be made again for every row.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def describe(
    facts: PortfolioFacts,
    result: pd.DataFrame,
    digests: Sequence[str],
    policy: ScoringPolicy,
    *,
    as_of: date,
) -> tuple[list[tuple[Any, ...]], list[Skipped]]:
    """Turn the columns of `bulk_rating.conclude` into rows of `STORED`.

    A customer without a grade makes no row: it is returned as skipped, with what is missing. One with
    whom nobody may trade (KO-06) has no grade of its own; it is kept as D, for nothing less stops
    orders and limits.
    """
    found = result.drop(columns=[name for name in result if name in facts.frame])
    columns = [*facts.frame.columns, *found.columns]
    values = [facts.frame[name].tolist() for name in facts.frame]
    values += [found[name].tolist() for name in found]
    customer_ids = facts.frame.index.tolist()
    unsupported = facts.unsupported.to_numpy(dtype=bool)
    lacks_any = unsupported.any(axis=1)
    names = facts.unsupported.columns.to_numpy()
    indicators = tuple(benchmark.indicator for benchmark in policy.benchmarks)
    rows, unscored = [], []
    for place, each in enumerate(zip(*values, strict=True)):
        row: Row = dict(zip(columns, each, strict=True))
        row["unsupported"] = names[unsupported[place]].tolist() if lacks_any[place] else []
        row["cri_indicators"] = indicators
        if row["is_trading_blocked"]:
            row["grade"] = DEFAULTED
        if row["grade"] is None:
            reasons = _model_reasons(row)
            items = list_missing(row).get("z", [])
            params = {"reasons": [reason["code"] for reason in reasons], "items": items}
            skip = Skipped(customer_ids[place], row["code"], "NOTHING_TO_SCORE", params)
            unscored.append(skip)
            continue
        if not _fits(row):
            unscored.append(Skipped(customer_ids[place], row["code"], "OUT_OF_RANGE"))
            continue
        rows.append(_row(customer_ids[place], row, digests[place], policy, as_of=as_of))
    return rows, unscored


def _row(
    customer_id: int, row: Row, digest: str, policy: ScoringPolicy, *, as_of: date
) -> tuple[Any, ...]:
    letter = get_letter(row["grade"])
    caps = _caps(row)
    terms = list_terms(row, policy)
    components = list_components(row, terms, policy)
    currency = row["currency"]
    return (
        customer_id,
        whole(row["statement_id"]),
        whole(row["assessment_id"]),
        row["override_ids"][-1] if row["override_ids"] else None,
        row["z_model"] if is_there(row["z_value"]) else "",
        figure(row["z_value"], 4),
        str(row["z_band"] or "").upper(),
        figure(row["financial"], 4),
        figure(row["behaviour"], 4),
        figure(row["qualitative"], 4),
        figure(row["external"], 4),
        figure(row["score"], 4),
        letter,
        row["grade"][len(letter) :],
        get_terms(row["grade"]).risk_class,
        "1" if row["is_trading_blocked"] else figure(row["pd_12m"], 8),
        get_valid_to(letter, as_of=as_of),
        figure(row["suggested_limit"], 2),
        currency if isinstance(currency, str) and currency else "CNY",
        _encode(components),
        _encode(_reasons(row, caps, terms, components, policy)),
        _encode(caps),
        digest,
    )


def _caps(row: Row) -> list[Row]:
    age = row["age_months"]
    key = (
        is_there(row["financial"]),
        is_there(row["behaviour"]),
        bool(row["over_90"]),
        bool(row["five_c_has_veto"]),
        row["has_adverse_opinion"] is True,
        None if not is_there(age) else min(int(age), 24),
        bool(row["wa_net_worth"] <= 0),
        None if not is_there(row["reliability"]) else f"{row['reliability']:.4f}",
        bool(row["is_shell"]),
        row["all_flags"],
    )
    return [
        {"code": code, "grade": grade, "flag": flag, "is_binding": code == row["binding"]}
        for code, grade, flag in _list_bounds(*key)
    ]


@lru_cache(maxsize=4096)
def _list_bounds(
    has_financial: bool,
    has_behaviour: bool,
    over_90: bool,
    veto: bool,
    adverse: bool,
    age_months: int | None,
    is_insolvent: bool,
    reliability: str | None,
    is_shell: bool,
    flags: frozenset[str],
) -> tuple[tuple[str, str | None, str | None], ...]:
    """List what holds a grade down; there are few combinations, so each is asked for once."""
    caps = list_caps(
        Components(
            financial=Decimal(50) if has_financial else None,
            behaviour=Decimal(50) if has_behaviour else None,
        ),
        RatingFacts(
            has_item_over_90_days=over_90,
            has_five_c_veto=veto,
            has_adverse_opinion=adverse,
            age_months=age_months,
            net_worth=Decimal(0) if is_insolvent else None,
            reliability=None if reliability is None else Decimal(reliability),
            is_shell=is_shell,
        ),
    )
    overrides = list_overrides(flags)
    return (
        *((one.code, one.grade, one.flag) for one in overrides),
        *((cap.code, cap.grade, None) for cap in caps),
    )


def _reasons(
    row: Row, caps: list[Row], terms: list[Row], components: Row, policy: ScoringPolicy
) -> list[Row]:
    """List why, most binding first: caps, notches, what the models met, what is missing, the components."""
    held = [
        {
            "code": cap["code"],
            "params": {"grade": cap["grade"], "flag": cap["flag"]},
            "is_binding": cap["is_binding"],
        }
        for cap in sorted(caps, key=lambda cap: not cap["is_binding"])
    ]
    if row["grade_notched"] != row["grade_before_caps"]:
        rules = " ".join(notch.code for notch in row["notches"])
        params = {"rules": rules, "from": row["grade_before_caps"], "to": row["grade_notched"]}
        held.append({"code": "NOTCHED", "params": params})
    there = {term["component"] for term in terms}
    gaps = [
        {"code": "COMPONENT_MISSING", "params": {"component": name}}
        for name in COMPONENTS
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
    return held + _model_reasons(row, components, policy) + gaps + weighed


def _model_reasons(
    row: Row, components: Row | None = None, policy: ScoringPolicy | None = None
) -> list[Row]:
    """List what the models met on the way: guards, age, distrust, missing items."""
    reasons: list[Row] = []

    def add(code: str, **params: Any) -> None:
        reasons.append({"code": code, "params": params})

    if not row["has_statement"]:
        add("NO_STATEMENT")
    else:
        _add_statement_reasons(row, add)
        if components is not None and policy is not None:
            _add_model_gaps(components["financial"]["models"], policy, add)
    if is_there(row["pbs_value"]):
        if row["pbs_has_hard_trigger"] is True:
            add("PAID_LATE_HARD_TRIGGER")
        if row["pbs_is_deteriorating"] is True:
            add("PAYS_EVER_LATER", days=figure(row["pbs_trend"], 1))
    if not is_there(row["assessment_age"]):
        add("NO_ASSESSMENT")
    elif not is_there(row["five_c_value"]):
        add("COVERAGE_TOO_LOW", coverage=figure(row["five_c_coverage"], 4))
    elif not is_there(row["qualitative"]):
        add("ASSESSMENT_STALE", age_months=whole(row["assessment_age"]))
    else:
        if row["assessment_age"] > FRESH_MONTHS:
            add("ASSESSMENT_DECAYED", age_months=whole(row["assessment_age"]))
        for indicator in row["unsupported"]:
            add("EVIDENCE_CAPPED", indicator=indicator)
        if row["five_c_has_veto"]:
            add("VETO", cap=str(five_c.VETO_CAP))
    return reasons


def _add_statement_reasons(row: Row, add: Any) -> None:
    if not is_there(row["z_value"]):
        items = list_missing(row).get("z", [])
        add(f"Z_{str(row['z_status']).upper()}", items=items)
    if row["rolled_from"]:
        add("FLOWS_ROLLED")
    elif row["months"] != 12:
        add("FLOWS_ANNUALISED", months=whole(row["months"]))
    if is_there(row["z_value"]):
        for x, coefficient in altman.FORMS[row["z_model"]].coefficients.items():
            if row[f"z_{x}"] < 0:
                contribution = row[f"z_{x}"] * float(coefficient)
                add("NEGATIVE_TERM", term=x, contribution=figure(contribution, 6))
    if row["reliability"] == 0:
        add("STATEMENT_NOT_RELIABLE")
    elif row["financial_status"] == Status.STALE.value:
        add("STATEMENT_STALE", age_months=whole(row["statement_age"]))
    elif is_there(row["financial"]):
        if row["reliability"] < 1 and row["financial_raw"] > NEUTRAL:
            add("SHRUNK_FOR_RELIABILITY", reliability=figure(row["reliability"], 4))
        if row["statement_age"] > FRESH_MONTHS:
            add("DECAYED_FOR_AGE", age_months=whole(row["statement_age"]))
    else:
        add("TOO_FEW_SUBSCORES", points=figure(row["financial_mass"], 0) or "0")


def _add_model_gaps(models: list[Row], policy: ScoringPolicy, add: Any) -> None:
    """Say which model could not answer and why; the routed Z has a sentence of its own."""
    for model in models:
        role = model["role"]
        if role not in CODES or not policy.financial.weights.get(role) or model["sub"]:
            continue
        items = [] if role == "cri" else model.get("missing", [])
        if items:
            add("MODEL_LACKS_ITEMS", model=model["model"], items=items)
        else:
            add("MODEL_WITHOUT_VALUE", model=model["model"], status=model["status"])


def _fits(row: Row) -> bool:
    """Tell whether the figures fit their columns: one absurd statement must not stop the others."""
    z, limit = row["z_value"], row["suggested_limit"]
    return (not is_there(z) or abs(z) < MAX_Z) and (not is_there(limit) or limit < MAX_LIMIT)
