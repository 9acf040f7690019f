"""A window onto documents, money and their movements: facts, so nothing can be changed here."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from receivables import models


@admin.register(models.Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("number", "doc_type", "customer", "doc_date", "gross", "currency")
    list_filter = ("doc_type", "currency")
    list_select_related = ("customer",)
    search_fields = ("number", "customer__code")


@admin.register(models.DueLine)
class DueLineAdmin(ReadOnlyAdmin):
    list_display = ("invoice", "line_no", "due_date", "amount", "open_amount", "closed_on")
    list_select_related = ("invoice",)
    search_fields = ("invoice__number",)


@admin.register(models.Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ("number", "customer", "value_date", "amount", "unapplied_amount", "state")
    list_filter = ("state", "method")
    list_select_related = ("customer",)
    search_fields = ("number", "bank_ref", "customer__code")


@admin.register(models.Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ("due_line", "receipt", "credit_line", "amount", "applied_on", "rule")
    list_select_related = ("due_line", "receipt", "credit_line")
    search_fields = ("due_line__invoice__number", "receipt__number")


@admin.register(models.Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("order_no", "customer", "ship_date", "open_value", "state", "credit_status")
    list_filter = ("state", "credit_status")
    list_select_related = ("customer",)
    search_fields = ("order_no", "customer__code")


@admin.register(models.Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("due_line", "kind", "amount", "raised_on", "closed_on", "state")
    list_filter = ("kind", "state")
    list_select_related = ("due_line",)
