"""People: the one place where an administrator makes and ends accounts."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from users.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ("username", "display_name", "role", "data_scope", "team", "region", "is_active")
    list_filter = ("role", "data_scope", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "name_zh", "email", "language", "unit")}),
        (
            "Role",
            {
                "fields": (
                    "role",
                    "data_scope",
                    "team",
                    "region",
                    "is_active",
                    "is_staff",
                    "is_superuser",
                )
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "password1",
                    "password2",
                    "role",
                    "data_scope",
                    "team",
                    "region",
                )
            },
        ),
    )
