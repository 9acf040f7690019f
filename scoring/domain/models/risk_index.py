"""Credit risk index (信用风险指数, section 6): industry-relative ratios, 0 to 100, higher is riskier.

A house definition: Wall's index of credit strength, read against the quartiles of the customer's
industry, and turned into a PD and the bureau-style classes RI1 (best) … RI6. The demonstration
table is for manufacturing; a user's own industry table replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from scoring.domain.curves import clip
from scoring.domain.models.ohlson import to_probability
from scoring.domain.results import HUNDRED, ZERO, Reason, ScoreResult, Status, Term
from scoring.domain.statements.ratios import RATIOS, Books, divide
from scoring.domain.statements.statements import Amount, Statement, combine

CODE = "credit_risk_index"
MIN_COVERAGE = Decimal("0.70")
DEFAULT_MEAN_PD = Decimal("0.02")
CLASS_BOUNDS: tuple[Decimal, ...] = tuple(
    Decimal(bound) for bound in ("0.10", "0.25", "0.60", "1.40", "3.1623")
)


@dataclass(frozen=True)
class Benchmark:
    """One indicator of an industry table: +1 higher is better, -1 lower is better."""

    indicator: str
    direction: int
    weight: Decimal
    worse: Decimal
    median: Decimal
    better: Decimal


def _row(name: str, direction: int, weight: int, *quartiles: str) -> Benchmark:
    worse, median, better = (Decimal(q) for q in quartiles)
    return Benchmark(name, direction, Decimal(weight), worse, median, better)


DEMO_MANUFACTURING: tuple[Benchmark, ...] = (
    _row("current_ratio", 1, 10, "1.05", "1.35", "1.80"),
    _row("quick_ratio", 1, 10, "0.60", "0.90", "1.25"),
    _row("debt_to_assets", -1, 15, "0.70", "0.58", "0.45"),
    _row("equity_to_current_liabilities", 1, 10, "0.60", "1.00", "1.60"),
    _row("ebit_to_assets", 1, 15, "0.02", "0.06", "0.11"),
    _row("roa", 1, 10, "0.01", "0.04", "0.08"),
    _row("cash_profit_to_debt", 1, 10, "0.04", "0.12", "0.25"),
    _row("asset_turnover", 1, 5, "0.80", "1.20", "1.70"),
    _row("inventory_days", -1, 5, "95", "65", "40"),
    _row("receivable_days", -1, 5, "110", "75", "45"),
    _row("sales_growth", 1, 5, "-0.05", "0.05", "0.15"),
)


@dataclass(frozen=True)
class RiskIndexResult(ScoreResult):
    """The index (``value``, higher is riskier) with strength = 100 - index, PD and class 1 to 6."""

    strength: Decimal | None = None
    pd: Decimal | None = None
    ri_class: int | None = None
    coverage: Decimal = ZERO
    indicator_scores: Mapping[str, Decimal] = field(default_factory=dict)


def compute_risk_index(
    statement: Statement,
    prior: Statement | None = None,
    *,
    table: tuple[Benchmark, ...] = DEMO_MANUFACTURING,
    mean_pd: Decimal = DEFAULT_MEAN_PD,
) -> RiskIndexResult:
    """Score a statement against the quartiles of its industry.

    Indicators that cannot be computed are dropped and the weights renormalised; below 70 % of the
    weight there is no index. ``mean_pd`` is the average default rate of the portfolio, 0 to 1.
    """
    values = compute_indicators(statement, prior)
    scores = {
        row.indicator: score
        for row in table
        if (score := _score(row, values.get(row.indicator))) is not None
    }
    total = sum((row.weight for row in table), ZERO)
    available = sum((row.weight for row in table if row.indicator in scores), ZERO)
    coverage = available / total
    missing = tuple(row.indicator for row in table if row.indicator not in scores)
    inputs = {name: amount.value for name, amount in values.items()}
    if coverage < MIN_COVERAGE:
        return RiskIndexResult(
            CODE,
            None,
            Status.MISSING_INPUT,
            missing=missing,
            inputs_used=inputs,
            coverage=coverage,
            indicator_scores=scores,
        )
    terms = tuple(
        Term(row.indicator, scores[row.indicator], w, scores[row.indicator] * w)
        for row in table
        if row.indicator in scores
        for w in [row.weight / available]
    )
    # Flows scaled to twelve months, an average of one year, a rough EBIT.
    is_guarded = any(values[name].status is Status.OK_WITH_GUARD for name in scores)
    strength = sum((t.contribution for t in terms if t.contribution is not None), ZERO)
    index = HUNDRED - strength
    pd = index_to_pd(index, mean_pd)
    ri_class = get_ri_class(pd, mean_pd)
    return RiskIndexResult(
        CODE,
        index,
        Status.OK_WITH_GUARD if missing or is_guarded else Status.OK,
        band=f"RI{ri_class}",
        terms=terms,
        inputs_used=inputs,
        missing=missing,
        reasons=tuple(Reason("INDICATOR_DROPPED", {"indicator": name}) for name in missing),
        strength=strength,
        pd=pd,
        ri_class=ri_class,
        coverage=coverage,
        indicator_scores=scores,
    )


def compute_indicators(statement: Statement, prior: Statement | None) -> dict[str, Amount]:
    """Compute the indicators of the index; balances of the year's end except the two day counts."""
    books = Books(statement, prior)
    ratio = {name: spec.formula for name, spec in RATIOS.items()}
    profit, da = books.get("net_profit"), books.get("da")
    cash_profit = combine((profit, da), (profit.value or ZERO) + (da.value or ZERO))
    equity = divide(books.get("net_worth"), books.get("total_current_liabilities"))
    return {
        "current_ratio": ratio["current_ratio"](books),
        "quick_ratio": ratio["quick_ratio_cn"](books),
        "debt_to_assets": ratio["debt_to_assets"](books),
        "equity_to_current_liabilities": equity,
        "ebit_to_assets": divide(books.get("ebit"), books.get("total_assets")),
        "roa": divide(profit, books.get("total_assets")),
        "cash_profit_to_debt": divide(cash_profit, books.get("total_liabilities")),
        "asset_turnover": divide(books.get("revenue"), books.get("total_assets")),
        "inventory_days": ratio["inventory_days"](books),
        "receivable_days": ratio["receivable_days"](books),
        "sales_growth": books.growth("revenue"),
    }


