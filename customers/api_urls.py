"""This app's part of the API: viewsets for the router, and single addresses."""

from typing import Any

from django.urls import URLPattern

from customers import api

ROUTES: list[tuple[str, Any, str]] = [
    ("customers", api.CustomerViewSet, "api_customer"),
    ("groups", api.GroupViewSet, "api_group"),
    ("contacts", api.ContactViewSet, "api_contact"),
    ("tasks", api.TaskViewSet, "api_task"),
    ("audit-events", api.EventViewSet, "api_event"),
]
urlpatterns: list[URLPattern] = []
