"""How figures, states and small graphics look, once for the whole house. Loaded everywhere."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import figures, svg
from common.assets import SPRITE, asset_url
from common.badges import GRADES, find_badge

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw an icon of the sprite: {% icon "scale" %}. Decoration: the words beside it count."""
    return format_html(
        '<svg class="i{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        asset_url(f"vendor/{SPRITE}"),
        name,
    )


@register.simple_tag
def asset(path: str) -> str:
    """Give the address of a static file, also where that file is missing: the page still works."""
    return asset_url(path)


@register.simple_tag
def querystring_with(request: HttpRequest | None, *pairs: Any) -> str:
    """Give this page's query with some parameters set: {% querystring_with request "page" 2 %}.

    Pairs of name and value; None takes a parameter out. Everything else in the URL is kept.
    """
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if value is None:
            query.pop(str(name), None)
        else:
            query[str(name)] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag
def chart_data(spec: Any, element_id: str) -> SafeString:
    """Write the description of a chart as data that a script may read: the policy allows no code."""
    return json_script(spec, f"{element_id}-data")


# --- figures ------------------------------------------------------------------------------------


@register.filter
def money(amount: Any, currency: str = "") -> str:
    """Show the full amount: {{ amount|money:"CNY" }} to the cent, {{ amount|money }} in units.

    Thousands separated, minus as "−", zero and nothing as "–"; the currency stands in the header.
    """
    return figures.format_amount(amount, currency)


@register.simple_tag
def money_short(amount: Any, currency: str = "") -> SafeString:
    """Show a short amount with its sign, the full one in `title`: ¥1.24M, or ¥124.0万."""
    short = figures.with_symbol(figures.shorten(amount), currency)
    if short == figures.NOTHING:
        return SafeString(short)
    return format_html(
        '<span class="tnum nowrap" title="{}">{}</span>',
        figures.with_symbol(figures.format_amount(amount, currency), currency),
        short,
    )


@register.simple_tag(takes_context=True)
def money_cell(context: Context, amount: Any, currency: str = "") -> SafeString | str:
    """Show an amount in the page's unit (the user's setting), the full one in `title`."""
    text = figures.format_in_unit(amount, str(context.get("unit") or "FULL"))
    if text == figures.NOTHING:
        return text
    full = figures.with_symbol(figures.format_amount(amount, currency or "CNY"), currency)
    return format_html('<span title="{}">{}</span>', full, text)


@register.simple_tag(takes_context=True)
def unit_name(context: Context, currency: str) -> str:
    """Name currency and unit for a subtitle or a table head: CNY thousand."""
    return figures.name_unit(str(context.get("unit") or "FULL"), currency)


@register.filter
def day(value: date | datetime | None) -> str:
    """Show a day in a sentence: 23 Nov 2026, or 2026年11月23日."""
    return figures.format_day(value)


