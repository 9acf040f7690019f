"""A stored rating taken apart: what it is made of, what holds it, and what would change it.

Everything is computed by the domain's rules from what the rating stored, under the policy of its day,
so a page can never say something else than the rating. The terms of each model come from
`scoring.selectors.rated_models`, which reads the statements again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from scoring.domain.grades import LETTERS, get_letter, get_lower_bound
from scoring.domain.models import altman
from scoring.domain.models.five_c import PARTS
from scoring.domain.rating import composite
from scoring.domain.rating.next_grade import StepUp, find_needed_raw, find_needed_z, list_steps_up
from scoring.domain.rating.overrides import Notch
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY, ScoringPolicy
from scoring.domain.rating.way_out import Change
from scoring.domain.results import Term
from scoring.models import Rating
from scoring.selectors.policy import read_rules

THIRD = Decimal(10) / 3
NOTCHED = "NOTCHED"


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
    one `needed_z` is the Z of `z_model` that alone does it (None: no Z would) and `needed_raw` the
    component before distrust and age (None: the statement itself must improve); for the 5C `steps`
    are the answers that bring most.
    """

    kind: str
    name: str
    current: Decimal | None = None
    needed: Decimal | None = None
    needed_z: Decimal | None = None
    needed_raw: Decimal | None = None
    z_model: str = ""
    steps: tuple[StepUp, ...] = ()


@dataclass(frozen=True)
class ModelScore:
    """One model of the financial component as the rating stored it.

    `role` is its place among the sub-scores (z, cri, bathory, ohlson, wall); `weight` is its share
    of the weights that are there, `contribution` what it adds before distrust and age.
    """

    model: str
    role: str
    value: Decimal | None
    status: str
    band: str | None
    subscore: Decimal | None
    weight: Decimal | None
    contribution: Decimal | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """What a page or the API shows of one rating."""

    terms: tuple[Term, ...]
    z: Mapping[str, Any]
    z_terms: tuple[Term, ...]
    models: tuple[ModelScore, ...]
    parts: tuple[tuple[str, Decimal | None], ...]
    behaviour: Mapping[str, Any]
    external: Mapping[str, Any]
    caps: tuple[Mapping[str, Any], ...]
    binding: str | None
    grade_before_caps: str | None
    grade_notched: str | None
    waterfall: tuple[WaterfallStep, ...]
    next_grade: str | None
    ways_out: tuple[WayOut, ...]
    reasons: tuple[Mapping[str, Any], ...]
    limit: Mapping[str, Any]


@dataclass(frozen=True)
class Move:
    """What one step of the waterfall gave before and gives now; `change` in points of the score."""

    code: str
    before: Decimal | None
    after: Decimal | None
    change: Decimal


def explain_rating(rating: Rating) -> Explanation:
    """Explain a rating from what it stored (no query when `policy` and `assessment` are loaded)."""
    stored = rating.components
    rules = read_rules(rating.policy.body) if rating.policy else DEFAULT_POLICY
    result = composite.rate(
        composite.Components(
            **{name: _score(stored, name) for name in composite.COMPONENTS},
        ),
        read_facts(stored["facts"]),
        as_of=rating.as_of,
        policy=rules.composite,
        calibration=rules.calibration,
    )
    notched = stored.get("grade_notched") or result.grade_before_caps
    return Explanation(
        terms=result.terms,
        z=stored["financial"]["z"],
        z_terms=_z_terms(stored["financial"]["z"]),
        models=tuple(_model(model) for model in stored["financial"].get("models", ())),
        parts=tuple((part, _decimal(stored["qualitative"]["parts"].get(part))) for part in PARTS),
        behaviour=stored.get("behaviour", {}),
        external=stored.get("external", {}),
        caps=tuple(rating.caps),
        binding=result.binding,
        grade_before_caps=result.grade_before_caps,
        grade_notched=notched,
        waterfall=_waterfall(result, notched),
        next_grade=_next_letter(result),
        ways_out=_ways_out(rating, result, rules),
        reasons=tuple(rating.reasons),
        limit=stored["limit"],
    )


def compare(new: Explanation, old: Explanation) -> tuple[Move, ...]:
    """List what moved between two ratings and by how many points of the score, largest first.

    Components, notches and what holds the grade; `before` or `after` is None where there was none.
    """
    was = {step.code: step.change for step in old.waterfall}
    now = {step.code: step.change for step in new.waterfall}
    moves = [
        Move(code, was.get(code), now.get(code), now.get(code, _NONE) - was.get(code, _NONE))
        for code in dict.fromkeys([*now, *was])
    ]
    return tuple(
        sorted((move for move in moves if move.change), key=lambda m: (-abs(m.change), m.code))
    )


