from django.apps import AppConfig


class Config(AppConfig):
    name = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common import assets  # noqa: F401  registers the check for missing files
        from common.imports import jobs, reference_kinds  # noqa: F401
