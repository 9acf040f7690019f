"""Families of payment behaviour, days of sales outstanding, segmentation and customer value."""

from __future__ import annotations

from datetime import date
from typing import Any

from dashboards.domain import portfolio, sales_days
from scoring.domain.payment.behaviour import (
    BehaviourFacts,
    score_behaviour,
    score_paydex,
    split_into_pieces,
)
from scoring.domain.segments.customer_value import ValueInputs, value_customer
from scoring.domain.segments.segmentation import GroupFacts, segment_groups

from .adapters_scoring import adapts, dec, decs, opt


@adapts("payment_behaviour")
def _payment_behaviour(inputs: Any, reference: dict[str, Any]) -> Any:
    as_of = date.fromisoformat(inputs["as_of"])
    pieces = [
        piece
        for invoice in inputs["invoices"]
        for piece in split_into_pieces(
            dec(invoice["amount"]),
            date.fromisoformat(invoice["due"]),
            [
                (dec(p["amount"]), date.fromisoformat(p["date"]))
                for p in invoice.get("payments", ())
            ],
            as_of=as_of,
        )
    ]
    facts = BehaviourFacts(
        pieces,
        inputs.get("promises_kept") or 0,
        inputs.get("promises_broken") or 0,
        opt(inputs, "unjustified_dispute_ratio"),
        opt(inputs, "limit"),
    )
    found = score_behaviour(facts, as_of=as_of)
    return {
        "base_amount": found.base_amount,
        "wadbt": found.wadbt,
        "avg_days_late": found.adl,
        "pdx": found.pdx,
        "pdx_of_mean": found.pdx_of_mean,
        "on_time_pct": found.on_time_pct,
        "worst_delay": found.worst_delay,
        "late_recent": found.late_recent,
        "late_older": found.late_older,
        "trend_days": found.trend_days,
        "subscores": found.subscores,
        "pbs_raw": found.pbs_raw,
        "pieces": found.n,
        "pbs": found.value,
        "band": found.band,
        "status": found.status.value,
    }


@adapts("pdx_points")
def _pdx_points(inputs: Any, reference: dict[str, Any]) -> Any:
    days = inputs["days_beyond_terms"]
    if isinstance(days, list):
        return {"points": [score_paydex(day) for day in days]}
    return {"points": score_paydex(days)}


@adapts("dso_family")
def _dso_family(inputs: Any, reference: dict[str, Any]) -> Any:
    days = inputs["days"]
    amounts = decs({name: value for name, value in inputs.items() if name != "days"})
    sales, ending = amounts["credit_sales"], amounts["receivables_end"]
    current = amounts["current_receivables_end"]
    dso = sales_days.simple_dso(ending, sales, days, places=None)
    best = sales_days.best_possible_dso(current, sales, days, places=None)
    return {
        "dso": dso,
        "best_possible_dso": best,
        "average_days_delinquent": sales_days.average_days_delinquent(dso, best),
        "cei": portfolio.collection_effectiveness(
            amounts["receivables_begin"], sales, ending, current, places=None
        ),
    }


@adapts("segmentation")
def _segmentation(inputs: Any, reference: dict[str, Any]) -> Any:
    found = segment_groups(
        GroupFacts(one["id"], dec(one["volume"]), dec(one["years"])) for one in inputs["customers"]
    )
    return {
        "abc": {row.key: row.abc for row in found.rows},
        "cum_share": {row.key: row.cumulative for row in found.rows},
        "pareto_set": [row.key for row in found.rows if row.in_pareto],
        "relationship_threshold": found.threshold,
        "median_volume": found.median,
        "relationship_set": [row.key for row in found.rows if row.in_relation],
        "core": [row.key for row in found.rows if row.segment.is_core],
    }


@adapts("customer_value")
def _customer_value(inputs: Any, reference: dict[str, Any]) -> Any:
    amounts = decs(inputs)
    amounts["capital_rate"] = amounts.pop("capital_cost")
    found = value_customer(ValueInputs(**amounts))
    return {
        "gross": found.gross,
        "service": found.service,
        "avg_ar": found.average_receivable,
        "capital": found.capital,
        "el": found.expected_loss,
        "value": found.value,
    }
