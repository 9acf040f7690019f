"""Zmijewski, Springate, Taffler, Fulmer, Piotroski: published figures, guards, and what must hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.models.fulmer import compute_fulmer
from scoring.domain.models.piotroski import SIGNALS, compute_piotroski
from scoring.domain.models.springate import compute_springate
from scoring.domain.models.taffler import compute_taffler
from scoring.domain.models.zmijewski import compute_zmijewski, to_normal_probability
from scoring.domain.profile import Profile
from scoring.domain.results import ScoreResult, Status
from scoring.domain.statements.statements import Statement

from .firms import D, books, fixtures, huaxin

USD = D(10_000) / D("7.20")
BANK = Profile(industry="J66")
amounts = st.decimals("-1e9", "1e9", places=2)
positive = st.decimals("0.01", "1e9", places=2)


def fulmer(statement: Statement, profile: Profile | None = None) -> ScoreResult:
    """Compute H with tangible assets in dollars at 7.20, figures in 10,000."""
    read = statement.read("total_assets").value, statement.read("intangible_assets").value
    usd = None if None in read else (read[0] - read[1]) * USD  # type: ignore[operator]
    return compute_fulmer(statement, tangible_assets_usd=usd, profile=profile)


ONE_YEAR: dict[str, Callable[[Statement], ScoreResult]] = {
    "zmijewski": compute_zmijewski,
    "springate": compute_springate,
    "taffler_1983": compute_taffler,
    "fulmer_h": fulmer,
}


def changed(**changes: object) -> Statement:
    return books("huaxin_2024", **changes)


class TestEveryModel:
    """What the four models of one year share."""

    @pytest.mark.parametrize(
        ("code", "firm", "value", "band"),
        [
            ("zmijewski", "huaxin_2024", "-1.9246", "pass"),
            ("zmijewski", "beichen_2024", "2.7489", "distress"),
            ("springate", "huaxin_2024", "1.3158", "pass"),
            ("springate", "beichen_2024", "-0.2271", "fail"),
            ("taffler_1983", "huaxin_2024", "5.8460", "solvent"),
            ("taffler_1983", "beichen_2024", "-12.7512", "at_risk"),
        ],
    )
    def test_gives_the_worked_examples(self, code: str, firm: str, value: str, band: str) -> None:
        result = ONE_YEAR[code](books(firm))
        assert result.value is not None
        assert (round(result.value, 4), result.band) == (D(value), band)

    @pytest.mark.parametrize("code", ONE_YEAR)
    def test_terms_add_up_to_the_value(self, code: str) -> None:
        result = ONE_YEAR[code](books())
        assert sum(t.contribution for t in result.terms if t.contribution is not None) == (
            result.value
        )
        assert all(t.contribution == t.input * t.weight for t in result.terms if t.input)

    @pytest.mark.parametrize("code", ONE_YEAR)
    @pytest.mark.parametrize("item", ["total_assets", "total_current_liabilities"])
    def test_missing_figure_is_named_and_gives_no_value(self, code: str, item: str) -> None:
        result = ONE_YEAR[code](changed(**{item: None}))
        assert (result.value, result.status) == (None, Status.MISSING_INPUT)
        assert item in result.missing
        assert item not in result.inputs_used
        assert result.inputs_used

    @pytest.mark.parametrize(
        ("code", "item"),
        [
            ("zmijewski", "total_assets"),
            ("zmijewski", "total_current_liabilities"),
            ("springate", "total_assets"),
            ("springate", "total_current_liabilities"),
            ("taffler_1983", "total_assets"),
            ("taffler_1983", "total_liabilities"),
            ("taffler_1983", "total_current_liabilities"),
            ("fulmer_h", "total_assets"),
            ("fulmer_h", "total_liabilities"),
        ],
    )
    @pytest.mark.parametrize(
        ("figure", "status"),
        [(0, Status.ZERO_DENOMINATOR), (-5, Status.NEGATIVE_DENOMINATOR)],
    )
    def test_zero_or_negative_denominator_gives_no_value(
        self, code: str, item: str, figure: int, status: Status
    ) -> None:
        result = ONE_YEAR[code](changed(**{item: figure}))
        assert (result.value, result.status, result.band) == (None, status, None)

    @pytest.mark.parametrize("code", ["springate", "taffler_1983", "fulmer_h"])
    def test_does_not_apply_to_banks(self, code: str) -> None:
        compute = {
            "springate": compute_springate,
            "taffler_1983": compute_taffler,
            "fulmer_h": fulmer,
        }[code]
        result = compute(books(), profile=BANK)  # type: ignore[operator]
        assert (result.value, result.status) == (None, Status.NOT_APPLICABLE)
        assert [r.code for r in result.reasons] == ["OUT_OF_SCOPE"]

    @pytest.mark.parametrize("code", ONE_YEAR)
    def test_flows_of_three_months_cannot_be_read(self, code: str) -> None:
        result = ONE_YEAR[code](changed(months=3))
        assert (result.value, result.status) == (None, Status.INTERIM_NOT_ANNUALISED)

    @pytest.mark.parametrize("code", ["zmijewski", "springate", "taffler_1983"])
    @given(factor=st.decimals("0.0001", "1e8", places=4))
    def test_value_knows_no_currency_unit(self, code: str, factor: Decimal) -> None:
        compute = ONE_YEAR[code]
        one, other = compute(books()).value, compute(books(factor=factor)).value
        assert one is not None
        assert other is not None
        assert abs(one - other) < D("1e-20")

    def test_size_is_what_fulmer_reads_of_the_unit(self) -> None:
        one, other = fulmer(books()), fulmer(books(factor=D(1000)))
        moved = [t.name for t, u in zip(one.terms, other.terms, strict=True) if t != u]
        assert moved == ["v7"]
        assert one.value is not None
        assert other.value is not None
        assert round(other.value - one.value, 9) == D("0.575") * 3


# The statement item that moves one ratio of a model, and whether more of it is better.
MOVES = [
    ("zmijewski", "net_profit", True),
    ("zmijewski", "total_liabilities", False),
    ("springate", "profit_before_tax", True),
    ("springate", "interest_expense", True),
    ("springate", "revenue", True),
    ("taffler_1983", "total_current_assets", True),
    ("taffler_1983", "inventories", False),
    ("fulmer_h", "undistributed_profit", True),
    ("fulmer_h", "revenue", True),
    ("fulmer_h", "cfo", True),
    ("fulmer_h", "total_current_assets", True),
    ("fulmer_h", "profit_before_tax", True),  # while there is an operating profit, see TestFulmer
]


class TestBetterRatio:
    """A better figure never lowers the score of its model (a risk falls instead)."""

    @pytest.mark.parametrize(("code", "item", "is_better"), MOVES)
    @given(one=amounts, more=positive)
    def test_never_lowers_the_score(
        self, code: str, item: str, is_better: bool, one: Decimal, more: Decimal
    ) -> None:
        if item in ("interest_expense", "total_liabilities"):
            one = abs(one) + 1
        if (code, item) == ("fulmer_h", "profit_before_tax"):
            one = abs(one)
        low = ONE_YEAR[code](changed(**{item: one})).value
        high = ONE_YEAR[code](changed(**{item: one + more})).value
        if low is None or high is None:
            return
        better, worse = (high, low) if is_better else (low, high)
        if code == "zmijewski":
            better, worse = worse, better
        assert better >= worse - D("1e-15")

    @given(x=st.decimals(-60, 60, places=4), more=st.decimals("0.0001", 5, places=4))
    def test_probability_rises_with_x(self, x: Decimal, more: Decimal) -> None:
        assert 0 <= to_normal_probability(x) <= to_normal_probability(x + more) <= 1


class TestZmijewski:
    """Higher is riskier."""

    def test_probability_is_that_of_the_normal_distribution(self) -> None:
        assert round(to_normal_probability(D("1.96")), 6) == D("0.975002")
        assert round(compute_zmijewski(books("beichen_2024")).probability or 0, 4) == D("0.9970")

    def test_zero_is_not_yet_distress(self) -> None:
        figures = {
            "net_profit": D(0),
            "total_assets": D(5679),
            "total_liabilities": D(4336),
            "total_current_assets": D(0),
            "total_current_liabilities": D(1),
        }
        result = compute_zmijewski(Statement(figures))
        assert abs(result.value if result.value is not None else D(9)) < D("1e-20")
        assert (result.band, result.probability) == ("pass", D("0.5"))

    def test_reading_turns_where_x_passes_zero(self) -> None:
        # 15,200 × (4.336 + 4.513 × 1,275/15,200 - 0.004 × 8,800/5,450) / 5.679 = 12,601.3
        assert compute_zmijewski(changed(total_liabilities=12_601)).band == "pass"
        assert compute_zmijewski(changed(total_liabilities=12_602)).band == "distress"


class TestTaffler:
    """The no-credit interval needs operating costs."""

    @pytest.mark.parametrize(
        ("revenue", "status"),
        [(2200, Status.ZERO_DENOMINATOR), (100, Status.NEGATIVE_DENOMINATOR)],
    )
    def test_no_operating_costs_give_no_value(self, revenue: int, status: Status) -> None:
        result = compute_taffler(changed(revenue=revenue))
        assert (result.value, result.status) == (None, status)
        assert "OPERATING_COSTS_NOT_POSITIVE" in [r.code for r in result.reasons]

    def test_ebit_from_net_finance_costs_marks_springate_as_guarded(self) -> None:
        result = compute_springate(changed(interest_expense=None))
        assert result.status is Status.OK_WITH_GUARD
        assert [r.code for r in result.reasons] == ["EBIT_FROM_NET_FINANCE_COSTS"]


class TestFulmer:
    """Guards of V3 and V9, and the logarithm of size."""

    def v(self, name: str, **changes: object) -> tuple[Decimal | None, Status]:
        result = fulmer(changed(**changes))
        return {t.name: t.input for t in result.terms}[name], result.status

    def test_loss_gives_no_cover(self) -> None:
        assert self.v("v9", profit_before_tax=-500) == (D(0), Status.OK_WITH_GUARD)

    def test_cover_just_above_zero_counts_less_than_a_loss(self) -> None:
        """The published guard is not monotone there: one reason why H has no weight."""
        value, status = self.v("v9", profit_before_tax="-189.9")
        assert value is not None
        assert value < -3
        assert status is Status.OK

    def test_no_interest_gives_the_cap(self) -> None:
        assert self.v("v9", interest_expense=0) == (D(2), Status.OK_WITH_GUARD)

    def test_loss_without_interest_earns_nothing(self) -> None:
        assert self.v("v9", interest_expense=0, profit_before_tax=-1) == (
            D(0),
            Status.OK_WITH_GUARD,
        )

    @pytest.mark.parametrize("equity", [0, -600])
    def test_no_equity_counts_minus_one(self, equity: int) -> None:
        assert self.v("v3", total_equity=equity) == (D(-1), Status.OK_WITH_GUARD)

    def test_two_negatives_never_make_a_good_v3(self) -> None:
        value, _ = self.v("v3", total_equity=-600, profit_before_tax=-5000)
        assert value == -1

    def test_negative_interest_is_no_denominator(self) -> None:
        assert fulmer(changed(interest_expense=-1)).status is Status.NEGATIVE_DENOMINATOR

    @pytest.mark.parametrize(
        ("usd", "status"),
        [
            (None, Status.MISSING_INPUT),
            (D(0), Status.ZERO_DENOMINATOR),
            (D(-1), Status.NEGATIVE_DENOMINATOR),
        ],
    )
    def test_size_without_dollars_gives_no_value(self, usd: Decimal | None, status: Status) -> None:
        result = compute_fulmer(books(), tangible_assets_usd=usd)
        assert (result.value, result.status) == (None, status)


class TestPiotroski:
    """Nine signs, three balance sheets, no partial sums."""

    def test_huaxin_scores_eight(self) -> None:
        result = compute_piotroski(*huaxin())
        assert (result.value, result.band) == (D(8), "strong")
        assert result.signals == (1, 1, 1, 1, 0, 1, 1, 1, 1)
        assert tuple(t.name for t in result.terms) == SIGNALS
        assert sum(t.contribution or 0 for t in result.terms) == 8

    @pytest.mark.parametrize("years", [1, 2])
    def test_fewer_years_give_no_sum(self, years: int) -> None:
        known = [*huaxin()[:years], None, None][:3]
        result = compute_piotroski(*known)
        assert (result.value, result.status, result.terms) == (None, Status.MISSING_INPUT, ())
        assert "total_assets of the year before the last" in result.missing
        assert ("revenue of the prior year" in result.missing) is (years == 1)

    @pytest.mark.parametrize("place", [0, 1])
    def test_years_that_cannot_be_compared_have_no_sum(self, place: int) -> None:
        years = huaxin()
        years[place] = books(f"huaxin_{2024 - place}", is_non_comparable=True)
        result = compute_piotroski(*years)
        assert (result.value, result.status) == (None, Status.NON_COMPARABLE)

    def test_ties_count_nothing_but_unchanged_capital_does(self) -> None:
        year = books("huaxin_2023")
        result = compute_piotroski(year, year, year)
        # The same year three times: profit and cash are there, cash exceeds profit, nothing moved.
        assert result.signals == (1, 1, 0, 1, 0, 0, 1, 0, 0)
        assert (result.value, result.band) == (D(4), "normal")

    def test_new_capital_costs_a_point(self) -> None:
        now, prior, before = huaxin()
        raised = books("huaxin_2024", paid_in_capital=4001)
        assert compute_piotroski(raised, prior, before).signals[6] == 0
        assert compute_piotroski(now, prior, before).signals[6] == 1

    def test_loss_everywhere_is_weak(self) -> None:
        now, prior, before = huaxin()
        poor = books(
            "huaxin_2024", net_profit=-900, cfo=-1000, total_current_assets=5000, revenue=9000,
            cost_of_sales=8900, paid_in_capital=5000,
        )  # fmt: skip
        assert compute_piotroski(poor, prior, before).band == "weak"

    @given(factor=st.decimals("0.001", "1e6", places=3))
    def test_sum_knows_no_currency_unit(self, factor: Decimal) -> None:
        assert compute_piotroski(*huaxin(factor)).signals == compute_piotroski(*huaxin()).signals

    @given(item=st.sampled_from(["net_profit", "cfo", "revenue"]), more=positive)
    def test_more_of_a_good_thing_never_loses_its_own_sign(self, item: str, more: Decimal) -> None:
        signal = {"net_profit": 2, "cfo": 1, "revenue": 8}[item]
        now, prior, before = huaxin()
        better = books("huaxin_2024", **{item: fixtures()["huaxin_2024"][item] + more})
        assert (
            compute_piotroski(better, prior, before).signals[signal]
            >= compute_piotroski(now, prior, before).signals[signal]
        )
