"""Working-assets analysis (营运资产分析模型, section 4): a balance sheet turned into a first limit.

``limit = (working capital + net worth) / 2 × percentage(evaluation)``. Money in the statement's
currency and unit. The percentage table is the published one; its hole between 0.90 and 1.00 is
closed downward (20 %), and a net worth of 0 or less gives no limit at all (W-1): with it, the debt
ratios turn negative, are subtracted, and an insolvent customer would come out on top.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from scoring.domain.models.scope import find_exclusion
from scoring.domain.profile import Profile
from scoring.domain.results import (
    HUNDRED,
    ZERO,
    Param,
    Reason,
    ScoreResult,
    Status,
    Term,
    worst_status,
)
from scoring.domain.statements.derived import derive
from scoring.domain.statements.periods import STALE_MONTHS
from scoring.domain.statements.statements import Amount, Statement, combine

CODE = "working_assets"
LIQUIDITY_CAP = Decimal(10)
MIN_RELIABILITY = Decimal("0.6")
_CENT = Decimal("0.01")

# (upper bound of the evaluation, is it included, percentage, risk class); the last has no bound.
PERCENTAGES: tuple[tuple[Decimal | None, bool, Decimal, str], ...] = (
    (Decimal("-4.60"), True, Decimal(0), "high"),
    (Decimal("-3.90"), True, Decimal("2.5"), "high"),
    (Decimal("-3.20"), True, Decimal("5"), "high"),
    (Decimal("-2.50"), True, Decimal("7.5"), "high"),
    (Decimal("-1.80"), True, Decimal("10"), "high"),
    (Decimal("-1.10"), True, Decimal("12.5"), "limited"),
    (Decimal("-0.40"), True, Decimal("15"), "limited"),
    (Decimal("0.30"), True, Decimal("17.5"), "limited"),
    (Decimal("1.00"), False, Decimal("20"), "limited"),
    (None, False, Decimal("25"), "low"),
)


@dataclass(frozen=True)
class WorkingAssetsResult(ScoreResult):
    """The evaluation (``value``) with the limit it gives; money in the statement's unit.

    ``is_weak`` says that the limit must not be the binding method (W-4). ``naive_evaluation`` is
    what the formula gives without the net-worth guard: shown, never used.
    """

    working_assets: Decimal | None = None
    percentage: Decimal | None = None
    risk: str | None = None
    limit: Decimal | None = None
    is_weak: bool = False
    naive_evaluation: Decimal | None = None
    ratios: dict[str, Decimal] = field(default_factory=dict)


def look_up_percentage(evaluation: Decimal) -> tuple[Decimal, str]:
    """Return the percentage of working assets and the risk class of an evaluation.

    The evaluation is rounded half-up to two decimals first, so 0.995 reaches 1.00.

    >>> look_up_percentage(Decimal("0.95"))
    (Decimal('20'), 'limited')
    >>> look_up_percentage(Decimal("0.995"))
    (Decimal('25'), 'low')
    """
    rounded = evaluation.quantize(_CENT, ROUND_HALF_UP)
    for bound, is_included, percentage, risk in PERCENTAGES:
        if bound is None or rounded < bound or (is_included and rounded == bound):
            return percentage, risk
    raise AssertionError("the last row of the table has no bound")


def compute_working_assets(
    statement: Statement,
    *,
    profile: Profile | None = None,
    reliability: Decimal = Decimal(1),
    age_months: int = 0,
    industry_offset: Decimal = ZERO,
) -> WorkingAssetsResult:
    """Evaluate a balance sheet and give the limit it carries.

    ``reliability`` (0 to 1) and ``age_months`` are the statement's; below 0.6 or past 18 months the
    limit is multiplied by the reliability and marked weak (W-4). ``industry_offset`` is added to the
    evaluation before the table is read (W-5).

    >>> books = Statement({k: Decimal(v) for k, v in {"total_current_assets": 8800,
    ...     "inventories": 2630, "total_current_liabilities": 5450, "total_liabilities": 7450,
    ...     "total_equity": 7750}.items()}, is_condensed=True)
    >>> result = compute_working_assets(books)
    >>> round(result.value, 4), result.percentage, result.limit
    (Decimal('1.0823'), Decimal('25'), Decimal('1387.5'))
    """
    excluded = find_exclusion(profile)
    if excluded is not None:
        return WorkingAssetsResult(CODE, None, Status.NOT_APPLICABLE, reasons=(excluded,))
    amounts = _read(statement)
    all_read = combine(amounts.values(), ZERO)
    if all_read.value is None:
        return _no_result(all_read, amounts)
    figures = {name: a.value for name, a in amounts.items() if a.value is not None}
    if figures["net_worth"] > 0 and figures["total_current_liabilities"] < 0:
        # Debts below zero turn every ratio round (E2); only none at all has a cap (W-3).
        return WorkingAssetsResult(
            CODE, None, Status.NEGATIVE_DENOMINATOR, inputs_used=figures, reasons=all_read.reasons
        )
    assets = (figures["working_capital"] + figures["net_worth"]) / 2
    terms, status = _weigh(figures)
    evaluation = sum((t.contribution for t in terms if t.contribution is not None), ZERO)
    reasons = list(all_read.reasons)
    if status is Status.OK_WITH_GUARD:
        reasons.append(Reason("LIQUIDITY_CAPPED_NO_CURRENT_LIABILITIES", {"cap": LIQUIDITY_CAP}))
    ratios = {term.name: term.input for term in terms if term.input is not None}
    if figures["net_worth"] <= 0:
        reasons.append(Reason("NEGATIVE_NET_WORTH", {"net_worth": figures["net_worth"]}))
        return WorkingAssetsResult(
            CODE,
            None,
            Status.NEGATIVE_NET_WORTH,
            terms=tuple(terms),
            inputs_used=figures,
            reasons=tuple(reasons),
            working_assets=assets,
            percentage=ZERO,
            risk="high",
            limit=ZERO,
            naive_evaluation=evaluation if figures["net_worth"] else None,
            ratios=ratios,
        )
    if industry_offset:
        evaluation += industry_offset
        terms.append(Term("industry_offset", industry_offset, Decimal(1), industry_offset))
    percentage, risk = look_up_percentage(evaluation)
    limit = max(ZERO, assets) * percentage / HUNDRED
    if assets <= 0:
        reasons.append(Reason("WORKING_ASSETS_NOT_POSITIVE", {"working_assets": assets}))
    is_weak = age_months > STALE_MONTHS or reliability < MIN_RELIABILITY
    if is_weak:
        limit *= reliability
        params: dict[str, Param] = {"age_months": age_months, "reliability": reliability}
        reasons.append(Reason("STATEMENT_WEAK", params))
    return WorkingAssetsResult(
        CODE,
        evaluation,
        worst_status((all_read.status, status)),
        band=risk,
        terms=tuple(terms),
        inputs_used=figures,
        reasons=tuple(reasons),
        working_assets=assets,
        percentage=percentage,
        risk=risk,
        limit=limit,
        is_weak=is_weak,
        naive_evaluation=evaluation - industry_offset,
        ratios=ratios,
    )


def _read(statement: Statement) -> dict[str, Amount]:
    names = (
        "working_capital",
        "net_worth",
        "total_current_assets",
        "quick_assets_cn",
        "total_current_liabilities",
        "total_liabilities",
    )
    return {name: derive(name, statement) for name in names}


def _no_result(gap: Amount, amounts: dict[str, Amount]) -> WorkingAssetsResult:
    # W-1 needs nothing but the net worth: an insolvent customer gets 0, not a question.
    net_worth = amounts["net_worth"].value
    is_insolvent = net_worth is not None and net_worth <= 0
    return WorkingAssetsResult(
        CODE,
        None,
        Status.NEGATIVE_NET_WORTH if is_insolvent else gap.status,
        inputs_used={name: amount.value for name, amount in amounts.items()},
        missing=gap.missing,
        reasons=gap.reasons,
        percentage=ZERO if is_insolvent else None,
        limit=ZERO if is_insolvent else None,
    )


def _weigh(figures: dict[str, Decimal]) -> tuple[list[Term], Status]:
    current_debts, net_worth = (
        figures["total_current_liabilities"],
        figures["net_worth"],
    )
    has_current_debts = current_debts > 0
    liquidity = {
        "current_ratio": figures["total_current_assets"],
        "quick_ratio": figures["quick_assets_cn"],
    }
    structure = {"cd_nw": current_debts, "td_nw": figures["total_liabilities"]}
    terms = [
        Term(name, ratio, Decimal(1), ratio)
        for name, top in liquidity.items()
        for ratio in [top / current_debts if has_current_debts else LIQUIDITY_CAP]
    ]
    if net_worth != 0:
        terms += [
            Term(name, top / net_worth, Decimal(-1), -top / net_worth)
            for name, top in structure.items()
        ]
    return terms, Status.OK if has_current_debts else Status.OK_WITH_GUARD
