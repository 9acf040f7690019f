"""What every page's frame needs, computed only when a template asks for it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from common.ui import find_url, navigation_for

THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the navigation, the reader's language, theme and unit, and the firm's name."""
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "")
    lang = "zh-Hans" if (get_language() or "").startswith("zh") else "en"
    return {
        "nav": SimpleLazyObject(lambda: navigation_for(request)),
        "company_name": getattr(request, "company_name", "")
        or getattr(settings, "COMPANY_NAME", ""),
        "unit": SimpleLazyObject(lambda: getattr(user, "unit", "") or "FULL"),
        "lang": lang,
        "theme": theme if theme in THEMES else "",
        "palette_url": find_url("palette"),
        "notifications_url": find_url("notifications"),
        "preferences_url": find_url("preferences"),
    }
