"""The rating workbench: inputs left, result right; propose, look at the difference, confirm, next."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from common.clock import business_today
from customers.models import Customer
from customers.selectors import get_customer
from scoring.forms.overrides import OverrideForm
from scoring.models import Rating
from scoring.panels.comparison import (
    compare_ratings,
    describe_trend,
    list_moves,
    list_used_items,
)
from scoring.panels.limits import build_advice
from scoring.panels.models import derive_traits, list_gaps, list_model_rows
from scoring.panels.overrides import list_override_rows
from scoring.panels.rating_pdf import build_rating_pdf
from scoring.panels.ratings import build_result, show_shares
from scoring.panels.sources import list_opinions, show_behaviour
from scoring.panels.ways import show_full_ways
from scoring.selectors import explain_rating, list_ratings, list_z_trend
from scoring.selectors.assessments import (
    get_characteristics,
    list_evidence_documents,
    list_overrides_of,
)
from scoring.selectors.customer_case import Given, evaluate_customer
from scoring.selectors.limit_advice import get_limit_advice
from scoring.selectors.queue import find_next, list_rating_queue
from scoring.selectors.ways_out import find_ways_out
from scoring.services import preview_rating
from scoring.services.confirming import confirm_rating
from scoring.services.ratings import is_same_facts
from scoring.views.drafts import Drafts, read_drafts, save_drafts
from scoring.views.shared import crumbs, name_statement_unit, tell_skipped
from users.permissions import may
from users.views_support import needs


@require_GET
@needs("rating.view")
def rating_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show why a customer has its grade, what would change it, and what a new rating would be."""
    customer = get_customer(code, user=request.user)
    return render_workbench(request, customer, wants_proposal="proposal" in request.GET)


