"""Markets, and the tenants of an admission, as tables."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.figures import NOTHING
from common.tables import BaseTable, DayColumn, MoneyColumn
from scoring.models import Market, Tenant
from scoring.panels.markets import list_sentences, show_points, show_verdict
from scoring.words.market import DECISION_TONES, DECISIONS

_NUMBER: dict[str, Any] = {"th": {"class": "num"}, "td": {"class": "num"}}


class MarketTable(BaseTable):
    """Markets with their newest survey and admission."""

    caption = _("Markets")

    name = tables.Column(
        accessor="display_name",
        verbose_name=_("Market"),
        order_by=("code",),
        linkify=("market", {"code": tables.A("code")}),
    )
    kind = tables.Column(verbose_name=_("Kind"))
    region = tables.Column(verbose_name=_("Region"), default=NOTHING)
    active_tenants = tables.Column(verbose_name=_("Active tenants"), attrs=_NUMBER, default=NOTHING)
    score = tables.Column(verbose_name=_("Score"), attrs=_NUMBER, default=NOTHING)
    decision = tables.Column(verbose_name=_("Decision"), empty_values=())
    surveyed_on = DayColumn(verbose_name=_("Surveyed on"), default=NOTHING)
    admitted = tables.Column(
        verbose_name=_("Admitted last"), attrs=_NUMBER, empty_values=(), orderable=False
    )

    class Meta(BaseTable.Meta):
        model = Market
        sequence = (
            "name", "kind", "region", "active_tenants", "score", "decision", "surveyed_on",
            "admitted",
        )  # fmt: skip
        fields = sequence
        order_by = "name"

    def render_name(self, value: Any, record: Any) -> SafeString:
        return format_html('{}<span class="sub">{}</span>', value, record.code)

    def render_kind(self, record: Any) -> str:
        return str(record.get_kind_display())

    def render_active_tenants(self, value: int) -> str:
        return f"{value:,}"

    def render_score(self, value: Any) -> str:
        return show_points(value)

    def render_decision(self, record: Any) -> SafeString:
        code = record.decision or ""
        return show_state(DECISIONS.get(code, gettext("Not surveyed")), DECISION_TONES.get(code))

    def render_admitted(self, record: Any) -> str:
        if record.listed is None:
            return NOTHING
        return gettext("%(n)s of %(all)s") % {"n": record.admitted, "all": record.listed}


class TenantTable(BaseTable):
    """The tenants of one admission: place, score, in or out, and why."""

    caption = _("Tenants of the list")

    place = tables.Column(verbose_name=_("Place"), attrs=_NUMBER, default=NOTHING)
    name = tables.Column(verbose_name=_("Tenant"), order_by=("key",))
    score = tables.Column(verbose_name=_("Score"), attrs=_NUMBER, default=NOTHING)
    verdict = tables.Column(verbose_name=_("Decision"), empty_values=(), orderable=False)
    why = tables.Column(
        verbose_name=_("Why, and the least change"),
        empty_values=(),
        orderable=False,
        attrs={"td": {"class": "market-why"}},
    )
    requested_limit = MoneyColumn(verbose_name=_("Asked for, CNY"), default=NOTHING)

    class Meta(BaseTable.Meta):
        model = Tenant
        sequence = ("place", "name", "score", "verdict", "why", "requested_limit")
        fields = sequence
        order_by = "place"

    def __init__(self, *args: Any, open_customers: Any = (), **kwargs: Any) -> None:
        self.open_customers = open_customers
        super().__init__(*args, **kwargs)

    def render_name(self, record: Tenant) -> SafeString:
        second = record.key
        if record.customer is None or record.customer_id not in self.open_customers:
            return format_html('<div>{}<span class="sub">{}</span></div>', record.name, second)
        return format_html(
            '<div><a href="{}">{}</a><span class="sub">{} · {}</span></div>',
            reverse("customer", args=[record.customer.code]),
            record.name,
            second,
            record.customer.code,
        )

    def render_score(self, value: Any) -> str:
        return show_points(value)

    def render_verdict(self, record: Tenant) -> SafeString:
        verdict = show_verdict(record)
        badge = show_state(verdict["label"], verdict["tone"])
        if not record.needs_visit:
            return badge
        return format_html("{} {}", badge, show_state(gettext("Visit on site"), "info"))

    def render_why(self, record: Tenant) -> SafeString:
        return format_html(
            '<div class="why">{}</div>',
            format_html_join(
                " ", "<span>{}</span>", ((s,) for s in list_sentences(record.reasons))
            ),
        )


def show_state(label: Any, tone: str | None) -> SafeString:
    """Return a badge with these words in this tone."""
    return format_html('<span class="state tone-{}">{}</span>', tone or "grey", label)
