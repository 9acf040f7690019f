"""From methods to one limit (额度政策, 10.4 to 10.6): capacity, appetite, security, rounding.

``unsecured = min(capacity × factor of the grade, need, appetite)`` and
``total = min(need, unsecured + secured)``. Money is in one currency; rounding is the last step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from statistics import median

from scoring.domain.grades import get_letter, get_rank, get_terms
from scoring.domain.limits.limit_methods import EL_BUDGET, WA_CHARACTERISTIC, LimitMethod
from scoring.domain.results import ONE, ZERO, Reason

SMALL_LIMIT = Decimal(50)
HYSTERESIS = Decimal("0.05")
TEMPORARY_SHARE = Decimal("0.30")
FX_BUFFER = Decimal("0.05")
_NO_GRADE = "C"

# (from this amount up, step), in 10,000 of the limit currency.
ROUNDING_STEPS: tuple[tuple[Decimal, Decimal], ...] = (
    (Decimal(1000), Decimal(50)),
    (Decimal(100), Decimal(10)),
    (ZERO, Decimal(5)),
)

DEFAULT_WEIGHTS: Mapping[str, Decimal] = {
    "working_assets": Decimal(25),
    "tnw_share": Decimal(20),
    "nw10_wc20": Decimal(20),
    "turnover_share": Decimal(10),
    "supplier_share": Decimal(10),
    "trade_refs": Decimal(10),
    "agency": Decimal(5),
}

HAIRCUTS: Mapping[str, Decimal] = {
    "bank_guarantee": Decimal("1.00"),
    "standby_letter_of_credit": Decimal("1.00"),
    "cash_deposit": Decimal("1.00"),
    "insured_invoices": Decimal("0.90"),
    "mortgage": Decimal("0.50"),
    "receivable_pledge": Decimal("0.60"),
    "retention_of_title": Decimal("0.20"),
    "owner_guarantee": Decimal("0.10"),
}


class CapacityRule(StrEnum):
    """How several methods become one capacity."""

    LOWEST = "lowest"
    WEIGHTED = "weighted"
    MEDIAN = "median"
    HIGHEST = "highest"


@dataclass(frozen=True)
class Capacity:
    """One capacity out of the methods that count, and whether a person must look at it."""

    value: Decimal | None
    rule: CapacityRule
    used: tuple[str, ...] = ()
    needs_approval: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class LimitDecision:
    """The limit and which of its terms is binding: capacity, need or appetite_cap."""

    capacity: Decimal
    factor: Decimal
    unsecured: Decimal
    secured: Decimal
    total_exact: Decimal
    total: Decimal
    binding: str
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def is_prepayment_only(self) -> bool:
        """Tell whether the result is too small to be a limit at all."""
        return self.total == 0


def get_capacity_rule(
    grade: str | None, *, is_first_time: bool = False, is_core_approved: bool = False
) -> CapacityRule:
    """Choose the rule by grade: lowest for BB and below and first-timers, else weighted.

    ``highest`` is for core customers of A or better whose committee approved it.

    >>> get_capacity_rule("BBB-").value, get_capacity_rule("BB+").value
    ('weighted', 'lowest')
    """
    if grade is None or is_first_time or get_rank(grade) >= get_rank("BB+"):
        return CapacityRule.LOWEST
    if is_core_approved and get_rank(grade) <= get_rank("A-"):
        return CapacityRule.HIGHEST
    return CapacityRule.WEIGHTED


def compute_capacity(
    methods: Sequence[LimitMethod],
    rule: CapacityRule,
    *,
    weights: Mapping[str, Decimal] = DEFAULT_WEIGHTS,
    limit_factor: Decimal = ONE,
    small_limit: Decimal = SMALL_LIMIT,
) -> Capacity:
    """Turn the methods that answered into one capacity (10.4).

    ``el_budget`` never joins. Weak methods are left out unless they are all there is; under
    ``weighted`` they count half. ``term_grade`` carries a grade factor already, so it is divided by
    ``limit_factor`` first. With fewer than two methods a limit above ``small_limit`` needs approval.

    >>> methods = [LimitMethod("tnw_share", Decimal(705)), LimitMethod("nw10_wc20", Decimal(670))]
    >>> compute_capacity(methods, CapacityRule.LOWEST).value
    Decimal('670')
    """
    answers = [
        (m, _without_grade(m, limit_factor))
        for m in methods
        if m.value is not None and m.code != EL_BUDGET
    ]
    if rule is CapacityRule.WEIGHTED:
        answers = [(m, v) for m, v in answers if weights.get(m.code)]
    elif any(not m.is_weak for m, _ in answers):
        answers = [(m, v) for m, v in answers if not m.is_weak]
    if not answers:
        return Capacity(None, rule, needs_approval=True, reasons=(Reason("NO_METHOD"),))
    values = [value for _, value in answers]
    if rule is CapacityRule.WEIGHTED:
        shares = [weights[m.code] / (2 if m.is_weak else 1) for m, _ in answers]
        total = sum(shares, ZERO)
        value = sum((v * w for v, w in zip(values, shares, strict=True)), ZERO) / total
    else:
        value = {
            CapacityRule.LOWEST: min(values),
            CapacityRule.HIGHEST: max(values),
            CapacityRule.MEDIAN: median(values),
        }[rule]
    needs_approval = len(answers) < 2 and value > small_limit
    reasons = (Reason("ONE_METHOD_ONLY", {"method": answers[0][0].code}),)
    return Capacity(
        value,
        rule,
        tuple(m.code for m, _ in answers),
        needs_approval,
        reasons if len(answers) < 2 else (),
    )


def get_limit_factor(grade: str | None, used: Sequence[str] = ()) -> Decimal:
    """Return the factor of the grade; at most 1 when the characteristic model already judged.

    >>> get_limit_factor("AAA"), get_limit_factor("AAA", ["wa_characteristic"])
    (Decimal('1.50'), Decimal('1'))
    """
    factor = get_terms(grade or _NO_GRADE).limit_factor
    return min(factor, ONE) if WA_CHARACTERISTIC in used else factor


def compute_appetite(
    own_equity: Decimal | None,
    own_receivables: Decimal | None,
    approver_authority: Decimal | None,
    *,
    insurer_maximum: Decimal | None = None,
) -> Decimal | None:
    """Return what we want to risk on one customer at most; ``None`` when nothing bounds it.

    >>> compute_appetite(Decimal(15000), Decimal(12000), Decimal(1200))
    Decimal('1200')
    """
    bounds = [
        None if own_equity is None else own_equity * Decimal("0.10"),
        None if own_receivables is None else own_receivables * Decimal("0.15"),
        approver_authority,
        insurer_maximum,
    ]
    given = [bound for bound in bounds if bound is not None]
    return min(given) if given else None


def compute_secured(securities: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """Add up securities, each ``(value, haircut factor 0 to 1)``.

    >>> compute_secured([(Decimal(100), Decimal(1)), (Decimal(300), Decimal("0.9"))])
    Decimal('370.0')
    """
    return sum((value * factor for value, factor in securities), ZERO)


def value_corporate_guarantee(value: Decimal, guarantor_free_limit: Decimal) -> Decimal:
    """Return what a company's guarantee counts for: at most half of its own free limit."""
    return max(ZERO, min(value, guarantor_free_limit * Decimal("0.5")))


