"""Plain lists of this app."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from common.tables import BaseTable, DayColumn, MoneyColumn, NameColumn, StateColumn
from receivables.models import Receipt
from receivables.words import label_rule


class ReceiptTable(BaseTable):
    """Receipts, what waits first."""

    caption: ClassVar[Any] = _("Receipts")

    number = NameColumn(verbose_name=_("Receipt"), linkify=("receipt", {"pk": tables.A("pk")}))
    customer = tables.Column(verbose_name=_("Payer"), empty_values=(), order_by="customer__code")
    value_date = DayColumn(verbose_name=_("Value date"))
    currency = tables.Column(verbose_name=_("Currency"))
    amount = MoneyColumn(verbose_name=_("Amount"), currency="currency")
    unapplied_amount = MoneyColumn(verbose_name=_("Not applied"), currency="currency")
    state = StateColumn(verbose_name=_("State"))
    match_rule = tables.Column(verbose_name=_("Rule"), orderable=False)

    class Meta(BaseTable.Meta):
        model = Receipt
        fields = (
            "number",
            "customer",
            "value_date",
            "currency",
            "amount",
            "unapplied_amount",
            "state",
            "match_rule",
        )
        order_by = ()
        empty_text = _("No receipt matches.")

    def render_customer(self, record: Receipt) -> SafeString:
        if record.customer is None:
            return format_html(
                '{}<span class="sub">{}</span>', record.payer_name or "–", _("payer unknown")
            )
        return format_html(
            '{}<span class="sub">{}</span>', record.customer.display_name, record.customer.code
        )

    def render_match_rule(self, value: str) -> str:
        return label_rule(value)
