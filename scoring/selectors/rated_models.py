"""The models of a stored rating, term by term: the scalar rules on the statements it was made of.

A statement version is never changed and a rating names its policy, so what comes out is what was
concluded on its day; `differences` says where it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from scoring.domain.rating.composite import COMPONENTS
from scoring.domain.rating.evaluation import Evaluation, evaluate_models
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY
from scoring.domain.statements.statements import Statement as Figures
from scoring.domain.statements.years import rescale
from scoring.models import Rating, Statement
from scoring.selectors.facts import make_profile
from scoring.selectors.policy import read_rules
from scoring.selectors.statements import read_lines, to_figures

# Stored figures have six decimals; what was computed in binary may miss the last one.
TOLERANCE = Decimal("0.000002")


@dataclass(frozen=True)
class Difference:
    """A figure that comes out otherwise today than it was stored."""

    model: str
    stored: Decimal | None
    found: Decimal | None


@dataclass(frozen=True)
class RatedModels:
    """Every model of the rating's statements, and what does not agree with what was stored."""

    evaluation: Evaluation
    differences: tuple[Difference, ...]


def evaluate_rating(rating: Rating) -> RatedModels | None:
    """Compute the models of a rating again; `None` when it read no statement. Two queries."""
    financial = rating.components["financial"]
    if rating.statement_id is None or "given" not in financial:
        return None
    given: Mapping[str, Any] = financial["given"]
    statements = _read_statements(list_statement_ids(rating))
    now = statements[0]
    rate = _decimal(given["usd_rate"])
    rules = read_rules(rating.policy.body) if rating.policy else DEFAULT_POLICY
    evaluation = evaluate_models(
        [figures for figures, _ in statements],
        as_of=rating.as_of,
        profile=make_profile(
            given["industry"] or "",
            given["kind"] or "",
            is_listed=bool(given["is_listed"]),
            suspended_days=given["suspended_days"] or 0,
        ),
        market_cap=_decimal(given["market_cap"]),
        unit=Decimal(now[1]),
        usd_rates={} if rate is None else {now[0].currency: rate},
        policy=rules,
    )
    return RatedModels(evaluation, tuple(_compare(financial, evaluation)))


def list_statement_ids(rating: Rating) -> list[int]:
    """List the statements that a rating was made of: its own, last year's, those of rolled flows.

    Ratings of before the models were told name their own alone.
    """
    if rating.statement_id is None:
        return []
    financial = rating.components.get("financial", {})
    ids = [rating.statement_id]
    if financial.get("prior_id"):
        ids.append(financial["prior_id"])
    ids += [int(number) for number in (financial.get("rolled_from") or "").split("+") if number]
    return list(dict.fromkeys(ids))


def _read_statements(ids: list[int]) -> list[tuple[Figures, int]]:
    """Return the statements of a rating, the one that counts first, in its unit."""
    rows = {row.pk: row for row in Statement.objects.filter(pk__in=ids)}
    lines = read_lines(ids)
    unit = rows[ids[0]].unit
    return [
        (
            rescale(
                to_figures(
                    rows[number],
                    lines[number],
                    is_complete=rows[number].complete and not rows[number].doubtful,
                ),
                Decimal(rows[number].unit) / unit,
            ),
            unit,
        )
        for number in ids
    ]


def _compare(financial: Mapping[str, Any], evaluation: Evaluation) -> list[Difference]:
    pairs = [
        (model["model"], _decimal(model["value"]), evaluation.models[model["model"]].value)
        for model in financial["models"]
        if model["model"]
    ]
    pairs.append((COMPONENTS[0], _decimal(financial["score"]), evaluation.financial.value))
    return [Difference(*pair) for pair in pairs if _differs(pair[1], pair[2])]


def _differs(stored: Decimal | None, found: Decimal | None) -> bool:
    if stored is None or found is None:
        return stored is not found
    return abs(stored - found) > TOLERANCE * max(Decimal(1), abs(found))


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