def decide_limit(
    capacity: Decimal,
    *,
    need: Decimal | None,
    appetite_cap: Decimal | None = None,
    limit_factor: Decimal = ONE,
    secured: Decimal = ZERO,
    is_overridden: bool = False,
    unit: Decimal = ONE,
) -> LimitDecision:
    """Combine capacity, need, appetite and security into one rounded limit.

    Amounts are in ``1/unit`` of 10,000: pass ``unit=Decimal(10000)`` for plain currency amounts.
    A missing need or appetite does not bound. ``is_overridden`` (9.5) leaves only the security.

    >>> decision = decide_limit(Decimal("879.4967"), need=Decimal("1003.07"),
    ...     appetite_cap=Decimal(1500), limit_factor=Decimal("0.80"))
    >>> decision.total, decision.binding
    (Decimal('700'), 'capacity')
    """
    bounds = {"capacity": max(ZERO, capacity) * limit_factor}
    if need is not None:
        bounds["need"] = need
    if appetite_cap is not None:
        bounds["appetite_cap"] = appetite_cap
    binding = min(bounds, key=lambda name: bounds[name])
    unsecured = ZERO if is_overridden else bounds[binding]
    if is_overridden:
        binding = "override"
    total = unsecured + secured
    if need is not None and need < total:
        total, binding = need, "need"
    rounded = round_limit(total, unit=unit)
    reasons = [Reason("BINDING", {"term": binding})]
    if rounded == 0:
        reasons.append(Reason("PREPAYMENT"))
    return LimitDecision(
        capacity, limit_factor, unsecured, secured, total, rounded, binding, tuple(reasons)
    )


