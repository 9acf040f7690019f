"""A customer's timeline over REST."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.clock import business_today
from common.errors import InvalidInput
from common.tables import is_number
from customers.selectors import get_customer
from dashboards.customer_timeline import KINDS, list_timeline

MAX_ENTRIES = 500

ENTRY = inline_serializer(
    "TimelineEntry",
    {
        "kind": serializers.CharField(),
        "at": serializers.CharField(),
        "text": serializers.CharField(),
        "who": serializers.CharField(),
        "url": serializers.CharField(),
    },
    many=True,
)


class CustomerTimelineView(APIView):
    """What happened with a customer, newest first; `kind` is all, contacts or system."""

    permission = "customer.view"

    @extend_schema(responses=ENTRY)
    def get(self, request: Request, code: str) -> Response:
        customer = get_customer(code, user=request.user)
        kind = request.query_params.get("kind", "all")
        if kind not in KINDS:
            raise InvalidInput(
                _("Use one of: %(known)s.") % {"known": ", ".join(KINDS)}, field="kind", value=kind
            )
        entries = list_timeline(
            customer,
            user=request.user,
            as_of=business_today(),
            kind=kind,
            limit=_read_limit(request),
        )
        rows: list[dict[str, Any]] = [
            {
                "kind": entry.kind,
                "at": entry.when.isoformat(),
                "text": entry.text,
                "who": entry.who,
                "url": entry.url,
            }
            for entry in entries
        ]
        return Response({"count": len(rows), "next": None, "previous": None, "results": rows})


def _read_limit(request: Request) -> int:
    text = request.query_params.get("page_size", "100")
    return min(max(int(text), 1), MAX_ENTRIES) if is_number(text) else 100
