from django.apps import AppConfig


class Config(AppConfig):
    name = "credit_mgmt"
    default_auto_field = "django.db.models.BigAutoField"
