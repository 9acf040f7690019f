"""One approval step instead of a chain: who decides when the house is small.

The full route of B.5 is computed and stored beside it, so that nothing of the matrix is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from credit_control.domain.approval import Route, read_bands, route_request
from credit_control.domain.class_policy import RiskClass

MANAGER, EXECUTIVE = "CREDIT_MANAGER", "EXECUTIVE"


@dataclass(frozen=True, slots=True)
class Step:
    """The one step: the role that decides, in how many hours, and the route it stands for."""

    role: str
    hours: int
    route: Route


def condense_route(
    amount: Decimal, risk_class: RiskClass | None, term_days: int, matrix: Mapping[str, Any]
) -> Step:
    """Return who decides: the credit manager, or the executive above the manager's ceiling.

    The top band, which uplifts may reach with less money, is the executive's too.
    Raises NoCreditForDefault for class D.

    >>> body = {"matrix": [{"max": "100", "levels": ["CM"]}, {"max": None, "levels": ["COMM"]}],
    ...         "manager_ceiling": "2000", "decide_within_hours": 24}
    >>> condense_route(Decimal(80), 2, 30, body).role, condense_route(Decimal(200), 2, 30, body).role
    ('CREDIT_MANAGER', 'EXECUTIVE')
    """
    bands = read_bands(matrix["matrix"])
    route = route_request(
        amount,
        risk_class,
        term_days,
        bands=bands,
        standard_term_days=int(matrix.get("standard_term_days", 60)),
    )
    is_top = route.band == len(bands) or amount > Decimal(str(matrix["manager_ceiling"]))
    return Step(EXECUTIVE if is_top else MANAGER, int(matrix["decide_within_hours"]), route)
