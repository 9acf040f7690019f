"""A window onto the ground: superusers may look and search; facts cannot be changed here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from common import models


class ReadOnlyAdmin(admin.ModelAdmin):
    """Look, search, filter; add, change and delete nothing."""

    list_per_page = 100
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "code", "actor", "subject_type", "subject_key", "reason")
    search_fields = ("code", "subject_key")
    list_filter = ("code",)


@admin.register(models.Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("kind", "key", "state", "attempts", "next_try_at", "last_error")
    search_fields = ("key",)
    list_filter = ("state", "kind")


@admin.register(models.OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("key", "recipient", "subject", "state", "created_at")
    list_filter = ("state",)
    exclude = ("attachment",)


@admin.register(models.Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("kind", "as_of", "state", "counts", "started_at", "ended_at")
    list_filter = ("kind", "state")


@admin.register(models.ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ("kind", "file_name", "state", "created", "updated", "unchanged", "rejected")
    list_filter = ("kind", "state")
    exclude = ("content", "rejects")


@admin.register(models.PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    list_display = ("kind", "version", "valid_from", "valid_to", "state", "maker", "checker")
    list_filter = ("kind", "state")


@admin.register(models.Rate)
class RateAdmin(ReadOnlyAdmin):
    list_display = ("kind", "code", "valid_from", "value")
    list_filter = ("kind", "code")


@admin.register(models.CalendarDay)
class CalendarDayAdmin(ReadOnlyAdmin):
    list_display = ("calendar", "date", "day_type", "name")
    list_filter = ("calendar", "day_type")
