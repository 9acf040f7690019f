"""What the API shows of credit: amounts as text, a customer by its code, words in the caller's language."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from credit_control import texts
from credit_control.models import (
    Approval,
    CreditAccount,
    CreditLimit,
    LimitRequest,
    OrderCheck,
    Reservation,
)
from users.permissions import may

OPEN_SUGGESTION = ("value", "status", "need", "turnover")
"""Parts of a suggested limit that are no figures of the customer's statements."""


class AccountSerializer(serializers.ModelSerializer[CreditAccount]):
    customer = serializers.CharField(source="customer.code")
    company = serializers.CharField(source="company.code")
    payment_term = serializers.CharField(source="payment_term.code", default=None)

    class Meta:
        model = CreditAccount
        fields = [
            "id",
            "customer",
            "company",
            "currency",
            "payment_term",
            "next_review_date",
            "dunning_procedure",
            "version",
        ]


class LimitSerializer(serializers.ModelSerializer[CreditLimit]):
    customer = serializers.CharField(source="account.customer.code")
    company = serializers.CharField(source="account.company.code")

    class Meta:
        model = CreditLimit
        fields = [
            "id",
            "customer",
            "company",
            "kind",
            "amount",
            "currency",
            "valid_from",
            "valid_to",
            "state",
            "request",
            "reason",
        ]


class RequestSerializer(serializers.ModelSerializer[LimitRequest]):
    customer = serializers.CharField(source="account.customer.code")
    company = serializers.CharField(source="account.company.code")
    payment_term = serializers.CharField(source="payment_term.code", default=None)
    requested_by = serializers.CharField(source="requested_by.username")
    facts = serializers.SerializerMethodField()
    checks = serializers.SerializerMethodField()

    class Meta:
        model = LimitRequest
        fields = [
            "id",
            "customer",
            "company",
            "kind",
            "requested_limit",
            "recommended_limit",
            "approved_limit",
            "currency",
            "payment_term",
            "valid_from",
            "review_by",
            "reason",
            "facts",
            "checks",
            "route",
            "state",
            "requested_by",
            "submitted_at",
            "decided_at",
            "decide_by",
            "version",
        ]

    def get_facts(self, request: LimitRequest) -> dict[str, Any]:
        """The snapshot; how the suggestion follows from the statements only for who sees those."""
        caller = self.context.get("request")
        if caller is not None and may(caller.user, "statement.view"):
            return dict(request.facts)
        return dict(request.facts) | {
            "suggestion": {
                name: value
                for name, value in request.facts.get("suggestion", {}).items()
                if name in OPEN_SUGGESTION
            }
        }

    def get_checks(self, request: LimitRequest) -> list[dict[str, Any]]:
        return [
            dict(check) | {"text": texts.check_line(check, request.currency).text}
            for check in request.checks
        ]


class ApprovalSerializer(serializers.ModelSerializer[Approval]):
    customer = serializers.CharField(source="request.account.customer.code")
    checker = serializers.CharField(source="checker.username")
    maker = serializers.CharField(source="maker.username")

    class Meta:
        model = Approval
        fields = [
            "id",
            "request",
            "customer",
            "step",
            "role",
            "maker",
            "checker",
            "decision",
            "amount",
            "comment",
            "decided_at",
        ]


class ReservationSerializer(serializers.ModelSerializer[Reservation]):
    customer = serializers.CharField(source="account.customer.code")

    class Meta:
        model = Reservation
        fields = [
            "id",
            "customer",
            "order_no",
            "amount",
            "currency",
            "limit_amount",
            "ship_date",
            "state",
            "expires_at",
            "created_at",
            "ended_at",
        ]


