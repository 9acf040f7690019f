"""What a RATING policy must keep to before anybody may release it: every breach with a way out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from scoring.domain.limits.limit_policy import BY_GRADE
from scoring.domain.limits.limits import DEFAULT_WEIGHTS, CapacityRule
from scoring.domain.models import bathory, characteristics, wall
from scoring.domain.models.five_c import PARTS
from scoring.domain.models.risk_index import DEMO_MANUFACTURING
from scoring.domain.rating.composite import COMPONENTS
from scoring.domain.rating.financial import CURVES
from scoring.domain.rating.financial import DEFAULT_POLICY as FINANCIAL
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY
from scoring.domain.results import HUNDRED, ZERO, Param

SECTIONS = (
    "components", "financial_models", "min_weight", "curves", "five_c", "behaviour", "risk_index",
    "wall_modern", "ohlson", "altman", "bathory", "working_assets", "characteristics", "limit", "pd",
)  # fmt: skip
LIMIT_FIGURES = (
    "tnw_share", "turnover_share", "own_equity", "own_receivables", "approver_authority",
    "expected_loss_budget", "lgd", "small_limit",
)  # fmt: skip
LIMIT_SHARES = ("tnw_share", "turnover_share", "lgd")
FALLING_CURVES = ("ohlson",)


@dataclass(frozen=True)
class Problem:
    """One breach: where (``path``, dotted), why (``reason``) and what mends it (``way_out``).

    Both are codes; ``params`` holds the figures of the sentence. Reasons: MISSING, NOT_A_NUMBER,
    OUT_OF_RANGE, UNKNOWN_NAME, NOT_100, TOO_FEW, NOT_RISING, NOT_FALLING. Ways out: FILL_IN,
    ENTER_NUMBER, ENTER_WITHIN, CHOOSE_KNOWN, ADD_UP_TO_100, ADD_KNOTS, SORT_KNOTS, ORDER_VALUES,
    LOWER_MIN_WEIGHT.
    """

    path: str
    reason: str
    way_out: str
    params: Mapping[str, Param] = field(default_factory=dict)


def validate_rating_policy(body: Mapping[str, Any]) -> list[Problem]:
    """List everything that keeps a body from being released; empty when nothing does.

    >>> from scoring.domain.rating.policy_body import write_policy_body
    >>> validate_rating_policy(write_policy_body())
    []
    >>> validate_rating_policy({"components": {"financial": 60, "behaviour": 30}})[0].reason
    'NOT_100'
    """
    problems = [_unknown(name, SECTIONS) for name in body if name not in SECTIONS]
    problems += _check_weights("components", body.get("components"), COMPONENTS)
    for name, check in _CHECKS.items():
        if name in body:
            problems += check(name, body[name])
    return problems


def _check_weights(
    path: str, weights: Any, known: Collection[str], *, adds_up: bool = True
) -> Iterator[Problem]:
    if not isinstance(weights, Mapping) or not weights:
        yield Problem(path, "MISSING", "FILL_IN")
        return
    total = ZERO
    for name, weight in weights.items():
        here = f"{path}.{name}"
        if name not in known:
            yield _unknown(here, known)
        yield from _check_number(here, weight, ZERO, HUNDRED)
        total += _read(weight) or ZERO
    if adds_up and total != HUNDRED:
        yield Problem(path, "NOT_100", "ADD_UP_TO_100", {"total": total})


def _check_models(path: str, weights: Any) -> Iterator[Problem]:
    yield from _check_weights(path, weights, tuple(FINANCIAL.weights))


def _check_five_c(path: str, weights: Any) -> Iterator[Problem]:
    yield from _check_weights(path, weights, tuple(PARTS))


def _check_min_weight(path: str, value: Any) -> Iterator[Problem]:
    yield from _check_number(path, value, Decimal(1), HUNDRED)


def _check_curves(path: str, curves: Any) -> Iterator[Problem]:
    if not isinstance(curves, Mapping):
        yield Problem(path, "MISSING", "FILL_IN")
        return
    for name, points in curves.items():
        here = f"{path}.{name}"
        if name not in CURVES:
            yield _unknown(here, CURVES)
            continue
        yield from _check_knots(here, points, falls=name in FALLING_CURVES)


def _check_knots(path: str, points: Any, *, falls: bool) -> Iterator[Problem]:
    """Knots rise in x; the points lie in 0 to 100 and never turn against the model's direction."""
    if not isinstance(points, Sequence) or isinstance(points, str) or len(points) < 2:
        yield Problem(path, "TOO_FEW", "ADD_KNOTS", {"least": 2})
        return
    pairs = [pair for pair in points if isinstance(pair, Sequence) and len(pair) == 2]
    knots = [(_read(x), _read(y)) for x, y in pairs]
    if len(knots) < len(points) or any(x is None or y is None for x, y in knots):
        yield Problem(path, "NOT_A_NUMBER", "ENTER_NUMBER")
        return
    xs, ys = [x or ZERO for x, _ in knots], [y or ZERO for _, y in knots]
    if any(not ZERO <= y <= HUNDRED for y in ys):
        yield _out_of_range(path, ZERO, HUNDRED)
    if any(right <= left for left, right in pairwise(xs)):
        yield Problem(path, "NOT_RISING", "SORT_KNOTS")
    if any(b > a if falls else b < a for a, b in pairwise(ys)):
        yield Problem(path, "NOT_FALLING" if falls else "NOT_RISING", "ORDER_VALUES")


