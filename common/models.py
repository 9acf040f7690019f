"""What every room stands on: policies, rates, calendars, jobs, messages, runs, imports, events.

No business here: a policy is a dated document of some kind, a job some work, an event some deed.
"""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Return the triggers that make a table of facts refuse UPDATE and DELETE."""
    return [
        pgtrigger.Protect(name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
    ]


@pghistory.track()
class PolicyVersion(models.Model):
    """One dated version of a policy: bucket edges, rule parameters, weights, matrices.

    The version in force on a date is the APPROVED one whose period holds the date. Who writes a
    version never releases it (`policy_four_eyes`).
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        APPROVED = "APPROVED", _("Approved")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    kind = CodeField(max_length=40)
    version = models.PositiveIntegerField()
    body = models.JSONField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    state = CodeField(choices=State.choices, default=State.DRAFT)
    note = models.CharField(max_length=500, blank=True)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="policy_version_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="policy_period_in_order",
            ),
            models.CheckConstraint(
                condition=Q(checker=None) | Q(maker=None) | ~Q(checker=F("maker")),
                name="policy_four_eyes",
            ),
        ]
        ordering = ["kind", "-version"]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"


class Rate(models.Model):
    """A dated rate: exchange (`fx`, code USD: CNY for one USD) or interest, in percent."""

    kind = CodeField()
    code = CodeField(max_length=10)
    valid_from = models.DateField()
    value = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "code", "valid_from"], name="rate_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.valid_from}"


class CalendarDay(models.Model):
    """A day that differs from the weekly pattern: a holiday, or a make-up working day."""

    class DayType(models.TextChoices):
        HOLIDAY = "HOLIDAY", _("Holiday")
        WORKDAY = "WORKDAY", _("Working day")

    calendar = CodeField(max_length=20)
    date = models.DateField()
    day_type = CodeField(choices=DayType.choices)
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="calendar_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.date}"


class Event(models.Model):
    """Who did what to which object, when, from what to what, and why. Written once, never changed."""

    code = models.CharField(max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    subject_type = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=80)
    customer_id = models.BigIntegerField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "-at"], name="event_of_customer"),
            models.Index(fields=["subject_type", "subject_key"], name="event_of_subject"),
            models.Index(fields=["-at"], name="event_newest"),
            models.Index(fields=["code", "customer_id", "as_of"], name="event_of_kind"),
        ]
        triggers = append_only("event")

    def __str__(self) -> str:
        return f"{self.code} {self.subject_type} {self.subject_key}"


class Job(models.Model):
    """One piece of background work, as a row: the truth. A Celery message is only a poke.

    `key` is the business key: enqueuing the same key twice makes one job. A worker holds a job by
    a lease; when it dies the lease runs out and the sweeper gives the job to the next one.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")
        PARKED = "PARKED", _("Parked")
        CANCELLED = "CANCELLED", _("Cancelled")

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    state = CodeField(choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(auto_now_add=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    step = models.CharField(max_length=120, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(state__in=["WAITING", "RUNNING"]),
                name="job_to_do",
            ),
            models.Index(fields=["-created_at"], name="job_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class OutboxMessage(models.Model):
    """A message to the outside world, written in the transaction that decides it, sent afterwards.

    `key` becomes the Message-ID, so that a message that may have gone out can be asked for.
    UNSURE: the sender died between handing it over and noting the answer; a person decides.
    KEPT: no mail server is named (the demo), the message stays here to be read.
    """

    class State(models.TextChoices):
        READY = "READY", _("Ready to send")
        SENDING = "SENDING", _("Being sent")
        SENT = "SENT", _("Sent")
        KEPT = "KEPT", _("Kept, not sent")
        FAILED = "FAILED", _("Failed")
        UNSURE = "UNSURE", _("Unsure whether sent")

    key = models.CharField(max_length=120, unique=True)
    channel = CodeField(default="EMAIL")
    recipient = models.CharField(max_length=254)
    recipient_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    language = models.CharField(max_length=10, default="en")
    attachment = models.BinaryField(null=True, blank=True)
    attachment_name = models.CharField(max_length=120, blank=True)
    attachment_type = models.CharField(max_length=60, blank=True)
    customer_id = models.BigIntegerField(null=True, blank=True)
    state = CodeField(choices=State.choices, default=State.READY)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="message_newest"),
            models.Index(fields=["customer_id", "-created_at"], name="message_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"


class Run(models.Model):
    """One run of a periodic step for one business date: what it counted, what it skipped and why.

    Unique for kind, date and scope: running the same night twice finds the row and changes nothing.
    """

    class State(models.TextChoices):
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    kind = models.CharField(max_length=60)
    as_of = models.DateField()
    scope = models.CharField(max_length=120, default="ALL")
    state = CodeField(choices=State.choices, default=State.RUNNING)
    counts = models.JSONField(default=dict)
    skipped = models.JSONField(default=list)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "as_of", "scope"], name="run_once")]
        ordering = ["-as_of", "kind"]

    def __str__(self) -> str:
        return f"{self.kind} {self.as_of}"


class ImportBatch(models.Model):
    """One file brought in: its bytes, what it held, what became of each row.

    The same file (SHA-256) and kind is imported once; a second try answers with the first result.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting to be read")
        CHECKED = "CHECKED", _("Checked, not imported")
        IMPORTED = "IMPORTED", _("Imported")
        REFUSED = "REFUSED", _("Refused")

    kind = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=4, blank=True)
    mapping = models.JSONField(default=dict)
    ignored_columns = models.JSONField(default=list)
    source = models.CharField(max_length=100, blank=True)
    good_rows_only = models.BooleanField(default=False)
    state = CodeField(choices=State.choices)
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    issues = models.JSONField(default=list)
    rejects = models.BinaryField(null=True, blank=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    as_of = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "sha256"],
                condition=Q(state="IMPORTED", rejected=0),
                name="import_file_once",
            )
        ]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class ImportMapping(models.Model):
    """Which column of a source's files means what, as a person last said it: used again next time."""

    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=100)
    mapping = models.JSONField(default=dict)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "source"], name="import_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class StoredFile(models.Model):
    """A file that somebody gave us: its bytes lie under `name`, a random one, outside the web.

    `sha256` and `size` are those of the bytes kept. Rows and bytes never change.
    """

    name = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers = append_only("stored_file")

    def __str__(self) -> str:
        return self.original_name


class IdempotentRequest(models.Model):
    """The answer to a POST that carried an Idempotency-Key, written in the effect's transaction."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    path = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="request_key_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.path}"


__all__ = [
    "CalendarDay",
    "Event",
    "IdempotentRequest",
    "ImportBatch",
    "ImportMapping",
    "Job",
    "OutboxMessage",
    "PolicyVersion",
    "Rate",
    "Run",
    "StoredFile",
    "append_only",
]
