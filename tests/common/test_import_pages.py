"""Pages of imports: upload, live progress, report, import now, templates; and who is refused."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from common import queue
from common.imports.kinds import list_kinds
from common.models import CalendarDay, ImportBatch, Job
from tests.import_samples import SAMPLES, bring
from tests.support import assert_query_count

Visit = Callable[[str], Client]
BAD = SAMPLES["holidays"].replace("2027-01-01", "01/02/2027")
MAY_LOOK = ("finance", "analyst", "auditor", "admin")
MAY_NOT_LOOK = ("sales", "manager", "collector", "executive", "outsider")


def upload(client: Client, text: str, **fields: Any) -> Any:
    data = {
        "kind": "holidays",
        "file": SimpleUploadedFile("days.csv", text.encode(), "text/csv"),
        "dry_run": "on",
    } | fields
    return client.post(reverse("import_new"), {k: v for k, v in data.items() if v is not None})


@pytest.mark.django_db
class TestAccess:
    @pytest.mark.parametrize("role", MAY_NOT_LOOK)
    def test_others_are_refused_everywhere_and_nothing_changes(
        self, visit: Visit, role: str
    ) -> None:
        batch = bring("holidays", BAD)
        client = visit(role)
        for name, arguments in (
            ("imports", {}),
            ("import_new", {}),
            ("import", {"pk": batch.pk}),
            ("import_rejects", {"pk": batch.pk}),
            ("import_template", {"kind": "customers", "form": "csv"}),
        ):
            assert client.get(reverse(name, kwargs=arguments)).status_code == 403
        for name in ("import_commit", "import_discard"):
            address = reverse(name, kwargs={"pk": batch.pk})
            assert client.post(address, {"good_rows_only": "1"}).status_code == 403
        assert upload(client, BAD).status_code == 403
        assert ImportBatch.objects.count() == 1
        assert not Job.objects.exists()

    @pytest.mark.parametrize("role", ["auditor", "admin"])
    def test_who_may_only_look_imports_nothing(self, visit: Visit, role: str) -> None:
        batch = bring("holidays", BAD)
        client = visit(role)
        page = client.get(reverse("import", kwargs={"pk": batch.pk}))
        assert page.status_code == 200
        assert b"Import the good rows" not in page.content
        assert client.get(reverse("import_new")).status_code == 403
        assert upload(client, BAD).status_code == 403
        assert not Job.objects.exists()

    def test_an_import_that_is_not_there_is_not_found(self, visit: Visit) -> None:
        client = visit("finance")
        assert client.get(reverse("import", kwargs={"pk": 999})).status_code == 404
        assert client.get(reverse("import_rejects", kwargs={"pk": 999})).status_code == 404
        address = reverse("import_template", kwargs={"kind": "nix", "form": "csv"})
        assert client.get(address).status_code == 404


@pytest.mark.django_db
class TestUpload:
    def test_keeps_the_file_and_plans_a_check(self, visit: Visit) -> None:
        response = upload(visit("finance"), SAMPLES["holidays"])
        batch = ImportBatch.objects.get()
        assert response["Location"] == reverse("import", kwargs={"pk": batch.pk})
        assert (batch.state, batch.file_name, batch.size) == (
            "WAITING", "days.csv", len(SAMPLES["holidays"].encode()),
        )  # fmt: skip
        job = Job.objects.get()
        assert (job.kind, job.payload["dry_run"]) == ("imports.run", True)

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"kind": ""}, "This field is required"),
            ({"kind": "nix"}, "not one of the available choices"),
            ({"file": None}, "This field is required"),
            ({"file": SimpleUploadedFile("x.csv", b"")}, "The submitted file is empty"),
        ],
    )
    def test_a_wrong_form_says_why_and_keeps_nothing(
        self, visit: Visit, fields: dict[str, Any], words: str
    ) -> None:
        response = upload(visit("finance"), SAMPLES["holidays"], **fields)
        assert response.status_code == 422
        assert words in response.content.decode()
        assert b"Please check what is marked below" in response.content
        assert not ImportBatch.objects.exists()

    def test_a_file_too_large_is_refused_at_the_door(self, visit: Visit, monkeypatch: Any) -> None:
        monkeypatch.setattr("dashboards.import_forms.MAX_BYTES", 10)
        response = upload(visit("finance"), SAMPLES["holidays"])
        assert response.status_code == 422
        assert not ImportBatch.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestJourney:
    def test_check_then_import_now(self, visit: Visit) -> None:
        before = CalendarDay.objects.count()
        client = visit("finance")
        address = upload(client, SAMPLES["holidays"])["Location"]
        page = client.get(address).content.decode()
        job = Job.objects.get()
        progress = reverse("job_progress", kwargs={"pk": job.pk})
        assert f'hx-get="{progress}"' in page
        assert client.get(progress, headers={"HX-Request": "true"}).status_code == 200
        assert queue.run_job(job.pk)
        over = client.get(progress, headers={"HX-Request": "true"})
        assert over["HX-Redirect"] == address
        page = client.get(address).content.decode()
        assert "Every row can be taken" in page
        assert CalendarDay.objects.count() == before
        client.post(reverse("import_commit", kwargs={"pk": ImportBatch.objects.get().pk}))
        queue.run_job(Job.objects.latest("pk").pk)
        assert CalendarDay.objects.count() == before + 4
        batch = ImportBatch.objects.get()
        assert (batch.state, batch.created, batch.imported_by) == (
            "IMPORTED", 4, client_user("finance"),
        )  # fmt: skip
        assert "Import now" not in client.get(address).content.decode()
        again = client.post(reverse("import_commit", kwargs={"pk": batch.pk}))
        assert again.status_code == 409

    def test_bad_rows_are_named_and_the_good_ones_imported(self, visit: Visit) -> None:
        before = CalendarDay.objects.count()
        client = visit("analyst")
        address = upload(client, BAD)["Location"]
        queue.run_due_jobs()
        batch = ImportBatch.objects.get()
        page = client.get(address).content.decode()
        assert "Day and month of this date could be swapped." in page
        assert "01/02/2027" in page
        commit = reverse("import_commit", kwargs={"pk": batch.pk})
        assert client.post(commit).status_code == 409
        rejects = client.get(reverse("import_rejects", kwargs={"pk": batch.pk}))
        assert rejects["Content-Disposition"].startswith("attachment")
        assert b"AMBIGUOUS_DATE" in rejects.content
        client.post(commit, {"good_rows_only": "1"})
        queue.run_due_jobs()
        assert CalendarDay.objects.count() == before + 3

    def test_the_same_file_again_leads_to_its_first_report(self, visit: Visit) -> None:
        first = bring("holidays")
        client = visit("finance")
        upload(client, SAMPLES["holidays"], dry_run=None)
        job = Job.objects.get()
        queue.run_job(job.pk)
        over = client.get(
            reverse("job_progress", kwargs={"pk": job.pk}), headers={"HX-Request": "true"}
        )
        assert over["HX-Redirect"] == reverse("import", kwargs={"pk": first.pk})
        assert ImportBatch.objects.count() == 1

    def test_a_checked_file_can_be_discarded_and_an_imported_one_not(self, visit: Visit) -> None:
        client = visit("finance")
        upload(client, BAD)
        queue.run_due_jobs()
        batch = ImportBatch.objects.get()
        response = client.post(reverse("import_discard", kwargs={"pk": batch.pk}))
        assert response["Location"] == reverse("imports")
        assert not ImportBatch.objects.exists()
        kept = bring("holidays")
        assert client.post(reverse("import_discard", kwargs={"pk": kept.pk})).status_code == 409
        assert ImportBatch.objects.count() == 1

    def test_hostile_names_and_values_are_shown_as_text(self, visit: Visit) -> None:
        client = visit("finance")
        evil = "<script>alert(1)</script>"
        text = f"calendar,date,day_type,{evil}\nCN,{evil},holiday,x\n"
        file = SimpleUploadedFile("<img src=x>.csv", text.encode())
        address = upload(client, "", file=file)["Location"]
        queue.run_due_jobs()
        page = client.get(address).content.decode()
        assert evil not in page
        assert "&lt;script&gt;" in page
        assert "<img src=x>" not in client.get(reverse("imports")).content.decode()


def client_user(name: str) -> Any:
    from users.models import User

    return User.objects.get(username=name)


@pytest.mark.django_db
class TestLists:
    def test_an_empty_list_offers_the_first_import(self, visit: Visit) -> None:
        page = visit("finance").get(reverse("imports")).content.decode()
        assert "Nothing was imported yet" in page
        assert reverse("import_new") in page
        assert (
            reverse("import_new") not in visit("auditor").get(reverse("imports")).content.decode()
        )

    def test_filters_by_kind_and_state(self, visit: Visit) -> None:
        bring("holidays")
        bring("rates", "x\n1\n")
        client = visit("auditor")
        assert b"holidays.csv" in client.get(reverse("imports")).content
        page = client.get(reverse("imports"), {"state": "REFUSED"}).content
        assert b"rates.csv" in page
        assert b"holidays.csv" not in page
        assert b"rates.csv" not in client.get(reverse("imports"), {"kind": "holidays"}).content

    def test_queries_do_not_grow_with_the_rows(self, visit: Visit) -> None:
        client = visit("finance")
        client.get(reverse("imports"))  # the first page of a session also stores it
        for size in (3, 30):
            for n in range(size):
                bring(
                    "rates",
                    f"kind,code,valid_from,value\nfx,USD,20{size}-01-{n % 28 + 1:02},{size}.{n:03}\n",
                )
            with assert_query_count("imports"):
                assert client.get(reverse("imports")).status_code == 200

    def test_the_report_pages_its_problems(self, visit: Visit) -> None:
        rows = "".join(f"CN,x{n},holiday\n" for n in range(60))
        batch = bring("holidays", f"calendar,date,day_type\n{rows}")
        client = visit("finance")
        address = reverse("import", kwargs={"pk": batch.pk})
        assert client.get(address).content.count(b"INVALID_DATE") == 50
        with assert_query_count("import_report"):
            assert client.get(address, {"page": 2}).content.count(b"INVALID_DATE") == 10


@pytest.mark.django_db
class TestTemplates:
    @pytest.mark.parametrize("kind", [kind.name for kind in list_kinds()])
    @pytest.mark.parametrize("lang", ["en", "zh-hans"])
    def test_every_template_has_a_header_that_can_be_read(
        self, visit: Visit, kind: str, lang: str
    ) -> None:
        client = visit("finance")
        files = []
        for form in ("csv", "xlsx"):
            address = reverse("import_template", kwargs={"kind": kind, "form": form})
            response = client.get(address, {"lang": lang})
            assert response.status_code == 200
            assert f'filename="{kind}.{form}"' in response["Content-Disposition"]
            batch = bring(kind, response.content, dry_run=True)
            assert batch.ignored_columns == []
            assert batch.rows == 1
            files.append(batch)
        assert files[0].mapping == files[1].mapping

    def test_the_workbook_keeps_codes_as_text(self, visit: Visit) -> None:
        address = reverse("import_template", kwargs={"kind": "customers", "form": "xlsx"})
        content = visit("finance").get(address).content
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        assert {cell.number_format for cell in sheet[2]} == {"@"}
