"""What a reader sees instead of the code of an event: a sentence, and the icon that goes with it.

An event that is not listed is shown by the words of its own code, so nothing is ever hidden.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.figures import shorten, with_symbol
from common.models import Event
from customers.models import Customer


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence with named values, the icon, and the permission that seeing it takes."""

    text: str | Promise
    icon: str = "settings"
    permission: str = "customer.view"


STATES = dict(Customer.State.choices)

EVENTS: dict[str, Words] = {
    "customers.customer.created": Words(gettext_lazy("Customer entered"), icon="user"),
    "customers.customer.changed": Words(
        gettext_lazy("Master data changed: %(fields)s"), icon="user"
    ),
    "customers.contact.added": Words(gettext_lazy("Contact added: %(name)s"), icon="user"),
    "customers.contact.changed": Words(gettext_lazy("Contact changed"), icon="user"),
    "customers.contact.removed": Words(gettext_lazy("Contact removed: %(name)s"), icon="user"),
    "customers.document.uploaded": Words(
        gettext_lazy("Document uploaded, version %(version)s"), icon="file-text"
    ),
    "customers.document.submit": Words(gettext_lazy("Document handed in"), icon="file-text"),
    "customers.document.verify": Words(gettext_lazy("Document verified"), icon="shield-check"),
    "customers.document.reject": Words(gettext_lazy("Document rejected"), icon="alert-triangle"),
    "customers.document.supersede": Words(
        gettext_lazy("Document replaced by a newer version"), icon="file-text"
    ),
    "customers.document.expire": Words(gettext_lazy("Document expired"), icon="file-text"),
    "customers.document.doubt": Words(gettext_lazy("Document doubted"), icon="alert-triangle"),
    "customers.document.confirm": Words(
        gettext_lazy("Doubted document confirmed by a third party"), icon="shield-check"
    ),
    "customers.document.refuse": Words(
        gettext_lazy("Doubted document refused"), icon="alert-triangle"
    ),
    "customers.document.read": Words(
        gettext_lazy("Personal document read"), icon="lock", permission="audit.view"
    ),
    "customers.list_check.recorded": Words(
        gettext_lazy("List check recorded"), icon="shield-check"
    ),
    "customers.fact.recorded": Words(gettext_lazy("Fact recorded"), icon="file-text"),
    "customers.fact.verified": Words(gettext_lazy("Fact verified"), icon="shield-check"),
    "customers.fact.conflict_decided": Words(
        gettext_lazy("Decided between two sources"), icon="scale"
    ),
    "customers.investigation.started": Words(
        gettext_lazy("Investigation begun"), icon="file-text", permission="rating.view"
    ),
    "customers.investigation.saved": Words(
        gettext_lazy("Investigation saved"), icon="file-text", permission="rating.view"
    ),
    "customers.investigation.confirmed": Words(
        gettext_lazy("Investigation confirmed"), icon="shield-check", permission="rating.view"
    ),
    "customers.bank_account.added": Words(
        gettext_lazy("Bank account entered: %(account)s"), icon="settings"
    ),
    "customers.bank_account.verified": Words(
        gettext_lazy("Bank account verified: %(account)s"), icon="shield-check"
    ),
    "customers.task.done": Words(gettext_lazy("To-do done"), icon="settings"),
    "receivables.receipt.applied": Words(
        gettext_lazy("Receipt applied"), icon="cash", permission="receipt.view"
    ),
    "receivables.receipt.returned": Words(
        gettext_lazy("Receipt returned by the bank"), icon="cash", permission="receipt.view"
    ),
    "receivables.application.reversed": Words(
        gettext_lazy("Application of a receipt taken back"), icon="cash", permission="receipt.view"
    ),
    "receivables.credit_note.applied": Words(gettext_lazy("Credit note applied"), icon="file-text"),
    "receivables.invoice.reversed": Words(gettext_lazy("Invoice reversed"), icon="file-text"),
    "receivables.dispute.recorded": Words(
        gettext_lazy("Dispute recorded: %(amount)s"), icon="alert-triangle"
    ),
    "receivables.dispute.closed": Words(gettext_lazy("Dispute closed"), icon="alert-triangle"),
    "scoring.statement.received": Words(
        gettext_lazy("Financial statements received: %(period_end)s"), icon="file-text"
    ),
    "scoring.statement.superseded": Words(
        gettext_lazy("Financial statements restated: %(period_end)s"), icon="file-text"
    ),
    "scoring.statement.accepted": Words(
        gettext_lazy("Doubtful statements accepted"), icon="file-text", permission="statement.view"
    ),
    "scoring.assessment.drafted": Words(
        gettext_lazy("5C answers drafted"), icon="scale", permission="rating.view"
    ),
    "scoring.assessment.confirmed": Words(
        gettext_lazy("5C answers confirmed"), icon="scale", permission="rating.view"
    ),
    "scoring.rating.stored": Words(
        gettext_lazy("Rated %(grade)s"), icon="scale", permission="grade.view"
    ),
    "scoring.rating.downgraded": Words(
        gettext_lazy("Grade lowered from %(before_grade)s to %(grade)s"),
        icon="alert-triangle",
        permission="grade.view",
    ),
    "credit.request.submitted": Words(gettext_lazy("Limit requested: %(amount)s"), icon="scale"),
    "credit.request.approved": Words(gettext_lazy("Limit request approved"), icon="scale"),
    "credit.request.reduced": Words(gettext_lazy("Limit request approved, reduced"), icon="scale"),
    "credit.request.returned": Words(gettext_lazy("Limit request returned"), icon="scale"),
    "credit.request.rejected": Words(gettext_lazy("Limit request rejected"), icon="scale"),
    "credit.request.withdrawn": Words(gettext_lazy("Limit request withdrawn"), icon="scale"),
    "credit.limit.activated": Words(gettext_lazy("Limit in force: %(amount)s"), icon="scale"),
    "credit.limit.planned": Words(gettext_lazy("Limit planned: %(amount)s"), icon="scale"),
    "credit.limit.reduced": Words(gettext_lazy("Limit reduced to %(amount)s"), icon="scale"),
    "credit.limit.expired": Words(gettext_lazy("Limit expired"), icon="scale"),
    "credit.reservation.released": Words(
        gettext_lazy("Reservation of order %(order_no)s given back"), icon="scale"
    ),
    "credit.reservation.consumed": Words(
        gettext_lazy("Reservation of order %(order_no)s used"), icon="scale"
    ),
    "credit.reservation.expired": Words(
        gettext_lazy("Reservation of order %(order_no)s expired"), icon="scale"
    ),
    "credit.order.released": Words(
        gettext_lazy("Order %(order_no)s released"), icon="shield-check"
    ),
    "credit.order.released_warning": Words(
        gettext_lazy("Order %(order_no)s released with a warning"), icon="alert-triangle"
    ),
    "credit.order.blocked": Words(gettext_lazy("Order %(order_no)s blocked"), icon="lock"),
    "collection.promise.recorded": Words(
        gettext_lazy("Promise to pay %(amount)s by %(promise_date)s"), icon="phone-call"
    ),
    "collection.promise.cancelled": Words(gettext_lazy("Promise cancelled"), icon="phone-call"),
    "collection.promise.partly_kept": Words(gettext_lazy("Promise partly kept"), icon="cash"),
    "collection.promise.kept": Words(gettext_lazy("Promise kept"), icon="cash"),
    "collection.promise.broken": Words(gettext_lazy("Promise broken"), icon="alert-triangle"),
}

