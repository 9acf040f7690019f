"""Wall scoring (沃尔评分法, 7.8), traditional and modern.

Traditional: seven ratios against standards, ``weight × actual / standard``; a relative ratio is
capped at 1.5 and floored at 0, since one extreme ratio would dominate. Modern: ten items between a
floor and a ceiling, ``score + (actual - standard) / per_point``. The standards are textbook values
and give way to the user's industry table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.curves import clip
from scoring.domain.results import HUNDRED, ZERO, ScoreResult, Status, Term, worst_status
from scoring.domain.statements.ratios import RATIOS, Books, divide
from scoring.domain.statements.statements import Amount, Statement

TRADITIONAL_CODE = "wall_traditional"
MODERN_CODE = "wall_modern"
RELATIVE_CAP = Decimal("1.5")

# name → (weight, standard)
TRADITIONAL: Mapping[str, tuple[Decimal, Decimal]] = {
    name: (Decimal(weight), Decimal(standard))
    for name, weight, standard in (
        ("current_ratio", 25, "2.00"),
        ("equity_to_debt", 25, "1.50"),
        ("assets_to_fixed", 15, "2.50"),
        ("cogs_to_inventory", 10, "8"),
        ("sales_to_receivables", 10, "6"),
        ("sales_to_fixed", 10, "4"),
        ("sales_to_equity", 5, "3"),
    )
}


@dataclass(frozen=True)
class Standard:
    """One item of the modern form: percent figures, points at the standard, ceiling and floor."""

    indicator: str
    score: Decimal
    standard: Decimal
    best: Decimal
    maximum: Decimal
    minimum: Decimal


TEXTBOOK_CN: tuple[Standard, ...] = tuple(
    Standard(name, *(Decimal(number) for number in numbers))
    for name, *numbers in (
        ("return_on_total_assets", "20", "5.5", "15.8", "30", "10"),
        ("net_sales_margin", "20", "26.0", "56.2", "30", "10"),
        ("return_on_equity", "10", "4.4", "22.7", "15", "5"),
        ("equity_ratio", "8", "25.9", "55.8", "12", "4"),
        ("current_ratio_pct", "8", "95.7", "253.6", "12", "4"),
        ("receivable_turnover_pct", "8", "290", "960", "12", "4"),
        ("inventory_turnover_pct", "8", "800", "3030", "12", "4"),
        ("sales_growth", "6", "2.5", "38.9", "9", "3"),
        ("net_profit_growth", "6", "10.1", "51.2", "9", "3"),
        ("asset_growth", "6", "7.3", "42.8", "9", "3"),
    )
)


@dataclass(frozen=True)
class WallTraditionalResult(ScoreResult):
    """The capped total (``value``) and the plain one."""

    uncapped: Decimal | None = None


def compute_wall_traditional(
    statement: Statement, *, standards: Mapping[str, tuple[Decimal, Decimal]] = TRADITIONAL
) -> WallTraditionalResult:
    """Score the seven ratios of one balance sheet; no partial sums.

    ``standards`` gives the weight and the standard of each ratio.
    """
    books = Books(statement)
    pairs = {
        "current_ratio": ("total_current_assets", "total_current_liabilities"),
        "equity_to_debt": ("net_worth", "total_liabilities"),
        "assets_to_fixed": ("total_assets", "fixed_assets"),
        "cogs_to_inventory": ("cost_of_sales", "inventories"),
        "sales_to_receivables": ("revenue", "trade_receivables"),
        "sales_to_fixed": ("revenue", "fixed_assets"),
        "sales_to_equity": ("revenue", "net_worth"),
    }
    ratios = {
        name: divide(
            books.get(top),
            books.get(bottom),
            at_zero=HUNDRED if name == "equity_to_debt" else None,
        )
        for name, (top, bottom) in pairs.items()
    }
    status = worst_status(ratio.status for ratio in ratios.values())
    missing = tuple(dict.fromkeys(name for ratio in ratios.values() for name in ratio.missing))
    if not status.has_value:
        inputs = {name: ratio.value for name, ratio in ratios.items()}
        return WallTraditionalResult(
            TRADITIONAL_CODE, None, status, missing=missing, inputs_used=inputs
        )
    terms, plain = [], ZERO
    for name, (weight, standard) in standards.items():
        relative = (ratios[name].value or ZERO) / standard
        plain += weight * relative
        points = weight * clip(relative, ZERO, RELATIVE_CAP)
        terms.append(Term(name, ratios[name].value, weight, points))
    total = sum((t.contribution for t in terms if t.contribution is not None), ZERO)
    return WallTraditionalResult(
        TRADITIONAL_CODE,
        total,
        worst_status((status, Status.OK_WITH_GUARD if total != plain else Status.OK)),
        terms=tuple(terms),
        inputs_used={name: ratio.value for name, ratio in ratios.items()},
        uncapped=plain,
    )


def score_item(standard: Standard, actual: Decimal) -> Decimal:
    """Score one item of the modern form.

    Textbook example: standard 5.5, best 15.8, actual 10 gives 24.37.

    >>> round(score_item(TEXTBOOK_CN[0], Decimal(10)), 4)
    Decimal('24.3689')
    """
    points = standard.score + (actual - standard.standard) / get_per_point(standard)
    return clip(points, standard.minimum, standard.maximum)


def get_per_point(standard: Standard) -> Decimal:
    """Return the percentage points that one point above the standard costs."""
    return (standard.best - standard.standard) / (standard.maximum - standard.score)


def compute_wall_modern(
    statement: Statement,
    prior: Statement | None,
    *,
    standards: tuple[Standard, ...] = TEXTBOOK_CN,
) -> ScoreResult:
    """Score the ten items, 50 to 150 in total; growth on a base of 0 or less gets its minimum."""
    actuals = _actuals(Books(statement, prior))
    amounts = [actuals[row.indicator] for row in standards]
    status = worst_status(amount.status for amount in amounts)
    if not status.has_value:
        missing = tuple(dict.fromkeys(name for amount in amounts for name in amount.missing))
        inputs = {name: amount.value for name, amount in actuals.items()}
        return ScoreResult(MODERN_CODE, None, status, inputs_used=inputs, missing=missing)
    terms = tuple(
        Term(row.indicator, amount.value, row.score, score_item(row, amount.value))
        for row, amount in zip(standards, amounts, strict=True)
        if amount.value is not None
    )
    return ScoreResult(
        MODERN_CODE,
        sum((t.contribution for t in terms if t.contribution is not None), ZERO),
        status,
        terms=terms,
        inputs_used={term.name: term.input for term in terms},
    )


def _actuals(books: Books) -> dict[str, Amount]:
    ratio = {name: spec.formula for name, spec in RATIOS.items()}
    equity_ratio = divide(books.get("net_worth"), books.get("total_assets"))
    raw = {
        "return_on_total_assets": ratio["roa_ebit"](books),
        "net_sales_margin": ratio["net_margin"](books),
        "return_on_equity": ratio["roe"](books),
        "equity_ratio": equity_ratio,
        "current_ratio_pct": ratio["current_ratio"](books),
        "receivable_turnover_pct": ratio["receivable_turnover"](books),
        "inventory_turnover_pct": ratio["inventory_turnover"](books),
        "sales_growth": _growth(books, "revenue"),
        "net_profit_growth": _growth(books, "net_profit"),
        "asset_growth": _growth(books, "total_assets"),
    }
    return {
        name: Amount(
            None if amount.value is None else amount.value * HUNDRED, amount.status, amount.missing
        )
        for name, amount in raw.items()
    }


def _growth(books: Books, name: str) -> Amount:
    growth = books.growth(name)
    if growth.status in (Status.ZERO_DENOMINATOR, Status.NEGATIVE_DENOMINATOR):
        # On a base of 0 or less any growth figure lies; the item gets its minimum.
        return Amount(Decimal(-1000), Status.OK_WITH_GUARD)
    return growth
