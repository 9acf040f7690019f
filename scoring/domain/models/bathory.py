"""Bathory model (巴萨利模型, section 3): five balance-sheet and cash-flow ratios, added up.

Source: attributed to A. Bathory, *Predicting Corporate Collapse* (1984). ``value`` is the guarded
sum; ``literature`` the plain one. The guards keep a loss divided by negative working capital from
counting as a strength (E2). Bands are house defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.curves import clip
from scoring.domain.models.scope import find_exclusion
from scoring.domain.profile import Profile
from scoring.domain.results import ONE, ZERO, Reason, ScoreResult, Status, Term, worst_status
from scoring.domain.statements.derived import Inputs, gather
from scoring.domain.statements.statements import Statement

CODE = "bathory"
GCF, EBITDA = "gcf", "ebitda"
BANDS: tuple[tuple[Decimal, str], ...] = (
    (ZERO, "critical"),
    (Decimal(1), "weak"),
    (Decimal(2), "fair"),
    (Decimal(4), "good"),
)
_NARROW, _WIDE = (Decimal(-2), Decimal(2)), (Decimal(-2), Decimal(5))
_MIN_SHARE = Decimal("0.01")


@dataclass(frozen=True)
class BathoryResult(ScoreResult):
    """The guarded sum (``value``), the literature's sum and x2 before its guard."""

    literature: Decimal | None = None
    x2_raw: Decimal | None = None


def compute_bathory(
    statement: Statement,
    prior: Statement | None = None,
    *,
    profile: Profile | None = None,
    variant: str = GCF,
    deferred_tax_charge: Decimal | None = None,
) -> BathoryResult:
    """Compute the guarded and the literature sum.

    ``variant`` names what x1 adds to profit and depreciation: ``gcf`` the deferred tax charge
    (default), ``ebitda`` the interest. ``deferred_tax_charge`` overrides the one derived from
    ``prior``. Working capital of 0 gives no literature sum.
    """
    excluded = find_exclusion(profile)
    if excluded is not None:
        return BathoryResult(CODE, None, Status.NOT_APPLICABLE, reasons=(excluded,))
    inputs = _gather(statement, prior, variant, deferred_tax_charge)
    blocked = _find_obstacle(inputs)
    if blocked is not None:
        return BathoryResult(
            CODE,
            None,
            blocked,
            inputs_used=inputs.values,
            missing=inputs.missing,
            reasons=inputs.reasons,
        )
    raw = _raw_terms(inputs, variant)
    guarded, reasons = _guard(raw, inputs)
    value = sum(guarded.values(), ZERO)
    numbers = [x for x in raw.values() if x is not None]
    return BathoryResult(
        CODE,
        value,
        worst_status((inputs.status, Status.OK_WITH_GUARD if reasons else Status.OK)),
        band=next((band for bound, band in BANDS if value < bound), _top_band(value)),
        terms=tuple(Term(name, x, ONE, x) for name, x in guarded.items()),
        inputs_used=inputs.values,
        reasons=(*inputs.reasons, *reasons),
        literature=sum(numbers, ZERO) if len(numbers) == len(raw) else None,
        x2_raw=raw["x2"],
    )


def _top_band(value: Decimal) -> str:
    return "good" if value == BANDS[-1][0] else "strong"


def _gather(
    statement: Statement, prior: Statement | None, variant: str, charge: Decimal | None
) -> Inputs:
    names = [
        "profit_before_tax",
        "da",
        "working_capital",
        "net_worth",
        "tangible_net_worth",
        "total_current_liabilities",
        "total_liabilities",
        "total_assets",
    ]
    if variant == EBITDA:
        return gather(statement, [*names, "interest_expense"], prior)
    if charge is None:
        return gather(statement, [*names, "deferred_tax_charge"], prior)
    inputs = gather(statement, names, prior)
    values = {**inputs.values, "deferred_tax_charge": charge}
    return Inputs(values, inputs.status, inputs.missing, inputs.reasons)


def _find_obstacle(inputs: Inputs) -> Status | None:
    if not inputs.status.has_value:
        return inputs.status
    bottoms = ("total_current_liabilities", "total_liabilities", "total_assets")
    if any(inputs[name] == 0 for name in bottoms):
        return Status.ZERO_DENOMINATOR
    if any(inputs[name] < 0 for name in bottoms):
        return Status.NEGATIVE_DENOMINATOR
    return None


def _raw_terms(inputs: Inputs, variant: str) -> dict[str, Decimal | None]:
    extra = inputs["interest_expense" if variant == EBITDA else "deferred_tax_charge"]
    profit, capital = inputs["profit_before_tax"], inputs["working_capital"]
    current_debts = inputs["total_current_liabilities"]
    return {
        "x1": (profit + inputs["da"] + extra) / current_debts,
        "x2": profit / capital if capital else None,
        "x3": inputs["net_worth"] / current_debts,
        "x4": inputs["tangible_net_worth"] / inputs["total_liabilities"],
        "x5": capital / inputs["total_assets"],
    }


def _guard(
    raw: dict[str, Decimal | None], inputs: Inputs
) -> tuple[dict[str, Decimal], list[Reason]]:
    guarded: dict[str, Decimal] = {}
    bounds = {"x1": _NARROW, "x2": _NARROW, "x3": _WIDE, "x4": _WIDE}
    for name, x in raw.items():
        if name == "x2" and inputs["working_capital"] <= 0:
            floor = max(abs(inputs["working_capital"]), _MIN_SHARE * inputs["total_assets"])
            guarded[name] = -min(Decimal(2), abs(inputs["profit_before_tax"]) / floor)
        elif x is not None:
            guarded[name] = clip(x, *bounds[name]) if name in bounds else x
    reasons = [
        Reason("TERM_GUARDED", {"term": name, "raw": raw[name], "guarded": x})
        for name, x in guarded.items()
        if x != raw[name]
    ]
    return guarded, reasons
