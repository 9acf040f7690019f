"""Piotroski F (2000, 7.6): nine signs of improvement, one point each; 8 and 9 are strong.

Source: J. Piotroski, *Value Investing: The Use of Historical Financial Statement Information to
Separate Winners from Losers*, Journal of Accounting Research 38 (2000). Flows stand over the assets
at the beginning of their year. It measures improvement, not level: a weak firm can score 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from scoring.domain.models.linear import check_denominators
from scoring.domain.results import ONE, TOLERANCE, ZERO, ScoreResult, Status, Term, worst_status
from scoring.domain.statements.derived import Inputs, gather
from scoring.domain.statements.statements import Statement

CODE = "piotroski_f"
STRONG, NORMAL, WEAK = "strong", "normal", "weak"
STRONG_FROM, NORMAL_FROM = Decimal(8), Decimal(3)
SIGNALS = (
    "f1_roa",
    "f2_cfo",
    "f3_roa_rises",
    "f4_cash_over_profit",
    "f5_leverage_falls",
    "f6_liquidity_rises",
    "f7_no_new_capital",
    "f8_margin_rises",
    "f9_turnover_rises",
)
_NOW = (
    "net_profit",
    "cfo",
    "total_assets",
    "long_term_debt",
    "total_current_assets",
    "total_current_liabilities",
    "paid_in_capital",
    "capital_reserve",
    "gross_profit",
    "revenue",
)
_PRIOR = tuple(name for name in _NOW if name != "cfo")
_BEFORE = ("total_assets",)


@dataclass(frozen=True)
class PiotroskiResult(ScoreResult):
    """The count of signs (``value``, 0 to 9), each sign, and the figures compared."""

    signals: tuple[int, ...] = ()
    details: Mapping[str, Decimal] = field(default_factory=dict)


def compute_piotroski(
    statement: Statement, prior: Statement | None, before: Statement | None
) -> PiotroskiResult:
    """Count the signs of one year against the last; ``before`` is the year before the last.

    Three balance sheets are needed and no partial sum is given. Years that cannot be compared have
    no score (E5). The input of a term is the figure whose sign decides; ties count 0, save that
    unchanged capital is no new capital.
    """
    years = [gather(statement, _NOW)]
    missing = list(years[0].missing)
    for label, books, names in (
        ("of the prior year", prior, _PRIOR),
        ("of the year before the last", before, _BEFORE),
    ):
        read = _gather_year(books, names)
        years.append(read)
        missing += [f"{name} {label}" for name in read.missing]
    used = _label(years)
    reasons = tuple(reason for year in years for reason in year.reasons)
    obstacle = _find_obstacle(years, (statement, prior))
    if obstacle is not None:
        return PiotroskiResult(
            CODE, None, obstacle, inputs_used=used, missing=tuple(missing), reasons=reasons
        )
    details = _compare(*years)
    inputs = _inputs(details, *years[:2])
    signals = tuple(_is_sign(name, x) for name, x in inputs.items())
    value = Decimal(sum(signals))
    return PiotroskiResult(
        CODE,
        value,
        worst_status(year.status for year in years),
        band=_band(value),
        terms=tuple(
            Term(name, x, ONE, Decimal(sign))
            for (name, x), sign in zip(inputs.items(), signals, strict=True)
        ),
        inputs_used=used,
        reasons=reasons,
        signals=signals,
        details=details,
    )


def _gather_year(books: Statement | None, names: tuple[str, ...]) -> Inputs:
    if books is None:
        return Inputs({}, Status.MISSING_INPUT, names, ())
    return gather(books, names)


def _label(years: list[Inputs]) -> dict[str, Decimal | None]:
    suffixes = ("", "_prior", "_before")
    return {
        name + suffix: value
        for year, suffix in zip(years, suffixes, strict=True)
        for name, value in year.values.items()
    }


def _find_obstacle(years: list[Inputs], pair: tuple[Statement, Statement | None]) -> Status | None:
    status = worst_status(year.status for year in years)
    if not status.has_value:
        return status
    # The year's own flag speaks of it against the year before, so both pairs must be sound.
    if any(books is not None and books.is_non_comparable for books in pair):
        return Status.NON_COMPARABLE
    return check_denominators(
        year[name]
        for number, year in enumerate(years)
        for name in ("total_assets", "total_current_liabilities", "revenue")
        if number < 2 or name == "total_assets"
    )


def _compare(now: Inputs, prior: Inputs, before: Inputs) -> dict[str, Decimal]:
    opening, opening_prior = prior["total_assets"], before["total_assets"]
    return {
        "roa": now["net_profit"] / opening,
        "roa_prev": prior["net_profit"] / opening_prior,
        "cfo": now["cfo"] / opening,
        "lev": now["long_term_debt"] / ((now["total_assets"] + opening) / 2),
        "lev_prev": prior["long_term_debt"] / ((opening + opening_prior) / 2),
        "cr": now["total_current_assets"] / now["total_current_liabilities"],
        "cr_prev": prior["total_current_assets"] / prior["total_current_liabilities"],
        "gm": now["gross_profit"] / now["revenue"],
        "gm_prev": prior["gross_profit"] / prior["revenue"],
        "at": now["revenue"] / opening,
        "at_prev": prior["revenue"] / opening_prior,
    }


def _inputs(details: Mapping[str, Decimal], now: Inputs, prior: Inputs) -> dict[str, Decimal]:
    d = details
    capital, capital_prior = (y["paid_in_capital"] + y["capital_reserve"] for y in (now, prior))
    figures = (
        d["roa"],
        d["cfo"],
        d["roa"] - d["roa_prev"],
        d["cfo"] - d["roa"],
        d["lev_prev"] - d["lev"],
        d["cr"] - d["cr_prev"],
        capital - capital_prior,
        d["gm"] - d["gm_prev"],
        d["at"] - d["at_prev"],
    )
    return dict(zip(SIGNALS, figures, strict=True))


def _is_sign(name: str, x: Decimal) -> int:
    if name == "f7_no_new_capital":
        return int(x <= 0)
    # Two ratios closer than the tolerance are a tie; the sign of a single figure is exact.
    return int(x > (ZERO if name in ("f1_roa", "f2_cfo") else TOLERANCE))


def _band(value: Decimal) -> str:
    if value >= STRONG_FROM:
        return STRONG
    return NORMAL if value >= NORMAL_FROM else WEAK
