"""Facts: recorded with their source, never edited; contradictions are found and decided (A.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.dates import FIRST_DAY
from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event, record_events
from common.locks import lock_row, lock_rows
from customers.domain.facts import (
    BadValue,
    Said,
    UnknownField,
    Value,
    find_conflicts,
    get_field,
    read_value,
)
from customers.models import Customer, Document, Fact, FactConflict, SourceClass, Task
from customers.services.tasks import complete_task, create_tasks
from customers.words.dossier import describe_bad_value
from users.permissions import require

CONFLICT_TITLE = gettext_noop("Two sources contradict each other: decide which to believe")
TASK_KIND = "FACT_CONFLICT"


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact to record; `about` is the day or period end that the value is of."""

    customer_id: int
    field: str
    value: str
    about: date
    source_class: str
    source_name: str = ""
    confidence: str = Fact.Confidence.STATED
    obtained_on: date | None = None
    document_id: int | None = None


@dataclass(frozen=True, slots=True)
class FactCounts:
    """What a bulk of facts came to."""

    created: int
    known: int
    conflicts: int


def record_fact(
    *,
    customer: Customer,
    field: str,
    value: str,
    about: date,
    source_class: str,
    actor: Any,
    as_of: date,
    source_name: str = "",
    confidence: str = Fact.Confidence.STATED,
    obtained_on: date | None = None,
    document: Document | None = None,
) -> Fact:
    """Write down one fact and return it; the same word of the same source again is the same fact.

    A VERIFIED fact is made by `verify_fact` only. Raises `InvalidInput` that names the field.
    """
    if actor is not None:
        require(actor, "fact.record")
    if confidence == Fact.Confidence.VERIFIED:
        raise InvalidInput(
            _("Somebody else verifies a fact after it was entered."),
            field="confidence",
            code="FOUR_EYES",
        )
    if document is not None and document.customer_id != customer.pk:
        raise InvalidInput(_("That document is another customer's."), field="document")
    new = NewFact(
        customer.pk,
        field,
        value,
        about,
        source_class,
        source_name,
        confidence,
        obtained_on,
        document.pk if document else None,
    )
    with transaction.atomic():
        record_facts([new], actor=actor, as_of=as_of)
        row = prepare_fact(new, as_of=as_of)
        return Fact.objects.get(**_key_of(row))


def prepare_fact(new: NewFact, *, as_of: date) -> Fact:
    """Return the row that a new fact makes, not stored; raise `InvalidInput` naming the field."""
    try:
        read = read_value(new.field, new.value)
    except UnknownField as error:
        raise InvalidInput(
            _("There is no field of this name."), field="field", code=error.code
        ) from error
    except BadValue as error:
        raise InvalidInput(
            describe_bad_value(new.field), field="value", code=error.code, value=new.value[:80]
        ) from error
    if new.source_class not in SourceClass.values:
        raise InvalidInput(_("Say where it comes from."), field="source_class", code="UNKNOWN_CODE")
    if new.confidence not in Fact.Confidence.values:
        raise InvalidInput(_("Say how sure it is."), field="confidence", code="UNKNOWN_CODE")
    obtained_on = new.obtained_on or as_of
    if obtained_on > as_of:
        raise InvalidInput(
            _("It cannot have been learnt in the future."), field="obtained_on", code="FUTURE"
        )
    for name, day in (("obtained_on", obtained_on), ("about", new.about)):
        if day < FIRST_DAY:
            raise InvalidInput(_("Enter a day from 1900 on."), field=name, code="TOO_EARLY")
    if new.about > as_of:
        raise InvalidInput(
            _("The day that it is about must not lie in the future."), field="about", code="FUTURE"
        )
    return Fact(
        customer_id=new.customer_id,
        field=get_field(new.field).code,
        value=read.text,
        number=read.number,
        unit=read.unit,
        as_of=new.about,
        obtained_on=obtained_on,
        source_class=new.source_class,
        source_name=new.source_name.strip()[:200],
        confidence=new.confidence,
        document_id=new.document_id,
    )


