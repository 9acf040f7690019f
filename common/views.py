"""Pages that belong to no business: health, the gallery of components, jobs."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from common.errors import NotFound


@login_not_required
def health_live(request: HttpRequest) -> JsonResponse:
    """Say that this process answers. Asks nobody else."""
    return JsonResponse({"status": "live"})


@login_not_required
def health_ready(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: the database answers and is migrated."""
    checks: dict[str, str] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["database"] = "ok"
        checks["migrations"] = "pending" if pending else "ok"
    except Exception:
        checks["database"] = "down"
    checks["broker"] = "ok" if _broker_answers() else "degraded"
    ready = checks["database"] == "ok" and checks.get("migrations") == "ok"
    return JsonResponse(
        {"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503
    )


def _broker_answers() -> bool:
    import redis

    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5
        )
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def ui_gallery(request: HttpRequest) -> HttpResponse:
    """Show every component in every state: the kit's own page, for staff."""
    from common.ui_gallery import gallery_context

    if not request.user.is_staff:
        raise NotFound
    return render(request, "common/ui.html", gallery_context())
