"""What is owed, paid, disputed and aged: orders, deliveries, invoices, receipts, applications.

Posted facts are never edited: the triggers below refuse it, except for the columns that are caches
(`open_amount`, `closed_on`, `unapplied_amount`, `state`), which `check_books` recounts.

The narrow table `Posting` has one signed row for every movement of every item and lets the aging
of any past date be read in one index range: an item's rows carry the date on which it closed.
"""

from datetime import date

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField, CurrencyField, MoneyField
from common.models import ImportBatch
from common.scope import ScopedQuerySet
from customers.models import Company, Customer, PaymentTerm

NEVER = date(9999, 12, 31)


def facts_only(name: str, *caches: str) -> list[pgtrigger.Trigger]:
    """Return triggers that refuse DELETE, and UPDATE of anything but the cache columns."""
    return [
        pgtrigger.Protect(name=f"{name}_no_delete", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(name=f"{name}_facts", exclude=list(caches))
        if caches
        else pgtrigger.Protect(name=f"{name}_no_update", operation=pgtrigger.Update),
    ]


class Order(models.Model):
    """A customer's order. Its credit status follows the order check, not the other way round."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        CLOSED = "CLOSED", _("Closed")
        CANCELLED = "CANCELLED", _("Cancelled")

    class CreditStatus(models.TextChoices):
        NOT_CHECKED = "NOT_CHECKED", _("Not checked")
        RELEASED = "RELEASED", _("Released")
        RELEASED_WARNING = "RELEASED_WARNING", _("Released with warning")
        BLOCKED = "BLOCKED", _("Blocked")
        OVERRIDE_REQUESTED = "OVERRIDE_REQUESTED", _("Release requested")
        OVERRIDDEN = "OVERRIDDEN", _("Released by decision")
        CLOSED = "CLOSED", _("Closed")

    scope_path = "customer"

    order_no = models.CharField(max_length=40)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    order_date = models.DateField()
    ship_date = models.DateField()
    payment_term = models.ForeignKey(PaymentTerm, models.PROTECT, null=True, related_name="+")
    currency = CurrencyField()
    state = CodeField(choices=State.choices, default=State.OPEN)
    credit_status = CodeField(choices=CreditStatus.choices, default=CreditStatus.NOT_CHECKED)
    open_value = MoneyField(default=0)
    contract_no = models.CharField(max_length=40, blank=True)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "order_no"], name="order_once"),
            models.CheckConstraint(condition=Q(open_value__gte=0), name="order_open_value_sign"),
        ]
        indexes = [
            models.Index(
                fields=["customer"],
                include=[
                    "company",
                    "open_value",
                    "currency",
                    "ship_date",
                    "credit_status",
                    "order_no",
                ],
                condition=Q(state="OPEN"),
                name="order_open",
            ),
        ]

    def __str__(self) -> str:
        return self.order_no


class OrderLine(models.Model):
    """One line of an order: quantities and net price."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    line_no = models.PositiveIntegerField()
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    unit_price_net = models.DecimalField(max_digits=20, decimal_places=6)
    tax_pct = models.DecimalField(max_digits=6, decimal_places=3)
    freight_net = MoneyField(default=0)
    delivered_qty = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    cancelled_qty = models.DecimalField(max_digits=18, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "line_no"], name="order_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="order_line_quantity_sign"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_no}"


class Delivery(models.Model):
    """Goods that left us, and who signed for them. `open_value`: delivered, not yet invoiced."""

    class State(models.TextChoices):
        SHIPPED = "SHIPPED", _("Shipped")
        SIGNED = "SIGNED", _("Signed")
        PARTLY_SIGNED = "PARTLY_SIGNED", _("Partly signed")
        REFUSED = "REFUSED", _("Refused")
        INVOICED = "INVOICED", _("Invoiced")

    scope_path = "order__customer"

    delivery_no = models.CharField(max_length=40)
    order = models.ForeignKey(Order, models.PROTECT, related_name="deliveries")
    shipped_at = models.DateTimeField()
    carrier = models.CharField(max_length=60, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=60, blank=True)
    proof_file = models.CharField(max_length=200, blank=True)
    state = CodeField(choices=State.choices, default=State.SHIPPED)
    open_value = MoneyField(default=0)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="+")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["order", "delivery_no"], name="delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["order"],
                include=["open_value"],
                condition=~Q(state__in=["INVOICED", "REFUSED"]),
                name="delivery_not_invoiced",
            ),
        ]

    def __str__(self) -> str:
        return self.delivery_no


