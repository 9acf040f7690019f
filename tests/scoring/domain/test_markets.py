"""Markets, tenants, admissions, programmes and reviews: the edges of section 12."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from scoring.domain.markets import market, tenant
from scoring.domain.markets.annual_review import (
    RenewalReason,
    ReviewFacts,
    renew_line,
    review_limit,
)
from scoring.domain.markets.batch_admission import (
    HALF,
    THIRD,
    Base,
    Candidate,
    Verdict,
    admit_batch,
    draw_visits,
)
from scoring.domain.markets.market import MarketFacts, next_decision, score_market
from scoring.domain.markets.programme import compute_programme_limit, compute_tenant_limit
from scoring.domain.markets.scorecard import (
    InvalidStep,
    can_reach,
    list_fewest_steps,
    list_single_steps,
)
from scoring.domain.markets.tenant import score_tenant

K01 = dict(zip(market.INDICATORS, (4, 3, 5, 4, 5, 3, 4, 2, 4, 3), strict=True))
STEP = st.integers(1, 5)
MARKETS = st.fixed_dictionaries(dict.fromkeys(market.INDICATORS, STEP))
TENANTS = st.fixed_dictionaries(dict.fromkeys(tenant.INDICATORS, STEP))


def flat(step: int) -> dict[str, int]:
    return dict.fromkeys(market.INDICATORS, step)


class TestScoreMarket:
    @pytest.mark.parametrize(
        ("step", "score", "decision"),
        [(5, "100", "PRIORITY"), (4, "75", "PRIORITY"), (3, "50", "REJECT"), (2, "25", "REJECT")],
    )
    def test_decides_by_the_score(self, step: int, score: str, decision: str) -> None:
        found = score_market(flat(step))
        assert (found.value, found.decision) == (Decimal(score), decision)
        assert found.rejects == ()

    def test_the_cuts_belong_to_the_better_decision(self) -> None:
        sixty = flat(3) | {"annual_volume": 5, "volume_growth": 5}
        assert score_market(sixty).value == 60
        assert score_market(sixty).decision == "ADMIT_WITH_MITIGATION"
        assert score_market(sixty | {"region_record": 2}).decision == "REJECT"

    @pytest.mark.parametrize(
        ("changes", "facts", "code"),
        [
            ({"occupancy": 1}, MarketFacts(), "MARKET_OCCUPANCY"),
            ({"years_operating": 1}, MarketFacts(), "MARKET_YEARS_OPERATING"),
            ({"control_power": 1, "credit_enhancement": 1}, MarketFacts(), "MARKET_NO_CONTROL"),
            ({}, MarketFacts(has_removal_notice=True), "MARKET_REMOVAL_NOTICE"),
            ({}, MarketFacts(knock_outs=["KO-02"]), "OPERATOR_KNOCKED_OUT"),
        ],
    )
    def test_hard_rejects_outweigh_any_score(
        self, changes: dict[str, int], facts: MarketFacts, code: str
    ) -> None:
        found = score_market(flat(5) | changes, facts)
        assert found.decision == "REJECT"
        assert [reason.code for reason in found.rejects] == [code]

    @pytest.mark.parametrize("name", ["control_power", "credit_enhancement"])
    def test_either_weakness_alone_does_not_reject(self, name: str) -> None:
        assert score_market(flat(5) | {name: 1}).rejects == ()

    def test_caps_of_9_5_do_not_reject(self) -> None:
        assert score_market(flat(5), MarketFacts(knock_outs=["CAPO-1"])).rejects == ()

    def test_missing_answers_give_no_score_and_no_decision(self) -> None:
        found = score_market(K01 | {"scale": None})
        assert (found.value, found.decision, found.missing) == (None, None, ("scale",))
        assert next_decision(found) is None

    def test_a_hard_reject_decides_before_every_answer_is_there(self) -> None:
        found = score_market({"occupancy": 1})
        assert (found.value, found.decision) == (None, "REJECT")

    @pytest.mark.parametrize("step", [0, 6, -1, True, 2.5, "3"])
    def test_refuses_what_is_no_step(self, step: object) -> None:
        with pytest.raises(InvalidStep) as error:
            score_market(K01 | {"scale": step})  # type: ignore[dict-item]
        assert error.value.field == "scale"

    def test_refuses_an_unknown_question(self) -> None:
        with pytest.raises(InvalidStep):
            score_market({"colour": 3})

    @given(MARKETS, st.sampled_from(market.INDICATORS))
    def test_a_better_answer_never_lowers_the_score(self, steps: dict, name: str) -> None:
        better = steps | {name: min(5, steps[name] + 1)}
        order = ["REJECT", "ADMIT_WITH_MITIGATION", "PRIORITY"]
        before, after = score_market(steps), score_market(better)
        assert after.value >= before.value
        assert order.index(str(after.decision)) >= order.index(str(before.decision))


class TestWaysUp:
    def test_one_step_that_is_enough(self) -> None:
        found = score_market(K01)
        assert next_decision(found) == ("PRIORITY", Decimal(75))
        single = list_single_steps(found, Decimal(75))
        assert [(c.name, c.needed) for c in single] == [
            ("annual_volume", 5), ("control_power", 5), ("footfall_reach", 5),
            ("credit_enhancement", 4),
        ]  # fmt: skip

    def test_reached_targets_need_nothing_unless_they_must_be_exceeded(self) -> None:
        found = score_market(flat(4))
        assert list_single_steps(found, Decimal(75)) == ()
        assert list_fewest_steps(found, Decimal(75)) == ()
        assert len(list_fewest_steps(found, Decimal(75), must_exceed=True)) == 1
        assert not can_reach(found, Decimal(100), must_exceed=True)
        assert list_fewest_steps(found, Decimal(100), must_exceed=True) == ()

    @given(MARKETS, st.integers(0, 100), st.booleans())
    def test_fewest_steps_reach_the_target_and_one_less_does_not(
        self, steps: dict, target: int, must_exceed: bool
    ) -> None:
        found = score_market(steps)
        changes = list_fewest_steps(found, Decimal(target), must_exceed=must_exceed)
        lifted = score_market(steps | {c.name: c.needed for c in changes})

        def is_there(value: Decimal) -> bool:
            return value > target if must_exceed else value >= target

        if not can_reach(found, Decimal(target), must_exceed=must_exceed):
            assert changes == ()
            return
        assert is_there(lifted.value)
        if changes:
            last = changes[-1]
            short = {c.name: c.needed for c in changes} | {last.name: last.needed - 1}
            assert not is_there(score_market(steps | short).value)

    @given(MARKETS, st.integers(1, 100))
    def test_each_single_step_alone_is_the_least(self, steps: dict, target: int) -> None:
        for change in list_single_steps(score_market(steps), Decimal(target)):
            assert score_market(steps | {change.name: change.needed}).value >= target
            assert score_market(steps | {change.name: change.needed - 1}).value < target


class TestScoreTenant:
    def test_sixty_passes(self) -> None:
        sixty = dict.fromkeys(tenant.INDICATORS, 3) | {"years_in_market": 5, "personal": 5}
        assert score_tenant(sixty).value == 60
        assert score_tenant(sixty).decision == "PASS"
        assert score_tenant(sixty | {"stability": 2}).decision == "FAIL"

    def test_a_knock_out_fails_any_score(self) -> None:
        found = score_tenant(dict.fromkeys(tenant.INDICATORS, 5), ["KO-04", "CAPO-1"])
        assert found.decision == "FAIL"
        assert [reason.params for reason in found.rejects] == [{"override": "KO-04"}]

    @given(TENANTS)
    def test_scores_lie_in_0_to_100(self, steps: dict) -> None:
        assert 0 <= score_tenant(steps).value <= 100


def people(*scores: int | None) -> list[Candidate]:
    return [
        Candidate(f"T{n:02}", None if s is None else Decimal(s)) for n, s in enumerate(scores, 1)
    ]


class TestAdmitBatch:
    def test_ties_go_to_the_smaller_code(self) -> None:
        found = admit_batch(people(70, 80, 80, 80, 60, 60), share=HALF)
        assert found.admitted == ("T02", "T03", "T04")
        # T01 would need more than the third place's 80: a tie would go to T01, so 80 is enough.
        out = {o.code: o for o in found.outcomes}["T01"]
        assert (out.verdict, out.needed, out.must_exceed) == (Verdict.BELOW_QUOTA, 80, False)
        later = {o.code: o for o in found.outcomes}["T05"]
        assert (later.needed, later.must_exceed) == (80, True)

    def test_places_that_fall_out_are_not_filled(self) -> None:
        batch = people(90, 85, 80, 75, 70, 65)
        batch[1] = replace(batch[1], is_rejected=True)
        found = admit_batch(batch)
        assert found.places == 2
        assert found.admitted == ("T01",)
        assert [o.verdict for o in found.outcomes[:3]] == ["ADMITTED", "REJECTED", "BELOW_QUOTA"]

    def test_the_minimum_holds_inside_the_places(self) -> None:
        found = admit_batch(people(59, 50, 40), share=THIRD)
        assert found.admitted == ()
        assert [(o.verdict, o.needed) for o in found.outcomes] == [
            (Verdict.BELOW_MINIMUM, 60), (Verdict.BELOW_MINIMUM, 60), (Verdict.BELOW_MINIMUM, 60),
        ]  # fmt: skip

    def test_two_tenants_have_no_third(self) -> None:
        found = admit_batch(people(90, 80))
        assert (found.places, found.admitted) == (0, ())
        assert {(o.verdict, o.needed) for o in found.outcomes} == {(Verdict.BELOW_QUOTA, None)}

    def test_the_unscored_do_not_count(self) -> None:
        found = admit_batch(people(90, None, 80, None, 70))
        assert (found.base_count, found.places) == (3, 1)
        assert [o.code for o in found.outcomes[3:]] == ["T02", "T04"]
        assert found.outcomes[3].verdict is Verdict.NOT_SCORED

    def test_the_whole_market_gives_more_places(self) -> None:
        found = admit_batch(people(90, 80, 70), base=Base.MARKET, active_tenants=9)
        assert (found.base_count, found.places, len(found.admitted)) == (9, 3, 3)

    @pytest.mark.parametrize(("active", "is_weak"), [(7, True), (8, False), (None, False)])
    def test_more_than_half_of_the_market_is_no_screening(
        self, active: int | None, is_weak: bool
    ) -> None:
        found = admit_batch(people(90, 80, 70, None), active_tenants=active)
        assert found.is_weak_screening is is_weak

    @pytest.mark.parametrize(
        "terms",
        [{"share": Fraction(0)}, {"share": Fraction(3, 2)}, {"base": Base.MARKET},
         {"active_tenants": 2}],
    )  # fmt: skip
    def test_refuses_terms_that_cannot_be(self, terms: dict) -> None:
        with pytest.raises(InvalidInput):
            admit_batch(people(90, 80, 70), **terms)

    def test_refuses_a_code_twice(self) -> None:
        with pytest.raises(InvalidInput):
            admit_batch([Candidate("T1", Decimal(1)), Candidate("T1", Decimal(2))])

    def test_an_empty_list_admits_nobody(self) -> None:
        assert admit_batch([]).outcomes == ()

    @given(
        st.lists(st.one_of(st.none(), st.integers(0, 100)), max_size=40),
        st.sampled_from([THIRD, HALF]),
    )
    def test_what_is_needed_is_enough(self, scores: list[int | None], share: Fraction) -> None:
        batch = people(*scores)
        found = admit_batch(batch, share=share)
        n = sum(s is not None for s in scores)
        assert found.places == n // share.denominator
        assert len(found.admitted) <= found.places
        assert all(c.score is not None and c.score >= 60 for c in batch if c.code in found.admitted)
        for one in found.outcomes:
            if one.needed is None:
                continue
            lift = one.needed + (Decimal("0.01") if one.must_exceed else 0)
            lifted = [replace(c, score=lift) if c.code == one.code else c for c in batch]
            assert one.code in admit_batch(lifted, share=share).admitted


class TestDrawVisits:
    def test_a_fifth_rounded_up_and_repeatable(self) -> None:
        codes = [f"T{n:03}" for n in range(101)]
        one = draw_visits(codes, seed="a")
        assert len(one) == 21
        assert one == draw_visits(list(reversed(codes)), seed="a")
        assert one != draw_visits(codes, seed="b")
        assert set(one) <= set(codes)

    def test_everybody_has_the_same_chance(self) -> None:
        codes = [f"T{n}" for n in range(10)]
        drawn = [code for seed in range(1000) for code in draw_visits(codes, seed=str(seed))]
        counts = [drawn.count(code) for code in codes]
        assert min(counts) > 150
        assert max(counts) < 250


class TestProgramme:
    def test_the_stress_sets_the_rate_when_it_is_higher(self) -> None:
        found = compute_programme_limit(
            programme_cap=Decimal(1000), deposit_pool=Decimal(80), deposit_rate=Decimal("0.10"),
            pd=Decimal("0.10"), lgd=Decimal("0.45"),
        )  # fmt: skip
        assert found.required_rate == Decimal("0.135")
        assert found.limit == Decimal(80) / Decimal("0.135")
        assert found.binding == "pool"
        assert found.single_cap == found.limit * Decimal("0.05")

    def test_without_a_required_rate_the_cap_alone_holds(self) -> None:
        zero = Decimal(0)
        found = compute_programme_limit(
            programme_cap=Decimal(1000), deposit_pool=zero, deposit_rate=zero, pd=zero, lgd=zero
        )
        assert (found.limit, found.by_pool, found.binding) == (1000, None, "programme_cap")

    def test_an_empty_pool_allows_nothing(self) -> None:
        found = compute_programme_limit(
            programme_cap=Decimal(1000), deposit_pool=Decimal(0), deposit_rate=Decimal("0.1"),
            pd=Decimal(0), lgd=Decimal(0),
        )  # fmt: skip
        assert found.limit == 0

    def test_refuses_less_than_nothing(self) -> None:
        with pytest.raises(InvalidInput) as error:
            compute_programme_limit(
                programme_cap=Decimal(1), deposit_pool=Decimal(1), deposit_rate=Decimal(-1),
                pd=Decimal(0), lgd=Decimal(0),
            )  # fmt: skip
        assert error.value.field == "deposit_rate"

    @pytest.mark.parametrize(
        ("need", "monthly", "limit", "binding"),
        [("32", "50", "30", "need"), ("60", "13", "25", "purchases"), ("60", "50", "40",
         "single_cap"), ("-3", "50", "0", "need")],
    )  # fmt: skip
    def test_the_least_of_three_rounded_down(
        self, need: str, monthly: str, limit: str, binding: str
    ) -> None:
        found = compute_tenant_limit(
            need=Decimal(need), monthly_purchases=Decimal(monthly), programme_limit=Decimal(800)
        )
        assert (found.limit, found.binding) == (Decimal(limit), binding)

    def test_amounts_in_yuan_are_rounded_in_ten_thousands(self) -> None:
        found = compute_tenant_limit(
            need=Decimal(327_000), monthly_purchases=Decimal(500_000),
            programme_limit=Decimal(8_000_000), unit=Decimal(10_000),
        )  # fmt: skip
        assert found.limit == 300_000


CLEAN = ReviewFacts(
    Decimal("-0.10"), 1, False, Decimal(300), Decimal(300), Decimal(1), 30, Decimal(70), 2
)


class TestReviewLimit:
    def test_every_bound_itself_still_holds(self) -> None:
        assert review_limit(CLEAN).failed == ()

    @pytest.mark.parametrize(
        ("changes", "failed"),
        [
            ({"revenue_change": Decimal("-0.1001")}, "AR-1"),
            ({"grade_drop": 2}, "AR-1"),
            ({"has_new_override": True}, "AR-1"),
            ({"requested": Decimal("300.01")}, "AR-2"),
            ({"mitigant_ratio": Decimal("0.9999")}, "AR-3"),
            ({"is_guarantor_grade_lower": True}, "AR-3"),
            ({"max_overdue_days": 31}, "AR-4"),
            ({"behaviour_score": Decimal("69.99")}, "AR-4"),
            ({"years_since_full_review": 3}, "AR-5"),
            ({"revenue_change": None}, "AR-1"),
            ({"grade_drop": None}, "AR-1"),
            ({"mitigant_ratio": None}, "AR-3"),
            ({"behaviour_score": None}, "AR-4"),
            ({"max_overdue_days": None}, "AR-4"),
        ],
    )
    def test_what_fails_or_is_unknown_asks_for_a_full_review(
        self, changes: dict, failed: str
    ) -> None:
        found = review_limit(replace(CLEAN, **changes))
        assert (found.failed, found.decision) == ((failed,), "FULL_REVIEW")


class TestRenewLine:
    def test_names_every_reason_in_order(self) -> None:
        found = renew_line(
            first_granted=date(2020, 1, 1), now_expires=date(2025, 1, 1),
            has_same_fundamentals=False, has_same_need=True, has_same_security=False,
            has_clean_record=False,
        )  # fmt: skip
        assert found.reasons == (
            RenewalReason.FUNDAMENTALS_CHANGED, RenewalReason.SECURITY_WEAKENED,
            RenewalReason.RECORD_NOT_CLEAN, RenewalReason.MAX_TOTAL_YEARS,
        )  # fmt: skip
        assert found.new_expiry is None

    def test_refuses_a_line_that_ends_before_it_begins(self) -> None:
        with pytest.raises(InvalidInput):
            renew_line(
                first_granted=date(2025, 1, 1), now_expires=date(2024, 1, 1),
                has_same_fundamentals=True, has_same_need=True, has_same_security=True,
                has_clean_record=True,
            )  # fmt: skip
