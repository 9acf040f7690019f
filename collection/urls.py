"""Addresses of this app."""

from django.urls import URLPattern, path

from collection import views

urlpatterns: list[URLPattern] = [
    path("dunning/", views.run_list, name="dunning"),
    path("dunning/prepare/", views.run_prepare, name="dunning_prepare"),
    path("dunning/<int:pk>/", views.run_page, name="dunning_run"),
    path("dunning/<int:pk>/approve/", views.run_approve, name="dunning_run_approve"),
    path("dunning/letters/<int:pk>/", views.notice_page, name="dunning_notice"),
    path("dunning/letters/<int:pk>/pdf/", views.notice_pdf, name="dunning_notice_pdf"),
    path("dunning/letters/<int:pk>/exclude/", views.notice_exclude, name="dunning_notice_exclude"),
    path("dunning/letters/<int:pk>/approve/", views.notice_approve, name="dunning_notice_approve"),
    path("dunning/letters/<int:pk>/posted/", views.notice_posted, name="dunning_notice_posted"),
    path("promises/", views.promise_list, name="promises"),
    path("promises/new/", views.promise_new, name="promise_new"),
    path("promises/<int:pk>/", views.promise_page, name="promise"),
    path("promises/<int:pk>/cancel/", views.promise_cancel, name="promise_cancel"),
]
