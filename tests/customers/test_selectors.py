"""Finding customers by everything that people type, within what they may see."""

import pytest

from common.errors import NotFound
from customers.models import Customer
from customers.names import derive_name_fields
from customers.selectors import (
    find_same_name,
    get_customer,
    list_tasks,
    search_customers,
)
from customers.services import create_task
from tests import cast

USCC = "91310000MA1X00076R"


def named(code: str, name: str, **fields) -> Customer:
    return cast.make_customer(code, name=name, name_en="", **derive_name_fields(name), **fields)


@pytest.mark.django_db
class TestSearchCustomers:
    @pytest.fixture
    def some(self, people):
        named("C10394", "宁波华锐精密机械有限公司", uscc=USCC, short_name="华锐")
        named("C10395", "无锡顺发包装有限公司", former_names=["无锡老发（集团）公司"])
        named("A1", "Acme Trading Ltd", country="GB")

    @pytest.mark.parametrize(
        ("query", "codes"),
        [
            ("nbhr", ["C10394"]),
            ("NBHR", ["C10394"]),
            ("hrjm", ["C10394"]),
            ("ningbo", ["C10394"]),
            ("ning bo hua", ["C10394"]),
            ("华锐", ["C10394"]),
            ("精密机械", ["C10394"]),
            ("C1039", ["C10394", "C10395"]),
            ("c10395", ["C10395"]),
            ("91310000MA1X", ["C10394"]),
            ("9131 0000-ma1x00076r", ["C10394"]),
            ("老发", ["C10395"]),
            ("acme", ["A1"]),
            ("ACME TRADING", ["A1"]),
            ("at", ["A1"]),
            ("  ", []),
            ("%", []),
            ("_", []),
            ("nothing like it", []),
            ("'; drop table", []),
            ("\x00", []),
        ],
    )
    def test_finds_by_name_pinyin_code_and_number(self, some, people, query, codes):
        found = search_customers(query.replace("\x00", ""), user=people.analyst)
        assert [customer.code for customer in found] == codes

    def test_puts_the_exact_code_first(self, some, people):
        named("C1039", "别的公司")
        assert search_customers("c1039", user=people.analyst)[0].code == "C1039"

    def test_keeps_to_the_scope(self, some, people):
        Customer.objects.filter(code="C10394").update(sales_owner=people.sales)
        assert [c.code for c in search_customers("c1039", user=people.sales)] == ["C10394"]
        assert search_customers("c1039", user=people.outsider) == []

    def test_gives_no_more_than_asked_in_one_query(self, people, django_assert_num_queries):
        for n in range(25):
            named(f"Z{n}", f"同名公司{n}")
        with django_assert_num_queries(1):
            assert len(search_customers("tmgs", user=people.analyst, limit=7)) == 7


@pytest.mark.django_db
class TestGetCustomer:
    def test_answers_out_of_scope_as_absent(self, people):
        cast.make_customer("C1", sales_owner=people.sales)
        assert get_customer("c1", user=people.sales).code == "C1"
        for code, user in (("C1", people.outsider), ("C2", people.analyst)):
            with pytest.raises(NotFound):
                get_customer(code, user=user)

    def test_follows_team_and_region(self, people):
        cast.make_customer("C1", sales_owner=people.sales, region="EAST")
        people.sales.team = "T1"
        people.sales.save()
        mate = cast.make_user("mate", "SALES", "TEAM", team="T1")
        east = cast.make_user("east", "ANALYST", "REGION", region="EAST")
        west = cast.make_user("west", "ANALYST", "REGION", region="WEST")
        assert get_customer("C1", user=mate).code == get_customer("C1", user=east).code == "C1"
        with pytest.raises(NotFound):
            get_customer("C1", user=west)


@pytest.mark.django_db
class TestFindSameName:
    def test_sees_through_spelling_and_renaming(self, people):
        customer = named("C1", "示例（上海）科技有限责任公司", former_names=["老名字公司"])
        user = people.analyst
        assert find_same_name("示例(上海) 科技有限公司", user=user) == [customer]
        assert find_same_name("老名字公司", user=user) == [customer]
        assert find_same_name("示例(上海) 科技有限公司", user=user, but=customer.pk) == []
        assert find_same_name("别的", user=user) == []
        assert find_same_name("老名字公司", user=people.outsider) == []


@pytest.mark.django_db
class TestListTasks:
    def test_who_sees_all_customers_sees_the_tasks_about_them(self, people):
        customer = cast.make_customer("C1")
        create_task(key="t:1", kind="K", title="Look", customer=customer, role="CREDIT_MANAGER")
        create_task(key="t:2", kind="K", title="Look", role="CREDIT_MANAGER")
        assert [task.key for task in list_tasks(people.manager)] == ["t:1", "t:2"]

    def test_shows_own_and_the_roles_within_the_scope(self, people):
        mine = cast.make_customer("C1", sales_owner=people.sales)
        other = cast.make_customer("C2")
        create_task(key="own", kind="X", title="t", owner=people.sales)
        create_task(key="role", kind="X", title="t", role="SALES", customer=mine)
        create_task(key="hidden", kind="X", title="t", role="SALES", customer=other)
        create_task(key="else", kind="X", title="t", role="ANALYST")
        assert {task.key for task in list_tasks(people.sales)} == {"own", "role"}
        assert {task.key for task in list_tasks(people.analyst)} == {"else"}