@require_POST
@needs("rating.view")
def rating_preview(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with the result that the answers on the page would give; nothing is stored."""
    customer = get_customer(code, user=request.user)
    as_of = business_today()
    drafts = read_drafts(request, customer, as_of=as_of)
    preview = preview_rating(
        customer=customer, as_of=as_of, actor=request.user, answers=drafts.answers
    )
    context: dict[str, Any] = {"customer": customer, "is_what_if": True}
    context |= _show_result(customer, preview.rating, as_of=as_of, given=drafts.given)
    context["why_not"] = tell_skipped(preview.skipped)
    return render(request, "scoring/rating_page.html#result", context)


@require_POST
@needs("rating.propose")
def rating_propose(request: HttpRequest, code: str) -> HttpResponse:
    """Keep what was changed as drafts for a second person, and show the rating that today's facts give."""
    customer = get_customer(code, user=request.user)
    as_of = business_today()
    drafts = read_drafts(request, customer, as_of=as_of)
    saved = save_drafts(request, customer, drafts, as_of=as_of)
    if drafts.has_errors:
        return render_workbench(request, customer, drafts=drafts, status=422)
    if saved:
        messages.info(
            request, _("What you changed is kept as a draft; another person confirms it.")
        )
    return HttpResponseRedirect(_rating_url(customer) + "?proposal=1")


@require_POST
@needs("rating.confirm")
def rating_store(request: HttpRequest, code: str) -> HttpResponse:
    """Store the rating that was proposed, unless the facts changed meanwhile; open the next one."""
    customer = get_customer(code, user=request.user)
    as_of = business_today()
    counts = confirm_rating(
        customer=customer,
        as_of=as_of,
        actor=request.user,
        expected_digest=request.POST.get("digest", ""),
    )
    link = format_html('<a href="{}">{}</a>', _rating_url(customer), customer.display_name)
    if counts.created:
        messages.success(request, format_html(_("The rating of {} is stored."), link))
    elif counts.skipped:
        messages.warning(request, tell_skipped(counts.skipped[0]))
    else:
        messages.info(request, format_html(_("Nothing has changed: the rating of {} stays."), link))
    following = find_next(request.user, as_of=as_of, but=customer)
    return HttpResponseRedirect(_rating_url(following.customer if following else customer))


@require_GET
@needs("rating.view")
def rating_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """Give the rating in force as a PDF, in the reader's language or in `?lang=`."""
    customer = get_customer(code, user=request.user)
    content, name = build_rating_pdf(
        customer, as_of=business_today(), language=request.GET.get("lang", "")
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def render_workbench(
    request: HttpRequest,
    customer: Customer,
    *,
    drafts: Drafts | None = None,
    override_form: Any = None,
    wants_proposal: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render the page of one customer's rating, with forms that carry errors where there are any."""
    as_of = business_today()
    history = list(list_ratings(customer, as_of=as_of)[:6])
    current = history[0] if history else None
    preview = preview_rating(customer=customer, as_of=as_of, actor=request.user)
    proposal = preview.rating if _is_news(preview.rating, current, as_of=as_of) else None
    is_proposal = proposal is not None and (wants_proposal or current is None)
    shown = proposal if is_proposal else current
    previous = current if is_proposal else (history[1] if len(history) > 1 else None)
    given = drafts.given if drafts else Given()
    context: dict[str, Any] = {
        "customer": customer,
        "crumbs": crumbs(customer),
        "as_of": as_of,
        "current": current,
        "proposal": proposal,
        "is_proposal": is_proposal,
        "is_expired": current is not None and current.valid_to <= as_of,
        "why_not": tell_skipped(preview.skipped),
        "history": history,
        "confirm_fields": [("digest", proposal.facts_digest)] if proposal else [],
        "statements_url": reverse("customer_statements", args=[customer.code]),
        "may_propose": may(request.user, "rating.propose"),
        "may_override": may(request.user, "rating.override"),
        "may_confirm_rating": may(request.user, "rating.confirm"),
        "opinions": list_opinions(customer, as_of=as_of),
    }
    context |= _show_result(customer, shown, as_of=shown.as_of if shown else as_of, given=given)
    context |= _compare(shown, previous, context)
    context |= _show_statement(customer, shown, as_of=as_of)
    context |= _show_forms(request, customer, context, drafts, as_of=as_of)
    context |= _show_overrides(request, customer, override_form, as_of=as_of)
    context |= _show_queue(request, customer, as_of=as_of)
    context["behaviour"] = show_behaviour(context["case"])
    return render(request, "scoring/rating_page.html", context, status=status)


def _show_result(
    customer: Customer, rating: Rating | None, *, as_of: date, given: Given
) -> dict[str, Any]:
    """Return the right side: the rating explained, all models, the gaps, the advised limit."""
    explanation = explain_rating(rating) if rating is not None else None
    case = evaluate_customer(customer, as_of=as_of, rating=rating, given=given)
    advice = get_limit_advice(customer, as_of=as_of, rating=rating, case=case)
    return {
        "case": case,
        "explanation": explanation,
        "result": build_result(rating, explanation) if rating and explanation else None,
        "models": list_model_rows(case, show_shares(explanation)),
        "gaps": list_gaps(case),
        # A proposal is not stored yet: its ways are those of its components alone.
        "more_ways": show_full_ways(rating, find_ways_out(rating))
        if rating is not None and rating.pk
        else [],
        "advice": build_advice(advice),
    }


def _compare(
    shown: Rating | None, previous: Rating | None, context: dict[str, Any]
) -> dict[str, Any]:
    if shown is None or previous is None:
        return {"comparison": [], "moves": []}
    return {
        "comparison": compare_ratings(shown, previous),
        "moves": list_moves(context["explanation"], explain_rating(previous)),
        "previous": previous,
    }


def _show_statement(customer: Customer, shown: Rating | None, *, as_of: date) -> dict[str, Any]:
    trend = list_z_trend(customer, as_of=as_of)
    statement = shown.statement if shown else None
    lines = dict(statement.lines.values_list("item", "amount")) if statement else {}
    return {
        "statement": statement,
        "items": list_used_items(shown, lines),
        "statement_note": name_statement_unit(statement) if statement else "",
        "trend": describe_trend(trend),
    }


def _show_forms(
    request: HttpRequest,
    customer: Customer,
    context: dict[str, Any],
    drafts: Drafts | None,
    *,
    as_of: date,
) -> dict[str, Any]:
    drafts = drafts or read_drafts(request, customer, as_of=as_of, currency=_currency(context))
    traits = get_characteristics(customer, as_of=as_of)
    user = request.user
    return {
        "form": drafts.answers_form,
        "traits_form": drafts.traits_form,
        "trait_groups": drafts.traits_form.groups(derive_traits(context["case"])),
        "answers_to_confirm": [
            draft for draft in drafts.questionnaire.drafts if draft.drafted_by_id != user.pk
        ]
        if may(user, "assessment.confirm")
        else [],
        "own_draft": any(d.drafted_by_id == user.pk for d in drafts.questionnaire.drafts),
        "confirmed": drafts.questionnaire.confirmed,
        "traits": traits,
        "traits_to_confirm": traits
        if traits is not None
        and traits.state == "DRAFT"
        and traits.drafted_by_id != user.pk
        and may(user, "assessment.confirm")
        else None,
        "may_answer": may(user, "assessment.draft"),
        "may_rate_traits": may(user, "rating.propose"),
        "has_form_errors": drafts.has_errors,
    }


def _show_overrides(
    request: HttpRequest, customer: Customer, form: Any, *, as_of: date
) -> dict[str, Any]:
    rows = list_overrides_of(customer, as_of=as_of)
    return {
        "overrides": list_override_rows(rows, request.user, as_of=as_of),
        "override_form": form
        or OverrideForm(documents=list_evidence_documents(customer), as_of=as_of),
        "is_override_open": form is not None,
    }


def _show_queue(request: HttpRequest, customer: Customer, *, as_of: date) -> dict[str, Any]:
    queue = list_rating_queue(request.user, as_of=as_of)
    others = [item for item in queue if item.customer.pk != customer.pk]
    reason = next((item.reason for item in queue if item.customer.pk == customer.pk), "")
    text = ngettext("%(n)d more to look at", "%(n)d more to look at", len(others))
    return {
        "queue_reason": reason,
        "queue_text": text % {"n": len(others)} if others else "",
        "next_url": _rating_url(others[0].customer) if others else "",
        "is_asked_to_look": reason == "DOWNGRADED",
    }


def _is_news(new: Rating | None, current: Rating | None, *, as_of: date) -> bool:
    """Tell whether a rating made now would differ in its facts, or replace an expired one."""
    if new is None or current is None:
        return new is not None
    return current.valid_to <= as_of or not is_same_facts(new.facts_digest, current.facts_digest)


def _currency(context: dict[str, Any]) -> str:
    return str(context["case"].evaluation.currency)


def _rating_url(customer: Customer) -> str:
    return reverse("customer_rating", args=[customer.code])
