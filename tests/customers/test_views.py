"""Pages that write parties: who may, what is refused, what is kept."""

import pytest
from django.urls import reverse

from customers.models import BankAccount, Contact, ContactLog, Customer
from customers.names import derive_name_fields
from tests import cast

USCC = "91310000MA1X00076R"
HOSTILE = [
    "<script>alert(1)</script>有限公司",
    '=cmd|"/C calc"!A0 公司',
    "\u202eevil\u202c 公司",
    "很" * 190 + "长公司",
    'O\'Neil & "Söhne" 公司',
]


def values(**fields):
    return {
        "name": "宁波华锐有限公司",
        "kind": "ENTERPRISE",
        "country": "CN",
        "segment": "ORDINARY",
        "roles": ["BUYER"],
        "currency": "CNY",
        "language": "zh-hans",
    } | fields


@pytest.mark.django_db
class TestCustomerCreate:
    url = "/customers/new/"

    def test_enters_a_customer_and_goes_to_its_page(self, visit):
        answer = visit("sales").post(self.url, values(uscc=USCC))
        customer = Customer.objects.get()
        assert answer.status_code == 302
        assert answer.url == reverse("customer", args=[customer.code])
        assert (customer.uscc, customer.sales_owner.username) == (USCC, "sales")

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"uscc": "91310000MA1X00067R"}, "The last character must be"),
            ({"name": ""}, "This field is required"),
            ({"email": "x"}, "valid email"),
            ({"country": "CHN"}, "two letters"),
            ({"roles": []}, "This field is required"),
            ({"code": "A B"}, "without blanks"),
        ],
    )
    def test_answers_422_with_what_is_wrong(self, visit, fields, words):
        answer = visit("analyst").post(self.url, values(**fields))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert words in page
        assert "error-summary" in page
        assert not Customer.objects.exists()

    def test_asks_before_it_enters_a_second_customer_of_the_same_name(self, visit):
        cast.make_customer(
            "C1", **{"name": "宁波华锐有限公司", **derive_name_fields("宁波华锐有限公司")}
        )
        client = visit("analyst")
        answer = client.post(self.url, values())
        assert answer.status_code == 422
        assert "/customers/C1/" in answer.content.decode()
        assert Customer.objects.count() == 1
        assert client.post(self.url, values(same_name_is_meant="on")).status_code == 302
        assert Customer.objects.count() == 2

    def test_says_that_a_number_is_taken(self, visit):
        cast.make_customer("C1", uscc=USCC)
        answer = visit("analyst").post(self.url, values(uscc=USCC))
        assert answer.status_code == 422
        assert "exists already" in answer.content.decode()

    @pytest.mark.parametrize(
        "role", ["manager", "finance", "collector", "executive", "auditor", "admin"]
    )
    def test_is_refused_to_who_may_not(self, visit, role):
        client = visit(role)
        assert client.get(self.url).status_code == 403
        assert client.post(self.url, values()).status_code == 403
        assert not Customer.objects.exists()

    @pytest.mark.parametrize("name", HOSTILE)
    def test_keeps_hostile_names_and_shows_them_escaped(self, visit, name):
        client = visit("analyst")
        assert client.post(self.url, values(name=name)).status_code == 302
        customer = Customer.objects.get()
        assert customer.name == name
        for page in (
            f"/customers/{customer.code}/",
            "/customers/",
            f"/customers/{customer.code}/edit/",
        ):
            text = client.get(page).content.decode()
            assert "<script>alert(1)" not in text
            if "<script>" in name:
                assert "&lt;script&gt;alert(1)" in text


@pytest.mark.django_db
class TestCustomerEdit:
    def test_changes_and_refuses_the_second_of_two(self, visit):
        cast.make_customer("C1")
        client = visit("analyst")
        page = client.get("/customers/C1/edit/").content.decode()
        assert 'name="version" value="1"' in page
        first = client.post("/customers/C1/edit/", values(version=1, region="WEST"))
        assert (first.status_code, first.url) == (302, "/customers/C1/?tab=dossier")
        second = visit("manager").post("/customers/C1/edit/", values(version=1, region="SOUTH"))
        assert second.status_code == 412
        assert "Changed by analyst" in second.content.decode()
        assert Customer.objects.get().region == "WEST"

    @pytest.mark.parametrize("role", ["sales", "finance", "collector", "executive", "auditor"])
    def test_is_refused_to_who_may_not(self, visit, role):
        cast.make_customer("C1", sales_owner=None)
        client = visit(role)
        assert client.post("/customers/C1/edit/", values(version=1)).status_code == 403
        assert Customer.objects.get().version == 1

    def test_is_404_out_of_scope(self, visit, people):
        cast.make_customer("C1", region="EAST")
        people.analyst.data_scope = "REGION"
        people.analyst.region = "WEST"
        people.analyst.save()
        client = visit("analyst")
        assert client.get("/customers/C1/edit/").status_code == 404
        assert client.post("/customers/C1/edit/", values(version=1)).status_code == 404
        assert Customer.objects.get().version == 1


