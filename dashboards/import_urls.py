"""Addresses of imports and jobs: pages, and their place in the API."""

from typing import Any

from django.urls import URLPattern, path

from dashboards import import_views, job_views
from dashboards.import_api import ImportViewSet, JobViewSet

urlpatterns: list[URLPattern] = [
    path("imports/", import_views.import_list, name="imports"),
    path("imports/new/", import_views.import_new, name="import_new"),
    path("imports/<int:pk>/", import_views.import_page, name="import"),
    path("imports/<int:pk>/commit/", import_views.import_commit, name="import_commit"),
    path("imports/<int:pk>/mapping/", import_views.import_mapping, name="import_mapping"),
    path("imports/<int:pk>/discard/", import_views.import_discard, name="import_discard"),
    path("imports/<int:pk>/rejects.csv", import_views.import_rejects, name="import_rejects"),
    path(
        "imports/templates/<slug:kind>.<slug:form>",
        import_views.import_template,
        name="import_template",
    ),
    path("jobs/", job_views.job_list, name="jobs"),
    path("jobs/<int:pk>/", job_views.job_page, name="job"),
    path("jobs/<int:pk>/progress/", job_views.job_progress, name="job_progress"),
    path("jobs/<int:pk>/retry/", job_views.job_retry, name="job_retry"),
]
ROUTES: list[tuple[str, Any, str]] = [
    ("imports", ImportViewSet, "api-imports"),
    ("jobs", JobViewSet, "api-jobs"),
]
