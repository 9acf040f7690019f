"""A window onto collection: search and look, change nothing."""

from django.contrib import admin

from collection import models
from common.admin import ReadOnlyAdmin


class LevelInline(admin.TabularInline):
    model = models.DunningLevel
    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(models.DunningProcedure)
class DunningProcedureAdmin(ReadOnlyAdmin):
    list_display = ("code", "name_en", "min_days_between", "min_customer_total", "is_active")
    inlines = (LevelInline,)


@admin.register(models.DunningRun)
class DunningRunAdmin(ReadOnlyAdmin):
    list_display = ("company", "as_of", "state", "approved_by")
    list_filter = ("state",)


@admin.register(models.DunningNotice)
class DunningNoticeAdmin(ReadOnlyAdmin):
    list_display = ("key", "kind", "level", "total", "currency", "state", "sent_at")
    list_filter = ("kind", "state", "level")
    search_fields = ("key", "customer__code")
    exclude = ("pdf",)


@admin.register(models.PromiseToPay)
class PromiseToPayAdmin(ReadOnlyAdmin):
    list_display = ("customer", "amount", "currency", "promise_date", "state")
    list_filter = ("state",)
    search_fields = ("customer__code",)
