"""Segmentation 客户细分: which customers are core 核心客户, which ordinary 普通客户 (A.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Segment(StrEnum):
    """Importance of a customer, recomputed monthly and then frozen for the month."""

    CORE = "CORE"
    ORDINARY = "ORDINARY"


@dataclass(frozen=True, slots=True)
class CustomerTurnover:
    """One customer: turnover of the last 12 months in base currency, whole years of relationship."""

    code: str
    turnover: Decimal
    relationship_years: int = 0


def list_core_customers(
    customers: Iterable[CustomerTurnover],
    *,
    share_ratio: Decimal = Decimal("0.8"),
    long_relationship_years: int = 10,
) -> list[str]:
    """Return the codes of the core customers, largest turnover first, ties by code.

    Core is the smallest set, by turnover descending, whose sum reaches `share_ratio` of all
    turnover, and everyone whose relationship is at least that many years. Customers without
    turnover enter by their relationship only. Empty when there is no customer.

    >>> list_core_customers([
    ...     CustomerTurnover("A", Decimal(70)),
    ...     CustomerTurnover("B", Decimal(20)),
    ...     CustomerTurnover("C", Decimal(10), relationship_years=12),
    ... ])
    ['A', 'B', 'C']
    """
    ranked = sorted(customers, key=lambda c: (-c.turnover, c.code))
    total = sum((c.turnover for c in ranked if c.turnover > 0), Decimal(0))
    reached = Decimal(0)
    core: list[str] = []
    for customer in ranked:
        is_needed = customer.turnover > 0 and reached < total * share_ratio
        if is_needed:
            reached += customer.turnover
        if is_needed or customer.relationship_years >= long_relationship_years:
            core.append(customer.code)
    return core
