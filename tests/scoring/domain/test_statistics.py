"""Statistics of scores, held against scikit-learn on random data, and their edges."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

from common.errors import InvalidInput
from scoring.domain.payment.payment_date import (
    FIRST_BUCKET,
    apply_effects,
    estimate_hazards,
    find_bucket,
    forecast_payment,
    list_middles,
)
from scoring.domain.statistics import discrimination as d
from scoring.domain.statistics.calibration import (
    check_acceptance,
    fit_platt,
    recalibrate,
    shift_prior,
    wilson_interval,
)
from scoring.domain.statistics.logistic import expit, fit_logistic, logit
from scoring.domain.statistics.scaling import compute_points, list_reasons, scale_pdo
from scoring.domain.statistics.stability import compare_scores, compute_csi, compute_psi


def sample(seed: int, rows: int = 400, steps: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities that have something to do with each other; `steps` makes ties."""
    random = np.random.default_rng(seed)
    p = random.beta(2, 5, rows)
    if steps:
        p = np.round(p * steps) / steps
    y = (random.random(rows) < p * 0.8 + 0.05).astype(float)
    return y, p


class TestMeasure:
    @pytest.mark.parametrize("seed", range(8))
    @pytest.mark.parametrize("steps", [0, 12])
    def test_agrees_with_scikit_learn(self, seed: int, steps: int) -> None:
        y, p = sample(seed, steps=steps)
        found = d.measure(y, p)
        false, true, _cuts = roc_curve(y, p, drop_intermediate=False)
        clipped = np.clip(p, 1e-6, 1 - 1e-6)
        assert found.auc == pytest.approx(roc_auc_score(y, p), abs=1e-12)
        assert found.ks == pytest.approx(np.abs(true - false).max(), abs=1e-12)
        assert found.brier == pytest.approx(brier_score_loss(y, p), abs=1e-12)
        assert found.log_loss == pytest.approx(log_loss(y, clipped), abs=1e-12)

    @pytest.mark.parametrize("seed", range(4))
    def test_the_calibration_line_is_the_logistic_fit(self, seed: int) -> None:
        y, p = sample(seed)
        line = d.fit_calibration(y, p)
        assert line is not None
        other = LogisticRegression(C=1e12, solver="newton-cholesky", tol=1e-12, max_iter=200)
        other.fit(logit(p)[:, None], y)
        assert line.slope == pytest.approx(other.coef_[0, 0], abs=1e-5)
        assert line.intercept == pytest.approx(other.intercept_[0], abs=1e-5)
        assert expit(logit(p) + line.in_the_large).mean() == pytest.approx(y.mean(), abs=1e-9)

    def test_one_class_has_no_rank_and_no_line(self) -> None:
        found = d.measure([0, 0, 0], [0.1, 0.2, 0.3])
        assert (found.auc, found.gini, found.ks, found.brier_skill) == (None, None, None, None)
        assert found.calibration is None
        assert found.brier == pytest.approx(0.14 / 3)

    def test_separated_classes_have_no_line_but_a_rank(self) -> None:
        found = d.measure([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
        assert found.auc == 1
        assert found.calibration is None

    def test_equal_chances_have_no_line(self) -> None:
        assert d.fit_calibration([0, 1, 0, 1], [0.3] * 4) is None
        assert d.compute_auc([0, 1, 0, 1], [0.3] * 4) == 0.5

    @pytest.mark.parametrize(
        ("y", "p"),
        [([], []), ([0, 2], [0.1, 0.2]), ([0, 1], [0.1]), ([0, 1], [0.1, 1.2]),
         ([0, 1], [0.1, float("nan")]), ([[0, 1]], [[0.1, 0.2]])],
    )  # fmt: skip
    def test_refuses_what_is_no_sample(self, y: list, p: list) -> None:
        with pytest.raises(InvalidInput):
            d.measure(y, p)

    @given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=60))
    @settings(max_examples=150, deadline=None)
    def test_never_fails_on_any_sample(self, rows: list[tuple[bool, float]]) -> None:
        y, p = [float(bad) for bad, _ in rows], [chance for _, chance in rows]
        found = d.measure(y, p)
        if len(set(y)) == 2:
            assert found.auc is not None
            assert found.auc == pytest.approx(roc_auc_score(y, p), abs=1e-9)
            assert found.auc + (d.compute_auc(y, [-x for x in p]) or 0) == pytest.approx(1)


