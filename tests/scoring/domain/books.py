"""Random statements of two years, as the bulk twins and as the scalar rules read them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from scoring.domain import vectorised
from scoring.domain.profile import Profile
from scoring.domain.statements.items import DERIVED_ITEMS
from scoring.domain.statements.periods import annualise
from scoring.domain.statements.statements import Statement

amounts = st.one_of(
    st.none(),
    st.sampled_from([Decimal(0), Decimal(100)]),
    st.decimals(-10_000, 100_000, places=2, allow_nan=False),
)


def same(bulk: float, scalar: Decimal | None) -> bool:
    """Tell whether a figure of the bulk result is the scalar one."""
    if scalar is None:
        return bool(np.isnan(bulk))
    return abs(bulk - float(scalar)) <= 1e-9 * max(1.0, abs(float(scalar)))


months = st.sampled_from([12, 12, 12, 12, 3, 6, 9, 15])
wild = st.fixed_dictionaries(dict.fromkeys(vectorised.ITEM_COLUMNS, amounts))
wild_prior = st.fixed_dictionaries(dict.fromkeys(vectorised.PRIOR_COLUMNS, amounts))
positive = st.decimals(1, 100_000, places=2)
healthy = st.fixed_dictionaries(
    {name: positive for name in vectorised.ITEM_COLUMNS if name not in DERIVED_ITEMS}
)
healthy_prior = st.fixed_dictionaries(
    {name: positive for name in vectorised.PRIOR_COLUMNS if name not in DERIVED_ITEMS}
)
flags = {
    "is_condensed": st.booleans(),
    "is_complete": st.booleans(),
    "is_non_comparable": st.sampled_from([False, False, False, True]),
}
years = st.fixed_dictionaries(
    {
        "items": st.one_of(wild, healthy),
        "months": months,
        **flags,
        "prior": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {"items": st.one_of(wild_prior, healthy_prior), "months": months, **flags}
            ),
        ),
        "sector": st.sampled_from(["", "", "", "bank"]),
    }
)


def state(case: dict[str, Any]) -> dict[str, Decimal]:
    """Return what a statement may state: derived items only on a condensed one."""
    return {
        name: value
        for name, value in case["items"].items()
        if value is not None and (case["is_condensed"] or name not in DERIVED_ITEMS)
    }


def make_statement(case: dict[str, Any]) -> Statement:
    """Build the statement that a case describes, with flows of twelve months."""
    return annualise(
        Statement(
            state(case),
            months=case["months"],
            is_condensed=case["is_condensed"],
            is_complete=case["is_complete"],
            is_non_comparable=case["is_non_comparable"],
        )
    )


def make_row(case: dict[str, Any]) -> dict[str, Any]:
    """Write a case as a row of the frame that the twins read."""
    row: dict[str, Any] = {name: float(value) for name, value in state(case).items()}
    row |= {name: case[name] for name in (*flags, "months")}
    row["is_scope_excluded"] = case["sector"] == "bank"
    prior = case["prior"]
    row["prior_exists"] = prior is not None
    if prior is not None:
        row |= {f"prior_{name}": float(value) for name, value in state(prior).items()}
        row |= {f"prior_{n}": prior[n] for n in ("months", "is_condensed", "is_complete")}
    return row


def read_cases(
    cases: list[dict[str, Any]],
) -> tuple[vectorised.Books, list[tuple[Statement, Statement | None, Profile]]]:
    """Return the books of all cases, and each as the scalar rules read it."""
    books = vectorised.Books(pd.DataFrame([make_row(case) for case in cases]))
    scalar = [
        (
            make_statement(case),
            make_statement(case["prior"]) if case["prior"] else None,
            Profile(sector=case["sector"]),
        )
        for case in cases
    ]
    return books, scalar
