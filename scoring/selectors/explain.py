"""A stored rating taken apart: what it is made of, what holds it, and what would change it.

Everything is computed by the domain's rules from what the rating stored, so a page can never say
something else than the rating.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from scoring.domain import composite
from scoring.domain.bulk_rating import BulkPolicy
from scoring.domain.five_c import PARTS
from scoring.domain.grades import LETTERS, get_letter, get_lower_bound
from scoring.domain.next_grade import StepUp, find_needed_z, list_steps_up
from scoring.domain.results import Term
from scoring.domain.way_out import Change
from scoring.models import Rating
from scoring.selectors.policy import read_rules


@dataclass(frozen=True)
class WaterfallStep:
    """One bar on the way from nothing to the grade: what it is, and from where to where it goes."""

    code: str
    start: Decimal
    end: Decimal

    @property
    def change(self) -> Decimal:
        return self.end - self.start


@dataclass(frozen=True)
class WayOut:
    """The least single change that reaches the next better letter; `kind` says of what.

    CAP: the cap `name` must fall. COMPONENT: the component must rise to `needed`; for the financial
    one `needed_z` is the Z″ that does it (None: no figures would, the statement itself must improve),
    for the 5C `steps` are the answers that bring most.
    """

    kind: str
    name: str
    current: Decimal | None = None
    needed: Decimal | None = None
    needed_z: Decimal | None = None
    steps: tuple[StepUp, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """What a page or the API shows of one rating."""

    terms: tuple[Term, ...]
    z: Mapping[str, Any]
    z_terms: tuple[Term, ...]
    parts: tuple[tuple[str, Decimal | None], ...]
    caps: tuple[Mapping[str, Any], ...]
    binding: str | None
    grade_before_caps: str | None
    waterfall: tuple[WaterfallStep, ...]
    next_grade: str | None
    ways_out: tuple[WayOut, ...]
    reasons: tuple[Mapping[str, Any], ...]
    limit: Mapping[str, Any]


def explain_rating(rating: Rating) -> Explanation:
    """Explain a rating from what it stored (no query when `policy` and `assessment` are loaded)."""
    stored = rating.components
    rules = read_rules(rating.policy.body) if rating.policy else BulkPolicy()
    result = composite.rate(
        composite.Components(
            financial=_decimal(stored["financial"]["score"]),
            qualitative=_decimal(stored["qualitative"]["score"]),
        ),
        _facts(stored["facts"]),
        as_of=rating.as_of,
        policy=rules.components,
    )
    return Explanation(
        terms=result.terms,
        z=stored["financial"]["z"],
        z_terms=tuple(
            Term(t["name"], _decimal(t["input"]), Decimal(t["weight"]), _decimal(t["contribution"]))
            for t in stored["financial"]["z"]["terms"]
        ),
        parts=tuple((part, _decimal(stored["qualitative"]["parts"].get(part))) for part in PARTS),
        caps=tuple(rating.caps),
        binding=result.binding,
        grade_before_caps=result.grade_before_caps,
        waterfall=_waterfall(result),
        next_grade=_next_letter(result),
        ways_out=_ways_out(rating, result, rules.five_c),
        reasons=tuple(rating.reasons),
        limit=stored["limit"],
    )


def _facts(stored: Mapping[str, Any]) -> composite.RatingFacts:
    return composite.RatingFacts(
        has_item_over_90_days=stored["has_item_over_90_days"],
        has_five_c_veto=stored["has_five_c_veto"],
        has_adverse_opinion=stored["has_adverse_opinion"],
        age_months=stored["age_months"],
        net_worth=_decimal(stored["net_worth"]),
        reliability=_decimal(stored["reliability"]),
        flags=frozenset(stored["flags"]),
    )


def _waterfall(result: composite.Rating) -> tuple[WaterfallStep, ...]:
    steps, level = [], Decimal(0)
    for term in result.terms:
        top = level + (term.contribution or Decimal(0))
        steps.append(WaterfallStep(term.name, level, top))
        level = top
    if result.binding and result.grade and get_letter(result.grade) != "D":
        # A cap takes the score to the top of the grade it allows, as far as it lies above.
        ceiling = min(level, get_lower_bound(result.grade) + Decimal(10) / 3)
        steps.append(WaterfallStep(result.binding, level, ceiling))
    return tuple(steps)


def _next_letter(result: composite.Rating) -> str | None:
    grade = result.grade_before_caps if result.binding else result.grade
    if grade is None:
        return None
    letter = get_letter(grade)
    if result.binding:
        return grade
    place = LETTERS.index(letter)
    return LETTERS[place - 1] if place else None


def _ways_out(
    rating: Rating, result: composite.Rating, weights: Mapping[str, Decimal]
) -> tuple[WayOut, ...]:
    if result.binding:
        return (WayOut("CAP", result.binding),)
    return tuple(_way(rating, change, weights) for change in result.changes)


def _way(rating: Rating, change: Change, weights: Mapping[str, Decimal]) -> WayOut:
    way = WayOut("COMPONENT", change.name, change.current, change.needed)
    if change.name == "financial":
        financial = rating.components["financial"]
        needed = find_needed_z(
            change.needed,
            reliability=_decimal(financial["reliability"]) or Decimal(0),
            age_months=financial["age_months"] or 0,
        )
        return WayOut("COMPONENT", "financial", change.current, change.needed, needed)
    assessment = rating.assessment
    if change.name == "qualitative" and assessment is not None:
        steps = list_steps_up(assessment.answers, weights=weights)[:3]
        return WayOut("COMPONENT", "qualitative", change.current, change.needed, steps=steps)
    return way


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
