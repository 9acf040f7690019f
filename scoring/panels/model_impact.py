"""What the impact simulation shows: totals, who moves from which grade to which, and by what."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.figures import NOTHING, shorten, with_symbol
from common.templatetags.ui import delta_money
from customers.models import Customer
from scoring.domain.grades import LETTERS, get_letter
from scoring.domain.rating.impact import UNRATED, Impact, Mover
from scoring.texts import COMPONENTS

PER_PAGE = 50
CNY = "CNY"
MOVES = {
    "up": gettext_lazy("Better"),
    "down": gettext_lazy("Worse"),
    "shift": gettext_lazy("Within a grade"),
    "limit": gettext_lazy("Limit only"),
}


def list_totals(impact: Impact) -> list[dict[str, Any]]:
    """Return the key figures of a comparison."""
    return [
        {
            "label": _("Customers looked at"),
            "value": f"{impact.considered:,}",
            "change": _("%(n)s rated now, %(m)s by the draft")
            % {"n": f"{impact.rated_before:,}", "m": f"{impact.rated_after:,}"},
        },
        {
            "label": _("Move up / down"),
            "value": f"{impact.upgraded:,} / {impact.downgraded:,}",
            "tone": "bad" if impact.downgraded > impact.upgraded else "",
            "change": _("%(n)s within their grade") % {"n": f"{impact.shifted:,}"},
        },
        _amounts(_("Suggested limits"), impact.limit_before, impact.limit_after, good=""),
        _amounts(_("Expected loss"), impact.loss_before, impact.loss_after, good="down"),
    ]


def build_matrix(impact: Impact, url: str) -> dict[str, Any]:
    """Return the counts by letter before (rows) and after (columns); each cell links to who."""
    has_unrated = any(UNRATED in pair for pair in impact.matrix)
    letters = [*LETTERS, *([UNRATED] if has_unrated else [])]
    return {
        "letters": letters,
        "rows": [
            {
                "letter": before,
                "cells": [_cell(impact, before, after, url) for after in letters],
                "total": sum(n for (one, _x), n in impact.matrix.items() if one == before),
            }
            for before in letters
        ],
        "totals": [
            sum(n for (_x, other), n in impact.matrix.items() if other == after)
            for after in letters
        ],
        "total": sum(impact.matrix.values()),
    }


def choose_movers(
    impact: Impact, *, before: str = "", after: str = "", move: str = ""
) -> list[Mover]:
    """Return the movers of one cell of the matrix, or of one direction, furthest first."""
    movers = list(impact.movers)
    if before or after:
        wanted = (_read_letter(before), _read_letter(after))
        movers = [m for m in movers if (_letter(m.grade_before), _letter(m.grade_after)) == wanted]
    if move in MOVES:
        movers = [m for m in movers if tell_move(m) == move]
    return movers


def tell_move(mover: Mover) -> str:
    """Return which way somebody moves: up, down, shift, limit."""
    if mover.grade_before == mover.grade_after:
        return "limit"
    places = [
        LETTERS.index(_letter(g)) if g else len(LETTERS)
        for g in (mover.grade_before, mover.grade_after)
    ]
    if places[0] == places[1]:
        return "shift"
    return "down" if places[1] > places[0] else "up"


def show_page(movers: Sequence[Mover], number: Any, user: Any) -> tuple[Page[Any], list[Any]]:
    """Return one page of movers with the customers that a person may see (1 query)."""
    page = Paginator(movers, PER_PAGE).get_page(number)
    ids = [mover.customer_id for mover in page]
    customers = {c.pk: c for c in Customer.objects.for_user(user).filter(pk__in=ids)}
    return page, [
        _mover(mover, customers[mover.customer_id])
        for mover in page
        if mover.customer_id in customers
    ]


def list_chips(impact: Impact, url: str, chosen: str) -> list[dict[str, Any]]:
    """Return the filters of the list of movers."""
    counts = Counter(map(tell_move, impact.movers))
    return [
        {
            "label": f"{label} {counts[move]:,}",
            "on": move == chosen,
            "url": f"{url}#movers" if move == chosen else f"{url}?move={move}#movers",
        }
        for move, label in MOVES.items()
        if counts[move]
    ]


def _mover(mover: Mover, customer: Customer) -> dict[str, Any]:
    return {
        "customer": customer,
        "mover": mover,
        "component": COMPONENTS.get(mover.component, ""),
        "limit_change": None
        if mover.limit_before is None or mover.limit_after is None
        else mover.limit_after - mover.limit_before,
    }


def _amounts(label: str, before: Decimal, after: Decimal, *, good: str) -> dict[str, Any]:
    short_before, short_after = (with_symbol(shorten(x), CNY) for x in (before, after))
    return {
        "label": label,
        "value": short_after if after else NOTHING,
        "title": f"{before:,} → {after:,} {CNY}",
        "change": format_html(
            "{} {}",
            _("before %(amount)s") % {"amount": short_before if before else NOTHING},
            delta_money(after - before, good, CNY) if after != before else "",
        ),
    }


def _cell(impact: Impact, before: str, after: str, url: str) -> dict[str, Any]:
    count = impact.matrix.get((before, after), 0)
    order = [*LETTERS, UNRATED]
    step = order.index(after) - order.index(before)
    query = urlencode({"from": before or "none", "to": after or "none"})
    return {
        "count": count,
        "letter": after,
        "css": "is-same" if step == 0 else "is-down" if step > 0 else "is-up",
        "url": f"{url}?{query}#movers" if count and step else "",
    }


def _letter(grade: str) -> str:
    return get_letter(grade) if grade else UNRATED


def _read_letter(text: str) -> str:
    return text if text in LETTERS else UNRATED
