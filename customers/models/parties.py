"""Who owes: our companies, their customers, groups, people, bank accounts, terms and to-dos."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField, CurrencyField, MoneyField
from common.models import append_only
from common.scope import ScopedQuerySet

MAX_GROUP_DEPTH = 6

# Walks the whole forest from its roots: what is deeper than allowed, or not reached because it
# hangs in a ring, refuses the statement. The lock makes two movers wait for each other, so that
# they cannot close a ring together.
_GROUP_TREE = f"""
    PERFORM pg_advisory_xact_lock(hashtextextended('customers.group_tree', 0));
    WITH RECURSIVE tree AS (
        SELECT id, 1 AS depth FROM customers_customergroup WHERE parent_id IS NULL
        UNION ALL
        SELECT g.id, tree.depth + 1 FROM customers_customergroup g
        JOIN tree ON g.parent_id = tree.id
    )
    SELECT count(*), coalesce(max(depth), 0) INTO reached, deepest FROM tree;
    SELECT count(*) INTO present FROM customers_customergroup;
    IF reached < present THEN
        RAISE EXCEPTION 'customer_group_cycle' USING ERRCODE = '23514';
    END IF;
    IF deepest > {MAX_GROUP_DEPTH} THEN
        RAISE EXCEPTION 'customer_group_too_deep' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
"""  # noqa: S608 - a constant of ours

# Walks up from the row; a ring would come back to it.
_PARENT_RING = """
    PERFORM pg_advisory_xact_lock(hashtextextended('customers.parents', 0));
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT NEW.parent_id AS id
            UNION
            SELECT c.parent_id FROM customers_customer c JOIN above ON c.id = above.id
            WHERE c.parent_id IS NOT NULL
        )
        SELECT 1 FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'customer_parent_cycle' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
"""


class TwoNames(models.Model):
    """A thing with an English and a Chinese name, of which the active language's is shown."""

    name_en = models.CharField(max_length=200, blank=True)
    name_zh = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def display_name(self) -> str:
        if (get_language() or "").startswith("zh"):
            return self.name_zh or self.name_en
        return self.name_en or self.name_zh

    def __str__(self) -> str:
        return self.display_name


@pghistory.track()
class Company(TwoNames):
    """One of our own legal entities: the creditor."""

    code = CodeField(unique=True)
    base_currency = CurrencyField(default="CNY")
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    calendar = CodeField(max_length=20, default="CN")
    language = models.CharField(max_length=10, default="zh-hans")
    size_class = CodeField(blank=True)
    address = models.CharField(max_length=300, blank=True)
    bank_account = models.CharField(max_length=60, blank=True)
    bank_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name_plural = "companies"


class PaymentTerm(TwoNames):
    """When an invoice falls due: kind and parameters of `receivables.domain.terms`.

    `rank` orders terms from strict to generous: a check compares an order's rank with the
    approved one.
    """

    code = CodeField(unique=True)
    kind = CodeField()
    params = models.JSONField(default=dict)
    days = models.PositiveSmallIntegerField(default=0)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["rank", "code"]


class CustomerGroup(TwoNames):
    """Customers under the same controller; groups form a tree of at most six levels."""

    code = CodeField(unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="group_not_its_own_parent"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="group_is_a_tree",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),  # type: ignore[no-untyped-call]
                declare=[("reached", "bigint"), ("present", "bigint"), ("deepest", "int")],
                func=_GROUP_TREE,
            )
        ]


class CustomerQuerySet(ScopedQuerySet):
    """Customers, narrowed by scope and by state."""

    def active(self) -> "CustomerQuerySet":
        return self.exclude(state__in=["INACTIVE", "ARCHIVED"])


@pghistory.track()
class Customer(models.Model):
    """The legal entity that owes, or may come to owe."""

    class Kind(models.TextChoices):
        ENTERPRISE = "ENTERPRISE", _("Enterprise")
        INSTITUTION = "INSTITUTION", _("Public institution")
        GOVERNMENT = "GOVERNMENT", _("Government body")
        SELF_EMPLOYED = "SELF_EMPLOYED", _("Self-employed")
        PERSON = "PERSON", _("Natural person")

    class State(models.TextChoices):
        PROSPECT = "PROSPECT", _("Prospect")
        ACTIVE = "ACTIVE", _("Active")
        WATCH = "WATCH", _("Watch")
        BLOCKED = "BLOCKED", _("On hold")
        LEGAL = "LEGAL", _("Legal")
        INSOLVENT = "INSOLVENT", _("Insolvent")
        INACTIVE = "INACTIVE", _("Inactive")
        ARCHIVED = "ARCHIVED", _("Archived")

    class Segment(models.TextChoices):
        CORE = "CORE", _("Core customer")
        ORDINARY = "ORDINARY", _("Ordinary customer")

    scope_path = ""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    short_name = models.CharField(max_length=60, blank=True)
    former_names = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    normalised_name = models.CharField(max_length=200, db_index=True)
    pinyin = models.CharField(max_length=600, blank=True)
    pinyin_initials = models.CharField(max_length=200, blank=True, db_index=True)
    country = models.CharField(max_length=2, default="CN")
    kind = CodeField(choices=Kind.choices, default=Kind.ENTERPRISE)
    roles = ArrayField(CodeField(), default=list)
    uscc = models.CharField(max_length=18, blank=True)
    vat_no = models.CharField(max_length=20, blank=True)
    lei = models.CharField(max_length=20, blank=True)
    group = models.ForeignKey(
        CustomerGroup, models.PROTECT, null=True, blank=True, related_name="members"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    industry = models.CharField(max_length=10, blank=True)
    listed = models.BooleanField(default=False)
    employees = models.PositiveIntegerField(null=True, blank=True)
    revenue_cny = MoneyField(null=True, blank=True)
    assets_cny = MoneyField(null=True, blank=True)
    founded = models.DateField(null=True, blank=True)
    registered_capital = MoneyField(null=True, blank=True)
    currency = CurrencyField(default="CNY")
    payment_term = models.ForeignKey(
        PaymentTerm, models.PROTECT, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=10, default="zh-hans")
    sales_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    region = models.CharField(max_length=40, blank=True)
    relationship_since = models.DateField(null=True, blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    segment = CodeField(choices=Segment.choices, default=Segment.ORDINARY)
    state = CodeField(choices=State.choices, default=State.PROSPECT)
    state_reason = models.CharField(max_length=500, blank=True)
    apply_oldest_first = models.BooleanField(default=False)
    dunning_blocked_until = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], condition=~Q(uscc=""), name="customer_uscc_once"
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="customer_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(uscc="") | Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="customer_uscc_shape",
            ),
        ]
        indexes = [
            models.Index(fields=["sales_owner", "code"], name="customer_of_owner"),
            models.Index(fields=["region", "code"], name="customer_of_region"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="customer_parents_no_ring",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(new__parent__isnull=False),
                timing=pgtrigger.Deferred,
                func=_PARENT_RING,
            )
        ]
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.display_name}"

    @property
    def display_name(self) -> str:
        """The legal name; its English form in English when there is one."""
        if not (get_language() or "").startswith("zh") and self.name_en:
            return self.name_en
        return self.name


