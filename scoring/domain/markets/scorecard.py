"""A scorecard of steps 1 to 5: weights, a score of 0 to 100, and the fewest steps to a target.

``score = Σ w · (step − 1) / 4``. Markets (`market`) and their tenants (`tenant`) are scored so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from common.errors import InvalidInput
from scoring.domain.results import ZERO, Reason, ScoreResult, Status, Term

FIRST_STEP, LAST_STEP = 1, 5
_SPAN = Decimal(LAST_STEP - FIRST_STEP)


class InvalidStep(InvalidInput):
    """An answer that is no step from 1 to 5, or to a question that the card does not ask."""

    code = "INVALID_STEP"


@dataclass(frozen=True)
class StepChange:
    """One answer that has to rise from ``current`` to ``needed``."""

    name: str
    current: int
    needed: int

    @property
    def steps(self) -> int:
        """By how many steps."""
        return self.needed - self.current


@dataclass(frozen=True)
class CardResult(ScoreResult):
    """A scored card with its decision.

    ``rejects`` are the hard rejects, which no score outweighs; ``decision`` is ``None`` while an
    answer is missing and nothing rejects.
    """

    decision: str | None = None
    rejects: tuple[Reason, ...] = ()


def score_card(
    model: str, answers: Mapping[str, int | None], weights: Mapping[str, Decimal]
) -> CardResult:
    """Score the answers of a card; without every answer there is no score (N5).

    Raises:
        InvalidStep: a step outside 1 to 5, or a name without a weight; ``field`` names it.

    >>> weights = {"years": Decimal(60), "record": Decimal(40)}
    >>> str(score_card("card", {"years": 5, "record": 2}, weights).value)
    '70'
    """
    _check(answers, weights)
    terms = tuple(_term(name, answers.get(name), weight) for name, weight in weights.items())
    used = {term.name: term.input for term in terms}
    missing = tuple(term.name for term in terms if term.input is None)
    if missing:
        reason = Reason("ANSWERS_MISSING", {"count": len(missing)})
        return CardResult(
            model, None, Status.MISSING_INPUT, terms=terms, inputs_used=used, missing=missing,
            reasons=(reason,),
        )  # fmt: skip
    value = sum((term.contribution or ZERO for term in terms), ZERO)
    return CardResult(model, value, Status.OK, terms=terms, inputs_used=used)


def list_fewest_steps(
    result: CardResult, target: Decimal, *, must_exceed: bool = False
) -> tuple[StepChange, ...]:
    """List the fewest steps, over all answers together, that lift a card to ``target``.

    Every step of an answer earns a quarter of its weight, so the heaviest answers go first; among
    equals the name decides. Empty when the target is reached, out of reach or the score unknown
    (`can_reach` tells these apart). ``must_exceed`` asks for more than ``target``.

    >>> weights = {"years": Decimal(60), "record": Decimal(40)}
    >>> card = score_card("card", {"years": 4, "record": 2}, weights)
    >>> [(c.name, c.current, c.needed) for c in list_fewest_steps(card, Decimal(75))]
    [('years', 4, 5), ('record', 2, 3)]
    """
    if result.value is None or not can_reach(result, target, must_exceed=must_exceed):
        return ()
    gap = target - result.value
    changes = []
    for term in sorted(result.terms, key=lambda term: (-term.weight, term.name)):
        current = int(term.input or 0)
        needed = current
        while needed < LAST_STEP and (gap > 0 or (must_exceed and gap == 0)):
            needed += 1
            gap -= term.weight / _SPAN
        if needed > current:
            changes.append(StepChange(term.name, current, needed))
    return tuple(changes)


def list_single_steps(
    result: CardResult, target: Decimal, *, must_exceed: bool = False
) -> tuple[StepChange, ...]:
    """List each answer that, raised alone, lifts a card to ``target``; the fewest steps first.

    >>> weights = {"years": Decimal(60), "record": Decimal(40)}
    >>> card = score_card("card", {"years": 4, "record": 2}, weights)
    >>> [(c.name, c.needed) for c in list_single_steps(card, Decimal(65))]
    [('years', 5), ('record', 3)]
    """
    if result.value is None:
        return ()
    gap = target - result.value
    if gap < 0 or (gap == 0 and not must_exceed):
        return ()
    changes = []
    for term in result.terms:
        current, gain = int(term.input or 0), term.weight / _SPAN
        for needed in range(current + 1, LAST_STEP + 1):
            lift = gain * (needed - current)
            if lift > gap or (lift == gap and not must_exceed):
                changes.append(StepChange(term.name, current, needed))
                break
    return tuple(sorted(changes, key=lambda change: change.steps))


def can_reach(result: CardResult, target: Decimal, *, must_exceed: bool = False) -> bool:
    """Tell whether the card with 5 everywhere would be enough."""
    most = sum((term.weight for term in result.terms), ZERO)
    return most > target if must_exceed else most >= target


def _check(answers: Mapping[str, int | None], weights: Mapping[str, Decimal]) -> None:
    for name, step in answers.items():
        if name not in weights:
            raise InvalidStep(f"no question {name!r}", field=name)
        is_step = isinstance(step, int) and not isinstance(step, bool)
        if step is not None and not (is_step and FIRST_STEP <= step <= LAST_STEP):
            raise InvalidStep(f"{step!r} is no step from 1 to 5", field=name)


def _term(name: str, step: int | None, weight: Decimal) -> Term:
    if step is None:
        return Term(name, None, weight, None)
    return Term(name, Decimal(step), weight, weight * (step - FIRST_STEP) / _SPAN)


def with_decision(
    result: CardResult, decision: str | None, rejects: tuple[Reason, ...]
) -> CardResult:
    """Return the result with what was decided."""
    return replace(result, decision=decision, band=decision, rejects=rejects)
