"""Documents of the dossier: uploaded by one person, verified by another, ended by their date (SM02)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.errors import InvalidInput, NotAllowed
from common.events import record_event
from common.files import store_file
from common.locks import lock_row
from customers.domain.checklist import LINES, OTHER, REMINDER_DAYS, Term
from customers.domain.completeness import Paper, get_good_until
from customers.domain.signals import NewSignal
from customers.domain.states import DOCUMENT
from customers.models import Customer, Document, DocumentStep, SourceClass, Task
from customers.selectors.parties import TO_DO
from customers.services.signals import raise_signals
from customers.services.tasks import complete_task, create_task
from users.permissions import may, require

VERIFY_TITLE = gettext_noop("Verify the document “%(title)s”")
FIRST_VERSION = "upload"


class FourEyes(NotAllowed):
    """Who uploaded a document does not verify it."""

    code = "FOUR_EYES"


def add_document(
    *,
    customer: Customer,
    upload: Any,
    kind: str,
    title: str,
    actor: Any,
    as_of: date,
    issued_on: date | None = None,
    valid_to: date | None = None,
    number: str = "",
    issuer: str = "",
    source_class: str = "",
    language: str = "",
    confidentiality: str = "",
    original_seen: bool = False,
    replaces: Document | None = None,
) -> Document:
    """Keep a file as a document of the customer, hand it in for verification and return it.

    `replaces` names the document of which this is a new version; it keeps its kind. A document
    without its own date stays UPLOADED until the date is known. Raises `InvalidInput`.
    """
    if actor is not None:
        require(actor, "document.upload")
    if replaces is not None:
        kind = replaces.kind
    _check_values(customer, kind, title, issued_on, valid_to, replaces, as_of)
    line = LINES.get(kind)
    is_personal = line is not None and line.is_personal
    with transaction.atomic():
        stored = store_file(upload, actor=actor)
        if replaces is not None:
            _check_newest(lock_row(Document, replaces.pk))
        document = Document.objects.create(
            customer=customer,
            kind=kind,
            title=title.strip()[:200],
            number=number.strip()[:80],
            issuer=issuer.strip()[:200],
            source_class=source_class or (line.source_class if line else SourceClass.INTERNAL),
            issued_on=issued_on,
            valid_to=valid_to,
            language=language,
            confidentiality=confidentiality
            or (
                Document.Confidentiality.PERSONAL
                if is_personal
                else Document.Confidentiality.NORMAL
            ),
            original_seen=original_seen,
            file=stored,
            version=replaces.version + 1 if replaces else 1,
            supersedes=replaces,
            uploaded_by=actor,
            uploaded_on=as_of,
        )
        was_refused = replaces is not None and replaces.state == Document.State.REJECTED
        _note(
            document,
            "replace" if was_refused else FIRST_VERSION,
            Document.State.REJECTED if was_refused else "",
            as_of,
            actor,
        )
        record_event(
            "customers.document.uploaded",
            actor=actor,
            subject=document,
            customer_id=customer.pk,
            as_of=as_of,
            after={
                "kind": kind,
                "title": public_title(document),
                "version": document.version,
                "sha256": stored.sha256,
            },
        )
        if issued_on is not None:
            document = submit_document(document=document, actor=actor, as_of=as_of)
    return document


def _check_values(
    customer: Customer,
    kind: str,
    title: str,
    issued_on: date | None,
    valid_to: date | None,
    replaces: Document | None,
    as_of: date,
) -> None:
    if kind not in LINES and kind != OTHER:
        raise InvalidInput(_("Choose what it is."), field="kind", code="UNKNOWN_CODE")
    if not title.strip():
        raise InvalidInput(_("Give the document a title."), field="title", code="REQUIRED")
    if issued_on is not None and issued_on > as_of:
        raise InvalidInput(
            _("A document cannot be dated in the future."), field="issued_on", code="FUTURE"
        )
    if valid_to is not None and issued_on is not None and valid_to < issued_on:
        raise InvalidInput(_("It ends before it begins."), field="valid_to", code="PERIOD_IN_ORDER")
    if replaces is not None and replaces.customer_id != customer.pk:
        raise InvalidInput(_("That document is another customer's."), field="replaces")


def _check_newest(old: Document) -> None:
    if Document.objects.filter(supersedes=old).exists():
        raise InvalidInput(
            _("There is a newer version of this document already."), code="NOT_NEWEST"
        )


def submit_document(
    *, document: Document, actor: Any, as_of: date, issued_on: date | None = None
) -> Document:
    """Hand a document in: somebody else is asked to verify it. It needs its date by now."""
    if actor is not None:
        require(actor, "document.upload")
    with transaction.atomic():
        row: Document = lock_row(Document, document.pk)
        row.issued_on = issued_on or row.issued_on
        if row.issued_on is None or row.issued_on > as_of:
            raise InvalidInput(
                _("Enter the date of the document."), field="issued_on", code="REQUIRED"
            )
        _move(row, "submit", as_of, actor, changed=["issued_on"])
        create_task(
            key=verify_key(row),
            kind="DOCUMENT_VERIFY",
            title=VERIFY_TITLE,
            params={"title": public_title(row)},
            customer=row.customer,
            role="ANALYST",
            url=document_url(row),
        )
    return row


def verify_document(
    *, document: Document, method: str, actor: Any, as_of: date, note: str = ""
) -> Document:
    """Say that a document is genuine, and how that was found out; older versions are superseded.

    Where the checklist counts days and the document says no end of its own, the end is written
    down now. Raises `FourEyes` for who uploaded it, `InvalidInput` without a method.
    """
    require(actor, "document.verify")
    if method not in Document.Method.values:
        raise InvalidInput(_("Say how you verified it."), field="method", code="REQUIRED")
    with transaction.atomic():
        row: Document = lock_row(Document, document.pk)
        if row.uploaded_by_id == actor.pk:
            raise FourEyes(_("Whoever uploaded a document cannot verify it. Ask a colleague."))
        row.method = method
        row.original_seen = row.original_seen or method == Document.Method.ORIGINAL_SEEN
        row.verified_by, row.verified_on = actor, as_of
        row.valid_to = row.valid_to or _end_by_checklist(row)
        changed = ["method", "original_seen", "verified_by", "verified_on", "valid_to"]
        _move(row, "verify", as_of, actor, reason=note, changed=changed)
        complete_task(key=verify_key(row), actor=actor, as_of=as_of)
        _supersede_older(row, as_of, actor)
    return row


def _end_by_checklist(document: Document) -> date | None:
    """Return the end that the checklist counts for a document that names none itself."""
    line = LINES.get(document.kind)
    if line is None or line.term not in (Term.DAYS, Term.AFTER_PERIOD):
        return None
    dated = document.issued_on or document.uploaded_on
    return get_good_until(line, Paper(document.pk, document.kind, document.state, dated))


def _supersede_older(document: Document, as_of: date, actor: Any) -> None:
    older = document.supersedes_id
    while older is not None:
        row: Document = lock_row(Document, older)
        if row.state == Document.State.VERIFIED:
            _move(row, "supersede", as_of, actor)
            _drop_reminders(row)
        older = row.supersedes_id


def reject_document(*, document: Document, reason: str, actor: Any, as_of: date) -> Document:
    """Refuse a document, with the reason that its sender has to read."""
    require(actor, "document.verify")
    with transaction.atomic():
        row: Document = lock_row(Document, document.pk)
        _move(row, "reject", as_of, actor, reason=_reason(reason))
        complete_task(key=verify_key(row), actor=actor, as_of=as_of)
    return row


def doubt_document(*, document: Document, reason: str, actor: Any, as_of: date) -> Document:
    """Call a verified document doubtful: it counts no more, and signal S06 is raised."""
    require(actor, "document.doubt")
    with transaction.atomic():
        row: Document = lock_row(Document, document.pk)
        text = _reason(reason)
        _move(row, "doubt", as_of, actor, reason=text)
        step = DocumentStep.objects.filter(document=row).latest("id")
        raise_signals(
            [
                NewSignal(
                    customer_id=row.customer_id,
                    code="S06",
                    severity="RED",
                    key=f"S06:{row.customer_id}:document:{row.pk}:{step.pk}",
                    facts={
                        "document": public_title(row),
                        "kind": row.kind,
                        "version": row.version,
                    },
                    note=text[:500],
                    origin="MANUAL",
                    evidence_id=row.pk,
                )
            ],
            as_of=as_of,
            actor=actor if may(actor, "signal.raise") else None,
            at=timezone.now(),
        )
    return row


def conclude_doubt(
    *, document: Document, is_genuine: bool, text: str, actor: Any, as_of: date
) -> Document:
    """End a doubt: the document stands after a third party's word, or is refused for good."""
    require(actor, "document.conclude")
    with transaction.atomic():
        row: Document = lock_row(Document, document.pk)
        if is_genuine and row.uploaded_by_id == actor.pk:
            raise FourEyes(_("Whoever uploaded a document cannot verify it. Ask a colleague."))
        changed = []
        if is_genuine:
            row.method = Document.Method.THIRD_PARTY
            row.verified_by, row.verified_on = actor, as_of
            changed = ["method", "verified_by", "verified_on"]
        action = "confirm" if is_genuine else "refuse"
        _move(row, action, as_of, actor, reason=_reason(text), changed=changed)
    return row