class OrderCheckSerializer(serializers.ModelSerializer[OrderCheck]):
    """An answer: decision, reservation, exposure, limit, every rule with its text, ways out."""

    customer = serializers.CharField(source="account.customer.code")
    reservation = serializers.SerializerMethodField()
    exposure = serializers.SerializerMethodField()
    limit = serializers.SerializerMethodField()
    rules = serializers.SerializerMethodField()
    remedies = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="order_version")
    payment_term = serializers.CharField(source="payment_term.code", default=None)

    class Meta:
        model = OrderCheck
        fields = [
            "id",
            "customer",
            "order_no",
            "version",
            "amount",
            "currency",
            "ship_date",
            "payment_term",
            "as_of",
            "decision",
            "shortfall",
            "reservation",
            "exposure",
            "limit",
            "rules",
            "remedies",
            "checked_at",
        ]

    def get_reservation(self, check: OrderCheck) -> dict[str, Any] | None:
        held = getattr(check, "reservation", None)
        return None if held is None else dict(ReservationSerializer(held).data)

    def get_exposure(self, check: OrderCheck) -> dict[str, Any]:
        keys = ("currency", "gross", "net", "components")
        return {key: check.exposure.get(key) for key in keys}

    def get_limit(self, check: OrderCheck) -> dict[str, Any]:
        keys = ("currency", "total", "unsecured", "headroom")
        return {key: check.limit.get(key) for key in keys}

    def get_rules(self, check: OrderCheck) -> list[dict[str, Any]]:
        currency = _currency(check)
        return [
            {
                "code": rule["code"],
                "result": rule["result"],
                "value": rule["value"],
                "threshold": rule["threshold"],
                "text": texts.rule_text(rule, currency),
            }
            for rule in check.rules
        ]

    def get_remedies(self, check: OrderCheck) -> list[dict[str, Any]]:
        currency = _currency(check)
        return [_remedy(remedy, currency) for remedy in check.remedies]


def _remedy(remedy: dict[str, Any], currency: str) -> dict[str, Any]:
    found = {"kind": remedy["kind"], "text": texts.remedy_text(remedy, currency)}
    found |= {
        name: remedy[name] for name in ("amount", "date", "days") if remedy.get(name) is not None
    }
    others = remedy.get("together_with") or []
    if others:
        found["together_with"] = [_remedy(other, currency) for other in others]
    return found


def _currency(check: OrderCheck) -> str:
    return str(check.limit.get("currency") or check.account.currency)


class AmountField(serializers.DecimalField):
    """An amount of money: a decimal as text, at most 17 digits before the point."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=20, decimal_places=3, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        value: Decimal = super().to_internal_value(data)
        return value


class CheckAskedSerializer(serializers.Serializer[Any]):
    """The body of a check."""

    customer = serializers.CharField(max_length=32)
    order_no = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(min_value=1, max_value=2_000_000_000, default=1)
    amount = AmountField()
    currency = serializers.CharField(max_length=3, default="CNY")
    ship_date = serializers.DateField()
    payment_term = serializers.CharField(
        max_length=32, required=False, allow_null=True, allow_blank=True, default=None
    )
    reserve = serializers.BooleanField(default=True)
    company = serializers.CharField(max_length=32, required=False, default="")


class RequestAskedSerializer(serializers.Serializer[Any]):
    """The body of a limit request."""

    customer = serializers.CharField(max_length=32)
    requested_limit = AmountField()
    valid_from = serializers.DateField()
    review_by = serializers.DateField()
    payment_term = serializers.CharField(
        max_length=32, required=False, allow_null=True, default=None
    )
    reason = serializers.CharField(max_length=500)
    is_temporary = serializers.BooleanField(default=False)
    is_sure = serializers.BooleanField(default=False)
    company = serializers.CharField(max_length=32, required=False, default="")


class DecisionSerializer(serializers.Serializer[Any]):
    """The body of a decision."""

    action = serializers.ChoiceField(choices=["approve", "reduce", "return", "reject"])
    version = serializers.IntegerField(min_value=1)
    amount = AmountField(required=False, allow_null=True, default=None)
    comment = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ReduceSerializer(serializers.Serializer[Any]):
    """The body of a cut."""

    amount = AmountField()
    reason = serializers.CharField(max_length=500)
