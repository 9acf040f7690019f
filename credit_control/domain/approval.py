"""Who must approve: the route of a limit request by amount, class and term; single approvers.

Source: process specification B.5. Amounts are in the company's currency; the matrix is policy data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.errors import Conflict
from credit_control.domain.class_policy import RiskClass, class_policy


class NoCreditForDefault(Conflict):
    """A customer in default has no route to a limit."""

    code = "NO_CREDIT_FOR_DEFAULT"


@dataclass(frozen=True, slots=True)
class Band:
    """One row of the matrix: limits up to `maximum` (None has no end) need these roles in order."""

    maximum: Decimal | None
    approvers: tuple[str, ...]


APPROVAL_BANDS: tuple[Band, ...] = (
    Band(Decimal(100_000), ("CA", "CM")),
    Band(Decimal(500_000), ("CA", "CM", "FIN_DIR")),
    Band(Decimal(2_000_000), ("CA", "CM", "FIN_DIR", "EXEC")),
    Band(None, ("CA", "CM", "FIN_DIR", "EXEC", "COMM")),
)
"""House default matrix, lowest band first; the last one has no maximum."""

STANDARD_TERM_DAYS = 60


def read_bands(matrix: Sequence[Mapping[str, Any]]) -> tuple[Band, ...]:
    """Return the matrix that a stored row says: a list of `max` (null has no end) and `levels`.

    Raises ValueError unless the maxima rise and only the last band is without end.

    >>> read_bands([{"max": "10", "levels": ["CM"]}, {"max": None, "levels": ["CM", "EXEC"]}])[1]
    Band(maximum=None, approvers=('CM', 'EXEC'))
    """
    bands = tuple(
        Band(None if row["max"] is None else Decimal(str(row["max"])), tuple(row["levels"]))
        for row in matrix
    )
    ceilings = [band.maximum for band in bands if band.maximum is not None]
    is_closed = bool(bands) and bands[-1].maximum is None and len(ceilings) == len(bands) - 1
    if not is_closed or sorted(set(ceilings)) != ceilings:
        raise ValueError("the bands must rise and only the last one is without end")
    return bands


@dataclass(frozen=True, slots=True)
class Uplift:
    """Why the route lies above the band of the amount, and by how many bands."""

    reason: str
    bands: int


@dataclass(frozen=True, slots=True)
class Route:
    """The steps of an approval: band 1 is the lowest, only the last approver approves."""

    band: int
    approvers: tuple[str, ...]
    uplifts: tuple[Uplift, ...] = ()

    @property
    def final(self) -> str:
        """The role whose step decides."""
        return self.approvers[-1]


def route_request(
    amount: Decimal,
    risk_class: RiskClass | None,
    term_days: int,
    *,
    is_related_party: bool = False,
    bands: Sequence[Band] = APPROVAL_BANDS,
    standard_term_days: int = STANDARD_TERM_DAYS,
) -> Route:
    """Return the route of a limit request; `amount` is the total limit after approval.

    Class 4 lifts by one band, class 5 by two, a term above the standard by one; they add up, never
    above the top. Related parties, and declared conflicts of interest, take the top band.
    Raises NoCreditForDefault for class D.

    >>> route_request(Decimal("100000.01"), 2, 30).approvers
    ('CA', 'CM', 'FIN_DIR')
    >>> route_request(Decimal(80000), 5, 90).final
    'COMM'
    """
    policy = class_policy(risk_class)
    if not policy.may_have_credit:
        raise NoCreditForDefault("a customer in default gets no credit limit")
    base = next(i for i, b in enumerate(bands, 1) if b.maximum is None or amount <= b.maximum)
    uplifts: list[Uplift] = []
    if policy.approval_uplift:
        uplifts.append(Uplift("RISK_CLASS", policy.approval_uplift))
    if term_days > standard_term_days:
        uplifts.append(Uplift("LONG_TERM", 1))
    if is_related_party:
        uplifts.append(Uplift("RELATED_PARTY", len(bands)))
    band = min(len(bands), base + sum(uplift.bands for uplift in uplifts))
    return Route(band, bands[band - 1].approvers, tuple(uplifts))


def override_approver(excess: Decimal, limit: Decimal) -> str:
    """Return the role that may release an order by override; `excess` is the amount above limit.

    CM up to 10 % and 50,000; FIN_DIR up to 20 % and 200,000; EXEC above.

    >>> override_approver(Decimal(50_000), Decimal(500_000))
    'CM'
    >>> override_approver(Decimal(1), Decimal(0))
    'EXEC'
    """
    if excess <= limit * 10 / 100 and excess <= 50_000:
        return "CM"
    if excess <= limit * 20 / 100 and excess <= 200_000:
        return "FIN_DIR"
    return "EXEC"


def temporary_limit_approver(amount: Decimal, base: Decimal, days: int) -> str:
    """Return the role that may grant a temporary limit for that many days.

    CM up to 20 % and 30 days; FIN_DIR up to 30 % and 90 days; EXEC above (its effect stays capped).

    >>> temporary_limit_approver(Decimal(200), Decimal(1000), 31)
    'FIN_DIR'
    """
    if amount <= base * 20 / 100 and days <= 30:
        return "CM"
    if amount <= base * 30 / 100 and days <= 90:
        return "FIN_DIR"
    return "EXEC"
