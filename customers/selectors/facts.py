"""Facts of the dossier: which is believed on a day, what contradicts what, how many of each source."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from customers.domain.facts import CONFIDENCES
from customers.models import Customer, Fact, FactConflict, SourceClass

COLUMNS = (
    "id",
    "customer_id",
    "field",
    "value",
    "number",
    "unit",
    "as_of",
    "obtained_on",
    "source_class",
    "source_name",
    "confidence",
    "document_id",
)


def list_latest_facts(
    fields: Iterable[str], *, as_of: date, customer_ids: Collection[int] | None = None
) -> list[dict[str, Any]]:
    """Return the newest believed fact of each customer and field as known on a day. One query.

    One dict per customer and field that has any, by customer and field: id, customer_id, field,
    value, number, unit, as_of, obtained_on, source_class, source_name, confidence, document_id.
    Newest day first; of one day VERIFIED before STATED before HEARSAY, then what we learnt last.
    What an analyst had decided against by that day is not believed. None means all customers.
    """
    facts = known_facts(as_of=as_of).filter(field__in=list(fields))
    if customer_ids is not None:
        facts = facts.filter(customer_id__in=list(customer_ids))
    facts = facts.exclude(pk__in=_disbelieved(as_of))
    return list(
        facts.alias(sureness=_sureness())
        .order_by("customer_id", "field", "-as_of", "sureness", "-obtained_on", "-id")
        .distinct("customer_id", "field")
        .values(*COLUMNS)
    )


def known_facts(*, as_of: date) -> QuerySet[Fact]:
    """Return the facts that we had by the end of a day, of days up to it."""
    facts: QuerySet[Fact] = Fact.objects.filter(obtained_on__lte=as_of, as_of__lte=as_of)
    return facts


def _sureness() -> Case:
    return Case(
        *(When(confidence=name, then=Value(rank)) for rank, name in enumerate(CONFIDENCES)),
        default=Value(len(CONFIDENCES)),
        output_field=IntegerField(),
    )


def _disbelieved(as_of: date) -> QuerySet[Any]:
    """The facts that lost a conflict decided by that day."""
    decided = FactConflict.objects.filter(decided_on__lte=as_of, chosen__isnull=False)
    return decided.values_list(
        Case(When(chosen=F("first"), then=F("second")), default=F("first")), flat=True
    )


def list_facts(customer: Customer, *, as_of: date) -> QuerySet[Fact]:
    """Return what was known of a customer on a day, newest first. One query."""
    return (
        known_facts(as_of=as_of)
        .filter(customer=customer)
        .select_related("document", "entered_by", "verified_by")
        .alias(sureness=_sureness())
        .order_by("field", "-as_of", "sureness", "-obtained_on", "-id")
    )


def count_by_source(customer: Customer, *, as_of: date) -> dict[str, int]:
    """Return how many facts of each of the six source classes were known on a day. One query."""
    counted = dict(
        known_facts(as_of=as_of)
        .filter(customer=customer)
        .order_by()
        .values_list("source_class")
        .annotate(n=Count("pk"))
    )
    return {code: counted.get(code, 0) for code in SourceClass.values}


def list_conflicts(
    customer: Customer | None = None, *, as_of: date, user: Any = None, open_only: bool = True
) -> QuerySet[FactConflict]:
    """Return contradictions found by a day, of one customer or of all that `user` may see."""
    conflicts: QuerySet[FactConflict] = FactConflict.objects.filter(found_on__lte=as_of)
    if customer is not None:
        conflicts = conflicts.filter(customer=customer)
    if user is not None:
        conflicts = conflicts.for_user(user)  # type: ignore[attr-defined]
    if open_only:
        conflicts = conflicts.filter(Q(decided_on=None) | Q(decided_on__gt=as_of))
    return conflicts.select_related("customer", "first", "second", "chosen", "decided_by").order_by(
        "-found_on", "-id"
    )
