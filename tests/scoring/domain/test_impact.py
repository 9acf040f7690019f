"""Two conclusions side by side: matrix, movers, sums; figures made up so that each can be seen."""

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from scoring.domain.rating.composite import COMPONENTS
from scoring.domain.rating.impact import KEPT, Impact, measure_impact

WEIGHTS = {"financial": Decimal(50), "behaviour": Decimal(50)}


def side(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of (id, grade, score, pd, limit, financial, behaviour)."""
    frame = pd.DataFrame(
        [
            {
                "id": number, "grade": grade, "score": score, "pd_12m": pd_, "suggested_limit": limit,
                "financial": financial, "behaviour": behaviour,
            }
            for number, grade, score, pd_, limit, financial, behaviour in rows
        ]
    ).set_index("id")  # fmt: skip
    return frame.reindex(columns=list(KEPT)).astype(dict.fromkeys(COMPONENTS, float))


def measure(before: pd.DataFrame, after: pd.DataFrame, **changes: Any) -> Impact:
    given: dict[str, Any] = {
        "weights_before": WEIGHTS,
        "weights_after": WEIGHTS,
        "currency": pd.Series("CNY", index=before.index),
        "to_cny": pd.Series(1.0, index=before.index),
        "owed": pd.Series({1: 1000.0, 2: -50.0}, dtype=float),
        "lgd_before": Decimal("0.5"),
        "lgd_after": Decimal("0.5"),
    }
    return measure_impact(before, after, **(given | changes))


BEFORE = side(
    (1, "BBB", 65.0, 0.02, 100_000, 60, 70),
    (2, "A-", 71.0, 0.01, 50_000, 71, 71),
    (3, "", None, None, None, None, None),
    (4, "B", 45.0, 0.1, 0, 45, 45),
)
AFTER = side(
    (1, "BB+", 59.0, 0.04, 80_000, 48, 70),
    (2, "A", 74.0, 0.01, 50_000, 77, 71),
    (3, "CCC", 35.0, 0.2, 0, 35, 35),
    (4, "B", 45.0, 0.1, 10_000, 45, 45),
)


class TestMeasureImpact:
    def test_counts_letters_modifiers_and_limits_apart(self) -> None:
        impact = measure(BEFORE, AFTER)
        assert (impact.upgraded, impact.downgraded, impact.shifted) == (0, 1, 1)
        assert (impact.only_limit, impact.moved) == (1, 4)
        assert (impact.rated_before, impact.rated_after) == (3, 4)
        assert impact.matrix == {
            ("A", "A"): 1, ("BBB", "BB"): 1, ("B", "B"): 1, ("", "CCC"): 1,
        }  # fmt: skip

    def test_names_the_component_whose_share_moved_most(self) -> None:
        movers = {mover.customer_id: mover for mover in measure(BEFORE, AFTER).movers}
        assert (movers[1].component, movers[1].points) == ("financial", Decimal("-6.0000"))
        assert (movers[2].component, movers[2].points) == ("financial", Decimal("3.0000"))
        assert (movers[4].component, movers[4].points) == ("", None)
        assert movers[1].change == Decimal("-6.0000")
        assert movers[3].change is None

    def test_missing_components_pass_their_weight_on(self) -> None:
        """Only behaviour is there: it is the whole score, whatever it weighs."""
        before = side((1, "BBB", 65.0, 0.02, None, None, 65))
        after = side((1, "BB", 55.0, 0.03, None, None, 55))
        mover = measure(before, after).movers[0]
        assert (mover.component, mover.points) == ("behaviour", Decimal("-10.0000"))

    def test_weights_alone_move_shares(self) -> None:
        after = {"financial": Decimal(20), "behaviour": Decimal(80)}
        moved = side((1, "BBB+", 68.0, 0.02, 100_000, 60, 70))
        mover = measure(BEFORE.loc[[1]], moved, weights_after=after).movers[0]
        assert (mover.component, mover.points) == ("behaviour", Decimal("21.0000"))

    def test_sums_are_in_cny_and_loss_is_of_what_is_owed(self) -> None:
        """100,000 × 7 + 50,000 before, 80,000 × 7 + 50,000 + 10,000 after; loss .5 × PD × 1,000."""
        rates = pd.Series({1: 7.0, 2: 1.0, 3: 1.0, 4: 1.0})
        impact = measure(BEFORE, AFTER, to_cny=rates)
        assert (impact.limit_before, impact.limit_after) == (
            Decimal("750000.00"), Decimal("620000.00"),
        )  # fmt: skip
        assert impact.owed == Decimal("1000.00")  # a credit balance is no debt
        assert (impact.loss_before, impact.loss_after) == (Decimal("10.00"), Decimal("20.00"))

    def test_limits_without_a_rate_are_left_out_and_counted(self) -> None:
        rates = pd.Series({1: float("nan"), 2: 1.0, 3: 1.0, 4: 1.0})
        impact = measure(BEFORE, AFTER, to_cny=rates, without_rate=2)
        assert (impact.limit_before, impact.without_rate) == (Decimal("50000.00"), 3)

    def test_those_who_move_furthest_come_first(self) -> None:
        assert [mover.customer_id for mover in measure(BEFORE, AFTER).movers] == [1, 2, 3, 4]

    def test_the_same_twice_moves_nobody(self) -> None:
        impact = measure(BEFORE, BEFORE)
        assert (impact.moved, impact.movers) == (0, ())
        assert impact.loss_before == impact.loss_after

    @pytest.mark.parametrize("size", [1, 3])
    def test_at_most_so_many_movers_are_kept(
        self, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("scoring.domain.rating.impact.MOST_MOVERS", size)
        impact = measure(BEFORE, AFTER)
        assert (len(impact.movers), impact.moved) == (size, 4)
