"""Bathory, Ohlson, credit risk index, modern Wall and working assets in bulk.

Each function is the twin of the scalar rule of its module and returns ``value``, ``status``,
``band`` and its own columns on the index of the books; NaN and ``None`` without a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from scoring.domain.models import bathory, ohlson, risk_index, wall, working_assets
from scoring.domain.results import Status
from scoring.domain.statements.periods import STALE_MONTHS
from scoring.domain.vectorised.books import Books
from scoring.domain.vectorised.columns import (
    CODE,
    EPS,
    GUARD,
    MISSING,
    OK,
    Bools,
    Codes,
    Column,
    Floats,
    combine,
    divide,
    has_value,
    make_table,
    pick_code,
    pick_words,
    tell_status,
)


def compute_bathory(books: Books, *, variant: str = bathory.GCF) -> pd.DataFrame:
    """Compute the guarded sum of every row with its terms ``x1`` … ``x5``."""
    extra = "interest_expense" if variant == bathory.EBITDA else "deferred_tax_charge"
    inputs, code = books.gather(
        ["profit_before_tax", "da", "working_capital", "net_worth", "tangible_net_worth",
         "total_current_liabilities", "total_liabilities", "total_assets", extra]
    )  # fmt: skip
    current, debts = inputs["total_current_liabilities"], inputs["total_liabilities"]
    assets, capital = inputs["total_assets"], inputs["working_capital"]
    profit = inputs["profit_before_tax"]
    least = np.minimum(np.minimum(current, debts), assets)
    is_zero = (current == 0) | (debts == 0) | (assets == 0)
    there = has_value(code)
    code = pick_code(
        [there & is_zero, there & (least < 0)],
        [Status.ZERO_DENOMINATOR, Status.NEGATIVE_DENOMINATOR],
        code,
    )
    code[books.is_excluded] = CODE[Status.NOT_APPLICABLE]
    there = has_value(code)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        floor = np.maximum(np.abs(capital), float(bathory._MIN_SHARE) * assets)
        raw = {
            "x1": (profit + inputs["da"] + inputs[extra]) / current,
            "x2": np.where(capital == 0, np.nan, profit / capital),
            "x3": inputs["net_worth"] / current,
            "x4": inputs["tangible_net_worth"] / debts,
            "x5": capital / assets,
        }
        terms = {
            "x1": _clip(raw["x1"], bathory._NARROW),
            "x2": np.where(
                capital <= 0,
                -np.minimum(2.0, np.abs(profit) / floor),
                _clip(raw["x2"], bathory._NARROW),
            ),
            "x3": _clip(raw["x3"], bathory._WIDE),
            "x4": _clip(raw["x4"], bathory._WIDE),
            "x5": raw["x5"],
        }
    is_guarded = np.any([terms[x] != raw[x] for x in terms], axis=0)
    code = np.where(there & is_guarded, np.minimum(code, GUARD), code).astype(np.int8)
    value = np.where(there, sum(terms.values(), np.zeros(books.size)), np.nan)
    # What is a whole number in decimals may miss it by a bit here.
    rounded = np.round(value, 10)
    *lower, top = bathory.BANDS
    band = pick_words(
        [~there, *(rounded < float(bound) for bound, _ in lower), rounded <= float(top[0])],
        [None, *(word for _, word in bathory.BANDS)],
        "strong",
    )
    columns = {x: np.where(there, term, np.nan) for x, term in terms.items()}
    return _tell(books, value, code, band, columns)


def compute_ohlson(books: Books, *, usd_rate: Floats, price_index: Floats | float) -> pd.DataFrame:
    """Compute the O-score of every row, with ``probability`` and its nine variables.

    ``usd_rate`` is what one of the statement's units is worth in single US dollars, NaN without a
    rate; ``price_index`` the level of prices of the year (1968 = 100).
    """
    inputs, code = books.gather(
        ["total_assets", "total_liabilities", "total_current_assets",
         "total_current_liabilities", "net_profit", "da"]
    )  # fmt: skip
    assets, debts = inputs["total_assets"], inputs["total_liabilities"]
    current, profit = inputs["total_current_assets"], inputs["net_profit"]
    dollars = assets * usd_rate
    before = books.prior.read("net_profit").value
    bottoms = np.minimum(np.minimum(assets, debts), np.minimum(current, dollars))
    has_gap = np.isnan(dollars) | np.isnan(before)
    there = has_value(code)
    code = pick_code(
        [there & has_gap, there & books.is_non_comparable, there & (bottoms == 0),
         there & (bottoms < 0)],
        [Status.MISSING_INPUT, Status.NON_COMPARABLE, Status.ZERO_DENOMINATOR,
         Status.NEGATIVE_DENOMINATOR],
        code,
    )  # fmt: skip
    there = has_value(code)
    movement = np.abs(profit) + np.abs(before)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        variables = {
            "size": np.log(np.where(there, dollars, np.nan) / price_index),
            "tl_ta": debts / assets,
            "wc_ta": (current - inputs["total_current_liabilities"]) / assets,
            "cl_ca": inputs["total_current_liabilities"] / current,
            "oeneg": np.where(debts > assets, 1.0, 0.0),
            "ni_ta": profit / assets,
            "futl": (profit + inputs["da"]) / debts,
            "intwo": np.where((profit < 0) & (before < 0), 1.0, 0.0),
            "chin": np.where(movement > 0, (profit - before) / movement, 0.0),
        }
        value = np.full(books.size, float(ohlson.CONSTANT))
        for name, coefficient in ohlson.COEFFICIENTS.items():
            value = value + variables[name] * float(coefficient)
        value = np.where(there, value, np.nan)
        chance = _to_probability(value)
    band = pick_words(
        [~there, chance > float(ohlson.DISTRESS_P), chance >= float(ohlson.WATCH_P)],
        [None, "distress", "watch"],
        "pass",
    )
    return _tell(books, value, code, band, {"probability": chance, **variables})


def compute_risk_index(
    books: Books,
    *,
    table: Sequence[risk_index.Benchmark] = risk_index.DEMO_MANUFACTURING,
    mean_pd: float = float(risk_index.DEFAULT_MEAN_PD),
) -> pd.DataFrame:
    """Compute the index of every row, with ``strength``, ``coverage`` and each indicator's points."""
    values = _indicators(books)
    points, strength, mass = {}, np.zeros(books.size), np.zeros(books.size)
    is_guarded = np.zeros(books.size, dtype=bool)
    for row in table:
        score = _score_indicator(row, values[row.indicator].value)
        there = np.isfinite(score)
        strength += np.where(there, score * float(row.weight), 0.0)
        mass += np.where(there, float(row.weight), 0.0)
        is_guarded |= there & (values[row.indicator].code == GUARD)
        points[f"score_{row.indicator}"] = score
    total = sum(float(row.weight) for row in table)
    coverage = mass / total
    is_enough = coverage >= float(risk_index.MIN_COVERAGE) - EPS
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        strength = np.where(is_enough, strength / mass, np.nan)
        chance = _to_probability(
            np.log(mean_pd / (1 - mean_pd)) + np.log(2.0) / 10 * (50.0 - strength)
        )
    code = np.where((mass >= total - EPS) & ~is_guarded, OK, GUARD).astype(np.int8)
    code[~is_enough] = MISSING
    quotient = chance / mean_pd
    place = 1 + sum((quotient >= float(b)).astype(int) for b in risk_index.CLASS_BOUNDS)
    words = np.array([None, *(f"RI{n}" for n in range(1, 7))], dtype=object)
    band = words[np.where(is_enough, place, 0)]
    extra = {"strength": strength, "pd": chance, "coverage": coverage, **points}
    return _tell(books, 100.0 - strength, code, band, extra)


