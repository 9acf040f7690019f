"""Each tag and filter of the kit, as a template uses it."""

from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from common.badges import BADGES, GRADES


def draw(source: str, **values: Any) -> str:
    return Template(source).render(Context(values))


class TestIcon:
    def test_points_into_the_sprite_and_is_silent(self) -> None:
        drawn = draw('{% icon "scale" %}')
        assert drawn.endswith('icons.svg#scale"/></svg>')
        assert 'aria-hidden="true"' in drawn


class TestMoney:
    def test_is_full_with_a_true_minus(self) -> None:
        assert draw('{{ a|money:"CNY" }}', a=Decimal("-1234567.8")) == "−1,234,567.80"
        assert draw("{{ a|money }}", a=Decimal("1234567.8")) == "1,234,568"
        assert draw('{{ a|money:"CNY" }}', a=Decimal(0)) == "–"


class TestMoneyShort:
    def test_carries_the_full_value(self) -> None:
        with translation.override("en"):
            drawn = draw('{% money_short a "CNY" %}', a=Decimal("1240000.5"))
        assert 'title="¥1,240,000.50"' in drawn
        assert ">¥1.24M<" in drawn

    def test_counts_in_wan_in_chinese(self) -> None:
        with translation.override("zh-hans"):
            assert ">¥124.0万<" in draw('{% money_short a "CNY" %}', a=Decimal("1240000"))


class TestMoneyCell:
    def test_follows_the_readers_unit(self) -> None:
        source = '{% money_cell a "CNY" %}'
        assert ">124.0<" in draw(source, a=Decimal("1240000"), unit="WAN")
        assert ">1,240,000<" in draw(source, a=Decimal("1240000"))
        assert 'title="¥1,240,000.00"' in draw(source, a=Decimal("1240000"), unit="YI")


class TestPct:
    def test_has_one_decimal(self) -> None:
        assert draw("{{ r|pct }}", r=Decimal("0.38349")) == "38.3%"
        assert draw("{{ r|pct }}", r=None) == "–"


class TestGradeBadge:
    @pytest.mark.parametrize("grade", GRADES)
    def test_shows_the_letters(self, grade: str) -> None:
        drawn = draw("{% grade_badge g %}", g=grade)
        assert drawn == f'<span class="grade grade-{grade}">{grade}</span>'

    def test_says_unrated(self) -> None:
        assert "grade-none" in draw("{% grade_badge g %}", g=None)

    def test_escapes_what_is_no_grade(self) -> None:
        assert "<b>" not in draw("{% grade_badge g %}", g="<b>")


class TestStateBadge:
    @pytest.mark.parametrize("code", sorted(BADGES))
    def test_shows_a_word_not_the_code(self, code: str) -> None:
        with translation.override("en"):
            drawn = draw("{% state_badge c %}", c=code)
        assert str(BADGES[code].label) in drawn
        assert f"tone-{BADGES[code].tone}" in drawn

    def test_uses_the_callers_label_for_an_unknown_code(self) -> None:
        drawn = draw("{% state_badge c label %}", c="ODD", label="Odd <one>")
        assert drawn == '<span class="state tone-grey">Odd &lt;one&gt;</span>'


class TestDaysLate:
    @pytest.mark.parametrize(
        ("days", "text", "tone"),
        [
            (1, "1 day late", "late-some"),
            (90, "90 days late", "late-some"),
            (91, "91 days late", "late-bad"),
            (0, "due today", '"late"'),
            (-27, "due in 27 days", '"late"'),
        ],
    )
    def test_says_it_in_words(self, days: int, text: str, tone: str) -> None:
        with translation.override("en"):
            drawn = draw("{% days_late d %}", d=days)
        assert text in drawn
        assert tone in drawn


