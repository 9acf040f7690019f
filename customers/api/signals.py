"""Signals and list checks over REST: read within the scope, written through the services."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api import ScopedListViewSet, idempotent
from common.clock import business_today, now
from common.errors import InvalidInput
from customers import services
from customers.models import ListCheck, Signal
from customers.selectors import get_customer, list_checks
from customers.selectors.signals import conceal_strangers
from customers.serializers.signals import (
    ListCheckSerializer,
    ListCheckWriteSerializer,
    SignalSerializer,
    SignalWriteSerializer,
)
from users.permissions import require


class SignalFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    customer = django_filters.CharFilter(field_name="customer__code")
    raised_from = django_filters.DateFilter(field_name="raised_on", lookup_expr="gte")

    class Meta:
        model = Signal
        fields = ("code", "severity", "state")


class SignalViewSet(ScopedListViewSet):
    """Early-warning signals, newest first; POST raises one that our own data cannot know."""

    queryset = Signal.objects.select_related("customer", "owner", "raised_by").order_by(
        "-raised_on", "-id"
    )
    serializer_class = SignalSerializer
    permission = "signal.view"
    permissions_by_method = {"POST": "signal.raise"}
    filterset_class = SignalFilterSet

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        conceal_strangers(page or [], user=self.request.user)
        return page

    def get_object(self) -> Signal:
        signal: Signal = super().get_object()
        conceal_strangers([signal], user=self.request.user)
        return signal

    @extend_schema(request=SignalWriteSerializer, responses={201: SignalSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        given = SignalWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        signal, is_new = services.raise_by_hand(
            customer=get_customer(values.pop("customer"), user=request.user),
            actor=request.user,
            as_of=business_today(),
            at=now(),
            origin="API",
            **values,
        )
        return Response(SignalSerializer(signal).data, status=201 if is_new else 200)


class CustomerChecksView(APIView):
    """Looks at public lists for one customer: GET the newest, POST a bundle of new ones."""

    permission = "customer.view"
    permissions_by_method = {"POST": "check.record"}

    @extend_schema(operation_id="customer_checks_list", responses=ListCheckSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        customer = get_customer(code, user=request.user)
        rows = list_checks(customer).select_related("customer", "checked_by")[:200]
        return Response(ListCheckSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="customer_checks_create",
        request=ListCheckWriteSerializer,
        responses={201: ListCheckSerializer(many=True)},
    )
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        require(request.user, "check.record")
        customer = get_customer(code, user=request.user)
        given = ListCheckWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        checks: list[Any] = [
            services.NewCheck(customer_id=customer.pk, origin="API", **row)
            for row in given.validated_data["checks"]
        ]
        today = business_today()
        for n, check in enumerate(checks):
            try:
                services.check_new_check(check, as_of=today)
            except InvalidInput as error:
                error.field = f"checks[{n}].{error.field}"
                raise
        rows: list[ListCheck] = services.record_checks(
            checks, actor=request.user, as_of=today, at=now()
        )
        for row in rows:
            row.customer = customer
        return Response(ListCheckSerializer(rows, many=True).data, status=201)
