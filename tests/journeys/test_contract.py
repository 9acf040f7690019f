"""The shapes that other systems call, to the letter: keys, types, paging, errors in two languages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from common import queue
from tests import cast
from tests.import_samples import SAMPLES
from tests.journeys import portfolio
from tests.journeys.portfolio import Portfolio
from tests.journeys.test_routes import ROUTES

Visit = Callable[[str], Client]
ROOT = "/api/v1"
LISTS = sorted(
    {
        route.removeprefix("api/v1/^").removesuffix("/$")
        for route, pattern in ROUTES
        if route.startswith("api/v1/^")
        and "(?P" not in route
        and (getattr(pattern.callback, "actions", None) or {}).get("get") == "list"
    }
)
PROBLEM = {"type", "title", "status", "code", "detail", "errors", "request_id"}


@pytest.fixture
def small(people: cast.People) -> Portfolio:
    return portfolio.build(people)


def post(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"{ROOT}/{path}", body, content_type="application/json", headers=headers)


def is_amount(value: Any) -> bool:
    """Tell whether a value is an amount as the API writes them: decimal digits in a text."""
    return isinstance(value, str) and Decimal(value).is_finite() and "E" not in value.upper()


class TestSchema:
    def test_is_valid_and_complete(self, db: None, tmp_path: Any) -> None:
        call_command(
            "spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml")
        )


class TestLists:
    def test_are_those_of_the_contract(self) -> None:
        assert {
            "customers", "groups", "contacts", "statements", "ratings", "accounts", "limits",
            "limit-requests", "approvals", "orders", "order-checks", "reservations", "deliveries",
            "invoices", "receipts", "applications", "disputes", "promises", "dunning-runs",
            "notices", "aging", "imports", "jobs", "audit-events", "tasks",
        } <= set(LISTS)  # fmt: skip

    @pytest.mark.parametrize("name", [name for name in LISTS if name != "aging"])
    def test_answer_in_one_shape_and_in_pages(
        self, small: Portfolio, visit: Visit, name: str
    ) -> None:
        role = "analyst" if name == "imports" else "manager"
        answer = visit(role).get(f"{ROOT}/{name}/", {"page_size": 1})
        body = answer.json()
        assert answer.status_code == 200
        assert list(body) == ["count", "next", "previous", "results"]
        assert body["count"] >= 1
        assert len(body["results"]) == 1
        assert body["previous"] is None
        assert (body["next"] is not None) == (body["count"] > 1)
        row = body["results"][0]
        assert row.get("customer") in ("MINE", "FOREIGN", None)

    @pytest.mark.parametrize("name", [name for name in LISTS if name not in ("aging", "imports")])
    def test_hold_nothing_out_of_scope(self, small: Portfolio, visit: Visit, name: str) -> None:
        answer = visit("outsider").get(f"{ROOT}/{name}/")
        if answer.status_code == 200:
            assert answer.json()["count"] == 0
        else:
            assert answer.status_code == 403

    def test_a_page_holds_500_rows_at_most(self, small: Portfolio, visit: Visit) -> None:
        body = visit("manager").get(f"{ROOT}/customers/", {"page_size": 100000}).json()
        assert body["count"] == len(body["results"]) == 2
        assert visit("manager").get(f"{ROOT}/customers/", {"page": 2}).status_code == 404


class TestAging:
    def test_has_the_agreed_shape(self, small: Portfolio, visit: Visit) -> None:
        body = visit("manager").get(f"{ROOT}/aging/", {"page_size": 1}).json()
        assert {"as_of", "basis", "buckets", "totals", "rows", "count"} <= set(body)
        assert (body["as_of"], body["basis"], body["by"]) == (str(small.today), "due", "customer")
        assert all({"label", "from", "to"} == set(bucket) for bucket in body["buckets"])
        assert body["buckets"][-1]["to"] is None
        assert (body["count"], len(body["rows"])) == (2, 1)
        amounts = {"total", "not_due", "buckets", "unapplied", "disputed", "overdue_ratio"}
        assert set(body["totals"]) == amounts
        row = body["rows"][0]
        assert set(row) == {"key", "name", "grade", *amounts}
        assert (row["key"], row["grade"]) == ("MINE", small.rating.grade)
        assert len(row["buckets"]) == len(body["totals"]["buckets"])
        assert all(is_amount(a) for a in (row["total"], row["not_due"], *row["buckets"]))

    def test_totals_are_over_all_rows_not_the_page(self, small: Portfolio, visit: Visit) -> None:
        first = visit("manager").get(f"{ROOT}/aging/", {"page_size": 1}).json()
        both = visit("manager").get(f"{ROOT}/aging/").json()
        assert first["totals"] == both["totals"]
        # 1,030 + 2,260 + 565 − 30 on account, and 99 of the other customer
        assert both["totals"]["total"] == "3924.00"
        assert both["totals"]["unapplied"] == "30.00"
        assert both["totals"]["disputed"] == "65.00"
        assert [row["total"] for row in both["rows"]] == ["3825.00", "99.00"]

    def test_of_one_customer(self, small: Portfolio, visit: Visit) -> None:
        body = visit("sales").get(f"{ROOT}/customers/MINE/aging/").json()
        assert (body["count"], body["rows"][0]["key"]) == (1, "MINE")
        assert body["totals"]["total"] == "3825.00"
        assert visit("sales").get(f"{ROOT}/customers/FOREIGN/aging/").status_code == 404


class TestOrderChecks:
    def body(self, small: Portfolio, **changes: Any) -> dict[str, Any]:
        return {
            "customer": "MINE",
            "order_no": "SO-7",
            "version": 1,
            "amount": "200000.00",
            "currency": "CNY",
            "ship_date": str(small.today),
            "payment_term": "NET30",
            "reserve": True,
        } | changes

    def test_answers_in_the_agreed_shape(self, small: Portfolio, visit: Visit) -> None:
        answer = post(visit("sales"), "order-checks/", self.body(small))
        body = answer.json()
        assert answer.status_code == 201
        assert {
            "id", "decision", "reservation", "exposure", "limit", "rules", "remedies",
        } <= set(body)  # fmt: skip
        assert (body["decision"], body["reservation"]) == ("BLOCKED", None)
        assert {"gross", "net", "components"} <= set(body["exposure"])
        assert {"total", "unsecured", "headroom"} <= set(body["limit"])
        # 3,825 receivables + 200 delivered + 800 released order
        assert body["exposure"]["gross"] == "4825.00"
        assert body["limit"]["total"] == "100000.00"
        for rule in body["rules"]:
            assert set(rule) == {"code", "result", "value", "threshold", "text"}
            assert rule["text"]
        assert body["remedies"]
        for remedy in body["remedies"]:
            assert {"kind", "text"} <= set(remedy)

    def test_the_same_key_gives_the_same_answer_and_reserves_nothing_more(
        self, small: Portfolio, visit: Visit
    ) -> None:
        client, before = visit("sales"), small.account.reservations.count()
        invoice = {"amount": "1.00"}
        answers = [
            post(
                client, "order-checks/", self.body(small, **invoice), **{"Idempotency-Key": "k"}
            ).json()
            for _ in range(2)
        ]
        assert answers[0] == answers[1]
        other = post(
            client, "order-checks/", self.body(small, amount="2.00"), **{"Idempotency-Key": "k"}
        )
        assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert small.account.reservations.count() - before <= 1


@pytest.mark.django_db(transaction=True)
class TestImportsAndJobs:
    def test_a_file_becomes_a_job_that_tells_its_end(self, small: Portfolio, visit: Visit) -> None:
        client = visit("finance")
        file = SimpleUploadedFile("days.csv", SAMPLES["holidays"].encode())
        answer = client.post(
            f"{ROOT}/imports/", {"kind": "holidays", "file": file, "dry_run": "false"}
        )
        body = answer.json()
        assert answer.status_code == 202
        assert {"id", "state", "done", "total", "errors", "import"} <= set(body)
        queue.run_due_jobs()
        job = client.get(f"{ROOT}/jobs/{body['id']}/").json()
        assert (job["state"], job["done"], job["total"], job["errors"]) == ("DONE", 4, 4, [])
        assert job["result"]["created"] == 4


class TestCustomers:
    def test_exposure(self, small: Portfolio, visit: Visit) -> None:
        body = visit("sales").get(f"{ROOT}/customers/MINE/exposure/").json()
        assert body["exposure"]["gross"] == "4825.00"
        parts = {name: Decimal(value) for name, value in body["exposure"]["components"].items()}
        assert sum(parts.values()) == Decimal("4825.00")
        assert parts == {
            "open_items": Decimal(3855),
            "unapplied": Decimal(-30),
            "delivered_not_invoiced": Decimal(200),
            "open_orders": Decimal(800),
            "reservations": Decimal(0),
        }
        assert body["limit"]["headroom"] == "95175.00"
        assert visit("outsider").get(f"{ROOT}/customers/MINE/exposure/").status_code == 404

    def test_timeline(self, small: Portfolio, visit: Visit) -> None:
        body = visit("manager").get(f"{ROOT}/customers/MINE/timeline/").json()
        assert list(body) == ["count", "next", "previous", "results"]
        assert all({"kind", "at", "text", "who", "url"} == set(row) for row in body["results"])
        times = [row["at"][:10] for row in body["results"]]
        assert times == sorted(times, reverse=True)

    def test_ratings(self, small: Portfolio, visit: Visit) -> None:
        body = visit("analyst").get(f"{ROOT}/customers/MINE/ratings/").json()
        assert list(body) == ["count", "next", "previous", "results"]
        row = body["results"][0]
        assert (row["customer"], row["id"]) == ("MINE", small.rating.pk)
        assert is_amount(row["suggested_limit"])
        assert visit("sales").get(f"{ROOT}/customers/MINE/ratings/").status_code == 403

    @pytest.mark.parametrize("part", ["", "exposure/", "timeline/", "aging/", "ratings/"])
    def test_out_of_scope_and_absent_answer_alike(
        self, small: Portfolio, visit: Visit, part: str
    ) -> None:
        people = small.people
        people.analyst.data_scope = "OWN"
        people.analyst.save()
        answers = [
            visit("analyst").get(f"{ROOT}/customers/{code}/{part}").json()
            for code in ("FOREIGN", "NOBODY")
        ]
        for answer in answers:
            assert answer.pop("request_id")
        assert answers[0] == answers[1]
        assert answers[0]["status"] == 404


class TestErrors:
    @pytest.mark.parametrize(
        ("role", "method", "path", "body", "status", "code"),
        [
            (None, "get", "customers/", None, 401, "NOT_AUTHENTICATED"),
            ("sales", "get", "audit-events/", None, 403, "NOT_ALLOWED"),
            ("sales", "get", "customers/NOBODY/", None, 404, "NOT_FOUND"),
            ("sales", "post", "order-checks/", {}, 400, "INVALID"),
            ("sales", "put", "customers/MINE/", {}, 405, "METHOD_NOT_ALLOWED"),
            ("sales", "post", "order-checks/", "{", 400, "PARSE_ERROR"),
            ("manager", "get", "aging/?as_of=x", None, 400, "INVALID"),
            ("manager", "get", "invoices/?doc_from=x", None, 400, "INVALID"),
            ("manager", "get", "customers/?q=%00", None, 400, "INVALID"),
        ],
    )
    def test_are_problem_documents(
        self,
        small: Portfolio,
        visit: Visit,
        role: str | None,
        method: str,
        path: str,
        body: Any,
        status: int,
        code: str,
    ) -> None:
        client = visit(role) if role else Client()
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        answer = getattr(client, method)(f"{ROOT}/{path}", **more)
        found = answer.json()
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert set(found) == PROBLEM
        assert (found["status"], found["code"]) == (status, code)
        assert found["request_id"] == answer["X-Request-ID"]

    def test_name_each_field(self, small: Portfolio, visit: Visit) -> None:
        answer = post(visit("sales"), "order-checks/", {"customer": "MINE", "amount": "x"})
        errors = {error["field"]: error for error in answer.json()["errors"]}
        assert set(errors) == {"amount", "ship_date"}
        assert errors["ship_date"]["code"] == "REQUIRED"
        assert set(errors["amount"]) == {"field", "column", "code", "message", "value"}

    def test_speak_the_callers_language(self, small: Portfolio, visit: Visit) -> None:
        said = {
            language: post(
                visit("sales"),
                "order-checks/",
                {"customer": "MINE"},
                **{"Accept-Language": language},
            ).json()
            for language in ("en", "zh-hans")
        }
        assert said["en"]["detail"] == "Some fields are wrong."
        assert not said["zh-hans"]["detail"].isascii()
        assert not said["zh-hans"]["errors"][0]["message"].isascii()
        assert said["en"]["code"] == said["zh-hans"]["code"] == "INVALID"

    def test_a_stale_version_is_412_and_a_wrong_step_409(
        self, small: Portfolio, visit: Visit
    ) -> None:
        stale = visit("manager").patch(
            f"{ROOT}/customers/MINE/",
            {"phone": "1", "version": 99},
            content_type="application/json",
        )
        assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
        decided = small.account.requests.order_by("pk").first()
        again = post(
            visit("executive"),
            f"limit-requests/{decided.pk}/decide/",
            {"action": "approve", "version": decided.version},
        )
        assert (again.status_code, again.json()["code"]) == (409, "TRANSITION_NOT_ALLOWED")
