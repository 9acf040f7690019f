"""Working days of a company, from the stored calendar."""

from common.models import CalendarDay
from common.workdays import SHIPPED_CALENDARS, Calendar


def get_calendar(code: str) -> Calendar:
    """Return the stored calendar of that code, else the shipped one, else weekends. One query."""
    days = list(CalendarDay.objects.filter(calendar=code).values_list("date", "day_type"))
    if not days:
        return SHIPPED_CALENDARS.get(code, SHIPPED_CALENDARS["WEEKEND"])
    kinds = CalendarDay.DayType
    return Calendar(
        name=code,
        holidays=frozenset(day for day, kind in days if kind == kinds.HOLIDAY),
        workdays=frozenset(day for day, kind in days if kind == kinds.WORKDAY),
        years=frozenset(day.year for day, _kind in days),
    )
