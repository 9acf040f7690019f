"""Enterprise size 企业规模: decides which rules on payments to small enterprises apply.

Source: 中小企业划型标准规定 (工信部联企业〔2011〕300号); process specification C.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class SizeClass(StrEnum):
    """Size of an enterprise, smallest first."""

    MICRO = "MICRO"
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"


SME = frozenset({SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM})
"""The sizes the payment rules protect."""


class SizeIndustry(StrEnum):
    """Industries that the standard counts by their own figures."""

    INDUSTRY = "INDUSTRY"
    WHOLESALE = "WHOLESALE"
    RETAIL = "RETAIL"
    TRANSPORT = "TRANSPORT"
    CONSTRUCTION = "CONSTRUCTION"
    SOFTWARE_IT = "SOFTWARE_IT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Figures:
    """Size of one enterprise: people, and yuan of one year; None where unknown."""

    employees: int | None = None
    revenue: Decimal | None = None
    assets: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Floor:
    """Smallest figures of a class; None where the industry does not count that figure."""

    employees: int | None = None
    revenue: Decimal | None = None
    assets: Decimal | None = None

    def is_reached(self, figures: Figures) -> bool:
        """Say whether every figure that counts is known and large enough."""
        pairs = (
            (self.employees, figures.employees),
            (self.revenue, figures.revenue),
            (self.assets, figures.assets),
        )
        return all(have is not None and have >= need for need, have in pairs if need is not None)

    def is_known(self, figures: Figures) -> bool:
        """Say whether every figure that counts is known."""
        return not (
            (self.employees is not None and figures.employees is None)
            or (self.revenue is not None and figures.revenue is None)
            or (self.assets is not None and figures.assets is None)
        )


def _floors(large: Floor, medium: Floor, small: Floor) -> Mapping[SizeClass, Floor]:
    return {SizeClass.LARGE: large, SizeClass.MEDIUM: medium, SizeClass.SMALL: small}


def _people_and_revenue(employees: int, million_yuan: str) -> Floor:
    return Floor(employees=employees, revenue=Decimal(million_yuan) * 1_000_000)


def _revenue_and_assets(revenue_millions: str, assets_millions: str) -> Floor:
    return Floor(
        revenue=Decimal(revenue_millions) * 1_000_000, assets=Decimal(assets_millions) * 1_000_000
    )


FLOORS: Mapping[SizeIndustry, Mapping[SizeClass, Floor]] = {
    SizeIndustry.INDUSTRY: _floors(
        _people_and_revenue(1000, "400"),
        _people_and_revenue(300, "20"),
        _people_and_revenue(20, "3"),
    ),
    SizeIndustry.WHOLESALE: _floors(
        _people_and_revenue(200, "400"),
        _people_and_revenue(20, "50"),
        _people_and_revenue(5, "10"),
    ),
    SizeIndustry.RETAIL: _floors(
        _people_and_revenue(300, "200"),
        _people_and_revenue(50, "5"),
        _people_and_revenue(10, "1"),
    ),
    SizeIndustry.TRANSPORT: _floors(
        _people_and_revenue(1000, "300"),
        _people_and_revenue(300, "30"),
        _people_and_revenue(20, "2"),
    ),
    SizeIndustry.CONSTRUCTION: _floors(
        _revenue_and_assets("800", "800"),
        _revenue_and_assets("60", "50"),
        _revenue_and_assets("3", "3"),
    ),
    SizeIndustry.SOFTWARE_IT: _floors(
        _people_and_revenue(300, "100"),
        _people_and_revenue(100, "10"),
        _people_and_revenue(10, "0.5"),
    ),
    SizeIndustry.OTHER: _floors(Floor(employees=300), Floor(employees=100), Floor(employees=10)),
}
"""Per industry, what an enterprise must reach to be of a class; below SMALL it is MICRO."""


def size_class(industry: SizeIndustry, figures: Figures) -> SizeClass | None:
    """Return the size of an enterprise; None when a figure the industry counts is unknown.

    A class needs every one of its figures: 1,500 people with ¥399,999,999 of revenue are MEDIUM.

    >>> size_class(SizeIndustry.INDUSTRY, Figures(employees=1500, revenue=Decimal(399_999_999)))
    <SizeClass.MEDIUM: 'MEDIUM'>
    """
    floors = FLOORS[industry]
    if not floors[SizeClass.LARGE].is_known(figures):
        return None
    for size, floor in floors.items():
        if floor.is_reached(figures):
            return size
    return SizeClass.MICRO
