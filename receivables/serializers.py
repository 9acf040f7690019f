"""Documents as the API says them: explicit fields, amounts as text, customers by their code."""

from typing import Any

from rest_framework import serializers

from common.money import CURRENCIES
from receivables.models import (
    Application,
    Delivery,
    Dispute,
    DueLine,
    Invoice,
    Order,
    OrderLine,
    Receipt,
)


def amount_field(**kwargs: Any) -> serializers.DecimalField:
    """An amount as text, never a float."""
    return serializers.DecimalField(max_digits=20, decimal_places=3, **kwargs)


class DueLineSerializer(serializers.ModelSerializer[DueLine]):
    class Meta:
        model = DueLine
        fields = (
            "id",
            "line_no",
            "nominal_due_date",
            "due_date",
            "amount",
            "open_amount",
            "closed_on",
            "disputed_amount",
            "dunning_level",
            "last_dunned_on",
            "dunning_blocked_until",
        )


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    customer = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    company = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    payment_term = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    open_amount = serializers.SerializerMethodField()
    due_lines = DueLineSerializer(many=True, read_only=True)

    class Meta:
        model = Invoice
        fields = (
            "id",
            "number",
            "doc_type",
            "company",
            "customer",
            "doc_date",
            "posting_date",
            "base_date",
            "payment_term",
            "currency",
            "net",
            "tax",
            "gross",
            "open_amount",
            "tax_invoice_no",
            "order_no",
            "delivery_no",
            "contract_no",
            "reference_no",
            "structured_ref",
            "due_lines",
        )

    def get_open_amount(self, row: Invoice) -> str:
        return format(sum(line.open_amount for line in row.due_lines.all()) or 0, ".3f")


class ApplicationSerializer(serializers.ModelSerializer[Application]):
    invoice = serializers.CharField(source="due_line.invoice.number", read_only=True)
    line_no = serializers.IntegerField(source="due_line.line_no", read_only=True)
    customer = serializers.CharField(source="due_line.customer.code", read_only=True)
    receipt = serializers.SlugRelatedField[Any](slug_field="number", read_only=True)
    credit_note = serializers.CharField(
        source="credit_line.invoice.number", read_only=True, default=None
    )

    class Meta:
        model = Application
        fields = (
            "id",
            "customer",
            "invoice",
            "line_no",
            "due_line",
            "receipt",
            "credit_note",
            "amount",
            "applied_on",
            "rule",
            "reason",
            "reverses",
            "recorded_at",
        )


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    customer = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    company = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)

    class Meta:
        model = Receipt
        fields = (
            "id",
            "number",
            "company",
            "customer",
            "value_date",
            "posting_date",
            "currency",
            "amount",
            "unapplied_amount",
            "payer_name",
            "bank_ref",
            "remittance",
            "structured_ref",
            "method",
            "state",
            "match_rule",
            "returned_on",
        )


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    class Meta:
        model = OrderLine
        fields = (
            "line_no",
            "quantity",
            "unit_price_net",
            "tax_pct",
            "freight_net",
            "delivered_qty",
            "cancelled_qty",
        )


class OrderSerializer(serializers.ModelSerializer[Order]):
    customer = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    company = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    payment_term = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    lines = OrderLineSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "order_no",
            "company",
            "customer",
            "order_date",
            "ship_date",
            "payment_term",
            "currency",
            "state",
            "credit_status",
            "open_value",
            "version",
            "lines",
        )


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    order_no = serializers.CharField(source="order.order_no", read_only=True)
    customer = serializers.CharField(source="order.customer.code", read_only=True)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "delivery_no",
            "order_no",
            "customer",
            "shipped_at",
            "carrier",
            "signed_at",
            "signed_by",
            "state",
            "open_value",
        )


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    invoice = serializers.CharField(source="due_line.invoice.number", read_only=True)
    customer = serializers.CharField(source="due_line.customer.code", read_only=True)

    class Meta:
        model = Dispute
        fields = (
            "id",
            "customer",
            "invoice",
            "due_line",
            "kind",
            "amount",
            "text",
            "raised_on",
            "closed_on",
            "state",
        )


class NewReceiptSerializer(serializers.Serializer[Any]):
    """A receipt to book; without a customer it is parked as that of an unknown payer."""

    number = serializers.CharField(max_length=40)
    company = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    customer = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    value_date = serializers.DateField()
    currency = serializers.ChoiceField(choices=sorted(CURRENCIES))
    amount = amount_field()
    payer_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    payer_account = serializers.CharField(max_length=40, required=False, allow_blank=True)
    bank_account = serializers.CharField(max_length=40, required=False, allow_blank=True)
    bank_ref = serializers.CharField(max_length=60, required=False, allow_blank=True)
    remittance = serializers.CharField(max_length=500, required=False, allow_blank=True)
    structured_ref = serializers.CharField(max_length=35, required=False, allow_blank=True)
    method = serializers.ChoiceField(choices=Receipt.Method.choices, required=False)
    apply = serializers.BooleanField(required=False, default=False)


class PartSerializer(serializers.Serializer[Any]):
    due_line = serializers.IntegerField(required=False)
    invoice = serializers.CharField(max_length=40, required=False)
    line_no = serializers.IntegerField(required=False, default=1)
    amount = amount_field()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("due_line") and not attrs.get("invoice"):
            raise serializers.ValidationError({"invoice": "Name the invoice or the due line."})
        return attrs


class ApplySerializer(serializers.Serializer[Any]):
    """Which items to pay; without parts the rules decide."""

    as_of = serializers.DateField(required=False)
    parts = PartSerializer(many=True, required=False, allow_empty=False)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)
    as_of = serializers.DateField(required=False)
