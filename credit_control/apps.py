from django.apps import AppConfig


class Config(AppConfig):
    name = "credit_control"
    label = "credit"  # tables and templates keep the short word; docs/decisions/0007
    default_auto_field = "django.db.models.BigAutoField"
