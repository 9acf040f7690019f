"""Shapes of this app over the API: a customer is named by its code, amounts are strings."""

from typing import Any

from rest_framework import serializers

from collection.models import DunningNotice, DunningRun, NoticeItem, PromiseToPay
from customers.models import Contact


class RunSerializer(serializers.ModelSerializer[DunningRun]):
    company = serializers.CharField(source="company.code")
    letters = serializers.IntegerField()
    waiting = serializers.IntegerField()
    left_out = serializers.IntegerField()
    sent = serializers.IntegerField()
    failed = serializers.IntegerField()

    class Meta:
        model = DunningRun
        fields = ["id", "company", "as_of", "state", "letters", "waiting", "left_out", "sent",
                  "failed", "created_at"]  # fmt: skip


class NoticeItemSerializer(serializers.ModelSerializer[NoticeItem]):
    invoice = serializers.CharField(source="due_line.invoice.number")
    line_no = serializers.IntegerField(source="due_line.line_no")
    currency = serializers.CharField(source="due_line.currency")

    class Meta:
        model = NoticeItem
        fields = ["invoice", "line_no", "due_date", "days_past_due", "level", "previous_level",
                  "raised", "open_amount", "currency", "cancelled"]  # fmt: skip


class NoticeSerializer(serializers.ModelSerializer[DunningNotice]):
    customer = serializers.CharField(source="customer.code")
    company = serializers.CharField(source="company.code")
    message_state = serializers.CharField(source="message.state", default=None, allow_null=True)
    items = NoticeItemSerializer(many=True)

    class Meta:
        model = DunningNotice
        fields = ["id", "key", "kind", "run", "company", "customer", "as_of", "level", "is_final",
                  "language", "currency", "total", "fees", "interest", "deadline", "channel",
                  "recipient", "state", "exclude_reason", "message_state", "pdf_sha256", "sent_at",
                  "items"]  # fmt: skip


class PromiseSerializer(serializers.ModelSerializer[PromiseToPay]):
    customer = serializers.CharField(source="customer.code")
    company = serializers.CharField(source="company.code")
    due_lines = serializers.SerializerMethodField()

    class Meta:
        model = PromiseToPay
        fields = ["id", "customer", "company", "amount", "currency", "promise_date", "made_on",
                  "given_by", "channel", "note", "state", "evaluated_on", "paid_in_time",
                  "due_lines"]  # fmt: skip

    def get_due_lines(self, promise: PromiseToPay) -> list[dict[str, Any]]:
        return [
            {"invoice": item.due_line.invoice.number, "line_no": item.due_line.line_no}
            for item in promise.items.all()
        ]


class PrepareRunSerializer(serializers.Serializer[Any]):
    company = serializers.CharField(max_length=32)
    as_of = serializers.DateField(required=False)


class PromiseLineSerializer(serializers.Serializer[Any]):
    invoice = serializers.CharField(max_length=40)
    line_no = serializers.IntegerField(default=1)


class NewPromiseSerializer(serializers.Serializer[Any]):
    customer = serializers.CharField(max_length=32)
    due_lines = PromiseLineSerializer(many=True, allow_empty=False)
    amount = serializers.DecimalField(max_digits=20, decimal_places=3)
    promise_date = serializers.DateField()
    given_by = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    channel = serializers.ChoiceField(choices=Contact.Channel.choices, default="PHONE")
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
