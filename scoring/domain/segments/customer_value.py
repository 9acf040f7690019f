"""Customer value 客户价值 (section 13.2): what a customer leaves us after service, capital and risk.

All amounts are per year and in one currency; rates and margins are fractions of one (0.22 = 22 %).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)
DAYS = Decimal(365)


class Advice(StrEnum):
    """What to do with a customer: importance against value."""

    ACCOUNT_PLAN = "ACCOUNT_PLAN"
    RENEGOTIATE = "RENEGOTIATE"
    SELF_SERVICE = "SELF_SERVICE"
    PREPAYMENT = "PREPAYMENT"


@dataclass(frozen=True, slots=True)
class ValueInputs:
    """What one customer brings and costs in a year.

    ``revenue`` is net of VAT, ``dso`` in days, ``pd`` and ``lgd`` 0–1; ``other_service_cost`` is
    the handling of disputes and returns.
    """

    revenue: Decimal
    gross_margin: Decimal
    visits: Decimal
    cost_per_visit: Decimal
    orders: Decimal
    cost_per_order: Decimal
    vat: Decimal
    dso: Decimal
    capital_rate: Decimal
    pd: Decimal
    lgd: Decimal
    other_service_cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """The value and its parts.

    ``return_on_credit`` is value ÷ average receivable; ``breakeven_pd`` the probability of default
    at which nothing is left (above 1: the margin alone never forbids the trade). Both ``None``
    without receivables, the latter also when nothing would be lost.
    """

    gross: Decimal
    service: Decimal
    average_receivable: Decimal
    capital: Decimal
    expected_loss: Decimal
    value: Decimal
    return_on_credit: Decimal | None
    breakeven_pd: Decimal | None


def value_customer(inputs: ValueInputs) -> CustomerValue:
    """Return what a customer leaves us: revenue × margin − service − capital − expected loss.

    >>> found = value_customer(ValueInputs(
    ...     revenue=Decimal(450), gross_margin=Decimal("0.22"), visits=Decimal(12),
    ...     cost_per_visit=Decimal("0.3"), orders=Decimal(60), cost_per_order=Decimal("0.05"),
    ...     vat=Decimal("0.13"), dso=Decimal(75), capital_rate=Decimal("0.06"),
    ...     pd=Decimal("0.0293"), lgd=Decimal("0.45")))
    >>> round(found.value, 4), round(found.breakeven_pd, 4)
    (Decimal('84.7532'), Decimal('1.8318'))
    """
    gross = inputs.revenue * inputs.gross_margin
    service = (
        inputs.visits * inputs.cost_per_visit
        + inputs.orders * inputs.cost_per_order
        + inputs.other_service_cost
    )
    receivable = inputs.revenue * (1 + inputs.vat) * inputs.dso / DAYS
    capital = receivable * inputs.capital_rate
    loss = receivable * inputs.pd * inputs.lgd
    value = gross - service - capital - loss
    at_stake = receivable * inputs.lgd
    return CustomerValue(
        gross=gross,
        service=service,
        average_receivable=receivable,
        capital=capital,
        expected_loss=loss,
        value=value,
        return_on_credit=value / receivable if receivable > 0 else None,
        breakeven_pd=(gross - service - capital) / at_stake if at_stake > 0 else None,
    )


def advise(*, is_core: bool, value: Decimal) -> Advice:
    """Return what to do with a customer.

    >>> advise(is_core=True, value=Decimal(-1)).value
    'RENEGOTIATE'
    """
    if is_core:
        return Advice.ACCOUNT_PLAN if value > 0 else Advice.RENEGOTIATE
    return Advice.SELF_SERVICE if value > 0 else Advice.PREPAYMENT
