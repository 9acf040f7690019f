from django.apps import AppConfig


class Config(AppConfig):
    name = "common"
    default_auto_field = "django.db.models.BigAutoField"
