"""The API of this app: ratings and statements, to look at."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView

from common.api import ScopedListViewSet
from common.errors import NotFound
from customers.models import Customer
from scoring.models import Rating, Statement
from scoring.serializers import (
    RatingDetailSerializer,
    RatingSerializer,
    StatementDetailSerializer,
    StatementSerializer,
)
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
    """Statements, newest period first; `?customer=CODE` narrows them. One statement has its lines."""

    permission = "statement.view"
    queryset = Statement.objects.select_related("customer").order_by(
        "-period_end", "customer_id", "-version"
    )

    def get_queryset(self) -> Any:
        rows = _narrow(super().get_queryset(), self.request)
        return rows.prefetch_related("lines") if self.action == "retrieve" else rows

    def get_serializer_class(self) -> Any:
        return StatementDetailSerializer if self.action == "retrieve" else StatementSerializer


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
