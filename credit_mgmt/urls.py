"""Every address of the product, app by app."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from common import views as common_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", common_views.health_live, name="health_live"),
    path("health/ready", common_views.health_ready, name="health_ready"),
    path("accounts/", include("users.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    path("api/v1/", include("credit_mgmt.api_urls")),
    path("ui/", common_views.ui_gallery, name="ui"),
    path("", include("common.urls")),
    path("", include("customers.urls")),
    path("", include("receivables.urls")),
    path("", include("scoring.urls")),
    path("", include("credit_control.urls")),
    path("", include("collection.urls")),
    path("", include("dashboards.urls")),
    path("admin/", admin.site.urls),
]
