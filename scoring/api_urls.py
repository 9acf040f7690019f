"""This app's part of the API: viewsets for the router, and single addresses."""

from typing import Any

from django.urls import URLPattern, path

from scoring.api import evaluation as evaluate_api
from scoring.api import markets as market_api
from scoring.api import ratings as api

ROUTES: list[tuple[str, Any, str]] = [
    ("ratings", api.RatingViewSet, "rating"),
    ("statements", api.StatementViewSet, "statement"),
    ("markets", market_api.MarketViewSet, "market"),
    ("admissions", market_api.AdmissionViewSet, "admission"),
]
urlpatterns: list[URLPattern] = [
    path("scoring/evaluate/", evaluate_api.EvaluateView.as_view(), name="api_evaluate"),
    path(
        "customers/<str:code>/ratings/",
        api.CustomerRatingsView.as_view(),
        name="api_customer_ratings",
    ),
]
