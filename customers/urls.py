"""Addresses of this app; the list and the customer's page are served by `dashboards`."""

from django.urls import URLPattern, path

from customers import views

urlpatterns: list[URLPattern] = [
    path("customers/new/", views.customer_create, name="customer_create"),
    path("customers/uscc-check/", views.uscc_check, name="uscc_check"),
    path("customers/<str:code>/edit/", views.customer_edit, name="customer_edit"),
    path("customers/<str:code>/contact-log/", views.contact_log, name="contact_log"),
    path("customers/<str:code>/contacts/new/", views.contact_create, name="contact_create"),
    path(
        "customers/<str:code>/contacts/<int:contact_id>/edit/",
        views.contact_edit,
        name="contact_edit",
    ),
    path(
        "customers/<str:code>/contacts/<int:contact_id>/remove/",
        views.contact_remove,
        name="contact_remove",
    ),
    path(
        "customers/<str:code>/bank-accounts/new/",
        views.bank_account_create,
        name="bank_account_create",
    ),
    path(
        "customers/<str:code>/bank-accounts/<int:account_id>/verify/",
        views.bank_account_verify,
        name="bank_account_verify",
    ),
]