# Shown from their own rows, with more to say than the event has.
SHOWN_ELSEWHERE = (
    "customers.contact.logged",
    "receivables.receipt.recorded",
    "receivables.receipt.identified",
    "receivables.order.credit_status",
    "receivables.order.value",
    "collection.reminder.made",
    "collection.notice.approved",
    "collection.notice.dropped",
    "collection.notice.excluded",
    "collection.notice.posted",
)

FIELD_WORDS: dict[str, str | Promise] = {
    "name": gettext_lazy("legal name"),
    "name_en": gettext_lazy("English name"),
    "uscc": gettext_lazy("registration number"),
    "payment_term": gettext_lazy("payment term"),
    "sales_owner": gettext_lazy("sales owner"),
    "segment": gettext_lazy("segment"),
    "region": gettext_lazy("region"),
    "group": gettext_lazy("group"),
    "address": gettext_lazy("address"),
    "email": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
    "language": gettext_lazy("language"),
    "industry": gettext_lazy("industry"),
}


def describe_event(event: Event) -> tuple[str, str, str]:
    """Return sentence, icon and permission of an event."""
    if event.code.startswith("customers.customer.") and "state" in event.after:
        return _describe_state(event), "lock", "customer.view"
    words = EVENTS.get(event.code)
    if words is None:
        plain = event.code.split(".", 1)[-1].replace(".", " ").replace("_", " ").capitalize()
        return _with_reason(plain, event.reason), "settings", "customer.view"
    try:
        text = str(words.text) % _Values(event)
    except (KeyError, TypeError, ValueError):
        text = str(words.text).split("%(")[0].rstrip(" :：")
    return _with_reason(text, event.reason), words.icon, words.permission


def _describe_state(event: Event) -> str:
    text = _("State changed from %(before)s to %(after)s") % {
        "before": STATES.get(event.before.get("state"), event.before.get("state")),
        "after": STATES.get(event.after["state"], event.after["state"]),
    }
    return _with_reason(text, event.reason)


def _with_reason(text: str, reason: str) -> str:
    return _("%(text)s: %(reason)s") % {"text": text, "reason": reason} if reason else text


class _Values(Mapping[str, Any]):
    """The values of an event by name, ready for a sentence."""

    def __init__(self, event: Event) -> None:
        self.event = event

    def __getitem__(self, name: str) -> Any:
        after, before = self.event.after, self.event.before
        reader = _READERS.get(name)
        if reader:
            return reader(after, before)
        if name.startswith("before_"):
            return before[name.removeprefix("before_")]
        return after[name] if name in after else before[name]

    def __iter__(self) -> Any:
        return iter(self.event.after)

    def __len__(self) -> int:
        return len(self.event.after)


def _read_amount(after: dict[str, Any], before: dict[str, Any]) -> str:
    names = ("amount", "new_amount", "approved_limit", "requested_limit", "limit", "total")
    name = next(name for name in names if name in after)
    return with_symbol(shorten(after[name]), str(after.get("currency", "")))


def _read_fields(after: dict[str, Any], before: dict[str, Any]) -> str:
    return ", ".join(str(FIELD_WORDS.get(name, name.replace("_", " "))) for name in after)


def _read_amount_safely(after: dict[str, Any], before: dict[str, Any]) -> str:
    try:
        return _read_amount(after, before)
    except StopIteration:
        raise KeyError("amount") from None


_READERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "amount": _read_amount_safely,
    "fields": _read_fields,
}
