"""The formulas of the guide once more, in pandas, for whole tables: nothing of the product is read.

A table has one row per firm-year. Columns without a prefix are this year's figures, ``p_`` last
year's and ``b_`` those of the year before; NaN is not known. Each function returns the value and
the status by the rules of 0.8: missing before zero before negative. A status of ``ok`` stands for both
that come with a value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

Table = pd.DataFrame
Column = pd.Series
Outcome = tuple[Column, Column]

OK, MISSING = "ok", "missing_input"
ZERO, NEGATIVE = "zero_denominator", "negative_denominator"


def decide(t: Table, needed: Sequence[Column], bottoms: Sequence[Column], value: Column) -> Outcome:
    """Give the value where everything is known and every denominator is above 0."""
    status = pd.Series(OK, index=t.index, dtype=object)
    least = pd.concat(list(bottoms), axis=1) if bottoms else None
    if least is not None:
        status[(least < 0).any(axis=1)] = NEGATIVE
        status[(least == 0).any(axis=1)] = ZERO
    lacks = pd.concat([*needed, *bottoms], axis=1).isna().any(axis=1)
    status[lacks] = MISSING
    return value.where(status == OK), status


def altman(t: Table, c: Sequence[float], top: str, constant: float = 0.0) -> Outcome:
    """Section 2: weights on WC/TA, RE/TA, EBIT/TA, X4 and, with five weights, revenue/TA."""
    assets, debts = t.TA, t.TL
    x4 = (t[top] / debts).where(debts != 0, 10.0)
    value = constant + (c[0] * t.WC + c[1] * t.RE + c[2] * t.EBIT) / assets + c[3] * x4
    needed = [t.WC, t.RE, t.EBIT, t[top], debts]
    if len(c) == 5:
        value = value + c[4] * t.REV / assets
        needed.append(t.REV)
    # No debts at all is capped, negative debts are not.
    found, status = decide(t, needed, [assets, debts.where(debts != 0, 1.0)], value)
    return found, status


def ohlson(t: Table) -> Outcome:
    """7.1, price level 675; size in single dollars."""
    size = np.log(t.TA_USD.where(t.TA_USD > 0) / 675)
    movement = t.NI.abs() + t.p_NI.abs()
    change = ((t.NI - t.p_NI) / movement).where(movement > 0, 0.0)
    both_lost = ((t.NI < 0) & (t.p_NI < 0)).astype(float)
    value = (
        -1.32
        - 0.407 * size
        + 6.03 * t.TL / t.TA
        - 1.43 * (t.CA - t.CL) / t.TA
        + 0.0757 * t.CL / t.CA
        - 1.72 * (t.TL > t.TA).astype(float)
        - 2.37 * t.NI / t.TA
        - 1.83 * (t.NI + t.DA) / t.TL
        + 0.285 * both_lost
        - 0.521 * change
    )
    return decide(t, [t.CL, t.NI, t.p_NI, t.DA, t.TA_USD], [t.TA, t.TL, t.CA], value)


def zmijewski(t: Table) -> Outcome:
    """7.2, the unweighted probit."""
    value = -4.336 - 4.513 * t.NI / t.TA + 5.679 * t.TL / t.TA + 0.004 * t.CA / t.CL
    return decide(t, [t.NI, t.TL, t.CA], [t.TA, t.CL], value)


def springate(t: Table) -> Outcome:
    """7.4."""
    value = 1.03 * t.WC / t.TA + 3.07 * t.EBIT / t.TA + 0.66 * t.PBT / t.CL + 0.40 * t.REV / t.TA
    return decide(t, [t.WC, t.EBIT, t.PBT, t.REV], [t.TA, t.CL], value)


def taffler(t: Table) -> Outcome:
    """7.3, 1983 form; the no-credit interval in days."""
    costs = t.REV - t.PBT - t.DA
    days = (t.QUICK - t.CL) / (costs / 365)
    value = 3.20 + 12.18 * t.PBT / t.CL + 2.50 * t.CA / t.TL - 10.68 * t.CL / t.TA + 0.029 * days
    return decide(t, [t.PBT, t.CA, t.QUICK], [t.CL, t.TL, t.TA, costs], value)


def fulmer(t: Table) -> Outcome:
    """7.5, tangible assets in single dollars."""
    v3 = (t.PBT / t.NW).where(t.NW > 0, -1.0)
    cover = np.log10((t.EBIT / t.INT.where(t.INT > 0)).where(t.EBIT > 0))
    v9 = cover.where(t.INT != 0, 2.0).where(t.EBIT > 0, 0.0)
    value = (
        5.528 * t.RE / t.TA
        + 0.212 * t.REV / t.TA
        + 0.073 * v3
        + 1.270 * t.CFO / t.TL
        - 0.120 * t.TL / t.TA
        + 2.335 * t.CL / t.TA
        + 0.575 * np.log10(t.TANGIBLE_USD.where(t.TANGIBLE_USD > 0))
        + 1.083 * t.WC / t.TL
        + 0.894 * v9
        - 6.075
    )
    needed = [t.RE, t.REV, t.PBT, t.NW, t.CFO, t.CL, t.WC, t.EBIT, t.INT]
    # An interest below 0 is a negative denominator, one of 0 has its cap.
    interest = t.INT.where(t.INT != 0, 1.0)
    return decide(t, needed, [t.TA, t.TL, interest, t.TANGIBLE_USD], value)


def piotroski(t: Table) -> Outcome:
    """7.6: three balance sheets, ties count 0 save unchanged capital."""
    roa, before = t.NI / t.p_TA, t.p_NI / t.b_TA
    signs = [
        roa > 0,
        t.CFO > 0,
        roa - before > 1e-9,
        t.CFO / t.p_TA - roa > 1e-9,
        t.p_LTD / ((t.p_TA + t.b_TA) / 2) - t.LTD / ((t.TA + t.p_TA) / 2) > 1e-9,
        t.CA / t.CL - t.p_CA / t.p_CL > 1e-9,
        t.CAPITAL - t.p_CAPITAL <= 1e-9,
        (t.REV - t.COST) / t.REV - (t.p_REV - t.p_COST) / t.p_REV > 1e-9,
        t.REV / t.p_TA - t.p_REV / t.b_TA > 1e-9,
    ]
    value = sum((sign.astype(float) for sign in signs), pd.Series(0.0, index=t.index))
    needed = [t.NI, t.p_NI, t.CFO, t.LTD, t.p_LTD, t.CA, t.p_CA, t.CAPITAL, t.p_CAPITAL]
    bottoms = [t.TA, t.p_TA, t.b_TA, t.CL, t.p_CL, t.REV, t.p_REV]
    return decide(t, [*needed, t.COST, t.p_COST], bottoms, value)


def bathory(t: Table) -> Outcome:
    """Section 3, variant gcf with the guards; a deferred tax charge that is not known is 0."""
    charge = (t.DTL - t.p_DTL) - (t.DTA - t.p_DTA)
    floor = pd.concat([t.WC.abs(), 0.01 * t.TA], axis=1).max(axis=1)
    x2 = (t.PBT / t.WC).clip(-2, 2)
    x2 = x2.where(t.WC > 0, -(t.PBT.abs() / floor).clip(upper=2))
    value = (
        ((t.PBT + t.DA + charge.fillna(0.0)) / t.CL).clip(-2, 2)
        + x2
        + (t.NW / t.CL).clip(-2, 5)
        + (t.TNW / t.TL).clip(-2, 5)
        + t.WC / t.TA
    )
    return decide(t, [t.PBT, t.DA, t.WC, t.NW, t.TNW], [t.CL, t.TL, t.TA], value)


def working_assets(t: Table) -> tuple[Column, Column, Column]:
    """Section 4: evaluation, status, limit."""
    has_current = t.CL > 0
    liquid = ((2 * t.CA - t.INV) / t.CL).where(has_current, 20.0)
    value = liquid - (t.CL + t.TL) / t.NW
    # None at all has its cap (W-3); below 0 is a negative denominator (E2).
    current = t.CL.where(t.CL != 0, 1.0)
    value, status = decide(t, [t.WC, t.NW, t.CA, t.INV, t.CL, t.TL], [current], value)
    status = status.mask(t.NW <= 0, "negative_net_worth")
    value = value.where(status == OK)
    edges = [-4.60, -3.90, -3.20, -2.50, -1.80, -1.10, -0.40, 0.30]
    # Half-up to two decimals, then ten intervals; the last edge but one is open on the right.
    rounded = np.sign(value) * np.floor(value.abs() * 100 + 0.5 + 1e-9) / 100
    percent = pd.Series(0.0, index=t.index)
    for n, edge in enumerate(edges):
        percent = percent.mask(rounded > edge + 1e-9, 2.5 * (n + 1))
    percent = percent.mask(rounded >= 1.0 - 1e-9, 25.0)
    limit = ((t.WC + t.NW) / 2).clip(lower=0) * percent / 100
    return value, status, limit.where(status == OK).mask(t.NW <= 0, 0.0)


INDEX = (
    # name, direction, weight, worse, median, better
    ("current", 1, 10, 1.05, 1.35, 1.80),
    ("quick", 1, 10, 0.60, 0.90, 1.25),
    ("debts", -1, 15, 0.70, 0.58, 0.45),
    ("equity", 1, 10, 0.60, 1.00, 1.60),
    ("ebit", 1, 15, 0.02, 0.06, 0.11),
    ("profit", 1, 10, 0.01, 0.04, 0.08),
    ("cash", 1, 10, 0.04, 0.12, 0.25),
    ("sales", 1, 5, 0.80, 1.20, 1.70),
    ("stock_days", -1, 5, 95.0, 65.0, 40.0),
    ("receivable_days", -1, 5, 110.0, 75.0, 45.0),
    ("growth", 1, 5, -0.05, 0.05, 0.15),
)


def credit_risk_index(t: Table) -> Outcome:
    """Section 6 with the demonstration table for manufacturing."""
    current, assets, debts = positive(t.CL), positive(t.TA), positive(t.TL)
    actual = {
        "current": t.CA / current,
        "quick": (t.CA - t.INV) / current,
        "debts": t.TL / assets,
        "equity": t.NW / current,
        "ebit": t.EBIT / assets,
        "profit": t.NI / assets,
        "cash": (t.NI + t.DA) / debts,
        "sales": t.REV / assets,
        "stock_days": no_stock(365 * mean(t.INV, t.p_INV) / positive(t.COST), t.COST, t),
        "receivable_days": 365 * mean(t.AR, t.p_AR) / positive(t.REV),
        "growth": t.REV / positive(t.p_REV) - 1,
    }
    points, weight = pd.Series(0.0, index=t.index), pd.Series(0.0, index=t.index)
    for name, way, w, worse, median, better in INDEX:
        distance = actual[name] - median
        half = pd.Series(better - median, index=t.index).where(distance * way >= 0, median - worse)
        score = (50 + 25 * distance / half).clip(0, 100)
        if name == "equity":
            score = score.mask(actual[name] <= 0, 0.0)
        points += (w * score).fillna(0.0)
        weight += w * score.notna()
    status = pd.Series(OK, index=t.index, dtype=object).mask(weight < 70, MISSING)
    return (100 - points / weight).where(status == OK), status


def wall_traditional(t: Table) -> Outcome:
    """7.8: seven relative ratios, each between 0 and 1.5."""
    rows = (
        (25, 2.00, t.CA, t.CL),
        (25, 1.50, t.NW, t.TL),
        (15, 2.50, t.TA, t.FIXED),
        (10, 8.0, t.COST, t.INV),
        (10, 6.0, t.REV, t.AR),
        (10, 4.0, t.REV, t.FIXED),
        (5, 3.0, t.REV, t.NW),
    )
    value = pd.Series(0.0, index=t.index)
    for weight, standard, top, bottom in rows:
        ratio = (top / bottom).where(bottom != 0, 100.0) if bottom is t.TL else top / bottom
        value += weight * (ratio / standard).clip(0, 1.5)
    # No debts at all has its cap of 100; every other denominator has none.
    bottoms = [t.CL, t.TL.where(t.TL != 0, 1.0), t.FIXED, t.INV, t.AR, t.NW]
    return decide(t, [t.CA, t.COST, t.REV, t.TA, t.TL], bottoms, value)


MODERN = (
    # score, standard, best, most, least
    (20, 5.5, 15.8, 30, 10),
    (20, 26.0, 56.2, 30, 10),
    (10, 4.4, 22.7, 15, 5),
    (8, 25.9, 55.8, 12, 4),
    (8, 95.7, 253.6, 12, 4),
    (8, 290.0, 960.0, 12, 4),
    (8, 800.0, 3030.0, 12, 4),
    (6, 2.5, 38.9, 9, 3),
    (6, 10.1, 51.2, 9, 3),
    (6, 7.3, 42.8, 9, 3),
)


def wall_modern(t: Table) -> Outcome:
    """7.8: ten items in percent; growth on a base of 0 or less gets its least points."""
    assets, equity = mean(t.TA, t.p_TA), mean(t.NW, t.p_NW)
    receivables, stock = mean(t.AR, t.p_AR), mean(t.INV, t.p_INV)
    growths = [
        (t[name] / t[f"p_{name}"] - 1).where(t[f"p_{name}"] > 0, -10.0)
        for name in ("REV", "NI", "TA")
    ]
    actual = [
        t.EBIT / assets,
        t.NI / t.REV,
        t.NI / equity,
        t.NW / t.TA,
        t.CA / t.CL,
        t.REV / receivables,
        t.COST / stock,
        *growths,
    ]
    value = pd.Series(0.0, index=t.index)
    for ratio, (score, standard, best, most, least) in zip(actual, MODERN, strict=True):
        a_point = (best - standard) / (most - score)
        value += (score + (100 * ratio - standard) / a_point).clip(least, most)
    needed = [t.EBIT, t.NI, t.NW, t.CA, t.COST, t.p_REV, t.p_NI, t.p_TA]
    bottoms = [assets, t.REV, equity, t.TA, t.CL, receivables, stock]
    return decide(t, needed, bottoms, value)


def ratios(t: Table) -> dict[str, Column]:
    """7.7: every ratio, NaN where it cannot be computed."""
    stock = no_stock(365 * mean(t.INV, t.p_INV) / positive(t.COST), t.COST, t)
    purchases = t.COST + t.INV - t.p_INV
    owed = 365 * mean(t.AP, t.p_AP) / positive(purchases)
    collected = 365 * mean(t.AR, t.p_AR) / positive(t.REV)
    cover = {
        name: (top / positive(t.INT)).mask((t.INT == 0) & top.notna(), 100.0)
        for name, top in (("interest_cover", t.EBIT), ("ebitda_cover", t.EBIT + t.DA))
    }
    return {
        "current_ratio": t.CA / positive(t.CL),
        "quick_ratio_cn": (t.CA - t.INV) / positive(t.CL),
        "quick_ratio_strict": t.QUICK / positive(t.CL),
        "cash_ratio": t.CASH / positive(t.CL),
        "cash_flow_ratio": t.CFO / positive(t.CL),
        "debt_to_assets": t.TL / positive(t.TA),
        "debt_to_equity": t.TL / positive(t.NW),
        "debt_to_tnw": t.TL / positive(t.TNW),
        **cover,
        "net_debt_ebitda": (t.IBD - t.CASH) / positive(t.EBIT + t.DA),
        "gross_margin": (t.REV - t.COST) / positive(t.REV),
        "operating_margin": t.OP / positive(t.REV),
        "net_margin": t.NI / positive(t.REV),
        "roa_ebit": t.EBIT / positive(mean(t.TA, t.p_TA)),
        "roe": t.NI / positive(mean(t.NW, t.p_NW)),
        "cash_to_profit": t.CFO / positive(t.NI),
        "receivable_turnover": t.REV / positive(mean(t.AR, t.p_AR)),
        "receivable_days": collected,
        "inventory_turnover": t.COST / positive(mean(t.INV, t.p_INV)),
        "inventory_days": stock,
        "payable_days": owed,
        "cash_cycle": collected + stock - owed,
        "asset_turnover": t.REV / positive(mean(t.TA, t.p_TA)),
    }


def financial(subs: dict[str, Column]) -> Outcome:
    """9.4 at full reliability: the curves of Z″, Bathory, Ohlson's p and modern Wall, and strength."""
    weights = {"z": 30, "cri": 30, "bathory": 10, "ohlson": 15, "wall": 15}
    knots: dict[str, list[tuple[float, float]]] = {
        "z": [(-2, 0), (0, 20), (1.1, 40), (2.6, 60), (4, 75), (5.5, 90), (8, 100)],
        "bathory": [(-1, 0), (0, 20), (1, 45), (2, 60), (4, 80), (8, 100)],
        "ohlson": [(0, 100), (0.01, 90), (0.05, 70), (0.10, 55), (0.25, 35), (0.5, 15), (1, 0)],
        "wall": [(50, 0), (100, 60), (130, 90), (150, 100)],
    }
    index = subs["z"].index
    total, mass = pd.Series(0.0, index=index), pd.Series(0.0, index=index)
    for name, weight in weights.items():
        score = subs[name]
        if name in knots:
            x, y = zip(*knots[name], strict=True)
            score = pd.Series(np.interp(score, x, y), index=index).where(score.notna())
        total += (weight * score).fillna(0.0)
        mass += weight * score.notna()
    status = pd.Series(OK, index=index, dtype=object).mask(mass < 50, MISSING)
    return (total / mass).where(status == OK), status


