"""Asking for a limit with a live preview, and one request with its decision."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common import figures
from common.amounts import parse_typed_amount
from common.clock import business_today, now
from common.errors import Conflict, CreditError, InvalidInput
from common.parsing import CellError
from common.tables import is_number
from credit_control import texts
from credit_control.forms import DecisionForm, LimitRequestForm, WithdrawForm, request_defaults
from credit_control.models import CreditAccount, LimitRequest
from credit_control.selectors import (
    AccountFacts,
    Preview,
    changed_facts,
    find_account,
    find_open_request,
    get_account_facts,
    get_company,
    get_request,
    preview_request,
    refresh_facts,
)
from credit_control.services import (
    decide_request,
    get_or_create_account,
    may_decide,
    request_limit,
    withdraw_request,
)
from credit_control.services.decisions import check_may_decide
from credit_control.services.requests import LargeAmount
from credit_control.tables import request_badge
from credit_control.views.advice import build_method_advice
from credit_control.views.shared import customer_url, put_error, short
from customers.models import Customer, PaymentTerm
from customers.selectors import get_customer, list_customers, search_customers
from users.permissions import may
from users.views_support import needs


@needs("limit.request")
@require_http_methods(["GET", "POST"])
def limit_request_new(request: HttpRequest) -> HttpResponse:
    """Ask for a limit; the preview beside the form says what it would mean."""
    code = (request.POST.get("customer") or request.GET.get("customer", "")).strip()
    if not code:
        return _choose_customer(request)
    account, facts = _open(request, code)
    form = _form(request, account, facts)
    if request.method == "POST" and form.is_valid():
        try:
            made = _submit(request, account, form)
        except (InvalidInput, Conflict) as error:
            if isinstance(error, LargeAmount):
                form.ask_for_certainty()
            put_error(form, error)
        else:
            messages.success(request, _sent_text(made))
            return redirect("limit_request", pk=made.pk)
    status = 422 if request.method == "POST" else 200
    return _render_form(request, form, facts, status)


def _choose_customer(request: HttpRequest) -> HttpResponse:
    """Let the person name the customer first; its figures fill the form."""
    query = request.GET.get("q", "").strip()
    found = []
    if query:
        found = list(search_customers(query, user=request.user, limit=20))
    else:
        found = list(list_customers(request.user).order_by("code")[:20])
    context = {"query": query, "found": found}
    return render(request, "credit/limit_request_customer.html", context)


def _open(request: HttpRequest, code: str) -> tuple[CreditAccount, AccountFacts]:
    customer: Customer = get_customer(code, user=request.user)
    company = get_company()
    # Looking must not write: an account is made when the request is sent.
    account = find_account(customer=customer, company=company) or CreditAccount(
        company=company, currency=company.base_currency, payment_term=customer.payment_term
    )
    account.customer = customer
    return account, get_account_facts(account, as_of=business_today())


def _form(request: HttpRequest, account: CreditAccount, facts: AccountFacts) -> LimitRequestForm:
    if request.method == "POST":
        return LimitRequestForm(request.POST, currency=account.currency)
    initial = request_defaults(
        review_months=int(facts.class_policy["review_months"] or 1),
        term_id=facts.term.pk if facts.term else None,
        as_of=facts.as_of,
        limit=facts.base,
    )
    returned = find_open_request(account)
    if returned is not None and returned.state == LimitRequest.State.RETURNED:
        initial |= {
            "requested_limit": f"{returned.requested_limit:,.0f}",
            "reason": returned.reason,
            "payment_term": returned.payment_term_id,
            "review_by": returned.review_by,
        }
    given = {k: v for k, v in request.GET.items() if k in LimitRequestForm.base_fields and v}
    return LimitRequestForm(initial=initial | given, currency=account.currency)


def _submit(request: HttpRequest, account: CreditAccount, form: LimitRequestForm) -> LimitRequest:
    data = form.cleaned_data
    open_one = find_open_request(account)
    is_answer = (
        open_one is not None
        and open_one.state == LimitRequest.State.RETURNED
        and open_one.requested_by_id == request.user.pk
    )
    return request_limit(
        account=get_or_create_account(customer=account.customer, company=account.company),
        requested_limit=data["requested_limit"],
        reason=data["reason"],
        valid_from=data["valid_from"],
        review_by=data["review_by"],
        payment_term=data["payment_term"],
        is_temporary=data["duration"] == "TEMPORARY",
        is_sure=data["is_sure"],
        as_of=business_today(),
        submitted_at=now(),
        actor=request.user,
        answers=open_one if is_answer else None,
    )


def _sent_text(made: LimitRequest) -> str:
    step = made.route[0]
    hours = int(step["hours"])
    return ngettext(
        "Sent to the %(role)s, who decides within %(hours)d hour.",
        "Sent to the %(role)s, who decides within %(hours)d hours.",
        hours,
    ) % {"role": texts.role_title(step["role"]), "hours": hours}


def _render_form(
    request: HttpRequest, form: LimitRequestForm, facts: AccountFacts, status: int
) -> HttpResponse:
    amount, term, is_temporary = _read_draft(form, facts)
    preview = preview_request(facts, requested_limit=amount, term=term, is_temporary=is_temporary)
    account = facts.account
    returned = find_open_request(account)
    context = {
        "form": form,
        "facts": facts,
        "account": account,
        "customer": account.customer,
        "currency": account.currency,
        "sign": figures.with_symbol("", account.currency).strip(),
        "chips": _chips(facts),
        "methods": build_method_advice(facts, request.user),
        "open_request": returned,
        "is_returned": returned is not None and returned.state == LimitRequest.State.RETURNED,
        **preview_context(preview, request.user),
    }
    return render(request, "credit/limit_request_form.html", context, status=status)


@needs("limit.request")
@require_GET
def limit_request_preview(request: HttpRequest) -> HttpResponse:
    """Say what the amount typed so far would mean: the part of the form's page that changes."""
    account, facts = _open(request, request.GET.get("customer", ""))
    form = LimitRequestForm(request.GET, currency=account.currency)
    amount, term, is_temporary = _read_draft(form, facts)
    preview = preview_request(facts, requested_limit=amount, term=term, is_temporary=is_temporary)
    context = {"currency": account.currency, "facts": facts}
    context |= preview_context(preview, request.user)
    return render(request, "credit/limit_request_form.html#preview", context)


