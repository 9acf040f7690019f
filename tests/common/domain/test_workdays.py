"""Months and working days."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import add_months, end_of_month, months_between
from common.workdays import CN_2025_2026, NONE, WEEKEND, Calendar, Convention

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
calendars = st.sampled_from([CN_2025_2026, WEEKEND, NONE])


class TestMonths:
    @given(days, st.integers(-240, 240))
    def test_adding_months_keeps_the_day_or_takes_the_last(self, d: date, n: int) -> None:
        later = add_months(d, n)
        assert (later.year - d.year) * 12 + later.month - d.month == n
        assert later.day == d.day or later == end_of_month(later)

    @given(days, days)
    def test_months_between_is_the_most_that_fits(self, one: date, other: date) -> None:
        start, end = sorted((one, other))
        n = months_between(start, end)
        assert add_months(start, n) <= end < add_months(start, n + 1)
        assert months_between(end, start) == -n


class TestShippedCalendar:
    def test_is_the_notice_of_the_state_council(self) -> None:
        data = json.loads(
            (Path(__file__).parents[2] / "vectors" / "process.json").read_text(encoding="utf-8")
        )
        stated = data["reference_data"]["calendars"]["CN"]
        assert {d.isoformat() for d in CN_2025_2026.holidays} == set(stated["holidays"])
        assert {d.isoformat() for d in CN_2025_2026.workdays} == set(stated["make_up_workdays"])
        assert sorted(CN_2025_2026.years or ()) == stated["years"]

    def test_says_which_years_it_knows(self) -> None:
        assert CN_2025_2026.covers(date(2026, 12, 31))
        assert not CN_2025_2026.covers(date(2027, 1, 1))
        assert WEEKEND.covers(date(2099, 1, 1))


class TestCalendar:
    @given(days, calendars, st.sampled_from(Convention))
    def test_adjusting_yields_a_workday_and_leaves_workdays_alone(
        self, d: date, calendar: Calendar, convention: Convention
    ) -> None:
        moved = calendar.adjust(d, convention)
        if convention is Convention.NONE or calendar.is_workday(d):
            assert moved == d
        else:
            assert calendar.is_workday(moved)
            if convention is Convention.MODIFIED_FOLLOWING:
                assert moved.month == d.month

    @given(days, calendars, st.integers(1, 30))
    def test_counting_is_the_inverse_of_adding(self, d: date, calendar: Calendar, n: int) -> None:
        later = calendar.add_workdays(d, n)
        assert calendar.is_workday(later)
        assert calendar.count_workdays(d, later) == n
        if calendar.is_workday(d):
            assert calendar.add_workdays(later, -n) == d

    def test_a_make_up_sunday_is_worked(self) -> None:
        sunday = date(2025, 9, 28)
        assert CN_2025_2026.is_workday(sunday)
        assert CN_2025_2026.next_workday(sunday - timedelta(days=1)) == sunday

    def test_refuses_a_week_without_workdays(self) -> None:
        with pytest.raises(ValueError):
            Calendar("X", weekend=frozenset(range(7)))

    def test_refuses_a_day_that_is_both(self) -> None:
        day = frozenset({date(2025, 10, 1)})
        with pytest.raises(ValueError):
            Calendar("X", holidays=day, workdays=day)
