"""Everything the house knows of a customer on a day, as plain values: what a report is made from.

Codes and figures only, no words: the same facts are read in either language, and once an
investigation is confirmed they are frozen with it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from common.jsonable import to_jsonable
from credit_control.selectors import get_effective_limit
from customers.domain.facts import FIELDS
from customers.models import Customer, Investigation, ListCheck, Relation
from customers.selectors import (
    get_risk_group_of,
    list_customers,
    list_latest_facts,
    list_open_signals,
)
from customers.selectors.checks import list_states
from dashboards import customer_picture as picture
from dashboards.dossier import get_file_state
from scoring.domain.statements.ratios import compute_ratios
from scoring.models import Statement
from scoring.selectors import get_current_rating, get_statement_view
from scoring.selectors.statements import read_lines, to_figures

KEY_ITEMS = (
    "revenue",
    "ebit",
    "net_profit",
    "cfo",
    "total_assets",
    "total_liabilities",
    "total_equity",
    "working_capital",
)
KEY_RATIOS = (
    "current_ratio",
    "quick_ratio",
    "debt_to_assets",
    "interest_cover",
    "net_margin",
    "roe",
    "receivable_days",
    "inventory_days",
)
PERIODS = 3
MOST_ROWS = 40


def gather_report(
    customer: Customer, investigation: Investigation, *, user: Any, as_of: date, today: date
) -> dict[str, Any]:
    """Return what a report says, ready to be stored. About 45 queries, however much there is."""
    rating = get_current_rating(customer_id=customer.pk, as_of=as_of)
    state = get_file_state(customer, rating=rating, as_of=as_of, today=today)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "customer": _identity(customer),
        "facts": list_latest_facts(FIELDS, as_of=as_of, customer_ids=[customer.pk]),
        "file": {
            "tier": state.completeness.tier,
            "ratio": state.completeness.ratio,
            "missing": [line.line.code for line in state.completeness.missing],
        },
        "statements": _statements(customer, as_of),
        "rating": _rating(rating),
        "credit": _credit(customer, as_of),
        "aging": _aging(customer, user, as_of),
        "behaviour": _behaviour(customer, as_of),
        "lists": _lists(customer, as_of),
        "signals": _signals(customer, as_of),
        "relations": _relations(customer, as_of),
        "group": _group(customer, as_of),
        "sections": investigation.sections,
        "tests": investigation.tests,
        "proposal": investigation.proposal,
        "drafted_by": str(investigation.drafted_by or ""),
        "drafted_on": investigation.as_of,
    }
    plain: dict[str, Any] = to_jsonable(facts)
    return plain


def _identity(customer: Customer) -> dict[str, Any]:
    names = (
        "code",
        "name",
        "name_en",
        "former_names",
        "country",
        "kind",
        "uscc",
        "vat_no",
        "lei",
        "industry",
        "founded",
        "registered_capital",
        "employees",
        "address",
        "relationship_since",
        "listed",
        "segment",
        "state",
    )
    return {name: getattr(customer, name) for name in names}


def _statements(customer: Customer, as_of: date) -> dict[str, Any]:
    """The key items of the last years side by side, and the ratios of the newest."""
    view = get_statement_view(customer, as_of=as_of, limit=PERIODS)
    if not view.periods:
        return {}
    rows = {row.item.name: row for section in view.sections for row in section.rows}
    return {
        "periods": [
            {
                "end": row.period_end,
                "months": row.months,
                "audited": row.opinion.startswith("UNQUALIFIED"),
                "doubtful": row.doubtful,
            }
            for row in view.periods
        ],
        "currency": view.periods[0].currency,
        "unit": view.unit,
        "items": [
            {"name": name, "amounts": list(rows[name].amounts)}
            for name in KEY_ITEMS
            if name in rows
        ],
        "ratios": _ratios(view.periods),
    }


def _ratios(periods: tuple[Statement, ...]) -> list[dict[str, Any]]:
    """The key ratios of the newest period; against the year before where the two compare."""
    newest = periods[0]
    prior = next(
        (
            row
            for row in periods[1:]
            if row.period_end.year == newest.period_end.year - 1
            and (row.months, row.currency) == (newest.months, newest.currency)
        ),
        None,
    )
    lines = read_lines([row.pk for row in (newest, prior) if row is not None])
    now = to_figures(newest, lines[newest.pk])
    before = None
    if prior is not None:
        scale = Decimal(prior.unit) / Decimal(newest.unit)
        scaled = {name: amount * scale for name, amount in lines[prior.pk].items()}
        before = replace(to_figures(prior, scaled))
    computed = compute_ratios(now, before)
    return [
        {"name": name, "value": computed[name].value, "status": str(computed[name].status.value)}
        for name in KEY_RATIOS
        if name in computed
    ]


def _rating(rating: Any) -> dict[str, Any]:
    if rating is None:
        return {}
    return {
        "grade": f"{rating.grade}{rating.modifier}",
        "risk_class": rating.risk_class,
        "score": rating.score,
        "pd": rating.pd_12m,
        "financial": rating.financial_score,
        "behaviour": rating.behaviour_score,
        "qualitative": rating.qualitative_score,
        "external": rating.external_score,
        "as_of": rating.as_of,
        "valid_to": rating.valid_to,
        "suggested_limit": rating.suggested_limit,
        "currency": rating.limit_currency,
    }


def _credit(customer: Customer, as_of: date) -> dict[str, Any]:
    card = picture.get_limit_card(customer, company=picture.get_company(), as_of=as_of)
    if card is None:
        return {}
    limit = get_effective_limit(account=card.account, as_of=as_of)
    return {
        "currency": card.account.currency,
        "limit": limit.in_force,
        "gross": card.exposure.gross,
        "owed": card.used,
    }


def _aging(customer: Customer, user: Any, as_of: date) -> dict[str, Any]:
    report = picture.get_aging_card(customer, user=user, as_of=as_of)
    totals = report.totals
    return {
        "currency": report.currency,
        "total": totals.not_due + sum(totals.buckets, Decimal(0)),
        "overdue": sum(totals.buckets, Decimal(0)),
    }


def _behaviour(customer: Customer, as_of: date) -> dict[str, Any]:
    found = picture.get_behaviour(customer, as_of=as_of)
    return {
        "items": found.items,
        "days_to_pay": found.days_to_pay,
        "days_late": found.days_late,
        "promises_kept": found.promises_kept,
        "promises_due": found.promises_due,
        "last_paid_on": found.last_paid_on,
        "last_amount": found.last_amount,
        "last_currency": found.last_currency,
    }


def _lists(customer: Customer, as_of: date) -> list[dict[str, Any]]:
    rows = [state.latest for state in list_states(customer, as_of=as_of)]
    return [
        {
            "kind": row.kind,
            "checked_on": row.checked_on,
            "result": row.result,
            "match": row.match,
            "counts": row.result == ListCheck.Result.HIT and row.match != ListCheck.Match.NAME_ONLY,
        }
        for row in rows
        if row is not None
    ]


def _signals(customer: Customer, as_of: date) -> list[dict[str, Any]]:
    return [
        {"code": row.code, "severity": row.severity, "raised_on": row.raised_on}
        for row in list_open_signals(customer)
        if row.raised_on <= as_of
    ][:MOST_ROWS]


def _relations(customer: Customer, as_of: date) -> list[dict[str, Any]]:
    rows = (
        (Relation.objects.filter(source=customer) | Relation.objects.filter(target=customer))
        .filter(valid_from__lte=as_of)
        .exclude(valid_to__lte=as_of)
        .select_related("source", "target")
        .order_by("kind", "id")[:MOST_ROWS]
    )
    return [
        {
            "kind": row.kind,
            "source": row.source.name,
            "source_id": row.source_id,
            "target": row.target.name,
            "target_id": row.target_id,
            "share": row.share,
            "amount": row.amount,
            "currency": row.currency,
        }
        for row in rows
    ]


def conceal_strangers(facts: Mapping[str, Any], customer: Customer, *, user: Any) -> dict[str, Any]:
    """Return the facts of a report without the names of who lies outside a reader's scope. One query.

    A report is frozen with what its confirmer saw; who reads it later may see less.
    """
    if getattr(user, "data_scope", "") == "ALL":
        return dict(facts)
    ends = ("source", "target")
    others = {row.get(f"{end}_id") for row in facts["relations"] for end in ends} - {None}
    seen = set(
        list_customers(user).filter(pk__in=others).order_by().values_list("pk", flat=True)
    ) | {customer.pk}
    relations = [
        row | {end: row[end] if row.get(f"{end}_id") in seen else "" for end in ends}
        for row in facts["relations"]
    ]
    return {**facts, "relations": relations}


def _group(customer: Customer, as_of: date) -> Mapping[str, Any]:
    ring = get_risk_group_of(customer, as_of=as_of)
    return {
        "group": {"en": customer.group.name_en, "zh": customer.group.name_zh}
        if customer.group
        else None,
        "parent": customer.parent.name if customer.parent else "",
        "risk_group": {"en": ring.name_en, "zh": ring.name_zh, "reason": ring.reason}
        if ring
        else None,
    }
