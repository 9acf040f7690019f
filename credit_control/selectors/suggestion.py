"""The limit that the rating suggests, and the need that turnover and term imply."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from common.policies import get_policy
from credit_control.models import CreditAccount
from credit_control.selectors.rates import rates_for
from receivables.models import Invoice
from scoring.domain.limits.limit_methods import compute_need
from scoring.models import Rating

MISSING_RATING, MISSING_STATEMENT, MISSING_RATE = "NO_RATING", "NO_STATEMENT", "NO_RATE"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested limit with its terms; `value` None says by `status` what is missing.

    `value` is what the rating suggests: `capacity`, the working-assets limit of the statements, times
    the `factor` of the grade, rounded down. `need` is what a year's turnover takes at the term (None
    without turnover); it is judged beside the suggestion, for last year's turnover bounds no growth.
    """

    value: Decimal | None
    status: str
    capacity: Decimal | None = None
    factor: Decimal | None = None
    evaluation: Decimal | None = None
    percentage: Decimal | None = None
    working_assets: Decimal | None = None
    need: Decimal | None = None
    turnover: Decimal | None = None
    is_weak: bool = False


def suggest_limit(
    account: CreditAccount, *, as_of: date, rating: Rating | None, term_days: int
) -> Suggestion:
    """Return the limit that rating and turnover suggest. Two queries, three across currencies."""
    need, turnover = _need(account, term_days, as_of)
    if rating is None:
        return Suggestion(None, MISSING_RATING, need=need, turnover=turnover)
    stored: Mapping[str, Any] = rating.components.get("limit", {})
    capacity = _decimal(stored.get("capacity"))
    if rating.suggested_limit is None or capacity is None:
        status = str(stored.get("status") or MISSING_STATEMENT).upper()
        return Suggestion(None, status, need=need, turnover=turnover)
    rates = rates_for({rating.limit_currency}, account.currency, as_of=as_of)

    def own(amount: Decimal | None) -> Decimal | None:
        if amount is None:
            return None
        return rates.convert(amount, rating.limit_currency, account.currency)

    value = own(rating.suggested_limit)
    if value is None:
        return Suggestion(None, MISSING_RATE, need=need, turnover=turnover)
    return Suggestion(
        value=value,
        status="OK",
        capacity=own(capacity),
        factor=_decimal(stored.get("factor")) or Decimal(1),
        evaluation=_decimal(stored.get("evaluation")),
        percentage=_decimal(stored.get("percentage")),
        working_assets=own(_decimal(stored.get("working_assets"))),
        need=need,
        turnover=turnover,
        is_weak=bool(stored.get("is_weak")),
    )


def _need(
    account: CreditAccount, term_days: int, as_of: date
) -> tuple[Decimal | None, Decimal | None]:
    """Return the peak need at the term, and the net turnover of twelve months it follows from."""
    turnover = Invoice.objects.filter(
        customer_id=account.customer_id,
        company_id=account.company_id,
        currency=account.currency,
        doc_type__in=["INV", "DN", "CN"],
        doc_date__gt=as_of - timedelta(days=365),
        doc_date__lte=as_of,
    ).aggregate(net=Sum("net"))["net"]
    if not turnover or turnover <= 0:
        return None, None
    body = get_policy("LIMIT_METHODS", as_of=as_of).body
    need = compute_need(
        turnover,
        term_days=term_days,
        cycle_days=int(body["cycle_days"]),
        vat_rate=Decimal(str(body["vat_rate"])),
        peak_factor=Decimal(str(body["peak_factor"])),
    )
    return need.quantize(Decimal("0.01")), turnover


def _decimal(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))
