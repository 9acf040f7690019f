"""Facts over REST: what sources say, read within the scope, written one at a time."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ScopedListViewSet, idempotent
from common.clock import business_today
from customers.models import Fact
from customers.selectors import get_customer
from customers.serializers.dossier import FactSerializer, FactWriteSerializer
from customers.services import record_fact


class FactFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    customer = django_filters.CharFilter(field_name="customer__code")
    known_on = django_filters.DateFilter(field_name="obtained_on", lookup_expr="lte")

    class Meta:
        model = Fact
        fields = ("field", "source_class", "confidence")


class FactViewSet(ScopedListViewSet):
    """Facts, newest first. The same word of the same source again is the same fact."""

    queryset = Fact.objects.select_related("customer", "entered_by", "verified_by").order_by("-id")
    serializer_class = FactSerializer
    permission = "customer.view"
    permissions_by_method = {"POST": "fact.record"}
    filterset_class = FactFilterSet

    @extend_schema(request=FactWriteSerializer, responses={201: FactSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        given = FactWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(given.validated_data)
        fact = record_fact(
            customer=get_customer(values.pop("customer"), user=request.user),
            about=values.pop("as_of"),
            actor=request.user,
            as_of=business_today(),
            **values,
        )
        return Response(FactSerializer(fact).data, status=201)
