"""Who hangs on whom without owning it: guarantees, supply, control, and the risk groups they make."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField, CurrencyField, MoneyField
from common.scope import ScopedQuerySet
from customers.models.dossier import Document
from customers.models.parties import Customer, TwoNames


@pghistory.track()
class Relation(models.Model):
    """One customer bound to another for a period: it guarantees, supplies, controls or shares.

    Reads as a sentence: `source` GUARANTEES `target`. `share` is the share of the target's supply,
    capital or debt, 0 to 1.
    """

    class Kind(models.TextChoices):
        GUARANTEES = "GUARANTEES", _("Guarantees")
        SUPPLIES = "SUPPLIES", _("Supplies")
        CONTROLS = "CONTROLS", _("Controls")
        SAME_CONTROLLER = "SAME_CONTROLLER", _("Has the same controller as")
        SAME_ADDRESS = "SAME_ADDRESS", _("Shares address, phone or staff with")

    scope_path = "source"

    source = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    target = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    kind = CodeField(choices=Kind.choices)
    amount = MoneyField(null=True, blank=True)
    currency = CurrencyField(default="CNY")
    share = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("target")), name="relation_of_two"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="relation_period_in_order",
            ),
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__gte=0, share__lte=1), name="relation_share"
            ),
            models.UniqueConstraint(
                fields=["source", "target", "kind"],
                condition=Q(valid_to=None),
                name="relation_open_once",
            ),
        ]
        indexes = [models.Index(fields=["target", "kind"], name="relation_of_target")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


@pghistory.track()
class RiskGroup(TwoNames):
    """Customers that fall together though nobody owns them all (关联风险组)."""

    class Reason(models.TextChoices):
        SAME_CONTROLLER = "SAME_CONTROLLER", _("Same controller")
        GUARANTEE_RING = "GUARANTEE_RING", _("Guarantee ring")
        SUPPLY_DEPENDENCE = "SUPPLY_DEPENDENCE", _("Dependence on one supplier or buyer")
        OTHER = "OTHER", _("Other")

    code = CodeField(unique=True)
    reason = CodeField(choices=Reason.choices)
    note = models.CharField(max_length=500, blank=True)


class RiskGroupMember(models.Model):
    """A customer's time in a risk group; at most one at a date."""

    scope_path = "customer"

    group = models.ForeignKey(RiskGroup, models.PROTECT, related_name="members")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(valid_to=None), name="risk_group_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="risk_group_period_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.customer_id}"
