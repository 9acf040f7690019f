"""Altman, working assets and 5C: guards, routes and the traps the specification names."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.models import altman
from scoring.domain.models.five_c import (
    PARTS,
    InvalidAnswer,
    get_step_gain,
    score_five_c,
)
from scoring.domain.models.five_c_scale import INDICATORS
from scoring.domain.models.working_assets import compute_working_assets, look_up_percentage
from scoring.domain.profile import Profile
from scoring.domain.rating.financial import compute_financial
from scoring.domain.rating.way_out import list_changes
from scoring.domain.results import Status
from scoring.domain.statements.statements import Statement

D = Decimal


def condensed(**changes: object) -> Statement:
    """Huaxin 2024 in a few lines, with changes; ``None`` leaves a line out."""
    figures: dict[str, object] = {
        "total_current_assets": 8800,
        "inventories": 2630,
        "total_current_liabilities": 5450,
        "total_assets": 15200,
        "total_liabilities": 7450,
        "total_equity": 7750,
        "retained_earnings": 2930,
        "ebit": 1690,
        "revenue": 21500,
        **changes,
    }
    items = {name: D(str(v)) for name, v in figures.items() if v is not None}
    return Statement(items, is_condensed=True)


class TestRouteAltman:
    """A-5, A-7, E9."""

    @pytest.mark.parametrize(
        ("profile", "code"),
        [
            (Profile(is_listed=True, industry="C34"), altman.Z_1968),
            (Profile(is_listed=True, industry="C34", suspended_days=31), altman.Z_PRIME),
            (Profile(industry="3411"), altman.Z_PRIME),
            (Profile(is_listed=True, industry="F51"), altman.Z_DOUBLE_PRIME),
            (Profile(), altman.Z_DOUBLE_PRIME),
            (Profile(industry="J66"), None),
            (Profile(industry="6620"), None),
            (Profile(industry="S91"), None),
        ],
    )
    def test_chooses_the_form(self, profile: Profile, code: str | None) -> None:
        assert altman.route_altman(profile) == code


class TestComputeAltman:
    """Guards, gaps and warnings."""

    def test_boundary_belongs_to_the_grey_zone(self) -> None:
        for code, form in altman.FORMS.items():
            for bound in (form.low, form.high):
                ratios = dict.fromkeys(form.coefficients, D(0))
                ratios["x1"] = (bound - form.constant) / form.coefficients["x1"]
                assert altman.score_ratios(code, ratios).band == altman.GREY

    def test_missing_input_gives_no_value_and_names_the_gap(self) -> None:
        result = altman.compute_altman(altman.Z_DOUBLE_PRIME, condensed(retained_earnings=None))
        assert result.value is None
        assert result.status is Status.MISSING_INPUT
        assert result.missing == ("surplus_reserve", "undistributed_profit")

    def test_no_liabilities_caps_x4(self) -> None:
        result = altman.compute_altman(
            altman.Z_DOUBLE_PRIME, condensed(total_liabilities=0, total_equity=15200)
        )
        assert result.status is Status.OK_WITH_GUARD
        assert result.terms[3].input == 10

    def test_no_assets_is_a_zero_denominator(self) -> None:
        result = altman.compute_altman(altman.Z_DOUBLE_PRIME, condensed(total_assets=0))
        assert (result.value, result.status) == (None, Status.ZERO_DENOMINATOR)

    def test_negative_equity_is_allowed(self) -> None:
        result = altman.compute_altman(altman.Z_DOUBLE_PRIME, condensed(total_equity=-600))
        assert result.status is Status.OK
        assert "NEGATIVE_TERM" in [reason.code for reason in result.reasons]

    def test_bank_is_not_applicable(self) -> None:
        result = altman.compute_altman(
            altman.Z_DOUBLE_PRIME, condensed(), profile=Profile(industry="J66")
        )
        assert (result.value, result.status) == (None, Status.NOT_APPLICABLE)

    def test_fall_of_more_than_a_point_is_flagged(self) -> None:
        for prior, is_flagged in ((D("4.9"), False), (D("5.0"), True)):
            result = altman.compute_altman(altman.Z_DOUBLE_PRIME, condensed(), prior_value=prior)
            assert ("Z_TREND_DOWN" in [r.code for r in result.reasons]) is is_flagged

    @given(st.lists(st.decimals(-5, 5, places=4), min_size=4, max_size=4))
    def test_em_classifies_like_z_double_prime(self, xs: list[Decimal]) -> None:
        ratios = {f"x{n}": x for n, x in enumerate(xs, start=1)}
        z2 = altman.score_ratios(altman.Z_DOUBLE_PRIME, ratios)
        em = altman.score_ratios(altman.EM, ratios)
        assert em.band == z2.band
        assert em.value == (z2.value or D(0)) + D("3.25")

    def test_way_out_reaches_the_zone(self) -> None:
        result = altman.compute_altman(altman.Z_DOUBLE_PRIME, condensed(ebit=-2000))
        assert result.value is not None
        target = altman.FORMS[altman.Z_DOUBLE_PRIME].high
        for change in list_changes(result.terms, result.value, target):
            ratios = {t.name: t.input for t in result.terms if t.input is not None}
            ratios[change.name] = change.needed
            reached = altman.score_ratios(altman.Z_DOUBLE_PRIME, ratios).value
            assert reached is not None
            assert abs(reached - target) < D("1e-20")


class TestWorkingAssets:
    """W-1 to W-5."""

    def test_insolvent_customer_gets_nothing(self) -> None:
        result = compute_working_assets(condensed(total_equity=0))
        assert (result.status, result.limit) == (Status.NEGATIVE_NET_WORTH, 0)
        assert result.value is None

    def test_insolvent_customer_gets_nothing_even_with_gaps(self) -> None:
        result = compute_working_assets(condensed(total_equity=-1, inventories=None))
        assert (result.status, result.limit) == (Status.NEGATIVE_NET_WORTH, 0)

    def test_gap_gives_no_limit(self) -> None:
        result = compute_working_assets(condensed(inventories=None))
        assert (result.limit, result.missing) == (None, ("inventories",))

    def test_negative_working_assets_give_no_limit(self) -> None:
        result = compute_working_assets(condensed(total_current_assets=100, total_equity=500))
        assert result.working_assets is not None
        assert result.working_assets < 0
        assert result.limit == 0

    def test_no_current_liabilities_is_guarded(self) -> None:
        result = compute_working_assets(condensed(total_current_liabilities=0))
        assert result.status is Status.OK_WITH_GUARD
        assert result.ratios["current_ratio"] == 10

    def test_weak_statement_shrinks_the_limit(self) -> None:
        result = compute_working_assets(condensed(), reliability=D("0.5"))
        assert (result.is_weak, result.limit) == (True, D("693.75"))
        old = compute_working_assets(condensed(), age_months=19)
        assert (old.is_weak, old.limit) == (True, D("1387.5"))

    def test_industry_offset_moves_the_evaluation(self) -> None:
        assert compute_working_assets(condensed(), industry_offset=D("-0.2")).percentage == 20

    @given(st.decimals(-8, 4, places=3), st.decimals(-8, 4, places=3))
    def test_table_is_monotone(self, one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        assert look_up_percentage(low)[0] <= look_up_percentage(high)[0]


class TestFiveC:
    """Coverage, vetoes, evidence."""

    def test_veto_caps_at_forty(self) -> None:
        answers = {part: [5] * 5 for part in PARTS} | {"character": [5, 5, 1, 5, 5]}
        result = score_five_c(answers)
        assert (result.value, result.has_veto, result.status) == (40, True, Status.OK_WITH_GUARD)

    def test_low_coverage_caps_at_seventy(self) -> None:
        answers = {part: [5] * 5 for part in PARTS} | {"conditions": [None] * 5}
        result = score_five_c(answers)
        assert (result.value, result.coverage) == (70, D("0.8"))

    def test_not_applicable_does_not_lower_coverage(self) -> None:
        answers = {part: [5] * 5 for part in PARTS} | {"conditions": [5, 5, 5, "NA", "NA"]}
        result = score_five_c(answers)  # type: ignore[arg-type]
        assert (result.value, result.coverage) == (100, 1)

    @pytest.mark.parametrize("part", ["character", "capacity"])
    def test_no_score_without_an_essential_part(self, part: str) -> None:
        answers = {name: [3] * 5 for name in PARTS} | {part: [3, 3, None, None, None]}
        result = score_five_c(answers)
        assert (result.value, result.status) == (None, Status.MISSING_INPUT)

    def test_empty_questionnaire_has_no_score(self) -> None:
        assert score_five_c({}).status is Status.MISSING_INPUT

    def test_step_without_evidence_counts_three(self) -> None:
        answers = {part: [3] * 5 for part in PARTS} | {"capital": [5, 3, 3, 3, 3]}
        result = score_five_c(answers, unsupported=["CT1", "CP1"])
        assert (result.value, result.evidence_capped) == (50, ("CT1",))

    @pytest.mark.parametrize("step", [0, 6, -1])
    def test_refuses_a_step_off_the_scale(self, step: int) -> None:
        with pytest.raises(InvalidAnswer):
            score_five_c({"capital": [step, 3, 3, 3, 3]})

    @pytest.mark.parametrize("step", [True, 3.0, 2.5, "3", "UNK"])
    def test_refuses_what_only_looks_like_a_step(self, step: object) -> None:
        """3.0 counted as not answered and true as a 1, which on CH1 is a veto."""
        with pytest.raises(InvalidAnswer):
            score_five_c({"character": [step, 3, 3, 3, 3]})  # type: ignore[list-item]

    def test_refuses_an_unknown_part_and_a_short_list(self) -> None:
        with pytest.raises(InvalidAnswer):
            score_five_c({"charm": [3] * 5})
        with pytest.raises(InvalidAnswer):
            score_five_c({"capital": [3]})

    @given(st.lists(st.integers(1, 4), min_size=25, max_size=25), st.integers(0, 24))
    def test_a_better_answer_never_lowers_the_score(self, steps: list[int], place: int) -> None:
        def score(given_steps: list[int]) -> Decimal:
            parts = {p: given_steps[5 * n : 5 * n + 5] for n, p in enumerate(PARTS)}
            value = score_five_c(parts).value
            assert value is not None
            return value

        better = [*steps[:place], steps[place] + 1, *steps[place + 1 :]]
        assert score(better) >= score(steps)

    def test_step_gain_is_what_one_step_is_worth(self) -> None:
        answers = {part: [3] * 5 for part in PARTS} | {"capital": [3, 3, 3, None, None]}
        before = score_five_c(answers).value
        after = score_five_c({**answers, "capital": [3, 4, 3, None, None]}).value
        assert before is not None
        assert after is not None
        assert abs(get_step_gain("CT2", answers) - (after - before)) < D("1e-20")

    def test_every_indicator_has_five_anchors_in_both_languages(self) -> None:
        assert list(INDICATORS) == [name for names in PARTS.values() for name in names]
        for indicator in INDICATORS.values():
            assert len(indicator.anchors("en")) == len(indicator.anchors("zh-hans")) == 5


class TestFinancial:
    """The 50-point rule, reliability and age."""

    def test_needs_half_of_the_weight(self) -> None:
        assert compute_financial({"z": D(60), "ohlson": D(60)}).value is None
        assert compute_financial({"z": D(60), "ohlson": D(60), "bathory": D(60)}).value == 60

    def test_distrust_shrinks_only_good_scores(self) -> None:
        good = compute_financial({"z": D(70), "cri": D(70)}, reliability=D("0.6"))
        bad = compute_financial({"z": D(40), "cri": D(40)}, reliability=D("0.6"))
        assert (good.value, bad.value) == (62, 40)

    def test_stale_and_disclaimed_statements_give_none(self) -> None:
        stale = compute_financial({"z": D(70), "cri": D(70)}, age_months=19)
        assert (stale.value, stale.status) == (None, Status.STALE)
        disclaimed = compute_financial({"z": D(70), "cri": D(70)}, reliability=D(0))
        assert (disclaimed.value, disclaimed.status) == (None, Status.NOT_APPLICABLE)
