"""Parties over REST: shapes, scope, versions, refusals."""

import pytest
from rest_framework.authtoken.models import Token

from common.events import record_event
from customers.models import Contact, Customer, CustomerGroup
from customers.services import create_task
from tests import cast
from tests.support import assert_query_count

API = "/api/v1"
USCC = "91310000MA1X00076R"
JSON = "application/json"


def problem_of(answer):
    body = answer.json()
    assert set(body) >= {"type", "title", "status", "code", "detail", "errors", "request_id"}
    return body


@pytest.mark.django_db
class TestCustomers:
    def test_lists_within_the_scope(self, visit, people):
        cast.make_customer("C1", sales_owner=people.sales)
        cast.make_customer("C2")
        body = visit("sales").get(f"{API}/customers/").json()
        assert (body["count"], body["next"], body["previous"]) == (1, None, None)
        assert body["results"][0]["code"] == "C1"
        assert body["results"][0]["sales_owner"] == "sales"
        assert visit("outsider").get(f"{API}/customers/C1/").status_code == 404

    def test_searches_filters_and_pages(self, visit):
        for n in range(4):
            cast.make_customer(f"C{n}", segment="CORE" if n else "ORDINARY")
        client = visit("analyst")
        assert client.get(f"{API}/customers/?q=C2").json()["count"] == 1
        assert client.get(f"{API}/customers/?segment=CORE").json()["count"] == 3
        page = client.get(f"{API}/customers/?page_size=2&page=2").json()
        assert [row["code"] for row in page["results"]] == ["C2", "C3"]

    def test_a_row_says_its_version_as_etag(self, visit):
        cast.make_customer("C1", registered_capital="1000.50")
        answer = visit("auditor").get(f"{API}/customers/C1/")
        assert answer["ETag"] == '"1"'
        assert answer.json()["registered_capital"] == "1000.500"

    def test_creates_once_per_key(self, visit):
        client = visit("analyst")
        body = {"name": "宁波华锐有限公司", "uscc": USCC, "code": "k9"}
        first = client.post(
            f"{API}/customers/", body, content_type=JSON, headers={"Idempotency-Key": "a"}
        )
        again = client.post(
            f"{API}/customers/", body, content_type=JSON, headers={"Idempotency-Key": "a"}
        )
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert first.json()["code"] == "K9"
        assert first.json()["warnings"] == []
        assert Customer.objects.count() == 1

    def test_warns_of_the_same_name(self, visit):
        client = visit("analyst")
        for _ in range(2):
            answer = client.post(f"{API}/customers/", {"name": "甲公司"}, content_type=JSON)
        first = Customer.objects.order_by("code").first()
        assert answer.json()["warnings"] == [{"code": "SAME_NAME", "customer": first.code}]

    @pytest.mark.parametrize(
        ("body", "status", "code", "field"),
        [
            ({}, 400, "INVALID", "name"),
            ({"name": "甲", "uscc": "913"}, 422, "LENGTH", "uscc"),
            ({"name": "甲", "grade": "AAA"}, 400, "INVALID", "grade"),
            ({"name": "甲", "group": "NONE"}, 400, "INVALID", "group"),
            ({"name": "甲", "employees": -1}, 400, "INVALID", "employees"),
        ],
    )
    def test_names_what_is_wrong(self, visit, body, status, code, field):
        answer = visit("analyst").post(f"{API}/customers/", body, content_type=JSON)
        problem = problem_of(answer)
        assert (answer.status_code, problem["code"]) == (status, code)
        assert problem["errors"][0]["field"] == field
        assert not Customer.objects.exists()

    def test_refuses_a_taken_number_with_409(self, visit):
        cast.make_customer("C1", uscc=USCC)
        answer = visit("analyst").post(
            f"{API}/customers/", {"name": "甲", "uscc": USCC}, content_type=JSON
        )
        assert (answer.status_code, problem_of(answer)["code"]) == (409, "DUPLICATE_USCC")

    def patch(self, client, etag, **body):
        headers = {"If-Match": etag} if etag else {}
        return client.patch(f"{API}/customers/C1/", body, content_type=JSON, headers=headers)

    def test_changes_on_the_version_that_was_read(self, visit):
        cast.make_customer("C1")
        client = visit("analyst")
        answer = self.patch(client, '"1"', region="WEST")
        assert (answer.status_code, answer["ETag"], answer.json()["region"]) == (200, '"2"', "WEST")
        stale = self.patch(client, '"1"', region="SOUTH")
        assert (stale.status_code, problem_of(stale)["code"]) == (412, "STALE_VERSION")
        unsaid = self.patch(client, "", region="SOUTH")
        assert (unsaid.status_code, problem_of(unsaid)["errors"][0]["field"]) == (422, "If-Match")
        assert self.patch(client, "", region="NORTH", version=2).status_code == 200
        assert Customer.objects.get().region == "NORTH"

    @pytest.mark.parametrize(
        "role", ["sales", "finance", "collector", "executive", "auditor", "admin"]
    )
    def test_refuses_a_change_by_who_may_not(self, visit, role):
        cast.make_customer("C1")
        assert self.patch(visit(role), '"1"', region="WEST").status_code == 403
        assert Customer.objects.get().region == "EAST"

    def test_a_parent_out_of_scope_cannot_be_named(self, visit, people):
        cast.make_customer("C1")
        answer = visit("sales").post(
            f"{API}/customers/", {"name": "甲", "parent": "C1"}, content_type=JSON
        )
        assert (answer.status_code, problem_of(answer)["errors"][0]["field"]) == (400, "parent")

    def test_nobody_enters_without_signing_in(self, client, people):
        answer = client.get(f"{API}/customers/")
        assert answer.status_code in (401, 403)
        token = Token.objects.create(user=people.analyst)
        assert (
            client.get(
                f"{API}/customers/", headers={"Authorization": f"Token {token.key}"}
            ).status_code
            == 200
        )

    @pytest.mark.parametrize("rows", [3, 30])
    def test_runs_as_many_queries_for_many_rows_as_for_few(self, visit, people, rows):
        client = visit("analyst")
        group = CustomerGroup.objects.create(code="G", name_en="G")
        for n in range(rows):
            cast.make_customer(f"C{n}", group=group, sales_owner=people.sales)
        client.get(f"{API}/customers/")
        with assert_query_count("api.customers"):
            assert client.get(f"{API}/customers/").json()["count"] == rows


