"""The order check as a service: facts from the database, one stored answer, one reservation."""

from datetime import timedelta
from decimal import Decimal

import pytest

from common.errors import InvalidInput, NotAllowed, StaleVersion
from common.models import Event, PolicyVersion, Rate
from common.policies import add_policy
from credit_control.models import CreditLimit, GroupLimit, OrderCheck, Reservation
from credit_control.selectors import get_exposure, get_headroom
from credit_control.services import (
    consume_reservation,
    expire_reservations,
    preview_check,
    release_reservation,
)
from credit_control.services.order_checks import OrderChanged
from customers.models import CustomerGroup, PaymentTerm
from receivables.models import Delivery
from scoring.selectors import get_effective_grade
from tests import cast
from tests.credit_control.books import (
    ask,
    give_limit,
    make_buyer,
    open_account,
    order,
    owe,
    rate,
    results,
)
from tests.support import assert_query_count

pytestmark = pytest.mark.usefixtures("people")
TODAY = cast.TODAY


class TestCheckOrder:
    def test_releases_up_to_the_limit_to_the_cent_and_reserves(self) -> None:
        account = make_buyer(limit="100000")
        owe(account.customer, "40000")
        check = ask(account, "60000.00", "O-1")
        assert check.decision == "RELEASED"
        assert check.exposure["gross"] == "40000.00"
        assert check.exposure["with_order"] == "100000.00"
        assert check.limit["headroom"] == "60000.00"
        held = Reservation.objects.get()
        assert (held.amount, held.limit_amount, held.state) == (60000, 60000, "ACTIVE")
        assert held.check_row_id == check.pk
        assert get_headroom(account=account, as_of=TODAY) == 0

    def test_blocks_one_cent_above_and_says_what_would_pass(self) -> None:
        account = make_buyer(limit="100000")
        owe(account.customer, "40000")
        check = ask(account, "60000.01", "O-1")
        assert check.decision == "BLOCKED"
        assert check.shortfall == Decimal("0.01")
        assert results(check)["R03"] == "BLOCK"
        assert not Reservation.objects.exists()
        ways = {r["kind"]: r["amount"] for r in check.remedies if r["amount"]}
        assert ways["REDUCE_ORDER"] == "60000.00"
        assert ways["TEMPORARY_LIMIT"] == "0.01"

    def test_the_proposed_smaller_order_really_passes(self) -> None:
        account = make_buyer(limit="100000")
        owe(account.customer, "71234.56")
        blocked = ask(account, "90000", "O-1")
        least = next(r for r in blocked.remedies if r["kind"] == "REDUCE_ORDER")
        assert least["amount"] == "28765.44"
        assert ask(account, least["amount"], "O-2").decision == "RELEASED"

    def test_waiting_names_the_day_on_which_money_is_due(self) -> None:
        account = make_buyer(limit="100000")
        due = TODAY + timedelta(days=12)
        owe(account.customer, "80000", due=due)
        check = ask(account, "50000")
        wait = next(r for r in check.remedies if r["kind"] == "WAIT")
        assert wait["date"] == due.isoformat()

    def test_the_same_version_gets_the_stored_answer_and_reserves_once(self) -> None:
        account = make_buyer(limit="10000")
        first = ask(account, "10000", "O-1")
        again = ask(account, "10000", "O-1")
        assert again.pk == first.pk
        assert again.reservation.pk == first.reservation.pk
        assert Reservation.objects.count() == 1
        assert OrderCheck.objects.count() == 1

    def test_another_amount_in_the_same_version_is_refused_not_answered(self) -> None:
        account = make_buyer(limit="10000")
        ask(account, "100", "O-1")
        with pytest.raises(OrderChanged):
            ask(account, "99999", "O-1")
        assert OrderCheck.objects.count() == 1

    def test_a_question_first_does_not_take_the_place_of_the_check_that_reserves(self) -> None:
        account = make_buyer(limit="10000")
        assert ask(account, "8000", "O-1", reserve=False).decision == "RELEASED"
        check = ask(account, "8000", "O-1")
        assert check.reservation.amount == 8000
        assert ask(account, "8000", "O-2").decision == "BLOCKED"

    def test_two_long_client_keys_are_two_questions(self) -> None:
        account = make_buyer(limit="10000")
        first, second = (ask(account, "10", "O" * 40, key="k" * 119 + end) for end in "ab")
        assert first.pk != second.pk

    def test_a_higher_version_replaces_the_reservation(self) -> None:
        account = make_buyer(limit="10000")
        ask(account, "8000", "O-1", order_version=1)
        second = ask(account, "9500", "O-1", order_version=2)
        assert second.decision == "RELEASED"
        assert second.exposure["gross"] == "0.00"
        states = dict(Reservation.objects.values_list("amount", "state"))
        assert states == {Decimal(8000): "RELEASED", Decimal(9500): "ACTIVE"}

    def test_a_blocked_higher_version_gives_the_old_reservation_back(self) -> None:
        account = make_buyer(limit="10000")
        ask(account, "8000", "O-1", order_version=1)
        assert ask(account, "10500", "O-1", order_version=2).decision == "BLOCKED"
        assert Reservation.objects.get().state == "RELEASED"

    def test_a_late_lower_version_is_refused_and_changes_nothing(self) -> None:
        account = make_buyer(limit="10000")
        ask(account, "8000", "O-1", order_version=3)
        with pytest.raises(StaleVersion):
            ask(account, "100", "O-1", order_version=2)
        assert Reservation.objects.get().amount == 8000

    def test_asking_only_holds_nothing_and_leaves_the_order_alone(self) -> None:
        account = make_buyer(limit="10000")
        known = order(account.customer, "O-1", "5000")
        check = ask(account, "5000", "O-1", reserve=False)
        assert check.decision == "RELEASED"
        assert not Reservation.objects.exists()
        known.refresh_from_db()
        assert known.credit_status == "NOT_CHECKED"

    def test_a_known_order_gets_its_status_and_counts_once(self) -> None:
        account = make_buyer(limit="10000")
        known = order(account.customer, "O-1", "6000")
        check = ask(account, "6000", "O-1")
        known.refresh_from_db()
        assert known.credit_status == "RELEASED"
        assert check.reservation.expires_at is None
        exposure = get_exposure(account=account, as_of=TODAY)
        assert exposure.gross == 6000
        assert exposure.components["open_orders"] == 6000
        assert exposure.components["reservations"] == 0
        assert ask(account, "4000", "O-2").decision == "RELEASED"
        assert ask(account, "0.01", "O-3").decision == "BLOCKED"

    def test_a_pre_authorisation_counts_by_itself_and_runs_out(self) -> None:
        account = make_buyer(limit="10000")
        check = ask(account, "7000")
        assert check.reservation.expires_at is not None
        assert get_exposure(account=account, as_of=TODAY).components["reservations"] == 7000
        later = check.reservation.expires_at + timedelta(seconds=1)
        assert expire_reservations(now=later - timedelta(seconds=2)) == 0
        assert expire_reservations(now=later) == 1
        assert expire_reservations(now=later) == 0
        assert get_exposure(account=account, as_of=TODAY).gross == 0

    def test_delivery_turns_the_reservation_into_delivered_without_changing_gross(self) -> None:
        account = make_buyer(limit="10000")
        known = order(account.customer, "O-1", "6000")
        held = ask(account, "6000", "O-1").reservation
        before = get_exposure(account=account, as_of=TODAY).gross
        type(known).objects.filter(pk=known.pk).update(open_value=0)
        Delivery.objects.create(
            delivery_no="D-1",
            order=known,
            shipped_at=cast_instant(),
            open_value=Decimal(6000),
        )
        consume_reservation(reservation=held, as_of=TODAY)
        exposure = get_exposure(account=account, as_of=TODAY)
        assert exposure.gross == before == 6000
        assert exposure.components["delivered_not_invoiced"] == 6000
        assert Reservation.objects.get().state == "CONSUMED"

    def test_a_part_delivery_keeps_the_rest_reserved(self) -> None:
        account = make_buyer(limit="10000")
        held = ask(account, "6000", "O-1").reservation
        rest = consume_reservation(reservation=held, amount=Decimal(2500), as_of=TODAY)
        assert (rest.amount, rest.limit_amount, rest.state) == (3500, 3500, "ACTIVE")

    def test_a_reservation_ends_once(self) -> None:
        account = make_buyer(limit="10000")
        held = ask(account, "6000", "O-1").reservation
        release_reservation(reservation=held, as_of=TODAY)
        from common.errors import TransitionNotAllowed

        with pytest.raises(TransitionNotAllowed):
            consume_reservation(reservation=held, as_of=TODAY)
        assert Reservation.objects.get().state == "RELEASED"

    def test_only_who_may_check_orders_gives_a_reservation_back(self, people: cast.People) -> None:
        held = ask(make_buyer(limit="10000"), "6000", "O-1").reservation
        with pytest.raises(NotAllowed):
            release_reservation(reservation=held, as_of=TODAY, actor=people.finance)
        assert Reservation.objects.get().state == "ACTIVE"

    def test_without_a_limit_blocks_by_r02(self) -> None:
        check = ask(make_buyer(limit=None), "1")
        assert check.decision == "BLOCKED"
        assert results(check)["R02"] == "BLOCK"
        assert check.limit["total"] == "0"

    @pytest.mark.parametrize(("days", "decision"), [(0, "RELEASED"), (1, "BLOCKED")])
    def test_the_last_day_of_the_limit_still_counts(self, days: int, decision: str) -> None:
        account = make_buyer(limit=None)
        give_limit(account, "1000", valid_to=TODAY - timedelta(days=days))
        assert ask(account, "1").decision == decision

    def test_a_temporary_limit_adds_at_most_thirty_percent(self) -> None:
        account = make_buyer(limit="1000")
        give_limit(account, "400", kind=CreditLimit.Kind.TEMPORARY)
        assert ask(account, "1300.01", "O-1").decision == "BLOCKED"
        assert ask(account, "1300", "O-2").decision == "RELEASED"

    def test_a_suspended_limit_counts_nothing(self) -> None:
        account = make_buyer(limit="1000")
        CreditLimit.objects.filter(account=account).update(state="SUSPENDED")
        assert ask(account, "1").decision == "BLOCKED"

    @pytest.mark.parametrize(
        ("risk_class", "days", "decision"),
        [
            ("1", 45, "RELEASED"),
            ("1", 46, "BLOCKED"),
            ("2", 30, "RELEASED"),
            ("2", 31, "BLOCKED"),
            ("4", 7, "RELEASED"),
            ("4", 8, "BLOCKED"),
        ],
    )
    def test_r08_takes_its_days_from_the_risk_class(
        self, risk_class: str, days: int, decision: str
    ) -> None:
        account = make_buyer(limit="1000000", risk_class=risk_class)
        owe(account.customer, "600", due=TODAY - timedelta(days=days))
        owe(account.customer, "90000")
        check = ask(account, "100")
        assert results(check)["R08"] == ("PASS" if decision == "RELEASED" else "BLOCK")

    def test_unrated_counts_as_class_five_and_blocks(self) -> None:
        check = ask(make_buyer(limit="1000", risk_class=None), "1")
        assert results(check)["R14"] == "BLOCK"
        assert check.remedies == []

    def test_an_expired_rating_blocks(self) -> None:
        account = make_buyer(limit="1000", risk_class=None)
        rate(account.customer, "2", as_of=TODAY - timedelta(days=366))
        rule = next(r for r in ask(account, "1").rules if r["code"] == "R14")
        assert (rule["result"], rule["value"]) == ("BLOCK", "EXPIRED")

    @pytest.mark.parametrize("state", ["BLOCKED", "LEGAL", "INSOLVENT"])
    def test_a_customer_on_hold_is_blocked(self, state: str) -> None:
        account = make_buyer(limit="1000", state=state)
        assert results(ask(account, "1"))["R01"] == "BLOCK"

    def test_dunning_level_three_blocks(self) -> None:
        account = make_buyer(limit="100000")
        owe(account.customer, "600", due=TODAY - timedelta(days=5), dunning_level=3)
        assert results(ask(account, "1"))["R11"] == "BLOCK"

    def test_two_broken_promises_block(self) -> None:
        account = make_buyer(limit="1000")
        for number, days in enumerate((10, 179)):
            Event.objects.create(
                code="collection.promise.broken",
                subject_type="collection.promisetopay",
                subject_key=str(number),
                customer_id=account.customer_id,
                as_of=TODAY - timedelta(days=days),
            )
        assert results(ask(account, "1"))["R17"] == "BLOCK"

    def test_a_longer_term_than_approved_warns(self) -> None:
        account = make_buyer(limit="1000")
        check = ask(account, "1", payment_term=PaymentTerm.objects.get(code="NET60"))
        assert check.decision == "RELEASED_WARNING"
        assert results(check)["R12"] == "WARN"
        assert check.reservation.state == "ACTIVE"

    def test_orders_beyond_the_horizon_count_statically_only(self) -> None:
        account = make_buyer(limit="1000")
        order(
            account.customer,
            "FAR",
            "900",
            ship_date=TODAY + timedelta(days=61),
            credit_status="RELEASED",
        )
        check = ask(account, "200")
        found = results(check)
        assert (found["R03"], found["R04"]) == ("BLOCK", "PASS")

    def test_prepaid_orders_weigh_nothing(self) -> None:
        account = make_buyer(limit="1000")
        order(
            account.customer,
            "PRE",
            "900",
            credit_status="RELEASED",
            payment_term=PaymentTerm.objects.get(code="PREPAID"),
        )
        assert get_exposure(account=account, as_of=TODAY).gross == 0

    def test_foreign_currency_is_converted_at_the_dated_rate(self) -> None:
        account = make_buyer(limit="10000")
        Rate.objects.create(kind="fx", code="USD", valid_from=TODAY, value=Decimal("7.10"))
        Rate.objects.create(
            kind="fx", code="USD", valid_from=TODAY + timedelta(days=1), value=Decimal(9)
        )
        owe(account.customer, "1000", currency="USD")
        check = ask(account, "100.00", "O-1", currency="USD")
        assert check.exposure["gross"] == "7100.00"
        assert check.exposure["with_order"] == "7810.00"
        assert Reservation.objects.get().limit_amount == 710

    def test_a_missing_rate_blocks_technically_and_may_be_asked_again(self) -> None:
        account = make_buyer(limit="10000")
        first = ask(account, "100", "O-1", currency="USD")
        assert first.decision == "BLOCKED"
        assert [r["code"] for r in first.rules if r["result"] == "BLOCK"] == ["TECHNICAL"]
        assert first.remedies == []
        Rate.objects.create(kind="fx", code="USD", valid_from=TODAY, value=Decimal(7))
        second = ask(account, "100", "O-1", currency="USD")
        assert second.decision == "RELEASED"
        assert second.pk != first.pk

    def test_stores_the_facts_and_the_versions_of_policy_it_saw(self) -> None:
        account = make_buyer(limit="100000")
        number = owe(account.customer, "5000", due=TODAY - timedelta(days=4))
        check = OrderCheck.objects.get(pk=ask(account, "10").pk)
        assert check.facts["overdue_items"] == [
            {"id": number, "amount": "5000.000", "days": 4, "is_disputed": False}
        ]
        assert set(check.facts["policies"]) == {"ORDER_CHECK", "RISK_CLASSES"}
        assert check.rating.risk_class == "2"
        event = Event.objects.get(code="credit.order.released")
        assert event.customer_id == account.customer_id

    def test_follows_the_policy_of_the_day(self) -> None:
        account = make_buyer(limit="1000")
        body = PolicyVersion.objects.get(kind="ORDER_CHECK").body | {
            "R07": {"max_document_value": "50"}
        }
        add_policy("ORDER_CHECK", body, valid_from=TODAY)
        assert results(ask(account, "51"))["R07"] == "BLOCK"
        before = TODAY - timedelta(days=1)
        assert "R07" not in results(ask(account, "51", as_of=before, ship_date=TODAY))

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount": Decimal(0)}, "amount"),
            ({"amount": Decimal(-5)}, "amount"),
            ({"amount": Decimal("1.005")}, "amount"),
            ({"ship_date": TODAY - timedelta(days=1)}, "ship_date"),
        ],
    )
    def test_bad_values_are_named_and_nothing_is_stored(self, change: dict, field: str) -> None:
        account = make_buyer()
        with pytest.raises(InvalidInput) as caught:
            ask(account, **({"amount": "1"} | change))
        assert caught.value.field == field
        assert not OrderCheck.objects.exists()

    def test_an_unknown_currency_is_refused(self) -> None:
        with pytest.raises(InvalidInput):
            ask(make_buyer(), "1", currency="XXX")

    def test_a_collector_may_not_check(self, people: cast.People) -> None:
        account = make_buyer()
        with pytest.raises(NotAllowed):
            ask(account, "1", actor=people.collector)
        assert not OrderCheck.objects.exists()

    def test_a_superuser_without_the_role_may_not_check(self, people: cast.People) -> None:
        assert people.admin.is_superuser
        with pytest.raises(NotAllowed):
            ask(make_buyer(), "1", actor=people.admin)

    def test_takes_few_statements_however_much_is_open(self) -> None:
        account = make_buyer(limit="10000000")
        for number in range(30):
            owe(account.customer, "100", due=TODAY - timedelta(days=2))
            order(account.customer, f"R-{number}", "50", credit_status="RELEASED")
        with assert_query_count("service:check_order"):
            ask(account, "10", "NEW")


