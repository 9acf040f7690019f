"""What is being typed, judged as it would be if it were saved now; nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from scoring.domain.statements.checks import Check
from scoring.domain.statements.derived import derive
from scoring.domain.statements.identities import add_up, list_checks, list_sign_doubts
from scoring.domain.statements.items import DERIVED_ITEMS
from scoring.domain.statements.periods import annualise
from scoring.domain.statements.ratios import compute_ratios
from scoring.domain.statements.statements import Amount
from scoring.domain.statements.statements import Statement as Figures
from scoring.models import Statement
from scoring.selectors.statements import (
    get_prior_figures,
    list_statements,
    read_lines,
    read_openings,
    to_figures,
    vat_rate_of,
)

KEY_RATIOS = (
    "current_ratio",
    "quick_ratio_cn",
    "debt_to_assets",
    "interest_cover",
    "gross_margin",
    "net_margin",
    "roe",
    "receivable_days",
)


@dataclass(frozen=True)
class EntryCheck:
    """One period as typed: every identity, doubtful signs, sums to offer, what follows from it."""

    period_end: date | None
    checks: tuple[Check, ...]
    doubts: tuple[str, ...]
    totals: Mapping[str, Decimal]
    derived: Mapping[str, Amount]
    ratios: Mapping[str, Amount]


def check_entry(*, customer_id: int, periods: Sequence[Mapping[str, Any]]) -> list[EntryCheck]:
    """Judge each period that is being typed, against the year before where there is one.

    `periods` hold the arguments of `save_statement`; the year before is another of them or else the
    stored one (at most 2 queries a period).
    """
    figures = [_read(period) for period in periods]
    return [
        _check(now, period, _find_prior(customer_id, number, periods, figures))
        for number, (now, period) in enumerate(zip(figures, periods, strict=True))
    ]


def _read(period: Mapping[str, Any]) -> Figures:
    return to_figures(
        {**period, "source": period.get("source", "CUSTOMER")},
        period["lines"],
        opening=dict(period.get("opening") or {}),
    )


def _find_prior(
    customer_id: int,
    number: int,
    periods: Sequence[Mapping[str, Any]],
    figures: Sequence[Figures],
) -> Figures | None:
    end = periods[number]["period_end"]
    if end is None or periods[number]["months"] != 12:
        return None
    for other, period in enumerate(periods):
        before = period["period_end"]
        is_year_before = before is not None and (before.year, before.month) == (
            end.year - 1,
            end.month,
        )
        same_kind = (period["kind"], period["months"]) == (periods[number]["kind"], 12)
        if other != number and is_year_before and same_kind:
            return figures[other]
    return get_prior_figures(customer_id, end, periods[number])


def _check(now: Figures, period: Mapping[str, Any], prior: Figures | None) -> EntryCheck:
    checks = list_checks(now, prior, vat_rate=vat_rate_of(period["gaap"]))
    year = annualise(now)
    ratios = compute_ratios(year, prior)
    return EntryCheck(
        period["period_end"],
        tuple(checks),
        tuple(list_sign_doubts(now)),
        add_up(now),
        {name: derive(name, year, prior) for name in DERIVED_ITEMS},
        {name: ratios[name] for name in KEY_RATIOS},
    )


def get_entry_defaults(customer: Any, *, as_of: date) -> dict[str, Any]:
    """Return what a new entry starts with: as the last statement was, a year later (1 query)."""
    last = list_statements(customer, as_of=as_of).first()
    year_end = date(as_of.year - 1, 12, 31)
    if last is None:
        header = {"gaap": "CAS", "currency": customer.currency or "CNY", "unit": 10_000}
        period = {"period_end": year_end, "kind": "ANNUAL", "months": 12, "opinion": "UNAUDITED"}
        return {"header": header | {"consolidated": "no"}, "periods": [period]}
    return {
        "header": {
            "gaap": last.gaap,
            "currency": last.currency,
            "unit": last.unit,
            "consolidated": "yes" if last.consolidated else "no",
            "auditor": last.auditor,
            "complete": last.complete,
        },
        "periods": [
            {
                "period_end": _next_year_end(last.period_end, as_of),
                "kind": last.kind,
                "months": last.months,
                "opinion": last.opinion,
            }
        ],
    }


def _next_year_end(end: date, as_of: date) -> date:
    later = date(end.year + 1, end.month, min(end.day, 28) if end.month == 2 else end.day)
    return later if later <= as_of else end


def get_restatement(statement: Statement) -> dict[str, Any]:
    """Return what the restatement of a statement starts with: every value as it was (2 queries)."""
    lines = read_lines([statement.pk])[statement.pk]
    openings = read_openings(statement)
    return {
        "form": statement.form,
        "has_opening": bool(openings),
        "header": {
            "gaap": statement.gaap,
            "currency": statement.currency,
            "unit": statement.unit,
            "consolidated": "yes" if statement.consolidated else "no",
            "auditor": statement.auditor,
            "complete": statement.complete,
        },
        "periods": [
            {
                name: getattr(statement, name)
                for name in ("period_end", "kind", "months", "opinion", "non_comparable")
            }
        ],
        "lines": lines,
        "openings": openings,
    }