def record_facts(
    facts: Sequence[NewFact], *, actor: Any, as_of: date, batch: Any = None
) -> FactCounts:
    """Write down many facts at once, look for contradictions, and tell what came of it.

    Facts that are there already stay as they are. A few statements, however many. Whoever may
    import files may import facts, so the right to record is asked for only without a `batch`.
    The customers are locked: of two who contradict each other at once, the later one sees it.
    """
    if actor is not None and batch is None:
        require(actor, "fact.record")
    prepared = (prepare_fact(new, as_of=as_of) for new in facts)
    rows = {tuple(_key_of(row).values()): row for row in prepared}
    if not rows:
        return FactCounts(0, 0, 0)
    with transaction.atomic():
        lock_rows(Customer, {row.customer_id for row in rows.values()})
        known = list_known_keys(rows.values())
        new = [row for key, row in rows.items() if key not in known]
        for row in new:
            row.entered_by, row.batch = actor, batch
        Fact.objects.bulk_create(new, batch_size=2000, ignore_conflicts=True)
        record_events([_event(row, actor, as_of) for row in new])
        found = _find_new_conflicts(new, as_of=as_of)
    return FactCounts(len(new), len(rows) - len(new), found)


KEY = ("customer_id", "field", "as_of", "source_class", "source_name", "value", "confidence")


def _key_of(row: Fact) -> dict[str, Any]:
    return {name: getattr(row, name) for name in KEY}


def list_known_keys(rows: Any) -> set[tuple[Any, ...]]:
    """Return the keys of the stored facts of these customers and fields. One query."""
    customers = {row.customer_id for row in rows}
    fields = {row.field for row in rows}
    stored = Fact.objects.filter(customer_id__in=customers, field__in=fields).order_by()
    return set(stored.values_list(*KEY))


def _event(row: Fact, actor: Any, as_of: date) -> dict[str, Any]:
    return {
        "code": "customers.fact.recorded",
        "actor": actor,
        "subject": ("customers.fact", f"{row.customer_id}:{row.field}:{row.as_of}"),
        "customer_id": row.customer_id,
        "as_of": as_of,
        "after": {
            "field": row.field,
            "value": row.value,
            "about": row.as_of,
            "source": row.source_class,
            "source_name": row.source_name,
            "confidence": row.confidence,
        },
    }


def _find_new_conflicts(new: Sequence[Fact], *, as_of: date) -> int:
    """Compare new facts with all of the same customer, field and day; return how many differ."""
    touched = {(row.customer_id, row.field, row.as_of) for row in new}
    stored = Fact.objects.filter(
        customer_id__in={key[0] for key in touched},
        field__in={key[1] for key in touched},
        as_of__in={key[2] for key in touched},
    ).order_by("id")
    by_customer: dict[int, list[Said]] = {}
    for row in stored:
        if (row.customer_id, row.field, row.as_of) in touched:
            by_customer.setdefault(row.customer_id, []).append(as_said(row))
    conflicts = [
        FactConflict(
            customer_id=customer_id,
            field=first.field,
            as_of=first.as_of,
            first_id=first.id,
            second_id=second.id,
            difference=difference,
            found_on=as_of,
        )
        for customer_id, said in by_customer.items()
        for first, second, difference in find_conflicts(said)
    ]
    known = set(
        FactConflict.objects.filter(first_id__in=[c.first_id for c in conflicts]).values_list(
            "first_id", "second_id"
        )
    )
    conflicts = [c for c in conflicts if (c.first_id, c.second_id) not in known]
    FactConflict.objects.bulk_create(conflicts, batch_size=1000)
    codes = dict(
        Customer.objects.filter(pk__in={c.customer_id for c in conflicts}).values_list("pk", "code")
    )
    create_tasks([_task(conflict, codes[conflict.customer_id]) for conflict in conflicts])
    return len(conflicts)


