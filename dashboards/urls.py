"""Addresses of the pages that read all floors, one list for each subject."""

from importlib import import_module

from django.urls import URLPattern

SUBJECTS = ("overview", "customer", "aging", "import", "outbox", "relation")

urlpatterns: list[URLPattern] = []
for subject in SUBJECTS:
    try:
        urlpatterns += import_module(f"dashboards.{subject}_urls").urlpatterns
    except ImportError:
        continue
