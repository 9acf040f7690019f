"""Shapes of this app's API: amounts and scores as text, customers by code."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS
from scoring.domain.statements.statements import NON_COMPARABLE_REASONS, STANDARDS
from scoring.models import Rating, Statement, StatementLine
from scoring.services.statements import UNITS
from scoring.texts import tell_reason


class RatingSerializer(serializers.ModelSerializer[Rating]):
    customer: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    grade = serializers.SerializerMethodField()
    is_trading_blocked = serializers.BooleanField(read_only=True)
    policy = serializers.IntegerField(source="policy_id", read_only=True)

    class Meta:
        model = Rating
        fields: ClassVar[list[str]] = [
            "id", "customer", "as_of", "valid_to", "grade", "is_trading_blocked", "risk_class", "score",
            "financial_score", "qualitative_score", "z_model", "z_value", "z_band", "pd_12m",
            "suggested_limit", "limit_currency", "policy", "recorded_at",
        ]  # fmt: skip

    def get_grade(self, rating: Rating) -> str | None:
        """Return the grade; none while a sanctions hit blocks all trade."""
        return None if rating.is_trading_blocked else rating.shown_grade


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


class StatementGivenSerializer(serializers.Serializer[Any]):
    """What a POST brings: the header, and the lines by machine name as text or number."""

    customer = serializers.CharField(max_length=32)
    period_end = serializers.DateField()
    months = serializers.IntegerField(min_value=1, max_value=18, default=12)
    kind = serializers.ChoiceField(choices=Statement.Kind.choices, default=Statement.Kind.ANNUAL)
    form = serializers.ChoiceField(choices=Statement.Form.choices, default=Statement.Form.FULL)
    gaap = serializers.ChoiceField(choices=STANDARDS, default="CAS")
    consolidated = serializers.BooleanField(default=False)
    opinion = serializers.ChoiceField(
        choices=Statement.Opinion.choices, default=Statement.Opinion.UNAUDITED
    )
    auditor = serializers.CharField(max_length=100, default="", allow_blank=True)
    currency = serializers.CharField(max_length=3, default="CNY")
    unit = serializers.ChoiceField(choices=UNITS, default=1)
    complete = serializers.BooleanField(default=False)
    non_comparable = serializers.ChoiceField(
        choices=("", *NON_COMPARABLE_REASONS), default="", allow_blank=True
    )
    received_on = serializers.DateField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)
    expected_version = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    lines = serializers.DictField(
        child=serializers.DecimalField(max_digits=18, decimal_places=3), allow_empty=False
    )
    opening = serializers.DictField(
        child=serializers.DecimalField(max_digits=18, decimal_places=3), required=False
    )

    def validate_lines(self, lines: dict[str, Any]) -> dict[str, Any]:
        return _known_lines(lines)

    def validate_opening(self, lines: dict[str, Any]) -> dict[str, Any]:
        return _known_lines(lines)


def _known_lines(lines: dict[str, Any]) -> dict[str, Any]:
    """Refuse names that are no line of a statement."""
    unknown = [name for name in lines if name not in ITEMS and name not in DERIVED_ITEMS]
    if unknown:
        raise serializers.ValidationError(
            _("No line of a statement is called %(names)s.")
            % {"names": ", ".join(name[:40] for name in unknown[:5])},
            code="UNKNOWN_ITEM",
        )
    return lines