def _check_behaviour(path: str, section: Any) -> Iterator[Problem]:
    section = _mapping(section)
    if "weights" in section:
        known = tuple(DEFAULT_POLICY.behaviour.weights)
        yield from _check_weights(f"{path}.weights", section["weights"], known)
    prior = _mapping(section.get("prior"))
    yield from _check_given(f"{path}.prior.n", prior.get("n"), ZERO, Decimal(1000))
    yield from _check_given(f"{path}.prior.mean", prior.get("mean"), ZERO, HUNDRED)
    yield from _check_given(f"{path}.grace_days", section.get("grace_days"), ZERO, Decimal(30))


def _check_risk_index(path: str, section: Any) -> Iterator[Problem]:
    section = _mapping(section)
    least, most = Decimal("0.0001"), Decimal("0.9999")
    yield from _check_given(f"{path}.mean_pd", section.get("mean_pd"), least, most)
    if "indicators" not in section:
        return
    rows = _rows(section["indicators"])
    known = [row.indicator for row in DEMO_MANUFACTURING]
    yield from _check_weights(f"{path}.indicators", _weights_of(rows), known)
    for place, row in enumerate(rows):
        here = f"{path}.indicators.{place}"
        if str(row.get("direction")) not in ("1", "-1"):
            yield _unknown(f"{here}.direction", ("1", "-1"))
            continue
        quartiles = [_read(row.get(name)) for name in ("worse", "median", "better")]
        if any(x is None for x in quartiles):
            yield Problem(here, "NOT_A_NUMBER", "ENTER_NUMBER")
            continue
        signed = [(x or ZERO) * int(row["direction"]) for x in quartiles]
        if not signed[0] < signed[1] < signed[2]:
            yield Problem(
                here, "NOT_RISING", "ORDER_VALUES", {"indicator": str(row.get("indicator"))}
            )


def _check_wall(path: str, given: Any) -> Iterator[Problem]:
    rows = _rows(given)
    known = [row.indicator for row in wall.TEXTBOOK_CN]
    yield from _check_weights(path, _weights_of(rows, "score"), known)
    for place, row in enumerate(rows):
        here = f"{path}.{place}"
        names = ("minimum", "score", "maximum", "standard", "best")
        figures = {name: _read(row.get(name)) for name in names}
        if any(x is None for x in figures.values()):
            yield Problem(here, "NOT_A_NUMBER", "ENTER_NUMBER")
            continue
        least, score, most, standard, best = (figures[name] or ZERO for name in names)
        if not (least < score < most and standard < best):
            yield Problem(
                here, "NOT_RISING", "ORDER_VALUES", {"indicator": str(row.get("indicator"))}
            )


def _check_ohlson(path: str, section: Any) -> Iterator[Problem]:
    levels = _mapping(_mapping(section).get("price_index"))
    if not levels:
        yield Problem(f"{path}.price_index", "MISSING", "FILL_IN")
        return
    for year, level in levels.items():
        here = f"{path}.price_index.{year}"
        yield from _check_number(here, year, Decimal(1968), Decimal(2200))
        # A level with 1968 = 100, never a ratio: 6.75 would move every score by 1.874 (7.1).
        yield from _check_number(here, level, HUNDRED, Decimal(10_000))


