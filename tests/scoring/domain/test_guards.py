"""Guards that the bulk and the scalar rule share: debts below zero, flows scaled to a year."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from scoring.domain import vectorised
from scoring.domain.models.risk_index import compute_risk_index
from scoring.domain.models.working_assets import compute_working_assets
from scoring.domain.results import Status
from scoring.domain.statements.periods import annualise
from scoring.domain.statements.statements import Statement
from tests.scoring.domain.firms import fixtures

NOW, PRIOR = "huaxin_2024", "huaxin_2023"


def frame_of(months: int = 12, **changes: Decimal) -> pd.DataFrame:
    items = fixtures()[NOW] | changes
    row = {n: float(items[n]) for n in vectorised.ITEM_COLUMNS if n in items}
    before = fixtures()[PRIOR]
    row |= {f"prior_{n}": float(before[n]) for n in vectorised.PRIOR_COLUMNS if n in before}
    return pd.DataFrame(
        [row | {"months": months, "is_complete": True, "prior_exists": True,
                "prior_is_complete": True}]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("current", "status", "limit"),
    [
        (Decimal(-5), Status.NEGATIVE_DENOMINATOR, None),
        (Decimal(0), Status.OK_WITH_GUARD, Decimal("2068.75")),
    ],
)
def test_current_debts_below_zero_carry_no_limit(
    current: Decimal, status: Status, limit: Decimal | None
) -> None:
    """E2 below zero, W-3 at zero: working assets (8,800 + 7,750) / 2 × 25 %."""
    items = fixtures()[NOW] | {"total_current_liabilities": current}
    result = compute_working_assets(Statement(items, is_complete=True))
    assert (result.status, result.limit) == (status, limit)
    bulk = vectorised.compute_working_assets(
        vectorised.Books(frame_of(total_current_liabilities=current)),
        reliability=np.array([1.0]),
        age_months=np.array([0.0]),
    )
    assert bulk["status"].tolist() == [status.value]
    assert np.isnan(bulk["value"][0]) == (result.value is None)
    assert bulk["limit"].fillna(-1).tolist() == [-1.0 if limit is None else float(limit)]


@pytest.mark.parametrize(("months", "status"), [(12, Status.OK), (9, Status.OK_WITH_GUARD)])
def test_scaled_flows_guard_the_risk_index(months: int, status: Status) -> None:
    now = annualise(Statement(fixtures()[NOW], months=months, is_complete=True))
    prior = replace(Statement(fixtures()[PRIOR]), is_complete=True)
    result = compute_risk_index(now, prior)
    assert (result.status, result.missing) == (status, ())
    bulk = vectorised.compute_risk_index(vectorised.Books(frame_of(months)))
    assert bulk["status"].tolist() == [status.value]