def _drop_reminders(document: Document) -> None:
    """Take back the reminders of a document that has a successor."""
    keys = [f"document:{document.pk}:ends:{days}" for days in REMINDER_DAYS]
    Task.objects.filter(key__in=keys, state__in=TO_DO).update(state=Task.State.CANCELLED)


def may_read_document(document: Document, user: Any) -> bool:
    """Tell whether `user` may read a document, and not only know that it is there.

    Personal and privileged ones are read by credit, and by who uploaded them (PIPL Art. 6).
    """
    if document.confidentiality == Document.Confidentiality.NORMAL:
        return True
    return may(user, "personal_data.view") or document.uploaded_by_id == user.pk


def public_title(document: Document) -> str:
    """Return what a document may be called where everybody reads: the code for a personal one."""
    is_normal = document.confidentiality == Document.Confidentiality.NORMAL
    return str(document.title if is_normal else document.kind)


def verify_key(document: Document) -> str:
    """Return the key of the to-do that asks for verification."""
    return f"document:{document.pk}:verify"


def document_url(document: Document) -> str:
    """Return the address of a document's page, as tasks store it."""
    return f"/customers/{document.customer.code}/documents/{document.pk}/"


def _reason(text: str) -> str:
    if not text.strip():
        raise InvalidInput(_("Say why: the next reader will ask."), field="reason", code="REQUIRED")
    return text.strip()


def _move(
    document: Document,
    action: str,
    as_of: date,
    actor: Any,
    *,
    reason: str = "",
    changed: list[str] | None = None,
) -> None:
    """Take one step of the lifecycle, with its row and its event."""
    before = document.state
    document.state = DOCUMENT.next(before, action)
    document.save(update_fields=["state", *(changed or [])])
    _note(document, action, before, as_of, actor, reason)
    record_event(
        f"customers.document.{action}",
        actor=actor,
        subject=document,
        customer_id=document.customer_id,
        as_of=as_of,
        before={"state": before},
        after={
            "state": document.state,
            "kind": document.kind,
            "title": public_title(document),
        },
        reason=reason,
    )


def _note(
    document: Document, action: str, source: str, as_of: date, actor: Any, reason: str = ""
) -> None:
    DocumentStep.objects.create(
        document=document,
        action=action,
        source=source,
        target=document.state,
        reason=reason[:500],
        as_of=as_of,
        actor=actor if getattr(actor, "pk", None) else None,
    )
