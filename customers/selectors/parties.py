"""Reads of parties: one customer, lists, the search by name, pinyin, code or registration number."""

import unicodedata
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Replace, Upper
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.errors import NotFound
from common.identifiers import normalise_code
from common.scope import visible_customers
from customers.domain.duplicates import normalise_name
from customers.models import (
    BankAccount,
    Contact,
    ContactLog,
    Customer,
    CustomerGroup,
    CustomerStateChange,
    Task,
)

MAX_QUERY = 80
MIN_SPELLED = 4
TO_DO = (Task.State.PENDING, Task.State.OVERDUE, Task.State.ESCALATED)


def get_customer(code: str, *, user: Any) -> Customer:
    """Return the customer with this code that `user` may see; raise `NotFound`. One query."""
    customer: Customer | None = (
        list_customers(user).select_related("group", "parent").filter(code=code.upper()).first()
    )
    if customer is None:
        raise NotFound(_("There is no such customer."))
    return customer


def list_customers(user: Any) -> QuerySet[Customer]:
    """Return the customers that `user` may see, with what their rows show. One query."""
    customers: QuerySet[Customer] = Customer.objects.for_user(user)
    return customers.select_related("sales_owner", "payment_term")


def match_customers(query: str) -> Q:
    """Return the condition under which a customer answers to `query`.

    Code and registration number by their beginning, initials and pinyin by any part, names (legal,
    English, short, former) by any part; case, width, blanks and punctuation do not matter.
    Needs the annotations of `annotate_spelling`.
    """
    text = unicodedata.normalize("NFKC", query).strip()[:MAX_QUERY]
    code = normalise_code(text)
    if not code:
        return Q(pk__in=[]) if text else Q()
    condition = Q(code__startswith=text.upper()) | Q(code__startswith=code)
    condition |= Q(uscc__startswith=code)
    name = normalise_name(text)
    if name:
        condition |= Q(normalised_name__contains=name)
        condition |= Q(former_text__contains=name) | Q(former_text__contains=text.upper())
    condition |= Q(name_en__icontains=text) | Q(short_name__icontains=text)
    plain = "".join(text.lower().split())
    if plain.isascii():
        condition |= Q(pinyin_initials__contains=plain) | Q(spelling__startswith=plain)
        if len(plain) >= MIN_SPELLED:  # two letters stand in the middle of far too many syllables
            condition |= Q(spelling__contains=plain)
    return condition


def annotate_spelling(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Add what `match_customers` compares: pinyin without blanks, former names as one text."""
    former = Func(
        F("former_names"), Value(" "), function="array_to_string", output_field=TextField()
    )
    spelling = Replace(F("pinyin"), Value(" "), Value(""), output_field=TextField())
    return customers.alias(spelling=spelling, former_text=Upper(former))


def find_customers(query: str, *, user: Any) -> QuerySet[Customer]:
    """Return the visible customers that answer to `query`, best first. One query."""
    text = unicodedata.normalize("NFKC", query).strip()[:MAX_QUERY]
    customers = annotate_spelling(list_customers(user)).filter(match_customers(query))
    code, plain = normalise_code(text), "".join(text.lower().split())
    name = normalise_name(text)
    rank = Case(
        When(code=code, then=Value(0)),
        When(uscc=code, then=Value(0)),
        When(code__startswith=code, then=Value(1)),
        When(pinyin_initials__startswith=plain, then=Value(2)),
        When(normalised_name__startswith=name, then=Value(2)),
        When(spelling__startswith=plain, then=Value(3)),
        When(pinyin_initials__contains=plain, then=Value(4)),
        When(normalised_name__contains=name, then=Value(4)),
        default=Value(5),
        output_field=IntegerField(),
    )
    return customers.alias(rank=rank).order_by("rank", "pinyin", "code")


def search_customers(query: str, *, user: Any, limit: int = 20) -> list[Customer]:
    """Return up to `limit` customers that answer to `query`, best first. One query."""
    if not query.strip():
        return []
    return list(find_customers(query, user=user)[:limit])


def order_by_name(customers: QuerySet[Customer], descending: bool = False) -> QuerySet[Customer]:
    """Sort by name as the reader's language does: pinyin in Chinese."""
    chinese = (get_language() or "").startswith("zh")
    key = F("pinyin") if chinese else F("name_en")
    other = F("name") if chinese else F("pinyin")
    return customers.order_by(
        *(part.desc() if descending else part.asc() for part in (key, other)), "code"
    )


def find_same_name(name: str, *, user: Any, but: int | None = None) -> list[Customer]:
    """Return visible customers whose comparable name, present or former, is the same. One query."""
    wanted = normalise_name(name)
    if not wanted:
        return []
    rows = Customer.objects.for_user(user) if user is not None else Customer.objects.all()
    found = rows.exclude(pk=but).filter(
        Q(normalised_name=wanted) | Q(former_names__contains=[name.strip()])
    )
    return list(found.order_by("code")[:5])


def find_by_uscc(uscc: str) -> Customer | None:
    """Return the customer registered under this number, whoever may see it. One query."""
    code = normalise_code(uscc)
    return Customer.objects.filter(uscc=code).first() if code else None


def list_contacts(customer: Customer) -> QuerySet[Contact]:
    """Return a customer's contacts. One query."""
    return Contact.objects.filter(customer=customer).order_by("role", "name")


def list_bank_accounts(customer: Customer) -> QuerySet[BankAccount]:
    """Return a customer's bank accounts with who entered and who checked them. One query."""
    accounts: QuerySet[BankAccount] = BankAccount.objects.filter(customer=customer)
    return accounts.select_related("created_by", "verified_by").order_by("id")


def list_state_changes(customer: Customer) -> QuerySet[CustomerStateChange]:
    """Return a customer's steps through its lifecycle, newest first. One query."""
    changes: QuerySet[CustomerStateChange] = CustomerStateChange.objects.filter(customer=customer)
    return changes.select_related("actor").order_by("-id")


def list_contact_log(customer: Customer) -> QuerySet[ContactLog]:
    """Return the conversations with a customer, newest first. One query."""
    log: QuerySet[ContactLog] = ContactLog.objects.filter(customer=customer)
    return log.select_related("logged_by").order_by("-happened_at", "-id")


def list_group_members(group: CustomerGroup | None, *, user: Any) -> list[Customer]:
    """Return the visible customers of a group. At most one query."""
    if group is None:
        return []
    return list(Customer.objects.for_user(user).filter(group=group).order_by("code"))


def list_tasks(user: Any, *, is_open: bool = True) -> QuerySet[Task]:
    """Return what waits for this person: own tasks, and those of the role within the scope."""
    mine = Q(owner=user) | Q(owner=None, role=user.role)
    tasks: QuerySet[Task] = Task.objects.select_related("customer", "owner").filter(mine)
    seen = visible_customers(user, "customer")
    if seen:  # an empty condition means everything, and would vanish beside an `or`
        tasks = tasks.filter(Q(customer=None) | seen)
    if is_open:
        tasks = tasks.filter(state__in=TO_DO)
    return tasks.order_by(F("due_at").asc(nulls_last=True), "id")


def count_tasks(user: Any, *, now: datetime) -> tuple[int, int]:
    """Return how many tasks wait for this person, and how many of them are late. One query."""
    row = list_tasks(user).aggregate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    return row["n"], row["late"]
