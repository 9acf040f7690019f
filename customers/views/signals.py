"""Pages of early warning: what to assess, one signal with its steps."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.clock import business_today, now
from common.deadlines import Light, traffic_light
from common.errors import CreditError
from common.tables import read_page_size
from customers import services
from customers.domain.signals import CATALOGUE, TO_ANSWER
from customers.forms.signals import ActForm, AssessForm, NoteForm, SignalForm
from customers.models import Customer, Signal
from customers.selectors import get_customer, get_signal, match_customers
from customers.selectors.parties import annotate_spelling
from customers.selectors.signals import (
    conceal_strangers,
    count_by_severity,
    group_by_customer,
    list_signals,
    list_steps,
    order_by_urgency,
)
from customers.services.documents import public_title
from customers.views.parties import posted, put_error
from customers.words.signals import NAMES, describe_signal, find_source, signal_name
from users.permissions import may
from users.views_support import needs

TABS = ("open", "acted", "all")
VERDICTS = ("confirm", "dismiss")
LAMPS = {Light.GREEN: "good", Light.AMBER: "warn", Light.RED: "bad", Light.OVERDUE: "bad"}


def _lamp(signal: Signal, moment: datetime) -> dict[str, Any]:
    """Return the colour of a signal's clock, and whether it ran out."""
    if signal.due_at is None:
        return {"tone": "grey", "is_late": False}
    light = traffic_light(signal.recorded_at, signal.due_at, moment)
    if signal.due_at <= signal.recorded_at:  # told late: it was due before it was known
        light = Light.OVERDUE if signal.due_at <= moment else Light.RED
    return {"tone": LAMPS[light], "is_late": light is Light.OVERDUE}


def signal_row(signal: Signal, moment: datetime) -> dict[str, Any]:
    """Return a signal with its words, as lists and pages show it."""
    customer = signal.customer
    return {
        "signal": signal,
        "customer": customer,
        "name": signal_name(signal.code),
        "text": describe_signal(signal.code, signal.facts) or signal.note,
        "source": find_source(signal.code, customer.code, signal.facts),
        **_lamp(signal, moment),
    }


