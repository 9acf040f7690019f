"""The dossier: files, facts with their sources, checks against public lists, the investigation.

What is known on a day is what had been learnt by it (obtained, looked up, handed in); when a row was
entered later than that, `recorded_at` says so. No row is ever rewritten, so the file can be opened as
of any past date.
"""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField
from common.models import ImportBatch, StoredFile, append_only
from common.scope import ScopedQuerySet
from customers.models.parties import Customer


class SourceClass(models.TextChoices):
    """Where a piece of knowledge comes from (A.3)."""

    CREDIT_RECORD = "CREDIT_RECORD", _("Credit record")
    OFFICIAL = "OFFICIAL", _("Official register")
    SOCIAL = "SOCIAL", _("Press and public")
    INTERNAL = "INTERNAL", _("Our own house")
    AGENCY = "AGENCY", _("Agency")
    THIRD_PARTY = "THIRD_PARTY", _("Third party")


@pghistory.track()
class Document(models.Model):
    """One version of one document of the checklist (C.1); its bytes never change (SM02).

    `kind` is a code of the checklist (D01 … D21) or OTHER. `valid_to` is the last day it is good for;
    empty means until something changes.
    """

    class State(models.TextChoices):
        UPLOADED = "UPLOADED", _("Uploaded")
        SUBMITTED = "SUBMITTED", _("Submitted")
        VERIFIED = "VERIFIED", _("Verified")
        REJECTED = "REJECTED", _("Rejected")
        EXPIRED = "EXPIRED", _("Expired")
        SUPERSEDED = "SUPERSEDED", _("Superseded")
        DOUBTED = "DOUBTED", _("Doubted")

    class Confidentiality(models.TextChoices):
        NORMAL = "NORMAL", _("Normal")
        PERSONAL = "PERSONAL", _("Personal data")
        PRIVILEGED = "PRIVILEGED", _("Legally privileged")

    class Method(models.TextChoices):
        ORIGINAL_SEEN = "ORIGINAL_SEEN", _("Original seen")
        REGISTRY = "REGISTRY", _("Compared with the register")
        CALL_BACK = "CALL_BACK", _("Call-back")
        THIRD_PARTY = "THIRD_PARTY", _("Confirmed by a third party")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    kind = CodeField(max_length=10)
    title = models.CharField(max_length=200)
    number = models.CharField(max_length=80, blank=True)
    issuer = models.CharField(max_length=200, blank=True)
    source_class = CodeField(choices=SourceClass.choices, default=SourceClass.INTERNAL)
    issued_on = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)
    confidentiality = CodeField(choices=Confidentiality.choices, default=Confidentiality.NORMAL)
    original_seen = models.BooleanField(default=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    state = CodeField(choices=State.choices, default=State.UPLOADED)
    method = CodeField(choices=Method.choices, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    uploaded_on = models.DateField()
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_by=None)
                | Q(uploaded_by=None)
                | ~Q(verified_by=F("uploaded_by")),
                name="document_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["customer", "kind", "-id"], name="document_newest")]
        ordering = ["customer_id", "kind", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class DocumentStep(models.Model):
    """One step of a document's lifecycle: dated, reasoned, never changed."""

    scope_path = "document__customer"

    document = models.ForeignKey(Document, models.CASCADE, related_name="steps")
    action = models.CharField(max_length=40)
    source = CodeField(choices=Document.State.choices, blank=True)
    target = CodeField(choices=Document.State.choices)
    reason = models.CharField(max_length=500, blank=True)
    as_of = models.DateField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["document", "-id"], name="document_step_newest")]
        triggers = append_only("document_step")

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


class Fact(models.Model):
    """One thing said about a customer: what, for which day, by whom, how sure (A.3).

    `field` is a code of `customers.domain.facts.FIELDS`. `as_of` is the day or period end that the
    value is about, `obtained_on` the day on which we learnt it. A later fact never replaces an
    earlier one, and a verified one is a row of its own beside the stated one. Which of two that
    differ is believed is a `FactConflict`.
    """

    class Confidence(models.TextChoices):
        VERIFIED = "VERIFIED", _("Verified")
        STATED = "STATED", _("Stated")
        HEARSAY = "HEARSAY", _("Hearsay")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    field = CodeField(max_length=40)
    value = models.CharField(max_length=500)
    number = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    as_of = models.DateField()
    obtained_on = models.DateField()
    source_class = CodeField(choices=SourceClass.choices)
    source_name = models.CharField(max_length=200, blank=True)
    confidence = CodeField(choices=Confidence.choices, default=Confidence.STATED)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="facts"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "customer",
                    "field",
                    "as_of",
                    "source_class",
                    "source_name",
                    "value",
                    "confidence",
                ],
                name="fact_once",
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None)
                | Q(entered_by=None)
                | ~Q(verified_by=F("entered_by")),
                name="fact_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "field", "-as_of", "-id"], name="fact_newest"),
            models.Index(fields=["field", "customer"], name="fact_of_field"),
        ]
        triggers = append_only("fact")

    def __str__(self) -> str:
        return f"{self.field} {self.value}"