def _read_draft(
    form: LimitRequestForm, facts: AccountFacts
) -> tuple[Decimal, PaymentTerm | None, bool]:
    """Return what can be read of a form that is still being typed; else the present limit."""
    try:
        text = str(form["requested_limit"].value() or "")
        amount = parse_typed_amount(text, facts.account.currency)
    except CellError:
        amount = facts.base
    chosen = str(form["payment_term"].value() or "")
    term = PaymentTerm.objects.filter(pk=chosen).first() if is_number(chosen) else None
    return max(amount, Decimal(0)), term, form["duration"].value() == "TEMPORARY"


def _chips(facts: AccountFacts) -> list[dict[str, Any]]:
    """Return amounts to fill in with one press."""
    currency = facts.account.currency
    chips = []
    if facts.suggestion.value:
        chips.append((_("Policy max"), facts.suggestion.value, True))
    if facts.base:
        for share in (25, 50):
            chips.append((f"+{share}%", facts.base * (100 + share) / 100, False))
    return [
        {
            "label": label,
            "amount": short(amount, currency) if with_amount else "",
            "fill": f"{amount:,.0f}",
        }
        for label, amount, with_amount in chips
    ]


def preview_context(preview: Preview, user: Any) -> dict[str, Any]:
    """Return what the preview shows: now and after, figures, checks, who decides."""
    facts, currency = preview.facts, preview.facts.account.currency
    exposure = facts.exposure
    return {
        "preview": preview,
        "owed": exposure.result.open_items_net + exposure.result.delivered_not_invoiced,
        "held": exposure.result.open_orders,
        "now_text": _use_text(preview.use_ratio_now),
        "after_text": _use_text(preview.use_ratio),
        "figures": [
            {"label": _("Receivables"), "value": short(exposure.result.open_items_net, currency)},
            {"label": _("Open orders"), "value": short(exposure.result.open_orders, currency)},
            {
                "label": _("Headroom"),
                "value": short(preview.headroom, currency),
                "before": short(facts.headroom, currency),
                "tone": "bad" if preview.headroom < 0 else "",
            },
            {
                "label": _("Overdue"),
                "value": short(facts.overdue, currency),
                "tone": "bad" if facts.long_overdue else "",
            },
        ],
        "checks": texts.check_lines(preview.checks_json(), currency),
        "steps": _steps(preview),
        "suggestion": _suggestion(preview.as_json(), currency, user),
        "usual": _usual_text(preview),
    }


def _suggestion(frozen: dict[str, Any], currency: str, user: Any) -> str:
    return texts.suggestion_text(
        frozen.get("suggestion", {}), currency, sees_statements=may(user, "statement.view")
    )


def _use_text(ratio: Decimal | None) -> str:
    if ratio is None:
        return _("No limit")
    return _("%(share)s used") % {"share": figures.format_ratio(ratio, 0)}


def _steps(preview: Preview) -> list[dict[str, str]]:
    if preview.step is None:
        return [{"title": _("Nobody"), "text": _("No credit in default"), "state": "refused"}]
    return [
        {"title": _("Sales or analyst"), "text": _("asks"), "state": ""},
        {
            "title": texts.role_title(preview.step.role),
            "text": _("decides; somebody else than who asks"),
            "state": "",
        },
    ]


def _usual_text(preview: Preview) -> str:
    if preview.step is None:
        return ""
    hours = preview.step.hours
    return ngettext("Decided within %(n)d hour", "Decided within %(n)d hours", hours) % {"n": hours}


