"""Limit methods (10.1, 10.2): what a customer needs, and each way to say what it can carry.

Every method answers in the money and unit of its inputs, unrounded. A base of 0 or less gives a
limit of 0 with the status that says why; a missing figure gives none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from statistics import median

from scoring.domain.grades import get_letter
from scoring.domain.models.working_assets import WorkingAssetsResult
from scoring.domain.results import HUNDRED, ONE, ZERO, Reason, Status
from scoring.domain.statements.derived import average, derive
from scoring.domain.statements.statements import Amount, Statement, combine

DAYS_IN_YEAR = Decimal(365)
VAT_RATE = Decimal("0.13")
CYCLE_DAYS = 15
PEAK_FACTOR = Decimal("1.2")
MIN_REFERENCES = 3
MAX_AGENCY_MONTHS = 12

WORKING_ASSETS = "working_assets"
WA_CHARACTERISTIC = "wa_characteristic"
EL_BUDGET = "el_budget"

# The published five-grade factors of the sales method, mapped to our scale (10.2).
TERM_GRADE_FACTORS: Mapping[str, Decimal] = {
    "AAA": Decimal("1.5"),
    "AA": Decimal("1.0"),
    "A": Decimal("0.8"),
    "BBB": Decimal("0.7"),
    "BB": Decimal("0.6"),
}


@dataclass(frozen=True)
class LimitMethod:
    """The answer of one method: ``value`` in the unit of its inputs, and how far to trust it.

    A ``is_weak`` answer may not be the binding one (10.4).
    """

    code: str
    value: Decimal | None
    status: Status = Status.OK
    is_weak: bool = False
    inputs_used: Mapping[str, Decimal | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


def compute_need(
    annual_sales_ex_tax: Decimal,
    *,
    term_days: int,
    cycle_days: int = CYCLE_DAYS,
    vat_rate: Decimal = VAT_RATE,
    peak_factor: Decimal = PEAK_FACTOR,
) -> Decimal:
    """Compute what the customer needs outstanding at its peak, tax included.

    ``annual_sales_ex_tax`` is the expected year; ``cycle_days`` lie between delivery and the start
    of the term plus the usual collection lag.

    >>> round(compute_need(Decimal(3600), term_days=60), 4)
    Decimal('1003.0685')
    """
    days = Decimal(term_days + cycle_days)
    return annual_sales_ex_tax * (ONE + vat_rate) / DAYS_IN_YEAR * days * max(ONE, peak_factor)


def limit_by_working_assets(result: WorkingAssetsResult) -> LimitMethod:
    """Take the limit of the working-assets model."""
    return LimitMethod(
        WORKING_ASSETS,
        result.limit,
        result.status,
        result.is_weak,
        inputs_used={"working_assets": result.working_assets, "pct": result.percentage},
        missing=result.missing,
        reasons=result.reasons,
    )


def limit_by_share(
    code: str, base: Amount, share: Decimal, *, bad_status: Status = Status.NEGATIVE_NET_WORTH
) -> LimitMethod:
    """Take a share of one figure; a figure of 0 or less carries nothing.

    >>> limit_by_share("tnw_share", Amount(Decimal(7050)), Decimal("0.10")).value
    Decimal('705.00')
    """
    inputs = {"base": base.value, "share": share}
    if base.value is None:
        return LimitMethod(code, None, base.status, inputs_used=inputs, missing=base.missing)
    if base.value <= 0:
        return LimitMethod(code, ZERO, bad_status, inputs_used=inputs)
    return LimitMethod(
        code, base.value * share, base.status, inputs_used=inputs, reasons=base.reasons
    )


def limit_by_tangible_net_worth(
    statement: Statement, share: Decimal = Decimal("0.10")
) -> LimitMethod:
    """Take a share, by default a tenth, of the tangible net worth (有形净值法)."""
    return limit_by_share("tnw_share", derive("tangible_net_worth", statement), share)


def limit_by_turnover(statement: Statement, share: Decimal = Decimal("0.05")) -> LimitMethod:
    """Take a twentieth of a year's revenue (销售额法)."""
    base = derive("revenue", statement)
    return limit_by_share("turnover_share", base, share, bad_status=Status.ZERO_DENOMINATOR)


