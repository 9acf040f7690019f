"""A portfolio rated at once gives what the scalar rules give, customer by customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.domain.limits import limits
from scoring.domain.models.five_c import PARTS
from scoring.domain.profile import Profile
from scoring.domain.rating import bulk_rating
from scoring.domain.rating.composite import Components, RatingFacts, rate
from scoring.domain.rating.evaluation import Evaluation, evaluate_models
from scoring.domain.rating.overrides import BY_FLAG, Notch
from scoring.domain.rating.policy_body import read_scoring_policy, write_policy_body
from scoring.domain.rating.scoring_policy import DEFAULT_POLICY, ScoringPolicy
from scoring.domain.statements import periods
from scoring.domain.statements.items import ITEMS
from scoring.domain.statements.reliability import get_reliability
from scoring.domain.statements.statements import AuditOpinion, Statement
from tests.scoring.domain.books import make_row, same, state, years
from tests.scoring.samples import ANSWERS_5C_01, VECTORS

AS_OF = date(2025, 6, 30)
ENDS = (date(2024, 12, 31), date(2024, 6, 30), date(2023, 12, 31), date(2023, 10, 31))
INDICATORS = tuple(name for names in PARTS.values() for name in names)
OPINIONS = (
    AuditOpinion.UNQUALIFIED, AuditOpinion.QUALIFIED, AuditOpinion.UNAUDITED, AuditOpinion.ADVERSE,
)  # fmt: skip
# Of other weights and curves, so that nothing but the policy can have decided.
OTHER = replace(
    read_scoring_policy(
        write_policy_body()
        | {
            "components": {"financial": 50, "behaviour": 20, "qualitative": 20, "external": 10},
            "financial_models": {"z": 20, "cri": 20, "bathory": 20, "ohlson": 20, "wall": 20},
            "min_weight": 40,
            "bathory": {"variant": "ebitda"},
            "altman": {"x5_coefficient": "1.0"},
            "ohlson": {"price_index": {"2023": 640, "2024": 675}},
            "curves": {"bathory": [[-2, 0], [0, 30], [3, 80], [6, 100]]},
            "pd": {"k": "1.5"},
        }
    )
)

points = st.one_of(st.none(), st.decimals(0, 100, places=4, allow_nan=False))
steps = st.one_of(st.none(), st.just("NA"), st.integers(1, 5), st.integers(2, 5), st.integers(3, 5))
customers = st.fixed_dictionaries(
    {
        "books": st.one_of(st.none(), years, years, years),
        "end": st.sampled_from(ENDS),
        "opinion": st.sampled_from(OPINIONS),
        "industry": st.sampled_from(["C34", "F51", ""]),
        "is_listed": st.booleans(),
        "suspended_days": st.sampled_from([0, 0, 31]),
        "market_cap": st.one_of(st.none(), st.decimals(1, 100_000, places=2)),
        "usd_rate": st.one_of(st.none(), st.decimals("0.1", 1, places=3)),
        "unit": st.sampled_from([1, 1_000, 10_000]),
        "answers": st.one_of(st.none(), st.lists(steps, min_size=25, max_size=25)),
        "answers_age": st.integers(0, 20),
        "behaviour": points,
        "external": points,
        "over_90": st.booleans(),
        "age_months": st.one_of(st.none(), st.integers(0, 40)),
        "is_shell": st.sampled_from([False, False, False, True]),
        "flags": st.one_of(
            st.just(frozenset()),
            st.just(frozenset()),
            st.frozensets(st.sampled_from(sorted(BY_FLAG)), max_size=2),
        ),
        "notches": st.sampled_from(
            [(), (), (Notch("NOTCH-1", "AA"),), (Notch("NOTCH-3", None, -2, "x", ENDS[0]),)]
        ),
    }
)


def evaluate(case: dict[str, Any], policy: ScoringPolicy) -> Evaluation:
    """Rate one case by the scalar rules; payments come in as a score, which has its own twin."""
    books, statements = case["books"], []
    if books is not None:
        statements.append(make_statement(case, books, case["end"]))
        if books["prior"]:
            before = case["end"].replace(year=case["end"].year - 1)
            statements.append(make_statement(case, books["prior"], before))
    answers = case["answers"]
    facts = RatingFacts(
        has_item_over_90_days=case["over_90"],
        age_months=case["age_months"],
        is_shell=case["is_shell"],
        flags=case["flags"],
        notches=case["notches"],
    )
    evaluation = evaluate_models(
        statements,
        as_of=AS_OF,
        profile=make_profile(case),
        five_c_answers=(
            {part: answers[5 * n : 5 * n + 5] for n, part in enumerate(PARTS)} if answers else None
        ),
        five_c_age_months=case["answers_age"],
        external=case["external"],
        facts=facts,
        market_cap=case["market_cap"],
        unit=Decimal(case["unit"]),
        usd_rates={} if case["usd_rate"] is None else {"EUR": case["usd_rate"]},
        policy=policy,
    )
    return with_behaviour(evaluation, facts, case["behaviour"], policy)


def with_behaviour(
    evaluation: Evaluation, facts: RatingFacts, score: Decimal | None, policy: ScoringPolicy
) -> Evaluation:
    """Rate again with a payment score that has no pieces behind it."""
    known = {term.name: term.input for term in evaluation.composite.terms}
    caps = {cap.code for cap in evaluation.composite.caps}
    now = evaluation.statement
    full = replace(
        facts,
        has_five_c_veto="CAP-05" in caps,
        has_adverse_opinion="CAP-06" in caps,
        net_worth=Decimal(0) if "CAP-08" in caps else None,
        reliability=evaluation.reliability if now else None,
    )
    components = Components(**{**known, "behaviour": score})
    composite = rate(
        components, full, as_of=AS_OF, policy=policy.composite, calibration=policy.calibration
    )
    return replace(evaluation, composite=composite)


def make_statement(case: dict[str, Any], books: dict[str, Any], end: date) -> Statement:
    return Statement(
        state(books),
        period_end=end,
        months=books["months"],
        currency="EUR",
        audit_opinion=case["opinion"],
        is_condensed=books["is_condensed"],
        is_complete=books["is_complete"],
        is_non_comparable=books["is_non_comparable"],
    )


def make_profile(case: dict[str, Any]) -> Profile:
    sector = case["books"]["sector"] if case["books"] else ""
    return Profile(
        is_listed=case["is_listed"],
        industry="J66" if sector else case["industry"],
        suspended_days=case["suspended_days"],
    )


def make_facts(case: dict[str, Any], policy: ScoringPolicy) -> dict[str, Any]:
    """Write a case as a row of the frame that `conclude` reads."""
    books, profile = case["books"], make_profile(case)
    row: dict[str, Any] = make_row(books) if books else {}
    trust = np.nan
    if books:
        figures = periods.annualise(make_statement(case, books, case["end"]))
        trust = float(get_reliability(figures))
    rate_now = np.nan if case["usd_rate"] is None else float(case["usd_rate"]) * case["unit"]
    row |= {
        "unit": float(case["unit"]),
        "reliability": trust,
        "statement_age": periods.count_whole_months(case["end"], AS_OF) if books else np.nan,
        "assessment_age": case["answers_age"] if case["answers"] else np.nan,
        "is_scope_excluded": profile.is_scope_excluded,
        "is_manufacturing": profile.is_manufacturing,
        "is_listed": case["is_listed"],
        "suspended_days": float(case["suspended_days"]),
        "market_cap_now": np.nan if case["market_cap"] is None else float(case["market_cap"]),
        "usd_rate": rate_now,
        "price_index": float(policy.get_price_index(case["end"].year)),
        "behaviour": np.nan if case["behaviour"] is None else float(case["behaviour"]),
        "external": np.nan if case["external"] is None else float(case["external"]),
        "has_item_over_90_days": case["over_90"],
        "has_adverse_opinion": bool(books) and case["opinion"] is AuditOpinion.ADVERSE,
        "age_months": np.nan if case["age_months"] is None else float(case["age_months"]),
        "is_shell": case["is_shell"],
        "flags": case["flags"],
        "notches": case["notches"],
    }
    answers = case["answers"] or [None] * 25
    for name, step in zip(INDICATORS, answers, strict=True):
        row[name] = np.nan if step is None else 0.0 if step == "NA" else float(step)
    return row


class TestConclude:
    """``conclude`` against ``evaluate_models``: every model, component, cap, grade and limit."""

    @pytest.mark.parametrize("policy", [DEFAULT_POLICY, OTHER], ids=["house", "other"])
    @given(cases=st.lists(customers, min_size=1, max_size=6))
    @settings(max_examples=100, deadline=None)
    def test_equals_the_scalar_rules(
        self, policy: ScoringPolicy, cases: list[dict[str, Any]]
    ) -> None:
        frame = pd.DataFrame([make_facts(case, policy) for case in cases])
        bulk = bulk_rating.conclude(frame, policy=policy, as_of=AS_OF)
        names = {
            "cri": "credit_risk_index", "bathory": "bathory", "ohlson": "ohlson_o",
            "wall": "wall_modern",
        }  # fmt: skip
        for row, case in zip(bulk.to_dict("records"), cases, strict=True):
            scalar = evaluate(case, policy)
            if case["books"]:
                for short, code in names.items():
                    assert same(row[f"{short}_value"], scalar.models[code].value), code
                    assert row[f"{short}_status"] == scalar.models[code].status.value, code
                if scalar.z_model:
                    assert same(row["z_value"], scalar.models[scalar.z_model].value)
            for name, score in scalar.subscores.items():
                assert same(row[f"sub_{name}"], score), name
            assert same(row["financial"], scalar.financial.value)
            assert same(row["score"], scalar.composite.score)
            assert row["grade"] == scalar.composite.grade
            assert row["binding"] == scalar.composite.binding
            assert same(row["pd_12m"], scalar.composite.pd_12m)
            wanted = suggest(case, scalar)
            assert same(row["suggested_limit"], wanted)

    def test_the_worked_example_of_the_guide(self) -> None:
        """G-01 and G-02: the financial component of Huaxin, and the composite, to four decimals."""
        frame = pd.DataFrame([huaxin(VECTORS["fixtures"])])
        bulk = bulk_rating.conclude(frame, policy=DEFAULT_POLICY, as_of=AS_OF)
        (row,) = bulk.to_dict("records")
        assert [round(row[f"sub_{name}"], 4) for name in bulk_rating.MODELS] == [
            59.2410, 69.0203, 74.3281, 81.4380, 70.8452,
        ]  # fmt: skip
        assert round(row["financial"], 4) == 68.7537
        # .35 × 68.7537 + .30 × 58.6987 + .20 × 62.75 + .15 × 70, with 5C-01 as it stands.
        assert (round(row["score"], 4), row["grade"]) == (64.7234, "BBB")

    @pytest.mark.parametrize(
        ("amount", "grade"), [("4", "BBB"), ("6", "B"), (None, "B")], ids=["small", "large", "?"]
    )
    def test_enforcement_counts_by_the_net_worth(self, amount: str | None, grade: str) -> None:
        """CAPO-1 over 5 % of the net worth, here 100 × 1,000 yuan × 10⁻³, or unknown."""
        frame = pd.DataFrame(
            [
                {
                    "reliability": 1.0, "statement_age": 0.0, "unit": 1.0, "cny_rate": 1.0,
                    "total_equity": 100.0, "behaviour": 65.0, "external": 65.0,
                    "has_enforced": True, "age_months": 60.0,
                    "enforced_amount": np.nan if amount is None else float(amount),
                }
            ]
        )  # fmt: skip
        (row,) = bulk_rating.conclude(frame, policy=DEFAULT_POLICY, as_of=AS_OF).to_dict("records")
        assert row["grade"] == grade
        assert ("enforced_debtor" in row["all_flags"]) is (grade == "B")


def suggest(case: dict[str, Any], scalar: Evaluation) -> Decimal | None:
    """Return the limit that the working assets and this grade suggest."""
    rating = scalar.composite
    if rating.is_limit_zero or rating.is_trading_blocked:
        return Decimal(0)
    capacity = getattr(scalar.models["working_assets"], "limit", None)
    if capacity is None or rating.grade is None:
        return None
    return limits.decide_limit(
        capacity * case["unit"],
        need=None,
        limit_factor=limits.get_limit_factor(rating.grade),
        unit=Decimal(10_000),
    ).total


def huaxin(fixtures: Any) -> dict[str, Any]:
    """The facts of the guide's example as one row."""
    now, prior = fixtures["huaxin_2024"], fixtures["huaxin_2023"]
    steps = [step for part in PARTS for step in ANSWERS_5C_01[part]]
    return {
        **{name: float(value) for name, value in now.items() if name in ITEMS},
        **{f"prior_{name}": float(value) for name, value in prior.items() if name in ITEMS},
        **dict(zip(INDICATORS, [np.nan if s is None else float(s) for s in steps], strict=True)),
        "is_complete": True, "prior_is_complete": True, "prior_exists": True,
        "is_manufacturing": True, "unit": 10_000.0, "usd_rate": 10_000 / 7.20, "price_index": 675.0,
        "reliability": 1.0, "statement_age": 6.0, "assessment_age": 0.0, "behaviour": 58.6987,
        "external": 70.0,
    }  # fmt: skip


