"""Segments: the Pareto picture of a month, and one customer's importance and value."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.clock import business_today, now
from common.errors import CreditError
from common.events import record_event
from common.exports import ExportMeta, csv_response, xlsx_response
from common.templatetags.ui import querystring_with
from customers.selectors import find_customers, get_customer
from scoring.forms.segments import SegmentForm
from scoring.models import SegmentFreeze
from scoring.panels import segments as panels
from scoring.selectors.segments import find_frozen_month, list_segment_history, list_segments
from scoring.services.segments import override_segment, segment_customers
from scoring.views.shared import crumbs
from scoring.words import segments as words
from users.permissions import may, require
from users.views_support import needs

WRITERS = {"csv": csv_response, "xlsx": xlsx_response}


@require_GET
@needs("rating.view")
def segment_list(request: HttpRequest) -> HttpResponse:
    """Show who is core and who ordinary this month, why, and what each is worth to us."""
    today = business_today()
    month = _read_month(request, today)
    everyone = list(list_segments(request.user, month=month)) if month else []
    shown = _filter(request, everyone)
    if request.GET.get("export") in WRITERS:
        return _export(request, shown, today)
    table = panels.SegmentTable(shown)
    if may(request.user, "export.bulk"):
        table.offer_exports()
    context = _describe(request, everyone, month, today)
    table.paginate_for(request)
    return render(request, "scoring/segment_list.html", context | {"table": table})


@require_POST
@needs("rating.run")
def segment_freeze(request: HttpRequest) -> HttpResponse:
    """Decide this month's segments now, if nobody did."""
    counts = segment_customers(as_of=business_today(), actor=request.user)
    if counts.is_new:
        messages.success(request, _("The segments of this month are decided."))
    else:
        messages.info(request, _("The segments of this month were decided before and stay."))
    return HttpResponseRedirect(reverse("segments"))


@require_GET
@needs("rating.view")
def customer_segment(request: HttpRequest, code: str) -> HttpResponse:
    """Show why a customer is core or ordinary, what it is worth, and how that moved."""
    return _render_customer(request, code, SegmentForm())


@require_POST
@needs("rating.override")
def segment_override(request: HttpRequest, code: str) -> HttpResponse:
    """Set a customer's segment of this month by hand."""
    customer = get_customer(code, user=request.user)
    form = SegmentForm(request.POST)
    if form.is_valid():
        try:
            override_segment(
                customer=customer, as_of=business_today(), actor=request.user, **form.cleaned_data
            )
        except CreditError as error:
            field = getattr(error, "field", "")
            form.add_error(field if field in form.fields else None, str(error))
        else:
            messages.success(request, _("The segment is set."))
            return HttpResponseRedirect(reverse("customer_segment", args=[customer.code]))
    return _render_customer(request, code, form, status=422)


def _read_month(request: HttpRequest, today: date) -> date | None:
    try:
        given = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return find_frozen_month(as_of=today)
    return find_frozen_month(as_of=given)


def _filter(request: HttpRequest, rows: list[SegmentFreeze]) -> list[SegmentFreeze]:
    segment, abc = request.GET.get("segment", ""), request.GET.get("abc", "")
    advice, query = request.GET.get("advice", ""), request.GET.get("q", "").strip()
    if segment in words.SEGMENTS:
        rows = [row for row in rows if row.segment == segment]
    if abc in ("A", "B", "C"):
        rows = [row for row in rows if row.abc == abc]
    if advice in words.ADVICE:
        rows = [row for row in rows if panels.get_advice(row) == advice]
    if request.GET.get("review"):
        rows = [row for row in rows if row.facts.get("negative_twice")]
    if query:
        found = set(find_customers(query, user=request.user).values_list("pk", flat=True))
        rows = [row for row in rows if row.customer_id in found]
    return rows


