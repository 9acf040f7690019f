"""Facts: recorded, verified by another, contradictions found and decided; import, API and pages."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.clock import business_today
from common.errors import Conflict, InvalidInput, NotAllowed
from common.models import Event
from customers.models import Customer, Fact, FactConflict, Task
from customers.selectors import count_by_source, list_conflicts, list_latest_facts
from customers.services import (
    NewFact,
    decide_conflict,
    record_fact,
    record_facts,
    verify_fact,
)
from tests import cast
from tests.customers.papers import give_document
from tests.import_samples import bring

pytestmark = pytest.mark.django_db
TODAY = cast.TODAY
DAY = TODAY - timedelta(days=40)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def customer(people: cast.People) -> Customer:
    return cast.make_customer("C1", sales_owner=people.sales)


def say(
    customer: Customer, actor: Any, value: str, source: str = "OFFICIAL", **fields: Any
) -> Fact:
    values: dict[str, Any] = {"field": "REVENUE", "about": DAY, "as_of": TODAY, "source_name": ""}
    return record_fact(
        customer=customer, actor=actor, value=value, source_class=source, **(values | fields)
    )


def believed(as_of: date = TODAY, field: str = "REVENUE") -> list[str]:
    return [row["value"] for row in list_latest_facts([field], as_of=as_of)]


class TestRecordFact:
    def test_stores_value_number_and_source(self, people, customer) -> None:
        document = give_document(customer, people.analyst)
        fact = say(
            customer, people.sales, "1,250,000.50", document=document, source_name=" 税务局 "
        )
        assert (fact.value, fact.number, fact.unit) == ("1250000.5", Decimal("1250000.5"), "CNY")
        assert (fact.source_name, fact.confidence, fact.obtained_on) == ("税务局", "STATED", TODAY)
        assert (fact.entered_by, fact.document) == (people.sales, document)
        assert Event.objects.get(code="customers.fact.recorded").after["value"] == "1250000.5"

    def test_the_same_word_twice_is_one_fact(self, people, customer) -> None:
        first = say(customer, people.analyst, "100")
        assert say(customer, people.analyst, "100.00").pk == first.pk
        assert Event.objects.filter(code="customers.fact.recorded").count() == 1

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"field": "SHOE_SIZE"}, "field"),
            ({"value": "much"}, "value"),
            ({"about": TODAY + timedelta(days=1)}, "about"),
            ({"obtained_on": TODAY + timedelta(days=1)}, "obtained_on"),
            ({"source": "RUMOUR"}, "source_class"),
            ({"confidence": "SURE"}, "confidence"),
            ({"confidence": "VERIFIED"}, "confidence"),
        ],
    )
    def test_refuses_what_is_wrong(self, people, customer, fields, field) -> None:
        with pytest.raises(InvalidInput) as refusal:
            say(customer, people.analyst, **({"value": "100"} | fields))
        assert refusal.value.field == field
        assert not Fact.objects.exists()

    def test_is_not_for_everybody_and_never_edited(self, people, customer) -> None:
        with pytest.raises(NotAllowed):
            say(customer, people.finance, "100")
        fact = say(customer, people.analyst, "100")
        for change in (lambda: Fact.objects.update(value="1"), lambda: fact.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestBelief:
    def test_the_newest_day_then_the_surest_then_the_last_learnt(self, people, customer) -> None:
        say(customer, people.analyst, "90", about=DAY - timedelta(days=365))
        say(customer, people.analyst, "100", "SOCIAL", confidence="HEARSAY")
        say(customer, people.analyst, "101", "AGENCY")
        say(customer, people.analyst, "102", "INTERNAL", obtained_on=TODAY - timedelta(days=1))
        assert believed() == ["101"]
        verify_fact(fact=Fact.objects.get(value="102"), actor=people.manager, as_of=TODAY)
        assert believed() == ["102"]

    def test_as_known_on_a_day(self, people, customer) -> None:
        say(customer, people.analyst, "100", obtained_on=TODAY - timedelta(days=20))
        say(customer, people.analyst, "105", "AGENCY", obtained_on=TODAY - timedelta(days=10))
        assert believed(TODAY - timedelta(days=21)) == []
        assert believed(TODAY - timedelta(days=20)) == ["100"]
        assert believed(TODAY - timedelta(days=10)) == ["105"]

    def test_of_many_in_one_query(self, people, customer) -> None:
        others = [cast.make_customer(f"D{n}") for n in range(20)]
        for one in (customer, *others):
            say(one, people.analyst, "100")
            say(one, people.analyst, "OWNED", field="PREMISES")
        with CaptureQueriesContext(connection) as captured:
            rows = list_latest_facts(["REVENUE", "PREMISES"], as_of=TODAY)
        assert (len(rows), len(captured)) == (42, 1)
        few = list_latest_facts(["REVENUE"], as_of=TODAY, customer_ids=[customer.pk])
        assert [(r["customer_id"], r["number"], r["as_of"]) for r in few] == [
            (customer.pk, Decimal(100), DAY)
        ]

    def test_counts_the_six_sources(self, people, customer) -> None:
        say(customer, people.analyst, "100")
        say(customer, people.analyst, "100", "AGENCY")
        assert count_by_source(customer, as_of=TODAY) == {
            "CREDIT_RECORD": 0, "OFFICIAL": 1, "SOCIAL": 0, "INTERNAL": 0, "AGENCY": 1,
            "THIRD_PARTY": 0,
        }  # fmt: skip


class TestVerifyFact:
    def test_is_a_row_of_its_own_by_another_person(self, people, customer) -> None:
        fact = say(customer, people.analyst, "100")
        with pytest.raises(NotAllowed) as refusal:
            verify_fact(fact=fact, actor=people.analyst, as_of=TODAY)
        assert refusal.value.code == "FOUR_EYES"
        row = verify_fact(fact=fact, actor=people.manager, as_of=TODAY)
        assert (row.confidence, row.entered_by, row.verified_by) == (
            "VERIFIED", people.analyst, people.manager,
        )  # fmt: skip
        assert Fact.objects.count() == 2
        with pytest.raises(Conflict):
            verify_fact(fact=fact, actor=people.manager, as_of=TODAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            Fact.objects.create(
                customer=customer, field="REVENUE", value="1", as_of=DAY, obtained_on=DAY,
                source_class="AGENCY", entered_by=people.manager, verified_by=people.manager,
            )  # fmt: skip


class TestConflicts:
    def test_begin_above_ten_percent(self, people, customer) -> None:
        say(customer, people.analyst, "90")
        say(customer, people.analyst, "100", "AGENCY")
        assert not FactConflict.objects.exists()
        say(customer, people.analyst, "112", "INTERNAL")
        found = FactConflict.objects.order_by("id")
        assert [(c.first.value, c.second.value, c.difference) for c in found] == [
            ("90", "112", Decimal("0.1964")), ("100", "112", Decimal("0.1071")),
        ]  # fmt: skip
        task = Task.objects.get(key=f"fact-conflict:{found[0].pk}")
        assert (task.role, task.url) == ("ANALYST", f"/customers/C1/conflicts/{found[0].pk}/")

    def test_are_decided_once_and_believed_from_that_day(self, people, customer) -> None:
        first = say(customer, people.analyst, "100", obtained_on=TODAY - timedelta(days=9))
        say(customer, people.analyst, "200", "AGENCY", obtained_on=TODAY - timedelta(days=8))
        conflict = FactConflict.objects.get()
        assert believed() == ["200"]
        with pytest.raises(NotAllowed):
            decide_conflict(
                conflict=conflict, chosen=first, reason="x", actor=people.sales, as_of=TODAY
            )
        with pytest.raises(InvalidInput):
            decide_conflict(
                conflict=conflict, chosen=first, reason=" ", actor=people.analyst, as_of=TODAY
            )
        decide_conflict(
            conflict=conflict, chosen=first, reason="The tax office knows.", actor=people.analyst,
            as_of=TODAY,
        )  # fmt: skip
        assert believed() == ["100"]
        assert believed(TODAY - timedelta(days=1)) == ["200"]
        assert Task.objects.get(kind="FACT_CONFLICT").state == "DONE"
        with pytest.raises(Conflict):
            decide_conflict(
                conflict=conflict, chosen=first, reason="x", actor=people.analyst, as_of=TODAY
            )
        assert list(list_conflicts(customer, as_of=TODAY)) == []
        assert len(list_conflicts(customer, as_of=TODAY - timedelta(days=1))) == 0

    def test_a_decision_settles_what_else_the_loser_contradicts(self, people, customer) -> None:
        first = say(customer, people.analyst, "100")
        say(customer, people.analyst, "200", "AGENCY")
        third = say(customer, people.analyst, "104", "INTERNAL")
        conflict = FactConflict.objects.get(first=first)
        decide_conflict(
            conflict=conflict, chosen=first, reason="Known.", actor=people.analyst, as_of=TODAY
        )
        settled = FactConflict.objects.get(second=third)
        assert (settled.chosen, settled.decided_by) == (third, people.analyst)
        assert believed() == ["104"]


class TestBulk:
    def test_takes_many_in_few_queries(self, people) -> None:
        customers = [cast.make_customer(f"D{n}") for n in range(30)]
        facts = [
            NewFact(c.pk, "REVENUE", str(100 + n * 50), DAY, source)
            for c in customers
            for n, source in enumerate(("OFFICIAL", "AGENCY"))
        ]
        with CaptureQueriesContext(connection) as captured:
            counts = record_facts(facts, actor=people.analyst, as_of=TODAY)
        assert (counts.created, counts.known, counts.conflicts) == (60, 0, 30)
        assert len(captured) < 16
        again = record_facts(facts, actor=people.analyst, as_of=TODAY)
        assert (again.created, again.known, again.conflicts) == (0, 60, 0)

    def test_import_says_what_is_wrong_in_which_row(self, reference) -> None:
        cast.make_customer("C1")
        head = "customer_code,field,value,as_of,source_class,obtained_on,confidence\n"
        batch = bring(
            "facts",
            head + "C1,revenue,much,2026-01-01,official,,\n"
            "C1,paydex,101,2026-01-01,agency,,\nC1,premises,castle,2026-01-01,internal,,\n"
            "C1,revenue,5,2099-01-01,official,,\nC9,revenue,5,2026-01-01,official,,\n"
            "C1,shoes,5,2026-01-01,official,,\nC1,revenue,5,2026-01-01,rumour,,\n"
            "C1,revenue,5,2026-01-01,official,,verified\n"
            "C1,revenue,7,2026-01-01,official,,\nC1,revenue,7.0,2026-01-01,official,,\n",
        )
        issues = [(i["row"], i["column"], i["code"]) for i in batch.issues]
        assert sorted(issues) == [
            (2, "value", "NOT_A_NUMBER"), (3, "value", "OUT_OF_RANGE"), (4, "value", "UNKNOWN_CODE"),
            (5, "as_of", "IN_THE_FUTURE"), (6, "customer_code", "UNKNOWN_CUSTOMER"),
            (7, "field", "UNKNOWN_CODE"), (8, "source_class", "UNKNOWN_CODE"),
            (9, "confidence", "UNKNOWN_CODE"), (11, "field", "DUPLICATE_IN_FILE"),
        ]  # fmt: skip
        assert not Fact.objects.exists()


class TestApi:
    BODY: dict[str, Any] = {
        "customer": "C1", "field": "REVENUE", "value": "100.50", "as_of": "2026-01-31",
        "source_class": "AGENCY",
    }  # fmt: skip

    def post(self, client: Any, **changes: Any) -> Any:
        body = self.BODY | changes
        return client.post("/api/v1/facts/", body, content_type="application/json")

    def test_records_and_lists(self, visit, customer) -> None:
        answer = self.post(visit("analyst"))
        assert answer.status_code == 201
        body = answer.json()
        assert (body["customer"], body["value"], body["number"], body["unit"]) == (
            "C1", "100.5", "100.500000", "CNY",
        )  # fmt: skip
        rows = visit("sales").get("/api/v1/facts/?customer=C1&field=REVENUE").json()["results"]
        assert [row["id"] for row in rows] == [body["id"]]

    def test_keeps_scope_and_rights(self, visit, customer) -> None:
        assert self.post(visit("finance")).status_code == 403
        assert self.post(visit("outsider")).status_code == 404
        self.post(visit("analyst"))
        assert visit("outsider").get("/api/v1/facts/").json()["count"] == 0
        assert Fact.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "status"),
        [({"value": "x"}, 422), ({"field": "NO"}, 400), ({"as_of": "31"}, 400)],
    )
    def test_refuses_bad_bodies(self, visit, customer, changes, status) -> None:
        assert self.post(visit("analyst"), **changes).status_code == status
        assert not Fact.objects.exists()


class TestPages:
    def test_records_verifies_and_decides(self, visit, people, customer) -> None:
        about = (business_today() - timedelta(days=40)).isoformat()
        for value, source in (("100", "OFFICIAL"), ("200", "AGENCY")):
            answer = visit("sales").post(
                "/customers/C1/facts/new/",
                {
                    "field": "REVENUE", "value": value, "about": about, "source_class": source,
                    "confidence": "STATED",
                },
            )  # fmt: skip
            assert answer.status_code == 302
        conflict = FactConflict.objects.get()
        page = f"/customers/C1/conflicts/{conflict.pk}/"
        assert visit("sales").get(page).status_code == 403
        assert "Annual revenue" in visit("analyst").get(page).content.decode()
        wrong = visit("analyst").post(page, {"chosen": "999", "reason": "x"})
        assert wrong.status_code == 422
        done = visit("analyst").post(page, {"chosen": str(conflict.first_id), "reason": "Known."})
        assert done.status_code == 302
        again = visit("analyst").post(page, {"chosen": str(conflict.first_id), "reason": "Known."})
        assert again.status_code == 409
        verify = f"/customers/C1/facts/{conflict.first_id}/verify/"
        assert visit("sales").post(verify).status_code == 403
        assert visit("analyst").post(verify).status_code == 302
        assert Fact.objects.filter(confidence="VERIFIED").count() == 1

    def test_shows_errors_beside_the_field(self, visit, customer) -> None:
        answer = visit("analyst").post(
            "/customers/C1/facts/new/",
            {
                "field": "PAYDEX", "value": "101", "about": "2026-01-01", "source_class": "AGENCY",
                "confidence": "STATED",
            },
        )  # fmt: skip
        assert answer.status_code == 422
        assert "whole number from 0 to 100" in answer.content.decode()

    def test_hides_everything_from_the_outsider(self, visit, people, customer) -> None:
        fact = say(customer, people.analyst, "100")
        assert visit("outsider").get("/customers/C1/facts/new/").status_code == 404
        other = cast.make_customer("C2")
        answer = visit("manager").post(f"/customers/{other.code}/facts/{fact.pk}/verify/")
        assert answer.status_code == 404
        assert Fact.objects.count() == 1
