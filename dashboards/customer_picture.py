"""The customer's whole picture: each card of the page is one frozen value with its own few queries.

Nothing is computed here that another app has a rule for: exposure and limit are credit's, aging is
receivables', Z″ and 5C are scoring's. What is here puts them side by side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from collection.models import PromiseToPay
from common.bulk import fetch_dicts
from credit_control.models import CreditAccount
from credit_control.selectors import (
    Exposure,
    LimitInForce,
    find_account,
    get_effective_limit,
    get_exposure,
)
from customers.models import Company, Customer
from receivables.models import DueLine, Order
from receivables.selectors import AgingFilter, AgingReport, get_aging
from scoring.domain.models.altman import FORMS, Z_DOUBLE_PRIME
from scoring.domain.models.five_c import PARTS
from scoring.domain.models.five_c_scale import INDICATORS, PART_LABELS
from scoring.models import FiveCAssessment, Rating
from scoring.selectors import explain_rating, list_z_trend
from scoring.selectors.ratings import ZPoint

BEHAVIOUR_DAYS = 365
CENT = Decimal("0.1")


# --- header ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TabCounts:
    """What the tabs say in figures: open orders and open items."""

    orders: int
    invoices: int


def count_open_documents(customer: Customer) -> TabCounts:
    """Count open orders and open items. Two queries."""
    return TabCounts(
        orders=Order.objects.filter(customer=customer, state=Order.State.OPEN).count(),
        invoices=DueLine.objects.filter(customer=customer).exclude(open_amount=0).count(),
    )


def get_company() -> Company | None:
    """Return our company: the first one, until several keep their books here. One query."""
    return Company.objects.order_by("pk").first()


# --- limit ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LimitCard:
    """Use of the limit on a day. `lines` is the calculation, item by item; they sum to `free`."""

    account: CreditAccount
    limit: LimitInForce
    exposure: Exposure

    @property
    def total(self) -> Decimal:
        return self.limit.in_force

    @property
    def used(self) -> Decimal:
        """Owed: items less money on account, and what is delivered but not invoiced."""
        parts = self.exposure.components
        return parts["open_items"] + parts["unapplied"] + parts["delivered_not_invoiced"]

    @property
    def reserved(self) -> Decimal:
        parts = self.exposure.components
        return parts["open_orders"] + parts["reservations"]

    @property
    def free(self) -> Decimal:
        return self.total - self.exposure.gross

    @property
    def use_ratio(self) -> Decimal | None:
        return self.exposure.gross / self.total if self.total > 0 else None

    @property
    def has_limit(self) -> bool:
        return self.limit.base is not None

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The calculation of what is free, each line signed as it counts."""
        parts = self.exposure.components
        words = {
            "open_items": _("Open invoices"),
            "unapplied": _("Money on account"),
            "delivered_not_invoiced": _("Delivered, not invoiced"),
            "open_orders": _("Released orders"),
            "reservations": _("Reservations"),
        }
        rows: list[dict[str, Any]] = [{"label": _("Limit"), "amount": self.total}]
        rows += [{"label": words[name], "amount": -amount} for name, amount in parts.items()]
        return rows


def get_limit_card(customer: Customer, *, company: Company | None, as_of: date) -> LimitCard | None:
    """Return the use of a customer's limit, or None without a credit account. Four queries."""
    account = find_account(customer=customer, company=company) if company else None
    if account is None:
        return None
    return LimitCard(
        account=account,
        limit=get_effective_limit(account=account, as_of=as_of),
        exposure=get_exposure(account=account, as_of=as_of),
    )


# --- aging ----------------------------------------------------------------------------------------


def get_aging_card(customer: Customer, *, user: Any, as_of: date) -> AgingReport:
    """Return the aging of one customer. Three queries."""
    return get_aging(as_of=as_of, user=user, filters=AgingFilter(customer=customer.code))


# --- Z″ -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ZCard:
    """Z″ of the last periods, oldest first, with the limits of the grey zone."""

    points: list[ZPoint]
    low: Decimal
    high: Decimal

    @property
    def latest(self) -> ZPoint | None:
        """The newest period that has a value."""
        return next((p for p in reversed(self.points) if p.value is not None), None)

    @property
    def first(self) -> ZPoint | None:
        return next((p for p in self.points if p.value is not None), None)


def get_z_card(customer: Customer, *, as_of: date) -> ZCard:
    """Return the course of Z″. Two queries."""
    form = FORMS[Z_DOUBLE_PRIME]
    return ZCard(list_z_trend(customer, as_of=as_of), form.low, form.high)


# --- 5C -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """One of the five: its score out of 100, None when too little is known, and why."""

    label: str
    score: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class FiveCCard:
    """The five bars and their weighted score."""

    score: Decimal | None
    bars: tuple[Bar, ...]
    as_of: date


