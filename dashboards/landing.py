"""Where a person arrives: on the page where his work waits."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from common.ui import find_url
from users.models import User

FIRST_ROOMS: dict[str, tuple[str, ...]] = {
    User.Role.SALES: ("customers",),
    User.Role.ANALYST: ("inbox", "ratings"),
    User.Role.CREDIT_MANAGER: ("inbox", "overview"),
    User.Role.FINANCE: ("aging",),
    User.Role.COLLECTOR: ("worklist", "dunning", "aging"),
    User.Role.EXECUTIVE: ("overview",),
    User.Role.AUDITOR: ("audit_log", "jobs"),
    User.Role.ADMIN: ("imports", "jobs"),
}


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """Send the person to the first room of his role that stands."""
    user: Any = request.user
    rooms = FIRST_ROOMS.get(user.role, ())
    urls = [url for url in map(find_url, rooms) if url]
    if not urls and user.is_superuser:
        urls = [find_url("admin:index")]
    return redirect(urls[0] if urls else find_url("preferences"))
