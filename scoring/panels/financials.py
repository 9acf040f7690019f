"""What the analysis page shows: ratios with their makings, the DuPont tree, shares and trend."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.figures import MINUS, NOTHING, format_iso_day, format_ratio, group_digits, round_places
from scoring.domain.results import Reason
from scoring.domain.statements.dupont import FIVE, THREE, Effect, explain_change, total_effect
from scoring.domain.statements.items import ITEMS, Section
from scoring.domain.statements.ratios import HIGHER, LOWER, RATIOS
from scoring.domain.statements.statements import Amount
from scoring.domain.statements.tracing import Trace
from scoring.panels.shared import show_amount
from scoring.panels.statement_entry import show_ratio
from scoring.selectors.financials import Financials, Year, get_common_size, get_trend
from scoring.selectors.peers import PeerQuartiles
from scoring.texts import SECTIONS, name_item
from scoring.words.statements import (
    DAYS,
    DUPONT,
    DUPONT_FORMULAS,
    FORMULAS,
    GUARDS,
    PEER_LEVELS,
    PERCENT,
    RATIO_GROUPS,
    RATIO_UNITS,
    STATUSES,
    name_ratio,
)

ONE_HUNDRED = Decimal(100)


def list_columns(financials: Financials) -> list[dict[str, str]]:
    """Return the heads of the columns: the day, and how a year came about when not as printed."""
    return [
        {"day": format_iso_day(year.statement.period_end), "note": _tell_method(year)}
        for year in financials.years
    ]


def _tell_method(year: Year) -> str:
    if year.method == "TTM":
        return _("last 12 months")
    if year.method == "SCALED":
        return _("%(n)s months, scaled") % {"n": year.statement.months}
    return str(year.statement.get_opinion_display())


# --- ratios -------------------------------------------------------------------------------------


def list_ratio_groups(financials: Financials, opened: str = "") -> list[dict[str, Any]]:
    """Return the ratios in groups; each row carries the rows of figures it was made of."""
    return [
        {"title": title, "rows": [_ratio_row(name, financials, opened) for name in names]}
        for title, names in RATIO_GROUPS
    ]


def _ratio_row(name: str, financials: Financials, opened: str) -> dict[str, Any]:
    years = financials.years
    amounts = [year.ratios[name][0] for year in years]
    values = [amount.value for amount in amounts]
    better = RATIOS[name].better
    return {
        "name": name,
        "label": name_ratio(name),
        "formula": FORMULAS[name],
        "is_open": opened == name,
        "cells": [_ratio_cell(name, amount) for amount in amounts],
        "change": _change(name, values),
        "good": {HIGHER: "up", LOWER: "down"}.get(better, ""),
        "suffix": _suffix(name),
        "spark": [value for value in reversed(values) if value is not None],
        "peers": _peers(name, values[0] if values else None, financials.peers),
        "makings": _makings([year.ratios[name][1] for year in years]),
    }


def _ratio_cell(name: str, amount: Amount) -> dict[str, str]:
    return {"text": show_ratio(name, amount), "why": tell_status(amount)}


def tell_status(amount: Amount) -> str:
    """Say why there is no figure, or which assumption it rests on; nothing when all is plain."""
    if amount.value is None:
        why = str(STATUSES.get(amount.status.value, amount.status.value))
        names = ", ".join(name_item(name.split(" ")[0]) for name in amount.missing[:3])
        return f"{why}: {names}" if names else why
    return " ".join(tell_guard(reason) for reason in amount.reasons)


def tell_guard(reason: Reason) -> str:
    """Return the sentence of an assumption."""
    return str(GUARDS.get(reason.code, reason.code))


def _change(name: str, values: Sequence[Decimal | None]) -> Decimal | None:
    if len(values) < 2 or values[0] is None or values[1] is None:
        return None
    factor = ONE_HUNDRED if RATIO_UNITS.get(name) == PERCENT else Decimal(1)
    return (values[0] - values[1]) * factor


def _suffix(name: str) -> str:
    unit = RATIO_UNITS.get(name)
    return _(" pp") if unit == PERCENT else _(" d") if unit == DAYS else ""


def _peers(name: str, value: Decimal | None, peers: PeerQuartiles) -> dict[str, Any] | None:
    spread = peers.ratios.get(name)
    if spread is None:
        return None
    low, median, high = (show_ratio(name, Amount(q)) for q in spread.quartiles)
    shown: dict[str, Any] = {"median": median, "range": f"{low} – {high}", "n": spread.n}
    better = RATIOS[name].better
    if value is None:
        return shown
    below = spread.place(value)
    if better == LOWER:
        below = 1 - below
    share = format_ratio(below, 0)
    if better in (HIGHER, LOWER):
        shown["place"] = _("better than %(share)s") % {"share": share}
        shown["tone"] = (
            "good" if below >= Decimal("0.75") else "bad" if below < Decimal("0.25") else ""
        )
    else:
        shown["place"] = _("above %(share)s") % {"share": share}
    return shown


def tell_peers(peers: PeerQuartiles) -> str:
    """Say who the peers are and how many."""
    level = str(PEER_LEVELS[peers.level]) % {"code": peers.code}
    return _("%(n)s customers of %(level)s") % {"n": peers.n, "level": level}


def _makings(traces: Sequence[tuple[Trace, ...]]) -> list[dict[str, Any]]:
    """Return what a ratio was made of, a row a figure, with its amount in every year."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for column, found in enumerate(traces):
        for key, depth, trace in _walk(found):
            row = rows.setdefault(
                key,
                {
                    "label": _label(trace),
                    "depth": depth,
                    "cells": [{"text": NOTHING, "why": ""} for _ in traces],
                },
            )
            row["cells"][column] = {
                "text": show_amount(trace.amount.value),
                "why": tell_status(trace.amount),
            }
    return list(rows.values())


