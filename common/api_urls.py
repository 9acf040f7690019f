"""This app's part of the API: viewsets for the router, and single addresses."""

from typing import Any

from django.urls import URLPattern

ROUTES: list[tuple[str, Any, str]] = []
urlpatterns: list[URLPattern] = []