class TestBootstrap:
    def test_is_repeatable_and_holds_the_value(self) -> None:
        y, p = sample(3)
        one, other = (d.bootstrap_auc(y, p, samples=200, seed=5) for _ in range(2))
        assert one == other
        assert one is not None
        assert one.low < one.value < one.high
        assert one.value == d.compute_auc(y, p)

    def test_whole_groups_are_drawn(self) -> None:
        y, p = sample(4)
        alone = d.bootstrap_auc(y, p, samples=300)
        copies = d.bootstrap_auc(
            np.tile(y, 4), np.tile(p, 4), samples=300, groups=[*range(y.size)] * 4
        )
        assert alone is not None
        assert copies is not None
        # Four copies of a row are one piece of evidence: the bounds do not get narrower.
        assert copies.high - copies.low == pytest.approx(alone.high - alone.low, rel=0.15)

    def test_a_model_beats_noise_but_not_itself(self) -> None:
        y, p = sample(5, rows=3000)
        noise = np.random.default_rng(9).random(y.size)
        better = d.compare_auc(y, p, noise, samples=200)
        same = d.compare_auc(y, p, p, samples=50)
        assert better is not None
        assert better.low > 0
        assert same == d.Interval(0.0, 0.0, 0.0)

    def test_one_class_has_no_bounds(self) -> None:
        assert d.bootstrap_auc([1, 1], [0.1, 0.2], samples=10) is None


class TestFitLogistic:
    def test_recovers_what_made_the_data(self) -> None:
        random = np.random.default_rng(1)
        x = random.normal(size=(20000, 2))
        y = (random.random(20000) < expit(-1 + x @ np.array([0.8, -0.5]))).astype(float)
        beta = fit_logistic(np.column_stack([np.ones(20000), x]), y)
        assert beta is not None
        assert beta == pytest.approx([-1, 0.8, -0.5], abs=0.06)

    def test_the_same_column_twice_has_no_fit(self) -> None:
        y, p = sample(2)
        assert fit_logistic(np.column_stack([p, p]), y) is None


class TestScaling:
    def test_doubling_the_odds_earns_pdo_points(self) -> None:
        scale = scale_pdo(600, 50, 20)
        assert scale.get_score(np.log(100)) - scale.get_score(np.log(50)) == pytest.approx(20)
        assert scale.get_pd(600) == pytest.approx(1 / 51)

    @pytest.mark.parametrize(("odds", "pdo"), [(0, 20), (-1, 20), (50, 0), (50, float("nan"))])
    def test_refuses_no_scale(self, odds: float, pdo: float) -> None:
        with pytest.raises(InvalidInput):
            scale_pdo(600, odds, pdo)

    def test_points_add_up_to_the_log_odds(self) -> None:
        scale = scale_pdo(600, 50, 20)
        found = compute_points(-2.5, [0.9, 0.4], [0.3, -1.2], scale)
        log_odds = 2.5 + 0.9 * 0.3 - 0.4 * 1.2
        assert found.score == pytest.approx(scale.get_score(log_odds))
        assert found.pd == pytest.approx(float(expit([-log_odds])[0]))

    def test_at_most_four_reasons_the_dearest_first(self) -> None:
        points = {"a": 1.0, "b": 5.0, "c": 2.0, "d": 3.0, "e": 4.0, "f": 30.0, "g": 10.0}
        found = list_reasons(points, 10.0)
        assert found.adverse == ("a", "c", "d", "e")
        assert found.favourable == ("f",)

    def test_needs_a_variable(self) -> None:
        with pytest.raises(InvalidInput):
            compute_points(0, [], [], scale_pdo(600, 50, 20))


class TestStability:
    def test_the_same_distribution_is_stable(self) -> None:
        assert compute_psi([3, 4, 5], [6, 8, 10]).value == 0

    def test_an_empty_band_counts_as_a_ten_thousandth(self) -> None:
        found = compute_psi([0.5, 0.5, 0], [0.5, 0.4, 0.1])
        expected = (0.4 - 0.5) * np.log(0.8) + (0.1 - 0.0001) * np.log(0.1 / 0.0001)
        assert found.value == pytest.approx(expected)
        assert found.band == "shift"

    def test_scores_are_compared_over_quantiles(self) -> None:
        random = np.random.default_rng(6)
        before = random.normal(600, 40, 5000)
        assert compare_scores(before, random.normal(600, 40, 5000)).band == "stable"
        assert compare_scores(before, random.normal(640, 40, 5000)).band == "shift"

    def test_a_shift_of_five_points_asks_for_a_review(self) -> None:
        assert compute_csi([0.5, 0.5], [0.4, 0.6], [100, 160]).needs_review
        assert not compute_csi([0.5, 0.5], [0.4, 0.6], [100, 150]).needs_review

    @pytest.mark.parametrize(
        ("expected", "actual"), [([], []), ([1, 2], [1]), ([0, 0], [1, 1]), ([1, -1], [1, 1])]
    )
    def test_refuses_what_is_no_distribution(self, expected: list, actual: list) -> None:
        with pytest.raises(InvalidInput):
            compute_psi(expected, actual)


