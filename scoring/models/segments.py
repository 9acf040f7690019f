"""Core and ordinary customers, month by month, with what each was decided from."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField, MoneyField
from common.models import Run, append_only
from common.scope import ScopedQuerySet
from customers.models import Customer


class SegmentFreeze(models.Model):
    """The segment of one customer for one month (scoring guide 13): written once, then frozen.

    A group is judged as a whole (`group_key`); `revenue` is the net revenue of the twelve months
    before, `years` those since the first paid invoice, `before` the cumulative share before it.
    `value` and what it is made of (`facts`) are in the base currency of the first company.
    """

    class Segment(models.TextChoices):
        CORE = "CORE", _("Core")
        CORE_WATCH = "CORE_WATCH", _("Core, watched")
        ORDINARY = "ORDINARY", _("Ordinary")
        INACTIVE = "INACTIVE", _("Inactive")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    month = models.DateField()
    segment = CodeField(choices=Segment.choices)
    computed = CodeField(choices=Segment.choices)
    abc = models.CharField(max_length=1, blank=True)
    group_key = models.CharField(max_length=40, blank=True)
    revenue = MoneyField(default=0)
    years = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    before = models.DecimalField(max_digits=9, decimal_places=8, null=True, blank=True)
    in_pareto = models.BooleanField(default=False)
    in_relation = models.BooleanField(default=False)
    months_outside = models.PositiveSmallIntegerField(default=0)
    value = MoneyField(null=True, blank=True)
    average_receivable = MoneyField(null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            # An override of a month is a later row of the same month: the newest counts.
            models.UniqueConstraint(
                fields=["customer", "month", "overridden_by", "reason"],
                name="segment_freeze_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["month", "-revenue"], name="segment_of_month"),
            models.Index(fields=["customer", "-month", "-id"], name="segment_newest"),
        ]
        triggers = append_only("segment_freeze")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.month} {self.segment}"
