"""Addresses of groups and risk groups."""

from django.urls import URLPattern, path

from dashboards import relation_views as views

urlpatterns: list[URLPattern] = [
    path("groups/<str:code>/", views.group_page, name="customer_group"),
    path("risk-groups/", views.risk_group_list, name="risk_groups"),
    path("risk-groups/<str:code>/", views.risk_group_page, name="risk_group"),
]