@needs("signal.view")
@require_GET
def signal_list(request: HttpRequest) -> HttpResponse:
    """Show what warns, the most urgent first, or customer by customer."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "open"
    chosen = _read_filters(request)
    seen = _of_tab(_filtered(request, chosen), tab)
    is_grouped = request.GET.get("by") == "customer"
    signals = group_by_customer(seen) if is_grouped else order_by_urgency(seen)
    page = Paginator(signals, read_page_size(request)).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    conceal_strangers(page.object_list, user=request.user)
    moment = now()
    rows = [signal_row(signal, moment) for signal in page.object_list]
    context = {
        "rows": _mark_first(rows) if is_grouped else rows,
        "page": page,
        "total": page.paginator.count,
        "tab": tab,
        "tabs": list_tabs(request, tab),
        "is_grouped": is_grouped,
        "views": _view_switch(request, is_grouped),
        "chips": _chips(request, chosen),
        "menus": [_code_menu(request, chosen["code"])],
        "query": chosen["q"],
        "keep": [(k, v) for k, v in request.GET.items() if k not in ("q", "page")],
        "clear_url": f"?tab={tab}" if any(chosen.values()) else "",
        "may_assess": may(request.user, "signal.assess"),
        "may_raise": may(request.user, "signal.raise"),
        "as_of": business_today(),
        "scope": request.user.get_data_scope_display(),  # type: ignore[union-attr]
    }
    return render(request, "customers/signal_list.html", context)


def _read_filters(request: HttpRequest) -> dict[str, str]:
    severity, code = request.GET.get("severity", ""), request.GET.get("code", "")
    return {
        "severity": severity if severity in Signal.Severity.values else "",
        "code": code if code in CATALOGUE else "",
        "q": request.GET.get("q", "").strip()[:80],
    }


def _filtered(request: HttpRequest, chosen: dict[str, str]) -> Any:
    signals = list_signals(request.user)
    if chosen["severity"]:
        signals = signals.filter(severity=chosen["severity"])
    if chosen["code"]:
        signals = signals.filter(code=chosen["code"])
    if chosen["q"]:
        found = annotate_spelling(Customer.objects.for_user(request.user))
        found = found.filter(match_customers(chosen["q"])).order_by()
        signals = signals.filter(customer__in=found.values("pk"))
    return signals


def _of_tab(signals: Any, tab: str) -> Any:
    if tab == "open":
        return signals.filter(state__in=TO_ANSWER)
    return signals.filter(state=Signal.State.ACTIONED) if tab == "acted" else signals


def list_tabs(request: HttpRequest, tab: str) -> list[dict[str, Any]]:
    """Return the tabs of early warning with their counts."""
    counts = count_by_severity(request.user)
    return [
        {
            "label": _("To answer"),
            "url": reverse("signals"),
            "active": tab == "open",
            "count": counts["open"],
        },
        {
            "label": _("Acted on"),
            "url": "?tab=acted",
            "active": tab == "acted",
            "count": counts["acted"],
        },
        {"label": _("All"), "url": "?tab=all", "active": tab == "all", "count": 0},
        {
            "label": _("Watch list"),
            "url": reverse("watch_list"),
            "active": tab == "watch",
            "count": counts["watched"],
        },
    ]


def _with(request: HttpRequest, **changes: str) -> str:
    query = {k: str(v) for k, v in request.GET.items() if k != "page"} | changes
    return "?" + urlencode({k: v for k, v in query.items() if v})


def _chips(request: HttpRequest, chosen: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "on": chosen["severity"] == code,
            "url": _with(request, severity="" if chosen["severity"] == code else code),
        }
        for code, label in reversed(Signal.Severity.choices)
    ]


def _code_menu(request: HttpRequest, code: str) -> dict[str, Any]:
    return {
        "label": _("Signal"),
        "value": signal_name(code) if code else "",
        "clear_url": _with(request, code=""),
        "choices": [(f"{one} · {name}", _with(request, code=one)) for one, name in NAMES.items()],
    }


def _view_switch(request: HttpRequest, is_grouped: bool) -> list[dict[str, Any]]:
    return [
        {"label": _("By urgency"), "url": _with(request, by=""), "active": not is_grouped},
        {"label": _("By customer"), "url": _with(request, by="customer"), "active": is_grouped},
    ]


def _mark_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mark the first row of each customer: it gets a heading."""
    last = None
    for row in rows:
        row["is_first"] = row["customer"].pk != last
        last = row["customer"].pk
    return rows


@needs("signal.raise")
@require_http_methods(["GET", "POST"])
def signal_new(request: HttpRequest) -> HttpResponse:
    """Raise a signal that somebody saw or heard of."""
    today = business_today()
    initial = {"customer": request.GET.get("customer", ""), "raised_on": today}
    form = SignalForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            signal, is_new = services.raise_by_hand(
                customer=get_customer(values.pop("customer").strip(), user=request.user),
                actor=request.user,
                as_of=today,
                at=now(),
                **values,
            )
        except CreditError as error:
            put_error(form, _on_customer(error))
        else:
            said = _("The signal is raised.") if is_new else _("This signal was raised before.")
            messages.success(request, said)
            return redirect("signal", signal.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "customers/signal_form.html", {"form": form}, status=status)


def _on_customer(error: CreditError) -> CreditError:
    """Show an unknown customer beside the field of his code."""
    if error.code == "NOT_FOUND":
        error.params["field"] = "customer"
    return error


