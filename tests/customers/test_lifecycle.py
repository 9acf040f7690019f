"""The lifecycle of a customer, and the trees that the database keeps trees."""

import pytest
from django.db import IntegrityError, transaction

from common.errors import InvalidInput, NotAllowed, TransitionNotAllowed
from common.models import Event
from customers import services
from customers.models import Customer, CustomerGroup, CustomerStateChange
from customers.services.lifecycle import FourEyes, GuardNotMet
from tests import cast

USCC = "91310000MA1X00076R"


def move(customer, action, actor, **more):
    values = {"as_of": cast.TODAY, "reason": "because"}
    return services.change_customer_state(
        customer=customer, action=action, actor=actor, **(values | more)
    )


@pytest.fixture
def second_manager(people):
    return cast.make_user("manager2", "CREDIT_MANAGER", "ALL")


@pytest.mark.django_db
class TestChangeCustomerState:
    def test_writes_the_step_with_its_reason(self, people):
        customer = cast.make_customer()
        moved = move(customer, "block", people.manager, reason="三张发票逾期")
        assert (moved.state, moved.state_reason, moved.version) == ("BLOCKED", "三张发票逾期", 2)
        change = CustomerStateChange.objects.get()
        assert (change.source, change.target, change.actor) == (
            "ACTIVE",
            "BLOCKED",
            people.manager,
        )
        event = Event.objects.get(code="customers.customer.block")
        assert (event.before, event.after) == ({"state": "ACTIVE"}, {"state": "BLOCKED"})

    def test_a_hold_is_lifted_by_another_manager(self, people, second_manager):
        customer = cast.make_customer()
        move(customer, "block", people.manager)
        with pytest.raises(FourEyes):
            move(customer, "unblock", people.manager)
        assert Customer.objects.get().state == "BLOCKED"
        assert move(customer, "unblock", second_manager).state == "ACTIVE"
        assert CustomerStateChange.objects.get(action="unblock").blocker == people.manager

    def test_a_hold_of_the_system_is_lifted_by_any_manager(self, people):
        customer = cast.make_customer()
        move(customer, "block", None)
        assert move(customer, "unblock_to_watch", people.manager).state == "WATCH"

    def test_the_system_lifts_no_hold_of_a_person(self, people):
        customer = cast.make_customer()
        move(customer, "block", people.manager)
        with pytest.raises(FourEyes):
            move(customer, "unblock", None)

    def test_the_database_keeps_four_eyes(self, people):
        customer = cast.make_customer()
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomerStateChange.objects.create(
                customer=customer,
                action="unblock",
                source="BLOCKED",
                target="ACTIVE",
                reason="x",
                as_of=cast.TODAY,
                actor=people.manager,
                blocker=people.manager,
            )

    def test_a_step_is_never_changed_afterwards(self, people):
        move(cast.make_customer(), "block", people.manager)
        with pytest.raises(Exception, match="append_only"), transaction.atomic():
            CustomerStateChange.objects.update(reason="other")

    def test_refuses_a_step_that_does_not_exist(self, people):
        with pytest.raises(TransitionNotAllowed):
            move(cast.make_customer(), "unblock", people.manager)

    def test_asks_for_a_reason(self, people):
        with pytest.raises(InvalidInput) as caught:
            move(cast.make_customer(), "block", people.manager, reason=" ")
        assert caught.value.field == "reason"
        assert Customer.objects.get().state == "ACTIVE"

    def test_approves_only_who_has_proved_his_identity(self, people):
        customer = cast.make_customer(state="PROSPECT")
        with pytest.raises(GuardNotMet):
            move(customer, "approve_master", people.manager)
        Customer.objects.update(uscc=USCC)
        assert move(customer, "approve_master", people.manager).state == "ACTIVE"

    def test_closes_an_account_only_when_nothing_is_owed(self, people):
        customer = cast.make_customer()
        for is_clear in (None, False):
            with pytest.raises(GuardNotMet):
                move(customer, "deactivate", people.manager, is_clear=is_clear)
        assert move(customer, "deactivate", people.manager, is_clear=True).state == "INACTIVE"

    @pytest.mark.parametrize(
        "role", ["sales", "analyst", "finance", "collector", "executive", "auditor", "admin"]
    )
    def test_a_hold_is_the_credit_managers(self, people, role):
        with pytest.raises(NotAllowed):
            move(cast.make_customer(), "block", getattr(people, role))
        assert Customer.objects.get().state == "ACTIVE"

    def test_an_analyst_may_put_on_watch_but_not_take_off(self, people):
        customer = cast.make_customer()
        assert move(customer, "put_on_watch", people.analyst).state == "WATCH"
        with pytest.raises(NotAllowed):
            move(customer, "clear_watch", people.analyst)


def chain(length: int) -> list[CustomerGroup]:
    groups: list[CustomerGroup] = []
    for n in range(length):
        groups.append(
            CustomerGroup.objects.create(
                code=f"G{n}", name_en=f"G{n}", parent=groups[-1] if groups else None
            )
        )
    return groups


@pytest.mark.django_db
class TestGroups:
    def test_has_six_levels_at_most(self, people):
        groups = chain(6)
        with pytest.raises(InvalidInput) as caught:
            services.create_group(
                actor=people.analyst, as_of=cast.TODAY, code="G7", name_en="x", parent=groups[-1]
            )
        assert (caught.value.field, caught.value.code) == ("parent", "TOO_DEEP")
        assert CustomerGroup.objects.count() == 6

    def test_counts_the_levels_below_when_a_tree_moves(self, people):
        top = chain(4)
        low = CustomerGroup.objects.create(code="L0", name_en="L0")
        mid = CustomerGroup.objects.create(code="L1", name_en="L1", parent=low)
        CustomerGroup.objects.create(code="L2", name_en="L2", parent=mid)
        with pytest.raises(InvalidInput) as caught:
            services.move_group(group=low, parent=top[-1], actor=people.analyst, as_of=cast.TODAY)
        assert caught.value.code == "TOO_DEEP"
        moved = services.move_group(
            group=low, parent=top[2], actor=people.analyst, as_of=cast.TODAY
        )
        assert moved.parent == top[2]

    def test_is_never_a_ring(self, people):
        groups = chain(3)
        with pytest.raises(InvalidInput) as caught:
            services.move_group(
                group=groups[0], parent=groups[2], actor=people.analyst, as_of=cast.TODAY
            )
        assert caught.value.code == "CYCLE"
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomerGroup.objects.filter(code="G0").update(parent=groups[2])
        assert CustomerGroup.objects.get(code="G0").parent is None

    def test_bulk_writes_are_checked_too(self):
        groups = chain(2)
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomerGroup.objects.filter(code="G0").update(parent=groups[1])

    @pytest.mark.parametrize("role", ["sales", "finance", "auditor"])
    def test_is_the_credit_departments(self, people, role):
        with pytest.raises(NotAllowed):
            services.create_group(
                actor=getattr(people, role), as_of=cast.TODAY, code="G", name_en="x"
            )
        assert not CustomerGroup.objects.exists()
