"""This app's part of the API: viewsets for the router, and single addresses."""

from typing import Any

from django.urls import URLPattern

from collection import api

ROUTES: list[tuple[str, Any, str]] = [
    ("dunning-runs", api.DunningRunViewSet, "dunning-run"),
    ("notices", api.NoticeViewSet, "notice"),
    ("promises", api.PromiseViewSet, "promise"),
]
urlpatterns: list[URLPattern] = []
