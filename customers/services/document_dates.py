"""What the night does with documents: end those whose last day is over, remind of those to come."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from common.events import record_events
from customers.domain.checklist import REMINDER_DAYS
from customers.domain.completeness import list_reminders
from customers.domain.states import DOCUMENT
from customers.models import Document, DocumentStep, Task
from customers.services.documents import document_url, public_title
from customers.services.tasks import create_tasks

ENDS_TITLE = gettext_noop("“%(title)s” is good until %(end)s only: ask for a new one")
CLOSE_OF_BUSINESS = time(18)


def expire_documents(*, as_of: date) -> int:
    """End every verified document whose last day is over; return how many. Safe to repeat."""
    with transaction.atomic():
        ended = list(
            Document.objects.select_for_update(no_key=True)
            .filter(state=Document.State.VERIFIED, valid_to__lt=as_of)
            .order_by("pk")
        )
        target = DOCUMENT.next(Document.State.VERIFIED, "expire")
        Document.objects.filter(pk__in=[row.pk for row in ended]).update(state=target)
        DocumentStep.objects.bulk_create(
            [
                DocumentStep(
                    document=row,
                    action="expire",
                    source=Document.State.VERIFIED,
                    target=target,
                    as_of=as_of,
                )
                for row in ended
            ],
            batch_size=1000,
        )
        record_events(
            [
                {
                    "code": "customers.document.expire",
                    "subject": row,
                    "customer_id": row.customer_id,
                    "as_of": as_of,
                    "before": {"state": Document.State.VERIFIED},
                    "after": {"state": target, "kind": row.kind, "title": public_title(row)},
                }
                for row in ended
            ]
        )
    return len(ended)


def remind_documents(*, as_of: date) -> int:
    """Tell of documents that end within 60, 30 or 7 days (K23); return how many to-dos are new.

    To the sales owner first, in the last week to the analysts. One to-do per document and warning
    time, however often the night runs; a document with a newer version reminds nobody.
    """
    last = as_of + timedelta(days=max(REMINDER_DAYS))
    rows = (
        Document.objects.filter(
            state=Document.State.VERIFIED, valid_to__gte=as_of, valid_to__lte=last
        )
        .exclude(superseded_by__state__in=["SUBMITTED", "VERIFIED"])
        .select_related("customer")
        .order_by("pk")
    )
    tasks = []
    for row in rows.iterator(chunk_size=2000):
        for days in list_reminders(row.valid_to, as_of=as_of):  # type: ignore[arg-type]
            tasks.append(_reminder(row, days))
    return create_tasks(tasks)


def _reminder(document: Document, days: int) -> Task:
    owner = document.customer.sales_owner_id if days > min(REMINDER_DAYS) else None
    end = document.valid_to or document.uploaded_on
    return Task(
        key=f"document:{document.pk}:ends:{days}",
        kind="DOCUMENT_ENDS",
        title=ENDS_TITLE,
        params={"title": public_title(document), "end": end.isoformat()},
        customer=document.customer,
        owner_id=owner,
        role="" if owner else "ANALYST",
        due_at=timezone.make_aware(datetime.combine(end, CLOSE_OF_BUSINESS)),
        url=document_url(document),
    )
