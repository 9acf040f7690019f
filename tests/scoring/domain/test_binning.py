"""Bins of a variable and their weights: the limits of 11.6 hold on whatever is given."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import InvalidInput
from scoring.domain.statistics.binning import MISSING, BinningPolicy, fit_bins
from scoring.domain.statistics.logistic import expit
from scoring.domain.statistics.woe import Cell, compute_woe


def make(seed: int, rows: int = 2000, missing: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.normal(1.5, 0.6, rows)
    y = (random.random(rows) < expit(-1.2 - 1.5 * (x - 1))).astype(float)
    x[random.random(rows) < missing] = np.nan
    return x, y


class TestComputeWoe:
    def test_an_empty_cell_is_corrected_by_a_half(self) -> None:
        table = compute_woe([Cell("a", 10, 0), Cell("b", 30, 20)])
        assert [one.is_corrected for one in table.bins] == [True, False]
        assert table.bins[0].woe == pytest.approx(np.log((10.5 / 40.5) / (0.5 / 20.5)))
        assert table.bins[0].bad_rate == 0

    def test_a_bin_without_rows_says_nothing(self) -> None:
        table = compute_woe([Cell("a", 0, 0), Cell("b", 30, 20), Cell("c", 10, 20)])
        assert (table.bins[0].woe, table.bins[0].iv_part) == (0, 0)

    def test_iv_is_never_negative_and_swaps_with_the_classes(self) -> None:
        cells = [Cell("a", 10, 5), Cell("b", 30, 20), Cell("c", 3, 20)]
        swapped = [Cell(c.label, c.bad, c.good) for c in cells]
        assert compute_woe(cells).iv == pytest.approx(compute_woe(swapped).iv)
        assert all(one.iv_part >= 0 for one in compute_woe(cells).bins)

    @pytest.mark.parametrize(
        "cells", [[], [Cell("a", 5, 0)], [Cell("a", 0, 5)], [Cell("a", -1, 5), Cell("b", 5, 5)],
                  [Cell("a", float("nan"), 5), Cell("b", 5, 5)]],
    )  # fmt: skip
    def test_refuses_one_class_and_negative_counts(self, cells: list[Cell]) -> None:
        with pytest.raises(InvalidInput):
            compute_woe(cells)


class TestFitBins:
    @pytest.mark.parametrize("seed", range(6))
    def test_bins_keep_the_limits(self, seed: int) -> None:
        x, y = make(seed)
        found = fit_bins(x, y)
        bins = found.table.bins
        assert 3 <= len(bins) <= 7
        assert not found.is_too_coarse
        assert sum(b.good + b.bad for b in bins) == 2000
        assert all(b.good + b.bad >= 100 and b.bad >= 5 for b in bins)
        assert all(a.woe < b.woe for a, b in pairwise(bins))
        assert list(found.edges) == sorted(found.edges)

    def test_a_value_on_an_edge_is_in_the_upper_bin(self) -> None:
        found = fit_bins(*make(1))
        assert found.find_bin(found.edges[0]) == 1
        assert found.find_bin(np.nextafter(found.edges[0], -1)) == 0
        assert found.get_woe(99) == found.table.bins[-1].woe
        assert found.table.bins[0].label == f"<{found.edges[0]:.6g}"

    def test_counts_are_those_of_the_bins(self) -> None:
        x, y = make(2)
        found = fit_bins(x, y)
        for position, one in enumerate(found.table.bins):
            inside = np.array([found.find_bin(v) == position for v in x])
            assert (one.good, one.bad) == ((1 - y)[inside].sum(), y[inside].sum())

    def test_many_missing_values_are_a_bin_of_their_own(self) -> None:
        x, y = make(3, missing=0.08)
        found = fit_bins(x, y)
        assert found.table.bins[-1].label == MISSING
        assert found.missing_bin == len(found.edges) + 1
        assert found.get_woe(None) == found.table.bins[-1].woe
        assert found.get_woe(float("nan")) == found.get_woe(None)

    def test_few_missing_values_join_the_nearest_bin(self) -> None:
        x, y = make(4)
        x[np.flatnonzero(y == 1)[:3]] = np.nan
        found = fit_bins(x, y)
        rates = [one.bad_rate for one in found.table.bins]
        assert found.missing_bin == rates.index(max(rates))
        assert len(found.table.bins) == len(found.edges) + 1

    def test_telling_missing_values_need_a_cause(self) -> None:
        x, y = make(5)
        x[np.flatnonzero(y == 1)[:120]] = np.nan
        x[np.flatnonzero(y == 0)[:15]] = np.nan
        found = fit_bins(x, y)
        assert found.needs_cause
        assert found.get_woe(None) == 0
        assert found.get_woe(None, is_cause_known=True) < 0

    def test_missing_values_never_seen_say_nothing(self) -> None:
        assert fit_bins(*make(6)).get_woe(None) == 0

    def test_a_u_shape_is_kept_when_it_is_documented(self) -> None:
        random = np.random.default_rng(7)
        x = random.uniform(-1, 1, 6000)
        y = (random.random(6000) < 0.05 + 0.4 * x**2).astype(float)
        wanted = fit_bins(x, y, policy=BinningPolicy(is_monotone=False))
        forced = fit_bins(x, y)
        assert wanted.table.iv > 2 * forced.table.iv

    def test_a_constant_is_one_bin_without_information(self) -> None:
        found = fit_bins([1.0] * 40, [0.0, 1.0] * 20)
        assert found.edges == ()
        assert found.is_too_coarse
        assert found.table.iv == pytest.approx(0)
        assert found.table.bins[0].label == "all"

    @pytest.mark.parametrize(
        ("x", "y"), [([1.0], [0, 1]), ([], []), ([np.nan, np.nan], [0, 1]), ([1.0, 2.0], [0, 0])]
    )
    def test_refuses_what_has_no_bins(self, x: list, y: list) -> None:
        with pytest.raises(InvalidInput):
            fit_bins(x, y)

    @given(
        st.lists(
            st.tuples(st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6)), st.booleans()),
            min_size=2,
            max_size=120,
        )
    )
    @settings(max_examples=120, deadline=None)
    def test_any_sample_with_both_classes_gives_monotone_bins(self, rows: list) -> None:
        x, y = [v for v, _ in rows], [float(bad) for _, bad in rows]
        if len(set(y)) < 2 or all(v != v for v in x):
            return
        found = fit_bins(x, y)
        assert sum(b.good + b.bad for b in found.table.bins) == len(rows)
        assert len(found.edges) < 7
        for v in x:
            assert found.find_bin(v) is not None
