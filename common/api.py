"""The API's common ground: permission, paging, one error shape, idempotent POST, scoped lists."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from common.errors import Conflict, CreditError, InvalidInput
from common.models import IdempotentRequest
from common.request_id import REQUEST_ID

PROBLEM_TYPE = "application/problem+json"


class ScopedListViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Read-only lists and rows of what the caller may see; anything else is 404."""

    permission: str | None = None

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset().none()  # type: ignore[arg-type]
        queryset: Any = super().get_queryset()
        if hasattr(queryset, "for_user"):
            queryset = queryset.for_user(self.request.user)
        return queryset


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    title: str = "",
    errors: list[dict[str, Any]] | None = None,
) -> Response:
    """Return a problem document (RFC 9457 with `code`, `errors` and `request_id`)."""
    body = {
        "type": "about:blank",
        "title": title or detail,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": errors or [],
        "request_id": REQUEST_ID.get(),
    }
    return Response(body, status=status, content_type=PROBLEM_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn any expected error into a problem document; leave the unexpected to the 500 page."""
    if isinstance(error, InvalidInput):
        entry = {
            "field": error.field,
            "column": error.field,
            "code": error.code,
            "message": str(error),
            "value": str(error.params.get("value", "")),
        }
        return problem(error.status, error.code, str(error), errors=[entry] if error.field else [])
    if isinstance(error, CreditError):
        return problem(error.status, error.code, str(error) or error.code)
    if isinstance(error, OperationalError | InterfaceError):
        answer = problem(503, "DATABASE_DOWN", _("The database does not answer. Try again soon."))
        answer["Retry-After"] = "5"
        return answer
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, Http404):
        return problem(404, "NOT_FOUND", _("Not found."))
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return problem(403, "NOT_ALLOWED", _("You may not do this."))
    if isinstance(error, exceptions.ValidationError):
        return problem(
            400, "INVALID", _("Some fields are wrong."), errors=_field_errors(error.detail)
        )
    code = str(getattr(error, "default_code", "ERROR")).upper()
    answer = problem(response.status_code, code, _detail_text(response.data))
    for name, value in response.headers.items():
        if name.lower() in ("www-authenticate", "retry-after", "allow"):
            answer[name] = value
    return answer


def _detail_text(data: Any) -> str:
    return str(data.get("detail", data)) if isinstance(data, dict) else str(data)


def _field_errors(detail: Any, prefix: str = "") -> list[dict[str, Any]]:
    """Flatten DRF's nested errors into rows with the dotted name of the field."""
    if isinstance(detail, dict):
        return [
            row
            for name, part in detail.items()
            for row in _field_errors(part, f"{prefix}.{name}" if prefix else str(name))
        ]
    if isinstance(detail, list) and detail and not isinstance(detail[0], str):
        return [
            row for n, part in enumerate(detail) for row in _field_errors(part, f"{prefix}[{n}]")
        ]
    parts = detail if isinstance(detail, list) else [detail]
    return [
        {
            "field": prefix,
            "column": prefix,
            "code": str(getattr(part, "code", "invalid")).upper(),
            "message": str(part),
            "value": "",
        }
        for part in parts
    ]


class IdempotencyConflict(Conflict):
    """The same key came with another body, or its first request is still running."""

    code = "IDEMPOTENCY_KEY_REUSED"


def _digest_body(request: Request) -> str:
    """Return what tells two bodies apart: every field, and of a file its bytes."""
    body: Any = request.data
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode())
    for name, file in sorted(request.FILES.items()):
        digest.update(f"{name}:{file.size}:".encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """Make a POST safe to repeat: the same `Idempotency-Key` has one effect and one answer.

    The key's row is written in the effect's own transaction: both are there, or neither. A repeat
    that arrives while the first is running waits for it. Another body with the same key is
    refused (422). Answers of status 400 and above are not kept.
    """

    @wraps(method)
    def call(self: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return method(self, request, *args, **kwargs)
        if len(key) > 120:
            raise InvalidInput(
                _("The key may have 120 characters at most."), field="Idempotency-Key"
            )
        digest = _digest_body(request)
        user: Any = request.user
        with transaction.atomic():
            row, created = IdempotentRequest.objects.get_or_create(
                user=user, key=key, defaults={"path": request.path[:200], "digest": digest}
            )
            if not created:
                if row.digest != digest or row.path != request.path[:200]:
                    raise InvalidInput(
                        _("This key was used for another request. Use a new one."),
                        field="Idempotency-Key",
                        code="IDEMPOTENCY_KEY_REUSED",
                    )
                return Response(row.answer, status=row.status)
            response = method(self, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
                return response
            row.status = response.status_code
            row.answer = json.loads(json.dumps(response.data, default=str))
            row.save(update_fields=["status", "answer"])
            return response

    return call
