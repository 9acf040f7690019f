"""The API of markets, to look at: a market with its newest survey, and its batch admissions."""

from typing import Any, ClassVar

from rest_framework import serializers

from common.api import ScopedListViewSet
from scoring.models import Admission, Market, Tenant
from scoring.panels.markets import find_verdict, list_sentences
from scoring.selectors.markets import list_all_admissions, list_markets


class MarketSerializer(serializers.ModelSerializer[Market]):
    """A market with the score and decision of its newest survey."""

    operator: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    score = serializers.DecimalField(max_digits=7, decimal_places=4, read_only=True)
    decision = serializers.CharField(read_only=True, allow_null=True)
    surveyed_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Market
        fields: ClassVar[list[str]] = [
            "code", "name_zh", "name_en", "kind", "operator", "region", "active_tenants", "score",
            "decision", "surveyed_on",
        ]  # fmt: skip


class TenantSerializer(serializers.ModelSerializer[Tenant]):
    """A tenant of a list, what became of it and why; the reasons also in words."""

    verdict = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = Tenant
        fields: ClassVar[list[str]] = [
            "key", "name", "steps", "requested_limit", "score", "place", "is_admitted",
            "needs_visit", "verdict", "reasons",
        ]  # fmt: skip

    def get_verdict(self, tenant: Tenant) -> str:
        return find_verdict(tenant)

    def get_reasons(self, tenant: Tenant) -> list[str]:
        return list_sentences(tenant.reasons)


class AdmissionSerializer(serializers.ModelSerializer[Admission]):
    """A batch admission: the list's size, the places, how many are in."""

    market: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = Admission
        fields: ClassVar[list[str]] = [
            "id", "market", "as_of", "share", "base", "listed", "places", "admitted",
            "is_weak_screening", "seed", "facts", "recorded_at",
        ]  # fmt: skip


class AdmissionDetailSerializer(AdmissionSerializer):
    """One admission with every tenant of its list."""

    tenants = TenantSerializer(many=True, read_only=True)

    class Meta(AdmissionSerializer.Meta):
        fields: ClassVar[list[str]] = [*AdmissionSerializer.Meta.fields, "tenants"]


class MarketViewSet(ScopedListViewSet):
    """Markets by code, with the newest survey's score and decision."""

    permission = "rating.view"
    serializer_class = MarketSerializer
    queryset = Market.objects.all()
    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return list_markets(self.request.user)


class AdmissionViewSet(ScopedListViewSet):
    """Batch admissions, newest first; `?market=CODE` narrows them. One admission has its tenants."""

    permission = "rating.view"
    queryset = Admission.objects.all()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        code = self.request.query_params.get("market", "")  # type: ignore[attr-defined]
        rows = list_all_admissions(self.request.user, market=code)
        return rows.prefetch_related("tenants") if self.action == "retrieve" else rows

    def get_serializer_class(self) -> Any:
        return AdmissionDetailSerializer if self.action == "retrieve" else AdmissionSerializer
