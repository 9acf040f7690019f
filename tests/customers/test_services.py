"""Writes of parties, on a real database."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from common.models import Event
from customers import services
from customers.models import BankAccount, Contact, ContactLog, Customer, Task
from customers.services.banking import find_other_holders, mask_account
from tests import cast

USCC = "91310000MA1X00076R"
OTHER_USCC = "91350100M000100Y43"


def enter(people: cast.People, **fields) -> Customer:
    values = {"actor": people.analyst, "as_of": cast.TODAY, "name": "宁波华锐有限公司"}
    return services.create_customer(**(values | fields))


@pytest.mark.django_db
class TestCreateCustomer:
    def test_stores_a_prospect_with_what_follows_from_its_name(self, people):
        customer = enter(people, uscc=" 9131 0000-ma1x00076r ", region="EAST")
        row = Customer.objects.get(code=customer.code)
        assert (row.state, row.uscc, row.version) == ("PROSPECT", USCC, 1)
        assert (row.pinyin_initials, row.normalised_name) == ("nbhryxgs", "宁波华锐有限公司")
        assert row.roles == ["BUYER"]
        event = Event.objects.get(code="customers.customer.created")
        assert event.actor == people.analyst
        assert event.customer_id == row.pk
        assert event.after["uscc"] == USCC
        assert event.as_of == cast.TODAY

    def test_takes_the_next_number_when_no_code_is_given(self, people):
        cast.make_customer("C10007")
        cast.make_customer("X99999")
        assert enter(people).code == "C10008"
        assert enter(people, name="另一家").code == "C10009"

    def test_gives_the_customer_to_the_salesperson_who_enters_it(self, people):
        assert enter(people, actor=people.sales, sales_owner=people.outsider).sales_owner == (
            people.sales
        )

    def test_refuses_a_registration_number_that_is_taken(self, people):
        first = enter(people, uscc=USCC)
        with pytest.raises(services.DuplicateCustomer) as caught:
            enter(people, name="另一家", uscc=USCC)
        assert caught.value.params["customer"] == first.code
        assert Customer.objects.count() == 1

    @pytest.mark.parametrize(
        ("fields", "field", "code"),
        [
            ({"uscc": "91310000MA1X00067R"}, "uscc", "CHECK_CHAR"),
            ({"uscc": "9131"}, "uscc", "LENGTH"),
            ({"uscc": "91310000MA1X0007OR"}, "uscc", "ALPHABET"),
            ({"lei": "5493001KJTIIGC8Y1R13"}, "lei", "CHECK_CHAR"),
            ({"name": "  ！ "}, "name", "REQUIRED"),
            ({"kind": "GHOST"}, "kind", "UNKNOWN_CODE"),
            ({"segment": "VIP"}, "segment", "UNKNOWN_CODE"),
            ({"code": "A B"}, "code", "BAD_FORMAT"),
            ({"code": "A/B"}, "code", "BAD_FORMAT"),
            ({"employees": -1}, "employees", "NEGATIVE"),
            ({"state": "ACTIVE"}, "state", "INVALID"),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, people, fields, field, code):
        with pytest.raises(InvalidInput) as caught:
            enter(people, **fields)
        assert (caught.value.field, caught.value.code) == (field, code)
        assert not Customer.objects.exists()
        assert not Event.objects.exists()

    def test_refuses_a_code_that_is_taken(self, people):
        enter(people, code="K1")
        with pytest.raises(InvalidInput) as caught:
            enter(people, code="k1", name="另一家")
        assert (caught.value.field, caught.value.code) == ("code", "DUPLICATE")

    @pytest.mark.parametrize(
        "role", ["manager", "finance", "collector", "executive", "auditor", "admin"]
    )
    def test_is_for_sales_and_analysts_only(self, people, role):
        with pytest.raises(NotAllowed):
            enter(people, actor=getattr(people, role))
        assert not Customer.objects.exists()


@pytest.mark.django_db
class TestUpdateCustomer:
    def change(self, people, customer, **fields):
        values = {"actor": people.analyst, "as_of": cast.TODAY, "version": customer.version}
        return services.update_customer(customer=customer, **(values | fields))

    def test_writes_what_changed_before_and_after(self, people):
        customer = enter(people, region="EAST")
        changed = self.change(people, customer, region="WEST", address="宁波市 1 号")
        assert (changed.region, changed.version) == ("WEST", 2)
        event = Event.objects.get(code="customers.customer.changed")
        assert event.before == {"region": "EAST", "address": ""}
        assert event.after == {"region": "WEST", "address": "宁波市 1 号"}

    def test_keeps_the_old_name_of_a_renamed_customer(self, people):
        customer = enter(people, uscc=USCC)
        renamed = self.change(people, customer, name="宁波新锐有限公司")
        assert renamed.former_names == ["宁波华锐有限公司"]
        assert renamed.pinyin_initials == "nbxryxgs"
        assert renamed.uscc == USCC
        back = self.change(people, renamed, name="宁波华锐有限公司")
        assert back.former_names == ["宁波新锐有限公司"]

    def test_writes_nothing_when_nothing_changed(self, people):
        customer = enter(people)
        assert self.change(people, customer, name=customer.name).version == 1
        assert not Event.objects.filter(code="customers.customer.changed").exists()

    def test_refuses_a_version_that_is_no_longer_the_last(self, people):
        customer = enter(people)
        self.change(people, customer, region="EAST")
        with pytest.raises(StaleVersion) as caught:
            self.change(people, customer, region="WEST")
        assert "analyst" in str(caught.value)
        assert Customer.objects.get(pk=customer.pk).region == "EAST"

    def test_refuses_the_number_of_another_customer(self, people):
        enter(people, uscc=USCC)
        other = enter(people, name="另一家", uscc=OTHER_USCC)
        with pytest.raises(services.DuplicateCustomer):
            self.change(people, other, uscc=USCC)
        assert Customer.objects.get(pk=other.pk).uscc == OTHER_USCC

    def test_refuses_a_parent_that_stands_below(self, people):
        top = enter(people)
        middle = enter(people, name="二", parent=top)
        bottom = enter(people, name="三", parent=middle)
        with pytest.raises(InvalidInput) as caught:
            self.change(people, top, parent=bottom)
        assert (caught.value.field, caught.value.code) == ("parent", "CYCLE")
        assert Customer.objects.get(pk=top.pk).parent is None

    @pytest.mark.parametrize("role", ["sales", "finance", "collector", "executive", "auditor"])
    def test_is_for_the_credit_department_only(self, people, role):
        customer = enter(people)
        with pytest.raises(NotAllowed):
            self.change(people, customer, actor=getattr(people, role), region="WEST")
        assert Customer.objects.get(pk=customer.pk).region == ""


@pytest.mark.django_db
class TestContacts:
    def add(self, people, customer, **fields):
        values = {"name": "顾女士", "role": "ACCOUNTS_PAYABLE", "email": "gu@example.invalid"}
        return services.add_contact(
            customer=customer, actor=people.analyst, as_of=cast.TODAY, **(values | fields)
        )

    def test_adds_changes_and_removes_with_an_event_each(self, people):
        customer = cast.make_customer()
        contact = self.add(people, customer)
        services.update_contact(
            contact=contact, actor=people.analyst, as_of=cast.TODAY, phone="0574-1"
        )
        services.remove_contact(contact=contact, actor=people.manager, as_of=cast.TODAY)
        assert not Contact.objects.exists()
        codes = list(Event.objects.order_by("id").values_list("code", flat=True))
        assert codes == [
            "customers.contact.added",
            "customers.contact.changed",
            "customers.contact.removed",
        ]
        assert Event.objects.get(code="customers.contact.removed").before["name"] == "顾女士"

    def test_refuses_the_same_person_in_the_same_role(self, people):
        customer = cast.make_customer()
        self.add(people, customer)
        with pytest.raises(InvalidInput) as caught:
            self.add(people, customer)
        assert caught.value.field == "name"
        self.add(people, customer, role="DECISION_MAKER")
        assert Contact.objects.count() == 2

    def test_a_salesperson_may_add_but_not_change(self, people):
        customer = cast.make_customer(sales_owner=people.sales)
        contact = services.add_contact(
            customer=customer,
            actor=people.sales,
            as_of=cast.TODAY,
            name="王",
            role="END_USER",
        )
        with pytest.raises(NotAllowed):
            services.update_contact(
                contact=contact, actor=people.sales, as_of=cast.TODAY, phone="1"
            )
        with pytest.raises(NotAllowed):
            services.remove_contact(contact=contact, actor=people.sales, as_of=cast.TODAY)
        assert Contact.objects.get().phone == ""


def local(day: date, hour: int = 10) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))


@pytest.mark.django_db
class TestLogContact:
    def log(self, people, customer, **fields):
        values = {
            "actor": people.collector,
            "as_of": cast.TODAY,
            "text": "答应月底付款",
            "happened_at": local(cast.TODAY),
        }
        return services.log_contact(customer=customer, **(values | fields))

    def test_keeps_who_said_what(self, people):
        customer = cast.make_customer()
        entry = self.log(people, customer, person="顾女士")
        assert (entry.logged_by, entry.person, entry.channel) == (
            people.collector,
            "顾女士",
            "PHONE",
        )
        assert Event.objects.get(code="customers.contact.logged").customer_id == customer.pk
        assert not Task.objects.exists()

    def test_makes_a_to_do_of_a_dated_next_step(self, people):
        customer = cast.make_customer()
        self.log(
            people,
            customer,
            next_step="再打电话",
            next_step_date=cast.TODAY + timedelta(days=3),
        )
        task = Task.objects.get()
        assert (task.owner, task.customer, task.text) == (people.collector, customer, "再打电话")
        assert timezone.localtime(task.due_at).date() == cast.TODAY + timedelta(days=3)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"text": "  "}, "text"),
            ({"channel": "PIGEON"}, "channel"),
            ({"happened_at": local(cast.TODAY + timedelta(days=1))}, "happened_at"),
            ({"next_step_date": cast.TODAY}, "next_step"),
            (
                {"next_step": "x", "next_step_date": cast.TODAY - timedelta(days=1)},
                "next_step_date",
            ),
        ],
    )
    def test_names_what_is_wrong_and_keeps_nothing(self, people, fields, field):
        with pytest.raises(InvalidInput) as caught:
            self.log(people, cast.make_customer(), **fields)
        assert caught.value.field == field
        assert not ContactLog.objects.exists()

    @pytest.mark.parametrize("role", ["finance", "executive", "auditor", "admin"])
    def test_is_refused_to_who_only_looks(self, people, role):
        with pytest.raises(NotAllowed):
            self.log(people, cast.make_customer(), actor=getattr(people, role))
        assert not ContactLog.objects.exists()


@pytest.mark.django_db
class TestBankAccounts:
    def add(self, people, customer, account="6222 0202 0011 2233 445", **fields):
        return services.add_bank_account(
            customer=customer,
            actor=people.analyst,
            as_of=cast.TODAY,
            account=account,
            **fields,
        )

    def test_enters_unverified_and_masks_the_number_in_the_log(self, people):
        row = self.add(people, cast.make_customer())
        assert (row.account, row.verified_at, row.created_by) == (
            "6222020200112233445",
            None,
            people.analyst,
        )
        assert Event.objects.get(code="customers.bank_account.added").after["account"] == (
            "•••• 3445"
        )

    def test_is_verified_by_somebody_else_only(self, people):
        row = self.add(people, cast.make_customer())
        with pytest.raises(NotAllowed) as caught:
            services.verify_bank_account(
                bank_account=row, actor=people.analyst, as_of=cast.TODAY, note="called"
            )
        assert caught.value.code == "FOUR_EYES"
        done = services.verify_bank_account(
            bank_account=row, actor=people.manager, as_of=cast.TODAY, note="called"
        )
        assert done.verified_by == people.manager
        with pytest.raises(Conflict):
            services.verify_bank_account(
                bank_account=row, actor=people.manager, as_of=cast.TODAY, note="again"
            )

    def test_the_database_keeps_four_eyes_even_past_the_service(self, people):
        row = self.add(people, cast.make_customer())
        with pytest.raises(IntegrityError), transaction.atomic():
            BankAccount.objects.filter(pk=row.pk).update(verified_by=people.analyst)

    @pytest.mark.parametrize(
        ("account", "code"),
        [("GB82WEST12345698765433", "CHECK_CHAR"), ("", "BAD_FORMAT"), ("12;34", "BAD_FORMAT")],
    )
    def test_refuses_what_is_no_account(self, people, account, code):
        with pytest.raises(InvalidInput) as caught:
            self.add(people, cast.make_customer(), account)
        assert (caught.value.field, caught.value.code) == ("account", code)

    def test_accepts_an_iban_and_knows_it(self, people):
        assert self.add(people, cast.make_customer(), "GB82 WEST 1234 5698 7654 32").is_iban

    def test_warns_of_the_same_account_elsewhere_within_the_scope(self, people):
        mine = cast.make_customer("C1", sales_owner=people.sales)
        other = cast.make_customer("C2")
        self.add(people, other)
        row = self.add(people, mine)
        assert find_other_holders(row, user=people.analyst) == [other]
        assert find_other_holders(row, user=people.sales) == []

    def test_masks_short_numbers_wholly(self):
        assert mask_account("123") == "••••"


@pytest.mark.django_db
class TestTasks:
    def make(self, **fields):
        values = {"key": "k1", "kind": "APPROVE", "title": "Decide on %(code)s"}
        return services.create_task(**(values | {"params": {"code": "C1"}} | fields))

    def test_makes_one_per_key(self, people):
        assert self.make().pk == self.make(title="other").pk
        assert Task.objects.get().text == "Decide on C1"

    def test_is_done_once(self, people):
        self.make(role="ANALYST")
        assert services.complete_task(key="k1", actor=people.analyst) is True
        assert services.complete_task(key="k1", actor=people.analyst) is False
        task = Task.objects.get()
        assert (task.state, task.done_by) == ("DONE", people.analyst)
        assert Event.objects.filter(code="customers.task.done").count() == 1

    def test_is_done_by_hand_by_whom_it_waits_for(self, people):
        task = self.make(role="ANALYST")
        with pytest.raises(NotAllowed):
            services.complete_own_task(task=task, actor=people.manager, as_of=cast.TODAY)
        assert (
            services.complete_own_task(task=task, actor=people.analyst, as_of=cast.TODAY).state
            == "DONE"
        )
        with pytest.raises(Conflict):
            services.complete_own_task(task=task, actor=people.analyst, as_of=cast.TODAY)

    def test_is_late_after_its_time(self, people):
        due = local(cast.TODAY)
        self.make(due_at=due)
        self.make(key="k2", due_at=due + timedelta(hours=1))
        assert services.mark_overdue_tasks(now=due + timedelta(minutes=1)) == 1
        assert Task.objects.get(key="k1").state == "OVERDUE"
        assert services.mark_overdue_tasks(now=due + timedelta(minutes=1)) == 0

    def test_many_are_stored_at_once_and_never_twice(self, people):
        self.make()
        rows = [Task(key=f"k{n}", kind="X", title="t") for n in (1, 2, 3)]
        assert services.create_tasks(rows) == 2
        assert Task.objects.count() == 3
