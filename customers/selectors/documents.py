"""Reads of documents: those of a customer as they stood on a day, and one with its versions."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from common.errors import NotFound
from customers.models import Customer, Document, DocumentStep


def list_documents(customer: Customer, *, as_of: date) -> QuerySet[Document]:
    """Return the documents that were there on a day, by kind, newest version first. One query.

    `state_then` is the state that each had on that day, `is_newest` whether no newer version was
    there yet.
    """
    documents: QuerySet[Document] = Document.objects.filter(customer=customer)
    return (
        with_state(documents, as_of=as_of)
        .select_related("file", "uploaded_by", "verified_by")
        .order_by("kind", "-id")
    )


def with_state(documents: QuerySet[Document], *, as_of: date) -> QuerySet[Any]:
    """Narrow to what was there on a day, and say how each stood then."""
    steps = DocumentStep.objects.filter(document=OuterRef("pk"), as_of__lte=as_of)
    newer = Document.objects.filter(supersedes=OuterRef("pk"), uploaded_on__lte=as_of)
    return documents.filter(uploaded_on__lte=as_of).annotate(
        state_then=Subquery(steps.order_by("-id").values("target")[:1]),
        is_newest=~Exists(newer),
    )


def get_document(customer: Customer, pk: int, *, user: Any) -> Document:
    """Return one document of a customer that `user` may see; raise `NotFound`. One query."""
    document: Document | None = (
        Document.objects.for_user(user)
        .filter(pk=pk, customer=customer)
        .select_related("customer", "file", "uploaded_by", "verified_by", "supersedes")
        .first()
    )
    if document is None:
        raise NotFound(_("There is no such document."))
    return document


def list_versions(document: Document) -> list[Document]:
    """Return all versions of a document, newest first. One query."""
    rows = {
        row.pk: row
        for row in Document.objects.filter(customer=document.customer_id, kind=document.kind)
        .select_related("file", "uploaded_by", "verified_by")
        .order_by("pk")
    }
    newer = {row.supersedes_id: row for row in rows.values() if row.supersedes_id}
    newest = rows[document.pk]
    while newest.pk in newer:
        newest = newer[newest.pk]
    chain = [newest]
    while chain[-1].supersedes_id in rows:
        chain.append(rows[chain[-1].supersedes_id])
    return chain


def list_document_steps(document: Document) -> QuerySet[DocumentStep]:
    """Return the steps of a document, newest first. One query."""
    steps: QuerySet[DocumentStep] = DocumentStep.objects.filter(document=document)
    return steps.select_related("actor").order_by("-id")
