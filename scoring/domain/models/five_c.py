"""5C qualitative model (5C 定性模型, section 1): character, capacity, capital, collateral, conditions.

Each of the 25 indicators is answered on a step 1 to 5 (1 worst), as not applicable, or not at all.
Points are ``25 × (step - 1)``, so 0 to 100. What is not answered is left out, never scored 0.
The wording of every step stands in ``five_c_scale``. Weights and anchors are house defaults.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from common.errors import InvalidInput
from scoring.domain.results import HUNDRED, TOLERANCE, ZERO, Reason, ScoreResult, Status, Term

CODE = "five_c"
NOT_APPLICABLE: Final = "NA"
Answer: TypeAlias = int | Literal["NA"] | None

PARTS: Mapping[str, tuple[str, ...]] = {
    "character": ("CH1", "CH2", "CH3", "CH4", "CH5"),
    "capacity": ("CP1", "CP2", "CP3", "CP4", "CP5"),
    "capital": ("CT1", "CT2", "CT3", "CT4", "CT5"),
    "collateral": ("CL1", "CL2", "CL3", "CL4", "CL5"),
    "conditions": ("CD1", "CD2", "CD3", "CD4", "CD5"),
}
DEFAULT_WEIGHTS: Mapping[str, Decimal] = {
    "character": Decimal(30),
    "capacity": Decimal(25),
    "capital": Decimal(20),
    "collateral": Decimal(10),
    "conditions": Decimal(15),
}
VETO_INDICATORS = ("CH1", "CH3")
ESSENTIAL_PARTS = ("character", "capacity")
POINTS_PER_STEP = Decimal(25)
MIN_PART_ANSWERED = Decimal("0.60")
MIN_COVERAGE = Decimal("0.70")
FULL_COVERAGE = Decimal("0.85")
LOW_COVERAGE_CAP = Decimal(70)
VETO_CAP = Decimal(40)
STEPS_NEEDING_EVIDENCE = (4, 5)
STEP_WITHOUT_EVIDENCE = 3
EVIDENCE_DAYS = 365
BANDS: tuple[tuple[Decimal, str], ...] = (
    (Decimal(80), "strong"),
    (Decimal(65), "good"),
    (Decimal(50), "acceptable"),
    (Decimal(35), "weak"),
    (ZERO, "unacceptable"),
)


class InvalidAnswer(InvalidInput):
    """An answer is not a step 1 to 5, or a part does not have five of them."""

    code = "INVALID_ANSWER"


@dataclass(frozen=True)
class FiveCResult(ScoreResult):
    """The score with its parts; a part under 60 % answered is ``None``.

    ``coverage`` is answered / (25 - not applicable), 0 to 1. ``has_veto`` caps the grade at B.
    """

    parts: Mapping[str, Decimal | None] = field(default_factory=dict)
    answered: int = 0
    coverage: Decimal = ZERO
    has_veto: bool = False
    evidence_capped: tuple[str, ...] = ()


def score_five_c(
    answers: Mapping[str, Sequence[Answer]],
    *,
    weights: Mapping[str, Decimal] = DEFAULT_WEIGHTS,
    unsupported: Collection[str] = (),
) -> FiveCResult:
    """Score a questionnaire: five answers for each C, in the order of the form.

    ``weights`` are positive and need not sum to 100: they are renormalised over the parts that have
    a score. ``unsupported`` names the indicators whose answer of 4 or 5 lacks evidence
    (``list_unsupported``); they are scored as 3.

    Raises:
        InvalidAnswer: an unknown part, not five answers, or a step outside 1 to 5.

    >>> result = score_five_c({
    ...     "character": [4, 4, 5, 3, 4], "capacity": [4, 3, 4, 4, 3], "capital": [3, 4, 4, 3, None],
    ...     "collateral": [2, 1, 2, 3, 2], "conditions": [3, 4, 3, 3, 4]})
    >>> result.value, result.band, result.coverage
    (Decimal('62.75'), 'acceptable', Decimal('0.96'))
    """
    steps = _flatten(answers)
    capped = tuple(
        indicator
        for indicator, step in steps.items()
        if step in STEPS_NEEDING_EVIDENCE and indicator in unsupported
    )
    effective = {**steps, **dict.fromkeys(capped, STEP_WITHOUT_EVIDENCE)}
    parts = {part: _score_part([effective[i] for i in PARTS[part]]) for part in PARTS}
    answered = sum(isinstance(step, int) for step in steps.values())
    applicable = sum(step != NOT_APPLICABLE for step in steps.values())
    coverage = Decimal(answered) / applicable if applicable else ZERO
    veto_by = [indicator for indicator in VETO_INDICATORS if steps[indicator] == 1]
    reasons = [Reason("EVIDENCE_CAPPED", {"indicator": indicator}) for indicator in capped]
    reasons += [Reason("PART_NOT_SCORED", {"part": p}) for p, s in parts.items() if s is None]
    missing = tuple(indicator for indicator, step in steps.items() if step is None)
    gaps = tuple(part for part in ESSENTIAL_PARTS if parts[part] is None)
    value: Decimal | None = None
    terms: tuple[Term, ...] = ()
    status = Status.MISSING_INPUT
    if coverage < MIN_COVERAGE or gaps:
        reasons.append(Reason("COVERAGE_TOO_LOW", {"coverage": coverage}))
    else:
        terms = _weigh(parts, weights)
        raw = sum((t.contribution for t in terms if t.contribution is not None), ZERO)
        value, status, limits = _apply_caps(raw, coverage, veto_by)
        reasons += limits
    return FiveCResult(
        CODE,
        value,
        status,
        band=None if value is None else get_band(value),
        terms=terms,
        inputs_used={i: Decimal(s) for i, s in effective.items() if isinstance(s, int)},
        missing=missing,
        reasons=tuple(reasons),
        parts=parts,
        answered=answered,
        coverage=coverage,
        has_veto=bool(veto_by),
        evidence_capped=capped,
    )


def get_band(score: Decimal) -> str:
    """Return the word for a score of 0 to 100.

    >>> get_band(Decimal(65)), get_band(Decimal("34.9"))
    ('good', 'unacceptable')
    """
    return next(band for bound, band in BANDS if score + TOLERANCE >= bound)


def list_unsupported(
    answers: Mapping[str, Sequence[Answer]],
    evidence: Mapping[str, Sequence[date]],
    *,
    as_of: date,
) -> tuple[str, ...]:
    """List indicators answered 4 or 5 without enough evidence of the last twelve months.

    ``evidence`` maps an indicator to the dates of its documents or interview notes. Character needs
    two independent sources, every other C one.

    >>> answers = {part: [3] * 5 for part in PARTS} | {"capital": [4, 3, 3, 3, 3]}
    >>> list_unsupported(answers, {"CT1": [date(2025, 1, 2)]}, as_of=date(2025, 6, 30))
    ()
    >>> list_unsupported(answers, {"CT1": [date(2024, 1, 2)]}, as_of=date(2025, 6, 30))
    ('CT1',)
    """
    unsupported = []
    for indicator, step in _flatten(answers).items():
        if step not in STEPS_NEEDING_EVIDENCE:
            continue
        dates = evidence.get(indicator, ())
        fresh = [day for day in dates if 0 <= (as_of - day).days <= EVIDENCE_DAYS]
        if len(fresh) < (2 if indicator in PARTS["character"] else 1):
            unsupported.append(indicator)
    return tuple(unsupported)


def _flatten(answers: Mapping[str, Sequence[Answer]]) -> dict[str, Answer]:
    unknown = set(answers) - set(PARTS)
    if unknown:
        raise InvalidAnswer(field=min(unknown), part=min(unknown))
    steps: dict[str, Answer] = {}
    for part, indicators in PARTS.items():
        given = answers.get(part, [None] * len(indicators))
        if len(given) != len(indicators):
            raise InvalidAnswer(field=part, part=part, count=len(given))
        for indicator, step in zip(indicators, given, strict=True):
            if not _is_answer(step):
                raise InvalidAnswer(field=indicator, indicator=indicator, step=step)
            steps[indicator] = step
    return steps


def _is_answer(step: object) -> bool:
    """Tell a step from what only looks like one: neither true nor 3.0 nor "3" is an answer."""
    if step is None or step == NOT_APPLICABLE:
        return True
    return isinstance(step, int) and not isinstance(step, bool) and 1 <= step <= 5


def _score_part(steps: Sequence[Answer]) -> Decimal | None:
    points = [POINTS_PER_STEP * (step - 1) for step in steps if isinstance(step, int)]
    if Decimal(len(points)) / len(steps) < MIN_PART_ANSWERED:
        return None
    return sum(points, ZERO) / len(points)


def _weigh(parts: Mapping[str, Decimal | None], weights: Mapping[str, Decimal]) -> tuple[Term, ...]:
    total = sum((weights[part] for part, score in parts.items() if score is not None), ZERO)
    return tuple(
        Term(part, score, weights[part] / total, score * weights[part] / total)
        for part, score in parts.items()
        if score is not None
    )


def _apply_caps(
    raw: Decimal, coverage: Decimal, veto_by: Sequence[str]
) -> tuple[Decimal, Status, list[Reason]]:
    cap = HUNDRED
    reasons = []
    if coverage < FULL_COVERAGE:
        cap = min(cap, LOW_COVERAGE_CAP)
        params = {"cap": LOW_COVERAGE_CAP, "coverage": coverage}
        reasons.append(Reason("CAPPED_FOR_COVERAGE", params))
    for indicator in veto_by:
        cap = min(cap, VETO_CAP)
        reasons.append(Reason("VETO", {"indicator": indicator, "cap": VETO_CAP}))
    status = Status.OK_WITH_GUARD if raw > cap + TOLERANCE else Status.OK
    return min(raw, cap), status, reasons


def get_step_gain(
    indicator: str,
    answers: Mapping[str, Sequence[Answer]],
    *,
    weights: Mapping[str, Decimal] = DEFAULT_WEIGHTS,
) -> Decimal:
    """Return the points of score that one step more on an answered indicator is worth.

    >>> answers = {part: [3] * 5 for part in PARTS}
    >>> get_step_gain("CH2", answers)
    Decimal('1.5')
    """
    part = next(name for name, indicators in PARTS.items() if indicator in indicators)
    steps = _flatten(answers)
    scores = {p: _score_part([steps[i] for i in PARTS[p]]) for p in PARTS}
    total = sum((weights[p] for p, score in scores.items() if score is not None), ZERO)
    count = sum(isinstance(steps[i], int) for i in PARTS[part])
    if scores[part] is None or not total:
        return ZERO
    return POINTS_PER_STEP / count * weights[part] / total
