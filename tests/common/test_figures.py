"""How amounts, ratios and days read, in both languages."""

import doctest
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common import figures, svg


class TestDoctests:
    @pytest.mark.parametrize("module", [figures, svg])
    def test_hold(self, module: object) -> None:
        result = doctest.testmod(module)  # type: ignore[arg-type]
        assert result.failed == 0
        assert result.attempted > 0


class TestShorten:
    @pytest.mark.parametrize(
        ("amount", "english", "chinese"),
        [
            ("79800", "79.8K", "8.0万"),
            ("1240000", "1.24M", "124.0万"),
            ("35670000", "35.67M", "3,567万"),
            ("99999999", "100.00M", "1.00亿"),
            ("999994", "1.00M", "100.0万"),
            ("999949", "999.9K", "100.0万"),
            ("9999.5", "10.0K", "1.0万"),
            ("9994999", "9.99M", "999.5万"),
            ("0.4", "0", "0"),
            ("-8164910", "−8.16M", "−816.5万"),
            ("1500000000", "1.50B", "15.00亿"),
        ],
    )
    def test_uses_the_readers_steps(self, amount: str, english: str, chinese: str) -> None:
        assert figures.shorten(Decimal(amount), chinese=False) == english
        assert figures.shorten(Decimal(amount), chinese=True) == chinese

    def test_shows_nothing_and_zero_as_a_dash(self) -> None:
        assert [figures.shorten(value) for value in (None, "", 0, "abc")] == ["–"] * 4

    @given(st.decimals(min_value=1, max_value=10**12, places=2), st.booleans())
    def test_never_shows_more_than_its_step(self, amount: Decimal, chinese: bool) -> None:
        text = figures.shorten(amount, chinese=chinese)
        digits = Decimal(text.rstrip("KMB万亿").replace(",", ""))
        if not text.endswith(("B", "亿")):
            assert digits < (10_000 if chinese else 1_000)


class TestFormatAmount:
    def test_follows_the_currency(self) -> None:
        amount = Decimal("1234.5678")
        shown = [figures.format_amount(amount, code) for code in ("CNY", "JPY", "KWD", "")]
        assert shown == ["1,234.57", "1,235", "1,234.568", "1,235"]

    @given(st.decimals(min_value=-(10**15), max_value=10**15, places=2))
    def test_can_be_read_back_exactly(self, amount: Decimal) -> None:
        text = figures.format_amount(amount, "CNY")
        plain = text.replace(",", "").replace("−", "-").replace("–", "0")
        assert Decimal(plain) == amount


class TestNameUnit:
    def test_names_currency_and_unit(self) -> None:
        assert figures.name_unit("K", "CNY") == "CNY thousand"
        assert figures.name_unit("UNHEARD", "USD") == "USD"


class TestFormatDay:
    def test_says_the_day_in_the_readers_language(self) -> None:
        with translation.override("en"):
            assert figures.format_day(date(2026, 11, 3)) == "3 Nov 2026"
        with translation.override("zh-hans"):
            assert figures.format_day(date(2026, 11, 3)) == "2026年11月3日"

    def test_puts_an_instant_on_the_day_of_the_house(self) -> None:
        late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)  # 01:30 of the next day in Shanghai
        assert figures.format_iso_day(late) == "2026-11-23"
        assert figures.format_moment(late).endswith("01:30")


class TestStackedBar:
    def test_spans_the_whole_width(self) -> None:
        drawn = svg.stacked_bar([(1, "b0"), (3, "b7")], label="x")
        assert '<rect class="b0" x="0%" width="25%"' in drawn
        assert '<rect class="b7" x="25%" width="75%"' in drawn

    def test_gives_no_room_to_credit_balances(self) -> None:
        drawn = svg.stacked_bar([(-5, "b0"), (5, "b7")], label="x")
        assert 'class="b0"' not in drawn
        assert 'class="b7" x="0%" width="100%"' in drawn

    def test_has_no_style_attribute_and_escapes(self) -> None:
        drawn = svg.stacked_bar([(1, "b0")], label='"><script>', urls=["?a=1&b=<"])
        assert "style=" not in drawn
        assert "<script>" not in drawn
        assert 'href="?a=1&amp;b=&lt;"' in drawn


class TestSparkline:
    def test_draws_nothing_for_a_single_value(self) -> None:
        assert svg.sparkline([5]) == ""
        assert svg.sparkline([None, 5]) == ""

    def test_puts_the_highest_value_on_top(self) -> None:
        assert "L69.0 3.0" in svg.sparkline([1, 2])

    def test_draws_a_level_line_for_equal_values(self) -> None:
        assert "M3.0 12.0 L69.0 12.0" in svg.sparkline([4, 4])
