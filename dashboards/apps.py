from django.apps import AppConfig


class Config(AppConfig):
    name = "dashboards"
    default_auto_field = "django.db.models.BigAutoField"
