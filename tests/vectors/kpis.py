"""The key figures of family D1: each call turns a case's inputs into the shape of its result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from credit_control.domain.need import credit_need
from dashboards.domain import portfolio, sales_days

Inputs = dict[str, Any]


def amounts(inputs: Inputs, *names: str) -> list[Decimal]:
    return [Decimal(inputs[name]) for name in names]


def text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def countback(inputs: Inputs) -> Inputs:
    months = [
        sales_days.SalesMonth(Decimal(m["sales"]), m["days"]) for m in inputs["months_newest_first"]
    ]
    found = sales_days.countback_dso(Decimal(inputs["ending_total_ar"]), months)
    return {
        "days": text(found.days),
        "exhausted": found.is_exhausted,
        "unexplained_ar": text(found.unexplained),
    }


def days_late(inputs: Inputs) -> Inputs | None:
    found = sales_days.weighted_days_late(
        [
            sales_days.Clearing(
                Decimal(c["amount"]),
                date.fromisoformat(c["due"]),
                date.fromisoformat(c["paid"]),
            )
            for c in inputs["cleared"]
        ]
    )
    return found and {"late_only": text(found.late_only), "signed": text(found.signed)}


def per_invoice(inputs: Inputs) -> Inputs:
    found = sales_days.true_dso(
        [
            sales_days.AgedSale(
                date.fromisoformat(item["invoice_date"]),
                Decimal(item["amount"]),
                Decimal(item["net_credit_sales_of_month"]),
            )
            for item in inputs["open"]
        ],
        as_of=date.fromisoformat(inputs["report_date"]),
    )
    return {"days": text(found)}


def lead_time(inputs: Inputs) -> Inputs:
    found = portfolio.approval_lead_time(inputs["cases"])
    return {
        "mean": text(found.mean),
        "median": text(found.median),
        "p90_nearest_rank": text(found.p90),
        "within_24h_pct": text(found.within_target_pct),
    }


def dispute_cycle(inputs: Inputs) -> Inputs:
    pairs = [
        (date.fromisoformat(one["opened"]), date.fromisoformat(one["closed"]))
        for one in inputs["closed"]
    ]
    return {"mean": text(portfolio.dispute_cycle(pairs))}


def ineffective(inputs: Inputs) -> Inputs:
    names = ("bad_debt", "overdue_funding_cost", "credit_admin_cost", "credit_sales")
    found = portfolio.ineffective_cost(*amounts(inputs, *names))
    return {"amount": text(found.amount), "ratio_pct": text(found.ratio_pct)}


def funding(inputs: Inputs) -> str | None:
    assert inputs["day_count"] == "ACT/365"
    items = [
        portfolio.OverdueDays(Decimal(item["overdue_amount"]), item["days"])
        for item in inputs["items"]
    ]
    return text(portfolio.funding_cost(items, Decimal(inputs["funding_rate_pct"])))


def overrides(inputs: Inputs) -> Inputs:
    names = ("overridden_value", "released_value", "loss_on_overridden")
    found = portfolio.override_rates(*amounts(inputs, *names))
    return {"rate_pct": text(found.rate_pct), "loss_pct": text(found.loss_pct)}


def contribution(inputs: Inputs) -> str | None:
    return text(
        portfolio.customer_contribution(
            *amounts(inputs, "gross_margin", "average_ar", "funding_rate_pct"),
            inputs["days"],
            *amounts(inputs, "premium_and_fees", "collection_cost", "expected_loss"),
        )
    )


def completeness(inputs: Inputs) -> str | None:
    mandatory, valid = int(inputs["mandatory_weights"]), int(inputs["present_valid_weights"])
    return text(portfolio.dossier_completeness(mandatory, valid))


def need(inputs: Inputs) -> str | None:
    return text(
        credit_need(
            Decimal(inputs["turnover_12m_net"]),
            inputs["term_days"],
            inputs["lead_days"],
            Decimal(inputs["vat_pct"]),
        )
    )


def sales_of(formula: Callable[..., Decimal | None], ar: str) -> Callable[[Inputs], str | None]:
    return lambda i: text(formula(Decimal(i[ar]), Decimal(i["credit_sales"]), i["days"]))


def plain(formula: Callable[..., Decimal | None], *names: str) -> Callable[[Inputs], str | None]:
    return lambda inputs: text(formula(*amounts(inputs, *names)))


KPIS: dict[str, Callable[[Inputs], Any]] = {
    "DSO_simple": sales_of(sales_days.simple_dso, "ending_total_ar"),
    "BPDSO": sales_of(sales_days.best_possible_dso, "ending_current_ar"),
    "DSO_countback": countback,
    "CEI": plain(
        portfolio.collection_effectiveness,
        "beginning_ar",
        "credit_sales",
        "ending_total_ar",
        "ending_current_ar",
    ),
    "overdue_ratio_pct": plain(portfolio.overdue_share, "overdue_ar", "total_ar"),
    "bad_debt_ratio_pct": plain(
        portfolio.bad_debt_share, "written_off_net_of_recovery", "credit_sales"
    ),
    "limit_utilisation_pct": plain(portfolio.limit_utilisation, "gross_exposure", "limit_total"),
    "weighted_avg_days_late": days_late,
    "collector_effectiveness_pct": plain(
        portfolio.collector_effectiveness, "opening_overdue", "became_overdue", "collected_overdue"
    ),
    "approval_lead_time_business_hours": lead_time,
    "dispute_cycle_days": dispute_cycle,
    "cost_of_ineffective": ineffective,
    "overdue_funding_cost": funding,
    "true_dso_per_invoice": per_invoice,
    "dilution_pct": plain(portfolio.dilution, "credit_notes_and_deductions", "gross_invoiced"),
    "unapplied_cash_ratio_pct": plain(portfolio.unapplied_share, "unapplied", "total_ar"),
    "new_overdue_formation_pct": plain(
        portfolio.overdue_formation, "became_overdue_over_30d", "fell_due"
    ),
    "override_rate": overrides,
    "recovery_rate_pct": plain(
        portfolio.recovery_rate, "recovered", "overdue_over_90", "written_off"
    ),
    "dossier_completeness_pct": completeness,
    "customer_contribution": contribution,
    "credit_department_result": plain(
        portfolio.credit_result,
        "gross_margin_on_credit_sales",
        "cost_of_ineffective",
        "insurance_premium",
        "factoring_cost",
    ),
    "credit_need": need,
}
