"""All models side by side, what is missing and what that does: rows for the templates."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from common.figures import NOTHING, format_ratio
from scoring.domain.models import characteristics
from scoring.domain.rating.evaluation import MODEL_CODES, Evaluation
from scoring.domain.results import ScoreResult, Term
from scoring.selectors.customer_case import CustomerCase
from scoring.texts import show_score
from scoring.words.model_terms import describe_term, name_term
from scoring.words.models import (
    SOURCES,
    USES,
    get_band_tone,
    list_reasons,
    name_band,
    name_missing,
    name_model,
    name_status,
)

# Which model stands behind which sub-score of the financial component; Z is routed.
SUBSCORES = {
    "credit_risk_index": "cri",
    "bathory": "bathory",
    "ohlson_o": "ohlson",
    "wall_modern": "wall",
}
COMPONENT_MODELS = {"five_c": "qualitative", "payment_behaviour": "behaviour"}
PERCENT_MODELS = ("characteristic_analysis",)


def list_model_rows(case: CustomerCase, shares: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    """List every model: those that count first, by their share of the score, then the others.

    `shares` is what each component weighs in the score, 0 to 1.
    """
    rows = [_row(code, case.evaluation, shares) for code in MODEL_CODES]
    rows.sort(key=lambda row: -row["share"])
    return rows


def list_gaps(case: CustomerCase) -> list[dict[str, Any]]:
    """List what is missing, with the models that cannot do without; most wanted first."""
    wanted: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for code, result in case.evaluation.models.items():
        if result.value is not None or code == characteristics.CODE:
            continue  # what the traits lack is seen where they are rated
        for name in result.missing:
            wanted.setdefault(name, []).append(code)
            labels.setdefault(name, name_missing(code, name))
    order = sorted(wanted, key=lambda name: (-len(wanted[name]), labels[name]))
    return [
        {
            "name": name,
            "label": labels[name],
            "models": [name_model(code) for code in wanted[name]],
            "counts": any(_subscore_name(code, case.evaluation) for code in wanted[name]),
        }
        for name in order
    ]


def derive_traits(case: CustomerCase) -> dict[str, Decimal | None]:
    """Return the ratings of the traits that follow from figures, as the analysis used them."""
    result = case.evaluation.models["characteristic_analysis"]
    return {
        name: rating for name, rating in result.inputs_used.items() if case.traits.get(name) is None
    }


def _row(code: str, evaluation: Evaluation, shares: Mapping[str, Decimal]) -> dict[str, Any]:
    result = evaluation.models[code]
    subscore, share = _weigh(code, result, evaluation, shares)
    return {
        "code": code,
        "name": name_model(code),
        "use": USES[code],
        "source": SOURCES[code],
        "value": show_score(result.value, 2) if result.value is not None else NOTHING,
        "unit": "%" if code in PERCENT_MODELS and result.value is not None else "",
        "band": name_band(code, result.band) if result.band else "",
        "tone": {"neutral": "grey"}.get(tone := get_band_tone(code, result.band), tone),
        "status": "" if result.value is not None else name_status(result.status.value),
        "subscore": show_score(subscore),
        "share": share,
        "share_text": format_ratio(share, 1) if share else NOTHING,
        "contribution": show_score(subscore * share, 2)
        if subscore is not None and share
        else NOTHING,
        "reasons": [reason["text"] for reason in list_reasons(result)],
        "terms": [_term(code, term) for term in result.terms],
    }


def _subscore_name(code: str, evaluation: Evaluation) -> str:
    if code == evaluation.z_model:
        return "z"
    return SUBSCORES.get(code, "")


def _weigh(
    code: str, result: ScoreResult, evaluation: Evaluation, shares: Mapping[str, Decimal]
) -> tuple[Decimal | None, Decimal]:
    """Return the points 0 to 100 that a model gives, and its share of the whole score."""
    component = COMPONENT_MODELS.get(code)
    if component:
        return result.value, shares.get(component, Decimal(0))
    name = _subscore_name(code, evaluation)
    if not name:
        return None, Decimal(0)
    inside = {term.name: term.weight for term in evaluation.financial.terms}
    share = shares.get("financial", Decimal(0)) * inside.get(name, Decimal(0))
    return evaluation.subscores.get(name), share


def _term(code: str, term: Term) -> dict[str, Any]:
    return {
        "name": name_term(code, term.name),
        "formula": describe_term(code, term.name),
        "input": show_score(term.input, 4),
        "weight": f"{term.weight.normalize():f}"
        if len(str(term.weight)) < 9
        else show_score(term.weight, 4),
        "contribution": show_score(term.contribution, 4),
    }
