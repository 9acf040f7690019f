"""The API of what reads all floors, gathered from the lists of its subjects."""

from importlib import import_module
from typing import Any

from django.urls import URLPattern

ROUTES: list[tuple[str, Any, str]] = []
urlpatterns: list[URLPattern] = []
for subject in ("overview", "customer", "aging", "import", "outbox"):
    try:
        module = import_module(f"dashboards.{subject}_urls")
    except ImportError:
        continue
    ROUTES += getattr(module, "ROUTES", [])
    urlpatterns += getattr(module, "API_URLPATTERNS", [])
