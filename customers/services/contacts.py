"""People at a customer, and what was said with them."""

from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.errors import InvalidInput
from common.events import record_event
from customers.models import Contact, ContactLog, Customer
from customers.services.tasks import create_task
from users.permissions import require

FIELDS = (
    "name",
    "role",
    "title",
    "phone",
    "email",
    "authority_doc_no",
    "authority_valid_to",
    "preferred_channel",
    "language",
)


def add_contact(*, customer: Customer, actor: Any, as_of: date, **fields: Any) -> Contact:
    """Enter a person at a customer and return him."""
    if actor is not None:
        require(actor, "contact.log")
    contact = Contact(customer=customer, **_checked(fields))
    with transaction.atomic():
        _save(contact)
        record_event(
            "customers.contact.added",
            actor=actor,
            subject=contact,
            customer_id=customer.pk,
            as_of=as_of,
            after=fields,
        )
    return contact


def update_contact(*, contact: Contact, actor: Any, as_of: date, **fields: Any) -> Contact:
    """Change a person's data and return him."""
    if actor is not None:
        require(actor, "customer.edit")
    with transaction.atomic():
        row: Contact = Contact.objects.select_for_update().get(pk=contact.pk)
        changed = {k: v for k, v in _checked(fields).items() if getattr(row, k) != v}
        if not changed:
            return row
        before = {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        _save(row)
        record_event(
            "customers.contact.changed",
            actor=actor,
            subject=row,
            customer_id=row.customer_id,
            as_of=as_of,
            before=before,
            after=changed,
        )
    return row


def remove_contact(*, contact: Contact, actor: Any, as_of: date, reason: str = "") -> None:
    """Take a person off the list; the event keeps who it was."""
    if actor is not None:
        require(actor, "customer.edit")
    with transaction.atomic():
        before = {name: getattr(contact, name) for name in FIELDS}
        record_event(
            "customers.contact.removed",
            actor=actor,
            subject=contact,
            customer_id=contact.customer_id,
            as_of=as_of,
            before=before,
            reason=reason,
        )
        contact.delete()


def log_contact(
    *,
    customer: Customer,
    actor: Any,
    as_of: date,
    text: str,
    happened_at: datetime,
    channel: str = Contact.Channel.PHONE,
    person: str = "",
    next_step: str = "",
    next_step_date: date | None = None,
) -> ContactLog:
    """Write down a conversation and return it; a dated next step becomes the actor's to-do."""
    require(actor, "contact.log")
    text, next_step = text.strip(), next_step.strip()
    if not text:
        raise InvalidInput(_("Write what was said."), field="text", code="REQUIRED")
    if channel not in Contact.Channel.values:
        raise InvalidInput(_("Choose how you spoke."), field="channel", code="UNKNOWN_CODE")
    if timezone.localtime(happened_at).date() > as_of:
        raise InvalidInput(
            _("A conversation cannot lie in the future."), field="happened_at", code="FUTURE"
        )
    if next_step_date and not next_step:
        raise InvalidInput(
            _("Say what is to be done by that day."), field="next_step", code="REQUIRED"
        )
    if next_step_date and next_step_date < as_of:
        raise InvalidInput(
            _("Choose a day from today on."), field="next_step_date", code="IN_THE_PAST"
        )
    with transaction.atomic():
        entry = ContactLog.objects.create(
            customer=customer,
            channel=channel,
            person=person.strip()[:60],
            text=text,
            next_step=next_step[:300],
            happened_at=happened_at,
            logged_by=actor,
        )
        if next_step_date:
            create_task(
                key=f"contact-log:{entry.pk}",
                kind="CONTACT_NEXT_STEP",
                title=gettext_noop("%(step)s"),
                params={"step": next_step},
                customer=customer,
                owner=actor,
                due_at=timezone.make_aware(datetime.combine(next_step_date, time(18))),
                url=f"/customers/{customer.code}/?tab=activity",
            )
        record_event(
            "customers.contact.logged",
            actor=actor,
            subject=entry,
            customer_id=customer.pk,
            as_of=as_of,
            after={"channel": channel, "person": entry.person, "next_step": next_step},
        )
    return entry


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    values = {k: v.strip() if isinstance(v, str) else v for k, v in fields.items()}
    for name in values:
        if name not in FIELDS:
            raise InvalidInput(_("“%(field)s” cannot be set here.") % {"field": name}, field=name)
    if "name" in values and not values["name"]:
        raise InvalidInput(_("Enter a name."), field="name", code="REQUIRED")
    if "role" in values and values["role"] not in Contact.Role.values:
        raise InvalidInput(_("Choose a role."), field="role", code="UNKNOWN_CODE")
    return values


def _save(contact: Contact) -> None:
    try:
        with transaction.atomic():
            contact.save()
    except IntegrityError as error:
        if "contact_once" not in str(error):
            raise
        raise InvalidInput(
            _("This person has that role already."), field="name", code="DUPLICATE"
        ) from error