def compute_wall_modern(
    books: Books, *, standards: Sequence[wall.Standard] = wall.TEXTBOOK_CN
) -> pd.DataFrame:
    """Score the ten items of every row, 50 to 150, with the points of each."""
    actuals = _wall_actuals(books)
    code = np.min([actuals[row.indicator].code for row in standards], axis=0).astype(np.int8)
    there = has_value(code)
    value, points = np.zeros(books.size), {}
    for row in standards:
        each = float(row.score) + (
            actuals[row.indicator].value * 100.0 - float(row.standard)
        ) / float(wall.get_per_point(row))
        each = np.clip(each, float(row.minimum), float(row.maximum))
        points[f"points_{row.indicator}"] = np.where(there, each, np.nan)
        value = value + each
    band = np.full(books.size, None, dtype=object)
    return _tell(books, np.where(there, value, np.nan), code, band, points)


def compute_working_assets(
    books: Books, *, reliability: Floats, age_months: Floats, offset: float = 0.0
) -> pd.DataFrame:
    """Evaluate every balance sheet, with the percentage and the limit it carries.

    Returns besides ``percentage``, ``limit``, ``working_assets``, ``net_worth`` (all money in the
    statement's unit) and ``is_weak``.
    """
    inputs, code = books.gather(
        ["working_capital", "net_worth", "total_current_assets", "quick_assets_cn",
         "total_current_liabilities", "total_liabilities"]
    )  # fmt: skip
    worth, capital = inputs["net_worth"], inputs["working_capital"]
    current, debts = inputs["total_current_liabilities"], inputs["total_liabilities"]
    there, excluded = has_value(code), books.is_excluded
    insolvent = worth <= 0
    code = np.where(there & (current == 0), np.minimum(code, GUARD), code)
    code = pick_code(
        [insolvent, there & (current < 0)],
        [Status.NEGATIVE_NET_WORTH, Status.NEGATIVE_DENOMINATOR],
        code.astype(np.int8),
    )
    code[excluded] = CODE[Status.NOT_APPLICABLE]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        liquid = np.where(
            current > 0,
            inputs["total_current_assets"] / current + inputs["quick_assets_cn"] / current,
            2 * float(working_assets.LIQUIDITY_CAP),
        )
        value = liquid - current / worth - debts / worth + offset
    value = np.where(has_value(code), value, np.nan)
    percentage = look_up_percentage(value)
    assets = (capital + worth) / 2
    limit = np.maximum(0.0, assets) * percentage / 100
    weak = (age_months > STALE_MONTHS) | (reliability < float(working_assets.MIN_RELIABILITY) - EPS)
    limit = np.where(weak, limit * reliability, limit)
    # An insolvent customer gets 0, not a question (W-1).
    is_nothing = insolvent & ~excluded
    limit = np.where(is_nothing, 0.0, limit)
    percentage = np.where(is_nothing, 0.0, percentage)
    risks = {float(share): risk for *_, share, risk in working_assets.PERCENTAGES}
    band = pick_words(
        [~has_value(code), *(percentage == share for share in risks)], [None, *risks.values()], None
    )
    extra = {
        "percentage": percentage,
        "limit": limit,
        "working_assets": np.where(
            there & ~excluded & (insolvent | (current >= 0)), assets, np.nan
        ),
        "net_worth": worth,
        "is_weak": weak & has_value(code),
    }
    return _tell(books, value, code, band, extra)


