"""Exposure 风险敞口: what is at risk with one account on a day, gross and after mitigants.

Source: process specification D.1 (components E1 to E5, order of mitigants), C.9 (conversion). All
amounts are in the currency of the limit and include VAT and freight.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from common.money import convert, round_money


class MitigantKind(StrEnum):
    """What bears a part of the exposure, in the order it is used."""

    CASH = "CASH"
    LC_BG = "LC_BG"
    NONRECOURSE_FACTORING = "NONRECOURSE_FACTORING"
    CREDIT_INSURANCE = "CREDIT_INSURANCE"
    SURETY = "SURETY"
    COLLATERAL = "COLLATERAL"


_ORDER = {kind: position for position, kind in enumerate(MitigantKind)}


@dataclass(frozen=True, slots=True)
class Mitigant:
    """One cover: it bears `cover_pct` of what is left, up to `amount`.

    For credit insurance `amount` is the buyer limit and `cover_pct` the insured percentage.
    """

    kind: MitigantKind
    amount: Decimal
    cover_pct: Decimal = Decimal(100)
    is_in_force: bool = True


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A released order: its value not yet delivered, and the day it ships."""

    id: str
    open_value: Decimal
    ship_date: date


@dataclass(frozen=True, slots=True)
class ExposureFacts:
    """What the exposure of one account is made of; every amount ≥ 0 and in `currency`."""

    currency: str = "CNY"
    open_items: Decimal = Decimal(0)
    unapplied_credits: Decimal = Decimal(0)
    delivered_not_invoiced: Decimal = Decimal(0)
    bills_on_buyer: Decimal = Decimal(0)
    contingent_recourse: Decimal = Decimal(0)
    open_orders: tuple[OpenOrder, ...] = ()
    mitigants: tuple[Mitigant, ...] = ()


@dataclass(frozen=True, slots=True)
class Exposure:
    """The exposure of one account: `gross` is the sum of the five components.

    `mitigants` has one line per mitigant in the order of use, with the amount it bears. `gross` may
    be negative (credit balance), `net` is never below zero.
    """

    open_items_net: Decimal
    delivered_not_invoiced: Decimal
    open_orders: Decimal
    bills_on_buyer: Decimal
    contingent_recourse: Decimal
    gross: Decimal
    mitigants: tuple[tuple[MitigantKind, Decimal], ...]
    net: Decimal


@dataclass(frozen=True, slots=True)
class CurrencyAmount:
    """An amount and the dated rate that turns one unit of it into the limit's currency."""

    amount: Decimal
    currency: str
    rate: Decimal


def apply_mitigants(
    gross: Decimal, mitigants: Iterable[Mitigant], currency: str
) -> tuple[tuple[tuple[MitigantKind, Decimal], ...], Decimal]:
    """Return what each mitigant bears, in order of use, and the net exposure left.

    Each part of the exposure is covered once; a mitigant out of force bears nothing.

    >>> insured = Mitigant(MitigantKind.CREDIT_INSURANCE, Decimal(600), Decimal(90))
    >>> apply_mitigants(Decimal(930), [insured, Mitigant(MitigantKind.CASH, Decimal(50))], "CNY")[1]
    Decimal('340.00')
    """
    left = max(round_money(gross, currency), round_money(Decimal(0), currency))
    used: list[tuple[MitigantKind, Decimal]] = []
    for mitigant in sorted(mitigants, key=lambda m: _ORDER[m.kind]):
        borne = Decimal(0)
        if mitigant.is_in_force:
            borne = min(left, mitigant.amount) * mitigant.cover_pct / 100
        borne = round_money(borne, currency)
        left -= borne
        used.append((mitigant.kind, borne))
    return tuple(used), left


def sum_open_orders(
    orders: Iterable[OpenOrder], *, as_of: date, horizon_days: int | None = None
) -> Decimal:
    """Return the value of the orders that ship by the horizon; without a horizon of all."""
    last = None if horizon_days is None else as_of + timedelta(days=horizon_days)
    return sum((o.open_value for o in orders if last is None or o.ship_date <= last), Decimal(0))


def compute_exposure(
    facts: ExposureFacts, *, as_of: date, horizon_days: int | None = None
) -> Exposure:
    """Return the exposure of one account; with a horizon only orders shipping by then count.

    >>> facts = ExposureFacts(open_items=Decimal(420), unapplied_credits=Decimal(900))
    >>> exposure = compute_exposure(facts, as_of=date(2025, 9, 1))
    >>> exposure.gross, exposure.net
    (Decimal('-480.00'), Decimal('0.00'))
    """

    def rounded(amount: Decimal) -> Decimal:
        return round_money(amount, facts.currency)

    open_items = rounded(facts.open_items - facts.unapplied_credits)
    delivered = rounded(facts.delivered_not_invoiced)
    orders = rounded(sum_open_orders(facts.open_orders, as_of=as_of, horizon_days=horizon_days))
    bills = rounded(facts.bills_on_buyer)
    recourse = rounded(facts.contingent_recourse)
    gross = open_items + delivered + orders + bills + recourse
    used, net = apply_mitigants(gross, facts.mitigants, facts.currency)
    return Exposure(open_items, delivered, orders, bills, recourse, gross, used, net)


def convert_components(components: Iterable[CurrencyAmount], limit_currency: str) -> list[Decimal]:
    """Return each component in the currency of the limit, each rounded before anything is summed.

    >>> convert_components([CurrencyAmount(Decimal(50000), "EUR", Decimal("8.1234"))], "CNY")
    [Decimal('406170.00')]
    """
    return [convert(part.amount, part.rate, limit_currency) for part in components]