class TestPreviewCheck:
    def test_decides_and_stores_nothing(self) -> None:
        customer = cast.make_customer("NEW1")
        check = preview_check(
            customer=customer,
            company=cast.our_company(),
            amount=Decimal(10),
            currency="CNY",
            ship_date=TODAY,
            as_of=TODAY,
            actor=None,
        )
        assert check.decision == "BLOCKED"
        assert check.pk is None
        assert not OrderCheck.objects.exists()
        assert not type(open_account(customer)).objects.exclude(customer=customer).exists()


class TestGroups:
    def make_group(self, limit: str) -> tuple:
        top = CustomerGroup.objects.create(code="G", name_en="Group")
        part = CustomerGroup.objects.create(code="G-SUB", name_en="Part", parent=top)
        GroupLimit.objects.create(
            group=top, company=cast.our_company(), amount=Decimal(limit), valid_from=TODAY
        )
        return (
            make_buyer("S1", "1000000", group=top),
            make_buyer("S2", "1000000", group=part),
        )

    def test_a_member_with_own_headroom_is_blocked_by_the_group(self) -> None:
        one, two = self.make_group("1500000")
        owe(one.customer, "800000")
        owe(two.customer, "600000")
        check = ask(two, "100000.01", "O-1")
        rule = next(r for r in check.rules if r["code"] == "R06")
        assert (rule["value"], rule["threshold"]) == ("1500000.01", "1500000.00")
        assert check.decision == "BLOCKED"
        assert ask(two, "100000", "O-2").decision == "RELEASED"
        assert ask(one, "0.01", "O-3").decision == "BLOCKED"

    def test_counts_members_without_an_account_too(self) -> None:
        one, _two = self.make_group("1000")
        stranger = cast.make_customer("S3", group=one.customer.group)
        owe(stranger, "999")
        assert ask(one, "1.01").decision == "BLOCKED"

    def test_an_order_of_the_customer_itself_is_not_counted_twice(self) -> None:
        one, _two = self.make_group("1000")
        ask(one, "600", "O-1")
        assert ask(one, "1000", "O-1", order_version=2).decision == "RELEASED"

    def test_a_group_limit_that_ended_holds_nobody(self) -> None:
        one, _two = self.make_group("1")
        GroupLimit.objects.update(
            valid_from=TODAY - timedelta(days=9), valid_to=TODAY - timedelta(days=1)
        )
        assert "R06" not in results(ask(one, "5"))


def cast_instant():
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


class TestExpiredRating:
    def test_counts_one_grade_less_and_two_after_six_months(self) -> None:
        # A rating of AA (class 1) that ended yesterday counts as A (class 2), half a year later as
        # BBB (class 3): scoring guide 9.6.
        account = make_buyer(limit="100000", risk_class=None)
        rating = rate(account.customer, "1", as_of=TODAY - timedelta(days=366))
        assert rating.valid_to == TODAY - timedelta(days=1)
        assert ask(account, "100", "O-1").facts["risk_class"] == 2
        later = cast.TODAY + timedelta(days=185)
        days = (rating.valid_to - timedelta(days=1), rating.valid_to, later)
        assert [get_effective_grade(rating, as_of=day) for day in days] == ["AA", "A", "BBB"]
