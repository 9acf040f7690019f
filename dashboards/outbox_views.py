"""The outbox: every message to the outside, what became of it, and what a person decides."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collection.services import resolve_message, retry_message
from common.clock import business_today
from common.errors import Conflict, NotFound
from common.figures import format_moment
from common.models import OutboxMessage
from customers.models import Customer
from dashboards.outbox_tables import OutboxTable, draw_message_state
from users.permissions import may
from users.views_support import needs

STATES = OutboxMessage.State


class ResolveForm(forms.Form):
    """What became of a message of which nobody knew."""

    outcome = forms.ChoiceField(
        choices=[
            ("WAS_SENT", gettext_lazy("It was sent")),
            ("SEND_AGAIN", gettext_lazy("It was not sent: send it again")),
            ("GIVE_UP", gettext_lazy("It was not sent: do not send it")),
        ],
        widget=forms.RadioSelect,
        label=gettext_lazy("What became of it"),
    )
    reason = forms.CharField(
        max_length=300,
        label=gettext_lazy("How you know"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def list_messages(user: Any) -> QuerySet[OutboxMessage]:
    """Return messages about customers that `user` may see, and messages about none."""
    seen = Customer.objects.for_user(user).values("pk")
    return OutboxMessage.objects.filter(Q(customer_id=None) | Q(customer_id__in=seen))


def get_message(pk: int, user: Any) -> OutboxMessage:
    """Return one message. Raises NotFound, also for what is out of scope."""
    message = list_messages(user).filter(pk=pk).first()
    if message is None:
        raise NotFound
    return message


@require_GET
@needs("outbox.view")
def outbox(request: HttpRequest) -> HttpResponse:
    """List messages, newest first, with how many stand in which state."""
    query, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    seen = list_messages(request.user)
    counts = dict(seen.order_by().values_list("state").annotate(n=Count("pk")))
    shown = seen.defer("attachment", "body").order_by("-created_at", "-pk")
    if state in STATES.values:
        shown = shown.filter(state=state)
    if query:
        shown = shown.filter(
            Q(subject__icontains=query) | Q(recipient__icontains=query) | Q(key__icontains=query)
        )
    context = {
        "table": OutboxTable(shown).paginate_for(request),
        "query": query,
        "kept": counts.get(STATES.KEPT, 0),
        "unsure": counts.get(STATES.UNSURE, 0),
        "failed": counts.get(STATES.FAILED, 0),
        "total": sum(counts.values()),
        "chips": [_chip(request, value, label, counts) for value, label in STATES.choices],
        "keep": [("state", state)] if state else [],
        "clear_url": reverse("outbox") if state or query else "",
    }
    return render(request, "dashboards/outbox.html", context)


def _chip(request: HttpRequest, value: str, label: Any, counts: dict[str, int]) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("page", None)
    on = query.get("state") == value
    if on:
        query.pop("state")
    else:
        query["state"] = value
    text = f"{label} {counts[value]}" if counts.get(value) else label
    return {"label": text, "url": f"?{query.urlencode()}", "on": on}


@require_GET
@needs("outbox.view")
def outbox_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message as its reader sees it."""
    return _render_message(request, get_message(pk, request.user), ResolveForm())


def _render_message(
    request: HttpRequest, message: OutboxMessage, form: ResolveForm, status: int = 200
) -> HttpResponse:
    may_decide = may(request.user, "dunning.prepare")
    facts = [
        {"label": _("State"), "value": draw_message_state(message)},
        {"label": _("Recipient"), "value": message.recipient},
        {"label": _("Written"), "value": format_moment(message.created_at)},
        {"label": _("Sent"), "value": format_moment(message.sent_at) if message.sent_at else "–"},
        {"label": _("Key"), "value": message.key},
    ]
    if message.last_error:
        facts.append({"label": _("The server said"), "value": message.last_error, "tone": "bad"})
    context = {
        "message": message,
        "facts": facts,
        "form": form,
        "may_retry": may_decide and message.state == STATES.FAILED,
        "may_resolve": may_decide and message.state == STATES.UNSURE,
        "crumbs": [(_("Outbox"), reverse("outbox"))],
    }
    return render(request, "dashboards/outbox_message.html", context, status=status)


@require_GET
@needs("outbox.view")
def outbox_attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the attachment of a message, never to be shown within the page."""
    message = get_message(pk, request.user)
    if not message.attachment:
        raise NotFound
    response = HttpResponse(
        bytes(message.attachment), content_type=message.attachment_type or "application/pdf"
    )
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{message.attachment_name.encode("ascii", "ignore").decode()}"'
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@needs("dunning.prepare")
def outbox_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a refused message again."""
    message = get_message(pk, request.user)
    try:
        retry_message(message=message, as_of=business_today(), actor=request.user)
    except Conflict as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The message is tried again."))
    return redirect("outbox_message", pk=pk)


@require_POST
@needs("dunning.prepare")
def outbox_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide about a message that nobody knew about."""
    message = get_message(pk, request.user)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return _render_message(request, message, form, status=422)
    try:
        resolve_message(
            message=message, as_of=business_today(), actor=request.user, **form.cleaned_data
        )
    except Conflict as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted."))
    return redirect("outbox_message", pk=pk)
