"""The shapes of `POST scoring/evaluate/`: what is asked, and what is answered."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from scoring.domain.statements.statements import AuditOpinion

MAX_STATEMENTS = 12
MAX_INVOICES = 5000
MAX_PAYMENTS = 100


def _amount(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=30, decimal_places=12, **options)


def _rows(kind: Any, most: int) -> Any:
    """Return a field for at most so many rows of a kind."""
    return kind(many=True, required=False, max_length=most)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": 5},
            {"type": "string", "enum": ["NA", "UNK"]},
        ],
        "nullable": True,
    }
)
class StepField(serializers.JSONField):
    """A step 1 to 5, "NA" for not applicable, null or "UNK" for not known."""


class AskedStatementSerializer(serializers.Serializer[Any]):
    """One statement, amounts by the machine names of their items, in units of `unit_multiplier`."""

    period_end = serializers.DateField()
    months = serializers.IntegerField(default=12)
    audit_opinion = serializers.ChoiceField(
        choices=[opinion.value for opinion in AuditOpinion], default=AuditOpinion.UNAUDITED.value
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", default="CNY")
    unit_multiplier = serializers.ChoiceField(choices=[1, 1000, 10_000, 1_000_000], default=1)
    consolidated = serializers.BooleanField(default=False)
    complete = serializers.BooleanField(default=True)
    condensed = serializers.BooleanField(default=False)
    estimate = serializers.BooleanField(default=False)
    non_comparable = serializers.BooleanField(default=False)
    items = serializers.DictField(child=_amount(allow_null=True))


class AskedProfileSerializer(serializers.Serializer[Any]):
    """What the models must know besides figures; `industry` is a GB/T 4754 code."""

    listed = serializers.BooleanField(default=False)
    industry = serializers.CharField(default="", allow_blank=True, max_length=10)
    sector = serializers.CharField(default="", allow_blank=True, max_length=40)
    founded = serializers.DateField(required=False, allow_null=True)
    suspended_days = serializers.IntegerField(default=0, min_value=0)


class AskedPaymentSerializer(serializers.Serializer[Any]):
    amount = _amount(min_value=0)
    date = serializers.DateField()


class AskedInvoiceSerializer(serializers.Serializer[Any]):
    amount = _amount(min_value=0)
    due = serializers.DateField()
    payments = _rows(AskedPaymentSerializer, MAX_PAYMENTS)


class AskedBehaviourSerializer(serializers.Serializer[Any]):
    """Invoices with their payments; `as_of` is that of the evaluation and may stand here alone."""

    as_of = serializers.DateField(required=False)
    invoices = _rows(AskedInvoiceSerializer, MAX_INVOICES)
    promises_kept = serializers.IntegerField(default=0, min_value=0)
    promises_broken = serializers.IntegerField(default=0, min_value=0)
    unjustified_dispute_ratio = _amount(required=False, allow_null=True, min_value=0, max_value=1)
    limit = _amount(required=False, allow_null=True, min_value=0)


class EvaluationAskedSerializer(serializers.Serializer[Any]):
    """Everything a customer is evaluated from; each part may be left out."""

    statements = _rows(AskedStatementSerializer, MAX_STATEMENTS)
    profile = AskedProfileSerializer(required=False, allow_null=True)
    five_c = serializers.DictField(
        child=serializers.ListField(child=StepField(allow_null=True)),
        required=False,
        allow_null=True,
    )
    characteristics = serializers.DictField(
        child=_amount(allow_null=True), required=False, allow_null=True
    )
    weight_set = serializers.CharField(required=False, allow_null=True, max_length=40)
    behaviour = AskedBehaviourSerializer(required=False, allow_null=True)
    as_of = serializers.DateField(required=False)
    models = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, allow_null=True, max_length=50
    )


class ModelReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    params = serializers.DictField()
    text = serializers.CharField()


class ModelTermSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    input = serializers.CharField(allow_null=True)
    weight = serializers.CharField()
    contribution = serializers.CharField(allow_null=True)


class ModelResultSerializer(serializers.Serializer[Any]):
    """One model: its value is null unless the status is `ok` or `ok_with_guard`."""

    value = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    band = serializers.CharField(allow_null=True)
    terms = ModelTermSerializer(many=True)
    inputs_used = serializers.DictField(child=serializers.CharField(allow_null=True))
    reasons = ModelReasonSerializer(many=True)
    formula_version = serializers.CharField()


class HeldGradeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    grade = serializers.CharField(allow_null=True)
    is_binding = serializers.BooleanField()


class CompositeSerializer(serializers.Serializer[Any]):
    """The rating; `suggested_limit` in single units of the newest statement's currency."""

    score = serializers.CharField(allow_null=True)
    grade = serializers.CharField(allow_null=True)
    risk_class = serializers.CharField(allow_null=True)
    pd_12m = serializers.CharField(allow_null=True)
    suggested_limit = serializers.CharField(allow_null=True)
    reasons = ModelReasonSerializer(many=True)
    caps = HeldGradeSerializer(many=True)


class EvaluationSerializer(serializers.Serializer[Any]):
    models = serializers.DictField(child=ModelResultSerializer())
    composite = CompositeSerializer()
