"""Addresses of the aging: pages, and its place in the API."""

from typing import Any

from django.urls import URLPattern, path

from dashboards import aging_views
from dashboards.aging_api import AgingViewSet, CustomerAgingView

urlpatterns: list[URLPattern] = [
    path("aging/", aging_views.aging, name="aging"),
    path("aging/<path:code>/items/", aging_views.aging_items, name="aging_items"),
]
ROUTES: list[tuple[str, Any, str]] = [("aging", AgingViewSet, "api-aging")]
API_URLPATTERNS: list[URLPattern] = [
    path("customers/<str:code>/aging/", CustomerAgingView.as_view(), name="api_customer_aging"),
]
