"""Key figures: worked examples of process specification F.1, edges, and what must always hold."""

import doctest
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.domain import measures, periods, portfolio, sales_days
from dashboards.domain.periods import PeriodCode, UnknownPeriod, read_period
from dashboards.domain.sales_days import AgedSale, Clearing, InvalidPeriod, SalesMonth

MONEY = st.integers(min_value=0, max_value=10**12).map(lambda n: Decimal(n) / 100)


@pytest.mark.parametrize("module", [measures, portfolio, sales_days, periods])
def test_examples_in_the_text_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


class TestUnrounded:
    """Scoring takes the same figures unrounded (N2); to two decimals they were off by 0.0046."""

    def test_days_of_sales(self) -> None:
        # 900,000 × 90 ÷ 650,000 = 124.615384…, told as 124.62
        ar, sales = Decimal(900_000), Decimal(650_000)
        exact = sales_days.simple_dso(ar, sales, 90, places=None)
        assert exact is not None
        assert round(exact, 6) == Decimal("124.615385")
        assert sales_days.simple_dso(ar, sales, 90) == Decimal("124.62")
        # 100,000 × 90 ÷ 650,000 = 13.846153…
        best = sales_days.best_possible_dso(Decimal(100_000), sales, 90, places=None)
        assert best is not None
        assert round(best, 6) == Decimal("13.846154")
        late = sales_days.average_days_delinquent(exact, best)
        assert late is not None
        assert round(late, 6) == Decimal("110.769231")

    def test_collection_effectiveness(self) -> None:
        # (100 + 630 − 100) ÷ (100 + 630 − 0) = 630 ÷ 730 = 86.301369… %
        amounts = [Decimal(n) for n in (100, 630, 100, 0)]
        exact = portfolio.collection_effectiveness(*amounts, places=None)
        assert exact is not None
        assert round(exact, 6) == Decimal("86.301370")
        assert portfolio.collection_effectiveness(*amounts) == Decimal("86.30")


class TestSimpleDso:
    def test_is_nothing_without_sales(self) -> None:
        assert sales_days.simple_dso(Decimal(100), Decimal(0), 30) is None

    def test_refuses_a_period_without_days(self) -> None:
        with pytest.raises(InvalidPeriod):
            sales_days.simple_dso(Decimal(100), Decimal(100), 0)

    @given(ar=MONEY, overdue=MONEY, sales=MONEY.filter(bool))
    def test_best_possible_is_never_worse(
        self, ar: Decimal, overdue: Decimal, sales: Decimal
    ) -> None:
        overdue = min(ar, overdue)
        dso = sales_days.simple_dso(ar, sales, 365)
        best = sales_days.best_possible_dso(ar - overdue, sales, 365)
        late = sales_days.average_days_delinquent(dso, best)
        assert late is not None
        assert late >= 0


class TestCountback:
    def test_skips_a_month_without_sales_but_counts_its_days(self) -> None:
        months = [SalesMonth(Decimal(0), 30), SalesMonth(Decimal(100), 31)]
        assert sales_days.countback_dso(Decimal(50), months).days == Decimal("45.50")

    def test_is_nought_without_receivables(self) -> None:
        found = sales_days.countback_dso(Decimal(0), [SalesMonth(Decimal(100), 31)])
        assert (found.days, found.is_exhausted) == (Decimal("0.00"), False)

    @given(ar=MONEY, sales=st.lists(MONEY, max_size=6))
    def test_never_exceeds_the_days_of_the_history(self, ar: Decimal, sales: list[Decimal]) -> None:
        found = sales_days.countback_dso(ar, [SalesMonth(s, 30) for s in sales])
        assert 0 <= found.days <= 30 * len(sales)
        assert found.is_exhausted == (ar > sum(sales))


class TestOtherDays:
    def test_true_dso_is_nothing_when_a_month_sold_nothing(self) -> None:
        item = AgedSale(date(2025, 1, 1), Decimal(1), Decimal(0))
        assert sales_days.true_dso([item], as_of=date(2025, 2, 1)) is None

    def test_days_late_is_nothing_when_nothing_was_paid(self) -> None:
        assert sales_days.weighted_days_late([]) is None

    def test_an_early_payment_counts_as_nought_late(self) -> None:
        paid = Clearing(Decimal(10), date(2025, 1, 10), date(2025, 1, 5))
        found = sales_days.weighted_days_late([paid])
        assert found == sales_days.Delay(Decimal("0.00"), Decimal("-5.00"))


class TestPortfolio:
    def test_ratios_of_nothing_are_nothing(self) -> None:
        nought = Decimal(0)
        assert portfolio.overdue_share(nought, nought) is None
        assert portfolio.limit_utilisation(Decimal(5), nought) is None
        assert portfolio.collection_effectiveness(nought, nought, nought, nought) is None
        assert portfolio.promise_kept_share(0, 0, 0) is None
        assert portfolio.approval_lead_time([]).mean is None
        assert portfolio.concentration([nought]) is None

    @given(st.lists(MONEY.filter(bool), min_size=1, max_size=30))
    def test_concentration_lies_between_one_and_one_over_n(self, amounts: list[Decimal]) -> None:
        found = portfolio.concentration(amounts)
        assert found is not None
        slack = Decimal("0.0001")
        assert Decimal(1) / len(amounts) - slack <= found.hhi <= 1 + slack

    @given(begin=MONEY, sales=MONEY, late=MONEY, current=MONEY)
    def test_cei_is_hundred_when_nothing_is_overdue(
        self, begin: Decimal, sales: Decimal, late: Decimal, current: Decimal
    ) -> None:
        assert portfolio.collection_effectiveness(begin, sales, current, current) in (
            Decimal("100.00"),
            None,
        )
        worse = portfolio.collection_effectiveness(begin, sales, current + late, current)
        if begin + sales > current:
            assert worse is not None
            assert worse <= 100


class TestReadPeriod:
    @pytest.mark.parametrize(
        ("code", "as_of", "start"),
        [
            ("month", date(2026, 3, 31), date(2026, 2, 28)),
            ("year", date(2024, 2, 29), date(2023, 2, 28)),
            ("ytd", date(2026, 1, 1), date(2025, 12, 31)),
            ("ytd", date(2025, 12, 31), date(2024, 12, 31)),
        ],
    )
    def test_starts_the_day_before_its_first(self, code: str, as_of: date, start: date) -> None:
        period = read_period(code, as_of=as_of)
        assert (period.code, period.start, period.end) == (PeriodCode(code), start, as_of)
        assert period.before.end == start
        assert period.before.days == period.days > 0

    @pytest.mark.parametrize("code", ["", "week", "MONTH", "12"])
    def test_refuses_what_it_does_not_know(self, code: str) -> None:
        with pytest.raises(UnknownPeriod):
            read_period(code, as_of=date(2026, 1, 1))