class FactConflict(models.Model):
    """Two sources that say different things of the same period; an analyst decides, both stay."""

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    field = CodeField(max_length=40)
    as_of = models.DateField()
    first = models.ForeignKey(Fact, models.PROTECT, related_name="+")
    second = models.ForeignKey(Fact, models.PROTECT, related_name="+")
    difference = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    found_on = models.DateField()
    chosen = models.ForeignKey(Fact, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_on = models.DateField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="fact_conflict_once"),
            models.CheckConstraint(
                condition=Q(chosen=None) | Q(decided_on__isnull=False),
                name="fact_conflict_decided_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.as_of}"


class ListCheck(models.Model):
    """A look at a public list or register: when, what was found, with which evidence (C.2).

    A HIT counts only when the match is EXACT (the registration number) or CONFIRMED by a person;
    a NAME_ONLY match is a candidate and never triggers anything. A later check of the same list
    replaces an earlier one; `removed_on` is the day on which the entry was taken off the list.
    """

    class Kind(models.TextChoices):
        REGISTRY_STATUS = "REGISTRY_STATUS", _("Registry status")
        INSOLVENCY = "INSOLVENCY", _("Insolvency announcements")
        DISHONEST_DEBTOR = "DISHONEST_DEBTOR", _("Dishonest judgment debtors")
        ENFORCED_DEBTOR = "ENFORCED_DEBTOR", _("Enforced judgment debtors")
        CONSUMPTION_RESTRICTION = "CONSUMPTION_RESTRICTION", _("Consumption restrictions")
        ABNORMAL_OPERATION = "ABNORMAL_OPERATION", _("Abnormal operations")
        SERIOUS_VIOLATION = "SERIOUS_VIOLATION", _("Serious violations")
        MAJOR_TAX_VIOLATION = "MAJOR_TAX_VIOLATION", _("Major tax violations")
        TAX_ARREARS = "TAX_ARREARS", _("Tax arrears")
        TAX_GRADE = "TAX_GRADE", _("Tax credit grade")
        EQUITY_FREEZE = "EQUITY_FREEZE", _("Equity freezes and pledges")
        ASSET_PLEDGE = "ASSET_PLEDGE", _("Pledges of movables and receivables")
        LITIGATION = "LITIGATION", _("Litigation")
        PENALTY = "PENALTY", _("Administrative penalties")
        CUSTOMS = "CUSTOMS", _("Customs rating")
        SANCTIONS = "SANCTIONS", _("Sanctions and export control")
        OVERDUE_BILLS = "OVERDUE_BILLS", _("Persistently overdue bills")

    class Result(models.TextChoices):
        NO_HIT = "NO_HIT", _("No hit")
        HIT = "HIT", _("Hit")
        UNCLEAR = "UNCLEAR", _("Unclear")

    class Match(models.TextChoices):
        EXACT = "EXACT", _("Registration number")
        CONFIRMED = "CONFIRMED", _("Confirmed by a person")
        NAME_ONLY = "NAME_ONLY", _("Name only")

    class Origin(models.TextChoices):
        MANUAL = "MANUAL", _("By hand")
        IMPORT = "IMPORT", _("Import")
        API = "API", _("Interface")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    kind = CodeField(choices=Kind.choices)
    checked_on = models.DateField()
    result = CodeField(choices=Result.choices)
    match = CodeField(choices=Match.choices, blank=True)
    details = models.JSONField(default=dict, blank=True)
    listed_on = models.DateField(null=True, blank=True)
    removed_on = models.DateField(null=True, blank=True)
    origin = CodeField(choices=Origin.choices, default=Origin.MANUAL)
    source_name = models.CharField(max_length=200, blank=True)
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(result="HIT") | ~Q(match=""), name="list_check_hit_has_match"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "kind", "-checked_on", "-id"], name="check_newest"),
            models.Index(
                fields=["customer", "kind"], condition=Q(result="HIT"), name="check_with_hit"
            ),
        ]
        triggers = append_only("list_check")

    def __str__(self) -> str:
        return f"{self.kind} {self.result}"


@pghistory.track()
class Investigation(models.Model):
    """The credit investigation of a customer on a date (C.4): sections, tests, proposal.

    Once confirmed by another person it is frozen with the facts it saw (`snapshot`); the first one
    confirmed is the baseline, later facts append to it.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        CONFIRMED = "CONFIRMED", _("Confirmed")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    as_of = models.DateField()
    state = CodeField(choices=State.choices, default=State.DRAFT)
    is_baseline = models.BooleanField(default=False)
    sections = models.JSONField(default=dict, blank=True)
    tests = models.JSONField(default=dict, blank=True)
    proposal = models.JSONField(default=dict, blank=True)
    snapshot = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("drafted_by")),
                name="investigation_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_baseline=True), name="investigation_baseline"
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state="DRAFT"), name="investigation_one_draft"
            ),
        ]
        ordering = ["customer_id", "-as_of", "-id"]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.as_of}"
