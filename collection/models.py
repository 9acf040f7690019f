"""Acting on what is overdue: procedures, runs, notices, promises."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField, CurrencyField, MoneyField
from common.models import OutboxMessage
from common.scope import ScopedQuerySet
from customers.models import Company, Customer, TwoNames
from receivables.models import DueLine


class DunningProcedure(TwoNames):
    """How a customer is reminded: the levels, and when not to write at all."""

    code = CodeField(unique=True)
    min_days_between = models.PositiveSmallIntegerField(default=7)
    min_item_amount = MoneyField(default=100)
    min_customer_total = MoneyField(default=500)
    reminder_offsets = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)


class DunningLevel(models.Model):
    """One level of a procedure."""

    procedure = models.ForeignKey(DunningProcedure, models.CASCADE, related_name="levels")
    level = models.PositiveSmallIntegerField()
    min_days_overdue = models.PositiveSmallIntegerField()
    fee = MoneyField(default=0)
    with_interest = models.BooleanField(default=False)
    channel = CodeField(default="EMAIL")
    deadline_days = models.PositiveSmallIntegerField(default=7)
    is_final = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "level"], name="dunning_level_once"),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=9), name="dunning_level_range"
            ),
        ]
        ordering = ["procedure_id", "level"]

    def __str__(self) -> str:
        return f"{self.procedure_id}/{self.level}"


class DunningRun(models.Model):
    """One look at everything overdue on one day: whom to write to, whom not, and why."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Proposed")
        APPROVED = "APPROVED", _("Approved")
        SENT = "SENT", _("Sent")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    as_of = models.DateField()
    state = CodeField(choices=State.choices, default=State.PROPOSED)
    counts = models.JSONField(default=dict)
    skipped = models.JSONField(default=list)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "as_of"], name="dunning_run_once"),
        ]
        ordering = ["-as_of"]

    def __str__(self) -> str:
        return f"{self.company_id} {self.as_of}"


class DunningNotice(models.Model):
    """One letter to one customer: level, items, text, and what became of it (SM13)."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Proposed")
        EXCLUDED = "EXCLUDED", _("Left out")
        APPROVED = "APPROVED", _("Approved")
        SENT = "SENT", _("Sent")
        DELIVERED = "DELIVERED", _("Delivered")
        FAILED = "FAILED", _("Failed")

    class Kind(models.TextChoices):
        REMINDER = "REMINDER", _("Reminder before due")
        DUNNING = "DUNNING", _("Dunning letter")

    class ExcludeReason(models.TextChoices):
        PAYMENT_COMING = "PAYMENT_COMING", _("Payment is on its way")
        CONTACTED = "CONTACTED", _("Already contacted in person")
        CONTESTED = "CONTESTED", _("Customer contests it")
        OUR_MISTAKE = "OUR_MISTAKE", _("Our mistake")
        OTHER = "OTHER", _("Other reason")
        SUPERSEDED = "SUPERSEDED", _("Replaced by a later run")
        SETTLED_MEANWHILE = "SETTLED_MEANWHILE", _("No longer to be dunned")

    scope_path = "customer"

    run = models.ForeignKey(
        DunningRun, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    kind = CodeField(choices=Kind.choices, default=Kind.DUNNING)
    key = models.CharField(max_length=120, unique=True)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    as_of = models.DateField()
    level = models.PositiveSmallIntegerField(default=0)
    is_final = models.BooleanField(default=False)
    language = models.CharField(max_length=10)
    currency = CurrencyField()
    total = MoneyField()
    fees = MoneyField(default=0)
    interest = MoneyField(default=0)
    with_interest = models.BooleanField(default=False)
    deadline = models.DateField(null=True, blank=True)
    channel = CodeField(default="EMAIL")
    recipient = models.CharField(max_length=254, blank=True)
    recipient_name = models.CharField(max_length=200, blank=True)
    state = CodeField(choices=State.choices, default=State.PROPOSED)
    exclude_reason = CodeField(choices=ExcludeReason.choices, blank=True)
    exclude_note = models.CharField(max_length=300, blank=True)
    pdf = models.BinaryField(null=True, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    message = models.OneToOneField(
        OutboxMessage, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["customer", "-as_of"], name="notice_of_customer")]

    def __str__(self) -> str:
        return self.key


class NoticeItem(models.Model):
    """One due line on a notice, with the level it reached there.

    The same line never gets the same level twice on a live notice: `notice_level_once`.
    """

    scope_path = "notice__customer"

    notice = models.ForeignKey(DunningNotice, models.CASCADE, related_name="items")
    due_line = models.ForeignKey(DueLine, models.PROTECT, related_name="+")
    kind = CodeField(default="DUNNING")
    level = models.SmallIntegerField()
    previous_level = models.SmallIntegerField(default=0)
    raised = models.BooleanField(default=True)
    days_past_due = models.IntegerField()
    open_amount = MoneyField()
    due_date = models.DateField()
    cancelled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "due_line"], name="notice_item_once"),
            models.UniqueConstraint(
                fields=["due_line", "kind", "level"],
                condition=Q(raised=True, cancelled=False),
                name="notice_level_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.due_line_id}"


class PromiseToPay(models.Model):
    """A dated pledge. Whether it was kept follows from the receipts and the date (SM11)."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        KEPT = "KEPT", _("Kept")
        PARTLY_KEPT = "PARTLY_KEPT", _("Partly kept")
        BROKEN = "BROKEN", _("Broken")
        CANCELLED = "CANCELLED", _("Cancelled")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    amount = MoneyField()
    currency = CurrencyField()
    promise_date = models.DateField()
    made_on = models.DateField()
    given_by = models.CharField(max_length=60, blank=True)
    channel = CodeField(default="PHONE")
    note = models.CharField(max_length=500, blank=True)
    state = CodeField(choices=State.choices, default=State.OPEN)
    evaluated_on = models.DateField(null=True, blank=True)
    paid_in_time = MoneyField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_sign"),
        ]
        indexes = [models.Index(fields=["customer", "state"], name="promise_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.amount} {self.promise_date}"


class PromiseItem(models.Model):
    """A due line that a promise speaks of; one open promise per line (`promise_one_open`)."""

    promise = models.ForeignKey(PromiseToPay, models.CASCADE, related_name="items")
    due_line = models.ForeignKey(DueLine, models.PROTECT, related_name="+")
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["due_line"], condition=Q(is_open=True), name="promise_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promise_id} {self.due_line_id}"
