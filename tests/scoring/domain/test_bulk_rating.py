"""A portfolio rated at once: every step gives what its scalar rule gives."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.domain import bulk_rating, limits, periods
from scoring.domain.altman import Z_DOUBLE_PRIME, score_ratios
from scoring.domain.financial import FinancialPolicy, compute_financial, map_subscores
from scoring.domain.items import DERIVED_ITEMS
from scoring.domain.statements import Statement
from scoring.domain.working_assets import compute_working_assets

POLICY = FinancialPolicy(weights={"z": Decimal(100)})
amounts = st.one_of(
    st.none(),
    st.sampled_from([Decimal(0), Decimal(100)]),
    st.decimals(-10_000, 100_000, places=2, allow_nan=False),
)


def same(bulk: float, scalar: Decimal | None) -> bool:
    if scalar is None:
        return bool(np.isnan(bulk))
    return abs(bulk - float(scalar)) <= 1e-9 * max(1.0, abs(float(scalar)))


class TestCountMonths:
    """``count_months`` against ``periods.count_whole_months``."""

    @given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.integers(0, 4000))
    @settings(max_examples=300, deadline=None)
    def test_equals_the_scalar_rule(self, start: date, days: int) -> None:
        as_of = start + timedelta(days=days)
        (bulk,) = bulk_rating.count_months(pd.Series([start]), as_of=as_of)
        assert bulk == periods.count_whole_months(start, as_of)

    def test_an_unknown_day_has_no_age(self) -> None:
        assert np.isnan(bulk_rating.count_months([None], as_of=date(2025, 6, 30))[0])


class TestScoreFinancial:
    """``score_financial`` against ``compute_financial``."""

    @given(
        st.lists(
            st.tuples(
                st.one_of(st.none(), st.decimals(-8, 12, places=3)),
                st.sampled_from(["1", "0.95", "0.8", "0.75", "0.6", "0.48", "0.4", "0"]),
                st.integers(0, 24),
            ),
            min_size=1,
            max_size=20,
        )
    )
    @settings(max_examples=150, deadline=None)
    def test_equals_the_scalar_rule(self, cases: list[tuple[Any, str, int]]) -> None:
        z = pd.DataFrame({"value": [np.nan if v is None else float(v) for v, _, _ in cases]})
        trust, age = [float(t) for _, t, _ in cases], [float(a) for _, _, a in cases]
        _, bulk, status = bulk_rating.score_financial(z, np.array(trust), np.array(age), POLICY)
        for (value, reliability, months), found, word in zip(cases, bulk, status, strict=True):
            result = None
            if value is not None:
                zeros = dict.fromkeys(("x2", "x3", "x4"), Decimal(0))
                result = score_ratios(Z_DOUBLE_PRIME, {"x1": value / Decimal("6.56"), **zeros})
            book = compute_financial(
                map_subscores(z=result),
                reliability=Decimal(reliability),
                age_months=months,
                policy=POLICY,
            )
            assert same(found, book.value)
            assert (word in ("ok",)) is book.status.has_value

    def test_too_little_weight_gives_no_component(self) -> None:
        z = pd.DataFrame({"value": [3.0]})
        policy = FinancialPolicy(weights={"z": Decimal(30), "cri": Decimal(70)})
        _, bulk, _ = bulk_rating.score_financial(z, np.array([1.0]), np.array([0.0]), policy)
        assert np.isnan(bulk[0])


class TestWorkingAssets:
    """``evaluate_working_assets`` against ``compute_working_assets``."""

    @given(
        st.lists(
            st.tuples(
                st.fixed_dictionaries(dict.fromkeys(bulk_rating.RATED_ITEMS, amounts)),
                st.booleans(),
                st.booleans(),
                st.sampled_from(["1", "0.6", "0.4"]),
                st.sampled_from([6, 19]),
            ),
            min_size=1,
            max_size=12,
        )
    )
    @settings(max_examples=200, deadline=None)
    def test_equals_the_scalar_rule(self, cases: list[Any]) -> None:
        rows, book = [], []
        for items, condensed, complete, trust, age in cases:
            stated = {
                name: value
                for name, value in items.items()
                if value is not None and (condensed or name not in DERIVED_ITEMS)
            }
            rows.append(
                dict.fromkeys(bulk_rating.RATED_ITEMS, np.nan)
                | {name: float(value) for name, value in stated.items()}
                | {
                    "is_condensed": condensed,
                    "is_complete": complete,
                    "reliability": float(trust),
                    "statement_age": float(age),
                }
            )
            figures = Statement(stated, is_condensed=condensed, is_complete=complete)
            book.append(compute_working_assets(figures, reliability=Decimal(trust), age_months=age))
        bulk = bulk_rating.evaluate_working_assets(pd.DataFrame(rows))
        for row, scalar in zip(bulk.itertuples(), book, strict=True):
            assert same(row.value, scalar.value)
            assert same(row.limit, scalar.limit)


class TestRoundLimits:
    """``round_limits`` against ``limits.round_limit``."""

    @given(st.lists(st.decimals(0, 100_000_000, places=2), min_size=1, max_size=20))
    @settings(max_examples=200, deadline=None)
    def test_equals_the_scalar_rule(self, amounts: list[Decimal]) -> None:
        bulk = bulk_rating.round_limits(np.array([float(amount) for amount in amounts]))
        for found, amount in zip(bulk, amounts, strict=True):
            assert found == float(limits.round_limit(amount, unit=Decimal(10_000)))

    def test_a_step_that_is_just_reached_is_kept(self) -> None:
        """0.8 × 625,000 is 500,000, whatever binary fractions say."""
        assert bulk_rating.round_limits(np.array([0.8 * 625_000, 999_999.99])).tolist() == [
            500_000.0,
            950_000.0,
        ]
