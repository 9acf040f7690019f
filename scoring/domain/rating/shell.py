"""Shell indicators (CAP-10): a company without staff, premises and paid-in capital."""

from __future__ import annotations

from decimal import Decimal

NO_PREMISES = frozenset({"NONE", "VIRTUAL"})


def is_shell(
    *, employees: Decimal | None, premises: str | None, paid_in_capital: Decimal | None
) -> bool:
    """Tell whether all three indicators are known and speak against the company.

    ``premises`` is OWNED, RENTED, SHARED, VIRTUAL or NONE; ``None`` is not known and proves nothing.

    >>> is_shell(employees=Decimal(0), premises="VIRTUAL", paid_in_capital=Decimal(0))
    True
    >>> is_shell(employees=None, premises="NONE", paid_in_capital=Decimal(0))
    False
    """
    return employees == 0 and paid_in_capital == 0 and premises in NO_PREMISES
