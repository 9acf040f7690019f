"""Imports of customers and contacts: what a row must say, and what it changes."""

import pytest

from common.imports.issues import read_issues
from common.models import Event, ImportBatch
from customers.models import Contact, Customer
from tests import cast
from tests.import_samples import bring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]
HEAD = "customer_code,name,kind,roles,country,uscc,parent_code,status,sales_owner,payment_term\n"
USCC = "91310000MA1X00084L"
OTHER = "91350100M000100Y43"


def customers(*rows: str, **options: object) -> ImportBatch:
    return bring("customers", HEAD + "\n".join(rows) + "\n", **options)


def problems(batch: ImportBatch) -> list[tuple[int, str, str]]:
    return [(i.row, i.column, i.code) for i in read_issues(batch.issues) if not i.is_warning]


def warnings(batch: ImportBatch) -> list[tuple[int, str, str]]:
    return [(i.row, i.column, i.code) for i in read_issues(batch.issues) if i.is_warning]


class TestNewCustomers:
    def test_reads_chinese_labels_and_derives_names(self) -> None:
        batch = bring(
            "customers",
            "客户编码,客户名称,主体类型,角色,统一社会信用代码,付款条件,成立日期,注册资本\n"
            'c1,示例晨光贸易有限公司,企业,买方、供应商,9131 0000-ma1x00084l,net30,2011年5月18日,"1,000,000.50"\n',
        )
        assert problems(batch) == []
        customer = Customer.objects.get(code="C1")
        assert (customer.uscc, customer.kind, customer.roles) == (
            USCC, "ENTERPRISE", ["BUYER", "SUPPLIER"],
        )  # fmt: skip
        assert customer.pinyin_initials == "slcgmyyxgs"
        assert str(customer.registered_capital) == "1000000.500"
        assert (customer.country, customer.currency, customer.state) == ("CN", "CNY", "PROSPECT")
        assert customer.payment_term is not None
        assert customer.payment_term.code == "NET30"
        event = Event.objects.get(code="customers.customer.created")
        assert event.customer_id == customer.pk

    def test_a_chinese_enterprise_needs_its_code_and_a_person_does_not(self) -> None:
        batch = customers(
            "A,a,enterprise,buyer,,,,,,", "B,b,person,buyer,,,,,,", "D,d,enterprise,buyer,DE,,,,,"
        )
        assert problems(batch) == [(2, "uscc", "REQUIRED")]
        assert not Customer.objects.exists()

    def test_letters_in_front_of_a_registration_code_are_valid(self) -> None:
        from common.identifiers import make_uscc

        code = make_uscc("A", "1", "310000", "MA1X0007")
        assert problems(customers(f"A,a,enterprise,buyer,CN,{code},,,,")) == []
        assert Customer.objects.get().uscc == code

    def test_one_registration_code_belongs_to_one_customer(self) -> None:
        assert problems(customers(f"A,a,enterprise,buyer,CN,{USCC},,,,")) == []
        batch = customers(
            f"B,b,enterprise,buyer,CN,{USCC},,,,",
            f"C,c,enterprise,buyer,CN,{OTHER},,,,",
            f"D,d,enterprise,buyer,CN,{OTHER},,,,",
        )
        assert problems(batch) == [(2, "uscc", "DUPLICATE_CODE"), (4, "uscc", "DUPLICATE_IN_FILE")]
        assert "Customer A has" in read_issues(batch.issues)[0].message

    def test_one_code_stands_once_in_a_file(self) -> None:
        batch = customers("A,a,person,buyer,,,,,,", "a,b,person,buyer,,,,,,")
        assert problems(batch) == [(3, "customer_code", "DUPLICATE_IN_FILE")]

    def test_names_unknown_terms_and_people(self) -> None:
        cast.make_user("li", "SALES", "OWN")
        batch = customers("A,a,person,buyer,,,,,li,NET31", "B,b,person,buyer,,,,,ghost,NET30")
        assert problems(batch) == [
            (2, "payment_term", "UNKNOWN_CODE"),
            (3, "sales_owner", "UNKNOWN_CODE"),
        ]
        assert "NET30" in read_issues(batch.issues)[0].way_out

    def test_warns_of_a_customer_with_the_same_name(self) -> None:
        customers("A,示例（上海）科技有限责任公司,person,buyer,,,,,,")
        batch = customers("B,示例(上海)科技有限公司,person,buyer,,,,,,")
        assert (batch.state, warnings(batch)) == ("IMPORTED", [(2, "name", "SAME_NAME")])


