"""Opinions on the facts: statements as they were given, 5C answers, and the ratings they led to."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fields import CodeField, CurrencyField, MoneyField
from common.models import ImportBatch, PolicyVersion, Run, append_only
from common.scope import ScopedQuerySet
from customers.models import Customer, Document


class Statement(models.Model):
    """A set of financial statements of one period; a restatement is a new version.

    CONDENSED statements state totals and derived items and give few components: what is missing
    stays missing. DOUBTFUL ones failed a check and count only by override.
    """

    class Kind(models.TextChoices):
        ANNUAL = "ANNUAL", _("Annual")
        INTERIM = "INTERIM", _("Interim")

    class Form(models.TextChoices):
        FULL = "FULL", _("Full")
        CONDENSED = "CONDENSED", _("Condensed")

    class Opinion(models.TextChoices):
        UNQUALIFIED = "UNQUALIFIED", _("Unqualified")
        EMPHASIS = "UNQUALIFIED_EMPHASIS", _("Unqualified with emphasis")
        QUALIFIED = "QUALIFIED", _("Qualified")
        ADVERSE = "ADVERSE", _("Adverse")
        DISCLAIMER = "DISCLAIMER", _("Disclaimer")
        UNAUDITED_FILED = "UNAUDITED_FILED", _("Unaudited, tax-filed")
        UNAUDITED = "UNAUDITED", _("Unaudited")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    period_end = models.DateField()
    months = models.PositiveSmallIntegerField(default=12)
    kind = CodeField(choices=Kind.choices, default=Kind.ANNUAL)
    form = CodeField(choices=Form.choices, default=Form.FULL)
    gaap = CodeField(default="CAS")
    consolidated = models.BooleanField(default=False)
    opinion = CodeField(choices=Opinion.choices, default=Opinion.UNAUDITED)
    auditor = models.CharField(max_length=100, blank=True)
    currency = CurrencyField(default="CNY")
    unit = models.PositiveIntegerField(default=1)
    complete = models.BooleanField(default=False)
    non_comparable = CodeField(blank=True)
    source = CodeField(default="CUSTOMER")
    received_on = models.DateField(null=True, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    superseded_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    doubtful = models.BooleanField(default=False)
    findings = models.JSONField(default=list, blank=True)
    digest = models.CharField(max_length=32)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="+")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # A doubtful statement counts only after somebody else took responsibility for it.
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_on = models.DateField(null=True, blank=True)
    accepted_reason = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "period_end", "kind", "consolidated", "version"],
                name="statement_version_once",
            ),
            models.CheckConstraint(
                condition=Q(months__gte=1, months__lte=18), name="statement_months"
            ),
            models.CheckConstraint(
                condition=Q(unit__in=[1, 1000, 10000, 1000000]), name="statement_unit"
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None)
                | Q(entered_by=None)
                | ~Q(accepted_by=F("entered_by")),
                name="statement_four_eyes",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-period_end"],
                condition=Q(superseded_by=None),
                name="statement_current",
            ),
        ]
        ordering = ["customer_id", "-period_end", "-version"]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.period_end} v{self.version}"


class StatementLine(models.Model):
    """One line of a statement, in the statement's own unit; the item is a canonical machine name."""

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="lines")
    item = models.CharField(max_length=40)
    amount = MoneyField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "item"], name="statement_line_once"),
        ]
        triggers = append_only("statement_line")

    def __str__(self) -> str:
        return f"{self.item} {self.amount}"


class StatementOpening(models.Model):
    """An opening balance (年初数) as a statement prints it beside the closing one, in its unit.

    Kept only where it was given: it tells whether last year was restated (check YY-01).
    """

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="openings")
    item = models.CharField(max_length=40)
    amount = MoneyField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "item"], name="statement_opening_once"),
        ]
        triggers = append_only("statement_opening")

    def __str__(self) -> str:
        return f"{self.item} {self.amount}"


