from django.apps import AppConfig


class Config(AppConfig):
    name = "scoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scoring import (  # noqa: F401
            imports,  # makes its kinds of files known
            tasks,  # registers the handlers of this app's jobs
        )