class DeliveryLine(models.Model):
    """One line of a delivery: what was sent, accepted and refused."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="lines")
    line_no = models.PositiveIntegerField()
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    accepted_qty = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    refused_qty = models.DecimalField(max_digits=18, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "line_no"], name="delivery_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.line_no}"


class Invoice(models.Model):
    """A posted document of the receivables ledger. Credit notes and advances are negative."""

    class DocType(models.TextChoices):
        INV = "INV", _("Invoice")
        DN = "DN", _("Debit note")
        CN = "CN", _("Credit note")
        INT = "INT", _("Late interest")
        FEE = "FEE", _("Fee")
        ADV = "ADV", _("Advance payment")
        RET = "RET", _("Retention money")

    scope_path = "customer"

    number = models.CharField(max_length=40)
    doc_type = CodeField(max_length=3, choices=DocType.choices, default=DocType.INV)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    doc_date = models.DateField()
    posting_date = models.DateField()
    base_date = models.DateField()
    payment_term = models.ForeignKey(
        PaymentTerm, models.PROTECT, null=True, related_name="+", db_index=False
    )
    currency = CurrencyField()
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    fx_rate = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    tax_invoice_no = models.CharField(max_length=20, blank=True)
    order_no = models.CharField(max_length=40, blank=True)
    delivery_no = models.CharField(max_length=40, blank=True)
    contract_no = models.CharField(max_length=40, blank=True)
    reference_no = models.CharField(max_length=40, blank=True)
    structured_ref = models.CharField(max_length=35, blank=True)
    digest = models.CharField(max_length=32)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    batch = models.ForeignKey(
        ImportBatch,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="invoice_once"),
            models.CheckConstraint(
                condition=Q(doc_type__in=["CN", "ADV"], gross__lte=0)
                | ~Q(doc_type__in=["CN", "ADV"]) & Q(gross__gte=0)
                | Q(reverses__isnull=False),
                name="invoice_sign",
            ),
        ]
        triggers = facts_only("invoice")

    def __str__(self) -> str:
        return self.number


class DueLine(models.Model):
    """One instalment of a document: what is due when. The item that ages, is paid and dunned.

    `due_date` is the effective one (after the business-day rule); null for credit documents.
    `open_amount` and `closed_on` are caches over the applications.
    """

    scope_path = "customer"

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="due_lines", db_index=False)
    line_no = models.PositiveSmallIntegerField(default=1)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    company = models.ForeignKey(
        Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    currency = CurrencyField()
    nominal_due_date = models.DateField(null=True)
    due_date = models.DateField(null=True)
    amount = MoneyField()
    open_amount = MoneyField()
    closed_on = models.DateField(null=True, blank=True)
    disputed_amount = MoneyField(default=0)
    dunning_level = models.PositiveSmallIntegerField(default=0)
    last_dunned_on = models.DateField(null=True, blank=True)
    dunning_blocked_until = models.DateField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "line_no"], name="due_line_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, open_amount__gte=0, open_amount__lte=F("amount"))
                | Q(amount__lt=0, open_amount__lte=0, open_amount__gte=F("amount")),
                name="due_line_open_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(open_amount=0, closed_on__isnull=False)
                | ~Q(open_amount=0) & Q(closed_on=None),
                name="due_line_closed_when_paid",
            ),
            models.CheckConstraint(
                condition=Q(disputed_amount__gte=0), name="due_line_disputed_sign"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer"],
                include=[
                    "id",
                    "company",
                    "due_date",
                    "open_amount",
                    "currency",
                    "disputed_amount",
                    "dunning_level",
                ],
                condition=~Q(open_amount=0),
                name="due_line_open",
            ),
        ]
        triggers = facts_only(
            "due_line",
            "open_amount",
            "closed_on",
            "disputed_amount",
            "dunning_level",
            "last_dunned_on",
            "dunning_blocked_until",
        )

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.line_no}"


class Receipt(models.Model):
    """Money that came in. `unapplied_amount` is a cache: amount less live applications."""

    class State(models.TextChoices):
        IMPORTED = "IMPORTED", _("Imported")
        UNIDENTIFIED = "UNIDENTIFIED", _("Payer unknown")
        IDENTIFIED = "IDENTIFIED", _("Payer known")
        PARTLY_APPLIED = "PARTLY_APPLIED", _("Partly applied")
        APPLIED = "APPLIED", _("Applied")
        RETURNED = "RETURNED", _("Returned")
        REFUNDED = "REFUNDED", _("Refunded")

    class Method(models.TextChoices):
        TRANSFER = "TRANSFER", _("Bank transfer")
        BILL = "BILL", _("Bill of exchange")
        CASH = "CASH", _("Cash")
        CARD = "CARD", _("Card")
        SET_OFF = "SET_OFF", _("Set-off")
        OTHER = "OTHER", _("Other")

    scope_path = "customer"

    number = models.CharField(max_length=40)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    value_date = models.DateField()
    posting_date = models.DateField()
    currency = CurrencyField()
    amount = MoneyField()
    unapplied_amount = MoneyField()
    payer_name = models.CharField(max_length=200, blank=True)
    payer_account = models.CharField(max_length=40, blank=True)
    bank_account = models.CharField(max_length=40, blank=True)
    bank_ref = models.CharField(max_length=60, blank=True)
    remittance = models.CharField(max_length=500, blank=True)
    structured_ref = models.CharField(max_length=35, blank=True)
    method = CodeField(choices=Method.choices, default=Method.TRANSFER)
    state = CodeField(choices=State.choices, default=State.IMPORTED)
    match_rule = CodeField(max_length=40, blank=True)
    match_detail = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=32)
    returned_on = models.DateField(null=True, blank=True)
    batch = models.ForeignKey(
        ImportBatch,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="receipt_once"),
            models.UniqueConstraint(
                fields=["bank_account", "bank_ref"],
                condition=~Q(bank_ref=""),
                name="receipt_bank_ref_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_sign"),
            models.CheckConstraint(
                condition=Q(unapplied_amount__gte=0, unapplied_amount__lte=F("amount")),
                name="receipt_unapplied_within_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer"],
                include=["company", "unapplied_amount", "currency", "value_date"],
                condition=Q(unapplied_amount__gt=0),
                name="receipt_unapplied",
            ),
            models.Index(fields=["-value_date"], name="receipt_newest"),
        ]
        triggers = facts_only(
            "receipt",
            "customer",
            "unapplied_amount",
            "state",
            "match_rule",
            "match_detail",
            "returned_on",
        )

    def __str__(self) -> str:
        return self.number


class Application(models.Model):
    """Part of a receipt, or of a credit document, used to pay an item.

    Never edited: undoing one writes a row with the opposite amount that names it in `reverses`.
    """

    scope_path = "due_line__customer"

    due_line = models.ForeignKey(DueLine, models.PROTECT, related_name="applications")
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, null=True, blank=True, related_name="applications"
    )
    credit_line = models.ForeignKey(
        DueLine, models.PROTECT, null=True, blank=True, related_name="uses"
    )
    amount = MoneyField()
    applied_on = models.DateField()
    rule = CodeField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(receipt=None, credit_line__isnull=False)
                | Q(receipt__isnull=False, credit_line=None),
                name="application_one_source",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses=None) | Q(amount__lt=0, reverses__isnull=False),
                name="application_sign",
            ),
        ]
        triggers = facts_only("application")

    def __str__(self) -> str:
        return f"{self.due_line_id} {self.amount}"


class Posting(models.Model):
    """One signed movement of one item: the narrow table behind the aging of any date.

    An item is a due line or a receipt (then `due_date` is null: money on account). A document adds
    its amount; a receipt adds its negative; an application moves the amount from one to the other,
    two rows that sum to zero. `closed_on` is the day since which the item is settled (NEVER while
    open): the open amount of an item on day D is the sum of its rows with posted_on <= D, and all
    items with closed_on <= D may be left out, for theirs is zero.
    """

    customer = models.ForeignKey(
        Customer,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    company = models.ForeignKey(
        Company, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    due_line = models.ForeignKey(
        DueLine, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    receipt = models.ForeignKey(
        Receipt, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    currency = CurrencyField()
    due_date = models.DateField(null=True)
    doc_date = models.DateField()
    posted_on = models.DateField()
    amount = MoneyField()
    closed_on = models.DateField(default=NEVER)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(due_line=None, receipt__isnull=False)
                | Q(due_line__isnull=False, receipt=None),
                name="posting_one_item",
            ),
        ]
        indexes = [
            models.Index(
                fields=["closed_on"],
                include=[
                    "customer",
                    "company",
                    "currency",
                    "due_date",
                    "doc_date",
                    "posted_on",
                    "amount",
                ],
                name="posting_aging",
            ),
            models.Index(
                fields=["due_line"], condition=Q(due_line__isnull=False), name="posting_of_line"
            ),
            models.Index(
                fields=["receipt"], condition=Q(receipt__isnull=False), name="posting_of_receipt"
            ),
            models.Index(fields=["customer", "closed_on"], name="posting_of_customer"),
        ]
        triggers = facts_only("posting", "closed_on", "customer")

    def __str__(self) -> str:
        return f"{self.posted_on} {self.amount}"


class Dispute(models.Model):
    """A contested amount of an item: it is not dunned, yet it stays owed until decided."""

    class Kind(models.TextChoices):
        PRICE = "PRICE", _("Price")
        QUANTITY = "QUANTITY", _("Quantity")
        QUALITY = "QUALITY", _("Quality")
        DELIVERY = "DELIVERY", _("Delivery")
        DUPLICATE = "DUPLICATE", _("Billed twice")
        OTHER = "OTHER", _("Other")

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        CLOSED = "CLOSED", _("Closed")

    scope_path = "due_line__customer"

    due_line = models.ForeignKey(DueLine, models.PROTECT, related_name="disputes")
    kind = CodeField(choices=Kind.choices)
    amount = MoneyField()
    text = models.CharField(max_length=500, blank=True)
    raised_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    state = CodeField(choices=State.choices, default=State.OPEN)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["due_line"], condition=Q(state="OPEN"), name="dispute_one_open"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_sign"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class AgingSnapshot(models.Model):
    """The aging of one customer on one day, as the night saw it; `run` makes the day unique."""

    as_of = models.DateField()
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    currency = CurrencyField()
    total = MoneyField()
    not_due = MoneyField()
    buckets = models.JSONField()
    unapplied = MoneyField()
    disputed = MoneyField()

    scope_path = "customer"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "company", "customer", "currency"], name="aging_snapshot_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.customer_id}"
