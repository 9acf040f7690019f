"""What a customer's value is reckoned with (section 13.2): costs, rates and the margin to assume.

Money in the books' base currency; margins and rates are fractions of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class ValuePolicy:
    """House defaults, but for what the portfolio itself knows.

    ``gross_margin`` counts where no fact names the customer's own. ``visits`` per year by class A,
    B and C; ``pd_unrated`` for customers without a rating.
    """

    gross_margin: Decimal = Decimal("0.22")
    visits: Mapping[str, Decimal] | None = None
    cost_per_visit: Decimal = Decimal(3_000)
    cost_per_order: Decimal = Decimal(500)
    cost_per_dispute: Decimal = Decimal(1_000)
    vat: Decimal = Decimal("0.13")
    capital_rate: Decimal = Decimal("0.06")
    lgd: Decimal = Decimal("0.45")
    pd_unrated: Decimal = Decimal("0.0293")

    def visits_of(self, abc: str) -> Decimal:
        """Return how often a customer of a class is visited in a year."""
        return (self.visits or DEFAULT_VISITS).get(abc, Decimal(0))


DEFAULT_VISITS: Mapping[str, Decimal] = {"A": Decimal(12), "B": Decimal(4), "C": Decimal(1)}
_RATES = ("gross_margin", "vat", "capital_rate", "lgd", "pd_unrated")
_COSTS = ("cost_per_visit", "cost_per_order", "cost_per_dispute")


def read_value_policy(body: Mapping[str, Any]) -> ValuePolicy:
    """Read a stored policy; what it does not name keeps its default.

    >>> read_value_policy({"gross_margin": "0.18", "visits": {"A": "6"}}).visits_of("A")
    Decimal('6')
    """
    given = {name: Decimal(str(body[name])) for name in (*_RATES, *_COSTS) if name in body}
    visits = dict(DEFAULT_VISITS)
    visits |= {abc: Decimal(str(n)) for abc, n in body.get("visits", {}).items()}
    return ValuePolicy(visits=visits, **given)
