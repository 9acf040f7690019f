"""Asking for a limit, deciding on it, cutting it, and what the calendar does to it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    StaleVersion,
    TransitionNotAllowed,
)
from common.models import Event
from credit_control.models import Approval, CreditAccount, CreditLimit, LimitRequest
from credit_control.selectors import (
    changed_facts,
    find_open_request,
    get_account_facts,
    get_effective_limit,
    list_approvals_for,
    list_limit_use,
    preview_request,
    refresh_facts,
)
from credit_control.services import (
    decide_request,
    expire_limits,
    reduce_limit,
    request_limit,
    withdraw_request,
)
from credit_control.services.decisions import FourEyes
from credit_control.services.requests import LargeAmount, RequestPending
from customers.models import CustomerGroup, PaymentTerm, Task
from tests import cast
from tests.credit_control.books import ask, give_limit, make_buyer, order, owe, rate
from tests.support import assert_query_count

pytestmark = pytest.mark.usefixtures("people")
TODAY = cast.TODAY
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def want(account: CreditAccount, amount: str, actor: Any, **fields: Any) -> LimitRequest:
    values: dict[str, Any] = {
        "reason": "New production line confirmed for the first quarter.",
        "valid_from": TODAY,
        "review_by": TODAY + timedelta(days=180),
        "as_of": TODAY,
        "submitted_at": NOW,
    }
    return request_limit(
        account=account, requested_limit=Decimal(amount), actor=actor, **(values | fields)
    )


def decide(request: LimitRequest, action: str, actor: Any, **fields: Any) -> LimitRequest:
    values: dict[str, Any] = {"version": request.version, "as_of": TODAY, "decided_at": NOW}
    return decide_request(request=request, action=action, actor=actor, **(values | fields))


class TestRequestLimit:
    def test_stores_facts_checks_route_and_tells_the_manager(self, people: cast.People) -> None:
        account = make_buyer(limit="200000", risk_class=None)
        rate(account.customer, "3", limit="280000")
        owe(account.customer, "50000", due=TODAY - timedelta(days=31))
        request = want(account, "300000", people.sales)
        assert request.state == "IN_APPROVAL"
        assert request.kind == "INCREASE"
        assert request.recommended_limit == 280000
        assert request.route[0]["role"] == "CREDIT_MANAGER"
        assert request.route[0]["matrix"] == ["CA", "CM", "FIN_DIR"]
        assert request.decide_by == NOW + timedelta(hours=24)
        assert request.facts["headroom_after"] == "250000.00"
        verdicts = {c["code"]: c["result"] for c in request.checks}
        assert verdicts["SUGGESTED"] == "WARN"
        assert verdicts["OVERDUE"] == "WARN"
        assert verdicts["TERM"] == "PASS"
        task = Task.objects.get(kind="LIMIT_APPROVAL")
        assert (task.role, task.due_at) == ("CREDIT_MANAGER", request.decide_by)

    @pytest.mark.parametrize(
        ("amount", "risk_class", "role"),
        [
            ("2000000", "2", "CREDIT_MANAGER"),
            ("2000000.01", "2", "EXECUTIVE"),
            ("500000", "4", "CREDIT_MANAGER"),
            ("500000.01", "4", "EXECUTIVE"),
        ],
    )
    def test_above_the_ceiling_the_executive_decides(
        self, people: cast.People, amount: str, risk_class: str, role: str
    ) -> None:
        account = make_buyer(limit="500000", risk_class=risk_class)
        request = want(account, amount, people.analyst)
        assert request.route[0]["role"] == role

    def test_only_one_waits_at_a_time(self, people: cast.People) -> None:
        account = make_buyer()
        want(account, "120000", people.sales)
        with pytest.raises(RequestPending):
            want(account, "130000", people.analyst)
        assert LimitRequest.objects.count() == 1

    def test_default_gets_no_credit(self, people: cast.People) -> None:
        with pytest.raises(Conflict) as caught:
            want(make_buyer(limit=None, risk_class="D"), "1000", people.sales)
        assert caught.value.code == "NO_CREDIT_FOR_DEFAULT"
        assert not LimitRequest.objects.exists()

    def test_a_customer_on_hold_cannot_get_more(self, people: cast.People) -> None:
        with pytest.raises(Conflict) as caught:
            want(make_buyer(state="BLOCKED"), "1000", people.sales)
        assert caught.value.code == "CUSTOMER_ON_HOLD"

    def test_a_hundred_times_the_limit_needs_a_second_look(self, people: cast.People) -> None:
        account = make_buyer(limit="1000")
        with pytest.raises(LargeAmount):
            want(account, "100000.01", people.sales)
        assert want(account, "100000.01", people.sales, is_sure=True).pk

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"reason": " x "}, "reason"),
            ({"reason": "x" * 501}, "reason"),
            ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
            ({"review_by": TODAY}, "review_by"),
        ],
    )
    def test_bad_values_are_named(
        self, people: cast.People, change: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            want(make_buyer(), "1000", people.sales, **change)
        assert caught.value.field == field
        assert not LimitRequest.objects.exists()

    @pytest.mark.parametrize("role", ["manager", "finance", "collector", "auditor", "admin"])
    def test_others_may_not_ask(self, people: cast.People, role: str) -> None:
        with pytest.raises(NotAllowed):
            want(make_buyer(), "1000", getattr(people, role))
        assert not LimitRequest.objects.exists()


class TestDecideRequest:
    def test_approval_writes_total_and_unsecured_limit_at_once(self, people: cast.People) -> None:
        account = make_buyer(limit=None, risk_class="3")
        request = want(
            account, "300000", people.sales, payment_term=PaymentTerm.objects.get(code="NET30")
        )
        done = decide(request, "approve", people.manager)
        assert done.state == "ACTIVATED"
        limits = {row.kind: row.amount for row in CreditLimit.objects.filter(state="ACTIVE")}
        assert limits == {"TOTAL": 300000, "UNSECURED": 210000}
        account.refresh_from_db()
        assert account.next_review_date == request.review_by
        approval = Approval.objects.get()
        assert (approval.maker, approval.checker) == (people.sales, people.manager)
        assert Task.objects.get(kind="LIMIT_APPROVAL").state == "DONE"
        assert ask(account, "300000").decision == "RELEASED"

    def test_the_old_limit_is_superseded(self, people: cast.People) -> None:
        account = make_buyer(limit="100000")
        decide(want(account, "150000", people.sales), "approve", people.manager)
        states = sorted(CreditLimit.objects.filter(kind="TOTAL").values_list("amount", "state"))
        assert states == [(100000, "SUPERSEDED"), (150000, "ACTIVE")]
        assert get_effective_limit(account=account, as_of=TODAY).total == 150000

    def test_reduce_grants_less_and_needs_a_reason(self, people: cast.People) -> None:
        request = want(make_buyer(limit=None), "300000", people.sales)
        with pytest.raises(InvalidInput) as caught:
            decide(request, "reduce", people.manager, amount=Decimal(200000))
        assert caught.value.field == "comment"
        with pytest.raises(InvalidInput) as caught:
            decide(request, "reduce", people.manager, amount=Decimal(300000), comment="too much")
        assert caught.value.field == "amount"
        assert not CreditLimit.objects.exists()
        done = decide(
            request, "reduce", people.manager, amount=Decimal(200000), comment="Policy maximum."
        )
        assert (done.approved_limit, done.state) == (200000, "ACTIVATED")

    def test_return_asks_back_and_the_answer_goes_on_with_it(self, people: cast.People) -> None:
        account = make_buyer(limit=None)
        request = want(account, "300000", people.sales)
        back = decide(request, "return", people.manager, comment="Which orders?")
        assert back.state == "RETURNED"
        task = Task.objects.get(kind="LIMIT_ANSWER")
        assert task.owner == people.sales
        again = want(account, "280000", people.sales, answers=back)
        assert again.pk == request.pk
        assert (again.state, again.requested_limit) == ("IN_APPROVAL", 280000)
        task.refresh_from_db()
        assert task.state == "DONE"
        assert decide(again, "approve", people.manager).state == "ACTIVATED"

    def test_reject_keeps_the_present_limit(self, people: cast.People) -> None:
        account = make_buyer(limit="1000")
        request = want(account, "3000", people.sales)
        done = decide(request, "reject", people.manager, comment="Too many overdue items.")
        assert done.state == "REJECTED"
        assert get_effective_limit(account=account, as_of=TODAY).total == 1000
        with pytest.raises(TransitionNotAllowed):
            decide(done, "approve", people.manager)

    def test_who_asks_never_decides_even_after_a_change_of_role(self, people: cast.People) -> None:
        request = want(make_buyer(limit=None), "3000", people.analyst)
        people.analyst.role = "CREDIT_MANAGER"
        people.analyst.save()
        with pytest.raises(FourEyes):
            decide(request, "approve", people.analyst)
        assert not CreditLimit.objects.exists()

    def test_the_database_refuses_one_person_in_both_chairs(self, people: cast.People) -> None:
        request = want(make_buyer(limit=None), "3000", people.analyst)
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.create(
                request=request,
                step=1,
                role="CREDIT_MANAGER",
                maker=people.analyst,
                checker=people.analyst,
                decision="APPROVE",
            )

    def test_the_customers_owner_never_decides(self, people: cast.People) -> None:
        account = make_buyer(limit=None, sales_owner=people.manager)
        request = want(account, "3000", people.analyst)
        with pytest.raises(FourEyes):
            decide(request, "approve", people.manager)

    @pytest.mark.parametrize(
        "role", ["sales", "analyst", "finance", "collector", "auditor", "admin"]
    )
    def test_other_roles_never_decide_superusers_included(
        self, people: cast.People, role: str
    ) -> None:
        request = want(make_buyer(limit=None), "3000", people.sales)
        with pytest.raises(NotAllowed):
            decide(request, "approve", getattr(people, role))
        assert not CreditLimit.objects.exists()

    def test_the_manager_may_not_decide_for_the_executive(self, people: cast.People) -> None:
        request = want(make_buyer(limit="100000"), "2500000", people.sales)
        with pytest.raises(NotAllowed):
            decide(request, "approve", people.manager)
        assert decide(request, "approve", people.executive).state == "ACTIVATED"

    def test_a_stale_version_is_refused(self, people: cast.People) -> None:
        request = want(make_buyer(limit=None), "3000", people.sales)
        with pytest.raises(StaleVersion):
            decide(request, "approve", people.manager, version=request.version + 1)
        assert not CreditLimit.objects.exists()

    def test_a_later_first_day_starts_then(self, people: cast.People) -> None:
        account = make_buyer(limit="1000")
        start = TODAY + timedelta(days=7)
        request = want(
            account, "5000", people.sales, valid_from=start, review_by=start + timedelta(days=90)
        )
        decide(request, "approve", people.manager)
        assert get_effective_limit(account=account, as_of=TODAY).total == 1000
        assert expire_limits(as_of=TODAY) == {"started": 0, "expired": 0}
        assert expire_limits(as_of=start)["started"] == 2
        assert get_effective_limit(account=account, as_of=start).total == 5000
        assert expire_limits(as_of=start) == {"started": 0, "expired": 0}

    def test_a_temporary_increase_adds_what_lies_above(self, people: cast.People) -> None:
        account = make_buyer(limit="1000")
        request = want(
            account,
            "1200",
            people.sales,
            is_temporary=True,
            review_by=TODAY + timedelta(days=30),
        )
        assert request.kind == "TEMPORARY"
        decide(request, "approve", people.manager)
        limit = get_effective_limit(account=account, as_of=TODAY)
        assert (limit.total, limit.temporary) == (1200, 200)
        last = TODAY + timedelta(days=30)
        assert get_effective_limit(account=account, as_of=last).total == 1200
        assert get_effective_limit(account=account, as_of=last + timedelta(days=1)).total == 1000


class TestWithdrawRequest:
    def test_takes_it_back_and_the_to_do_with_it(self, people: cast.People) -> None:
        request = want(make_buyer(), "120000", people.sales)
        done = withdraw_request(
            request=request, version=request.version, as_of=TODAY, actor=people.sales
        )
        assert done.state == "WITHDRAWN"
        assert Task.objects.get().state == "CANCELLED"
        with pytest.raises(TransitionNotAllowed):
            decide(done, "approve", people.manager)

    def test_only_by_who_asked(self, people: cast.People) -> None:
        request = want(make_buyer(), "120000", people.sales)
        with pytest.raises(NotAllowed):
            withdraw_request(
                request=request, version=request.version, as_of=TODAY, actor=people.analyst
            )
        request.refresh_from_db()
        assert request.state == "IN_APPROVAL"


class TestReduceLimit:
    def test_cuts_alone_and_at_once(self, people: cast.People) -> None:
        account = make_buyer(limit="1000", risk_class="3")
        reduce_limit(
            account=account,
            amount=Decimal(500),
            reason="Late payments.",
            as_of=TODAY,
            actor=people.manager,
        )
        limit = get_effective_limit(account=account, as_of=TODAY)
        assert (limit.total, limit.unsecured) == (500, 350)
        assert ask(account, "500.01").decision == "BLOCKED"
        assert Event.objects.get(code="credit.limit.reduced").before == {"limit": "1000.000"}

    @pytest.mark.parametrize("amount", ["1000", "1000.01", "-1"])
    def test_raising_alone_is_impossible(self, people: cast.People, amount: str) -> None:
        account = make_buyer(limit="1000")
        with pytest.raises(InvalidInput):
            reduce_limit(
                account=account,
                amount=Decimal(amount),
                reason="Because.",
                as_of=TODAY,
                actor=people.manager,
            )
        assert get_effective_limit(account=account, as_of=TODAY).total == 1000

    @pytest.mark.parametrize("role", ["sales", "analyst", "executive", "admin"])
    def test_others_may_not(self, people: cast.People, role: str) -> None:
        account = make_buyer(limit="1000")
        with pytest.raises(NotAllowed):
            reduce_limit(
                account=account,
                amount=Decimal(1),
                reason="Because.",
                as_of=TODAY,
                actor=getattr(people, role),
            )
        assert get_effective_limit(account=account, as_of=TODAY).total == 1000

    def test_a_cut_does_not_lift_a_suspension(self, people: cast.People) -> None:
        account = make_buyer(limit=None)
        give_limit(account, "1000", state=CreditLimit.State.SUSPENDED)
        reduce_limit(
            account=account,
            amount=Decimal(500),
            reason="Less is asked for.",
            as_of=cast.TODAY,
            actor=people.manager,
        )
        live = CreditLimit.objects.filter(account=account).exclude(state="SUPERSEDED")
        assert set(live.values_list("state", flat=True)) == {"SUSPENDED"}


class TestExpireLimits:
    def test_ends_after_the_last_day_and_once(self) -> None:
        account = make_buyer(limit=None)
        give_limit(account, "1000", valid_to=TODAY)
        assert expire_limits(as_of=TODAY) == {"started": 0, "expired": 0}
        tomorrow = TODAY + timedelta(days=1)
        assert expire_limits(as_of=tomorrow) == {"started": 0, "expired": 1}
        assert expire_limits(as_of=tomorrow) == {"started": 0, "expired": 0}
        assert CreditLimit.objects.get().state == "EXPIRED"
        assert Event.objects.filter(code="credit.limit.expired").count() == 1


class TestPreview:
    def test_says_now_and_after(self) -> None:
        account = make_buyer(limit="1000", risk_class="2")
        owe(account.customer, "600")
        order(account.customer, "O-1", "100", credit_status="RELEASED")
        facts = get_account_facts(account, as_of=TODAY)
        preview = preview_request(facts, requested_limit=Decimal(1400))
        assert preview.use_ratio_now == Decimal("0.7000")
        assert preview.use_ratio == Decimal("0.5000")
        assert (facts.headroom, preview.headroom) == (300, 700)

    def test_suggestion_comes_from_rating_and_need(self) -> None:
        account = make_buyer(limit=None, risk_class=None)
        assert get_account_facts(account, as_of=TODAY).suggestion.status == "NO_RATING"
        rate(account.customer, "2", as_of=TODAY - timedelta(days=3))
        assert get_account_facts(account, as_of=TODAY).suggestion.status == "MISSING_INPUT"
        rate(account.customer, "2", as_of=TODAY, limit="1387500")
        suggestion = get_account_facts(account, as_of=TODAY).suggestion
        assert (suggestion.value, suggestion.need) == (1387500, None)
        owe(account.customer, "1130000")
        suggestion = get_account_facts(account, as_of=TODAY).suggestion
        # 1,000,000 × 1.13 / 365 × (30 + 15) days × 1.2
        assert suggestion.need == Decimal("167178.08")
        assert suggestion.value == 1387500

    def test_group_is_shown_against_its_ceiling(self) -> None:
        from credit_control.models import GroupLimit

        group = CustomerGroup.objects.create(code="G", name_en="Group")
        GroupLimit.objects.create(
            group=group, company=cast.our_company(), amount=Decimal(1500), valid_from=TODAY
        )
        account = make_buyer("S1", "1000", group=group)
        other = make_buyer("S2", "1000", group=group)
        owe(other.customer, "700")
        facts = get_account_facts(account, as_of=TODAY)

        def verdict(amount: int) -> str:
            checks = preview_request(facts, requested_limit=Decimal(amount)).checks
            return next(c.result.value for c in checks if c.code.value == "GROUP")

        assert (verdict(800), verdict(801)) == ("PASS", "WARN")

    def test_tells_what_changed_since_it_was_sent(self, people: cast.People) -> None:
        account = make_buyer(limit="1000")
        request = want(account, "2000", people.sales)
        assert changed_facts(request, refresh_facts(request, as_of=TODAY)) == []
        owe(account.customer, "10")
        assert changed_facts(request, refresh_facts(request, as_of=TODAY)) == ["gross"]


class TestLists:
    def test_limit_use_agrees_with_the_single_account(self, people: cast.People) -> None:
        account = make_buyer("C1", "1000", sales_owner=people.sales)
        owe(account.customer, "300", due=TODAY - timedelta(days=3))
        order(account.customer, "O-1", "100", credit_status="RELEASED")
        ask(account, "50")
        make_buyer("C2", "500")
        (row,) = list_limit_use(user=people.sales, as_of=TODAY)
        assert (row.limit, row.gross, row.headroom) == (1000, 450, 550)
        assert (row.receivables, row.open_orders, row.reservations) == (300, 100, 50)
        assert row.overdue == 300
        assert row.use_ratio == Decimal("0.4500")
        assert [r.customer.code for r in list_limit_use(as_of=TODAY)] == ["C1", "C2"]

    def test_approvals_leave_out_own_and_owned(self, people: cast.People) -> None:
        want(make_buyer("C1"), "120000", people.sales)
        want(make_buyer("C2", sales_owner=people.manager), "120000", people.sales)
        want(make_buyer("C3"), "2500000", people.sales)
        codes = [r.account.customer.code for r in list_approvals_for(people.manager)]
        assert codes == ["C1"]
        assert len(list_approvals_for(people.executive)) == 3
        assert list(list_approvals_for(people.sales)) == []
        assert find_open_request(make_buyer("C4")) is None

    @pytest.mark.parametrize("count", [3, 30])
    def test_limit_use_takes_the_same_queries_for_any_number(self, count: int) -> None:
        for number in range(count):
            owe(make_buyer(f"C{number:03}", "1000").customer, "10")
        with assert_query_count("selector:list_limit_use"):
            assert len(list_limit_use(as_of=TODAY)) == count
