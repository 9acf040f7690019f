"""What the overview keeps for its history: the use of credit as each night saw it.

Receivables of past days need no store (`receivables` ages any day); orders and limits do, because
they are changed in place.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import CurrencyField, MoneyField
from common.scope import ScopedQuerySet
from customers.models import Company, Customer


class ExposureSnapshot(models.Model):
    """Gross exposure and limit in force of one account on one day, in the account's currency.

    Written once; a second night of the same day changes nothing. No limit is 0.
    """

    scope_path = "customer"

    as_of = models.DateField()
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    currency = CurrencyField()
    gross = MoneyField()
    limit_total = MoneyField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("exposure snapshot")
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "company", "customer"], name="exposure_snapshot_once"
            ),
            models.CheckConstraint(
                condition=Q(limit_total__gte=0), name="exposure_snapshot_limit_sign"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.customer_id}"