def index_to_pd(index: Decimal, mean_pd: Decimal) -> Decimal:
    """Turn the index into a PD: ten points double the odds, 50 is the mean.

    >>> index_to_pd(Decimal(50), Decimal("0.02")).quantize(Decimal("1e-9"))
    Decimal('0.020000000')
    """
    logit = (mean_pd / (1 - mean_pd)).ln() + Decimal(2).ln() / 10 * (index - 50)
    return to_probability(logit)


def get_ri_class(pd: Decimal, mean_pd: Decimal) -> int:
    """Return the class 1 (best) to 6 of a PD relative to the mean.

    >>> [get_ri_class(Decimal(p), Decimal("0.02")) for p in ("0.001", "0.02", "0.1")]
    [1, 4, 6]
    """
    quotient = pd / mean_pd
    return 1 + sum(quotient >= bound for bound in CLASS_BOUNDS)


def _score(row: Benchmark, amount: Amount | None) -> Decimal | None:
    if amount is None or amount.value is None:
        return None
    if row.indicator == "equity_to_current_liabilities" and amount.value <= 0:
        return ZERO
    is_better = (amount.value - row.median) * row.direction >= 0
    half = row.better - row.median if is_better else row.median - row.worse
    return clip(Decimal(50) + 25 * (amount.value - row.median) / half, ZERO, HUNDRED)
