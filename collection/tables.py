"""Plain lists of this app."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from collection.models import DunningNotice, DunningRun, PromiseToPay
from common.figures import format_amount
from common.tables import BaseTable, DayColumn, MoneyColumn, NameColumn, StateColumn
from common.templatetags.ui import state_badge

NUM: dict[str, Any] = {"th": {"class": "num"}, "td": {"class": "num"}}


def draw_notice_state(notice: DunningNotice) -> SafeString:
    """Return how a notice stands; once handed over, how its message stands."""
    states = DunningNotice.State
    if notice.state == states.APPROVED and notice.message is not None:
        message = notice.message
        tones = {"UNSURE": "WARNING", "FAILED": "FAILED", "SENT": "SENT", "KEPT": "SENT"}
        return state_badge(tones.get(message.state, "QUEUED"), message.get_state_display())
    if notice.state == states.SENT and notice.message and notice.message.state == "KEPT":
        return state_badge("SENT", notice.message.get_state_display())
    looks: dict[str, str] = {states.PROPOSED: "PENDING", states.DELIVERED: "SENT"}
    return state_badge(looks.get(notice.state, notice.state), notice.get_state_display())


class RunTable(BaseTable):
    """Dunning runs, newest first."""

    caption: ClassVar[Any] = _("Dunning runs")

    as_of = NameColumn(
        verbose_name=_("Day"), linkify=("dunning_run", {"pk": tables.A("pk")}), second="company"
    )
    letters = tables.Column(verbose_name=_("Letters"), attrs=NUM)
    amount = tables.Column(verbose_name=_("Amount"), empty_values=(), orderable=False, attrs=NUM)
    waiting = tables.Column(verbose_name=_("Waiting"), attrs=NUM)
    sent = tables.Column(verbose_name=_("Sent"), attrs=NUM)
    left_out = tables.Column(verbose_name=_("Left out"), attrs=NUM)
    failed = tables.Column(verbose_name=_("Failed"), attrs=NUM)
    state = StateColumn(verbose_name=_("State"))
    approved_by = tables.Column(verbose_name=_("Approved by"), default="–", orderable=False)

    class Meta(BaseTable.Meta):
        model = DunningRun
        fields = ("as_of", "letters", "amount", "waiting", "sent", "left_out", "failed", "state",
                  "approved_by")  # fmt: skip
        empty_text = _("No run yet.")

    def render_as_of(self, value: Any, record: DunningRun, column: NameColumn) -> SafeString:
        return format_html(
            '{}<span class="sub">{}</span>', value.isoformat(), record.company.display_name
        )

    def render_amount(self, record: DunningRun) -> SafeString | str:
        return join_totals(record.counts.get("totals", {}))

    def render_state(self, record: DunningRun) -> SafeString:
        looks = {"PROPOSED": "PENDING", "APPROVED": "RUNNING", "SENT": "DONE"}
        labels = {
            "PROPOSED": _("Waits for approval"),
            "APPROVED": _("Being sent"),
            "SENT": _("Closed"),
        }
        return state_badge(looks[record.state], labels[record.state])


def join_totals(totals: dict[str, Any]) -> str:
    """Return amounts of several currencies in one line: CNY 1,000.00 + EUR 20.00."""
    parts = [f"{code} {format_amount(amount, code)}" for code, amount in sorted(totals.items())]
    return " + ".join(parts) or "–"


class NoticeTable(BaseTable):
    """Letters of a run, or of a customer: the most serious first."""

    caption: ClassVar[Any] = _("Letters")

    customer = NameColumn(
        verbose_name=_("Customer"),
        linkify=("dunning_notice", {"pk": tables.A("pk")}),
        order_by="customer__code",
    )
    level = tables.Column(verbose_name=_("Level"), attrs=NUM)
    item_count = tables.Column(verbose_name=_("Items"), attrs=NUM)
    total = MoneyColumn(verbose_name=_("Total"), currency="currency")
    currency = tables.Column(verbose_name=_("Currency"))
    recipient = tables.Column(verbose_name=_("Recipient"), empty_values=())
    language = tables.Column(verbose_name=_("Language"))
    state = tables.Column(verbose_name=_("State"), order_by="state")

    class Meta(BaseTable.Meta):
        model = DunningNotice
        fields = ("customer", "level", "item_count", "total", "currency", "recipient", "language",
                  "state")  # fmt: skip
        row_attrs = {"data-row": ""}
        empty_text = _("No letter matches.")

    def render_customer(self, record: DunningNotice) -> SafeString:
        return format_html(
            '{}<span class="sub">{}</span>', record.customer.display_name, record.customer.code
        )

    def render_level(self, record: DunningNotice) -> SafeString | str:
        if record.kind == DunningNotice.Kind.REMINDER:
            return str(_("Reminder"))
        if record.is_final:
            return format_html(
                '<span class="nowrap">{} {}</span>',
                record.level,
                state_badge("WARNING", _("final")),
            )
        return str(record.level)

    def render_recipient(self, record: DunningNotice) -> SafeString | str:
        if record.channel != "EMAIL":
            return str(_("by post"))
        if not record.recipient:
            return state_badge("WARNING", _("No address"))
        return record.recipient

    def render_language(self, value: str) -> str:
        return str(get_language_info(value)["name_local"])

    def render_state(self, record: DunningNotice) -> SafeString:
        return draw_notice_state(record)


class PromiseTable(BaseTable):
    """Promises to pay, the latest date first."""

    caption: ClassVar[Any] = _("Promises to pay")

    customer = NameColumn(
        verbose_name=_("Customer"),
        linkify=("promise", {"pk": tables.A("pk")}),
        order_by="customer__code",
    )
    promise_date = DayColumn(verbose_name=_("Paid by"))
    amount = MoneyColumn(verbose_name=_("Amount"), currency="currency")
    currency = tables.Column(verbose_name=_("Currency"))
    paid_in_time = MoneyColumn(verbose_name=_("Paid in time"), currency="currency")
    item_count = tables.Column(verbose_name=_("Items"), attrs=NUM)
    given_by = tables.Column(verbose_name=_("Who promised"), default="–")
    made_on = DayColumn(verbose_name=_("Promised on"))
    state = tables.Column(verbose_name=_("State"))

    class Meta(BaseTable.Meta):
        model = PromiseToPay
        fields = ("customer", "promise_date", "amount", "currency", "paid_in_time", "item_count",
                  "given_by", "made_on", "state")  # fmt: skip
        row_attrs = {"data-row": ""}
        empty_text = _("No promise matches.")

    def render_customer(self, record: PromiseToPay) -> SafeString:
        return format_html(
            '{}<span class="sub">{}</span>', record.customer.display_name, record.customer.code
        )

    def render_state(self, record: PromiseToPay) -> SafeString:
        return draw_promise_state(record)


def draw_promise_state(promise: PromiseToPay) -> SafeString:
    """Return how a promise stands."""
    looks = {"OPEN": "PROMISED", "PARTLY_KEPT": "PARTLY_DONE"}
    return state_badge(looks.get(promise.state, promise.state), promise.get_state_display())
