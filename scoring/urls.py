"""Addresses of this app."""

from django.urls import URLPattern, path

from scoring.views import ratings, statements

urlpatterns: list[URLPattern] = [
    path("ratings/", ratings.rating_list, name="ratings"),
    path("customers/<str:code>/rating/", ratings.rating_page, name="customer_rating"),
    path("customers/<str:code>/rating/preview/", ratings.rating_preview, name="rating_preview"),
    path("customers/<str:code>/rating/store/", ratings.rating_store, name="rating_store"),
    path("customers/<str:code>/rating/answers/", ratings.answers_save, name="answers_save"),
    path("customers/<str:code>/rating/confirm/", ratings.answers_confirm, name="answers_confirm"),
    path("customers/<str:code>/statements/", statements.statement_page, name="customer_statements"),
    path(
        "customers/<str:code>/statements/<int:pk>/accept/",
        statements.statement_accept,
        name="statement_accept",
    ),
]
