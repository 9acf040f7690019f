"""The open warning signals on a customer's page."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer, Signal
from customers.selectors import list_open_signals
from customers.words.signals import describe_signal, signal_name

SHOWN = 3
TONES = {"RED": "bad", "AMBER": "warn", "INFO": "grey"}


def list_signal_items(customer: Customer, *, user: Any) -> list[dict[str, Any]]:
    """Return what warns of a customer, worst first, at most three and a line for the rest. One query."""
    signals = list_open_signals(customer, user=user)
    items = [_item(signal) for signal in signals[:SHOWN]]
    rest = len(signals) - SHOWN
    if rest > 0:
        items.append(
            {
                "url": f"{reverse('signals')}?tab=all&q={customer.code}",
                "text": ngettext("%(n)d more open signal", "%(n)d more open signals", rest)
                % {"n": rest},
                "note": "",
                "tone": "grey",
                "icon_name": "alert-triangle",
            }
        )
    return items


def _item(signal: Signal) -> dict[str, Any]:
    said = describe_signal(signal.code, signal.facts) or signal.note
    return {
        "url": reverse("signal", args=[signal.pk]),
        "text": _("%(severity)s: %(name)s")
        % {"severity": signal.get_severity_display(), "name": signal_name(signal.code)},
        "note": f"{said} · {signal.get_state_display()}" if said else signal.get_state_display(),
        "tone": TONES[signal.severity],
        "icon_name": "alert-triangle",
    }
