"""A window onto parties: superusers may look and search; changing is the pages' work."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from customers import models


@admin.register(models.Company)
class CompanyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Our own companies are set up here; none is ever deleted."""

    list_display = ("code", "name_en", "name_zh", "base_currency", "calendar")

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(models.PaymentTerm)
class PaymentTermAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Terms are set up here; one that is in use cannot be deleted (the database refuses)."""

    list_display = ("code", "name_en", "name_zh", "kind", "days", "rank")


@admin.register(models.CustomerGroup)
class CustomerGroupAdmin(ReadOnlyAdmin):
    list_display = ("code", "name_en", "name_zh", "parent")
    search_fields = ("code", "name_en", "name_zh")


@admin.register(models.Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "uscc", "state", "segment", "sales_owner", "region")
    search_fields = ("code", "name", "uscc", "pinyin_initials")
    list_filter = ("state", "segment", "kind")
    list_select_related = ("sales_owner",)


@admin.register(models.CustomerStateChange)
class CustomerStateChangeAdmin(ReadOnlyAdmin):
    list_display = ("customer", "action", "source", "target", "actor", "as_of", "reason")
    search_fields = ("customer__code",)
    list_select_related = ("customer", "actor")


@admin.register(models.Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ("name", "customer", "role", "email", "phone")
    search_fields = ("name", "customer__code")
    list_select_related = ("customer",)


@admin.register(models.BankAccount)
class BankAccountAdmin(ReadOnlyAdmin):
    list_display = ("account", "customer", "bank_name", "verified_by", "verified_at")
    search_fields = ("account", "customer__code")
    list_select_related = ("customer", "verified_by")


@admin.register(models.Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ("key", "kind", "customer", "role", "owner", "due_at", "state")
    search_fields = ("key",)
    list_filter = ("state", "kind")
    list_select_related = ("customer", "owner")


@admin.register(models.ContactLog)
class ContactLogAdmin(ReadOnlyAdmin):
    list_display = ("customer", "channel", "person", "happened_at", "logged_by")
    search_fields = ("customer__code",)
    list_select_related = ("customer", "logged_by")
