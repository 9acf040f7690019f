"""Shapes of this app's API: amounts and scores as text, customers by code."""

from typing import Any, ClassVar

from rest_framework import serializers

from scoring.models import Rating, Statement, StatementLine
from scoring.texts import tell_reason


class RatingSerializer(serializers.ModelSerializer[Rating]):
    customer: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    grade = serializers.SerializerMethodField()
    policy = serializers.IntegerField(source="policy_id", read_only=True)

    class Meta:
        model = Rating
        fields: ClassVar[list[str]] = [
            "id", "customer", "as_of", "valid_to", "grade", "risk_class", "score",
            "financial_score", "qualitative_score", "z_model", "z_value", "z_band", "pd_12m",
            "suggested_limit", "limit_currency", "policy", "recorded_at",
        ]  # fmt: skip

    def get_grade(self, rating: Rating) -> str:
        return f"{rating.grade}{rating.modifier}"


class RatingDetailSerializer(RatingSerializer):
    """One rating with what it was concluded from, and why in words."""

    reasons = serializers.SerializerMethodField()

    class Meta(RatingSerializer.Meta):
        fields: ClassVar[list[str]] = [
            *RatingSerializer.Meta.fields, "statement", "assessment", "components", "caps",
            "reasons",
        ]  # fmt: skip

    def get_reasons(self, rating: Rating) -> list[dict[str, Any]]:
        return [reason | {"text": tell_reason(reason)} for reason in rating.reasons]


class StatementLineSerializer(serializers.ModelSerializer[StatementLine]):
    class Meta:
        model = StatementLine
        fields: ClassVar[list[str]] = ["item", "amount"]


class StatementSerializer(serializers.ModelSerializer[Statement]):
    customer: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = Statement
        fields: ClassVar[list[str]] = [
            "id", "customer", "period_end", "months", "kind", "form", "gaap", "consolidated",
            "opinion", "auditor", "currency", "unit", "complete", "non_comparable", "source",
            "received_on", "version", "superseded_by", "doubtful", "accepted_on", "recorded_at",
        ]  # fmt: skip


class StatementDetailSerializer(StatementSerializer):
    """One statement with its lines, in its own unit, and what does not add up."""

    lines = StatementLineSerializer(many=True, read_only=True)

    class Meta(StatementSerializer.Meta):
        fields: ClassVar[list[str]] = [*StatementSerializer.Meta.fields, "findings", "lines"]
