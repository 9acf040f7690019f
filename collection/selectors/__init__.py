"""Reads of collection: procedures, the plan of a run, runs, notices, promises."""

from collection.selectors.calendars import get_calendar
from collection.selectors.facts import Rules, choose_procedure, plan_customer
from collection.selectors.notices import (
    LevelTotal,
    count_broken_promises,
    get_notice,
    get_promise,
    get_run,
    list_items,
    list_level_totals,
    list_notices,
    list_promisable_lines,
    list_promises,
    list_runs,
    list_skipped,
)
from collection.selectors.plan import SkipRow, drop_plan, list_skips, make_plan
from collection.selectors.procedures import (
    NoProcedure,
    get_class_procedures,
    get_rates,
    list_procedures,
    scale_procedure,
)
from collection.selectors.reminders import ReminderLine, list_reminder_lines

__all__ = [
    "LevelTotal",
    "NoProcedure",
    "ReminderLine",
    "Rules",
    "SkipRow",
    "choose_procedure",
    "count_broken_promises",
    "drop_plan",
    "get_calendar",
    "get_class_procedures",
    "get_notice",
    "get_promise",
    "get_rates",
    "get_run",
    "list_items",
    "list_level_totals",
    "list_notices",
    "list_procedures",
    "list_promisable_lines",
    "list_promises",
    "list_reminder_lines",
    "list_runs",
    "list_skipped",
    "list_skips",
    "make_plan",
    "plan_customer",
    "scale_procedure",
]