@register.filter
def isoday(value: date | datetime | None) -> str:
    """Show a day in a table: 2026-11-23 in both languages."""
    return figures.format_iso_day(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Show an instant to the minute, in the house's time zone."""
    return figures.format_moment(value)


@register.filter
def moment_or_day(value: date | datetime | None) -> str:
    """Show an instant to the minute, a day as a day."""
    return (
        figures.format_moment(value) if isinstance(value, datetime) else figures.format_day(value)
    )


@register.filter
def pct(ratio: Any, places: int = 1) -> str:
    """Show a ratio as a percentage with one decimal: {{ 0.383|pct }} is 38.3%."""
    return figures.format_ratio(ratio, places)


@register.filter
def count(number: Any) -> str:
    """Show a count with thousands separators; zero stays a zero."""
    value = figures.to_decimal(number)
    return figures.NOTHING if value is None else figures.group_digits(value, 0)


@register.filter
def monogram(name: Any) -> str:
    """Show the letters that stand for a name: NH for Ningbo Huarui, 宁波 for 宁波华锐."""
    text = str(name or "").strip()
    if text and not text[0].isascii():
        return text[:2]
    return "".join(word[0] for word in text.split()[:2]).upper() or "?"


# --- badges -------------------------------------------------------------------------------------


@register.simple_tag
def grade_badge(grade: Any) -> SafeString:
    """Show a rating grade; the letters are the message. None is "Unrated", BLOCKED no grade at all."""
    code = str(grade or "").strip()
    if code == "BLOCKED":
        return format_html('<span class="grade grade-none">{}</span>', _("Trading blocked"))
    if code.rstrip("+-") not in GRADES:
        return format_html('<span class="grade grade-none">{}</span>', code or _("Unrated"))
    return format_html('<span class="grade grade-{}">{}</span>', code.rstrip("+-"), code)


@register.simple_tag
def state_badge(code: Any, label: Any = "") -> SafeString:
    """Show a state by its stored code, as icon, word and tone; `label` overrides the word."""
    if not code:
        return SafeString("")
    badge = find_badge(str(code), label)
    mark = icon(badge.icon, "i-sm") if badge.icon else SafeString("")
    return format_html('<span class="state tone-{}">{}{}</span>', badge.tone, mark, badge.label)


@register.simple_tag
def days_late(days: Any) -> SafeString | str:
    """Show how late: +24 d past due in amber, red beyond 90 days; grey while not due."""
    number = figures.to_decimal(days)
    if number is None:
        return figures.NOTHING
    late = int(number)
    if late <= 0:
        left = -late
        text = (
            ngettext("due in %(n)d day", "due in %(n)d days", left) % {"n": left}
            if left
            else _("due today")
        )
        return format_html('<span class="late">{}</span>', text)
    tone = "late-bad" if late > 90 else "late-some"
    text = ngettext("%(n)d day late", "%(n)d days late", late) % {"n": late}
    return format_html('<span class="late {}">{}</span>', tone, text)


@register.simple_tag
def delta(value: Any, good: str = "up", suffix: str = "", places: int = 1) -> SafeString | str:
    """Show a change with arrow and sign, coloured by whether it is good news, not by direction.

    `good` says which direction is good: "up", "down" or "" (neither).
    """
    number = figures.to_decimal(value)
    if number is None:
        return ""
    rounded = figures.round_places(number, places)
    return _draw_delta(rounded, f"{figures.group_digits(abs(rounded), places)}{suffix}", good)


@register.simple_tag
def delta_money(value: Any, good: str = "up", currency: str = "") -> SafeString | str:
    """Show a change of an amount, short: ↗ +2.4M."""
    number = figures.to_decimal(value)
    if number is None:
        return ""
    text = figures.shorten(abs(number)) if number else "0"
    return _draw_delta(number, figures.with_symbol(text, currency), good)


def _draw_delta(number: Decimal, text: str, good: str) -> SafeString:
    if not number:
        return format_html('<span class="delta">±{}</span>', text)
    up = number > 0
    tone = "" if not good else " delta-good" if up == (good == "up") else " delta-bad"
    arrow = icon("arrow-up-right", "i-sm") if up else icon("arrow-down-right", "i-sm")
    sign = "+" if up else figures.MINUS
    return format_html('<span class="delta{}">{}{}{}</span>', tone, arrow, sign, text)


# --- small graphics -----------------------------------------------------------------------------


def _read(bucket: Any, name: str) -> Any:
    return bucket.get(name) if isinstance(bucket, Mapping) else getattr(bucket, name, None)


@register.simple_tag
def aging_bar(
    buckets: Iterable[Any], currency: str = "", legend: bool = True, height: int = 14
) -> SafeString:
    """Draw receivables by age. Each bucket has `label`, `amount`, and optionally `url`, `active`.

    The first bucket is what is not due; colours spread over 1–8 buckets. With `legend` every
    bucket is named with its share and amount (and linked); without it the bar speaks for itself.
    """
    rows = list(buckets)
    amounts = [figures.to_decimal(_read(row, "amount")) or Decimal(0) for row in rows]
    # Credit balances take no room in the bar, so a share is of what is drawn.
    whole = sum((amount for amount in amounts if amount > 0), Decimal(0))
    classes = [svg.bucket_class(index, len(rows)) for index in range(len(rows))]
    shares = [amount / whole if whole and amount > 0 else Decimal(0) for amount in amounts]
    spoken = ", ".join(
        f"{_read(row, 'label')} {figures.format_ratio(share)}"
        for row, share in zip(rows, shares, strict=True)
    )
    bar = svg.stacked_bar(
        list(zip(amounts, classes, strict=True)),
        label="" if legend else _("Aging: %(parts)s") % {"parts": spoken},
        urls=[str(_read(row, "url") or "") for row in rows] if legend else (),
        height=height,
    )
    if not legend:
        return bar
    items = [
        (_draw_legend_item(row, css, amount, share, currency),)
        for row, css, amount, share in zip(rows, classes, amounts, shares, strict=True)
    ]
    return format_html(
        '{}<ul class="legend">{}</ul>', bar, format_html_join("", "<li>{}</li>", items)
    )


def _draw_legend_item(
    row: Any, css: str, amount: Decimal, share: Decimal, currency: str
) -> SafeString:
    inner = format_html(
        '<span class="name"><span class="swatch {}"></span>{} <span class="share">{}</span></span>'
        "<b>{}</b>",
        css,
        _read(row, "label"),
        figures.format_ratio(share),
        money_short(amount, currency),
    )
    url = _read(row, "url")
    if not url:
        return format_html("<div>{}</div>", inner)
    current = SafeString(' aria-current="true"') if _read(row, "active") else SafeString("")
    return format_html('<a href="{}"{}>{}</a>', url, current, inner)


@register.simple_tag
def limit_bar(used: Any, reserved: Any, total: Any, height: int = 10) -> SafeString:
    """Draw the use of a limit: owed, then reserved by open orders, then what is free."""
    taken, held, limit = (
        figures.to_decimal(value) or Decimal(0) for value in (used, reserved, total)
    )
    over = limit <= 0 or taken + held > limit
    if limit > 0:
        label = _("%(used)s of the limit used, %(reserved)s reserved by open orders") % {
            "used": figures.format_ratio(taken / limit),
            "reserved": figures.format_ratio(held / limit),
        }
    else:
        label = _("No limit")
    return svg.stacked_bar(
        [(taken, "over" if over and taken else "used"), (held, "reserved")],
        label=label,
        total=limit,
        height=height,
    )


@register.simple_tag
def score_bar(score: Any, out_of: Any = 100, height: int = 6) -> SafeString:
    """Draw a score as a bar whose colour says how good it is; the number stands beside it."""
    number = figures.to_decimal(score) or Decimal(0)
    whole = figures.to_decimal(out_of) or Decimal(100)
    share = number / whole
    steps = (("0.7", "good"), ("0.5", "warn"), ("0.3", "orange"), ("-1", "bad"))
    tone = next((name for edge, name in steps if share >= Decimal(edge)), "bad")
    return svg.stacked_bar([(number, f"fill-{tone}")], total=whole, height=height)


@register.simple_tag
def progress_bar(done: Any, total: Any, height: int = 8) -> SafeString:
    """Draw how far a job is; its words stand beside it."""
    return svg.stacked_bar([(done, "used")], total=total, height=height)


@register.simple_tag
def sparkline(values: Iterable[Any]) -> SafeString:
    """Draw the recent course of a figure; decoration beside the figure and its change."""
    return svg.sparkline(list(values or ()))


@register.simple_tag
def ring(score: Any, label: str = "") -> SafeString:
    """Draw a score from 0 to 100 as a ring; from 80 it is red: the more urgent, the fuller."""
    number = figures.to_decimal(score) or Decimal(0)
    return svg.ring(number, label=label or _("Priority %(score)s of 100") % {"score": int(number)})


# --- pieces of a page ---------------------------------------------------------------------------


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    title: str, text: str = "", url: str = "", action: str = "", icon_name: str = "inbox"
) -> dict[str, Any]:
    """Say in one sentence that nothing is here, and offer one action.

    `icon_name` is one of inbox, search, building, file-import, circle-check.
    """
    return {"title": title, "text": text, "url": url, "action": action, "icon_name": icon_name}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], param: str = "page", name: str = "") -> dict[str, Any]:
    """Show which rows these are and links to the other pages; the rest of the URL is kept.

    `name` tells two lists of one page apart for those who cannot see them.
    """
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "numbers": list(numbers),
        "param": param,
        "name": name,
        "gap": page.paginator.ELLIPSIS,
        "request": context.get("request"),
    }


@register.filter
def control(field: BoundField, css: str = "") -> SafeString:
    """Render a form field's control, with the kit's class and the links to hint and error."""
    widget = field.field.widget
    kind = "form-control"
    if isinstance(widget, (CheckboxInput, RadioSelect)):
        kind = "form-check-input"
    elif isinstance(widget, Select):
        kind = "form-select"
    attrs: dict[str, str | bool] = {
        "class": " ".join(filter(None, (kind, widget.attrs.get("class"), css)))
    }
    described = [f"{field.auto_id}-hint"] if field.help_text else []
    if field.errors:
        described.append(f"{field.auto_id}-error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Tell whether a form field is a single tick box, whose label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def fieldset_like(field: BoundField) -> bool:
    """Tell whether a form field is a group of controls, which needs a legend, not a label."""
    return field.use_fieldset
