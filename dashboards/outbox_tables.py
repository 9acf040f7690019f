"""The list of messages."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from common.models import OutboxMessage
from common.tables import BaseTable, MomentColumn, NameColumn
from common.templatetags.ui import state_badge


def draw_message_state(message: OutboxMessage) -> SafeString:
    """Return how a message stands: doubt is a warning, being kept is not."""
    looks = {"READY": "QUEUED", "SENDING": "RUNNING", "KEPT": "PREVIEW", "UNSURE": "WARNING"}
    return state_badge(looks.get(message.state, message.state), message.get_state_display())


class OutboxTable(BaseTable):
    """Messages to the outside, newest first."""

    caption: ClassVar[Any] = _("Messages")

    subject = NameColumn(
        verbose_name=_("Subject"),
        linkify=("outbox_message", {"pk": tables.A("pk")}),
        second="key",
    )
    recipient = tables.Column(verbose_name=_("Recipient"))
    created_at = MomentColumn(verbose_name=_("Written"))
    sent_at = MomentColumn(verbose_name=_("Sent"), default="–")
    state = tables.Column(verbose_name=_("State"))

    class Meta(BaseTable.Meta):
        model = OutboxMessage
        fields = ("subject", "recipient", "created_at", "sent_at", "state")
        row_attrs = {"data-row": ""}
        empty_text = _("No message yet. Letters and reminders appear here.")

    def render_state(self, record: OutboxMessage) -> SafeString:
        return draw_message_state(record)
