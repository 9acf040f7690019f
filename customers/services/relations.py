"""Writes of relations between customers: recorded with their period, ended, never rewritten."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput
from common.events import record_event
from common.locks import lock_row
from customers.models import Customer, Relation
from users.permissions import require


class AlreadyEnded(Conflict):
    """The relation has an end already."""

    code = "ALREADY_ENDED"


def record_relation(
    *,
    source: Customer,
    target: Customer,
    kind: str,
    valid_from: date,
    actor: Any,
    as_of: date,
    valid_to: date | None = None,
    amount: Decimal | None = None,
    currency: str = "CNY",
    share: Decimal | None = None,
    note: str = "",
    evidence: Any = None,
) -> Relation:
    """Write down that `source` guarantees, supplies, controls … `target`; return the relation.

    A relation of two equals (same controller, same address) is kept with the lower code first.
    Raises `InvalidInput`.
    """
    if actor is not None:
        require(actor, "relation.record")
    if kind not in Relation.Kind.values:
        raise InvalidInput(_("Choose a kind of relation."), field="kind", code="UNKNOWN_CODE")
    if source.pk == target.pk:
        raise InvalidInput(_("A customer has no relation to itself."), field="target")
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidInput(
            _("The end lies after the beginning."), field="valid_to", code="DATES_CROSSED"
        )
    if share is not None and not 0 <= share <= 1:
        raise InvalidInput(_("A share lies between 0 and 100 %."), field="share")
    if amount is not None and amount < 0:
        raise InvalidInput(_("An amount is zero or more."), field="amount")
    if kind in (Relation.Kind.SAME_CONTROLLER, Relation.Kind.SAME_ADDRESS):
        source, target = sorted((source, target), key=lambda customer: customer.code)
    relation = Relation(
        source=source,
        target=target,
        kind=kind,
        amount=amount,
        currency=currency,
        share=share,
        valid_from=valid_from,
        valid_to=valid_to,
        note=note.strip()[:500],
        evidence=evidence,
        recorded_by=actor,
    )
    with transaction.atomic():
        _save(relation)
        record_event(
            "customers.relation.recorded",
            actor=actor,
            subject=relation,
            customer_id=source.pk,
            as_of=as_of,
            after={
                "source": source.code,
                "kind": kind,
                "target": target.code,
                "amount": amount,
                "share": share,
                "valid_from": valid_from,
            },
        )
    return relation


def _save(relation: Relation) -> None:
    try:
        with transaction.atomic():
            relation.save()
    except IntegrityError as error:
        if "relation_open_once" not in str(error):
            raise
        raise InvalidInput(
            _("This relation is recorded already and has not ended."),
            field="target",
            code="DUPLICATE",
        ) from error


def end_relation(
    *, relation: Relation, valid_to: date, actor: Any, as_of: date, reason: str
) -> Relation:
    """Say from which day on a relation is no more; raise `AlreadyEnded`, `InvalidInput`."""
    if actor is not None:
        require(actor, "relation.record")
    if not reason.strip():
        raise InvalidInput(_("Say why: the next reader will ask."), field="reason", code="REQUIRED")
    with transaction.atomic():
        row = lock_row(Relation, relation.pk)
        if row.valid_to is not None:
            raise AlreadyEnded(_("This relation has an end already."))
        if valid_to <= row.valid_from:
            raise InvalidInput(
                _("The end lies after the beginning."), field="valid_to", code="DATES_CROSSED"
            )
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        record_event(
            "customers.relation.ended",
            actor=actor,
            subject=row,
            customer_id=row.source_id,
            as_of=as_of,
            after={"valid_to": valid_to},
            reason=reason.strip(),
        )
    return row