class TestCountMonths:
    """``count_months`` against ``periods.count_whole_months``."""

    @given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.integers(0, 4000))
    @settings(max_examples=300, deadline=None)
    def test_equals_the_scalar_rule(self, start: date, days: int) -> None:
        as_of = start + timedelta(days=days)
        (bulk,) = bulk_rating.count_months(pd.Series([start]), as_of=as_of)
        assert bulk == periods.count_whole_months(start, as_of)

    def test_an_unknown_day_has_no_age(self) -> None:
        assert np.isnan(bulk_rating.count_months([None], as_of=date(2025, 6, 30))[0])


class TestRoundLimits:
    """``round_limits`` against ``limits.round_limit``."""

    @given(st.lists(st.decimals(0, 100_000_000, places=2), min_size=1, max_size=20))
    @settings(max_examples=200, deadline=None)
    def test_equals_the_scalar_rule(self, amounts: list[Decimal]) -> None:
        bulk = bulk_rating.round_limits(np.array([float(amount) for amount in amounts]))
        for found, amount in zip(bulk, amounts, strict=True):
            assert found == float(limits.round_limit(amount, unit=Decimal(10_000)))

    def test_a_step_that_is_just_reached_is_kept(self) -> None:
        """0.8 × 625,000 is 500,000, whatever binary fractions say."""
        assert bulk_rating.round_limits(np.array([0.8 * 625_000, 999_999.99])).tolist() == [
            500_000.0,
            950_000.0,
        ]
