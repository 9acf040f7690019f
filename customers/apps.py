from django.apps import AppConfig


class Config(AppConfig):
    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"
