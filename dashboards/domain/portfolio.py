"""Shares and rates of a portfolio. Ratios are in percent, to two decimals, half-up; None is "no
figure", shown as a dash. Source: process specification F.1 and F.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil

from common.money import round_money
from dashboards.domain.measures import HUNDRED, PLACES, divide, mean_of, percent_of

LEAD_TIME_TARGET_HOURS = 24
DAYS_OF_YEAR = 365


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Business hours from submission to decision."""

    mean: Decimal | None
    median: Decimal | None
    p90: Decimal | None
    within_target_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class OverrideRates:
    """Value released against the check in percent of all released, and what was lost on it."""

    rate_pct: Decimal | None
    loss_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class IneffectiveCost:
    """Bad debts, funding of what is overdue and administration, and their share of sales."""

    amount: Decimal
    ratio_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class OverdueDays:
    """An overdue amount and how many days of the period it was overdue."""

    amount: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much hangs on few: HHI of shares (0–1), the largest share, 1/HHI."""

    hhi: Decimal
    top_share_pct: Decimal
    effective_number: Decimal


def collection_effectiveness(
    beginning_ar: Decimal,
    credit_sales: Decimal,
    ending_ar: Decimal,
    ending_current_ar: Decimal,
    *,
    places: int | None = PLACES,
) -> Decimal | None:
    """Return the share of what could be collected that was (CEI), in percent.

    (beginning + sales − ending) ÷ (beginning + sales − ending current) × 100.

    >>> collection_effectiveness(*map(Decimal, (2_800_000, 2_400_000, 3_000_000, 2_100_000)))
    Decimal('70.97')
    """
    return percent_of(
        beginning_ar + credit_sales - ending_ar,
        beginning_ar + credit_sales - ending_current_ar,
        places=places,
    )


def overdue_share(overdue_ar: Decimal, total_ar: Decimal) -> Decimal | None:
    """Return the overdue part of the receivables, in percent."""
    return percent_of(overdue_ar, total_ar)


def limit_utilisation(gross_exposure: Decimal, limit: Decimal) -> Decimal | None:
    """Return gross exposure in percent of the effective limit.

    >>> limit_utilisation(Decimal(930_000), Decimal(1_000_000))
    Decimal('93.00')
    """
    return percent_of(gross_exposure, limit)


def receivables_turnover(credit_sales: Decimal, month_ends: Sequence[Decimal]) -> Decimal | None:
    """Return credit sales ÷ average receivables of the month ends: times per period.

    >>> receivables_turnover(Decimal("28.8"), [Decimal("2.9")] * 12)
    Decimal('9.93')
    """
    return divide(credit_sales * len(month_ends), sum(month_ends, Decimal(0)))


def bad_debt_share(net_write_offs: Decimal, credit_sales: Decimal) -> Decimal | None:
    """Return write-offs less recoveries in percent of credit sales."""
    return percent_of(net_write_offs, credit_sales)


def concentration(amounts: Iterable[Decimal]) -> Concentration | None:
    """Return how concentrated an exposure is over its (groups of) customers; None without any.

    >>> concentration([Decimal(40), Decimal(30), Decimal(30)]).hhi
    Decimal('0.34')
    """
    positive = [amount for amount in amounts if amount > 0]
    whole = sum(positive, Decimal(0))
    if not whole:
        return None
    squares = sum((amount * amount for amount in positive), Decimal(0))
    hhi = squares / (whole * whole)
    return Concentration(
        hhi=hhi.quantize(Decimal("0.0001")).normalize(),
        top_share_pct=percent_of(max(positive), whole) or Decimal(0),
        effective_number=divide(whole * whole, squares) or Decimal(0),
    )


def collector_effectiveness(
    opening_overdue: Decimal, became_overdue: Decimal, collected_overdue: Decimal
) -> Decimal | None:
    """Return what was collected of all that was overdue in the period, in percent."""
    return percent_of(collected_overdue, opening_overdue + became_overdue)


def promise_kept_share(kept: int, partly_kept: int, broken: int) -> Decimal | None:
    """Return the share of promises kept among those decided, in percent.

    >>> promise_kept_share(6, 1, 3)
    Decimal('60.00')
    """
    return percent_of(Decimal(kept), Decimal(kept + partly_kept + broken))


def approval_lead_time(hours: Sequence[int]) -> LeadTime:
    """Return mean, median, 90th percentile (nearest rank) and share within 24 business hours.

    >>> approval_lead_time([6, 10, 24, 3, 7]).p90
    Decimal('24.00')
    """
    if not hours:
        return LeadTime(None, None, None, None)
    ordered = sorted(hours)
    middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
    return LeadTime(
        mean=mean_of(ordered),
        median=mean_of(middle),
        p90=mean_of([ordered[ceil(len(ordered) * 9 / 10) - 1]]),
        within_target_pct=percent_of(
            Decimal(sum(h <= LEAD_TIME_TARGET_HOURS for h in ordered)), Decimal(len(ordered))
        ),
    )


def dispute_cycle(disputes: Iterable[tuple[date, date]]) -> Decimal | None:
    """Return the mean days from opening to settlement; None without any.

    >>> dispute_cycle([(date(2025, 7, 1), date(2025, 7, 11))])
    Decimal('10.00')
    """
    return mean_of([(closed - opened).days for opened, closed in disputes])


def dilution(credit_notes: Decimal, gross_invoiced: Decimal) -> Decimal | None:
    """Return credit notes and deductions in percent of what was invoiced."""
    return percent_of(credit_notes, gross_invoiced)


def unapplied_share(unapplied: Decimal, total_ar: Decimal) -> Decimal | None:
    """Return money on account in percent of the receivables."""
    return percent_of(unapplied, total_ar)


def overdue_formation(became_overdue_over_30: Decimal, fell_due: Decimal) -> Decimal | None:
    """Return what became more than 30 days overdue in percent of what fell due."""
    return percent_of(became_overdue_over_30, fell_due)


def override_rates(overridden: Decimal, released: Decimal, lost: Decimal) -> OverrideRates:
    """Return how much was released by decision against the check, and what was lost on it."""
    return OverrideRates(percent_of(overridden, released), percent_of(lost, overridden))


def recovery_rate(
    recovered: Decimal, overdue_over_90: Decimal, written_off: Decimal
) -> Decimal | None:
    """Return what was recovered of old overdue and written-off claims, in percent."""
    return percent_of(recovered, overdue_over_90 + written_off)


def dossier_completeness(mandatory: int, valid: int) -> Decimal | None:
    """Return the weight of valid parts of a dossier in percent of the mandatory ones.

    >>> dossier_completeness(12, 11)
    Decimal('91.67')
    """
    return percent_of(Decimal(valid), Decimal(mandatory))


def funding_cost(items: Iterable[OverdueDays], rate_pct: Decimal, currency: str = "CNY") -> Decimal:
    """Return what it costs to fund overdue amounts: amount × days × rate ÷ 365, rounded once.

    >>> funding_cost([OverdueDays(Decimal(2_000_000), 45)], Decimal(5))
    Decimal('12328.77')
    """
    weighted = sum((item.amount * item.days for item in items), Decimal(0))
    return round_money(weighted * rate_pct / (HUNDRED * DAYS_OF_YEAR), currency)


def ineffective_cost(
    bad_debt: Decimal,
    overdue_funding: Decimal,
    administration: Decimal,
    credit_sales: Decimal,
    currency: str = "CNY",
) -> IneffectiveCost:
    """Return the cost of ineffective credit management and its share of credit sales."""
    amount = round_money(bad_debt + overdue_funding + administration, currency)
    return IneffectiveCost(amount, percent_of(amount, credit_sales))


def customer_contribution(
    gross_margin: Decimal,
    average_ar: Decimal,
    funding_rate_pct: Decimal,
    days: int,
    premium_and_fees: Decimal,
    collection_cost: Decimal,
    expected_loss: Decimal,
    currency: str = "CNY",
) -> Decimal:
    """Return what a customer leaves after funding, cover, collection and expected loss."""
    funding = funding_cost([OverdueDays(average_ar, days)], funding_rate_pct, currency)
    return round_money(
        gross_margin - funding - premium_and_fees - collection_cost - expected_loss, currency
    )


def credit_result(
    gross_margin: Decimal,
    cost_of_ineffective: Decimal,
    insurance_premium: Decimal,
    factoring_cost: Decimal,
    currency: str = "CNY",
) -> Decimal:
    """Return the result of the credit department: margin on credit sales less what credit costs."""
    return round_money(
        gross_margin - cost_of_ineffective - insurance_premium - factoring_cost, currency
    )