def _describe(
    request: HttpRequest, rows: list[SegmentFreeze], month: date | None, today: date
) -> dict[str, Any]:
    picture = panels.draw_pareto(rows)
    first = rows[0].facts if rows else {}
    valued = [row for row in rows if "margin" in row.facts]
    names = ("segment", "abc", "advice", "review", "q")
    is_filtered = any(request.GET.get(name) for name in names)
    return {
        "month": month,
        "picture": picture,
        "currency": first.get("currency", ""),
        "threshold": first.get("threshold") and Decimal(first["threshold"]),
        "median": first.get("median") and Decimal(first["median"]),
        "matrix": [
            cell | {"url": querystring_with(request, "advice", cell["advice"], "page", None)}
            for cell in panels.count_matrix(rows)
        ],
        "assumed": sum(not row.facts["margin_known"] for row in valued),
        "valued": len(valued),
        "chips": _list_chips(request, rows),
        "query": request.GET.get("q", "").strip(),
        "keep": [(n, request.GET[n]) for n in (*names[:-1], "month") if request.GET.get(n)],
        "clear_url": reverse("segments") if is_filtered else "",
        "may_freeze": may(request.user, "rating.run") and month != today.replace(day=1),
        "total": len(rows),
    }


def _list_chips(request: HttpRequest, rows: list[SegmentFreeze]) -> list[dict[str, Any]]:
    chips = []
    for name, values in (
        ("segment", [(code, label) for code, label in words.SEGMENTS.items()]),
        ("abc", [(letter, letter) for letter in "ABC"]),
    ):
        for code, label in values:
            count = sum(getattr(row, name) == code for row in rows)
            is_on = request.GET.get(name) == code
            if count or is_on:
                chips.append(
                    {
                        "label": f"{label} · {count}",
                        "on": is_on,
                        "url": querystring_with(
                            request, name, None if is_on else code, "page", None
                        ),
                    }
                )
    twice = sum(bool(row.facts.get("negative_twice")) for row in rows)
    is_on = bool(request.GET.get("review"))
    if twice or is_on:
        url = querystring_with(request, "review", None if is_on else "1", "page", None)
        chips.append({"label": f"{_('Negative twice')} · {twice}", "on": is_on, "url": url})
    return chips


def _export(request: HttpRequest, rows: list[SegmentFreeze], today: date) -> HttpResponse:
    require(request.user, "export.bulk")
    kind = request.GET["export"]
    names = ("month", "segment", "abc", "advice", "review", "q")
    meta = ExportMeta(
        title=_("Segments and customer value"),
        name="segments",
        as_of=today,
        made_at=now(),
        user=request.user,
        currency=rows[0].facts.get("currency", "") if rows else "",
        filters=[(name, request.GET[name]) for name in names if request.GET.get(name)],
    )
    record_event(
        "scoring.segments.exported",
        actor=request.user,
        subject=("segments", today.isoformat()),
        as_of=today,
        after={"format": kind, "rows": len(rows), "query": request.GET.urlencode()[:500]},
    )
    rows = sorted(rows, key=lambda row: (-row.revenue, row.customer.code))
    return cast(HttpResponse, WRITERS[kind](rows, panels.EXPORT_COLUMNS, meta))


def _render_customer(
    request: HttpRequest, code: str, form: SegmentForm, status: int = 200
) -> HttpResponse:
    today = business_today()
    customer = get_customer(code, user=request.user)
    history = list(list_segment_history(customer, as_of=today)[:24])
    row = history[0] if history else None
    advice = panels.get_advice(row) if row else None
    context = {
        "customer": customer,
        "crumbs": crumbs(customer),
        "row": row,
        "badge": panels.segment_badge(row) if row else "",
        "why": words.tell_why(row) if row else [],
        "advice": words.ADVICE[advice] if advice else "",
        "advice_why": words.ADVICE_WHY[advice] if advice else "",
        "value_rows": panels.list_value_rows(row) if row else [],
        "history": [(one, panels.segment_badge(one), panels.get_sets(one)) for one in history],
        "form": form,
        "may_override": may(request.user, "rating.override")
        and row is not None
        and row.month == today.replace(day=1),
    }
    return render(request, "scoring/segment_page.html", context, status=status)
