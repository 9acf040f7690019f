from django.apps import AppConfig


class Config(AppConfig):
    name = "receivables"
    default_auto_field = "django.db.models.BigAutoField"
