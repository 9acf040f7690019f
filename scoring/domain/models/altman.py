"""Altman family (Z 计分模型, section 2): distance from the bankruptcy profile within two years.

Source: Altman (2000), *Predicting Financial Distress of Companies: Revisiting the Z-Score and ZETA
Models*; Altman, Hartzell and Peck (1995) for the emerging-market form. Inputs are statement money
of one currency and unit; scores are pure numbers. Zone limits belong to the grey zone. The +3.25 of
the emerging-market form shifts its zones by exactly 3.25 (A-1). EBIT is profit before tax plus
interest, never profit before tax alone (A-4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.models.scope import find_exclusion
from scoring.domain.profile import Profile
from scoring.domain.results import TOLERANCE, ZERO, Reason, ScoreResult, Status, Term, worst_status
from scoring.domain.statements.derived import Inputs, gather
from scoring.domain.statements.statements import Statement

X4_CAP = Decimal(10)
MAX_SUSPENDED_DAYS = 30
ORIGINAL_X5 = Decimal("0.999")

Z_1968 = "altman_z_1968"
Z_PRIME = "altman_z_prime"
Z_DOUBLE_PRIME = "altman_z_double_prime"
EM = "altman_em"

DISTRESS, GREY, SAFE = "distress", "grey", "safe"


@dataclass(frozen=True)
class Form:
    """Coefficients and zones of one member of the family."""

    code: str
    coefficients: Mapping[str, Decimal]
    low: Decimal
    high: Decimal
    trend_drop: Decimal
    constant: Decimal = ZERO
    uses_market_value: bool = False
    version: str = "1.0"


def _coefficients(*values: str) -> dict[str, Decimal]:
    return {f"x{n}": Decimal(value) for n, value in enumerate(values, start=1)}


FORMS: Mapping[str, Form] = {
    form.code: form
    for form in (
        Form(
            Z_1968,
            _coefficients("1.2", "1.4", "3.3", "0.6", "0.999"),
            low=Decimal("1.81"),
            high=Decimal("2.99"),
            trend_drop=Decimal("0.5"),
            uses_market_value=True,
        ),
        Form(
            Z_PRIME,
            _coefficients("0.717", "0.847", "3.107", "0.420", "0.998"),
            low=Decimal("1.23"),
            high=Decimal("2.90"),
            trend_drop=Decimal("0.5"),
        ),
        Form(
            Z_DOUBLE_PRIME,
            _coefficients("6.56", "3.26", "6.72", "1.05"),
            low=Decimal("1.10"),
            high=Decimal("2.60"),
            trend_drop=Decimal("1.0"),
        ),
        Form(
            EM,
            _coefficients("6.56", "3.26", "6.72", "1.05"),
            low=Decimal("4.35"),
            high=Decimal("5.85"),
            trend_drop=Decimal("1.0"),
            constant=Decimal("3.25"),
        ),
    )
}

# Lower bounds of the bond-rating equivalents; display only, never fed to the composite.
RATING_EQUIVALENTS: tuple[tuple[Decimal, str], ...] = tuple(
    (Decimal(bound), grade)
    for bound, grade in (
        ("8.15", "AAA"),
        ("7.60", "AA+"),
        ("7.30", "AA"),
        ("7.00", "AA-"),
        ("6.85", "A+"),
        ("6.65", "A"),
        ("6.40", "A-"),
        ("6.25", "BBB+"),
        ("5.85", "BBB"),
        ("5.65", "BBB-"),
        ("5.25", "BB+"),
        ("4.95", "BB"),
        ("4.75", "BB-"),
        ("4.50", "B+"),
        ("4.15", "B"),
        ("3.75", "B-"),
        ("3.20", "CCC+"),
        ("2.50", "CCC"),
        ("1.75", "CCC-"),
    )
)


def route_altman(profile: Profile) -> str | None:
    """Choose the form that fits a customer (A-5, A-7); ``None`` where none applies (E9).

    >>> route_altman(Profile(industry="C34")), route_altman(Profile(industry="F51"))
    ('altman_z_prime', 'altman_z_double_prime')
    """
    if profile.is_scope_excluded:
        return None
    if not profile.is_manufacturing:
        return Z_DOUBLE_PRIME
    is_traded = profile.is_listed and profile.suspended_days <= MAX_SUSPENDED_DAYS
    return Z_1968 if is_traded else Z_PRIME


def compute_altman(
    code: str,
    statement: Statement,
    *,
    profile: Profile | None = None,
    market_cap: Decimal | None = None,
    prior_value: Decimal | None = None,
    x5_coefficient: Decimal = ORIGINAL_X5,
) -> ScoreResult:
    """Compute one member of the family from a statement of twelve months.

    ``market_cap`` is that of the as-of date, in the statement's unit (A-5); without it the one noted
    on the statement is used. ``prior_value`` is last year's score, for the trend flag (A-8).
    ``x5_coefficient`` changes the 1968 form only (A-2).

    >>> books = Statement({k: Decimal(v) for k, v in {"total_current_assets": 8800, "ebit": 1690,
    ...     "total_current_liabilities": 5450, "retained_earnings": 2930, "total_assets": 15200,
    ...     "total_liabilities": 7450, "total_equity": 7750}.items()}, is_condensed=True)
    >>> result = compute_altman("altman_z_double_prime", books)
    >>> round(result.value, 4), result.band, result.status.value
    (Decimal('3.9136'), 'safe', 'ok')
    """
    form = FORMS[code]
    excluded = find_exclusion(profile)
    if excluded is not None:
        return ScoreResult(code, None, Status.NOT_APPLICABLE, reasons=(excluded,))
    inputs = _gather(form, statement, market_cap)
    status, ratios, reasons = _ratios(form, inputs)
    if ratios is None:
        return ScoreResult(
            code,
            None,
            status,
            inputs_used=inputs.values,
            missing=inputs.missing,
            reasons=tuple(reasons),
            formula_version=form.version,
        )
    return score_ratios(
        code,
        ratios,
        status=status,
        inputs_used=inputs.values,
        reasons=tuple(reasons),
        prior_value=None if statement.is_non_comparable else prior_value,
        x5_coefficient=x5_coefficient,
    )


def score_ratios(
    code: str,
    ratios: Mapping[str, Decimal],
    *,
    status: Status = Status.OK,
    inputs_used: Mapping[str, Decimal | None] | None = None,
    reasons: tuple[Reason, ...] = (),
    prior_value: Decimal | None = None,
    x5_coefficient: Decimal = ORIGINAL_X5,
) -> ScoreResult:
    """Weigh ready-made ratios x1 … x5 into a score, its zone and its warnings.

    >>> x = {f"x{n}": Decimal(v) for n, v in enumerate((".2", "0", ".2", ".1", "2"), start=1)}
    >>> result = score_ratios("altman_z_1968", x, x5_coefficient=Decimal(1))
    >>> result.value, result.band
    (Decimal('2.96'), 'grey')
    """
    form = FORMS[code]
    coefficients = dict(form.coefficients)
    if code == Z_1968:
        coefficients["x5"] = x5_coefficient
    terms = [Term(x, ratios[x], c, ratios[x] * c) for x, c in coefficients.items()]
    if form.constant:
        terms.append(Term("constant", None, form.constant, form.constant))
    value = sum((term.contribution for term in terms if term.contribution is not None), ZERO)
    return ScoreResult(
        code,
        value,
        status,
        band=_zone(value, form),
        terms=tuple(terms),
        inputs_used=inputs_used or dict(ratios),
        reasons=(*reasons, *_warnings(form, terms, value, prior_value)),
        formula_version=form.version,
    )


def get_rating_equivalent(em_value: Decimal) -> str:
    """Read an emerging-market score as a bond rating; generous, for display only.

    >>> get_rating_equivalent(Decimal("7.1636"))
    'AA-'
    """
    return next((grade for bound, grade in RATING_EQUIVALENTS if em_value >= bound), "D")


def _zone(value: Decimal, form: Form) -> str:
    if value < form.low - TOLERANCE:
        return DISTRESS
    return SAFE if value > form.high + TOLERANCE else GREY


def _gather(form: Form, statement: Statement, market_cap: Decimal | None) -> Inputs:
    names = [
        "working_capital",
        "retained_earnings",
        "ebit",
        "total_assets",
        "total_liabilities",
    ]
    if "x5" in form.coefficients:
        names.append("revenue")
    if not form.uses_market_value:
        return gather(statement, [*names, "net_worth"])
    if market_cap is None:
        return gather(statement, [*names, "market_cap"])
    inputs = gather(statement, names)
    values = {**inputs.values, "market_cap": market_cap}
    return Inputs(values, inputs.status, inputs.missing, inputs.reasons)


def _ratios(form: Form, inputs: Inputs) -> tuple[Status, dict[str, Decimal] | None, list[Reason]]:
    reasons = list(inputs.reasons)
    if not inputs.status.has_value:
        return inputs.status, None, reasons
    assets, debts = inputs["total_assets"], inputs["total_liabilities"]
    if assets == 0:
        return Status.ZERO_DENOMINATOR, None, reasons
    if assets < 0 or debts < 0:
        return Status.NEGATIVE_DENOMINATOR, None, reasons
    ratios = {
        "x1": inputs["working_capital"] / assets,
        "x2": inputs["retained_earnings"] / assets,
        "x3": inputs["ebit"] / assets,
    }
    status = inputs.status
    if debts == 0:
        ratios["x4"] = X4_CAP
        status = worst_status((status, Status.OK_WITH_GUARD))
        reasons.append(Reason("X4_CAPPED_NO_LIABILITIES", {"cap": X4_CAP}))
    else:
        ratios["x4"] = inputs["market_cap" if form.uses_market_value else "net_worth"] / debts
    if "x5" in form.coefficients:
        ratios["x5"] = inputs["revenue"] / assets
    return status, ratios, reasons


def _warnings(
    form: Form, terms: list[Term], value: Decimal, prior_value: Decimal | None
) -> list[Reason]:
    warnings = [
        Reason("NEGATIVE_TERM", {"term": term.name, "contribution": term.contribution})
        for term in terms
        if term.contribution is not None and term.contribution < 0
    ]
    if prior_value is not None and prior_value - value > form.trend_drop:
        warnings.append(Reason("Z_TREND_DOWN", {"from": prior_value, "to": value}))
    return warnings
