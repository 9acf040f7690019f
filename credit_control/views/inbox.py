"""My inbox: what this person must decide or do, the most urgent first."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.clock import business_today, now
from common.deadlines import Light, traffic_light
from common.errors import NotFound
from common.tables import is_number
from credit_control.forms import DecisionForm
from credit_control.models import Approval, LimitRequest
from credit_control.selectors import get_request, list_approvals_for
from credit_control.views.requests import request_context
from customers.models import Task
from customers.selectors import list_tasks
from customers.services.tasks import ENDED_BY_THE_DEED, complete_own_task
from users.permissions import may
from users.views_support import needs

LIGHT_TONES = {Light.GREEN: "grey", Light.AMBER: "warn", Light.RED: "bad", Light.OVERDUE: "bad"}
DECIDED_ELSEWHERE = ("LIMIT_APPROVAL",)
"""Kinds of to-dos that the approvals tab shows: the decision completes them."""


@needs("inbox.view")
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Show approvals and to-dos; the chosen one opens beside the list."""
    approvals = list(list_approvals_for(request.user)[:200])
    tasks = [task for task in list_tasks(request.user)[:200] if task.kind not in DECIDED_ELSEWHERE]
    may_approve = may(request.user, "limit.approve")
    tab = request.GET.get("tab") or ("approvals" if may_approve else "tasks")
    moment = now()
    context = {
        "tab": tab,
        "tabs": [
            {
                "label": _("Approvals"),
                "url": "?tab=approvals",
                "active": tab == "approvals",
                "count": len(approvals),
            },
            {
                "label": _("Tasks"),
                "url": "?tab=tasks",
                "active": tab == "tasks",
                "count": len(tasks),
            },
        ],
        "approvals": [_approval_row(found, moment) for found in approvals],
        "tasks": [_task_row(task, moment) for task in tasks],
        "late": sum(bool(r.decide_by and r.decide_by < moment) for r in approvals),
        "total": sum(r.requested_limit for r in approvals) if approvals else 0,
        "currency": approvals[0].currency if approvals else "CNY",
        "done": _last_done(request.user, tab),
        "as_of": business_today(),
    }
    chosen = request.GET.get("open", "")
    if is_number(chosen):
        context |= _drawer(request, int(chosen))
    return render(request, "credit/inbox.html", context)


def _approval_row(found: LimitRequest, moment: Any) -> dict[str, Any]:
    frozen = found.facts
    light = (
        traffic_light(found.submitted_at, found.decide_by, moment)
        if found.submitted_at and found.decide_by
        else Light.GREEN
    )
    return {
        "found": found,
        "customer": found.account.customer,
        "grade": frozen.get("grade"),
        "now": frozen.get("limit_now"),
        "gross": frozen.get("gross"),
        "overdue": frozen.get("overdue"),
        "advice": {"APPROVE": _("Approve"), "REDUCE": _("Reduce")}.get(
            frozen.get("advice", ""), _("Look closely")
        ),
        "tone": LIGHT_TONES[light],
        "is_late": light is Light.OVERDUE,
    }


def _task_row(task: Task, moment: Any) -> dict[str, Any]:
    return {
        "task": task,
        "title": _(task.title) % task.params if task.params else _(task.title),
        "is_late": bool(task.due_at and task.due_at < moment),
        "by_deed": task.kind in ENDED_BY_THE_DEED,
    }


def _last_done(user: Any, tab: str) -> list[dict[str, Any]]:
    """Return what this person did last, for an empty list."""
    if tab == "approvals":
        done = (
            Approval.objects.for_user(user)
            .filter(checker=user)
            .select_related("request__account__customer")
            .order_by("-decided_at")[:5]
        )
        return [
            {
                "icon_name": "scale",
                "text": f"{row.request.account.customer.display_name}: "
                f"{row.get_decision_display()}",
                "when": row.decided_at,
                "url": reverse("limit_request", args=[row.request_id]),
            }
            for row in done
        ]
    return []


@needs("limit.approve")
@require_GET
def inbox_drawer(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring one request into the drawer beside the list."""
    return render(request, "credit/inbox.html#drawer", _drawer(request, pk))


def _drawer(request: HttpRequest, pk: int) -> dict[str, Any]:
    found = get_request(pk, user=request.user)
    form = DecisionForm(initial={"version": found.version}, currency=found.currency)
    return {**request_context(request, found, form), "chosen": found.pk, "show": True}


@needs("inbox.view")
@require_POST
def task_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick off a to-do."""
    task = list_tasks(request.user).filter(pk=pk).first()
    if task is None:
        raise NotFound
    complete_own_task(task=task, actor=request.user, as_of=business_today())
    messages.success(request, _("Done."))
    return redirect(f"{reverse('inbox')}?tab=tasks")