@needs("limit.view")
@require_GET
def limit_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a request: as it was sent, as it stands now, and what was decided."""
    found = get_request(pk, user=request.user)
    form = DecisionForm(initial={"version": found.version}, currency=found.currency)
    return render(request, "credit/limit_request.html", request_context(request, found, form))


def request_context(
    request: HttpRequest, found: LimitRequest, form: DecisionForm
) -> dict[str, Any]:
    """Return what the page and the drawer of one request show."""
    is_waiting = found.state == LimitRequest.State.IN_APPROVAL
    today = refresh_facts(found, as_of=business_today()) if is_waiting else None
    currency, frozen = found.currency, found.facts
    customer = found.account.customer
    changed = changed_facts(found, today) if today else []
    return {
        "found": found,
        "customer": customer,
        "customer_url": customer_url(customer.code),
        "currency": currency,
        "badge": request_badge(found),
        "grade": frozen.get("grade", ""),
        "rows": _compared(frozen, today.as_json() if today else {}, currency),
        "changed": [texts.change_title(name) for name in changed],
        "checks": texts.check_lines(found.checks, currency),
        "advice": texts.advice_text(frozen, currency),
        "advice_tone": {"APPROVE": "good", "REDUCE": "warn"}.get(frozen.get("advice", ""), "warn"),
        "reasons": texts.advice_reasons(found.checks, currency),
        "suggestion": _suggestion(frozen, currency, request.user),
        "role": texts.role_title(found.route[0]["role"]) if found.route else "",
        "approvals": list(found.approvals.all()),
        "form": form,
        "decide": may_decide(found, request.user),
        "why_not": _why_not(found, request.user) if is_waiting else "",
        "may_withdraw": found.requested_by_id == request.user.pk
        and found.state in ("IN_APPROVAL", "RETURNED"),
        "may_answer": found.requested_by_id == request.user.pk and found.state == "RETURNED",
        "amount_text": texts.money(found.requested_limit, currency),
        "suggested": frozen.get("suggested"),
        "suggested_fill": f"{Decimal(frozen['suggested']):,.0f}" if frozen.get("suggested") else "",
        "owed": Decimal(frozen.get("gross", "0")) - Decimal(frozen.get("open_orders", "0")),
        "held": frozen.get("open_orders", "0"),
        "limit_now": frozen.get("limit_now", "0"),
    }


def _compared(frozen: dict[str, Any], today: dict[str, Any], currency: str) -> list[dict[str, Any]]:
    """Return the figures at submission, and today's where they differ."""
    names = {
        "limit_now": _("Limit in force"),
        "gross": _("Exposure"),
        "receivables": _("Receivables"),
        "open_orders": _("Open orders"),
        "headroom_after": _("Headroom if approved"),
        "overdue": _("Overdue"),
        "suggested": _("Suggested limit"),
    }
    rows = []
    for name, label in names.items():
        before, after = frozen.get(name), today.get(name, frozen.get(name))
        is_same = figures.to_decimal(before) == figures.to_decimal(after)
        row = {"label": label, "value": texts.money(after, currency) if after else "–"}
        if not is_same:
            row["before"] = texts.money(before, currency) if before else "–"
        rows.append(row)
    return rows


def _why_not(found: LimitRequest, user: Any) -> str:
    """Return why this person may not decide, where he otherwise might."""
    if not may(user, "limit.approve"):
        return ""
    try:
        check_may_decide(found, user)
    except CreditError as error:
        return str(error)
    return ""


@needs("limit.approve")
@require_POST
def limit_request_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, reduce, return or reject."""
    found = get_request(pk, user=request.user)
    form = DecisionForm(request.POST, currency=found.currency)
    if form.is_valid():
        try:
            decided = decide_request(
                request=found,
                as_of=business_today(),
                decided_at=now(),
                actor=request.user,
                **form.cleaned_data,
            )
        except InvalidInput as error:
            put_error(form, error)
        else:
            messages.success(request, decided_text(decided, form.cleaned_data["action"]))
            return redirect("inbox")
    context = request_context(request, found, form)
    return render(request, "credit/limit_request.html", context, status=422)


def decided_text(decided: LimitRequest, action: str) -> str:
    """Return what was done, naming customer and amount."""
    sentences = {
        "approve": _("%(name)s has a limit of %(amount)s."),
        "reduce": _("%(name)s has a limit of %(amount)s, less than asked for."),
        "return": _("The request for %(name)s was returned with your question."),
        "reject": _("The request for %(name)s was rejected."),
    }
    return sentences[action] % {
        "name": decided.account.customer.display_name,
        "amount": texts.money(decided.approved_limit, decided.currency),
    }


@needs("limit.request")
@require_POST
def limit_request_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own request."""
    found = get_request(pk, user=request.user)
    form = WithdrawForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    withdraw_request(request=found, version=version, as_of=business_today(), actor=request.user)
    messages.success(request, _("The request was withdrawn."))
    return redirect("limit_request", pk=pk)
