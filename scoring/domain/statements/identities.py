"""Identity checks (勾稽关系校验, 0.7): does a statement add up?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from scoring.domain.results import ZERO
from scoring.domain.statements.checks import Check, Finding, Outcome, Severity
from scoring.domain.statements.derived import SUMS, average, derive
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS, Section, Sign
from scoring.domain.statements.statements import Statement

RELATIVE_TOLERANCE = Decimal("0.0005")
VAT_RATE = Decimal("0.13")

Sum: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Identity:
    """``sum of parts = total``; a warning-only identity never blocks scoring."""

    code: str
    total: str
    parts: Sum
    is_warning_only: bool = False


def _plus(names: Iterable[str]) -> Sum:
    return tuple((name, 1) for name in names)


_ORDER = list(ITEMS)


def _between(after: str, before: str) -> Sum:
    """Take the printed lines between two lines; totals are not addends."""
    start = _ORDER.index(after) + 1 if after else 0
    names = _ORDER[start : _ORDER.index(before)]
    return _plus(name for name in names if not ITEMS[name].is_total)


_CAPITAL: Sum = (
    ("paid_in_capital", 1),
    ("other_equity_instruments", 1),
    ("capital_reserve", 1),
    ("treasury_shares", -1),
    ("other_comprehensive_income", 1),
    ("special_reserve", 1),
    ("surplus_reserve", 1),
    ("undistributed_profit", 1),
)
_OPERATING_PROFIT: Sum = (
    ("revenue", 1),
    ("cost_of_sales", -1),
    ("taxes_and_surcharges", -1),
    ("selling_expenses", -1),
    ("admin_expenses", -1),
    ("rd_expenses", -1),
    ("finance_costs_net", -1),
    ("other_income", 1),
    ("investment_income", 1),
    ("net_exposure_hedging_gains", 1),
    ("fair_value_gains", 1),
    ("credit_impairment", 1),
    ("asset_impairment", 1),
    ("asset_disposal_gains", 1),
)

IDENTITIES: tuple[Identity, ...] = (
    Identity("BS-01", "total_current_assets", _between("", "total_current_assets")),
    Identity(
        "BS-02",
        "total_noncurrent_assets",
        _between("total_current_assets", "total_noncurrent_assets"),
    ),
    Identity(
        "BS-03",
        "total_assets",
        _plus(("total_current_assets", "total_noncurrent_assets")),
    ),
    Identity(
        "BS-04",
        "total_current_liabilities",
        _between("total_assets", "total_current_liabilities"),
    ),
    Identity(
        "BS-05",
        "total_noncurrent_liabilities",
        _between("total_current_liabilities", "total_noncurrent_liabilities"),
    ),
    Identity(
        "BS-06",
        "total_liabilities",
        _plus(("total_current_liabilities", "total_noncurrent_liabilities")),
    ),
    Identity("BS-07", "equity_parent", _CAPITAL),
    Identity("BS-08", "total_equity", _plus(("equity_parent", "minority_interest"))),
    Identity("BS-09", "total_assets", _plus(("total_liabilities", "total_equity"))),
    Identity(
        "BS-09",
        "total_liabilities_and_equity",
        _plus(("total_liabilities", "total_equity")),
    ),
    Identity("IS-01", "operating_profit", _OPERATING_PROFIT),
    Identity(
        "IS-02",
        "profit_before_tax",
        (
            ("operating_profit", 1),
            ("non_operating_income", 1),
            ("non_operating_expenses", -1),
        ),
    ),
    Identity("IS-03", "net_profit", (("profit_before_tax", 1), ("income_tax_expense", -1))),
    Identity("IS-04", "total_comprehensive_income", _plus(("net_profit", "oci_after_tax"))),
    Identity("IS-05", "net_profit", _plus(("net_profit_parent", "net_profit_minority"))),
    Identity(
        "CF-01",
        "operating_inflows",
        _between("total_comprehensive_income", "operating_inflows"),
    ),
    Identity(
        "CF-01",
        "operating_outflows",
        _between("operating_inflows", "operating_outflows"),
    ),
    Identity("CF-01", "cfo", (("operating_inflows", 1), ("operating_outflows", -1))),
    Identity("CF-02", "investing_inflows", _between("cfo", "investing_inflows")),
    Identity(
        "CF-02",
        "investing_outflows",
        _between("investing_inflows", "investing_outflows"),
    ),
    Identity("CF-02", "cfi", (("investing_inflows", 1), ("investing_outflows", -1))),
    Identity("CF-03", "financing_inflows", _between("cfi", "financing_inflows")),
    Identity(
        "CF-03",
        "financing_outflows",
        _between("financing_inflows", "financing_outflows"),
    ),
    Identity("CF-03", "cff", (("financing_inflows", 1), ("financing_outflows", -1))),
    Identity("CF-04", "net_cash_change", _plus(("cfo", "cfi", "cff", "fx_effect"))),
    Identity("CF-05", "cash_end", _plus(("cash_begin", "net_cash_change"))),
    Identity(
        "CF-06",
        "cash_end",
        (("cash_and_bank", 1), ("restricted_cash", -1)),
        is_warning_only=True,
    ),
)


def check_identities(
    statement: Statement,
    prior: Statement | None = None,
    *,
    unit: Decimal = Decimal(1),
    vat_rate: Decimal = VAT_RATE,
) -> list[Finding]:
    """List every identity that does not hold, errors and warnings, in the order of the forms.

    An identity is checked only when its total and all its parts can be read: on a statement that
    is condensed, or not confirmed complete, one blank part leaves it unchecked. The tolerance is
    ``max(1 reporting unit, 0.0005 × |total|)``; ``unit`` is one reporting unit in the figures given.

    >>> books = Statement({"total_assets": Decimal(100), "total_liabilities": Decimal(60),
    ...                    "total_equity": Decimal(30)}, is_condensed=True)
    >>> [(f.code, f.severity.value, str(f.difference)) for f in check_identities(books)]
    [('BS-09', 'ERROR', '-10')]
    """
    checks = list_checks(statement, prior, unit=unit, vat_rate=vat_rate)
    return [finding for check in checks if (finding := check.as_finding()) is not None]


def list_checks(
    statement: Statement,
    prior: Statement | None = None,
    *,
    unit: Decimal = Decimal(1),
    vat_rate: Decimal = VAT_RATE,
) -> list[Check]:
    """Try every identity, in the order of the forms, and tell how each stands.

    >>> books = Statement({"total_assets": Decimal(100), "total_liabilities": Decimal(60),
    ...                    "total_equity": Decimal(40)}, is_condensed=True)
    >>> [(c.code, str(c.tolerance)) for c in list_checks(books) if c.outcome is Outcome.OK]
    [('BS-09', '1')]
    """
    checks = [_measure(identity, statement, unit) for identity in _list_applicable(statement)]
    checks += _measure_years(statement, prior, unit)
    checks += _measure_plausibility(statement, prior, vat_rate)
    return checks


def add_up(statement: Statement) -> dict[str, Decimal]:
    """Return what each total would be from the parts that were entered, a blank taken as nothing.

    For a person who types: never used to judge. Totals without any entered part are left out.

    >>> str(add_up(Statement({"revenue": Decimal(9), "cost_of_sales": Decimal(5)}))["operating_profit"])
    '4'
    """
    sums: dict[str, Decimal] = {}
    for identity in (*_list_applicable(statement), *IDENTITIES):
        known = [(statement.items.get(name, sums.get(name)), sign) for name, sign in identity.parts]
        if identity.total in sums or all(value is None for value, _ in known):
            continue
        sums[identity.total] = sum(
            (value * sign for value, sign in known if value is not None), ZERO
        )
    return sums


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether a statement must not be scored (0.7)."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def confirm_complete(statement: Statement) -> Statement:
    """Keep ``is_complete`` only when the subtotals tie out (N5); blanks mean 0 only then."""
    if not statement.is_complete or not has_errors(check_identities(statement)):
        return statement
    return replace(statement, is_complete=False)


def list_sign_doubts(statement: Statement) -> list[str]:
    """List items entered with a sign their line does not allow; mostly typing slips."""
    return [
        name
        for name, value in statement.items.items()
        if value < 0
        and (ITEMS.get(name) or DERIVED_ITEMS[name]).sign in (Sign.POSITIVE, Sign.CONTRA)
    ]


def _list_applicable(statement: Statement) -> Iterator[Identity]:
    for identity in IDENTITIES:
        has_parent = statement.states("equity_parent")
        if identity.code == "BS-07" and not has_parent:
            if not statement.states("minority_interest"):
                yield Identity("BS-07", "total_equity", identity.parts)
        elif identity.code == "IS-05" and not statement.states("net_profit_parent"):
            continue
        else:
            yield identity
    if statement.is_condensed:
        for name, parts in SUMS.items():
            if statement.states(name):
                yield Identity("DS-01", name, parts, is_warning_only=True)


def _measure(identity: Identity, statement: Statement, unit: Decimal) -> Check:
    # Flows are compared as printed: annualising changes neither side's truth.
    raw = replace(statement, months=12, flow_status=None)
    parts = [(derive(name, raw), sign) for name, sign in identity.parts]
    missing = [name for part, _ in parts for name in part.missing]
    if not raw.states(identity.total):
        missing.insert(0, identity.total)
    if missing or any(part.value is None for part, _ in parts):
        unique = tuple(dict.fromkeys(missing))
        return Check(identity.code, identity.total, Outcome.UNCHECKED, missing=unique)
    computed = sum((part.value * sign for part, sign in parts if part.value is not None), ZERO)
    stated = raw.items[identity.total]
    is_warning = identity.is_warning_only
    return _compare(identity.code, identity.total, computed, stated, unit, is_warning)


def _compare(
    code: str,
    item: str,
    computed: Decimal,
    stated: Decimal,
    unit: Decimal,
    is_warning_only: bool,
) -> Check:
    difference = abs(computed - stated)
    tolerance = max(unit, RELATIVE_TOLERANCE * abs(stated))
    is_error = difference > tolerance and not is_warning_only
    outcome = Outcome.ERROR if is_error else Outcome.WARNING if difference else Outcome.OK
    return Check(code, item, outcome, computed, stated, tolerance)


def _measure_years(statement: Statement, prior: Statement | None, unit: Decimal) -> Iterator[Check]:
    if prior is None:
        return
    for name, opening in statement.opening.items():
        if ITEMS[name].section is Section.BALANCE_SHEET and prior.states(name):
            yield _compare("YY-01", name, opening, prior.items[name], unit, True)
    if statement.states("cash_begin") and prior.states("cash_end"):
        begin, end = statement.items["cash_begin"], prior.items["cash_end"]
        yield _compare("YY-02", "cash_begin", begin, end, unit, False)
    expected = _expected_retained_earnings(statement, prior)
    stated = derive("retained_earnings", statement).value
    if expected is not None and stated is not None:
        yield _compare("YY-03", "retained_earnings", expected, stated, unit, True)


def _expected_retained_earnings(statement: Statement, prior: Statement) -> Decimal | None:
    before = derive("retained_earnings", prior).value
    profit = statement.read("net_profit_parent").value
    if profit is None and not statement.is_consolidated:
        profit = statement.read("net_profit").value
    dividends = statement.read("dividends_declared").value
    if before is None or profit is None or dividends is None:
        return None
    return before + profit - dividends


def _measure_plausibility(
    statement: Statement, prior: Statement | None, vat_rate: Decimal
) -> Iterator[Check]:
    interest = statement.read("interest_expense").value
    debt = average("interest_bearing_debt", statement, prior).value
    if interest and debt and debt > 0:
        rate = interest / debt
        low, high = Decimal("0.005"), Decimal("0.20")
        is_plausible = low <= rate <= high
        bound = low if rate < low else high
        outcome = Outcome.OK if is_plausible else Outcome.WARNING
        yield Check("YY-04", "interest_expense", outcome, rate, bound)
    cash, revenue = (
        statement.read("cash_from_sales").value,
        statement.read("revenue").value,
    )
    if cash is not None and revenue:
        ratio = cash / (revenue * (1 + vat_rate))
        outcome = Outcome.WARNING if abs(ratio - 1) > Decimal("0.5") else Outcome.OK
        yield Check("YY-05", "cash_from_sales", outcome, ratio, Decimal(1))


def find_restated_items(statement: Statement, prior: Statement) -> Mapping[str, Decimal]:
    """Map each item whose opening balance differs from last year's closing to the difference."""
    return {
        finding.item: finding.difference
        for check in _measure_years(statement, prior, Decimal(1))
        if check.code == "YY-01" and (finding := check.as_finding()) is not None
    }
