"""What warns of a customer: early-warning signals (A.5) and the steps by which people answer them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField
from common.models import ImportBatch, append_only
from common.scope import ScopedQuerySet
from customers.models.dossier import Document
from customers.models.parties import Customer


class Signal(models.Model):
    """One early-warning signal S01 … S33 about one customer (SM22); never deleted.

    `key` says what it is about, so that the same news twice is one signal. `facts` is what the rule
    or the person saw, in figures. `due_at` is the end of the clock of its severity.
    """

    class Severity(models.TextChoices):
        INFO = "INFO", _("Info")
        AMBER = "AMBER", _("Amber")
        RED = "RED", _("Red")

    class Origin(models.TextChoices):
        RULE = "RULE", _("Rule")
        IMPORT = "IMPORT", _("Import")
        API = "API", _("Interface")
        MANUAL = "MANUAL", _("By hand")

    class State(models.TextChoices):
        RAISED = "RAISED", _("Raised")
        ASSIGNED = "ASSIGNED", _("To assess")
        CONFIRMED = "CONFIRMED", _("Confirmed")
        DISMISSED = "DISMISSED", _("Dismissed")
        ACTIONED = "ACTIONED", _("Acted on")
        CLOSED = "CLOSED", _("Closed")

    class Action(models.TextChoices):
        BLOCK = "BLOCK", _("Put on hold")
        REDUCE = "REDUCE", _("Reduce the limit")
        SECURE = "SECURE", _("Ask for security")
        VISIT = "VISIT", _("Visit")
        WATCH = "WATCH", _("Put on the watch list")
        NONE = "NONE", _("Nothing more")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    code = CodeField(max_length=3)
    severity = CodeField(choices=Severity.choices)
    origin = CodeField(choices=Origin.choices, default=Origin.RULE)
    key = models.CharField(max_length=160, unique=True)
    raised_on = models.DateField()
    facts = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=500, blank=True)
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    state = CodeField(choices=State.choices, default=State.ASSIGNED)
    action = CodeField(choices=Action.choices, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^S[0-9]{2}$"), name="signal_code"),
        ]
        indexes = [
            models.Index(fields=["customer", "-raised_on", "-id"], name="signal_of_customer"),
            models.Index(
                fields=["severity", "due_at"],
                condition=Q(state__in=["RAISED", "ASSIGNED", "CONFIRMED"]),
                name="signal_to_answer",
            ),
        ]
        ordering = ["-raised_on", "-id"]

    def __str__(self) -> str:
        return f"{self.code} {self.customer_id}"


class SignalStep(models.Model):
    """One step in the life of a signal: who, when, what was said; never changed."""

    scope_path = "signal__customer"

    signal = models.ForeignKey(Signal, models.CASCADE, related_name="steps")
    action = models.CharField(max_length=40)
    source = CodeField(choices=Signal.State.choices, blank=True)
    target = CodeField(choices=Signal.State.choices)
    text = models.CharField(max_length=1000, blank=True)
    as_of = models.DateField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["signal", "id"], name="signal_step_in_order")]
        triggers = append_only("signal_step")

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
