"""Imports that belong to no business: calendars and rates."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from common.imports.fields import code, column, date, number, one_of, text
from common.imports.kinds import CREATED, UNCHANGED, UPDATED, Context, ImportKind, Rows, register
from common.models import CalendarDay, Rate
from common.parsing import CellError, parse_currency

DAY_TYPES = {"假日": "HOLIDAY", "节假日": "HOLIDAY", "休息日": "HOLIDAY", "工作日": "WORKDAY"}
RATE_KINDS = ("fx", "lpr_1y", "ecb_mro", "basiszins", "policy_rate", "benchmark")
RATE_LABELS = {"汇率": "fx", "LPR一年期": "lpr_1y", "一年期LPR": "lpr_1y"}


@register
class HolidayKind(ImportKind):
    """Days that differ from the weekly pattern of a calendar."""

    name = "holidays"
    title = _("Calendar days")
    help = _("Public holidays and make-up working days, per calendar.")
    lock = "reference"
    columns = (
        column("calendar", "日历", code(20), "日历代码", required=True, example="CN"),
        column("date", "日期", date, required=True, example="2027-01-01"),
        column(
            "day_type",
            "日类型",
            one_of(("HOLIDAY", "WORKDAY"), DAY_TYPES),
            "类型",
            required=True,
            example="holiday",
        ),
        column("name", "名称", text(60), "节日名称", blank="", example="元旦"),
    )

    def check(self, rows: Rows, context: Context) -> Any:
        keys = list(zip(rows["calendar"], rows["date"], strict=True))
        rows.refuse_duplicates([k if all(k) else None for k in keys], "date")
        stored = {
            (day.calendar, day.date): day
            for day in CalendarDay.objects.filter(
                calendar__in=set(rows["calendar"]) - {None}, date__in=set(rows["date"]) - {None}
            )
        }
        for n in rows.good:
            day = stored.get(keys[n])
            if day is not None:
                is_same = (day.day_type, day.name) == (rows["day_type"][n], rows["name"][n])
                rows.outcome[n] = UNCHANGED if is_same else UPDATED
        return None

    def store(self, rows: Rows, plan: Any, context: Context) -> dict[str, Any]:
        CalendarDay.objects.bulk_create(
            [
                CalendarDay(
                    calendar=rows["calendar"][n],
                    date=rows["date"][n],
                    day_type=rows["day_type"][n],
                    name=rows["name"][n],
                )
                for n in rows.good
                if rows.outcome[n] in (CREATED, UPDATED)
            ],
            update_conflicts=True,
            unique_fields=["calendar", "date"],
            update_fields=["day_type", "name"],
            batch_size=2000,
        )
        return {}


@register
class RateKind(ImportKind):
    """Dated exchange and interest rates."""

    name = "rates"
    title = _("Rates")
    help = _("Exchange rates (CNY for one unit of the currency) and interest rates in percent.")
    lock = "reference"
    columns = (
        column(
            "kind", "种类", one_of(RATE_KINDS, RATE_LABELS), "类别", required=True, example="fx"
        ),
        column("code", "代码", code(10), "币种", required=True, example="USD"),
        column("valid_from", "生效日期", date, "生效日", required=True, example="2026-07-01"),
        column("value", "值", number(8), "汇率", "利率", required=True, example="7.1586"),
    )

    def check(self, rows: Rows, context: Context) -> Any:
        for n in rows.good:
            if rows["kind"][n] == "fx":
                if rows["value"][n] <= 0:
                    rows.reject(n, "value", "SIGN")
                self._check_currency(rows, n)
        keys = list(zip(rows["kind"], rows["code"], rows["valid_from"], strict=True))
        rows.refuse_duplicates([k if all(k) else None for k in keys], "valid_from")
        stored = {
            (rate.kind, rate.code, rate.valid_from): rate.value
            for rate in Rate.objects.filter(code__in=set(rows["code"]) - {None})
        }
        for n in rows.good:
            if keys[n] in stored:
                is_same = stored[keys[n]] == rows["value"][n]
                rows.outcome[n] = UNCHANGED if is_same else UPDATED
        return None

    def _check_currency(self, rows: Rows, position: int) -> None:
        try:
            parse_currency(rows["code"][position])
        except CellError as error:
            rows.reject_cell(position, "code", error)

    def store(self, rows: Rows, plan: Any, context: Context) -> dict[str, Any]:
        Rate.objects.bulk_create(
            [
                Rate(
                    kind=rows["kind"][n],
                    code=rows["code"][n],
                    valid_from=rows["valid_from"][n],
                    value=rows["value"][n],
                )
                for n in rows.good
                if rows.outcome[n] in (CREATED, UPDATED)
            ],
            update_conflicts=True,
            unique_fields=["kind", "code", "valid_from"],
            update_fields=["value"],
            batch_size=2000,
        )
        return {}
