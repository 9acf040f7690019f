"""The bulk twins give what the scalar rules give: same value to 1e-9, same status, band and grade."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.domain import vectorised
from scoring.domain.grades import LADDER, get_terms, grade_score
from scoring.domain.models import five_c
from scoring.domain.models.altman import (
    FORMS,
    Z_1968,
    Z_DOUBLE_PRIME,
    Z_PRIME,
    compute_altman,
    route_altman,
)
from scoring.domain.models.bathory import compute_bathory
from scoring.domain.models.ohlson import compute_ohlson
from scoring.domain.models.risk_index import DEMO_MANUFACTURING, compute_risk_index
from scoring.domain.models.wall import compute_wall_modern
from scoring.domain.models.working_assets import compute_working_assets
from scoring.domain.profile import Profile
from scoring.domain.rating.composite import Components, RatingFacts, rate
from scoring.domain.rating.external import ExternalKind, Opinion, compute_external
from scoring.domain.rating.financial import DEFAULT_POLICY, FinancialPolicy, compute_financial
from scoring.domain.rating.overrides import BY_FLAG, Notch
from scoring.domain.results import ScoreResult
from scoring.domain.statements.derived import derive
from tests.scoring.domain.books import amounts, positive, read_cases, same, years

AS_OF = date(2025, 6, 30)

scores = st.one_of(
    st.none(),
    st.integers(0, 100).map(Decimal),
    st.decimals(0, 100, places=4, allow_nan=False),
)
steps = st.one_of(st.none(), st.just("NA"), st.integers(1, 5), st.integers(1, 5), st.integers(3, 5))


def assert_same(row: Any, scalar: ScoreResult) -> None:
    """Value, status and band are those of the scalar result."""
    assert row.status == scalar.status.value
    assert same(row.value, scalar.value)
    assert row.band == scalar.band


batches = st.lists(years, min_size=1, max_size=8)
quick = settings(max_examples=120, deadline=None)


class TestAltman:
    """``compute_altman`` of both sides, and the routed form."""

    @pytest.mark.parametrize("form", sorted(FORMS))
    @given(cases=batches, market_cap=st.one_of(st.none(), positive))
    @quick
    def test_equals_the_scalar_rule(
        self, form: str, cases: list[dict[str, Any]], market_cap: Decimal | None
    ) -> None:
        """Value, status and band are the same for every row, of every form."""
        books, scalar = read_cases(cases)
        given_cap = np.full(len(cases), np.nan if market_cap is None else float(market_cap))
        bulk = vectorised.compute_altman(
            form, books, market_cap=given_cap, x5_coefficient=float(Decimal("1.0"))
        )
        for row, (now, _, profile) in zip(bulk.itertuples(), scalar, strict=True):
            expected = compute_altman(
                form, now, profile=profile, market_cap=market_cap, x5_coefficient=Decimal(1)
            )
            assert_same(row, expected)
            for term in expected.terms:
                if term.input is not None:
                    assert same(getattr(row, term.name), term.input)

    @pytest.mark.parametrize(
        ("profile", "form"),
        [
            (Profile(industry="C34"), Z_PRIME),
            (Profile(industry="C34", is_listed=True), Z_1968),
            (Profile(industry="C34", is_listed=True, suspended_days=31), Z_PRIME),
            (Profile(industry="F51", is_listed=True), Z_DOUBLE_PRIME),
            (Profile(industry="J66"), None),
        ],
    )
    def test_routes_as_the_scalar_rule(self, profile: Profile, form: str | None) -> None:
        """A-5 and A-7: listing, suspension and industry choose the form."""
        frame = pd.DataFrame(
            {
                "is_scope_excluded": [profile.is_scope_excluded],
                "is_manufacturing": [profile.is_manufacturing],
                "is_listed": [profile.is_listed],
                "suspended_days": [profile.suspended_days],
            }
        )
        assert vectorised.route_altman(frame)[0] == form == route_altman(profile)

    def test_reproduces_the_worked_example(self) -> None:
        """Huaxin 2024 scores 3.9136 by Z″, 2.5153 by Z′ and 3.3130 by Z at 12,400 (Z-10 to Z-12)."""
        frame = pd.DataFrame(
            {
                "total_current_assets": 8800,
                "total_current_liabilities": 5450,
                "retained_earnings": 2930,
                "ebit": 1690,
                "total_assets": 15200,
                "total_liabilities": 7450,
                "total_equity": 7750,
                "revenue": 21500,
                "is_condensed": True,
                "is_manufacturing": [False, True, True],
                "is_listed": [False, False, True],
                "market_cap_now": [np.nan, np.nan, 12400],
            },
            index=["trader", "maker", "listed"],
        )
        result = vectorised.compute_routed(frame, vectorised.Books(frame))
        assert result["value"].round(4).to_list() == [3.9136, 2.5153, 3.3130]
        assert result["band"].to_list() == ["safe", "grey", "safe"]
        assert result["model"].to_list() == [Z_DOUBLE_PRIME, Z_PRIME, Z_1968]


class TestModels:
    """The other models of the financial component, and the first limit."""

    @pytest.mark.parametrize("variant", ["gcf", "ebitda"])
    @given(cases=batches)
    @quick
    def test_bathory_equals_the_scalar_rule(
        self, variant: str, cases: list[dict[str, Any]]
    ) -> None:
        books, scalar = read_cases(cases)
        bulk = vectorised.compute_bathory(books, variant=variant)
        for row, (now, prior, profile) in zip(bulk.itertuples(), scalar, strict=True):
            expected = compute_bathory(now, prior, profile=profile, variant=variant)
            assert_same(row, expected)
            for term in expected.terms:
                assert same(getattr(row, term.name), term.input)

    @given(
        cases=batches,
        rate=st.one_of(st.none(), st.decimals("0.1", 2, places=4)),
        level=st.integers(100, 700),
    )
    @quick
    def test_ohlson_equals_the_scalar_rule(
        self, cases: list[dict[str, Any]], rate: Decimal | None, level: int
    ) -> None:
        books, scalar = read_cases(cases)
        dollars = np.full(len(cases), np.nan if rate is None else float(rate))
        bulk = vectorised.compute_ohlson(books, usd_rate=dollars, price_index=float(level))
        for row, (now, prior, _) in zip(bulk.itertuples(), scalar, strict=True):
            assets = derive("total_assets", now).value
            expected = compute_ohlson(
                now,
                total_assets_usd=None if rate is None or assets is None else assets * rate,
                prior_net_profit=None if prior is None else prior.read("net_profit").value,
                price_index=Decimal(level),
            )
            assert_same(row, expected)
            assert same(row.probability, expected.probability)

    @given(cases=batches, mean_pd=st.decimals("0.001", "0.3", places=3))
    @quick
    def test_the_risk_index_equals_the_scalar_rule(
        self, cases: list[dict[str, Any]], mean_pd: Decimal
    ) -> None:
        books, scalar = read_cases(cases)
        bulk = vectorised.compute_risk_index(books, mean_pd=float(mean_pd))
        for row, (now, prior, _) in zip(bulk.itertuples(), scalar, strict=True):
            expected = compute_risk_index(now, prior, mean_pd=mean_pd)
            assert_same(row, expected)
            assert same(row.strength, expected.strength)
            assert same(row.coverage, expected.coverage)
            assert same(row.pd, expected.pd)
            for line in DEMO_MANUFACTURING:
                points = expected.indicator_scores.get(line.indicator)
                assert same(getattr(row, f"score_{line.indicator}"), points)

    @given(cases=batches)
    @quick
    def test_wall_equals_the_scalar_rule(self, cases: list[dict[str, Any]]) -> None:
        books, scalar = read_cases(cases)
        bulk = vectorised.compute_wall_modern(books)
        for row, (now, prior, _) in zip(bulk.itertuples(), scalar, strict=True):
            expected = compute_wall_modern(now, prior)
            assert_same(row, expected)
            for term in expected.terms:
                assert same(getattr(row, f"points_{term.name}"), term.contribution)

    @given(
        cases=batches,
        trust=st.sampled_from(["1", "0.6", "0.4"]),
        age=st.sampled_from([6, 19]),
        offset=st.sampled_from(["0", "0.25"]),
    )
    @quick
    def test_working_assets_equal_the_scalar_rule(
        self, cases: list[dict[str, Any]], trust: str, age: int, offset: str
    ) -> None:
        books, scalar = read_cases(cases)
        size = len(cases)
        bulk = vectorised.compute_working_assets(
            books,
            reliability=np.full(size, float(trust)),
            age_months=np.full(size, float(age)),
            offset=float(offset),
        )
        for row, (now, _, profile) in zip(bulk.itertuples(), scalar, strict=True):
            expected = compute_working_assets(
                now,
                profile=profile,
                reliability=Decimal(trust),
                age_months=age,
                industry_offset=Decimal(offset),
            )
            assert row.status == expected.status.value
            assert same(row.value, expected.value)
            assert same(row.limit, expected.limit)
            assert same(row.percentage, expected.percentage)
            assert same(row.net_worth, derive("net_worth", now).value)
            if expected.value is not None:
                assert (row.band, row.is_weak) == (expected.band, expected.is_weak)


class TestFinancial:
    """``compute_financial`` of both sides."""

    subscores = st.fixed_dictionaries(
        dict.fromkeys(("z", "cri", "bathory", "ohlson", "wall"), scores)
    )

    @given(
        st.lists(
            st.tuples(
                subscores,
                st.sampled_from(["1", "0.95", "0.8", "0.75", "0.6", "0.48", "0.4", "0"]),
                st.integers(0, 24),
            ),
            min_size=1,
            max_size=12,
        ),
        st.sampled_from([DEFAULT_POLICY, FinancialPolicy(weights={"z": Decimal(100)})]),
    )
    @quick
    def test_equals_the_scalar_rule(
        self, cases: list[tuple[Any, str, int]], policy: FinancialPolicy
    ) -> None:
        columns = {
            name: np.array([np.nan if c[name] is None else float(c[name]) for c, _, _ in cases])
            for name in ("z", "cri", "bathory", "ohlson", "wall")
        }
        bulk = vectorised.compute_financial(
            columns,
            reliability=np.array([float(trust) for _, trust, _ in cases]),
            age_months=np.array([float(age) for _, _, age in cases]),
            policy=policy,
        )
        for row, (each, trust, age) in zip(bulk.itertuples(), cases, strict=True):
            expected = compute_financial(
                each, reliability=Decimal(trust), age_months=age, policy=policy
            )
            assert same(row.value, expected.value)
            assert row.status == expected.status.value

    def test_reads_the_curve_of_the_routed_form(self) -> None:
        """Z′ of 2.5153 is 59.2410 points (G-01), a Z″ of 2.6 is 60."""
        z = pd.DataFrame({"model": [Z_PRIME, Z_DOUBLE_PRIME, None], "value": [2.5153, 2.6, np.nan]})
        none = pd.DataFrame({"value": [np.nan] * 3, "strength": np.nan, "probability": np.nan})
        found = vectorised.map_subscores(
            z=z, risk_index=none, bathory=none, ohlson=none, wall_modern=none
        )
        assert found["z"].round(4).tolist()[:2] == [59.2410, 60.0]
        assert np.isnan(found["z"][2])


class TestExternal:
    """``compute_external`` of both sides."""

    opinions = st.lists(
        st.tuples(
            st.integers(1, 3),
            st.sampled_from(
                [
                    ("AGENCY_GRADE", "A+"), ("AGENCY_GRADE", "CCC"), ("PAYDEX", "76"),
                    ("RISK_INDICATOR", "3"), ("INSURER", "PARTIAL"), ("RISK_INDEX", "RI6"),
                ]
            ),
            st.dates(date(2023, 1, 1), date(2025, 12, 31)),
        ),
        max_size=12,
    )  # fmt: skip

    @given(opinions)
    @quick
    def test_equals_the_scalar_rule(self, given_opinions: list[Any]) -> None:
        frame = pd.DataFrame(
            [(who, kind, word, dated) for who, (kind, word), dated in given_opinions],
            columns=["customer_id", "kind", "opinion", "dated"],
        )
        bulk = vectorised.compute_external(frame, as_of=AS_OF, customer_ids=[1, 2, 3])
        for who in (1, 2, 3):
            mine = [
                Opinion(ExternalKind(kind), word, dated)
                for owner, (kind, word), dated in given_opinions
                if owner == who
            ]
            assert same(bulk.loc[who, "value"], compute_external(mine, as_of=AS_OF))

    def test_what_no_source_says_is_no_opinion(self) -> None:
        frame = pd.DataFrame(
            [(1, "AGENCY_GRADE", "Platinum", AS_OF)],
            columns=["customer_id", "kind", "opinion", "dated"],
        )
        found = vectorised.compute_external(frame, as_of=AS_OF, customer_ids=[1])
        assert np.isnan(found.loc[1, "value"])


class TestFiveC:
    """``vectorised.score_five_c`` against ``five_c.score_five_c``."""

    @given(
        st.lists(
            st.tuples(
                st.lists(steps, min_size=25, max_size=25),
                st.lists(st.booleans(), min_size=25, max_size=25),
            ),
            min_size=1,
            max_size=12,
        )
    )
    @settings(max_examples=150, deadline=None)
    def test_equals_the_scalar_rule(self, cases: list[tuple[list[Any], list[bool]]]) -> None:
        """Value, status, band, coverage and veto are the same for every row."""
        names = [indicator for part in five_c.PARTS.values() for indicator in part]
        frame = pd.DataFrame(
            [[0 if s == "NA" else s for s in given_steps] for given_steps, _ in cases],
            columns=names,
            dtype=float,
        )
        lacking = pd.DataFrame([flags for _, flags in cases], columns=names)
        result = vectorised.score_five_c(frame, unsupported=lacking)
        for row, (given_steps, flags) in zip(result.itertuples(), cases, strict=True):
            answers = {part: given_steps[5 * n : 5 * n + 5] for n, part in enumerate(five_c.PARTS)}
            unsupported = [name for name, flag in zip(names, flags, strict=True) if flag]
            scalar = five_c.score_five_c(answers, unsupported=unsupported)
            assert (row.status, row.band) == (scalar.status.value, scalar.band)
            assert same(row.value, scalar.value)
            assert same(row.coverage, scalar.coverage)
            assert row.has_veto == scalar.has_veto


class TestRate:
    """``vectorised.rate`` against ``composite.rate``."""

    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "financial": scores,
                    "behaviour": scores,
                    "qualitative": scores,
                    "external": scores,
                    "has_item_over_90_days": st.booleans(),
                    "has_five_c_veto": st.sampled_from([False, False, True]),
                    "has_adverse_opinion": st.sampled_from([False, False, True]),
                    "age_months": st.one_of(st.none(), st.integers(0, 40)),
                    "net_worth": amounts,
                    "reliability": st.sampled_from([None, Decimal("0.6"), Decimal("0.75")]),
                    "is_shell": st.sampled_from([False, False, True]),
                    "flags": st.one_of(
                        st.just(frozenset()),
                        st.frozensets(st.sampled_from(sorted(BY_FLAG)), max_size=3),
                    ),
                    "notches": st.lists(
                        st.sampled_from(
                            [
                                Notch("NOTCH-1", parent_grade="AA"),
                                Notch("NOTCH-2", parent_grade="BB-"),
                                Notch("NOTCH-3", None, 2, "order book", date(2025, 9, 30)),
                                Notch("NOTCH-3", None, -4, "too late", date(2025, 6, 30)),
                            ]
                        ),
                        max_size=2,
                    ).map(tuple),
                }
            ),
            min_size=1,
            max_size=12,
        )
    )
    @settings(max_examples=150, deadline=None)
    def test_equals_the_scalar_rule(self, cases: list[dict[str, Any]]) -> None:
        """Score, grade, binding rule, PD and measures are the same for every row."""
        frame = pd.DataFrame(cases)
        result = vectorised.rate(frame, as_of=AS_OF)
        for row, case in zip(result.itertuples(), cases, strict=True):
            names = ("financial", "behaviour", "qualitative", "external")
            facts = RatingFacts(**{k: v for k, v in case.items() if k not in names})
            scalar = rate(Components(**{n: case[n] for n in names}), facts, as_of=AS_OF)
            assert same(row.score, scalar.score)
            assert row.grade == scalar.grade
            assert row.grade_before_caps == scalar.grade_before_caps
            assert row.risk_class == scalar.risk_class
            assert row.binding == scalar.binding
            assert row.status == scalar.status.value
            assert row.is_trading_blocked == scalar.is_trading_blocked
            assert row.is_limit_zero == scalar.is_limit_zero
            assert same(row.pd_12m, scalar.pd_12m)
            factor = get_terms(scalar.grade).limit_factor if scalar.grade else None
            assert same(row.limit_factor, factor)

    def test_works_without_optional_columns(self) -> None:
        """Components alone are enough."""
        result = vectorised.rate(pd.DataFrame({"financial": [70.0], "behaviour": [70.0]}))
        assert list(result["grade"]) == ["A-"]

    @given(st.decimals(0, 100, places=6))
    def test_ranks_every_score_alike(self, score: Decimal) -> None:
        """A score reads as the same grade in bulk."""
        assert LADDER[vectorised.rank_scores(np.array([float(score)]))[0]] == grade_score(score)
