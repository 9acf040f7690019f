"""Composite rating (综合信用评级, 9.2, 9.3, 9.5): components, caps, overrides, one grade.

``S = Σ w·s / Σ w`` over the components that are there; the grade is read from S and then held down
by what is not known (CAP-01 … CAP-10) and by public facts (``overrides``). Notches are applied
before the caps, so support from a parent never lifts a customer over a cap.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from scoring.domain.grades import (
    LETTERS,
    get_letter,
    get_lower_bound,
    get_pd,
    get_rank,
    get_risk_class,
    grade_score,
    worst_grade,
)
from scoring.domain.rating.overrides import (
    Effect,
    Measure,
    Notch,
    Override,
    apply_notch,
    list_overrides,
)
from scoring.domain.rating.way_out import Change, list_changes
from scoring.domain.results import HUNDRED, ONE, ZERO, Reason, Status, Term

COMPONENTS = ("financial", "behaviour", "qualitative", "external")
FORMULA_VERSION = "composite/1.0"


@dataclass(frozen=True)
class CompositePolicy:
    """Weights of the components; positive, renormalised over those available."""

    weights: Mapping[str, Decimal] = field(
        default_factory=lambda: {
            "financial": Decimal(35),
            "behaviour": Decimal(30),
            "qualitative": Decimal(20),
            "external": Decimal(15),
        }
    )
    version: str = FORMULA_VERSION


DEFAULT_POLICY = CompositePolicy()


@dataclass(frozen=True)
class Components:
    """The four scores, 0 to 100, higher is better; ``None`` where there is none."""

    financial: Decimal | None = None
    behaviour: Decimal | None = None
    qualitative: Decimal | None = None
    external: Decimal | None = None

    def items(self) -> list[tuple[str, Decimal | None]]:
        """List the components by name, in the order of the rule."""
        return [(name, getattr(self, name)) for name in COMPONENTS]


@dataclass(frozen=True)
class RatingFacts:
    """What else is known of the customer; ``None`` means not known and triggers nothing.

    ``flags`` are those of ``overrides.OVERRIDES``. ``reliability`` is the statement's factor 0 to 1.
    """

    has_item_over_90_days: bool = False
    has_five_c_veto: bool = False
    has_adverse_opinion: bool = False
    age_months: int | None = None
    net_worth: Decimal | None = None
    reliability: Decimal | None = None
    is_shell: bool = False
    flags: frozenset[str] = frozenset()
    notches: tuple[Notch, ...] = ()


@dataclass(frozen=True)
class Cap:
    """An upper bound on the grade and the rule that sets it."""

    code: str
    grade: str


@dataclass(frozen=True)
class Rating:
    """The outcome: score, grade, and everything that made it so.

    ``grade`` is ``None`` when nothing could be scored or trading is blocked. ``binding`` is the code
    of the cap or override that set the grade, ``None`` when the score did. ``changes`` are the least
    single improvements that reach the next letter by score (empty while a cap binds).
    """

    score: Decimal | None
    grade: str | None
    grade_before_caps: str | None
    status: Status
    risk_class: str | None
    pd_12m: Decimal | None
    binding: str | None
    is_trading_blocked: bool
    is_limit_zero: bool
    terms: tuple[Term, ...]
    caps: tuple[Cap, ...]
    overrides: tuple[Override, ...]
    measures: tuple[Measure, ...]
    missing: tuple[str, ...]
    reasons: tuple[Reason, ...]
    changes: tuple[Change, ...]
    formula_version: str = FORMULA_VERSION


def rate(
    components: Components,
    facts: RatingFacts | None = None,
    *,
    as_of: date,
    policy: CompositePolicy = DEFAULT_POLICY,
    calibration: Decimal = ONE,
) -> Rating:
    """Rate one customer on one day.

    Components must already be decayed for age (``periods.decay_component``). ``calibration`` is the
    k of ``grades.get_pd``.

    >>> rating = rate(Components(Decimal("68.7537"), Decimal("58.6987"), Decimal("62.75"),
    ...     Decimal(70)), as_of=date(2025, 6, 30))
    >>> round(rating.score, 4), rating.grade, rating.risk_class
    (Decimal('64.7234'), 'BBB', '2')
    >>> rate(Components(qualitative=Decimal(80)), as_of=date(2025, 6, 30)).binding
    'CAP-01'
    """
    facts = facts or RatingFacts()
    terms = _weigh(components, policy)
    missing = tuple(name for name, score in components.items() if score is None)
    score = sum((t.contribution for t in terms if t.contribution is not None), ZERO)
    before = grade_score(score) if terms else None
    overrides = list_overrides(facts.flags)
    caps = list_caps(components, facts)
    bounds = [*caps, *(Cap(o.code, o.grade) for o in overrides if o.grade)]
    notched = before
    for notch in facts.notches if before else ():
        notched = apply_notch(notched or "C", notch, as_of=as_of)
    grade, binding = _hold_down(notched, bounds, overrides)
    is_blocked = any(o.effect is Effect.BLOCK for o in overrides)
    if is_blocked:
        grade, binding = (
            None,
            next(o.code for o in overrides if o.effect is Effect.BLOCK),
        )
    return Rating(
        score=score if terms else None,
        grade=grade,
        grade_before_caps=before,
        status=Status.OK if terms else Status.MISSING_INPUT,
        risk_class=get_risk_class(grade) if grade else None,
        pd_12m=get_pd(grade, calibration=calibration) if grade else None,
        binding=binding,
        is_trading_blocked=is_blocked,
        is_limit_zero=any(o.sets_limit_to_zero for o in overrides),
        terms=terms,
        caps=tuple(caps),
        overrides=tuple(overrides),
        measures=tuple(dict.fromkeys(m for o in overrides for m in o.measures)),
        missing=missing,
        reasons=_explain(terms, missing, caps, overrides, facts, binding, before, notched),
        changes=() if binding or not before else list_ways_up(score, terms, before),
        formula_version=policy.version,
    )


def list_caps(components: Components, facts: RatingFacts) -> list[Cap]:
    """List the caps that hold, by number (9.3).

    >>> [cap.code for cap in list_caps(Components(financial=Decimal(60)), RatingFacts())]
    ['CAP-03']
    """
    has_financial = components.financial is not None
    has_behaviour = components.behaviour is not None
    age, worth, reliability = facts.age_months, facts.net_worth, facts.reliability
    rules = (
        ("CAP-01", "BB", not has_financial and not has_behaviour),
        ("CAP-02", "BBB", not has_financial),
        ("CAP-03", "A", not has_behaviour),
        ("CAP-04", "B", facts.has_item_over_90_days),
        ("CAP-05", "B", facts.has_five_c_veto),
        ("CAP-06", "B", facts.has_adverse_opinion),
        ("CAP-07", "BB", age is not None and age < 12),
        ("CAP-07", "BBB", age is not None and 12 <= age < 24),
        ("CAP-08", "B", worth is not None and worth <= 0),
        ("CAP-09", "BBB", reliability is not None and reliability <= Decimal("0.6")),
        ("CAP-10", "CCC", facts.is_shell),
    )
    return [Cap(code, grade) for code, grade, holds in rules if holds]


def list_ways_up(score: Decimal, terms: Collection[Term], grade: str) -> tuple[Change, ...]:
    """List, per component, the least rise that alone reaches the next better letter.

    Each component enters the score linearly, so the answer is exact: ``Δs = ΔS / weight``. A
    component that cannot rise that far (100 is the end) is left out.
    """
    letter = get_letter(grade)
    if letter == "AAA":
        return ()
    better = LETTERS[LETTERS.index(letter) - 1]
    bottom = better + "-" if better not in ("AAA", "CC", "C") else better
    target = get_lower_bound(bottom)
    return list_changes(terms, score, target, ceiling=HUNDRED)


def _weigh(components: Components, policy: CompositePolicy) -> tuple[Term, ...]:
    available = [(name, score) for name, score in components.items() if score is not None]
    total = sum((policy.weights[name] for name, _ in available), ZERO)
    if not total:
        return ()
    return tuple(
        Term(
            name,
            score,
            policy.weights[name] / total,
            score * policy.weights[name] / total,
        )
        for name, score in available
    )


def _hold_down(
    grade: str | None, bounds: list[Cap], overrides: list[Override]
) -> tuple[str | None, str | None]:
    forced = [Cap(o.code, o.grade) for o in overrides if o.effect is Effect.FORCE and o.grade]
    if grade is None:
        # Nothing to score: only a knock-out gives a grade.
        worst = max(forced, key=lambda cap: get_rank(cap.grade), default=None)
        return (worst.grade, worst.code) if worst else (None, None)
    if not bounds:
        return grade, None
    worst = max(bounds, key=lambda cap: get_rank(cap.grade))
    held = worst_grade(grade, worst.grade)
    return held, worst.code if held != grade else None


def _explain(
    terms: tuple[Term, ...],
    missing: tuple[str, ...],
    caps: list[Cap],
    overrides: list[Override],
    facts: RatingFacts,
    binding: str | None,
    before: str | None,
    notched: str | None,
) -> tuple[Reason, ...]:
    reasons = [
        Reason(
            o.code,
            {"flag": o.flag, "grade": o.grade, "is_binding": int(o.code == binding)},
        )
        for o in overrides
    ]
    reasons += [
        Reason(c.code, {"grade": c.grade, "is_binding": int(c.code == binding)}) for c in caps
    ]
    if notched != before:
        codes = " ".join(notch.code for notch in facts.notches)
        reasons.append(Reason("NOTCHED", {"rules": codes, "from": before, "to": notched}))
    reasons += [Reason("COMPONENT_MISSING", {"component": name}) for name in missing]
    # What holds the score back most comes first.
    shortfall = sorted(terms, key=lambda term: -(HUNDRED - (term.input or ZERO)) * term.weight)
    reasons += [
        Reason("COMPONENT", {"component": t.name, "score": t.input, "weight": t.weight})
        for t in shortfall
    ]
    return tuple(reasons)
