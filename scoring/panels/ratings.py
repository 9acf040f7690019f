"""What the pages of this app show, ready for their templates: rows, bars, scales, sentences."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.figures import NOTHING, format_iso_day, format_ratio
from common.templatetags.ui import grade_badge, money_short
from scoring.domain.altman import FORMS, Z_DOUBLE_PRIME
from scoring.domain.five_c_scale import INDICATORS
from scoring.models import Rating, Statement
from scoring.selectors import Explanation
from scoring.selectors.explain import WaterfallStep, WayOut
from scoring.selectors.ratings import ZPoint
from scoring.texts import (
    BAND_TONES,
    BANDS,
    CURES,
    FIVE_C_BANDS,
    Z_STATUSES,
    Z_TERMS,
    language,
    name_item,
    name_part,
    name_step,
    show_score,
    tell_reason,
)

# The stretch of Z″ that the scale shows; beyond it the marker stands at the end.
SCALE = (Decimal(-3), Decimal(7))
FULL = Decimal(100)


def build_result(rating: Rating, explanation: Explanation) -> dict[str, Any]:
    """Return everything that the result side of the rating page says about one rating."""
    z, form = explanation.z, FORMS[Z_DOUBLE_PRIME]
    band = str(z.get("band") or "").upper()
    qualitative = rating.components["qualitative"]
    return {
        "rating": rating,
        "grade": f"{rating.grade}{rating.modifier}",
        "score": show_score(rating.score),
        "steps": [_show_step(step) for step in explanation.waterfall],
        "components": [
            {
                "name": name_step(term.name),
                "score": show_score(term.input),
                "value": term.input,
                "weight": format_ratio(term.weight, 0),
                "contribution": show_score(term.contribution),
            }
            for term in explanation.terms
        ],
        "z": {
            "value": show_score(rating.z_value, 2),
            "has_value": rating.z_value is not None,
            "band": BANDS.get(band, ""),
            "tone": BAND_TONES.get(band, "grey"),
            "scale": draw_z_scale(rating.z_value) if rating.z_value is not None else "",
            "status": Z_STATUSES.get(z["status"], ""),
            "missing": [name_item(name) for name in z["missing"]],
            "low": show_score(form.low, 2),
            "high": show_score(form.high, 2),
            "terms": [
                {
                    "name": Z_TERMS[term.name][0],
                    "formula": Z_TERMS[term.name][1],
                    "input": show_score(term.input, 4),
                    "weight": f"{term.weight:f}",
                    "contribution": show_score(term.contribution, 4),
                }
                for term in explanation.z_terms
            ],
        },
        "five_c": {
            "score": show_score(_decimal(qualitative["raw"])),
            "band": FIVE_C_BANDS.get(qualitative["band"] or "", ""),
            "coverage": format_ratio(qualitative["coverage"], 0),
            "parts": [
                {"name": name_part(part), "score": show_score(value), "value": value}
                for part, value in explanation.parts
            ],
        },
        "caps": [
            {
                "result": "block" if cap["is_binding"] else "ok",
                "text": tell_reason({"code": cap["code"], "params": cap}),
                "note": _("This holds the grade: the score alone gives %(grade)s.")
                % {"grade": explanation.grade_before_caps}
                if cap["is_binding"]
                else _("Not binding here."),
            }
            for cap in sorted(explanation.caps, key=lambda cap: not cap["is_binding"])
        ],
        "reasons": [
            tell_reason(reason)
            for reason in explanation.reasons
            if not reason["code"].startswith(("CAP", "KO"))
        ],
        "ways": [_show_way(way) for way in explanation.ways_out],
        "next_grade": explanation.next_grade,
        "limit": _show_limit(rating, explanation.limit),
    }


def compare_ratings(new: Rating, old: Rating | None) -> list[dict[str, Any]]:
    """Put two ratings side by side, as rows of names and values."""
    pairs: list[tuple[str, Any, Any]] = [
        (_("Grade"), _badge(old), _badge(new)),
        (_("Score"), _score(old, "score"), _score(new, "score")),
        (_("Financial"), _score(old, "financial_score"), _score(new, "financial_score")),
        (_("5C assessment"), _score(old, "qualitative_score"), _score(new, "qualitative_score")),
        ("Z″", _score(old, "z_value", 2), _score(new, "z_value", 2)),
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
    ]


def list_used_items(rating: Rating | None, lines: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    """List the statement items that the rating read, by label."""
    names = (
        "total_current_assets", "inventories", "total_assets", "total_current_liabilities",
        "total_liabilities", "total_equity", "surplus_reserve", "undistributed_profit",
        "profit_before_tax", "interest_expense", "finance_costs_net", "working_capital",
        "quick_assets_cn", "retained_earnings", "net_worth", "ebit",
    )  # fmt: skip
    missing = rating.components["financial"]["z"]["missing"] if rating else ()
    shown = [name for name in names if name in lines or name in missing]
    return [
        {"label": name_item(n), "amount": lines.get(n), "is_missing": n in missing} for n in shown
    ]


def draw_z_scale(value: Decimal) -> SafeString:
    """Draw the zones of Z″ as one bar with a marker where the customer stands."""
    form = FORMS[Z_DOUBLE_PRIME]
    edges = (SCALE[0], form.low, form.high, SCALE[1])
    zones = format_html_join(
        "",
        '<rect class="{}" x="{}%" y="4" width="{}%" height="12"/>',
        (
            (css, _at(start), _at(end) - _at(start))
            for css, start, end in zip(
                ("zone-distress", "zone-grey", "zone-safe"), edges, edges[1:], strict=False
            )
        ),
    )
    return format_html(
        '<svg class="z-scale" width="100%" height="20" role="img" aria-label="{}">{}'
        '<rect class="z-mark" x="{}%" y="0" width="3" height="20" rx="1"/></svg>',
        _("Z″ %(value)s on the scale of zones") % {"value": show_score(value, 2)},
        zones,
        min(_at(value), Decimal("99.2")),
    )


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


def _show_step(step: WaterfallStep) -> dict[str, Any]:
    left, right = sorted((step.start, step.end))
    is_cut = step.change < 0
    bar = format_html(
        '<svg class="span-bar" width="100%" height="10" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100%" height="10"/>'
        '<rect class="{}" x="{}%" width="{}%" height="10"/></svg>',
        "span-cut" if is_cut else "span-up",
        round(left, 2),
        round(right - left, 2),
    )
    sign = "−" if is_cut else "+"
    return {
        "name": name_step(step.code),
        "bar": bar,
        "change": f"{sign}{show_score(abs(step.change))}",
        "end": show_score(step.end),
    }


def _show_way(way: WayOut) -> dict[str, Any]:
    if way.kind == "CAP":
        return {"text": CURES.get(way.name) or name_step(way.name), "steps": []}
    values = {"current": show_score(way.current, 2), "needed": show_score(way.needed, 2)}
    name = {"component": name_step(way.name)}
    text = _("%(component)s from %(current)s to %(needed)s points.") % (values | name)
    if way.name == "financial":
        more = (
            _("Z″ of %(z)s does it.") % {"z": show_score(way.needed_z, 2)}
            if way.needed_z is not None
            else _("No figures do it: a newer or better audited statement is needed.")
        )
        text = f"{text} {more}"
    return {
        "text": text,
        "steps": [
            _("%(question)s: one step up brings %(gain)s points.")
            % {"question": INDICATORS[up.indicator].label(language()), "gain": show_score(up.gain)}
            for up in way.steps
        ],
    }


def _show_limit(rating: Rating, limit: Mapping[str, Any]) -> dict[str, Any]:
    currency = rating.limit_currency
    has_capacity = limit["capacity"] is not None
    rows = [
        {
            "label": _("Working assets"),
            "value": money_short(limit["working_assets"], currency),
        },
        {"label": _("Evaluation"), "value": show_score(_decimal(limit["evaluation"]), 2)},
        {
            "label": _("Share of working assets"),
            "value": format_ratio(_share(limit["percentage"]), 1),
        },
        {"label": _("Capacity"), "value": money_short(limit["capacity"], currency)},
        {"label": _("Factor of the grade"), "value": limit["factor"] or NOTHING},
    ]
    return {
        "has_capacity": has_capacity,
        "value": money_short(rating.suggested_limit, currency)
        if rating.suggested_limit
        else (_("Prepayment") if has_capacity else NOTHING),
        "rows": rows,
    }


def _badge(rating: Rating | None) -> Any:
    return grade_badge(f"{rating.grade}{rating.modifier}") if rating else NOTHING


def _score(rating: Rating | None, name: str, places: int = 1) -> str:
    return show_score(getattr(rating, name), places) if rating else NOTHING


def _limit(rating: Rating | None) -> Any:
    return money_short(rating.suggested_limit, rating.limit_currency) if rating else NOTHING


def _period(rating: Rating | None) -> str:
    statement: Statement | None = rating.statement if rating else None
    return format_iso_day(statement.period_end) if statement else NOTHING


def _at(value: Decimal) -> Decimal:
    inside = min(max(value, SCALE[0]), SCALE[1])
    return round((inside - SCALE[0]) / (SCALE[1] - SCALE[0]) * FULL, 2)


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def _share(percentage: Any) -> Decimal | None:
    return None if percentage is None else Decimal(percentage) / FULL