_NONE = Decimal(0)


def _score(stored: Mapping[str, Any], name: str) -> Decimal | None:
    # Ratings of before the ledger counted have neither behaviour nor external opinions.
    return _decimal(stored.get(name, {}).get("score"))


def read_facts(stored: Mapping[str, Any]) -> composite.RatingFacts:
    """Return the facts that a rating kept, as the domain reads them."""
    return composite.RatingFacts(
        has_item_over_90_days=stored.get("has_item_over_90_days", False),
        has_five_c_veto=stored.get("has_five_c_veto", False),
        has_adverse_opinion=stored.get("has_adverse_opinion", False),
        age_months=stored.get("age_months"),
        net_worth=_decimal(stored.get("net_worth")),
        reliability=_decimal(stored.get("reliability")),
        is_shell=stored.get("is_shell", False),
        flags=frozenset(stored.get("flags", ())),
        notches=tuple(
            Notch(
                notch["code"],
                parent_grade=notch["parent_grade"],
                notches=notch["notches"],
                reason=notch["reason"],
                valid_to=date.fromisoformat(notch["valid_to"]) if notch["valid_to"] else None,
            )
            for notch in stored.get("notches", ())
        ),
    )


def _z_terms(z: Mapping[str, Any]) -> tuple[Term, ...]:
    return tuple(
        Term(t["name"], _decimal(t["input"]), Decimal(t["weight"]), _decimal(t["contribution"]))
        for t in z["terms"]
    )


def _model(stored: Mapping[str, Any]) -> ModelScore:
    return ModelScore(
        model=stored["model"] or "",
        role=stored["role"],
        value=_decimal(stored["value"]),
        status=stored["status"],
        band=stored["band"],
        subscore=_decimal(stored["sub"]),
        weight=_decimal(stored.get("weight")),
        contribution=_decimal(stored.get("contribution")),
        missing=tuple(stored.get("missing", ())),
    )


def _waterfall(result: composite.Rating, notched: str | None) -> tuple[WaterfallStep, ...]:
    steps, level = [], Decimal(0)
    for term in result.terms:
        top = level + (term.contribution or Decimal(0))
        steps.append(WaterfallStep(term.name, level, top))
        level = top
    if notched and notched != result.grade_before_caps:
        # A notch takes the score to the nearest one that reads as the notched grade.
        bottom = get_lower_bound(notched)
        end = max(bottom, min(level, bottom + THIRD))
        steps.append(WaterfallStep(NOTCHED, level, end))
        level = end
    if result.binding and result.grade and get_letter(result.grade) != "D":
        # A cap takes the score to the top of the grade it allows, as far as it lies above.
        ceiling = min(level, get_lower_bound(result.grade) + THIRD)
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


def _ways_out(rating: Rating, result: composite.Rating, rules: ScoringPolicy) -> tuple[WayOut, ...]:
    if result.binding:
        return (WayOut("CAP", result.binding),)
    return tuple(_way(rating, change, rules) for change in result.changes)


def _way(rating: Rating, change: Change, rules: ScoringPolicy) -> WayOut:
    if change.name == "financial":
        return _financial_way(rating, change, rules)
    assessment = rating.assessment
    steps: tuple[StepUp, ...] = ()
    if change.name == "qualitative" and assessment is not None:
        steps = list_steps_up(assessment.answers, weights=rules.five_c_weights)[:3]
    return WayOut("COMPONENT", change.name, change.current, change.needed, steps=steps)


def _financial_way(rating: Rating, change: Change, rules: ScoringPolicy) -> WayOut:
    """Carry the needed component back to the Z that alone gives it, the other models as they are."""
    financial = rating.components["financial"]
    trust = _decimal(financial["reliability"]) or Decimal(0)
    age = financial["age_months"] or 0
    z = next((m for m in financial.get("models", ()) if m["role"] == "z"), None)
    share, others = Decimal(1), Decimal(0)
    model = rating.z_model or altman.Z_DOUBLE_PRIME
    if z is not None:
        share = _decimal(z.get("weight")) or Decimal(0)
        raw = _decimal(financial["raw"]) or Decimal(0)
        others = raw - (_decimal(z.get("contribution")) or Decimal(0))
    return WayOut(
        "COMPONENT",
        "financial",
        change.current,
        change.needed,
        needed_z=find_needed_z(
            change.needed,
            reliability=trust,
            age_months=age,
            model=model,
            share=share,
            others=others,
            curves=rules.curves,
        ),
        needed_raw=find_needed_raw(change.needed, reliability=trust, age_months=age),
        z_model=model,
    )


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
