"""The overview's figures in words: labels, units, formulas, and the terms they are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import figures
from common.templatetags.ui import delta, delta_money
from dashboards.domain.periods import PeriodCode
from dashboards.kpis import Kpi, Term, Unit
from dashboards.overview_links import page_url

Words = str | Promise

PERIODS: dict[PeriodCode, Words] = {
    PeriodCode.MONTH: gettext_lazy("Month"),
    PeriodCode.YEAR: gettext_lazy("12 months"),
    PeriodCode.TO_DATE: gettext_lazy("Year to date"),
}
COMPARED: dict[PeriodCode, Words] = {
    PeriodCode.MONTH: gettext_lazy("compared with a month ago"),
    PeriodCode.YEAR: gettext_lazy("compared with a year ago"),
    PeriodCode.TO_DATE: gettext_lazy("compared with the end of last year"),
}


@dataclass(frozen=True)
class Face:
    """How one key figure is presented; `good` is the direction that is good news."""

    label: Words
    formula: Words
    good: str
    url: Callable[[], str]


FACES: dict[str, Face] = {
    "AR": Face(
        gettext_lazy("Total receivables"),
        gettext_lazy("Open items less money and credit notes on account, tax included."),
        "",
        lambda: page_url("aging"),
    ),
    "OVERDUE": Face(
        gettext_lazy("Overdue"),
        gettext_lazy("Open items whose due date has passed."),
        "down",
        lambda: page_url("aging", overdue=1),
    ),
    "DSO": Face(
        gettext_lazy("DSO"),
        gettext_lazy("Receivables ÷ net credit sales of the period × days of the period."),
        "down",
        lambda: page_url("aging", sort="-total"),
    ),
    "LIMIT_USE": Face(
        gettext_lazy("Limit utilisation"),
        gettext_lazy("Gross exposure of all accounts ÷ their limits in force, last night."),
        "down",
        lambda: page_url("limits"),
    ),
    "CEI": Face(
        gettext_lazy("Collection effectiveness"),
        gettext_lazy(
            "(Beginning receivables + sales − ending receivables) ÷ (beginning receivables + sales"
            " − ending receivables not overdue). The curve goes month by month."
        ),
        "up",
        lambda: page_url("dunning"),
    ),
    "EXPECTED_CASH": Face(
        gettext_lazy("Expected this week"),
        gettext_lazy(
            "What was open on Monday and falls due this week, and promises for this week on items"
            " that were overdue before."
        ),
        "",
        lambda: page_url("receipts"),
    ),
}
TERMS: dict[str, Words] = {
    "OPEN_ITEMS": gettext_lazy("Open items"),
    "ON_ACCOUNT": gettext_lazy("On account"),
    "BEFORE": gettext_lazy("At the start of the period"),
    "OVERDUE": gettext_lazy("Overdue"),
    "AR": gettext_lazy("Receivables now"),
    "SALES": gettext_lazy("Net credit sales of the period"),
    "DAYS": gettext_lazy("Days of the period"),
    "BEST_DSO": gettext_lazy("Best possible DSO"),
    "GROSS": gettext_lazy("Gross exposure"),
    "LIMITS": gettext_lazy("Limits in force"),
    "NIGHT": gettext_lazy("As seen in the night of"),
    "BEGINNING_AR": gettext_lazy("Beginning receivables"),
    "CURRENT_AR": gettext_lazy("Receivables not overdue"),
    "RECEIVED": gettext_lazy("Received so far"),
    "EXPECTED_BEFORE": gettext_lazy("Expected last week"),
    "RECEIVED_BEFORE": gettext_lazy("Received last week"),
}


def show_kpi(kpi: Kpi, currency: str) -> dict[str, Any]:
    """Return a key figure as the strip shows it."""
    face = FACES[kpi.code]
    return {
        "id": f"kpi-{kpi.code.lower().replace('_', '-')}",
        "label": face.label,
        "value": show_value(kpi.value, kpi.unit, currency),
        "unit": name_unit(kpi.unit, kpi.value),
        "title": figures.format_amount(kpi.value, currency) if kpi.unit is Unit.MONEY else "",
        "change": show_change(kpi, currency),
        "values": [value for _day, value in kpi.series if value is not None],
        "url": face.url(),
        "formula": face.formula,
        "terms": [
            {"label": TERMS[term.name], "value": show_term(term, currency)} for term in kpi.terms
        ],
    }


def show_value(value: Decimal | None, unit: Unit, currency: str) -> str:
    """Return a figure, short."""
    if value is None:
        return figures.NOTHING
    if unit is Unit.MONEY:
        return figures.with_symbol(figures.shorten(value), currency)
    return figures.group_digits(value, 1)


def name_unit(unit: Unit, value: Decimal | None) -> str:
    """Return the word behind a figure: days, or the percent sign."""
    if value is None or unit is Unit.MONEY:
        return ""
    return "%" if unit is Unit.PERCENT else ngettext("day", "days", int(value))


def show_change(kpi: Kpi, currency: str) -> str:
    """Return the change as marked-up text, coloured by whether it is good."""
    good = FACES[kpi.code].good
    if kpi.change_unit is Unit.MONEY:
        return delta_money(kpi.change, good, currency)
    suffix = "%" if kpi.change_unit is Unit.PERCENT and kpi.unit is Unit.MONEY else ""
    return delta(kpi.change, good, suffix)


def show_term(term: Term, currency: str) -> str:
    """Return one input of a formula in full."""
    if term.value is None:
        return figures.NOTHING
    if isinstance(term.value, date):
        return figures.format_day(term.value)
    if term.unit is Unit.MONEY:
        return figures.with_symbol(figures.format_amount(term.value, currency), currency)
    places = 0 if term.value == term.value.to_integral_value() else 1
    return figures.group_digits(term.value, places)


def greet(hour: int, name: str) -> str:
    """Return the greeting of the hour."""
    if hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    if hour < 18:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}
