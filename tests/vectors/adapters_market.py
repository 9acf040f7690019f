"""Families of markets, their tenants, programmes and annual reviews, of both vector files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from scoring.domain.markets.annual_review import ReviewFacts, renew_line, review_limit
from scoring.domain.markets.batch_admission import HALF, THIRD, Candidate, admit_batch
from scoring.domain.markets.market import score_market
from scoring.domain.markets.programme import compute_programme_limit
from scoring.domain.markets.tenant import TenantPolicy, score_tenant

from .adapters_process import ADAPTERS as PROCESS_ADAPTERS
from .adapters_scoring import adapts, dec, decs
from .harness import assert_matches


@adapts("market_scorecard")
def _market(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = score_market(inputs["answers"])
    return {"score": found.value, "decision": str(found.decision).lower()}


@adapts("tenant_scorecard")
def _tenant(inputs: Any, _reference: dict[str, Any]) -> Any:
    given = inputs.get("weights")
    policy = TenantPolicy(weights=decs(given)) if given else TenantPolicy()
    found = score_tenant(inputs["answers"], policy=policy)
    return {"score": found.value, "decision": str(found.decision).lower()}


@adapts("batch_admission")
def _batch(inputs: Any, _reference: dict[str, Any]) -> Any:
    people = [Candidate(code, dec(score)) for code, score in inputs["customers"]]
    least = dec(inputs["min_score"])
    return {
        "one_third": list(admit_batch(people, share=THIRD, min_score=least).admitted),
        "one_half": list(admit_batch(people, share=HALF, min_score=least).admitted),
    }


@adapts("programme_limit")
def _programme(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = compute_programme_limit(**decs(inputs))
    return {
        "required_rate": found.required_rate,
        "limit_by_pool": found.by_pool,
        "limit": found.limit,
    }


@adapts("annual_review")
def _annual_review(inputs: Any, _reference: dict[str, Any]) -> Any:
    found = review_limit(
        ReviewFacts(
            revenue_change=dec(inputs["revenue_change"]),
            grade_drop=inputs["grade_drop_modifiers"],
            has_new_override=inputs["new_override"],
            requested=dec(inputs["requested"]),
            current=dec(inputs["current"]),
            mitigant_ratio=dec(inputs["mitigant_ratio"]),
            max_overdue_days=inputs["max_overdue_days"],
            behaviour_score=dec(inputs["pbs"]),
            years_since_full_review=inputs["years_since_full_review"],
        )
    )
    return {"failed": list(found.failed), "decision": found.decision.lower()}


def _cluster_admission(case: Any, _family: Any, _reference: dict[str, Any]) -> None:
    people = [Candidate(code, dec(score)) for code, score in case["scores"].items()]
    found = admit_batch(
        people, share=Fraction(case["fraction"]), min_score=Decimal(case["min_score"])
    )
    assert_matches(list(found.admitted), case["expected"], Decimal(0))


def _renewal(case: Any, _family: Any, _reference: dict[str, Any]) -> None:
    found = renew_line(
        first_granted=date.fromisoformat(case["first_granted"]),
        now_expires=date.fromisoformat(case["now_expires"]),
        has_same_fundamentals=case["fundamentals_unchanged"],
        has_same_need=case["need_not_increased"],
        has_same_security=case["security_not_weakened"],
        has_clean_record=case["clean_record"],
        max_total_years=case["max_total_years"],
    )
    actual: dict[str, Any] = {"renew_without_reapplication": found.is_renewed}
    if found.new_expiry is not None:
        actual["new_expiry"] = found.new_expiry.isoformat()
    if found.reasons:
        actual["reason"] = str(found.reasons[0])
    assert_matches(actual, case["expected"], Decimal(0))


PROCESS_ADAPTERS["S3_cluster_admission"] = _cluster_admission
PROCESS_ADAPTERS["S4_annual_review_renewal"] = _renewal