def _walk(traces: Sequence[Trace]) -> list[tuple[tuple[Any, ...], int, Trace]]:
    found: list[tuple[tuple[Any, ...], int, Trace]] = []
    for trace in traces:
        key = (trace.item, trace.is_average)
        found.append((key, 1, trace))
        if trace.is_average and trace.before is not None:
            found += [
                ((*key, "now"), 2, trace.parts[0]),
                ((*key, "before"), 2, Trace(trace.item, trace.before, is_average=False, sign=0)),
            ]
        elif not trace.is_average:
            found += [((*key, part.item), 2, part) for part in trace.parts]
    return found


def _label(trace: Trace) -> str:
    name = name_item(trace.item)
    if trace.is_average:
        return _("%(item)s, average") % {"item": name}
    if trace.sign == 0:
        return _("%(item)s, the year before") % {"item": name}
    return f"{MINUS} {name}" if trace.sign < 0 else name


# --- DuPont -------------------------------------------------------------------------------------


def build_tree(financials: Financials, chosen: int) -> dict[str, Any] | None:
    """Return the DuPont tree of one year, with the change since the year before explained."""
    if not financials.years:
        return None
    year = financials.years[chosen]
    older = financials.years[chosen + 1] if chosen + 1 < len(financials.years) else None
    nodes = {name: _node(name, year, older) for name in ("roe", *THREE, *FIVE)}
    leaves = ("five_tax", "five_interest", "five_ebit_margin")
    return {
        "day": format_iso_day(year.statement.period_end),
        "before": format_iso_day(older.statement.period_end) if older else "",
        "root": nodes["roe"],
        "branches": [
            nodes["npm"] | {"leaves": [nodes[name] for name in leaves]},
            nodes["ato"] | {"leaves": []},
            nodes["em"] | {"leaves": []},
        ],
        "three": _explain(year, older, THREE),
        "five": _explain(year, older, FIVE),
    }


def _node(name: str, year: Year, older: Year | None) -> dict[str, Any]:
    amount = year.dupont.factors[name]
    before = older.dupont.value(name) if older else None
    return {
        "name": DUPONT[name],
        "formula": DUPONT_FORMULAS[name],
        "value": show_factor(name, amount.value),
        "before": show_factor(name, before) if older else "",
        "why": tell_status(amount),
    }


