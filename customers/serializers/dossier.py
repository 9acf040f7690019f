"""Facts as the API writes and reads them."""

from typing import Any

from rest_framework import serializers

from customers.domain.facts import FIELDS
from customers.models import Fact, SourceClass


class FactSerializer(serializers.ModelSerializer[Fact]):
    """One fact; `number` is a decimal as text, null where the value is none."""

    customer = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated]
    entered_by = serializers.SlugRelatedField(slug_field="username", read_only=True)  # type: ignore[var-annotated]
    verified_by = serializers.SlugRelatedField(slug_field="username", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Fact
        fields = (
            "id",
            "customer",
            "field",
            "value",
            "number",
            "unit",
            "as_of",
            "obtained_on",
            "source_class",
            "source_name",
            "confidence",
            "entered_by",
            "verified_by",
            "recorded_at",
        )


class FactWriteSerializer(serializers.Serializer[Any]):
    """A fact to record: `as_of` is the day or period end that the value is about."""

    customer = serializers.CharField(max_length=32)
    field = serializers.ChoiceField(choices=sorted(FIELDS))
    value = serializers.CharField(max_length=500)
    as_of = serializers.DateField()
    source_class = serializers.ChoiceField(choices=SourceClass.choices)
    source_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    confidence = serializers.ChoiceField(choices=["STATED", "HEARSAY"], required=False)
    obtained_on = serializers.DateField(required=False)
