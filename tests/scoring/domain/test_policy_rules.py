"""What a RATING policy must keep to, and how its body is read."""

from __future__ import annotations

import copy
import json
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.domain.limits.limit_policy import LimitPolicy, read_limit_policy
from scoring.domain.rating.policy_body import (
    read_scoring_policy,
    read_weight_set,
    write_policy_body,
)
from scoring.domain.rating.policy_rules import SECTIONS, validate_rating_policy
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY, ScoringPolicy

FIRST_VERSION = {
    "components": {"financial": 35, "behaviour": 30, "qualitative": 20, "external": 15},
    "financial_models": {"z": 100},
    "five_c": {
        "character": 30, "capacity": 25, "capital": 20, "collateral": 10, "conditions": 15,
    },
}  # fmt: skip


class TestBody:
    def test_a_body_written_and_read_is_the_policy(self) -> None:
        body = json.loads(json.dumps(write_policy_body()))
        assert tuple(sorted(body)) == tuple(sorted(SECTIONS))
        read = read_scoring_policy(body)
        for each in fields(ScoringPolicy):
            if each.name != "ohlson_price_levels":
                assert getattr(read, each.name) == getattr(DEFAULT_POLICY, each.name), each.name
        assert read.ohlson_price_levels == {2024: Decimal(675)}
        assert read_limit_policy(body["limit"]) == LimitPolicy()
        assert read_weight_set(body) == "balanced"

    def test_the_first_version_still_reads(self) -> None:
        policy = read_scoring_policy(FIRST_VERSION)
        assert policy.financial.weights == {"z": Decimal(100)}
        assert policy.benchmarks == DEFAULT_POLICY.benchmarks
        assert policy.get_price_index(2019) == Decimal(675)
        assert validate_rating_policy(FIRST_VERSION) == []

    def test_a_section_changes_what_it_names_and_nothing_else(self) -> None:
        policy = read_scoring_policy(
            FIRST_VERSION
            | {"curves": {"wall": [["50", 0], ["150", "99.5"]]}, "behaviour": {"grace_days": 5}}
        )
        assert policy.curves["wall"] == ((Decimal(50), Decimal(0)), (Decimal(150), Decimal("99.5")))
        assert policy.curves["bathory"] == DEFAULT_POLICY.curves["bathory"]
        assert policy.behaviour.grace_days == 5
        assert policy.behaviour.weights == DEFAULT_POLICY.behaviour.weights


def change(path: str, value: Any) -> dict[str, Any]:
    """Return the default body with one value replaced; a path of names and places."""
    body = copy.deepcopy(write_policy_body())
    *way, last = path.split(".")
    target: Any = body
    for name in way:
        target = target[int(name)] if isinstance(target, list) else target[name]
    target[int(last) if isinstance(target, list) else last] = value
    return body


class TestValidate:
    def test_the_default_is_sound(self) -> None:
        assert validate_rating_policy(write_policy_body()) == []

    @pytest.mark.parametrize(
        ("path", "value", "at", "reason", "way_out"),
        [
            ("components.financial", 36, "components", "NOT_100", "ADD_UP_TO_100"),
            ("components.luck", 0, "components.luck", "UNKNOWN_NAME", "CHOOSE_KNOWN"),
            ("financial_models.wall", -15, "financial_models.wall", "OUT_OF_RANGE", "ENTER_WITHIN"),
            ("min_weight", 0, "min_weight", "OUT_OF_RANGE", "ENTER_WITHIN"),
            ("min_weight", "half", "min_weight", "NOT_A_NUMBER", "ENTER_NUMBER"),
            ("curves.wall", [[50, 0]], "curves.wall", "TOO_FEW", "ADD_KNOTS"),
            ("curves.wall", [[50, 0], [50, 9]], "curves.wall", "NOT_RISING", "SORT_KNOTS"),
            ("curves.wall", [[50, 9], [60, 0]], "curves.wall", "NOT_RISING", "ORDER_VALUES"),
            ("curves.wall", [[50, 0], [60, 101]], "curves.wall", "OUT_OF_RANGE", "ENTER_WITHIN"),
            ("curves.ohlson", [[0, 0], [1, 9]], "curves.ohlson", "NOT_FALLING", "ORDER_VALUES"),
            ("curves.luck", [[0, 0], [1, 1]], "curves.luck", "UNKNOWN_NAME", "CHOOSE_KNOWN"),
            ("five_c.capital", 21, "five_c", "NOT_100", "ADD_UP_TO_100"),
            ("behaviour.prior.mean", 101, "behaviour.prior.mean", "OUT_OF_RANGE", "ENTER_WITHIN"),
            ("risk_index.mean_pd", 1, "risk_index.mean_pd", "OUT_OF_RANGE", "ENTER_WITHIN"),
            ("risk_index.indicators.0.median", 9, "risk_index.indicators.0", "NOT_RISING",
             "ORDER_VALUES"),
            ("risk_index.indicators.2.direction", 1, "risk_index.indicators.2", "NOT_RISING",
             "ORDER_VALUES"),
            ("wall_modern.0.best", "5.5", "wall_modern.0", "NOT_RISING", "ORDER_VALUES"),
            ("ohlson.price_index.2024", "6.75", "ohlson.price_index.2024", "OUT_OF_RANGE",
             "ENTER_WITHIN"),
            ("altman.x5_coefficient", None, "altman.x5_coefficient", "NOT_A_NUMBER",
             "ENTER_NUMBER"),
            ("bathory.variant", "gdp", "bathory.variant", "UNKNOWN_NAME", "CHOOSE_KNOWN"),
            ("characteristics.weight_set", "bold", "characteristics.weight_set", "UNKNOWN_NAME",
             "CHOOSE_KNOWN"),
            ("characteristics.weight_sets.sales.margin", 15,
             "characteristics.weight_sets.sales", "NOT_100", "ADD_UP_TO_100"),
            ("limit.rule", "generous", "limit.rule", "UNKNOWN_NAME", "CHOOSE_KNOWN"),
            ("limit.lgd", "1.5", "limit.lgd", "OUT_OF_RANGE", "ENTER_WITHIN"),
            ("pd.k", 0, "pd.k", "OUT_OF_RANGE", "ENTER_WITHIN"),
            ("colour", "blue", "colour", "UNKNOWN_NAME", "CHOOSE_KNOWN"),
        ],
    )  # fmt: skip
    def test_names_the_breach_and_the_way_out(
        self, path: str, value: Any, at: str, reason: str, way_out: str
    ) -> None:
        problems = validate_rating_policy(change(path, value))
        assert (at, reason, way_out) in {(p.path, p.reason, p.way_out) for p in problems}

    @given(
        st.dictionaries(
            st.sampled_from(SECTIONS),
            st.recursive(
                st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
                lambda inner: st.one_of(
                    st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner)
                ),
                max_leaves=5,
            ),
        )
    )
    @settings(max_examples=300, deadline=None)
    def test_whatever_the_body_holds_it_answers(self, body: dict[str, Any]) -> None:
        """Nothing that a form or a file may send breaks the check; without components it never passes."""
        assert validate_rating_policy(body)
