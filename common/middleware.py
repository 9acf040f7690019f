"""What happens around every request."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from common.errors import CreditError, InvalidInput, NotAllowed, NotFound
from common.request_id import REQUEST_ID

Next = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Give each request an id, answer with it, and let log lines and events carry it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = REQUEST_ID.set(str(uuid.uuid4()))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = REQUEST_ID.get()
            return response
        finally:
            REQUEST_ID.reset(token)


class DatabaseDownMiddleware:
    """Answer 503 and «try again» while the database is away, instead of an error page."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        return database_down_response(request)


def database_down_response(request: HttpRequest) -> HttpResponse:
    """Return the plain 503 of a service whose database does not answer."""
    if request.path.startswith("/api/"):
        response: HttpResponse = problem_document(
            503,
            "DATABASE_DOWN",
            "The database does not answer. Try again in a few seconds.",
            title="Service unavailable",
        )
    else:
        response = HttpResponse(
            "<!doctype html><title>503</title><h1>Back in a moment</h1>"
            "<p>The database does not answer. Nothing was changed. Try again in a few seconds.</p>"
            "<h1>请稍候</h1><p>数据库暂时没有响应，未做任何更改，请几秒后重试。</p>",
            status=503,
        )
    response["Retry-After"] = "5"
    return response


class NulCharacterMiddleware:
    """Refuse a request whose address or form holds the character NUL: no text in a database can.

    Forms and serializers refuse it themselves; this is for what views read straight from the query.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not has_nul(request):
            return None
        error = InvalidInput(_("The address or a field holds a character that is no text."))
        if request.path.startswith("/api/"):
            return problem_document(400, "INVALID", str(error), title=str(error))
        return render(request, "refused.html", {"error": error}, status=400)


def has_nul(request: HttpRequest) -> bool:
    """Tell whether the path, the query, or the form of a page holds a NUL character."""
    texts = [request.path_info]
    fields = [request.GET] if request.path.startswith("/api/") else [request.GET, request.POST]
    for given in fields:
        for name, values in given.lists():
            texts += [name, *map(str, values)]
    return any("\0" in text for text in texts)


def problem_document(status: int, code: str, detail: str, *, title: str) -> JsonResponse:
    """Return a problem document from outside of the API's views."""
    return JsonResponse(
        {
            "type": "about:blank",
            "title": title,
            "status": status,
            "code": code,
            "detail": detail,
            "errors": [],
            "request_id": REQUEST_ID.get(),
        },
        status=status,
        content_type="application/problem+json",
    )


class HtmxMiddleware:
    """Turn the house's errors into pages, and a login redirect into a full-page one for htmx."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            getattr(request, "htmx", False)
            and isinstance(response, HttpResponseRedirect)
            and "/accounts/login/" in response.url
        ):
            answer = HttpResponse(status=200)
            answer["HX-Redirect"] = response.url
            return answer
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, CreditError) or request.path.startswith("/api/"):
            return None
        template = {NotAllowed: "403.html", NotFound: "404.html"}.get(type(error), "refused.html")
        return render(request, template, {"error": error}, status=error.status)


class SignedInHeadersMiddleware:
    """Pages of a signed-in person are kept by no cache."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        return response


class IndentMiddleware:
    """Send pages without the indentation of their templates: an eighth fewer bytes on the wire.

    Only white space between the beginning of a line and a tag goes; text in a `<textarea>` holds no
    tags, and a page with `<pre>` is left as it is.
    """

    INDENT = re.compile(rb"\n[ \t]+(?=<(?!/textarea))")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and not response.streaming and b"<pre" not in response.content:
            response.content = self.INDENT.sub(b"\n", response.content)
        return response
