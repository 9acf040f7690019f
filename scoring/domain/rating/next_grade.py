"""The least change to the next grade, carried back from a component's score to Z″ and to answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from scoring.domain.curves import Knots
from scoring.domain.models import altman
from scoring.domain.models.five_c import DEFAULT_WEIGHTS, PARTS, Answer, get_step_gain
from scoring.domain.rating.financial import CURVES
from scoring.domain.results import HUNDRED, ONE, ZERO
from scoring.domain.statements.periods import FRESH_MONTHS, POINTS_PER_MONTH
from scoring.domain.statements.reliability import NEUTRAL

BEST_STEP = 5


@dataclass(frozen=True)
class StepUp:
    """One answer raised by one step, and the points of 5C score that brings."""

    indicator: str
    step: int
    gain: Decimal


def invert_curve(y: Decimal, curve: Knots) -> Decimal | None:
    """Return the least x at which a rising curve reaches ``y``; ``None`` where it never does.

    >>> from scoring.domain.curves import knots
    >>> invert_curve(Decimal(30), knots((0, 20), (1, 40)))
    Decimal('0.5')
    >>> invert_curve(Decimal(50), knots((0, 20), (1, 40))) is None
    True
    """
    if y <= curve[0][1]:
        return curve[0][0]
    for (x0, y0), (x1, y1) in pairwise(curve):
        if y <= y1:
            return x0 + (x1 - x0) * (y - y0) / (y1 - y0)
    return None


def find_needed_raw(
    component: Decimal, *, reliability: Decimal = ONE, age_months: int = 0
) -> Decimal | None:
    """Return the financial component before distrust and age that comes out as ``component``.

    ``None`` where distrust and age keep it below whatever the figures are.

    >>> find_needed_raw(Decimal(60), reliability=Decimal("0.5"), age_months=13)
    Decimal('74')
    """
    score = component + POINTS_PER_MONTH * max(0, age_months - FRESH_MONTHS)
    if score > NEUTRAL:
        if reliability == 0:
            return None
        score = NEUTRAL + (score - NEUTRAL) / reliability
    return score if score <= HUNDRED else None


def find_needed_z(
    component: Decimal,
    *,
    reliability: Decimal = ONE,
    age_months: int = 0,
    model: str = altman.Z_DOUBLE_PRIME,
    share: Decimal = ONE,
    others: Decimal = ZERO,
    curves: Mapping[str, Knots] = CURVES,
) -> Decimal | None:
    """Return the Z that alone gives a financial component, of an equally old and trusted statement.

    ``model`` is the form that counts, ``share`` its share of the weights that are there (0 to 1), and
    ``others`` what the other models add to the component. ``None`` where no Z does it.

    >>> find_needed_z(Decimal(60)), find_needed_z(Decimal(80), reliability=Decimal("0.6"))
    (Decimal('2.6'), Decimal('8.0'))
    >>> find_needed_z(Decimal(81), reliability=Decimal("0.6")) is None
    True
    >>> find_needed_z(Decimal(60), share=Decimal("0.3"), others=Decimal(45))
    Decimal('1.85')
    """
    raw = find_needed_raw(component, reliability=reliability, age_months=age_months)
    if raw is None or not share or model not in curves:
        return None
    subscore = (raw - others) / share
    return None if subscore > HUNDRED else invert_curve(subscore, curves[model])


def list_steps_up(
    answers: Mapping[str, Sequence[Answer]],
    *,
    weights: Mapping[str, Decimal] = DEFAULT_WEIGHTS,
) -> tuple[StepUp, ...]:
    """List the answers below 5 with what one step more brings, most first.

    >>> [up.indicator for up in list_steps_up({"character": [5, 5, 5, 5, 3], "capacity": [4] * 5})]
    ['CH5', 'CP1', 'CP2', 'CP3', 'CP4', 'CP5']
    """
    ups = [
        StepUp(indicator, step, get_step_gain(indicator, answers, weights=weights))
        for part, names in PARTS.items()
        for indicator, step in zip(names, answers.get(part, ()), strict=False)
        if isinstance(step, int) and step < BEST_STEP
    ]
    return tuple(sorted((u for u in ups if u.gain > ZERO), key=lambda u: (-u.gain, u.indicator)))
