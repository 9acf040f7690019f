"""Clocks, lamps and escalations."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.deadlines import (
    ClockKind,
    Light,
    Window,
    add_business_hours,
    add_calendar_hours,
    deadline,
    deadline_date,
    escalations,
    traffic_light,
    utilisation_light,
)
from common.workdays import CN_2025_2026, NONE

instants = st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 30)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


def count_open_minutes(start: datetime, end: datetime) -> int:
    """Count the minutes inside 09:00–17:00 of working days, day by day."""
    minutes = 0
    d = start.date()
    while d <= end.date():
        if CN_2025_2026.is_workday(d):
            opens = max(start, datetime.combine(d, time(9)))
            closes = min(end, datetime.combine(d, time(17)))
            minutes += max(0, int((closes - opens).total_seconds()) // 60)
        d += timedelta(days=1)
    return minutes


class TestBusinessHours:
    @given(instants, st.integers(1, 60))
    def test_exactly_that_many_open_hours_pass(self, start: datetime, hours: int) -> None:
        end = add_business_hours(start, hours, CN_2025_2026)
        assert count_open_minutes(start, end) == hours * 60
        assert time(9) < end.time() <= time(17)

    def test_a_window_must_open_before_it_closes(self) -> None:
        with pytest.raises(ValueError):
            Window(time(17), time(9))


class TestCalendarHours:
    def test_counts_real_hours_over_a_change_of_summer_time(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        start = datetime(2025, 10, 25, 12, tzinfo=berlin)
        end = add_calendar_hours(start, 24)
        assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=24)
        assert end.hour == 11


class TestDeadline:
    def test_days_keep_the_time_of_day(self) -> None:
        start = datetime(2025, 9, 29, 16, 20)
        assert deadline(start, ClockKind.BUSINESS_DAYS, 3, CN_2025_2026) == datetime(
            2025, 10, 10, 16, 20
        )

    def test_civil_months_clamp(self) -> None:
        assert deadline_date(date(2025, 8, 31), ClockKind.CIVIL_MONTHS, 6, NONE) == date(
            2026, 2, 28
        )

    def test_hours_are_not_counted_from_a_day(self) -> None:
        with pytest.raises(ValueError):
            deadline_date(date(2025, 8, 31), ClockKind.BUSINESS_HOURS, 6, NONE)


class TestTrafficLight:
    START, END = datetime(2025, 9, 1), datetime(2025, 9, 11)

    @pytest.mark.parametrize(
        ("hours", "light"),
        [(119, Light.GREEN), (120, Light.AMBER), (191, Light.AMBER), (192, Light.RED),
         (239, Light.RED), (240, Light.OVERDUE)],
    )  # fmt: skip
    def test_changes_exactly_at_the_shares(self, hours: int, light: Light) -> None:
        assert traffic_light(self.START, self.END, self.START + timedelta(hours=hours)) is light

    @pytest.mark.parametrize(
        ("ratio", "light"),
        [("0.7999", Light.GREEN), ("0.8", Light.AMBER), ("0.95", Light.RED), ("1", Light.RED),
         ("1.0001", Light.OVERDUE)],
    )  # fmt: skip
    def test_use_of_a_limit(self, ratio: str, light: Light) -> None:
        assert utilisation_light(Decimal(ratio)) is light


class TestEscalations:
    def test_acting_at_the_last_moment_is_in_time(self) -> None:
        start = datetime(2025, 9, 1, 10)
        acted = start + timedelta(hours=24)
        found = escalations(start, ["CA", "CM"], ClockKind.CALENDAR_HOURS, 24, NONE, acted_at=acted)
        assert found == []

    def test_ends_with_the_executive_alert(self) -> None:
        found = escalations(datetime(2025, 9, 1), ["CA"], ClockKind.CALENDAR_DAYS, 1, NONE)
        assert [step.escalate_to for step in found] == ["executive_alert"]

    def test_somebody_must_hold_the_duty(self) -> None:
        with pytest.raises(ValueError):
            escalations(datetime(2025, 9, 1), [], ClockKind.CALENDAR_DAYS, 1, NONE)
