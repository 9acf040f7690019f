"""This app's part of the API: viewsets for the router, and single addresses."""

from typing import Any

from django.urls import URLPattern, path

from credit_control import api

ROUTES: list[tuple[str, Any, str]] = [
    ("accounts", api.AccountViewSet, "account"),
    ("limits", api.LimitViewSet, "limit"),
    ("limit-requests", api.RequestViewSet, "limit-request"),
    ("approvals", api.ApprovalViewSet, "approval"),
    ("order-checks", api.OrderCheckViewSet, "order-check"),
    ("reservations", api.ReservationViewSet, "reservation"),
]
urlpatterns: list[URLPattern] = [
    path(
        "customers/<str:code>/exposure/",
        api.CustomerExposureView.as_view(),
        name="customer_exposure",
    ),
]
