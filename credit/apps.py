from django.apps import AppConfig


class Config(AppConfig):
    name = "credit"
    default_auto_field = "django.db.models.BigAutoField"
