"""The order check: verdicts, ways out, and what may never happen."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_control.domain.exposure import ExposureFacts, Mitigant, MitigantKind, OpenOrder
from credit_control.domain.order_check import (
    Decision,
    ExpectedReceipt,
    GroupFacts,
    InsuranceFacts,
    OrderCheckPolicy,
    OrderFacts,
    OrderTerms,
    Outcome,
    OverdueItem,
    Remedy,
    RemedyKind,
    Result,
    RuleCode,
    Signal,
    decide,
    read_order_check_policy,
)
from credit_control.domain.remedies import pay, wait_until

AS_OF = date(2025, 9, 1)
CENT = Decimal("0.01")
POLICY = OrderCheckPolicy(max_document_value=Decimal(10**9))


def facts(**changes: Any) -> OrderFacts:
    """Build the facts of a customer without a blemish: 400 of 1,000 used, an order of 100."""
    order = changes.pop("value", "100")
    ship_date = changes.pop("ship_date", AS_OF + timedelta(days=10))
    fields: dict[str, Any] = {
        "as_of": AS_OF,
        "order": OrderTerms(Decimal(order), ship_date, term_rank=30, term_days=30),
        "exposure": ExposureFacts(open_items=Decimal(400)),
        "limit_total": Decimal(1000),
        "limit_unsecured": Decimal(1000),
        "limit_valid_through": date(2025, 12, 31),
        "next_review": date(2025, 12, 31),
        "risk_class": 2,
        "approved_term_rank": 30,
        "approved_term_days": 30,
        "receivables_total": Decimal(400),
    }
    return OrderFacts(**(fields | changes))


def result_of(decision: Decision, code: RuleCode) -> Result:
    return next(rule.result for rule in decision.rules if rule.code is code)


def remedies_of(decision: Decision) -> dict[RemedyKind, Remedy]:
    return {remedy.kind: remedy for remedy in decision.remedies}


class TestDecide:
    def test_releases_a_customer_without_a_blemish(self) -> None:
        decision = decide(facts(), POLICY)
        assert decision.outcome is Outcome.RELEASED
        assert decision.reasons == ()
        assert decision.headroom == Decimal("600.00")
        assert decision.gross_with_order == Decimal("500.00")
        assert (decision.shortfall, decision.remedies) == (Decimal(0), ())

    def test_the_limit_itself_is_inside_and_one_cent_above_is_not(self) -> None:
        assert decide(facts(value="600.00"), POLICY).outcome is Outcome.RELEASED
        decision = decide(facts(value="600.01"), POLICY)
        assert decision.outcome is Outcome.BLOCKED
        assert decision.shortfall == CENT

    def test_an_order_beyond_the_horizon_only_warns(self) -> None:
        later = facts(value="700", ship_date=AS_OF + timedelta(days=61), limit_unsecured=None)
        decision = decide(later, POLICY)
        assert decision.outcome is Outcome.RELEASED_WARNING
        assert result_of(decision, RuleCode.R03) is Result.WARN
        assert result_of(decision, RuleCode.R04) is Result.PASS

    def test_the_static_limit_blocks_when_it_stands_alone(self) -> None:
        alone = replace(POLICY, inactive=frozenset({RuleCode.R04, RuleCode.R05}))
        assert decide(facts(value="700"), alone).outcome is Outcome.BLOCKED

    def test_missing_facts_block_even_when_every_rule_is_off(self) -> None:
        off = replace(POLICY, inactive=frozenset(RuleCode))
        decision = decide(facts(technical_failures=("RATE_MISSING",)), off)
        assert decision.outcome is Outcome.BLOCKED
        assert [rule.code for rule in decision.rules] == [RuleCode.TECHNICAL]
        assert decision.remedies == ()

    def test_a_member_with_room_is_blocked_by_its_group(self) -> None:
        groups = (
            GroupFacts("WIDE", Decimal(10_000), Decimal(0)),
            GroupFacts("TIGHT", Decimal(450), Decimal(400)),
        )
        decision = decide(facts(groups=groups), POLICY)
        rule = next(rule for rule in decision.rules if rule.code is RuleCode.R06)
        assert rule.result is Result.BLOCK
        assert rule.params == {"group": "TIGHT"}
        assert decision.shortfall == Decimal("50.00")

    def test_a_first_order_has_half_the_value(self) -> None:
        policy = OrderCheckPolicy(max_document_value=Decimal(150))
        first = facts()
        first = replace(first, order=replace(first.order, is_first=True))
        assert result_of(decide(facts(), policy), RuleCode.R07) is Result.PASS
        assert result_of(decide(first, policy), RuleCode.R07) is Result.BLOCK

    def test_disputed_items_count_for_insurance_only(self) -> None:
        item = OverdueItem("I", Decimal(300), 61, is_disputed=True)
        cover = InsuranceFacts(True, 90, 60)
        decision = decide(facts(overdue_items=(item,), insurance=cover), POLICY)
        assert [rule.code for rule in decision.reasons] == [RuleCode.R15]
        assert decision.reasons[0].value == "STOP_SHIPMENT"

    @pytest.mark.parametrize(
        ("changes", "code", "result", "value"),
        [
            ({"customer_state": "INSOLVENT"}, RuleCode.R01, Result.BLOCK, "INSOLVENT"),
            ({"limit_valid_through": AS_OF - timedelta(1)}, RuleCode.R02, Result.BLOCK, "1"),
            ({"approved_term_rank": 29}, RuleCode.R12, Result.BLOCK, "30"),
            ({"risk_class": "D"}, RuleCode.R14, Result.BLOCK, "D"),
            ({"risk_class": None}, RuleCode.R14, Result.BLOCK, "5"),
            ({"rating_valid_through": AS_OF - timedelta(1)}, RuleCode.R14, Result.BLOCK, "EXPIRED"),
            ({"insurance": InsuranceFacts(False, 90, 60)}, RuleCode.R15, Result.BLOCK,
             "NOT_IN_FORCE"),
            ({"worst_signal": Signal.RED}, RuleCode.R16, Result.BLOCK, "RED"),
            ({"rate_age_days": 8}, RuleCode.R18, Result.WARN, "8"),
            ({"expired_documents": ("D01",)}, RuleCode.R19, Result.WARN, "1"),
            ({"concentration_pct": Decimal("20.01")}, RuleCode.R20, Result.WARN, "20.01"),
            ({"last_turnover_date": date(2024, 9, 1)}, RuleCode.R21, Result.WARN, "2024-09-01"),
            ({"term_error_codes": ("CN_SME_MAX_60",)}, RuleCode.R22, Result.WARN, "CN_SME_MAX_60"),
        ],
    )  # fmt: skip
    def test_each_rule_says_what_it_saw(
        self, changes: dict[str, Any], code: RuleCode, result: Result, value: str
    ) -> None:
        reasons = decide(facts(**changes), POLICY).reasons
        assert [(rule.code, rule.result, rule.value) for rule in reasons] == [(code, result, value)]

    def test_facts_that_do_not_exist_leave_their_rules_out(self) -> None:
        codes = {rule.code for rule in decide(facts(), POLICY).rules}
        assert not codes & {
            RuleCode.R06,
            RuleCode.R15,
            *map(RuleCode, ["R18", "R19", "R20", "R21", "R22"]),
        }

    def test_use_of_a_limit_of_nothing_counts_as_too_much(self) -> None:
        late = (OverdueItem("I", Decimal(60_000), 5),)
        found = decide(facts(limit_total=Decimal(0), overdue_items=late), POLICY)
        rule = next(rule for rule in found.rules if rule.code is RuleCode.R10)
        assert (rule.result, rule.value) == (Result.BLOCK, "60000.00|∞")


class TestRemedies:
    def test_names_the_exact_room_and_the_exact_gap(self) -> None:
        decision = decide(facts(value="700", limit_unsecured=None), POLICY)
        found = remedies_of(decision)
        assert found[RemedyKind.PAY_OPEN_ITEMS].amount == Decimal("100.00")
        assert found[RemedyKind.REDUCE_ORDER].amount == Decimal("600.00")
        assert found[RemedyKind.TEMPORARY_LIMIT].amount == Decimal("100.00")

    def test_a_deposit_helps_the_net_limit(self) -> None:
        decision = decide(facts(limit_unsecured=Decimal(450)), POLICY)
        assert remedies_of(decision)[RemedyKind.DEPOSIT].amount == Decimal("50.00")

    def test_no_more_temporary_limit_than_the_cap_leaves(self) -> None:
        decision = decide(
            facts(value="700", limit_unsecured=None, temporary_room=Decimal("99.99")), POLICY
        )
        assert RemedyKind.TEMPORARY_LIMIT not in remedies_of(decision)

    def test_paying_the_old_item_is_enough(self) -> None:
        policy = replace(POLICY, min_item_amount=Decimal(50), max_overdue_share_pct=Decimal(100))
        items = (OverdueItem("A", Decimal(80), 45), OverdueItem("B", Decimal(60), 5))
        found = remedies_of(decide(facts(overdue_items=items), policy))
        # 49.99 is left below the smallest item that counts.
        assert found[RemedyKind.PAY_OVERDUE].amount == Decimal("30.01")

    def test_two_causes_need_two_changes(self) -> None:
        changes = {"value": "700", "limit_unsecured": None, "next_review": date(2025, 7, 1)}
        decision = decide(facts(**changes), POLICY)
        assert decision.remedies
        for remedy in decision.remedies:
            assert remedy.kind is RemedyKind.COMPLETE_REVIEW
            assert len(remedy.together_with) == 1

    def test_our_own_homework_is_taken_as_done_where_no_pair_suffices(self) -> None:
        changes = {
            "value": "700",
            "limit_unsecured": None,
            "next_review": date(2025, 7, 1),
            "worst_signal": Signal.RED,
        }
        decision = decide(facts(**changes), POLICY)
        assert decision.remedies
        for remedy in decision.remedies:
            kinds = {other.kind for other in remedy.together_with}
            assert {RemedyKind.CLOSE_SIGNAL, RemedyKind.COMPLETE_REVIEW} <= kinds
        assert remedies_of(decision)[RemedyKind.REDUCE_ORDER].amount == Decimal("600.00")

    def test_a_shorter_term(self) -> None:
        cover = InsuranceFacts(True, 20, 60)
        found = remedies_of(decide(facts(insurance=cover), POLICY))
        assert found[RemedyKind.SHORTEN_TERM].days == 20

    def test_waiting_until_money_comes(self) -> None:
        receipts = (
            ExpectedReceipt(date(2025, 9, 10), Decimal(40)),
            ExpectedReceipt(date(2025, 9, 20), Decimal(60)),
        )
        changes = {"value": "700", "limit_unsecured": None, "expected_receipts": receipts}
        found = remedies_of(decide(facts(**changes), POLICY))
        assert found[RemedyKind.WAIT].date == date(2025, 9, 20)

    def test_waiting_until_a_broken_promise_is_old(self) -> None:
        broken = (date(2025, 5, 1), date(2025, 8, 1))
        decision = decide(facts(broken_promises=2, broken_promise_dates=broken), POLICY)
        assert remedies_of(decision)[RemedyKind.WAIT].date == date(2025, 10, 29)

    @pytest.mark.parametrize("changes", [{"customer_state": "LEGAL"}, {"risk_class": "D"}])
    def test_nothing_helps_what_is_beyond_repair(self, changes: dict[str, Any]) -> None:
        assert decide(facts(**changes), POLICY).remedies == ()


def after(given: OrderFacts, remedy: Remedy, shift: Decimal = Decimal(0)) -> OrderFacts:
    """Carry a remedy out on the facts; `shift` makes it that much larger."""
    amount = (remedy.amount or Decimal(0)) + shift
    match remedy.kind:
        case RemedyKind.PAY_OVERDUE | RemedyKind.PAY_OPEN_ITEMS:
            return pay(given, amount)
        case RemedyKind.DEPOSIT:
            cash = Mitigant(MitigantKind.CASH, amount)
            exposure = replace(given.exposure, mitigants=(*given.exposure.mitigants, cash))
            return replace(given, exposure=exposure)
        case RemedyKind.REDUCE_ORDER:
            return replace(given, order=replace(given.order, value=remedy.amount - shift))
        case RemedyKind.TEMPORARY_LIMIT:
            return replace(given, limit_total=(given.limit_total or Decimal(0)) + amount)
        case RemedyKind.COMPLETE_REVIEW:
            return replace(given, next_review=given.as_of)
        case RemedyKind.RENEW_LIMIT:
            return replace(given, limit_valid_through=given.as_of)
        case RemedyKind.CLOSE_SIGNAL:
            return replace(given, worst_signal=Signal.NONE)
        case RemedyKind.SHORTEN_TERM:
            terms = {"term_days": remedy.days, "term_rank": given.approved_term_rank}
            return replace(given, order=replace(given.order, **terms))
        case RemedyKind.WAIT:
            assert remedy.date is not None
            return wait_until(given, remedy.date)


money = st.integers(0, 200_000).map(lambda n: Decimal(n).scaleb(-2))
limits = st.integers(50_000, 600_000).map(lambda n: Decimal(n).scaleb(-2))


@st.composite
def cases(draw: st.DrawFn) -> OrderFacts:
    """Draw consistent facts: overdue items are part of the open items."""
    items = tuple(
        OverdueItem(f"I{n}", amount, days, disputed)
        for n, (amount, days, disputed) in enumerate(
            draw(st.lists(st.tuples(money, st.integers(1, 60), st.booleans()), max_size=3))
        )
    )
    open_items = sum((i.amount for i in items), Decimal(0)) + draw(money)
    exposure = ExposureFacts(
        open_items=open_items,
        unapplied_credits=draw(st.just(Decimal(0)) | money),
        open_orders=tuple(
            OpenOrder(f"O{n}", value, AS_OF + timedelta(days))
            for n, (value, days) in enumerate(
                draw(st.lists(st.tuples(money, st.integers(0, 120)), max_size=2))
            )
        ),
        mitigants=tuple(
            Mitigant(kind, amount, Decimal(pct))
            for kind, amount, pct in draw(
                st.lists(
                    st.tuples(st.sampled_from(MitigantKind), money, st.integers(0, 100)),
                    max_size=2,
                )
            )
        ),
    )
    return facts(
        value=draw(money.filter(bool)),
        ship_date=AS_OF + timedelta(draw(st.integers(0, 90))),
        exposure=exposure,
        receivables_total=open_items,
        overdue_items=items,
        limit_total=draw(limits),
        limit_unsecured=draw(st.none() | limits),
        next_review=AS_OF + timedelta(draw(st.integers(-35, 300))),
        worst_signal=draw(st.sampled_from([Signal.NONE] * 8 + list(Signal))),
        dunning_level=draw(st.integers(0, 12).map(lambda n: n % 4 if n > 9 else 0)),
        groups=draw(
            st.just(())
            | st.builds(GroupFacts, st.just("G"), limits, st.just(open_items)).map(lambda g: (g,))
        ),
        expected_receipts=tuple(
            ExpectedReceipt(AS_OF + timedelta(days), amount)
            for days, amount in draw(st.lists(st.tuples(st.integers(1, 60), money), max_size=2))
        ),
    )


SEVERITY = list(Outcome)


class TestProperties:
    @settings(max_examples=250, deadline=None)
    @given(cases())
    def test_every_remedy_lets_the_order_pass_and_one_cent_less_does_not(
        self, given_facts: OrderFacts
    ) -> None:
        decision = decide(given_facts, POLICY)
        assert (decision.outcome is Outcome.BLOCKED) or decision.remedies == ()
        for remedy in decision.remedies:
            changed = given_facts
            for part in (*remedy.together_with, remedy):
                changed = after(changed, part)
            assert decide(changed, POLICY, with_remedies=False).outcome is not Outcome.BLOCKED
            if remedy.amount is not None:
                less = given_facts
                for part in remedy.together_with:
                    less = after(less, part)
                less = after(less, remedy, shift=-CENT)
                assert decide(less, POLICY, with_remedies=False).outcome is Outcome.BLOCKED

    @settings(max_examples=250, deadline=None)
    @given(cases(), money)
    def test_a_higher_limit_never_makes_it_worse(
        self, given_facts: OrderFacts, more: Decimal
    ) -> None:
        assert given_facts.limit_total is not None
        raised = replace(given_facts, limit_total=given_facts.limit_total + more)
        before = decide(given_facts, POLICY, with_remedies=False).outcome
        later = decide(raised, POLICY, with_remedies=False).outcome
        assert SEVERITY.index(later) <= SEVERITY.index(before)

    @settings(max_examples=250, deadline=None)
    @given(cases(), money)
    def test_a_larger_order_never_makes_it_better(
        self, given_facts: OrderFacts, more: Decimal
    ) -> None:
        order = replace(given_facts.order, value=given_facts.order.value + more)
        before = decide(given_facts, POLICY, with_remedies=False).outcome
        later = decide(replace(given_facts, order=order), POLICY, with_remedies=False).outcome
        assert SEVERITY.index(later) >= SEVERITY.index(before)

    @settings(max_examples=150, deadline=None)
    @given(cases())
    def test_the_shortfall_is_the_gap_of_a_blocking_amount_rule(
        self, given_facts: OrderFacts
    ) -> None:
        decision = decide(given_facts, POLICY, with_remedies=False)
        gaps = [
            Decimal(rule.value) - Decimal(rule.threshold)
            for rule in decision.rules
            if rule.result is Result.BLOCK and rule.excess
        ]
        assert decision.shortfall == max(gaps, default=Decimal(0))


class TestReadPolicy:
    def test_rules_not_named_are_off(self) -> None:
        policy = read_order_check_policy({"R01": {}, "R09": {"action": "WARN", "max_pct": "5"}})
        assert policy.max_overdue_share_pct == Decimal(5)
        assert policy.action_of(RuleCode.R09) is Result.WARN
        assert {rule.code for rule in decide(facts(), policy).rules} == {RuleCode.R01, RuleCode.R09}

    def test_the_class_gives_the_days_that_the_rule_leaves_open(self) -> None:
        given_days = read_order_check_policy({"R08": {"max_days": 3}}, max_overdue_days=45)
        left_open = read_order_check_policy({"R08": {"max_days": None}}, max_overdue_days=45)
        assert (given_days.max_overdue_days, left_open.max_overdue_days) == (3, 45)

    @pytest.mark.parametrize("rules", [{"R99": {}}, {"R01": {"action": "SHRUG"}}])
    def test_refuses_what_does_not_exist(self, rules: dict[str, Any]) -> None:
        with pytest.raises(ValueError):
            read_order_check_policy(rules)