class TestDelta:
    def test_is_coloured_by_good_or_bad_not_by_direction(self) -> None:
        assert "delta-good" in draw('{% delta v "down" %}', v=Decimal("-1.2"))
        assert "delta-bad" in draw('{% delta v "down" %}', v=Decimal("1.2"))
        assert "delta-good" in draw("{% delta v %}", v=Decimal("1.2"))
        assert "delta-" not in draw('{% delta v "" %}', v=Decimal("1.2"))

    def test_shows_sign_and_suffix(self) -> None:
        assert draw('{% delta v "up" "%" %}', v=Decimal("-6.44")).endswith("−6.4%</span>")
        assert "±0.0" in draw("{% delta v %}", v=Decimal("0.04"))


class TestAgingBar:
    BUCKETS = (
        {"label": "Not due", "amount": Decimal(75), "url": "?b=0"},
        {"label": "1–30", "amount": Decimal(25), "url": "?b=1", "active": True},
        {"label": ">30", "amount": Decimal(-10), "url": "?b=2"},
    )

    def test_names_and_links_each_bucket(self) -> None:
        drawn = draw('{% aging_bar b "CNY" %}', b=self.BUCKETS)
        assert drawn.count("<li>") == 3
        assert "75.0%" in drawn
        assert 'href="?b=1" aria-current="true"' in drawn

    def test_speaks_for_itself_without_legend(self) -> None:
        drawn = draw('{% aging_bar b "CNY" False %}', b=self.BUCKETS)
        assert 'aria-label="Aging: Not due 75.0%, 1–30 25.0%, &gt;30 0.0%"' in drawn
        assert "<a " not in drawn

    def test_survives_an_empty_portfolio(self) -> None:
        drawn = draw("{% aging_bar b %}", b=[{"label": "Not due", "amount": 0}])
        assert "0.0%" in drawn


class TestLimitBar:
    def test_shows_used_and_reserved(self) -> None:
        drawn = draw("{% limit_bar 50 25 100 %}")
        assert 'class="used" x="0%" width="50%"' in drawn
        assert 'class="reserved" x="50%" width="25%"' in drawn

    def test_turns_red_above_the_limit(self) -> None:
        assert 'class="over"' in draw("{% limit_bar 90 20 100 %}")
        assert 'class="over"' in draw("{% limit_bar 90 0 0 %}")


class TestQuerystringWith:
    def test_keeps_what_it_does_not_set(self) -> None:
        request = RequestFactory().get("/x", {"q": "a&b", "page": "4", "tag": ["1", "2"]})
        source = '{% querystring_with request "page" 2 "q" None %}'
        assert draw(source, request=request) == "?page=2&amp;tag=1&amp;tag=2"


class TestPager:
    def test_says_which_rows_and_marks_the_page(self) -> None:
        request = RequestFactory().get("/x", {"q": "z"})
        page = Paginator(range(1248), 100).page(2)
        with translation.override("en"):
            drawn = draw("{% pager page %}", page=page, request=request)
        assert "101–200 of 1,248" in drawn
        assert '<span aria-current="page">2</span>' in drawn
        assert 'href="?q=z&amp;page=3"' in drawn


class TestControl:
    class Form(forms.Form):
        amount = forms.CharField(help_text="In full")
        kind = forms.ChoiceField(choices=[("A", "a")])

    def test_links_hint_and_error_to_the_control(self) -> None:
        form = self.Form({"amount": "", "kind": "A"})
        drawn = draw("{{ f.amount|control }}", f=form)
        assert 'aria-describedby="id_amount-hint id_amount-error"' in drawn
        assert 'aria-invalid="true"' in drawn
        assert 'class="form-control"' in drawn

    def test_uses_the_kits_class_for_selects(self) -> None:
        assert 'class="form-select"' in draw("{{ f.kind|control }}", f=self.Form())

    def test_field_component_shows_the_error_below(self) -> None:
        drawn = draw('{% include "components/field.html" with field=f.amount only %}',
                     f=self.Form({}))  # fmt: skip
        assert 'id="id_amount-error"' in drawn
        assert 'for="id_amount"' in drawn


class TestChartData:
    def test_cannot_break_out_of_its_element(self) -> None:
        drawn = draw('{% chart_data spec "c" %}', spec={"name": "</script><b>"})
        assert "</script><b>" not in drawn
        assert 'id="c-data"' in drawn