def limit_by_lower_of_two(net_worth: Amount, working_capital: Amount) -> LimitMethod:
    """Take the lower of 10 % of net worth and 20 % of working capital (净值与营运资本孰低).

    >>> limit_by_lower_of_two(Amount(Decimal(7750)), Amount(Decimal(3350))).value
    Decimal('670.00')
    """
    code = "nw10_wc20"
    both = combine((net_worth, working_capital), ZERO)
    inputs = {"net_worth": net_worth.value, "working_capital": working_capital.value}
    if net_worth.value is not None and net_worth.value <= 0:
        return LimitMethod(code, ZERO, Status.NEGATIVE_NET_WORTH, inputs_used=inputs)
    if both.value is None or net_worth.value is None or working_capital.value is None:
        return LimitMethod(code, None, both.status, inputs_used=inputs, missing=both.missing)
    if working_capital.value <= 0:
        return LimitMethod(code, ZERO, Status.NEGATIVE_DENOMINATOR, inputs_used=inputs)
    value = min(net_worth.value * Decimal("0.10"), working_capital.value * Decimal("0.20"))
    return LimitMethod(code, value, both.status, inputs_used=inputs, reasons=both.reasons)


def limit_by_lower_of_tnw_and_turnover(
    tangible_net_worth: Decimal, turnover: Decimal, *, tnw_share: Decimal, turnover_share: Decimal
) -> LimitMethod:
    """Take the lower of a share of tangible net worth and a share of turnover.

    Published example: 80,000 × 35 % against 700,000 × 5 %.

    >>> limit_by_lower_of_tnw_and_turnover(Decimal(80000), Decimal(700000),
    ...     tnw_share=Decimal("0.35"), turnover_share=Decimal("0.05")).value
    Decimal('28000.00')
    """
    by_tnw = max(ZERO, tangible_net_worth) * tnw_share
    by_turnover = max(ZERO, turnover) * turnover_share
    inputs = {"by_tnw": by_tnw, "by_turnover": by_turnover}
    return LimitMethod("tnw_turnover", min(by_tnw, by_turnover), inputs_used=inputs)


def limit_by_judgement(
    net_worth: Decimal, factors: Sequence[Decimal], *, existing_credit: Decimal = ZERO
) -> LimitMethod:
    """Take a percentage of net worth built from judgement factors of -5 to +10 points each.

    ``inputs_used`` carries the book's rounding (down to hundreds) and what is left after the credit
    that exists already.

    >>> m = limit_by_judgement(Decimal(42961), [Decimal(55)], existing_credit=Decimal(7500))
    >>> m.value, m.inputs_used["book"], m.inputs_used["additional"]
    (Decimal('23628.55'), Decimal('23600'), Decimal('16100'))
    """
    percent = max(ZERO, sum(factors, ZERO))
    value = max(ZERO, net_worth) * percent / HUNDRED
    book = (value / HUNDRED).to_integral_value(ROUND_FLOOR) * HUNDRED
    inputs = {"percent": percent, "book": book, "additional": max(ZERO, book - existing_credit)}
    status = Status.OK if net_worth > 0 else Status.NEGATIVE_NET_WORTH
    return LimitMethod("heuristic", value, status, inputs_used=inputs)


