"""Receivables aging: the page, the rows below a customer, the files."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.clock import now
from common.errors import NotFound
from common.events import record_event
from customers.models import Customer
from dashboards.aging_context import build_context, has_credits, list_children
from dashboards.aging_export import export_csv, export_xlsx
from dashboards.aging_forms import read_question
from users.permissions import may, require
from users.views_support import needs

EXPORTS = {"csv": export_csv, "xlsx": export_xlsx}


@needs("aging.view")
def aging(request: HttpRequest) -> HttpResponse:
    """Show how old the money is, and whose; as page, as its changed part, or as a file."""
    question, form = read_question(request.GET)
    kind = request.GET.get("export", "")
    if kind in EXPORTS and not form.errors:
        require(request.user, "export.bulk")
        report = question.ask(request.user, whole=True)
        record_event(
            "dashboards.aging.exported",
            actor=request.user,
            subject=("aging", question.as_of.isoformat()),
            as_of=question.as_of,
            after={"format": kind, "rows": report.count, "query": request.GET.urlencode()[:500]},
        )
        answer = EXPORTS[kind](report, question, user=request.user, at=now())
        return cast(HttpResponse, answer)
    report = question.ask(request.user)
    is_part = _wants_part(request)
    template = "dashboards/aging.html#body" if is_part else "dashboards/aging.html"
    return render(
        request,
        template,
        build_context(request, question, form, report)
        | {"may_export": may(request.user, "export.bulk"), "is_part": is_part},
        status=422 if form.errors else 200,
    )


def _wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for the table alone; it names its target as `div#aging-body`."""
    htmx = getattr(request, "htmx", None)
    target = getattr(htmx, "target", None) or ""
    return bool(htmx) and target.rpartition("#")[2] == "aging-body"


@needs("aging.view")
def aging_items(request: HttpRequest, code: str) -> HttpResponse:
    """Show the open items of one customer, as the rows that htmx puts below its own."""
    question, _form = read_question(request.GET)
    customer = Customer.objects.for_user(request.user).filter(code=code).first()
    if customer is None:
        raise NotFound(_("There is no such customer, or it is not yours to see."))
    report = question.ask(request.user)
    children = list_children(request, customer.pk, question, report)
    return render(
        request,
        "dashboards/aging.html#children",
        {
            "children": children,
            "key": customer.code,
            "report": report,
            "has_credits": has_credits(report),
        },
    )
