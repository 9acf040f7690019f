"""Days of a balance: what is held of nothing sold (E1), in one row and in bulk."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from scoring.domain.models.risk_index import compute_risk_index
from scoring.domain.results import Status
from scoring.domain.statements.ratios import compute_ratios
from scoring.domain.statements.statements import Statement
from scoring.domain.vectorised import Books
from scoring.domain.vectorised import compute_risk_index as compute_bulk_index
from scoring.domain.vectorised.ratios import compute_ratio_table

# A firm that sold nothing: no stock, nobody owes it anything.
IDLE = {
    "total_assets": 100,
    "total_liabilities": 60,
    "total_current_assets": 50,
    "total_current_liabilities": 40,
    "inventories": 0,
    "trade_receivables": 0,
    "trade_payables": 0,
    "purchases": 0,
    "revenue": 0,
    "cost_of_sales": 0,
    "net_profit": -5,
    "ebit": -5,
    "da": 1,
}


def read(**changes: int) -> tuple[Statement, Books]:
    items = {**IDLE, **changes}
    frame = pd.DataFrame([{**{k: float(v) for k, v in items.items()}, "is_condensed": True}])
    statement = Statement({k: Decimal(v) for k, v in items.items()}, is_condensed=True)
    return statement, Books(frame)


class TestDays:
    def test_no_stock_is_no_days_and_nothing_else_is(self) -> None:
        statement, books = read()
        ratios, table = compute_ratios(statement), compute_ratio_table(books)
        assert ratios["inventory_days"].value == table["inventory_days"][0] == 0
        for name in ("receivable_days", "payable_days", "cash_cycle"):
            assert ratios[name].status is Status.ZERO_DENOMINATOR, name
            assert ratios[name].value is None
            assert np.isnan(table[name][0])

    def test_no_sales_earn_no_points_for_quick_collection(self) -> None:
        statement, books = read()
        one, many = compute_risk_index(statement), compute_bulk_index(books).iloc[0]
        assert "receivable_days" in one.missing
        assert "receivable_days" not in one.indicator_scores
        assert np.isnan(many["score_receivable_days"])
        assert one.indicator_scores["inventory_days"] == many["score_inventory_days"] == 100
        assert float(one.value or 0) == pytest.approx(many["value"], rel=1e-12)

    def test_nobody_owing_upon_sales_is_no_days(self) -> None:
        statement, books = read(revenue=10)
        assert compute_ratios(statement)["receivable_days"].value == 0
        assert compute_ratio_table(books)["receivable_days"][0] == 0
