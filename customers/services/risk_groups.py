"""Writes of risk groups: formed, joined and left; a guarantee ring asks for one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.errors import Conflict, InvalidInput
from common.events import record_event
from common.locks import lock_row, lock_rows
from customers.domain.relations import Reason
from customers.models import Customer, RiskGroup, RiskGroupMember, Task
from customers.selectors.parties import TO_DO
from customers.selectors.relations import list_proposals
from customers.services.tasks import create_tasks
from users.permissions import require

TASK_KIND = "RISK_GROUP"
RING_TITLE = gettext_noop("Form a risk group: %(n)s customers guarantee each other (%(codes)s)")
SHOWN_CODES = 4


class InAnotherGroup(Conflict):
    """A customer is in one risk group at a time."""

    code = "IN_ANOTHER_GROUP"


def create_risk_group(
    *,
    reason: str,
    members: Sequence[Customer],
    actor: Any,
    as_of: date,
    code: str = "",
    name_en: str = "",
    name_zh: str = "",
    note: str = "",
) -> RiskGroup:
    """Form a risk group of two customers or more and return it; without a code it gets a number.

    Raises `InvalidInput`, `InAnotherGroup`.
    """
    if actor is not None:
        require(actor, "relation.record")
    if reason not in RiskGroup.Reason.values:
        raise InvalidInput(_("Choose a reason."), field="reason", code="UNKNOWN_CODE")
    if not (name_en.strip() or name_zh.strip()):
        raise InvalidInput(_("A risk group has a name."), field="name_en", code="REQUIRED")
    if len({customer.pk for customer in members}) < 2:
        raise InvalidInput(
            _("A risk group has two members at least."), field="members", code="TOO_FEW"
        )
    with transaction.atomic():
        group = _save_group(code, name_en, name_zh, reason, note)
        for customer in sorted(members, key=lambda one: one.pk):
            _join(group, customer, actor, as_of)
        record_event(
            "customers.risk_group.formed",
            actor=actor,
            subject=group,
            as_of=as_of,
            after={
                "code": group.code,
                "reason": reason,
                "members": sorted(customer.code for customer in members),
            },
            reason=note,
        )
        _end_ring_tasks(as_of)
    return group


def _save_group(code: str, name_en: str, name_zh: str, reason: str, note: str) -> RiskGroup:
    wanted = code.strip().upper()
    group = RiskGroup(
        code=wanted or "RG-NEW",
        name_en=name_en.strip(),
        name_zh=name_zh.strip(),
        reason=reason,
        note=note.strip()[:500],
    )
    try:
        with transaction.atomic():
            group.save()
            if not wanted:
                group.code = f"RG-{group.pk:04d}"
                group.save(update_fields=["code"])
    except IntegrityError as error:
        raise InvalidInput(_("This code is taken."), field="code", code="DUPLICATE") from error
    return group


def add_risk_member(
    *, group: RiskGroup, customer: Customer, actor: Any, as_of: date
) -> RiskGroupMember:
    """Let a customer join from today on; raise `InAnotherGroup`."""
    if actor is not None:
        require(actor, "relation.record")
    with transaction.atomic():
        member = _join(group, customer, actor, as_of)
        _end_ring_tasks(as_of)
    return member


def _join(group: RiskGroup, customer: Customer, actor: Any, as_of: date) -> RiskGroupMember:
    lock_row(Customer, customer.pk)
    # An end in the future still holds the place: "at most one at a date", not only one open end.
    present = RiskGroupMember.objects.filter(customer=customer).exclude(valid_to__lte=as_of)
    other = present.select_related("group").first()
    if other is not None:
        raise InAnotherGroup(
            _("%(customer)s is in the risk group %(group)s already.")
            % {"customer": customer.code, "group": other.group.code}
        )
    member = RiskGroupMember.objects.create(
        group=group, customer=customer, valid_from=as_of, added_by=actor
    )
    record_event(
        "customers.risk_group.joined",
        actor=actor,
        subject=group,
        customer_id=customer.pk,
        as_of=as_of,
        after={"customer": customer.code, "valid_from": as_of},
    )
    return member


def remove_risk_member(*, member: RiskGroupMember, actor: Any, as_of: date, reason: str) -> None:
    """Let a customer leave: he is a member no more from today on. Raises `InvalidInput`.

    Who joined today by mistake leaves no trace but the events.
    """
    if actor is not None:
        require(actor, "relation.record")
    if not reason.strip():
        raise InvalidInput(_("Say why: the next reader will ask."), field="reason", code="REQUIRED")
    with transaction.atomic():
        (row,) = lock_rows(RiskGroupMember, [member.pk]) or (None,)
        if row is None or (row.valid_to is not None and row.valid_to <= as_of):
            raise Conflict(_("This customer has left the risk group already."))
        if row.valid_from >= as_of:
            row.delete()
        else:
            row.valid_to = as_of
            row.save(update_fields=["valid_to"])
        record_event(
            "customers.risk_group.left",
            actor=actor,
            subject=member.group,
            customer_id=member.customer_id,
            as_of=as_of,
            after={"customer": member.customer.code, "valid_to": as_of},
            reason=reason.strip(),
        )


def raise_ring_tasks(*, as_of: date) -> int:
    """Ask for a risk group wherever customers guarantee each other in a ring; return how many.

    Safe to repeat: a ring of the same members asks once. What was formed asks no more.
    """
    rings = [p for p in list_proposals(as_of=as_of) if p.reason is Reason.GUARANTEE_RING]
    wanted = {member for ring in rings for member in ring.members}
    codes = dict(Customer.objects.filter(pk__in=wanted).order_by().values_list("pk", "code"))
    tasks = []
    for ring in rings:
        names = [codes[member] for member in ring.members]
        shown = ", ".join(names[:SHOWN_CODES]) + (" …" if len(names) > SHOWN_CODES else "")
        tasks.append(
            Task(
                key=ring_key(ring.key),
                kind=TASK_KIND,
                title=RING_TITLE,
                params={"n": str(len(names)), "codes": shown},
                role="ANALYST",
                url=f"/risk-groups/new/?proposal={ring.key}",
            )
        )
    made = create_tasks(tasks) if tasks else 0
    _end_ring_tasks(as_of, keep={task.key for task in tasks})
    return made


def ring_key(key: str) -> str:
    """Return the key of the to-do that asks for the risk group of a ring."""
    return f"ring:{key}"


def _end_ring_tasks(as_of: date, keep: set[str] | None = None) -> None:
    """Take back what is asked for rings that are formed or are rings no more."""
    if keep is None:
        rings = [p for p in list_proposals(as_of=as_of) if p.reason is Reason.GUARANTEE_RING]
        keep = {ring_key(ring.key) for ring in rings}
    Task.objects.filter(kind=TASK_KIND, state__in=TO_DO).exclude(key__in=keep).update(
        state=Task.State.CANCELLED
    )


__all__ = [
    "InAnotherGroup",
    "add_risk_member",
    "create_risk_group",
    "raise_ring_tasks",
    "remove_risk_member",
]
