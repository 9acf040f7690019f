"""Exposure, effective limit and headroom of an account: what the page opens item by item.

Exposure = open items − money on account + delivered, not invoiced + released orders + live
reservations of orders that are not among those (a reservation and its order count once; the order
number links them).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.bulk import fetch_rows
from credit_control.domain import exposure as rules
from credit_control.domain.effective_limit import LimitFacts, effective_limit, temporary_room
from credit_control.domain.states import LimitState
from credit_control.models import CreditAccount, CreditLimit
from credit_control.selectors.rates import Rates, rates_for
from receivables.selectors import ExposureParts, get_exposure_parts


@dataclass(frozen=True, slots=True)
class Held:
    """Live reservations of one ship date, summed, that no counted order stands for."""

    ship_date: date
    amount: Decimal
    count: int = 1


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one account owes or is about to owe, in the currency of its limit.

    `missing_rates` names currencies whose amounts are in no figure: whoever decides must then
    block. `receivables_total` is open items before money on account.
    """

    currency: str
    facts: rules.ExposureFacts
    result: rules.Exposure
    parts: ExposureParts
    held: tuple[Held, ...]
    receivables_total: Decimal
    missing_rates: tuple[str, ...] = ()
    rate_age_days: int | None = None

    @property
    def gross(self) -> Decimal:
        return self.result.gross

    @property
    def net(self) -> Decimal:
        return self.result.net

    @property
    def held_total(self) -> Decimal:
        return sum((held.amount for held in self.held), Decimal(0))

    @property
    def components(self) -> dict[str, Decimal]:
        """The named parts, which sum to `gross`."""
        result = self.result
        orders = result.open_orders - self.held_total
        return {
            "open_items": self.facts.open_items,
            "unapplied": -self.facts.unapplied_credits,
            "delivered_not_invoiced": result.delivered_not_invoiced,
            "open_orders": orders,
            "reservations": self.held_total,
        }


@dataclass(frozen=True, slots=True)
class LimitInForce:
    """The limit of an account on a day; `total` is 0 when none is in force, None when none exists."""

    currency: str
    base: LimitFacts | None
    total: Decimal | None
    unsecured: Decimal | None
    temporary: Decimal
    temporary_room: Decimal | None
    valid_through: date | None
    valid_from: date | None = None

    @property
    def in_force(self) -> Decimal:
        """The amount that may be used: 0 without a limit."""
        return self.total or Decimal(0)

    @property
    def facts_total(self) -> Decimal | None:
        """The amount the order check judges by; whether it still holds is rule R02's question."""
        if self.base is None:
            return None
        if self.base.state is LimitState.SUSPENDED:
            return Decimal(0)
        return self.base.amount + self.temporary


def build_exposure(
    parts: ExposureParts,
    held: Iterable[Held],
    rates: Rates,
    currency: str,
    *,
    as_of: date,
    exclude_order: str = "",
) -> Exposure:
    """Put the facts together in the limit's currency; each part is rounded before it is summed."""
    used = sorted(parts.currencies)
    missing = [code for code in used if rates.find(code, currency) is None]
    sums = {"open_items": Decimal(0), "unapplied": Decimal(0), "delivered": Decimal(0)}
    for code, amounts in parts.currencies.items():
        if code in missing:
            continue
        for name, amount in (
            ("open_items", amounts.open_items),
            ("unapplied", amounts.unapplied),
            ("delivered", amounts.delivered_not_invoiced),
        ):
            sums[name] += rates.convert(amount, code, currency) or Decimal(0)
    orders = [
        rules.OpenOrder(o.order_no, value, o.ship_date)
        for o in parts.orders
        if o.order_no != exclude_order or not exclude_order
        for value in [rates.convert(o.open_value, o.currency, currency)]
        if value is not None
    ]
    holds = tuple(held)
    orders += [rules.OpenOrder("", h.amount, h.ship_date) for h in holds]
    facts = rules.ExposureFacts(
        currency=currency,
        open_items=sums["open_items"],
        unapplied_credits=sums["unapplied"],
        delivered_not_invoiced=sums["delivered"],
        open_orders=tuple(orders),
    )
    return Exposure(
        currency=currency,
        facts=facts,
        result=rules.compute_exposure(facts, as_of=as_of),
        parts=parts,
        held=holds,
        receivables_total=sums["open_items"],
        missing_rates=tuple(missing),
        rate_age_days=rates.get_age(used) if len(used) > 1 or used != [currency] else None,
    )


