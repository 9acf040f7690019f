"""Payment behaviour: pieces, terms, the hard trigger, and the bulk twin against the scalar rule."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.payment.behaviour import (
    BehaviourFacts,
    BehaviourPolicy,
    BehaviourResult,
    Piece,
    get_band,
    score_behaviour,
    score_paydex,
    split_into_pieces,
)
from scoring.domain.payment.behaviour_bulk import PIECE_COLUMNS, score_behaviour_bulk
from scoring.domain.results import Status

T = date(2025, 6, 30)


def piece(amount: int, days: int, ago: int = 10, *, is_open: bool = False) -> Piece:
    return Piece(Decimal(amount), days, T - timedelta(days=ago), is_open)


def score(*pieces: Piece, **facts: Any) -> BehaviourResult:
    return score_behaviour(BehaviourFacts(pieces, **facts), as_of=T)


class TestSplitIntoPieces:
    def split(self, *payments: tuple[int, date], due: date = date(2025, 5, 31)) -> list[Piece]:
        parts = [(Decimal(amount), day) for amount, day in payments]
        return split_into_pieces(Decimal(100), due, parts, as_of=T)

    def test_leaves_out_what_is_open_and_not_yet_due(self) -> None:
        assert self.split(due=T) == []
        assert self.split(due=date(2025, 7, 1)) == []

    def test_counts_an_open_item_from_the_day_after_its_due_date(self) -> None:
        assert self.split(due=date(2025, 6, 29)) == [Piece(Decimal(100), 1, T, True)]

    def test_takes_partial_payments_apart(self) -> None:
        found = self.split((60, date(2025, 5, 21)), (30, date(2025, 6, 10)))
        assert [(p.amount, p.days_beyond_terms, p.is_censored) for p in found] == [
            (60, -10, False),
            (30, 10, False),
            (10, 30, True),
        ]

    def test_does_not_know_what_is_paid_later(self) -> None:
        assert self.split((100, date(2025, 7, 1))) == [Piece(Decimal(100), 30, T, True)]

    def test_ends_the_window_a_year_back(self) -> None:
        due = date(2024, 6, 1)
        assert self.split((100, date(2024, 6, 30)), due=due) == []
        assert len(self.split((100, date(2024, 7, 1)), due=due)) == 1


class TestScorePaydex:
    def test_never_rises_with_delay(self) -> None:
        points = [score_paydex(day) for day in range(-60, 240)]
        assert points == sorted(points, reverse=True)
        assert (points[0], points[-1]) == (100, 0)


class TestScoreBehaviour:
    def test_gives_nothing_without_pieces(self) -> None:
        found = score()
        assert (found.value, found.status, found.missing) == (
            None,
            Status.MISSING_INPUT,
            ("pieces",),
        )

    def test_draws_a_thin_file_towards_sixty(self) -> None:
        # One piece on its due date: pdx 80 → 100, on time 100, worst 100; the rest unknown.
        found = score(piece(100, 0))
        assert found.pbs_raw == 100
        assert found.value == (1 * Decimal(100) + 5 * Decimal(60)) / 6
        assert found.missing == ("trend", "promise", "dispute")

    def test_terms_add_up_to_the_value(self) -> None:
        found = score(
            *(piece(100 + n, 7 * n, 30 * n) for n in range(8)),
            promises_kept=2,
            promises_broken=1,
            unjustified_dispute_ratio=Decimal("0.02"),
        )
        assert found.value is not None
        total = sum(t.contribution for t in found.terms if t.contribution is not None)
        assert abs(total - found.value) < Decimal("1e-20")
        assert not found.missing

    def test_caps_at_39_on_a_large_piece_over_90_days(self) -> None:
        good = [piece(100_000, 0) for _ in range(20)]
        found = score(*good, piece(10_000, 91, 0, is_open=True))
        assert (found.value, found.band, found.status) == (39, "critical", Status.OK_WITH_GUARD)
        assert [r.params["rule"] for r in found.reasons if r.code == "LONG_OVERDUE_ITEM"] == [
            "CAP-04"
        ]
        total = sum(t.contribution for t in found.terms if t.contribution is not None)
        assert abs(total - 39) < Decimal("1e-20")

    @pytest.mark.parametrize(
        ("amount", "days", "is_open", "limit"),
        [
            (9_999, 91, True, None),  # too small
            (10_000, 90, True, None),  # not over 90 days
            (10_000, 200, False, None),  # paid meanwhile
            (10_000, 200, True, Decimal(1_100_000)),  # under 1 % of the limit
        ],
    )
    def test_does_not_cap_on_less(
        self, amount: int, days: int, is_open: bool, limit: Decimal | None
    ) -> None:
        found = score(piece(amount, days, 0, is_open=is_open), limit=limit)
        assert not found.has_hard_trigger

    def test_says_when_it_gets_worse(self) -> None:
        older, recent = [piece(100, 0, 200)] * 2, [piece(100, 11, 10)] * 2
        found = score(*older, *recent)
        assert (found.trend_days, found.is_deteriorating) == (11, True)
        assert not score(*older, *[piece(100, 10, 10)] * 2).is_deteriorating

    def test_the_ninetieth_day_is_recent_the_ninety_first_older(self) -> None:
        found = score(piece(1, 4, 90), piece(1, 4, 90), piece(1, 2, 91), piece(1, 2, 91))
        assert (found.late_recent, found.late_older) == (4, 2)

    def test_tells_how_long_bills_run_without_scoring_it(self) -> None:
        bill = Piece(Decimal(100), 0, T, bill_tenor_days=180)
        found = score(bill, piece(100, 0))
        assert found.bill_tenor_days == 90
        assert found.value == score(piece(100, 0), piece(100, 0)).value

    @pytest.mark.parametrize(
        ("value", "band"),
        [
            ("85", "excellent"),
            ("70", "good"),
            ("55", "fair"),
            ("40", "poor"),
            ("39.99", "critical"),
        ],
    )
    def test_names_bands_from_their_lower_bound(self, value: str, band: str) -> None:
        assert get_band(Decimal(value)) == band


pieces = st.builds(
    Piece,
    amount=st.decimals(min_value="0.01", max_value="5000000", places=2),
    days_beyond_terms=st.integers(-90, 400),
    event_date=st.integers(0, 364).map(lambda ago: T - timedelta(days=ago)),
    is_censored=st.booleans(),
)
customers = st.lists(
    st.builds(
        BehaviourFacts,
        pieces=st.lists(pieces, max_size=12),
        promises_kept=st.integers(0, 3),
        promises_broken=st.integers(0, 3),
        unjustified_dispute_ratio=st.none() | st.decimals(min_value=0, max_value="0.3", places=4),
        limit=st.none() | st.decimals(min_value=0, max_value="100000000", places=2),
    ),
    min_size=1,
    max_size=6,
)


class TestProperties:
    @given(st.lists(pieces, min_size=1, max_size=10))
    def test_lies_in_range_and_ignores_the_currency_unit(self, given_pieces: list[Piece]) -> None:
        policy = BehaviourPolicy(trigger_amount=Decimal(0))
        found = score_behaviour(BehaviourFacts(given_pieces), as_of=T, policy=policy)
        assert found.value is not None
        assert 0 <= found.value <= 100
        scaled = [
            Piece(p.amount * 10_000, p.days_beyond_terms, p.event_date, p.is_censored)
            for p in given_pieces
        ]
        again = score_behaviour(BehaviourFacts(scaled), as_of=T, policy=policy)
        assert again.value is not None
        assert abs(found.value - again.value) < Decimal("1e-9")

    @given(st.lists(pieces, min_size=1, max_size=8), st.integers(1, 60))
    def test_paying_everything_later_never_helps(self, early: list[Piece], delay: int) -> None:
        late = [
            Piece(p.amount, p.days_beyond_terms + delay, p.event_date, p.is_censored) for p in early
        ]
        # Without the trend, which compares a customer with itself.
        policy = BehaviourPolicy(min_trend_pieces=1_000)
        before = score_behaviour(BehaviourFacts(early), as_of=T, policy=policy).value
        after = score_behaviour(BehaviourFacts(late), as_of=T, policy=policy).value
        assert before is not None
        assert after is not None
        assert after <= before + Decimal("1e-9")


def as_columns(facts: list[BehaviourFacts]) -> tuple[pd.DataFrame, ...]:
    rows = [
        (number, float(p.amount), p.days_beyond_terms, p.event_date.toordinal(), p.is_censored)
        for number, one in enumerate(facts)
        for p in one.pieces
    ]
    numbers = range(len(facts))
    promises = pd.DataFrame(
        {
            "kept": [one.promises_kept for one in facts],
            "broken": [one.promises_broken for one in facts],
        },
        index=numbers,
    )
    ratios = [one.unjustified_dispute_ratio for one in facts]
    disputes = pd.DataFrame(
        {"ratio": [np.nan if ratio is None else float(ratio) for ratio in ratios]}, index=numbers
    )
    return pd.DataFrame(rows, columns=list(PIECE_COLUMNS)), promises, disputes


NAMES = {
    "value": "value",
    "raw": "pbs_raw",
    "wadbt": "wadbt",
    "adl": "adl",
    "pdx": "pdx",
    "pdx_of_mean": "pdx_of_mean",
    "on_time": "on_time_pct",
    "worst": "worst_delay",
    "trend": "trend_days",
    "promise_kept": "promise_kept",
    "dispute_ratio": "dispute_ratio",
}


class TestScoreBehaviourBulk:
    @given(customers)
    def test_agrees_with_the_scalar_rule(self, facts: list[BehaviourFacts]) -> None:
        limits = pd.Series([float(one.limit or 0) for one in facts], index=range(len(facts)))
        found = score_behaviour_bulk(
            *as_columns(facts), as_of=T, limits=limits, customer_ids=pd.Index(range(len(facts)))
        )
        for number, one in enumerate(facts):
            row, scalar = found.loc[number], score_behaviour(one, as_of=T)
            assert row["status"] == scalar.status
            if scalar.value is None:
                assert np.isnan(row["value"])
                continue
            assert (row["band"], row["n"]) == (scalar.band, scalar.n)
            assert row["is_deteriorating"] == scalar.is_deteriorating
            assert row["has_hard_trigger"] == scalar.has_hard_trigger
            for column, name in NAMES.items():
                expected = getattr(scalar, name)
                if expected is None:
                    assert np.isnan(row[column]), name
                else:
                    assert row[column] == pytest.approx(float(expected), abs=1e-9, rel=1e-9), name

    def test_answers_for_those_with_pieces_when_nobody_is_named(self) -> None:
        columns, _promises, _disputes = as_columns(
            [BehaviourFacts(), BehaviourFacts([piece(1, 0)])]
        )
        found = score_behaviour_bulk(columns, as_of=T)
        assert list(found.index) == [1]
        assert found.loc[1, "value"] == pytest.approx(400 / 6)

    def test_answers_an_empty_portfolio(self) -> None:
        found = score_behaviour_bulk(*as_columns([]), as_of=T)
        assert found.empty
        assert {"value", "status", "band"} <= set(found.columns)
