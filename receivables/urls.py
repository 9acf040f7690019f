"""Addresses of this app."""

from django.urls import URLPattern, path

from receivables import views

urlpatterns: list[URLPattern] = [
    path("receipts/", views.receipts, name="receipts"),
    path("receipts/<int:pk>/", views.receipt, name="receipt"),
    path("receipts/<int:pk>/apply/", views.receipt_apply, name="receipt_apply"),
    path(
        "receipts/<int:pk>/apply-by-hand/",
        views.receipt_apply_by_hand,
        name="receipt_apply_by_hand",
    ),
    path("receipts/<int:pk>/identify/", views.receipt_identify, name="receipt_identify"),
    path("receipts/<int:pk>/return/", views.receipt_return, name="receipt_return"),
    path("applications/<int:pk>/reverse/", views.application_reverse, name="application_reverse"),
    path("disputes/<int:pk>/close/", views.dispute_close, name="dispute_close"),
    # numbers may hold a slash, so the longer address comes first
    path("invoices/<path:number>/dispute/", views.dispute_record, name="dispute_record"),
    path("invoices/<path:number>/", views.invoice, name="invoice"),
]
