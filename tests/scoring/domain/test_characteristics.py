"""Characteristic analysis: weights, coverage, multipliers, and what follows from other results."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.models.characteristics import (
    GROUPS,
    INDICATORS,
    WEIGHT_SETS,
    CharacteristicResult,
    InvalidRating,
    UnknownWeightSet,
    derive_characteristics,
    from_sequence,
    get_multipliers,
    read_percentage,
    score_characteristics,
)
from scoring.domain.results import Status

D = Decimal
WORKED = (6, 7, 8, 7, 7, 7, 5, 6, 6, 7, 3, 5, 6, 7, 7, 8, 7, 6)
ratings = st.dictionaries(st.sampled_from(INDICATORS), st.one_of(st.none(), st.integers(0, 10)))
percentages = st.decimals(0, 100, places=3)


def rated(*names: str, rating: int = 7) -> CharacteristicResult:
    return score_characteristics(dict.fromkeys(names, rating))


class TestWeightSets:
    """Policy data with house defaults."""

    @pytest.mark.parametrize(
        ("name", "groups"),
        [("balanced", (30, 30, 40)), ("sales", (25, 50, 25)), ("prudent", (20, 15, 65))],
    )
    def test_groups_sum_as_published(self, name: str, groups: tuple[int, ...]) -> None:
        weights = WEIGHT_SETS[name]
        assert tuple(sum(weights[i] for i in names) for names in GROUPS.values()) == groups
        assert tuple(weights) == INDICATORS

    def test_own_set_takes_their_place(self) -> None:
        own = {"ours": dict.fromkeys(INDICATORS, D(1))}
        result = score_characteristics(from_sequence(WORKED), weight_set="ours", weight_sets=own)
        assert result.value == D(100) * sum(WORKED) / 180

    def test_unknown_set_is_refused(self) -> None:
        with pytest.raises(UnknownWeightSet) as caught:
            score_characteristics({}, weight_set="bold")
        assert (caught.value.field, caught.value.status) == ("weight_set", 422)


class TestScoreCharacteristics:
    """5.4 and 5.5."""

    @pytest.mark.parametrize(
        ("name", "percent", "step", "continuous"),
        [
            ("balanced", "63.7", "1581.75", "1532.49375"),
            ("sales", "61.6", "1554.00", "1430.5125"),
            ("prudent", "64.7", "1595.625", "1581.05625"),
        ],
    )
    def test_corrects_the_limit_of_the_worked_example(
        self, name: str, percent: str, step: str, continuous: str
    ) -> None:
        limit = D("1387.5")
        for method, expected in (("step", step), ("continuous", continuous)):
            result = score_characteristics(
                from_sequence(WORKED), weight_set=name, base_limit=limit, method=method
            )
            assert (result.value, result.band) == (D(percent), "tradable")
            assert result.corrected_limit == D(expected)

    def test_terms_add_up_to_the_percentage(self) -> None:
        result = score_characteristics(from_sequence(WORKED))
        assert len(result.terms) == 18
        assert abs(sum(t.contribution or 0 for t in result.terms) - D("63.7")) < D("1e-20")

    def test_unrated_trait_is_left_out_of_both_sums(self) -> None:
        unrated: list[int | None] = list(WORKED)
        for n in (5, 9, 13):
            unrated[n] = None
        result = score_characteristics(from_sequence(unrated))
        assert (result.weighted, result.max_possible, result.coverage) == (539, 860, D("0.86"))
        assert result.missing == ("prospects", "market_competitiveness", "bank_credit")

    def test_zero_is_a_rating_and_not_a_gap(self) -> None:
        unacceptable = score_characteristics({**from_sequence(WORKED), "guarantee": 0})
        unrated = score_characteristics({**from_sequence(WORKED), "guarantee": None})
        assert unacceptable.coverage == 1
        assert unrated.coverage == D("0.94")
        assert (unacceptable.value or 0) < (unrated.value or 0)

    def test_under_60_percent_of_the_weight_has_no_percentage(self) -> None:
        # Credit group 40 and bank-free priority traits: 40 + 8 + 4 + 4 = 56, then 62 with security.
        names = [*GROUPS["credit"], "margin", "product_requirement", "market_attraction"]
        result = rated(*names)
        assert (result.value, result.status, result.coverage) == (
            None, Status.MISSING_INPUT, D("0.56"),
        )  # fmt: skip
        assert result.corrected_limit is None
        assert [r.code for r in result.reasons] == ["COVERAGE_TOO_LOW_TRAITS"]
        assert rated(*names, "market_competitiveness").value == 65  # 60 exactly, capped from 70

    def test_under_80_percent_is_provisional_and_at_most_65(self) -> None:
        names = [*GROUPS["credit"], *GROUPS["priority"]]
        good, fair = rated(*names, rating=9), rated(*names, rating=5)
        assert (good.value, good.status, good.is_provisional) == (65, Status.OK_WITH_GUARD, True)
        assert (fair.value, fair.status, fair.is_provisional) == (50, Status.OK, True)
        full = rated(*names, "organisation", "prospects", rating=9)
        assert (full.value, full.coverage, full.is_provisional) == (90, D("0.80"), False)

    def test_veto_holds_the_multiplier_at_one(self) -> None:
        good = dict.fromkeys(INDICATORS, 9)
        result = score_characteristics(good, base_limit=D(100), is_capped=True)
        assert (result.multiplier, result.corrected_limit) == (1, 100)
        assert [r.code for r in result.reasons] == ["MULTIPLIER_CAPPED"]
        poor = score_characteristics(
            dict.fromkeys(INDICATORS, 3), base_limit=D(100), is_capped=True
        )
        assert (poor.multiplier, poor.reasons) == (D("0.18"), ())

    @pytest.mark.parametrize(
        ("trait", "rating"), [("luck", 5), ("margin", 11), ("margin", -1), ("margin", D("NaN"))]
    )
    def test_refuses_what_is_no_rating(self, trait: str, rating: Decimal) -> None:
        with pytest.raises(InvalidRating) as caught:
            score_characteristics({trait: rating})
        assert caught.value.field == trait

    @given(ratings, st.sampled_from(INDICATORS), st.sampled_from(tuple(WEIGHT_SETS)))
    def test_better_rating_never_lowers_percentage_or_limit(
        self, given_: dict[str, int | None], trait: str, weight_set: str
    ) -> None:
        now = given_.get(trait)
        if now is None or now == 10:
            return
        for method in ("step", "continuous"):
            before, after = (
                score_characteristics(one, weight_set=weight_set, base_limit=D(1000), method=method)
                for one in (given_, {**given_, trait: now + 1})
            )
            if before.value is None or after.value is None:
                continue
            assert after.value >= before.value
            assert (after.corrected_limit or 0) >= (before.corrected_limit or 0)

    @given(ratings)
    def test_value_lies_in_range_and_only_comes_with_its_status(
        self, given_: dict[str, int | None]
    ) -> None:
        result = score_characteristics(given_)
        assert (result.value is not None) is result.status.has_value
        assert result.value is None or 0 <= result.value <= 100


class TestGetMultipliers:
    """5.5: the table and its continuous form."""

    @given(percentages, st.decimals("0.001", 10, places=3))
    def test_never_falls(self, percent: Decimal, more: Decimal) -> None:
        higher = min(D(100), percent + more)
        assert all(
            b >= a for a, b in zip(get_multipliers(percent), get_multipliers(higher), strict=True)
        )

    @pytest.mark.parametrize(
        ("percent", "reading"),
        [
            ("20.49", "unacceptable"), ("20.5", "doubtful"), ("45.49", "doubtful"),
            ("45.5", "tradable"), ("65.49", "tradable"), ("65.5", "attractive"),
        ],
    )  # fmt: skip
    def test_reading_goes_by_the_rounded_percentage(self, percent: str, reading: str) -> None:
        assert read_percentage(D(percent)) == reading


class TestDeriveCharacteristics:
    """5.2: traits that follow from other results."""

    @pytest.mark.parametrize(
        ("score", "rating"),
        [(95, 10), (90, 10), (80, 8), (70, 6), (60, 4), (50, 2), (40, 0), (12, 0)],
    )
    def test_payment_record(self, score: int, rating: int) -> None:
        assert derive_characteristics(payment_score=D(score)) == {"payment_record": rating}

    @pytest.mark.parametrize(
        ("times", "rating"),
        [("20", 10), ("19.99", 8), ("8", 8), ("3", 6), ("1", 3), ("0.99", 0), ("-2", 0)],
    )
    def test_total_capital(self, times: str, rating: int) -> None:
        traits = derive_characteristics(tangible_net_worth=D(times) * 500, requested_limit=D(500))
        assert traits == {"total_capital": rating}

    def test_no_limit_asked_rates_no_capital(self) -> None:
        for limit in (None, D(0)):
            assert derive_characteristics(tangible_net_worth=D(9), requested_limit=limit) == {}

    def test_subscores_and_security(self) -> None:
        traits = derive_characteristics(
            subscores={"wall": D(70), "cri": D(69), "z": D(59), "bathory": D(74)},
            security_step=2,
        )
        assert traits == {
            "profitability": 7, "balance_sheet": D("6.9"), "solvency": D("5.9"), "guarantee": 4,
        }  # fmt: skip

    def test_nothing_known_rates_nothing(self) -> None:
        assert derive_characteristics(subscores={"wall": None}) == {}
