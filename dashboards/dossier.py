"""How complete the files are: the tier from the limit, statements from scoring, the rest below.

One customer for his page, or everybody at once for lists and the overview.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q

from common.bulk import fetch_rows
from credit_control.selectors.rates import PIVOT, get_rates
from customers.domain.checklist import Tier, get_tier
from customers.domain.completeness import Completeness, StatementPeriod
from customers.models import Customer
from customers.selectors import get_completeness
from customers.selectors import list_completeness as judge_all
from scoring.models import Rating, Statement
from scoring.selectors import get_current_ratings

_ASKED = """
    select customer_id, currency, max(amount), max(asked_on)
    from (
        select a.customer_id, l.currency, l.amount, null::date as asked_on
        from credit_creditlimit l
        join credit_creditaccount a on a.id = l.account_id
        where l.kind in ('TOTAL', 'UNSECURED') and l.state <> 'PENDING' and l.state <> 'REVOKED'
            and l.valid_from <= %(as_of)s and (l.valid_to is null or l.valid_to >= %(as_of)s)
            and (l.state <> 'SUPERSEDED' or %(as_of)s < %(today)s)
        union all
        select a.customer_id, r.currency,
            case when r.decided_at is null or (r.decided_at at time zone %(zone)s)::date > %(as_of)s
                then r.requested_limit end,
            (r.submitted_at at time zone %(zone)s)::date
        from credit_limitrequest r
        join credit_creditaccount a on a.id = r.account_id
        where (r.submitted_at at time zone %(zone)s)::date <= %(as_of)s and r.state <> 'WITHDRAWN'
    ) as asked
    where %(everybody)s or customer_id = any(%(ids)s)
    group by customer_id, currency
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What credit is at stake: the largest limit in force or asked for, in CNY, and since when.

    `amount` is None when no exchange rate tells; the file is then judged as for a large credit.
    """

    amount: Decimal | None
    applied_on: date | None


def list_asked(
    *, as_of: date, today: date, customer_ids: Collection[int] | None = None
) -> dict[int, Asked]:
    """Return what is at stake for each customer with a limit or a request. Two queries."""
    rows = fetch_rows(
        _ASKED,
        {
            "as_of": as_of,
            "today": today,
            "everybody": customer_ids is None,
            "ids": list(customer_ids or ()),
            "zone": settings.TIME_ZONE,
        },
    )
    rates = get_rates({currency for _pk, currency, _amount, _day in rows}, as_of=as_of)
    found: dict[int, Asked] = {}
    for customer_id, currency, amount, asked_on in rows:
        known = found.get(customer_id, Asked(Decimal(0), None))
        value = rates.convert(amount, currency, PIVOT) if amount is not None else Decimal(0)
        most = None if value is None or known.amount is None else max(value, known.amount)
        days = [day for day in (known.applied_on, asked_on) if day is not None]
        found[customer_id] = Asked(most, max(days, default=None))
    return found


NOTHING_ASKED = Asked(Decimal(0), None)


def find_tier(customer: Customer, asked: Asked, risk_class: str | None) -> Tier:
    """Return the tier of a customer; an amount that no rate converts counts as a large one."""
    if asked.amount is None:
        return Tier.T3
    return get_tier(asked.amount, risk_class, is_foreign=customer.country != "CN")


@dataclass(frozen=True, slots=True)
class FileState:
    """The state of one file on a day, with what set its tier."""

    completeness: Completeness
    asked: Asked


def get_file_state(
    customer: Customer, *, rating: Rating | None, as_of: date, today: date
) -> FileState:
    """Judge one file as known on a day. Ten queries."""
    asked = list_asked(as_of=as_of, today=today, customer_ids=[customer.pk]).get(
        customer.pk, NOTHING_ASKED
    )
    tier = find_tier(customer, asked, rating.risk_class if rating else None)
    completeness = get_completeness(
        customer,
        tier=tier,
        as_of=as_of,
        statements=list_statement_periods(as_of=as_of, customer_ids=[customer.pk]).get(
            customer.pk, []
        ),
        applied_on=asked.applied_on,
    )
    return FileState(completeness, asked)


def list_completeness(*, as_of: date, user: Any) -> dict[int, Completeness]:
    """Judge the files of every visible customer with a credit at stake. Twelve queries in all."""
    asked = list_asked(as_of=as_of, today=as_of)
    customers = Customer.objects.for_user(user).filter(pk__in=asked).only("id", "country")
    ratings = get_current_ratings(customer_ids=list(asked), as_of=as_of)
    tiers = {
        customer.pk: find_tier(customer, asked[customer.pk], _class_of(ratings, customer.pk))
        for customer in customers
    }
    return judge_all(
        as_of=as_of,
        user=user,
        tiers=tiers,
        statements=list_statement_periods(as_of=as_of, customer_ids=list(tiers)),
        applied_on={pk: asked[pk].applied_on for pk in tiers},
    )


def _class_of(ratings: Mapping[int, Rating], customer_id: int) -> str | None:
    rating = ratings.get(customer_id)
    return rating.risk_class if rating else None


def list_statement_periods(
    *, as_of: date, customer_ids: Collection[int]
) -> dict[int, list[StatementPeriod]]:
    """Return the periods of the usable statements that had arrived by a day. One query.

    A doubtful statement counts only when somebody took responsibility for it; one that was restated
    later counts until then.
    """
    rows = (
        Statement.objects.filter(
            Q(superseded_by=None) | Q(superseded_by__received_on__gt=as_of),
            customer_id__in=list(customer_ids),
            period_end__lte=as_of,
        )
        .exclude(doubtful=True, accepted_by=None)
        .exclude(received_on__gt=as_of)
        .order_by()
        .values_list("customer_id", "period_end", "months")
        .distinct()
    )
    found: dict[int, list[StatementPeriod]] = {}
    for customer_id, period_end, months in rows:
        found.setdefault(customer_id, []).append(StatementPeriod(period_end, months))
    return found