@pytest.mark.django_db
class TestOthers:
    def test_groups_are_those_above_ones_own_customers(self, visit, people):
        top = CustomerGroup.objects.create(code="TOP", name_en="Top")
        low = CustomerGroup.objects.create(code="LOW", name_en="Low", parent=top)
        CustomerGroup.objects.create(code="ELSE", name_en="Else")
        cast.make_customer("C1", sales_owner=people.sales, group=low)
        rows = visit("sales").get(f"{API}/groups/").json()["results"]
        assert [(row["code"], row["parent"]) for row in rows] == [("LOW", "TOP"), ("TOP", None)]
        assert visit("analyst").get(f"{API}/groups/").json()["count"] == 3
        assert visit("outsider").get(f"{API}/groups/").json()["count"] == 0

    def test_contacts_are_read_and_written_within_the_scope(self, visit, people):
        cast.make_customer("C1", sales_owner=people.sales)
        body = {"customer": "C1", "name": "顾", "role": "ACCOUNTS_PAYABLE"}
        answer = visit("sales").post(f"{API}/contacts/", body, content_type=JSON)
        assert (answer.status_code, answer.json()["customer"]) == (201, "C1")
        assert visit("outsider").get(f"{API}/contacts/").json()["count"] == 0
        refused = visit("outsider").post(f"{API}/contacts/", body, content_type=JSON)
        assert refused.status_code == 404
        assert visit("auditor").post(f"{API}/contacts/", body, content_type=JSON).status_code == 403
        assert Contact.objects.count() == 1
        listed = visit("analyst").get(f"{API}/contacts/?customer=C1&role=ACCOUNTS_PAYABLE").json()
        assert listed["count"] == 1

    def test_tasks_are_done_by_whom_they_wait_for(self, visit, people):
        create_task(key="k", kind="X", title="Rate %(c)s", params={"c": "C1"}, role="ANALYST")
        row = visit("analyst").get(f"{API}/tasks/").json()["results"][0]
        assert (row["text"], row["state"]) == ("Rate C1", "PENDING")
        assert visit("manager").post(f"{API}/tasks/{row['id']}/done/").status_code == 404
        done = visit("analyst").post(f"{API}/tasks/{row['id']}/done/")
        assert (done.status_code, done.json()["state"]) == (200, "DONE")
        assert visit("analyst").post(f"{API}/tasks/{row['id']}/done/").status_code == 409

    def test_the_log_is_for_those_who_audit(self, visit, people):
        customer = cast.make_customer("C1")
        record_event(
            "customers.customer.changed",
            actor=people.analyst,
            subject=customer,
            customer_id=customer.pk,
            before={"region": "EAST"},
            after={"region": "WEST"},
        )
        row = visit("auditor").get(f"{API}/audit-events/?customer=C1").json()["results"][0]
        assert (row["code"], row["actor"], row["customer"]) == (
            "customers.customer.changed",
            "analyst",
            "C1",
        )
        assert (row["before"], row["after"]) == ({"region": "EAST"}, {"region": "WEST"})
        for role in ("sales", "analyst", "finance", "collector", "admin"):
            assert visit(role).get(f"{API}/audit-events/").status_code == 403

    def test_the_log_cannot_be_written(self, visit):
        client = visit("auditor")
        assert client.post(f"{API}/audit-events/", {}, content_type=JSON).status_code in (403, 405)
        assert client.delete(f"{API}/audit-events/1/").status_code in (403, 405)
