"""How much credit a customer's business needs, and what an untaken cash discount costs it.

Source: process specification C.3 (need), C.7 (cash discount).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from common.errors import InvalidInput
from common.money import round_half_up, round_money

_WIDE = Context(prec=50, rounding=ROUND_HALF_UP)
PLAUSIBLE_MULTIPLE = Decimal("1.5")
"""Asking for more than this many times the need demands a written reason."""


class InvalidDiscountTerms(InvalidInput):
    """The discount must be between 0 and 100 % and end before the net term."""

    code = "INVALID_DISCOUNT_TERMS"


@dataclass(frozen=True, slots=True)
class DiscountCost:
    """Annual cost in percent of not taking a cash discount, rounded to two decimals."""

    simple_annual_pct: Decimal
    compound_annual_pct: Decimal


def credit_need(
    turnover_12m_net: Decimal,
    term_days: int,
    lead_days: int,
    vat_pct: Decimal,
    currency: str = "CNY",
) -> Decimal:
    """Return the credit that a year's net turnover needs at these terms, VAT included.

    net turnover / 365 × (term + delivery lead days) × (1 + VAT), rounded once.

    >>> credit_need(Decimal(1_800_000), 30, 10, Decimal(13))
    Decimal('222904.11')
    """
    days = term_days + lead_days
    return round_money(turnover_12m_net * days * (100 + vat_pct) / (365 * 100), currency)


def cash_discount_cost(
    discount_pct: Decimal, discount_days: int, net_days: int, year_basis: int = 365
) -> DiscountCost:
    """Return what it costs per year to pay on the net day instead of taking the discount.

    Simple: d/(100−d) × basis/(N−n). Compound: (1 + d/(100−d))^(basis/(N−n)) − 1.
    Raises InvalidDiscountTerms.

    >>> cost = cash_discount_cost(Decimal(2), 10, 30)
    >>> cost.simple_annual_pct, cost.compound_annual_pct
    (Decimal('37.24'), Decimal('44.59'))
    """
    if not 0 <= discount_pct < 100 or net_days <= discount_days:
        raise InvalidDiscountTerms("a discount lies in 0–100 % and ends before the net term")
    per_period = _WIDE.divide(discount_pct, 100 - discount_pct)
    periods = _WIDE.divide(Decimal(year_basis), Decimal(net_days - discount_days))
    compound = _WIDE.power(1 + per_period, periods) - 1
    simple = _WIDE.multiply(per_period, periods)
    return DiscountCost(round_half_up(simple * 100, 2), round_half_up(compound * 100, 2))