def read_five_c(rating: Rating | None) -> FiveCCard | None:
    """Return the 5C of a rating; None without answers. No query."""
    if rating is None or rating.assessment is None:
        return None
    parts = dict(explain_rating(rating).parts)
    bars = tuple(
        Bar(label_part(part), _whole(parts.get(part)), find_weakest(rating.assessment, part))
        for part in PARTS
    )
    return FiveCCard(_whole(rating.qualitative_score), bars, rating.assessment.as_of)


def label_part(part: str) -> str:
    """Return the name of one of the five in the reader's language."""
    english, chinese = PART_LABELS[part]
    return chinese if _is_chinese() else english


def find_weakest(assessment: FiveCAssessment, part: str) -> str:
    """Return what drags one of the five down most, in the words of the questionnaire."""
    language = get_language() or "en"
    steps = [
        (answer, name)
        for name, answer in zip(PARTS[part], assessment.answers.get(part, []), strict=False)
        if isinstance(answer, int)
    ]
    if not steps:
        return _("Not answered yet")
    step, name = min(steps)
    indicator = INDICATORS[name]
    return _("%(question)s: %(anchor)s") % {
        "question": indicator.label(language),
        "anchor": indicator.anchors(language)[step - 1],
    }


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _whole(score: Decimal | None) -> Decimal | None:
    return None if score is None else score.quantize(Decimal(1), rounding=ROUND_HALF_UP)


# --- payment behaviour ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a customer paid in the last twelve months; averages are weighted by amount.

    `days_to_pay` counts from the document's date, `days_late` from the due date (early payment is
    negative). Promises: kept of those whose day is past.
    """

    items: int
    days_to_pay: Decimal | None
    days_late: Decimal | None
    promises_kept: int
    promises_due: int
    last_paid_on: date | None
    last_amount: Decimal | None
    last_currency: str


def get_behaviour(customer: Customer, *, as_of: date) -> Behaviour:
    """Return the payment behaviour up to a day. Two queries."""
    row = fetch_dicts(
        """
        with paid as (
            select l.amount, l.closed_on - i.doc_date as to_pay, l.closed_on - l.due_date as late
            from receivables_dueline l join receivables_invoice i on i.id = l.invoice_id
            where i.customer_id = %(customer)s and l.amount > 0 and l.due_date is not null
                and l.closed_on > %(since)s and l.closed_on <= %(as_of)s
                and i.reverses_id is null
                and not exists (select 1 from receivables_invoice r where r.reverses_id = i.id)),
        last as (
            select value_date, amount, currency from receivables_receipt
            where customer_id = %(customer)s and value_date <= %(as_of)s and returned_on is null
            order by value_date desc, id desc limit 1)
        select (select count(*) from paid) as items,
            (select sum(amount * to_pay) / nullif(sum(amount), 0) from paid) as days_to_pay,
            (select sum(amount * late) / nullif(sum(amount), 0) from paid) as days_late,
            (select value_date from last) as last_paid_on,
            (select amount from last) as last_amount,
            (select currency from last) as last_currency
        """,
        {
            "customer": customer.pk,
            "as_of": as_of,
            "since": as_of - timedelta(days=BEHAVIOUR_DAYS),
        },
    )[0]
    judged = ("KEPT", "PARTLY_KEPT", "BROKEN")
    promises = PromiseToPay.objects.filter(
        customer=customer, state__in=judged, promise_date__lte=as_of
    ).aggregate(due=Count("pk"), kept=Count("pk", filter=Q(state="KEPT")))
    return Behaviour(
        items=row["items"],
        days_to_pay=_days(row["days_to_pay"]),
        days_late=_days(row["days_late"]),
        promises_kept=promises["kept"],
        promises_due=promises["due"],
        last_paid_on=row["last_paid_on"],
        last_amount=row["last_amount"],
        last_currency=row["last_currency"] or "",
    )


def _days(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(CENT, rounding=ROUND_HALF_UP)


def describe_z(card: ZCard) -> str:
    """Say in one sentence what the chart of Z″ shows."""
    latest, first = card.latest, card.first
    if latest is None or first is None:
        return _("No Z″ can be computed yet.")
    words: Mapping[str, str] = zone_words()
    values = {
        "value": f"{latest.value:.2f}",
        "zone": words.get(str(latest.band), ""),
        "period": latest.period_end.isoformat(),
        "first": f"{first.value:.2f}",
    }
    if latest is first:
        return _("Z″ is %(value)s (%(period)s): %(zone)s.") % values
    if (latest.value or 0) < (first.value or 0):
        return _("Z″ fell from %(first)s to %(value)s (%(period)s): %(zone)s.") % values
    return _("Z″ went from %(first)s to %(value)s (%(period)s): %(zone)s.") % values


def zone_words() -> dict[str, str]:
    """Return the names of the three zones."""
    return {"safe": _("safe zone"), "grey": _("grey zone"), "distress": _("distress zone")}
