"""Parties as the API shows and takes them; a customer is named by its code everywhere."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from common.models import Event
from customers.models import (
    Contact,
    Customer,
    CustomerGroup,
    PaymentTerm,
    Task,
)
from users.models import User


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """A customer as it is read."""

    group = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated]
    parent = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated, assignment]
    payment_term = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated]
    sales_owner = serializers.SlugRelatedField(slug_field="username", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Customer
        fields = (
            "code",
            "name",
            "name_en",
            "short_name",
            "former_names",
            "country",
            "kind",
            "roles",
            "uscc",
            "vat_no",
            "lei",
            "group",
            "parent",
            "industry",
            "listed",
            "employees",
            "revenue_cny",
            "assets_cny",
            "founded",
            "registered_capital",
            "currency",
            "payment_term",
            "language",
            "sales_owner",
            "region",
            "relationship_since",
            "address",
            "phone",
            "email",
            "segment",
            "state",
            "state_reason",
            "apply_oldest_first",
            "dunning_blocked_until",
            "version",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class CustomerWriteSerializer(serializers.Serializer[Any]):
    """A customer as it is written; what is left out stays as it is. The rules are the service's."""

    code = serializers.CharField(max_length=32, required=False, allow_blank=True)
    name = serializers.CharField(max_length=200)
    name_en = serializers.CharField(max_length=200, required=False, allow_blank=True)
    short_name = serializers.CharField(max_length=60, required=False, allow_blank=True)
    country = serializers.RegexField(r"^[A-Za-z]{2}$", required=False)
    kind = serializers.ChoiceField(choices=Customer.Kind.choices, required=False)
    roles = serializers.ListField(
        child=serializers.CharField(max_length=32), required=False, allow_empty=False
    )
    uscc = serializers.CharField(max_length=30, required=False, allow_blank=True)
    vat_no = serializers.CharField(max_length=20, required=False, allow_blank=True)
    lei = serializers.CharField(max_length=30, required=False, allow_blank=True)
    group = serializers.SlugRelatedField(
        slug_field="code", queryset=CustomerGroup.objects.all(), required=False, allow_null=True
    )
    parent = serializers.SlugRelatedField(  # type: ignore[assignment]
        slug_field="code", queryset=Customer.objects.none(), required=False, allow_null=True
    )
    payment_term = serializers.SlugRelatedField(
        slug_field="code", queryset=PaymentTerm.objects.all(), required=False, allow_null=True
    )
    sales_owner = serializers.SlugRelatedField(
        slug_field="username",
        queryset=User.objects.filter(is_active=True),
        required=False,
        allow_null=True,
    )
    industry = serializers.CharField(max_length=10, required=False, allow_blank=True)
    listed = serializers.BooleanField(required=False)
    employees = serializers.IntegerField(
        min_value=0, max_value=10_000_000, required=False, allow_null=True
    )
    revenue_cny = serializers.DecimalField(20, 3, min_value=0, required=False, allow_null=True)
    assets_cny = serializers.DecimalField(20, 3, min_value=0, required=False, allow_null=True)
    registered_capital = serializers.DecimalField(
        20, 3, min_value=0, required=False, allow_null=True
    )
    founded = serializers.DateField(required=False, allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    language = serializers.CharField(max_length=10, required=False)
    region = serializers.CharField(max_length=40, required=False, allow_blank=True)
    relationship_since = serializers.DateField(required=False, allow_null=True)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    segment = serializers.ChoiceField(choices=Customer.Segment.choices, required=False)
    apply_oldest_first = serializers.BooleanField(required=False)
    dunning_blocked_until = serializers.DateField(required=False, allow_null=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.context["request"].user if "request" in self.context else None
        if user is not None:  # a customer out of scope cannot be named, not even as a parent
            self.fields["parent"].queryset = Customer.objects.for_user(user)  # type: ignore[attr-defined]

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is not known, rather than drop it silently."""
        if isinstance(data, dict):
            unknown = sorted(data.keys() - self.fields.keys() - {"version"})
            if unknown:
                raise serializers.ValidationError(
                    {unknown[0]: [_("This field is not known here.")]}
                )
        return super().to_internal_value(data)


class GroupSerializer(serializers.ModelSerializer[CustomerGroup]):
    """A group with its place in the tree."""

    parent = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated, assignment]

    class Meta:
        model = CustomerGroup
        fields = ("code", "name_en", "name_zh", "parent")


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A person at a customer."""

    customer = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Contact
        fields = (
            "id",
            "customer",
            "name",
            "role",
            "title",
            "phone",
            "email",
            "authority_doc_no",
            "authority_valid_to",
            "preferred_channel",
            "language",
        )


class ContactWriteSerializer(serializers.Serializer[Any]):
    """A new person at a customer."""

    customer = serializers.CharField(max_length=32)
    name = serializers.CharField(max_length=60)
    role = serializers.ChoiceField(choices=Contact.Role.choices)
    title = serializers.CharField(max_length=60, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    preferred_channel = serializers.ChoiceField(choices=Contact.Channel.choices, required=False)
    language = serializers.ChoiceField(
        choices=["", "en", "zh-hans"], required=False, allow_blank=True
    )


class TaskSerializer(serializers.ModelSerializer[Task]):
    """Something to do; `text` is in the caller's language."""

    customer = serializers.SlugRelatedField(slug_field="code", read_only=True)  # type: ignore[var-annotated]
    owner = serializers.SlugRelatedField(slug_field="username", read_only=True)  # type: ignore[var-annotated]
    text = serializers.CharField(read_only=True)

    class Meta:
        model = Task
        fields = (
            "id",
            "kind",
            "key",
            "customer",
            "text",
            "url",
            "role",
            "owner",
            "due_at",
            "state",
            "done_at",
            "created_at",
        )


class EventSerializer(serializers.ModelSerializer[Event]):
    """A deed: who, when, what, before, after, why."""

    actor = serializers.SlugRelatedField(slug_field="username", read_only=True)  # type: ignore[var-annotated]
    customer = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = (
            "id",
            "code",
            "at",
            "actor",
            "subject_type",
            "subject_key",
            "customer",
            "as_of",
            "before",
            "after",
            "reason",
            "request_id",
        )

    def get_customer(self, event: Event) -> str | None:
        return getattr(event, "customer_code", None)
