"""Addresses of the overview: its page, and the key figures over the API."""

from typing import Any

from django.urls import URLPattern, path

from dashboards.kpi_api import KpiView
from dashboards.overview_views import overview

urlpatterns: list[URLPattern] = [path("overview/", overview, name="overview")]
ROUTES: list[tuple[str, Any, str]] = []
API_URLPATTERNS: list[URLPattern] = [path("kpis/", KpiView.as_view(), name="api_kpis")]
