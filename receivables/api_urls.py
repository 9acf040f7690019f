"""This app's part of the API: viewsets for the router, and single addresses."""

from typing import Any

from django.urls import URLPattern

from receivables import api

ROUTES: list[tuple[str, Any, str]] = [
    ("invoices", api.InvoiceViewSet, "api-invoice"),
    ("receipts", api.ReceiptViewSet, "api-receipt"),
    ("applications", api.ApplicationViewSet, "api-application"),
    ("orders", api.OrderViewSet, "api-order"),
    ("deliveries", api.DeliveryViewSet, "api-delivery"),
    ("disputes", api.DisputeViewSet, "api-dispute"),
]
urlpatterns: list[URLPattern] = []
