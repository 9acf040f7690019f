"""This app's part of the API: viewsets for the router, and single addresses."""

from typing import Any

from django.urls import URLPattern, path

from customers.api import dossier as api_dossier
from customers.api import parties as api
from customers.api import signals as api_signals

ROUTES: list[tuple[str, Any, str]] = [
    ("customers", api.CustomerViewSet, "api_customer"),
    ("groups", api.GroupViewSet, "api_group"),
    ("contacts", api.ContactViewSet, "api_contact"),
    ("tasks", api.TaskViewSet, "api_task"),
    ("audit-events", api.EventViewSet, "api_event"),
    ("facts", api_dossier.FactViewSet, "api_fact"),
    ("signals", api_signals.SignalViewSet, "api_signal"),
]
urlpatterns: list[URLPattern] = [
    path(
        "customers/<str:code>/checks/",
        api_signals.CustomerChecksView.as_view(),
        name="api_customer_checks",
    ),
]
