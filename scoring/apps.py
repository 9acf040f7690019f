from django.apps import AppConfig


class Config(AppConfig):
    name = "scoring"
    default_auto_field = "django.db.models.BigAutoField"
