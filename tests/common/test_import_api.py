"""The API of imports and jobs: shapes, refusals, and a key that makes a POST safe to repeat."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from common import queue
from common.models import CalendarDay, ImportBatch, Job
from tests import cast
from tests.import_samples import SAMPLES, bring


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


def post(client: APIClient, text: str, **options: Any) -> Any:
    headers = options.pop("headers", {})
    data = {"kind": "holidays", "file": SimpleUploadedFile("days.csv", text.encode())} | options
    return client.post("/api/v1/imports/", data, format="multipart", headers=headers)


@pytest.mark.django_db(transaction=True)
class TestPost:
    def test_answers_with_a_job_that_tells_how_it_ended(self, people: cast.People) -> None:
        before = CalendarDay.objects.count()
        client = client_of(people.finance)
        response = post(client, SAMPLES["holidays"], dry_run="false")
        assert response.status_code == 202
        body = response.json()
        assert (body["state"], body["errors"], body["done"], body["total"]) == ("WAITING", [], 0, 0)
        assert response["Location"] == f"/api/v1/jobs/{body['id']}/"
        queue.run_due_jobs()
        job = client.get(response["Location"]).json()
        assert (job["state"], job["errors"]) == ("DONE", [])
        assert {k: job["result"][k] for k in ("state", "created", "rejected")} == {
            "state": "IMPORTED", "created": 4, "rejected": 0,
        }  # fmt: skip
        assert CalendarDay.objects.count() == before + 4

    def test_a_dry_run_reports_row_by_row(self, people: cast.People) -> None:
        before = CalendarDay.objects.count()
        client = client_of(people.analyst)
        text = SAMPLES["holidays"].replace("2027-01-01", "01/02/2027")
        body = post(client, text, dry_run="true").json()
        queue.run_due_jobs()
        job = client.get(f"/api/v1/jobs/{body['id']}/").json()
        assert job["errors"] == [
            {
                "row": 2,
                "column": "date",
                "code": "AMBIGUOUS_DATE",
                "message": "Day and month of this date could be swapped.",
                "way_out": "Write dates with the year first: 2026-07-01.",
                "value": "01/02/2027",
                "is_warning": False,
            }
        ]
        found = client.get(f"/api/v1/imports/{body['import']}/").json()
        assert (found["state"], found["rejected"], found["errors"]) == ("CHECKED", 1, job["errors"])
        assert CalendarDay.objects.count() == before

    def test_the_same_key_again_gives_the_same_answer_and_one_job(
        self, people: cast.People
    ) -> None:
        client = client_of(people.finance)
        answers = [
            post(client, SAMPLES["holidays"], headers={"Idempotency-Key": "k1"}) for _ in range(2)
        ]
        assert [a.status_code for a in answers] == [202, 202]
        assert answers[0].json() == answers[1].json()
        assert ImportBatch.objects.count() == Job.objects.count() == 1

    def test_the_same_key_with_another_file_of_that_name_is_refused(
        self, people: cast.People
    ) -> None:
        client = client_of(people.finance)
        key = {"Idempotency-Key": "k1"}
        assert post(client, SAMPLES["holidays"], headers=key).status_code == 202
        other = post(client, SAMPLES["holidays"].replace("元旦", "New Year"), headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert ImportBatch.objects.count() == Job.objects.count() == 1


@pytest.mark.django_db
class TestRefusals:
    @pytest.mark.parametrize(
        "role", ["sales", "manager", "collector", "executive", "auditor", "admin"]
    )
    def test_who_may_not_import_is_refused(self, people: cast.People, role: str) -> None:
        response = post(client_of(getattr(people, role)), SAMPLES["holidays"])
        assert response.status_code == 403
        assert not ImportBatch.objects.exists()

    def test_a_stranger_is_not_known(self, people: cast.People) -> None:
        assert post(APIClient(), SAMPLES["holidays"]).status_code in (401, 403)

    @pytest.mark.parametrize(
        ("options", "status", "code"),
        [
            ({"kind": "bank"}, 422, "UNKNOWN_KIND"),
            ({"kind": "nix"}, 422, "UNKNOWN_KIND"),
            ({"kind": ""}, 400, "INVALID"),
            ({"file": "no file"}, 400, "INVALID"),
            ({"dry_run": "perhaps"}, 400, "INVALID"),
        ],
    )
    def test_wrong_input_is_a_problem_document(
        self, people: cast.People, options: dict[str, Any], status: int, code: str
    ) -> None:
        response = post(client_of(people.finance), SAMPLES["holidays"], **options)
        body = response.json()
        assert (response.status_code, body["code"], body["status"]) == (status, code, status)
        assert body["errors"][0]["field"] == next(iter(options))
        assert not Job.objects.exists()

    def test_a_hostile_file_is_answered_by_its_job_not_by_a_crash(
        self, people: cast.People
    ) -> None:
        client = client_of(people.finance)
        file = SimpleUploadedFile("days.csv", b"\x00\x01\x02")
        body = post(client, "", file=file).json()
        batch = ImportBatch.objects.get(pk=body["import"])
        assert batch.state == "WAITING"


@pytest.mark.django_db
class TestLists:
    def test_lists_imports_without_their_bytes(self, people: cast.People) -> None:
        batch = bring("holidays")
        body = client_of(people.auditor).get("/api/v1/imports/?kind=holidays").json()
        assert (body["count"], body["results"][0]["id"]) == (1, batch.pk)
        assert "content" not in body["results"][0]
        assert body["results"][0]["created"] == 4

    def test_everybody_sees_his_own_jobs_and_finance_sees_all(self, people: cast.People) -> None:
        mine = queue.enqueue("tests.x", key="a", actor=people.sales)
        queue.enqueue("tests.x", key="b", actor=people.analyst)
        client = client_of(people.sales)
        assert [j["id"] for j in client.get("/api/v1/jobs/").json()["results"]] == [mine.pk]
        other = Job.objects.get(key="b").pk
        assert client.get(f"/api/v1/jobs/{other}/").status_code == 404
        assert client_of(people.finance).get("/api/v1/jobs/").json()["count"] == 2