def get_exposure(*, account: CreditAccount, as_of: date) -> Exposure:
    """Return the exposure of an account. Two queries, three with foreign currency.

    For display; who decides reads it under the account's lock (`selectors.order_facts`).
    """
    parts = get_exposure_parts(
        customer_id=account.customer_id, company_id=account.company_id, as_of=as_of
    )
    rates = rates_for(parts.currencies, account.currency, as_of=as_of)
    held = list_held(account.pk, [order.order_no for order in parts.orders])
    return build_exposure(parts, held, rates, account.currency, as_of=as_of)


def list_held(account_id: int, counted_orders: Collection[str]) -> list[Held]:
    """Return the live reservations of an account that are not in `counted_orders`. One query."""
    rows = fetch_rows(
        """
        select ship_date, sum(limit_amount), count(*) from credit_reservation
        where account_id = %s and state = 'ACTIVE' and not (order_no = any(%s))
        group by ship_date order by ship_date
        """,
        [account_id, list(counted_orders)],
    )
    return [Held(*row) for row in rows]


def build_limit(rows: Iterable[CreditLimit], currency: str, *, on: date) -> LimitInForce:
    """Return what an account's stored limits give on a day.

    Among several total limits the one in force counts, else the newest that was.
    """
    stored = sorted(rows, key=lambda row: row.pk)
    totals = [row for row in stored if row.kind == CreditLimit.Kind.TOTAL]
    known = [row for row in totals if row.state != CreditLimit.State.PENDING]
    in_force = [row for row in known if _facts(row).is_in_force(on=on)]
    live = [row for row in known if row.state in ("ACTIVE", "SUSPENDED")]
    chosen = (in_force or live or known)[-1:]
    base = _facts(chosen[0]) if chosen else None
    extras = [_facts(r) for r in stored if r.kind == CreditLimit.Kind.TEMPORARY]
    temporary = [f for f in extras if f.is_in_force(on=on)]
    total = None if base is None else effective_limit(base, temporary, on=on, currency=currency)
    is_in_force = base is not None and base.is_in_force(on=on)
    unsecured = [
        r for r in stored if r.kind == CreditLimit.Kind.UNSECURED and _facts(r).is_in_force(on=on)
    ]
    return LimitInForce(
        currency=currency,
        base=base,
        total=total,
        unsecured=unsecured[-1].amount if unsecured else None,
        temporary=(total or Decimal(0)) - base.amount if base and is_in_force else Decimal(0),
        temporary_room=temporary_room(base, temporary, on=on, currency=currency) if base else None,
        valid_through=base.valid_through if base else None,
        valid_from=base.valid_from if base else None,
    )


def _facts(row: CreditLimit) -> LimitFacts:
    return LimitFacts(row.amount, LimitState(row.state), row.valid_from, row.valid_to)


def get_effective_limit(*, account: CreditAccount, as_of: date) -> LimitInForce:
    """Return the limit of an account on a day. One query."""
    rows = CreditLimit.objects.filter(
        account_id=account.pk, state__in=["ACTIVE", "SUSPENDED", "EXPIRED", "PENDING"]
    )
    return build_limit(rows, account.currency, on=as_of)


def get_headroom(*, account: CreditAccount, as_of: date) -> Decimal:
    """Return the limit in force less the gross exposure; negative when it is overdrawn."""
    limit = get_effective_limit(account=account, as_of=as_of)
    return limit.in_force - get_exposure(account=account, as_of=as_of).gross
