"""The list of customers with what the higher apps know of each: grade, limit use, overdue.

Sorting and filtering run over all rows in the database; the figures of the page's rows come set-wise
from the apps that own them, so that a row never says something else than the customer's page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    DecimalField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import QueryDict

from common.badges import GRADES
from credit_control.models import CreditLimit
from credit_control.selectors import LimitUse, list_limit_use
from customers.models import Customer
from customers.selectors import find_customers, list_customers, order_by_name
from receivables.models import DueLine
from receivables.selectors import list_exposures
from scoring.models import Rating
from scoring.selectors import get_current_ratings

UNRATED = "NONE"
SORTS = ("name", "code", "grade", "state", "limit", "overdue", "owner", "region")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What the list keeps; empty keeps all."""

    q: str = ""
    state: str = ""
    segment: str = ""
    owner: str = ""
    region: str = ""
    grade: str = ""
    is_overdue: bool = False
    sort: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "CustomerFilter":
        """Read the filter from a page's query; a value that means nothing is no filter."""
        state, segment = query.get("state", ""), query.get("segment", "")
        grade, sort = query.get("grade", ""), query.get("sort", "")
        return cls(
            q=query.get("q", "").strip()[:80],
            state=state if state in Customer.State.values else "",
            segment=segment if segment in Customer.Segment.values else "",
            owner=query.get("owner", "")[:150],
            region=query.get("region", "")[:40],
            grade=grade if grade in (*GRADES, UNRATED) else "",
            is_overdue=query.get("overdue") == "1",
            sort=sort if sort.removeprefix("-") in SORTS else "",
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the list."""
        return not any(
            (self.q, self.state, self.segment, self.owner, self.region, self.grade, self.is_overdue)
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """What the higher apps say of one customer. `currency` is that of the limit."""

    grade: str
    total: Decimal | None
    used: Decimal
    reserved: Decimal
    currency: str
    overdue: Mapping[str, Decimal]
    oldest_due_date: date | None

    @property
    def use_ratio(self) -> Decimal | None:
        return (self.used + self.reserved) / self.total if self.total else None


NO_FIGURES = Figures("", None, ZERO, ZERO, "", {}, None)


def select_customers(user: Any, chosen: CustomerFilter, *, as_of: date) -> QuerySet[Customer]:
    """Return the visible customers that the filter keeps, in its order. One query."""
    rows = find_customers(chosen.q, user=user) if chosen.q else list_customers(user)
    plain = {
        "state": chosen.state,
        "segment": chosen.segment,
        "region": chosen.region,
        "sales_owner__username": chosen.owner,
    }
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    if chosen.grade:
        rows = rows.alias(grade_now=_grade(as_of))
        rows = (
            rows.filter(grade_now=None)
            if chosen.grade == UNRATED
            else rows.filter(grade_now=chosen.grade)
        )
    if chosen.is_overdue:
        rows = rows.filter(Exists(_overdue_lines(as_of)))
    if chosen.sort or not chosen.q:
        rows = _order(rows, chosen.sort or "name", as_of)
    return rows


def _order(rows: QuerySet[Customer], sort: str, as_of: date) -> QuerySet[Customer]:
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name == "name":
        return order_by_name(rows, descending)
    keys: dict[str, Any] = {
        "code": F("code"),
        "state": F("state"),
        "region": F("region"),
        "owner": F("sales_owner__username"),
    }
    if name == "grade":
        rows = rows.alias(grade_now=_grade(as_of)).alias(
            grade_rank=Case(
                *(When(grade_now=grade, then=Value(n)) for n, grade in enumerate(GRADES)),
                default=Value(len(GRADES)),
                output_field=IntegerField(),
            )
        )
        keys["grade"] = F("grade_rank")
    if name == "overdue":
        total = _overdue_lines(as_of).values("customer").annotate(n=Sum("open_amount")).values("n")
        rows = rows.alias(overdue_sum=Coalesce(Subquery(total), Value(ZERO), output_field=_MONEY))
        keys["overdue"] = F("overdue_sum")
    if name == "limit":
        limit = (
            CreditLimit.objects.filter(
                account__customer=OuterRef("pk"),
                kind="TOTAL",
                state="ACTIVE",
                valid_from__lte=as_of,
            )
            .order_by("-amount")
            .values("amount")[:1]
        )
        rows = rows.alias(limit_now=Coalesce(Subquery(limit), Value(ZERO), output_field=_MONEY))
        keys["limit"] = F("limit_now")
    key = keys[name]
    return rows.order_by(key.desc() if descending else key.asc(), "code")


_MONEY: "DecimalField[Any, Any]" = DecimalField(max_digits=20, decimal_places=3)


def _grade(as_of: date) -> Subquery:
    newest = Rating.objects.filter(customer=OuterRef("pk"), as_of__lte=as_of)
    return Subquery(newest.order_by("-as_of", "-id").values("grade")[:1])


def _overdue_lines(as_of: date) -> QuerySet[DueLine]:
    lines: QuerySet[DueLine] = DueLine.objects.filter(
        customer=OuterRef("pk"), open_amount__gt=0, due_date__lt=as_of
    )
    return lines.order_by()


def list_figures(customers: Iterable[Customer], *, as_of: date) -> dict[int, Figures]:
    """Return what the higher apps say of these customers, by customer id. Eight queries at most."""
    ids = [customer.pk for customer in customers]
    if not ids:
        return {}
    ratings = get_current_ratings(customer_ids=ids, as_of=as_of)
    overdue: dict[int, dict[str, Decimal]] = {}
    oldest: dict[int, date] = {}
    for (customer, _company), parts in list_exposures(customer_ids=ids, as_of=as_of).items():
        sums = overdue.setdefault(customer, {})
        for code, amount in parts.overdue_amounts.items():
            sums[code] = sums.get(code, ZERO) + amount
        if parts.oldest_due_date:
            oldest[customer] = min(
                oldest.get(customer, parts.oldest_due_date), parts.oldest_due_date
            )
    uses: dict[int, LimitUse] = {}
    for use in list_limit_use(as_of=as_of, customer_ids=ids):
        uses.setdefault(use.account.customer_id, use)
    return {
        pk: _figures(ratings.get(pk), uses.get(pk), overdue.get(pk, {}), oldest.get(pk))
        for pk in ids
    }


def _figures(
    rating: Rating | None,
    use: LimitUse | None,
    overdue: Mapping[str, Decimal],
    oldest: date | None,
) -> Figures:
    has_limit = use is not None and use.state != "NONE"
    return Figures(
        grade=rating.shown_grade if rating else "",
        total=use.limit if use and has_limit else None,
        used=use.owed if use else ZERO,
        reserved=use.held if use else ZERO,
        currency=use.currency if use else "",
        overdue=overdue,
        oldest_due_date=oldest,
    )
