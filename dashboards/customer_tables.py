"""The list of customers as a table, and as columns of a file."""

from datetime import date
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import figures
from common.exports import ExportColumn
from common.tables import BaseTable
from common.templatetags.ui import days_late, grade_badge, limit_bar, state_badge
from customers.models import Customer
from dashboards.customer_list import NO_FIGURES, Figures


class CustomerTable(BaseTable):
    """Customers with grade, state, use of the limit and what is overdue."""

    caption = gettext_lazy("Customers")

    name = tables.Column(verbose_name=gettext_lazy("Customer"))
    grade = tables.Column(verbose_name=gettext_lazy("Grade"), accessor="pk")
    state = tables.Column(verbose_name=gettext_lazy("State"))
    limit = tables.Column(
        verbose_name=gettext_lazy("Limit use"), accessor="pk", attrs={"td": {"class": "use-cell"}}
    )
    overdue = tables.Column(
        verbose_name=gettext_lazy("Overdue"),
        accessor="pk",
        attrs={"th": {"class": "num"}, "td": {"class": "num"}},
    )
    owner = tables.Column(verbose_name=gettext_lazy("Owner"), accessor="sales_owner", default="–")
    region = tables.Column(verbose_name=gettext_lazy("Region"), default="–")

    class Meta(BaseTable.Meta):
        order_by = ()

    def __init__(self, *args: Any, as_of: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.as_of = as_of
        self.of_customer: dict[int, Figures] = {}

    def offer_exports(self) -> None:
        """Link to files of all rows; for those who may take them home."""
        setattr(self, "export_formats", ("csv", "xlsx"))  # noqa: B010 - of this table, not of all

    def figures_of(self, record: Customer) -> Figures:
        return self.of_customer.get(record.pk, NO_FIGURES)

    def keep_order(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        """Leave the rows as they come: `select_customers` has sorted them, over all rows."""
        return queryset, True

    order_name = order_grade = order_state = order_limit = keep_order
    order_overdue = order_owner = order_region = keep_order

    def render_name(self, record: Customer) -> SafeString:
        kind = format_html(" · {}", _("core")) if record.segment == Customer.Segment.CORE else ""
        return format_html(
            '<a href="{}">{}</a><span class="sub">{}{}</span>',
            reverse("customer", args=[record.code]),
            record.display_name,
            record.code,
            kind,
        )

    def render_grade(self, record: Customer) -> SafeString:
        return grade_badge(self.figures_of(record).grade)

    def render_state(self, record: Customer) -> SafeString:
        return state_badge(record.state, record.get_state_display())

    def render_limit(self, record: Customer) -> SafeString | str:
        of = self.figures_of(record)
        if of.total is None:
            return figures.NOTHING
        return format_html(
            '<span class="use"><span>{} <span class="t-caption">{}</span></span>{}</span>',
            figures.format_ratio(of.use_ratio, 0) if of.total else _("over"),
            figures.with_symbol(figures.shorten(of.total), of.currency)
            if of.total
            else _("no limit"),
            limit_bar(of.used, of.reserved, of.total, 6),
        )

    def render_overdue(self, record: Customer) -> SafeString | str:
        of = self.figures_of(record)
        if not of.overdue:
            return figures.NOTHING
        amounts = ", ".join(
            figures.with_symbol(figures.format_amount(amount), code)
            for code, amount in sorted(of.overdue.items())
        )
        late = (self.as_of - of.oldest_due_date).days if of.oldest_due_date else 0
        return format_html('{}<span class="sub">{}</span>', amounts, days_late(late))


def export_columns(of_customer: dict[int, Figures]) -> list[ExportColumn]:
    """Return the columns of the file; ratios as shares, amounts in the limit's currency."""

    def of(row: Customer) -> Figures:
        return of_customer.get(row.pk, NO_FIGURES)

    return [
        ExportColumn("code", _("Code")),
        ExportColumn("name", _("Legal name")),
        ExportColumn("name_en", _("English name")),
        ExportColumn("uscc", _("Registration number (USCC)")),
        ExportColumn(lambda row: of(row).grade, _("Grade")),
        ExportColumn(lambda row: row.get_state_display(), _("State")),
        ExportColumn(lambda row: row.get_segment_display(), _("Segment")),
        ExportColumn(lambda row: of(row).currency, _("Currency")),
        ExportColumn(lambda row: of(row).total, _("Limit"), kind="amount"),
        ExportColumn(lambda row: of(row).used, _("Receivables"), kind="amount"),
        ExportColumn(lambda row: of(row).reserved, _("Open orders"), kind="amount"),
        ExportColumn(lambda row: of(row).use_ratio, _("Limit use"), kind="ratio"),
        ExportColumn(
            lambda row: ", ".join(f"{a} {c}" for c, a in sorted(of(row).overdue.items())),
            _("Overdue"),
        ),
        ExportColumn(lambda row: of(row).oldest_due_date, _("Oldest due date"), kind="date"),
        ExportColumn(lambda row: str(row.sales_owner or ""), _("Owner")),
        ExportColumn("region", _("Region")),
    ]
