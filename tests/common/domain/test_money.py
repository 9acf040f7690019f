"""Money: rounding, splitting, converting, and refusing to mix."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import (
    CURRENCIES,
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    convert,
    from_minor,
    minor_units,
    round_money,
    split_money,
    split_units,
    sum_money,
    to_minor,
)

currencies = st.sampled_from(sorted(CURRENCIES))
amounts = st.decimals(-(10**15), 10**15, places=6, allow_nan=False)
weights = st.lists(st.decimals(0, 10**9, places=4), min_size=1, max_size=12).filter(any)


class TestRoundMoney:
    @pytest.mark.parametrize(
        ("amount", "currency", "expected"),
        [
            ("2.345", "CNY", "2.35"),
            ("-2.345", "CNY", "-2.35"),
            ("2.344999", "CNY", "2.34"),
            ("1234.5", "JPY", "1235"),
            ("1.0005", "KWD", "1.001"),
            ("-0.004", "CNY", "0.00"),
            ("12345678901234567890123456789.995", "CNY", "12345678901234567890123456790.00"),
        ],
    )
    def test_ties_go_away_from_zero(self, amount: str, currency: str, expected: str) -> None:
        assert str(round_money(Decimal(amount), currency)) == expected

    @given(amounts, currencies)
    def test_is_idempotent_and_never_moves_more_than_half_a_unit(
        self, amount: Decimal, currency: str
    ) -> None:
        rounded = round_money(amount, currency)
        assert round_money(rounded, currency) == rounded
        assert abs(rounded - amount) * 2 <= Decimal(1).scaleb(-minor_units(currency))

    def test_refuses_an_unknown_currency(self) -> None:
        with pytest.raises(UnknownCurrency) as refusal:
            round_money(Decimal(1), "XXX")
        assert refusal.value.code == "UNKNOWN_CODE"


class TestSplit:
    @given(st.integers(-(10**15), 10**15), weights)
    def test_parts_sum_to_the_total(self, total: int, weights: list[Decimal]) -> None:
        assert sum(split_units(total, weights)) == total

    @given(st.integers(0, 10**12), weights)
    def test_no_part_is_a_whole_unit_off_its_share(
        self, total: int, weights: list[Decimal]
    ) -> None:
        whole = sum(weights)
        for part, weight in zip(split_units(total, weights), weights, strict=True):
            assert abs(part * whole - total * weight) < whole

    @given(amounts, weights, currencies)
    def test_money_parts_sum_to_the_rounded_amount(
        self, amount: Decimal, weights: list[Decimal], currency: str
    ) -> None:
        assert sum(split_money(amount, weights, currency)) == round_money(amount, currency)

    @pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(2), Decimal(-1)]])
    def test_refuses_weights_that_share_nothing(self, weights: list[Decimal]) -> None:
        with pytest.raises(ValueError):
            split_units(1, weights)


class TestMinorUnits:
    @given(st.integers(-(10**18), 10**18), currencies)
    def test_there_and_back_is_the_same(self, units: int, currency: str) -> None:
        assert to_minor(from_minor(units, currency), currency) == units


class TestConvert:
    def test_rounds_once_to_the_target_currency(self) -> None:
        assert convert(Decimal("100.55"), Decimal("20.123456"), "JPY") == Decimal("2023")


class TestMoney:
    def test_refuses_two_currencies(self) -> None:
        with pytest.raises(CurrencyMismatch):
            Money(Decimal(1), "CNY") + Money(Decimal(1), "USD")
        with pytest.raises(CurrencyMismatch):
            assert Money(Decimal(1), "CNY") < Money(Decimal(2), "USD")

    def test_refuses_a_float(self) -> None:
        with pytest.raises(TypeError):
            Money(1.1, "CNY")  # type: ignore[arg-type]

    def test_adds_subtracts_and_compares_in_one_currency(self) -> None:
        three, two = Money(Decimal(3), "CNY"), Money(Decimal(2), "CNY")
        assert three - two == Money(Decimal(1), "CNY")
        assert two < three <= three
        assert sum_money([three, two], "CNY") == Money(Decimal(5), "CNY")
        assert -two == Money(Decimal(-2), "CNY")
        assert str(three) == "3 CNY"
