from django.apps import AppConfig


class Config(AppConfig):
    name = "collection"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from collection import tasks  # noqa: F401  registers the handlers of this app's jobs
