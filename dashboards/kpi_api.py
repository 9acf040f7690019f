"""The key figures over the API: value, change, course, formula terms."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.clock import business_today
from common.errors import InvalidInput
from common.jsonable import to_jsonable
from dashboards.kpis import Kpi, get_overview


class TermSerializer(serializers.Serializer[Any]):
    """One input of a formula."""

    name = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    unit = serializers.CharField()


class PointSerializer(serializers.Serializer[Any]):
    """The figure on one day."""

    as_of = serializers.DateField()
    value = serializers.CharField(allow_null=True)


class KpiSerializer(serializers.Serializer[Any]):
    """One key figure."""

    code = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    unit = serializers.CharField()
    change = serializers.CharField(allow_null=True)
    change_unit = serializers.CharField()
    terms = TermSerializer(many=True)
    series = PointSerializer(many=True)


class KpisSerializer(serializers.Serializer[Any]):
    """The key figures of a day."""

    as_of = serializers.DateField()
    period = serializers.CharField()
    start = serializers.DateField()
    currency = serializers.CharField()
    kpis = KpiSerializer(many=True)


class KpiView(APIView):
    """`GET kpis/?as_of=&period=month|year|ytd`: the figures of the overview, as the caller may see."""

    permission = "overview.view"

    @extend_schema(
        parameters=[
            OpenApiParameter("as_of", OpenApiTypes.DATE),
            OpenApiParameter("period", enum=["month", "year", "ytd"]),
        ],
        responses=KpisSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return the six figures."""
        as_of = _read_day(request.query_params.get("as_of", ""))
        period = request.query_params.get("period") or "year"
        picture = get_overview(user=request.user, as_of=as_of, period=period)
        return Response(
            {
                "as_of": as_of,
                "period": picture.period.code.value,
                "start": picture.period.start,
                "currency": picture.currency,
                "kpis": [_describe(kpi) for kpi in picture.kpis],
            }
        )


def _read_day(text: str) -> date:
    if not text:
        return business_today()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            _("Enter a date as YYYY-MM-DD."), field="as_of", code="INVALID_DATE", value=text
        ) from None
    if not date(1990, 1, 1) <= day <= date(2100, 1, 1):
        raise InvalidInput(
            _("Enter a date between 1990 and 2100."), field="as_of", code="INVALID_DATE", value=text
        )
    return day


def _describe(kpi: Kpi) -> dict[str, Any]:
    return {
        "code": kpi.code,
        "value": _text(kpi.value),
        "unit": kpi.unit.value,
        "change": _text(kpi.change),
        "change_unit": kpi.change_unit.value,
        "terms": [
            {"name": term.name, "value": _text(term.value), "unit": term.unit.value}
            for term in kpi.terms
        ],
        "series": [{"as_of": day.isoformat(), "value": _text(value)} for day, value in kpi.series],
    }


def _text(value: Decimal | date | None) -> str | None:
    return None if value is None else str(to_jsonable(value))