def look_up_percentage(evaluation: Floats) -> Floats:
    """Return the percentage of working assets; the twin of ``working_assets.look_up_percentage``.

    >>> [float(x) for x in look_up_percentage(np.array([0.95, 0.995, -4.6, np.nan]))]
    [20.0, 25.0, 0.0, nan]
    """
    # Half away from zero, as ROUND_HALF_UP does.
    size = np.floor(np.abs(evaluation) * 100 + 0.5 + EPS) / 100
    rounded = np.sign(evaluation) * size
    tables = [
        (rounded <= float(bound) + EPS) if is_included else (rounded < float(bound) - EPS)
        for bound, is_included, _, _ in working_assets.PERCENTAGES
        if bound is not None
    ]
    shares = [float(percentage) for *_, percentage, _ in working_assets.PERCENTAGES]
    found: Floats = np.select(tables, shares[:-1], default=shares[-1])
    return np.where(np.isnan(evaluation), np.nan, found)


def _tell(
    books: Books, value: Floats, code: Codes, band: object, extra: Mapping[str, Floats | Bools]
) -> pd.DataFrame:
    return make_table(
        {"value": value, "code": code, "status": tell_status(code), "band": band, **extra},
        books.index,
    )


def _clip(values: Floats, bounds: tuple[Decimal, Decimal]) -> Floats:
    low, high = bounds
    clipped: Floats = np.clip(values, float(low), float(high))
    return clipped


