from django.apps import AppConfig


class Config(AppConfig):
    name = "collection"
    default_auto_field = "django.db.models.BigAutoField"
