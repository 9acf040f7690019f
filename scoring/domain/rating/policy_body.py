"""The body of a RATING policy: read into a ``ScoringPolicy``, and written from one.

Sections, all but ``components`` optional, for versions of earlier days lack them and then mean the
house default: ``components`` and ``financial_models`` {name: points}, ``min_weight``, ``curves``
{name: [[x, y], …]}, ``five_c`` {part: points}, ``behaviour`` {weights, prior {n, mean}, grace_days},
``risk_index`` {mean_pd, indicators: [{indicator, direction, weight, worse, median, better}]},
``wall_modern`` [{indicator, score, standard, best, maximum, minimum}], ``ohlson`` {price_index:
{year: level}}, ``altman`` {x5_coefficient}, ``bathory`` {variant}, ``working_assets`` {offset},
``characteristics`` {weight_set, weight_sets, multiplier}, ``pd`` {k} and ``limit``
(``limit_policy``). Numbers are written as whole numbers or as text, never as binary fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from scoring.domain.curves import Knots
from scoring.domain.limits.limit_policy import LimitPolicy
from scoring.domain.models.characteristics import BALANCED
from scoring.domain.models.risk_index import Benchmark
from scoring.domain.models.wall import Standard
from scoring.domain.payment.behaviour import BehaviourPolicy
from scoring.domain.rating.composite import CompositePolicy
from scoring.domain.rating.financial import FinancialPolicy
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY, ScoringPolicy

Body = dict[str, Any]

DEFAULT_PRICE_YEAR = 2024


def read_scoring_policy(body: Mapping[str, Any]) -> ScoringPolicy:
    """Turn a stored body into the policy; a section that is not there means the house default.

    >>> policy = read_scoring_policy({"components": {"financial": 60, "behaviour": 40}})
    >>> policy.composite.weights["behaviour"], policy.mean_pd
    (Decimal('40'), Decimal('0.02'))
    """
    default = DEFAULT_POLICY
    risk = _section(body, "risk_index")
    ohlson = _section(body, "ohlson")
    traits = _section(body, "characteristics")
    levels = {int(year): _number(x) for year, x in _section(ohlson, "price_index").items()}
    # A body that names no components at all is not a policy: the caller must hear of it.
    return ScoringPolicy(
        composite=replace(default.composite, weights=_all_components(body["components"])),
        financial=FinancialPolicy(
            weights=_numbers(body.get("financial_models"), default.financial.weights),
            min_weight=_number(body.get("min_weight"), default.financial.min_weight),
        ),
        curves={**default.curves, **_curves(_section(body, "curves"))},
        five_c_weights=_numbers(body.get("five_c"), default.five_c_weights),
        behaviour=_read_behaviour(_section(body, "behaviour"), default.behaviour),
        benchmarks=_rows(risk.get("indicators"), Benchmark, default.benchmarks),
        mean_pd=_number(risk.get("mean_pd"), default.mean_pd),
        wall_modern=_rows(body.get("wall_modern"), Standard, default.wall_modern),
        characteristic_sets={
            **default.characteristic_sets,
            **{
                name: _numbers(points, {})
                for name, points in _section(traits, "weight_sets").items()
            },
        },
        characteristic_method=str(traits.get("multiplier") or default.characteristic_method),
        bathory_variant=str(_section(body, "bathory").get("variant") or default.bathory_variant),
        working_assets_offset=_number(
            _section(body, "working_assets").get("offset"), default.working_assets_offset
        ),
        x5_coefficient=_number(
            _section(body, "altman").get("x5_coefficient"), default.x5_coefficient
        ),
        ohlson_price_levels=levels,
        calibration=_number(_section(body, "pd").get("k"), default.calibration),
    )


def read_weight_set(body: Mapping[str, Any]) -> str:
    """Return the weight set of the characteristic analysis that the house goes by.

    >>> read_weight_set({})
    'balanced'
    """
    return str(_section(body, "characteristics").get("weight_set") or BALANCED)


def write_policy_body(
    policy: ScoringPolicy = DEFAULT_POLICY,
    *,
    weight_set: str = BALANCED,
    limit: LimitPolicy | None = None,
) -> Body:
    """Write a policy as a body with every section; ``read_scoring_policy`` gives it back.

    >>> body = write_policy_body()
    >>> body["financial_models"], body["ohlson"], body["pd"]
    ({'z': 30, 'cri': 30, 'bathory': 10, 'ohlson': 15, 'wall': 15}, {'price_index': {'2024': 675}}, \
{'k': 1})
    """
    limit = limit or LimitPolicy()
    behaviour = policy.behaviour
    levels = policy.ohlson_price_levels or {DEFAULT_PRICE_YEAR: policy.ohlson_price_index}
    return {
        "components": _points(policy.composite.weights),
        "financial_models": _points(policy.financial.weights),
        "min_weight": _plain(policy.financial.min_weight),
        "curves": {
            name: [[_plain(x), _plain(y)] for x, y in curve]
            for name, curve in policy.curves.items()
        },
        "five_c": _points(policy.five_c_weights),
        "behaviour": {
            "weights": _points(behaviour.weights),
            "prior": {"n": behaviour.prior_pieces, "mean": _plain(behaviour.prior_score)},
            "grace_days": behaviour.grace_days,
        },
        "risk_index": {
            "mean_pd": _plain(policy.mean_pd),
            "indicators": [_write_row(row) for row in policy.benchmarks],
        },
        "wall_modern": [_write_row(row) for row in policy.wall_modern],
        "ohlson": {"price_index": {str(year): _plain(x) for year, x in levels.items()}},
        "altman": {"x5_coefficient": _plain(policy.x5_coefficient)},
        "bathory": {"variant": policy.bathory_variant},
        "working_assets": {"offset": _plain(policy.working_assets_offset)},
        "characteristics": {
            "weight_set": weight_set,
            "weight_sets": {
                name: _points(points) for name, points in policy.characteristic_sets.items()
            },
            "multiplier": policy.characteristic_method,
        },
        "limit": {
            each.name: _points(value) if isinstance(value, Mapping) else _plain(value)
            for each in fields(limit)
            for value in [getattr(limit, each.name)]
        },
        "pd": {"k": _plain(policy.calibration)},
    }


def _read_behaviour(section: Mapping[str, Any], default: BehaviourPolicy) -> BehaviourPolicy:
    prior = _section(section, "prior")
    return replace(
        default,
        weights={**default.weights, **_numbers(section.get("weights"), {})},
        prior_pieces=int(prior.get("n", default.prior_pieces)),
        prior_score=_number(prior.get("mean"), default.prior_score),
        grace_days=int(section.get("grace_days", default.grace_days)),
    )


def _all_components(points: Mapping[str, Any]) -> dict[str, Decimal]:
    # A component that a version does not name has no weight in it.
    none = dict.fromkeys(CompositePolicy().weights, Decimal(0))
    return {**none, **_numbers(points, {})}


def _section(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = body.get(name)
    return section if isinstance(section, Mapping) else {}


def _number(value: Any, default: Decimal | None = None) -> Decimal:
    if value is None and default is not None:
        return default
    return Decimal(str(value))


def _numbers(points: Any, default: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: _number(x) for name, x in points.items()} if points else dict(default)


def _curves(curves: Mapping[str, Any]) -> dict[str, Knots]:
    return {
        name: tuple((_number(x), _number(y)) for x, y in points) for name, points in curves.items()
    }


def _rows(rows: Any, kind: type[Any], default: tuple[Any, ...]) -> tuple[Any, ...]:
    """Read the rows of a table; ``direction`` is a whole number, every other figure a decimal."""
    if not rows:
        return default
    words, whole = ("indicator",), ("direction",)
    return tuple(
        kind(
            **{
                each.name: str(row[each.name])
                if each.name in words
                else int(row[each.name])
                if each.name in whole
                else _number(row[each.name])
                for each in fields(kind)
            }
        )
        for row in rows
    )


def _write_row(row: Any) -> Body:
    return {each.name: _plain(getattr(row, each.name)) for each in fields(row)}


def _points(weights: Mapping[str, Decimal]) -> Body:
    return {name: _plain(weight) for name, weight in weights.items()}


def _plain(value: Any) -> Any:
    """Write a decimal as a whole number where it is one, else as text; other values as they are."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"