def _to_probability(logit: Floats) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        chance: Floats = 1.0 / (1.0 + np.exp(-np.clip(logit, -700.0, 700.0)))
    return chance


def _indicators(books: Books) -> dict[str, Column]:
    get, avg = books.get, books.avg
    profit, assets, debts = get("net_profit"), get("total_assets"), get("total_liabilities")
    current = get("total_current_liabilities")
    cash_profit = combine([profit, get("da")], profit.value + get("da").value)
    return {
        "current_ratio": divide(get("total_current_assets"), current),
        "quick_ratio": divide(get("quick_assets_cn"), current),
        "debt_to_assets": divide(debts, assets),
        "equity_to_current_liabilities": divide(get("net_worth"), current),
        "ebit_to_assets": divide(get("ebit"), assets),
        "roa": divide(profit, assets),
        "cash_profit_to_debt": divide(cash_profit, debts),
        "asset_turnover": divide(get("revenue"), assets),
        "inventory_days": _inventory_days(avg("inventories"), get("cost_of_sales")),
        "receivable_days": divide(avg("trade_receivables"), get("revenue"), factor=365.0),
        "sales_growth": books.growth("revenue"),
    }


def _inventory_days(balance: Column, flow: Column) -> Column:
    days = divide(balance, flow, factor=365.0)
    # No stock turns over in no time, whatever was sold (E1); nothing else does.
    is_nothing = (balance.value == 0) & (days.code == CODE[Status.ZERO_DENOMINATOR])
    return Column(
        np.where(is_nothing, 0.0, days.value),
        np.where(is_nothing, balance.code, days.code).astype(np.int8),
    )


def _score_indicator(row: risk_index.Benchmark, actual: Floats) -> Floats:
    median = float(row.median)
    is_better = (actual - median) * row.direction >= 0
    half = np.where(is_better, float(row.better - row.median), float(row.median - row.worse))
    score = np.clip(50.0 + 25.0 * (actual - median) / half, 0.0, 100.0)
    if row.indicator == "equity_to_current_liabilities":
        score = np.where(actual <= 0, 0.0, score)
    return np.asarray(score, dtype=np.float64)


def _wall_actuals(books: Books) -> dict[str, Column]:
    get, avg = books.get, books.avg
    return {
        "return_on_total_assets": divide(get("ebit"), avg("total_assets")),
        "net_sales_margin": divide(get("net_profit"), get("revenue")),
        "return_on_equity": divide(get("net_profit"), avg("net_worth")),
        "equity_ratio": divide(get("net_worth"), get("total_assets")),
        "current_ratio_pct": divide(get("total_current_assets"), get("total_current_liabilities")),
        "receivable_turnover_pct": divide(get("revenue"), avg("trade_receivables")),
        "inventory_turnover_pct": divide(get("cost_of_sales"), avg("inventories")),
        "sales_growth": _growth(books, "revenue"),
        "net_profit_growth": _growth(books, "net_profit"),
        "asset_growth": _growth(books, "total_assets"),
    }


def _growth(books: Books, name: str) -> Column:
    growth = books.growth(name)
    bad = (CODE[Status.ZERO_DENOMINATOR], CODE[Status.NEGATIVE_DENOMINATOR])
    is_bad = np.isin(growth.code, bad)
    # On a base of 0 or less any growth figure lies; the item gets its minimum.
    return Column(
        np.where(is_bad, -1000.0, growth.value),
        np.where(is_bad, GUARD, growth.code).astype(np.int8),
    )