def round_limit(amount: Decimal, *, unit: Decimal = ONE) -> Decimal:
    """Round a limit down: steps of 5 below 100, 10 below 1,000, 50 from there, in 10,000s.

    ``unit`` says how many of the amount's units make one 10,000-unit (1 when it already is one).

    >>> [round_limit(Decimal(x)) for x in ("67.3", "551.2166", "1387.5", "4.9")]
    [Decimal('65'), Decimal('550'), Decimal('1350'), Decimal('0')]
    >>> round_limit(Decimal("5512166"), unit=Decimal(10000))
    Decimal('5500000')
    """
    tens_of_thousands = max(ZERO, amount / unit)
    step = next(step for bound, step in ROUNDING_STEPS if tens_of_thousands >= bound)
    return (tens_of_thousands / step).to_integral_value(ROUND_FLOOR) * step * unit


def convert_limit(amount: Decimal, rate: Decimal, *, fx_buffer: Decimal = FX_BUFFER) -> Decimal:
    """Convert a limit at ``rate`` base units per foreign unit, less a buffer; unrounded (10.6).

    >>> round(convert_limit(Decimal(700), Decimal("7.2")), 4)
    Decimal('92.3611')
    """
    return amount / rate * (ONE - fx_buffer)


def is_change_material(current: Decimal, recomputed: Decimal, *, is_override: bool = False) -> bool:
    """Tell whether a recomputed limit replaces the current one: more than 5 % apart (10.5).

    >>> is_change_material(Decimal(100), Decimal(104)), is_change_material(Decimal(100), Decimal(90))
    (False, True)
    """
    if is_override and recomputed < current:
        return True
    return abs(recomputed - current) > HYSTERESIS * abs(current)


def list_temporary_obstacles(
    increase: Decimal,
    limit: Decimal,
    *,
    grade: str,
    max_days_past_due: int,
    has_temporary_limit: bool,
) -> list[Reason]:
    """List what forbids a temporary increase (10.5); empty when nothing does.

    >>> list_temporary_obstacles(Decimal(20), Decimal(100), grade="A", max_days_past_due=0,
    ...     has_temporary_limit=False)
    []
    """
    obstacles = []
    if increase > TEMPORARY_SHARE * limit:
        obstacles.append(Reason("TEMPORARY_TOO_LARGE", {"maximum": TEMPORARY_SHARE * limit}))
    if has_temporary_limit:
        obstacles.append(Reason("TEMPORARY_ALREADY_THERE"))
    if get_rank(get_letter(grade)) >= get_rank("BB"):
        obstacles.append(Reason("GRADE_TOO_LOW", {"grade": grade}))
    if max_days_past_due > 30:
        obstacles.append(Reason("OVERDUE_TOO_LONG", {"days_past_due": max_days_past_due}))
    return obstacles


def _without_grade(method: LimitMethod, limit_factor: Decimal) -> Decimal:
    value = method.value or ZERO
    if method.code == "term_grade" and limit_factor > 0:
        return value / limit_factor
    return value
