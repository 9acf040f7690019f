from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import models


class Config(AppConfig):
    name = "credit_mgmt"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from credit_mgmt import tasks  # noqa: F401  registers the night's jobs

        schema: dict[str, Any] = settings.SPECTACULAR_SETTINGS
        schema["ENUM_NAME_OVERRIDES"] = name_choices() | schema.get("ENUM_NAME_OVERRIDES", {})


def name_choices() -> dict[str, Any]:
    """Name, for the API's schema, every set of choices that several resources call alike.

    A model's `kind` or `state` becomes CustomerKindEnum, OrderStateEnum, …
    """
    named: dict[str, Any] = {}
    seen: set[tuple[Any, ...]] = set()
    for model in apps.get_models():
        for attribute in ("Kind", "State", "Decision"):
            choices = getattr(model, attribute, None)
            if not isinstance(choices, type) or not issubclass(choices, models.TextChoices):
                continue
            values = tuple(sorted(choices.values))
            if values not in seen:
                seen.add(values)
                named[f"{model.__name__}{attribute}Enum"] = choices.choices
    return named
