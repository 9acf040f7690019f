"""The aging over the API: the page's question, the page's figures."""

from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import NotFound
from common.money import round_money
from customers.models import Customer
from dashboards.aging_forms import read_question
from receivables.selectors import AgingReport, AgingRow
from scoring.selectors import get_current_ratings

_PARAMETERS = [
    OpenApiParameter("as_of", OpenApiTypes.DATE, description="Day of the report; default today."),
    OpenApiParameter("known_at", OpenApiTypes.DATETIME, description="What was recorded by then."),
    OpenApiParameter("basis", OpenApiTypes.STR, enum=["due", "invoice"]),
    OpenApiParameter(
        "by", OpenApiTypes.STR, enum=["customer", "sales", "region", "company", "currency"]
    ),
    OpenApiParameter("currency", OpenApiTypes.STR, description="Only items in this currency."),
    OpenApiParameter("q", OpenApiTypes.STR),
    OpenApiParameter("owner", OpenApiTypes.STR),
    OpenApiParameter("region", OpenApiTypes.STR),
    OpenApiParameter("company", OpenApiTypes.STR),
    OpenApiParameter("customer", OpenApiTypes.STR),
    OpenApiParameter("grade", OpenApiTypes.STR, description="Grades, separated by commas."),
    OpenApiParameter("overdue", OpenApiTypes.BOOL),
    OpenApiParameter("bucket", OpenApiTypes.INT, description="Position of an age range."),
    OpenApiParameter("sort", OpenApiTypes.STR, description="A column; - in front: descending."),
    OpenApiParameter("page", OpenApiTypes.INT),
    OpenApiParameter("page_size", OpenApiTypes.INT),
]


class AgingViewSet(viewsets.ViewSet):
    """Receivables by age; totals are over all rows, not the page."""

    permission = "aging.view"

    @extend_schema(parameters=_PARAMETERS, responses={200: OpenApiTypes.OBJECT})
    def list(self, request: Request) -> Response:
        return Response(_answer(request.query_params, request.user))


class CustomerAgingView(APIView):
    """The aging of one customer; its open items are under `invoices`."""

    permission = "aging.view"

    @extend_schema(parameters=_PARAMETERS, responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, code: str) -> Response:
        customer = Customer.objects.for_user(request.user).filter(code=code).first()
        if customer is None:
            raise NotFound(_("There is no such customer, or it is not yours to see."))
        query = request.query_params.copy()
        query["customer"], query["by"] = customer.code, "customer"
        return Response(_answer(query, request.user))


def _answer(query: QueryDict, user: Any) -> dict[str, Any]:
    """Read the question, ask it, and describe the answer. Raises ValidationError."""
    question, form = read_question(query)
    if form.errors:
        raise serializers.ValidationError(
            {name: [str(e) for e in errors] for name, errors in form.errors.items()}
        )
    report = question.ask(user)
    ids = [row.customer_id for row in report.rows if row.customer_id]
    ratings = get_current_ratings(customer_ids=ids, as_of=question.as_of) if ids else {}
    grades = {pk: rating.grade for pk, rating in ratings.items()}
    return describe(report, grades) | {"page": question.page, "page_size": question.page_size}


def describe(report: AgingReport, grades: dict[int, str]) -> dict[str, Any]:
    """Return the report as JSON types: amounts as text in the report's currency."""
    return {
        "as_of": report.as_of.isoformat(),
        "known_at": report.known_at.isoformat() if report.known_at else None,
        "basis": report.basis,
        "by": report.by,
        "currency": report.currency,
        "buckets": [
            {"label": bucket.label, "from": bucket.first or 0, "to": bucket.last}
            for bucket in report.bucket_ranges
        ],
        "totals": _amounts(report.totals, report),
        "rows": [
            {
                "key": row.key,
                "name": row.name,
                "grade": grades.get(row.customer_id or 0),
                **_amounts(row, report),
            }
            for row in report.rows
        ],
        "count": report.count,
        "rates": {code: format(rate, "f") for code, rate in report.rates.items()},
        "unconverted": {code: _text(a, code) for code, a in report.unconverted.items()},
        "unidentified": {code: _text(a, code) for code, a in report.unidentified.items()},
    }


def _amounts(row: AgingRow, report: AgingReport) -> dict[str, Any]:
    ratio = row.overdue_ratio
    return {
        "total": _text(row.total, report.currency),
        "not_due": _text(row.not_due, report.currency),
        "buckets": [_text(amount, report.currency) for amount in row.buckets],
        "unapplied": _text(row.unapplied, report.currency),
        "disputed": _text(row.disputed, report.currency),
        "overdue_ratio": None if ratio is None else format(ratio, "f"),
    }


def _text(amount: Decimal, currency: str) -> str:
    return format(round_money(amount, currency), "f")
