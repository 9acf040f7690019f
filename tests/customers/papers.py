"""Small files and documents for the tests of the dossier."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from customers.models import Customer, Document
from customers.services import add_document, verify_document
from tests import cast
from tests.common.hostile_files import pdf


def upload(name: str = "paper.pdf", text: bytes = b"<</A 1>>") -> SimpleUploadedFile:
    """A harmless PDF."""
    return SimpleUploadedFile(name, pdf(text), content_type="application/pdf")


def give_document(
    customer: Customer, actor: Any, kind: str = "D02", as_of: date = cast.TODAY, **fields: Any
) -> Document:
    """Upload a document and hand it in."""
    values: dict[str, Any] = {
        "title": f"Paper {kind}",
        "issued_on": as_of - timedelta(days=10),
        "upload": upload(),
    }
    return add_document(customer=customer, actor=actor, as_of=as_of, kind=kind, **(values | fields))


def give_verified(
    customer: Customer,
    people: cast.People,
    kind: str = "D02",
    as_of: date = cast.TODAY,
    **fields: Any,
) -> Document:
    """A document of the analyst's that the manager has verified."""
    document = give_document(customer, people.analyst, kind, as_of, **fields)
    return verify_document(document=document, method="REGISTRY", actor=people.manager, as_of=as_of)
