"""The API of credit: what is there, the order check, requests and decisions."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api import ScopedListViewSet, idempotent
from common.clock import business_today, now
from common.errors import InvalidInput
from common.jsonable import to_jsonable
from credit_control.models import (
    Approval,
    CreditAccount,
    CreditLimit,
    LimitRequest,
    OrderCheck,
    Reservation,
)
from credit_control.selectors import (
    find_account,
    get_account,
    get_check,
    get_company,
    get_effective_limit,
    get_exposure,
    get_request,
)
from credit_control.serializers import (
    AccountSerializer,
    ApprovalSerializer,
    CheckAskedSerializer,
    DecisionSerializer,
    LimitSerializer,
    OrderCheckSerializer,
    ReduceSerializer,
    RequestAskedSerializer,
    RequestSerializer,
    ReservationSerializer,
)
from credit_control.services import (
    check_order,
    decide_request,
    get_or_create_account,
    reduce_limit,
    release_reservation,
    request_limit,
    withdraw_request,
)
from customers.models import PaymentTerm
from customers.selectors import get_customer


class CustomerFilterMixin:
    """Narrow a list to one customer by `?customer=CODE`, and to a state by `?state=`."""

    customer_path = "account__customer__code"
    filters: ClassVar[dict[str, str]] = {}

    def filter_queryset(self, queryset: Any) -> Any:
        params = self.request.query_params  # type: ignore[attr-defined]
        names = {"customer": self.customer_path, **self.filters}
        for name, path in names.items():
            value = params.get(name)
            if value:
                queryset = queryset.filter(**{path: value.upper()})
        return queryset


def find_term(code: str | None) -> PaymentTerm | None:
    """Return the payment term with this code. Raises InvalidInput when there is none."""
    if not code:
        return None
    term = PaymentTerm.objects.filter(code=code.upper()).first()
    if term is None:
        raise InvalidInput(_("There is no such payment term."), field="payment_term", value=code)
    return term


def _body(request: Request) -> dict[str, Any]:
    """Return the body of a request as names and values; a list has none."""
    return dict(request.data) if isinstance(request.data, dict) else {}


class AccountViewSet(CustomerFilterMixin, ScopedListViewSet):
    permission = "limit.view"
    permissions_by_method: ClassVar[dict[str, str]] = {"POST": "limit.reduce"}
    queryset = CreditAccount.objects.select_related("customer", "company", "payment_term").order_by(
        "customer__code", "pk"
    )
    serializer_class = AccountSerializer
    customer_path = "customer__code"

    @extend_schema(request=ReduceSerializer, responses=LimitSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def reduce(self, request: Request, pk: str) -> Response:
        """Cut the limit of an account, by the credit manager alone."""
        body = ReduceSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        account = get_account(self.get_object().pk, user=request.user)
        row = reduce_limit(
            account=account, as_of=business_today(), actor=request.user, **body.validated_data
        )
        return Response(LimitSerializer(row).data, status=201)


class LimitViewSet(CustomerFilterMixin, ScopedListViewSet):
    permission = "limit.view"
    queryset = CreditLimit.objects.select_related("account__customer", "account__company").order_by(
        "-pk"
    )
    serializer_class = LimitSerializer
    filters: ClassVar[dict[str, str]] = {"state": "state", "kind": "kind"}


class RequestViewSet(CustomerFilterMixin, ScopedListViewSet):
    permission = "limit.view"
    queryset = LimitRequest.objects.select_related(
        "account__customer", "account__company", "payment_term", "requested_by"
    ).order_by("-pk")
    serializer_class = RequestSerializer
    filters: ClassVar[dict[str, str]] = {"state": "state"}

    @property
    def permissions_by_method(self) -> dict[str, str]:
        """Asking and deciding are different people's business."""
        return {"POST": "limit.approve" if self.action == "decide" else "limit.request"}

    @extend_schema(request=RequestAskedSerializer, responses={201: RequestSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask for a limit."""
        body = RequestAskedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        customer = get_customer(data.pop("customer"), user=request.user)
        company = get_company(data.pop("company"))
        account = get_or_create_account(customer=customer, company=company)
        account.customer = customer
        made = request_limit(
            account=account,
            payment_term=find_term(data.pop("payment_term")),
            as_of=business_today(),
            submitted_at=now(),
            actor=request.user,
            **data,
        )
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(request=DecisionSerializer, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def decide(self, request: Request, pk: str) -> Response:
        """Approve, reduce, return or reject a request."""
        body = DecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        found = get_request(self.get_object().pk, user=request.user)
        decided = decide_request(
            request=found,
            as_of=business_today(),
            decided_at=now(),
            actor=request.user,
            **body.validated_data,
        )
        return Response(self.get_serializer(decided).data)

    @extend_schema(request=None, responses=RequestSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take back one's own request; the body may name the `version` that was read."""
        found = get_request(self.get_object().pk, user=request.user)
        version = _body(request).get("version", found.version)
        if not isinstance(version, int):
            raise InvalidInput(_("Enter a whole number."), field="version", value=version)
        done = withdraw_request(
            request=found, version=version, as_of=business_today(), actor=request.user
        )
        return Response(self.get_serializer(done).data)


class ApprovalViewSet(CustomerFilterMixin, ScopedListViewSet):
    permission = "limit.view"
    queryset = Approval.objects.select_related(
        "request__account__customer", "maker", "checker"
    ).order_by("-pk")
    serializer_class = ApprovalSerializer
    customer_path = "request__account__customer__code"


class ReservationViewSet(CustomerFilterMixin, ScopedListViewSet):
    permission = "order_check.view"
    permissions_by_method: ClassVar[dict[str, str]] = {"POST": "order.check"}
    queryset = Reservation.objects.select_related("account__customer").order_by("-pk")
    serializer_class = ReservationSerializer
    filters: ClassVar[dict[str, str]] = {"state": "state"}

    @extend_schema(request=None, responses=ReservationSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def release(self, request: Request, pk: str) -> Response:
        """Give a reservation back."""
        held = self.get_object()
        done = release_reservation(
            reservation=held,
            as_of=business_today(),
            actor=request.user,
            reason=str(_body(request).get("reason", "")),
        )
        return Response(ReservationSerializer(done).data)


class OrderCheckViewSet(CustomerFilterMixin, ScopedListViewSet):
    permission = "order_check.view"
    permissions_by_method: ClassVar[dict[str, str]] = {"POST": "order.check"}
    queryset = OrderCheck.objects.select_related(
        "account__customer", "payment_term", "reservation__account__customer"
    ).order_by("-pk")
    serializer_class = OrderCheckSerializer
    filters: ClassVar[dict[str, str]] = {"decision": "decision", "order_no": "order_no"}

    @extend_schema(request=CheckAskedSerializer, responses={201: OrderCheckSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Decide whether an order may ship; the same order and version gets the same answer."""
        body = CheckAskedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        check = check_order(
            customer=get_customer(data["customer"], user=request.user),
            company=get_company(data["company"]),
            order_no=data["order_no"],
            order_version=data["version"],
            amount=data["amount"],
            currency=data["currency"].upper(),
            ship_date=data["ship_date"],
            payment_term=find_term(data["payment_term"]),
            reserve=data["reserve"],
            as_of=business_today(),
            actor=request.user,
            key=request.headers.get("Idempotency-Key") or None,
        )
        # Read again: a first answer and its repeat must be the same to the letter.
        stored = get_check(check.pk, user=request.user)
        return Response(OrderCheckSerializer(stored).data, status=201)


class CustomerExposureView(APIView):
    """What one customer owes and is about to owe, against the limit."""

    permission = "limit.view"

    @extend_schema(
        parameters=[OpenApiParameter("company", str, required=False)], responses={200: dict}
    )
    def get(self, request: Request, code: str) -> Response:
        customer = get_customer(code, user=request.user)
        company = get_company(request.query_params.get("company", ""))
        account = find_account(customer=customer, company=company) or CreditAccount(
            customer=customer, company=company, currency=company.base_currency
        )
        today = business_today()
        exposure = get_exposure(account=account, as_of=today)
        limit = get_effective_limit(account=account, as_of=today)
        return Response(
            to_jsonable(
                {
                    "customer": customer.code,
                    "company": company.code,
                    "as_of": today,
                    "currency": exposure.currency,
                    "exposure": {
                        "gross": exposure.gross,
                        "net": exposure.net,
                        "components": exposure.components,
                    },
                    "limit": {
                        "total": limit.in_force,
                        "unsecured": limit.unsecured,
                        "temporary": limit.temporary,
                        "valid_through": limit.valid_through,
                        "headroom": limit.in_force - exposure.gross,
                    },
                    "missing_rates": exposure.missing_rates,
                }
            )
        )
