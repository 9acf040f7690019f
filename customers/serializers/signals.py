"""Signals and list checks as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from customers.models import ListCheck, Signal
from customers.words.signals import describe_signal, signal_name


class SignalSerializer(serializers.ModelSerializer[Signal]):
    """A signal as it is read, with its words in the language asked for."""

    customer = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated]
    owner = serializers.SlugRelatedField(slug_field="username", read_only=True)  # type: ignore[var-annotated]
    raised_by = serializers.SlugRelatedField(slug_field="username", read_only=True)  # type: ignore[var-annotated]
    name = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    class Meta:
        model = Signal
        fields = (
            "id", "customer", "code", "name", "severity", "origin", "raised_on", "facts", "text",
            "note", "state", "action", "owner", "due_at", "raised_by", "recorded_at",
        )  # fmt: skip

    def get_name(self, signal: Signal) -> str:
        return signal_name(signal.code)

    def get_text(self, signal: Signal) -> str:
        return describe_signal(signal.code, signal.facts) or signal.note


class SignalWriteSerializer(serializers.Serializer[dict[str, Any]]):
    """A signal that another system or a person saw."""

    customer = serializers.CharField(max_length=32)
    code = serializers.CharField(max_length=3)
    severity = serializers.ChoiceField(choices=Signal.Severity.values)
    raised_on = serializers.DateField()
    note = serializers.CharField(max_length=500)
    reference = serializers.CharField(max_length=100, required=False, default="")


class ListCheckSerializer(serializers.ModelSerializer[ListCheck]):
    """A look at a public list as it is read."""

    customer = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated]
    checked_by = serializers.SlugRelatedField(slug_field="username", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = ListCheck
        fields = (
            "id", "customer", "kind", "checked_on", "result", "match", "details", "listed_on",
            "removed_on", "origin", "source_name", "note", "checked_by", "recorded_at",
        )  # fmt: skip


class ListCheckRowSerializer(serializers.Serializer[dict[str, Any]]):
    """One look of a bundle."""

    kind = serializers.ChoiceField(choices=ListCheck.Kind.values)
    checked_on = serializers.DateField()
    result = serializers.ChoiceField(choices=ListCheck.Result.values)
    match = serializers.ChoiceField(
        choices=ListCheck.Match.values, required=False, allow_blank=True, default=""
    )
    details = serializers.DictField(required=False, default=dict)
    listed_on = serializers.DateField(required=False, allow_null=True, default=None)
    removed_on = serializers.DateField(required=False, allow_null=True, default=None)
    source_name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default=""
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ListCheckWriteSerializer(serializers.Serializer[dict[str, Any]]):
    """A bundle of looks at public lists for one customer: all are taken, or none."""

    checks = ListCheckRowSerializer(many=True, allow_empty=False, max_length=100)  # type: ignore[call-arg]


__all__ = [
    "ListCheckSerializer",
    "ListCheckWriteSerializer",
    "SignalSerializer",
    "SignalWriteSerializer",
]
