"""The working-day calendars of the house, as the calendar rows say."""

from common.models import CalendarDay
from common.workdays import SHIPPED_CALENDARS, Calendar


def get_calendar(name: str) -> Calendar:
    """Return the calendar of this name. One query.

    Weekends are free; the rows say which other days are, and which weekend days are worked. Years
    without a row are computed from weekends alone, and `Calendar.covers` says so. The calendar NONE
    knows no free day.
    """
    if name == "NONE":
        return SHIPPED_CALENDARS["NONE"]
    days = list(CalendarDay.objects.filter(calendar=name).values_list("date", "day_type"))
    return Calendar(
        name=name,
        holidays=frozenset(day for day, kind in days if kind == CalendarDay.DayType.HOLIDAY),
        workdays=frozenset(day for day, kind in days if kind == CalendarDay.DayType.WORKDAY),
        years=None if name == "WEEKEND" else frozenset(day.year for day, _ in days),
    )
