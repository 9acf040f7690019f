"""Pages of collection: what will be sent and what was, letter by letter; promises to pay."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection.forms import ExcludeForm, PrepareForm, PromiseForm, ReasonForm
from collection.models import DunningNotice, PromiseToPay
from collection.pages import (
    build_chips,
    letter_of,
    notice_context,
    promise_context,
    promise_facts,
    run_context,
)
from collection.selectors import (
    get_notice,
    get_promise,
    get_run,
    list_notices,
    list_promisable_lines,
    list_promises,
    list_runs,
)
from collection.services import (
    approve_notice,
    approve_run,
    cancel_promise,
    confirm_posted,
    exclude_notice,
    prepare_dunning_run,
    record_promise,
)
from collection.tables import NoticeTable, PromiseTable, RunTable
from common.clock import business_today
from common.errors import Conflict, CreditError, InvalidInput, NotAllowed
from customers.models import Company
from customers.selectors import get_customer
from users.permissions import may
from users.views_support import needs


@require_GET
@needs("dunning.view")
def run_list(request: HttpRequest) -> HttpResponse:
    """List the dunning runs, newest first."""
    return _render_runs(request, _prepare_form())


def _prepare_form(data: Any = None) -> PrepareForm:
    today = business_today()
    company = Company.objects.order_by("pk").first()
    return PrepareForm(data, today=today, initial={"company": company, "as_of": today})


def _render_runs(request: HttpRequest, form: PrepareForm, status: int = 200) -> HttpResponse:
    context = {
        "table": RunTable(list_runs(request.user)).paginate_for(request),
        "form": form,
        "may_prepare": may(request.user, "dunning.prepare"),
    }
    return render(request, "collection/run_list.html", context, status=status)


@require_POST
@needs("dunning.prepare")
def run_prepare(request: HttpRequest) -> HttpResponse:
    """Prepare a run and open it."""
    form = _prepare_form(request.POST)
    if form.is_valid():
        try:
            run = prepare_dunning_run(actor=request.user, **form.cleaned_data)
        except Conflict as error:
            form.add_error(None, str(error))
        else:
            return redirect("dunning_run", pk=run.pk)
    return _render_runs(request, form, status=422)


@require_GET
@needs("dunning.view")
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a run will send or has sent, by customer, and what it skipped."""
    run = get_run(pk, user=request.user)
    notices = list_notices(request.user, run=run)
    chips, notices = build_chips(request, notices)
    table = NoticeTable(notices).paginate_for(request)
    return render(
        request,
        "collection/run_page.html",
        run_context(request, run) | {"table": table, "chips": chips},
    )


@require_POST
@needs("dunning.approve")
def run_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the letters of a run go; final ones wait for a decision of their own."""
    run = get_run(pk, user=request.user)
    try:
        approval = approve_run(run=run, as_of=business_today(), actor=request.user)
    except Conflict as error:
        messages.error(request, str(error))
    else:
        text = ngettext(
            "%(count)s letter is on its way.", "%(count)s letters are on their way.",
            approval.letters,
        )  # fmt: skip
        messages.success(request, text % {"count": approval.letters})
        if approval.without_address:
            text = ngettext(
                "%(count)s letter has no address and waits.",
                "%(count)s letters have no address and wait.",
                approval.without_address,
            )
            messages.warning(request, text % {"count": approval.without_address})
    return redirect("dunning_run", pk=run.pk)


@require_GET
@needs("dunning.view")
def notice_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one letter: its text, its items, what became of it."""
    notice = get_notice(pk, user=request.user)
    return _render_notice(request, notice)


def _render_notice(
    request: HttpRequest, notice: DunningNotice, *, status: int = 200, **forms: Any
) -> HttpResponse:
    context = notice_context(request, notice) | {"exclude_form": ExcludeForm()} | forms
    return render(request, "collection/notice_page.html", context, status=status)


