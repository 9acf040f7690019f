"""Exposure, limits, routes, need."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_control.domain.approval import (
    APPROVAL_BANDS,
    NoCreditForDefault,
    override_approver,
    read_bands,
    route_request,
    temporary_limit_approver,
)
from credit_control.domain.class_policy import InvalidRiskClass, class_policy, risk_rank
from credit_control.domain.effective_limit import LimitFacts, effective_limit, temporary_room
from credit_control.domain.exposure import (
    ExposureFacts,
    Mitigant,
    MitigantKind,
    OpenOrder,
    apply_mitigants,
    compute_exposure,
)
from credit_control.domain.need import InvalidDiscountTerms, cash_discount_cost, credit_need
from credit_control.domain.recheck import Release, check_release
from credit_control.domain.states import LimitState

AS_OF = date(2025, 9, 1)
money = st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-2))
signed = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))
mitigants = st.lists(
    st.builds(
        Mitigant,
        st.sampled_from(MitigantKind),
        money,
        st.integers(0, 100).map(Decimal),
        st.booleans(),
    ),
    max_size=6,
)


class TestExposure:
    @given(signed, mitigants)
    def test_mitigants_never_bear_more_than_there_is(
        self, gross: Decimal, given_mitigants: list[Mitigant]
    ) -> None:
        used, net = apply_mitigants(gross, given_mitigants, "CNY")
        assert net >= 0
        assert net + sum(amount for _, amount in used) == max(gross, Decimal(0))
        assert all(amount >= 0 for _, amount in used)
        kinds = list(MitigantKind)
        assert [kinds.index(kind) for kind, _ in used] == sorted(
            kinds.index(m.kind) for m in given_mitigants
        )

    @given(money, money, st.lists(st.tuples(money, st.integers(0, 100)), max_size=4))
    def test_a_wider_horizon_never_shows_less(
        self, items: Decimal, credits: Decimal, orders: list[tuple[Decimal, int]]
    ) -> None:
        facts = ExposureFacts(
            open_items=items,
            unapplied_credits=credits,
            open_orders=tuple(OpenOrder("O", v, AS_OF + timedelta(d)) for v, d in orders),
        )
        found = [
            compute_exposure(facts, as_of=AS_OF, horizon_days=days).gross
            for days in (0, 30, 60, None)
        ]
        assert found == sorted(found)


class TestEffectiveLimit:
    @given(money, st.lists(money, max_size=4))
    def test_temporary_limits_never_pass_the_cap(self, base: Decimal, extra: list[Decimal]) -> None:
        limit, temporary = LimitFacts(base), [LimitFacts(amount) for amount in extra]
        found = effective_limit(limit, temporary, on=AS_OF)
        assert base <= found <= base * Decimal("1.3") + Decimal("0.01")
        room = temporary_room(limit, temporary, on=AS_OF)
        more = [*temporary, LimitFacts(room)]
        assert effective_limit(limit, more, on=AS_OF) - found == pytest.approx(
            room, abs=Decimal("0.01")
        )

    def test_holds_through_its_last_day(self) -> None:
        base = LimitFacts(Decimal(5), LimitState.ACTIVE, AS_OF, AS_OF)
        days = (AS_OF - timedelta(1), AS_OF, AS_OF + timedelta(1))
        assert [effective_limit(base, on=day) for day in days] == [0, 5, 0]
        assert effective_limit(None, on=AS_OF) == 0


class TestRoute:
    def test_default_gets_no_route(self) -> None:
        with pytest.raises(NoCreditForDefault):
            route_request(Decimal(1), "D", 0)

    @given(st.integers(0, 5_000_000), st.integers(1, 5), st.integers(0, 120), st.booleans())
    def test_more_risk_never_needs_fewer_people(
        self, amount: int, risk: int, days: int, related: bool
    ) -> None:
        route = route_request(Decimal(amount), risk, days, is_related_party=related)
        assert 1 <= route.band <= len(APPROVAL_BANDS)
        assert route.approvers == APPROVAL_BANDS[route.band - 1].approvers
        riskier = route_request(Decimal(amount + 1), min(5, risk + 1), days + 1)
        assert related or riskier.band >= route.band
        assert not related or route.band == len(APPROVAL_BANDS)

    def test_names_each_uplift(self) -> None:
        route = route_request(Decimal(1), 4, 61)
        assert [(u.reason, u.bands) for u in route.uplifts] == [("RISK_CLASS", 1), ("LONG_TERM", 1)]
        assert route.band == 3

    @pytest.mark.parametrize(
        "matrix",
        [
            [],
            [{"max": "5", "levels": ["CM"]}],
            [{"max": "5", "levels": ["CM"]}, {"max": "4", "levels": ["CM"]},
             {"max": None, "levels": ["CM"]}],
        ],
    )  # fmt: skip
    def test_refuses_a_matrix_with_holes(self, matrix: list[dict]) -> None:
        with pytest.raises(ValueError):
            read_bands(matrix)

    def test_single_approvers_at_their_ceilings(self) -> None:
        million = Decimal(1_000_000)
        found = [override_approver(Decimal(n), million) for n in (50_000, 50_001, 200_000, 200_001)]
        assert found == ["CM", "FIN_DIR", "FIN_DIR", "EXEC"]
        cases = ((200, 30), (201, 30), (300, 90), (300, 91))
        found = [temporary_limit_approver(Decimal(n), Decimal(1000), days) for n, days in cases]
        assert found == ["CM", "FIN_DIR", "FIN_DIR", "EXEC"]


class TestClassPolicy:
    def test_no_rating_is_class_five(self) -> None:
        assert class_policy(None) == class_policy("5")
        assert not class_policy("D").may_have_credit

    @pytest.mark.parametrize("value", [0, 6, "X", ""])
    def test_refuses_other_classes(self, value: int | str) -> None:
        with pytest.raises(InvalidRiskClass):
            risk_rank(value)


class TestNeedAndDiscount:
    def test_need_counts_term_and_lead_days(self) -> None:
        assert credit_need(Decimal(7_300_000), 60, 10, Decimal(13)) == Decimal("1582000.00")

    @pytest.mark.parametrize(("pct", "n", "net"), [("100", 10, 30), ("-1", 10, 30), ("2", 30, 30)])
    def test_refuses_terms_without_a_cost(self, pct: str, n: int, net: int) -> None:
        with pytest.raises(InvalidDiscountTerms):
            cash_discount_cost(Decimal(pct), n, net)


class TestRelease:
    def test_both_bounds_are_inside(self) -> None:
        release = Release(Decimal(1000), AS_OF)
        last = AS_OF + timedelta(days=5)
        assert not check_release(release, Decimal(1100), as_of=last).needs_recheck
        assert check_release(release, Decimal("1100.01"), as_of=last).needs_recheck
        assert check_release(release, Decimal(1), as_of=last + timedelta(1)).needs_recheck
