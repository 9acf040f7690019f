"""Addresses of the outbox."""

from django.urls import URLPattern, path

from dashboards import outbox_views as views

urlpatterns: list[URLPattern] = [
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/", views.outbox_message, name="outbox_message"),
    path("outbox/<int:pk>/attachment/", views.outbox_attachment, name="outbox_attachment"),
    path("outbox/<int:pk>/retry/", views.outbox_retry, name="outbox_retry"),
    path("outbox/<int:pk>/resolve/", views.outbox_resolve, name="outbox_resolve"),
]
