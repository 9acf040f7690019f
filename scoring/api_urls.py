"""This app's part of the API: viewsets for the router, and single addresses."""

from typing import Any

from django.urls import URLPattern, path

from scoring import api

ROUTES: list[tuple[str, Any, str]] = [
    ("ratings", api.RatingViewSet, "rating"),
    ("statements", api.StatementViewSet, "statement"),
]
urlpatterns: list[URLPattern] = [
    path(
        "customers/<str:code>/ratings/",
        api.CustomerRatingsView.as_view(),
        name="api_customer_ratings",
    ),
]
