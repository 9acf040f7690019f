"""Evidence weighed against policy: accounts, limits, requests, approvals, checks, reservations."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField, CurrencyField, MoneyField
from common.models import append_only
from common.scope import ScopedQuerySet
from customers.models import Company, Customer, CustomerGroup, PaymentTerm
from receivables.models import Order
from scoring.models import Rating


@pghistory.track()
class CreditAccount(models.Model):
    """The credit relation of one customer with one of our companies. Its row is the lock.

    Whoever grants or uses credit locks this row (and its groups' rows) first: `common.locks`.
    """

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    currency = CurrencyField(default="CNY")
    payment_term = models.ForeignKey(
        PaymentTerm, models.PROTECT, null=True, blank=True, related_name="+"
    )
    next_review_date = models.DateField(null=True, blank=True)
    dunning_procedure = CodeField(default="STD")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "company"], name="account_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}/{self.company_id}"


class GroupLimit(models.Model):
    """A ceiling over the summed exposure of a group's members. Its row is the group's lock."""

    group = models.ForeignKey(CustomerGroup, models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    amount = MoneyField()
    currency = CurrencyField(default="CNY")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "company"], name="group_limit_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="group_limit_sign"),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.amount}"


class LimitRequest(models.Model):
    """Somebody asks for a limit; another person decides (the lifecycle SM03)."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        IN_APPROVAL = "IN_APPROVAL", _("In approval")
        RETURNED = "RETURNED", _("Returned")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")
        ACTIVATED = "ACTIVATED", _("Active")
        LAPSED = "LAPSED", _("Lapsed")

    class Kind(models.TextChoices):
        NEW = "NEW", _("New limit")
        INCREASE = "INCREASE", _("Increase")
        DECREASE = "DECREASE", _("Decrease")
        RENEWAL = "RENEWAL", _("Renewal")
        TEMPORARY = "TEMPORARY", _("Temporary increase")

    scope_path = "account__customer"

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="requests")
    kind = CodeField(choices=Kind.choices, default=Kind.NEW)
    requested_limit = MoneyField()
    recommended_limit = MoneyField(null=True, blank=True)
    approved_limit = MoneyField(null=True, blank=True)
    currency = CurrencyField(default="CNY")
    payment_term = models.ForeignKey(
        PaymentTerm, models.PROTECT, null=True, blank=True, related_name="+"
    )
    valid_from = models.DateField()
    review_by = models.DateField()
    reason = models.CharField(max_length=500)
    facts = models.JSONField(default=dict)
    checks = models.JSONField(default=list)
    route = models.JSONField(default=list)
    state = CodeField(choices=State.choices, default=State.DRAFT)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decide_by = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(requested_limit__gte=0), name="request_sign"),
            models.CheckConstraint(
                condition=Q(review_by__gt=F("valid_from")), name="request_period_in_order"
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state="IN_APPROVAL"),
                name="request_one_in_approval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.account_id}"


class Approval(models.Model):
    """One step of the route of a request, decided by one person who did not ask for it."""

    class Decision(models.TextChoices):
        APPROVE = "APPROVE", _("Approved")
        REDUCE = "REDUCE", _("Approved, reduced")
        RETURN = "RETURN", _("Returned")
        REJECT = "REJECT", _("Rejected")

    scope_path = "request__account__customer"

    request = models.ForeignKey(LimitRequest, models.PROTECT, related_name="approvals")
    step = models.PositiveSmallIntegerField()
    role = CodeField()
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decision = CodeField(choices=Decision.choices)
    amount = MoneyField(null=True, blank=True)
    comment = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    decided_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(maker=F("checker")), name="approval_four_eyes"),
        ]
        triggers = append_only("approval")

    def __str__(self) -> str:
        return f"{self.request_id}/{self.step} {self.decision}"


@pghistory.track()
class CreditLimit(models.Model):
    """A limit in force for a period: total (gross), unsecured (net) or a temporary addition."""

    class Kind(models.TextChoices):
        TOTAL = "TOTAL", _("Total limit")
        UNSECURED = "UNSECURED", _("Unsecured limit")
        TEMPORARY = "TEMPORARY", _("Temporary limit")

    class State(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        ACTIVE = "ACTIVE", _("Active")
        SUSPENDED = "SUSPENDED", _("Suspended")
        EXPIRED = "EXPIRED", _("Expired")
        SUPERSEDED = "SUPERSEDED", _("Superseded")
        REVOKED = "REVOKED", _("Revoked")

    scope_path = "account__customer"

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="limits")
    kind = CodeField(choices=Kind.choices, default=Kind.TOTAL)
    amount = MoneyField()
    currency = CurrencyField(default="CNY")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    state = CodeField(choices=State.choices, default=State.PENDING)
    request = models.ForeignKey(
        LimitRequest, models.PROTECT, null=True, blank=True, related_name="limits"
    )
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="limit_sign"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="limit_period_in_order",
            ),
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=Q(state__in=["ACTIVE", "SUSPENDED"], kind__in=["TOTAL", "UNSECURED"]),
                name="limit_one_in_force",
            ),
        ]
        indexes = [models.Index(fields=["account", "kind", "state"], name="limit_of_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind} {self.amount}"


class OrderCheck(models.Model):
    """One answer to «may this order ship?», with the facts it saw, its reasons and its way out."""

    class Decision(models.TextChoices):
        RELEASED = "RELEASED", _("Released")
        RELEASED_WARNING = "RELEASED_WARNING", _("Released with warning")
        BLOCKED = "BLOCKED", _("Blocked")

    scope_path = "account__customer"

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="checks")
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="+")
    order_no = models.CharField(max_length=40, blank=True)
    order_version = models.PositiveIntegerField(default=1)
    amount = MoneyField()
    currency = CurrencyField()
    ship_date = models.DateField()
    payment_term = models.ForeignKey(
        PaymentTerm, models.PROTECT, null=True, blank=True, related_name="+"
    )
    as_of = models.DateField()
    decision = CodeField(choices=Decision.choices)
    shortfall = MoneyField(default=0)
    facts = models.JSONField()
    exposure = models.JSONField()
    limit = models.JSONField()
    rules = models.JSONField()
    remedies = models.JSONField()
    rating = models.ForeignKey(Rating, models.PROTECT, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=160, unique=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-checked_at"], name="order_check_newest")]
        triggers = append_only("order_check")

    def __str__(self) -> str:
        return f"{self.order_no} {self.decision}"


class Reservation(models.Model):
    """The part of a limit that a released order holds, until it is delivered or given back."""

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("Active")
        CONSUMED = "CONSUMED", _("Used")
        RELEASED = "RELEASED", _("Given back")
        EXPIRED = "EXPIRED", _("Expired")

    scope_path = "account__customer"

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="reservations")
    check_row = models.OneToOneField(OrderCheck, models.PROTECT, related_name="reservation")
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="+")
    order_no = models.CharField(max_length=40, blank=True)
    amount = MoneyField()
    currency = CurrencyField()
    limit_amount = MoneyField()
    ship_date = models.DateField()
    state = CodeField(choices=State.choices, default=State.ACTIVE)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="reservation_sign"),
            models.UniqueConstraint(
                fields=["account", "order_no"],
                condition=Q(state="ACTIVE") & ~Q(order_no=""),
                name="reservation_one_live_per_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account"],
                include=["limit_amount", "ship_date", "order_no"],
                condition=Q(state="ACTIVE"),
                name="reservation_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_no} {self.amount}"