def limit_by_supplier_share(
    statement: Statement, prior: Statement | None, own_annual_sales: Decimal
) -> LimitMethod:
    """Take our share of the customer's purchases, applied to its trade payables (供应商份额法).

    A share over 1 is impossible: it is cut to 1 and flagged as a conflict of data.
    """
    code = "supplier_share"
    purchases = derive("purchases", statement, prior)
    payables = average("trade_payables", statement, prior)
    both = combine((purchases, payables), ZERO)
    if purchases.value is None or payables.value is None:
        return LimitMethod(code, None, both.status, missing=both.missing)
    if purchases.value <= 0:
        inputs = {"purchases": purchases.value}
        return LimitMethod(code, None, Status.ZERO_DENOMINATOR, inputs_used=inputs)
    share = own_annual_sales / purchases.value
    reasons = list(both.reasons)
    if share > 1:
        reasons.append(Reason("DATA_CONFLICT", {"share": share}))
        share = ONE
    inputs = {"purchases": purchases.value, "share": share, "trade_payables": payables.value}
    status = Status.OK_WITH_GUARD if len(reasons) > len(both.reasons) else both.status
    value = share * payables.value
    return LimitMethod(code, value, status, inputs_used=inputs, reasons=tuple(reasons))


def limit_by_references(references: Sequence[Decimal]) -> LimitMethod:
    """Take the median of limits that other suppliers give; fewer than three are weak (同业参照).

    >>> limit_by_references([Decimal(500), Decimal(650), Decimal(800)]).value
    Decimal('650')
    """
    code = "trade_refs"
    if not references:
        return LimitMethod(code, None, Status.MISSING_INPUT, missing=("trade_references",))
    is_weak = len(references) < MIN_REFERENCES
    reasons = (Reason("FEW_REFERENCES", {"count": len(references)}),) if is_weak else ()
    return LimitMethod(code, median(references), is_weak=is_weak, reasons=reasons)


def limit_by_agency(recommended: Decimal | None, *, age_months: int) -> LimitMethod:
    """Take an agency's or insurer's recommendation; over twelve months old it is weak."""
    if recommended is None:
        return LimitMethod("agency", None, Status.MISSING_INPUT, missing=("agency_limit",))
    is_weak = age_months > MAX_AGENCY_MONTHS
    reasons = (Reason("AGENCY_REPORT_OLD", {"age_months": age_months}),) if is_weak else ()
    return LimitMethod("agency", recommended, is_weak=is_weak, reasons=reasons)


def limit_by_monthly_sales(
    monthly_sales: Decimal,
    term_months: Decimal,
    grade: str,
    *,
    factors: Mapping[str, Decimal] = TERM_GRADE_FACTORS,
) -> LimitMethod:
    """Take monthly sales × months of term × a factor of the grade (月均销售法).

    >>> limit_by_monthly_sales(Decimal(300), Decimal(2), "AAA").value
    Decimal('900.0')
    """
    factor = factors.get(get_letter(grade), ZERO)
    inputs = {"monthly_sales": monthly_sales, "term_months": term_months, "factor": factor}
    return LimitMethod("term_grade", monthly_sales * term_months * factor, inputs_used=inputs)


def limit_by_expected_loss(budget: Decimal, pd: Decimal, lgd: Decimal) -> LimitMethod:
    """Take the exposure whose expected loss uses up a budget; an upper check only (预期损失法).

    >>> round(limit_by_expected_loss(Decimal(2), Decimal("0.0014"), Decimal("0.45")).value, 4)
    Decimal('3174.6032')
    """
    inputs = {"budget": budget, "pd": pd, "lgd": lgd}
    if pd * lgd == 0:
        return LimitMethod(EL_BUDGET, None, Status.ZERO_DENOMINATOR, inputs_used=inputs)
    return LimitMethod(EL_BUDGET, budget / (pd * lgd), inputs_used=inputs)


def correct_by_characteristics(base: LimitMethod, multiplier: Decimal) -> LimitMethod:
    """Correct the working-assets limit by the characteristic multiplier (特征修正)."""
    value = None if base.value is None else base.value * multiplier
    inputs = {**base.inputs_used, "multiplier": multiplier}
    return LimitMethod(
        WA_CHARACTERISTIC, value, base.status, base.is_weak, inputs, base.missing, base.reasons
    )
