"""What happened with a customer, newest first: deeds, conversations, letters, money that came."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from collection.models import DunningNotice
from common.figures import format_amount, with_symbol
from common.models import Event
from customers.models import Contact, ContactLog, Customer
from dashboards.customer_links import link
from dashboards.customer_words import EVENTS, SHOWN_ELSEWHERE, describe_event
from receivables.models import Receipt
from users.permissions import may

KINDS = ("all", "contacts", "system")
CHANNEL_ICONS = {"EMAIL": "mail", "LETTER": "mail", "PORTAL": "mail"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `when` is an instant, or a day where the clock is not known."""

    kind: str
    icon_name: str
    text: str
    who: str
    when: datetime | date
    url: str = ""

    @property
    def at(self) -> datetime:
        """The instant to sort by: the end of a day that has none."""
        if isinstance(self.when, datetime):
            return self.when
        return timezone.make_aware(datetime.combine(self.when, time(12)))


def list_timeline(
    customer: Customer,
    *,
    user: Any,
    as_of: date,
    kind: str = "all",
    limit: int = 50,
) -> list[Entry]:
    """Return the newest entries that `user` may see. At most four queries.

    `kind`: all, contacts (what was said and written to the customer) or system (everything else).
    """
    entries: list[Entry] = []
    if kind in ("all", "contacts"):
        entries += _list_conversations(customer, limit)
        if may(user, "dunning.view"):
            entries += _list_notices(customer, as_of, limit)
    if kind in ("all", "system"):
        entries += _list_events(customer, user, limit)
        if may(user, "receipt.view"):
            entries += _list_receipts(customer, as_of, limit)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def _list_conversations(customer: Customer, limit: int) -> list[Entry]:
    rows = (
        ContactLog.objects.filter(customer=customer)
        .select_related("logged_by")
        .order_by("-happened_at", "-id")[:limit]
    )
    channels = dict(Contact.Channel.choices)
    found = []
    for row in rows:
        how = str(channels.get(row.channel, row.channel))
        text = (
            _("%(how)s with %(person)s: %(text)s") if row.person else _("%(how)s: %(text)s")
        ) % {"how": how, "person": row.person, "text": row.text}
        if row.next_step:
            text = _("%(text)s Next: %(step)s") % {"text": text, "step": row.next_step}
        icon = CHANNEL_ICONS.get(row.channel, "phone-call")
        found.append(Entry("contacts", icon, text, str(row.logged_by), row.happened_at))
    return found


def _list_notices(customer: Customer, as_of: date, limit: int) -> list[Entry]:
    rows = (
        DunningNotice.objects.filter(
            customer=customer,
            as_of__lte=as_of,
            state__in=["APPROVED", "SENT", "DELIVERED", "FAILED"],
        )
        .only("kind", "level", "total", "currency", "sent_at", "as_of", "state", "key", "pk")
        .order_by("-as_of", "-id")[:limit]
    )
    return [
        Entry(
            "contacts",
            "mail",
            _describe_notice(row),
            _("System"),
            row.sent_at or row.as_of,
            link("notice", row.pk),
        )
        for row in rows
    ]


def _describe_notice(notice: DunningNotice) -> str:
    values = {
        "level": notice.level,
        "amount": with_symbol(format_amount(notice.total, notice.currency), notice.currency),
    }
    if notice.state == DunningNotice.State.FAILED:
        return _("Letter over %(amount)s could not be sent") % values
    if notice.kind == DunningNotice.Kind.REMINDER:
        return _("Reminder over %(amount)s") % values
    return _("Dunning letter of level %(level)s over %(amount)s") % values


def _list_events(customer: Customer, user: Any, limit: int) -> list[Entry]:
    hidden = [code for code, words in EVENTS.items() if not may(user, words.permission)]
    rows = (
        Event.objects.filter(customer_id=customer.pk)
        .exclude(code__in=[*SHOWN_ELSEWHERE, *hidden])
        .select_related("actor")
        .order_by("-at", "-id")[:limit]
    )
    found = []
    for row in rows:
        text, icon, _permission = describe_event(row)
        found.append(Entry("system", icon, text, str(row.actor or _("System")), row.at))
    return found


def _list_receipts(customer: Customer, as_of: date, limit: int) -> list[Entry]:
    rows = Receipt.objects.filter(customer=customer, value_date__lte=as_of).order_by(
        "-value_date", "-id"
    )[:limit]
    return [
        Entry(
            "system",
            "cash",
            _("Receipt of %(amount)s")
            % {"amount": with_symbol(format_amount(row.amount, row.currency), row.currency)},
            "",
            row.value_date,
            link("receipt", row.pk),
        )
        for row in rows
    ]
