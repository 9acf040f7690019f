"""The API of documents: scoped lists, and the few deeds that other systems do."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ScopedListViewSet, idempotent
from common.clock import business_today
from common.errors import InvalidInput
from customers.models import Company, Customer
from receivables import filters, serializers
from receivables.models import (
    Application,
    Delivery,
    Dispute,
    DueLine,
    Invoice,
    Order,
    Receipt,
)
from receivables.services import (
    apply_amounts,
    apply_receipt,
    record_receipt,
    reverse_application,
)


class InvoiceViewSet(ScopedListViewSet):
    """Documents, newest first."""

    permission = "invoice.view"
    queryset = (
        Invoice.objects.select_related("customer", "company", "payment_term")
        .prefetch_related("due_lines")
        .order_by("-doc_date", "-pk")
    )
    serializer_class = serializers.InvoiceSerializer
    filterset_class = filters.InvoiceFilter


class ReceiptViewSet(ScopedListViewSet):
    """Receipts, newest first; booking one, and applying one."""

    permission = "receipt.view"
    permissions_by_method = {"POST": "receipt.post"}
    queryset = Receipt.objects.select_related("customer", "company").order_by("-value_date", "-pk")
    serializer_class = serializers.ReceiptSerializer
    filterset_class = filters.ReceiptFilter

    @idempotent
    def create(self, request: Request) -> Response:
        """Book a receipt; with `apply` it is applied at once as the rules say."""
        form = serializers.NewReceiptSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = dict(form.validated_data)
        company = find_company(said.pop("company"))
        customer = find_customer(said.pop("customer"), request.user)
        should_apply = said.pop("apply")
        as_of = business_today()
        receipt = record_receipt(
            company=company, customer=customer, as_of=as_of, actor=request.user, **said
        )
        if should_apply:
            apply_receipt(receipt=receipt, as_of=as_of, actor=request.user)
            receipt.refresh_from_db()
        return Response(self.get_serializer(receipt).data, status=201)

    @action(detail=True, methods=["post"])
    @idempotent
    def apply(self, request: Request, pk: Any = None) -> Response:
        """Apply a receipt: to the parts given, else as the rules say."""
        receipt = self.get_object()
        form = serializers.ApplySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        as_of = read_day(form.validated_data)
        parts = form.validated_data.get("parts")
        answer: dict[str, Any] = {"confidence": "AUTO", "rule": "BY_HAND", "candidates": []}
        if parts:
            apply_amounts(
                receipt=receipt,
                parts=find_parts(parts, receipt),
                applied_on=as_of,
                actor=request.user,
            )
        else:
            proposal = apply_receipt(receipt=receipt, as_of=as_of, actor=request.user)
            if proposal is not None:
                answer = {
                    "confidence": proposal.match.confidence.value,
                    "rule": proposal.match.rule.value,
                    "candidates": [
                        [item.number for item in chosen] for chosen in proposal.candidates
                    ],
                }
        receipt.refresh_from_db()
        return Response(answer | {"receipt": self.get_serializer(receipt).data})


class ApplicationViewSet(ScopedListViewSet):
    """Applications and their undoing, newest first."""

    permission = "receipt.view"
    permissions_by_method = {"POST": "receipt.reverse"}
    queryset = Application.objects.select_related(
        "due_line__invoice", "due_line__customer", "receipt", "credit_line__invoice"
    ).order_by("-applied_on", "-pk")
    serializer_class = serializers.ApplicationSerializer
    filterset_class = filters.ApplicationFilter

    @action(detail=True, methods=["post"])
    @idempotent
    def reverse(self, request: Request, pk: Any = None) -> Response:
        """Undo an application; both rows stay."""
        application = self.get_object()
        form = serializers.ReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        undone = reverse_application(
            application=application,
            as_of=read_day(form.validated_data),
            reason=form.validated_data["reason"],
            actor=request.user,
        )
        return Response(self.get_serializer(undone).data, status=201)


class OrderViewSet(ScopedListViewSet):
    """Orders, newest first."""

    permission = "customer.view"
    queryset = (
        Order.objects.select_related("customer", "company", "payment_term")
        .prefetch_related("lines")
        .order_by("-order_date", "-pk")
    )
    serializer_class = serializers.OrderSerializer
    filterset_class = filters.OrderFilter


class DeliveryViewSet(ScopedListViewSet):
    """Deliveries, newest first."""

    permission = "customer.view"
    queryset = Delivery.objects.select_related("order__customer").order_by("-shipped_at", "-pk")
    serializer_class = serializers.DeliverySerializer
    filterset_class = filters.DeliveryFilter


class DisputeViewSet(ScopedListViewSet):
    """Disputes, newest first."""

    permission = "invoice.view"
    queryset = Dispute.objects.select_related("due_line__invoice", "due_line__customer").order_by(
        "-raised_on", "-pk"
    )
    serializer_class = serializers.DisputeSerializer
    filterset_class = filters.DisputeFilter


def read_day(said: dict[str, Any]) -> date:
    """Return the day that a deed counts from: today when none is said. Raises InvalidInput."""
    today = business_today()
    day: date = said.get("as_of") or today
    if day > today:
        raise InvalidInput(_("Choose today or an earlier day."), field="as_of", value=day)
    return day


def find_company(code: str) -> Company:
    """Return the company named, or the only one. Raises InvalidInput."""
    companies = Company.objects.filter(code=code) if code else Company.objects.all()
    found = list(companies[:2])
    if len(found) != 1:
        raise InvalidInput(_("Name one of our companies."), field="company", value=code)
    return found[0]


def find_customer(code: str, user: Any) -> Customer | None:
    """Return the customer named, None when none is named. Raises InvalidInput."""
    if not code:
        return None
    customer: Customer | None = Customer.objects.for_user(user).filter(code=code).first()
    if customer is None:
        raise InvalidInput(
            _("No customer has this code."), field="customer", code="UNKNOWN_CODE", value=code
        )
    return customer


def find_parts(parts: list[dict[str, Any]], receipt: Receipt) -> list[tuple[int, Any]]:
    """Return due lines and amounts; items are named by id, or by invoice and line."""
    lines = DueLine.objects.filter(company=receipt.company_id, customer=receipt.customer_id)
    named = {
        (number, line_no): pk
        for number, line_no, pk in lines.filter(
            invoice__number__in=[p["invoice"] for p in parts if p.get("invoice")]
        ).values_list("invoice__number", "line_no", "pk")
    }
    found = []
    for part in parts:
        pk = part.get("due_line") or named.get((part.get("invoice", ""), part["line_no"]))
        if pk is None:
            raise InvalidInput(
                _("This customer has no such item."),
                field="parts",
                code="UNKNOWN_ITEM",
                value=part.get("invoice", ""),
            )
        found.append((pk, part["amount"]))
    return found
