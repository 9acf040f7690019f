"""What lists of the API may be narrowed by."""

from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet

from common.clock import business_today
from receivables.models import (
    Application,
    Delivery,
    Dispute,
    DueLine,
    Invoice,
    Order,
    Receipt,
)


class InvoiceFilter(filters.FilterSet):
    """`open` and `overdue` look at due lines; due days at any line of the document."""

    customer = filters.CharFilter(field_name="customer__code")
    company = filters.CharFilter(field_name="company__code")
    number = filters.CharFilter(field_name="number")
    currency = filters.CharFilter(field_name="currency")
    doc_type = filters.CharFilter(field_name="doc_type")
    open = filters.BooleanFilter(method="keep_open")
    overdue = filters.BooleanFilter(method="keep_overdue")
    due_from = filters.DateFilter(method="keep_due_from")
    due_to = filters.DateFilter(method="keep_due_to")
    doc_from = filters.DateFilter(field_name="doc_date", lookup_expr="gte")
    doc_to = filters.DateFilter(field_name="doc_date", lookup_expr="lte")

    class Meta:
        model = Invoice
        fields: tuple[str, ...] = ()

    def _having(self, queryset: QuerySet[Any], wanted: bool, **conditions: Any) -> QuerySet[Any]:
        lines = DueLine.objects.filter(invoice=OuterRef("pk"), **conditions)
        return queryset.filter(Exists(lines) if wanted else ~Exists(lines))

    def keep_open(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return self._having(queryset, value, closed_on=None)

    def keep_overdue(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        today = business_today()
        return self._having(queryset, value, closed_on=None, open_amount__gt=0, due_date__lt=today)

    def keep_due_from(self, queryset: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        return self._having(queryset, True, due_date__gte=value)

    def keep_due_to(self, queryset: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        return self._having(queryset, True, due_date__lte=value)


class ReceiptFilter(filters.FilterSet):
    customer = filters.CharFilter(field_name="customer__code")
    company = filters.CharFilter(field_name="company__code")
    number = filters.CharFilter(field_name="number")
    state = filters.CharFilter(field_name="state")
    open = filters.BooleanFilter(method="keep_open")
    value_from = filters.DateFilter(field_name="value_date", lookup_expr="gte")
    value_to = filters.DateFilter(field_name="value_date", lookup_expr="lte")

    class Meta:
        model = Receipt
        fields: tuple[str, ...] = ()

    def keep_open(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        if value:
            return queryset.filter(unapplied_amount__gt=0)
        return queryset.filter(unapplied_amount=0)


class ApplicationFilter(filters.FilterSet):
    customer = filters.CharFilter(field_name="due_line__customer__code")
    invoice = filters.CharFilter(field_name="due_line__invoice__number")
    receipt = filters.CharFilter(field_name="receipt__number")

    class Meta:
        model = Application
        fields: tuple[str, ...] = ()


class OrderFilter(filters.FilterSet):
    customer = filters.CharFilter(field_name="customer__code")
    order_no = filters.CharFilter(field_name="order_no")
    state = filters.CharFilter(field_name="state")
    credit_status = filters.CharFilter(field_name="credit_status")

    class Meta:
        model = Order
        fields: tuple[str, ...] = ()


class DeliveryFilter(filters.FilterSet):
    customer = filters.CharFilter(field_name="order__customer__code")
    order_no = filters.CharFilter(field_name="order__order_no")
    state = filters.CharFilter(field_name="state")

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = ()


class DisputeFilter(filters.FilterSet):
    customer = filters.CharFilter(field_name="due_line__customer__code")
    invoice = filters.CharFilter(field_name="due_line__invoice__number")
    state = filters.CharFilter(field_name="state")
    kind = filters.CharFilter(field_name="kind")

    class Meta:
        model = Dispute
        fields: tuple[str, ...] = ()
