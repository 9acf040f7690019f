"""Addresses of the customer's picture, the search and the first page."""

from typing import Any

from django.urls import URLPattern, path

from dashboards import customer_api, customer_views, investigation_views, landing, search_views

urlpatterns: list[URLPattern] = [
    path("", landing.landing, name="landing"),
    path("search/", search_views.palette, name="palette"),
    path("customers/", customer_views.customer_list, name="customers"),
    path("customers/<str:code>/", customer_views.customer_page, name="customer"),
    path("customers/<str:code>/state/", customer_views.customer_state, name="customer_state"),
    path(
        "customers/<str:code>/investigation/confirm/",
        investigation_views.investigation_confirm,
        name="investigation_confirm",
    ),
    path(
        "customers/<str:code>/investigations/<int:pk>/report.pdf",
        investigation_views.investigation_report,
        name="investigation_report",
    ),
]
ROUTES: list[tuple[str, Any, str]] = []
API_URLPATTERNS: list[URLPattern] = [
    path(
        "customers/<str:code>/timeline/",
        customer_api.CustomerTimelineView.as_view(),
        name="api_customer_timeline",
    ),
]
