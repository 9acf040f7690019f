"""Amounts as people type them."""

from decimal import Decimal

import pytest

from common.amounts import parse_typed_amount
from common.parsing import CellError


class TestParseTypedAmount:
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("30,000,000", "30000000.00"),
            ("3000万", "30000000.00"),
            ("３０００万元", "30000000.00"),
            ("30m", "30000000.00"),
            ("¥ 30 M", "30000000.00"),
            ("0.3亿", "30000000.00"),
            ("2千", "2000.00"),
            ("1.5k", "1500.00"),
            ("3百万", "3000000.00"),
            ("1b", "1000000000.00"),
            ("0.0001万", "1.00"),
            ("12.34", "12.34"),
            ("-5", "-5.00"),
        ],
    )
    def test_reads(self, text: str, amount: str) -> None:
        assert parse_typed_amount(text, "CNY") == Decimal(amount)

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "REQUIRED"),
            ("万", "NOT_A_NUMBER"),
            ("abc", "NOT_A_NUMBER"),
            ("1e9", "NOT_A_NUMBER"),
            ("NaN", "NOT_A_NUMBER"),
            ("1.234,56", "AMBIGUOUS_NUMBER"),
            ("1.001", "TOO_MANY_DECIMALS"),
            ("0.0000001万", "TOO_MANY_DECIMALS"),
            ("9" * 16, "LENGTH"),
            ("9" * 12 + "亿", "LENGTH"),
        ],
    )
    def test_refuses(self, text: str, code: str) -> None:
        with pytest.raises(CellError) as caught:
            parse_typed_amount(text, "CNY")
        assert caught.value.code == code

    def test_the_longest_input_takes_no_time(self) -> None:
        with pytest.raises(CellError):
            parse_typed_amount("9," * 50_000 + "x", "CNY")
