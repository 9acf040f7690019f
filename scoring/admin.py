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


@admin.register(models.Market)
class MarketAdmin(ReadOnlyAdmin):
    list_display = ("code", "name_zh", "name_en", "kind", "operator", "active_tenants")
    list_filter = ("kind",)
    list_select_related = ("operator",)
    search_fields = ("code", "name_zh", "name_en")


@admin.register(models.MarketSurvey)
class MarketSurveyAdmin(ReadOnlyAdmin):
    list_display = ("market", "as_of", "score", "decision", "surveyed_by", "second_surveyor")
    list_filter = ("decision",)
    list_select_related = ("market", "surveyed_by", "second_surveyor")
    search_fields = ("market__code", "market__name_zh", "market__name_en")


@admin.register(models.Admission)
class AdmissionAdmin(ReadOnlyAdmin):
    list_display = ("market", "as_of", "share", "listed", "places", "admitted", "decided_by")
    list_filter = ("is_weak_screening",)
    list_select_related = ("market", "decided_by")
    search_fields = ("market__code",)


@admin.register(models.Tenant)
class TenantAdmin(ReadOnlyAdmin):
    list_display = ("key", "name", "admission", "score", "place", "is_admitted", "needs_visit")
    list_filter = ("is_admitted", "needs_visit")
    list_select_related = ("admission",)
    search_fields = ("key", "name")
