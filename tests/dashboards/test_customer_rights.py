"""Every address of the customers' rooms × every role: who gets in, who is refused, who sees nothing."""

import pytest

from customers.models import BankAccount, Contact, Customer, Task
from tests import cast

ROLES = ("sales", "analyst", "manager", "finance", "collector", "executive", "auditor", "admin")
LOOK = set(ROLES) - {"admin"}
CREDIT = {"analyst", "manager"}
TALK = {"sales", "analyst", "manager", "collector"}
PAGES = [
    ("/customers/", LOOK),
    ("/customers/C1/", LOOK),
    ("/search/?q=C1", LOOK),
    ("/customers/new/", {"sales", "analyst"}),
    ("/customers/uscc-check/", LOOK),
    ("/customers/C1/edit/", CREDIT),
    ("/customers/C1/contact-log/", TALK),
    ("/customers/C1/contacts/new/", TALK),
    ("/customers/C1/contacts/{contact}/edit/", CREDIT),
    ("/customers/C1/bank-accounts/new/", CREDIT),
    ("/customers/C1/bank-accounts/{account}/verify/", CREDIT),
    ("/accounts/me/", set(ROLES)),
    ("/api/v1/customers/", LOOK),
    ("/api/v1/customers/C1/", LOOK),
    ("/api/v1/customers/C1/timeline/", LOOK),
    ("/api/v1/groups/", LOOK),
    ("/api/v1/contacts/", LOOK),
    ("/api/v1/tasks/", LOOK),
    ("/api/v1/audit-events/", {"manager", "executive", "auditor"}),
]
OF_ONE = [path for path, _roles in PAGES if "C1/" in path]


@pytest.fixture
def paths(people):
    customer = cast.make_customer("C1", sales_owner=people.sales)
    contact = Contact.objects.create(customer=customer, name="x", role="END_USER")
    account = BankAccount.objects.create(customer=customer, account="123456")
    return {"contact": contact.pk, "account": account.pk}


@pytest.mark.django_db
class TestRights:
    @pytest.mark.parametrize(("path", "roles"), PAGES)
    def test_every_page_opens_for_its_roles_only(self, visit, paths, path, roles):
        for role in ROLES:
            answer = visit(role).get(path.format(**paths))
            assert answer.status_code == (200 if role in roles else 403), role

    @pytest.mark.parametrize("path", OF_ONE)
    def test_every_page_of_a_customer_is_404_out_of_scope(self, visit, people, paths, path):
        """Whoever has the right but not the scope learns nothing, not even that it exists."""
        for user in (people.outsider, people.analyst):
            user.data_scope = "OWN"
            user.save()
        roles = dict(PAGES)[path]
        role = "outsider" if "sales" in roles else "analyst"
        assert visit(role).get(path.format(**paths)).status_code == 404

    @pytest.mark.parametrize("path", [path for path, _roles in PAGES])
    def test_every_page_asks_a_stranger_to_sign_in(self, client, paths, path):
        answer = client.get(path.format(**paths))
        assert answer.status_code in (302, 401, 403)
        if answer.status_code == 302:
            assert "/accounts/login/" in answer.url

    def test_looking_changes_nothing(self, visit, paths):
        before = list(Customer.objects.values()), list(Contact.objects.values())
        for path, _roles in PAGES:
            visit("manager").get(path.format(**paths))
        assert (list(Customer.objects.values()), list(Contact.objects.values())) == before
        assert not Task.objects.exists()
