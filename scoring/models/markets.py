"""Markets and their tenants as credit sees them: the survey, the score, who is admitted and why."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField, MoneyField
from common.models import append_only
from common.scope import visible_customers
from customers.models import Customer, TwoNames


class MarketQuerySet(models.QuerySet["Market"]):
    """Markets, narrowed to what one user may see."""

    def for_user(self, user: Any) -> "MarketQuerySet":
        """A market is nobody's customer; one that a customer operates follows that customer."""
        condition = visible_customers(user, "operator")
        return self.filter(condition | Q(operator=None)) if condition else self


class Market(TwoNames):
    """The operator of a group of small buyers: a wholesale market, mall, platform, park, franchise."""

    class Kind(models.TextChoices):
        WHOLESALE = "WHOLESALE", _("Wholesale market")
        MALL = "MALL", _("Mall")
        PLATFORM = "PLATFORM", _("Platform")
        PARK = "PARK", _("Industrial park")
        FRANCHISE = "FRANCHISE", _("Franchise head")
        NETWORK = "NETWORK", _("Distributor network")

    code = CodeField(unique=True)
    kind = CodeField(choices=Kind.choices, default=Kind.WHOLESALE)
    operator = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    region = models.CharField(max_length=40, blank=True)
    active_tenants = models.PositiveIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MarketQuerySet.as_manager()

    class Meta:
        ordering = ["code"]


class MarketSurvey(models.Model):
    """A market scored on site by two people of two departments (scoring guide 12.1); never changed."""

    market = models.ForeignKey(Market, models.PROTECT, related_name="surveys")
    as_of = models.DateField()
    steps = models.JSONField()
    notices = models.JSONField(default=dict, blank=True)
    score = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    decision = CodeField(blank=True)
    reasons = models.JSONField(default=list)
    note = models.CharField(max_length=1000, blank=True)
    surveyed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    second_surveyor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(surveyed_by=F("second_surveyor")), name="market_survey_two_people"
            ),
        ]
        indexes = [models.Index(fields=["market", "-as_of", "-id"], name="market_survey_newest")]
        triggers = append_only("market_survey")

    def __str__(self) -> str:
        return f"{self.market_id} {self.as_of}"


class Admission(models.Model):
    """One batch admission (12.3): the operator's list, the share admitted, and the outcome."""

    market = models.ForeignKey(Market, models.PROTECT, related_name="admissions")
    survey = models.ForeignKey(MarketSurvey, models.PROTECT, null=True, related_name="+")
    as_of = models.DateField()
    share = models.CharField(max_length=3, default="1/3")
    base = CodeField(default="LIST")
    listed = models.PositiveIntegerField(default=0)
    places = models.PositiveIntegerField(default=0)
    admitted = models.PositiveIntegerField(default=0)
    is_weak_screening = models.BooleanField(default=False)
    seed = models.CharField(max_length=32, blank=True)
    # What was seen besides the list: least score, active tenants, the survey's score and decision.
    facts = models.JSONField(default=dict)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers = append_only("admission")
        ordering = ["-as_of", "-id"]

    def __str__(self) -> str:
        return f"{self.market_id} {self.as_of}"


class Tenant(models.Model):
    """A small buyer on an admission's list with its answers, its score and what became of it."""

    admission = models.ForeignKey(Admission, models.PROTECT, related_name="tenants")
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    steps = models.JSONField(default=dict)
    requested_limit = MoneyField(null=True, blank=True)
    score = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    place = models.PositiveIntegerField(null=True, blank=True)
    is_admitted = models.BooleanField(default=False)
    needs_visit = models.BooleanField(default=False)
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["admission", "key"], name="tenant_once"),
        ]
        triggers = append_only("tenant")
        ordering = ["admission_id", "place", "key"]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"
