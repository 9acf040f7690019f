"""Addresses of this app."""

from django.urls import URLPattern, path

from scoring import views

urlpatterns: list[URLPattern] = [
    path("ratings/", views.rating_list, name="ratings"),
    path("customers/<str:code>/rating/", views.rating_page, name="customer_rating"),
    path("customers/<str:code>/rating/preview/", views.rating_preview, name="rating_preview"),
    path("customers/<str:code>/rating/store/", views.rating_store, name="rating_store"),
    path("customers/<str:code>/rating/answers/", views.answers_save, name="answers_save"),
    path("customers/<str:code>/rating/confirm/", views.answers_confirm, name="answers_confirm"),
    path("customers/<str:code>/statements/", views.statement_page, name="customer_statements"),
    path(
        "customers/<str:code>/statements/<int:pk>/accept/",
        views.statement_accept,
        name="statement_accept",
    ),
]
