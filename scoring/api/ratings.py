"""The API of this app: ratings and statements, to look at."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ScopedListViewSet, idempotent
from common.clock import business_today
from common.errors import NotFound
from customers.models import Customer
from customers.selectors import get_customer
from scoring.models import Rating, Statement
from scoring.serializers.ratings import (
    RatingDetailSerializer,
    RatingSerializer,
    StatementDetailSerializer,
    StatementGivenSerializer,
    StatementSerializer,
)
from scoring.services.statements import save_statement
from users.permissions import require


class RatingViewSet(ScopedListViewSet):
    """Ratings, newest first; `?customer=CODE` narrows them."""

    permission = "rating.view"
    queryset = Rating.objects.select_related("customer").order_by("-as_of", "-id")

    def get_queryset(self) -> Any:
        return _narrow(super().get_queryset(), self.request)

    def get_serializer_class(self) -> Any:
        return RatingDetailSerializer if self.action == "retrieve" else RatingSerializer


class StatementViewSet(ScopedListViewSet):
    """Statements, newest period first; `?customer=CODE` narrows them. One statement has its lines.

    POST stores one: a period that stands already gets a new version.
    """

    permission = "statement.view"
    permissions_by_method: ClassVar[dict[str, str]] = {"POST": "statement.enter"}
    queryset = Statement.objects.select_related("customer").order_by(
        "-period_end", "customer_id", "-version"
    )

    def get_queryset(self) -> Any:
        rows = _narrow(super().get_queryset(), self.request)
        return rows.prefetch_related("lines") if self.action == "retrieve" else rows

    def get_serializer_class(self) -> Any:
        return StatementSerializer if self.action == "list" else StatementDetailSerializer

    @extend_schema(request=StatementGivenSerializer, responses={201: StatementDetailSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Store a statement; 200 when the same figures stand already."""
        body = StatementGivenSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        today = business_today()
        saved = save_statement(
            customer=get_customer(data.pop("customer"), user=request.user),
            as_of=today,
            actor=request.user,
            **data | {"unit": int(data["unit"]), "received_on": data.get("received_on") or today},
        )
        answer = self.get_serializer(saved.statement).data | {"outcome": saved.outcome}
        return Response(answer, status=201 if saved.created else 200)


class CustomerRatingsView(ListAPIView[Rating]):
    """The ratings of one customer, newest first."""

    serializer_class = RatingSerializer
    permission = "rating.view"
    queryset = Rating.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require(self.request.user, self.permission)
        customer = Customer.objects.for_user(self.request.user).filter(code=self.kwargs["code"])
        found = customer.first()
        if found is None:
            raise NotFound
        return found_ratings(found)

    @extend_schema(operation_id="customers_ratings_list")
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().get(request, *args, **kwargs)


def found_ratings(customer: Customer) -> Any:
    return (
        Rating.objects.filter(customer=customer)
        .select_related("customer")
        .order_by("-as_of", "-id")
    )


def _narrow(rows: Any, request: Any) -> Any:
    code = request.query_params.get("customer", "") if hasattr(request, "query_params") else ""
    return rows.filter(customer__code=code) if code else rows
