"""A window onto statements, answers and ratings: facts, so nothing can be changed here."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from scoring import models


class StatementLineInline(admin.TabularInline):
    model = models.StatementLine
    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(models.Statement)
class StatementAdmin(ReadOnlyAdmin):
    list_display = ("customer", "period_end", "kind", "version", "opinion", "doubtful")
    list_filter = ("kind", "form", "doubtful")
    list_select_related = ("customer",)
    search_fields = ("customer__code", "customer__name")
    inlines = (StatementLineInline,)


@admin.register(models.FiveCAssessment)
class FiveCAssessmentAdmin(ReadOnlyAdmin):
    list_display = ("customer", "as_of", "state", "drafted_by", "confirmed_by")
    list_filter = ("state",)
    list_select_related = ("customer", "drafted_by", "confirmed_by")
    search_fields = ("customer__code", "customer__name")


@admin.register(models.Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ("customer", "as_of", "grade", "modifier", "score", "z_value", "valid_to")
    list_filter = ("grade", "risk_class")
    list_select_related = ("customer",)
    search_fields = ("customer__code", "customer__name")