def as_said(row: Fact) -> Said:
    """Return a stored fact as conflicts are looked for."""
    value = Value(row.value, row.number, row.unit)
    return Said(row.pk, row.field, row.as_of, row.source_class, row.source_name, value)


def _task(conflict: FactConflict, code: str) -> Task:
    return Task(
        key=conflict_key(conflict),
        kind=TASK_KIND,
        title=CONFLICT_TITLE,
        customer_id=conflict.customer_id,
        role="ANALYST",
        url=f"/customers/{code}/conflicts/{conflict.pk}/",
    )


def conflict_key(conflict: FactConflict) -> str:
    """Return the key of the to-do that asks for a decision."""
    return f"fact-conflict:{conflict.pk}"


def verify_fact(*, fact: Fact, actor: Any, as_of: date, document: Document | None = None) -> Fact:
    """Say that a fact was checked and holds: a new row, by somebody else than who entered it."""
    require(actor, "fact.decide")
    if fact.entered_by_id == actor.pk:
        raise NotAllowed(
            _("Somebody else than who entered the fact must verify it."), code="FOUR_EYES"
        )
    if fact.confidence == Fact.Confidence.VERIFIED:
        raise Conflict(_("The fact is verified already."))
    with transaction.atomic():
        lock_row(Customer, fact.customer_id)
        row, is_new = Fact.objects.get_or_create(
            **(_key_of(fact) | {"confidence": Fact.Confidence.VERIFIED}),
            defaults={
                "number": fact.number,
                "unit": fact.unit,
                "obtained_on": as_of,
                "document": document or fact.document,
                "entered_by_id": fact.entered_by_id,
                "verified_by": actor,
            },
        )
        if not is_new:
            raise Conflict(_("The fact is verified already."))
        record_event(
            "customers.fact.verified",
            actor=actor,
            subject=row,
            customer_id=row.customer_id,
            as_of=as_of,
            after={"field": row.field, "value": row.value, "about": row.as_of},
        )
        _find_new_conflicts([row], as_of=as_of)
    return row


def decide_conflict(
    *, conflict: FactConflict, chosen: Fact, reason: str, actor: Any, as_of: date
) -> FactConflict:
    """Say which of two facts is believed, and why; both stay on file.

    Other open contradictions with the one that lost are settled by the same word.
    """
    require(actor, "fact.decide")
    if not reason.strip():
        raise InvalidInput(_("Say why: the next reader will ask."), field="reason", code="REQUIRED")
    with transaction.atomic():
        # The customer first: one word may settle several contradictions of his.
        lock_row(Customer, conflict.customer_id)
        row: FactConflict = lock_row(FactConflict, conflict.pk)
        if row.decided_on is not None:
            raise Conflict(_("This is decided already."))
        if chosen.pk not in (row.first_id, row.second_id):
            raise InvalidInput(_("Choose one of the two."), field="chosen", code="UNKNOWN_CODE")
        loser = row.second_id if chosen.pk == row.first_id else row.first_id
        _settle(row, chosen.pk, reason, actor, as_of)
        others = FactConflict.objects.filter(customer_id=row.customer_id, decided_on=None)
        for other in others.filter(first_id=loser) | others.filter(second_id=loser):
            winner = other.second_id if other.first_id == loser else other.first_id
            _settle(lock_row(FactConflict, other.pk), winner, reason, actor, as_of)
    return row


def _settle(row: FactConflict, chosen_id: int, reason: str, actor: Any, as_of: date) -> None:
    row.chosen_id = chosen_id
    row.reason = reason.strip()[:500]
    row.decided_by, row.decided_on = actor, as_of
    row.save(update_fields=["chosen", "reason", "decided_by", "decided_on"])
    complete_task(key=conflict_key(row), actor=actor, as_of=as_of)
    record_event(
        "customers.fact.conflict_decided",
        actor=actor,
        subject=row,
        customer_id=row.customer_id,
        as_of=as_of,
        after={"field": row.field, "chosen": row.chosen.value if row.chosen else ""},
        reason=reason,
    )
