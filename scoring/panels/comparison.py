"""Two ratings beside each other: what moved, by how much, and why; and how Z went over the years."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.figures import NOTHING, format_iso_day
from common.templatetags.ui import grade_badge, money_short
from scoring.domain.models.altman import FORMS, Z_DOUBLE_PRIME
from scoring.models import Rating, Statement
from scoring.selectors import Explanation
from scoring.selectors.explain import compare
from scoring.selectors.ratings import ZPoint
from scoring.texts import BANDS, name_item, name_step, show_score
from scoring.words.models import name_model

COMPONENTS = ("financial", "behaviour", "qualitative", "external")
LEAST_MOVE = Decimal("0.005")


def compare_ratings(new: Rating, old: Rating | None) -> list[dict[str, Any]]:
    """Put two ratings side by side, as rows of names and values."""
    z_name = name_model(new.z_model or Z_DOUBLE_PRIME)
    pairs: list[tuple[str, Any, Any]] = [
        (_("Grade"), _badge(old), _badge(new)),
        (_("Score"), _score(old, "score"), _score(new, "score")),
        *(
            (name_step(name), _score(old, f"{name}_score"), _score(new, f"{name}_score"))
            for name in COMPONENTS
        ),
        (z_name, _score(old, "z_value", 2), _score(new, "z_value", 2)),
        (_("Suggested limit"), _limit(old), _limit(new)),
        (_("Statement of"), _period(old), _period(new)),
        (_("Rated on"), format_iso_day(old.as_of) if old else NOTHING, format_iso_day(new.as_of)),
        (
            _("Valid until"),
            format_iso_day(old.valid_to) if old else NOTHING,
            format_iso_day(new.valid_to),
        ),
    ]
    return [
        {"label": label, "old": before, "new": after, "differs": str(before) != str(after)}
        for label, before, after in pairs
        if (before, after) != (NOTHING, NOTHING)
    ]


def list_moves(new: Explanation, old: Explanation) -> list[dict[str, Any]]:
    """List what moved the score and the grade, in order of size, each with its reason in words."""
    before = {term.name: term for term in old.terms}
    after = {term.name: term for term in new.terms}
    moves = []
    for move in compare(new, old):
        if abs(move.change) < LEAST_MOVE:
            continue
        if move.code in COMPONENTS:
            text = _tell_move(move.code, before.get(move.code), after.get(move.code))
        elif move.before is None:
            text = _("%(cap)s: now holds.") % {"cap": name_step(move.code)}
        elif move.after is None:
            text = _("%(cap)s: no longer holds.") % {"cap": name_step(move.code)}
        else:
            text = _("%(cap)s: takes otherwise than before.") % {"cap": name_step(move.code)}
        moves.append(
            {
                "change": f"{'+' if move.change > 0 else '−'}{show_score(abs(move.change))}",
                "tone": "good" if move.change > 0 else "bad",
                "text": text,
            }
        )
    return moves


def list_used_items(rating: Rating | None, lines: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    """List the statement items that the models read first, by label."""
    names = (
        "total_current_assets", "inventories", "total_assets", "total_current_liabilities",
        "total_liabilities", "total_equity", "surplus_reserve", "undistributed_profit",
        "revenue", "net_profit", "profit_before_tax", "interest_expense", "finance_costs_net",
        "net_cash_operating", "working_capital", "quick_assets_cn", "retained_earnings",
        "net_worth", "ebit",
    )  # fmt: skip
    missing = rating.components["financial"]["z"]["missing"] if rating else ()
    shown = [name for name in names if name in lines or name in missing]
    return [
        {"label": name_item(n), "amount": lines.get(n), "is_missing": n in missing} for n in shown
    ]


def describe_trend(points: Sequence[ZPoint]) -> dict[str, Any] | None:
    """Return the chart of Z″ over the customer's periods, and what it says; nothing without two."""
    known = [point for point in points if point.value is not None]
    if len(known) < 2:
        return None
    form, first, last = FORMS[Z_DOUBLE_PRIME], known[0], known[-1]
    values = [float(round(point.value, 2)) for point in known if point.value is not None]
    low, high = min(*values, 0.0) - 0.5, max(*values, float(form.high)) + 0.5
    zones = (
        (float(form.high), high, "chart-safe", BANDS["SAFE"]),
        (float(form.low), float(form.high), "chart-grey", BANDS["GREY"]),
        (low, float(form.low), "chart-distress", BANDS["DISTRESS"]),
    )
    return {
        "spec": {
            "kind": "line",
            "legend": False,
            "min": round(low, 1),
            "max": round(high, 1),
            "categories": [point.period_end.isoformat() for point in known],
            "zones": [
                {"from": start, "to": end, "color": color, "name": str(name)}
                for start, end, color, name in zones
            ],
            "series": [{"name": "Z″", "color": "chart-1", "values": values}],
        },
        "finding": _("Z″ went from %(first)s (%(from)s) to %(last)s (%(to)s).")
        % {
            "first": show_score(first.value, 2),
            "from": first.period_end.isoformat(),
            "last": show_score(last.value, 2),
            "to": last.period_end.isoformat(),
        },
    }


def _tell_move(name: str, old: Any, new: Any) -> str:
    component = name_step(name)
    if old is None:
        return _("%(component)s: new, with %(points)s points.") % {
            "component": component, "points": show_score(new.input),
        }  # fmt: skip
    if new is None:
        return _("%(component)s: no longer available.") % {"component": component}
    if old.input == new.input:
        return _("%(component)s: unchanged, but it weighs otherwise beside the rest.") % {
            "component": component
        }
    return _("%(component)s: from %(before)s to %(after)s points.") % {
        "component": component,
        "before": show_score(old.input),
        "after": show_score(new.input),
    }


def _badge(rating: Rating | None) -> Any:
    return grade_badge(rating.shown_grade) if rating else NOTHING


def _score(rating: Rating | None, name: str, places: int = 1) -> str:
    return show_score(getattr(rating, name), places) if rating else NOTHING


def _limit(rating: Rating | None) -> Any:
    return money_short(rating.suggested_limit, rating.limit_currency) if rating else NOTHING


def _period(rating: Rating | None) -> str:
    statement: Statement | None = rating.statement if rating else None
    return format_iso_day(statement.period_end) if statement else NOTHING
