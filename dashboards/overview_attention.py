"""What needs somebody now: counted set-wise, in one query a subject, each with its list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collection.models import PromiseToPay
from common import figures
from common.models import Event, Job
from common.scope import visible_customers
from credit_control.models import CreditLimit, LimitRequest
from customers.domain.signals import TO_ANSWER
from customers.models import Customer, Signal
from dashboards.models import ExposureSnapshot
from dashboards.overview_links import page_url
from receivables.models import Order
from users.permissions import may

SOON = timedelta(days=14)
WEEK = timedelta(days=7)
DOWNGRADED = "scoring.rating.downgraded"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list: what, how much, where it leads."""

    text: str
    note: str
    url: str
    tone: str
    icon_name: str


def list_attention(*, user: Any, as_of: date, now: datetime, currency: str) -> list[Item]:
    """Return what needs attention, the most urgent first. Eight queries at most."""
    subjects = (
        ("signal.view", _red_signals(user, now)),
        ("limit.view", _late_approvals(user, now, currency)),
        ("grade.view", _downgrades(user, as_of, currency)),
        ("limit.view", _ending_limits(user, as_of, currency)),
        ("order_check.view", _held_orders(user, currency)),
        ("dunning.view", _broken_promises(user, as_of, currency)),
        ("job.view", _failed_jobs()),
    )
    return [item for permission, items in subjects if may(user, permission) for item in items]


def _amount(amount: Decimal | None, currency: str) -> str:
    return figures.with_symbol(figures.shorten(amount), currency)


def _late_approvals(user: Any, now: datetime, currency: str) -> Iterator[Item]:
    facts = (
        LimitRequest.objects.for_user(user)
        .filter(state=LimitRequest.State.IN_APPROVAL, decide_by__lt=now)
        .aggregate(n=Count("pk"), oldest=Min("decide_by"), amount=Sum("requested_limit"))
    )
    if not facts["n"]:
        return
    days = max(1, (now - facts["oldest"]).days)
    late = ngettext("oldest %(n)d day late", "oldest %(n)d days late", days) % {"n": days}
    yield Item(
        ngettext("%(n)d approval past its time", "%(n)d approvals past their time", facts["n"])
        % {"n": facts["n"]},
        _("%(late)s · %(amount)s requested")
        % {"late": late, "amount": _amount(facts["amount"], currency)},
        page_url("inbox"),
        "bad",
        icon_name="gavel",
    )


def _red_signals(user: Any, now: datetime) -> Iterator[Item]:
    facts = (
        Signal.objects.for_user(user)
        .filter(state__in=TO_ANSWER, severity=Signal.Severity.RED)
        .aggregate(
            n=Count("pk"),
            customers=Count("customer", distinct=True),
            late=Count("pk", filter=Q(due_at__lte=now)),
        )
    )
    if not facts["n"]:
        return
    about = ngettext("about %(n)d customer", "about %(n)d customers", facts["customers"]) % {
        "n": facts["customers"]
    }
    late = _("%(n)d past their time") % {"n": facts["late"]} if facts["late"] else ""
    yield Item(
        ngettext("%(n)d red signal to answer", "%(n)d red signals to answer", facts["n"])
        % {"n": facts["n"]},
        " · ".join(part for part in (about, late) if part),
        page_url("signals", severity="RED"),
        "bad",
        icon_name="alert-triangle",
    )


def _downgrades(user: Any, as_of: date, currency: str) -> Iterator[Item]:
    mine = Customer.objects.filter(visible_customers(user)).values("pk")
    fallen = Event.objects.filter(
        code=DOWNGRADED, as_of__gt=as_of - WEEK, as_of__lte=as_of, customer_id__in=mine
    )
    count = fallen.aggregate(n=Count("customer_id", distinct=True))["n"]
    if not count:
        return
    exposure = ExposureSnapshot.objects.filter(
        as_of=ExposureSnapshot.objects.filter(as_of__lte=as_of).values(d=Max("as_of"))[:1],
        customer_id__in=fallen.values("customer_id"),
    ).aggregate(amount=Sum("gross"))["amount"]
    yield Item(
        ngettext(
            "%(n)d customer downgraded this week", "%(n)d customers downgraded this week", count
        )
        % {"n": count},
        _("%(amount)s exposure") % {"amount": _amount(exposure, currency)},
        page_url("ratings", sort="-as_of"),
        "warn",
        icon_name="trending-down",
    )


def _ending_limits(user: Any, as_of: date, currency: str) -> Iterator[Item]:
    facts = (
        CreditLimit.objects.for_user(user)
        .filter(
            kind=CreditLimit.Kind.TOTAL,
            state=CreditLimit.State.ACTIVE,
            valid_to__gte=as_of,
            valid_to__lte=as_of + SOON,
        )
        .aggregate(n=Count("pk"), amount=Sum("amount"))
    )
    if facts["n"]:
        yield Item(
            ngettext(
                "%(n)d limit ends within 14 days", "%(n)d limits end within 14 days", facts["n"]
            )
            % {"n": facts["n"]},
            _("%(amount)s of limits") % {"amount": _amount(facts["amount"], currency)},
            page_url("limits", show="expiring"),
            "warn",
            icon_name="hourglass",
        )


def _held_orders(user: Any, currency: str) -> Iterator[Item]:
    facts = (
        Order.objects.for_user(user)
        .filter(state=Order.State.OPEN, credit_status=Order.CreditStatus.BLOCKED)
        .aggregate(n=Count("pk"), amount=Sum("open_value"))
    )
    if facts["n"]:
        yield Item(
            ngettext("%(n)d order on credit hold", "%(n)d orders on credit hold", facts["n"])
            % {"n": facts["n"]},
            _amount(facts["amount"], currency),
            page_url("order_checks", decision="BLOCKED"),
            "grey",
            icon_name="lock",
        )


def _broken_promises(user: Any, as_of: date, currency: str) -> Iterator[Item]:
    states = PromiseToPay.State
    facts = (
        PromiseToPay.objects.for_user(user)
        .filter(
            Q(state=states.BROKEN) | Q(state=states.PARTLY_KEPT),
            evaluated_on__gt=as_of - WEEK,
            evaluated_on__lte=as_of,
        )
        .aggregate(n=Count("pk"), amount=Sum("amount"), paid=Sum("paid_in_time"))
    )
    if facts["n"]:
        missing = facts["amount"] - (facts["paid"] or Decimal(0))
        yield Item(
            ngettext(
                "%(n)d promise broken this week", "%(n)d promises broken this week", facts["n"]
            )
            % {"n": facts["n"]},
            _("%(amount)s did not come") % {"amount": _amount(missing, currency)},
            page_url("promises", state="BROKEN"),
            "warn",
            icon_name="message-circle",
        )


def _failed_jobs() -> Iterator[Item]:
    count = Job.objects.filter(state__in=[Job.State.PARKED, Job.State.FAILED]).count()
    if count:
        yield Item(
            ngettext("%(n)d job failed", "%(n)d jobs failed", count) % {"n": count},
            _("Somebody must look at it and start it again"),
            page_url("jobs", state="PARKED"),
            "bad",
            icon_name="alert-triangle",
        )
