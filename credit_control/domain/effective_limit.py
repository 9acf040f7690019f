"""The limit in force on a day: the base limit plus temporary ones up to a cap.

Source: process specification C.6. A limit is valid through its last day, inclusive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.money import round_money
from credit_control.domain.states import LimitState


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """A limit as stored: its amount, state, first and last day (None is open on that side)."""

    amount: Decimal
    state: LimitState = LimitState.ACTIVE
    valid_from: date | None = None
    valid_through: date | None = None

    def is_in_force(self, *, on: date) -> bool:
        """Say whether the limit counts on that day."""
        return (
            self.state is LimitState.ACTIVE
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_through is None or on <= self.valid_through)
        )


def effective_limit(
    base: LimitFacts | None,
    temporary: Iterable[LimitFacts] = (),
    *,
    on: date,
    temporary_cap_pct: Decimal = Decimal(30),
    currency: str = "CNY",
) -> Decimal:
    """Return the limit in force on a day; 0 when the base is absent or not in force.

    Temporary limits add up but give no more than `temporary_cap_pct` of the base.

    >>> base = LimitFacts(Decimal(1000))
    >>> effective_limit(base, [LimitFacts(Decimal(200)), LimitFacts(Decimal(150))],
    ...                 on=date(2025, 10, 5))
    Decimal('1300.00')
    """
    if base is None or not base.is_in_force(on=on):
        return round_money(Decimal(0), currency)
    extra = sum((t.amount for t in temporary if t.is_in_force(on=on)), Decimal(0))
    cap = base.amount * temporary_cap_pct / 100
    return round_money(base.amount + min(extra, cap), currency)


def temporary_room(
    base: LimitFacts | None,
    temporary: Iterable[LimitFacts] = (),
    *,
    on: date,
    temporary_cap_pct: Decimal = Decimal(30),
    currency: str = "CNY",
) -> Decimal:
    """Return how much more temporary limit could count on that day; never below 0."""
    if base is None or not base.is_in_force(on=on):
        return round_money(Decimal(0), currency)
    extra = sum((t.amount for t in temporary if t.is_in_force(on=on)), Decimal(0))
    room = base.amount * temporary_cap_pct / 100 - extra
    return round_money(max(Decimal(0), room), currency)


def unsecured_limit(total: Decimal, share_pct: Decimal, currency: str = "CNY") -> Decimal:
    """Return the unsecured part of a limit, from the share that the risk class allows.

    >>> unsecured_limit(Decimal(300000), Decimal(70))
    Decimal('210000.00')
    """
    return round_money(total * share_pct / 100, currency)
