"""Addresses of jobs, imports and the outbox."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
