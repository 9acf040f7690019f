"""What must hold for every model: better figures, other units, and figures that nobody expects."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.domain.models import five_c
from scoring.domain.models.model_notes import MODEL_NOTES
from scoring.domain.profile import Profile
from scoring.domain.results import Status
from scoring.domain.statements.items import ITEMS
from scoring.domain.statements.statements import AuditOpinion, Statement
from scoring.domain.statements.years import rescale

from .firms import ANSWERS, RATINGS, WAN, D, audited, books, evaluate, four, huaxin

SIZED = {"ohlson_o", "fulmer_h"}


class TestUnits:
    """Money in another unit is the same money."""

    def test_yuan_and_ten_thousands_give_the_same(self) -> None:
        in_wan = evaluate(characteristic_ratings=RATINGS)
        in_yuan = evaluate(
            [rescale(s, WAN) for s in (audited(), *huaxin()[1:])],
            unit=D(1),
            characteristic_ratings=RATINGS,
        )
        for code, result in in_wan.models.items():
            other = in_yuan.models[code]
            assert (four(result.value), result.status, result.band) == (
                four(other.value), other.status, other.band,
            )  # fmt: skip
        assert in_wan.suggested_limit == in_yuan.suggested_limit
        assert in_wan.composite.grade == in_yuan.composite.grade

    @given(factor=st.decimals("0.001", "1e6", places=3))
    @settings(max_examples=25, deadline=None)
    def test_only_the_size_terms_know_how_large_a_firm_is(self, factor: Decimal) -> None:
        one, other = (
            evaluate().models,
            evaluate([rescale(s, factor) for s in (audited(), *huaxin()[1:])]).models,
        )
        for code, result in one.items():
            if code not in SIZED:
                assert _terms(result) == _terms(other[code]), code
        for code, name in (("ohlson_o", "size"), ("fulmer_h", "v7")):
            moved = [
                a.name
                for a, b in zip(one[code].terms, other[code].terms, strict=True)
                if round(a.input or 0, 9) != round(b.input or 0, 9)
            ]
            assert moved in ([name], [] if factor == 1 else [name])


def _terms(result: Any) -> list[tuple[str, Decimal]]:
    # The change of capital is told in money; its sign alone counts.
    return [(t.name, round(t.contribution, 12)) for t in result.terms if t.contribution is not None]


figures = st.one_of(
    st.just(D(0)),
    st.decimals("-1e3", "1e3", places=2),
    st.decimals("-1e25", "1e25", places=2),
    st.decimals("-1e-9", "1e-9", places=12),
)
NAMES = sorted(name for name in ITEMS)


@st.composite
def hostile_statements(draw: st.DrawFn) -> list[Statement]:
    """Draw one to three statements in which anything may be missing, zero, negative or huge."""
    made = []
    for year in range(2024, 2024 - draw(st.integers(1, 3)), -1):
        base = draw(st.sampled_from(["huaxin_2024", "beichen_2024", "none"]))
        items = {} if base == "none" else dict(books(base).items)
        items |= draw(st.dictionaries(st.sampled_from(NAMES), figures, max_size=12))
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=6)):
            items.pop(name, None)
        made.append(
            Statement(
                items,
                period_end=date(year, draw(st.sampled_from([6, 12])), 30),
                months=draw(st.integers(1, 18)),
                currency=draw(st.sampled_from(["CNY", "USD", "XYZ"])),
                audit_opinion=draw(st.sampled_from(list(AuditOpinion))),
                is_complete=draw(st.booleans()),
                is_consolidated=draw(st.booleans()),
                is_non_comparable=draw(st.booleans()),
            )
        )
    return made


class TestHostileInput:
    """Never a crash, never a silent number."""

    @given(statements=hostile_statements(), industry=st.sampled_from(["C34", "F51", "J66", ""]))
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_no_figures_crash_it_or_get_a_value_by_accident(
        self, statements: list[Statement], industry: str
    ) -> None:
        evaluation = evaluate(statements, profile=Profile(industry=industry, is_listed=True))
        for code, result in evaluation.models.items():
            assert result.status in Status, code
            assert (result.value is not None) is result.status.has_value, code
            assert (result.band is not None) is (result.value is not None) or code in (
                "wall_traditional", "wall_modern",
            )  # fmt: skip
            if result.value is None:
                assert result.missing or result.reasons or result.inputs_used, code
            else:
                assert result.value.is_finite(), code
        score = evaluation.composite.score
        assert score is None or 0 <= score <= 100
        assert evaluation.suggested_limit is None or evaluation.suggested_limit >= 0


# The item that moves a ratio of a model, whether more of it is better, and from where to where.
MOVES = [
    ("altman_z_prime", "profit_before_tax", True, (-5000, 5000)),
    ("altman_z_prime", "revenue", True, (0, 50_000)),
    ("altman_z_double_prime", "undistributed_profit", True, (-5000, 5000)),
    ("altman_em", "total_current_assets", True, (0, 15_000)),
    ("ohlson_o", "net_profit", True, (-5000, 5000)),
    # Under negative working capital Bathory's guard takes profit and loss alike as a weakness.
    ("bathory", "profit_before_tax", True, (-5000, 5000)),
    ("bathory", "total_equity", True, (-5000, 15_000)),
    ("bathory", "depreciation", True, (0, 5000)),
    ("working_assets", "inventories", False, (0, 8000)),
    ("working_assets", "total_equity", True, (1, 15_000)),
    ("credit_risk_index", "net_profit", True, (-5000, 5000)),
    ("credit_risk_index", "inventories", False, (0, 8000)),
    ("credit_risk_index", "total_equity", True, (-5000, 15_000)),
    ("wall_traditional", "revenue", True, (1, 90_000)),
    ("wall_traditional", "total_current_assets", True, (1, 15_000)),
    ("wall_modern", "net_profit", True, (-5000, 5000)),
    ("wall_modern", "profit_before_tax", True, (-5000, 5000)),
]


class TestBetterFigure:
    """A better figure never lowers the score of its model; a risk falls instead."""

    @pytest.mark.parametrize(("code", "item", "is_better", "span"), MOVES)
    @given(data=st.data())
    @settings(max_examples=30, deadline=None)
    def test_never_lowers_the_score(
        self, code: str, item: str, is_better: bool, span: tuple[int, int], data: st.DataObject
    ) -> None:
        figures_drawn = st.decimals(*span, places=2)
        low, high = sorted((data.draw(figures_drawn), data.draw(figures_drawn)))
        worse, better = (
            evaluate([audited(**{item: figure}), *huaxin()[1:]], models=[code]).models[code].value
            for figure in ((low, high) if is_better else (high, low))
        )
        if worse is None or better is None:
            return
        gain = better - worse if MODEL_NOTES[code].is_higher_better else worse - better
        assert gain >= -D("1e-15")

    @given(place=st.sampled_from([(part, n) for part in five_c.PARTS for n in range(5)]))
    def test_better_answer_never_lowers_the_5c(self, place: tuple[str, int]) -> None:
        part, n = place
        steps = list(ANSWERS[part])
        step = steps[n]
        if not isinstance(step, int) or step == 5:
            return
        steps[n] = step + 1
        before = evaluate(five_c_answers=ANSWERS).models["five_c"].value
        after = evaluate(five_c_answers={**ANSWERS, part: steps}).models["five_c"].value
        assert before is not None
        assert after is not None
        assert after > before