def show_factor(name: str, value: Decimal | None) -> str:
    """Return a factor as it is read: margins and returns in percent, the others as multiples."""
    if value is None:
        return NOTHING
    if name in ("roe", "npm", "five_ebit_margin"):
        return format_ratio(value, 2)
    return group_digits(value, 4 if name in ("five_tax", "five_interest") else 2)


def _explain(year: Year, older: Year | None, factors: tuple[str, ...]) -> dict[str, Any] | None:
    effects = explain_change(older.dupont, year.dupont, factors) if older else ()
    if not effects:
        return None
    total = total_effect(effects)
    most = max((abs(effect.effect) for effect in effects), default=Decimal(0)) or Decimal(1)
    return {
        "rows": [_effect(effect, most) for effect in effects],
        "total": _points(total),
        "sentence": _tell_effects(effects, total),
    }


def _effect(effect: Effect, most: Decimal) -> dict[str, Any]:
    shown = round_places(effect.effect * ONE_HUNDRED, 2)
    return {
        "name": DUPONT[effect.factor],
        "before": show_factor(effect.factor, effect.before),
        "after": show_factor(effect.factor, effect.after),
        "points": _points(effect.effect),
        "tone": "good" if shown > 0 else "bad" if shown < 0 else "",
        "share": round_places(abs(effect.effect) / most * ONE_HUNDRED, 0),
    }


def _points(value: Decimal) -> str:
    """Return a change in percentage points, signed."""
    rounded = round_places(value * ONE_HUNDRED, 2)
    text = group_digits(rounded, 2)
    sign = "+" if rounded > 0 else ""
    return _("%(n)s pp") % {"n": f"{sign}{text}"}


def _tell_effects(effects: Sequence[Effect], total: Decimal) -> str:
    lead = max(effects, key=lambda effect: abs(effect.effect))
    words = {
        "total": _points(total),
        "factor": DUPONT[lead.factor],
        "effect": _points(lead.effect),
    }
    return _("Return on equity moved by %(total)s; %(factor)s did most of it: %(effect)s.") % words


def list_dupont_rows(financials: Financials) -> list[dict[str, Any]]:
    """Return every factor in every year."""
    return [
        {
            "label": DUPONT[name],
            "is_total": name == "roe",
            "cells": [
                {
                    "text": show_factor(name, year.dupont.value(name)),
                    "why": tell_status(year.dupont.factors[name]),
                }
                for year in financials.years
            ],
        }
        for name in ("roe", *THREE, *FIVE[:3])
    ]


# --- shares and trend ---------------------------------------------------------------------------


def list_shares(years: Sequence[Year]) -> list[dict[str, Any]]:
    """Return the common-size view."""
    notes = {
        Section.BALANCE_SHEET: _("% of total assets"),
        Section.INCOME_STATEMENT: _("% of revenue"),
    }
    return [
        _section(section, notes[section], rows, lambda value: format_ratio(value, 1))
        for section, rows in get_common_size(years).items()
        if rows
    ]


def list_trend(years: Sequence[Year]) -> list[dict[str, Any]]:
    """Return the index view."""
    note = _("the oldest year is 100")
    return [
        _section(section, note, rows, lambda value: group_digits(value, 1))
        for section, rows in get_trend(years).items()
        if rows
    ]


def _section(
    section: Section,
    note: str,
    rows: Mapping[str, Sequence[Decimal | None]],
    show: Any,
) -> dict[str, Any]:
    return {
        "id": section.value.lower(),
        "title": SECTIONS[section],
        "note": note,
        "rows": [
            {
                "label": name_item(name),
                "is_total": ITEMS[name].is_total,
                "cells": [NOTHING if value is None else show(value) for value in values],
                "spark": [value for value in reversed(values) if value is not None],
            }
            for name, values in rows.items()
        ],
    }