@pytest.mark.django_db
class TestUsccCheck:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (USCC, "The check character fits."),
            ("91310000MA1X00067R", "The last character must be"),
            ("913", "it must have 18"),
            ("", ""),
            ("<b>", "it must have 18"),
        ],
    )
    def test_answers_a_fragment(self, visit, text, words):
        answer = visit("sales").get("/customers/uscc-check/", {"uscc": text})
        assert answer.status_code == 200
        assert words in answer.content.decode()
        assert "<html" not in answer.content.decode()
        assert "<b>" not in answer.content.decode()


PARTS = [
    (
        "contacts/new/",
        {"name": "顾", "role": "ACCOUNTS_PAYABLE", "preferred_channel": "EMAIL"},
        Contact,
    ),
    ("bank-accounts/new/", {"account": "6222020200112233445", "currency": "CNY"}, BankAccount),
    (
        "contact-log/",
        {"channel": "PHONE", "text": "好的", "happened_at": "2026-01-05T10:00"},
        ContactLog,
    ),
]


@pytest.mark.django_db
class TestParts:
    @pytest.mark.parametrize(("path", "data", "model"), PARTS)
    def test_stores_and_returns_to_the_customer(self, visit, path, data, model):
        cast.make_customer("C1")
        answer = visit("analyst").post(f"/customers/C1/{path}", data)
        assert answer.status_code == 302
        assert answer.url.startswith("/customers/C1/")
        assert model.objects.count() == 1

    @pytest.mark.parametrize(("path", "data", "model"), PARTS)
    def test_answers_422_to_an_empty_form(self, visit, path, data, model):
        cast.make_customer("C1")
        answer = visit("analyst").post(f"/customers/C1/{path}", {})
        assert answer.status_code == 422
        assert "error-summary" in answer.content.decode()
        assert not model.objects.exists()

    @pytest.mark.parametrize(("path", "data", "model"), PARTS)
    @pytest.mark.parametrize("role", ["finance", "executive", "auditor", "admin"])
    def test_is_refused_to_who_only_looks(self, visit, path, data, model, role):
        cast.make_customer("C1")
        client = visit(role)
        assert client.get(f"/customers/C1/{path}").status_code == 403
        assert client.post(f"/customers/C1/{path}", data).status_code == 403
        assert not model.objects.exists()

    @pytest.mark.parametrize("path", ["contacts/new/", "contact-log/"])
    def test_is_404_out_of_scope(self, visit, people, path):
        cast.make_customer("C1", sales_owner=people.sales)
        data = next(data for where, data, _model in PARTS if where == path)
        assert visit("outsider").post(f"/customers/C1/{path}", data).status_code == 404
        assert not Contact.objects.exists()
        assert not ContactLog.objects.exists()

    def test_the_part_of_another_customer_is_404(self, visit):
        cast.make_customer("C1")
        other = cast.make_customer("C2")
        contact = Contact.objects.create(customer=other, name="x", role="END_USER")
        account = BankAccount.objects.create(customer=other, account="123456")
        client = visit("analyst")
        assert client.get(f"/customers/C1/contacts/{contact.pk}/edit/").status_code == 404
        assert client.post(f"/customers/C1/contacts/{contact.pk}/remove/").status_code == 404
        answer = client.post(f"/customers/C1/bank-accounts/{account.pk}/verify/", {"note": "x"})
        assert answer.status_code == 404
        account.refresh_from_db()
        assert account.verified_at is None
        assert Contact.objects.exists()

    def test_who_entered_an_account_cannot_verify_it(self, visit, people):
        customer = cast.make_customer("C1")
        account = BankAccount.objects.create(
            customer=customer, account="123456", created_by=people.analyst
        )
        url = f"/customers/C1/bank-accounts/{account.pk}/verify/"
        assert visit("analyst").post(url, {"note": "called"}).status_code == 403
        assert visit("manager").post(url, {"note": "called"}).status_code == 302
        account.refresh_from_db()
        assert account.verified_by == people.manager

    def test_removes_a_contact_by_post_only(self, visit):
        customer = cast.make_customer("C1")
        contact = Contact.objects.create(customer=customer, name="x", role="END_USER")
        client = visit("analyst")
        assert client.get(f"/customers/C1/contacts/{contact.pk}/remove/").status_code == 405
        assert client.post(f"/customers/C1/contacts/{contact.pk}/remove/").status_code == 302
        assert not Contact.objects.exists()
