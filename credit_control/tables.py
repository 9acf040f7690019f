"""The plain lists of this app."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import figures
from common.tables import (
    BaseTable,
    DayColumn,
    GradeColumn,
    MomentColumn,
    MoneyColumn,
    NameColumn,
)
from common.templatetags.ui import limit_bar, state_badge
from credit_control.models import LimitRequest
from credit_control.selectors import LimitUse

REQUEST_LOOKS = {
    "IN_APPROVAL": "PENDING",
    "ACTIVATED": "ACTIVE",
    "LAPSED": "EXPIRED",
}
"""How a request's state looks: the badge whose tone and icon it shares."""


def request_badge(request: LimitRequest) -> SafeString:
    """Show a request's state in its own words."""
    return state_badge(REQUEST_LOOKS.get(request.state, request.state), request.get_state_display())


class LimitTable(BaseTable):
    """Accounts with their limit, what uses it and what is left."""

    caption = gettext_lazy("Credit limits")
    export_formats = ("csv", "xlsx")

    customer = NameColumn(
        verbose_name=gettext_lazy("Customer"),
        accessor="customer__display_name",
        second="customer__code",
        linkify=lambda record: reverse("limit_account", args=[record.account.pk]),
    )
    grade = GradeColumn(verbose_name=gettext_lazy("Grade"), order_by=("score",))
    limit = MoneyColumn(verbose_name=gettext_lazy("Limit"))
    use = tables.Column(verbose_name=gettext_lazy("Use"), empty_values=(), accessor="use_ratio")
    headroom = MoneyColumn(verbose_name=gettext_lazy("Headroom"))
    overdue = MoneyColumn(verbose_name=gettext_lazy("Overdue"))
    valid_through = DayColumn(verbose_name=gettext_lazy("Valid through"))
    state = tables.Column(verbose_name=gettext_lazy("State"), empty_values=())

    class Meta(BaseTable.Meta):
        empty_text = gettext_lazy("No limit matches.")
        order_by = "-use"

    def render_use(self, record: LimitUse) -> SafeString:
        ratio = figures.format_ratio(record.use_ratio)
        return format_html(
            '<div class="use-cell">{}<span class="tnum">{}</span></div>',
            limit_bar(record.owed, record.held, record.limit),
            ratio if record.limit > 0 else _("No limit"),
        )

    def render_headroom(self, record: LimitUse) -> SafeString:
        tone = "t-bad" if record.headroom < 0 else ""
        return format_html(
            '<a class="{}" href="{}" title="{}">{}</a>',
            tone,
            reverse("limit_account", args=[record.account.pk]),
            _("How this is worked out"),
            figures.format_amount(record.headroom),
        )

    def render_valid_through(self, record: LimitUse) -> SafeString | str:
        text = figures.format_iso_day(record.valid_through)
        if not record.is_expiring:
            return text
        return format_html('<span class="t-warn">{}</span>', text)

    def render_state(self, record: LimitUse) -> SafeString:
        if record.request is not None:
            return request_badge(record.request)
        if record.state == "NONE":
            return state_badge("NO_LIMIT", _("No limit"))
        if record.limit > 0 and record.headroom < 0:
            return state_badge("HOLD", _("Overdrawn"))
        return state_badge(record.state)


class RequestTable(BaseTable):
    """Requests for limits."""

    caption = gettext_lazy("Limit requests")

    customer = NameColumn(
        verbose_name=gettext_lazy("Customer"),
        accessor="account__customer__display_name",
        second="account__customer__code",
        order_by=("account__customer__code",),
        linkify=lambda record: reverse("limit_request", args=[record.pk]),
    )
    kind = tables.Column(verbose_name=gettext_lazy("Type"))
    requested_limit = MoneyColumn(verbose_name=gettext_lazy("Requested"))
    approved_limit = MoneyColumn(verbose_name=gettext_lazy("Approved"))
    requested_by = tables.Column(verbose_name=gettext_lazy("Asked by"))
    submitted_at = MomentColumn(verbose_name=gettext_lazy("Sent"))
    state = tables.Column(verbose_name=gettext_lazy("State"))

    class Meta(BaseTable.Meta):
        empty_text = gettext_lazy("Nobody has asked for a limit yet.")

    def render_state(self, record: LimitRequest) -> SafeString:
        return request_badge(record)


class CheckTable(BaseTable):
    """Order checks, blocked ones first."""

    caption = gettext_lazy("Order checks")

    order = NameColumn(
        verbose_name=gettext_lazy("Order"),
        accessor="order_no",
        second="account__customer__code",
        empty_values=(),
        order_by=("order_no",),
        linkify=lambda record: reverse("order_check", args=[record.pk]),
    )
    customer = tables.Column(
        verbose_name=gettext_lazy("Customer"),
        accessor="account__customer__display_name",
        order_by=("account__customer__code",),
    )
    amount = MoneyColumn(verbose_name=gettext_lazy("Value"), currency="currency")
    currency = tables.Column(verbose_name=gettext_lazy("Currency"))
    ship_date = DayColumn(verbose_name=gettext_lazy("Ships"))
    decision = tables.Column(
        verbose_name=gettext_lazy("Decision"), order_by=("urgency", "-checked_at")
    )
    shortfall = MoneyColumn(verbose_name=gettext_lazy("Shortfall"))
    checked_at = MomentColumn(verbose_name=gettext_lazy("Checked"))

    class Meta(BaseTable.Meta):
        empty_text = gettext_lazy("No order was checked yet.")

    def render_order(self, record: Any) -> SafeString:
        return format_html(
            '<span class="nowrap">{}</span><span class="sub">{}</span>',
            record.order_no or _("Without a number"),
            record.account.customer.code,
        )

    def render_decision(self, record: Any) -> SafeString:
        return state_badge(record.decision)
