"""The bulk twins give what the scalar rules give: same value to 1e-9, same status, band and grade."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.domain import five_c, vectorised
from scoring.domain.altman import Z_DOUBLE_PRIME, compute_altman
from scoring.domain.composite import Components, RatingFacts, rate
from scoring.domain.grades import LADDER, get_terms, grade_score
from scoring.domain.items import DERIVED_ITEMS
from scoring.domain.overrides import BY_FLAG
from scoring.domain.periods import annualise
from scoring.domain.profile import Profile
from scoring.domain.statements import Statement

AS_OF = date(2025, 6, 30)

amounts = st.one_of(
    st.none(),
    st.sampled_from([Decimal(0), Decimal(100)]),
    st.decimals(-10_000, 100_000, places=2, allow_nan=False),
)
scores = st.one_of(
    st.none(),
    st.integers(0, 100).map(Decimal),
    st.decimals(0, 100, places=4, allow_nan=False),
)
steps = st.one_of(st.none(), st.just("NA"), st.integers(1, 5), st.integers(1, 5), st.integers(3, 5))


def same(bulk: float, scalar: Decimal | None) -> bool:
    """Tell whether a figure of the bulk result is the scalar one."""
    if scalar is None:
        return bool(np.isnan(bulk))
    return abs(bulk - float(scalar)) <= 1e-9 * max(1.0, abs(float(scalar)))


statements = st.fixed_dictionaries(
    {
        "items": st.fixed_dictionaries(dict.fromkeys(vectorised.ITEM_COLUMNS, amounts)),
        "is_condensed": st.booleans(),
        "is_complete": st.booleans(),
        "months": st.sampled_from([12, 12, 12, 12, 3, 6, 9, 15]),
        "is_scope_excluded": st.sampled_from([False, False, False, True]),
    }
)
healthy = st.fixed_dictionaries(
    {
        "items": st.fixed_dictionaries(
            {
                name: st.decimals(1, 100_000, places=2)
                for name in vectorised.ITEM_COLUMNS
                if name not in DERIVED_ITEMS
            }
        ),
        "is_condensed": st.booleans(),
        "is_complete": st.booleans(),
        "months": st.sampled_from([12, 9]),
        "is_scope_excluded": st.just(False),
    }
)


class TestAltman:
    """``vectorised.altman_z_double_prime`` against ``compute_altman``."""

    @given(st.lists(st.one_of(statements, healthy), min_size=1, max_size=12))
    @settings(max_examples=150, deadline=None)
    def test_equals_the_scalar_rule(self, cases: list[dict[str, Any]]) -> None:
        """Value, status and band are the same for every row."""
        rows, expected = [], []
        for case in cases:
            stated = {
                name: value
                for name, value in case["items"].items()
                if value is not None and (case["is_condensed"] or name not in DERIVED_ITEMS)
            }
            flags = {key: value for key, value in case.items() if key != "items"}
            rows.append({**{n: float(v) for n, v in stated.items()}, **flags})
            statement = Statement(
                stated,
                months=case["months"],
                is_condensed=case["is_condensed"],
                is_complete=case["is_complete"],
            )
            profile = Profile(sector="bank" if case["is_scope_excluded"] else "")
            expected.append(compute_altman(Z_DOUBLE_PRIME, annualise(statement), profile=profile))
        result = vectorised.altman_z_double_prime(pd.DataFrame(rows))
        for row, scalar in zip(result.itertuples(), expected, strict=True):
            assert row.status == scalar.status.value
            assert same(row.value, scalar.value)
            assert row.band == scalar.band

    def test_reproduces_the_worked_example(self) -> None:
        """Huaxin 2024 scores 3.9136, safe."""
        frame = pd.DataFrame(
            {
                "total_current_assets": [8800],
                "total_current_liabilities": [5450],
                "retained_earnings": [2930],
                "ebit": [1690],
                "total_assets": [15200],
                "total_liabilities": [7450],
                "total_equity": [7750],
                "is_condensed": [True],
            },
            index=["C1"],
        )
        result = vectorised.altman_z_double_prime(frame)
        assert result.loc["C1", "value"] == pytest.approx(3.9136, abs=5e-5)
        assert (result.loc["C1", "band"], result.loc["C1", "status"]) == ("safe", "ok")


class TestFiveC:
    """``vectorised.score_five_c`` against ``five_c.score_five_c``."""

    @given(
        st.lists(
            st.tuples(
                st.lists(steps, min_size=25, max_size=25),
                st.lists(st.booleans(), min_size=25, max_size=25),
            ),
            min_size=1,
            max_size=12,
        )
    )
    @settings(max_examples=150, deadline=None)
    def test_equals_the_scalar_rule(self, cases: list[tuple[list[Any], list[bool]]]) -> None:
        """Value, status, band, coverage and veto are the same for every row."""
        names = [indicator for part in five_c.PARTS.values() for indicator in part]
        frame = pd.DataFrame(
            [[0 if s == "NA" else s for s in given_steps] for given_steps, _ in cases],
            columns=names,
            dtype=float,
        )
        lacking = pd.DataFrame([flags for _, flags in cases], columns=names)
        result = vectorised.score_five_c(frame, unsupported=lacking)
        for row, (given_steps, flags) in zip(result.itertuples(), cases, strict=True):
            answers = {part: given_steps[5 * n : 5 * n + 5] for n, part in enumerate(five_c.PARTS)}
            unsupported = [name for name, flag in zip(names, flags, strict=True) if flag]
            scalar = five_c.score_five_c(answers, unsupported=unsupported)
            assert (row.status, row.band) == (scalar.status.value, scalar.band)
            assert same(row.value, scalar.value)
            assert same(row.coverage, scalar.coverage)
            assert row.has_veto == scalar.has_veto


class TestRate:
    """``vectorised.rate`` against ``composite.rate``."""

    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "financial": scores,
                    "behaviour": scores,
                    "qualitative": scores,
                    "external": scores,
                    "has_item_over_90_days": st.booleans(),
                    "has_five_c_veto": st.sampled_from([False, False, True]),
                    "has_adverse_opinion": st.sampled_from([False, False, True]),
                    "age_months": st.one_of(st.none(), st.integers(0, 40)),
                    "net_worth": amounts,
                    "reliability": st.sampled_from([None, Decimal("0.6"), Decimal("0.75")]),
                    "is_shell": st.sampled_from([False, False, True]),
                    "flags": st.one_of(
                        st.just(frozenset()),
                        st.frozensets(st.sampled_from(sorted(BY_FLAG)), max_size=3),
                    ),
                }
            ),
            min_size=1,
            max_size=12,
        )
    )
    @settings(max_examples=150, deadline=None)
    def test_equals_the_scalar_rule(self, cases: list[dict[str, Any]]) -> None:
        """Score, grade, binding rule, PD and measures are the same for every row."""
        frame = pd.DataFrame(cases)
        result = vectorised.rate(frame)
        for row, case in zip(result.itertuples(), cases, strict=True):
            names = ("financial", "behaviour", "qualitative", "external")
            facts = RatingFacts(**{k: v for k, v in case.items() if k not in names})
            scalar = rate(Components(**{n: case[n] for n in names}), facts, as_of=AS_OF)
            assert same(row.score, scalar.score)
            assert row.grade == scalar.grade
            assert row.grade_before_caps == scalar.grade_before_caps
            assert row.risk_class == scalar.risk_class
            assert row.binding == scalar.binding
            assert row.status == scalar.status.value
            assert row.is_trading_blocked == scalar.is_trading_blocked
            assert row.is_limit_zero == scalar.is_limit_zero
            assert same(row.pd_12m, scalar.pd_12m)
            factor = get_terms(scalar.grade).limit_factor if scalar.grade else None
            assert same(row.limit_factor, factor)

    def test_works_without_optional_columns(self) -> None:
        """Components alone are enough."""
        result = vectorised.rate(pd.DataFrame({"financial": [70.0], "behaviour": [70.0]}))
        assert list(result["grade"]) == ["A-"]

    @given(st.decimals(0, 100, places=6))
    def test_ranks_every_score_alike(self, score: Decimal) -> None:
        """A score reads as the same grade in bulk."""
        assert LADDER[vectorised.rank_scores(np.array([float(score)]))[0]] == grade_score(score)
