"""Altman family in bulk: the twins of ``compute_altman`` and ``route_altman``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scoring.domain.models import altman
from scoring.domain.results import Status
from scoring.domain.vectorised.books import Books
from scoring.domain.vectorised.columns import (
    CODE,
    EPS,
    Floats,
    Words,
    has_value,
    make_table,
    pick_code,
    pick_words,
    read_bools,
    read_floats,
    tell_status,
)

RATIOS = ("x1", "x2", "x3", "x4", "x5")


def route_altman(frame: pd.DataFrame) -> Words:
    """Choose the form of every row (A-5, A-7); ``None`` where none applies.

    Columns: ``is_scope_excluded``, ``is_manufacturing``, ``is_listed``, ``suspended_days``.
    """
    is_traded = read_bools(frame, "is_listed") & (
        read_floats(frame, "suspended_days", 0.0) <= altman.MAX_SUSPENDED_DAYS
    )
    return pick_words(
        [
            read_bools(frame, "is_scope_excluded"),
            ~read_bools(frame, "is_manufacturing"),
            is_traded,
        ],
        [None, altman.Z_DOUBLE_PRIME, altman.Z_1968],
        altman.Z_PRIME,
    )


def compute_altman(
    form_code: str,
    books: Books,
    *,
    market_cap: Floats | None = None,
    x5_coefficient: float = float(altman.ORIGINAL_X5),
) -> pd.DataFrame:
    """Compute one member of the family for every row.

    ``market_cap`` is in the statement's unit; where it is NaN the statement's own figure serves.
    Returns ``value``, ``status``, ``band`` and ``x1`` … ``x5``, NaN and ``None`` without a value.
    """
    form = altman.FORMS[form_code]
    names = ["working_capital", "retained_earnings", "ebit", "total_assets", "total_liabilities"]
    if "x5" in form.coefficients:
        names.append("revenue")
    if not form.uses_market_value:
        names.append("net_worth")
    inputs, code = books.gather(names)
    if form.uses_market_value:
        stated = books.get("market_cap")
        given = np.full(books.size, np.nan) if market_cap is None else market_cap
        is_given = np.isfinite(given)
        inputs["top"] = np.where(is_given, given, stated.value)
        code = np.where(is_given, code, np.minimum(code, stated.code)).astype(np.int8)
    else:
        inputs["top"] = inputs["net_worth"]
    assets, debts = inputs["total_assets"], inputs["total_liabilities"]
    there = has_value(code)
    no_debts = there & (debts == 0)
    code = pick_code(
        [
            there & (assets == 0),
            there & ((assets < 0) | (debts < 0)),
            no_debts,
        ],
        [Status.ZERO_DENOMINATOR, Status.NEGATIVE_DENOMINATOR, Status.OK_WITH_GUARD],
        code,
    )
    code[books.is_excluded] = CODE[Status.NOT_APPLICABLE]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = {
            "x1": inputs["working_capital"] / assets,
            "x2": inputs["retained_earnings"] / assets,
            "x3": inputs["ebit"] / assets,
            "x4": np.where(no_debts, float(altman.X4_CAP), inputs["top"] / debts),
        }
        if "x5" in form.coefficients:
            ratios["x5"] = inputs["revenue"] / assets
    coefficients = {x: float(c) for x, c in form.coefficients.items()}
    if form_code == altman.Z_1968:
        coefficients["x5"] = x5_coefficient
    there = has_value(code)
    with np.errstate(invalid="ignore", over="ignore"):
        value = sum((ratios[x] * c for x, c in coefficients.items()), np.zeros(books.size))
        value = np.where(there, value + float(form.constant), np.nan)
    band = pick_words(
        [~there, value < float(form.low) - EPS, value > float(form.high) + EPS],
        [None, altman.DISTRESS, altman.SAFE],
        altman.GREY,
    )
    columns = {x: np.where(there, ratio, np.nan) for x, ratio in ratios.items()}
    return make_table(
        {"value": value, "code": code, "status": tell_status(code), "band": band, **columns},
        books.index,
    )


def compute_routed(
    frame: pd.DataFrame, books: Books, *, x5_coefficient: float = float(altman.ORIGINAL_X5)
) -> pd.DataFrame:
    """Compute for every row the form that counts for it; without one it is not applicable.

    Columns besides those of ``Books`` and ``route_altman``: ``market_cap_now`` (statement's unit).
    Returns ``model`` and the columns of ``compute_altman``, ``x5`` NaN where the form has none.
    """
    route = route_altman(frame)
    market_cap = read_floats(frame, "market_cap_now")
    table = make_table(
        {
            "model": route,
            "value": np.full(books.size, np.nan),
            "code": np.full(books.size, CODE[Status.NOT_APPLICABLE], dtype=np.int8),
            "status": np.full(books.size, Status.NOT_APPLICABLE.value, dtype=object),
            "band": np.full(books.size, None, dtype=object),
            **{x: np.full(books.size, np.nan) for x in RATIOS},
        },
        books.index,
    )
    for form_code in (altman.Z_1968, altman.Z_PRIME, altman.Z_DOUBLE_PRIME):
        chosen = route == form_code
        if not chosen.any():
            continue
        found = compute_altman(
            form_code, books, market_cap=market_cap, x5_coefficient=x5_coefficient
        )
        for name in found.columns:
            table.loc[chosen, name] = found[name].to_numpy()[chosen]
    return table
