"""The result side of the rating page: grade, waterfall, what holds the grade, the way out."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.figures import format_ratio
from customers.models import ListCheck
from scoring.domain.grades import LETTERS, get_lower_bound
from scoring.domain.models.altman import FORMS, Z_DOUBLE_PRIME
from scoring.domain.models.five_c_scale import INDICATORS
from scoring.models import Rating
from scoring.selectors import Explanation
from scoring.selectors.explain import WaterfallStep, WayOut
from scoring.texts import (
    BAND_TONES,
    BANDS,
    CURES,
    FIVE_C_BANDS,
    Z_STATUSES,
    language,
    name_item,
    name_part,
    name_step,
    show_score,
    tell_reason,
)
from scoring.words.models import name_model

# The stretch of Z that the scale shows; beyond it the marker stands at the end.
SCALE = (Decimal(-3), Decimal(7))
FULL = Decimal(100)
# Where the letters begin on the scale of scores, for the picture.
BANDED = [letter for letter in LETTERS if letter != "D"]


def build_result(rating: Rating, explanation: Explanation) -> dict[str, Any]:
    """Return what the result side says about one rating, stored or proposed."""
    return {
        "rating": rating,
        "grade": rating.shown_grade,
        "score": show_score(rating.score),
        "scale": draw_grade_scale(rating.score) if rating.score is not None else "",
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
        "z": _show_z(rating),
        "five_c": _show_five_c(rating, explanation),
        "caps": _show_caps(rating, explanation),
        "reasons": [
            tell_reason(reason)
            for reason in explanation.reasons
            if reason["code"] != "COMPONENT" and not reason["code"].startswith(("CAP", "KO"))
        ],
        "ways": [_show_way(way) for way in explanation.ways_out],
        "next_grade": explanation.next_grade,
        "said": _("Trading blocked")
        if rating.is_trading_blocked
        else _("Grade %(grade)s, %(score)s points.")
        % {"grade": rating.shown_grade, "score": show_score(rating.score)},
    }


def draw_grade_scale(score: Decimal) -> SafeString:
    """Draw the letters over the scale of 0 to 100, with a mark where the score stands."""
    edges = [(letter, get_lower_bound(_lowest(letter))) for letter in reversed(BANDED)]
    ends = [start for _letter, start in edges[1:]] + [FULL]
    bands = format_html_join(
        "",
        '<rect class="band-{}" x="{}%" y="0" width="{}%" height="8"/>'
        '<text x="{}%" y="19" text-anchor="middle">{}</text>',
        (
            (letter, start, end - start, (start + end) / 2, letter)
            for (letter, start), end in zip(edges, ends, strict=True)
        ),
    )
    return format_html(
        '<svg class="grade-scale" width="100%" height="22" role="img" aria-label="{}">{}'
        '<rect class="z-mark" x="{}%" y="-1" width="3" height="11" rx="1"/></svg>',
        _("%(score)s points on the scale of grades") % {"score": show_score(score)},
        bands,
        round(min(max(score, Decimal(0)), Decimal("99.4")), 2),
    )


def draw_z_scale(value: Decimal, model: str = Z_DOUBLE_PRIME) -> SafeString:
    """Draw the zones of a Z-score as one bar with a marker where the customer stands."""
    form = FORMS[model]
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
        _("%(model)s %(value)s on the scale of zones")
        % {"model": name_model(model), "value": show_score(value, 2)},
        zones,
        min(_at(value), Decimal("99.2")),
    )


def _lowest(letter: str) -> str:
    return letter if letter in ("AAA", "CC", "C") else f"{letter}-"


def _show_z(rating: Rating) -> dict[str, Any]:
    model = rating.z_model or Z_DOUBLE_PRIME
    z, form = rating.components["financial"]["z"], FORMS[model]
    band = rating.z_band
    return {
        "name": name_model(model),
        "value": show_score(rating.z_value, 2),
        "has_value": rating.z_value is not None,
        "band": BANDS.get(band, ""),
        "tone": BAND_TONES.get(band, "grey"),
        "scale": draw_z_scale(rating.z_value, model) if rating.z_value is not None else "",
        "status": Z_STATUSES.get(z["status"], ""),
        "missing": [name_item(name) for name in z["missing"]],
        "zones": _("distress below %(low)s, safe above %(high)s")
        % {"low": show_score(form.low, 2), "high": show_score(form.high, 2)},
    }


def _show_five_c(rating: Rating, explanation: Explanation) -> dict[str, Any]:
    qualitative = rating.components["qualitative"]
    return {
        "score": show_score(_decimal(qualitative["raw"])),
        "band": FIVE_C_BANDS.get(qualitative["band"] or "", ""),
        "coverage": format_ratio(qualitative["coverage"], 0),
        "has_parts": any(value is not None for _part, value in explanation.parts),
        "parts": [
            {"name": name_part(part), "score": show_score(value), "value": value}
            for part, value in explanation.parts
        ],
    }


def _show_caps(rating: Rating, explanation: Explanation) -> list[dict[str, Any]]:
    hits = {hit["flag"]: hit for hit in rating.components["facts"].get("hits", ())}
    return [
        {
            "result": "block" if cap["is_binding"] else "ok",
            "text": tell_reason({"code": cap["code"], "params": cap}),
            "note": " ".join(
                str(part)
                for part in (
                    _("This holds the grade: the score alone gives %(grade)s.")
                    % {"grade": explanation.grade_before_caps}
                    if cap["is_binding"]
                    else _("Not binding here."),
                    _tell_evidence(hits.get(cap.get("flag") or "")),
                )
                if part
            ),
        }
        for cap in sorted(explanation.caps, key=lambda cap: not cap["is_binding"])
    ]


def _tell_evidence(hit: Mapping[str, Any] | None) -> str:
    """Say which entry of a public list a cap rests on."""
    if hit is None:
        return ""
    labels: dict[str, Any] = dict(ListCheck.Kind.choices)
    values = {
        "list": labels.get(hit["kind"], hit["kind"]),
        "since": hit["since"],
        "removed": hit["removed_on"],
    }
    if hit["removed_on"]:
        return _("Evidence: %(list)s, since %(since)s, removed on %(removed)s.") % values
    return _("Evidence: %(list)s, since %(since)s.") % values


def _show_step(step: WaterfallStep) -> dict[str, Any]:
    left, right = sorted((step.start, step.end))
    is_cut = step.change < 0
    ticks = format_html_join(
        "",
        '<rect class="tick" x="{}%" width="1" height="12"/>',
        ((get_lower_bound(_lowest(letter)),) for letter in BANDED[:-1]),
    )
    bar = format_html(
        '<svg class="span-bar" width="100%" height="12" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100%" height="12"/>{}'
        '<rect class="{}" x="{}%" width="{}%" height="12"/></svg>',
        ticks,
        "span-cut" if is_cut else "span-up",
        round(left, 2),
        round(right - left, 2),
    )
    sign = "−" if is_cut else "+"
    return {
        "code": step.code,
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
            _("%(model)s of %(z)s alone does it.")
            % {"model": name_model(way.z_model or Z_DOUBLE_PRIME), "z": show_score(way.needed_z, 2)}
            if way.needed_z is not None
            else _("No Z-score alone does it: other figures, or a better audited statement, must.")
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


def _at(value: Decimal) -> Decimal:
    inside = min(max(value, SCALE[0]), SCALE[1])
    return round((inside - SCALE[0]) / (SCALE[1] - SCALE[0]) * FULL, 2)


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def show_shares(explanation: Explanation | None) -> Mapping[str, Decimal]:
    """Return what each component weighs in the score, 0 to 1."""
    return {} if explanation is None else {term.name: term.weight for term in explanation.terms}