class FiveCAssessment(models.Model):
    """The 5C answers of one date: drafted by one person, confirmed by another."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        CONFIRMED = "CONFIRMED", _("Confirmed")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    as_of = models.DateField()
    answers = models.JSONField()
    evidence = models.JSONField(default=dict, blank=True)
    comments = models.JSONField(default=dict, blank=True)
    state = CodeField(choices=State.choices, default=State.DRAFT)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # They count from this day on; None: since the day of the answers.
    confirmed_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("drafted_by")),
                name="assessment_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-as_of", "-id"], name="assessment_newest")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.as_of}"


class CharacteristicAssessment(models.Model):
    """Ratings of the 18 characteristics (0 to 10) of one date: drafted by one, confirmed by another.

    Only what a person rates is kept here; what follows from figures (payment record, earning power …)
    is derived when it is used.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        CONFIRMED = "CONFIRMED", _("Confirmed")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    as_of = models.DateField()
    answers = models.JSONField()
    comments = models.JSONField(default=dict, blank=True)
    state = CodeField(choices=State.choices, default=State.DRAFT)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # They count from this day on; None: since the day of the answers.
    confirmed_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("drafted_by")),
                name="characteristics_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-as_of", "-id"], name="characteristics_newest")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.as_of}"


class RatingOverride(models.Model):
    """A person's word against the score: a shift of the grade with reason, expiry, second person (9.5).

    NOTCH-1 is a stronger parent's written support, NOTCH-2 a weaker parent's pooled cash, NOTCH-3 the
    committee's decision (`notches`: at most two up, any number down; at most six months).
    """

    class Code(models.TextChoices):
        PARENT_SUPPORT = "NOTCH-1", _("Support of a stronger parent")
        PARENT_POOL = "NOTCH-2", _("Cash pooled with a weaker parent")
        COMMITTEE = "NOTCH-3", _("Decision of the committee")

    class State(models.TextChoices):
        ASKED = "ASKED", pgettext_lazy("state of an override", "Asked for")
        APPROVED = "APPROVED", _("Approved")
        REFUSED = "REFUSED", _("Refused")
        ENDED = "ENDED", _("Ended early")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    code = CodeField(max_length=8, choices=Code.choices)
    notches = models.SmallIntegerField(default=0)
    reason = models.CharField(max_length=1000)
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField()
    state = CodeField(choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_on = models.DateField(null=True, blank=True)
    # The first day on which it counts no more, where it was ended early.
    ended_on = models.DateField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="rating_override_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="rating_override_period"
            ),
            models.CheckConstraint(
                condition=~Q(code="NOTCH-3") | Q(notches__lte=2) & ~Q(notches=0),
                name="rating_override_notches",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "valid_to"],
                condition=Q(state__in=["APPROVED", "ENDED"]),
                name="rating_override_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.customer_id}"


class Rating(models.Model):
    """What was concluded about a customer on a date, with everything that it was concluded from.

    Never edited. The same facts on the same date under the same policy give the same row
    (`facts_digest`), so a repeated run stores nothing new.
    """

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    as_of = models.DateField()
    statement = models.ForeignKey(
        Statement, models.PROTECT, null=True, blank=True, related_name="+"
    )
    assessment = models.ForeignKey(
        FiveCAssessment, models.PROTECT, null=True, blank=True, related_name="+"
    )
    z_model = CodeField(max_length=40, blank=True)
    z_value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    z_band = CodeField(blank=True)
    financial_score = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    behaviour_score = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    qualitative_score = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    external_score = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    score = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    grade = CodeField(max_length=3)
    modifier = models.CharField(max_length=1, blank=True)
    risk_class = CodeField(max_length=1)
    pd_12m = models.DecimalField(max_digits=9, decimal_places=8, null=True, blank=True)
    valid_to = models.DateField()
    suggested_limit = MoneyField(null=True, blank=True)
    limit_currency = CurrencyField(default="CNY")
    components = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    caps = models.JSONField(default=list)
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="+")
    override = models.ForeignKey(
        RatingOverride, models.PROTECT, null=True, blank=True, related_name="+"
    )
    rated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    facts_digest = models.CharField(max_length=32)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "as_of", "facts_digest"], name="rating_once"
            ),
            models.CheckConstraint(
                condition=Q(risk_class__in=["1", "2", "3", "4", "5", "D"]), name="rating_class"
            ),
            models.CheckConstraint(
                condition=Q(grade__in=["AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D"]),
                name="rating_grade",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-as_of", "-id"], name="rating_newest")]
        triggers = append_only("rating")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.grade}{self.modifier}"

    @property
    def is_trading_blocked(self) -> bool:
        """Tell whether a confirmed sanctions hit blocks all trade (KO-06); the grade is then a D."""
        return any(cap["code"] == "KO-06" for cap in self.caps)

    @property
    def shown_grade(self) -> str:
        """The grade with its modifier, or BLOCKED: with whom nobody may trade has no grade to show."""
        return "BLOCKED" if self.is_trading_blocked else f"{self.grade}{self.modifier}"
