from django.apps import AppConfig


class Config(AppConfig):
    name = "receivables"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from receivables import imports  # noqa: F401  makes its kinds of files known