def _check_altman(path: str, section: Any) -> Iterator[Problem]:
    here = f"{path}.x5_coefficient"
    value = _mapping(section).get("x5_coefficient")
    yield from _check_number(here, value, Decimal("0.9"), Decimal("1.1"))


def _check_bathory(path: str, section: Any) -> Iterator[Problem]:
    known = (bathory.GCF, bathory.EBITDA)
    if not isinstance(section, Mapping) or section.get("variant") not in known:
        yield _unknown(f"{path}.variant", known)


def _check_working_assets(path: str, section: Any) -> Iterator[Problem]:
    value = _mapping(section).get("offset")
    yield from _check_number(f"{path}.offset", value, Decimal(-3), Decimal(3))


def _check_traits(path: str, section: Any) -> Iterator[Problem]:
    section = _mapping(section)
    sets = _mapping(section.get("weight_sets"))
    for name, weights in sets.items():
        here = f"{path}.weight_sets.{name}"
        yield from _check_weights(here, weights, characteristics.INDICATORS)
    known = {*characteristics.WEIGHT_SETS, *sets}
    if str(section.get("weight_set", characteristics.BALANCED)) not in known:
        yield _unknown(f"{path}.weight_set", known)
    ways = (characteristics.CONTINUOUS, characteristics.STEP)
    if str(section.get("multiplier", characteristics.CONTINUOUS)) not in ways:
        yield _unknown(f"{path}.multiplier", ways)


def _check_limit(path: str, section: Any) -> Iterator[Problem]:
    section = _mapping(section)
    rules = (BY_GRADE, *CapacityRule)
    if str(section.get("rule", BY_GRADE)) not in rules:
        yield _unknown(f"{path}.rule", rules)
    if "weights" in section:
        # Methods that do not answer are left out and the rest renormalised: no sum to keep to.
        known = {*DEFAULT_WEIGHTS, characteristics.CODE, "wa_characteristic", "term_grade"}
        yield from _check_weights(f"{path}.weights", section["weights"], known, adds_up=False)
    for name in LIMIT_FIGURES:
        most = Decimal(1) if name in LIMIT_SHARES else Decimal(10) ** 15
        yield from _check_given(f"{path}.{name}", section.get(name), ZERO, most)


def _check_pd(path: str, section: Any) -> Iterator[Problem]:
    value = _mapping(section).get("k")
    yield from _check_number(f"{path}.k", value, Decimal("0.01"), HUNDRED)


_CHECKS: Mapping[str, Callable[[str, Any], Iterator[Problem]]] = {
    "financial_models": _check_models,
    "min_weight": _check_min_weight,
    "curves": _check_curves,
    "five_c": _check_five_c,
    "behaviour": _check_behaviour,
    "risk_index": _check_risk_index,
    "wall_modern": _check_wall,
    "ohlson": _check_ohlson,
    "altman": _check_altman,
    "bathory": _check_bathory,
    "working_assets": _check_working_assets,
    "characteristics": _check_traits,
    "limit": _check_limit,
    "pd": _check_pd,
}


def _weights_of(rows: Sequence[Mapping[str, Any]], name: str = "weight") -> dict[str, Any]:
    return {str(row.get("indicator")): row.get(name) for row in rows}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """Return the rows of a table; what is no row counts as an empty one, which no check passes."""
    return [_mapping(row) for row in value] if isinstance(value, list | tuple) else []


def _check_given(path: str, value: Any, low: Decimal, high: Decimal) -> Iterator[Problem]:
    if value is not None:
        yield from _check_number(path, value, low, high)


def _check_number(path: str, value: Any, low: Decimal, high: Decimal) -> Iterator[Problem]:
    number = _read(value)
    if number is None:
        yield Problem(path, "NOT_A_NUMBER", "ENTER_NUMBER")
    elif not low <= number <= high:
        yield _out_of_range(path, low, high)


def _out_of_range(path: str, low: Decimal, high: Decimal) -> Problem:
    return Problem(path, "OUT_OF_RANGE", "ENTER_WITHIN", {"low": low, "high": high})


def _unknown(path: str, known: Collection[str]) -> Problem:
    return Problem(path, "UNKNOWN_NAME", "CHOOSE_KNOWN", {"known": ", ".join(map(str, known))})


def _read(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
