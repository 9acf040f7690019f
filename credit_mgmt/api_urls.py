"""The REST API: every app's router, the schema and its pages."""

import importlib

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

APPS = (
    "common",
    "customers",
    "receivables",
    "scoring",
    "credit_control",
    "collection",
    "dashboards",
)

router = SimpleRouter()
urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(permission_classes=[]), name="api_docs"),
]
for app in APPS:
    module = importlib.import_module(f"{app}.api_urls")
    for prefix, viewset, basename in module.ROUTES:
        router.register(prefix, viewset, basename=basename)
    urlpatterns += module.urlpatterns
urlpatterns += router.urls