def positive(column: Column) -> Column:
    """Keep a denominator that is above 0."""
    return column.where(column > 0)


def mean(now: Column, before: Column) -> Column:
    """Average two years; this year's alone where last year's is not known (0.6)."""
    return ((now + before) / 2).where(before.notna(), now)


def no_stock(days: Column, flow: Column, t: Table) -> Column:
    """E1: inventories of 0 are 0 days, though nothing was sold."""
    return days.mask((mean(t.INV, t.p_INV) == 0) & (flow == 0), 0.0)


MODELS: dict[str, Callable[[Table], Outcome]] = {
    "altman_z_1968": lambda t: altman(t, (1.2, 1.4, 3.3, 0.6, 0.999), "MV"),
    "altman_z_prime": lambda t: altman(t, (0.717, 0.847, 3.107, 0.420, 0.998), "NW"),
    "altman_z_double_prime": lambda t: altman(t, (6.56, 3.26, 6.72, 1.05), "NW"),
    "altman_em": lambda t: altman(t, (6.56, 3.26, 6.72, 1.05), "NW", 3.25),
    "ohlson_o": ohlson,
    "zmijewski": zmijewski,
    "springate": springate,
    "taffler_1983": taffler,
    "fulmer_h": fulmer,
    "piotroski_f": piotroski,
    "bathory": bathory,
    "working_assets": lambda t: working_assets(t)[:2],
    "credit_risk_index": credit_risk_index,
    "wall_traditional": wall_traditional,
    "wall_modern": wall_modern,
}
