"""A window for superusers: look and search; nothing of credit is changed here."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from credit_control import models


@admin.register(models.CreditAccount)
class CreditAccountAdmin(ReadOnlyAdmin):
    list_display = ("customer", "company", "currency", "next_review_date")
    search_fields = ("customer__code", "customer__name")
    list_select_related = ("customer", "company")


@admin.register(models.CreditLimit)
class CreditLimitAdmin(ReadOnlyAdmin):
    list_display = ("account", "kind", "amount", "currency", "valid_from", "valid_to", "state")
    list_filter = ("state", "kind")
    search_fields = ("account__customer__code",)
    list_select_related = ("account",)


@admin.register(models.LimitRequest)
class LimitRequestAdmin(ReadOnlyAdmin):
    list_display = ("account", "kind", "requested_limit", "approved_limit", "state", "requested_by")
    list_filter = ("state", "kind")
    search_fields = ("account__customer__code",)
    list_select_related = ("account", "requested_by")


@admin.register(models.Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ("request", "decision", "amount", "maker", "checker", "decided_at")
    list_filter = ("decision",)
    list_select_related = ("request", "maker", "checker")


@admin.register(models.OrderCheck)
class OrderCheckAdmin(ReadOnlyAdmin):
    list_display = ("order_no", "account", "amount", "currency", "decision", "checked_at")
    list_filter = ("decision",)
    search_fields = ("order_no", "account__customer__code")
    list_select_related = ("account",)


@admin.register(models.Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ("order_no", "account", "amount", "currency", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("order_no", "account__customer__code")
    list_select_related = ("account",)


@admin.register(models.GroupLimit)
class GroupLimitAdmin(ReadOnlyAdmin):
    list_display = ("group", "company", "amount", "currency", "valid_from", "valid_to")
    list_select_related = ("group", "company")
