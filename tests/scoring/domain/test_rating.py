"""Grades, caps, overrides, notches, the way up, and limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scoring.domain.grades import (
    LADDER,
    UnknownGrade,
    get_effective_grade,
    get_lower_bound,
    get_pd,
    get_rank,
    get_risk_class,
    get_valid_to,
    grade_score,
    notch_grade,
    shift_grade,
)
from scoring.domain.limits.limit_methods import LimitMethod, limit_by_references
from scoring.domain.limits.limits import (
    CapacityRule,
    compute_capacity,
    decide_limit,
    get_capacity_rule,
    get_limit_factor,
    is_change_material,
    list_temporary_obstacles,
    round_limit,
)
from scoring.domain.rating.composite import COMPONENTS, Components, RatingFacts, rate
from scoring.domain.rating.external import ExternalKind, Opinion, UnknownOpinion, compute_external
from scoring.domain.rating.overrides import (
    InvalidNotch,
    Measure,
    Notch,
    UnknownFlag,
    apply_notch,
    get_dishonest_flag,
)
from scoring.domain.results import Status

D = Decimal
AS_OF = date(2025, 6, 30)
GOOD = Components(D(85), D(85), D(85), D(85))
points = st.decimals(0, 100, places=3)


class TestGrades:
    """The ladder and what hangs on it."""

    @pytest.mark.parametrize("grade", [g for g in LADDER if g != "D"])
    def test_lower_bound_reads_as_its_own_grade(self, grade: str) -> None:
        assert grade_score(get_lower_bound(grade)) == grade
        assert (
            get_rank(grade_score(get_lower_bound(grade) - D("0.001"))) > get_rank(grade)
            or grade == "C"
        )

    @given(points, points)
    def test_higher_score_never_reads_worse(self, one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        assert get_rank(grade_score(high)) <= get_rank(grade_score(low))

    def test_pd_never_falls_down_the_ladder(self) -> None:
        pds = [get_pd(grade) for grade in LADDER]
        assert pds == sorted(pds)
        assert get_pd("B", calibration=D(40)) == 1

    def test_risk_classes(self) -> None:
        expected = {
            "AAA": "1",
            "AA-": "1",
            "A": "2",
            "BBB-": "2",
            "BB": "3",
            "B+": "4",
            "CCC": "5",
            "CC": "5",
            "C": "5",
            "D": "D",
        }
        assert {grade: get_risk_class(grade) for grade in expected} == expected

    def test_validity_follows_the_letter(self) -> None:
        for grade, valid_to in (
            ("A-", date(2026, 6, 30)),
            ("BB", date(2025, 12, 30)),
            ("B", date(2025, 9, 30)),
        ):
            assert get_valid_to(grade, as_of=AS_OF) == valid_to

    def test_expired_rating_counts_less(self) -> None:
        for as_of, grade in (
            (date(2025, 6, 29), "A"),
            (date(2025, 6, 30), "BBB"),
            (date(2025, 12, 30), "BB"),
        ):
            assert get_effective_grade("A", valid_to=AS_OF, as_of=as_of) == grade

    def test_only_default_is_d(self) -> None:
        assert shift_grade("CC", 5) == notch_grade("CCC", -9) == "C"
        assert shift_grade("D", -3) == "D"
        with pytest.raises(UnknownGrade):
            get_rank("E")


class TestRate:
    """Caps, overrides, notches."""

    @pytest.mark.parametrize(
        ("components", "facts", "grade", "binding"),
        [
            (replace(GOOD, financial=None), RatingFacts(), "BBB", "CAP-02"),
            (replace(GOOD, behaviour=None), RatingFacts(), "A", "CAP-03"),
            (GOOD, RatingFacts(has_item_over_90_days=True), "B", "CAP-04"),
            (GOOD, RatingFacts(has_five_c_veto=True), "B", "CAP-05"),
            (GOOD, RatingFacts(has_adverse_opinion=True), "B", "CAP-06"),
            (GOOD, RatingFacts(age_months=11), "BB", "CAP-07"),
            (GOOD, RatingFacts(age_months=23), "BBB", "CAP-07"),
            (GOOD, RatingFacts(age_months=24), "AA", None),
            (GOOD, RatingFacts(net_worth=D(0)), "B", "CAP-08"),
            (GOOD, RatingFacts(reliability=D("0.60")), "BBB", "CAP-09"),
            (GOOD, RatingFacts(reliability=D("0.61")), "AA", None),
            (GOOD, RatingFacts(is_shell=True), "CCC", "CAP-10"),
            (GOOD, RatingFacts(flags=frozenset({"tax_grade_d"})), "BB", "CAPO-5"),
            (GOOD, RatingFacts(flags=frozenset({"own_default"})), "D", "KO-01"),
            (
                GOOD,
                RatingFacts(flags=frozenset({"serious_violation_list", "fraud_proven"})),
                "C",
                "KO-07",
            ),
        ],
    )
    def test_worst_bound_wins(
        self, components: Components, facts: RatingFacts, grade: str, binding: str | None
    ) -> None:
        rating = rate(components, facts, as_of=AS_OF)
        assert (rating.grade, rating.binding) == (grade, binding)

    def test_cap_that_does_not_bind_is_listed_but_not_named(self) -> None:
        rating = rate(Components(D(45), None, D(45), D(45)), as_of=AS_OF)
        assert [cap.code for cap in rating.caps] == ["CAP-03"]
        assert (rating.grade, rating.binding) == ("B", None)

    def test_nothing_known_gives_no_grade(self) -> None:
        rating = rate(Components(), as_of=AS_OF)
        assert (rating.grade, rating.status) == (None, Status.MISSING_INPUT)
        assert rating.missing == COMPONENTS

    def test_knock_out_grades_even_the_unscored(self) -> None:
        facts = RatingFacts(flags=frozenset({"licence_revoked"}))
        rating = rate(Components(), facts, as_of=AS_OF)
        assert (rating.grade, rating.risk_class, rating.is_limit_zero) == ("D", "D", True)

    def test_sanctions_block_and_hide_the_grade(self) -> None:
        rating = rate(GOOD, RatingFacts(flags=frozenset({"sanctions_hit_confirmed"})), as_of=AS_OF)
        assert rating.is_trading_blocked
        assert (rating.grade, rating.pd_12m, rating.binding) == (None, None, "KO-06")
        assert Measure.STOP_DELIVERY in rating.measures

    def test_unknown_flag_is_refused(self) -> None:
        with pytest.raises(UnknownFlag):
            rate(GOOD, RatingFacts(flags=frozenset({"bad_weather"})), as_of=AS_OF)

    def test_support_never_lifts_over_a_cap(self) -> None:
        facts = RatingFacts(
            has_item_over_90_days=True, notches=(Notch("NOTCH-1", parent_grade="AAA"),)
        )
        assert rate(Components(D(45), D(45), D(45), D(45)), facts, as_of=AS_OF).grade == "B"

    @given(st.tuples(points, points, points, points), st.sampled_from(COMPONENTS), points)
    def test_better_component_never_gives_a_worse_grade(
        self, scores: tuple[Decimal, ...], name: str, better: Decimal
    ) -> None:
        before = Components(*scores)
        assume(better >= getattr(before, name))
        after = replace(before, **{name: better})
        worse = rate(before, as_of=AS_OF).grade
        grade = rate(after, as_of=AS_OF).grade
        assert worse is not None
        assert grade is not None
        assert get_rank(grade) <= get_rank(worse)

    @given(st.tuples(points, points, points, points))
    def test_every_way_up_reaches_the_next_letter(self, scores: tuple[Decimal, ...]) -> None:
        components = Components(*scores)
        rating = rate(components, as_of=AS_OF)
        assert rating.grade is not None
        for change in rating.changes:
            assert change.delta > 0
            assert change.needed <= 100
            lifted = rate(replace(components, **{change.name: change.needed}), as_of=AS_OF)
            assert lifted.grade is not None
            assert lifted.grade.rstrip("+-") != rating.grade.rstrip("+-")
            almost = max(change.current, change.needed - D("0.001"))
            short = rate(replace(components, **{change.name: almost}), as_of=AS_OF)
            assert short.grade is not None
            assert short.grade.rstrip("+-") == rating.grade.rstrip("+-")


class TestNotch:
    """Support, pooled cash and the committee."""

    @pytest.mark.parametrize(
        ("grade", "notch", "expected"),
        [
            ("BB", Notch("NOTCH-1", parent_grade="A"), "BBB-"),
            ("BB", Notch("NOTCH-1", parent_grade="BBB"), "BB"),
            ("A", Notch("NOTCH-2", parent_grade="BB-"), "BB-"),
            ("B", Notch("NOTCH-2", parent_grade="A"), "B"),
            ("BB", Notch("NOTCH-3", notches=-5, reason="x", valid_to=date(2025, 9, 1)), "CCC+"),
            ("BB", Notch("NOTCH-3", notches=2, reason="x", valid_to=AS_OF), "BB"),
        ],
    )
    def test_moves_the_grade(self, grade: str, notch: Notch, expected: str) -> None:
        assert apply_notch(grade, notch, as_of=AS_OF) == expected

    def test_manual_notch_keeps_its_rule(self) -> None:
        for notch in (
            Notch("NOTCH-3", notches=3, reason="x", valid_to=date(2025, 9, 1)),
            Notch("NOTCH-3", notches=1, valid_to=date(2025, 9, 1)),
            Notch("NOTCH-3", notches=1, reason="x"),
            Notch("NOTCH-3", notches=1, reason="x", valid_to=date(2026, 1, 1)),
        ):
            with pytest.raises(InvalidNotch):
                apply_notch("BB", notch, as_of=AS_OF)

    def test_dishonest_listing_lingers(self) -> None:
        removed = date(2024, 1, 15)
        assert get_dishonest_flag(None, as_of=AS_OF) == "dishonest_judgment_debtor"
        assert get_dishonest_flag(removed, as_of=date(2025, 1, 14)) == "dishonest_judgment_debtor"
        past = get_dishonest_flag(removed, as_of=date(2026, 1, 14))
        assert past == "dishonest_judgment_debtor_past"
        assert get_dishonest_flag(removed, as_of=date(2026, 1, 15)) is None


class TestExternal:
    """Opinions of others."""

    def test_averages_the_fresh_ones(self) -> None:
        opinions = [
            Opinion(ExternalKind.AGENCY_GRADE, "AA-", date(2025, 1, 1)),
            Opinion(ExternalKind.RISK_INDICATOR, "3", date(2025, 1, 1)),
            Opinion(ExternalKind.RISK_INDEX, "RI6", date(2024, 1, 1)),
        ]
        assert compute_external(opinions, as_of=AS_OF) == D("67.5")

    def test_refuses_an_opinion_off_the_scale(self) -> None:
        with pytest.raises(UnknownOpinion):
            compute_external([Opinion(ExternalKind.PAYDEX, "good", AS_OF)], as_of=AS_OF)


class TestLimits:
    """Capacity rules, factors, rounding, change."""

    METHODS = (
        LimitMethod("working_assets", D(1000), is_weak=True),
        LimitMethod("tnw_share", D(600)),
        LimitMethod("nw10_wc20", D(400)),
        LimitMethod("el_budget", D(1)),
        LimitMethod("agency", None, Status.MISSING_INPUT),
    )

    @pytest.mark.parametrize(
        ("rule", "value"),
        [("lowest", 400), ("highest", 600), ("median", 500), ("weighted", D(32500) / D("52.5"))],
    )
    def test_weak_methods_do_not_bind(self, rule: str, value: Decimal) -> None:
        assert compute_capacity(self.METHODS, CapacityRule(rule)).value == value

    def test_weak_method_alone_counts_and_needs_approval(self) -> None:
        capacity = compute_capacity(self.METHODS[:1], CapacityRule.LOWEST)
        assert (capacity.value, capacity.needs_approval) == (1000, True)

    def test_no_method_gives_no_capacity(self) -> None:
        assert compute_capacity([], CapacityRule.LOWEST).value is None

    def test_grade_is_not_counted_twice(self) -> None:
        methods = [LimitMethod("term_grade", D(240)), LimitMethod("tnw_share", D(1000))]
        capacity = compute_capacity(methods, CapacityRule.LOWEST, limit_factor=D("0.80"))
        assert capacity.value == 300
        assert get_limit_factor("AA", ["wa_characteristic"]) == 1
        assert get_limit_factor(None) == 0

    def test_rule_by_grade(self) -> None:
        assert get_capacity_rule("A") is CapacityRule.WEIGHTED
        assert get_capacity_rule("A", is_first_time=True) is CapacityRule.LOWEST
        assert get_capacity_rule("A-", is_core_approved=True) is CapacityRule.HIGHEST
        assert get_capacity_rule("BBB+", is_core_approved=True) is CapacityRule.WEIGHTED
        assert get_capacity_rule(None) is CapacityRule.LOWEST

    def test_override_leaves_only_security(self) -> None:
        decision = decide_limit(D(900), need=D(1000), secured=D(60), is_overridden=True)
        assert (decision.unsecured, decision.total, decision.binding) == (0, 60, "override")

    def test_too_small_is_prepayment(self) -> None:
        assert decide_limit(D("4.99"), need=None).is_prepayment_only

    @given(st.decimals(0, 10**6, places=4), st.decimals(0, 10**6, places=4))
    def test_rounding_goes_down_and_keeps_order(self, one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        assert round_limit(low) <= low
        assert round_limit(low) <= round_limit(high)

    @given(points, points)
    def test_higher_score_never_lowers_a_limit(self, one: Decimal, other: Decimal) -> None:
        low, high = (get_limit_factor(grade_score(s)) for s in sorted((one, other)))
        assert low <= high

    def test_small_changes_are_left_alone(self) -> None:
        assert not is_change_material(D(1000), D(950))
        assert is_change_material(D(1000), D(949))
        assert is_change_material(D(1000), D(999), is_override=True)

    def test_few_references_are_weak(self) -> None:
        assert limit_by_references([D(500), D(600)]).is_weak

    def test_temporary_increase_names_every_obstacle(self) -> None:
        obstacles = list_temporary_obstacles(
            D(31), D(100), grade="BB+", max_days_past_due=31, has_temporary_limit=True
        )
        assert [obstacle.code for obstacle in obstacles] == [
            "TEMPORARY_TOO_LARGE",
            "TEMPORARY_ALREADY_THERE",
            "GRADE_TOO_LOW",
            "OVERDUE_TOO_LONG",
        ]
