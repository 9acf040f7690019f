"""Groups: customers under one controller, in a tree that the database keeps a tree."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.events import record_event
from customers.models import MAX_GROUP_DEPTH, CustomerGroup
from users.permissions import require


def create_group(
    *,
    actor: Any,
    as_of: date,
    code: str,
    name_en: str = "",
    name_zh: str = "",
    parent: CustomerGroup | None = None,
) -> CustomerGroup:
    """Create a group and return it."""
    if actor is not None:
        require(actor, "customer.edit")
    code = code.strip().upper()
    if not code or not (name_en.strip() or name_zh.strip()):
        raise InvalidInput(_("A group has a code and a name."), field="code", code="REQUIRED")
    group = CustomerGroup(
        code=code, name_en=name_en.strip(), name_zh=name_zh.strip(), parent=parent
    )
    with transaction.atomic():
        _save(group)
        record_event(
            "customers.group.created",
            actor=actor,
            subject=group,
            as_of=as_of,
            after={"code": code, "parent": parent.code if parent else None},
        )
    return group


def move_group(
    *, group: CustomerGroup, parent: CustomerGroup | None, actor: Any, as_of: date
) -> CustomerGroup:
    """Hang a group below another one, or make it a root."""
    if actor is not None:
        require(actor, "customer.edit")
    with transaction.atomic():
        row = CustomerGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
        before = row.parent.code if row.parent else None
        row.parent = parent
        _save(row)
        record_event(
            "customers.group.moved",
            actor=actor,
            subject=row,
            as_of=as_of,
            before={"parent": before},
            after={"parent": parent.code if parent else None},
        )
    return row


def _save(group: CustomerGroup) -> None:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        text = str(error)
        if "too_deep" in text:
            raise InvalidInput(
                _("A tree of groups has %(n)d levels at most.") % {"n": MAX_GROUP_DEPTH},
                field="parent",
                code="TOO_DEEP",
            ) from error
        if "cycle" in text or "own_parent" in text:
            raise InvalidInput(
                _("A group cannot stand above itself."), field="parent", code="CYCLE"
            ) from error
        raise InvalidInput(_("This code is taken."), field="code", code="DUPLICATE") from error
