"""A walk over every address: nothing is open by oversight, nothing answers without its headers."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

OPEN_TO_ALL = {
    "health_live",
    "health_ready",
    "account_login",
    "set_language",
    "schema",
    "api_docs",
}
# signed in, yet with no permission of their own: each looks after its rights itself
OWN_RULES = {"landing", "preferences", "account_logout", "ui", "palette"}
SAMPLES = {"code": "NOBODY", "pk": "0", "number": "NOTHING", "order_no": "NOTHING"}


def walk(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) == "admin/":
                continue
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


ROUTES = list(walk(get_resolver().url_patterns))
NAMED = [(route, pattern) for route, pattern in ROUTES if pattern.name]


def address(pattern: URLPattern) -> str:
    names = list(pattern.pattern.converters)
    numbers = {name for name, kind in pattern.pattern.converters.items() if kind.regex == "[0-9]+"}
    values = {name: "0" if name in numbers else SAMPLES.get(name, "0") for name in names}
    return reverse(pattern.name or "", kwargs=values)


@pytest.mark.promise("S2")
class TestEveryAddress:
    @pytest.mark.parametrize(("route", "pattern"), NAMED, ids=[r for r, _p in NAMED])
    def test_asks_a_stranger_to_sign_in(self, db: None, route: str, pattern: URLPattern) -> None:
        try:
            url = address(pattern)
        except NoReverseMatch:
            url = "/" + route.replace("^", "").replace("$", "")
            if "(" in url or "<" in url:
                url = "/api/v1/customers/NOBODY/"
        answer = Client().get(url)
        if pattern.name in OPEN_TO_ALL:
            assert answer.status_code in (200, 302)
            assert "login" not in answer.get("Location", "")
        elif url.startswith("/api/"):
            assert answer.status_code in (401, 403)
            assert answer["Content-Type"] == "application/problem+json"
        else:
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/login/")

    @pytest.mark.parametrize(
        ("route", "pattern"),
        [(r, p) for r, p in NAMED if not r.startswith("api/")],
        ids=[r for r, _p in NAMED if not r.startswith("api/")],
    )
    def test_names_the_permission_that_it_needs(self, route: str, pattern: URLPattern) -> None:
        if pattern.name in OPEN_TO_ALL | OWN_RULES:
            return
        assert getattr(pattern.callback, "permission", None), f"{route} names no permission"

    def test_api_views_name_a_permission_too(self) -> None:
        for route, pattern in ROUTES:
            if not route.startswith("api/v1/") or pattern.name in OPEN_TO_ALL:
                continue
            view = getattr(pattern.callback, "cls", None) or getattr(
                pattern.callback, "view_class", None
            )
            assert view is not None, route
            assert getattr(view, "permission", None) or getattr(
                view, "permissions_by_method", None
            ), f"{route} names no permission"


@pytest.mark.promise("S18")
class TestHeaders:
    def test_signed_in_pages_are_kept_by_no_cache_and_run_only_our_scripts(
        self, visit: Callable[[str], Client]
    ) -> None:
        answer = visit("manager").get(reverse("customers"))
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store, private"
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Request-ID"]

    def test_looking_changes_nothing(self, visit: Callable[[str], Client]) -> None:
        from common.models import Event, Job, OutboxMessage
        from customers.models import Customer

        before = [m.objects.count() for m in (Event, Job, OutboxMessage, Customer)]
        client = visit("manager")
        for route, pattern in NAMED:
            if route.startswith(("api/", "accounts/", "language/")) or pattern.name in OPEN_TO_ALL:
                continue
            answer = client.get(address(pattern))
            assert answer.status_code in (200, 302, 403, 404, 405), f"{route} {answer.status_code}"
        after = [m.objects.count() for m in (Event, Job, OutboxMessage, Customer)]
        assert after == before