class TestParents:
    def test_a_parent_may_stand_below_its_child(self) -> None:
        assert problems(customers("A,a,person,buyer,,,B,,,", "B,b,person,buyer,,,,,,")) == []
        assert Customer.objects.get(code="A").parent == Customer.objects.get(code="B")

    def test_an_unknown_parent_is_named(self) -> None:
        assert problems(customers("A,a,person,buyer,,,X,,,")) == [
            (2, "parent_code", "UNKNOWN_CUSTOMER")
        ]

    def test_a_circle_in_the_file_is_refused_with_its_path(self) -> None:
        batch = customers(
            "A,a,person,buyer,,,B,,,", "B,b,person,buyer,,,C,,,", "C,c,person,buyer,,,A,,,"
        )
        assert problems(batch) == [(n, "parent_code", "CYCLE") for n in (2, 3, 4)]
        assert "A → B → C → A" in read_issues(batch.issues)[0].message

    def test_a_circle_closed_through_stored_customers_is_refused(self) -> None:
        customers("A,a,person,buyer,,,,,,", "B,b,person,buyer,,,A,,,")
        batch = customers("A,a,person,buyer,,,B,,,")
        assert problems(batch) == [(2, "parent_code", "CYCLE")]

    def test_its_own_parent_is_a_circle(self) -> None:
        assert problems(customers("A,a,person,buyer,,,A,,,")) == [(2, "parent_code", "CYCLE")]

    def test_seven_levels_are_too_many(self) -> None:
        rows = [f"L{n},l{n},person,buyer,,,{f'L{n - 1}' if n else ''},,," for n in range(7)]
        assert problems(customers(*rows)) == [(8, "parent_code", "TOO_DEEP")]

    def test_the_child_of_a_rejected_parent_is_rejected_too(self) -> None:
        batch = customers(
            "A,a,enterprise,buyer,CN,,,,,", "B,b,person,buyer,,,A,,,", "C,c,person,buyer,,,B,,,",
            "D,d,person,buyer,,,,,,", good_rows_only=True,
        )  # fmt: skip
        assert [(row, code) for row, _c, code in problems(batch)] == [
            (2, "REQUIRED"), (3, "UNKNOWN_CUSTOMER"), (4, "UNKNOWN_CUSTOMER"),
        ]  # fmt: skip
        assert list(Customer.objects.values_list("code", flat=True)) == ["D"]


class TestUpdates:
    def test_changes_what_differs_and_says_so(self) -> None:
        customers("A,示例旧名,person,buyer,,,,active,,NET30")
        batch = customers("A,示例新名,person,buyer,,,,active,,")
        assert (batch.updated, problems(batch)) == (1, [])
        customer = Customer.objects.get()
        assert (customer.name, customer.former_names, customer.version) == (
            "示例新名", ["示例旧名"], 2,
        )  # fmt: skip
        assert customer.pinyin_initials == "slxm"
        assert customer.payment_term is not None, "an empty cell leaves what is stored"
        event = Event.objects.get(code="customers.customer.changed")
        assert (event.before, event.after) == ({"name": "示例旧名"}, {"name": "示例新名"})

    def test_never_changes_the_state_of_a_customer(self) -> None:
        cast.make_customer("A", state="BLOCKED", name="示例甲", kind="PERSON")
        batch = customers("A,示例甲,person,buyer,,,,active,,")
        assert Customer.objects.get().state == "BLOCKED"
        assert warnings(batch) == [(2, "status", "KEPT_STATE")]

    def test_a_registration_code_may_move_within_a_file(self) -> None:
        customers(f"A,a,enterprise,buyer,CN,{USCC},,,,", f"B,b,enterprise,buyer,CN,{OTHER},,,,")
        batch = customers(
            f"A,a,enterprise,buyer,CN,{OTHER},,,,", f"B,b,enterprise,buyer,CN,{USCC},,,,"
        )
        assert (problems(batch), batch.updated) == ([], 2)
        assert dict(Customer.objects.values_list("code", "uscc")) == {"A": OTHER, "B": USCC}

    def test_who_may_not_see_a_customer_cannot_change_it(self) -> None:
        cast.make_customer("A", name="示例甲", region="EAST")
        user = cast.make_user("west", "ANALYST", "REGION", region="WEST")
        batch = customers("A,示例乙,person,buyer,,,,,,", actor=user)
        assert problems(batch) == [(2, "customer_code", "UNKNOWN_CUSTOMER")]
        assert Customer.objects.get().name == "示例甲"


class TestContacts:
    def test_adds_updates_and_leaves_alone(self) -> None:
        cast.make_customer("A")
        head = "customer_code,name,role,title,email\n"
        assert (
            bring(
                "contacts", head + "A,Li,accounts_payable,,li@example.invalid\nA,Li,法定代表人,,\n"
            ).created
            == 2
        )
        batch = bring("contacts", head + "A,Li,accounts_payable,会计,\nA,Li,legal_rep,,\n")
        assert (batch.updated, batch.unchanged) == (1, 1)
        contact = Contact.objects.get(role="ACCOUNTS_PAYABLE")
        assert (contact.title, contact.email) == ("会计", "li@example.invalid")
        assert Event.objects.get(code="customers.contact.changed").after == {"title": "会计"}

    def test_refuses_strangers_and_repetitions(self) -> None:
        cast.make_customer("A")
        batch = bring(
            "contacts",
            "customer_code,name,role\nX,Li,guarantor\nA,Li,guarantor\nA,Li,guarantor\nA,Li,boss\n",
        )
        assert problems(batch) == [
            (2, "customer_code", "UNKNOWN_CUSTOMER"),
            (4, "name", "DUPLICATE_IN_FILE"),
            (5, "role", "UNKNOWN_CODE"),
        ]