class CustomerStateChange(models.Model):
    """One step of a customer's lifecycle (SM01): dated, reasoned, never changed.

    `blocker` is who had put the customer on hold; whoever lifts the hold is somebody else.
    """

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="state_changes")
    action = models.CharField(max_length=40)
    source = CodeField(choices=Customer.State.choices)
    target = CodeField(choices=Customer.State.choices)
    reason = models.CharField(max_length=500)
    as_of = models.DateField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(blocker=None) | Q(actor__isnull=False) & ~Q(blocker=F("actor")),
                name="state_change_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="state_change_newest")]
        triggers = append_only("state_change")

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


@pghistory.track()
class Contact(models.Model):
    """A person at a customer, in one role."""

    class Role(models.TextChoices):
        END_USER = "END_USER", _("End user")
        REQUIREMENT_OWNER = "REQUIREMENT_OWNER", _("Requirement owner")
        DECISION_MAKER = "DECISION_MAKER", _("Decision maker")
        ACCEPTANCE = "ACCEPTANCE", _("Acceptance")
        GOODS_RECEIPT = "GOODS_RECEIPT", _("Goods receipt")
        ACCOUNTS_PAYABLE = "ACCOUNTS_PAYABLE", _("Accounts payable")
        LEGAL_REP = "LEGAL_REP", _("Legal representative")
        FINANCE_HEAD = "FINANCE_HEAD", _("Head of finance")
        GUARANTOR = "GUARANTOR", _("Guarantor")

    class Channel(models.TextChoices):
        EMAIL = "EMAIL", _("E-mail")
        PHONE = "PHONE", _("Phone")
        SMS = "SMS", _("SMS")
        LETTER = "LETTER", _("Letter")
        PORTAL = "PORTAL", _("Portal")

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=60)
    role = CodeField(choices=Role.choices)
    title = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    authority_doc_no = models.CharField(max_length=40, blank=True)
    authority_valid_to = models.DateField(null=True, blank=True)
    preferred_channel = CodeField(choices=Channel.choices, default=Channel.EMAIL)
    language = models.CharField(max_length=10, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "name", "role"], name="contact_once"),
        ]
        ordering = ["customer_id", "role", "name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class BankAccount(models.Model):
    """An account a customer pays from; usable for identification once verified by a call-back."""

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="bank_accounts")
    account = models.CharField(max_length=40)
    bank_name = models.CharField(max_length=120, blank=True)
    holder = models.CharField(max_length=200, blank=True)
    currency = CurrencyField(default="CNY")
    is_iban = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "account"], name="bank_account_once"),
            models.CheckConstraint(
                condition=Q(verified_by=None) | ~Q(verified_by=F("created_by")),
                name="bank_account_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["account"], name="bank_account_number")]

    def __str__(self) -> str:
        return self.account


class Task(models.Model):
    """Something a person must do by a time, and why."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("To do")
        OVERDUE = "OVERDUE", _("Overdue")
        ESCALATED = "ESCALATED", _("Escalated")
        DONE = "DONE", _("Done")
        CANCELLED = "CANCELLED", _("Cancelled")

    scope_path = "customer"

    kind = CodeField(max_length=40)
    key = models.CharField(max_length=160, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=300)
    params = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=200, blank=True)
    role = CodeField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    state = CodeField(choices=State.choices, default=State.PENDING)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["role", "due_at"],
                condition=Q(state__in=["PENDING", "OVERDUE", "ESCALATED"]),
                name="task_to_do",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """What is to do, in the reader's language: the stored English title with its values."""
        try:
            return str(gettext(self.title) % self.params)
        except (KeyError, TypeError, ValueError):
            return str(self.title)


class ContactLog(models.Model):
    """A conversation with a customer: who, how, what was said, what comes next."""

    scope_path = "customer"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contact_log")
    channel = CodeField(choices=Contact.Channel.choices, default=Contact.Channel.PHONE)
    person = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    next_step = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField()
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["customer", "-happened_at"], name="contact_log_newest")]

    def __str__(self) -> str:
        return self.text[:60]
