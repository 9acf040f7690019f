"""Pages and API of early warning, list checks, relations and risk groups."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from common.clock import business_today
from customers.domain.signals import NewSignal
from customers.models import (
    Customer,
    CustomerGroup,
    Document,
    ListCheck,
    Relation,
    RiskGroup,
    RiskGroupMember,
    Signal,
)
from customers.services import (
    create_risk_group,
    raise_member_signals,
    raise_signals,
    record_checks,
    record_relation,
)
from customers.services.checks import NewCheck
from dashboards.customer_signals import list_signal_items
from tests import cast
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]
API = "/api/v1"
JSON = "application/json"


def warn(customer: Customer, severity: str = "AMBER", about: str = "x") -> Signal:
    code = "S05" if severity == "RED" else "S25"
    key = f"{code}:{customer.pk}:{about}"
    day = business_today()
    raise_signals([NewSignal(customer.pk, code, severity, key, note="Seen")], as_of=day)
    return Signal.objects.get(key=key)


class TestSignalList:
    def test_shows_the_red_one_first_and_only_what_one_may_see(
        self, visit: Visit, people: cast.People
    ) -> None:
        mine = cast.make_customer("C001", sales_owner=people.sales)
        other = cast.make_customer("C002")
        warn(mine, "AMBER")
        warn(other, "RED")
        page = visit("analyst").get("/signals/").content.decode()
        assert page.index(">Insolvency</a>") < page.index(
            ">Staff loss, wage arrears or bad press</a>"
        )
        page = visit("sales").get("/signals/").content.decode()
        assert "/customers/C001/" in page
        assert "C002" not in page
        assert "Assess" not in page

    def test_filters_groups_and_bears_nonsense(self, visit: Visit) -> None:
        customer = cast.make_customer("C001")
        warn(customer, "AMBER")
        warn(customer, "RED")
        client = visit("manager")
        assert ">Insolvency</a>" not in client.get("/signals/?severity=AMBER").content.decode()
        assert ">Insolvency</a>" in client.get("/signals/?q=C001&code=S05").content.decode()
        assert "No signal matches" in client.get("/signals/?q=nobody").content.decode()
        grouped = client.get("/signals/?by=customer").content.decode()
        assert grouped.count("group-row") == 1
        for query in ("severity=x", "code=S99", "page=abc", "tab=<script>", "by=1"):
            assert client.get(f"/signals/?{query}").status_code == 200
        assert "Nothing warns" in visit("outsider").get("/signals/").content.decode()

    def test_takes_as_many_queries_for_thirty_as_for_three(self, visit: Visit) -> None:
        client = visit("manager")
        for n in range(3):
            warn(cast.make_customer(f"C{n:03}"), "RED")
        client.get("/signals/")
        with assert_query_count("signals"):
            client.get("/signals/")
        for n in range(3, 30):
            warn(cast.make_customer(f"C{n:03}"), "RED")
        with assert_query_count("signals"):
            client.get("/signals/")
        with assert_query_count("signals by customer"):
            client.get("/signals/?by=customer")


class TestSignalPage:
    def test_goes_its_whole_way_by_page(self, visit: Visit) -> None:
        signal = warn(cast.make_customer("C001"), "RED")
        analyst, manager = visit("analyst"), visit("manager")
        url = f"/signals/{signal.pk}/"
        assert "dismissed by the credit manager" in analyst.get(url).content.decode()
        assert analyst.get(f"{url}dialog/").status_code == 200
        answer = analyst.post(f"{url}assess/", {"verdict": "confirm", "text": "True"})
        assert (answer.status_code, answer.url) == (302, url)
        assert analyst.post(f"{url}act/", {"action": "NONE", "text": "x"}).status_code == 403
        assert manager.post(f"{url}act/", {"action": "WATCH", "text": "x"}).status_code == 302
        assert Customer.objects.get().state == "WATCH"
        assert manager.post(f"{url}close/", {"text": "over"}).status_code == 302
        signal.refresh_from_db()
        assert signal.state == "CLOSED"
        assert manager.post(f"{url}close/", {"text": "again"}).status_code == 409

    def test_an_analyst_does_not_dismiss_red_and_hears_why(self, visit: Visit) -> None:
        signal = warn(cast.make_customer("C001"), "RED")
        answer = visit("analyst").post(
            f"/signals/{signal.pk}/assess/", {"verdict": "dismiss", "text": "x"}
        )
        assert answer.status_code == 403
        assert "dismissed by the credit manager" in answer.content.decode()
        signal.refresh_from_db()
        assert signal.state == "ASSIGNED"

    def test_nothing_said_is_422_and_nothing_changed(self, visit: Visit) -> None:
        signal = warn(cast.make_customer("C001"))
        answer = visit("analyst").post(f"/signals/{signal.pk}/assess/", {"verdict": "confirm"})
        assert answer.status_code == 422
        signal.refresh_from_db()
        assert signal.state == "ASSIGNED"

    def test_out_of_scope_is_absent_and_strangers_to_the_deed_are_refused(
        self, visit: Visit
    ) -> None:
        signal = warn(cast.make_customer("C001"))
        url = f"/signals/{signal.pk}/"
        assert visit("outsider").get(url).status_code == 404
        assert visit("finance").post(f"{url}assess/", {"text": "x"}).status_code == 403
        assert visit("admin").get(url).status_code == 403
        assert visit("manager").get("/signals/999999/").status_code == 404

    def test_raising_by_hand(self, visit: Visit, people: cast.People) -> None:
        cast.make_customer("C001", sales_owner=people.sales)
        cast.make_customer("C002")
        client = visit("sales")
        good = {
            "customer": "c001", "code": "S26", "severity": "RED",
            "raised_on": str(business_today()), "note": "<b>stopped</b>",
        }  # fmt: skip
        answer = client.post("/signals/new/", good)
        assert answer.status_code == 302
        page = client.get(answer.url).content.decode()
        assert "&lt;b&gt;stopped&lt;/b&gt;" in page
        for wrong in ({"customer": "C002"}, {"code": "S17"}, {"severity": "AMBER"}, {"note": ""}):
            assert client.post("/signals/new/", good | wrong).status_code == 422
        assert Signal.objects.count() == 1
        assert visit("auditor").get("/signals/new/").status_code == 403


class TestWatchList:
    def test_a_note_is_kept_and_shown(self, visit: Visit, people: cast.People) -> None:
        from customers.services import change_customer_state

        customer = cast.make_customer("C001", sales_owner=people.sales)
        change_customer_state(
            customer=customer, action="put_on_watch", actor=people.manager,
            as_of=business_today(), reason="Late every month",
        )  # fmt: skip
        client = visit("analyst")
        assert "Late every month" in client.get("/signals/watch/").content.decode()
        assert client.post("/signals/watch/C001/note/", {"text": "Called him"}).status_code == 302
        assert "Called him" in visit("sales").get("/signals/watch/").content.decode()
        assert client.post("/signals/watch/C001/note/", {"text": ""}).status_code == 422
        assert visit("sales").post("/signals/watch/C001/note/", {"text": "x"}).status_code == 403
        assert "Nobody is watched" in visit("outsider").get("/signals/watch/").content.decode()


def picture() -> bytes:
    """Return a small true picture."""
    stream = BytesIO()
    Image.new("RGB", (8, 8), "white").save(stream, "PNG")
    return stream.getvalue()


class TestCustomerChecks:
    url = "/customers/C001/checks/"

    def test_records_a_bundle_with_its_evidence(self, visit: Visit) -> None:
        cast.make_customer("C001")
        answer = visit("analyst").post(
            self.url,
            {
                "checked_on": str(business_today()),
                "source_name": "Registry",
                "rest_is_clear": "on",
                "DISHONEST_DEBTOR-result": "HIT",
                "DISHONEST_DEBTOR-match": "EXACT",
                "DISHONEST_DEBTOR-amount": "1200.50",
                "EQUITY_FREEZE-result": "HIT",
                "EQUITY_FREEZE-match": "EXACT",
                "EQUITY_FREEZE-frozen_share": "30.01",
                "SANCTIONS-result": "UNCLEAR",
                "file": SimpleUploadedFile("look.png", picture(), "image/png"),
            },
        )
        assert answer.status_code == 302
        assert ListCheck.objects.count() == 17
        freeze = ListCheck.objects.get(kind="EQUITY_FREEZE")
        assert freeze.details == {"frozen_share": "0.3001"}
        assert freeze.evidence == Document.objects.get()
        assert sorted(Signal.objects.values_list("code", flat=True)) == ["S01", "S08"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"checked_on": "2099-01-01", "CUSTOMS-result": "NO_HIT"},
            {"TAX_GRADE-result": "HIT", "TAX_GRADE-match": "EXACT"},
            {"PENALTY-result": "HIT", "PENALTY-amount": "x"},
            {"CUSTOMS-result": "<script>"},
        ],
    )
    def test_answers_422_and_keeps_nothing(self, visit: Visit, wrong: dict[str, str]) -> None:
        cast.make_customer("C001")
        values = {"checked_on": str(business_today())} | wrong
        answer = visit("analyst").post(self.url, values)
        assert answer.status_code == 422
        assert not ListCheck.objects.exists()

    def test_who_may_only_look_sees_no_form_and_cannot_post(
        self, visit: Visit, people: cast.People
    ) -> None:
        cast.make_customer("C001", sales_owner=people.sales)
        client = visit("sales")
        page = client.get(self.url)
        assert page.status_code == 200
        assert "Record what was found" not in page.content.decode()
        values = {"checked_on": str(business_today()), "CUSTOMS-result": "NO_HIT"}
        assert client.post(self.url, values).status_code == 403
        assert not ListCheck.objects.exists()
        assert visit("outsider").get(self.url).status_code == 404

    def test_a_match_by_name_is_decided_by_a_person(self, visit: Visit) -> None:
        customer = cast.make_customer("C001")
        found = NewCheck(customer.pk, "SANCTIONS", business_today(), "HIT", "NAME_ONLY")
        (row,) = record_checks([found], as_of=business_today())
        client = visit("analyst")
        assert "Somebody of this name" in client.get(self.url).content.decode()
        url = f"/list-checks/{row.pk}/decide/"
        assert visit("finance").post(url, {"verdict": "same", "note": "x"}).status_code == 403
        assert client.post(url, {"verdict": "same"}).status_code == 302
        for verdict in ({}, {"verdict": ""}, {"verdict": "SAME"}):  # nothing is guessed
            assert client.post(url, {"note": "x", **verdict}).status_code == 302
        assert ListCheck.objects.count() == 1
        client.post(url, {"verdict": "same", "note": "Same number"})
        assert ListCheck.objects.latest("id").match == "CONFIRMED"
        assert client.post(url, {"verdict": "other", "note": "x"}).status_code == 409

    def test_query_count(self, visit: Visit) -> None:
        customer = cast.make_customer("C001")
        client = visit("analyst")
        checks = [
            NewCheck(customer.pk, kind, business_today(), "NO_HIT")
            for kind in ListCheck.Kind.values
        ]
        record_checks(checks[:3], as_of=business_today())
        client.get(self.url)
        with assert_query_count("list checks"):
            client.get(self.url)
        record_checks(checks, as_of=business_today())
        with assert_query_count("list checks"):
            client.get(self.url)


class TestRelations:
    url = "/customers/C001/relations/"

    def values(self, **more: str) -> dict[str, str]:
        return {
            "kind": "GUARANTEES", "direction": "IN", "other": "c002", "currency": "CNY",
            "valid_from": "2026-01-01", "share": "60",
        } | more  # fmt: skip

    def test_records_either_way_and_ends(self, visit: Visit) -> None:
        cast.make_customer("C001")
        cast.make_customer("C002")
        client = visit("analyst")
        assert client.post(self.url, self.values()).status_code == 302
        row = Relation.objects.get()
        assert (row.source.code, row.target.code, str(row.share)) == ("C002", "C001", "0.6000")
        assert "C002" in client.get(self.url).content.decode()
        for wrong in ({"other": "C001"}, {"other": "C999"}, {"share": "101"}, {}):
            assert client.post(self.url, self.values(**wrong)).status_code == 422
        end = f"/relations/{row.pk}/end/"
        assert client.post(end, {"valid_to": "2025-01-01", "reason": "x"}).status_code == 422
        assert visit("sales").post(end, {"reason": "x"}).status_code == 403
        assert client.post(end, {"valid_to": "2026-06-01", "reason": "paid"}).status_code == 302

    def test_another_scope_is_named_by_nobody(self, visit: Visit, people: cast.People) -> None:
        mine = cast.make_customer("C001", sales_owner=people.sales)
        other = cast.make_customer("C002", name="Secret Ltd", name_en="Secret Ltd")
        record_relation(
            source=other, target=mine, kind="CONTROLS", valid_from=business_today(), actor=None,
            as_of=business_today(),
        )  # fmt: skip
        page = visit("sales").get(self.url).content.decode()
        assert "outside your scope" in page
        assert "Secret" not in page
        assert "C002" not in page
        assert visit("sales").post(self.url, self.values()).status_code == 403
        assert Relation.objects.count() == 1
        assert visit("outsider").get(self.url).status_code == 404


class TestRiskGroupPages:
    def ring(self) -> list[Customer]:
        customers = [cast.make_customer(f"C00{n}") for n in (1, 2, 3)]
        for n in range(3):
            record_relation(
                source=customers[n], target=customers[(n + 1) % 3], kind="GUARANTEES",
                valid_from=business_today(), actor=None, as_of=business_today(),
            )  # fmt: skip
        return customers

    def test_from_the_proposal_to_the_picture(self, visit: Visit) -> None:
        self.ring()
        client = visit("analyst")
        page = client.get("/risk-groups/").content.decode()
        assert "Guarantee ring" in page
        start = page.index("/risk-groups/new/?proposal=")
        form = client.get(page[start : page.index('"', start)]).content.decode()
        assert "C001, C002, C003" in form
        answer = client.post(
            "/risk-groups/new/",
            {"name_en": "Ring", "reason": "GUARANTEE_RING", "members": "c001，C002 c003"},
        )
        assert answer.status_code == 302
        page = client.get(answer.url).content.decode()
        assert "C001 → C002 → C003 → C001" in page
        assert page.count('marker-end="url(#arrow)"') == 3
        assert "style=" not in page[page.index('<svg class="graph') :].split("</svg>")[0]

    @pytest.mark.parametrize(
        "wrong",
        [{"members": "C001"}, {"members": "C001 C999"}, {"name_en": ""}, {"reason": "FUN"}],
    )
    def test_answers_422(self, visit: Visit, wrong: dict[str, str]) -> None:
        self.ring()
        values = {"name_en": "Ring", "reason": "OTHER", "members": "C001 C002"} | wrong
        assert visit("analyst").post("/risk-groups/new/", values).status_code == 422
        assert not RiskGroup.objects.exists()

    def test_members_come_and_go(self, visit: Visit, people: cast.People) -> None:
        customers = self.ring()
        group = create_risk_group(
            reason="OTHER", members=customers[:2], name_en="R", actor=people.analyst,
            as_of=business_today(),
        )  # fmt: skip
        url = f"/risk-groups/{group.code}/"
        client = visit("manager")
        assert client.post(f"{url}members/", {"customer": "C003"}).status_code == 302
        assert RiskGroupMember.objects.count() == 3
        member = RiskGroupMember.objects.get(customer=customers[2])
        leave = f"{url}members/{member.pk}/remove/"
        assert client.post(leave, {"text": ""}).status_code == 302
        assert visit("sales").post(leave, {"text": "x"}).status_code == 403
        assert RiskGroupMember.objects.count() == 3
        assert client.post(leave, {"text": "sold"}).status_code == 302
        assert RiskGroupMember.objects.count() == 2
        assert client.post(leave, {"text": "sold"}).status_code == 404
        assert visit("outsider").get(url).status_code == 404
        assert visit("outsider").get("/risk-groups/").status_code == 200

    def test_the_customers_page_names_it(self, visit: Visit, people: cast.People) -> None:
        customers = self.ring()
        create_risk_group(
            reason="OTHER", members=customers, name_en="Ring of the north",
            actor=people.analyst, as_of=business_today(),
        )  # fmt: skip
        warn(customers[0], "RED")
        page = visit("manager").get("/customers/C001/").content.decode()
        assert "Ring of the north" in page
        assert "Red: Insolvency" in page


class TestGroupPage:
    def test_shows_the_tree_and_who_is_in_it(self, visit: Visit, people: cast.People) -> None:
        root = CustomerGroup.objects.create(code="G1", name_en="Root")
        leaf = CustomerGroup.objects.create(code="G2", name_en="Leaf", parent=root)
        cast.make_customer("C001", group=leaf, sales_owner=people.sales)
        cast.make_customer("C002", group=root)
        page = visit("manager").get("/groups/G2/").content.decode()
        assert page.count("<rect") >= 2
        assert "C001" in page
        assert "C002" in page
        assert "C002" not in visit("sales").get("/groups/G2/").content.decode()
        assert visit("outsider").get("/groups/G2/").status_code == 404
        assert visit("manager").get("/groups/NOPE/").status_code == 404

    def test_hides_the_branches_of_which_one_sees_nobody(
        self, visit: Visit, people: cast.People
    ) -> None:
        root = CustomerGroup.objects.create(code="G1", name_en="Root")
        leaf = CustomerGroup.objects.create(code="G2", name_en="Leaf", parent=root)
        other = CustomerGroup.objects.create(code="G3", name_en="Secret branch", parent=root)
        cast.make_customer("C001", group=leaf, sales_owner=people.sales)
        cast.make_customer("C002", group=other)
        assert "Secret branch" in visit("manager").get("/groups/G2/").content.decode()
        for code in ("G1", "G2"):
            page = visit("sales").get(f"/groups/{code}/").content.decode()
            assert "Leaf" in page
            assert "Secret branch" not in page
        assert visit("sales").get("/groups/G3/").status_code == 404


class TestScope:
    """Nothing that is told of one customer names another one out of the reader's scope."""

    def test_contagion_names_no_stranger(self, visit: Visit, people: cast.People) -> None:
        sick = cast.make_customer("C777")
        cast.make_customer("C001", parent=sick, sales_owner=people.sales)
        warn(sick, "RED")
        raise_member_signals(as_of=business_today())
        told = Signal.objects.get(code="S29")
        places = (
            "/signals/", "/signals/?by=customer", f"/signals/{told.pk}/", "/customers/C001/",
            f"{API}/signals/", f"{API}/signals/{told.pk}/",
        )  # fmt: skip
        for place in places[:3] + places[4:]:
            answer = visit("sales").get(place).content.decode()
            assert "C777" not in answer, place
            assert "a customer outside your scope has the signal" in answer, place
            assert "C777" in visit("manager").get(place).content.decode(), place
        item = list_signal_items(Customer.objects.get(code="C001"), user=people.sales)[0]
        assert item["note"].startswith("a customer outside your scope has the signal")
        assert visit("sales").get(f"{API}/signals/{told.pk}/").json()["facts"] == {
            "code": "S05",
            "circle_kind": "PARENT",
        }

    def test_relations_ask_only_for_those_shown(self, visit: Visit) -> None:
        first, second = cast.make_customer("C001"), cast.make_customer("C002")
        today = business_today()
        record_relation(
            source=first, target=second, kind="GUARANTEES", valid_from=today, actor=None,
            as_of=today,
        )  # fmt: skip
        client = visit("manager")
        with CaptureQueriesContext(connection) as ran:
            client.get("/customers/C001/relations/")
        bare = [
            q["sql"] for q in ran
            if q["sql"].startswith('SELECT "customers_customer"."id" AS') and "WHERE" not in q["sql"]
        ]  # fmt: skip
        assert bare == []

    def test_an_assessment_is_never_guessed(self, visit: Visit) -> None:
        signal = warn(cast.make_customer("C001"))
        url = f"/signals/{signal.pk}/assess/"
        for verdict in ({}, {"verdict": ""}, {"verdict": "yes"}):
            assert visit("analyst").post(url, {"text": "True", **verdict}).status_code == 422
        signal.refresh_from_db()
        assert signal.state == "ASSIGNED"

    def test_a_wrong_row_of_a_bundle_is_named(self, visit: Visit) -> None:
        cast.make_customer("C001")
        good = {
            "kind": "CUSTOMS", "checked_on": str(business_today()), "result": "NO_HIT",
        }  # fmt: skip
        bad = {**good, "kind": "TAX_GRADE", "result": "HIT", "match": "EXACT"}
        answer = visit("analyst").post(
            f"{API}/customers/C001/checks/", {"checks": [good, bad]}, content_type=JSON
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "checks[1].grade"
        early = visit("analyst").post(
            f"{API}/customers/C001/checks/",
            {"checks": [{**good, "checked_on": "0001-01-01"}]},
            content_type=JSON,
        )
        assert early.json()["errors"][0]["code"] == "TOO_EARLY"
        assert not ListCheck.objects.exists()

    def test_query_count(self, visit: Visit) -> None:
        group = CustomerGroup.objects.create(code="G1", name_en="Root")
        client = visit("manager")
        for n in range(3):
            cast.make_customer(f"C{n:03}", group=group)
        client.get("/groups/G1/")
        with assert_query_count("group"):
            client.get("/groups/G1/")
        for n in range(3, 30):
            cast.make_customer(f"C{n:03}", group=group)
        with assert_query_count("group"):
            client.get("/groups/G1/")


class TestApi:
    def test_lists_and_raises_signals(self, visit: Visit, people: cast.People) -> None:
        cast.make_customer("C001", sales_owner=people.sales)
        cast.make_customer("C002")
        client = visit("analyst")
        body = {
            "customer": "C001", "code": "S14", "severity": "RED",
            "raised_on": str(business_today()), "note": "On the list", "reference": "B-1",
        }  # fmt: skip
        answer = client.post(f"{API}/signals/", body, JSON)
        assert answer.status_code == 201
        made = answer.json()
        assert (made["customer"], made["state"], made["origin"], made["raised_by"]) == (
            "C001", "ASSIGNED", "API", "analyst",
        )  # fmt: skip
        assert client.post(f"{API}/signals/", body, JSON).status_code == 200
        assert client.get(f"{API}/signals/?customer=C001&severity=RED").json()["count"] == 1
        assert visit("sales").get(f"{API}/signals/").json()["count"] == 1
        assert visit("outsider").get(f"{API}/signals/").json()["count"] == 0
        assert visit("outsider").get(f"{API}/signals/{made['id']}/").status_code == 404

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"code": "S17"}, 422),
            ({"code": "S14", "severity": "AMBER"}, 422),
            ({"customer": "C999"}, 404),
            ({"note": ""}, 400),
            ({"raised_on": "2099-01-01"}, 422),
            ({"severity": "PINK"}, 400),
        ],
    )
    def test_refuses_bad_signals(self, visit: Visit, change: dict[str, Any], status: int) -> None:
        cast.make_customer("C001")
        body = {
            "customer": "C001", "code": "S14", "severity": "RED",
            "raised_on": str(business_today()), "note": "x",
        } | change  # fmt: skip
        answer = visit("analyst").post(f"{API}/signals/", body, JSON)
        assert answer.status_code == status
        assert not Signal.objects.exists()

    def test_takes_a_bundle_of_checks_whole_or_not_at_all(self, visit: Visit) -> None:
        cast.make_customer("C001")
        client = visit("analyst")
        url = f"{API}/customers/C001/checks/"
        good = {
            "kind": "INSOLVENCY", "checked_on": str(business_today()), "result": "HIT",
            "match": "EXACT", "details": {"stage": "accepted"},
        }  # fmt: skip
        bad = good | {"kind": "TAX_GRADE", "details": {}}
        assert client.post(url, {"checks": [good, bad]}, JSON).status_code == 422
        assert client.post(url, {"checks": []}, JSON).status_code == 400
        assert not ListCheck.objects.exists()
        answer = client.post(url, {"checks": [good]}, JSON)
        assert answer.status_code == 201
        assert answer.json()[0]["details"] == {"stage": "ACCEPTED"}
        assert client.get(url).json()[0]["customer"] == "C001"
        assert Signal.objects.get().code == "S05"
        assert visit("finance").post(url, {"checks": [good]}, JSON).status_code == 403
        assert visit("outsider").get(url).status_code == 404
        assert visit("admin").get(url).status_code == 403
