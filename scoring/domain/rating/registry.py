"""The registry of models: what each is computed from, by its code.

A new model is one entry here. ``evaluation`` runs the registry; nothing else lists the models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from scoring.domain.models import (
    altman,
    bathory,
    characteristics,
    five_c,
    fulmer,
    ohlson,
    piotroski,
    risk_index,
    springate,
    taffler,
    wall,
    working_assets,
    zmijewski,
)
from scoring.domain.payment import behaviour
from scoring.domain.profile import Profile
from scoring.domain.rating.scoring_policy import ScoringPolicy
from scoring.domain.results import ONE, Reason, ScoreResult, Status
from scoring.domain.statements.derived import derive
from scoring.domain.statements.periods import count_whole_months
from scoring.domain.statements.reliability import get_reliability
from scoring.domain.statements.statements import Statement
from scoring.domain.statements.years import Years


@dataclass(frozen=True)
class Case:
    """What the models of one customer are computed from."""

    years: Years
    profile: Profile
    as_of: date
    policy: ScoringPolicy
    market_cap: Decimal | None
    unit: Decimal
    usd_rates: Mapping[str, Decimal]

    @property
    def now(self) -> Statement:
        """Return this year's statement; only asked where there is one."""
        assert self.years.now is not None
        return self.years.now

    @property
    def reliability(self) -> Decimal:
        """Return how far this year's statement may be trusted, 0 to 1."""
        return get_reliability(self.now)

    @property
    def age_months(self) -> int:
        """Return the whole months since this year's statement ended (E10)."""
        if self.years.now is None or self.years.now.period_end is None:
            return 0
        return count_whole_months(self.years.now.period_end, self.as_of)

    def in_usd(self, name: str) -> Decimal | None:
        """Convert an item of this year to single US dollars (E7); ``None`` without a rate."""
        amount, rate = derive(name, self.now).value, self.usd_rate
        return None if amount is None or rate is None else amount * self.unit * rate

    @property
    def usd_rate(self) -> Decimal | None:
        """Return the US dollars for one unit of the statement's currency."""
        return ONE if self.now.currency == "USD" else self.usd_rates.get(self.now.currency)


def _altman(code: str) -> Callable[[Case], ScoreResult]:
    def compute(case: Case) -> ScoreResult:
        prior = case.years.prior
        before = (
            None
            if prior is None
            else altman.compute_altman(code, prior, x5_coefficient=case.policy.x5_coefficient).value
        )
        return altman.compute_altman(
            code,
            case.now,
            profile=case.profile,
            market_cap=case.market_cap,
            prior_value=before,
            x5_coefficient=case.policy.x5_coefficient,
        )

    return compute


def _ohlson(case: Case) -> ScoreResult:
    prior = case.years.prior
    year = case.now.period_end.year if case.now.period_end else None
    result = ohlson.compute_ohlson(
        case.now,
        total_assets_usd=case.in_usd("total_assets"),
        prior_net_profit=None if prior is None else prior.read("net_profit").value,
        price_index=case.policy.get_price_index(year),
    )
    return _tell_missing_rate(result, case)


def _fulmer(case: Case) -> ScoreResult:
    dollars = case.in_usd("tangible_assets")
    result = fulmer.compute_fulmer(case.now, tangible_assets_usd=dollars, profile=case.profile)
    return _tell_missing_rate(result, case)


def _tell_missing_rate(result: ScoreResult, case: Case) -> ScoreResult:
    if result.status is not Status.MISSING_INPUT or case.usd_rate is not None:
        return result
    reason = Reason("NO_USD_RATE", {"currency": case.now.currency})
    return replace(result, reasons=(*result.reasons, reason))


def _working_assets(case: Case) -> working_assets.WorkingAssetsResult:
    return working_assets.compute_working_assets(
        case.now,
        profile=case.profile,
        reliability=case.reliability,
        age_months=case.age_months,
        industry_offset=case.policy.working_assets_offset,
    )


# What is computed from statements alone, by code, in the order of the guide.
STATEMENT_MODELS: Mapping[str, Callable[[Case], ScoreResult]] = {
    **{code: _altman(code) for code in altman.FORMS},
    bathory.CODE: lambda case: bathory.compute_bathory(
        case.now, case.years.prior, profile=case.profile, variant=case.policy.bathory_variant
    ),
    working_assets.CODE: _working_assets,
    risk_index.CODE: lambda case: risk_index.compute_risk_index(
        case.now, case.years.prior, table=case.policy.benchmarks, mean_pd=case.policy.mean_pd
    ),
    ohlson.CODE: _ohlson,
    zmijewski.CODE: lambda case: zmijewski.compute_zmijewski(case.now),
    taffler.CODE: lambda case: taffler.compute_taffler(case.now, profile=case.profile),
    springate.CODE: lambda case: springate.compute_springate(case.now, profile=case.profile),
    fulmer.CODE: _fulmer,
    piotroski.CODE: lambda case: piotroski.compute_piotroski(
        case.now, case.years.prior, case.years.before
    ),
    wall.TRADITIONAL_CODE: lambda case: wall.compute_wall_traditional(
        case.now, standards=case.policy.wall_traditional
    ),
    wall.MODERN_CODE: lambda case: wall.compute_wall_modern(
        case.now, case.years.prior, standards=case.policy.wall_modern
    ),
}
MODEL_CODES: tuple[str, ...] = (
    five_c.CODE,
    *STATEMENT_MODELS,
    characteristics.CODE,
    behaviour.CODE,
)
