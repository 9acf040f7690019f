"""Documents: four eyes, versions, expiry, reminders, doubt; and their pages."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.clock import business_today
from common.errors import Conflict, InvalidInput, NotAllowed, TransitionNotAllowed
from common.models import Event, StoredFile
from customers.models import Customer, Document, DocumentStep, Signal, Task
from customers.selectors import list_documents
from customers.services import (
    add_document,
    conclude_doubt,
    doubt_document,
    expire_documents,
    reject_document,
    remind_documents,
    submit_document,
    verify_document,
)
from customers.services.documents import verify_key
from customers.services.tasks import complete_own_task
from tests import cast
from tests.common.hostile_files import pdf
from tests.customers.papers import give_document, give_verified, upload
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
TODAY = cast.TODAY


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def customer(people: cast.People) -> Customer:
    return cast.make_customer("C1", sales_owner=people.sales)


def steps(document: Document) -> list[tuple[str, str, str]]:
    rows = DocumentStep.objects.filter(document=document).order_by("id")
    return [(row.action, row.source, row.target) for row in rows]


class TestAddDocument:
    def test_stores_the_file_and_asks_somebody_to_verify_it(self, people, customer) -> None:
        document = give_document(customer, people.sales, "D03")
        assert (document.state, document.version, document.source_class) == (
            "SUBMITTED", 1, "OFFICIAL",
        )  # fmt: skip
        assert document.confidentiality == "PERSONAL"
        assert steps(document) == [
            ("upload", "", "UPLOADED"), ("submit", "UPLOADED", "SUBMITTED"),
        ]  # fmt: skip
        task = Task.objects.get(key=f"document:{document.pk}:verify")
        assert (task.role, task.state, task.url) == (
            "ANALYST", "PENDING", f"/customers/C1/documents/{document.pk}/",
        )  # fmt: skip
        event = Event.objects.get(code="customers.document.uploaded")
        assert event.after["sha256"] == document.file.sha256

    def test_waits_without_a_date_until_it_is_known(self, people, customer) -> None:
        document = give_document(customer, people.sales, issued_on=None)
        assert document.state == "UPLOADED"
        assert not Task.objects.filter(kind="DOCUMENT_VERIFY").exists()
        with pytest.raises(InvalidInput):
            submit_document(document=document, actor=people.sales, as_of=TODAY)
        moved = submit_document(
            document=document, actor=people.sales, as_of=TODAY, issued_on=TODAY - timedelta(days=3)
        )
        assert (moved.state, moved.issued_on) == ("SUBMITTED", TODAY - timedelta(days=3))

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"kind": "D99"}, "kind"),
            ({"title": " "}, "title"),
            ({"issued_on": TODAY + timedelta(days=1)}, "issued_on"),
            ({"valid_to": TODAY - timedelta(days=11)}, "valid_to"),
            ({"upload": upload("x.pdf", b"<</S/JavaScript/JS(1)>>")}, "file"),
        ],
    )
    def test_refuses_what_is_wrong_and_keeps_nothing(self, people, customer, fields, field) -> None:
        with pytest.raises(InvalidInput) as refusal:
            give_document(customer, people.analyst, **fields)
        assert refusal.value.field == field
        assert (Document.objects.count(), StoredFile.objects.count()) == (0, 0)

    def test_is_not_for_everybody(self, people, customer) -> None:
        with pytest.raises(NotAllowed):
            give_document(customer, people.auditor)


class TestVerify:
    def test_is_the_work_of_another_person(self, people, customer) -> None:
        document = give_document(customer, people.analyst)
        with pytest.raises(NotAllowed) as refusal:
            verify_document(document=document, method="REGISTRY", actor=people.analyst, as_of=TODAY)
        assert refusal.value.code == "FOUR_EYES"
        done = verify_document(
            document=document, method="ORIGINAL_SEEN", actor=people.manager, as_of=TODAY
        )
        assert (done.state, done.method, done.original_seen) == ("VERIFIED", "ORIGINAL_SEEN", True)
        # The checklist counts 90 days from the document's date.
        assert done.valid_to == TODAY + timedelta(days=80)
        assert Task.objects.get(key=f"document:{document.pk}:verify").state == "DONE"

    def test_four_eyes_hold_in_the_database_too(self, people, customer) -> None:
        document = give_document(customer, people.analyst)
        with pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.filter(pk=document.pk).update(verified_by=people.analyst)

    def test_needs_a_method_and_a_role(self, people, customer) -> None:
        document = give_document(customer, people.analyst)
        with pytest.raises(InvalidInput):
            verify_document(document=document, method="", actor=people.manager, as_of=TODAY)
        with pytest.raises(NotAllowed):
            verify_document(document=document, method="REGISTRY", actor=people.sales, as_of=TODAY)

    def test_supersedes_older_versions_but_not_before(self, people, customer) -> None:
        first = give_verified(customer, people)
        bad = give_document(customer, people.analyst, replaces=first)
        first.refresh_from_db()
        assert (first.state, bad.version) == ("VERIFIED", 2)
        reject_document(document=bad, reason="Not readable.", actor=people.manager, as_of=TODAY)
        bad.refresh_from_db()
        third = give_document(customer, people.analyst, replaces=bad)
        assert steps(third)[0] == ("replace", "REJECTED", "UPLOADED")
        verify_document(document=third, method="REGISTRY", actor=people.manager, as_of=TODAY)
        first.refresh_from_db()
        bad.refresh_from_db()
        assert (first.state, bad.state) == ("SUPERSEDED", "REJECTED")
        with pytest.raises(InvalidInput):
            give_document(customer, people.analyst, replaces=first)


class TestDoubt:
    def test_raises_the_signal_and_ends_by_the_managers_word(self, people, customer) -> None:
        document = give_verified(customer, people)
        doubt_document(
            document=document, reason="The seal looks copied.", actor=people.auditor, as_of=TODAY
        )
        signal = Signal.objects.get(customer=customer)
        assert (signal.code, signal.severity, signal.evidence_id) == ("S06", "RED", document.pk)
        with pytest.raises(NotAllowed):
            conclude_doubt(
                document=document, is_genuine=True, text="x", actor=people.analyst, as_of=TODAY
            )
        ended = conclude_doubt(
            document=document,
            is_genuine=True,
            text="Bank says so.",
            actor=people.manager,
            as_of=TODAY,
        )
        assert (ended.state, ended.method) == ("VERIFIED", "THIRD_PARTY")

    def test_may_end_in_refusal(self, people, customer) -> None:
        document = give_verified(customer, people)
        doubt_document(document=document, reason="Copied.", actor=people.analyst, as_of=TODAY)
        ended = conclude_doubt(
            document=document, is_genuine=False, text="Forged.", actor=people.manager, as_of=TODAY
        )
        assert ended.state == "REJECTED"

    def test_is_of_verified_documents_only(self, people, customer) -> None:
        document = give_document(customer, people.analyst)
        with pytest.raises(TransitionNotAllowed):
            doubt_document(document=document, reason="x", actor=people.manager, as_of=TODAY)


class TestNight:
    def test_expires_after_the_last_day_once(self, people, customer) -> None:
        document = give_verified(customer, people, valid_to=TODAY + timedelta(days=5))
        assert expire_documents(as_of=TODAY + timedelta(days=5)) == 0
        assert expire_documents(as_of=TODAY + timedelta(days=6)) == 1
        assert expire_documents(as_of=TODAY + timedelta(days=6)) == 0
        document.refresh_from_db()
        assert document.state == "EXPIRED"
        assert steps(document)[-1] == ("expire", "VERIFIED", "EXPIRED")

    def test_reminds_at_sixty_thirty_and_seven_days_once(self, people, customer) -> None:
        end = TODAY + timedelta(days=60)
        document = give_verified(customer, people, valid_to=end)
        made = [
            remind_documents(as_of=end - timedelta(days=left))
            for left in (61, 60, 59, 30, 30, 7, 0)
        ]
        assert made == [0, 1, 0, 1, 0, 1, 0]
        tasks = Task.objects.filter(kind="DOCUMENT_ENDS").order_by("id")
        assert [(t.key, t.owner, t.role) for t in tasks] == [
            (f"document:{document.pk}:ends:60", people.sales, ""),
            (f"document:{document.pk}:ends:30", people.sales, ""),
            (f"document:{document.pk}:ends:7", None, "ANALYST"),
        ]

    def test_a_newer_version_ends_the_reminders(self, people, customer) -> None:
        document = give_verified(customer, people, valid_to=TODAY + timedelta(days=50))
        remind_documents(as_of=TODAY)
        newer = give_document(customer, people.analyst, replaces=document)
        assert remind_documents(as_of=TODAY + timedelta(days=25)) == 0
        verify_document(document=newer, method="REGISTRY", actor=people.manager, as_of=TODAY)
        assert Task.objects.get(kind="DOCUMENT_ENDS").state == "CANCELLED"


class TestAsOf:
    def test_shows_each_document_as_it_stood(self, people, customer) -> None:
        before, after = TODAY - timedelta(days=30), TODAY
        document = give_verified(customer, people, as_of=before, valid_to=TODAY - timedelta(days=5))
        expire_documents(as_of=after)
        newer = give_document(customer, people.analyst, replaces=document, as_of=after)
        then = list(list_documents(customer, as_of=before))
        assert [(d.pk, d.state_then, d.is_newest) for d in then] == [
            (document.pk, "VERIFIED", True)
        ]
        now = list(list_documents(customer, as_of=after))
        assert [(d.pk, d.state_then, d.is_newest) for d in now] == [
            (newer.pk, "SUBMITTED", True), (document.pk, "EXPIRED", False),
        ]  # fmt: skip
        assert list(list_documents(customer, as_of=before - timedelta(days=1))) == []


class TestPages:
    def send(self, client: Any, **changes: Any) -> Any:
        fields = {
            "file": upload(),
            "kind": "D02",
            "title": "Extract",
            "issued_on": (business_today() - timedelta(days=1)).isoformat(),
        }
        return client.post("/customers/C1/documents/new/", fields | changes)

    def test_uploads_and_leads_to_the_document(self, visit, customer) -> None:
        answer = self.send(visit("sales"))
        document = Document.objects.get()
        assert answer.url == f"/customers/C1/documents/{document.pk}/"
        assert "Submitted" in visit("analyst").get(answer.url).content.decode()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"file": upload("x.png")}, "ending of the name"),
            ({"title": ""}, "This field is required"),
            ({"issued_on": "2999-01-01"}, "dated in the future"),
            ({"kind": "D99"}, "Select a valid choice"),
        ],
    )
    def test_says_what_is_wrong_and_stores_nothing(self, visit, customer, changes, words) -> None:
        answer = self.send(visit("analyst"), **changes)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Document.objects.exists()

    def test_refuses_who_may_not_and_hides_from_the_outsider(self, visit, people, customer) -> None:
        document = give_document(customer, people.analyst)
        assert self.send(visit("executive")).status_code == 403
        assert self.send(visit("outsider")).status_code == 404
        page = f"/customers/C1/documents/{document.pk}/"
        for path in (page, page + "file/"):
            assert visit("outsider").get(path).status_code == 404
        step = visit("sales").post(
            page + "step/", {"action": "verify", "verify-method": "REGISTRY"}
        )
        assert step.status_code == 403
        document.refresh_from_db()
        assert (document.state, Document.objects.count()) == ("SUBMITTED", 1)

    def test_verifies_and_rejects(self, visit, people, customer) -> None:
        page = f"/customers/C1/documents/{give_document(customer, people.analyst).pk}/step/"
        own = visit("analyst").post(page, {"action": "verify", "verify-method": "REGISTRY"})
        assert own.status_code == 403
        empty = visit("manager").post(page, {"action": "reject", "reject-reason": ""})
        assert empty.status_code == 422
        done = visit("manager").post(page, {"action": "verify", "verify-method": "REGISTRY"})
        assert done.status_code == 302
        again = visit("manager").post(page, {"action": "verify", "verify-method": "REGISTRY"})
        assert again.status_code == 409
        assert visit("manager").post(page, {"action": "nonsense"}).status_code == 404

    def test_hands_out_the_file_sealed(self, visit, people, customer) -> None:
        document = give_document(customer, people.analyst)
        answer = visit("sales").get(f"/customers/C1/documents/{document.pk}/file/")
        assert answer.content == pdf(b"<</A 1>>")
        assert answer["Content-Disposition"] == 'attachment; filename="paper.pdf"'
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]

    def test_the_title_of_a_personal_one_is_written_nowhere_else(self, people, customer) -> None:
        document = give_verified(
            customer, people, "D03", title="ID of Zhang", valid_to=TODAY + timedelta(days=20)
        )
        remind_documents(as_of=TODAY)
        doubt_document(document=document, reason="Seal", actor=people.manager, as_of=TODAY)
        said = [
            *Event.objects.values_list("after", flat=True),
            *Task.objects.values_list("params", flat=True),
            *Signal.objects.values_list("facts", flat=True),
        ]
        assert "Zhang" not in str(said)
        assert Signal.objects.get(code="S06").facts["document"] == "D03"
        task = Task.objects.get(key=verify_key(give_document(customer, people.sales, "D01")))
        with pytest.raises(Conflict):  # verifying ends it, not a tick
            complete_own_task(task=task, actor=people.analyst, as_of=TODAY)

    def test_personal_documents_are_for_credit_and_reading_is_noted(
        self, visit, people, customer
    ) -> None:
        document = give_document(customer, people.analyst, "D03", title="ID of Zhang", number="110")
        page = f"/customers/C1/documents/{document.pk}/"
        for role in ("sales", "executive", "auditor"):
            text = visit(role).get(page).content.decode()
            assert "ID of Zhang" not in text
            assert visit(role).get(page + "file/").status_code == 403
            tab = visit(role).get("/customers/C1/?tab=dossier").content.decode()
            assert "ID of Zhang" not in tab
        assert not Event.objects.filter(code="customers.document.read").exists()
        assert "ID of Zhang" in visit("manager").get(page).content.decode()
        assert visit("manager").get(page + "file/").status_code == 200
        assert Event.objects.get(code="customers.document.read").actor == people.manager

    def test_another_customers_document_is_not_found(self, visit, people, customer) -> None:
        other = cast.make_customer("C2", sales_owner=people.sales)
        document = give_document(other, people.analyst)
        assert visit("manager").get(f"/customers/C1/documents/{document.pk}/").status_code == 404
        answer = visit("manager").get(f"/customers/C1/documents/new/?replaces={document.pk}")
        assert answer.status_code == 404
        with pytest.raises(InvalidInput):
            add_document(
                customer=customer, upload=upload(), kind="D02", title="x", actor=people.analyst,
                as_of=date(2026, 11, 24), replaces=document,
            )  # fmt: skip

    @pytest.mark.parametrize("count", [1, 8])
    def test_asks_as_often_whatever_there_is(self, visit, people, customer, count: int) -> None:
        document = give_verified(customer, people)
        for _n in range(count):
            document = give_verified(customer, people, replaces=document)
        client = visit("manager")
        page = f"/customers/C1/documents/{document.pk}/"
        client.get(page)
        with assert_query_count("customers.document_page"):
            client.get(page)
