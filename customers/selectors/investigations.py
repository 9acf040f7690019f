"""Reads of investigations."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from common.errors import NotFound
from customers.models import Customer, Investigation


def find_draft(customer: Customer) -> Investigation | None:
    """Return the open draft of a customer. One query."""
    draft: Investigation | None = (
        Investigation.objects.filter(customer=customer, state="DRAFT")
        .select_related("customer", "drafted_by")
        .first()
    )
    return draft


def list_confirmed(customer: Customer, *, as_of: date) -> list[Investigation]:
    """Return the investigations confirmed by a day, newest first. One query."""
    return list(
        Investigation.objects.filter(customer=customer, state="CONFIRMED", confirmed_on__lte=as_of)
        .select_related("drafted_by", "confirmed_by")
        .defer("snapshot")
        .order_by("-confirmed_on", "-id")
    )


def get_investigation(customer: Customer, pk: int, *, user: Any) -> Investigation:
    """Return one investigation that `user` may see; raise `NotFound`. One query."""
    row: Investigation | None = (
        Investigation.objects.for_user(user)
        .filter(pk=pk, customer=customer)
        .select_related("customer", "drafted_by", "confirmed_by")
        .first()
    )
    if row is None:
        raise NotFound(_("There is no such investigation."))
    return row
