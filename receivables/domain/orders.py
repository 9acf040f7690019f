"""Orders and deliveries: what is still to be delivered, and what is delivered and not invoiced.

Source: process specification D.1 (components E2 and E3). Amounts include VAT and freight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.money import round_money


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order: quantities, net price of one, tax in percent."""

    ordered: Decimal
    delivered: Decimal
    cancelled: Decimal
    unit_price_net: Decimal
    tax_pct: Decimal


@dataclass(frozen=True, slots=True)
class DeliveredLine:
    """One line of a delivery: what the customer kept of it, at the price of the order."""

    kept: Decimal
    unit_price_net: Decimal
    tax_pct: Decimal


def open_order_value(
    lines: Sequence[OrderLine], freight_net: Decimal = Decimal(0), currency: str = "CNY"
) -> Decimal:
    """Return the value of an order not yet delivered, VAT and freight included.

    A line delivered beyond its order counts 0. Freight bears the highest tax of the lines that are
    still open, and counts while any line is open.

    >>> line = OrderLine(Decimal(100), Decimal(40), Decimal(10), Decimal(200), Decimal(13))
    >>> open_order_value([line])
    Decimal('11300.00')
    """
    value = Decimal(0)
    freight_tax: Decimal | None = None
    for line in lines:
        left = line.ordered - line.delivered - line.cancelled
        if left <= 0:
            continue
        value += left * line.unit_price_net * (100 + line.tax_pct) / 100
        freight_tax = max(line.tax_pct, freight_tax or Decimal(0))
    if freight_tax is not None:
        value += freight_net * (100 + freight_tax) / 100
    return round_money(value, currency)


def delivered_value(lines: Iterable[DeliveredLine], currency: str = "CNY") -> Decimal:
    """Return what a delivery will be invoiced at, VAT included.

    >>> delivered_value([DeliveredLine(Decimal(40), Decimal(200), Decimal(13))])
    Decimal('9040.00')
    """
    value = sum(
        (line.kept * line.unit_price_net * (100 + line.tax_pct) / 100 for line in lines), Decimal(0)
    )
    return round_money(value, currency)
