from django.apps import AppConfig


class Config(AppConfig):
    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers import imports  # noqa: F401  makes its kinds of files known
