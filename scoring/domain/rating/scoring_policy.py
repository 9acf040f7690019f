"""Everything a score goes by that is not a fact: weights, curves, standards, rates, in one value.

The defaults are those of the guide. Each version in force on a day is policy data; the selectors
turn it into this value, so a past score is reproduced with the policy of its day (N7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from scoring.domain.curves import Knots
from scoring.domain.models import altman, bathory, characteristics, five_c, ohlson, risk_index, wall
from scoring.domain.payment import behaviour
from scoring.domain.rating import composite, financial
from scoring.domain.results import ONE, ZERO


@dataclass(frozen=True)
class ScoringPolicy:
    """The parameters of every model, with the house defaults.

    Weights in points. ``mean_pd`` is the average default rate of the portfolio, 0 to 1.
    ``usd_rates`` gives the US dollars for one unit of a currency where no dated rate is known; it
    serves the size terms alone (Ohlson, Fulmer). ``ohlson_price_levels`` are levels of prices by year.
    ``calibration`` is the k of ``grades.get_pd``.
    """

    composite: composite.CompositePolicy = composite.DEFAULT_POLICY
    financial: financial.FinancialPolicy = financial.DEFAULT_POLICY
    curves: Mapping[str, Knots] = field(default_factory=lambda: dict(financial.CURVES))
    five_c_weights: Mapping[str, Decimal] = field(
        default_factory=lambda: dict(five_c.DEFAULT_WEIGHTS)
    )
    behaviour: behaviour.BehaviourPolicy = behaviour.DEFAULT_POLICY
    benchmarks: tuple[risk_index.Benchmark, ...] = risk_index.DEMO_MANUFACTURING
    mean_pd: Decimal = risk_index.DEFAULT_MEAN_PD
    wall_modern: tuple[wall.Standard, ...] = wall.TEXTBOOK_CN
    wall_traditional: Mapping[str, tuple[Decimal, Decimal]] = field(
        default_factory=lambda: dict(wall.TRADITIONAL)
    )
    characteristic_sets: Mapping[str, Mapping[str, Decimal]] = field(
        default_factory=lambda: dict(characteristics.WEIGHT_SETS)
    )
    characteristic_method: str = characteristics.CONTINUOUS
    bathory_variant: str = bathory.GCF
    working_assets_offset: Decimal = ZERO
    x5_coefficient: Decimal = altman.ORIGINAL_X5
    ohlson_price_index: Decimal = ohlson.DEFAULT_PRICE_INDEX
    ohlson_price_levels: Mapping[int, Decimal] = field(default_factory=dict)
    usd_rates: Mapping[str, Decimal] = field(
        default_factory=lambda: {"USD": ONE, "CNY": ONE / Decimal("7.20")}
    )
    calibration: Decimal = ONE

    def get_price_index(self, year: int | None) -> Decimal:
        """Return the level of prices (1968 = 100) of a statement's year, for Ohlson's size.

        A year that the table lacks takes the level of the nearest one in it; without a table, or a
        year, ``ohlson_price_index`` holds.

        >>> policy = ScoringPolicy(ohlson_price_levels={2020: Decimal(600), 2024: Decimal(675)})
        >>> policy.get_price_index(2019), ScoringPolicy().get_price_index(2019)
        (Decimal('600'), Decimal('675'))
        """
        if year is None or not self.ohlson_price_levels:
            return self.ohlson_price_index
        nearest = min(self.ohlson_price_levels, key=lambda known: (abs(known - year), -known))
        return self.ohlson_price_levels[nearest]


DEFAULT_POLICY = ScoringPolicy()