class TestPaymentDate:
    def test_probabilities_add_up_to_one_whatever_the_last_hazard(self) -> None:
        found = forecast_payment([0.2, 0.3, 0.0], [3.5, 10.5, 17.5])
        assert sum(found.probability) == pytest.approx(1)
        assert found.probability[-1] == pytest.approx(0.56)
        assert found.median_middle == 17.5

    def test_the_chance_to_be_late_falls_evenly_inside_a_bucket(self) -> None:
        found = forecast_payment([0.5, 0.5, 1], [3.5, 10.5, 17.5])
        assert found.get_chance_later_than(-30) == pytest.approx(1)
        assert found.get_chance_later_than(7) == pytest.approx(0.5)
        assert found.get_chance_later_than(10.5) == pytest.approx(0.375)
        assert found.get_chance_later_than(365) == pytest.approx(0.25)

    def test_the_expected_date_is_the_nearest_day(self) -> None:
        found = forecast_payment([1], [10.5])
        assert found.get_expected_date(date(2026, 3, 1)) == date(2026, 3, 12)

    def test_a_higher_effect_pays_sooner(self) -> None:
        base = [-3.0] * len(list_middles())
        slow, fast = (forecast_payment(apply_effects(base, x)) for x in (0.0, 1.0))
        assert fast.expected_days < slow.expected_days

    def test_hazards_are_those_of_the_life_table(self) -> None:
        days = [-2, 3, 3, 10, 10, 40]
        found = estimate_hazards(days, [True, True, True, True, False, False])
        at = {d: found[find_bucket(d) - FIRST_BUCKET] for d in (-2, 3, 10, 17)}
        assert at == pytest.approx({-2: 1 / 6, 3: 2 / 5, 10: 1 / 2, 17: 0})
        assert found[-1] == 1

    @pytest.mark.parametrize(
        ("hazards", "middles"), [([], []), ([0.1], [1, 2]), ([1.1], [1]), ([0.1, 0.2], [5, 5])]
    )
    def test_refuses_what_is_no_hazard(self, hazards: list, middles: list) -> None:
        with pytest.raises(InvalidInput):
            forecast_payment(hazards, middles)

    @given(st.lists(st.floats(0, 1), min_size=31, max_size=31))
    @settings(max_examples=100, deadline=None)
    def test_any_hazards_give_a_forecast(self, hazards: list[float]) -> None:
        found = forecast_payment(hazards)
        assert sum(found.probability) == pytest.approx(1)
        assert found.middles[0] <= found.expected_days <= found.middles[-1]
        assert found.median_middle in found.middles


class TestCalibration:
    def test_a_shift_there_and_back_changes_nothing(self) -> None:
        there = shift_prior([0.05, 0.5], 0.07, 0.02).probabilities
        assert shift_prior(there, 0.02, 0.07).probabilities == pytest.approx((0.05, 0.5))

    @pytest.mark.parametrize("rates", [(0, 0.02), (0.07, 1), (float("nan"), 0.1)])
    def test_refuses_rates_of_nothing_and_everything(self, rates: tuple[float, float]) -> None:
        with pytest.raises(InvalidInput):
            shift_prior([0.1], *rates)

    def test_platt_puts_a_stretched_model_right(self) -> None:
        random = np.random.default_rng(8)
        true = random.beta(2, 8, 8000)
        y = (random.random(8000) < true).astype(float)
        wrong = expit(1.0 + 0.5 * logit(true))
        line = fit_platt(wrong, y)
        assert line is not None
        assert line.is_reliable
        assert (line.intercept, line.slope) == pytest.approx((-2, 2), abs=0.15)
        assert not check_acceptance(y, wrong).is_accepted
        assert check_acceptance(y, recalibrate(wrong, line.intercept, line.slope)).is_accepted

    def test_few_events_make_the_line_shaky(self) -> None:
        y, p = sample(1, rows=60)
        line = fit_platt(p, y)
        assert line is not None
        assert not line.is_reliable

    def test_no_line_for_one_class(self) -> None:
        assert fit_platt([0.1, 0.2], [0, 0]) is None

    def test_wilson_and_the_grades(self) -> None:
        assert wilson_interval(0, 0) == (0, 1)
        low, high = wilson_interval(0, 50)
        assert low == 0
        assert high == pytest.approx(0.07135, abs=1e-4)
        y, p = sample(2)
        failed = check_acceptance(y, p, grades={"A": (0, 50, 0.05), "B": (0, 50, 0.2)}).failed
        assert "GRADE_B" in failed
        assert "GRADE_A" not in failed
