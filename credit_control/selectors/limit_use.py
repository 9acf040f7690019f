"""Who has how much, uses how much, and what ends soon: the credit limits list, set-based."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from common.bulk import fetch_rows
from credit_control.domain.exposure import ExposureFacts, compute_exposure
from credit_control.models import CreditAccount, CreditLimit, LimitRequest
from credit_control.selectors.exposure import build_limit
from credit_control.selectors.groups import HELD_BY_ACCOUNT
from credit_control.selectors.rates import Rates, rates_for
from receivables.selectors import ExposureParts, list_exposures
from scoring.models import Rating
from scoring.selectors import get_current_ratings

SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One account: its limit, what uses it, what is left. Amounts in the limit's currency."""

    account: CreditAccount
    currency: str
    limit: Decimal
    unsecured: Decimal | None
    temporary: Decimal
    valid_through: date | None
    state: str
    receivables: Decimal
    delivered_not_invoiced: Decimal
    open_orders: Decimal
    reservations: Decimal
    overdue: Decimal
    oldest_due_date: date | None
    rating: Rating | None
    request: LimitRequest | None
    missing_rates: tuple[str, ...]
    as_of: date

    @property
    def gross(self) -> Decimal:
        return self.receivables + self.delivered_not_invoiced + self.open_orders + self.reservations

    @property
    def headroom(self) -> Decimal:
        return self.limit - self.gross

    @property
    def use_ratio(self) -> Decimal | None:
        return (self.gross / self.limit).quantize(Decimal("0.0001")) if self.limit > 0 else None

    @property
    def customer(self) -> Any:
        return self.account.customer

    @property
    def owed(self) -> Decimal:
        """What the bar shows as used: receivables and deliveries not invoiced."""
        return self.receivables + self.delivered_not_invoiced

    @property
    def held(self) -> Decimal:
        """What the bar shows as reserved: released orders and reservations."""
        return self.open_orders + self.reservations

    @property
    def grade(self) -> str:
        return f"{self.rating.grade}{self.rating.modifier}" if self.rating else ""

    @property
    def score(self) -> Decimal:
        """The rating's score, for sorting: the unrated come last."""
        return (self.rating.score if self.rating else None) or Decimal(-1)

    @property
    def is_expiring(self) -> bool:
        end = self.valid_through
        return end is not None and self.as_of <= end <= self.as_of + timedelta(days=SOON_DAYS)


def list_limit_use(
    *,
    user: Any = None,
    as_of: date,
    customer_ids: Collection[int] | None = None,
    account_ids: Collection[int] | None = None,
) -> list[LimitUse]:
    """Return every account that `user` may see (None: the system) with limit and use.

    Six queries, seven with foreign currency, however many accounts there are.
    """
    accounts = list(_accounts(user, customer_ids, account_ids))
    customers = [account.customer_id for account in accounts]
    everybody = user is None and customer_ids is None and account_ids is None
    exposures = list_exposures(as_of=as_of, customer_ids=None if everybody else customers)
    held = {
        row[0]: row[1]
        for row in fetch_rows(
            HELD_BY_ACCOUNT.format(columns="a.id, held.amount"),
            {"customers": None if everybody else customers, "company": None, "as_of": as_of},
        )
    }
    limits = _limits([account.pk for account in accounts])
    ratings = get_current_ratings(customer_ids=customers, as_of=as_of)
    requests = {
        row.account_id: row
        for row in LimitRequest.objects.filter(
            account__in=[a.pk for a in accounts], state__in=["IN_APPROVAL", "RETURNED"]
        )
    }
    currencies = {code for parts in exposures.values() for code in parts.currencies}
    rates = rates_for(currencies | {a.currency for a in accounts}, "CNY", as_of=as_of)
    return [
        _row(
            account,
            limits.get(account.pk, []),
            exposures.get((account.customer_id, account.company_id)),
            held.get(account.pk, Decimal(0)),
            ratings.get(account.customer_id),
            requests.get(account.pk),
            rates,
            as_of,
        )
        for account in accounts
    ]


def _accounts(
    user: Any, customer_ids: Collection[int] | None, account_ids: Collection[int] | None
) -> QuerySet[CreditAccount]:
    accounts: QuerySet[CreditAccount] = CreditAccount.objects.order_by("customer__code", "pk")
    if user is not None:
        accounts = accounts.for_user(user)  # type: ignore[attr-defined]
    if customer_ids is not None:
        accounts = accounts.filter(customer__in=list(customer_ids))
    if account_ids is not None:
        accounts = accounts.filter(pk__in=list(account_ids))
    return accounts.select_related("customer__sales_owner", "company", "payment_term")


def _limits(account_ids: list[int]) -> dict[int, list[CreditLimit]]:
    found: dict[int, list[CreditLimit]] = {}
    for row in CreditLimit.objects.filter(
        account__in=account_ids, state__in=["ACTIVE", "SUSPENDED", "EXPIRED", "PENDING"]
    ).order_by("pk"):
        found.setdefault(row.account_id, []).append(row)
    return found


def _row(
    account: CreditAccount,
    limits: list[CreditLimit],
    parts: ExposureParts | None,
    held: Decimal,
    rating: Rating | None,
    request: LimitRequest | None,
    rates: Rates,
    as_of: date,
) -> LimitUse:
    parts = parts or ExposureParts(account.customer_id, account.company_id)
    currency = account.currency
    limit = build_limit(limits, currency, on=as_of)
    sums = {"receivables": Decimal(0), "delivered": Decimal(0), "orders": Decimal(0)}
    missing = [code for code in parts.currencies if rates.find(code, currency) is None]
    for code, amounts in parts.currencies.items():
        if code in missing:
            continue
        own = compute_exposure(
            ExposureFacts(
                currency=code,
                open_items=amounts.open_items,
                unapplied_credits=amounts.unapplied,
                delivered_not_invoiced=amounts.delivered_not_invoiced,
            ),
            as_of=as_of,
        )
        for name, amount in (
            ("receivables", own.open_items_net),
            ("delivered", own.delivered_not_invoiced),
            ("orders", amounts.open_orders),
        ):
            sums[name] += rates.convert(amount, code, currency) or Decimal(0)
    overdue = sum(
        (
            rates.convert(amount, code, currency) or Decimal(0)
            for code, amount in parts.overdue_amounts.items()
        ),
        Decimal(0),
    )
    return LimitUse(
        account=account,
        currency=currency,
        limit=limit.in_force,
        unsecured=limit.unsecured,
        temporary=limit.temporary,
        valid_through=limit.valid_through,
        state=_state(limit.base, as_of),
        receivables=sums["receivables"],
        delivered_not_invoiced=sums["delivered"],
        open_orders=sums["orders"],
        reservations=held,
        overdue=overdue,
        oldest_due_date=parts.oldest_due_date,
        rating=rating,
        request=request,
        missing_rates=tuple(sorted(missing)),
        as_of=as_of,
    )


def _state(base: Any, as_of: date) -> str:
    """Return the state to show: a limit past its last day is expired, whatever the row still says."""
    if base is None:
        return "NONE"
    if base.state.value == "ACTIVE" and not base.is_in_force(on=as_of):
        return "EXPIRED" if base.valid_through and base.valid_through < as_of else "PENDING"
    return str(base.state.value)
