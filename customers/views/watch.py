"""Pages of the watch list: who is on it, since when and why, and the weekly note."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common.clock import business_today, now
from common.errors import CreditError
from common.tables import is_number
from customers import services
from customers.forms.signals import NoteForm
from customers.selectors import get_customer
from customers.selectors.signals import read_watch_list
from customers.views.parties import posted, put_error
from customers.views.signals import list_tabs
from users.permissions import may
from users.views_support import needs


@needs("signal.view")
@require_GET
def watch_list(request: HttpRequest) -> HttpResponse:
    """Show who is watched: since when, why, what was noted last, and what is due."""
    today, moment = business_today(), now()
    rows = read_watch_list(user=request.user, as_of=today)
    chosen = request.GET.get("note", "")
    context = {
        "rows": [{"watched": row, **_due(row, moment)} for row in rows],
        "tabs": list_tabs(request, "watch"),
        "may_note": may(request.user, "signal.assess"),
        "may_raise": may(request.user, "signal.raise"),
        "chosen": int(chosen) if is_number(chosen) else 0,
        "form": NoteForm(),
        "as_of": today,
    }
    return render(request, "customers/watch_list.html", context)


def _due(row: Any, moment: datetime) -> dict[str, Any]:
    return {
        "is_late": bool(row.due_at and row.due_at <= moment),
        "needs_review": row.review_due_at is not None,
        "is_review_late": bool(row.review_due_at and row.review_due_at <= moment),
    }


@needs("signal.assess")
@require_http_methods(["GET", "POST"])
def watch_note(request: HttpRequest, code: str) -> HttpResponse:
    """Write down how a watched customer is doing."""
    customer = get_customer(code, user=request.user)
    form = NoteForm(posted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.add_watch_note(
                    customer=customer,
                    text=form.cleaned_data["text"],
                    actor=request.user,
                    as_of=business_today(),
                )
            except CreditError as error:
                put_error(form, error)
                status = error.status
            else:
                messages.success(request, _("Noted."))
                return redirect("watch_list")
    context = {"form": form, "customer": customer, "form_title": _("Note on the watch list")}
    return render(request, "customers/part_form.html", context, status=status)
