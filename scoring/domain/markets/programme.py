"""Limits of a batch programme (整体授信方案; section 12.3): the whole, and each tenant in it.

Money is in one currency and one unit throughout; nothing is rounded before the tenant's limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from common.errors import InvalidInput
from scoring.domain.limits.limits import round_limit
from scoring.domain.results import ONE, ZERO

STRESS = Decimal(3)
SINGLE_SHARE = Decimal("0.05")
PURCHASE_MONTHS = 2


class InvalidProgramme(InvalidInput):
    """An amount or a rate below zero."""

    code = "INVALID_PROGRAMME"


@dataclass(frozen=True)
class ProgrammeLimit:
    """The programme's limit, what the deposit pool alone allows, and the share it must cover."""

    limit: Decimal
    by_pool: Decimal | None
    required_rate: Decimal
    single_cap: Decimal
    binding: str


@dataclass(frozen=True)
class TenantLimit:
    """One tenant's limit, rounded down, with the exact figure and the rule that set it."""

    limit: Decimal
    exact: Decimal
    binding: str


def compute_programme_limit(
    *,
    programme_cap: Decimal,
    deposit_pool: Decimal,
    deposit_rate: Decimal,
    pd: Decimal,
    lgd: Decimal,
    stress: Decimal = STRESS,
) -> ProgrammeLimit:
    """Return ``min(programme_cap, pool / max(deposit_rate, stress · PD · LGD))``.

    Rates lie in 0 to 1. Where nothing at all is required, the pool sets no bound.

    Raises:
        InvalidProgramme: anything below zero; ``field`` names it.

    >>> found = compute_programme_limit(
    ...     programme_cap=Decimal(1000), deposit_pool=Decimal(80), deposit_rate=Decimal("0.10"),
    ...     pd=Decimal("0.0293"), lgd=Decimal("0.45"))
    >>> str(found.limit), str(found.required_rate), found.binding
    ('8E+2', '0.10', 'pool')
    """
    given = {
        "programme_cap": programme_cap, "deposit_pool": deposit_pool, "pd": pd, "lgd": lgd,
        "deposit_rate": deposit_rate, "stress": stress,
    }  # fmt: skip
    for name, amount in given.items():
        if amount < 0:
            raise InvalidProgramme(f"{name} is below zero", field=name)
    required = max(deposit_rate, stress * pd * lgd)
    by_pool = deposit_pool / required if required else None
    is_pool = by_pool is not None and by_pool < programme_cap
    limit = by_pool if is_pool and by_pool is not None else programme_cap
    binding = "pool" if is_pool else "programme_cap"
    return ProgrammeLimit(limit, by_pool, required, limit * SINGLE_SHARE, binding)


def compute_tenant_limit(
    *,
    need: Decimal,
    monthly_purchases: Decimal,
    programme_limit: Decimal,
    unit: Decimal = ONE,
    single_share: Decimal = SINGLE_SHARE,
) -> TenantLimit:
    """Return the least of need, two months of purchases from us, and 5 % of the programme.

    ``unit`` is as in `round_limit`: how many of the amount's units make 10,000.

    >>> found = compute_tenant_limit(need=Decimal(60), monthly_purchases=Decimal("23.5"),
    ...                              programme_limit=Decimal(800))
    >>> str(found.limit), found.binding
    ('40', 'single_cap')
    """
    bounds = {
        "need": need,
        "purchases": PURCHASE_MONTHS * monthly_purchases,
        "single_cap": single_share * programme_limit,
    }
    binding = min(bounds, key=lambda name: bounds[name])
    exact = max(ZERO, bounds[binding])
    return TenantLimit(round_limit(exact, unit=unit), exact, binding)