@require_GET
@needs("dunning.view")
def notice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the PDF of a letter: the one that was sent, or how it would look now."""
    notice = get_notice(pk, user=request.user)
    letter = letter_of(notice)
    content = bytes(notice.pdf) if notice.pdf else letter.render()
    response = HttpResponse(content, content_type="application/pdf")
    name = letter.file_name or f"{notice.key.replace(':', '-')}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@needs("dunning.prepare")
def notice_exclude(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave one letter out."""
    notice = get_notice(pk, user=request.user)
    form = ExcludeForm(request.POST)
    if form.is_valid():
        try:
            exclude_notice(
                notice=notice, as_of=business_today(), actor=request.user, **form.cleaned_data
            )
        except InvalidInput as error:
            form.add_error(error.field or None, str(error))
        except Conflict:
            messages.error(request, _("This letter is past the point where it can be left out."))
            return redirect("dunning_notice", pk=pk)
        else:
            messages.success(request, _("The letter is left out."))
            return redirect("dunning_notice", pk=pk)
    return _render_notice(request, notice, status=422, exclude_form=form)


@require_POST
@needs("dunning.approve")
def notice_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve one letter: the way of final ones."""
    notice = get_notice(pk, user=request.user)
    try:
        sent = approve_notice(notice=notice, as_of=business_today(), actor=request.user)
    except Conflict as error:
        messages.error(request, str(error) or _("This letter cannot be approved any more."))
    else:
        if sent.state == DunningNotice.State.EXCLUDED:
            messages.warning(request, _("Nothing is left to be dunned: the letter is dropped."))
        else:
            messages.success(request, _("The letter is on its way."))
    return redirect("dunning_notice", pk=pk)


@require_POST
@needs("dunning.prepare")
def notice_posted(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a printed letter went to the post."""
    notice = get_notice(pk, user=request.user)
    try:
        confirm_posted(notice=notice, as_of=business_today(), actor=request.user)
    except Conflict as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted: the letter is posted."))
    return redirect("dunning_notice", pk=pk)


@require_GET
@needs("customer.view")
def promise_list(request: HttpRequest) -> HttpResponse:
    """List promises to pay: what is open, what was kept, what was broken."""
    promises = list_promises(request.user)
    state = request.GET.get("state", "")
    if state in PromiseToPay.State.values:
        promises = promises.filter(state=state)
    if code := request.GET.get("customer", ""):
        promises = promises.filter(customer__code=code)
    return render(
        request,
        "collection/promise_list.html",
        promise_context(request)
        | {"table": PromiseTable(promises).paginate_for(request), "state": state},
    )


@require_http_methods(["GET", "POST"])
@needs("promise.record")
def promise_new(request: HttpRequest) -> HttpResponse:
    """Record what a customer promised, for one or several of its open items."""
    today = business_today()
    customer = get_customer(request.GET.get("customer", ""), user=request.user)
    lines = list_promisable_lines(customer, as_of=today)
    chosen = request.GET.getlist("line")
    initial = {
        "lines": chosen
        or [str(line.pk) for line in lines if line.due_date and line.due_date < today]
    }
    form = PromiseForm(request.POST or None, lines=lines, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = {k: v for k, v in form.cleaned_data.items() if k != "lines"}
        try:
            promise = record_promise(
                customer=customer, lines=form.chosen(), as_of=today, actor=request.user, **said
            )
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        except (Conflict, NotAllowed) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The promise is recorded."))
            return redirect("promise", pk=promise.pk)
    context = {"form": form, "customer": customer, "lines": lines, "today": today}
    status = 422 if form.errors else 200
    return render(request, "collection/promise_new.html", context, status=status)


@require_GET
@needs("customer.view")
def promise_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one promise and the items it speaks of."""
    return _render_promise(request, get_promise(pk, user=request.user), ReasonForm())


def _render_promise(
    request: HttpRequest, promise: PromiseToPay, form: ReasonForm, status: int = 200
) -> HttpResponse:
    items = promise.items.select_related("due_line__invoice").order_by("due_line__due_date")
    context = {
        "promise": promise,
        "items": items,
        "form": form,
        "facts": promise_facts(promise),
        "may_cancel": promise.state == "OPEN" and may(request.user, "promise.record"),
    }
    return render(request, "collection/promise_page.html", context, status=status)


@require_POST
@needs("promise.record")
def promise_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a promise back; it stays visible."""
    promise = get_promise(pk, user=request.user)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _render_promise(request, promise, form, status=422)
    try:
        cancel_promise(
            promise=promise,
            as_of=business_today(),
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )
    except CreditError:
        messages.error(request, _("This promise is not open any more."))
    else:
        messages.success(request, _("The promise is cancelled."))
    return HttpResponseRedirect(reverse("promise", args=[pk]))