@needs("signal.view")
@require_GET
def signal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one signal: what it saw, its clock, its steps, and the next one."""
    return _show(request, get_signal(pk, user=request.user), None)


def _show(request: HttpRequest, signal: Signal, form: Any, status: int = 200) -> HttpResponse:
    context = {
        **signal_row(signal, now()),
        **_next_step(request, signal, form),
        "steps": list_steps(signal),
        "kind": CATALOGUE[signal.code],
        "evidence": public_title(signal.evidence) if signal.evidence else "",
        "limits_url": _limits_url(request, signal),
    }
    return render(request, "customers/signal_page.html", context, status=status)


def _next_step(request: HttpRequest, signal: Signal, form: Any) -> dict[str, Any]:
    """Return the form of the step that this reader may take now, if any."""
    state, states = signal.state, Signal.State
    is_red = signal.severity == Signal.Severity.RED
    may_dismiss_red = may(request.user, "signal.act") and signal.raised_by_id != request.user.pk
    if state == states.ASSIGNED and may(request.user, "signal.assess"):
        return {
            "step": "assess",
            "form": form or AssessForm(),
            "may_dismiss": may_dismiss_red or not is_red,
        }
    if state == states.CONFIRMED and may(request.user, "signal.act"):
        return {"step": "act", "form": form or ActForm()}
    if state == states.ACTIONED and may(request.user, "signal.act"):
        return {"step": "close", "form": form or NoteForm()}
    return {"step": ""}


def _limits_url(request: HttpRequest, signal: Signal) -> str:
    """Return where the limit of the customer is reduced, when that is what was decided."""
    if signal.action != Signal.Action.REDUCE or not may(request.user, "limit.view"):
        return ""
    return f"{reverse('customer', args=[signal.customer.code])}?tab=limits"


@needs("signal.assess")
@require_POST
def signal_assess(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm or dismiss a signal."""
    signal = get_signal(pk, user=request.user)
    form = AssessForm(request.POST)
    verb = request.POST.get("verdict", "")
    if verb not in VERDICTS:
        form.add_error(None, _("Say whether it is confirmed or dismissed."))
    if form.is_valid():
        try:
            if verb == "dismiss":
                services.dismiss_signal(
                    signal=signal,
                    text=form.cleaned_data["text"],
                    actor=request.user,
                    as_of=business_today(),
                )
            else:
                services.confirm_signal(
                    signal=signal,
                    text=form.cleaned_data["text"],
                    actor=request.user,
                    as_of=business_today(),
                    at=now(),
                )
        except CreditError as error:
            put_error(form, error)
            return _show(request, signal, form, error.status)
        said = _("The signal is dismissed.") if verb == "dismiss" else _("The signal is confirmed.")
        messages.success(request, said)
        return redirect(_next_address(request, signal))
    return _show(request, signal, form, 422)


def _next_address(request: HttpRequest, signal: Signal) -> str:
    """Return to the list it came from, else stay with the signal."""
    if request.POST.get("back") == "list":
        return reverse("signals")
    return reverse("signal", args=[signal.pk])


@needs("signal.act")
@require_POST
def signal_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide what is done about a confirmed signal."""
    signal = get_signal(pk, user=request.user)
    form = ActForm(request.POST)
    if form.is_valid():
        try:
            services.act_on_signal(
                signal=signal, actor=request.user, as_of=business_today(), **form.cleaned_data
            )
        except CreditError as error:
            put_error(form, error)
            return _show(request, signal, form, error.status)
        messages.success(request, _("Decided."))
        return redirect("signal", pk)
    return _show(request, signal, form, 422)


@needs("signal.act")
@require_POST
def signal_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a signal that was acted on."""
    signal = get_signal(pk, user=request.user)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            services.close_signal(
                signal=signal,
                text=form.cleaned_data["text"],
                actor=request.user,
                as_of=business_today(),
            )
        except CreditError as error:
            put_error(form, error)
            return _show(request, signal, form, error.status)
        messages.success(request, _("The signal is closed."))
        return redirect("signal", pk)
    return _show(request, signal, form, 422)


@needs("signal.assess")
@require_GET
def signal_dialog(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring the assessment of one signal into the dialog above the list."""
    signal = get_signal(pk, user=request.user)
    context = {**signal_row(signal, now()), **_next_step(request, signal, None), "show": True}
    return render(request, "customers/signal_list.html#dialog", context)
